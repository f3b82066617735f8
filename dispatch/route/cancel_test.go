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
