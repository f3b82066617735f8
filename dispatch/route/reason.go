package route

import (
	"slices"
	"strings"
	"time"
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
	RuleReach    Rule = "reach"       // not there within a window and the shift, even alone
	RuleShift    Rule = "shift"       // not back within the shift, or away for too long, even alone
	RuleAfter    Rule = "after"       // an order that must be finished before is not planned
	RuleFull     Rule = "full"        // what the crew carries already leaves no capacity
	RuleMany     Rule = "full_count"  // the crew has as many orders as it may
	RuleTime     Rule = "time"        // the crew's other visits and work under way leave no time at the right moment
	RuleBusy     Rule = "busy_urgent" // the crew is on an urgent order, and others can come
	RuleCost     Rule = "cost"        // sending the crew costs more than leaving the order out
	RuleTimeUp   Rule = "time_up"     // a place would have been found, had the search not ended
)

var allRules = []Rule{RulePinned, RuleExcluded, RuleSkill, RuleDistrict, RuleAfter, RuleStock, RuleReach, RuleShift, RuleCapacity, RuleFull, RuleMany, RuleTime, RuleBusy, RuleCost, RuleTimeUp}

// Unserved is an order in no route, and why.
type Unserved struct {
	Order   int         // index in Problem.Orders
	Stopped []RuleCount // the first rule that stops each crew, counted
	// Remedies are the smallest changes found, best first, at most three, for different
	// crews. Each alone makes the order possible beside the rest of the plan. Only with
	// Options.Explain.
	Remedies []Remedy
}

// RuleCount says how many crews a rule stops. Detail names the skill or the district.
type RuleCount struct {
	Rule   Rule
	Crews  int
	Detail string
}

func (u Unserved) String() string {
	parts := make([]string, len(u.Stopped))
	for k, c := range u.Stopped {
		parts[k] = string(c.Rule)
	}
	return strings.Join(parts, ", ")
}

// When the search was stopped from outside, whoever stops it does not wait for reasons: no more
// than askedMost orders are asked about, orders × crews no more than askedPairs, for no longer
// than askedTime; and for so long runners-up are looked for.
const (
	askedMost  = 500
	askedPairs = 50_000
	askedTime  = 15 * time.Millisecond
)

// hurry tells, from now on, whether the time for reasons is over.
func (c *clock) hurry() func() bool {
	begun := time.Now()
	return func() bool { return c.ctx.Err() != nil && time.Since(begun) > askedTime }
}

func (m *model) unserved(s *state, c *clock) []Unserved {
	var out []Unserved
	asked := min(askedMost, 1+askedPairs/len(m.crews))
	hurry := c.hurry()
	w := &searcher{state: s, m: m}
	for i := range m.orders {
		if s.links[i].tour != nobody {
			continue
		}
		u := Unserved{Order: int(m.order[i])}
		if hurry() || len(out) >= asked && c.ctx.Err() != nil {
			u.Stopped = []RuleCount{{Rule: RuleTimeUp, Crews: len(m.crews)}}
			out = append(out, u)
			continue
		}
		u.Stopped = w.funnel(i)
		if m.options.Explain {
			u.Remedies = w.remedies(i)
		}
		out = append(out, u)
	}
	slices.SortFunc(out, func(a, b Unserved) int { return a.Order - b.Order })
	return out
}

// funnel counts the crews by the first rule that stops each, in the sequence of the rules.
func (s *searcher) funnel(i int32) []RuleCount {
	type step struct {
		rule   Rule
		detail string
	}
	counts := map[step]int{}
	for r := range int32(len(s.m.crews)) {
		rule := s.stops(i, r)
		counts[step{rule, s.m.detail(i, r, rule)}]++
	}
	var out []RuleCount
	for _, rule := range allRules {
		from := len(out)
		for k, n := range counts {
			if k.rule == rule {
				out = append(out, RuleCount{rule, n, k.detail})
			}
		}
		slices.SortFunc(out[from:], func(a, b RuleCount) int { return strings.Compare(a.Detail, b.Detail) })
	}
	return out
}

// detail names what a rule is about, if it is about something with a name.
func (m *model) detail(i, r int32, rule Rule) string {
	o, c := &m.p.Orders[m.order[i]], &m.p.Crews[r]
	switch rule {
	case RuleSkill:
		name, _ := lacks(o, c)
		return name
	case RuleDistrict:
		for _, k := range o.members() {
			if k.District != "" && !slices.Contains(c.Districts, k.District) {
				return k.District
			}
		}
	}
	return ""
}

// stops is the first rule that keeps a crew from an order in the plan as it is.
func (s *searcher) stops(i, r int32) Rule {
	m := s.m
	if why := barred(&m.p.Orders[m.order[i]], &m.p.Crews[r]); why != "" {
		return why
	}
	if m.rules != nil && !s.ready(i) {
		return RuleAfter
	}
	if m.supplied && m.p.Supply == nil && !m.brings(i, r) {
		return RuleStock
	}
	if !m.reaches(i, r) {
		if t := m.begins(r, i, m.sites[m.start(r)].open, m.ticks(m.start(r), i)); t > m.sites[m.end(r)].close {
			return RuleReach
		}
		return RuleShift
	}
	if c := &m.p.Crews[r]; int64(m.sites[i].demand) > c.Capacity || c.MaxOrders > 0 && int(m.orderCount(i)) > c.MaxOrders {
		return RuleCapacity
	}
	if s.tours[r].load+m.sites[i].demand > m.crews[r].capacity {
		return RuleFull
	}
	if !s.room(i, r) {
		return RuleMany
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
