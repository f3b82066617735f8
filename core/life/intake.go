package life

import (
	"fmt"
	"maps"
	"slices"

	"tundish/core"
)

// Receive decides on an order that nobody has seen before.
func (r *Rules) Receive(o core.WorkOrder, hash core.Hash, s Step) (core.Unit, error) {
	t, err := r.Type(&o)
	if err != nil {
		return core.Unit{}, err
	}
	if err := knownUrgency(o.Urgency); err != nil {
		return core.Unit{}, err
	}
	r.district(&o)
	o.Family = t.Family
	o.ReceivedAt = s.Now.UTC()
	if limit := t.Limits[o.Urgency]; limit > 0 && o.DueAt.IsZero() {
		o.DueAt = o.ReceivedAt.Add(limit)
	}
	o.Phase = core.Acceptance
	if !t.Acceptance || t.Mode(o.Urgency) == core.DispatchAuto {
		o.Phase = core.Dispatching
		o.Reviewed = !t.Acceptance
	}
	u, err := r.change(nil, o, t, s.event(core.EventReceived))
	if err != nil {
		return core.Unit{}, err
	}
	u.Orders[0].Hash = hash
	return u, nil
}

func knownUrgency(u core.Urgency) error {
	if !slices.Contains(core.Urgencies(), u) {
		return core.Invalidf("unknown_urgency", "Urgency", "urgency %q is not known; allowed: %v", "紧急程度 %q 未知；可用：%v", u, core.Urgencies())
	}
	return nil
}

// Amend decides on a changed message about a known order: what the source may
// change is taken over, what the hub has done since is kept.
func (r *Rules) Amend(old core.WorkOrder, sent core.WorkOrder, hash core.Hash, s Step) (core.Unit, error) {
	if old.Phase.Ended() {
		return core.Unit{}, conflict(&old, "ended", "it can no longer be changed; submit a new order", "工单已结束，不能再修改；请提交新工单")
	}
	if old.Phase.WorkBegun() {
		return core.Unit{}, conflict(&old, "work_begun", "a crew has it; cancel it or send the change by phone", "班组已接手，不能修改；请作废或电话联系")
	}
	if err := knownUrgency(sent.Urgency); err != nil {
		return core.Unit{}, err
	}
	next := old.Clone()
	next.Type, next.Channel = sent.Type, sent.Channel
	if old.Expedite == 0 || rank(sent.Urgency) < rank(old.Urgency) {
		next.Urgency = sent.Urgency // what was hurried on stays so
	}
	next.Customer, next.Meter, next.Report, next.Appointment, next.Extra = sent.Customer, sent.Meter, sent.Report, sent.Appointment, sent.Extra
	place := sent.Place
	if place.Point == nil && place.Address == old.Place.Address && place.ServicePoint == "" {
		// The same place: keep what the hub found out about it.
		place.Point, place.PointSource, place.PointSent, place.ServicePoint = old.Place.Point, old.Place.PointSource, old.Place.PointSent, old.Place.ServicePoint
		if place.District == "" {
			place.District = old.Place.District
		}
	}
	next.Place = place
	r.district(&next)
	if !sent.SourceAt.IsZero() {
		next.SourceAt = sent.SourceAt
	}
	t, err := r.Type(&next)
	if err != nil {
		return core.Unit{}, err
	}
	next.Family = t.Family
	if limit := t.Limits[next.Urgency]; !sent.DueAt.IsZero() {
		next.DueAt = sent.DueAt
	} else if limit > 0 && !extended(&old) {
		next.DueAt = next.ReceivedAt.Add(limit)
	}
	if next.Phase == core.Acceptance && t.Mode(next.Urgency) == core.DispatchAuto {
		next.Phase = core.Dispatching
	}
	u, err := r.change(&old, next, t, s.event(core.EventAmended))
	if err != nil {
		return core.Unit{}, err
	}
	u.Orders[0].Hash = hash
	return u, nil
}

// Expedite 催单 counts the urging and lifts a normal order to urgent.
func (r *Rules) Expedite(old core.WorkOrder, s Step) (core.Unit, error) {
	if old.Phase.Ended() || old.Phase == core.Released || old.Phase == core.FollowUpCall {
		return core.Unit{}, conflict(&old, "ended", "there is nothing left to hurry", "工单已办结，无需催办")
	}
	t, err := r.Type(&old)
	if err != nil {
		return core.Unit{}, err
	}
	next := old.Clone()
	next.Expedite++
	s.count(&next)
	var days []core.CrewDayChange
	if next.Urgency == core.Normal {
		next.Urgency = core.Urgent
		if Loads(&old) {
			days = []core.CrewDayChange{{CrewID: old.Assignment.CrewID, Day: old.Assignment.Day, UrgentOrders: 1}}
		}
		if limit := t.Limits[core.Urgent]; limit > 0 {
			if due := s.Now.UTC().Add(limit); next.DueAt.IsZero() || due.Before(next.DueAt) {
				next.DueAt = due
			}
		}
	}
	u, err := r.change(&old, next, t, s.event(core.EventExpedited))
	u.CrewDays = days
	return u, err
}

// Cancel 作废 at the source's wish, as long as nobody has been on site.
func (r *Rules) Cancel(old core.WorkOrder, s Step) (core.Unit, error) {
	switch {
	case old.Phase == core.Cancelled:
		return core.Unit{}, conflict(&old, "already_cancelled", "it is cancelled already", "工单已作废")
	case old.Phase.Ended(), old.Phase == core.Released, old.Phase == core.FollowUpCall, old.Phase == core.ResultReview:
		return core.Unit{}, conflict(&old, "work_done", "the work is done; it can no longer be cancelled", "工作已完成，不能作废")
	case old.Phase == core.Field && old.Assignment != nil && old.Assignment.State == core.FieldOnSite:
		return core.Unit{}, conflict(&old, "work_begun", "the crew is on site; call the control room", "班组已到场，请联系调度")
	}
	t, err := r.Type(&old)
	if err != nil {
		return core.Unit{}, err
	}
	next := old.Clone()
	next.Phase = core.Cancelled
	next.ClosedAt = s.Now.UTC()
	u, err := r.change(&old, next, t, s.event(core.EventCancelled))
	if err == nil && Loads(&old) {
		u.CrewDays = []core.CrewDayChange{load(old.Assignment, old.Urgency, -1)}
	}
	return u, err
}

// Locate takes over a coordinate that was looked up.
func (r *Rules) Locate(old core.WorkOrder, p core.Place, s Step) (core.Unit, error) {
	if old.Phase.Ended() {
		return core.Unit{}, conflict(&old, "ended", "its place no longer matters", "工单已结束")
	}
	t, err := r.Type(&old)
	if err != nil {
		return core.Unit{}, err
	}
	next := old.Clone()
	next.Place.Point, next.Place.PointSource = p.Point, p.PointSource
	if p.ServicePoint != "" {
		next.Place.ServicePoint = p.ServicePoint
	}
	if next.Place.District == "" {
		next.Place.District = p.District
	}
	return r.change(&old, next, t, s.event(core.EventLocated))
}

// Accept is the acceptance review 接单审核. An order that was dispatched at once
// is only marked as reviewed.
func (r *Rules) Accept(old core.WorkOrder, s Step) (core.Unit, error) {
	if old.Phase.Ended() {
		return core.Unit{}, conflict(&old, "ended", "it needs no review any more", "工单已结束，无需审核")
	}
	if old.Reviewed {
		return core.Unit{}, conflict(&old, "already_reviewed", "it is reviewed already", "工单已审核")
	}
	t, err := r.Type(&old)
	if err != nil {
		return core.Unit{}, err
	}
	next := old.Clone()
	next.Reviewed = true
	if next.Phase == core.Acceptance || next.Phase == core.Received {
		next.Phase = core.Dispatching
	}
	return r.change(&old, next, t, s.event(core.EventAccepted))
}

// Return 退单 sends the order back to its source with a reason, before a crew has it.
func (r *Rules) Return(old core.WorkOrder, s Step) (core.Unit, error) {
	if s.Remark == "" {
		return core.Unit{}, core.Invalidf("required", "Reason", "an order is returned with a reason", "退单必须填写原因")
	}
	switch old.Phase {
	case core.Received, core.Acceptance, core.Approval, core.Dispatching:
	default:
		return core.Unit{}, conflict(&old, "work_begun", "it can be returned before a crew has it", "只有派单前可以退单")
	}
	t, err := r.Type(&old)
	if err != nil {
		return core.Unit{}, err
	}
	next := old.Clone()
	next.Phase = core.Returned
	next.ClosedAt = s.Now.UTC()
	ev := s.event(core.EventReturned)
	var ms []core.OutboxMessage
	if r.writesBack(old.Ref.System) {
		ms = append(ms, r.message(old.Ref.System, core.TellReturned, &next, ev))
	}
	return r.change(&old, next, t, ev, ms...)
}

// Hold 挂起 keeps an order from being dispatched; Resume 恢复 lets it go on.
func (r *Rules) Hold(old core.WorkOrder, s Step) (core.Unit, error) {
	if s.Remark == "" {
		return core.Unit{}, core.Invalidf("required", "Reason", "an order is held with a reason", "挂起必须填写原因")
	}
	if old.Phase.Ended() || old.Hold != nil {
		return core.Unit{}, conflict(&old, "cannot_hold", "it cannot be held", "不能挂起")
	}
	t, err := r.Type(&old)
	if err != nil {
		return core.Unit{}, err
	}
	next := old.Clone()
	next.Hold = &core.Hold{Reason: s.Remark, By: s.By, At: s.Now.UTC()}
	return r.change(&old, next, t, s.event(core.EventHeld))
}

// Resume ends a hold.
func (r *Rules) Resume(old core.WorkOrder, s Step) (core.Unit, error) {
	if old.Hold == nil {
		return core.Unit{}, conflict(&old, "not_held", "it is not on hold", "工单未挂起")
	}
	t, err := r.Type(&old)
	if err != nil {
		return core.Unit{}, err
	}
	next := old.Clone()
	next.Hold = nil
	return r.change(&old, next, t, s.event(core.EventResumed))
}

// Note puts a remark on the timeline.
func (r *Rules) Note(old core.WorkOrder, s Step) (core.Unit, error) {
	if s.Remark == "" {
		return core.Unit{}, core.Invalidf("required", "Remark", "a note needs a text", "备注不能为空")
	}
	t, err := r.Type(&old)
	if err != nil {
		return core.Unit{}, fmt.Errorf("note on %s: %w", old.No, err)
	}
	return r.change(&old, old.Clone(), t, s.event(core.EventNote))
}

// rank of an urgency: the lower, the more pressing.
func rank(u core.Urgency) int { return slices.Index(core.Urgencies(), u) }

// SentDistrict is the custom field that keeps a district as its source wrote it when no
// crew knows it by that code.
const SentDistrict = "district_sent"

// district puts a code that nobody here knows aside: no crew serves it, so it would keep
// the order from everybody. The place itself, or the GIS, says where it is.
func (r *Rules) district(o *core.WorkOrder) {
	if len(r.Districts) == 0 || o.Place.District == "" || r.Districts[o.Place.District] {
		return
	}
	extra := map[string]string{}
	maps.Copy(extra, o.Extra)
	extra[SentDistrict] = o.Place.District
	o.Extra, o.Place.District = extra, ""
}
