package solver

import "slices"

// Rule is the code of a hard rule.
type Rule string

// The hard rules, in the order in which they are asked and counted.
const (
	RuleOffDuty    Rule = "off_duty"         // the crew is off, or the shift is over
	RuleNoPosition Rule = "no_position"      // nobody knows where the crew is
	RulePinned     Rule = "pinned"           // the order is pinned to another crew or shift
	RuleExcluded   Rule = "excluded"         // the order must not go to this crew
	RuleSkill      Rule = "skill"            // a skill is missing or its level too low
	RuleDistrict   Rule = "district"         // the crew does not serve the order's district
	RuleWindow     Rule = "window"           // the crew cannot be there in any window
	RuleShift      Rule = "shift"            // the work would not end within the shift
	RuleCapMinutes Rule = "load_cap_minutes" // more minutes than the shift may hold
	RuleCapOrders  Rule = "load_cap_count"   // more orders than the shift may hold
	RuleBusyUrgent Rule = "busy_urgent"      // on an urgent order, and others are feasible
	// RuleTimeUp is no rule of the work: the search was stopped before the
	// order could be placed.
	RuleTimeUp Rule = "time_up"
)

// Breach is one rule that stops one seat.
type Breach struct {
	Rule Rule
	// Detail names the skill or the district meant.
	Detail string
	// Lack is by how much: minutes for shift and load_cap_minutes, orders for
	// load_cap_count, levels for skill; 0 where there is nothing to measure.
	Lack int
}

// A rule is asked with the plan as it stands, the order not in it. stops must
// be quick; breach is only asked when stops said yes.
type rule interface {
	code() Rule
	stops(m *model, st *state, j *job, s int32) bool
	breach(m *model, st *state, j *job, s int32, o *Order) Breach
}

// Fixed rules do not depend on what else is given; load rules do. busy_urgent
// is about all crews at once and therefore a stage of the search (solve.go).
var (
	fixedRules = [...]rule{offDuty{}, noPosition{}, pinned{}, excluded{}, skill{}, district{}, window{}, shiftEnd{}}
	loadRules  = [...]rule{shiftLoad{}, capMinutes{}, capOrders{}}
)

// fixedOK asks all fixed rules. It names them one by one, cheapest first, so
// that the compiler can inline them: this is where the search spends its time.
// A test holds it to the list.
func (m *model) fixedOK(st *state, j *job, s int32) bool {
	return !offDuty{}.stops(m, st, j, s) && !noPosition{}.stops(m, st, j, s) &&
		!district{}.stops(m, st, j, s) && !skill{}.stops(m, st, j, s) &&
		!pinned{}.stops(m, st, j, s) && !excluded{}.stops(m, st, j, s) &&
		!window{}.stops(m, st, j, s) && !shiftEnd{}.stops(m, st, j, s)
}

// loadOK asks all load rules in the same way.
func (m *model) loadOK(st *state, j *job, s int32) bool {
	return !shiftLoad{}.stops(m, st, j, s) && !capMinutes{}.stops(m, st, j, s) && !capOrders{}.stops(m, st, j, s)
}

type offDuty struct{}

func (offDuty) code() Rule                                     { return RuleOffDuty }
func (offDuty) stops(m *model, _ *state, _ *job, s int32) bool { return m.seats[s].offDuty }
func (offDuty) breach(*model, *state, *job, int32, *Order) Breach {
	return Breach{Rule: RuleOffDuty}
}

type noPosition struct{}

func (noPosition) code() Rule                                     { return RuleNoPosition }
func (noPosition) stops(m *model, _ *state, _ *job, s int32) bool { return !m.seats[s].hasPlace }
func (noPosition) breach(*model, *state, *job, int32, *Order) Breach {
	return Breach{Rule: RuleNoPosition}
}

type pinned struct{}

func (pinned) code() Rule { return RulePinned }
func (pinned) stops(m *model, _ *state, j *job, s int32) bool {
	if j.pinCrew == none {
		return false
	}
	return m.seats[s].crew != j.pinCrew || j.pinShift != "" && m.shiftID(s) != j.pinShift
}
func (pinned) breach(*model, *state, *job, int32, *Order) Breach { return Breach{Rule: RulePinned} }

type excluded struct{}

func (excluded) code() Rule { return RuleExcluded }
func (excluded) stops(m *model, _ *state, j *job, s int32) bool {
	return slices.Contains(j.excluded, m.seats[s].crew)
}
func (excluded) breach(*model, *state, *job, int32, *Order) Breach {
	return Breach{Rule: RuleExcluded}
}

type skill struct{}

func (skill) code() Rule { return RuleSkill }
func (skill) stops(m *model, _ *state, j *job, s int32) bool {
	for _, n := range j.needs {
		if n.skill == none || m.levels[n.skill][m.seats[s].crew] < n.level {
			return true
		}
	}
	return false
}

func (skill) breach(m *model, _ *state, j *job, s int32, o *Order) Breach {
	for i, n := range j.needs {
		have := int16(0)
		if n.skill != none {
			have = m.levels[n.skill][m.seats[s].crew]
		}
		if have < n.level {
			return Breach{Rule: RuleSkill, Detail: o.Skills[i].Name, Lack: int(n.level - have)}
		}
	}
	return Breach{Rule: RuleSkill}
}

type district struct{}

func (district) code() Rule { return RuleDistrict }
func (district) stops(m *model, _ *state, j *job, s int32) bool {
	switch j.district {
	case anyDistrict:
		return false
	case unknownDistrict:
		return !m.anywhere.has(m.seats[s].crew)
	}
	return !m.serves[j.district].has(m.seats[s].crew)
}
func (district) breach(_ *model, _ *state, _ *job, _ int32, o *Order) Breach {
	return Breach{Rule: RuleDistrict, Detail: o.District}
}

// window asks whether the crew, coming straight away, is there before the last
// window closes and within its own shift.
type window struct{}

func (window) code() Rule { return RuleWindow }
func (window) stops(m *model, _ *state, j *job, s int32) bool {
	if len(j.windows) == 0 {
		return false
	}
	start, ok := j.startAfter(m.arrival(j, s))
	return !ok || start >= m.seats[s].end
}
func (window) breach(*model, *state, *job, int32, *Order) Breach { return Breach{Rule: RuleWindow} }

// shiftEnd asks whether the work ends within the shift when the crew comes
// straight away.
type shiftEnd struct{}

func (shiftEnd) code() Rule                                     { return RuleShift }
func (shiftEnd) stops(m *model, _ *state, j *job, s int32) bool { return m.overrun(j, s) > 0 }
func (shiftEnd) breach(m *model, _ *state, j *job, s int32, _ *Order) Breach {
	return Breach{Rule: RuleShift, Lack: int((m.overrun(j, s) + 59) / 60)}
}

// overrun is by how many seconds the work would end after the shift.
func (m *model) overrun(j *job, s int32) int64 {
	start, ok := j.startAfter(m.arrival(j, s))
	if !ok {
		return 0 // the window rule's business
	}
	return start + int64(j.minutes)*60 - m.seats[s].end
}

// shiftLoad asks whether the minutes fit into what is left of the shift. An
// urgent order goes before work accepted earlier, so it competes only with
// other urgent ones; but where this plan gave plain orders too, everything must
// fit. A crew that is on an urgent order finishes its load first.
type shiftLoad struct{}

func (shiftLoad) code() Rule                                      { return RuleShift }
func (shiftLoad) stops(m *model, st *state, j *job, s int32) bool { return m.excess(st, j, s) > 0 }
func (shiftLoad) breach(m *model, st *state, j *job, s int32, _ *Order) Breach {
	return Breach{Rule: RuleShift, Lack: int(m.excess(st, j, s))}
}

func (m *model) excess(st *state, j *job, s int32) int32 {
	seat := &m.seats[s]
	if !j.urgent || st.plain[s] > 0 || seat.busy {
		return st.minutes[s] + j.minutes - seat.left
	}
	return st.urgent[s] + j.minutes - seat.left
}

type capMinutes struct{}

func (capMinutes) code() Rule { return RuleCapMinutes }
func (capMinutes) stops(m *model, st *state, j *job, s int32) bool {
	return m.seats[s].capMinutes != noCap && st.minutes[s]+j.minutes > m.seats[s].capMinutes
}
func (capMinutes) breach(m *model, st *state, j *job, s int32, _ *Order) Breach {
	return Breach{Rule: RuleCapMinutes, Lack: int(st.minutes[s] + j.minutes - m.seats[s].capMinutes)}
}

type capOrders struct{}

func (capOrders) code() Rule { return RuleCapOrders }
func (capOrders) stops(m *model, st *state, _ *job, s int32) bool {
	return m.seats[s].capOrders != noCap && st.orders[s]+1 > m.seats[s].capOrders
}
func (capOrders) breach(m *model, st *state, _ *job, s int32, _ *Order) Breach {
	return Breach{Rule: RuleCapOrders, Lack: int(st.orders[s] + 1 - m.seats[s].capOrders)}
}

// breaches appends every rule that stops a seat, in the fixed order.
func (m *model) breaches(out []Breach, st *state, j *job, s int32, o *Order) []Breach {
	for _, r := range fixedRules {
		if r.stops(m, st, j, s) {
			out = append(out, r.breach(m, st, j, s, o))
		}
	}
	for _, r := range loadRules {
		if !r.stops(m, st, j, s) {
			continue
		}
		b := r.breach(m, st, j, s, o)
		// The two halves of the shift rule are one rule: the larger lack counts.
		if n := len(out); n > 0 && out[n-1].Rule == b.Rule {
			out[n-1].Lack = max(out[n-1].Lack, b.Lack)
			continue
		}
		out = append(out, b)
	}
	return out
}
