package solver

import (
	"fmt"
	"strings"
)

// Lang is a language for people.
type Lang string

// The languages the explanations are written in.
const (
	English Lang = "en"
	Chinese Lang = "zh-CN"
)

// phrase is one sentence part in both languages.
type phrase struct{ en, zh string }

func (p phrase) in(l Lang, args ...any) string {
	if l == Chinese {
		return fmt.Sprintf(p.zh, args...)
	}
	return fmt.Sprintf(p.en, args...)
}

var ruleTexts = map[Rule]phrase{
	RuleOffDuty:    {"off duty", "不在班"},
	RuleNoPosition: {"without a known position", "位置未知"},
	RulePinned:     {"not the crew it is pinned to", "非指定班组"},
	RuleExcluded:   {"excluded from this order", "被排除"},
	RuleSkill:      {"without skill", "不具备技能"},
	RuleDistrict:   {"not serving district", "不负责片区"},
	RuleWindow:     {"not there within the time window", "无法在预约时段内到达"},
	RuleShift:      {"out of time before the end of the shift", "班次剩余时间不足"},
	RuleCapMinutes: {"at the load cap in minutes", "工作量（分钟）已满"},
	RuleCapOrders:  {"at the load cap in orders", "工单数已满"},
	RuleBusyUrgent: {"on an urgent order while others are free", "正在处理紧急工单，且有其他班组可派"},
	RuleTimeUp:     {"not looked at: the search was stopped", "计算提前结束，未及考虑"},
}

var (
	textNobody  = phrase{"no crew can take it; of %d crews: ", "无班组可派，共 %d 个班组："}
	textNoCrews = phrase{"there are no crews", "没有班组"}
	textStep    = phrase{"%d %s", "%[2]s %[1]d 个"}
	textWould   = phrase{"; possible with ", "；可行办法："}
	textOr      = phrase{", or ", "；或 "}
	textFor     = phrase{"%s for crew %s", "班组 %[2]s %[1]s"}
	textMinutes = phrase{"+%d min load cap", "工作量上限增加 %d 分钟"}
	textOrders  = phrase{"+%d orders load cap", "工单数上限增加 %d"}
	textOver    = phrase{"+%d min overtime", "加班 %d 分钟"}
	textLend    = phrase{"district %s added", "增加片区 %s"}
	textLift    = phrase{"the exclusion lifted", "取消排除"}
	textUnpin   = phrase{"the pin taken away", "取消指定"}
	textAnd     = phrase{" and ", "并"}
	textComma   = phrase{", ", "，"}
)

// Text is the rule in words.
func (r Rule) Text(l Lang) string { return ruleTexts[r].in(l) }

// Text is one step of the funnel in words.
func (c RuleCount) Text(l Lang) string {
	return textStep.in(l, c.Crews, strings.TrimSpace(c.Rule.Text(l)+" "+c.Detail))
}

// Text is the remedy in words.
func (r Remedy) Text(l Lang) string {
	var parts []string
	add := func(on bool, p phrase, args ...any) {
		if on {
			parts = append(parts, p.in(l, args...))
		}
	}
	add(r.MoreMinutes > 0, textMinutes, r.MoreMinutes)
	add(r.MoreOrders > 0, textOrders, r.MoreOrders)
	add(r.OvertimeMinutes > 0, textOver, r.OvertimeMinutes)
	add(r.District != "", textLend, r.District)
	add(r.LiftExclusion, textLift)
	add(r.Unpin, textUnpin)
	crew := string(r.Crew)
	if r.Shift != "" {
		crew += "/" + string(r.Shift)
	}
	return textFor.in(l, strings.Join(parts, textAnd.in(l)), crew)
}

// Text is the whole explanation as one sentence, for instance "no crew can take
// it; of 40 crews: 37 without skill large_meter, 3 at the load cap in minutes;
// possible with +40 min load cap for crew 17".
func (u Unassigned) Text(l Lang) string {
	if u.Crews == 0 {
		return textNoCrews.in(l)
	}
	var steps, ways []string
	for _, c := range u.Stopped {
		steps = append(steps, c.Text(l))
	}
	out := textNobody.in(l, u.Crews) + strings.Join(steps, textComma.in(l))
	for _, r := range u.Remedies {
		ways = append(ways, r.Text(l))
	}
	if len(ways) > 0 {
		out += textWould.in(l) + strings.Join(ways, textOr.in(l))
	}
	return out
}
