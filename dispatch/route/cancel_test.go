package route

import (
	"context"
	"math/rand/v2"
	"testing"
)

// A search that is stopped before a large problem was even read answers at once, and
// accounts for every order all the same.
func TestALargeProblemThatIsStoppedAtOnceAccountsForAll(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	p := Problem{Metric: Metric{Ticks: 1}}
	at := func() Point { return Point{float64(r.IntN(10_000)), float64(r.IntN(10_000))} }
	for k := range 1100 {
		c := Crew{ID: name("c", k), Start: at(), Capacity: 10, Shift: Window{0, 30_000}}
		p.Crews = append(p.Crews, c)
	}
	for k := range 2 * readAtOnce / 1100 {
		p.Orders = append(p.Orders, Order{ID: name("o", k), At: at(), Service: 10, Demand: 1})
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	s, err := Solve(ctx, p, Options{Iterations: 1000})
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Unserved) != len(p.Orders) || len(s.Plan) != len(p.Crews) || len(s.Supply) != len(p.Crews) {
		t.Fatalf("%d of %d orders are left over, %d routes and %d calls for %d crews", len(s.Unserved), len(p.Orders), len(s.Plan), len(s.Supply), len(p.Crews))
	}
	for i, u := range s.Unserved {
		if u.Order != i || len(u.Stopped) != 1 || u.Stopped[0].Rule != RuleTimeUp || u.Stopped[0].Crews != len(p.Crews) {
			t.Fatalf("order %d is left over as %+v", i, u)
		}
	}
	for r, list := range s.Plan {
		if len(list) > 0 || s.Supply[r] != -1 {
			t.Fatalf("crew %d has %v, calling at the supply at %d", r, list, s.Supply[r])
		}
	}
}

// Whoever stops a search does not wait for the reasons of thousands of orders; each has who
// has it, when, and what way it is, all the same.
func TestReasonsDoNotKeepWhoeverStopsTheSearch(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	p, o := Problem{Metric: Metric{Ticks: 1}}, Options{Iterations: 1000, Explain: true}
	at := func() Point { return Point{float64(r.IntN(10_000)), float64(r.IntN(10_000))} }
	for k := range 100 {
		p.Crews = append(p.Crews, Crew{ID: name("c", k), Start: at(), Capacity: 100, Shift: Window{0, maxTick / 4}})
		o.Start = append(o.Start, nil)
	}
	for k := range 4000 {
		p.Orders = append(p.Orders, Order{ID: name("o", k), At: at(), Service: 10, Demand: 1})
		o.Start[k%100] = append(o.Start[k%100], k)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	s, err := Solve(ctx, p, o)
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Explained) != len(p.Orders) {
		t.Fatalf("%d of %d orders have a reason", len(s.Explained), len(p.Orders))
	}
	alone := 0
	for i, e := range s.Explained {
		crew, stop := i%100, i/100
		if e.Order != i || e.Chosen.Crew != crew || e.Chosen.Begin != s.Begin[crew][stop] || stop > 0 && e.Chosen.After != i-100 {
			t.Fatalf("order %d: %+v, planned at %d", i, e, s.Begin[crew][stop])
		}
		ruler, from, to := p.Metric.Ruler(), p.Crews[crew].Start, p.Crews[crew].End
		if stop > 0 {
			from = p.Orders[i-100].At
		}
		if i+100 < len(p.Orders) {
			to = p.Orders[i+100].At
		}
		a, b, c := p.Metric.Spot(from), p.Metric.Spot(p.Orders[i].At), p.Metric.Spot(to)
		if detour := int64(ruler.Ticks(&a, &b) + ruler.Ticks(&b, &c) - ruler.Ticks(&a, &c)); e.Chosen.Terms.Travel != detour {
			t.Fatalf("order %d is said to be a way of %d, and is %d", i, e.Chosen.Terms.Travel, detour)
		}
		if e.RunnerUp == nil {
			alone++
		}
	}
	if alone == 0 {
		t.Fatal("every runner-up was looked for")
	}
}
