package solver

import (
	"cmp"
	"fmt"
	"slices"
)

// Ranking is every crew's answer to one order.
type Ranking struct {
	Order OrderID
	// Candidates, cheapest first; one per crew, with its best shift.
	Candidates []Candidate
	// Refusals in the order of the crews; for a crew with several shifts the
	// one that got furthest.
	Refusals []Refusal
}

// Refusal is why one crew cannot take an order.
type Refusal struct {
	Crew     CrewID
	Shift    ShiftID
	Breaches []Breach
	// Remedy would make it possible; nil where no small change does.
	Remedy *Remedy
}

// Rank asks every crew about one order of the problem, by its index, with the
// loads that the crews bring along; the other orders are not looked at. Crews
// on an urgent order are candidates (Relaxed) only when there are no others.
func Rank(p Problem, order int, o Options) (Ranking, error) {
	if order < 0 || order >= len(p.Orders) {
		return Ranking{}, fmt.Errorf("rank order %d: the problem has %d orders, numbered from 0", order, len(p.Orders))
	}
	p.Orders = p.Orders[order : order+1]
	r, err := NewRoster(p, o)
	if err != nil {
		return Ranking{}, err
	}
	return r.Rank(p.Orders[0])
}

func (m *model) rank(st *state, j *job, o *Order) Ranking {
	out := Ranking{Order: o.ID}
	var busy []int32
	free := make([]found, 0, 16)
	for c := range int32(len(m.crews)) {
		best, far, farSeat := nowhere, -1, none
		for s := m.first[c]; s < m.first[c+1]; s++ {
			stage := m.stage(st, j, s)
			if stage > far {
				far, farSeat = stage, s
			}
			if stage == feasible {
				if f := (found{s, m.fixedCost(j, s) + m.addCost(st, s, j.minutes)}); f.better(best) {
					best = f
				}
			}
		}
		switch {
		case best.seat == none:
			out.Refusals = append(out.Refusals, m.refusal(st, j, farSeat, o))
		case m.seats[best.seat].busy:
			busy = append(busy, best.seat)
			free = append(free, best)
		default:
			free = append(free, best)
		}
	}
	relaxed := len(busy) == len(free)
	if !relaxed {
		free = slices.DeleteFunc(free, func(f found) bool { return m.seats[f.seat].busy })
		for _, s := range busy {
			out.Refusals = append(out.Refusals, Refusal{
				Crew: m.crewID(s), Shift: m.shiftID(s), Breaches: []Breach{{Rule: RuleBusyUrgent}},
			})
		}
		slices.SortStableFunc(out.Refusals, func(a, b Refusal) int {
			return cmp.Compare(m.crewNo[a.Crew], m.crewNo[b.Crew])
		})
	}
	slices.SortFunc(free, func(a, b found) int {
		return cmp.Or(cmp.Compare(a.cost, b.cost), cmp.Compare(a.seat, b.seat))
	})
	for _, f := range free {
		out.Candidates = append(out.Candidates, m.candidate(st, j, f.seat, relaxed))
	}
	return out
}

func (m *model) refusal(st *state, j *job, s int32, o *Order) Refusal {
	r := Refusal{Crew: m.crewID(s), Shift: m.shiftID(s), Breaches: m.breaches(nil, st, j, s, o)}
	if change, ok := remedy(o.ID, r.Crew, r.Shift, r.Breaches); ok {
		r.Remedy = &change
	}
	return r
}
