package life

import (
	"fmt"
	"slices"
	"time"

	"tundish/core"
)

// Assign gives the order to a crew. seen is the crew-day the choice was made on;
// the unit is stale when somebody else has loaded it in the meantime.
func (r *Rules) Assign(old core.WorkOrder, a core.Assignment, seen core.CrewDay, s Step) (core.Unit, error) {
	x, err := r.begin(&old, s, core.EventAssigned)
	if err != nil {
		return core.Unit{}, err
	}
	if err := x.assign(a, seen); err != nil {
		return core.Unit{}, err
	}
	return x.change()
}

// WaitsForCrew tells whether the order waits for a crew and for nothing else: it stands at a dispatch with no sub-task
// open, is not held and shares nobody's visit.
func (r *Rules) WaitsForCrew(o *core.WorkOrder) (bool, error) {
	if o.Phase != core.Dispatching || o.Hold != nil || Waiting(o) {
		return false, nil
	}
	main := o.Main()
	if main == nil {
		return true, nil // from before there were steps
	}
	t, err := r.version(o)
	if err != nil {
		return false, err
	}
	st := r.process(t).Step(main.Step)
	return st != nil && st.Kind == core.StepDispatch && !slices.ContainsFunc(o.Tokens, func(k core.Token) bool { return k.Task != "" && k.Step == main.Step }), nil
}

// assign takes the dispatch's exit, or changes the crew where the order has one already 转派.
func (x *turn) assign(a core.Assignment, seen core.CrewDay) error {
	o, s := &x.next, x.s
	again := o.Phase == core.Field && o.Assignment != nil && o.Assignment.State != core.FieldOnSite
	switch {
	case x.at(core.StepDispatch), again, o.Phase == core.Field && o.Assignment == nil:
	case o.Phase == core.Acceptance || o.Phase == core.Received:
		return x.r.conflict(o, s, "not_reviewed", "review it before it is dispatched", "请先完成接单审核")
	default:
		return x.r.conflict(o, s, "not_dispatchable", "it can be given to a crew only while it waits for one, or before the crew is on site", "当前状态不能派单")
	}
	switch {
	case o.Hold != nil:
		return x.r.conflict(o, s, "on_hold", "resume it first", "工单已挂起，请先恢复")
	case Waiting(o):
		return x.r.merged(o, s)
	}
	a.State = core.FieldAssigned
	a.AssignedAt = s.Now.UTC()
	if a.Minutes == 0 {
		a.Minutes = x.t.Minutes
	}
	seen.CrewID = a.CrewID
	x.guard = &seen
	if tr := o.Transfer; tr != nil && tr.State == core.TransferOffered { // who gives it to a crew has taken it
		tr.State, tr.AnsweredBy, tr.AnsweredAt = core.TransferTaken, s.By, s.Now.UTC()
	}
	x.ev.Kind = core.EventAssigned
	if x.at(core.StepDispatch) {
		o.Assignment, o.Unassigned = &a, nil
		return x.act(x.main(), core.ActAssign)
	}
	if roles := x.dispatchers(); !x.r.may(s.Actor, core.ActReassign, o, roles) {
		return x.r.denied(o, s, core.ActReassign, roles)
	}
	if again {
		x.ev.Kind = core.EventReassigned
	}
	o.Assignment, o.Unassigned = &a, nil
	return nil
}

// dispatchers are the roles that the dispatch in front of the field names.
func (x *turn) dispatchers() []string {
	if st := x.p.Step(x.before(x.main(), core.StepDispatch)); st != nil {
		return st.Roles
	}
	return nil
}

// Plan gives scheduled work its day, or takes it away (nil) and keeps why. The order goes on waiting: it may be
// amended and cancelled as before.
func (r *Rules) Plan(old core.WorkOrder, p *core.PlannedDay, why core.Reason, s Step) (core.Unit, error) {
	s.Remark = why.Text
	if p != nil {
		s.Remark = p.Reason.Text
	}
	x, err := r.side(&old, s, core.ActAssign, core.EventPlanned)
	if err != nil {
		return core.Unit{}, err
	}
	if !x.at(core.StepDispatch) {
		return core.Unit{}, r.conflict(&old, s, "not_dispatchable", "it does not wait for a crew", "工单不在待派状态")
	}
	x.next.Planned = p
	if p == nil {
		x.next.Unassigned = &why
	} else {
		x.next.Unassigned = nil
	}
	return x.change()
}

// NotAssigned keeps on the timeline why no crew could take the order. It says so
// once per reason, not once per attempt.
func (r *Rules) NotAssigned(old core.WorkOrder, why core.Reason, s Step) (core.Unit, error) {
	s.Remark = why.Text
	x, err := r.side(&old, s, core.ActAssign, core.EventUnplannable)
	if err != nil {
		return core.Unit{}, err
	}
	if !x.at(core.StepDispatch) {
		return core.Unit{}, r.conflict(&old, s, "not_dispatchable", "it does not wait for a crew", "工单不在待派状态")
	}
	x.next.Unassigned = &why
	return x.change()
}

// Unassign takes the order back from its crew before it is on site; or the crew gives it back,
// with a reason.
func (r *Rules) Unassign(old core.WorkOrder, s Step) (core.Unit, error) {
	x, err := r.begin(&old, s, core.EventUnassigned)
	if err != nil {
		return core.Unit{}, err
	}
	if err := x.giveBack(); err != nil {
		return core.Unit{}, err
	}
	return x.change()
}

func (x *turn) giveBack() error {
	if !Loads(&x.next) || x.next.Assignment.State == core.FieldOnSite {
		return x.r.conflict(&x.next, x.s, "not_with_crew", "no crew has it that could give it back", "没有可撤回的派单")
	}
	if x.s.Actor.Crew != "" && x.s.Remark == "" {
		return needsReason(core.ActGiveBack)
	}
	x.ev.Kind = core.EventUnassigned
	if err := x.act(x.main(), core.ActGiveBack); err != nil {
		return err
	}
	if crew := x.s.Actor.Crew; crew != "" && !slices.Contains(x.next.GaveBack, crew) {
		x.next.GaveBack = append(x.next.GaveBack, crew)
	}
	x.next.Assignment = nil
	return nil
}

func needsReason(a core.Action) error {
	return core.Invalidf("required", "Reason", "%s needs a reason", "“%[2]s”必须填写原因", a, actionZH(a))
}

var fieldSteps = []struct {
	state core.FieldState
	kind  core.EventKind
}{
	{core.FieldAccepted, core.EventCrewAccept},
	{core.FieldTravel, core.EventTravel},
	{core.FieldOnSite, core.EventArrived},
}

// Advance records that the crew accepted the order, set out, or is on site. Steps
// may be left out, never taken back.
func (r *Rules) Advance(old core.WorkOrder, crew string, to core.FieldState, s Step) (core.Unit, error) {
	if err := r.mine(&old, crew, s); err != nil {
		return core.Unit{}, err
	}
	from, target := -1, -1
	for i, st := range fieldSteps {
		if st.state == old.Assignment.State {
			from = i
		}
		if st.state == to {
			target = i
		}
	}
	if target < 0 {
		return core.Unit{}, core.Invalidf("unknown_state", "State", "state %q is not known; allowed: accepted, travel, on_site", "状态 %q 未知；可用：accepted、travel、on_site", to)
	}
	if target <= from {
		return core.Unit{}, r.conflict(&old, s, "already", fmt.Sprintf("the crew has it as %s already", old.Assignment.State), "该状态已记录")
	}
	x, err := r.side(&old, s, core.ActAdvance, fieldSteps[target].kind)
	if err != nil {
		return core.Unit{}, err
	}
	a := x.next.Assignment
	a.State = to
	now := s.Now.UTC()
	switch to {
	case core.FieldAccepted:
		a.AcceptedAt = now
	case core.FieldTravel:
		a.TravelAt = now
	case core.FieldOnSite:
		a.ArrivedAt = now
		x.next.Appointment.Kept = kept(&x.next.Appointment, now)
	}
	if a.AcceptedAt.IsZero() {
		a.AcceptedAt = now
	}
	seen(a, now)
	return x.change()
}

// kept tells whether a crew that arrives at this instant keeps the appointment; nil: there is
// none.
func kept(a *core.Appointment, at time.Time) *bool {
	if a.From.IsZero() && a.To.IsZero() {
		return nil
	}
	ok := a.To.IsZero() || !at.After(a.To)
	return &ok
}

// mine refuses whoever is not the crew that has the order. An empty crew is the
// control room, keying in what came on paper.
func (r *Rules) mine(o *core.WorkOrder, crew string, s Step) error {
	if o.Phase != core.Field || o.Assignment == nil {
		return r.conflict(o, s, "not_with_crew", "no crew is working on it", "工单不在现场处理中")
	}
	if crew != "" && crew != o.Assignment.CrewID {
		return notYours(o)
	}
	return nil
}

// Seen records that a phone of the crew has fetched the order, or, with opened, that somebody
// looked at it there. Only the first time counts.
func (r *Rules) Seen(old core.WorkOrder, crew string, opened bool, s Step) (core.Unit, error) {
	if err := r.mine(&old, crew, s); err != nil {
		return core.Unit{}, err
	}
	a := old.Assignment
	if !a.SeenAt.IsZero() || !opened && !a.DownloadedAt.IsZero() {
		return core.Unit{}, r.conflict(&old, s, "already", "that is recorded already", "该状态已记录")
	}
	kind := core.EventDownloaded
	if opened {
		kind = core.EventSeen
	}
	x, err := r.side(&old, s, core.ActSeen, kind)
	if err != nil {
		return core.Unit{}, err
	}
	now := s.Now.UTC()
	if a := x.next.Assignment; opened {
		seen(a, now)
	} else {
		a.DownloadedAt = now
	}
	return x.change()
}

// seen marks an assignment as seen; whoever saw it has it.
func seen(a *core.Assignment, now time.Time) {
	if a.SeenAt.IsZero() {
		a.SeenAt = now
	}
	if a.DownloadedAt.IsZero() {
		a.DownloadedAt = now
	}
}

// UnseenUntil is when an assignment that its crew has not seen goes back to the dispatcher;
// ok is false when it does not.
func (r *Rules) UnseenUntil(o *core.WorkOrder) (at time.Time, ok bool) {
	if r.UnseenAfter <= 0 || !Loads(o) || o.Assignment.State != core.FieldAssigned || !o.Assignment.SeenAt.IsZero() || o.Hold != nil {
		return time.Time{}, false
	}
	return o.Assignment.AssignedAt.Add(r.UnseenAfter), true
}

// TakeBackUnseen gives an order back to the dispatcher that its crew has not seen in time.
func (r *Rules) TakeBackUnseen(old core.WorkOrder, s Step) (core.Unit, error) {
	at, ok := r.UnseenUntil(&old)
	if !ok || s.Now.Before(at) {
		return core.Unit{}, r.conflict(&old, s, "not_unseen", "its crew has seen it, or has time left to", "班组已读或尚在期限内")
	}
	s.Remark = fmt.Sprintf("crew %s has not seen it within %s 班组 %[1]s 在 %[2]s 内未查看", old.Assignment.CrewID, r.UnseenAfter)
	return r.Unassign(old, s)
}
