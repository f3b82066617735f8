package horizon

import (
	"context"
	"math"
	"slices"

	"tundish/dispatch/route"
)

// room is what a crew has left of a day before routes are known, and where its work lies.
type room struct {
	ticks    int64
	units    int64 // of capacity
	orders   int
	x, y     float64 // sum of places
	many     int
	at       route.Point // where it starts
	district map[string]int
}

// remember lets orders begin with the day that they were planned for, if it still is one for them.
func (h *planner) remember() {
	was := make([]int, len(h.units))
	for u := range was {
		was[u] = -1
	}
	for d := range h.p.Days {
		h.plans[d] = h.p.Days[d].Planned
		for _, list := range h.p.Days[d].Planned {
			for _, i := range list {
				was[h.of[i]] = d
			}
		}
	}
	for u, d := range was {
		if d >= 0 && h.day[u] < 0 && slices.Contains(h.allowed(u), d) {
			h.day[u] = d
		}
	}
}

// spread gives each unit a day: where some crew that may do it has time left, past no
// deadline if it can be, and near to what that crew does on the day already. A district
// that a crew is in on a day draws the district's other orders there.
func (h *planner) spread() {
	rooms := make([][]room, len(h.p.Days))
	for d := range h.p.Days {
		day := &h.p.Days[d]
		for r := range day.Crews {
			c := &day.Crews[r]
			most := math.MaxInt
			if c.MaxOrders > 0 {
				most = c.MaxOrders - c.Held
			}
			time := c.Shift.To - c.Shift.From - c.Reserved
			for _, b := range c.Breaks {
				time -= b.Ticks
			}
			m := room{ticks: time * int64(h.o.Fill) / 100, units: c.Capacity - c.Carried, orders: most, at: c.Start, district: map[string]int{}}
			if r < len(day.Planned) {
				for _, i := range day.Planned[r] {
					if h.day[h.of[i]] == d {
						m.take(&h.p.Orders[i])
					}
				}
			}
			rooms[d] = append(rooms[d], m)
		}
	}
	for u, list := range h.units {
		if h.day[u] >= 0 {
			continue
		}
		var service, demand int64
		for _, i := range list {
			service, demand = service+h.p.Orders[i].Service, demand+h.p.Orders[i].Demand
		}
		at := h.p.Orders[list[0]].At
		best, bestD, bestR := math.Inf(1), -1, -1
		for _, d := range h.allowed(u) {
			for r := range rooms[d] {
				m := &rooms[d][r]
				if m.ticks < service || m.units < demand || m.orders < len(list) || !h.able(u, d, r) {
					continue
				}
				way := h.ticks(m.at, at)
				if m.many > 0 {
					way = min(way, h.ticks(route.Point{X: m.x / float64(m.many), Y: m.y / float64(m.many)}, at))
				} else {
					way *= 2 // nobody else is there yet
				}
				if m.district[h.p.Orders[list[0]].District] > 0 {
					way /= 2
				}
				// Of days that are alike the earlier one: what comes later needs the room.
				if cost := way + float64(h.late(u, d)) + float64(d); cost < best {
					best, bestD, bestR = cost, d, r
				}
			}
		}
		if bestD < 0 {
			continue // repair asks the days one by one
		}
		h.day[u] = bestD
		for _, i := range list {
			rooms[bestD][bestR].take(&h.p.Orders[i])
		}
	}
}

// take gives the crew an order.
func (m *room) take(o *Order) {
	m.ticks, m.units, m.orders = m.ticks-o.Service, m.units-o.Demand, m.orders-1
	m.x, m.y, m.many = m.x+o.At.X, m.y+o.At.Y, m.many+1
	m.district[o.District]++
}

// ticks between two places, good enough to compare.
func (h *planner) ticks(a, b route.Point) float64 {
	dx, dy := a.X-b.X, a.Y-b.Y
	if h.p.Metric.Globe {
		const metres = 111_195
		dx, dy = dx*metres*math.Cos(a.Y*math.Pi/180), dy*metres
	}
	return math.Hypot(dx, dy) * h.p.Metric.Ticks
}

// able tells whether a crew has what a unit asks for, whatever else it does.
func (h *planner) able(u, d, r int) bool {
	c := &h.p.Days[d].Crews[r]
	for _, i := range h.units[u] {
		o := &h.p.Orders[i]
		if o.Crew != "" && o.Crew != c.ID && o.Crew != c.Of || slices.Contains(o.Not, c.Name()) {
			return false
		}
		if o.District != "" && len(c.Districts) > 0 && c.Elsewhere == 0 && !slices.Contains(c.Districts, o.District) {
			return false
		}
		for _, s := range o.Skills {
			if !slices.ContainsFunc(c.Skills, func(k route.Skill) bool { return k.Name == s.Name && k.Level >= s.Level }) {
				return false
			}
		}
	}
	return true
}

// problem is a day's, with what is given to it, and the orders behind its indices.
func (h *planner) problem(d int) (route.Problem, []int) {
	q := route.Problem{Metric: h.p.Metric, Periods: h.p.Periods, Crews: slices.Clone(h.p.Days[d].Crews)}
	var orders []int
	here := map[string]bool{}
	for u, list := range h.units {
		if h.day[u] != d {
			continue
		}
		for _, i := range list {
			orders = append(orders, i)
			here[h.p.Orders[i].ID] = true
		}
	}
	for _, i := range orders {
		o := h.p.Orders[i].Order
		o.Day = "" // it is this one
		o.After = slices.DeleteFunc(slices.Clone(o.After), func(id string) bool { return !here[id] })
		q.Orders = append(q.Orders, o)
	}
	return q, orders
}

// route makes the routes of a day. What finds no place there has no day any more.
func (h *planner) route(ctx context.Context, d int) error {
	q, orders := h.problem(d)
	day := &h.p.Days[d]
	if len(q.Orders) == 0 || len(q.Crews) == 0 {
		h.done[d] = nil
		return nil
	}
	o := h.o.Route
	number := inverse(orders)
	if day.Published != nil {
		h.plans[d] = day.Published
		for r, list := range day.Published { // everything where it is
			for pos, i := range list {
				one := &q.Orders[number[i]]
				one.Crew, one.Position, one.Visit = q.Crews[r].ID, pos+1, ""
			}
		}
		o.Iterations, o.Budget = 1, 0
	}
	o.Start = h.start(d, number)
	o.StartBreaks = h.rests[d]
	s, err := route.Solve(ctx, q, o)
	if err != nil {
		return err
	}
	h.done[d] = &dayOutcome{s, orders}
	h.plans[d], h.rests[d] = make(route.Plan, len(s.Plan)), s.Breaks
	for r, list := range s.Plan {
		for _, k := range list {
			h.plans[d][r] = append(h.plans[d][r], orders[k])
		}
	}
	for _, v := range s.Unserved {
		h.tried[orders[v.Order]][d] = v.Stopped
		h.day[h.of[orders[v.Order]]] = -1
	}
	return nil
}

// repair offers what has no day to the days it was not tried on, the cheapest first, and
// makes the routes of those days anew from the ones they have. It tells whether anything
// found a day.
func (h *planner) repair(ctx context.Context) (bool, error) {
	given := map[int]int{} // day → units
	for u, list := range h.units {
		if h.day[u] >= 0 || h.frozen[u] {
			continue
		}
		best, day := int64(math.MaxInt64), -1
		for _, d := range h.allowed(u) {
			if _, tried := h.tried[list[0]][d]; tried {
				continue
			}
			able := slices.ContainsFunc(h.crews(d), func(r int) bool { return h.able(u, d, r) })
			if !able {
				for _, i := range list {
					h.tried[i][d] = nil
				}
				continue
			}
			if cost := h.late(u, d) + int64(given[d]); cost < best {
				best, day = cost, d
			}
		}
		if day >= 0 {
			h.day[u] = day
			given[day]++
		}
	}
	if len(given) == 0 {
		return false, nil
	}
	for d := range h.p.Days {
		if given[d] > 0 {
			if err := h.route(ctx, d); err != nil {
				return false, err
			}
		}
	}
	return true, nil
}

// strand takes the day from units that wait for one which has none, and makes the routes of
// those days anew, until nobody waits in vain.
func (h *planner) strand(ctx context.Context) error {
	for {
		changed := map[int]bool{}
		for u, d := range h.day {
			if d < 0 || h.frozen[u] || !slices.ContainsFunc(h.before[u], func(w int) bool { return h.day[w] < 0 || h.day[w] > d }) {
				continue
			}
			for _, i := range h.units[u] {
				h.tried[i][d] = []route.RuleCount{{Rule: route.RuleAfter, Crews: len(h.p.Days[d].Crews)}}
			}
			h.day[u], changed[d] = -1, true
		}
		if len(changed) == 0 {
			return nil
		}
		for d := range h.p.Days {
			if changed[d] {
				if err := h.route(ctx, d); err != nil {
					return err
				}
			}
		}
	}
}

func (h *planner) crews(d int) []int {
	list := make([]int, len(h.p.Days[d].Crews))
	for r := range list {
		list[r] = r
	}
	return list
}
