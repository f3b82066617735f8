package route

import (
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
)

// crowd makes compounds of a problem's orders, so many that it is worth planning coarsely.
func crowd(p Problem, seed uint64) Problem {
	r := rand.New(rand.NewPCG(seed, 11))
	given := len(p.Orders)
	jitter := 3.0
	if p.Metric.Globe {
		jitter = 0.0003
	}
	p.Orders = slices.Clone(p.Orders)
	for k := range p.Orders { // a long service would leave room for one only
		p.Orders[k].Service = min(p.Orders[k].Service, 20)
	}
	for k := 0; len(p.Orders) < 240; k++ {
		o := p.Orders[r.IntN(given)]
		o.ID = fmt.Sprint("more-", k)
		o.At.X += r.Float64() * jitter
		o.At.Y += r.Float64() * jitter
		p.Orders = append(p.Orders, o)
	}
	return p
}

// eachCrowded runs a property over random problems that are planned coarsely first.
func eachCrowded(t *testing.T, n int, property func(t *testing.T, p Problem, o Options)) {
	t.Helper()
	coarsely := 0
	eachRandom(t, n, func(t *testing.T, p Problem, o Options) {
		if len(p.Orders) == 0 {
			return
		}
		for r := range p.Crews {
			p.Crews[r].MaxOrders, p.Crews[r].Fixed = 0, 0
		}
		for k := range p.Orders {
			p.Orders[k].Tools, p.Orders[k].Parts = nil, nil
		}
		p.Supply = nil
		q := crowd(p, o.Seed)
		if len(Validate(q)) > 0 {
			return
		}
		o.Iterations = 600
		if compile(context.Background(), &fold(&q).p, o).coarsen() == nil {
			return
		}
		coarsely++
		property(t, q, o)
	})
	if coarsely < n/5 {
		t.Errorf("%d of %d problems were worth a coarse plan", coarsely, n)
	}
}

func TestPlansThatBeganCoarselyKeepTheRulesAndAccountForAll(t *testing.T) {
	eachCrowded(t, 200, func(t *testing.T, p Problem, o Options) {
		for _, threads := range []int{1, 3} {
			o.Threads = threads
			a := solve(t, p, o)
			for _, wrong := range (judge{p: p, o: o}).plan(a) {
				t.Error(wrong)
			}
			b := solve(t, p, o)
			a.Took, b.Took = 0, 0
			if !reflect.DeepEqual(a, b) {
				t.Errorf("%d threads: two runs differ: cost %d and %d", threads, a.Cost, b.Cost)
			}
		}
	})
}

// houses are forty houses of three orders, with two more on the way to a third: as far from their
// neighbours as one order may be, and farther from the house. Every second house has other windows.
func houses() Problem {
	p := Problem{Metric: Metric{Ticks: 1}}
	for r := range 20 {
		p.Crews = append(p.Crews, Crew{ID: name("crew", r), Shift: Window{0, 20_000}, Capacity: 200})
	}
	for h := range 40 {
		for k, x := range []float64{0, 1, 2, 11, 20} {
			o := Order{ID: fmt.Sprint(h, "-", k), At: Point{x, float64(h * 200)}, Service: 10, Demand: 1, Windows: []Window{{1000, 5000}}}
			if k == 0 {
				o.Windows[0].To = 5001
			}
			if h%2 == 1 {
				o.Windows = []Window{{int64(1000 + 300*k), 9000}}
			}
			if h%3 == 0 {
				o.Windows = nil
			}
			p.Orders = append(p.Orders, o)
		}
	}
	return p
}

// TestWhatBecomesOneOrderGoesTogether: each order is in one group, all of a group may be done by the
// same crews and begin whenever the group may, and the group asks for what they ask together.
func TestWhatBecomesOneOrderGoesTogether(t *testing.T) {
	one := func(t *testing.T, p Problem, o Options) {
		f := fold(&p)
		m := compile(context.Background(), &f.p, o)
		k := m.coarsen()
		reach, demand, service := m.coarseLimits()
		seen := make([]int, m.orders)
		for x, all := range k.of {
			sum := k.p.Orders[x]
			var asked, work, price int64
			for _, i := range all {
				seen[i]++
				part := f.p.Orders[m.order[i]]
				asked, work, price = asked+part.Demand, work+part.Service, price+part.Penalty
				for r := range p.Crews {
					if (barred(&part, &p.Crews[r]) == "") != (barred(&sum, &p.Crews[r]) == "") {
						t.Errorf("crew %s may do %s or the group of it, not both", p.Crews[r].ID, part.ID)
					}
				}
				for _, j := range all {
					if m.ticks(i, j) > reach {
						t.Errorf("%d ticks within a group, %d is the most", m.ticks(i, j), reach)
					}
				}
			}
			if sum.Demand != asked || sum.Service < work || sum.Penalty != price && sum.Penalty != 0 {
				t.Errorf("a group asks for %d, %d ticks and costs %d; its orders ask for %d, %d and cost %d", sum.Demand, sum.Service, sum.Penalty, asked, work, price)
			}
			if len(all) == 1 {
				continue
			}
			if len(all) > coarseMost || asked > demand || work > service {
				t.Errorf("%d orders, demand %d of %d, %d of %d ticks in a group", len(all), asked, demand, work, service)
			}
			for _, begun := range sum.Windows { // whenever the group is begun, each of it is in its window
				for _, on := range []int64{begun.From, begun.To} {
					for n, i := range all {
						if n > 0 {
							on += f.p.Orders[m.order[all[n-1]]].Service + int64(m.ticks(all[n-1], i))
						}
						if w := f.p.Orders[m.order[i]].Windows[0]; on < w.From || on > w.To {
							t.Errorf("order %d of a group begins at %d, its window is %v", n, on, w)
						}
					}
				}
			}
		}
		for i, n := range seen {
			if n != 1 {
				t.Errorf("node %d is in %d groups", i, n)
			}
		}
	}
	eachCrowded(t, 200, one)
	one(t, houses(), Options{Iterations: 10})
}

// TestWhatCannotBeJoinedIsNot: problems with rules, whose orders are counted, few of whose crews are
// to go out, or that have a plan to start from, are planned as they are.
func TestWhatCannotBeJoinedIsNot(t *testing.T) {
	begin, _ := town(60, 6)
	begin = crowd(begin, 1)
	worth := func(change func(p *Problem, o *Options)) bool {
		p, o := begin, Options{Iterations: 10}
		p.Crews, p.Orders = slices.Clone(p.Crews), slices.Clone(p.Orders)
		change(&p, &o)
		return compile(context.Background(), &p, o).coarsen() != nil
	}
	for name, c := range map[string]struct {
		change func(p *Problem, o *Options)
		want   bool
	}{
		"as it is":             {func(*Problem, *Options) {}, true},
		"a plan to start from": {func(_ *Problem, o *Options) { o.Start = Plan{{1}} }, false},
		"orders are counted":   {func(p *Problem, _ *Options) { p.Crews[2].MaxOrders = 50 }, false},
		"a plan that is empty": {func(_ *Problem, o *Options) { o.Start = make(Plan, 6) }, true},
		"few crews are to go out": {func(p *Problem, _ *Options) {
			for r := range p.Crews {
				p.Crews[r].Fixed, p.Crews[r].Skills = 1000, nil
			}
			for i := range p.Orders {
				p.Orders[i].Skills = nil
			}
		}, false},
		"breaks": {func(p *Problem, _ *Options) { p.Crews[1].Breaks = []Break{{Window{40_000, 44_000}, 1800}} }, false},
		"tools": {func(p *Problem, _ *Options) {
			for i := range p.Orders {
				p.Orders[i].Tools = []string{"saw"}
			}
		}, false},
		"windows of their own": {func(p *Problem, _ *Options) {
			for i := range p.Orders {
				p.Orders[i].Windows = []Window{{int64(i), 20_000 + int64(i)}}
			}
		}, false},
		"few orders": {func(p *Problem, _ *Options) { p.Orders = p.Orders[:coarseLeast-1] }, false},
	} {
		if got := worth(c.change); got != c.want {
			t.Errorf("%s: worth a coarse plan %v, want %v", name, got, c.want)
		}
	}
}
