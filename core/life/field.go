package life

import (
	"fmt"

	"tundish/core"
)

// Assign gives the order to a crew. seen is the crew-day the choice was made on;
// the unit is stale when somebody else has loaded it in the meantime.
func (r *Rules) Assign(old core.WorkOrder, a core.Assignment, seen core.CrewDay, s Step) (core.Unit, error) {
	kind := core.EventAssigned
	switch {
	case old.Phase == core.Dispatching:
	case old.Phase == core.Field && old.Assignment != nil && old.Assignment.State != core.FieldOnSite:
		kind = core.EventReassigned // 转派
	case old.Phase == core.Acceptance || old.Phase == core.Received:
		return core.Unit{}, conflict(&old, "not_reviewed", "review it before it is dispatched", "请先完成接单审核")
	default:
		return core.Unit{}, conflict(&old, "not_dispatchable", "it can be given to a crew only while it waits for one, or before the crew is on site", "当前状态不能派单")
	}
	if old.Hold != nil {
		return core.Unit{}, conflict(&old, "on_hold", "resume it first", "工单已挂起，请先恢复")
	}
	t, err := r.Type(&old)
	if err != nil {
		return core.Unit{}, err
	}
	next := old.Clone()
	next.Phase = core.Field
	a.State = core.FieldAssigned
	a.AssignedAt = s.Now.UTC()
	if a.Minutes == 0 {
		a.Minutes = t.Minutes
	}
	next.Assignment, next.Unassigned = &a, nil
	u, err := r.change(&old, next, t, s.event(kind))
	if err != nil {
		return core.Unit{}, err
	}
	give := load(&a, old.Urgency, +1)
	give.Guarded, give.Expected = true, seen.Version
	if Loads(&old) {
		take := load(old.Assignment, old.Urgency, -1)
		if take.CrewID == give.CrewID && take.Day == give.Day {
			return u, nil // the same crew and day: nothing moves
		}
		u.CrewDays = append(u.CrewDays, take)
	}
	u.CrewDays = append(u.CrewDays, give)
	return u, nil
}

// NotAssigned keeps on the timeline why no crew could take the order. It says so
// once per reason, not once per attempt.
func (r *Rules) NotAssigned(old core.WorkOrder, why core.Reason, s Step) (core.Unit, error) {
	t, err := r.Type(&old)
	if err != nil {
		return core.Unit{}, err
	}
	if old.Phase != core.Dispatching {
		return core.Unit{}, conflict(&old, "not_dispatchable", "it does not wait for a crew", "工单不在待派状态")
	}
	next := old.Clone()
	next.Unassigned = &why
	s.Remark = why.Text
	return r.change(&old, next, t, s.event(core.EventUnplannable))
}

// Unassign takes the order back from its crew before it is on site.
func (r *Rules) Unassign(old core.WorkOrder, s Step) (core.Unit, error) {
	if !Loads(&old) || old.Assignment.State == core.FieldOnSite {
		return core.Unit{}, conflict(&old, "not_with_crew", "no crew has it that could give it back", "没有可撤回的派单")
	}
	t, err := r.Type(&old)
	if err != nil {
		return core.Unit{}, err
	}
	next := old.Clone()
	next.Phase = core.Dispatching
	next.Assignment = nil
	u, err := r.change(&old, next, t, s.event(core.EventUnassigned))
	u.CrewDays = []core.CrewDayChange{load(old.Assignment, old.Urgency, -1)}
	return u, err
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
	if err := mine(&old, crew); err != nil {
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
		return core.Unit{}, conflict(&old, "already", fmt.Sprintf("the crew has it as %s already", old.Assignment.State), "该状态已记录")
	}
	t, err := r.Type(&old)
	if err != nil {
		return core.Unit{}, err
	}
	next := old.Clone()
	a := next.Assignment
	a.State = to
	now := s.Now.UTC()
	switch to {
	case core.FieldAccepted:
		a.AcceptedAt = now
	case core.FieldTravel:
		a.TravelAt = now
	case core.FieldOnSite:
		a.ArrivedAt = now
	}
	if a.AcceptedAt.IsZero() {
		a.AcceptedAt = now
	}
	return r.change(&old, next, t, s.event(fieldSteps[target].kind))
}

// mine refuses whoever is not the crew that has the order. An empty crew is the
// control room, keying in what came on paper.
func mine(o *core.WorkOrder, crew string) error {
	if o.Phase != core.Field || o.Assignment == nil {
		return conflict(o, "not_with_crew", "no crew is working on it", "工单不在现场处理中")
	}
	if crew != "" && crew != o.Assignment.CrewID {
		return core.Fail(core.Denied, "not_yours", "Crew", fmt.Sprintf("order %s belongs to crew %s", o.No, o.Assignment.CrewID), fmt.Sprintf("工单 %s 属于班组 %s", o.No, o.Assignment.CrewID))
	}
	return nil
}
