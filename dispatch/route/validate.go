package route

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Fault is one thing that makes a problem impossible to plan.
type Fault struct {
	Kind FaultKind
	On   string // "problem", "order" or "crew"
	ID   string
	No   int // index in Problem.Orders or Problem.Crews
	Text string
}

// FaultKind is the code of a fault.
type FaultKind string

// What can be wrong.
const (
	FaultMetric      FaultKind = "metric"
	FaultNoID        FaultKind = "no_id"
	FaultDuplicateID FaultKind = "duplicate_id"
	FaultNoPlace     FaultKind = "no_place"
	FaultSwapped     FaultKind = "coordinate_swapped"
	FaultFar         FaultKind = "too_far_apart"
	FaultNegative    FaultKind = "negative"
	FaultTooLarge    FaultKind = "too_large"
	FaultReversed    FaultKind = "end_before_start"
	FaultNoShift     FaultKind = "crew_without_shift"
	FaultOutside     FaultKind = "window_outside_shifts"
	FaultUnknownCrew FaultKind = "unknown_crew"
	FaultNoCrew      FaultKind = "no_crew"
)

func (f Fault) String() string {
	if f.On == "problem" {
		return fmt.Sprintf("problem: %s [%s]", f.Text, f.Kind)
	}
	return fmt.Sprintf("%s %q (no. %d): %s [%s]", f.On, f.ID, f.No+1, f.Text, f.Kind)
}

// FaultError refuses a problem with all its faults.
type FaultError struct{ Faults []Fault }

func (e *FaultError) Error() string {
	lines := []string{fmt.Sprintf("the problem has %d faults:", len(e.Faults))}
	for _, f := range e.Faults {
		lines = append(lines, f.String())
	}
	return strings.Join(lines, "\n  ")
}

// checker gathers faults.
type checker struct {
	p      *Problem // nil for one order or crew alone
	m      Metric
	faults []Fault
	on, id string
	no     int
}

func (c *checker) fault(kind FaultKind, format string, args ...any) {
	c.faults = append(c.faults, Fault{kind, c.on, c.id, c.no, fmt.Sprintf(format, args...)})
}

// Validate lists everything that is wrong with a problem.
func Validate(p Problem) []Fault {
	faults, _ := validate(p, func() bool { return false })
	return faults
}

// validate is Validate as long as it is wanted; whole is false if it was not to the end.
func validate(p Problem, unwanted func() bool) (faults []Fault, whole bool) {
	c := &checker{p: &p, m: p.Metric, on: "problem"}
	if !(p.Metric.Ticks > 0) || math.IsInf(p.Metric.Ticks, 0) {
		c.fault(FaultMetric, "a unit of way takes %v ticks; give a number above 0", p.Metric.Ticks)
		return c.faults, true
	}
	if len(p.Crews) == 0 {
		c.fault(FaultNoCrew, "there is no crew")
	}
	if p.Supply != nil {
		c.point(*p.Supply, "supply")
	}
	c.periods()
	c.ways()
	known, names := map[string]int{}, map[string]bool{}
	shifts := Window{math.MaxInt64, math.MinInt64}
	for i := range p.Crews {
		k := &p.Crews[i]
		c.subject("crew", k.ID, i, known)
		c.crew(k)
		shifts.From, shifts.To = min(shifts.From, k.Shift.From), max(shifts.To, k.Shift.To)
		c.breaks(k)
		names[k.ID], names[k.Of] = true, true
	}
	orders := map[string]int{}
	for i := range p.Orders {
		if i%64 == 0 && unwanted() {
			return c.faults, false
		}
		o := &p.Orders[i]
		c.subject("order", o.ID, i, orders)
		c.order(o, shifts)
		c.orderRules(o)
		if !names[o.Crew] && o.Crew != "" {
			c.fault(FaultUnknownCrew, "is for crew %q, whom nobody knows", o.Crew)
		}
	}
	for _, check := range []func(){c.stocks, c.spread, c.relations} {
		if unwanted() {
			return c.faults, false
		}
		check()
	}
	return c.faults, true
}

// ValidateOrder lists what is wrong with one order, whoever there is to do it.
func ValidateOrder(m Metric, o *Order) []Fault {
	c := checker{m: m, on: "order", id: o.ID}
	c.order(o, Window{math.MinInt64, math.MaxInt64})
	return c.faults
}

// ValidateCrew lists what is wrong with one crew.
func ValidateCrew(m Metric, k *Crew) []Fault {
	c := checker{m: m, on: "crew", id: k.ID}
	c.crew(k)
	return c.faults
}

func (c *checker) subject(on, id string, no int, known map[string]int) {
	c.on, c.id, c.no = on, id, no
	if id == "" {
		c.fault(FaultNoID, "has no id")
	} else if before, twice := known[id]; twice {
		c.fault(FaultDuplicateID, "has the id of no. %d", before+1)
	} else {
		known[id] = no
	}
}

func (c *checker) point(q Point, what string) {
	switch {
	case math.IsNaN(q.X) || math.IsNaN(q.Y) || math.IsInf(q.X, 0) || math.IsInf(q.Y, 0):
		c.fault(FaultNoPlace, "%s is not a place: %v, %v", what, q.X, q.Y)
	case !c.m.Globe:
	case q.X == 0 && q.Y == 0:
		c.fault(FaultNoPlace, "%s is missing (longitude 0, latitude 0)", what)
	case math.Abs(q.Y) > 90 && math.Abs(q.X) <= 90:
		c.fault(FaultSwapped, "%s has latitude %v and longitude %v: swapped, a latitude is -90 to 90", what, q.Y, q.X)
	case math.Abs(q.Y) > 90 || math.Abs(q.X) > 180:
		c.fault(FaultNoPlace, "%s is not on the globe: longitude %v, latitude %v", what, q.X, q.Y)
	}
}

// amount wants a number of ticks or units that sums cannot overflow.
func (c *checker) amount(v int64, what string) {
	switch {
	case v < 0:
		c.fault(FaultNegative, "%s is %d; give 0 or more", what, v)
	case v > maxTick:
		c.fault(FaultTooLarge, "%s is %d; %d is the most", what, v, maxTick)
	}
}

func (c *checker) crew(k *Crew) {
	c.point(k.Start, "the start")
	if k.End != k.Start {
		c.point(k.End, "the end")
	}
	switch {
	case k.Shift == Window{}:
		c.fault(FaultNoShift, "has no shift")
	case k.Shift.To < k.Shift.From:
		c.fault(FaultReversed, "the shift ends at %d, before it begins at %d", k.Shift.To, k.Shift.From)
	}
	c.amount(k.Shift.From, "the shift's beginning")
	c.amount(k.Shift.To, "the shift's end")
	c.amount(k.Capacity, "the capacity")
	c.amount(int64(k.MaxOrders), "the number of orders")
	c.amount(k.MaxTicks, "the longest time away")
	c.amount(k.Load, "the load")
	c.amount(k.Busy, "the full day")
	c.amount(k.Reserved, "the work under way")
	c.amount(k.Carried, "what the work under way takes of the capacity")
	c.amount(int64(k.Held), "the number of orders under way")
	c.amount(k.Elsewhere, "an order elsewhere")
	if k.Fixed < 0 || k.Fixed > maxCost {
		c.fault(FaultTooLarge, "going out costs %d; give 0 to %d", k.Fixed, int64(maxCost))
	}
}

// maxCost bounds what one order or crew may cost, so that sums stay in int64.
const maxCost = 1 << 40

func (c *checker) order(o *Order, shifts Window) {
	c.point(o.At, "the place")
	c.amount(o.Service, "the service")
	c.amount(o.Demand, "the demand")
	if o.Penalty < 0 || o.Penalty > maxCost {
		c.fault(FaultTooLarge, "leaving it out costs %d; give 0 to %d", o.Penalty, int64(maxCost))
	}
	open := len(o.Windows) == 0
	for _, w := range o.Windows {
		c.amount(w.From, "a window's beginning")
		c.amount(w.To, "a window's end")
		if w.To < w.From {
			c.fault(FaultReversed, "a window ends at %d, before it begins at %d", w.To, w.From)
		}
		open = open || w.From <= shifts.To && w.To >= shifts.From
	}
	if !open {
		c.fault(FaultOutside, "every window lies outside of all shifts (%d to %d)", shifts.From, shifts.To)
	}
}

// stocks counts the kinds of tools, and wants parts to be numbers.
func (c *checker) stocks() {
	tools := map[string]bool{}
	for i := range c.p.Crews {
		c.on, c.id, c.no = "crew", c.p.Crews[i].ID, i
		for _, t := range c.p.Crews[i].Tools {
			tools[t] = true
		}
		for _, n := range c.p.Crews[i].Parts {
			c.amount(n, "a number of parts")
		}
	}
	for i := range c.p.Orders {
		c.on, c.id, c.no = "order", c.p.Orders[i].ID, i
		for _, t := range c.p.Orders[i].Tools {
			tools[t] = true
		}
		for _, n := range c.p.Orders[i].Parts {
			c.amount(n, "a number of parts")
		}
	}
	if len(tools) > maxTools {
		c.on = "problem"
		c.fault(FaultTooLarge, "there are %d kinds of tools; %d is the most", len(tools), maxTools)
	}
}

// spread wants all places near enough for ticks and for the globe's series.
func (c *checker) spread() {
	if len(c.faults) > 0 || len(c.p.Crews) == 0 {
		return
	}
	centre := c.m.Spot(c.centre())
	check := func(q Point, what string) {
		v := c.m.Spot(q)
		if d, most := c.m.Away(&centre, &v); d > most {
			c.fault(FaultFar, "%s is %.0f away from the middle of the crews; %.0f is the most", what, d, most)
		}
	}
	for i := range c.p.Crews {
		c.on, c.id, c.no = "crew", c.p.Crews[i].ID, i
		check(c.p.Crews[i].Start, "the start")
		check(c.p.Crews[i].End, "the end")
	}
	for i := range c.p.Orders {
		c.on, c.id, c.no = "order", c.p.Orders[i].ID, i
		check(c.p.Orders[i].At, "the place")
	}
}

// centre is in the middle of the crews' starts: one that is wrong does not move it.
func (c *checker) centre() Point {
	var x, y []float64
	for i := range c.p.Crews {
		x, y = append(x, c.p.Crews[i].Start.X), append(y, c.p.Crews[i].Start.Y)
	}
	slices.Sort(x)
	slices.Sort(y)
	return Point{x[len(x)/2], y[len(y)/2]}
}
