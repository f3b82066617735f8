package sim

import (
	"fmt"
	"slices"

	"tundish/core"
	"tundish/wsdl/xsd"
)

// Tampering falsifies one entry, so that tests can see a reconciliation find it.
type Tampering struct {
	System string `json:"system,omitempty"` // of two systems in a process; absent: the first
	Op     string `json:"op"`               // delete, double or alter
	Ref    string `json:"ref"`
	Period string `json:"period,omitempty"`
	// Field and Value of alter: outcome, reason, final_reading, new_serial, initial_reading,
	// rechecked_reading, order_no, state or type. Without Field the first of final_reading,
	// rechecked_reading, new_serial and outcome that the entry has is changed.
	Field string `json:"field,omitempty"`
	Value string `json:"value,omitempty"`
}

// Tamper falsifies an entry and returns it as it is then; as it was if it was deleted.
func (b *Books) Tamper(t Tampering) (Entry, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	e := b.index[bookKey{t.Ref, t.Period}]
	if e == nil {
		return Entry{}, core.Invalidf("unknown_order", "ref", "there is no order %q in the books of %s", "%[2]s 账册中没有工单 %[1]q", t.Ref, b.system)
	}
	switch t.Op {
	case "delete":
		delete(b.index, bookKey{t.Ref, t.Period})
		b.entries = slices.DeleteFunc(b.entries, func(x *Entry) bool { return x == e })
	case "double":
		twin := *e
		b.entries = append(b.entries, &twin)
	case "alter":
		if err := e.alter(t.Field, t.Value); err != nil {
			return *e, err
		}
	default:
		return *e, core.Invalidf("invalid_value", "op", "op %q is not known; write delete, double or alter", "操作 %q 未知；可用：delete、double、alter", t.Op)
	}
	return *e, nil
}

func (e *Entry) alter(field, value string) error {
	readings := map[string]*string{"final_reading": &e.FinalReading, "initial_reading": &e.InitialReading, "rechecked_reading": &e.RecheckedReading}
	texts := map[string]*string{"outcome": &e.Outcome, "reason": &e.Reason, "new_serial": &e.NewSerial, "order_no": &e.OrderNo, "type": &e.Type, "state": (*string)(&e.State)}
	if field == "" {
		field, value = e.falsehood()
	}
	if at, ok := readings[field]; ok {
		if _, err := xsd.ParseDecimal(value); err != nil && value != "" {
			return core.Invalidf("invalid_value", "value", "%q is no reading; write digits such as 1234.5", "%q 不是有效读数", value)
		}
		*at = value
		return nil
	}
	at, ok := texts[field]
	if !ok {
		return core.Invalidf("invalid_value", "field", "field %q cannot be altered; see the documentation of Tampering", "字段 %q 不可修改", field)
	}
	*at = value
	return nil
}

// falsehood chooses what to change and makes up a value that is not the true one.
func (e *Entry) falsehood() (field, value string) {
	one := xsd.NewDecimal(1, 0)
	for _, r := range []struct{ field, value string }{{"final_reading", e.FinalReading}, {"rechecked_reading", e.RecheckedReading}} {
		if d := decimal(r.value); d != nil {
			return r.field, d.Add(one).String()
		}
	}
	switch {
	case e.NewSerial != "":
		return "new_serial", e.NewSerial + "9"
	case e.Outcome == "done":
		return "outcome", "could_not_be_done"
	}
	return "outcome", "done"
}

// String names the entry for messages.
func (e Entry) String() string { return fmt.Sprintf("%s (%s, %s)", e.Ref, e.OrderNo, e.State) }
