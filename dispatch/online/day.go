package online

import (
	"errors"
	"fmt"

	"tundish/dispatch/route"
)

// Day is what remains of a plan at the tick now, if every crew leaves as early as it may
// and nothing unforeseen happened: where each crew is, what it has done, and what is still
// before it. A crew whose time away is bounded leaves as late as its plan allows. An order with a position is a fixed stop, one
// with a crew a pinned one. Supplies, slow hours, tables of ways, breaks, visits and dependencies are not
// followed: such a day is refused.
func Day(p route.Problem, plan route.Plan, now int64) ([]Crew, error) {
	if p.Supply != nil {
		return nil, errors.New("online day: crews call at a supply; a board does not know what they have taken in there")
	}
	if len(p.Periods) > 0 {
		return nil, errors.New("online day: traffic changes over the day; a board takes ways to last equally long all day")
	}
	if p.Ways != nil {
		return nil, errors.New("online day: ways come from a table; a board measures them by the metric, from wherever a crew is")
	}
	if len(plan) > len(p.Crews) {
		return nil, fmt.Errorf("online day: the plan has %d routes for %d crews", len(plan), len(p.Crews))
	}
	w := walker{p: &p, ruler: p.Metric.Ruler(), now: now}
	crews := make([]Crew, len(p.Crews))
	for r := range p.Crews {
		var list []int
		if r < len(plan) {
			list = plan[r]
		}
		for _, o := range list {
			if o < 0 || o >= len(p.Orders) {
				return nil, fmt.Errorf("online day: the route of crew %q has order no. %d of %d", p.Crews[r].ID, o, len(p.Orders))
			}
		}
		crews[r] = w.crew(&p.Crews[r], list)
	}
	return crews, nil
}

// walker follows plans through a day.
type walker struct {
	p     *route.Problem
	ruler route.Ruler
	now   int64
}

func (w *walker) ticks(a, b route.Point) int64 {
	s, t := w.p.Metric.Spot(a), w.p.Metric.Spot(b)
	return int64(w.ruler.Ticks(&s, &t))
}

func (w *walker) crew(rc *route.Crew, list []int) Crew {
	c := Crew{Crew: *rc}
	free := w.leaves(rc, list)
	if c.MaxTicks > 0 {
		c.MaxTicks += free - c.Shift.From
	}
	k := 0
	for ; k < len(list) && free < w.now; k++ {
		o := &w.p.Orders[list[k]]
		way := w.ticks(c.Start, o.At)
		s := siteOf(o)
		begin := max(free+way, int64(s.opens(int32(min(free+way, maxTick)))))
		if begin == int64(never) { // late: it is done all the same
			begin = free + way
		}
		if begin > w.now { // on the way, or waiting there
			done := min(way, w.now-free)
			c.Load += done
			c.Start = between(c.Start, o.At, done, way)
			free = w.now
			break
		}
		c.Load += way + o.Service
		c.Capacity -= o.Demand
		c.Done++
		c.Start, free = o.At, begin+o.Service
	}
	for ; k < len(list); k++ {
		s := Stop{Order: w.p.Orders[list[k]]}
		s.Pinned, s.Fixed = s.Crew != "", s.Position > 0
		s.Position = 0
		c.Route = append(c.Route, s)
	}
	c.Capacity = max(0, c.Capacity)
	// Whoever waited did of the other work what there was time for.
	c.Reserved = max(0, c.Reserved-max(0, free-c.Shift.From-(c.Load-rc.Load)))
	c.Free = free
	return c
}

// leaves is when a crew leaves its start.
func (w *walker) leaves(c *route.Crew, list []int) int64 {
	if c.MaxTicks == 0 || len(list) == 0 {
		return c.Shift.From
	}
	late, at := c.Shift.To, c.End
	for k := len(list) - 1; k >= 0; k-- {
		o := &w.p.Orders[list[k]]
		s := siteOf(o)
		late = int64(s.closes(int32(max(-1, late-w.ticks(o.At, at)-o.Service))))
		at = o.At
	}
	return max(c.Shift.From, late-w.ticks(c.Start, at))
}

// between is where somebody is after some ticks of a way. What remains of the way,
// rounded, is never longer than what is left of its ticks.
func between(a, b route.Point, ticks, way int64) route.Point {
	if ticks >= way {
		return b
	}
	f := float64(ticks) / float64(way)
	return route.Point{X: a.X + f*(b.X-a.X), Y: a.Y + f*(b.Y-a.Y)}
}
