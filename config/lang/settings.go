package lang

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// Setting is a single value somewhere in a struct, for merging a file with environment variables and flags and for
// printing what can be set.
type Setting struct {
	Path     string   // listen.address
	Type     string   // what kind of value it takes, in English: "a duration such as 30s"
	Default  string   // as it would be written; "" for none
	Choices  []string // nil unless the list is closed
	Required bool
	Secret   bool
	Doc      Text
}

// Settings lists the single values (and lists of single values) that a struct holds in itself or in nested structs, in the
// order of its fields. Maps and lists of sections are not settings: they live in files alone.
func Settings(of any) []Setting {
	var list []Setting
	shapeOf(structType(of)).settings("", nil, &list)
	return list
}

func (s *shape) settings(prefix string, outer []*shape, list *[]Setting) {
	if slices.Contains(outer, s) { // a type that holds itself through a pointer has no end
		return
	}
	for _, f := range s.fields {
		path := prefix + f.name
		leaf := f.shape.leaf()
		switch {
		case leaf.kind == structKind:
			leaf.settings(path+".", append(outer, s), list)
			continue
		case leaf.kind == mapKind || leaf.kind == orderedKind || leaf.kind == anyKind:
			continue
		case leaf.kind == listKind && leaf.elem.leaf().kind > selfKind:
			continue
		}
		one := Setting{
			Path: path, Type: leaf.called().En, Choices: f.options(f.shape),
			Required: f.required, Secret: f.secret, Doc: f.doc,
		}
		if f.def != nil {
			one.Default = *f.def
		}
		*list = append(*list, one)
	}
}

// Set gives the setting at path the value that text says, checked like one in a file. at names where the text came from,
// for example Place("TUNDISH_LISTEN_ADDRESS"). Items of a list are separated by commas.
func Set(p *Problems, at Pos, into any, path, text string) {
	v := target(into)
	s := shapeOf(v.Type())
	steps := strings.Split(path, ".")
	var r rules
	for i, step := range steps {
		for s.kind == pointerKind {
			if v.IsNil() {
				v.Set(reflect.New(s.elem.typ))
			}
			v, s = v.Elem(), s.elem
		}
		f := s.field(step)
		if f == nil {
			known := make([]string, 0, len(s.fields))
			for _, name := range s.names() {
				known = append(known, strings.Join(append(steps[:i:i], name), "."))
			}
			p.At(at, unknownPath, clip(path)).Near(path, known)
			return
		}
		v, s, r = v.FieldByIndex(f.index), f.shape, f.rules
		at.trail = at.trail.to(step)
	}
	p.Add(assign(at, s, r, v, text, ","))
}

func structType(of any) reflect.Type {
	t, ok := of.(reflect.Type)
	if !ok {
		t = reflect.TypeOf(of)
	}
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		panic(fmt.Sprintf("lang: want a struct, got %v", t))
	}
	return t
}
