package api

import (
	"encoding"
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
	"time"

	"tundish/core"
)

// schemer writes JSON Schemas of Go types as encoding/json writes and reads them. Structs have a
// name and are written once; what callers send has schemas of its own, in which nothing is required.
type schemer struct {
	named object
	names map[typeUse]string
}

type typeUse struct {
	t    reflect.Type
	sent bool
}

func newSchemer() *schemer { return &schemer{named: object{}, names: map[typeUse]string{}} }

// enums are texts of which there are only so many.
var enums = map[reflect.Type][]string{
	reflect.TypeFor[core.Phase]():   texts(core.Phases()),
	reflect.TypeFor[core.Urgency](): texts(core.Urgencies()),
	reflect.TypeFor[core.Family]():  texts(core.Families()),
}

func texts[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = string(v)
	}
	return out
}

func (s *schemer) of(t reflect.Type, sent bool) object {
	switch {
	case t == reflect.TypeFor[time.Time]():
		return object{"type": "string", "format": "date-time"}
	case t == reflect.TypeFor[time.Duration]():
		return object{"type": "integer", "description": "nanoseconds 纳秒"}
	case t == reflect.TypeFor[json.RawMessage](), t.Kind() == reflect.Interface:
		return object{}
	case t.Kind() == reflect.Pointer:
		return s.of(t.Elem(), sent)
	case t.Implements(reflect.TypeFor[encoding.TextMarshaler]()):
		return object{"type": "string"}
	case t.Implements(reflect.TypeFor[json.Marshaler]()):
		return object{}
	}
	switch t.Kind() {
	case reflect.String:
		if list := enums[t]; list != nil && !sent { // what was sent is refused by the handler, with the choices
			return object{"type": "string", "enum": append([]string{""}, list...)}
		}
		return object{"type": "string"}
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.Float32, reflect.Float64:
		return object{"type": "number"}
	case reflect.Slice, reflect.Array:
		if t.Elem().Kind() == reflect.Uint8 {
			return object{"type": "string", "contentEncoding": "base64"}
		}
		return object{"type": "array", "items": s.of(t.Elem(), sent)}
	case reflect.Map:
		return object{"type": "object", "additionalProperties": s.of(t.Elem(), sent)}
	case reflect.Struct:
		return object{"$ref": "#/components/schemas/" + s.name(t, sent)}
	}
	return object{"type": "integer"}
}

// name writes a struct's schema, if it is not there yet, and tells its name.
func (s *schemer) name(t reflect.Type, sent bool) string {
	use := typeUse{t, sent}
	if name, ok := s.names[use]; ok {
		return name
	}
	name := "Object" // errorBody's inner struct has no name
	if t.Name() != "" {
		name = strings.ToUpper(t.Name()[:1]) + t.Name()[1:]
	}
	if sent {
		name += "Sent"
	}
	for base, n := name, 2; s.named[name] != nil; n++ {
		name = base + strconv.Itoa(n)
	}
	s.names[use] = name
	schema := object{"type": "object", "additionalProperties": false}
	s.named[name] = schema
	properties, required := object{}, []string{}
	s.fields(t, sent, properties, &required)
	schema["properties"] = properties
	if len(required) > 0 && !sent {
		schema["required"] = required
	}
	return name
}

func (s *schemer) fields(t reflect.Type, sent bool, into object, required *[]string) {
	for f := range t.Fields() {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "-" || !f.IsExported() && !f.Anonymous {
			continue
		}
		if f.Anonymous && name == "" {
			s.fields(f.Type, sent, into, required) // as encoding/json promotes them
			continue
		}
		if name == "" {
			name = f.Name
		}
		schema := s.of(f.Type, sent)
		optional := strings.Contains(options, "omitempty") || strings.Contains(options, "omitzero")
		k := f.Type.Kind()
		if ours := t.PkgPath() == reflect.TypeFor[API]().PkgPath(); !optional && (k == reflect.Pointer || !ours && (k == reflect.Slice || k == reflect.Map)) { // our own lists are [] when they are empty
			schema = object{"anyOf": []object{schema, {"type": "null"}}}
		}
		into[name] = schema
		if !optional {
			*required = append(*required, name)
		}
	}
}
