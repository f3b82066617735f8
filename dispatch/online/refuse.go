package online

import (
	"cmp"
	"slices"

	"tundish/dispatch/route"
)

// Refused is how many crews a rule stops.
type Refused struct {
	Rule   route.Rule
	Detail string // the skill, tool or district meant
	Crews  int
}

// sequence of the rules as they are asked.
var sequence = []route.Rule{route.RulePinned, route.RuleExcluded, route.RuleSkill, route.RuleStock, route.RuleDistrict, route.RuleCapacity, route.RuleReach, route.RuleShift, route.RuleFull, route.RuleMany, route.RuleTime, route.RuleCost, route.RuleTimeUp}

// refusals counts the crews by the first rule that stops each; in the sequence of the
// rules, the largest group first. Pushing tells whether stops may be pushed out.
func (b *Board) refusals(j *job, pushing bool) []Refused {
	type group struct {
		rule   route.Rule
		detail string
	}
	counts := map[group]int{}
	for r := range b.tours {
		if b.tours[r].on {
			rule, detail := b.barred(j, int32(r))
			if rule == "" {
				rule = b.lacks(j, int32(r), pushing)
			}
			counts[group{rule, detail}]++
		}
	}
	out := make([]Refused, 0, len(counts))
	for g, n := range counts {
		out = append(out, Refused{g.rule, g.detail, n})
	}
	slices.SortFunc(out, func(x, y Refused) int {
		return cmp.Or(cmp.Compare(slices.Index(sequence, x.Rule), slices.Index(sequence, y.Rule)), cmp.Compare(y.Crews, x.Crews), cmp.Compare(x.Detail, y.Detail))
	})
	return out
}

// Refusals counts the crews that cannot have an urgent order by the first rule that stops each, and as
// RuleBusy those that are on an urgent order while others can.
func (b *Board) Refusals(o *route.Order) ([]Refused, error) {
	if err := b.checkNew(o); err != nil {
		return nil, err
	}
	var j job
	b.compile(&j, o)
	var out []Refused
	free, busy := 0, 0
	for _, r := range b.refusals(&j, true) {
		if r.Rule != route.RuleTimeUp {
			out = append(out, r)
		}
	}
	for r := range b.tours {
		if t := &b.tours[r]; !t.on || !b.may(&j, int32(r)) {
			continue
		} else if rule, _ := b.barred(&j, int32(r)); rule != "" || b.lacks(&j, int32(r), true) != route.RuleTimeUp {
			continue
		} else if t.urgent && !j.pinned {
			busy++
		} else {
			free++
		}
	}
	if free > 0 && busy > 0 {
		out = append(out, Refused{Rule: route.RuleBusy, Crews: busy})
	}
	return out, nil
}

// barred is the first rule that keeps a crew from an order whatever else it does, "" if
// none does.
func (b *Board) barred(j *job, r int32) (route.Rule, string) {
	if !b.named(j, r) {
		return route.RulePinned, ""
	}
	if !b.allowed(j, r) {
		return route.RuleExcluded, ""
	}
	for k := range j.many {
		if n := j.need(k); n.skill != unknownSkill && b.levels[n.skill][r] >= n.level {
			continue
		}
		if k < len(j.o.Skills) {
			return route.RuleSkill, j.o.Skills[k].Name
		}
		return route.RuleStock, j.o.Tools[k-len(j.o.Skills)]
	}
	if b.tours[r].elsewhere == 0 && !b.inside(j, r) {
		return route.RuleDistrict, j.o.District
	}
	t := &b.tours[r]
	if int64(j.demand) > t.capacity {
		return route.RuleCapacity, ""
	}
	s := &b.nodes[t.start]
	begin := j.site.opens(s.depart + b.ruler.Ticks(&s.at, &j.at))
	if begin == never {
		return route.RuleReach, ""
	}
	if begin+j.service+b.ruler.Ticks(&j.at, &b.nodes[t.end].at) > t.to {
		return route.RuleShift, ""
	}
	return "", ""
}

// lacks is what the rest of a crew's route leaves no room for, or why it was not asked.
func (b *Board) lacks(j *job, r int32, pushing bool) route.Rule {
	t := &b.tours[r]
	at := noPlace
	b.findIn(j, r, &at)
	found := best{noChoice, noChoice}
	if pushing {
		b.chooseIn(j, r, &found)
	}
	switch {
	case at.behind != nobody && j.penalty > 0 && at.cost >= j.penalty:
		return route.RuleCost
	case at.behind != nobody || found[0].crew != nobody:
		return route.RuleTimeUp
	case t.load+int64(j.demand) > t.capacity:
		return route.RuleFull
	case t.size >= t.most:
		return route.RuleMany
	}
	return route.RuleTime
}
