package life

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"tundish/core"
)

// triggers lets the house's triggers act on what happened, then on what they changed themselves, and so on until
// nothing follows any more. A chain longer than core.MaxChain is cut: rules that feed each other must not
// keep an order from being decided on.
func (x *turn) triggers() error {
	return x.follow(x.fired(func(t *core.Trigger) bool {
		return slices.Contains(t.On, x.ev.Kind) || x.old != nil && changed(t, x.old, &x.next)
	}))
}

// follow lets triggers act, and those that wait for what they change.
func (x *turn) follow(due []*core.Trigger) error {
	moved := false
	for link := 1; len(due) > 0; link++ {
		if link > core.MaxChain {
			x.stopped(due[0].ID, core.Text{EN: fmt.Sprintf("triggers feed each other (%s): stopped after %d rounds", ids(due), core.MaxChain),
				ZH: fmt.Sprintf("触发器互相触发（%s）：%d 轮后已停止", ids(due), core.MaxChain)})
			break
		}
		before := x.next.Clone()
		for _, t := range due {
			err := x.effectsOf(t.ID, t.Effects)
			x.trial.acts(t, link)
			if err != nil {
				x.stopped(t.ID, core.Text{EN: "it could not act: " + err.Error(), ZH: "无法执行：" + messageZH(err)})
			}
		}
		due = x.fired(func(t *core.Trigger) bool { return changed(t, &before, &x.next) })
		moved = moved || before.Urgency != x.next.Urgency || !sameParts(&before, &x.next)
	}
	if moved && !x.next.Phase.Ended() && !x.next.Begun() {
		return x.again(x.next.Type) // what it waits for may depend on what was set
	}
	return nil
}

// fired are the triggers that act, of those that it is asked for.
func (x *turn) fired(awaits func(*core.Trigger) bool) []*core.Trigger {
	var list []*core.Trigger
	for i := range x.r.Triggers {
		t := &x.r.Triggers[i]
		if len(t.Types) > 0 && !slices.Contains(t.Types, x.next.Type) || !awaits(t) {
			continue
		}
		ok, err := x.holds(t.When)
		x.trial.asked(t, &x.next, x.s.Now, ok, err)
		if err != nil {
			x.stopped(t.ID, core.Text{EN: "its condition cannot be answered: " + err.Error(), ZH: "条件无法判断：" + messageZH(err)})
		} else if ok {
			list = append(list, t)
		}
	}
	return list
}

// changed tells whether one of the fields that a trigger waits for differs.
func changed(t *core.Trigger, a, b *core.WorkOrder) bool {
	return slices.ContainsFunc(t.Changed, func(path string) bool { return !bytes.Equal(standing(a, path), standing(b, path)) })
}

// standing is what stands at a path, of those that a trigger may wait for.
func standing(o *core.WorkOrder, path string) []byte {
	switch path {
	case "urgency":
		return []byte(o.Urgency)
	case "type":
		return []byte(o.Type)
	}
	raw, err := value(o, path)
	if err != nil {
		return nil
	}
	return raw
}

func sameParts(a, b *core.WorkOrder) bool {
	parts := func(o *core.WorkOrder) []byte {
		raw, _ := json.Marshal([]any{o.Customer, o.Place, o.Meter, o.Report, o.Appointment, o.Extra})
		return raw
	}
	return bytes.Equal(parts(a), parts(b))
}

func ids(list []*core.Trigger) string {
	all := make([]string, len(list))
	for i, t := range list {
		all[i] = t.ID
	}
	return strings.Join(all, ", ")
}

// stopped tells those who keep the rules that one of them does not do what it should, and notes it on the timeline.
func (x *turn) stopped(rule string, why core.Text) {
	if rule == "" {
		rule = x.next.Type
	}
	text := core.Text{EN: fmt.Sprintf("Rule %s: %s", rule, why.EN), ZH: fmt.Sprintf("规则 %s：%s", rule, why.ZH)}
	if x.ev.Remark != "" {
		x.ev.Remark += "; "
	}
	x.ev.Remark += text.EN + " " + text.ZH
	x.notify(&core.Reaction{Do: core.EffectNotify, Rule: rule, To: []string{string(core.RoleAdmin)}, Text: text, Trouble: true})
}

// messageZH is what an error says in Chinese.
func messageZH(err error) string {
	var e *core.Error
	if errors.As(err, &e) && e.MessageZH != "" {
		return e.MessageZH
	}
	return err.Error()
}
