package ordertype

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"tundish/config/lang"
	"tundish/core"
)

// Guards are expressions over an order. Its values go by their paths in the order's JSON form:
//
//	urgency, channel, expedite, customer.tariff, place.district, meter.diameter_mm, report.category …
//	completion.*   the last completion; empty before the first
//	visits         how many visits ended
//	approvals      how many verdicts there are (likewise every list: how many it has)
//	extra.*        fields of the house's own; declared as int or bool they are that, else text
//	dispatch       the type's mode of dispatch for the order's urgency: auto, batch, propose, manual
//	now            the instant of the decision
//
// What an order does not have is "", 0, false or no time.

// variable is one name.
type variable struct {
	sample any
	get    func(o *core.WorkOrder, now time.Time) any
}

// variables of every order type.
var variables = func() map[string]variable {
	all := map[string]variable{}
	collect(all, "", reflect.TypeFor[core.WorkOrder](), func(o *core.WorkOrder) reflect.Value { return reflect.ValueOf(o).Elem() })
	collect(all, "completion.", reflect.TypeFor[core.Completion](), func(o *core.WorkOrder) reflect.Value {
		if c := o.LastCompletion(); c != nil {
			return reflect.ValueOf(c).Elem()
		}
		return reflect.Value{}
	})
	for _, inner := range []string{"version", "event_sequence", "result_sequence", "counted", "completions", "process", "tokens", "limits", "alarm_at", "classified.table", "classified.fields"} {
		delete(all, inner)
	}
	all["visits"] = variable{0, func(o *core.WorkOrder, _ time.Time) any { return len(o.Completions) }}
	all["now"] = variable{time.Time{}, func(_ *core.WorkOrder, now time.Time) any { return now }}
	return all
}()

// collect adds the members of a struct under a prefix. of finds the struct in an order; the zero
// Value where the order has none.
func collect(all map[string]variable, prefix string, t reflect.Type, of func(*core.WorkOrder) reflect.Value) {
	for i := range t.NumField() {
		f := t.Field(i)
		tag, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if tag == "" || tag == "-" || f.Type.Kind() == reflect.Map {
			continue
		}
		member := func(o *core.WorkOrder) reflect.Value {
			v := of(o)
			if !v.IsValid() {
				return v
			}
			v = v.Field(i)
			if v.Kind() == reflect.Pointer {
				v = v.Elem() // of nil: the zero Value
			}
			return v
		}
		inner := f.Type
		if inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		if inner.Kind() == reflect.Struct && inner != reflect.TypeFor[time.Time]() {
			collect(all, prefix+tag+".", inner, member)
			continue
		}
		read, sample := reader(inner)
		if read == nil {
			continue
		}
		all[prefix+tag] = variable{sample, func(o *core.WorkOrder, _ time.Time) any {
			if v := member(o); v.IsValid() {
				return read(v)
			}
			return sample
		}}
	}
}

// reader makes a Go value of an order one of expressions; sample is the value of nothing.
func reader(t reflect.Type) (read func(reflect.Value) any, sample any) {
	switch {
	case t == reflect.TypeFor[time.Time]():
		return func(v reflect.Value) any { return v.Interface() }, time.Time{}
	case t.Kind() == reflect.String:
		return func(v reflect.Value) any { return v.String() }, ""
	case t.Kind() == reflect.Bool:
		return func(v reflect.Value) any { return v.Bool() }, false
	case t.Kind() == reflect.Float64:
		return func(v reflect.Value) any { return v.Float() }, 0.0
	case t.Kind() == reflect.Slice:
		return func(v reflect.Value) any { return v.Len() }, 0
	case t.Kind() == reflect.Int || t.Kind() == reflect.Int64:
		return func(v reflect.Value) any { return int(v.Int()) }, 0
	}
	return nil, nil
}

// own is the variable of a field of the house's own.
func own(path string, t core.FieldType) variable {
	name := strings.TrimPrefix(path, core.OwnField)
	switch t {
	case core.FieldBool:
		return variable{false, func(o *core.WorkOrder, _ time.Time) any { return o.Extra[name] == "true" }}
	case core.FieldInt:
		return variable{0, func(o *core.WorkOrder, _ time.Time) any {
			n, err := strconv.Atoi(o.Extra[name])
			if err != nil {
				return 0 // as if nobody had written it
			}
			return n
		}}
	}
	return variable{"", func(o *core.WorkOrder, _ time.Time) any { return o.Extra[name] }}
}

var noVariable = lang.NewMessage("unknown-name", "an order has no %q", "工单没有 %q")

// guard is a condition that an administrator wrote.
type guard struct {
	expr *lang.Expr
	text string
	gets map[string]func(*core.WorkOrder, time.Time) any
}

// Holds evaluates the guard for an order as it is at an instant.
func (g *guard) Holds(o *core.WorkOrder, now time.Time) (bool, error) {
	holds, err := g.expr.Bool(g.Values(o, now))
	if err != nil {
		return false, fmt.Errorf("ask whether %s: %w", g.text, err)
	}
	return holds, nil
}

// Values are what the guard looks at, by name, as it stands in an order at an instant.
func (g *guard) Values(o *core.WorkOrder, now time.Time) map[string]any {
	values := make(map[string]any, len(g.gets))
	for name, get := range g.gets {
		values[name] = get(o, now)
	}
	return values
}

func (g *guard) String() string { return g.text }

// guard compiles a guard; nil where there is none, or where it is wrong.
func (c *compiler) guard(text lang.Value[string]) core.Condition {
	if text.V == "" {
		return nil
	}
	gets := map[string]func(*core.WorkOrder, time.Time) any{}
	expr := lang.Guard(c.p, text, func(name string, at lang.Pos) (any, bool) {
		v, ok := c.variable(name)
		if !ok {
			names := c.names()
			c.p.At(at, noVariable, name).Near(name, names).Expected(related(name, names)...)
			return nil, false
		}
		gets[name] = v.get
		return v.sample, true
	})
	if expr == nil {
		c.bad = true
		return nil
	}
	return &guard{expr, text.V, gets}
}

func (c *compiler) variable(name string) (variable, bool) {
	if name == "dispatch" {
		return variable{"", func(o *core.WorkOrder, _ time.Time) any { return string(c.mode(o)) }}, true
	}
	if f, ok := c.folder.own[name]; ok {
		return own(name, f.Type), true
	}
	v, ok := variables[name]
	return v, ok
}

func (c *compiler) names() []string {
	names := []string{"dispatch"}
	for name := range variables {
		names = append(names, name)
	}
	for name := range c.folder.own {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// related are the names of the same part of an order; of a name that names no part, those
// that are in none.
func related(name string, names []string) (of []string) {
	part := func(s string) string {
		if i := strings.LastIndexByte(s, '.'); i >= 0 {
			return s[:i]
		}
		return ""
	}
	for _, n := range names {
		if part(n) == part(name) {
			of = append(of, n)
		}
	}
	return of
}
