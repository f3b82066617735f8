package life

import (
	"fmt"

	"tundish/core"
)

// Transfer 转站 hands the order to a depot: from the centre, or from another depot that has
// it. Until a crew is on site it may be handed on; a crew that has it loses it. The depot takes it, by
// saying so or by giving it to a crew, or refuses.
func (r *Rules) Transfer(old core.WorkOrder, depot string, s Step) (core.Unit, error) {
	onSite := old.Phase == core.Field && old.Assignment != nil && old.Assignment.State == core.FieldOnSite
	switch {
	case ended(&old) || onSite || old.Begun() && old.Phase != core.Field:
		return core.Unit{}, r.conflict(&old, s, "work_begun", "it can be transferred until a crew is on site", "班组到场前方可转站")
	case depot == "":
		return core.Unit{}, core.Invalidf("required", "depot", "a transfer names the depot", "转站必须填写目标站点")
	case core.UTF16Len(depot) > core.MaxCode:
		return core.Unit{}, core.Invalidf("too_long", "depot", "at most %d characters are allowed", "最多 %d 个字符", core.MaxCode)
	case depot == old.Place.Depot:
		return core.Unit{}, r.conflict(&old, s, "already", fmt.Sprintf("it is at depot %s already", depot), fmt.Sprintf("工单已在站点 %s", depot))
	case old.Place.Depot != "" && s.Remark == "":
		return core.Unit{}, needsReason(core.ActTransfer)
	}
	x, err := r.side(&old, s, core.ActTransfer, core.EventTransferred)
	if err != nil {
		return core.Unit{}, err
	}
	x.transfer(depot)
	if err := x.dispatchAnew(); err != nil {
		return core.Unit{}, err
	}
	return x.change()
}

func (x *turn) transfer(depot string) {
	o := &x.next
	from := ""
	if x.old != nil {
		from = x.old.Place.Depot
	}
	o.Transfer = &core.Transfer{From: from, To: depot, Reason: x.s.Remark, By: x.s.By, At: x.s.Now.UTC(), State: core.TransferOffered}
	o.Place.Depot = depot
}

// dispatchAnew lets the stay at the dispatch begin again, with its clock; an order with a crew
// comes back to it. Before the dispatch the order stays where it is.
func (x *turn) dispatchAnew() error {
	st := x.main()
	switch {
	case x.next.Phase == core.Field:
		x.next.Assignment = nil
		if d := x.before(st, core.StepDispatch); d != "" {
			return x.enter(d)
		}
	case st.Kind == core.StepDispatch:
		x.next.Tokens[0].Since = x.s.Now.UTC()
	}
	return nil
}

// AnswerTransfer takes what was transferred, or refuses it with a reason: then it is where it
// was before.
func (r *Rules) AnswerTransfer(old core.WorkOrder, taken bool, s Step) (core.Unit, error) {
	if t := old.Transfer; t == nil || t.State != core.TransferOffered || ended(&old) || old.Begun() {
		return core.Unit{}, r.conflict(&old, s, "no_transfer", "no transfer waits for an answer", "没有待接收的转站")
	}
	if !taken && s.Remark == "" {
		return core.Unit{}, needsReason(core.ActAnswerTransfer)
	}
	x, err := r.side(&old, s, core.ActAnswerTransfer, core.EventTransferAnswered)
	if err != nil {
		return core.Unit{}, err
	}
	t := x.next.Transfer
	t.State, t.AnsweredBy, t.AnsweredAt, t.Remark = core.TransferTaken, s.By, s.Now.UTC(), s.Remark
	if !taken {
		t.State = core.TransferRefused
		x.next.Place.Depot = t.From
		if err := x.dispatchAnew(); err != nil {
			return core.Unit{}, err
		}
	}
	return x.change()
}
