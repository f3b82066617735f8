package life

import (
	"slices"

	"tundish/core"
)

// Bounds of what people add to an order.
const (
	MaxNotes         = 200
	MaxCollaborators = 50
)

// TooLong refuses a remark of so many characters.
func TooLong(field string, n int) error {
	return core.Invalidf("too_long", field, "%d characters; at most %d are allowed", "共 %d 个字符，最多 %d 个", n, core.MaxText)
}

// Comment adds a comment or a progress note, with attachments. It is possible at any time.
func (r *Rules) Comment(old core.WorkOrder, n core.Note, s Step) (core.Unit, error) {
	if n.Text == "" && len(n.Attachments) == 0 {
		return core.Unit{}, core.Invalidf("required", "Remark", "a note needs a text", "备注不能为空")
	}
	if l := core.UTF16Len(n.Text); l > core.MaxText {
		return core.Unit{}, TooLong("Remark", l)
	}
	if len(old.Notes) >= MaxNotes {
		return core.Unit{}, core.Fail(core.Conflict, "too_many", "", "the order has as many notes as it can hold", "备注数量已达上限")
	}
	x, err := r.side(&old, s, core.ActComment, core.EventNote)
	if err != nil {
		return core.Unit{}, err
	}
	n.At, n.By = s.Now.UTC(), s.By
	x.ev.Remark = n.Text
	x.next.Notes = append(x.next.Notes, n)
	return x.change()
}

// Collaborate adds people who may read the order and comment on it, and removes others.
func (r *Rules) Collaborate(old core.WorkOrder, add, remove []string, s Step) (core.Unit, error) {
	x, err := r.side(&old, s, core.ActCollaborate, core.EventCollaborators)
	if err != nil {
		return core.Unit{}, err
	}
	list := slices.DeleteFunc(x.next.Collaborators, func(id string) bool { return slices.Contains(remove, id) })
	for _, id := range add {
		if id == "" || core.UTF16Len(id) > core.MaxCode {
			return core.Unit{}, core.Invalidf("invalid_value", "add", "%q is nobody's id", "%q 不是有效的人员标识", id)
		}
		if !slices.Contains(list, id) {
			list = append(list, id)
		}
	}
	if len(list) > MaxCollaborators {
		return core.Unit{}, core.Invalidf("too_many", "add", "at most %d people collaborate on an order", "协作人最多 %d 人", MaxCollaborators)
	}
	if slices.Equal(list, old.Collaborators) {
		return core.Unit{}, r.conflict(&old, s, "already", "nothing would change", "没有变化")
	}
	if len(list) == 0 {
		list = nil
	}
	x.next.Collaborators = list
	return x.change()
}

// Appoint keeps what was agreed with the customer: with whom, and when somebody comes.
func (r *Rules) Appoint(old core.WorkOrder, a core.Appointment, s Step) (core.Unit, error) {
	switch {
	case ended(&old) || old.Begun() && old.Phase != core.Field:
		return core.Unit{}, r.conflict(&old, s, "work_done", "no visit is to come", "已无待上门的作业")
	case a.From.IsZero():
		return core.Unit{}, core.Invalidf("required", "from", "an appointment has a time", "预约必须填写时间")
	case !a.To.IsZero() && !a.To.After(a.From):
		return core.Unit{}, core.Invalidf("invalid_value", "to", "the end must lie after the begin", "结束时间必须晚于开始时间")
	}
	x, err := r.side(&old, s, core.ActAppoint, core.EventAppointed)
	if err != nil {
		return core.Unit{}, err
	}
	a.From, a.Kept = a.From.UTC(), nil
	if !a.To.IsZero() {
		a.To = a.To.UTC()
	}
	x.next.Appointment = a
	return x.change()
}
