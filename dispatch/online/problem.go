package online

import (
	"cmp"
	"fmt"
	"slices"

	"tundish/dispatch/route"
)

// Crew is who does the work, with the day still before it. BusyUrgent says that the work in
// hand is an urgent order.
type Crew struct {
	// Start is where the crew is; MaxTicks counts from the beginning of its shift. Load is the ticks of work of the day
	// that are behind it, for balance only; Capacity is what remains of it.
	route.Crew
	// Free is when it can leave from there, the work in hand done; before its shift begins it
	// does not.
	Free int64
	// Done is how many orders of the day are behind it; they count for MaxOrders.
	Done  int
	Route []Stop // still to be visited, in sequence
}

// Stop is an order in a crew's route. One that is published, to whomever, is not pushed out,
// and a batch pays for giving it to somebody else.
type Stop struct {
	route.Order
	Urgent bool
	// Pinned: stays with its crew. Fixed: keeps its place, too; nothing is put ahead of it.
	Pinned, Fixed bool
}

// loose tells whether an urgent order may push the stop out.
func (s *Stop) loose() bool { return !s.Pinned && !s.Fixed && s.Published == "" && !s.Urgent }

// movable tells whether a batch may move the stop.
func (s *Stop) movable() bool { return !s.Pinned && !s.Fixed && !s.Urgent }

// Error refuses crews or orders with everything that is wrong with them.
type Error = route.FaultError

func checkOrder(m route.Metric, centre *route.Spot, o *route.Order) []route.Fault {
	faults := route.ValidateOrder(m, o)
	fault := func(kind route.FaultKind, format string, args ...any) {
		faults = append(faults, route.Fault{Kind: kind, On: "order", ID: o.ID, Text: fmt.Sprintf(format, args...)})
	}
	if o.ID == "" {
		fault(route.FaultNoID, "has no id")
	}
	if slices.ContainsFunc(o.Parts, func(n int64) bool { return n != 0 }) {
		fault(faultNotOnBoard, "uses up parts; a board does not count them")
	}
	if o.Visit != "" || len(o.After) > 0 {
		fault(faultNotOnBoard, "belongs to a visit or waits for other orders; a board looks at each order alone, give it when it is free of them")
	}
	if o.Position != 0 {
		fault(faultNotOnBoard, "has position %d; on a board it is a fixed stop of its crew's route", o.Position)
	}
	if spot := m.Spot(o.At); len(faults) == 0 {
		if d, most := m.Away(centre, &spot); d > most {
			fault(route.FaultFar, "the place is %.0f away from the first crew's; %.0f is the most", d, most)
		}
	}
	return faults
}

// faultNotOnBoard: only dispatch/route knows that rule.
const faultNotOnBoard route.FaultKind = "not_on_board"

func checkCrew(m route.Metric, centre *route.Spot, c *Crew) []route.Fault {
	faults := route.ValidateCrew(m, &c.Crew)
	fault := func(kind route.FaultKind, format string, args ...any) {
		faults = append(faults, route.Fault{Kind: kind, On: "crew", ID: c.ID, Text: fmt.Sprintf(format, args...)})
	}
	if c.ID == "" {
		fault(route.FaultNoID, "has no id")
	}
	if c.Free < 0 || c.Free > maxTick {
		fault(route.FaultNegative, "can leave at tick %d; give 0 to %d", c.Free, maxTick)
	}
	if len(c.Breaks) > 0 {
		fault(faultNotOnBoard, "has breaks; on a board a break is a fixed stop of the route, or not there")
	}
	if c.Done < 0 || c.Done > maxTick {
		fault(route.FaultNegative, "has done %d orders; give 0 to %d", c.Done, maxTick)
	}
	for i := range c.Route {
		s := &c.Route[i]
		faults = append(faults, checkOrder(m, centre, &s.Order)...)
		if slices.ContainsFunc(c.Route[:i], func(t Stop) bool { return t.ID == s.ID }) {
			fault(route.FaultDuplicateID, "visits order %q twice", s.ID)
		}
	}
	if len(faults) > 0 {
		return faults
	}
	for _, p := range []struct {
		at   route.Point
		what string
	}{{c.Start, "where it is"}, {c.End, "its end"}} {
		spot := m.Spot(p.at)
		if d, most := m.Away(centre, &spot); d > most {
			fault(route.FaultFar, "%s is %.0f away from where the first crew was; %.0f is the most", p.what, d, most)
		}
	}
	return faults
}

// site is when the work at a node may begin.
type site struct {
	open, close int32
	windows     []route.Window // nil for one
}

func siteOf(o *route.Order) site {
	switch len(o.Windows) {
	case 0:
		return site{close: maxTick}
	case 1:
		return site{open: int32(o.Windows[0].From), close: int32(o.Windows[0].To)}
	}
	byFrom := func(a, b route.Window) int { return cmp.Compare(a.From, b.From) }
	w := o.Windows
	if !slices.IsSortedFunc(w, byFrom) {
		w = slices.SortedFunc(slices.Values(w), byFrom)
	}
	s := site{open: int32(w[0].From), windows: w}
	for _, v := range w {
		s.close = max(s.close, int32(v.To))
	}
	return s
}

// opens is the first moment not before t at which the work may begin, never if there
// is none.
func (s *site) opens(t int32) int32 {
	if s.windows == nil {
		if t > s.close {
			return never
		}
		return max(t, s.open)
	}
	for _, w := range s.windows {
		if t <= int32(w.To) {
			return max(t, int32(w.From))
		}
	}
	return never
}

// closes is the last moment not after t at which the work may begin, -1 if there is
// none.
func (s *site) closes(t int32) int32 {
	if s.windows == nil {
		if t < s.open {
			return -1
		}
		return min(t, s.close)
	}
	last := int32(-1)
	for _, w := range s.windows {
		if t >= int32(w.From) {
			last = max(last, min(t, int32(w.To)))
		}
	}
	return last
}
