package mapping

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"tundish/config/lang"
	"tundish/core"
	"tundish/wsdl/shape"
)

// Told is an entry of call: what they are told on an occasion. A list in its place are
// alternatives: the first whose condition is true is sent, and where none is, they are told
// nothing.
type Told struct {
	Call   `yaml:",inline"`
	When   lang.Value[string] `yaml:"when" en:"Condition on values of ours, such as order.completion.outcome == 'done'; where it is false they are told nothing." zh:"针对本系统值的条件表达式，如 order.completion.outcome == 'done'；不成立则不告知对方。"`
	Either []Told             `yaml:"either" lang:"shorthand" en:"Alternatives: the first whose when is true is sent." zh:"多个可选调用：发送第一个 when 成立者。"`
}

// condition is an expression on values of ours.
type condition struct {
	*lang.Expr
	fields []field
}

var noCondition = lang.NewMessage("expression", "a condition cannot look at %q, which is a %s", "条件表达式不能使用 %[1]q（%[2]s）")

// told compiles an entry of call with its alternatives.
func told(t *Told, service *shape.Service, around Surroundings, p *lang.Problems) *Outward {
	if t.Either == nil {
		out := Compile(&t.Call, service, around, p)
		out.when = (&compiler{around: around, p: p}).condition(t.When)
		return out
	}
	out := &Outward{program: &element{}, around: around, when: (&compiler{around: around, p: p}).condition(t.When)}
	for i := range t.Either {
		if one := &t.Either[i]; !one.At.IsZero() {
			out.either = append(out.either, told(one, service, around, p))
		}
	}
	return out
}

// condition compiles an expression; nil where there is none, or a wrong one.
func (c *compiler) condition(text lang.Value[string]) *condition {
	if text.V == "" {
		return nil
	}
	when := &condition{}
	when.Expr = lang.Expression(c.p, text, lang.BoolResult, func(name string, at lang.Pos) (any, bool) {
		f, ok := fieldNamed(name)
		if !ok {
			names := fieldNames()
			c.p.At(at, noField, name).Expected(names...).Near(name, names)
			return nil, false
		}
		first, _, _ := strings.Cut(name, ".")
		if i := slices.IndexFunc(lists, func(l list) bool { return l.one == first }); i >= 0 {
			c.p.At(at, outsideList, name, lists[i].name)
			return nil, false
		}
		sample := seen(f.kind, value{})
		if sample == nil {
			c.p.At(at, noCondition, name, f.kind.String())
			return nil, false
		}
		when.fields = append(when.fields, f)
		return sample, true
	})
	if when.Expr == nil {
		return nil
	}
	return when
}

// seen is a value as an expression sees it: "", 0, false or no time where there is none. nil
// for what it cannot look at.
func seen(k kind, v value) any {
	switch k {
	case textKind, dayKind:
		return v.text
	case numberKind:
		n, _ := strconv.Atoi(v.text) // it was written by numberOf
		return n
	case flagKind:
		return v.text == "true"
	case instantKind:
		if !v.is {
			return time.Time{}
		}
		return v.at
	}
	return nil
}

func (c *condition) holds(s *scope) (bool, error) {
	if c == nil {
		return true, nil
	}
	env := make(map[string]any, len(c.fields))
	for _, f := range c.fields {
		env[f.name] = seen(f.kind, f.get(s))
	}
	is, err := c.Bool(env)
	if err == nil {
		err = s.err
	}
	if err != nil {
		return false, core.Invalidf("invalid_value", "", "the condition of the call has no value here: %v", "调用的条件表达式在此没有值：%v", err)
	}
	return is, nil
}

// For is the call that tells of v: the first alternative whose condition is true. nil: they
// are told nothing.
func (o *Outward) For(v *Values) (*Outward, error) {
	is, err := o.when.holds(&scope{Values: v, zone: o.around.Zone})
	if err != nil || !is {
		return nil, err
	}
	if o.either == nil {
		return o, nil
	}
	for _, one := range o.either {
		if call, err := one.For(v); call != nil || err != nil {
			return call, err
		}
	}
	return nil, nil
}
