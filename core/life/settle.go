package life

import (
	"tundish/core"
)

// Codes of why work is not done at all.
const (
	ReasonNotNeeded  = "not_needed"
	ReasonHandedOver = "transferred"
)

// NotNeeded 无需处理 ends the work before a crew did it: its source hears why, as of any work
// that could not be done.
func (r *Rules) NotNeeded(old core.WorkOrder, s Step) (core.Unit, error) {
	return r.settleWithout(&old, core.ActNotNeeded, core.Completion{Reason: ReasonNotNeeded}, s)
}

// HandOver 转外处理 ends the work because another body takes it over.
func (r *Rules) HandOver(old core.WorkOrder, to string, s Step) (core.Unit, error) {
	if to == "" {
		return core.Unit{}, core.Invalidf("required", "to", "say who takes it over", "转外处理必须填写接收单位")
	}
	if n := core.UTF16Len(to); n > core.MaxExternal {
		return core.Unit{}, core.Invalidf("too_long", "to", "%d characters; at most %d are allowed", "共 %d 个字符，最多 %d 个", n, core.MaxExternal)
	}
	return r.settleWithout(&old, core.ActHandOver, core.Completion{Reason: ReasonHandedOver, HandedTo: to}, s)
}

// settleWithout ends the work without a visit: the order goes on as from the field.
func (r *Rules) settleWithout(old *core.WorkOrder, action core.Action, c core.Completion, s Step) (core.Unit, error) {
	switch {
	case s.Remark == "":
		return core.Unit{}, needsReason(action)
	case ended(old), old.Begun() && old.Phase != core.Field:
		return core.Unit{}, r.conflict(old, s, "work_done", "the work is done", "工作已完成")
	case old.Merged != nil && old.Merged.SharedAt.IsZero():
		return core.Unit{}, r.merged(old, s)
	}
	x, err := r.side(old, s, action, core.EventCompleted)
	if err != nil {
		return core.Unit{}, err
	}
	c.Outcome, c.Work, c.FinishedAt = core.CouldNotBeDone, s.Remark, s.Now.UTC()
	if a := x.next.Assignment; a != nil {
		a.State, c.CrewID = core.FieldCompleted, a.CrewID
	}
	works := x.works()
	if len(works) == 0 {
		return core.Unit{}, r.conflict(old, s, "no_work", "no work is to come that could be left out", "后续没有可免除的处理步骤")
	}
	if err := x.goOn(works[len(works)-1], c); err != nil { // no visit is made, however many were to come
		return core.Unit{}, err
	}
	return x.change()
}

// works are the steps of the process where work is done, from where the order stands on to the release; of an order
// that stands behind them all, every one.
func (x *turn) works() (ahead []*core.Step) {
	here := false
	var all []*core.Step
	for i := range x.p.Steps {
		st := &x.p.Steps[i]
		here = here || st.ID == x.main().ID
		switch {
		case st.Kind == core.StepField || st.Kind == core.StepDesk:
			if all = append(all, st); here {
				ahead = append(ahead, st)
			}
		case st.Kind == core.StepRelease && len(ahead) > 0:
			return ahead
		}
	}
	if len(ahead) == 0 {
		return all
	}
	return ahead
}

// goOn lets the order continue behind field work, or a desk, with a result from elsewhere.
func (x *turn) goOn(work *core.Step, c core.Completion) error {
	x.next.Completions = append(x.next.Completions, c)
	x.next.Hold, x.next.HoldRequest = nil, nil
	action := core.ActAnswer
	switch {
	case work.Kind == core.StepField && c.Outcome == core.Done:
		action = core.ActDone
	case work.Kind == core.StepField:
		action = core.ActCouldNot
	}
	exit, err := x.exit(work, action)
	if err != nil {
		return err
	}
	if err := x.effects(exit.Effects); err != nil {
		return err
	}
	return x.enter(exit.To)
}
