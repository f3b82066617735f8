package life

import (
	"tundish/core"
)

// Accept is the acceptance review 接单审核. Of an order that was dispatched at once it settles
// the review that is owed.
func (r *Rules) Accept(old core.WorkOrder, s Step) (core.Unit, error) {
	x, err := r.begin(&old, s, core.EventAccepted)
	if err != nil {
		return core.Unit{}, err
	}
	duty := x.duty(core.StepAcceptance)
	switch {
	case duty == nil && old.Phase.Ended():
		return core.Unit{}, r.conflict(&old, s, "ended", "it needs no review any more", "工单已结束，无需审核")
	case duty == nil && !x.at(core.StepAcceptance):
		return core.Unit{}, r.conflict(&old, s, "already_reviewed", "it is reviewed already", "工单已审核")
	}
	if x.at(core.StepAcceptance) {
		err = x.take(x.main(), core.ActAccept)
	} else {
		x.decided(duty, "", core.ActAccept)
		err = x.answer(duty, core.ActAccept)
	}
	if err != nil {
		return core.Unit{}, err
	}
	return x.change()
}

// answer settles an owed step by an action. The order stays where it is.
func (x *turn) answer(duty *core.Step, action core.Action) error {
	exit, err := x.exit(duty, action)
	if err != nil {
		return err
	}
	if err := x.permit(action, duty, exit); err != nil {
		return err
	}
	if exit.Reason && x.s.Remark == "" {
		return needsReason(action)
	}
	if !back(action) {
		if err := x.ask(exit.Form, duty.Form); err != nil {
			return err
		}
	}
	x.settle(duty)
	return x.effects(exit.Effects)
}

// Return 退单 sends the order back to its source with a reason, before a crew has it.
func (r *Rules) Return(old core.WorkOrder, s Step) (core.Unit, error) {
	if s.Remark == "" {
		return core.Unit{}, core.Invalidf("required", "Reason", "an order is returned with a reason", "退单必须填写原因")
	}
	x, err := r.begin(&old, s, core.EventReturned)
	if err != nil {
		return core.Unit{}, err
	}
	st := x.main()
	if len(st.ExitsOf(core.ActReturn)) == 0 || old.Begun() {
		return core.Unit{}, r.conflict(&old, s, "work_begun", "it can be returned before a crew has it", "只有派单前可以退单")
	}
	if err := x.take(st, core.ActReturn); err != nil {
		return core.Unit{}, err
	}
	return x.change()
}

// Note puts a remark on the timeline.
func (r *Rules) Note(old core.WorkOrder, s Step) (core.Unit, error) {
	return r.Comment(old, core.Note{Text: s.Remark}, s)
}
