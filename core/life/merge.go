package life

import (
	"fmt"
	"slices"
	"strings"

	"tundish/core"
)

// MaxAbsorbed bounds the duplicates of one order.
const MaxAbsorbed = 50

// Merge makes dup share the visit of lead 合并重复单: it waits for no crew of its own, and when
// lead's visit is over it goes on with its result, so that its own source gets its own answer.
func (r *Rules) Merge(dup, lead core.WorkOrder, s Step) (core.Unit, error) {
	if !r.may(s.Actor, core.ActMerge, &lead, nil) { // nor is he told how it stands
		return core.Unit{}, UnknownLead(lead.No)
	}
	switch {
	case dup.No == lead.No:
		return core.Unit{}, core.Invalidf("invalid_value", "into", "an order is no duplicate of itself", "工单不能与自身合并")
	case dup.Phase.Ended() || dup.Begun():
		return core.Unit{}, r.conflict(&dup, s, "work_begun", "it can be merged before a crew has it", "只有派单前可以合并")
	case dup.Merged != nil && dup.Merged.SharedAt.IsZero():
		return core.Unit{}, r.merged(&dup, s)
	case len(dup.Absorbed) > 0:
		return core.Unit{}, r.conflict(&dup, s, "has_duplicates", "others are merged into it; merge the other way round", "该工单已有合并单，请反向合并")
	case ended(&lead) || lead.Begun() && lead.Phase != core.Field:
		return core.Unit{}, r.conflict(&lead, s, "work_done", "its visit is over", "主单作业已完成")
	case lead.Merged != nil && lead.Merged.SharedAt.IsZero():
		return core.Unit{}, r.merged(&lead, s)
	case len(lead.Absorbed) >= MaxAbsorbed:
		return core.Unit{}, r.conflict(&lead, s, "too_many", fmt.Sprintf("it has %d duplicates already", MaxAbsorbed), fmt.Sprintf("合并单已达 %d 张", MaxAbsorbed))
	case dup.Family != lead.Family:
		return core.Unit{}, core.Fail(core.Conflict, "other_family", "into", fmt.Sprintf("%s is %s work and %s is %s work: one visit cannot settle both", dup.No, dup.Family, lead.No, lead.Family),
			fmt.Sprintf("工单 %s（%s）与 %s（%s）作业类别不同，不能合并", dup.No, dup.Family, lead.No, lead.Family))
	}
	x, err := r.side(&dup, s, core.ActMerge, core.EventMerged)
	if err != nil {
		return core.Unit{}, err
	}
	stop, err := x.toWork()
	if err != nil {
		return core.Unit{}, err
	}
	if stop != nil {
		return core.Unit{}, r.conflict(&dup, s, "not_approved", fmt.Sprintf("it must pass %s first, which another order's visit does not settle", stop.ID), fmt.Sprintf("须先通过“%s”，其他工单的作业不能代替", stop.Name.ZH))
	}
	y, err := r.side(&lead, s, core.ActMerge, core.EventMerged)
	if err != nil {
		return core.Unit{}, err
	}
	x.next.Merged = &core.Merged{Into: lead.No, By: s.By, At: s.Now.UTC()}
	y.next.Absorbed = append(y.next.Absorbed, dup.No)
	if rank(dup.Urgency) < rank(lead.Urgency) {
		y.next.Urgency = dup.Urgency
	}
	x.ev.Remark, y.ev.Remark = about(s, lead.No), about(s, dup.No)
	return both(x, y)
}

// UnknownLead refuses to merge into an order that there is not, or that is not the actor's: which of the two is not his
// to know.
func UnknownLead(no core.OrderNo) error {
	return core.Invalidf("unknown_order", "into", "there is no order %q that you may merge into", "没有您可并入的工单 %q", no)
}

// Unmerge undoes a merge whose visit is not over yet. A nil lead, one that cannot be read any
// more, is left alone.
func (r *Rules) Unmerge(dup core.WorkOrder, lead *core.WorkOrder, s Step) (core.Unit, error) {
	if dup.Merged == nil || !dup.Merged.SharedAt.IsZero() {
		return core.Unit{}, r.conflict(&dup, s, "not_merged", "it is not merged into another order that is under way", "工单未处于合并状态")
	}
	x, err := r.side(&dup, s, core.ActUnmerge, core.EventUnmerged)
	if err != nil {
		return core.Unit{}, err
	}
	x.ev.Remark = about(s, dup.Merged.Into)
	x.next.Merged = nil
	if lead == nil || !slices.Contains(lead.Absorbed, dup.No) {
		return x.change()
	}
	y, err := r.begin(lead, s, core.EventUnmerged)
	if err != nil {
		return core.Unit{}, err
	}
	y.ev.Remark = about(s, dup.No)
	y.next.Absorbed = without(y.next.Absorbed, dup.No)
	return both(x, y)
}

func without(list []core.OrderNo, no core.OrderNo) []core.OrderNo {
	list = slices.DeleteFunc(slices.Clone(list), func(n core.OrderNo) bool { return n == no })
	if len(list) == 0 {
		return nil
	}
	return list
}

func about(s Step, no core.OrderNo) string {
	if s.Remark == "" {
		return string(no)
	}
	return string(no) + ": " + s.Remark
}

// both makes one unit of two decisions.
func both(x, y *turn) (core.Unit, error) {
	u, err := x.change()
	if err != nil {
		return core.Unit{}, err
	}
	v, err := y.change()
	if err != nil {
		return core.Unit{}, err
	}
	u.Orders, u.CrewDays = append(u.Orders, v.Orders...), append(u.CrewDays, v.CrewDays...)
	return u, nil
}

func (r *Rules) merged(o *core.WorkOrder, s Step) error {
	return r.conflict(o, s, "merged", fmt.Sprintf("it shares the visit of order %s and is settled with it; undo the merge first", o.Merged.Into), fmt.Sprintf("已并入工单 %s，随其办结；如需单独处理请先取消合并", o.Merged.Into))
}

// Waiting tells whether the order shares another's visit that is not over: nothing is given to
// a crew then.
func Waiting(o *core.WorkOrder) bool { return o.Merged != nil && o.Merged.SharedAt.IsZero() }

// Spread adds to the unit of a decision on lead what it means for its duplicates: a visit that
// is over settles them too, an end without one sets them free. dups are lead.Absorbed as they are
// now.
func (r *Rules) Spread(u core.Unit, lead core.WorkOrder, dups []core.WorkOrder, s Step) (core.Unit, error) {
	i := slices.IndexFunc(u.Orders, func(c core.OrderChange) bool { return c.Order.No == lead.No })
	if i < 0 || len(dups) == 0 {
		return u, nil
	}
	next := &u.Orders[i].Order
	settled := len(next.Completions) > len(lead.Completions) && next.LastCompletion().NextAppointment == nil
	if !settled && !next.Phase.Ended() {
		return u, nil
	}
	s.SourceMessageID, s.Actor = "", Hub(s.By)
	for _, dup := range dups {
		if dup.Merged == nil || dup.Merged.Into != lead.No || !dup.Merged.SharedAt.IsZero() || dup.Phase.Ended() {
			continue
		}
		x, err := r.begin(&dup, s, core.EventUnmerged)
		if err != nil {
			return core.Unit{}, err
		}
		x.ev.Remark = string(lead.No)
		stop, err := x.toWork()
		if err == nil && settled && stop == nil {
			x.ev.Kind = core.EventShared
			err = x.share(next)
		} else {
			x.next.Merged = nil // no visit, or it must be approved anew: it goes its own way
		}
		if err != nil {
			return core.Unit{}, err
		}
		v, err := x.change()
		if err != nil {
			return core.Unit{}, err
		}
		u.Orders, u.CrewDays = append(u.Orders, v.Orders...), append(u.CrewDays, v.CrewDays...)
	}
	return u, nil
}

// share takes over the result of the visit that the order shared. A result that is found wrong
// goes back to the crew that was there.
func (x *turn) share(lead *core.WorkOrder) error {
	c := lead.LastCompletion().Clone()
	c.SharedWith, c.Review = lead.No, nil
	if a := lead.Assignment; a != nil {
		own := *a
		own.State = core.FieldCompleted
		x.next.Assignment = &own
	}
	x.next.Merged.SharedAt = x.s.Now.UTC()
	works := x.works()
	if len(works) == 0 {
		return x.r.conflict(&x.next, x.s, "no_work", "no work is to come that could be shared", "后续没有可共享的处理步骤")
	}
	if err := x.found(works[0], lead); err != nil {
		return err
	}
	return x.goOn(works[0], c)
}

// found takes over what the crew found at the visit beside its result, as far as the form of the work asks for it: what
// follows may depend on it. What is another customer's, another place's or another meter's stays there.
func (x *turn) found(work *core.Step, lead *core.WorkOrder) error {
	fields := slices.Clone(work.Form)
	for i := range work.Exits {
		fields = append(fields, work.Exits[i].Form...)
	}
	for i := range work.Tasks {
		fields = append(fields, work.Tasks[i].Form...)
	}
	for _, f := range fields {
		name, _, _ := strings.Cut(f.Path, ".")
		switch name {
		case "extra", "report":
		case "meter":
			if lead.Meter.Serial != x.next.Meter.Serial {
				continue
			}
		default:
			continue
		}
		v, err := value(lead, f.Path)
		if err != nil {
			return err
		}
		if v != nil {
			if err := x.set(f.Path, v); err != nil {
				return err
			}
		}
	}
	return nil
}
