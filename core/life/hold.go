package life

import (
	"time"

	"tundish/core"
)

// Hold 挂起 keeps an order where it is; Resume 恢复 lets it go on. The reason is s.Remark, until
// is when it is meant to end, zero if nobody can tell.
func (r *Rules) Hold(old core.WorkOrder, s Step) (core.Unit, error) {
	return r.HoldUntil(old, time.Time{}, s)
}

// HoldUntil is Hold with the instant at which it is meant to end.
func (r *Rules) HoldUntil(old core.WorkOrder, until time.Time, s Step) (core.Unit, error) {
	if s.Remark == "" {
		return core.Unit{}, core.Invalidf("required", "Reason", "an order is held with a reason", "挂起必须填写原因")
	}
	if old.Phase.Ended() || old.Hold != nil {
		return core.Unit{}, r.conflict(&old, s, "cannot_hold", "it cannot be held", "不能挂起")
	}
	if !until.IsZero() && !until.After(s.Now) {
		return core.Unit{}, ahead("until")
	}
	x, err := r.side(&old, s, core.ActHold, core.EventHeld)
	if err != nil {
		return core.Unit{}, err
	}
	x.hold(core.Hold{Reason: s.Remark, By: s.By, At: s.Now.UTC(), Until: until})
	return x.change()
}

func (x *turn) hold(h core.Hold) {
	if !h.Until.IsZero() {
		h.Until = h.Until.UTC()
	}
	x.next.Hold, x.next.HoldRequest = &h, nil
}

// Resume ends a hold.
func (r *Rules) Resume(old core.WorkOrder, s Step) (core.Unit, error) {
	if old.Hold == nil {
		return core.Unit{}, r.conflict(&old, s, "not_held", "it is not on hold", "工单未挂起")
	}
	x, err := r.side(&old, s, core.ActResume, core.EventResumed)
	if err != nil {
		return core.Unit{}, err
	}
	x.next.Hold = nil
	return x.change()
}

// RequestHold asks for a hold 挂起申请; one request waits at a time. The order goes on meanwhile.
func (r *Rules) RequestHold(old core.WorkOrder, until time.Time, s Step) (core.Unit, error) {
	switch {
	case s.Remark == "":
		return core.Unit{}, needsReason(core.ActRequestHold)
	case old.Phase.Ended() || old.Hold != nil:
		return core.Unit{}, r.conflict(&old, s, "cannot_hold", "it cannot be held", "不能挂起")
	case !until.IsZero() && !until.After(s.Now):
		return core.Unit{}, ahead("until")
	case old.HoldRequest != nil:
		return core.Unit{}, r.conflict(&old, s, "hold_pending", "a request for a hold waits for its answer", "挂起申请尚未答复")
	}
	x, err := r.side(&old, s, core.ActRequestHold, core.EventHoldRequested)
	if err != nil {
		return core.Unit{}, err
	}
	x.next.HoldRequest = &core.HoldRequest{Reason: s.Remark, Until: until, By: s.By, At: s.Now.UTC()}
	return x.change()
}

// AnswerHold grants a request for a hold, or refuses it with a remark.
func (r *Rules) AnswerHold(old core.WorkOrder, granted bool, s Step) (core.Unit, error) {
	q := old.HoldRequest
	switch {
	case q == nil || old.Phase.Ended():
		return core.Unit{}, r.conflict(&old, s, "no_hold_request", "no request for a hold waits", "没有待答复的挂起申请")
	case !granted && s.Remark == "":
		return core.Unit{}, needsReason(core.ActAnswerHold)
	}
	kind := core.EventHoldRefused
	if granted {
		kind = core.EventHeld
	}
	x, err := r.side(&old, s, core.ActAnswerHold, kind)
	if err != nil {
		return core.Unit{}, err
	}
	x.next.HoldRequest = nil
	if granted {
		x.ev.Remark = q.Reason
		x.hold(core.Hold{Reason: q.Reason, By: s.By, At: s.Now.UTC(), Until: q.Until, AskedBy: q.By})
	}
	return x.change()
}
