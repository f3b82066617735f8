package solver

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"
)

var shapes = []shape{
	{crews: 8, orders: 30}, {crews: 8, orders: 60, tight: true}, {crews: 30, orders: 40},
	{crews: 5, orders: 25, days: 3}, {crews: 40, orders: 120, tight: true, simple: true},
	{crews: 1, orders: 10}, {crews: 0, orders: 3}, {crews: 6, orders: 0}, {crews: 12, orders: 80, days: 2, tight: true},
	{crews: 50, orders: 200, simple: true},
}

// forRandom runs a test on sieved random problems of every shape.
func forRandom(t *testing.T, seeds int, f func(t *testing.T, p Problem)) {
	t.Helper()
	for i, s := range shapes {
		for seed := range seeds {
			p, _ := Sieve(randomProblem(uint64(100*i+seed), s))
			t.Run(fmt.Sprintf("shape%d/seed%d", i, seed), func(t *testing.T) { f(t, p) })
		}
	}
}

func mustSolve(t *testing.T, p Problem, o Options) Solution {
	t.Helper()
	sol, err := Solve(context.Background(), p, o)
	if err != nil {
		t.Fatal(err)
	}
	return sol
}

func TestEveryRandomPlanKeepsEveryRule(t *testing.T) {
	forRandom(t, 25, func(t *testing.T, p Problem) {
		sol := mustSolve(t, p, Options{Seed: 1})
		for _, v := range slices.Sorted(maps.Keys(check(p, sol))) {
			t.Errorf("violation: %s", v)
		}
		if sol.Stats.Stopped != StopDone {
			t.Errorf("stopped by %q, want %q", sol.Stats.Stopped, StopDone)
		}
	})
}

func TestSameSeedGivesSamePlan(t *testing.T) {
	forRandom(t, 6, func(t *testing.T, p Problem) {
		a, b := mustSolve(t, p, Options{Seed: 9}), mustSolve(t, p, Options{Seed: 9})
		if !reflect.DeepEqual(a, b) {
			t.Error("two runs with seed 9 differ")
		}
	})
}

func TestProblemIsNotChanged(t *testing.T) {
	forRandom(t, 3, func(t *testing.T, p Problem) {
		q := clone(p)
		for _, u := range mustSolve(t, p, Options{}).Unassigned {
			for _, r := range u.Remedies {
				r.Apply(p)
			}
		}
		if !reflect.DeepEqual(p, q) {
			t.Error("Solve or Apply changed its problem")
		}
	})
}

func clone(p Problem) Problem {
	p.Crews, p.Orders = slices.Clone(p.Crews), slices.Clone(p.Orders)
	for i := range p.Crews {
		c := &p.Crews[i]
		c.Shifts, c.Skills, c.Districts = slices.Clone(c.Shifts), slices.Clone(c.Skills), slices.Clone(c.Districts)
	}
	for i := range p.Orders {
		o := &p.Orders[i]
		o.Skills, o.Windows, o.Excluded = slices.Clone(o.Skills), slices.Clone(o.Windows), slices.Clone(o.Excluded)
	}
	return p
}

func TestSearchNeverWorsensItsConstruction(t *testing.T) {
	better := 0
	forRandom(t, 10, func(t *testing.T, p Problem) {
		first := mustSolve(t, p, Options{Iterations: -1})
		long := mustSolve(t, p, Options{Iterations: 2000})
		if len(long.Assigned) == len(first.Assigned) && long.Cost.Total() < first.Cost.Total() {
			better++
		}
		// Only a plan that serves the same orders can be compared by cost.
		if len(long.Unassigned) == 0 && long.Cost.Total() > long.Stats.Constructed && len(first.Unassigned) == 0 && first.Stats.Moves == 0 {
			t.Errorf("cost %d after %d at construction", long.Cost.Total(), long.Stats.Constructed)
		}
	})
	if better == 0 {
		t.Error("2000 iterations never found anything cheaper than none")
	}
}

// fixed is the problem in which the plan stands: what was assigned is pinned,
// and of the rest only one order asks.
func fixed(p Problem, sol Solution, asks OrderID) Problem {
	pins := map[OrderID]Pin{}
	for _, a := range sol.Assigned {
		pins[a.Order] = Pin{a.Chosen.Crew, a.Chosen.Shift}
	}
	var orders []Order
	for _, o := range p.Orders {
		pin, ok := pins[o.ID]
		if ok {
			o.Pin = pin
		}
		if ok || o.ID == asks {
			orders = append(orders, o)
		}
	}
	p.Orders = orders
	return p
}

func TestWhatWouldMakeItPossibleDoes(t *testing.T) {
	kinds := map[string]int{}
	forRandom(t, 12, func(t *testing.T, p Problem) {
		sol := mustSolve(t, p, Options{Iterations: -1})
		for _, u := range sol.Unassigned {
			before := mustSolve(t, fixed(p, sol, u.Order), Options{Iterations: -1})
			if served(before, u.Order) {
				t.Fatalf("order %s is served without any remedy", u.Order)
			}
			for _, r := range u.Remedies {
				after := mustSolve(t, r.Apply(fixed(p, sol, u.Order)), Options{Iterations: -1})
				if !served(after, u.Order) {
					t.Errorf("order %s is not served after %q", u.Order, r.Text(English))
				}
				count(kinds, r)
			}
		}
	})
	for _, k := range []string{"minutes", "orders", "overtime", "district", "exclusion", "pin"} {
		if kinds[k] == 0 {
			t.Errorf("no remedy of kind %q was ever offered; the property did not see it", k)
		}
	}
}

func count(kinds map[string]int, r Remedy) {
	for k, on := range map[string]bool{
		"minutes": r.MoreMinutes > 0, "orders": r.MoreOrders > 0, "overtime": r.OvertimeMinutes > 0,
		"district": r.District != "", "exclusion": r.LiftExclusion, "pin": r.Unpin,
	} {
		if on {
			kinds[k]++
		}
	}
}

func served(sol Solution, id OrderID) bool {
	return slices.ContainsFunc(sol.Assigned, func(a Assignment) bool { return a.Order == id })
}

func TestRankAgreesWithBestAndWithTheRules(t *testing.T) {
	forRandom(t, 10, func(t *testing.T, p Problem) {
		roster, err := NewRoster(p, Options{})
		if err != nil {
			t.Fatal(err)
		}
		empty := &book{p: p, crew: map[CrewID]*Crew{}}
		for i := range p.Crews {
			empty.crew[p.Crews[i].ID] = &p.Crews[i]
		}
		for i := range p.Orders {
			o := &p.Orders[i]
			ranking, err := Rank(p, i, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if n := len(ranking.Candidates) + len(ranking.Refusals); n != len(p.Crews) {
				t.Fatalf("order %s: %d answers from %d crews", o.ID, n, len(p.Crews))
			}
			best, ok, err := roster.Best(*o)
			if err != nil {
				t.Fatal(err)
			}
			if ok != (len(ranking.Candidates) > 0) || ok && !reflect.DeepEqual(best, ranking.Candidates[0]) {
				t.Fatalf("order %s: Best is %+v, %v; Rank says %+v", o.ID, best, ok, ranking.Candidates)
			}
			rankedByHand(t, empty, o, ranking)
		}
	})
}

// rankedByHand compares a ranking with the rules and prices of the checker.
func rankedByHand(t *testing.T, b *book, o *Order, got Ranking) {
	t.Helper()
	free, busy := map[CrewID]bool{}, map[CrewID]bool{}
	for k, c := range b.seats {
		if len(b.broken(k, o, nil)) > 0 {
			continue
		}
		if c.BusyUrgent {
			busy[c.ID] = true
		} else {
			free[c.ID] = true
		}
	}
	want := free
	if len(free) == 0 {
		want = busy
	}
	if len(got.Candidates) != len(want) {
		t.Fatalf("order %s: %d candidates, the rules allow %d", o.ID, len(got.Candidates), len(want))
	}
	last := int64(-1)
	for _, c := range got.Candidates {
		if !want[c.Crew] {
			t.Fatalf("order %s: crew %s is no candidate by the rules", o.ID, c.Crew)
		}
		if c.Terms.Cost.Total() < last {
			t.Fatalf("order %s: candidates are not sorted by cost", o.ID)
		}
		last = c.Terms.Cost.Total()
	}
}
