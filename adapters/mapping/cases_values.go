package mapping

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"tundish/core"
)

// written is a value as cases write it.
func written(k kind, v value) string {
	switch {
	case !v.is:
		return ""
	case k == instantKind:
		return v.at.UTC().Format(time.RFC3339Nano)
	case k == pointKind:
		return fmt.Sprintf("%.6f, %.6f", v.point.Lat, v.point.Lon)
	}
	return v.text
}

// asGiven reads a value as cases write it: an instant as 2026-05-11T09:30:00+08:00, a point as
// "31.23, 121.47" (WGS 84, Lat and Lon).
func asGiven(k kind, text string) (value, error) {
	v := value{is: text != "", kind: k, text: text}
	if text == "" {
		return v, nil
	}
	var err error
	switch k {
	case instantKind:
		v.at, err = time.Parse(time.RFC3339Nano, text)
	case numberKind:
		_, err = strconv.Atoi(text)
	case flagKind:
		_, err = strconv.ParseBool(text)
	case dayKind:
		_, err = time.Parse(time.DateOnly, text)
	case pointKind:
		_, err = fmt.Sscanf(text, "%f, %f", &v.point.Lat, &v.point.Lon)
	case textKind:
	default:
		err = fmt.Errorf("a %s cannot be written here", k)
	}
	return v, err
}

// values makes what a message may speak of out of the lines of a case. ok is false when one
// of them is wrong.
func (t *trial) values() (v *Values, ok bool) {
	v, ok = &Values{}, true
	order := map[string]any{}
	for _, e := range t.Values {
		f, known := fieldNamed(e.Key)
		if !known {
			names := fieldNames()
			t.p.At(e.At, noField, e.Key).Expected(names...).Near(e.Key, names)
			ok = false
			continue
		}
		one, err := asGiven(f.kind, e.V.V)
		if err == nil {
			err = v.take(e.Key, one, order)
		}
		if err != nil {
			t.p.At(e.V.At, badValue, e.V.V, e.Key, err)
			ok = false
		}
	}
	text, err := json.Marshal(order)
	if err == nil {
		v.Order = &core.WorkOrder{}
		err = json.Unmarshal(text, v.Order)
	}
	if err != nil {
		t.p.At(t.At, badValue, string(text), "order", err)
		ok = false
	}
	return v, ok
}

// take puts one value where it belongs; those of the order into a tree of its JSON.
func (v *Values) take(name string, one value, order map[string]any) error {
	switch name {
	case "status":
		v.Status = core.Status(one.text)
	case "reason":
		v.Reason = one.text
	case "by":
		v.By = one.text
	case "at":
		v.At = one.at
	case "message.id":
		v.Message.ID = one.text
	case "message.sequence":
		v.Message.Sequence, _ = strconv.ParseInt(one.text, 10, 64) // asGiven has read it
	case "message.sent_at":
		v.Message.SentAt = one.at
	default:
		path, ok := strings.CutPrefix(name, "order.")
		if !ok || name == "order.status" {
			return fmt.Errorf("no call speaks of it")
		}
		put(order, path, one)
	}
	return nil
}

// places are fields of an order that its JSON calls otherwise.
var places = map[string]string{"ref": "ref.external", "period": "ref.period", "system": "ref.system", "deadline": "due_at"}

func put(order map[string]any, path string, v value) {
	if other, ok := places[path]; ok {
		path = other
	}
	at := order
	if inside, ok := strings.CutPrefix(path, "completion."); ok {
		list, _ := order["completions"].([]any)
		if list == nil {
			list = []any{map[string]any{}}
			order["completions"] = list
		}
		at, path = list[0].(map[string]any), inside
	}
	if extra, ok := strings.CutPrefix(path, "extra."); ok { // its name may hold dots
		at, path = insideOf(at, "extra"), extra
	} else {
		for {
			first, rest, more := strings.Cut(path, ".")
			if !more {
				break
			}
			at, path = insideOf(at, first), rest
		}
	}
	switch v.kind {
	case numberKind:
		at[path] = json.Number(v.text)
	case flagKind:
		at[path] = v.text == "true"
	case pointKind:
		at[path] = v.point
	case instantKind:
		at[path] = v.at
	default:
		at[path] = v.text
	}
}

func insideOf(at map[string]any, name string) map[string]any {
	inside, ok := at[name].(map[string]any)
	if !ok {
		inside = map[string]any{}
		at[name] = inside
	}
	return inside
}
