package ordertype

import (
	"slices"
	"strings"

	"tundish/config/lang"
	"tundish/core"
)

var (
	effectNeeds = lang.NewMessage("effect", "%s needs %q", "%s 须填写 %q")
	effectNever = lang.NewMessage("effect", "%s has no use for %q", "%s 不应填写 %q")
	onOnly      = lang.NewMessage("effect", "the step says already when it happens; on is for effects of the process", "触发时机已由步骤决定；on 仅用于流程级联动")
	noType      = lang.NewMessage("unknown-type", "there is no order type %q", "没有工单类型 %q")
	notSet      = lang.NewMessage("effect", "%q cannot be set", "不能设置 %q")
	notCopied   = lang.NewMessage("effect", "%q cannot be taken over", "不能沿用 %q")
	opensOpened = lang.NewMessage("effect", "an order that opens another because one was opened would never end", "因开出关联单而再开单，将永无止境")
	notUrgency  = lang.NewMessage("effect", "%q is no urgency", "没有紧急程度 %q")
)

// parts of an order that another can take over whole.
var parts = []string{"customer", "place", "meter", "report", "appointment"}

func (c *compiler) effects(list []Effect, ofProcess bool) (effects []core.Effect) {
	for i := range list {
		e := &list[i]
		c.effectKeys(e, ofProcess)
		kind := core.EffectKind(e.Do)
		out := core.Effect{On: core.EventKind(e.On.V), When: c.guard(e.When), Do: kind, Status: core.Status(e.Status.V), Type: e.Type.V,
			Copy: plain[string](e.Copy), Set: e.Set.V, Value: e.Value.V, Text: text(e.Text)}
		if kind == core.EffectNotify {
			out.To = c.roles(e.To)
		} else {
			out.To = plain[string](e.To)
		}
		switch kind {
		case core.EffectCreate:
			if core.EventKind(e.On.V) == core.EventOpened {
				c.p.At(e.On.At, opensOpened)
			}
			if e.Type.V != "" && !slices.Contains(c.folder.types, e.Type.V) {
				c.p.At(e.Type.At, noType, e.Type.V).Expected(c.folder.types...).Near(e.Type.V, c.folder.types)
			}
			names := append(slices.Clone(parts), c.settable()...)
			for _, v := range e.Copy {
				if !slices.Contains(names, v.V) {
					c.p.At(v.At, notCopied, v.V).Expected(related(v.V, names)...).Near(v.V, names)
				}
			}
		case core.EffectSet:
			c.set(e)
		}
		effects = append(effects, out)
	}
	return effects
}

// effectKeys holds what is said against what the kind of effect needs.
func (c *compiler) effectKeys(e *Effect, ofProcess bool) {
	uses := map[core.EffectKind][2][]string{ // needs, may have
		core.EffectTellSource: {nil, {"status", "text"}},
		core.EffectNotify:     {{"to", "text"}, nil},
		core.EffectWebhook:    {{"to"}, {"text"}},
		core.EffectCreate:     {{"type"}, {"copy", "text"}},
		core.EffectSet:        {{"set", "value"}, nil},
	}
	use, known := uses[core.EffectKind(e.Do)]
	if !known {
		return // said already
	}
	for _, key := range []struct {
		name string
		said bool
	}{{"to", len(e.To) > 0}, {"status", e.Status.V != ""}, {"type", e.Type.V != ""}, {"copy", len(e.Copy) > 0}, {"set", e.Set.V != ""}, {"value", e.Value.V != ""}, {"text", e.Text != nil}} {
		switch needed := slices.Contains(use[0], key.name); {
		case needed && !key.said:
			c.p.At(e.At, effectNeeds, string(e.Do), key.name)
		case key.said && !needed && !slices.Contains(use[1], key.name):
			c.p.At(e.At, effectNever, string(e.Do), key.name)
		}
	}
	switch {
	case ofProcess && e.On.V == "":
		c.p.At(e.At, effectNeeds, string(e.Do), "on")
	case !ofProcess && e.On.V != "":
		c.p.At(e.On.At, onOnly)
	}
}

// set checks the field that an effect sets, and its value.
func (c *compiler) set(e *Effect) {
	names := c.settable()
	switch {
	case e.Set.V == "":
	case !slices.Contains(names, e.Set.V):
		c.p.At(e.Set.At, notSet, e.Set.V).Expected(related(e.Set.V, names)...).Near(e.Set.V, names)
	case e.Set.V == "urgency":
		if words := texts(core.Urgencies()); !slices.Contains(words, e.Value.V) {
			c.p.At(e.Value.At, notUrgency, e.Value.V).Expected(words...).Near(e.Value.V, words)
		}
	default:
		f, _ := core.KnownField(e.Set.V)
		if (f.Type == core.FieldInt || f.Type == core.FieldDecimal || f.Type == core.FieldReading) && !isNumber(e.Value.V) {
			c.p.At(e.Value.At, noBound, e.Value.V)
		}
	}
}

// settable are the fields that an effect may set or take over: those of the order itself, not
// what a crew recorded.
func (c *compiler) settable() []string {
	names := []string{"urgency"}
	for _, name := range c.formNames() {
		if f, _ := core.KnownField(name); !strings.HasPrefix(name, "completion.") && f.Type != core.FieldTime {
			names = append(names, name)
		}
	}
	return names
}
