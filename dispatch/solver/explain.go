package solver

import (
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
	return len(fixedRules) + len(loadRules)
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
	feasible := len(fixedRules) + len(loadRules)
	counts := make([]map[string]int, feasible+1)
	var near offers
	for c := range m.crews {
		far, farSeat := -1, none
		for s := m.first[c]; s < m.first[c+1]; s++ {
			stage := m.stage(st, j, s)
			if stage > far {
				far, farSeat = stage, s
			}
			if stage < feasible && healable(stage) {
				if r, ok := remedy(o.ID, m.crewID(s), m.shiftID(s), m.breaches(st, j, s, o)); ok {
					near.add(r, m.fixedCost(j, s))
				}
			}
		}
		detail := ""
		if far < feasible {
			detail = ruleAt(far).breach(m, st, j, farSeat, o).Detail
		}
		if counts[far] == nil {
			counts[far] = map[string]int{}
		}
		counts[far][detail]++
	}
	for stage, byDetail := range counts {
		for _, detail := range sortedKeys(byDetail) {
			code := RuleTimeUp // feasible, but the search had no time to see it
			if stage < feasible {
				code = ruleAt(stage).code()
			}
			u.Stopped = addCount(u.Stopped, RuleCount{code, detail, byDetail[detail]})
		}
	}
	u.Remedies = near.remedies()
	return u
}

// addCount appends a step of the funnel; the two halves of the shift rule are
// one step.
func addCount(list []RuleCount, c RuleCount) []RuleCount {
	if n := len(list); n > 0 && list[n-1].Rule == c.Rule && list[n-1].Detail == c.Detail {
		list[n-1].Crews += c.Crews
		return list
	}
	return append(list, c)
}

// healable tells whether a remedy may exist for a seat stopped first at a stage.
func healable(stage int) bool {
	switch ruleAt(stage).(type) {
	case offDuty, noPosition, skill, window:
		return false
	}
	return true
}

func sortedKeys(m map[string]int) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func minutes(n int) time.Duration { return time.Duration(n) * time.Minute }
