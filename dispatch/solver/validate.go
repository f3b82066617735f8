package solver

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"
)

// Validate lists everything that cannot be right, in the order of the problem's
// own, its crews, its orders; nil when all is well.
func Validate(p Problem) []Fault {
	var f faults
	f.at(OnProblem, 0, "")
	if p.Now.IsZero() {
		f.add(FaultNoInstant, "Now is not set; give the instant the plan is made for")
	}
	if t := p.Travel; t.DetourPercent != 0 && (t.DetourPercent < 100 || t.DetourPercent > 1000) {
		f.add(FaultTravel, "detour is %d %%; give 100 to 1000, or 0 for %d", t.DetourPercent, defaultDetourPercent)
	}
	if t := p.Travel; t.MetresPerHour != 0 && (t.MetresPerHour < 100 || t.MetresPerHour > 1_000_000) {
		f.add(FaultTravel, "speed is %d metres per hour; give 100 to 1000000, or 0 for %d", t.MetresPerHour, defaultMetresPerHour)
	}
	crews := make(map[CrewID]*Crew, len(p.Crews))
	for i := range p.Crews {
		c := &p.Crews[i]
		f.at(OnCrew, i, string(c.ID))
		if crews[c.ID] != nil {
			f.add(FaultDuplicateID, "another crew has the same id")
		}
		crews[c.ID] = c
		f.crew(c)
	}
	shifts := unionOfShifts(p.Crews)
	orders := make(map[OrderID]bool, len(p.Orders))
	for i := range p.Orders {
		o := &p.Orders[i]
		f.at(OnOrder, i, string(o.ID))
		if orders[o.ID] {
			f.add(FaultDuplicateID, "another order has the same id")
		}
		orders[o.ID] = true
		f.order(o)
		if o.Pin.Crew != "" {
			f.pin(o, crews[o.Pin.Crew])
		}
		if len(o.Windows) > 0 && len(shifts) > 0 && !slices.ContainsFunc(o.Windows, func(w Window) bool { return meets(w, shifts) }) {
			f.add(FaultOutsideShifts, "no crew works in any of its windows (the first is %s to %s)",
				instant(o.Windows[0].From), instant(o.Windows[0].To))
		}
	}
	return f.list
}

// Sieve leaves out the crews and orders that have faults, so that one bad order
// does not hold up a day, and returns all faults found. Only a fault of the
// problem itself is left in. Go by the IDs of the faults: an Index counts in what
// was left when the fault was found.
func Sieve(p Problem) (Problem, []Fault) {
	var all []Fault
	for {
		found := Validate(p)
		badCrew, badOrder := map[int]bool{}, map[int]bool{}
		for _, f := range found {
			switch f.On {
			case OnCrew:
				badCrew[f.Index] = true
			case OnOrder:
				badOrder[f.Index] = true
			}
		}
		all = append(all, found...)
		if len(badCrew)+len(badOrder) == 0 {
			return p, all
		}
		// Leaving a crew out may leave a window without a shift: look again.
		p.Crews, p.Orders = without(p.Crews, badCrew), without(p.Orders, badOrder)
	}
}

func without[T any](list []T, bad map[int]bool) []T {
	out := make([]T, 0, len(list))
	for i, v := range list {
		if !bad[i] {
			out = append(out, v)
		}
	}
	return out
}

// faults gathers what is found about one subject after the other.
type faults struct {
	list  []Fault
	on    Subject
	index int
	id    string
}

func (f *faults) at(on Subject, index int, id string) { f.on, f.index, f.id = on, index, id }

func (f *faults) add(kind FaultKind, format string, args ...any) {
	f.list = append(f.list, Fault{Kind: kind, On: f.on, Index: f.index, ID: f.id, Text: fmt.Sprintf(format, args...)})
}

func (f *faults) crew(c *Crew) {
	if c.ID == "" {
		f.add(FaultNoID, "the crew has no id")
	}
	if len(c.Shifts) == 0 && !c.OffDuty {
		f.add(FaultNoShift, "on duty but without a shift; give one or set OffDuty")
	}
	if c.Start.Known() {
		f.place("start", c.Start)
	}
	f.skills(c.Skills)
	for i := range c.Shifts {
		s := &c.Shifts[i]
		if !s.From.Before(s.To) {
			f.add(FaultReversed, "shift %q ends at %s, not after its start %s", s.ID, instant(s.To), instant(s.From))
		}
		if slices.ContainsFunc(c.Shifts[:i], func(o Shift) bool { return o.ID == s.ID }) {
			f.add(FaultDuplicateID, "two shifts have the id %q", s.ID)
		}
		f.count("shift cap", s.CapMinutes, "minutes")
		f.count("shift cap", s.CapOrders, "orders")
		f.count("shift load", s.LoadMinutes, "minutes")
		f.count("shift load", s.LoadOrders, "orders")
	}
}

func (f *faults) order(o *Order) {
	if o.ID == "" {
		f.add(FaultNoID, "the order has no id")
	}
	if o.Place.Known() {
		f.place("place", o.Place)
	} else {
		f.add(FaultNoPlace, "no coordinate; locate it first or use its district's centre")
	}
	f.count("service time", o.ServiceMinutes, "minutes")
	f.skills(o.Skills)
	for _, w := range o.Windows {
		if !w.From.IsZero() && !w.To.IsZero() && w.To.Before(w.From) {
			f.add(FaultReversed, "a window ends at %s, before its start %s", instant(w.To), instant(w.From))
		}
	}
	if o.Pin.Crew != "" && slices.Contains(o.Excluded, o.Pin.Crew) {
		f.add(FaultPinExcluded, "pinned to crew %q, which is also excluded", o.Pin.Crew)
	}
}

// pin checks that the crew (nil if unknown) and the shift pinned to exist.
func (f *faults) pin(o *Order, c *Crew) {
	if c == nil {
		f.add(FaultUnknownPin, "pinned to crew %q, which is not in the problem", o.Pin.Crew)
		return
	}
	if o.Pin.Shift != "" && !slices.ContainsFunc(c.Shifts, func(s Shift) bool { return s.ID == o.Pin.Shift }) {
		f.add(FaultUnknownPin, "pinned to shift %q, which crew %q does not have", o.Pin.Shift, o.Pin.Crew)
	}
}

func (f *faults) place(what string, p Point) {
	latOK, lonOK := math.Abs(p.Lat) <= 90, math.Abs(p.Lon) <= 180 // false for NaN
	switch {
	case latOK && lonOK:
	case !latOK && math.Abs(p.Lat) <= 180 && math.Abs(p.Lon) <= 90:
		f.add(FaultSwapped, "%s has latitude %v and longitude %v; they look swapped", what, p.Lat, p.Lon)
	default:
		f.add(FaultRange, "%s has latitude %v and longitude %v; allowed are -90 to 90 and -180 to 180", what, p.Lat, p.Lon)
	}
}

func (f *faults) skills(list []Skill) {
	for _, s := range list {
		if s.Name == "" {
			f.add(FaultNoID, "a skill has no name")
		}
		if s.Level < 0 {
			f.add(FaultNegative, "skill %q has level %d; levels start at 0", s.Name, s.Level)
		}
		if s.Level > maxLevel {
			f.add(FaultTooLarge, "skill %q has level %d; the highest is %d", s.Name, s.Level, maxLevel)
		}
	}
}

func (f *faults) count(what string, n int, unit string) {
	if n < 0 {
		f.add(FaultNegative, "%s is %d %s; give 0 or more", what, n, unit)
	}
	if n > maxMinutes {
		f.add(FaultTooLarge, "%s is %d %s; the most is %d", what, n, unit, maxMinutes)
	}
}

const maxLevel = 1000

// unionOfShifts merges the shifts of all crews on duty into disjoint spans.
func unionOfShifts(crews []Crew) []span {
	var all []span
	for i := range crews {
		if crews[i].OffDuty {
			continue
		}
		for _, s := range crews[i].Shifts {
			if s.From.Before(s.To) {
				all = append(all, span{s.From.Unix(), s.To.Unix()})
			}
		}
	}
	slices.SortFunc(all, func(a, b span) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to)) })
	out := all[:0]
	for _, s := range all {
		if n := len(out); n > 0 && s.from <= out[n-1].to {
			out[n-1].to = max(out[n-1].to, s.to)
			continue
		}
		out = append(out, s)
	}
	return out
}

// meets tells whether a window overlaps one of the disjoint, sorted spans.
func meets(w Window, spans []span) bool {
	from, to := unixOr(w.From, math.MinInt64), unixOr(w.To, never)
	i, _ := slices.BinarySearchFunc(spans, from, func(s span, from int64) int {
		if s.to > from {
			return 1
		}
		return -1
	})
	return i < len(spans) && spans[i].from <= to
}

func instant(t time.Time) string {
	if t.IsZero() {
		return "open"
	}
	return t.Format(time.RFC3339)
}
