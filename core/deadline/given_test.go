package deadline_test

import (
	"testing"
	"time"

	"tundish/core"
)

func (o *order) given(by core.DueSource, due, when string) {
	o.Helper()
	o.DueAt, o.DueBy = time.Time{}, by
	if due != "" {
		o.DueAt = at(due).UTC()
	}
	o.to(core.Acceptance, when)
}

func (o *order) hold(when string) {
	o.Helper()
	o.Hold = &core.Hold{At: at(when).UTC()}
	o.to(core.Acceptance, when)
}

func (o *order) resume(when string) {
	o.Helper()
	o.Hold = nil
	o.to(core.Acceptance, when)
}

// isDue holds the order's deadline and its limit against one instant.
func (o *order) isDue(want string) {
	o.Helper()
	o.due(core.FinishLimit, want)
	if !o.DueAt.Equal(at(want)) {
		o.Errorf("the order is due %s, want %s", o.DueAt.In(shanghai).Format("2006-01-02 15:04"), want)
	}
}

func TestADeadlineThatTheSourceWithdrawsIsTheRulesAgain(t *testing.T) {
	o := received(t, core.Emergency, "2026-05-11 10:00")
	o.given(core.DueBySource, "2026-06-30 10:00", "2026-05-11 10:01")
	o.isDue("2026-06-30 10:00")
	o.given(core.DueByRule, "", "2026-05-11 10:02")
	o.isDue("2026-05-12 10:00")

	o.given(core.DueBySource, "2026-05-11 12:00", "2026-05-11 10:03")
	o.k.Ring(&o.WorkOrder, o.p, at("2026-05-11 12:00"))
	o.given(core.DueByRule, "", "2026-05-11 12:30")
	o.isDue("2026-05-12 10:00")
	if s := o.state(core.FinishLimit); s.Escalated != 0 {
		t.Errorf("what was told about the source's end stands for the rule's: %+v", s)
	}

	o.given(core.DueBySource, "2026-05-20 10:00", "2026-05-11 13:00")
	o.hold("2026-05-11 14:00") // the source's does not stop
	o.Urgency = core.Normal    // nor does another rule move it
	o.to(core.Acceptance, "2026-05-11 15:00")
	o.isDue("2026-05-20 10:00")
	o.Urgency = core.Emergency
	o.to(core.Acceptance, "2026-05-11 15:30")
	o.given(core.DueByRule, "", "2026-05-11 16:00") // the rule's does, from the hold's beginning
	if s := o.state(core.FinishLimit); !s.HeldAt.Equal(at("2026-05-11 14:00")) || s.LeftSeconds != int64(20*h/time.Second) {
		t.Errorf("on hold since 14:00: %+v", s)
	}
	o.resume("2026-05-13 09:00")
	o.isDue("2026-05-14 05:00")
}

func TestAChangeOfRuleTellsNothingAnewOfAGivenDeadline(t *testing.T) {
	for _, by := range []core.DueSource{core.DueBySource, core.DueByExtension, core.DueByHouse} {
		o := received(t, core.Emergency, "2026-05-11 10:00")
		o.given(by, "2026-05-11 18:00", "2026-05-11 10:01")
		o.k.Ring(&o.WorkOrder, o.p, at("2026-05-11 18:00"))
		was := o.state(core.FinishLimit)
		for i, u := range []core.Urgency{core.Normal, core.Emergency} {
			o.Urgency = u
			o.to(core.Acceptance, []string{"2026-05-11 18:10", "2026-05-11 18:20"}[i])
		}
		if s := o.state(core.FinishLimit); s != was || s.Escalated != 1 {
			t.Errorf("by %s: %+v, was %+v", by, s, was)
		}
	}
}

func TestWhatTheHouseGrantedAHoldStillMoves(t *testing.T) {
	o := received(t, core.Emergency, "2026-05-11 10:00")
	o.k.Ring(&o.WorkOrder, o.p, at("2026-05-12 10:00"))
	o.given(core.DueByHouse, "2026-05-13 10:00", "2026-05-12 10:30")
	o.isDue("2026-05-13 10:00")
	if s := o.state(core.FinishLimit); s.Escalated != 0 {
		t.Errorf("the new end was told already: %+v", s)
	}
	o.hold("2026-05-12 11:00")
	if s := o.state(core.FinishLimit); !s.HeldAt.Equal(at("2026-05-12 11:00")) || s.LeftSeconds != int64(23*h/time.Second) {
		t.Errorf("on hold: %+v", s)
	}
	o.resume("2026-05-13 11:00")
	o.isDue("2026-05-14 10:00")
	o.to(core.Acceptance, "2026-05-13 12:00")
	o.isDue("2026-05-14 10:00")
	o.Urgency = core.Normal // the house's word is not the rule's
	o.to(core.Acceptance, "2026-05-13 12:30")
	o.Urgency = core.Emergency
	o.to(core.Acceptance, "2026-05-13 13:00")
	o.isDue("2026-05-14 10:00")

	o.hold("2026-05-13 14:00")
	o.given(core.DueByHouse, "2026-05-16 10:00", "2026-05-14 10:00") // granted while it rests: two days from here
	o.isDue("2026-05-16 10:00")
	o.resume("2026-05-15 09:00")
	o.isDue("2026-05-17 09:00")

	o.given(core.DueBySource, "2026-05-18 10:00", "2026-05-15 10:00") // the source has the last word
	o.hold("2026-05-15 11:00")
	o.resume("2026-05-16 11:00")
	o.isDue("2026-05-18 10:00")
}

// TestDaysGrantedDuringAHoldCountFromTheGrant: those lost before it are within what was granted.
func TestDaysGrantedDuringAHoldCountFromTheGrant(t *testing.T) {
	o := received(t, core.Normal, "2026-05-11 10:00")
	o.isDue("2026-05-14 17:00")
	o.hold("2026-05-11 11:00")
	o.given(core.DueByHouse, "2026-05-20 17:00", "2026-05-13 10:00")
	o.resume("2026-05-14 10:00") // one day later
	o.isDue("2026-05-21 17:00")
}

func TestWhatTheHouseGrantedIsOverWithTheWork(t *testing.T) {
	o := received(t, core.Emergency, "2026-05-11 10:00")
	o.given(core.DueByHouse, "2026-05-13 10:00", "2026-05-11 10:30")
	o.Completions = []core.Completion{{Outcome: core.Done, FinishedAt: at("2026-05-12 12:00").UTC()}}
	o.Phase = core.FollowUpCall
	o.to(core.Field, "2026-05-12 12:00")
	o.isDue("2026-05-13 10:00")
	o.Phase = core.Dispatching
	o.to(core.FollowUpCall, "2026-05-14 09:00")
	o.isDue("2026-05-15 09:00")
	if o.DueBy != core.DueByRule {
		t.Errorf("opened again, it is due by %q", o.DueBy)
	}
}

func TestAHouseMayGrantWhereNoRuleGivesADeadline(t *testing.T) {
	o := under(t, core.Normal, "2026-05-11 10:00")
	o.given(core.DueByHouse, "2026-05-13 10:00", "2026-05-11 10:30")
	if !o.DueAt.Equal(at("2026-05-13 10:00")) || len(o.Limits) > 0 {
		t.Errorf("due %s, %+v", o.DueAt, o.Limits)
	}
}
