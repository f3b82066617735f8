package lang

import (
	"encoding"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"time"
)

// kind is how a Go type appears in YAML.
type kind int

const (
	textKind kind = iota
	boolKind
	intKind
	uintKind
	floatKind
	durationKind
	selfKind // reads itself from text
	anyKind
	listKind
	mapKind     // map[K]T
	orderedKind // Map[T]
	structKind
	pointerKind
	valueKind // Value[T]
)

// shape is what this package knows about a Go type. Shapes are made once; those of recursive types refer to themselves.
type shape struct {
	kind      kind
	typ       reflect.Type
	elem      *shape   // of lists, maps, pointers, values
	key       *shape   // of map[K]T
	choices   []string // of enumerations
	fields    []field  // of structs, inlined ones included
	places    [][]int  // fields of type Pos
	shorthand *field
}

// leaf looks through pointers and Value.
func (s *shape) leaf() *shape {
	for s.kind == pointerKind || s.kind == valueKind {
		s = s.elem
	}
	return s
}

func (s *shape) field(name string) *field {
	for i := range s.fields {
		if s.fields[i].name == name {
			return &s.fields[i]
		}
	}
	return nil
}

func (s *shape) names() []string {
	names := make([]string, len(s.fields))
	for i, f := range s.fields {
		names[i] = f.name
	}
	return names
}

var (
	shapesLock sync.Mutex
	shapes     = map[reflect.Type]*shape{}
)

// shapeOf describes a type. It panics when the type or its tags cannot be understood: that is a programmer's mistake.
func shapeOf(t reflect.Type) *shape {
	shapesLock.Lock()
	defer shapesLock.Unlock()
	made := map[reflect.Type]*shape{}
	s := build(t, made)
	for t, s := range made { // only now, so that no half-made shape outlives a panic
		shapes[t] = s
	}
	return s
}

var (
	posType      = reflect.TypeFor[Pos]()
	durationType = reflect.TypeFor[time.Duration]()
	selfType     = reflect.TypeFor[encoding.TextUnmarshaler]()
	choicesType  = reflect.TypeFor[interface{ Choices() []string }]()
	valuedType   = reflect.TypeFor[valued]()
	orderedType  = reflect.TypeFor[ordered]()
)

func build(t reflect.Type, made map[reflect.Type]*shape) *shape {
	if s := shapes[t]; s != nil {
		return s
	}
	if s := made[t]; s != nil {
		return s
	}
	s := &shape{typ: t}
	made[t] = s
	if reflect.PointerTo(t).Implements(choicesType) && t.Kind() != reflect.Pointer {
		s.choices = reflect.New(t).Interface().(interface{ Choices() []string }).Choices()
	}
	switch {
	case t == durationType:
		s.kind = durationKind
	case t.Kind() == reflect.Pointer:
		s.kind, s.elem = pointerKind, build(t.Elem(), made)
	case t.Kind() == reflect.Struct && t.Implements(valuedType):
		s.kind, s.elem = valueKind, build(t.Field(0).Type, made)
	case t.Kind() == reflect.Slice && t.Implements(orderedType):
		s.kind, s.elem = orderedKind, build(t.Elem().Field(1).Type, made)
	case reflect.PointerTo(t).Implements(selfType):
		s.kind = selfKind
	default:
		s.byKind(t, made)
	}
	return s
}

func (s *shape) byKind(t reflect.Type, made map[reflect.Type]*shape) {
	switch t.Kind() {
	case reflect.String:
		s.kind = textKind
	case reflect.Bool:
		s.kind = boolKind
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		s.kind = intKind
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		s.kind = uintKind
	case reflect.Float32, reflect.Float64:
		s.kind = floatKind
	case reflect.Slice:
		s.kind, s.elem = listKind, build(t.Elem(), made)
	case reflect.Map:
		s.kind, s.key, s.elem = mapKind, build(t.Key(), made), build(t.Elem(), made)
		if s.key.kind != textKind && s.key.kind != selfKind {
			panic(fmt.Sprintf("lang: the keys of %v are not texts", t))
		}
	case reflect.Struct:
		s.kind = structKind
		s.addFields(t, nil, made)
	case reflect.Interface:
		if t.NumMethod() > 0 {
			panic(fmt.Sprintf("lang: %v cannot be read from YAML", t))
		}
		s.kind = anyKind
	default:
		panic(fmt.Sprintf("lang: %v cannot be read from YAML", t))
	}
}

// addFields collects the keys of a struct, and of those inlined into it.
func (s *shape) addFields(t reflect.Type, prefix []int, made map[reflect.Type]*shape) {
	for i := range t.NumField() {
		f := t.Field(i)
		index := append(prefix[:len(prefix):len(prefix)], i)
		tag, tagged := f.Tag.Lookup("yaml")
		switch {
		case f.Type == posType && !tagged && f.IsExported():
			s.places = append(s.places, index)
			continue
		case tag == "-" || !f.IsExported() && !f.Anonymous:
			continue
		case tag == ",inline":
			if f.Type.Kind() != reflect.Struct {
				panic(fmt.Sprintf("lang: %v.%s: only structs can be inlined", t, f.Name))
			}
			s.addFields(f.Type, index, made)
			continue
		case tag == "" || strings.HasPrefix(tag, ","):
			panic(fmt.Sprintf(`lang: %v.%s has no name: add a tag yaml:"name" or yaml:"-"`, t, f.Name))
		}
		one, err := parseField(f, index, build(f.Type, made))
		if err != nil {
			panic(fmt.Sprintf("lang: %v.%s: %v", t, f.Name, err))
		}
		if s.field(one.name) != nil {
			panic(fmt.Sprintf("lang: %v has two fields named %q", s.typ, one.name))
		}
		s.fields = append(s.fields, one)
	}
	for i := range s.fields {
		if s.fields[i].shorthand {
			s.shorthand = &s.fields[i]
		}
	}
}
