package online

import (
	"reflect"
	"slices"
	"testing"

	"tundish/dispatch/route"
)

// apply does to the crews what an answer says, places of what was pushed out aside.
func apply(crews []Crew, a Answer, o route.Order) []Crew {
	out := slices.Clone(crews)
	for k := range out {
		c := &out[k]
		if c.ID != a.Crew {
			continue
		}
		at := slices.IndexFunc(c.Route, func(s Stop) bool { return s.ID == a.Behind }) + 1
		c.Route = slices.Concat(c.Route[:at], []Stop{{Order: o, Urgent: true}}, c.Route[at+len(a.Displaced):])
	}
	return out
}

func find(crews []Crew, order string) (crew string, s Stop) {
	for _, c := range crews {
		for _, s := range c.Route {
			if s.ID == order {
				return c.ID, s
			}
		}
	}
	return "", Stop{}
}

// Urgent orders are given one after another: nobody twice, no hard rule broken, pinned
// and published stops where they were, at most two routes changed, what was pushed out
// where it costs least, and all that is kept equal to what is computed from scratch.
func TestUrgentOrdersAreGivenWithinTheRules(t *testing.T) {
	moved, pooled := 0, 0
	eachBoard(t, 300, func(t *testing.T, w *world, j judge, crews []Crew) {
		b := board(t, w, j, crews)
		for range 10 {
			o := w.order()
			before := snapshot(b)
			offer, err := b.Offer(&o)
			if err != nil {
				t.Fatal(err)
			}
			a, err := b.Give(&o)
			if err != nil {
				t.Fatal(err)
			}
			after := snapshot(b)
			if a.Crew != offer.Crew || a.Terms != offer.Terms || a.Begin != offer.Begin || len(a.Displaced) != len(offer.Displaced) {
				t.Errorf("given as %+v, offered as %+v", a, offer)
			}
			if a.Crew == "" {
				if !reflect.DeepEqual(before, after) {
					t.Error("nobody can, but the board changed")
				}
				continue
			}
			changed := 0
			for k := range after {
				if !j.holds(&after[k], after[k].Route) {
					t.Errorf("crew %s breaks a rule: %+v", after[k].ID, j.walk(&after[k], after[k].Route))
				}
				if !same(before[k].Route, after[k].Route) {
					changed++
				}
			}
			if changed > 2 {
				t.Errorf("%d routes changed", changed)
			}
			if crew, s := find(after, o.ID); crew != a.Crew || !s.Urgent {
				t.Errorf("the order is with %q, told as %q", crew, a.Crew)
			}
			told := map[string]bool{}
			for _, d := range a.Displaced {
				told[d.Order] = true
				if crew, _ := find(after, d.Order); crew != d.To {
					t.Errorf("%s went to %q, told as %q", d.Order, crew, d.To)
				}
				if d.To == "" {
					pooled++
				} else {
					moved++
				}
			}
			if len(a.Displaced) == 1 {
				d := a.Displaced[0]
				_, s := find(before, d.Order)
				cost, ok := j.cheapest(apply(before, a, o), &s.Order)
				if ok = ok && (s.Penalty == 0 || cost < s.Penalty); ok != (d.To != "") || ok && cost != d.Cost || !ok && d.Cost != s.Penalty {
					t.Errorf("%+v, but the least cost is %d (%v), the penalty %d", d, cost, ok, s.Penalty)
				}
			}
			// Whoever was not told keeps crew and sequence.
			for k := range before {
				keeps := func(s Stop) bool { return s.ID == o.ID || told[s.ID] }
				if was, is := slices.DeleteFunc(slices.Clone(before[k].Route), keeps), slices.DeleteFunc(slices.Clone(after[k].Route), keeps); !same(was, is) {
					t.Errorf("crew %s: %v became %v", before[k].ID, was, is)
				}
				n := shut(before[k].Route)
				if !same(before[k].Route[:n], after[k].Route[:n]) {
					t.Errorf("crew %s: something stands ahead of a fixed stop", before[k].ID)
				}
			}
			for _, s := range j.wrong(b) {
				t.Error(s)
			}
		}
	})
	if moved < 20 || pooled < 20 {
		t.Errorf("%d were moved, %d came back to the pool: the boards are too alike", moved, pooled)
	}
}

// A stop that may be pushed out never costs more to place than the oracle finds.
func TestTheCheapestPlaceOfAllIsFound(t *testing.T) {
	found := 0
	eachBoard(t, 300, func(t *testing.T, w *world, j judge, crews []Crew) {
		b := board(t, w, j, crews)
		for range 8 {
			o := w.order()
			var jb job
			b.compile(&jb, &o)
			at := b.find(&jb)
			cost, ok := j.cheapest(crews, &o)
			if ok != (at.behind != nobody) || ok && cost != at.cost {
				t.Errorf("found at %+v, the oracle at %d (%v)", at, cost, ok)
			}
			if ok {
				found++
			}
		}
	})
	if found < 500 {
		t.Errorf("%d found: the boards are too alike", found)
	}
}
