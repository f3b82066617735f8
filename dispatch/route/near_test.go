package route

import (
	"context"
	"slices"
	"testing"
)

// What the bound on ways to a crew's start and end leaves out would not have been taken.
func TestNoCheaperBeginningOrEndIsLeftOut(t *testing.T) {
	asked := 0
	eachRandom(t, 200, func(t *testing.T, p Problem, o Options) {
		p.Metric.Round = Up // keeps the triangle inequality, so that the bound is exact
		if len(p.Orders) == 0 || len(Validate(p)) > 0 {
			return
		}
		o.Iterations, o.Budget = 50, 0
		plan := solve(t, p, o).Plan
		f := fold(&p)
		o.Start = f.plan(plan)
		m := compile(context.Background(), &f.p, o)
		if m.reach == nil {
			return
		}
		s := newState(m)
		m.warm(s)
		w := m.hand(s)
		w.blink = never
		for i := range m.orders {
			if s.links[i].tour != nobody {
				w.begin()
				w.take(i)
				w.settleRuined()
			}
			got, want := w.findEnds(i, place{nobody, never, nobody}), place{nobody, never, nobody}
			for _, d := range m.reach[i] {
				if !w.holds(i, d.crew) {
					continue
				}
				w.try(i, m.start(d.crew), &want)
				if s.tours[d.crew].size > 0 {
					w.try(i, s.links[m.end(d.crew)].prev, &want)
				}
			}
			w.blink = never
			if got.cost != want.cost {
				t.Errorf("order %d: %+v, and %+v if every beginning and end is asked", i, got, want)
			}
			asked++
			w.undo()
			w.nodeLog, w.tourLog, w.spanLog = w.nodeLog[:0], w.tourLog[:0], w.spanLog[:0]
		}
	})
	if asked == 0 {
		t.Error("no problem had crews that differ")
	}
}

// A window turns to every order of a zone, and never beyond it.
func TestEveryOrderHasItsTurn(t *testing.T) {
	for _, n := range []int{1, windowOrders, windowOrders + 1, 5 * windowOrders} {
		w := &searcher{random: newRandom(7)}
		for i := range n {
			w.members = append(w.members, int32(i))
		}
		seen := make([]bool, n)
		for range 400 {
			w.turn()
			for range windowSteps {
				seen[w.member()] = true
			}
		}
		if met := len(slices.DeleteFunc(seen, func(s bool) bool { return !s })); met < n*99/100 {
			t.Errorf("%d of %d orders had their turn", met, n)
		}
	}
}
