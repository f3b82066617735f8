package life

import (
	"encoding/json"
	"slices"
	"strings"

	"tundish/core"
)

// Most characters of texts for which a form gives no bound.
const (
	mostLine = 400
	mostLong = 4000
)

// like is a field of the order under another path, as the forms beside the main line call it.
func like(path, known string) core.FormField {
	f := core.AskFor(known, false)
	f.Path = path
	return f
}

// holdKnown holds what stands at the order's known fields below a part against what they may be, whoever wrote it there
// without a form. Those of except are asked for by a form, which may have choices of its own.
func (r *Rules) holdKnown(o *core.WorkOrder, part string, except []core.FormField) (faults []*core.Error) {
	p := partOf(o, part)
	if p == nil {
		return nil
	}
	raw, err := json.Marshal(p)
	if err != nil {
		return []*core.Error{wrongValue(part)}
	}
	for _, f := range core.KnownFields() {
		rest, ok := strings.CutPrefix(f.Path, part+".")
		if !ok || slices.ContainsFunc(except, func(x core.FormField) bool { return x.Path == f.Path }) {
			continue
		}
		if v := below(raw, rest); v != nil {
			if e := r.fits(&f, v); e != nil {
				faults = append(faults, e)
			}
		}
	}
	return faults
}

// below reads what stands under keys joined by dots in a JSON object; nil: nothing.
func below(raw json.RawMessage, path string) json.RawMessage {
	for key := range strings.SplitSeq(path, ".") {
		var m map[string]json.RawMessage
		if json.Unmarshal(raw, &m) != nil { // it is no object: nothing lies below it
			return nil
		}
		raw = m[key]
	}
	switch string(raw) {
	case "", "null", `""`, "[]", "{}":
		return nil
	}
	return raw
}
