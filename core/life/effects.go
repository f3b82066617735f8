package life

import (
	"encoding/json"
	"fmt"
	"slices"

	"tundish/core"
)

// Targets of the hub's own, which messages for people, programs and other orders go to.
const (
	// ToPeople is the event stream; with "/" and a name behind it, a channel that reaches people.
	ToPeople  core.SystemID = "hub:notify"
	ToCreate  core.SystemID = "hub:create"
	ToWebhook core.SystemID = "hub:webhook/" // with the name behind it
)

// happen adds what the whole process wants to happen beside an event of this kind.
func (x *turn) happen() error {
	for _, e := range x.p.Effects {
		if e.On == x.ev.Kind {
			if err := x.effects([]core.Effect{e}); err != nil {
				return err
			}
		}
	}
	return nil
}

// effects make what a step, an exit or the process declares part of the decision.
func (x *turn) effects(list []core.Effect) error { return x.effectsOf("", list) }

// effectsOf is effects for a rule of the house.
func (x *turn) effectsOf(rule string, list []core.Effect) error {
	for i := range list {
		e := &list[i]
		ok, err := x.holds(e.When)
		if err != nil {
			return err
		}
		x.trial.effect(e, ok)
		if !ok {
			continue
		}
		if err := x.effect(rule, e); err != nil {
			return err
		}
	}
	return nil
}

func (x *turn) effect(rule string, e *core.Effect) error {
	react := &core.Reaction{Do: e.Do, Rule: rule, To: e.To, Type: e.Type, Copy: e.Copy, Text: e.Text}
	switch e.Do {
	case core.EffectTellSource:
		source := x.next.Ref.System
		if x.r.Systems[source].ResultsOnly {
			return nil
		}
		if w := x.tell(source, core.TellStatus, ""); w != nil {
			w.status = e.Status
		}
	case core.EffectNotify:
		x.notify(react)
	case core.EffectWebhook:
		for _, name := range e.To {
			x.react(ToWebhook+core.SystemID(name), core.TellWebhook, react)
		}
	case core.EffectCreate:
		if x.ev.Kind == core.EventOpened { // or the note of the next would open another, for ever
			x.stopped(rule, core.Text{EN: fmt.Sprintf("no order of type %s was opened because another one was", e.Type),
				ZH: fmt.Sprintf("未开出 %s 类工单：不能因开出关联单而再开单", e.Type)})
			return nil
		}
		if react.Depth = depth(&x.next) + 1; react.Depth > core.MaxChain {
			x.stopped(rule, core.Text{EN: fmt.Sprintf("no order of type %s was opened: %d orders were opened one for another already", e.Type, core.MaxChain),
				ZH: fmt.Sprintf("未开出 %s 类工单：已连续开出 %d 张关联单", e.Type, core.MaxChain)})
			return nil
		}
		x.react(ToCreate, core.TellCreate, react)
	case core.EffectSet:
		return x.raise(e.Set, e.Value)
	default:
		return core.Fail(core.Internal, "unknown_effect", "", fmt.Sprintf("effect %q is not known", e.Do), fmt.Sprintf("未知效果 %q", e.Do))
	}
	return nil
}

// depth is how many orders stand before this one in a chain of orders opened one for another.
func depth(o *core.WorkOrder) int {
	if o.Origin == nil {
		return 0
	}
	return o.Origin.Depth
}

func (x *turn) react(to core.SystemID, kind core.WriteBackKind, what *core.Reaction) {
	if w := x.tell(to, kind, ""); w != nil {
		w.effect = what
	}
}

// notify tells people: on the event stream, and by the channels that reach them. Each channel is a target of its
// own, so that one that does not answer keeps nothing from the others.
func (x *turn) notify(what *core.Reaction) {
	if a := x.next.Assignment; a != nil && what.Crews == nil && slices.Contains(what.To, string(core.RoleCrew)) {
		what.Crews = []string{a.CrewID}
	}
	x.react(ToPeople, core.TellPeople, what)
	if x.r.Channels == nil {
		return
	}
	for _, name := range x.r.Channels(&x.next, what) {
		x.react(ToPeople+"/"+core.SystemID(name), core.TellPeople, what)
	}
}

// raise sets a field of the order. An urgency only rises.
func (x *turn) raise(path, value string) error {
	if path == "urgency" {
		u := core.Urgency(value)
		if err := knownUrgency(u); err != nil {
			return err
		}
		if rank(u) < rank(x.next.Urgency) {
			x.next.Urgency = u
		}
		return nil
	}
	raw := json.RawMessage(value)
	if f, _ := core.KnownField(path); f.Type != core.FieldInt && f.Type != core.FieldBool {
		var err error
		if raw, err = json.Marshal(value); err != nil {
			return err
		}
	}
	return x.set(path, raw)
}

// rank of an urgency: the lower, the more pressing.
func rank(u core.Urgency) int { return slices.Index(core.Urgencies(), u) }
