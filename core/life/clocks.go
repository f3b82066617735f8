package life

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"tundish/core"
	"tundish/core/deadline"
)

// clocks brings the order's time limits to the instant of the decision.
func (x *turn) clocks() error {
	var was core.Phase
	if x.old != nil {
		was = x.old.Phase
	}
	stays := make([]deadline.Stay, len(x.next.Tokens))
	for i, tok := range x.next.Tokens {
		stays[i] = deadline.Stay{Step: tok.Step, Task: tok.Task, Since: tok.Since}
	}
	if err := x.r.keeper().Update(was, &x.next, x.p, stays, x.s.Now); err != nil {
		return core.Fail(core.Conflict, "condition", "", fmt.Sprintf("order %s: %v", x.next.No, err), fmt.Sprintf("工单 %s：%v", x.next.No, err))
	}
	x.r.alarm(&x.next)
	return nil
}

// alarm lets an assignment that nobody has seen ring too.
func (r *Rules) alarm(o *core.WorkOrder) {
	if at, ok := r.UnseenUntil(o); ok && (o.AlarmAt.IsZero() || at.Before(o.AlarmAt)) {
		o.AlarmAt = at
	}
}

func (r *Rules) keeper() *deadline.Keeper {
	if r.Deadlines != nil {
		return r.Deadlines
	}
	return weekdays(r.Zone)
}

var keepers sync.Map // *time.Location → *deadline.Keeper

// weekdays is the keeper of a house that named no working hours.
func weekdays(zone *time.Location) *deadline.Keeper {
	if zone == nil {
		zone = time.UTC
	}
	if k, ok := keepers.Load(zone); ok {
		return k.(*deadline.Keeper)
	}
	hours, err := deadline.NewHours(zone, func(d time.Time) bool { return d.Weekday() != time.Saturday && d.Weekday() != time.Sunday }, deadline.Span{Start: 8*60 + 30, End: 17 * 60})
	if err != nil {
		panic(err) // they stand above
	}
	k, _ := keepers.LoadOrStore(zone, &deadline.Keeper{Hours: hours})
	return k.(*deadline.Keeper)
}

// finish is the deadline of a type that has no process of its own: its limits per urgency, elapsed.
func finish(t *core.OrderType) []core.Limit {
	var limits []core.Limit
	for _, u := range core.Urgencies() {
		if within := t.Limits[u]; within > 0 {
			limits = append(limits, core.Limit{ID: core.FinishLimit, Name: core.Text{EN: "Deadline", ZH: "办理时限"}, When: ofUrgency(u), Within: within, Clock: core.ClockElapsed})
		}
	}
	return limits
}

// ofUrgency holds for orders of one urgency.
type ofUrgency core.Urgency

func (u ofUrgency) Holds(o *core.WorkOrder, _ time.Time) (bool, error) {
	return o.Urgency == core.Urgency(u), nil
}
func (u ofUrgency) String() string { return fmt.Sprintf("urgency == %q", string(u)) }

// Ring tells people what is due about the order at the step's instant: a time limit that runs out or is over,
// each once. An assignment that its crew has not seen goes back to the dispatcher. Conflict when there is
// nothing to say: somebody else said it.
func (r *Rules) Ring(old core.WorkOrder, s Step) (core.Unit, error) {
	if at, ok := r.UnseenUntil(&old); ok && !s.Now.Before(at) {
		return r.TakeBackUnseen(old, s)
	}
	if old.AlarmAt.IsZero() || s.Now.Before(old.AlarmAt) {
		return core.Unit{}, r.conflict(&old, s, "nothing_due", "there is nothing to say now", "暂无到期事项")
	}
	x, err := r.begin(&old, s, core.EventLimitWarned)
	if err != nil {
		return core.Unit{}, err
	}
	var said []string
	for _, a := range r.keeper().Ring(&x.next, x.p, s.Now) {
		text := r.said(&a)
		if !a.Warning {
			x.ev.Kind = core.EventLimitMissed
		}
		said = append(said, text.EN+" "+text.ZH)
		x.notify(&core.Reaction{Do: core.EffectNotify, To: a.To, Text: text})
	}
	x.ev.Remark = strings.Join(said, "; ")
	return x.change()
}

// said is what people hear of an alarm.
func (r *Rules) said(a *deadline.Alarm) core.Text {
	name := a.Limit.Name
	if name.EN == "" {
		name.EN = a.Limit.ID
	}
	if name.ZH == "" {
		name.ZH = name.EN
	}
	zone := r.Zone
	if zone == nil {
		zone = time.UTC
	}
	due := a.DueAt.In(zone).Format("2006-01-02 15:04")
	if a.Warning {
		return core.Text{EN: fmt.Sprintf("%s runs out at %s", name.EN, due), ZH: fmt.Sprintf("%s将于 %s 到期", name.ZH, due)}
	}
	return core.Text{EN: fmt.Sprintf("%s was over at %s", name.EN, due), ZH: fmt.Sprintf("%s已于 %s 超时", name.ZH, due)}
}
