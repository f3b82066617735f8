package ordertype

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"tundish/config/lang"
	"tundish/core"
)

// Language is what files beside the order types are written in: guards over orders, effects, and the names of types,
// roles and fields of the house's own. Its mistakes read like those of order types.
type Language struct {
	folder *folder
	types  core.OrderTypes
}

var (
	tellsSource   = lang.NewMessage("effect", "only a process tells the source; a trigger adds to every process", "只有流程可以告知来源系统；触发器是对流程的补充")
	notChangeable = lang.NewMessage("unknown-field", "an order has no field %q whose change could be waited for", "工单没有可监视变化的字段 %q")
)

// Empty tells that no order type was found: that is the mistake then, and nothing can be held against them.
func (l *Language) Empty() bool { return len(l.folder.types) == 0 }

// compiler of a file that belongs to no type: an order's type says how it is dispatched.
func (l *Language) compiler(p *lang.Problems) *compiler {
	return &compiler{p: p, folder: l.folder, f: &File{}, t: &core.OrderType{}, mode: func(o *core.WorkOrder) core.DispatchMode {
		if t := l.types[o.Type]; t != nil {
			return t.Mode(o.Urgency)
		}
		return ""
	}}
}

// Guard compiles a guard; nil where there is none, or where it is wrong.
func (l *Language) Guard(p *lang.Problems, text lang.Value[string]) core.Condition {
	return l.compiler(p).guard(text)
}

// Effects compiles effects of a trigger: their event is the trigger's, and they tell no source.
func (l *Language) Effects(p *lang.Problems, list []Effect) []core.Effect {
	for i := range list {
		if core.EffectKind(list[i].Do) == core.EffectTellSource {
			p.At(list[i].At, tellsSource)
		}
	}
	return l.compiler(p).effects(list, false)
}

// Type checks the name of an order type.
func (l *Language) Type(p *lang.Problems, v lang.Value[string]) {
	if !slices.Contains(l.folder.types, v.V) {
		p.At(v.At, noType, v.V).Expected(l.folder.types...).Near(v.V, l.folder.types)
	}
}

// Changeable checks the name of a field whose change something waits for: urgency, type, and everything in the parts of
// an order that people write.
func (l *Language) Changeable(p *lang.Problems, v lang.Value[string]) {
	names := []string{"urgency", "type"}
	for name := range variables {
		if part, _, dotted := strings.Cut(name, "."); dotted && (slices.Contains(parts, part) || part == "completion") {
			names = append(names, name)
		}
	}
	names = append(names, l.compiler(p).ownNames()...)
	slices.Sort(names)
	if !slices.Contains(names, v.V) {
		p.At(v.At, notChangeable, v.V).Expected(related(v.V, names)...).Near(v.V, names)
	}
}

// Settled answers a guard that looks at nothing but the values given, which are written as files write them: whatever
// else there is in an order then makes no difference. Not known where it looks at something else.
func Settled(c core.Condition, given map[string]string) (holds, known bool) {
	g, ok := c.(*guard)
	if !ok {
		return c == nil, c == nil
	}
	env := map[string]any{}
	var nobody core.WorkOrder
	for name, sample := range g.Values(&nobody, time.Time{}) {
		text, there := given[name]
		if !there {
			return false, false
		}
		switch sample.(type) {
		case string:
			env[name] = text
		case bool:
			env[name] = text == "true"
		case int:
			n, err := strconv.Atoi(text)
			if err != nil {
				return false, false
			}
			env[name] = n
		default:
			return false, false
		}
	}
	holds, err := g.expr.Bool(maps.Clone(env))
	return holds, err == nil
}
