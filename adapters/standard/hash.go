package standard

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"tundish/core"
	"tundish/wsdl/vocabulary"
	"tundish/wsdl/xsd"
)

// Hash is the digest by which the hub tells a retry from a change. It is taken over the
// source's own values, before any code table: element by element in the contract's order,
// texts trimmed, instants in UTC, numbers without superfluous digits, custom fields by
// name, attachments by their digest. Prefixes, white space, charset, the order of children and
// the way a zone is written do not matter. Volatile elements are left out.
//
// It follows the shape of the generated type, so that an element added to the contract
// is hashed with the rest, and does not disturb hashes of orders without it.
func (s *System) Hash(v *vocabulary.Order) core.Hash {
	h := hasher{sha: sha256.New(), zone: s.Zone, leaveOut: s.Volatile}
	h.value(reflect.ValueOf(v).Elem())
	return core.Hash(hex.EncodeToString(h.sha.Sum(nil)))
}

type hasher struct {
	sha      hash.Hash
	zone     *time.Location
	leaveOut []string
	path     []byte // of the value at hand
	line     []byte
}

// leaf adds one value. Its length stands before it, so that no two orders make the same lines.
func (h *hasher) leaf(value string) {
	h.line = append(h.line[:0], h.path...)
	h.line = append(h.line, '=')
	h.line = strconv.AppendInt(h.line, int64(len(value)), 10)
	h.line = append(h.line, ':')
	h.line = append(h.line, value...)
	h.line = append(h.line, '\n')
	h.sha.Write(h.line)
}

// value adds v, which can be pointed at: looking at a pointer copies nothing.
func (h *hasher) value(v reflect.Value) {
	if len(h.leaveOut) > 0 && slices.Contains(h.leaveOut, string(h.path)) {
		return
	}
	switch x := v.Addr().Interface().(type) {
	case *string:
		if text := strings.TrimSpace(*x); text != "" {
			h.leaf(text)
		}
	case *xsd.DateTime:
		h.leaf(x.Time(h.zone).UTC().Format(time.RFC3339Nano))
	case *xsd.Decimal:
		h.leaf(x.Canonical())
	case *xsd.Date:
		h.leaf(day(x))
	case *xsd.Binary:
		sum := sha256.Sum256(*x)
		h.leaf(string(sum[:]))
	case *[]vocabulary.Extra:
		sorted := slices.SortedStableFunc(slices.Values(*x), func(a, b vocabulary.Extra) int { return cmp.Compare(a.Name, b.Name) })
		h.list(reflect.ValueOf(sorted))
	default:
		h.parts(v)
	}
}

func (h *hasher) parts(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			h.value(v.Elem())
		}
	case reflect.Struct:
		above := len(h.path)
		if above > 0 {
			h.path = append(h.path, '/')
		}
		here := len(h.path)
		for i, name := range fieldsOf(v.Type()) {
			h.path = append(h.path[:here], name...)
			h.value(v.Field(i))
		}
		h.path = h.path[:above]
	case reflect.Slice:
		h.list(v)
	default: // integers and booleans
		h.leaf(fmt.Sprint(v.Interface()))
	}
}

func (h *hasher) list(v reflect.Value) {
	above := len(h.path)
	for i := range v.Len() {
		h.path = append(h.path[:above], '[')
		h.path = strconv.AppendInt(h.path, int64(i+1), 10)
		h.path = append(h.path, ']')
		h.value(v.Index(i))
	}
	h.path = h.path[:above]
}

// fieldNames are the names of a struct's fields: asking reflect for them makes them anew.
var fieldNames sync.Map // reflect.Type → []string

func fieldsOf(t reflect.Type) []string {
	if names, ok := fieldNames.Load(t); ok {
		return names.([]string)
	}
	var names []string
	for f := range t.Fields() {
		names = append(names, f.Name)
	}
	fieldNames.Store(t, names)
	return names
}

// isElement reports whether a path below Order means an element.
func isElement(path string) bool {
	t := reflect.TypeFor[vocabulary.Order]()
	home := t.PkgPath()
	for name := range strings.SplitSeq(path, "/") {
		if t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		if t.Kind() != reflect.Struct || t.PkgPath() != home {
			return false
		}
		f, ok := t.FieldByName(name)
		if !ok {
			return false
		}
		t = f.Type
	}
	return true
}
