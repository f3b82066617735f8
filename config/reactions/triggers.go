package reactions

import (
	"slices"

	"tundish/config/lang"
	"tundish/config/ordertype"
	"tundish/core"
)

// TriggersSchema is the name of the JSON Schema of triggers.yaml.
const TriggersSchema = "triggers.json"

// TriggersFile is config/triggers.yaml.
type TriggersFile struct {
	Triggers []Trigger `yaml:"triggers" en:"What follows from what happens to orders, in the order in which it is looked at." zh:"触发器，按所列次序判断。"`
}

// Trigger is what the house does by itself when something happens to an order.
type Trigger struct {
	At lang.Pos

	ID      lang.Value[string]   `yaml:"id" lang:"required,pattern='[a-z][a-z0-9_]{0,59}'" en:"Its id: timelines and messages name it." zh:"标识，用于时间线和消息。"`
	Name    ordertype.Name       `yaml:"name" lang:"required" en:"What people call it." zh:"名称。"`
	On      []lang.Value[event]  `yaml:"on" lang:"single" en:"Events that set it off, any of them." zh:"触发事件，任一即可。"`
	Changed []lang.Value[string] `yaml:"changed" lang:"single" en:"Fields a change of which sets it off, any of them, whoever changes it: urgency, type, meter.diameter_mm, extra.…" zh:"监视的字段，任一变化即触发，无论由谁修改：urgency、type、meter.diameter_mm、extra.… 等。"`
	Types   []lang.Value[string] `yaml:"types" lang:"single" en:"Order types that it is about; absent: all." zh:"适用的工单类型；不填为全部。"`
	When    lang.Value[string]   `yaml:"when" en:"A guard, asked after the event." zh:"条件，在事件发生后判断。"`
	Effects []ordertype.Effect   `yaml:"effects" lang:"required,min=1" en:"What follows: notify, webhook, create_order or set, as in order types." zh:"执行的动作：notify、webhook、create_order 或 set，写法与工单类型相同。"`
}

// event is one of the words of the vocabulary's kind event.
type event string

// Choices lists the events.
func (event) Choices() []string {
	list := core.EventKinds()
	words := make([]string, len(list))
	for i, k := range list {
		words[i] = string(k)
	}
	return words
}

var (
	never          = lang.NewMessage("trigger", "nothing sets %s off: it has neither on nor changed", "%s 既没有 on 也没有 changed，永远不会触发")
	unknownChannel = lang.NewMessage("unknown-channel", "there is no channel %q in channels.yaml", "channels.yaml 中没有渠道 %q")
)

// ReadTriggers reads the file at path and adds its mistakes to p. channels are the names of those that effects may
// call. A file that is absent holds none.
func ReadTriggers(p *lang.Problems, path string, l *ordertype.Language, channels []string) []core.Trigger {
	if absent(path) || l.Empty() {
		return nil
	}
	var f TriggersFile
	before := p.Len()
	lang.DecodeFile(p, path, &f)
	var list []core.Trigger
	var places []lang.Pos
	seen := map[string]lang.Pos{}
	for i := range f.Triggers {
		t := &f.Triggers[i]
		if first, there := seen[t.ID.V]; there && t.ID.V != "" {
			p.At(t.ID.At, twice, t.ID.V, first)
		} else {
			seen[t.ID.V] = t.ID.At
		}
		list = append(list, t.compile(p, l, channels))
		places = append(places, t.ID.At)
	}
	if p.Len() == before { // of what is wrong otherwise nobody can tell what it would do
		checkBounds(p, list, places)
	}
	return list
}

func (t *Trigger) compile(p *lang.Problems, l *ordertype.Language, channels []string) core.Trigger {
	out := core.Trigger{ID: t.ID.V, Name: core.Text{EN: t.Name.EN, ZH: t.Name.ZH}, When: l.Guard(p, t.When), Effects: l.Effects(p, t.Effects)}
	for _, on := range t.On {
		once(p, string(on.V), on.At, out.On, core.EventKind(on.V))
		out.On = append(out.On, core.EventKind(on.V))
	}
	for _, field := range t.Changed {
		l.Changeable(p, field)
		once(p, field.V, field.At, out.Changed, field.V)
		out.Changed = append(out.Changed, field.V)
	}
	for _, kind := range t.Types {
		l.Type(p, kind)
		once(p, kind.V, kind.At, out.Types, kind.V)
		out.Types = append(out.Types, kind.V)
	}
	if len(t.On) == 0 && len(t.Changed) == 0 {
		p.At(t.ID.At, never, t.ID.V)
	}
	for _, e := range t.Effects {
		if core.EffectKind(e.Do) != core.EffectWebhook {
			continue
		}
		for _, to := range e.To {
			if !slices.Contains(channels, to.V) {
				one := p.At(to.At, unknownChannel, to.V)
				if len(channels) > 0 {
					one.Expected(channels...).Near(to.V, channels)
				}
			}
		}
	}
	return out
}

// once says what stands in a list already.
func once[T comparable](p *lang.Problems, text string, at lang.Pos, list []T, one T) {
	if slices.Contains(list, one) {
		p.At(at, repeated, text)
	}
}

var repeated = lang.NewMessage("duplicate", "%q is given twice", "%q 重复")

// SchemaOfTriggers is the file's JSON Schema.
func SchemaOfTriggers() []byte {
	return lang.Schema(TriggersFile{}, TriggersSchema, lang.Text{En: "What the house does by itself when something happens to an order.", Zh: "触发器：工单发生变化时自动执行的动作。"})
}
