package solver

import (
	"cmp"
	"slices"
	"time"
)

// solution reads the finished plan and gives every order its reason.
func (x *search) solution(p Problem) Solution {
	out := Solution{Cost: x.m.planCost(x.st, x.jobs), Stats: x.stats}
	untried := make(map[int32]bool, len(x.untried))
	for _, o := range x.untried {
		untried[o] = true
	}
	for o := range int32(len(x.jobs)) {
		switch {
		case x.st.seatOf[o] != none:
			out.Assigned = append(out.Assigned, x.assignment(&p.Orders[o], o))
		case untried[o]:
			out.Unassigned = append(out.Unassigned, Unassigned{
				Order: p.Orders[o].ID, Crews: len(p.Crews),
				Stopped: []RuleCount{{Rule: RuleTimeUp, Crews: len(p.Crews)}},
			})
		default:
			out.Unassigned = append(out.Unassigned, x.m.unassigned(x.st, &x.jobs[o], &p.Orders[o]))
		}
	}
	return out
}

// assignment prices the chosen seat and the best other crew. The order is taken
// out for the moment, so that both are asked the same question.
func (x *search) assignment(order *Order, o int32) Assignment {
	j := &x.jobs[o]
	s := x.take(o)
	defer x.put(o, s)
	a := Assignment{Order: order.ID, Pinned: j.pinCrew != none, Chosen: x.m.candidate(x.st, j, s, x.m.seats[s].busy)}
	if a.Pinned {
		return a
	}
	free, busy := x.m.best(x.st, j, x.m.seats[s].crew)
	second, relaxed := free, false
	if x.m.seats[s].busy {
		second, relaxed = busy, true
	}
	if second.seat != none {
		c := x.m.candidate(x.st, j, second.seat, relaxed)
		a.RunnerUp = &c
	}
	return a
}

func (m *model) candidate(st *state, j *job, s int32, relaxed bool) Candidate {
	terms, start := m.terms(st, j, s)
	return Candidate{
		Crew: m.crewID(s), Shift: m.shiftID(s), Terms: terms,
		StartAt: time.Unix(start, 0).UTC(), Relaxed: relaxed,
	}
}

// feasible is the stage of a seat that no rule stops.
const feasible = len(fixedRules) + len(loadRules)

// stage is how far a seat gets through the rules: the index of the first one
// that stops it, or the number of rules if none does.
func (m *model) stage(st *state, j *job, s int32) int {
	for i, r := range fixedRules {
		if r.stops(m, st, j, s) {
			return i
		}
	}
	for i, r := range loadRules {
		if r.stops(m, st, j, s) {
			return len(fixedRules) + i
		}
	}
	return feasible
}

func ruleAt(stage int) rule {
	if stage < len(fixedRules) {
		return fixedRules[stage]
	}
	return loadRules[stage-len(fixedRules)]
}

// unassigned tells why nobody took an order: each crew is counted at the first
// rule that stops its most willing seat.
func (m *model) unassigned(st *state, j *job, o *Order) Unassigned {
	u := Unassigned{Order: o.ID, Crews: len(m.crews)}
	var tally funnel
	var near offers
	var room [len(fixedRules) + len(loadRules)]Breach
	for c := range m.crews {
		far, farSeat := -1, none
		for s := m.first[c]; s < m.first[c+1]; s++ {
			stage := m.stage(st, j, s)
			if stage > far {
				far, farSeat = stage, s
			}
			if stage < feasible && healable[stage] && near.wants(ruleAt(stage).breach(m, st, j, s, o)) {
				breaches := m.breaches(room[:0], st, j, s, o)
				if r, ok := remedy(o.ID, m.crewID(s), m.shiftID(s), breaches); ok {
					near.add(r, m.fixedCost(j, s))
				}
			}
		}
		if far == feasible { // the search had no time to see it
			tally.count(far, RuleTimeUp, "")
			continue
		}
		r := ruleAt(far)
		tally.count(far, r.code(), r.breach(m, st, j, farSeat, o).Detail)
	}
	u.Stopped = tally.steps()
	u.Remedies = near.remedies()
	return u
}

// funnel counts crews by the stage they came to.
type funnel struct{ found []step }

type step struct {
	stage int
	RuleCount
}

func (f *funnel) count(stage int, r Rule, detail string) {
	for i := range f.found {
		// The two halves of the shift rule are one step.
		if f.found[i].Rule == r && f.found[i].Detail == detail {
			f.found[i].Crews++
			return
		}
	}
	f.found = append(f.found, step{stage, RuleCount{r, detail, 1}})
}

func (f *funnel) steps() []RuleCount {
	slices.SortFunc(f.found, func(a, b step) int {
		return cmp.Or(cmp.Compare(a.stage, b.stage), cmp.Compare(a.Detail, b.Detail))
	})
	var out []RuleCount
	for _, s := range f.found {
		out = append(out, s.RuleCount)
	}
	return out
}

// healable tells of each stage whether a remedy may exist for a seat that is
// stopped there first.
var healable = func() (out [feasible]bool) {
	for stage := range out {
		switch ruleAt(stage).(type) {
		case offDuty, noPosition, skill, window:
		default:
			out[stage] = true
		}
	}
	return out
}()

func minutes(n int) time.Duration { return time.Duration(n) * time.Minute }
