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

// ends is the instant at which what l waits for happened; not ok: it has not.
func ends(o *core.WorkOrder, l *core.Limit, st Stay, now time.Time) (time.Time, bool) {
	if o.Phase.Ended() {
		return first(o.ClosedAt, now), true
	}
	switch {
	case l.Until != "":
		return reached(o, l.Until, now)
	case st.Step == "":
		return reached(o, core.AtCompletion, now)
	}
	return time.Time{}, false // a stay ends when it is no longer among the stays
}

// reached tells when an order came to a milestone. What the order does not remember by itself happened now: the
// limits are brought up to date with every change.
func reached(o *core.WorkOrder, m core.Milestone, now time.Time) (time.Time, bool) {
	a := o.Assignment
	with := func(at func(*core.Assignment) time.Time) (time.Time, bool) {
		if a != nil && !at(a).IsZero() {
			return at(a), true
		}
		if completed(o.Phase) { // answered without a crew, or keyed in from paper without its times
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
		if !completed(o.Phase) {
			return time.Time{}, false
		}
		if c := o.LastCompletion(); c != nil && !c.FinishedAt.IsZero() && c.FinishedAt.Before(now) {
			return c.FinishedAt.UTC().Truncate(time.Millisecond), true // a crew without a network tells it later
		}
		return now, true
	case core.AtRelease:
		return now, o.Phase == core.Released || o.Phase == core.FollowUpCall || o.Phase == core.Closed
	case core.AtEnd:
		return first(o.ClosedAt, now), o.Phase.Ended()
	}
	return time.Time{}, false
}

// completed tells that the work is behind the order.
func completed(p core.Phase) bool {
	switch p {
	case core.ResultReview, core.Released, core.FollowUpCall, core.Closed:
		return true
	}
	return false
}

func first(t, or time.Time) time.Time {
	if t.IsZero() {
		return or
	}
	return t
}
