package online

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"testing"

	"tundish/dispatch/route"
)

// work is a random batch for a board: orders from the pool, and some of its stops.
func (w *world) work(crews []Crew) Work {
	var out Work
	for range 1 + w.IntN(20) {
		out.Orders = append(out.Orders, w.order())
	}
	for _, c := range crews {
		for _, s := range c.Route {
			if w.chance(0.4) {
				out.Movable = append(out.Movable, s.ID)
			}
		}
	}
	return out
}

// A batch keeps every rule, accounts for every order, moves nothing that it must not,
// pays for what it changes, and leaves no order that would cost less elsewhere.
func TestABatchIsSpreadWithinTheRules(t *testing.T) {
	given, moved, left, published := 0, 0, map[route.Rule]int{}, 0
	eachBoard(t, 200, func(t *testing.T, w *world, j judge, crews []Crew) {
		b := board(t, w, j, crews)
		work := w.work(crews)
		s, err := b.Batch(context.Background(), work)
		if err != nil {
			t.Fatal(err)
		}
		for _, wrong := range j.wrong(b) {
			t.Error(wrong)
		}
		after := snapshot(b)
		cost := j.cost(after)
		home := map[string]string{}
		for _, c := range crews {
			for _, s := range c.Route {
				home[s.ID] = c.ID
			}
		}
		for k := range after {
			if c := &after[k]; !j.holds(c, c.Route) {
				t.Errorf("crew %s breaks a rule", c.ID)
			}
			keeps := func(s Stop) bool { return !s.Pinned && !s.Fixed && !s.Urgent && slices.Contains(work.Movable, s.ID) }
			ours := func(s Stop) bool {
				return keeps(s) || slices.ContainsFunc(work.Orders, func(o route.Order) bool { return o.ID == s.ID })
			}
			if was, is := slices.DeleteFunc(slices.Clone(crews[k].Route), keeps), slices.DeleteFunc(slices.Clone(after[k].Route), ours); !same(was, is) {
				t.Errorf("crew %s: %v became %v", crews[k].ID, was, is)
			}
			if n := shut(crews[k].Route); n > 0 {
				if last := crews[k].Route[n-1].ID; slices.IndexFunc(after[k].Route, func(s Stop) bool { return s.ID == last }) > n-1 {
					t.Errorf("crew %s: something stands ahead of %s, which is fixed", crews[k].ID, last)
				}
			}
		}
		told := map[string]string{}
		for _, g := range s.Given {
			given++
			told[g.Order] = g.Crew
		}
		for _, l := range s.Left {
			told[l.Order] = ""
			crewsCounted := 0
			for _, r := range l.Refused {
				left[r.Rule]++
				crewsCounted += r.Crews
			}
			if crewsCounted != len(crews) {
				t.Errorf("%s is refused by %v, there are %d crews", l.Order, l.Refused, len(crews))
			}
		}
		changes := func(o *route.Order, c *Crew) int64 {
			if o.Published != "" && o.Published != c.Name() {
				return j.o.Weights.Change
			}
			return 0
		}
		pays := func(o *route.Order, c *Crew) int64 {
			if !j.inside(c, o) {
				return c.Elsewhere + changes(o, c)
			}
			return changes(o, c)
		}
		byID := map[string]*Crew{}
		for k := range after {
			byID[after[k].ID] = &after[k]
		}
		for k := range work.Orders {
			o := &work.Orders[k]
			crew, known := told[o.ID]
			if is, _ := find(after, o.ID); !known || is != crew {
				t.Errorf("%s is with %q, told as %q (%v)", o.ID, is, crew, known)
			}
			if crew != "" {
				cost += pays(o, byID[crew])
			} else if o.Penalty > 0 {
				cost += o.Penalty
			} else {
				cost += priceless
			}
		}
		if len(told) != len(work.Orders) {
			t.Errorf("%d orders told of %d", len(told), len(work.Orders))
		}
		for _, id := range work.Movable {
			crew, stop := find(after, id)
			if crew == "" {
				t.Fatalf("%s is in no route any more", id)
			}
			if stop.movable() {
				cost += pays(&stop.Order, byID[crew])
			}
			if crew == home[id] {
				continue
			}
			moved++
			if stop.Published != "" {
				published++
			}
			if !slices.ContainsFunc(s.Moved, func(g Given) bool { return g.Order == id && g.Crew == crew && g.From == home[id] }) {
				t.Errorf("%s went from %s to %s, told are %v", id, home[id], crew, s.Moved)
			}
		}
		if cost != s.Cost {
			t.Errorf("cost %d, from scratch %d", s.Cost, cost)
		}
		// Nobody would cost less elsewhere with the crews that were looked at.
		fresh := board(t, w, j, crews)
		for _, id := range slices.Concat(work.Movable, keysOf(told)) {
			crew, stop := find(after, id)
			o := &stop.Order
			if crew == "" {
				o = &work.Orders[slices.IndexFunc(work.Orders, func(o route.Order) bool { return o.ID == id })]
				if least, ok := j.cheapest(after, o); ok && (o.Penalty == 0 || least < o.Penalty) {
					t.Errorf("%s is left over, and fits at %d", id, least)
				}
				continue
			}
			if !stop.movable() {
				continue
			}
			c := byID[crew]
			without := *c
			without.Route = slices.DeleteFunc(slices.Clone(c.Route), func(s Stop) bool { return s.ID == id })
			now := j.price(c, c.Route) - j.price(c, without.Route) + pays(o, c)
			var jb job
			fresh.compile(&jb, o)
			looked := fresh.arcs(&jb)
			for k := range after {
				d := &after[k]
				if d.ID != crew && d.ID != home[id] && !slices.ContainsFunc(looked, func(a arc) bool { return fresh.crews[a.crew].ID == d.ID }) {
					continue
				}
				if d.ID == crew {
					d = &without
				}
				if least, ok := j.cheapest([]Crew{*d}, o); ok {
					if least += changes(o, d); least < now {
						t.Errorf("%s costs %d with %s, and %d with %s", id, now, crew, least, d.ID)
					}
				}
			}
		}
	})
	if given < 500 || moved < 50 || published == 0 || left[route.RuleCost] == 0 || left[route.RuleTime] == 0 || left[route.RuleTimeUp] > 0 {
		t.Errorf("%d given, %d moved, %d of them published, left over by %v: the boards are too alike", given, moved, published, left)
	}
}

func keysOf(m map[string]string) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

func TestABatchIsTheSameWithAnyThreads(t *testing.T) {
	eachBoard(t, 60, func(t *testing.T, w *world, j judge, crews []Crew) {
		work := w.work(crews)
		var first Spread
		for threads := range 4 {
			work.Threads = threads
			s, err := board(t, w, j, crews).Batch(context.Background(), work)
			if err != nil {
				t.Fatal(err)
			}
			if threads == 0 {
				first = s
			} else if !reflect.DeepEqual(s, first) {
				t.Errorf("%d threads: %+v, with one %+v", threads, s, first)
			}
		}
	})
}

// A batch that is stopped before it began still tells of everybody.
func TestABatchThatIsStoppedAccountsForAll(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	eachBoard(t, 40, func(t *testing.T, w *world, j judge, crews []Crew) {
		b := board(t, w, j, crews)
		work := w.work(crews)
		s, err := b.Batch(ctx, work)
		if err != nil || len(s.Given)+len(s.Left) != len(work.Orders) {
			t.Errorf("%d given and %d left of %d: %v", len(s.Given), len(s.Left), len(work.Orders), err)
		}
		for _, wrong := range j.wrong(b) {
			t.Error(wrong)
		}
	})
}

func TestABatchThatCannotBeRightChangesNothing(t *testing.T) {
	eachBoard(t, 20, func(t *testing.T, w *world, j judge, crews []Crew) {
		b := board(t, w, j, crews)
		twice := w.order()
		none := w.order()
		none.ID = ""
		for _, work := range []Work{{Orders: []route.Order{twice, twice}}, {Orders: []route.Order{none}}, {Movable: []string{"nobody"}}} {
			var e *Error
			if _, err := b.Batch(context.Background(), work); !errors.As(err, &e) {
				t.Errorf("%+v was taken: %v", work, err)
			}
		}
		if _, err := b.Batch(context.Background(), Work{Threads: -1}); err == nil {
			t.Error("-1 threads were taken")
		}
		if !reflect.DeepEqual(snapshot(b), snapshot(board(t, w, j, crews))) {
			t.Error("the board changed")
		}
	})
}
