package online

import (
	"reflect"
	"slices"
	"testing"

	"tundish/dispatch/route"
)

// The oracle tries every place of every crew.
func TestTheBestOfAllPlacesIsFound(t *testing.T) {
	found, nobody, pushed, relaxed := 0, 0, 0, 0
	eachBoard(t, 300, func(t *testing.T, w *world, j judge, crews []Crew) {
		b := board(t, w, j, crews)
		for range 8 {
			o := w.order()
			a, err := b.Offer(&o)
			if err != nil {
				t.Fatal(err)
			}
			all, lax := j.offers(crews, &o)
			if len(all) == 0 {
				nobody++
				if a.Crew != "" {
					t.Errorf("crew %s has it, but nobody can", a.Crew)
				}
				continue
			}
			found++
			if a.Crew == "" {
				t.Fatalf("nobody, but %+v can: %v", all[0], a.Refused)
			}
			if a.Terms.Total() != all[0].terms.Total() || a.Relaxed != lax {
				t.Errorf("%+v, but the best is %+v of crew %s, relaxed %v", a, all[0], crews[all[0].crew].ID, lax)
			}
			// The place is one that the oracle knows, at that cost.
			c := &crews[slices.IndexFunc(crews, func(c Crew) bool { return c.ID == a.Crew })]
			at := slices.IndexFunc(c.Route, func(s Stop) bool { return s.ID == a.Behind }) + 1
			if !slices.Contains(j.options(0, c, &o), option{0, at, len(a.Displaced), a.Terms}) {
				t.Errorf("the place behind %q of crew %s with %d pushed out at %+v is none of %+v", a.Behind, a.Crew, len(a.Displaced), a.Terms, j.options(0, c, &o))
			}
			for k, d := range a.Displaced {
				pushed++
				if c.Route[at+k].ID != d.Order || !pushable(&c.Route[at+k]) {
					t.Errorf("%s is pushed out, the route has %+v there", d.Order, c.Route[at+k])
				}
			}
			if lax {
				relaxed++
			}
			switch {
			case len(all) == 1 && a.RunnerUp != "":
				t.Errorf("%s is second, but there is nobody else", a.RunnerUp)
			case len(all) > 1 && (a.RunnerUp == "" || a.RunnerUp == a.Crew || a.RunnerUpTerms.Total() != all[1].terms.Total()):
				t.Errorf("%q is second at %+v, but it is %+v of crew %s", a.RunnerUp, a.RunnerUpTerms, all[1].terms, crews[all[1].crew].ID)
			}
		}
		for _, s := range j.wrong(b) {
			t.Error(s)
		}
		if !reflect.DeepEqual(snapshot(b), snapshot(board(t, w, j, crews))) {
			t.Error("an offer changed the board")
		}
	})
	if found < 500 || nobody < 50 || pushed < 20 || relaxed < 20 {
		t.Errorf("%d found, %d by nobody, %d pushed out, %d relaxed: the boards are too alike", found, nobody, pushed, relaxed)
	}
}

func TestWhoeverRefusesIsCountedByTheRuleThatStopsIt(t *testing.T) {
	seen := map[route.Rule]int{}
	eachBoard(t, 300, func(t *testing.T, w *world, j judge, crews []Crew) {
		b := board(t, w, j, crews)
		for range 8 {
			o := w.order()
			if w.chance(0.1) {
				o.Crew = crews[0].ID
			}
			a, err := b.Offer(&o)
			if err != nil {
				t.Fatal(err)
			}
			if a.Crew != "" {
				if a.Refused != nil {
					t.Errorf("crew %s has it, and it is refused: %v", a.Crew, a.Refused)
				}
				continue
			}
			want := map[Refused]int{}
			for k := range crews {
				want[j.stops(&crews[k], &o)]++
			}
			got := map[Refused]int{}
			for _, r := range a.Refused {
				seen[r.Rule]++
				got[Refused{Rule: r.Rule, Detail: r.Detail}] = r.Crews
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("refused by %v, the rules say %v", got, want)
			}
		}
	})
	for _, rule := range sequence[:11] { // the others are a batch's
		if seen[rule] == 0 {
			t.Errorf("rule %s never stopped anybody: the boards are too alike", rule)
		}
	}
}

// stops is the first rule that stops a crew who cannot have an order.
func (j judge) stops(c *Crew, o *route.Order) Refused {
	alone := *c
	alone.Route, alone.Capacity, alone.MaxOrders, alone.Reserved = nil, maxTick, 0, 0
	one := j.walk(&alone, []Stop{{Order: *o}})
	_, open := opening(o, max(c.Shift.From, c.Free, j.now)+j.ticks(c.Start, o.At))
	if o.Crew != "" && o.Crew != c.Of && o.Crew != c.ID || o.Day != "" && o.Day != c.Day {
		return Refused{Rule: route.RulePinned}
	}
	if slices.Contains(o.Not, c.Name()) {
		return Refused{Rule: route.RuleExcluded}
	}
	for _, s := range o.Skills {
		if !j.may(c, &route.Order{Skills: []route.Skill{s}}) {
			return Refused{Rule: route.RuleSkill, Detail: s.Name}
		}
	}
	for _, s := range o.Tools {
		if !slices.Contains(c.Tools, s) {
			return Refused{Rule: route.RuleStock, Detail: s}
		}
	}
	switch {
	case c.Elsewhere == 0 && !j.inside(c, o):
		return Refused{Rule: route.RuleDistrict, Detail: o.District}
	case o.Demand > c.Capacity:
		return Refused{Rule: route.RuleCapacity}
	case !open:
		return Refused{Rule: route.RuleReach}
	case !one.fits:
		return Refused{Rule: route.RuleShift}
	case j.walk(c, c.Route).load+c.Carried+o.Demand > c.Capacity:
		return Refused{Rule: route.RuleFull}
	case c.MaxOrders > 0 && len(c.Route)+c.Done+c.Held >= c.MaxOrders:
		return Refused{Rule: route.RuleMany}
	}
	return Refused{Rule: route.RuleTime}
}
