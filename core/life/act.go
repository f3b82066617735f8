package life

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"tundish/core"
)

// Command is what somebody wants to do to an order.
type Command struct {
	Action core.Action
	// Step where it is done; empty: where the order stands. Task is a sub-task of it.
	Step, Task string
	// Fields of the form, by their paths.
	Fields map[string]json.RawMessage
	// Expected is the version that whoever acts has seen; 0: he takes it as it is.
	Expected int64
	// Assignment of an assign or a reassign; of an assist its crew, day and minutes count. Seen is the
	// crew-day that the choice was made on.
	Assignment *core.Assignment
	Seen       core.CrewDay
	// Lead is the order that a duplicate is merged into, or was.
	Lead *core.WorkOrder
	// Attachments of a comment, photos of a completion.
	Attachments []core.Attachment
}

// Act does whatever is possible to an order now: an action of the step where it stands, of a
// sub-task or of a step that is owed, or one beside the main line. [Rules.Allowed] lists them
// with their forms.
func (r *Rules) Act(old core.WorkOrder, c Command, s Step) (core.Unit, error) {
	if c.Expected != 0 && c.Expected != old.Version {
		return core.Unit{}, r.conflict(&old, s, "stale", fmt.Sprintf("it was changed meanwhile: you saw version %d, it is at %d; look again", c.Expected, old.Version), fmt.Sprintf("工单已被他人修改（您看到的是版本 %d，现为 %d），请刷新后重试", c.Expected, old.Version))
	}
	x, err := r.begin(&old, s, core.EventActed)
	if err != nil {
		return core.Unit{}, err
	}
	if side := beside(c.Action); side != nil && len(x.main().ExitsOf(c.Action)) == 0 {
		return r.actBeside(side, old, c, s)
	}
	tok, st, err := x.find(c)
	switch {
	case err != nil:
	case tok.Task != "":
		err = x.task(st, tok, c)
	case tok.Duty:
		err = x.owedAct(st, c)
	default:
		err = x.step(st, c)
	}
	if err != nil {
		return core.Unit{}, err
	}
	return x.change()
}

// find the token that a command is about.
func (x *turn) find(c Command) (core.Token, *core.Step, error) {
	for i, tok := range x.next.Tokens {
		if c.Step == "" && c.Task == "" && i == 0 || tok.Step == c.Step && tok.Task == c.Task {
			if st := x.p.Step(tok.Step); st != nil {
				return tok, st, nil
			}
		}
	}
	return core.Token{}, nil, x.r.conflict(&x.next, x.s, "not_here", fmt.Sprintf("it does not stand at %s", strings.TrimSuffix(c.Step+"/"+c.Task, "/")), fmt.Sprintf("工单不在步骤 %s", strings.TrimSuffix(c.Step+"/"+c.Task, "/")))
}

// mayTry refuses an action that no exit of the step has, and who has no right to any of them.
func (x *turn) mayTry(st *core.Step, action core.Action) error {
	exits := st.ExitsOf(action)
	if action == "" || len(exits) == 0 {
		return x.r.conflict(&x.next, x.s, "not_possible", fmt.Sprintf("%q is not possible at step %s", action, st.ID), fmt.Sprintf("步骤“%s”不能执行“%s”", st.Name.ZH, actionZH(action)))
	}
	var err error
	for _, e := range exits {
		if err = x.permit(action, st, e); err == nil {
			return nil
		}
	}
	return err
}

// step takes an action where the order stands.
func (x *turn) step(st *core.Step, c Command) error {
	if err := x.mayTry(st, c.Action); err != nil {
		return err
	}
	switch {
	case c.Action == core.ActAssign && st.Kind == core.StepDispatch:
		if c.Assignment == nil || c.Assignment.CrewID == "" {
			return core.Invalidf("required", "crew", "say which crew gets it", "请指定班组")
		}
		if err := x.fill(st, c); err != nil {
			return err
		}
		if err := x.mayBegin(); err != nil {
			return err
		}
		return x.assign(*c.Assignment, c.Seen)
	case c.Action == core.ActGiveBack && st.Kind == core.StepField:
		return x.giveBack()
	case st.Kind == core.StepField || st.Kind == core.StepDesk && c.Action == core.ActAnswer:
		return x.fillCompletion(st, c)
	}
	if err := x.fill(st, c); err != nil {
		return err
	}
	return x.take(st, c.Action)
}

// take an action with what belongs to it: a verdict, a review, a follow-up call.
func (x *turn) take(st *core.Step, action core.Action) error {
	switch {
	case action == core.ActReturn && x.old.Begun():
		return x.r.conflict(&x.next, x.s, "work_begun", "it can be returned before a crew has it", "只有派单前可以退单")
	case action == core.ActPass || action == core.ActFail:
		return x.review(st, action == core.ActPass)
	case st.Kind == core.StepFollowUp:
		f := core.FollowUp{Reached: action != core.ActNotReached, Comment: x.s.Remark}
		if f.Reached {
			f.Satisfaction = string(action)
		}
		return x.followUp(f)
	}
	x.decided(st, "", action)
	return x.act(st, action)
}

// decided notes what an action at a step, or at a sub-task of it, decides: the verdict of an approval, or of the
// acceptance review.
func (x *turn) decided(st *core.Step, task string, action core.Action) {
	approval := st.Kind == core.StepApproval
	if approval {
		x.next.Approvals = append(x.next.Approvals, core.Verdict{Step: st.ID, Task: task, Number: st.Number, Action: action, Remark: x.s.Remark, By: x.s.By, At: x.s.Now.UTC()})
	}
	switch {
	case action == core.ActReturn:
		x.ev.Kind = core.EventReturned
	case approval && action == core.ActApprove:
		x.ev.Kind = core.EventApproved
	case approval:
		x.ev.Kind = core.EventRejected
	case action == core.ActAccept:
		x.ev.Kind = core.EventAccepted
		x.next.Reviewed = true
	}
}

// owedAct settles a step that is owed. Whatever the verdict, the order is somewhere else.
func (x *turn) owedAct(st *core.Step, c Command) error {
	if c.Action == core.ActReturn {
		return x.r.conflict(&x.next, x.s, "work_begun", "work has begun on it; it can no longer be returned from there", "已开始处理，不能在此退单")
	}
	if err := x.mayTry(st, c.Action); err != nil {
		return err
	}
	if err := x.fill(st, c); err != nil {
		return err
	}
	x.decided(st, "", c.Action)
	return x.answer(st, c.Action)
}

// task does a sub-task. At an approval it is one of several nodes that are asked side by side:
// one that rejects rejects for all.
func (x *turn) task(st *core.Step, tok core.Token, c Command) error {
	i := slices.IndexFunc(st.Tasks, func(t core.SubTask) bool { return t.ID == tok.Task })
	if i < 0 {
		return x.r.conflict(&x.next, x.s, "not_here", "it has no such sub-task any more", "该子任务已不存在")
	}
	task := &st.Tasks[i]
	node := st.Kind == core.StepApproval
	if !node && c.Action != core.ActDone || node && c.Action != core.ActApprove && c.Action != core.ActReject {
		return x.r.conflict(&x.next, x.s, "not_possible", fmt.Sprintf("%q is not possible at sub-task %s", c.Action, task.ID), fmt.Sprintf("子任务 %s 不能执行“%s”", task.ID, actionZH(c.Action)))
	}
	if roles := taskRoles(st, task); !x.r.mayAt("", x.s.Actor, c.Action, &x.next, roles) {
		return x.r.denied(&x.next, x.s, c.Action, roles)
	}
	if c.Action == core.ActReject {
		exit, err := x.exit(st, core.ActReject)
		if err != nil {
			return err
		}
		x.decided(st, task.ID, c.Action)
		return x.through(st, exit)
	}
	if err := x.fillForm(task.Form, c.Fields, false); err != nil {
		return err
	}
	if err := x.ask(task.Form, nil); err != nil {
		return err
	}
	x.next.Tokens = slices.DeleteFunc(x.next.Tokens, func(t core.Token) bool { return t.Step == st.ID && t.Task == task.ID })
	x.ev.Kind = core.EventTaskDone
	if node {
		x.decided(st, task.ID, core.ActApprove)
	}
	if x.ev.Remark == "" {
		x.ev.Remark = task.ID
	}
	return nil
}

// fill writes the fields that a command brings into the order; what the step and the action's
// exits do not ask for is refused.
func (x *turn) fill(st *core.Step, c Command) error {
	return x.fillForm(forms(st, c.Action), c.Fields, false)
}

// forms are all fields that an action may bring.
func forms(st *core.Step, action core.Action) []core.FormField {
	form := slices.Clone(st.Form)
	for _, e := range st.ExitsOf(action) {
		form = append(form, e.Form...)
	}
	return form
}

func (x *turn) fillForm(form []core.FormField, fields map[string]json.RawMessage, completion bool) error {
	var faults []*core.Error
	for _, path := range slices.Sorted(maps.Keys(fields)) {
		i := slices.IndexFunc(form, func(f core.FormField) bool { return f.Path == path })
		known, told := core.FormField{}, false
		if completion {
			known, told = toldUnasked(path)
		}
		switch {
		case path == photosPath:
			faults = append(faults, core.Invalidf("photos", short(path), "photos are sent beside the fields, as photos with their bytes", "照片请随 photos 上传，不在字段中填写"))
			continue
		case i >= 0:
			known = form[i]
		case !told:
			faults = append(faults, core.Invalidf("unknown_field", path, "the form does not ask for %q", "表单没有字段 %q", path))
			continue
		}
		f := known
		raw, e := x.r.shape(&f, fields[path])
		if e == nil {
			if err := x.set(path, raw); err != nil {
				e = core.Invalidf("wrong_type", short(path), "the value does not fit the field", "字段值类型不符")
			}
		}
		if e != nil {
			faults = append(faults, e)
		}
	}
	if err := together(faults); err != nil {
		return err
	}
	if x.old != nil && x.next.Place.Depot != x.old.Place.Depot && x.next.Place.Depot != "" {
		x.transfer(x.next.Place.Depot)
	}
	return nil
}

const photosPath = "completion.photos"

// toldUnasked finds what whoever completes may say of a result though no form asks for it. Who reviewed it, whose
// it is and which stored photos belong to it is nobody's to say.
func toldUnasked(path string) (core.FormField, bool) {
	switch path {
	case "completion.confirmed":
		return core.FormField{Path: path, Type: core.FieldBool}, true
	case "completion.finished_at":
		return core.FormField{Path: path, Type: core.FieldTime}, true
	}
	f, ok := core.KnownField(path)
	return f, ok && strings.HasPrefix(path, "completion.")
}

// shape writes a value as its field keeps it: numbers of a house's own field, decimals and
// readings as text, whole numbers and flags as themselves, however a form sent them.
func (r *Rules) shape(f *core.FormField, raw json.RawMessage) (json.RawMessage, *core.Error) {
	if len(raw) == 0 || string(raw) == "null" || string(raw) == `""` {
		if f.Type == core.FieldText || f.Type == core.FieldLong || f.Type == core.FieldDecimal || f.Type == core.FieldReading || f.Type == core.FieldChoice || f.Type == core.FieldDate || f.IsOwn() {
			return json.RawMessage(`""`), nil
		}
		return json.RawMessage("null"), nil
	}
	if e := r.fits(f, raw); e != nil {
		return nil, e
	}
	quoted := raw[0] == '"'
	switch f.Type {
	case core.FieldInt, core.FieldBool:
		if quoted {
			return raw[1 : len(raw)-1], nil // it fits, so it has digits or a word only
		}
	case core.FieldDecimal, core.FieldReading:
		if !quoted {
			return json.RawMessage(`"` + string(raw) + `"`), nil
		}
	}
	return raw, nil
}

// fillCompletion makes the result of a visit, or of a desk, out of a form.
func (x *turn) fillCompletion(st *core.Step, c Command) error {
	o := &x.next
	outcome := core.Done
	if c.Action == core.ActCouldNot || c.Action == core.ActAgain {
		outcome = core.CouldNotBeDone
	}
	o.Completions = append(o.Completions, core.Completion{Outcome: outcome, Photos: c.Attachments}) // so that the paths of the form lead into it
	if err := x.fillForm(forms(st, c.Action), c.Fields, true); err != nil {
		return err
	}
	made := *o.LastCompletion()
	o.Completions = o.Completions[:len(o.Completions)-1]
	if made.Outcome = outcome; made.Work == "" { // the action says it, whatever the form does
		made.Work = x.s.Remark
	}
	switch {
	case c.Action != core.ActAgain:
		made.NextAppointment = nil
	case made.NextAppointment == nil:
		made.NextAppointment = &core.Appointment{}
	}
	x.ev.Kind = core.EventCompleted
	return x.complete(made)
}
