package life

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"tundish/core"
)

// partOf is the part of the order that a path begins with, as a pointer; nil: it has none that
// may be written.
func partOf(o *core.WorkOrder, name string) any {
	switch name {
	case "customer":
		return &o.Customer
	case "place":
		return &o.Place
	case "meter":
		return &o.Meter
	case "report":
		return &o.Report
	case "appointment":
		return &o.Appointment
	case "completion":
		if c := o.LastCompletion(); c != nil {
			return c
		}
	}
	return nil
}

// value reads what stands at a path of the order; nil: nothing.
func value(o *core.WorkOrder, path string) (json.RawMessage, error) {
	name, rest, _ := strings.Cut(path, ".")
	if name == "extra" {
		if v, ok := o.Extra[rest]; ok && v != "" {
			return json.Marshal(v)
		}
		return nil, nil
	}
	p := partOf(o, name)
	if p == nil {
		return nil, nil
	}
	raw, err := json.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("read %s of an order: %w", path, err)
	}
	return below(raw, rest), nil
}

// set writes a value at a path of the order. One of the house's own fields keeps it as text.
func (x *turn) set(path string, v json.RawMessage) error {
	name, rest, _ := strings.Cut(path, ".")
	o := &x.next
	if name == "extra" {
		if o.Extra == nil {
			o.Extra = map[string]string{}
		}
		text := string(v)
		if len(v) > 0 && v[0] == '"' {
			if err := json.Unmarshal(v, &text); err != nil {
				return wrongValue(path)
			}
		}
		if text == "" || text == "null" {
			delete(o.Extra, rest)
			return nil
		}
		o.Extra[rest] = text
		return nil
	}
	p := partOf(o, name)
	if p == nil || rest == "" {
		return core.Invalidf("unknown_field", path, "the field %q cannot be written", "字段 %q 不可填写", path)
	}
	raw := []byte(v)
	keys := strings.Split(rest, ".")
	for i := len(keys) - 1; i >= 0; i-- {
		key, err := json.Marshal(keys[i])
		if err != nil {
			return err
		}
		raw = fmt.Appendf(nil, "{%s:%s}", key, raw)
	}
	d := json.NewDecoder(bytes.NewReader(raw)) // over what is there: other fields stay
	d.DisallowUnknownFields()
	if err := d.Decode(p); err != nil {
		return wrongValue(path)
	}
	return nil
}

func wrongValue(path string) *core.Error {
	return core.Invalidf("wrong_type", path, "the value does not fit the field %q", "字段 %q 的值类型不符", path)
}
