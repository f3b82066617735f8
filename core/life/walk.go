package life

import (
	"fmt"
	"slices"

	"tundish/core"
)

// act takes an action's exit out of the step where the order stands, or out of one that is
// owed, if the actor may. What the exit's form asks for must be in the order by now.
func (x *turn) act(st *core.Step, action core.Action) error {
	exit, err := x.exit(st, action)
	if err != nil {
		return err
	}
	if err := x.permit(action, st, exit); err != nil {
		return err
	}
	return x.through(st, exit)
}

// through goes by an exit out of the step where the order stands, with its effects.
func (x *turn) through(st *core.Step, exit *core.Exit) error {
	if err := x.leave(st, exit); err != nil {
		return err
	}
	if err := x.effects(exit.Effects); err != nil {
		return err
	}
	return x.enter(exit.To)
}

// permit refuses who may not take the exit.
func (x *turn) permit(action core.Action, st *core.Step, exit *core.Exit) error {
	roles := st.Roles
	if exit != nil && len(exit.Roles) > 0 {
		roles = exit.Roles
	}
	if x.r.mayAt(st.Kind, x.s.Actor, action, &x.next, roles) {
		return nil
	}
	return x.r.denied(&x.next, x.s, action, roles)
}

// leave refuses to leave the step by an exit while something speaks against it.
func (x *turn) leave(st *core.Step, exit *core.Exit) error {
	o := &x.next
	if exit.Reason && x.s.Remark == "" {
		return needsReason(exit.Action)
	}
	if back(exit.Action) {
		return nil
	}
	if o.Merged != nil && o.Merged.SharedAt.IsZero() {
		return x.r.merged(o, x.s)
	}
	if o.Hold != nil && o.Phase != core.Field { // what a crew did on site is done
		return x.r.conflict(o, x.s, "on_hold", "resume it first", "工单已挂起，请先恢复")
	}
	for _, tok := range o.Tokens {
		if tok.Task != "" && tok.Step == st.ID {
			return x.r.conflict(o, x.s, "tasks_open", fmt.Sprintf("sub-task %s is open", tok.Task), fmt.Sprintf("子任务 %s 尚未完成", tok.Task))
		}
	}
	return x.ask(exit.Form, st.Form)
}

// back tells that an action sends the order back: it waits for no sub-task and no hold.
func back(a core.Action) bool {
	return a == core.ActReturn || a == core.ActReject || a == core.ActGiveBack
}

// exit finds the exit that an action takes now.
func (x *turn) exit(st *core.Step, action core.Action) (*core.Exit, error) {
	for _, e := range st.ExitsOf(action) {
		ok, err := x.holds(e.When)
		if err != nil {
			return nil, err
		}
		if ok {
			return e, nil
		}
	}
	if action == "" {
		return nil, core.Fail(core.Internal, "no_exit", "", fmt.Sprintf("no way leads on from step %s of order %s", st.ID, x.next.No), "流程无出口")
	}
	return nil, x.r.conflict(&x.next, x.s, "not_possible", fmt.Sprintf("%s is not possible at step %s", action, st.ID), fmt.Sprintf("步骤“%s”不能执行“%s”", st.Name.ZH, actionZH(action)))
}

// holds asks a guard; none always holds.
func (x *turn) holds(c core.Condition) (bool, error) {
	if c == nil {
		return true, nil
	}
	ok, err := c.Holds(&x.next, x.s.Now)
	if err != nil {
		return false, core.Fail(core.Conflict, "condition", "", fmt.Sprintf("order %s: the condition %s of its process cannot be answered: %v", x.next.No, c, err), fmt.Sprintf("工单 %s：流程条件 %s 无法判断：%v", x.next.No, c, err))
	}
	return ok, nil
}

// enter walks from a step to the first where somebody is waited for, or the order ends.
func (x *turn) enter(id string) error {
	for range 2*len(x.p.Steps) + 2 {
		st := x.p.Step(id)
		if st == nil {
			return core.Fail(core.Internal, "no_step", "", fmt.Sprintf("the process of order %s has no step %q", x.next.No, id), fmt.Sprintf("流程没有步骤 %q", id))
		}
		next, stay, err := x.pass(st)
		if err != nil {
			return err
		}
		if stay {
			return x.stay(st)
		}
		id = next
	}
	return core.Fail(core.Internal, "no_end", "", fmt.Sprintf("order %s goes round in circles at step %s", x.next.No, id), "流程自动步骤形成循环")
}

// pass tells whether the order stays at a step, and where it goes if not.
func (x *turn) pass(st *core.Step) (next string, stay bool, err error) {
	if st.When != nil {
		if ok, err := x.holds(st.When); err != nil || !ok {
			return st.Skip, false, err
		}
	}
	if st.Kind == core.StepAcceptance && x.next.Ref.System == House && x.next.Channel == ByCrew && x.old == nil {
		x.owe(st) // who found the work is doing it already
		return x.exitOf(st, core.ActAccept)
	}
	if st.After != nil {
		if ok, err := x.holds(st.After); err != nil {
			return "", false, err
		} else if ok {
			x.owe(st)
			return st.Skip, false, nil
		}
	}
	switch st.Kind {
	case core.StepRelease:
		if err := x.release(); err != nil {
			return "", false, err
		}
	case core.StepChoice:
	case core.StepField:
		if x.next.Assignment == nil { // a result that was shared, or answered without a visit, has no crew to go back to
			if d := x.before(st, core.StepDispatch); d != "" {
				return d, false, nil
			}
		}
		return "", true, nil
	default:
		return "", true, nil
	}
	if err := x.effects(st.Effects); err != nil {
		return "", false, err
	}
	exit, err := x.exit(st, "")
	if err != nil {
		return "", false, err
	}
	return exit.To, false, x.effects(exit.Effects)
}

// exitOf is where an action leads from a step that the order passes.
func (x *turn) exitOf(st *core.Step, action core.Action) (next string, stay bool, err error) {
	exit, err := x.exit(st, action)
	if err != nil {
		return "", false, err
	}
	return exit.To, false, nil
}

// before is the nearest step of a kind in front of another, "" if there is none.
func (x *turn) before(st *core.Step, k core.StepKind) string {
	found := ""
	for i := range x.p.Steps {
		s := &x.p.Steps[i]
		if s.ID == st.ID {
			break
		}
		if s.Kind == k {
			found = s.ID
		}
	}
	return found
}

// owe notes a step that the order passes now and that somebody answers for later.
func (x *turn) owe(st *core.Step) {
	if slices.ContainsFunc(x.next.Tokens, func(t core.Token) bool { return t.Duty && t.Step == st.ID }) {
		return
	}
	x.next.Tokens = append(x.next.Tokens, core.Token{Step: st.ID, Duty: true, Since: x.s.Now.UTC()})
}

// stay puts the order at a step: its sub-tasks begin, those of the step before are over.
func (x *turn) stay(st *core.Step) error {
	o := &x.next
	now := x.s.Now.UTC()
	if x.lost(st) {
		return x.r.conflict(o, x.s, "work_done", "the work is done; its result belongs to the source", "工作已完成，结果须回写来源系统")
	}
	tokens := []core.Token{{Step: st.ID, Since: now}}
	for i := range st.Tasks {
		task := &st.Tasks[i]
		ok, err := x.holds(task.When)
		if err != nil {
			return err
		}
		if ok {
			tokens = append(tokens, core.Token{Step: st.ID, Task: task.ID, Since: now})
		}
	}
	for _, tok := range o.Tokens {
		if tok.Duty && tok.Step != st.ID && (!st.Kind.Ends() || st.Kind == core.StepClosed) {
			tokens = append(tokens, tok)
		}
	}
	o.Tokens, o.Process, o.Phase = tokens, x.p.Version, st.Phase
	if o.Phase != core.Field {
		x.endAssistance()
	}
	switch {
	case st.Kind.Ends():
		o.ClosedAt, o.Hold, o.HoldRequest = now, nil, nil
		if st.Kind == core.StepReturned {
			x.tell(o.Ref.System, core.TellReturned, x.s.Remark)
		}
	case st.Kind == core.StepAcceptance:
		o.Reviewed = false
	case st.Kind == core.StepDispatch, st.Kind == core.StepDesk:
		o.Assignment = nil
	case st.Kind == core.StepField && o.Assignment != nil && o.Assignment.State == core.FieldCompleted:
		o.Assignment.State = core.FieldAccepted // its own result came back
	}
	return x.effects(st.Effects)
}

// lost tells that an end would keep a result that stands from the source.
func (x *turn) lost(st *core.Step) bool {
	return (st.Kind == core.StepReturned || st.Kind == core.StepCancelled) && x.old != nil && x.old.Settled()
}

// settle closes a duty: what it was owed for went on long ago.
func (x *turn) settle(st *core.Step) {
	x.next.Tokens = slices.DeleteFunc(x.next.Tokens, func(t core.Token) bool { return t.Duty && t.Step == st.ID })
}

// release hands the result to the source: the messages are owed in the unit of the decision
// that reaches the release.
func (x *turn) release() error {
	o := &x.next
	c := o.LastCompletion()
	if c == nil {
		return x.r.conflict(o, x.s, "no_result", "there is no result that its source could be given", "没有可回写的结果")
	}
	if x.ev.Kind == core.EventReviewed {
		x.ev.Kind = core.EventReleased
	}
	x.tell(o.Ref.System, core.TellResult, "")
	if c.Point != nil && atMeter(o.Family) && o.Place.ServicePoint != "" {
		x.tell(x.r.PointsTo, core.TellPoint, "")
	}
	if c.OldMeterFate == "scrapped" {
		x.tell(x.r.ScrapTo, core.TellScrapped, "")
	}
	return nil
}

// atMeter tells that work of the family is done where the meter is, so that a
// coordinate captured there is that of its service point. A burst may be anywhere.
func atMeter(f core.Family) bool {
	return f == core.Replacement || f == core.Installation || f == core.Recheck
}
