package life

import (
	"encoding/json"
	"strings"

	"tundish/core"
)

// Complete ends a visit 销单. Done, or could not be done and nothing agreed: the
// result goes on towards its release. Could not be done but a new appointment was
// made: the order waits for a crew again. What a desk team answers needs no visit and
// no crew.
func (r *Rules) Complete(old core.WorkOrder, crew string, c core.Completion, s Step) (core.Unit, error) {
	desk := old.Family == core.Desk && old.Phase == core.Dispatching && crew == "" // answered without a visit
	if !desk {
		if err := mine(&old, crew); err != nil {
			return core.Unit{}, err
		}
	}
	t, err := r.Type(&old)
	if err != nil {
		return core.Unit{}, err
	}
	if err := check(t, &c); err != nil {
		return core.Unit{}, err
	}
	if c.FinishedAt.IsZero() {
		c.FinishedAt = s.Now.UTC()
	}
	next := old.Clone()
	var days []core.CrewDayChange
	if a := next.Assignment; a != nil {
		c.CrewID = a.CrewID
		if c.AcceptedAt.IsZero() {
			c.AcceptedAt = a.AcceptedAt
		}
		if c.ArrivedAt.IsZero() {
			c.ArrivedAt = a.ArrivedAt
		}
		a.State = core.FieldCompleted
		days = []core.CrewDayChange{load(a, old.Urgency, -1)}
	}
	next.Completions = append(next.Completions, c)
	ev := s.event(core.EventCompleted)
	var ms []core.OutboxMessage
	switch {
	case c.Outcome == core.CouldNotBeDone && c.NextAppointment != nil:
		next.Phase = core.Dispatching
		next.Assignment = nil
		next.Appointment = *c.NextAppointment
	case t.ResultReview && !desk:
		next.Phase = core.ResultReview
	default:
		ms = r.release(&next, t, ev)
	}
	u, err := r.change(&old, next, t, ev, ms...)
	u.CrewDays = days
	return u, err
}

// check holds a completion against what its type demands; all faults come together.
func check(t *core.OrderType, c *core.Completion) error {
	var missing []string
	switch c.Outcome {
	case core.Done:
		raw, err := json.Marshal(c)
		if err != nil {
			return err
		}
		var have map[string]json.RawMessage
		if err := json.Unmarshal(raw, &have); err != nil {
			return err
		}
		for _, f := range t.Required {
			if _, ok := have[f]; !ok {
				missing = append(missing, f)
			}
		}
	case core.CouldNotBeDone:
		if c.Reason == "" {
			missing = append(missing, "reason")
		}
	default:
		return core.Invalidf("unknown_outcome", "outcome", "outcome %q is not known; allowed: done, could_not_be_done", "结果 %q 未知；可用：done、could_not_be_done", c.Outcome)
	}
	if len(missing) > 0 {
		return core.Invalidf("required", strings.Join(missing, ","), "a completion of %s that is %s needs: %s", "%s 的销单（%s）还缺：%s", t.Code, c.Outcome, strings.Join(missing, ", "))
	}
	for _, reading := range []struct{ field, value string }{
		{"old_final_reading", c.OldFinalReading}, {"new_initial_reading", c.NewInitialReading},
		{"original_reading", c.OriginalReading}, {"rechecked_reading", c.RecheckedReading},
	} {
		if reading.value != "" && !isReading(reading.value) {
			return core.Invalidf("not_a_reading", reading.field, "%q is no meter reading; write digits, at most three after the point, e.g. 1234.5", "%q 不是有效读数；请填写数字，小数最多三位，如 1234.5", reading.value)
		}
	}
	return nil
}

// isReading: 1 to 9 digits, optionally a point and 1 to 3 digits.
func isReading(s string) bool {
	whole, frac, point := strings.Cut(s, ".")
	digits := func(s string) bool {
		for _, c := range s {
			if c < '0' || c > '9' {
				return false
			}
		}
		return s != ""
	}
	return digits(whole) && len(whole) <= 9 && (!point || digits(frac) && len(frac) <= 3)
}

// release hands the result to the source: it moves the order behind its release
// and returns the messages owed for it, in the unit of the same decision.
func (r *Rules) release(next *core.WorkOrder, t *core.OrderType, ev core.Event) []core.OutboxMessage {
	c := next.LastCompletion()
	next.Phase = core.Closed
	if t.FollowUp && c.Outcome == core.Done {
		next.Phase = core.FollowUpCall
	} else {
		next.ClosedAt = ev.At
	}
	var ms []core.OutboxMessage
	if r.writesBack(next.Ref.System) {
		ms = append(ms, r.message(next.Ref.System, core.TellResult, next, ev))
	}
	if c.Point != nil && atMeter(t.Family) && r.writesBack(r.PointsTo) && next.Place.ServicePoint != "" {
		ms = append(ms, r.message(r.PointsTo, core.TellPoint, next, ev))
	}
	if c.OldMeterFate == "scrapped" && r.writesBack(r.ScrapTo) {
		ms = append(ms, r.message(r.ScrapTo, core.TellScrapped, next, ev))
	}
	return ms
}

// atMeter tells that work of the family is done where the meter is, so that a
// coordinate captured there is that of its service point. A burst may be anywhere.
func atMeter(f core.Family) bool {
	return f == core.Replacement || f == core.Installation || f == core.Recheck
}

// Review is the verdict on a result: right releases it to the source, wrong sends
// it back to the crew.
func (r *Rules) Review(old core.WorkOrder, passed bool, s Step) (core.Unit, error) {
	if old.Phase != core.ResultReview || old.LastCompletion() == nil || old.Assignment == nil {
		return core.Unit{}, conflict(&old, "no_result", "there is no result to review", "没有待审核的结果")
	}
	if !passed && s.Remark == "" {
		return core.Unit{}, core.Invalidf("required", "remark", "a result is sent back with a remark", "退回结果必须填写说明")
	}
	t, err := r.Type(&old)
	if err != nil {
		return core.Unit{}, err
	}
	next := old.Clone()
	next.LastCompletion().Review = &core.Review{Passed: passed, Remark: s.Remark, By: s.By, At: s.Now.UTC()}
	ev := s.event(core.EventReviewed)
	if passed {
		ev.Kind = core.EventReleased
		ms := r.release(&next, t, ev)
		return r.change(&old, next, t, ev, ms...)
	}
	next.Phase = core.Field
	next.Assignment.State = core.FieldAccepted
	u, err := r.change(&old, next, t, ev)
	u.CrewDays = []core.CrewDayChange{load(next.Assignment, next.Urgency, +1)}
	return u, err
}

// FollowUp records the call after the work 回访: satisfied (or not reached at the
// end) closes the order, unsatisfied reopens it and the source is told.
func (r *Rules) FollowUp(old core.WorkOrder, f core.FollowUp, s Step) (core.Unit, error) {
	if old.Phase != core.FollowUpCall {
		return core.Unit{}, conflict(&old, "no_follow_up", "it waits for no follow-up call", "工单不在回访状态")
	}
	switch f.Satisfaction {
	case "satisfied", "neutral", "unsatisfied":
	case "":
		if f.Reached {
			return core.Unit{}, core.Invalidf("required", "satisfaction", "who was reached has a satisfaction: satisfied, neutral or unsatisfied", "已接通的回访必须填写满意度")
		}
	default:
		return core.Unit{}, core.Invalidf("unknown_satisfaction", "satisfaction", "satisfaction %q is not known; allowed: satisfied, neutral, unsatisfied", "满意度 %q 未知；可用：satisfied、neutral、unsatisfied", f.Satisfaction)
	}
	t, err := r.Type(&old)
	if err != nil {
		return core.Unit{}, err
	}
	next := old.Clone()
	if f.At.IsZero() { // the source's staff say when they called, ours call now
		f.At = s.Now
	}
	if f.At = f.At.UTC(); f.By == "" {
		f.By = s.By
	}
	next.FollowUp = &f
	s.count(&next)
	ev := s.event(core.EventFollowedUp)
	if f.Satisfaction == "unsatisfied" {
		ev.Kind = core.EventReopened
		ev.Remark = f.Comment
		next.Phase = core.Dispatching
		next.Assignment = nil
		var ms []core.OutboxMessage
		if r.writesBack(old.Ref.System) && !r.Systems[old.Ref.System].ResultsOnly {
			ms = append(ms, r.message(old.Ref.System, core.TellStatus, &next, ev))
		}
		return r.change(&old, next, t, ev, ms...)
	}
	next.Phase = core.Closed
	next.ClosedAt = s.Now.UTC()
	return r.change(&old, next, t, ev)
}
