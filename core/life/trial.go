package life

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"tundish/core"
)

// Trial is what triggers would do if something happened to an order. Nothing is decided by it.
type Trial struct {
	// Triggers in the order of the rules, those that act and those that do not.
	Triggers []Tried
	// Order as it would be afterwards, and what differs.
	Order  core.WorkOrder
	Deltas []core.Delta
	// Owed are notices, calls and orders to be opened, with where they go.
	Owed []Owed
	// Trouble is what the timeline would say of rules that cannot do what they should.
	Trouble string

	effects []TriedEffect // of the trigger that acts just now
}

// Tried is one trigger.
type Tried struct {
	Trigger *core.Trigger
	// Rounds in which it acts: 1 because of what happened, later ones because of what triggers changed.
	Rounds []int
	// Why it does not act.
	Why core.Text
	// Effects of its first round.
	Effects []TriedEffect
}

// TriedEffect is an effect, and whether its own guard lets it happen.
type TriedEffect struct {
	Effect *core.Effect
	Holds  bool
}

// Owed is something that goes out.
type Owed struct {
	To   core.SystemID
	What core.Reaction
}

// Try tells what the triggers would do if an event of this kind had just happened to the order as it is, and changed
// those fields. What a field was before does not matter.
func (r *Rules) Try(o core.WorkOrder, kind core.EventKind, fields []string, s Step) (*Trial, error) {
	x, err := r.begin(&o, s, kind)
	if err != nil {
		return nil, err
	}
	before := x.next.Clone()
	x.trial = &Trial{Triggers: make([]Tried, len(r.Triggers))}
	for i := range r.Triggers {
		t := &r.Triggers[i]
		x.trial.Triggers[i] = Tried{Trigger: t, Why: notAwaited(t, kind, fields)}
		if len(t.Types) > 0 && !slices.Contains(t.Types, o.Type) {
			x.trial.Triggers[i].Why = core.Text{EN: fmt.Sprintf("it is about %s, the order is of type %s", strings.Join(t.Types, ", "), o.Type),
				ZH: fmt.Sprintf("仅适用于 %s，工单类型为 %s", strings.Join(t.Types, "、"), o.Type)}
		}
	}
	err = x.follow(x.fired(func(t *core.Trigger) bool {
		return slices.Contains(t.On, kind) || slices.ContainsFunc(fields, func(f string) bool { return slices.Contains(t.Changed, f) })
	}))
	if err != nil {
		return nil, err
	}
	t := x.trial
	t.Order, t.Trouble = x.next, strings.TrimPrefix(strings.TrimPrefix(x.ev.Remark, s.Remark), "; ")
	for _, w := range x.owed {
		if w.effect != nil {
			t.Owed = append(t.Owed, Owed{w.message.Target, *w.effect})
		}
	}
	t.Deltas, err = core.Changes(&before, &x.next)
	return t, err
}

// notAwaited says what a trigger waits for instead.
func notAwaited(t *core.Trigger, kind core.EventKind, fields []string) core.Text {
	var waits []string
	for _, k := range t.On {
		waits = append(waits, string(k))
	}
	waits = append(waits, t.Changed...)
	happened := append([]string{string(kind)}, fields...)
	return core.Text{EN: fmt.Sprintf("it waits for %s, what happened is %s", strings.Join(waits, ", "), strings.Join(happened, ", ")),
		ZH: fmt.Sprintf("它等待的是 %s，发生的是 %s", strings.Join(waits, "、"), strings.Join(happened, "、"))}
}

// of finds the notes of a trigger.
func (t *Trial) of(trigger *core.Trigger) *Tried {
	for i := range t.Triggers {
		if t.Triggers[i].Trigger == trigger {
			return &t.Triggers[i]
		}
	}
	return &Tried{}
}

// asked notes how a trigger's condition was answered, and by which values.
func (t *Trial) asked(trigger *core.Trigger, o *core.WorkOrder, now time.Time, holds bool, err error) {
	if t == nil {
		return
	}
	one := t.of(trigger)
	switch {
	case len(one.Rounds) > 0: // it acted before
	case err != nil:
		one.Why = core.Text{EN: err.Error(), ZH: messageZH(err)}
	case holds:
		one.Why = core.Text{}
	default:
		values := valuesOf(trigger.When, o, now)
		one.Why = core.Text{EN: "its condition does not hold: " + trigger.When.String() + values, ZH: "条件不成立：" + trigger.When.String() + values}
	}
}

// valuesOf writes what a condition looks at, where it can tell.
func valuesOf(c core.Condition, o *core.WorkOrder, now time.Time) string {
	v, ok := c.(interface {
		Values(*core.WorkOrder, time.Time) map[string]any
	})
	if !ok {
		return ""
	}
	values := v.Values(o, now)
	var said []string
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if text, ok := values[name].(string); ok {
			said = append(said, fmt.Sprintf("%s = %q", name, text))
		} else {
			said = append(said, fmt.Sprintf("%s = %v", name, values[name]))
		}
	}
	return " (" + strings.Join(said, ", ") + ")"
}

// effect notes an effect of the trigger that acts.
func (t *Trial) effect(e *core.Effect, holds bool) {
	if t != nil {
		t.effects = append(t.effects, TriedEffect{e, holds})
	}
}

// acts notes that a trigger acted in a round.
func (t *Trial) acts(trigger *core.Trigger, round int) {
	if t == nil {
		return
	}
	one := t.of(trigger)
	if len(one.Rounds) == 0 {
		one.Effects = t.effects
	}
	one.Rounds, t.effects = append(one.Rounds, round), nil
}
