package foreign

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"tundish/adapters/mapping"
	"tundish/config/lang"
	"tundish/core"
	"tundish/wsdl/xml"
)

// Difference is one field that two mappings make otherwise of the same message.
type Difference struct {
	Ref       string `json:"ref"`   // of the order; "" where there is none
	Field     string `json:"field"` // of the house; of what is written back, the line of the message
	Live      string `json:"live"`
	Candidate string `json:"candidate"`
}

// CompareRequest reads a message that a system sent by two mappings. known is false when
// neither of them serves what it asks for.
func CompareRequest(live, candidate *mapping.Mapping, message []byte, l lang.Lang) (all []Difference, known bool, err error) {
	a, saysLive, inLive, err := readRequest(live, message)
	if err != nil {
		return nil, false, err
	}
	b, saysCandidate, inCandidate, err := readRequest(candidate, message)
	if err != nil {
		return nil, false, err
	}
	all = differences(a, b, l)
	ref := ""
	for _, items := range [][]mapping.Item{a, b} {
		if ref == "" && len(items) > 0 {
			ref = items[0].Order.Ref.External
		}
	}
	for i := range max(len(saysLive), len(saysCandidate)) {
		if x, y := at(saysLive, i), at(saysCandidate, i); x != y {
			all = append(all, Difference{Ref: ref, Field: fmt.Sprintf("answer:%d", i+1), Live: x, Candidate: y})
		}
	}
	return all, inLive || inCandidate, nil
}

// answersOf are the answers that a mapping gives to a message, taken, known and refused in turn,
// with stand-ins for what only a hub can say.
func answersOf(in *mapping.Inward, items []mapping.Item) []string {
	v := mapping.Values{Order: &core.WorkOrder{}, Status: core.StatusReceived, Message: mapping.Message{ID: "MESSAGE"}}
	for i := range items {
		o := items[i].Order
		o.No = "NUMBER"
		r := mapping.Receipt{Ref: o.Ref, No: o.No, Status: core.StatusReceived}
		if v.Receipt == nil {
			v.Order, v.Receipt = &o, &r
		}
		v.Receipts = append(v.Receipts, r)
	}
	var lines []string
	for _, program := range []*mapping.Outward{in.OK, in.Known, in.Refused} {
		if program == nil {
			lines = append(lines, "-")
			continue
		}
		v := v
		if program == in.Refused {
			v.Error = &mapping.Refusal{Code: "CODE", Message: "TEXT", Field: "FIELD", Kind: core.Invalid, Correlation: "MESSAGE"}
		}
		lines = append(lines, lined(program, &v)...)
	}
	return lines
}

// CompareAnswer reads an answer to a pull likewise.
func CompareAnswer(live, candidate *mapping.Pulling, answer []byte, l lang.Lang) ([]Difference, error) {
	a, err := readAnswer(live, answer)
	if err != nil {
		return nil, err
	}
	b, err := readAnswer(candidate, answer)
	if err != nil {
		return nil, err
	}
	return differences(a, b, l), nil
}

// CompareTold writes a message that is or was owed by two mappings; ours, a mapping without
// a call for it, writes nothing.
func CompareTold(live, candidate *mapping.Mapping, m *core.OutboxMessage) ([]Difference, error) {
	var wb core.WriteBack
	if err := json.Unmarshal(m.Payload, &wb); err != nil {
		return nil, err
	}
	a, b := written(live, m, &wb), written(candidate, m, &wb)
	var all []Difference
	for i := range max(len(a), len(b)) {
		if x, y := at(a, i), at(b, i); x != y {
			all = append(all, Difference{Ref: wb.Order.Ref.External, Field: fmt.Sprintf("%s:%d", m.Kind, i+1), Live: x, Candidate: y})
		}
	}
	return all, nil
}

func at(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return ""
}

// written is the Body that a mapping makes of what is owed, element by element.
func written(m *mapping.Mapping, owed *core.OutboxMessage, wb *core.WriteBack) []string {
	call := m.Calls[wb.Kind]
	if call == nil {
		return nil
	}
	v := mapping.Values{Message: mapping.Message{ID: owed.ID, Sequence: owed.Sequence, SentAt: owed.CreatedAt},
		Order: &wb.Order, Status: wb.Status, Reason: wb.Reason, By: wb.By, At: wb.At}
	call, err := call.For(&v)
	switch {
	case err != nil:
		return []string{"! " + err.Error()}
	case call == nil:
		return nil // they are told nothing
	}
	return lined(call, &v)
}

// lined is a Body with an element on each line.
func lined(program *mapping.Outward, v *mapping.Values) []string {
	w := xml.NewWriter()
	if err := program.WriteBody(w, v); err != nil {
		return []string{"! " + err.Error()}
	}
	text := bytes.ReplaceAll(w.Bytes(), []byte("><"), []byte(">\n<"))
	text = bytes.ReplaceAll(text, []byte("&gt;&lt;"), []byte("&gt;\n&lt;"))
	var lines []string
	for line := range bytes.Lines(text) {
		lines = append(lines, string(bytes.TrimSuffix(line, []byte("\n"))))
	}
	return lines
}

// readRequest reads the orders of a message.
func readRequest(m *mapping.Mapping, message []byte) (items []mapping.Item, answers []string, known bool, err error) {
	r, err := Body(message)
	if err != nil {
		return nil, nil, false, err
	}
	in, ok := m.Asked(r.Name())
	if !ok {
		return nil, nil, false, nil
	}
	each := func(it mapping.Item) error {
		items = append(items, it)
		return nil
	}
	if r, _, err = mapping.Plain(r, in.Encoded); err != nil {
		return nil, nil, true, err
	}
	if err := in.Read(r, each); err != nil {
		e := (*core.Error)(nil)
		if !errors.As(err, &e) {
			e = core.Because(core.Invalid, "invalid_message", err)
			e.Message = err.Error()
		}
		items = append(items, mapping.Item{Err: e})
	}
	return items, answersOf(in, items), true, nil
}

func readAnswer(p *mapping.Pulling, answer []byte) (items []mapping.Item, err error) {
	if p == nil {
		return nil, nil
	}
	r, err := Body(answer)
	if err != nil {
		return nil, err
	}
	_, err = p.Read(r, 1, 1, func(row mapping.Row) error {
		items = append(items, row.Item)
		return nil
	})
	return items, err
}

// Body reads a message, in whatever charset it declares, up to the first element in its Body.
// What is no envelope is taken for that element.
func Body(message []byte) (*xml.Reader, error) {
	text, _, err := xml.DecodeBytes(message, "")
	if err != nil {
		return nil, err
	}
	r := xml.NewReaderBytes(text, xml.Limits{})
	if _, err := r.Next(); err != nil {
		return nil, err
	}
	if r.Name().Local != "Envelope" {
		return r, nil
	}
	for {
		switch more, err := r.NextChild(); {
		case err != nil:
			return nil, err
		case !more:
			return nil, core.Fail(core.Invalid, "invalid_message", "", "the envelope has no Body", "信封中没有 Body")
		case r.Name().Local != "Body":
			if err := r.Skip(); err != nil {
				return nil, err
			}
		default:
			if more, err := r.NextChild(); err != nil {
				return nil, err
			} else if !more {
				return nil, core.Fail(core.Invalid, "invalid_message", "", "the Body is empty", "Body 为空")
			}
			return r, nil
		}
	}
}

func differences(live, candidate []mapping.Item, l lang.Lang) []Difference {
	var all []Difference
	for i := range max(len(live), len(candidate)) {
		a, b := fieldsOf(live, i, l), fieldsOf(candidate, i, l)
		ref := a["ref.external"]
		if ref == "" {
			ref = b["ref.external"]
		}
		names := map[string]bool{}
		for name := range a {
			names[name] = true
		}
		for name := range b {
			names[name] = true
		}
		for _, name := range slices.Sorted(maps.Keys(names)) {
			if a[name] != b[name] {
				all = append(all, Difference{Ref: ref, Field: name, Live: a[name], Candidate: b[name]})
			}
		}
	}
	return all
}

// fieldsOf are the fields of order i by their names, and why it is refused.
func fieldsOf(items []mapping.Item, i int, l lang.Lang) map[string]string {
	out := map[string]string{}
	if i >= len(items) {
		return out
	}
	it := &items[i]
	raw, err := json.Marshal(it.Order)
	if err != nil {
		out["!"] = err.Error()
		return out
	}
	var tree any
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err := d.Decode(&tree); err != nil {
		out["!"] = err.Error()
		return out
	}
	flatten(out, "", tree)
	if it.Err != nil {
		text := lang.Text{En: it.Err.Message, Zh: it.Err.MessageZH}.In(l)
		out["refused"] = it.Err.Code + " " + it.Err.Field + ": " + text
	}
	return out
}

func flatten(out map[string]string, name string, v any) {
	join := func(k string) string {
		if name == "" {
			return k
		}
		return name + "." + k
	}
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			flatten(out, join(k), x)
		}
	case []any:
		for i, x := range v {
			flatten(out, join(strconv.Itoa(i)), x)
		}
	default:
		if text := fmt.Sprint(v); v != nil && text != "" && text != "0001-01-01T00:00:00Z" && !(name == "version" && text == "0") {
			out[name] = text
		}
	}
}
