package deadline_test

import (
	"testing"

	"tundish/core"
	"tundish/core/deadline"
)

// under is an order that goes by the limits alone.
func under(t *testing.T, u core.Urgency, when string, limits ...core.Limit) *order {
	o := &order{T: t, p: &core.Process{Limits: limits}, k: deadline.Keeper{Hours: office}}
	o.ReceivedAt, o.Urgency, o.Phase = at(when).UTC(), u, core.Acceptance
	o.to("", when)
	return o
}

// rings tells when somebody hears of the order next.
func (o *order) rings(want string) {
	o.Helper()
	if !o.AlarmAt.Equal(at(want)) {
		o.Errorf("it rings %s, want %s", o.AlarmAt.In(shanghai).Format("2006-01-02 15:04"), want)
	}
}

func TestWholeDaysBesideALimitOfDaysAreWorkingDays(t *testing.T) {
	for _, c := range []struct{ received, warn, late, later string }{
		{"2026-05-11 10:00", "2026-05-13 17:00", "2026-05-15 17:00", "2026-05-18 10:30"}, // due on Thursday
		{"2026-02-13 16:00", "2026-02-24 17:00", "2026-02-26 17:00", "2026-02-27 10:30"},
		{"2026-05-06 09:00", "2026-05-08 17:00", "2026-05-11 17:00", "2026-05-12 10:30"}, // due on the Saturday that is worked
	} {
		o := under(t, core.Normal, c.received, core.Limit{ID: core.FinishLimit, Within: 72 * h, Clock: core.ClockDays, Warn: 24 * h, WarnTo: []string{"desk"},
			Escalations: []core.Escalation{{After: 24 * h, To: []string{"deputy_head"}}, {After: 26 * h, To: []string{"head"}}}})
		o.rings(c.warn)
		if rang := o.k.Ring(&o.WorkOrder, o.p, at(c.warn)); len(rang) != 1 || !rang[0].Warning {
			t.Errorf("at %s: %+v", c.warn, rang)
		}
		o.rings(c.late)
		if rang := o.k.Ring(&o.WorkOrder, o.p, at(c.late)); len(rang) != 1 || rang[0].Level != 1 {
			t.Errorf("at %s: %+v", c.late, rang)
		}
		o.rings(c.later) // two working hours into the day after
	}
	o := under(t, core.Normal, "2026-05-11 10:00", core.Limit{ID: core.FinishLimit, Within: 72 * h, Clock: core.ClockDays, Warn: 26 * h})
	o.rings("2026-05-13 15:00") // a day, and two hours before that
	o = under(t, core.Normal, "2026-05-11 10:00", core.Limit{ID: core.FinishLimit, Within: 48 * h, Clock: core.ClockWorking, Warn: 24 * h})
	if want := office.Add(office.Add(at("2026-05-11 10:00"), 48*h), -24*h); !o.AlarmAt.Equal(want) {
		t.Errorf("24 of 48 working hours: it rings %s, want %s", o.AlarmAt, want) // hours of work are not days
	}
}

func TestAChangeOfClockIsAChange(t *testing.T) {
	days := core.Limit{ID: core.FinishLimit, When: urgency(core.Normal), Within: 72 * h, Clock: core.ClockDays}
	elapsed := core.Limit{ID: core.FinishLimit, Within: 72 * h, Clock: core.ClockElapsed}
	o := under(t, core.Normal, "2026-05-15 10:00", days, elapsed) // a Friday
	o.due(core.FinishLimit, "2026-05-20 17:00")
	o.Urgency = core.Urgent
	o.to(core.Acceptance, "2026-05-15 10:30")
	o.due(core.FinishLimit, "2026-05-18 10:30") // what grows tighter counts from the change
	o.Urgency = core.Normal
	o.to(core.Acceptance, "2026-05-15 11:00")
	o.due(core.FinishLimit, "2026-05-20 17:00")

	for i := range o.Limits { // an order of before clocks were noted keeps its end
		o.Limits[i].Clock, o.Limits[i].Which = "", 0
	}
	o.to(core.Acceptance, "2026-05-15 12:00")
	o.due(core.FinishLimit, "2026-05-20 17:00")
	if s := o.state(core.FinishLimit); s.Clock != core.ClockDays {
		t.Errorf("%+v", s)
	}
}

func TestOfLimitsThatLastAsLongTheOneThatAppliesRings(t *testing.T) {
	limit := func(when core.Condition, who string) core.Limit {
		return core.Limit{ID: core.FinishLimit, When: when, Within: 24 * h, Clock: core.ClockElapsed, Escalations: []core.Escalation{{To: []string{who}}}}
	}
	o := under(t, core.Urgent, "2026-05-11 10:00", limit(urgency(core.Emergency), "head"), limit(nil, "dispatcher"))
	rang := func() string {
		o.Helper()
		copied := o.Clone()
		alarms := o.k.Ring(&copied, o.p, at("2026-05-12 10:00"))
		if len(alarms) != 1 {
			t.Fatalf("%+v", alarms)
		}
		return alarms[0].To[0]
	}
	if got := rang(); got != "dispatcher" {
		t.Errorf("of the urgent order %s is told", got)
	}
	o.Urgency = core.Emergency
	o.to(core.Acceptance, "2026-05-11 11:00")
	o.due(core.FinishLimit, "2026-05-12 10:00")
	if got := rang(); got != "head" {
		t.Errorf("of the emergency %s is told", got)
	}
}

func TestAnApprovalOfTheResultDoesNotKeepTheDeadlineRunning(t *testing.T) {
	o := received(t, core.Emergency, "2026-05-11 10:00")
	crew := &core.Assignment{CrewID: "R1", AssignedAt: at("2026-05-11 10:05").UTC(), ArrivedAt: at("2026-05-11 10:40").UTC()}
	step := func(was, is core.Phase, when string) {
		o.Helper()
		o.Phase = is
		o.to(was, when, deadline.Stay{Step: string(is), Since: at(when)})
	}
	runs := func(want bool) {
		o.Helper()
		if s := o.state(core.FinishLimit); s.Running() != want {
			o.Errorf("running: %v, want %v: %+v", !want, want, s)
		}
	}
	o.Assignment = crew
	step(core.Acceptance, core.Field, "2026-05-11 10:10")
	runs(true)
	crew.State = core.FieldCompleted
	o.Completions = []core.Completion{{Outcome: core.Done, FinishedAt: at("2026-05-11 12:00").UTC()}}
	step(core.Field, core.Approval, "2026-05-11 12:30") // behind the field work
	if s := o.state(core.FinishLimit); !s.EndedAt.Equal(at("2026-05-11 12:00")) || !o.AlarmAt.IsZero() {
		t.Errorf("the work was done at 12:00: %+v, rings %s", s, o.AlarmAt)
	}
	if rang := o.k.Ring(&o.WorkOrder, o.p, at("2026-05-12 10:30")); len(rang) > 0 {
		t.Errorf("of done work people are told %+v", rang)
	}
	crew.State = core.FieldAccepted // the approval sends it back to its crew: the same time goes on
	step(core.Approval, core.Field, "2026-05-11 13:00")
	runs(true)
	o.due(core.FinishLimit, "2026-05-12 10:00")
	crew.State = core.FieldCompleted
	o.Completions = append(o.Completions, core.Completion{Outcome: core.Done, FinishedAt: at("2026-05-11 14:00").UTC()})
	step(core.Field, core.ResultReview, "2026-05-11 14:00")
	runs(false)
	o.Completions[1].Review = &core.Review{Remark: "the wrong street"} // found wrong, and somebody decides on what now
	step(core.ResultReview, core.Approval, "2026-05-11 15:00")
	runs(true)
	o.Assignment = nil
	step(core.Approval, core.Dispatching, "2026-05-11 15:30")
	runs(true)
	next := core.Appointment{From: at("2026-05-13 09:00").UTC()}
	o.Completions = append(o.Completions, core.Completion{Outcome: core.CouldNotBeDone, NextAppointment: &next, FinishedAt: at("2026-05-11 16:00").UTC()})
	step(core.Field, core.Approval, "2026-05-11 16:00") // another visit is to be approved
	runs(true)
}

// TestAnOrderThatIsOpenedAgainRunsThoughItHasAResult: between the complaint and the new visit it may wait for an approval.
func TestAnOrderThatIsOpenedAgainRunsThoughItHasAResult(t *testing.T) {
	o := received(t, core.Emergency, "2026-05-11 10:00")
	o.Completions = []core.Completion{{Outcome: core.Done, FinishedAt: at("2026-05-11 12:00").UTC()}}
	o.Assignment = &core.Assignment{State: core.FieldCompleted, AssignedAt: at("2026-05-11 10:05").UTC(), ArrivedAt: at("2026-05-11 10:40").UTC()}
	call := func() *order {
		copied := *o
		copied.WorkOrder = o.Clone()
		copied.Phase = core.FollowUpCall
		copied.to(core.Field, "2026-05-11 12:10")
		copied.Phase = core.Approval
		return &copied
	}
	sad := call()
	sad.FollowUp = &core.FollowUp{Satisfaction: "unsatisfied"}
	for _, when := range []string{"2026-05-12 09:00", "2026-05-12 09:30"} {
		was := core.FollowUpCall
		if when != "2026-05-12 09:00" {
			was = core.Approval
		}
		sad.to(was, when)
		if s := sad.state(core.FinishLimit); !s.Running() || !s.DueAt.Equal(at("2026-05-13 09:00")) {
			t.Errorf("%s, opened again: %+v", when, s)
		}
	}
	sad.Completions = append(sad.Completions, core.Completion{Outcome: core.Done, FinishedAt: at("2026-05-12 11:00").UTC()})
	sad.to(core.Field, "2026-05-12 11:00")
	if s := sad.state(core.FinishLimit); !s.EndedAt.Equal(at("2026-05-12 11:00")) {
		t.Errorf("done anew: %+v", s)
	}

	glad := call()
	glad.FollowUp = &core.FollowUp{Satisfaction: "satisfied"}
	glad.to(core.FollowUpCall, "2026-05-12 09:00")
	if s := glad.state(core.FinishLimit); !s.EndedAt.Equal(at("2026-05-11 12:00")) {
		t.Errorf("an approval behind the call: %+v", s)
	}
}
