package mapping

import (
	"strings"

	"tundish/config/lang"
	"tundish/core"
	"tundish/wsdl/shape"
)

// formula is an expression on texts of an order's element.
type formula struct {
	*lang.Expr
	names []string // in the expression, by slot
	slots []int
	paths []string
}

// formula compiles an expression; nil where there is none, or a wrong one. A name in it is a
// path of one step, words with dots between are a path with /, at("…") takes any path.
func (c *reading) formula(text lang.Value[string], want lang.Result, place *shape.Node) *formula {
	if text.V == "" {
		return nil
	}
	f := &formula{}
	f.Expr = lang.Expression(c.p, text, want, func(name string, at lang.Pos) (any, bool) {
		path := name
		if !strings.ContainsAny(name, "/@[{ ") {
			path = strings.ReplaceAll(name, ".", "/")
		}
		slot := c.slot(lang.Value[string]{V: path, At: at}, place)
		f.names, f.slots, f.paths = append(f.names, name), append(f.slots, slot), append(f.paths, path)
		return "", slot >= 0
	})
	if f.Expr == nil {
		return nil
	}
	return f
}

// environment is what a formula sees: texts without blanks around them, empty where they mean nothing.
func (w *walk) environment(f *formula, none []string) map[string]any {
	if w.env == nil {
		w.env = map[string]any{}
	}
	clear(w.env)
	for i, name := range f.names {
		text := string(trim(w.found(f.slots[i])))
		for _, n := range none {
			if text == n {
				text = ""
			}
		}
		w.env[name] = text
	}
	return w.env
}

// holds evaluates a condition; nil is always true.
func (w *walk) holds(f *formula, none []string) (bool, *core.Error) {
	if f == nil {
		return true, nil
	}
	is, err := f.Bool(w.environment(f, none))
	if err != nil {
		return false, f.failed(err)
	}
	return is, nil
}

func (f *formula) failed(err error) *core.Error {
	e := core.Invalidf("invalid_value", "", "the expression has no value here: %v", "表达式在此没有值：%v", err)
	if len(f.paths) > 0 {
		e.Field = f.paths[0]
	}
	return e
}

// passOver tells whether the order that was read is none for the mapping.
func (w *walk) passOver() (bool, error) {
	if w.in.when == nil {
		return false, nil
	}
	is, err := w.holds(w.in.when, nil)
	if err != nil {
		w.refusal = err // the order is refused for it
		return false, nil
	}
	return !is, nil
}
