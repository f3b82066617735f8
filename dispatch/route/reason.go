package route

import (
	"slices"
	"strings"
)

// Rule is the code of a hard rule.
type Rule string

// The hard rules, in the sequence in which they are asked.
const (
	RulePinned   Rule = "pinned"   // the order is for another crew or day
	RuleExcluded Rule = "excluded" // the crew must not have the order
	RuleSkill    Rule = "skill"
	RuleDistrict Rule = "district"
	RuleCapacity Rule = "capacity"    // the order alone is more than the crew may carry
	RuleStock    Rule = "stock"       // a tool or part is missing, and there is no supply to call at
	RuleReach    Rule = "reach"       // not there within a window and back within the shift, even alone
	RuleAfter    Rule = "after"       // an order that must be finished before is not planned
	RuleFull     Rule = "full"        // what the crew carries already leaves no capacity
	RuleTime     Rule = "time"        // the crew's other visits and work under way leave no time at the right moment
	RuleBusy     Rule = "busy_urgent" // the crew is on an urgent order, and others can come
	RuleCost     Rule = "cost"        // sending the crew costs more than leaving the order out
	RuleTimeUp   Rule = "time_up"     // a place would have been found, had the search not ended
)

var allRules = []Rule{RulePinned, RuleExcluded, RuleSkill, RuleDistrict, RuleCapacity, RuleStock, RuleReach, RuleAfter, RuleFull, RuleTime, RuleBusy, RuleCost, RuleTimeUp}

// Unserved is an order in no route, and why.
type Unserved struct {
	Order   int         // index in Problem.Orders
	Stopped []RuleCount // the first rule that stops each crew, counted
}

// RuleCount says how many crews a rule stops.
type RuleCount struct {
	Rule  Rule
	Crews int
}

func (u Unserved) String() string {
	parts := make([]string, len(u.Stopped))
	for k, c := range u.Stopped {
		parts[k] = string(c.Rule)
	}
	return strings.Join(parts, ", ")
}

// askedMost is how many orders are given reasons when the search was stopped from
// outside: whoever stops it does not wait.
const askedMost = 500

func (m *model) unserved(s *state, c *clock) []Unserved {
	var out []Unserved
	w := &searcher{state: s, m: m}
	for i := range m.orders {
		if s.links[i].tour != nobody {
			continue
		}
		u := Unserved{Order: int(m.order[i])}
		if len(out) >= askedMost && c.ctx.Err() != nil {
			u.Stopped = []RuleCount{{RuleTimeUp, len(m.crews)}}
			out = append(out, u)
			continue
		}
		counts := map[Rule]int{}
		for r := range int32(len(m.crews)) {
			counts[w.stops(i, r)]++
		}
		for _, rule := range allRules {
			if n := counts[rule]; n > 0 {
				u.Stopped = append(u.Stopped, RuleCount{rule, n})
			}
		}
		out = append(out, u)
	}
	slices.SortFunc(out, func(a, b Unserved) int { return a.Order - b.Order })
	return out
}

// stops is the first rule that keeps a crew from an order in the plan as it is.
func (s *searcher) stops(i, r int32) Rule {
	m := s.m
	if why := barred(&m.p.Orders[m.order[i]], &m.p.Crews[r]); why != "" {
		return why
	}
	if m.sites[i].demand > m.crews[r].capacity || m.orderCount(i) > m.crews[r].most {
		return RuleCapacity
	}
	if m.supplied && m.p.Supply == nil && !m.brings(i, r) {
		return RuleStock
	}
	if !m.reaches(i, r) {
		return RuleReach
	}
	if m.rules != nil && !s.ready(i) {
		return RuleAfter
	}
	if !s.room(i, r) {
		return RuleFull
	}
	best := place{nobody, m.penalty[i], nobody}
	if s.findIn(i, r, &best); best.behind == nobody {
		if m.reaches(i, r) && s.tours[r].size == 0 {
			return RuleCost
		}
		return RuleTime
	}
	return RuleTimeUp
}

// brings tells whether the crew has of its own what the order needs.
func (m *model) brings(i, r int32) bool {
	if m.stock.tools[i]&^m.stock.tools[m.orders+r] != 0 {
		return false
	}
	own := m.stock.row(m.orders + r)
	for d, n := range m.stock.row(i) {
		if n > own[d] {
			return false
		}
	}
	return true
}

// reaches tells whether the crew could do the order if it did nothing else.
func (m *model) reaches(i, r int32) bool {
	from, to := m.start(r), m.end(r)
	if m.rules != nil {
		return m.reachesRuled(i, r)
	}
	begin := m.opens(i, m.sites[from].open+m.ticks(from, i))
	if begin == never || begin+m.sites[i].service+m.ticks(i, to) > m.sites[to].close {
		return false
	}
	alone := m.at(from, 0).then(m.ticks(from, i), m.at(i, begin)).then(m.ticks(i, to), m.at(to, 0))
	return alone.long <= m.crews[r].maxTicks
}

// findIn looks for a better place than best in one tour.
func (s *searcher) findIn(i, r int32, best *place) {
	for p := s.m.start(r); p != s.m.end(r); p = s.links[p].next {
		s.blink = never
		s.try(i, p, best)
	}
}
