package route

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"
)

func solve(t *testing.T, p Problem, o Options) Solution {
	t.Helper()
	s, err := Solve(context.Background(), p, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestEveryPlanKeepsTheRulesAndAccountsForAll(t *testing.T) {
	eachRandom(t, 400, func(t *testing.T, p Problem, o Options) {
		for _, threads := range []int{1, 3} {
			o.Threads = threads
			for _, wrong := range (judge{p: p, o: o}).plan(solve(t, p, o)) {
				t.Error(wrong)
			}
		}
	})
}

func TestTheSameSeedThreadsAndIterationsGiveTheSamePlan(t *testing.T) {
	eachProblem(t, 40, func(t *testing.T, p Problem, o Options) {
		for _, threads := range []int{1, 2, 4} {
			o.Threads = threads
			a, b := solve(t, p, o), solve(t, p, o)
			a.Took, b.Took = 0, 0
			if !reflect.DeepEqual(a, b) {
				t.Errorf("%d threads: two runs differ: cost %d and %d", threads, a.Cost, b.Cost)
			}
		}
	})
}

// After every step the costs and times kept along the way are those of the plan
// computed from scratch, and a step taken back leaves no trace.
func TestIncrementalValuesAreThoseComputedFromScratch(t *testing.T) {
	eachProblem(t, 80, func(t *testing.T, p Problem, o Options) {
		if len(p.Orders) == 0 {
			return
		}
		m := compile(context.Background(), &fold(&p).p, o)
		s, fresh := newState(m), newState(m)
		w := &searcher{state: s, m: m, random: newRandom(o.Seed), empty: make([][]int32, m.kinds), ruinSize: ruinOrders, mild: 1}
		m.divide(s, []*searcher{w}, 0)
		from := s.cost()
		for k := range 200 {
			w.anneal(float64(k%3) * 100)
			w.cross(float64(k%3) * 100)
			w.swap(float64(k%3) * 100)
			next := make([]int32, len(s.links))
			for i := range next {
				next[i] = s.links[i].next
			}
			fresh.load(next)
			if got, want := from+w.cost, fresh.cost(); got != want || s.cost() != want {
				t.Fatalf("step %d: cost %d kept, %d in the tours, %d from scratch", k, got, s.cost(), want)
			}
			for i := range s.links {
				a, b := s.links[i], fresh.links[i]
				a.kept = b.kept
				if !m.timed {
					a.depart, a.late = b.depart, b.late
				}
				if b.tour == nobody { // times of a node in no tour mean nothing
					a.depart, a.late, a.ahead, a.behind = b.depart, b.late, b.ahead, b.behind
				}
				if a != b {
					t.Fatalf("step %d: node %d of %d orders is %+v, from scratch %+v", k, i, m.orders, a, b)
				}
				if s.spans != nil && b.tour != nobody && s.spans[i] != fresh.spans[i] {
					t.Fatalf("step %d: spans of node %d", k, i)
				}
			}
			for r := range s.tours {
				a, b := s.tours[r], fresh.tours[r]
				if a.load != b.load || a.size != b.size || a.travel != b.travel || a.service != b.service || a.cost != b.cost {
					t.Fatalf("step %d: tour %d is %+v, from scratch %+v", k, r, a, b)
				}
			}
			var absent []int32
			for i := range m.orders {
				if s.links[i].tour == nobody {
					absent = append(absent, i)
				}
			}
			slices.Sort(w.absent)
			if !slices.Equal(absent, w.absent) {
				t.Fatalf("step %d: absent are %v, listed %v", k, absent, w.absent)
			}
		}
	})
}

func TestMoreSearchIsNeverWorse(t *testing.T) {
	eachRandom(t, 60, func(t *testing.T, p Problem, o Options) {
		o.Iterations = 1
		short := solve(t, p, o)
		o.Iterations = 3000
		long := solve(t, p, o)
		if worth(p, long) > worth(p, short) {
			t.Errorf("3000 steps cost %d, one step %d", worth(p, long), worth(p, short))
		}
	})
}

// worth is the cost of a solution with what is left out.
func worth(p Problem, s Solution) int64 {
	f := fold(&p)
	m := compile(context.Background(), &f.p, Options{})
	sum := s.Cost
	for i, o := range m.order {
		if slices.ContainsFunc(s.Unserved, func(u Unserved) bool { return u.Order == f.of[o][0] }) {
			sum += m.penalty[i]
		}
	}
	return sum
}

func TestAPlanToStartFromIsKeptWhereItHolds(t *testing.T) {
	eachProblem(t, 60, func(t *testing.T, p Problem, o Options) {
		if p.Supply != nil { // a plan to start from does not say when the supply is called at
			return
		}
		o.Iterations = 2000
		first := solve(t, p, o)
		o.Start, o.StartBreaks, o.Iterations = first.Plan, first.Breaks, 1
		again := solve(t, p, o)
		if worth(p, again) > worth(p, first) {
			t.Errorf("begun with a plan of cost %d it ends at %d", worth(p, first), worth(p, again))
		}
		for _, wrong := range (judge{p: p, o: o}).plan(again) {
			t.Error(wrong)
		}
	})
}

func TestTheBestSoFarIsGivenWhenTheContextEnds(t *testing.T) {
	p, o := town(3000, 120)
	o.Threads = 2
	for _, after := range []time.Duration{0, time.Millisecond, 50 * time.Millisecond, 300 * time.Millisecond} {
		ctx, cancel := context.WithCancel(context.Background())
		o.Budget = time.Hour
		var ended time.Time
		timer := time.AfterFunc(after, func() { ended = time.Now(); cancel() })
		s, err := Solve(ctx, p, o)
		timer.Stop()
		late := time.Since(ended)
		if err != nil {
			t.Fatal(err)
		}
		if late > 2*time.Second { // 100 ms on a quiet machine; DESIGN.md has the figures
			t.Errorf("cancelled after %v it went on for %v", after, late)
		}
		for _, wrong := range (judge{p: p, o: o, stopped: true}).plan(s) {
			t.Error(wrong)
		}
	}
}

// town is a day that looks like a utility's.
func town(orders, crews int) (Problem, Options) {
	p := Problem{Metric: Metric{Globe: true, Ticks: 0.1872, Round: Nearest}}
	r := newRandom(11)
	at := func() Point { return Point{121.5 + 0.4*r.unit()*r.unit(), 31 + 0.3*r.unit()} }
	for k := range crews {
		home := at()
		p.Crews = append(p.Crews, Crew{ID: name("crew", k), Start: home, End: home, Capacity: 480, Shift: Window{8 * 3600, 17 * 3600}, Skills: []Skill{{name("s", r.below(3)), 1}, {"s0", 1}}})
	}
	for k := range orders {
		o := Order{ID: name("order", k), At: at(), Service: 600, Demand: 10, Skills: []Skill{{name("s", max(0, r.below(20)-17)), 0}}}
		if r.below(3) == 0 {
			from := int64(8+r.below(8)) * 3600
			o.Windows = []Window{{from, from + 7200}}
		}
		p.Orders = append(p.Orders, o)
	}
	return p, Options{Seed: 3}
}

func TestAProblemIsRefusedWithAllItsFaults(t *testing.T) {
	good, o := town(20, 3)
	o.Iterations = 10
	bad := good
	bad.Orders, bad.Crews = slices.Clone(good.Orders), slices.Clone(good.Crews)
	bad.Crews[0].Shift = Window{}
	bad.Crews[1].Shift = Window{100, 50}
	bad.Crews[2].Start.X, bad.Crews[2].Start.Y = 31, 121
	bad.Orders[0].At = Point{}
	bad.Orders[1].At = Point{31.2, 121.5}
	bad.Orders[2].Service = -5
	bad.Orders[3].ID = bad.Orders[4].ID
	bad.Orders[5].Windows = []Window{{20 * 3600, 21 * 3600}}
	bad.Orders[6].Crew = "nobody"
	bad.Orders[7].Demand = 1 << 40
	bad.Orders[8].ID = ""
	_, err := Solve(context.Background(), bad, o)
	var faults *FaultError
	if !errors.As(err, &faults) {
		t.Fatalf("the error is %v", err)
	}
	want := []FaultKind{FaultNoShift, FaultReversed, FaultSwapped, FaultNoPlace, FaultSwapped, FaultNegative, FaultDuplicateID, FaultOutside, FaultUnknownCrew, FaultTooLarge, FaultNoID}
	var got []FaultKind
	for _, f := range faults.Faults {
		got = append(got, f.Kind)
	}
	if !slices.Equal(got, want) {
		t.Errorf("faults are\n%v\nwant\n%v", got, want)
	}
	if text := faults.Faults[3].String(); text != `order "order-0" (no. 1): the place is missing (longitude 0, latitude 0) [no_place]` {
		t.Errorf("a fault reads %q", text)
	}
	if _, err := Solve(context.Background(), good, Options{}); err == nil {
		t.Error("a search without an end was begun")
	}
}

func TestReasonsNameTheRule(t *testing.T) {
	p, o := town(5, 3)
	o.Iterations = 100
	p.Orders[0].Skills = []Skill{{"diving", 0}}
	for k := 1; k < 5; k++ {
		p.Orders[k].Skills, p.Orders[k].Windows = nil, nil
	}
	p.Orders[1].Demand = 481
	p.Orders[2].Windows = []Window{{17 * 3600, 17 * 3600}}
	p.Orders[2].At = Point{121.9, 31.5}
	s := solve(t, p, o)
	got := map[int]string{}
	for _, u := range s.Unserved {
		got[u.Order] = u.String()
	}
	want := map[int]string{0: "skill", 1: "capacity", 2: "shift"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("reasons are %v, want %v", got, want)
	}
}

// Orders may be left out for little at first, so that far away from all crews everybody
// is. All of them come back, and the plan that is
// found is much better than the first one.
func TestTheSearchGetsFarFromTheFirstPlan(t *testing.T) {
	r := newRandom(7)
	p := Problem{Metric: Metric{Ticks: 10, Round: Down}}
	for range 100 {
		from := int64(5000 + r.below(1500))
		p.Orders = append(p.Orders, Order{
			ID: fmt.Sprint(len(p.Orders)), At: Point{float64(r.below(100)), float64(r.below(100))}, Service: 100,
			Demand: int64(1 + r.below(40)), Windows: []Window{{from, from + 500}},
		})
	}
	for k := range 25 {
		p.Crews = append(p.Crews, Crew{ID: fmt.Sprint(k), Start: Point{-300, -100}, End: Point{-300, -100}, Shift: Window{0, 15000}, Capacity: 200})
	}
	first, found := solve(t, p, Options{Iterations: 1}), solve(t, p, Options{Iterations: 20_000})
	if len(found.Unserved) > 0 || found.Cost > first.Cost*85/100 {
		t.Errorf("the first plan costs %d, the one found %d with %d left over", first.Cost, found.Cost, len(found.Unserved))
	}
}
