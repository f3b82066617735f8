package life

import (
	"time"

	"tundish/core"
)

// Complete ends a visit 销单. Done, or could not be done and nothing agreed: the
// result goes on towards its release. Could not be done but a new appointment was
// made: the order waits for a crew again. What a desk team answers needs no visit and
// no crew.
func (r *Rules) Complete(old core.WorkOrder, crew string, c core.Completion, s Step) (core.Unit, error) {
	x, err := r.begin(&old, s, core.EventCompleted)
	if err != nil {
		return core.Unit{}, err
	}
	desk := x.at(core.StepDesk) && crew == "" // answered without a visit
	if !desk {
		if err := r.mine(&old, crew, s); err != nil {
			return core.Unit{}, err
		}
	}
	if err := x.complete(c); err != nil {
		return core.Unit{}, err
	}
	return x.change()
}

// complete takes the result of a visit, or of a desk, and lets the order go on with it.
func (x *turn) complete(c core.Completion) error {
	next := &x.next
	if err := x.r.check(next, &c); err != nil {
		return err
	}
	var asked []core.FormField
	for st, i := x.main(), 0; i < len(st.Exits); i++ {
		asked = append(asked, st.Exits[i].Form...)
	}
	asked = append(asked, x.main().Form...)
	if err := together(x.r.holdKnown(&core.WorkOrder{Completions: []core.Completion{c}}, "completion", asked)); err != nil {
		return err
	}
	if err := x.finished(&c); err != nil {
		return err
	}
	c.Review, c.SharedWith, c.HandedTo = nil, "", "" // others say that
	if c.Outcome == core.Done {
		c.NextAppointment = nil
	}
	if a := next.Assignment; a != nil {
		c.CrewID = a.CrewID
		if c.AcceptedAt.IsZero() {
			c.AcceptedAt = a.AcceptedAt
		}
		if c.ArrivedAt.IsZero() {
			c.ArrivedAt = a.ArrivedAt
		}
		a.State = core.FieldCompleted
	}
	next.Completions = append(next.Completions, c)
	action := core.ActDone
	switch {
	case x.at(core.StepDesk):
		action = core.ActAnswer
	case c.Outcome == core.CouldNotBeDone && c.NextAppointment != nil:
		action = core.ActAgain
		next.Appointment = *c.NextAppointment
	case c.Outcome == core.CouldNotBeDone:
		action = core.ActCouldNot
	}
	next.Hold, next.HoldRequest = nil, nil // what was done rests no more
	x.endAssistance()
	return x.act(x.main(), action)
}

// finished holds the end that a completion tells against what the hub knows. A crew without a network tells it later,
// but work does not end before its crew had it, nor, on paper, before the order came: a time limit that was missed
// stays missed. A clock that is ahead means now.
func (x *turn) finished(c *core.Completion) error {
	now := x.s.Now.UTC()
	if c.FinishedAt.IsZero() || c.FinishedAt.After(now) {
		c.FinishedAt = now
	}
	from := x.next.ReceivedAt
	if a := x.next.Assignment; a != nil && !c.OnPaper {
		from = a.AssignedAt
	}
	if c.FinishedAt = c.FinishedAt.UTC(); c.FinishedAt.Before(from.Truncate(time.Second)) { // senders may leave fractions out
		said, earliest := c.FinishedAt.Format(time.RFC3339), from.UTC().Format(time.RFC3339)
		return core.Invalidf("too_early", "finished_at", "the work cannot have ended at %s: it was given at %s; leave it empty for now", "完成时间 %s 早于派单时间 %s；留空表示当前时间", said, earliest)
	}
	return nil
}

// check holds a completion against what everyone must say, whatever the type asks for.
func (r *Rules) check(o *core.WorkOrder, c *core.Completion) error {
	switch c.Outcome {
	case core.Done:
	case core.CouldNotBeDone:
		if c.Reason == "" {
			return core.Invalidf("required", "reason", "a completion of %s that is %s needs: %s", "%s 的销单（%s）还缺：%s", o.Type, c.Outcome, "reason")
		}
	default:
		return core.Invalidf("unknown_outcome", "outcome", "outcome %q is not known; allowed: done, could_not_be_done", "结果 %q 未知；可用：done、could_not_be_done", c.Outcome)
	}
	var faults []*core.Error
	for _, reading := range []struct{ field, value string }{
		{"old_final_reading", c.OldFinalReading}, {"new_initial_reading", c.NewInitialReading},
		{"original_reading", c.OriginalReading}, {"rechecked_reading", c.RecheckedReading},
	} {
		if reading.value != "" && !readingText.MatchString(reading.value) {
			faults = append(faults, notAReading(reading.field, reading.value))
		}
	}
	if err := together(faults); err != nil {
		return err
	}
	return r.plausible(o, c)
}

// Review is the verdict on a result: right releases it to the source, wrong sends
// it back to the crew.
func (r *Rules) Review(old core.WorkOrder, passed bool, s Step) (core.Unit, error) {
	x, err := r.begin(&old, s, core.EventReviewed)
	if err != nil {
		return core.Unit{}, err
	}
	if !x.at(core.StepReview) || old.LastCompletion() == nil {
		return core.Unit{}, r.conflict(&old, s, "no_result", "there is no result to review", "没有待审核的结果")
	}
	if err := x.review(x.main(), passed); err != nil {
		return core.Unit{}, err
	}
	return x.change()
}

func (x *turn) review(st *core.Step, passed bool) error {
	s := x.s
	if !passed && s.Remark == "" {
		return core.Invalidf("required", "remark", "a result is sent back with a remark", "退回结果必须填写说明")
	}
	x.ev.Kind = core.EventReviewed
	if c := x.next.LastCompletion(); c != nil {
		c.Review = &core.Review{Passed: passed, Remark: s.Remark, By: s.By, At: s.Now.UTC()}
	}
	if passed {
		return x.act(st, core.ActPass)
	}
	return x.act(st, core.ActFail)
}

// FollowUp records the call after the work 回访: satisfied (or not reached at the
// end) closes the order, unsatisfied reopens it and the source is told.
func (r *Rules) FollowUp(old core.WorkOrder, f core.FollowUp, s Step) (core.Unit, error) {
	x, err := r.begin(&old, s, core.EventFollowedUp)
	if err != nil {
		return core.Unit{}, err
	}
	if !x.at(core.StepFollowUp) {
		return core.Unit{}, r.conflict(&old, s, "no_follow_up", "it waits for no follow-up call", "工单不在回访状态")
	}
	if err := checkFollowUp(&f); err != nil {
		return core.Unit{}, err
	}
	if err := x.followUp(f); err != nil {
		return core.Unit{}, err
	}
	return x.change()
}

func (x *turn) followUp(f core.FollowUp) error {
	o, s := &x.next, x.s
	if f.At.IsZero() { // the source's staff say when they called, ours call now
		f.At = s.Now
	}
	if f.At = f.At.UTC(); f.By == "" {
		f.By = s.By
	}
	o.FollowUp = &f
	s.count(o)
	x.ev.Kind = core.EventFollowedUp
	action := core.ActSatisfied
	switch f.Satisfaction {
	case "":
		action = core.ActNotReached
	case "unsatisfied":
		action = core.ActUnsatisfied
		x.ev.Kind, x.ev.Remark = core.EventReopened, f.Comment
	}
	if err := x.act(x.main(), action); err != nil {
		return err
	}
	if source := o.Ref.System; action == core.ActUnsatisfied && !o.Phase.Ended() && !x.r.Systems[source].ResultsOnly {
		x.tell(source, core.TellStatus, f.Comment)
	}
	return nil
}

func checkFollowUp(f *core.FollowUp) error {
	switch f.Satisfaction {
	case "satisfied", "neutral", "unsatisfied":
	case "":
		if f.Reached {
			return core.Invalidf("required", "satisfaction", "who was reached has a satisfaction: satisfied, neutral or unsatisfied", "已接通的回访必须填写满意度")
		}
	default:
		return core.Invalidf("unknown_satisfaction", "satisfaction", "satisfaction %q is not known; allowed: satisfied, neutral, unsatisfied", "满意度 %q 未知；可用：satisfied、neutral、unsatisfied", f.Satisfaction)
	}
	return nil
}
