package lang

import (
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Bounds of what a file may hold, whatever its size.
const (
	maxDepth  = 64
	maxValues = 1_000_000 // counting what aliases repeat
)

// Decode reads a YAML document into the struct that into points to, and adds every mistake to p. What could be read is set
// even if there are mistakes elsewhere, so that a caller can go on checking; keys that are absent get their default unless
// the struct holds something there already. name is how messages call the file. The Document is never nil.
func Decode(p *Problems, name string, data []byte, into any) *Document {
	v := target(into)
	s := shapeOf(v.Type())
	src := NewSource(name, data)
	hideSecrets(src, s)
	before := p.Len()
	root := parse(p, src, data)
	doc := &Document{src: src, root: root, digest: Digest(data)}
	if root == nil && p.Len() > before {
		return doc
	}
	d := decoder{problems: p, src: src, left: maxValues}
	at := src.At(1, 1, 0)
	if root == nil { // an empty file is an empty mapping
		root = &yaml.Node{Kind: yaml.MappingNode, Line: 1, Column: 1}
	} else {
		at = d.at(root, nil)
	}
	d.decode(root, s, rules{}, v, at)
	return doc
}

// DecodeFile is [Decode] for the file at path. A file that cannot be read is a mistake like any other.
func DecodeFile(p *Problems, path string, into any) *Document {
	target(into)
	data, err := readBounded(path)
	if err != nil {
		p.At(Place(path), unreadable, err)
		return &Document{src: NewSource(path, nil)}
	}
	return Decode(p, path, data, into)
}

func readBounded(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, reason(err)
	}
	if info.Size() > MaxBytes {
		return nil, fmt.Errorf("it has %d bytes; at most %d are read", info.Size(), MaxBytes)
	}
	data, err := os.ReadFile(path)
	return data, reason(err)
}

// reason takes the path, which the message names already, out of an error of package os.
func reason(err error) error {
	if pathErr, ok := err.(*os.PathError); ok {
		return pathErr.Err
	}
	return err
}

func target(into any) reflect.Value {
	v := reflect.ValueOf(into)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		panic(fmt.Sprintf("lang: want a pointer to decode into, got %T", into))
	}
	return v.Elem()
}

type decoder struct {
	problems *Problems
	src      *Source
	left     int          // values that may still be read
	inside   []*yaml.Node // aliases being followed
	tooMany  bool
}

func (d *decoder) at(n *yaml.Node, t *trail) Pos {
	pos := Pos{src: d.src, line: n.Line, column: n.Column, trail: t}
	if n.Kind == yaml.ScalarNode && n.Style == 0 {
		pos.width = len([]rune(n.Value))
	}
	return pos
}

// decode reads node n into out. at is the place of the value, or of its key where the value is a whole block.
func (d *decoder) decode(n *yaml.Node, s *shape, r rules, out reflect.Value, at Pos) {
	at.secret = at.secret || r.secret
	if d.left--; d.left < 0 {
		if !d.tooMany {
			d.tooMany = true
			d.problems.At(at, tooManyAliases, maxValues)
		}
		return
	}
	if at.trail.depth() > maxDepth {
		d.problems.At(at, tooDeep, maxDepth)
		return
	}
	if at.secret {
		d.src.hide(n.Line, n.Column, strings.Count(n.Value, "\n"))
	}
	if n.Kind == yaml.AliasNode {
		if slices.Contains(d.inside, n.Alias) {
			d.problems.At(at, selfAlias, clip(n.Value))
			return
		}
		d.inside = append(d.inside, n.Alias)
		d.decode(n.Alias, s, r, out, at)
		d.inside = d.inside[:len(d.inside)-1]
		return
	}
	if n.Style&yaml.TaggedStyle != 0 {
		d.problems.At(at, explicitTag, clip(n.Tag)).Hint(hintTag)
		return
	}
	switch s.kind {
	case pointerKind:
		inner := reflect.New(s.elem.typ)
		d.decode(n, s.elem, r, inner.Elem(), at)
		out.Set(inner)
	case valueKind:
		out.Field(1).Set(reflect.ValueOf(at))
		d.decode(n, s.elem, r, out.Field(0), at)
	case structKind:
		d.structure(n, s, out, at)
	case mapKind, orderedKind:
		d.mapping(n, s, r, out, at)
	case listKind:
		d.list(n, s, r, out, at)
	case anyKind:
		if v := d.plain(n, at); v != nil {
			out.Set(reflect.ValueOf(v))
		}
	default:
		d.scalar(n, s, r, out, at)
	}
}

// pair is a key of a mapping and its value, with the places of both.
type pair struct {
	key     string
	value   *yaml.Node
	keyAt   Pos
	valueAt Pos
}

// pairs lists a mapping's keys, each once.
func (d *decoder) pairs(n *yaml.Node, at Pos) []pair {
	list := make([]pair, 0, len(n.Content)/2)
	lines := make(map[string]int, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		keyAt := d.at(k, at.trail)
		keyAt.secret = at.secret
		if k.Kind == yaml.AliasNode {
			k = k.Alias
		}
		switch {
		case k.Kind != yaml.ScalarNode || k.Tag == "!!null":
			d.problems.At(keyAt, keyNotText, describe(k))
			continue
		case k.Tag == "!!merge":
			d.problems.At(keyAt, mergeKey).Hint(hintMerge)
			continue
		case k.Style&yaml.TaggedStyle != 0:
			d.problems.At(keyAt, explicitTag, clip(k.Tag)).Hint(hintTag)
			continue
		case lines[k.Value] != 0:
			d.problems.At(keyAt, duplicateKey, clip(k.Value), lines[k.Value])
			continue
		}
		lines[k.Value] = k.Line
		keyAt.trail = at.trail.to(k.Value)
		list = append(list, pair{k.Value, v, keyAt, d.valueAt(v, keyAt)})
	}
	return list
}

// valueAt is the place of a value: its own if it is written as one token, else that of its key.
func (d *decoder) valueAt(v *yaml.Node, keyAt Pos) Pos {
	if v.Kind == yaml.AliasNode || v.Kind == yaml.ScalarNode && v.Tag != "!!null" {
		at := d.at(v, keyAt.trail)
		at.secret = keyAt.secret
		return at
	}
	return keyAt
}

func isEmpty(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.Tag == "!!null" && n.Value == ""
}

func (d *decoder) structure(n *yaml.Node, s *shape, out reflect.Value, at Pos) {
	if n.Kind != yaml.MappingNode && !isEmpty(n) {
		if f := s.shorthand; f != nil && (n.Kind == yaml.ScalarNode || f.shape.leaf().kind == listKind) {
			d.shorthand(n, s, out, at)
			return
		}
		d.wrong(n, aMapping, at).Hint(hintMappingFor)
		d.fullWidthHint(n)
		return
	}
	d.setPlaces(s, out, at)
	seen := map[string]bool{}
	meant := map[string]bool{} // absent keys that somebody probably mistyped
	for _, one := range d.pairs(n, at) {
		f := s.field(one.key)
		if f == nil {
			names := slices.Sorted(slices.Values(s.names()))
			if like := s.field(Nearest(one.key, names)); like != nil && like.secret {
				d.src.hide(one.value.Line, one.value.Column, strings.Count(one.value.Value, "\n"))
			}
			keyAt := one.keyAt
			keyAt.trail = at.trail
			d.problems.At(keyAt, unknownKey, clip(one.key)).Expected(names...).Near(one.key, names)
			meant[Nearest(one.key, names)] = true
			continue
		}
		seen[f.name] = true
		d.decode(one.value, f.shape, f.rules, out.FieldByIndex(f.index), one.valueAt)
	}
	for i := range s.fields {
		f := &s.fields[i]
		if seen[f.name] {
			continue
		}
		if f.required && !meant[f.name] {
			d.missing(f, at)
		}
		d.absent(f, out.FieldByIndex(f.index), at)
	}
}

func (d *decoder) missing(f *field, at Pos) {
	one := d.problems.At(at, requiredKey, f.name)
	if f.doc.En != "" {
		one.Hint(hintAdd, f.name, f.doc)
	} else {
		one.Hint(hintAddPlain, f.name)
	}
	if options := f.options(f.shape); options != nil {
		one.Expected(options...)
	}
}

// shorthand reads what stands in place of a mapping into the one field that may be written so.
func (d *decoder) shorthand(n *yaml.Node, s *shape, out reflect.Value, at Pos) {
	d.setPlaces(s, out, at)
	d.decode(n, s.shorthand.shape, s.shorthand.rules, out.FieldByIndex(s.shorthand.index), at)
	for i := range s.fields {
		if f := &s.fields[i]; f.name != s.shorthand.name {
			if f.required {
				d.missing(f, at)
			}
			d.absent(f, out.FieldByIndex(f.index), at)
		}
	}
}

func (d *decoder) setPlaces(s *shape, out reflect.Value, at Pos) {
	for _, index := range s.places {
		out.FieldByIndex(index).Set(reflect.ValueOf(at))
	}
}

// absent gives a field its default, or those of its own fields when it is an optional section.
func (d *decoder) absent(f *field, out reflect.Value, at Pos) {
	d.fill(f.shape, f.rules, out, Pos{src: at.src, line: at.line, column: at.column, width: at.width, trail: at.trail.to(f.name), secret: at.secret})
}

func (d *decoder) fill(s *shape, r rules, out reflect.Value, at Pos) {
	switch {
	case s.kind == valueKind:
		if out.Field(1).IsZero() {
			out.Field(1).Set(reflect.ValueOf(at))
		}
		d.fill(s.elem, r, out.Field(0), at)
	case r.def != nil:
		if out.IsZero() {
			setText(s, r, out, *r.def)
		}
	case s.kind == structKind:
		d.setPlaces(s, out, at)
		for i := range s.fields {
			d.absent(&s.fields[i], out.FieldByIndex(s.fields[i].index), at)
		}
	}
}

func (d *decoder) list(n *yaml.Node, s *shape, r rules, out reflect.Value, at Pos) {
	if r.single && n.Kind != yaml.SequenceNode && !isEmpty(n) {
		list := reflect.MakeSlice(s.typ, 1, 1)
		d.decode(n, s.elem, r.ofElement(), list.Index(0), at)
		out.Set(list)
		return
	}
	if n.Kind != yaml.SequenceNode && !isEmpty(n) {
		d.wrong(n, aList, at).Hint(hintListItem)
		d.fullWidthHint(n)
		return
	}
	list := reflect.MakeSlice(s.typ, len(n.Content), len(n.Content))
	for i, item := range n.Content {
		itemAt := d.at(item, at.trail.item(i))
		itemAt.secret = at.secret
		d.decode(item, s.elem, r.ofElement(), list.Index(i), itemAt)
	}
	out.Set(list)
	d.count(aListText, len(n.Content), elements, r, at)
}

func (d *decoder) mapping(n *yaml.Node, s *shape, r rules, out reflect.Value, at Pos) {
	if n.Kind != yaml.MappingNode && !isEmpty(n) {
		d.wrong(n, aMapping, at).Hint(hintMappingFor)
		d.fullWidthHint(n)
		return
	}
	pairs := d.pairs(n, at)
	if s.kind == mapKind {
		out.Set(reflect.MakeMapWithSize(s.typ, len(pairs)))
	} else {
		out.Set(reflect.MakeSlice(s.typ, len(pairs), len(pairs)))
	}
	for i, one := range pairs {
		if r.keys != nil && !r.keys.MatchString(one.key) {
			d.problems.At(one.keyAt, wrongKey, clip(one.key), patternText(r.keys))
		}
		if s.kind == orderedKind {
			entry := out.Index(i)
			entry.Field(0).SetString(one.key)
			entry.Field(2).Set(reflect.ValueOf(one.keyAt))
			d.decode(one.value, s.elem, r.ofElement(), entry.Field(1), one.valueAt)
			continue
		}
		key, value := reflect.New(s.key.typ).Elem(), reflect.New(s.elem.typ).Elem()
		d.scalar(&yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: one.key}, s.key, rules{}, key, one.keyAt)
		d.decode(one.value, s.elem, r.ofElement(), value, one.valueAt)
		out.SetMapIndex(key, value)
	}
	d.count(aMapText, len(pairs), elements, r, at)
}

// count checks the bounds of what can be counted.
func (d *decoder) count(what Text, n int, of Text, r rules, at Pos) {
	if r.low != nil && float64(n) < r.low.number {
		d.problems.At(at, tooShort, what, n, r.low.text, of)
	}
	if r.high != nil && float64(n) > r.high.number {
		d.problems.At(at, tooLong, what, n, r.high.text, of)
	}
}
