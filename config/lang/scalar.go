package lang

import (
	"cmp"
	"encoding"
	"fmt"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

var (
	aListText = Text{"this list", "此列表"}
	aMapText  = Text{"this section", "此处"}
	aTextText = Text{"this text", "此文本"}

	wholePattern  = regexp.MustCompile(`^-?(0|[1-9][0-9_]*)$`)
	numberPattern = regexp.MustCompile(`^-?(0|[1-9][0-9_]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$`)
)

// scalar reads a single value and checks the rules of its field.
func (d *decoder) scalar(n *yaml.Node, s *shape, r rules, out reflect.Value, at Pos) {
	want := s.called()
	if n.Kind != yaml.ScalarNode {
		d.wrong(n, want, at).Expected(r.options(s)...)
		return
	}
	if n.Tag == "!!null" {
		d.problems.At(at, noValue, want).Hint(hintFill).Expected(r.options(s)...)
		return
	}
	if !d.allowed(n.Value, s, r, at) {
		return
	}
	plain := n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) == 0
	switch s.kind {
	case textKind:
		out.SetString(n.Value)
		d.count(aTextText, utf8.RuneCountInString(n.Value), characters, r, at)
	case selfKind:
		if err := out.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(n.Value)); err != nil {
			d.refuse(n.Value, explain(err), at)
		}
	case boolKind:
		if b, err := parseBool(n.Value); err == nil && plain {
			out.SetBool(b)
		} else {
			d.wrong(n, want, at).Hint(hintBool)
		}
	case durationKind:
		d.duration(n, r, out, at)
	default:
		d.number(n, s, r, out, at, plain)
	}
}

// allowed checks what does not depend on the type: closed lists and patterns.
func (d *decoder) allowed(text string, s *shape, r rules, at Pos) bool {
	if options := r.options(s); options != nil && !slices.Contains(options, text) {
		if at.secret {
			d.problems.At(at, secretRefused)
		} else {
			d.problems.At(at, notAllowed, clip(text)).Expected(options...).Near(text, options)
		}
		return false
	}
	if r.pattern != nil && !r.pattern.MatchString(text) {
		if at.secret {
			d.problems.At(at, secretRefused)
		} else {
			d.problems.At(at, wrongPattern, clip(text), patternText(r.pattern))
		}
		return false
	}
	return true
}

// refuse reports a value that its own type did not take.
func (d *decoder) refuse(text string, why Text, at Pos) {
	if at.secret {
		d.problems.At(at, secretRefused)
		return
	}
	d.problems.At(at, refused, clip(text), why)
}

// explain takes both languages out of an error that knows them.
func explain(err error) Text {
	if both, ok := err.(interface{ In(Lang) string }); ok {
		return Text{both.In(English), both.In(Chinese)}
	}
	return Text{err.Error(), err.Error()}
}

func (d *decoder) duration(n *yaml.Node, r rules, out reflect.Value, at Pos) {
	v, err := ParseDuration(strings.TrimSpace(n.Value))
	if err != nil {
		one := d.wrong(n, aDuration, at).Hint(hintDuration)
		if wholePattern.MatchString(n.Value) && !at.secret {
			one.Hint(hintSeconds, n.Value)
		}
		return
	}
	out.SetInt(int64(v))
	d.inRange(float64(v), n.Value, r, at)
}

func (d *decoder) number(n *yaml.Node, s *shape, r rules, out reflect.Value, at Pos, plain bool) {
	form := wholePattern
	if s.kind == floatKind {
		form = numberPattern
	}
	text := strings.ReplaceAll(n.Value, "_", "")
	if !plain || !form.MatchString(n.Value) {
		one := d.wrong(n, s.called(), at)
		switch trimmed := strings.TrimLeft(text, "0"); {
		case at.secret:
		case form.MatchString(n.Value):
			one.Hint(hintUnquote, n.Value)
		case text != trimmed && wholePattern.MatchString(trimmed):
			one.Hint(hintPlainInt, trimmed) // octal for one reader of YAML, decimal for another
		}
		return
	}
	var value float64
	var err error
	switch s.kind {
	case intKind:
		var v int64
		if v, err = strconv.ParseInt(text, 10, s.typ.Bits()); err == nil {
			out.SetInt(v)
		}
		value = float64(v)
	case uintKind:
		var v uint64
		if v, err = strconv.ParseUint(text, 10, s.typ.Bits()); err == nil {
			out.SetUint(v)
		}
		value = float64(v)
	case floatKind:
		if value, err = strconv.ParseFloat(text, s.typ.Bits()); err == nil {
			out.SetFloat(value)
		}
	}
	if err != nil { // its form is right, so it is beyond what the type can hold
		low, high := typeBounds(s.typ)
		if strings.HasPrefix(text, "-") {
			d.inRange(math.Inf(-1), n.Value, rules{low: cmp.Or(r.low, low)}, at)
		} else {
			d.inRange(math.Inf(1), n.Value, rules{high: cmp.Or(r.high, high)}, at)
		}
		return
	}
	d.inRange(value, n.Value, r, at)
}

// inRange checks the bounds of a number or duration.
func (d *decoder) inRange(v float64, text string, r rules, at Pos) {
	message, limit := tooSmall, r.low
	switch {
	case r.low != nil && v < r.low.number:
	case r.high != nil && v > r.high.number:
		message, limit = tooBig, r.high
	default:
		return
	}
	if at.secret {
		d.problems.At(at, secretRefused)
		return
	}
	d.problems.At(at, message, clip(text), limit.text)
}

// typeBounds are the least and the greatest number of a type.
func typeBounds(t reflect.Type) (low, high *bound) {
	bits := t.Bits()
	switch {
	case t.Kind() == reflect.Float32 || t.Kind() == reflect.Float64:
		return &bound{text: "-1e308"}, &bound{text: "1e308"}
	case t.Kind() >= reflect.Uint && t.Kind() <= reflect.Uint64:
		return &bound{text: "0"}, &bound{text: strconv.FormatUint(math.MaxUint64>>(64-bits), 10)}
	}
	return &bound{text: strconv.FormatInt(math.MinInt64>>(64-bits), 10)}, &bound{text: strconv.FormatInt(math.MaxInt64>>(64-bits), 10)}
}

func parseBool(s string) (bool, error) {
	switch s {
	case "true", "True", "TRUE":
		return true, nil
	case "false", "False", "FALSE":
		return false, nil
	}
	return false, strconv.ErrSyntax
}

// wrong reports a value of another type than expected.
func (d *decoder) wrong(n *yaml.Node, want Text, at Pos) *Problem {
	if at.secret && n.Kind == yaml.ScalarNode {
		return d.problems.At(at, wrongType, want, secretly)
	}
	return d.problems.At(at, wrongType, want, describe(n))
}

// fullWidthHint adds to the last problem what is wrong with "key：value".
func (d *decoder) fullWidthHint(n *yaml.Node) {
	if n.Kind != yaml.ScalarNode || n.Style != 0 || len(d.problems.list) == 0 {
		return
	}
	if bad, good := fullWidth(n.Value); bad == "：" {
		d.problems.list[len(d.problems.list)-1].Hint(hintFullWidth, bad, good)
	}
}

// describe calls a node by its type, as people see it.
func describe(n *yaml.Node) Text {
	switch {
	case n.Kind == yaml.SequenceNode:
		return aList
	case n.Kind == yaml.MappingNode:
		return aMapping
	case n.Kind == yaml.AliasNode:
		return Text{fmt.Sprintf("the alias *%s", clip(n.Value)), fmt.Sprintf("别名 *%s", clip(n.Value))}
	case n.Tag == "!!null":
		return nothing
	case n.Tag == "!!int" || n.Tag == "!!float":
		return Text{"the number " + clip(n.Value), "数字 " + clip(n.Value)}
	case n.Tag == "!!bool":
		return Text{n.Value, " " + n.Value}
	}
	return Text{fmt.Sprintf("the text %q", clip(n.Value)), fmt.Sprintf("文本 %q", clip(n.Value))}
}

// called is what a shape is called in messages.
func (s *shape) called() Text {
	switch s := s.leaf(); s.kind {
	case textKind:
		return aText
	case boolKind:
		return aBool
	case intKind:
		return aWhole
	case uintKind:
		return aCount
	case floatKind:
		return aNumber
	case durationKind:
		return aDuration
	case listKind:
		return aList
	case mapKind, orderedKind, structKind:
		return aMapping
	}
	return aScalar
}

// setText sets a default that was declared in a tag. One that does not fit its own field is a programmer's mistake.
func setText(s *shape, r rules, out reflect.Value, text string) {
	if p := assign(Pos{}, s, r, out, text, "|"); p.Len() > 0 {
		panic(fmt.Sprintf("lang: default %q of %v: %v", text, s.typ, p))
	}
}

// assign reads a single text, or a list of them, as if it stood in a file.
func assign(at Pos, s *shape, r rules, out reflect.Value, text, separator string) *Problems {
	problems := new(Problems)
	d := decoder{problems: problems, left: maxValues}
	node := func(text string) *yaml.Node {
		n := &yaml.Node{Kind: yaml.ScalarNode, Value: text}
		if n.Tag = n.ShortTag(); n.Tag == "!!null" || s.leaf().kind == textKind {
			n.Tag = "!!str"
		}
		return n
	}
	n := node(text)
	if s.leaf().kind == listKind {
		n = &yaml.Node{Kind: yaml.SequenceNode}
		for item := range strings.SplitSeq(text, separator) {
			if item = strings.TrimSpace(item); item != "" {
				n.Content = append(n.Content, node(item))
			}
		}
	}
	d.decode(n, s, r, out, at)
	return problems
}

// plain reads a value without a declared type: nil, string, bool, int64, float64, []any or map[string]any.
func (d *decoder) plain(n *yaml.Node, at Pos) any {
	switch n.Kind {
	case yaml.SequenceNode:
		list := make([]any, len(n.Content))
		for i, item := range n.Content {
			d.decode(item, anyShape, rules{secret: at.secret}, reflect.ValueOf(&list[i]).Elem(), d.at(item, at.trail.item(i)))
		}
		return list
	case yaml.MappingNode:
		m := map[string]any{}
		for _, one := range d.pairs(n, at) {
			var v any
			d.decode(one.value, anyShape, rules{secret: at.secret}, reflect.ValueOf(&v).Elem(), one.valueAt)
			m[one.key] = v
		}
		return m
	}
	switch n.Tag {
	case "!!null":
		return nil
	case "!!bool":
		if b, err := parseBool(n.Value); err == nil {
			return b
		}
	case "!!int", "!!float":
		text := strings.ReplaceAll(n.Value, "_", "")
		if v, err := strconv.ParseInt(text, 10, 64); err == nil && wholePattern.MatchString(n.Value) {
			return v
		}
		if v, err := strconv.ParseFloat(text, 64); err == nil && numberPattern.MatchString(n.Value) && !math.IsInf(v, 0) {
			return v
		}
	}
	return n.Value
}

var anyShape = shapeOf(reflect.TypeFor[any]())
