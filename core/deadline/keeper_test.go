package deadline_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"tundish/core"
	"tundish/core/deadline"
)

type guard struct {
	text  string
	holds func(*core.WorkOrder) bool
}

func (g guard) Holds(o *core.WorkOrder, _ time.Time) (bool, error) {
	if g.holds == nil {
		return false, errors.New("boom")
	}
	return g.holds(o), nil
}
func (g guard) String() string { return g.text }

func urgency(u core.Urgency) core.Condition {
	return guard{"urgency == " + string(u), func(o *core.WorkOrder) bool { return o.Urgency == u }}
}

const h = time.Hour

// burst: on site within an hour, day and night; repaired within 24; answered within three working days when it is nothing urgent.
func burst() *core.Process {
	return &core.Process{
		Limits: []core.Limit{
			{ID: "arrival", Until: core.AtArrival, Within: h, Clock: core.ClockElapsed, RunsOnHold: true, Warn: 15 * time.Minute, WarnTo: []string{"dispatcher"},
				Escalations: []core.Escalation{{To: []string{"dispatcher"}}, {After: 30 * time.Minute, To: []string{"deputy_head"}}}},
			{ID: core.FinishLimit, When: urgency(core.Normal), Within: 72 * h, Clock: core.ClockDays, Warn: 2 * h, WarnTo: []string{"dispatcher"}},
			{ID: core.FinishLimit, Within: 24 * h, Clock: core.ClockElapsed, Escalations: []core.Escalation{{To: []string{"deputy_head"}}}},
		},
		Steps: []core.Step{
			{ID: "review", Limits: []core.Limit{{ID: "review", Within: 2 * h, Clock: core.ClockWorking, Escalations: []core.Escalation{{To: []string{"reviewer"}}}}}},
			{ID: "field", Tasks: []core.SubTask{{ID: "valve", Limits: []core.Limit{{ID: "valve", Within: h, Clock: core.ClockElapsed}}}}},
		},
	}
}

type order struct {
	*testing.T
	core.WorkOrder
	p *core.Process
	k deadline.Keeper
}

func received(t *testing.T, u core.Urgency, when string) *order {
	o := &order{T: t, p: burst(), k: deadline.Keeper{Hours: office}}
	o.ReceivedAt, o.Urgency, o.Phase = at(when).UTC(), u, core.Acceptance
	o.to("", when, deadline.Stay{Step: "review", Since: at(when)})
	return o
}

func (o *order) to(was core.Phase, when string, stays ...deadline.Stay) {
	o.Helper()
	if err := o.k.Update(was, &o.WorkOrder, o.p, stays, at(when)); err != nil {
		o.Fatal(err)
	}
}

func (o *order) due(limit, want string) {
	o.Helper()
	for _, s := range o.Limits {
		if s.Limit == limit {
			if !s.DueAt.Equal(at(want)) {
				o.Errorf("%s is due %s, want %s", limit, s.DueAt.In(shanghai).Format("2006-01-02 15:04"), want)
			}
			return
		}
	}
	o.Errorf("no limit %s in %+v", limit, o.Limits)
}

func (o *order) state(limit string) core.LimitState {
	o.Helper()
	for _, s := range o.Limits {
		if s.Limit == limit {
			return s
		}
	}
	o.Fatalf("no limit %s in %+v", limit, o.Limits)
	panic("unreachable")
}

func TestEachLimitRunsOnItsOwnClock(t *testing.T) {
	o := received(t, core.Normal, "2026-02-13 16:00")
	o.due("arrival", "2026-02-13 17:00")
	o.due(core.FinishLimit, "2026-02-25 17:00") // 14 Feb is worked, then the Spring Festival
	o.due("review", "2026-02-14 09:30")         // an hour on Friday, one on the Saturday that is worked
	if !o.DueAt.Equal(at("2026-02-25 17:00")) {
		t.Errorf("the order is due %s", o.DueAt)
	}
	if !o.AlarmAt.Equal(at("2026-02-13 16:45")) {
		t.Errorf("the next alarm is %s, want the arrival's warning", o.AlarmAt.In(shanghai))
	}
}

func TestAHoldStopsTheClocksThatItMay(t *testing.T) {
	o := received(t, core.Urgent, "2026-05-11 09:00")
	o.due(core.FinishLimit, "2026-05-12 09:00")
	o.Hold = &core.Hold{At: at("2026-05-11 10:00")}
	o.to(core.Acceptance, "2026-05-11 10:00", deadline.Stay{Step: "review", Since: at("2026-05-11 09:00")})
	if s := o.state(core.FinishLimit); s.HeldAt.IsZero() || s.LeftSeconds != int64((23*h)/time.Second) || s.Missed(at("2026-06-01 00:00")) {
		t.Errorf("on hold: %+v", s)
	}
	if s := o.state("arrival"); !s.HeldAt.IsZero() {
		t.Errorf("the arrival of a burst does not rest: %+v", s)
	}
	if s := o.state("review"); s.LeftSeconds != 3600 {
		t.Errorf("of two working hours one is left: %+v", s)
	}
	left := o.k.Left(ptr(o.state(core.FinishLimit)), deadline.Definition(ptr(o.state(core.FinishLimit)), o.p), at("2026-05-13 10:00"))
	if left != 23*h {
		t.Errorf("what is left does not pass: %v", left)
	}
	o.Hold = nil
	o.to(core.Acceptance, "2026-05-13 16:30", deadline.Stay{Step: "review", Since: at("2026-05-11 09:00")})
	o.due(core.FinishLimit, "2026-05-14 15:30")
	o.due("review", "2026-05-14 09:00")
	if !o.DueAt.Equal(at("2026-05-14 15:30")) {
		t.Errorf("the order is due %s", o.DueAt)
	}
}

func TestDaysOnHoldArePutOnTop(t *testing.T) {
	o := received(t, core.Normal, "2026-04-28 09:00") // a Tuesday
	o.due(core.FinishLimit, "2026-05-06 17:00")       // 29, 30 April, 6 May
	stay := deadline.Stay{Step: "review", Since: at("2026-04-28 09:00")}
	o.Hold = &core.Hold{}
	o.to(core.Acceptance, "2026-04-29 10:00", stay)
	o.Hold = nil
	o.to(core.Acceptance, "2026-05-07 10:00", stay) // 30 April, 6 and 7 May are lost
	o.due(core.FinishLimit, "2026-05-09 17:00")     // 7, 8 and the Saturday that is worked
}

func TestMoreUrgentMeansLessTimeFromNowOn(t *testing.T) {
	o := received(t, core.Normal, "2026-05-11 09:00")
	o.due(core.FinishLimit, "2026-05-14 17:00")
	stay := deadline.Stay{Step: "review", Since: at("2026-05-11 09:00")}
	o.Urgency = core.Urgent
	o.to(core.Acceptance, "2026-05-13 09:00", stay)
	o.due(core.FinishLimit, "2026-05-14 09:00") // 24 h from the change, not from the receipt, which would be over
	o.Urgency = core.Normal
	o.to(core.Acceptance, "2026-05-13 10:00", stay)
	o.due(core.FinishLimit, "2026-05-14 17:00")
	o.Urgency = core.Urgent
	o.to(core.Acceptance, "2026-05-14 16:00", stay)
	o.due(core.FinishLimit, "2026-05-14 17:00") // never more than there was
}

func TestWhatTheSourceSaidIsNotOurs(t *testing.T) {
	o := received(t, core.Urgent, "2026-05-11 09:00")
	stay := deadline.Stay{Step: "review", Since: at("2026-05-11 09:00")}
	o.DueAt, o.DueBy = at("2026-05-11 18:00"), core.DueBySource
	o.to(core.Acceptance, "2026-05-11 09:30", stay)
	o.due(core.FinishLimit, "2026-05-11 18:00")
	o.Hold = &core.Hold{}
	o.to(core.Acceptance, "2026-05-11 10:00", stay)
	o.Hold = nil
	o.to(core.Acceptance, "2026-05-11 15:00", stay)
	o.due(core.FinishLimit, "2026-05-11 18:00")
	o.k.Ring(&o.WorkOrder, o.p, at("2026-05-11 18:00"))
	if s := o.state(core.FinishLimit); s.Escalated != 1 {
		t.Errorf("%+v", s)
	}
	o.DueAt, o.DueBy = at("2026-05-12 12:00"), core.DueByExtension
	o.to(core.Acceptance, "2026-05-11 18:30", stay)
	o.due(core.FinishLimit, "2026-05-12 12:00")
	if s := o.state(core.FinishLimit); s.Escalated != 0 {
		t.Errorf("the new end was told already: %+v", s)
	}
}

func TestALimitEndsWithItsMilestoneAndBeginsAgainWhenTheOrderDoes(t *testing.T) {
	o := received(t, core.Urgent, "2026-05-11 09:00")
	o.Phase, o.Assignment = core.Field, &core.Assignment{AssignedAt: at("2026-05-11 09:10").UTC(), ArrivedAt: at("2026-05-11 10:20").UTC()}
	field := deadline.Stay{Step: "field", Since: at("2026-05-11 09:10")}
	valve := deadline.Stay{Step: "field", Task: "valve", Since: at("2026-05-11 10:00")}
	o.to(core.Dispatching, "2026-05-11 10:20", field, valve)
	if s := o.state("arrival"); !s.EndedAt.Equal(at("2026-05-11 10:20")) || !s.Missed(at("2026-05-11 10:20")) {
		t.Errorf("twenty minutes late: %+v", s)
	}
	if s := o.state("review"); !s.EndedAt.Equal(at("2026-05-11 10:20")) || s.Missed(at("2026-05-20 00:00")) {
		t.Errorf("the review was left in time: %+v", s)
	}
	o.due("valve", "2026-05-11 11:00")

	o.Completions = []core.Completion{{Outcome: core.Done, FinishedAt: at("2026-05-11 11:00")}}
	o.Phase = core.ResultReview
	o.to(core.Field, "2026-05-11 11:30", deadline.Stay{Step: "check", Since: at("2026-05-11 11:30")})
	if s := o.state(core.FinishLimit); !s.EndedAt.Equal(at("2026-05-11 11:00")) {
		t.Errorf("the work ended when the crew finished: %+v", s)
	}
	o.Phase = core.Field // sent back: the same time goes on
	o.to(core.ResultReview, "2026-05-11 12:00", field)
	if s := o.state(core.FinishLimit); !s.EndedAt.IsZero() || !s.DueAt.Equal(at("2026-05-12 09:00")) {
		t.Errorf("sent back: %+v", s)
	}
	o.Phase = core.FollowUpCall
	o.to(core.Field, "2026-05-11 13:00", deadline.Stay{Step: "call", Since: at("2026-05-11 13:00")})
	o.Phase, o.Assignment = core.Dispatching, nil // the customer is not satisfied
	o.to(core.FollowUpCall, "2026-05-13 09:00", deadline.Stay{Step: "dispatch", Since: at("2026-05-13 09:00")})
	o.due(core.FinishLimit, "2026-05-14 09:00")
	if !o.DueAt.Equal(at("2026-05-14 09:00")) {
		t.Errorf("reopened, it is due %s", o.DueAt)
	}
	o.Phase, o.ClosedAt = core.Cancelled, at("2026-05-13 10:00").UTC()
	o.to(core.Dispatching, "2026-05-13 10:00")
	if !o.AlarmAt.IsZero() {
		t.Errorf("a cancelled order rings %s", o.AlarmAt)
	}
	for _, s := range o.Limits {
		if s.Running() {
			t.Errorf("of a cancelled order still runs %+v", s)
		}
	}
}

func TestAStepThatIsEnteredAgainBeginsAgain(t *testing.T) {
	o := received(t, core.Normal, "2026-05-11 09:00")
	o.to(core.Acceptance, "2026-05-11 10:00", deadline.Stay{Step: "approval", Since: at("2026-05-11 10:00")})
	o.to(core.Approval, "2026-05-12 10:00", deadline.Stay{Step: "review", Since: at("2026-05-12 10:00")})
	o.due("review", "2026-05-12 13:30")
	if s := o.state("review"); !s.Running() {
		t.Errorf("%+v", s)
	}
}

func TestALimitThatDoesNotApplyIsNotThere(t *testing.T) {
	p := burst()
	p.Limits = p.Limits[1:2]
	o := &order{T: t, p: p, k: deadline.Keeper{Hours: office}}
	o.ReceivedAt, o.Urgency, o.Phase = at("2026-05-11 09:00"), core.Emergency, core.Acceptance
	o.to("", "2026-05-11 09:00")
	if len(o.Limits) != 0 || !o.AlarmAt.IsZero() {
		t.Errorf("%+v", o.Limits)
	}
	p.Limits[0].When = guard{text: "broken"}
	if err := o.k.Update("", &o.WorkOrder, p, nil, at("2026-05-11 09:00")); err == nil {
		t.Error("a guard that cannot be read was passed over")
	}
}

func TestPeopleAreToldOnce(t *testing.T) {
	o := received(t, core.Emergency, "2026-05-11 22:00")
	var told []string
	ring := func(when string) {
		for _, a := range o.k.Ring(&o.WorkOrder, o.p, at(when)) {
			told = append(told, fmt.Sprintf("%s %s %v %d %v", when[11:], a.Limit.ID, a.Warning, a.Level, a.To))
		}
	}
	for _, when := range []string{"22:44", "22:45", "22:46", "23:00", "23:00", "23:10", "23:31", "23:59"} {
		ring("2026-05-11 " + when)
	}
	want := []string{"22:45 arrival true 0 [dispatcher]", "23:00 arrival false 1 [dispatcher]", "23:31 arrival false 2 [deputy_head]"}
	if !reflect.DeepEqual(told, want) {
		t.Errorf("told %q, want %q", told, want)
	}
	if !o.AlarmAt.Equal(at("2026-05-12 10:30")) { // the review's: two working hours of the next morning
		t.Errorf("next %s", o.AlarmAt.In(shanghai))
	}
	late := received(t, core.Emergency, "2026-05-11 22:00")
	alarms := late.k.Ring(&late.WorkOrder, late.p, at("2026-05-11 23:45"))
	if len(alarms) != 2 || alarms[0].Warning || alarms[1].Level != 2 {
		t.Errorf("after an hour without a hub: %+v", alarms)
	}
}

// TestAlarmAtIsNeverLateOrInVain walks through lives at random: whenever AlarmAt comes there is something to do about
// the limits, and never before.
func TestAlarmAtIsNeverLateOrInVain(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 7))
		o := received(t, core.Urgencies()[r.IntN(3)], "2026-02-12 15:00")
		now, since := at("2026-02-12 15:00"), at("2026-02-12 15:00")
		steps := []string{"review", "field", "approval"}
		step := "review"
		for range 40 {
			if o.AlarmAt.IsZero() || r.IntN(3) > 0 {
				now = now.Add(time.Duration(r.IntN(600)) * time.Minute)
				if !o.AlarmAt.IsZero() && now.Before(o.AlarmAt) {
					if rang := o.k.Ring(&o.WorkOrder, o.p, now); len(rang) > 0 {
						t.Fatalf("seed %d: %+v rang before %s", seed, rang, o.AlarmAt)
					}
				}
				was := o.Phase
				switch r.IntN(6) {
				case 5: // somebody gives a deadline, or takes it back
					o.DueBy = []core.DueSource{core.DueByRule, core.DueBySource, core.DueByExtension, core.DueByHouse}[r.IntN(4)]
					if o.DueAt = (time.Time{}); o.DueBy != core.DueByRule {
						o.DueAt = now.Add(time.Duration(r.IntN(6000)-1000) * time.Minute)
					}
				case 0:
					if o.Hold = nil; r.IntN(2) == 0 {
						o.Hold = &core.Hold{At: now}
					}
				case 1:
					o.Urgency = core.Urgencies()[r.IntN(3)]
				case 2:
					step, since = steps[r.IntN(3)], now
				case 3:
					o.Phase = []core.Phase{core.Dispatching, core.Field, core.ResultReview, core.FollowUpCall}[r.IntN(4)]
				}
				if err := o.k.Update(was, &o.WorkOrder, o.p, []deadline.Stay{{Step: step, Since: since}}, now); err != nil {
					t.Fatal(err)
				}
				for _, s := range o.Limits {
					if s.Limit == core.FinishLimit && !s.DueAt.Equal(o.DueAt) {
						t.Fatalf("seed %d: the order is due %s by %q, its limit %+v", seed, o.DueAt, o.DueBy, s)
					}
					if def := deadline.Definition(&s, o.p); def == nil {
						t.Fatalf("seed %d: no limit for %+v", seed, s)
					}
					if s.Running() && !s.WarnedAt.IsZero() && s.WarnedAt.After(now) {
						t.Fatalf("seed %d: %+v warned in the future", seed, s)
					}
				}
				continue
			}
			if o.AlarmAt.After(now) {
				now = o.AlarmAt
			}
			before := fmt.Sprint(o.Limits)
			o.k.Ring(&o.WorkOrder, o.p, now)
			if fmt.Sprint(o.Limits) == before {
				t.Fatalf("seed %d: at %s there was nothing to say: %s", seed, now, before)
			}
			if !o.AlarmAt.IsZero() && !o.AlarmAt.After(now) {
				t.Fatalf("seed %d: what is due at %s was not said by %s", seed, o.AlarmAt, now)
			}
		}
	}
}

func ptr[T any](v T) *T { return &v }
