package ordertype

import (
	"strings"
	"time"

	"tundish/config/lang"
	"tundish/core"
)

var (
	wholeDays   = lang.NewMessage("limits", "working days are whole days, such as 3d, not %v", "工作日须为整天（如 3d），而不是 %v")
	warnsBefore = lang.NewMessage("limits", "a warning %v before the end comes before a limit of %v begins", "预警提前 %v，早于时限 %v 的起点")
	neverCounts = lang.NewMessage("limits", "the limit %q before it always applies, so this one never counts", "之前的时限 %q 始终适用，本项永远不会生效")
	slowerThan  = lang.NewMessage("limits", "%s orders have more time than %s ones", "%s 工单的时限比 %s 还长")
)

var hintWhen = lang.Text{En: "give the one before it a guard (when)", Zh: "请为之前的时限加上条件（when）"}

func (c *compiler) limits(list []Limit) (limits []core.Limit) {
	always := map[string]bool{}
	for i := range list {
		l := &list[i]
		if always[l.ID.V] {
			c.p.At(l.ID.At, neverCounts, l.ID.V).Hint(hintWhen)
		}
		always[l.ID.V] = l.When.V == ""
		if core.LimitClock(l.Clock) == core.ClockDays && l.Within%(24*time.Hour) != 0 {
			c.p.At(l.At, wholeDays, short(l.Within))
		}
		if l.Warn >= l.Within && l.Warn > 0 {
			c.p.At(l.At, warnsBefore, short(l.Warn), short(l.Within))
		}
		out := core.Limit{ID: l.ID.V, Name: text(l.Name), When: c.guard(l.When), From: core.Milestone(l.From.V), Until: core.Milestone(l.Until.V), Within: l.Within,
			Clock: core.LimitClock(l.Clock), Warn: l.Warn, WarnTo: c.roles(l.WarnTo), Basis: text(l.Basis), Metric: l.Metric.V, Penalty: text(l.Penalty), RunsOnHold: l.RunsOnHold}
		for _, e := range l.Escalate {
			out.Escalations = append(out.Escalations, core.Escalation{After: e.After, To: c.roles(e.To)})
		}
		limits = append(limits, out)
	}
	return limits
}

// short writes a span without its zeros: 36h rather than 36h0m0s.
func short(d time.Duration) string {
	s := strings.TrimSuffix(d.String(), "0s")
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// deadlines are the limits of the order by its urgency alone, as they are without knowing
// anything else of it.
func (c *compiler) deadlines(p *core.Process) map[core.Urgency]time.Duration {
	all := map[core.Urgency]time.Duration{}
	for _, u := range core.Urgencies() {
		o := &core.WorkOrder{Urgency: u, Type: c.t.Code, Family: c.t.Family}
		for _, l := range p.Limits {
			if l.ID != core.LimitFinish {
				continue
			}
			if l.When != nil {
				if holds, err := l.When.Holds(o, time.Time{}); err != nil || !holds {
					continue
				}
			}
			all[u] = l.Within
			break
		}
	}
	for i, quick := range core.Urgencies() {
		for _, slow := range core.Urgencies()[i+1:] {
			if all[slow] != 0 && all[quick] > all[slow] && len(c.f.Process.Limits) > 0 {
				c.p.At(c.f.Process.Limits[0].At, slowerThan, string(quick), string(slow))
			}
		}
	}
	return all
}
