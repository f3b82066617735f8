package dispatch

import "tundish/dispatch/route"

// phrase is a piece of a sentence in both languages.
type phrase struct{ en, zh string }

// label is how a rule that stopped a crew is counted: its code, and the skill or district
// it is about.
func label(rule route.Rule, detail string) string {
	code := codeOf(rule)
	if detail == "" {
		return code
	}
	return code + " " + detail
}

// codeOf is the code under which a rule is told: in the hub capacity is minutes.
func codeOf(rule route.Rule) string {
	switch rule {
	case route.RuleCapacity, route.RuleFull:
		return "load_cap_minutes"
	case route.RuleMany:
		return "load_cap_count"
	case route.RuleReach:
		return "window"
	}
	return string(rule)
}

var ruleTexts = map[route.Rule]phrase{
	ruleOffDuty:        {"off duty", "不在班"},
	ruleNoPosition:     {"without a known position", "位置未知"},
	route.RulePinned:   {"not the crew it is pinned to", "非指定班组"},
	route.RuleExcluded: {"excluded from this order", "被排除"},
	route.RuleSkill:    {"without skill", "不具备技能"},
	route.RuleDistrict: {"not serving district", "不负责片区"},
	route.RuleCapacity: {"at the load cap in minutes", "工作量（分钟）已满"},
	route.RuleStock:    {"without a tool or part", "缺少工具或配件"},
	route.RuleReach:    {"not there within the time window", "无法在预约时段内到达"},
	route.RuleShift:    {"out of time before the end of the shift", "班次剩余时间不足"},
	route.RuleAfter:    {"waiting for an order that is not planned", "所依赖的工单未排入"},
	route.RuleFull:     {"at the load cap in minutes", "工作量（分钟）已满"},
	route.RuleMany:     {"at the load cap in orders", "工单数已满"},
	route.RuleTime:     {"with no time left between other work", "路线中没有可用时间"},
	route.RuleBusy:     {"on an urgent order while others are free", "正在处理紧急工单，且有其他班组可派"},
	route.RuleCost:     {"costing more than leaving it out", "代价高于不派"},
	route.RuleTimeUp:   {"not looked at: the search was stopped", "计算提前结束，未及考虑"},
}

// codes in the sequence in which they are counted.
var codes = func() (list []string) {
	for _, r := range []route.Rule{
		ruleOffDuty, ruleNoPosition, route.RulePinned, route.RuleExcluded, route.RuleSkill, route.RuleDistrict, route.RuleAfter, route.RuleStock,
		route.RuleReach, route.RuleShift, route.RuleCapacity, route.RuleMany, route.RuleTime, route.RuleBusy, route.RuleCost, route.RuleTimeUp,
	} {
		list = append(list, codeOf(r))
	}
	return list
}()

// codeTexts are the rules' texts by the code that is told.
var codeTexts = func() map[string]phrase {
	out := map[string]phrase{}
	for rule, p := range ruleTexts {
		out[codeOf(rule)] = p
	}
	return out
}()
