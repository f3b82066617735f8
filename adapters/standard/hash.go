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
	h.value("", reflect.ValueOf(v))
	return core.Hash(hex.EncodeToString(h.sha.Sum(nil)))
}

type hasher struct {
	sha      hash.Hash
	zone     *time.Location
	leaveOut []string
	line     []byte
}

// leaf adds one value. Its length stands before it, so that no two orders make the same lines.
func (h *hasher) leaf(path, value string) {
	h.line = append(h.line[:0], path...)
	h.line = append(h.line, '=')
	h.line = strconv.AppendInt(h.line, int64(len(value)), 10)
	h.line = append(h.line, ':')
	h.line = append(h.line, value...)
	h.sha.Write(append(h.line, '\n'))
}

func (h *hasher) value(path string, v reflect.Value) {
	if slices.Contains(h.leaveOut, path) {
		return
	}
	switch x := v.Interface().(type) {
	case string:
		if x = strings.TrimSpace(x); x != "" {
			h.leaf(path, x)
		}
	case xsd.DateTime:
		h.leaf(path, x.Time(h.zone).UTC().Format(time.RFC3339Nano))
	case xsd.Decimal:
		h.leaf(path, x.Canonical())
	case xsd.Date:
		h.leaf(path, day(&x))
	case xsd.Binary:
		sum := sha256.Sum256(x)
		h.leaf(path, string(sum[:]))
	case []vocabulary.Extra:
		sorted := slices.SortedStableFunc(slices.Values(x), func(a, b vocabulary.Extra) int { return cmp.Compare(a.Name, b.Name) })
		h.list(path, reflect.ValueOf(sorted))
	default:
		h.parts(path, v)
	}
}

func (h *hasher) parts(path string, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			h.value(path, v.Elem())
		}
	case reflect.Struct:
		if path != "" {
			path += "/"
		}
		for i := range v.NumField() {
			h.value(path+v.Type().Field(i).Name, v.Field(i))
		}
	case reflect.Slice:
		h.list(path, v)
	default: // integers and booleans
		h.leaf(path, fmt.Sprint(v.Interface()))
	}
}

func (h *hasher) list(path string, v reflect.Value) {
	for i := range v.Len() {
		h.value(path+"["+strconv.Itoa(i+1)+"]", v.Index(i))
	}
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
