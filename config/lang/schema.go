package lang

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Schema describes the files that a struct is read from as a JSON Schema, draft-07, so that editors complete keys, explain
// them in both languages and underline what Decode would refuse. id is the schema's $id, title says what the file is for.
// The same type always gives the same bytes; keys stand in the order of the struct's fields.
func Schema(of any, id string, title Text) []byte {
	s := shapeOf(structType(of))
	w := schemaWriter{names: map[*shape]string{}, taken: map[string]bool{}}
	root := object{{"$schema", "http://json-schema.org/draft-07/schema#"}}
	if id != "" {
		root = append(root, member{"$id", id})
	}
	if title.En != "" {
		root = append(root, member{"title", title.En}, member{"description", bilingual(title)})
	}
	root = append(root, w.structure(s)...)
	if defs := w.definitions(); len(defs) > 0 {
		root = append(root, member{"definitions", defs})
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(root); err != nil {
		panic(fmt.Sprintf("lang: schema of %v: %v", s.typ, err)) // all that is in it was made here
	}
	return b.Bytes()
}

// WriteSchema writes the schema to a file, atomically, and only if it differs from what is there. It tells whether it did.
func WriteSchema(path string, schema []byte) (changed bool, err error) {
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, schema) {
		return false, nil
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".schema-*")
	if err != nil {
		return false, fmt.Errorf("write schema: %w", err)
	}
	defer os.Remove(f.Name()) // after the rename there is nothing left to remove
	_, err = f.Write(schema)
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Chmod(f.Name(), 0o644)
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return false, fmt.Errorf("write schema: %w", err)
	}
	return true, nil
}

// object is a JSON object whose members keep their order.
type object []member

type member struct {
	key   string
	value any
}

// MarshalJSON writes the members in order.
func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		for _, part := range []any{m.key, m.value} {
			e := json.NewEncoder(&b)
			e.SetEscapeHTML(false)
			if err := e.Encode(part); err != nil {
				return nil, err
			}
			b.Truncate(b.Len() - 1) // the newline that Encode adds
			b.WriteByte(':')
		}
		b.Truncate(b.Len() - 1)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// schemaWriter gives every struct below the root a definition of its own, which recursive types need.
type schemaWriter struct {
	names map[*shape]string
	taken map[string]bool
	queue []*shape
}

func (w *schemaWriter) definitions() (defs object) {
	for len(w.queue) > 0 {
		s := w.queue[0]
		w.queue = w.queue[1:]
		defs = append(defs, member{w.names[s], w.definition(s)})
	}
	return defs
}

func (w *schemaWriter) definition(s *shape) object {
	mapping := w.structure(s)
	if s.shorthand == nil {
		return mapping
	}
	short := w.value(s.shorthand.shape, s.shorthand.rules)
	return object{{"anyOf", []any{short, mapping}}}
}

func (w *schemaWriter) structure(s *shape) object {
	var properties object
	var required []string
	for i := range s.fields {
		f := &s.fields[i]
		o := w.value(f.shape, f.rules)
		if text := bilingual(f.doc); text != "" {
			if len(o) > 0 && o[0].key == "$ref" { // draft-07 ignores whatever stands beside a $ref
				o = object{{"allOf", []any{o}}}
			}
			o = append(object{{"description", text}}, o...)
		}
		if f.def != nil {
			o = append(o, member{"default", defaultOf(f.shape, f.rules)})
		}
		if f.secret {
			o = append(o, member{"writeOnly", true})
		}
		properties = append(properties, member{f.name, o})
		if f.required {
			required = append(required, f.name)
		}
	}
	o := object{{"type", []string{"object", "null"}}, {"additionalProperties", false}}
	if required != nil {
		o = object{{"type", "object"}, {"additionalProperties", false}, {"required", required}}
	}
	return append(o, member{"properties", properties})
}

// value is the schema of a value, without description and default.
func (w *schemaWriter) value(s *shape, r rules) object {
	s = s.leaf()
	switch s.kind {
	case structKind:
		return object{{"$ref", "#/definitions/" + w.name(s)}}
	case listKind:
		item := w.value(s.elem, r.ofElement())
		o := bounds(object{{"type", orNull("array", r)}, {"items", item}}, r, "minItems", "maxItems")
		if r.single {
			return object{{"anyOf", []any{o, item}}}
		}
		return o
	case mapKind, orderedKind:
		o := object{{"type", orNull("object", r)}}
		switch {
		case r.keys != nil:
			o = append(o, member{"propertyNames", object{{"pattern", r.keys.String()}}})
		case s.key != nil && s.key.choices != nil:
			o = append(o, member{"propertyNames", object{{"enum", s.key.choices}}})
		}
		o = append(o, member{"additionalProperties", w.value(s.elem, r.ofElement())})
		return bounds(o, r, "minProperties", "maxProperties")
	}
	return scalarSchema(s, r)
}

// orNull allows a key with nothing behind it where an empty list or section is as good as none.
func orNull(kind string, r rules) any {
	if r.low != nil && r.low.number > 0 {
		return kind
	}
	return []string{kind, "null"}
}

func scalarSchema(s *shape, r rules) object {
	if options := r.options(s); options != nil {
		values := typed(s, options)
		for _, option := range options {
			if s.kind == textKind && numberPattern.MatchString(option) { // 1.2 without quotes is as good
				values = append(values, json.Number(option))
			}
		}
		return object{{"enum", values}}
	}
	switch s.kind {
	case boolKind:
		return object{{"type", "boolean"}}
	case intKind, uintKind:
		low, high := typeBounds(s.typ)
		if s.kind == uintKind || s.typ.Bits() < 64 {
			r.low = cmp.Or(r.low, low)
		}
		if s.typ.Bits() < 64 {
			r.high = cmp.Or(r.high, high)
		}
		return bounds(object{{"type", "integer"}}, r, "minimum", "maximum")
	case floatKind:
		return bounds(object{{"type", "number"}}, r, "minimum", "maximum")
	case durationKind:
		form := durationForm
		if r.low != nil && r.low.number >= 0 {
			form = strings.Replace(form, "-?", "", 1)
		}
		// The only duration without a unit is 0. What is longer or shorter than allowed, no pattern can tell.
		return object{{"type", []string{"string", "integer"}}, {"pattern", form}, {"minLength", 1}, {"minimum", 0}, {"maximum", 0}}
	case anyKind:
		return object{}
	}
	o := object{{"type", []string{"string", "number", "boolean"}}} // text takes what is written, 01 as well as "01"
	if r.pattern != nil {
		o = object{{"type", []string{"string", "number"}}, {"pattern", r.pattern.String()}}
	}
	return bounds(o, r, "minLength", "maxLength")
}

func bounds(o object, r rules, low, high string) object {
	if r.low != nil {
		o = append(o, member{low, json.Number(r.low.text)})
	}
	if r.high != nil {
		o = append(o, member{high, json.Number(r.high.text)})
	}
	return o
}

// defaultOf is the declared default as JSON.
func defaultOf(s *shape, r rules) any {
	if leaf := s.leaf(); leaf.kind == listKind {
		return typed(leaf.elem.leaf(), strings.Split(*r.def, "|"))
	}
	return typed(s.leaf(), []string{*r.def})[0]
}

func typed(s *shape, texts []string) []any {
	list := make([]any, len(texts))
	for i, text := range texts {
		list[i] = text
		switch s.kind {
		case boolKind:
			list[i] = text == "true"
		case intKind, uintKind, floatKind:
			if _, err := strconv.ParseFloat(text, 64); err == nil {
				list[i] = json.Number(strings.ReplaceAll(text, "_", ""))
			}
		}
	}
	return list
}

// name is what a struct's definition is called: its type's name, made unique.
func (w *schemaWriter) name(s *shape) string {
	if name, ok := w.names[s]; ok {
		return name
	}
	base := s.typ.Name()
	if i := strings.IndexByte(base, '['); i >= 0 {
		base = base[:i]
	}
	if base == "" {
		base = "Section"
	}
	name := base
	for n := 2; w.taken[name]; n++ {
		name = base + strconv.Itoa(n)
	}
	w.names[s], w.taken[name] = name, true
	w.queue = append(w.queue, s)
	return name
}

func bilingual(t Text) string {
	return strings.TrimSpace(t.En + "\n" + t.Zh)
}
