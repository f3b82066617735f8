package life

import (
	"encoding/json"
	"fmt"
	"slices"

	"tundish/core"
)

// Targets of the hub's own, which messages for people, programs and other orders go to.
const (
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
func (x *turn) effects(list []core.Effect) error {
	for i := range list {
		e := &list[i]
		ok, err := x.holds(e.When)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		if err := x.effect(e); err != nil {
			return err
		}
	}
	return nil
}

func (x *turn) effect(e *core.Effect) error {
	react := &core.Reaction{Do: e.Do, To: e.To, Type: e.Type, Copy: e.Copy, Text: e.Text}
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
		x.react(ToPeople, core.TellPeople, react)
	case core.EffectWebhook:
		for _, name := range e.To {
			x.react(ToWebhook+core.SystemID(name), core.TellWebhook, react)
		}
	case core.EffectCreate:
		x.react(ToCreate, core.TellCreate, react)
	case core.EffectSet:
		return x.raise(e.Set, e.Value)
	default:
		return core.Fail(core.Internal, "unknown_effect", "", fmt.Sprintf("effect %q is not known", e.Do), fmt.Sprintf("未知效果 %q", e.Do))
	}
	return nil
}

func (x *turn) react(to core.SystemID, kind core.WriteBackKind, what *core.Reaction) {
	if w := x.tell(to, kind, ""); w != nil {
		w.effect = what
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
	raw, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return x.set(path, raw)
}

// rank of an urgency: the lower, the more pressing.
func rank(u core.Urgency) int { return slices.Index(core.Urgencies(), u) }
