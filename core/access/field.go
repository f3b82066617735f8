package access

import (
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"tundish/core"
)

// Field is something of an order that not everybody is shown.
type Field struct {
	Code string
	Name core.Text
	// Paths in the order's JSON form, keys joined by dots: "customer.phone", "extra.cost"; of a
	// list each element is meant: "completions.people". "extra.*" are all custom fields.
	Paths []string
	Mask  Mask
}

// Mask is how much of a text is left when it is masked. What is no text is hidden instead.
type Mask string

const (
	MaskTail Mask = "tail" // the last four characters, of at most eight the last two
	MaskHead Mask = "head" // the first character
	MaskAll  Mask = "all"  // nothing but that there is something
)

// Masks lists every mask.
func Masks() []Mask { return []Mask{MaskTail, MaskHead, MaskAll} }

// Apply masks a text. An empty text stays empty.
func (m Mask) Apply(s string) string {
	n := utf8.RuneCountInString(s)
	if n == 0 {
		return ""
	}
	r := []rune(s)
	switch {
	case m == MaskTail && n > 8:
		return strings.Repeat("*", n-4) + string(r[n-4:])
	case m == MaskTail && n > 4:
		return strings.Repeat("*", n-2) + string(r[n-2:])
	case m == MaskHead && n > 1:
		return string(r[0]) + strings.Repeat("*", n-1)
	}
	return "***"
}

// protected is a Field whose paths are known to lead somewhere.
type protected struct {
	Field
	paths [][]string
}

// ours is bookkeeping that is nobody's to see: digests of what sources say of fields that may be protected.
var ours = protected{paths: [][]string{{"ours"}}}

func (f Field) compile() (protected, error) {
	p := protected{Field: f}
	if !slices.Contains(Masks(), f.Mask) {
		return p, core.Invalidf("unknown_mask", f.Code, "there is no mask %q; there are %v", "没有掩码 %q；现有 %v", f.Mask, Masks())
	}
	for _, path := range f.Paths {
		if err := CheckPath(path); err != nil {
			return p, err
		}
		p.paths = append(p.paths, strings.Split(path, "."))
	}
	return p, nil
}

// CheckPath refuses a path that leads to nothing in an order, and tells what there is at the place
// where it goes wrong.
func CheckPath(path string) error {
	t := reflect.TypeFor[core.WorkOrder]()
	for i, key := range strings.Split(path, ".") {
		for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
			t = t.Elem()
		}
		switch {
		case t.Kind() == reflect.Map && key != "":
			t = t.Elem()
			continue
		case t.Kind() == reflect.Struct:
			if f, ok := member(t, key); ok && (i > 0 || !structural[key]) {
				t = f.Type
				continue
			}
		}
		return core.Invalidf("unknown_path", path, "an order has no field %q that could be protected", "工单没有可保护的字段 %q", path)
	}
	return nil
}

// structural fields say what an order is; without them nothing else makes sense.
var structural = map[string]bool{"no": true, "ref": true, "version": true, "type": true, "family": true, "phase": true, "assignment": true}

func member(t reflect.Type, key string) (reflect.StructField, bool) {
	for i := range t.NumField() {
		f := t.Field(i)
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name == key && key != "" {
			return f, true
		}
	}
	return reflect.StructField{}, false
}

// cover hides or masks what the path leads to in v.
func (p *protected) cover(v reflect.Value, path []string, l Level) {
	for v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return
		}
		if len(path) == 0 && (l == Hidden || v.Type().Elem().Kind() != reflect.String) {
			v.SetZero() // absent, and not a place in the Gulf of Guinea
			return
		}
		v = v.Elem()
	}
	switch {
	case v.Kind() == reflect.Slice && (len(path) > 0 || l == Masked && v.Type().Elem().Kind() == reflect.String):
		for i := range v.Len() {
			p.cover(v.Index(i), path, l)
		}
	case len(path) == 0 && l == Masked && v.Kind() == reflect.String:
		v.SetString(p.Mask.Apply(v.String()))
	case len(path) == 0:
		v.SetZero()
	case v.Kind() == reflect.Struct:
		if f, ok := member(v.Type(), path[0]); ok {
			p.cover(v.FieldByIndex(f.Index), path[1:], l)
		}
	case v.Kind() == reflect.Map:
		for _, k := range v.MapKeys() {
			if path[0] != "*" && path[0] != k.String() {
				continue
			}
			if x := v.MapIndex(k); l == Masked && x.Kind() == reflect.String {
				v.SetMapIndex(k, reflect.ValueOf(p.Mask.Apply(x.String())).Convert(x.Type()))
			} else {
				v.SetMapIndex(k, reflect.Value{})
			}
		}
	}
}
