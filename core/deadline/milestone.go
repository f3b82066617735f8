package deadline

import (
	"time"

	"tundish/core"
)

// begins is the instant from which l runs; not ok: it has not come yet.
func begins(o *core.WorkOrder, l *core.Limit, st Stay, now time.Time) (time.Time, bool) {
	if l.From != "" {
		return reached(o, l.From, now)
	}
	if st.Step != "" {
		return st.Since.UTC().Truncate(time.Millisecond), true
	}
	return o.ReceivedAt, true
}

// ends is the instant at which what l waits for happened; not ok: it has not. anew: the last result is of before
// the order was opened again, and ends nothing that runs since.
func ends(o *core.WorkOrder, l *core.Limit, st Stay, anew bool, now time.Time) (time.Time, bool) {
	until := l.Until
	switch {
	case o.Phase.Ended():
		return first(o.ClosedAt, now), true
	case until == "" && st.Step != "":
		return time.Time{}, false // a stay ends when it is no longer among the stays
	case until == "":
		until = core.AtCompletion
	}
	if anew && until == core.AtCompletion && !behindWork(o.Phase) {
		return time.Time{}, false
	}
	return reached(o, until, now)
}

// reopens tells that a change opens an order again whose result was told: its customer was not satisfied.
func reopens(was core.Phase, o *core.WorkOrder) bool {
	return told(was) && !behindWork(o.Phase) && o.FollowUp != nil && o.FollowUp.Satisfaction == "unsatisfied"
}

// told tells that in a phase the source has the result.
func told(p core.Phase) bool {
	return p == core.Released || p == core.FollowUpCall || p == core.Closed
}

// before tells that the last result is older than what runs since began. Senders of results may leave fractions of seconds out.
func before(o *core.WorkOrder, began time.Time) bool {
	c := o.LastCompletion()
	return c != nil && c.FinishedAt.Before(began.Truncate(time.Second))
}

// reached tells when an order came to a milestone. What the order does not remember by itself happened now: the
// limits are brought up to date with every change.
func reached(o *core.WorkOrder, m core.Milestone, now time.Time) (time.Time, bool) {
	a := o.Assignment
	with := func(at func(*core.Assignment) time.Time) (time.Time, bool) {
		if a != nil && !at(a).IsZero() {
			return at(a), true
		}
		if completed(o) { // answered without a crew, or keyed in from paper without its times
			return now, true
		}
		return time.Time{}, false
	}
	switch m {
	case core.AtReceipt:
		return o.ReceivedAt, true
	case core.AtAssignment:
		return with(func(a *core.Assignment) time.Time { return a.AssignedAt })
	case core.AtAccepted:
		return with(func(a *core.Assignment) time.Time { return a.AcceptedAt })
	case core.AtArrival:
		return with(func(a *core.Assignment) time.Time { return a.ArrivedAt })
	case core.AtCompletion:
		if !completed(o) {
			return time.Time{}, false
		}
		if c := o.LastCompletion(); c != nil && !c.FinishedAt.IsZero() && c.FinishedAt.Before(now) {
			return c.FinishedAt.UTC().Truncate(time.Millisecond), true // a crew without a network tells it later
		}
		return now, true
	case core.AtRelease:
		return now, told(o.Phase)
	case core.AtEnd:
		return first(o.ClosedAt, now), o.Phase.Ended()
	}
	return time.Time{}, false
}

// completed tells that the work is done: the order is in a phase behind it, or it has a result since it was last given
// to a crew or a desk, and waits for an approval of it. A result that was found wrong is none.
func completed(o *core.WorkOrder) bool {
	if behindWork(o.Phase) {
		return true
	}
	c := o.LastCompletion()
	return o.Settled() && (c.Review == nil || c.Review.Passed)
}

// behindWork tells that orders come to a phase with a result only.
func behindWork(p core.Phase) bool { return p == core.ResultReview || told(p) }

func first(t, or time.Time) time.Time {
	if t.IsZero() {
		return or
	}
	return t
}
