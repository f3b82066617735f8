package horizon

import (
	"cmp"
	"context"
	"slices"

	"tundish/dispatch/route"
)

const remediesMost = 3 // that are told of an order

// ask ranks a day's crews for units that are not done on it, beside the day as it is planned.
func (h *planner) ask(ctx context.Context, d int, units []int) ([]route.Ranking, error) {
	had := make([]int, len(units))
	for k, u := range units {
		had[k], h.day[u] = h.day[u], d
	}
	q, orders := h.problem(d)
	for k, u := range units {
		h.day[u] = had[k]
	}
	number := inverse(orders)
	asked := make([]int, len(units))
	for k, u := range units {
		asked[k] = number[h.units[u][0]]
	}
	o := h.o.Route
	o.Start, o.StartBreaks = h.start(d, number), h.rests[d]
	for r := range o.Start { // those that are asked about are in no route
		o.Start[r] = slices.DeleteFunc(o.Start[r], func(k int) bool { return slices.Contains(units, h.of[orders[k]]) })
	}
	return route.RankEach(ctx, q, asked, o)
}

// open are the units that a day may have and does not.
func (h *planner) open(d int, want func(u int) bool) (units []int) {
	for u := range h.units {
		if !h.frozen[u] && want(u) && len(h.p.Days[d].Crews) > 0 && slices.Contains(h.allowed(u), d) {
			units = append(units, u)
		}
	}
	return units
}

// advance gives units that are done past a deadline an earlier day that has room for them as it is planned, if
// that saves more than it costs there.
func (h *planner) advance(ctx context.Context) error {
	for d := range h.p.Days {
		late := h.open(d, func(u int) bool { return h.day[u] > d && h.late(u, h.day[u]) > h.late(u, d) })
		if len(late) == 0 || ctx.Err() != nil {
			continue
		}
		answers, err := h.ask(ctx, d, late)
		if err != nil {
			return err
		}
		day, plan, rest, done := slices.Clone(h.day), h.plans[d], h.rests[d], h.done[d]
		moved := 0
		for k, a := range answers {
			u := late[k]
			if len(a.Candidates) > 0 && a.Candidates[0].Terms.Total() < h.late(u, h.day[u])-h.late(u, d) {
				h.day[u] = d
				moved++
			}
		}
		if moved == 0 {
			continue
		}
		if err := h.route(ctx, d); err != nil {
			return err
		}
		lost := false
		for u := range h.day {
			lost = lost || day[u] == d && h.day[u] != d
		}
		if lost {
			h.day, h.plans[d], h.rests[d], h.done[d] = day, plan, rest, done
			continue
		}
		left := map[int]bool{}
		for u := range h.day {
			switch {
			case h.day[u] == d && day[u] != d:
				left[day[u]] = true
			case h.day[u] < 0: // there was no room for all of them
				h.day[u] = day[u]
			}
		}
		for e := range h.p.Days {
			if left[e] {
				if err := h.route(ctx, e); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// remedies asks of each day what it would need to hold what has no day.
func (h *planner) remedies(ctx context.Context, out *Solution) error {
	if len(out.Unserved) == 0 || !h.o.Route.Explain {
		return nil
	}
	found := map[int][]Remedy{} // by unit
	for d := range h.p.Days {
		left := h.open(d, func(u int) bool { return h.day[u] < 0 })
		if len(left) == 0 || ctx.Err() != nil {
			continue
		}
		answers, err := h.ask(ctx, d, left)
		if err != nil {
			return err
		}
		for k, a := range answers {
			for _, r := range a.Remedies {
				r.Orders = slices.Clone(h.units[left[k]])
				found[left[k]] = append(found[left[k]], Remedy{d, r})
			}
		}
	}
	for k := range out.Unserved {
		u := h.of[out.Unserved[k].Order]
		slices.SortStableFunc(found[u], func(a, b Remedy) int {
			return cmp.Or(cmp.Compare(a.Burden(), b.Burden()), cmp.Compare(a.Price+h.late(u, a.Day), b.Price+h.late(u, b.Day)))
		})
		out.Unserved[k].Remedies = found[u][:min(remediesMost, len(found[u]))]
	}
	return nil
}

// inverse is where each order stands.
func inverse(orders []int) map[int]int {
	number := make(map[int]int, len(orders))
	for k, i := range orders {
		number[i] = k
	}
	return number
}

// start is the plan of a day in the numbers of its problem.
func (h *planner) start(d int, number map[int]int) route.Plan {
	plan := make(route.Plan, len(h.p.Days[d].Crews))
	for r, list := range h.plans[d] {
		for _, i := range list {
			if k, ok := number[i]; ok {
				plan[r] = append(plan[r], k)
			}
		}
	}
	return plan
}
