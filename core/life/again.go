package life

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"

	"tundish/core"
)

// again lets an order that was amended stand where its process wants it now: it goes back to what it must pass and has
// not, and on past what it need not wait for any more. One that is of another type now begins that type's way, but for
// a review that is done.
func (x *turn) again(kind string) error {
	o := &x.next
	if kind != o.Type {
		return x.anew(kind)
	}
	if err := x.reconsider(); err != nil {
		return err
	}
	st := x.main()
	since := o.Tokens[0].Since
	_, stay, err := x.pass(st)
	if err != nil || stay {
		return err
	}
	if err := x.enter(st.ID); err != nil {
		return err
	}
	if o.Tokens[0].Step == st.ID {
		o.Tokens[0].Since = since
	}
	return nil
}

func (x *turn) anew(kind string) error {
	o := &x.next
	o.Type = kind
	t, err := x.r.Type(o)
	if err != nil {
		return err
	}
	reviewed := o.Reviewed
	x.t, x.p, o.Family, o.Tokens = t, x.r.process(t), t.Family, nil
	if err := x.enter(x.p.Steps[0].ID); err != nil {
		return err
	}
	if st := x.main(); reviewed && st.Kind == core.StepAcceptance {
		exit, err := x.exit(st, core.ActAccept)
		if err != nil {
			return err
		}
		if err := x.enter(exit.To); err != nil {
			return err
		}
	}
	if duty := x.duty(core.StepAcceptance); reviewed && duty != nil {
		x.settle(duty)
	}
	o.Reviewed = !x.at(core.StepAcceptance) && x.duty(core.StepAcceptance) == nil
	return nil
}

// reconsider sends an order whose data changed before anybody worked back to the first step on its way that it must
// pass as it is now and has not: an approval that was never asked, or was given on other values, or a task whose guard
// holds only now.
func (x *turn) reconsider() error {
	o := &x.next
	if x.old == nil || x.old.Phase.Ended() || o.Phase.Ended() || o.Begun() || o.Type == x.old.Type && o.Urgency == x.old.Urgency && sameParts(x.old, o) {
		return nil
	}
	x.judge()
	p := &path{x: x, seen: map[string]bool{}}
	missed, found, err := p.from(x.p.Steps[0].ID)
	if err != nil || !found {
		return err // it stands beside the way: where that leads is the file's to say
	}
	for _, st := range p.owed {
		x.owe(st)
	}
	if missed != nil {
		return x.enter(missed.ID)
	}
	return x.moreTasks()
}

// mayBegin refuses to give out work whose data a form changed in this decision so that it must pass a step first that it
// has not.
func (x *turn) mayBegin() error {
	if sameParts(x.old, &x.next) {
		return nil
	}
	p := &path{x: x, seen: map[string]bool{}}
	missed, _, err := p.from(x.p.Steps[0].ID)
	if err != nil || missed == nil {
		return err
	}
	return x.r.conflict(&x.next, x.s, "not_approved", fmt.Sprintf("with what was filled in it must pass %s first: amend the order, and it goes there", missed.ID), fmt.Sprintf("按所填内容须先通过“%s”：请先修改工单", missed.Name.ZH))
}

// path follows the way of an order from its start to where it stands.
type path struct {
	x    *turn
	seen map[string]bool
	owed []*core.Step
}

// from tells whether the way from a step leads to where the order stands, and the first step on it that was missed.
func (p *path) from(id string) (missed *core.Step, found bool, err error) {
	x := p.x
	st := x.p.Step(id)
	if st == nil || p.seen[id] {
		return nil, false, nil
	}
	if p.seen[id] = true; id == x.main().ID {
		return nil, true, nil
	}
	if ok, err := x.holds(st.When); err != nil || !ok {
		if err != nil {
			return nil, false, err
		}
		return p.from(st.Skip)
	}
	if st.After != nil {
		if ok, err := x.holds(st.After); err != nil {
			return nil, false, err
		} else if ok {
			if st.Kind == core.StepApproval && x.lastVerdict(st, "") == nil {
				p.owed = append(p.owed, st)
			}
			return p.from(st.Skip)
		}
	}
	passed := true
	var actions []core.Action
	switch st.Kind {
	case core.StepAcceptance:
		actions = []core.Action{core.ActAccept}
	case core.StepApproval:
		actions, passed = []core.Action{core.ActApprove}, x.approved(st)
	case core.StepTask:
		actions, passed = st.Actions(), !x.newly(st.When) && !slices.ContainsFunc(st.Tasks, func(t core.SubTask) bool { return x.newly(t.When) })
	case core.StepChoice:
		actions = []core.Action{""}
	}
	for _, action := range actions {
		exit, err := x.exit(st, action)
		if core.IsKind(err, core.Conflict) {
			continue
		} else if err != nil {
			return nil, false, err
		}
		if missed, found, err = p.from(exit.To); err != nil || found {
			if !passed {
				missed = st
			}
			return missed, found, err
		}
	}
	return nil, false, nil
}

// newly tells that a guard holds that did not before this decision.
func (x *turn) newly(c core.Condition) bool {
	if c == nil {
		return false
	}
	is, err := c.Holds(&x.next, x.s.Now)
	if err != nil || !is {
		return false
	}
	was, err := c.Holds(x.old, x.s.Now)
	return err == nil && !was
}

// approved tells that a node, with those side by side with it, approved the order as it is.
func (x *turn) approved(st *core.Step) bool {
	if !x.stands(st, "") {
		return false
	}
	return !slices.ContainsFunc(st.Tasks, func(t core.SubTask) bool {
		asked, err := x.holds(t.When)
		return err == nil && asked && !x.stands(st, t.ID)
	})
}

// stands tells that the last verdict of a node was to approve, on equal values or on those that this decision leaves as
// they were.
func (x *turn) stands(st *core.Step, task string) bool {
	v := x.lastVerdict(st, task)
	if v == nil || v.Action != core.ActApprove {
		return false
	}
	now := x.digest(st, &x.next)
	return v.Digest == now || x.digest(st, x.old) == now
}

func (x *turn) lastVerdict(st *core.Step, task string) *core.Verdict {
	for i := len(x.next.Approvals) - 1; i >= 0; i-- {
		if v := &x.next.Approvals[i]; v.Step == st.ID && v.Task == task {
			return v
		}
	}
	return nil
}

// judge notes on the verdicts of this decision what they were given on.
func (x *turn) judge() {
	first := 0
	if x.old != nil {
		first = len(x.old.Approvals)
	}
	for i := first; i < len(x.next.Approvals); i++ {
		v := &x.next.Approvals[i]
		if st := x.p.Step(v.Step); st != nil {
			v.Digest = x.digest(st, &x.next)
		}
	}
}

// moreTasks opens the sub-tasks of the step where the order stands that it needs only now, and nodes side by side that
// approved other values.
func (x *turn) moreTasks() error {
	o, st := &x.next, x.main()
	if x.old.Tokens == nil || x.old.Tokens[0].Step != st.ID {
		return nil // it came here in this decision
	}
	for i := range st.Tasks {
		t := &st.Tasks[i]
		if slices.ContainsFunc(o.Tokens, func(k core.Token) bool { return k.Step == st.ID && k.Task == t.ID }) {
			continue
		}
		asked, err := x.holds(t.When)
		if err != nil {
			return err
		}
		if asked && (x.newly(t.When) || st.Kind == core.StepApproval && !x.stands(st, t.ID)) {
			o.Tokens = slices.Insert(o.Tokens, 1, core.Token{Step: st.ID, Task: t.ID, Since: x.s.Now.UTC()})
		}
	}
	return nil
}

// digest of what is decided on at a step: what the work is, where, at which meter and for which account. Who is called,
// when, how pressing it is and where the hub found the place are not, nor those of the house's own fields that are asked only behind the step.
func (x *turn) digest(st *core.Step, o *core.WorkOrder) string {
	values := map[string]json.RawMessage{}
	behind := x.askedBehind(st)
	for _, path := range []string{"customer.account", "customer.tariff", "place.address", "place.book", "place.detail", "report.category", "report.sub_category", "report.content", "report.cause",
		"meter.serial", "meter.stamp", "meter.barcode", "meter.diameter_mm", "meter.model", "meter.maker", "meter.state", "meter.last_reading", "meter.reading"} {
		if v, err := value(o, path); err == nil && v != nil {
			values[path] = v
		}
	}
	for key, v := range o.Extra {
		if path := core.OwnField + key; v != "" && key != SentDistrict && !behind[path] {
			values[path], _ = json.Marshal(v)
		}
	}
	raw, _ := json.Marshal(map[string]any{"type": o.Type, "values": values}) // keys in order
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:8])
}

// askedBehind are the house's own fields that forms ask for behind a step, and none before.
func (x *turn) askedBehind(st *core.Step) map[string]bool {
	asked := map[string]bool{}
	here := false
	each := func(form []core.FormField, does func(string)) {
		for _, f := range form {
			does(f.Path)
		}
	}
	forms := func(s *core.Step, does func(string)) {
		each(s.Form, does)
		for i := range s.Exits {
			each(s.Exits[i].Form, does)
		}
		for i := range s.Tasks {
			each(s.Tasks[i].Form, does)
		}
	}
	for i := range x.p.Steps {
		if s := &x.p.Steps[i]; here {
			forms(s, func(path string) { asked[path] = true })
		} else {
			here = s.ID == st.ID
		}
	}
	for i := range x.p.Steps {
		s := &x.p.Steps[i]
		forms(s, func(path string) { delete(asked, path) })
		if s.ID == st.ID {
			return asked
		}
	}
	return asked
}

// toWork tells at which step an order stops before its work, from where it stands on, if an acceptance review lets it
// pass; nil: at none.
func (x *turn) toWork() (*core.Step, error) {
	st := x.main()
	for range 2*len(x.p.Steps) + 2 {
		if st == nil || st.Kind == core.StepDispatch || st.Kind == core.StepDesk || st.Kind == core.StepField {
			return nil, nil
		}
		next := st.Skip
		stops, err := x.holds(st.When)
		if err != nil {
			return nil, err
		}
		if stops && st.After != nil {
			owed, err := x.holds(st.After)
			if err != nil {
				return nil, err
			}
			stops = !owed
		}
		if stops || st.ID == x.main().ID {
			action := core.ActAccept
			switch st.Kind {
			case core.StepAcceptance:
			case core.StepChoice:
				action = ""
			default:
				return st, nil
			}
			exit, err := x.exit(st, action)
			if err != nil {
				return nil, err
			}
			next = exit.To
		}
		st = x.p.Step(next)
	}
	return nil, nil
}
