package life

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"tundish/core"
)

// What the house writes into an order, filled in from billing, put right, agreed with the customer, raised by a rule, is
// not undone by its source sending the order again: it stands for as long as the source says there what it said then.
// [core.WorkOrder.Ours] notes where, with a digest of the source's word. What the hub itself finds out about a place is
// kept by the place, in takeOver.

// said is what sources say of an order, as JSON by its paths; what is absent is not there.
func said(o *core.WorkOrder) map[string]string {
	out := map[string]string{"type": o.Type, "urgency": string(o.Urgency)}
	text := func(v any) string {
		raw, _ := json.Marshal(v) // texts, numbers and instants have JSON
		return string(raw)
	}
	for name, part := range map[string]any{"customer": &o.Customer, "place": &o.Place, "meter": &o.Meter, "report": &o.Report} {
		var fields map[string]json.RawMessage
		_ = json.Unmarshal([]byte(text(part)), &fields)
		for key, raw := range fields {
			out[name+"."+key] = string(raw)
		}
	}
	for _, path := range []string{"place.district", "place.point_source", "place.point_sent", "place.service_point", "report.attachments"} {
		delete(out, path)
	}
	if a := o.Appointment; a.With != "" || !a.From.IsZero() || !a.To.IsZero() {
		a.Kept = nil
		out["appointment"] = text(a)
	}
	for key, v := range o.Extra {
		if v != "" && key != SentDistrict {
			out[core.OwnField+key] = text(v)
		}
	}
	return out
}

func digestOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:8])
}

// noteOurs notes what this decision wrote over the source's words.
func (x *turn) noteOurs() {
	o, base := &x.next, x.asSent
	if base == nil {
		base = x.old
	}
	if base == nil || o.Ref.System == House || base.Type == o.Type && base.Urgency == o.Urgency && sameParts(base, o) {
		return
	}
	was, is := said(base), said(o)
	paths := maps.Clone(was)
	maps.Copy(paths, is)
	for path := range paths {
		if was[path] == is[path] {
			continue
		}
		if digest, noted := o.Ours[path]; noted && digest == digestOf(is[path]) {
			delete(o.Ours, path) // it is as the source has it again
		} else if !noted {
			if o.Ours == nil {
				o.Ours = map[string]string{}
			}
			o.Ours[path] = digestOf(was[path])
		}
	}
	if len(o.Ours) == 0 {
		o.Ours = nil
	}
}

// keepOurs writes into what a source sends again what the house wrote since, where the source says what it said before,
// and gives back which of it still stands. What was found out about one customer, place or meter does not stand for another.
func keepOurs(old, sent *core.WorkOrder) map[string]string {
	says, is := said(sent), said(old)
	changed := func(path string) bool {
		if says[path] == is[path] {
			return false
		}
		digest, noted := old.Ours[path]
		return !noted || digest != digestOf(says[path])
	}
	other := map[string]bool{"customer": changed("customer.account"), "place": changed("place.address"), "meter": changed("meter.serial")}
	var ours map[string]string
	for _, path := range slices.Sorted(maps.Keys(old.Ours)) {
		part, _, _ := strings.Cut(path, ".")
		if other[part] || old.Ours[path] != digestOf(says[path]) {
			continue
		}
		if ours == nil {
			ours = map[string]string{}
		}
		ours[path] = old.Ours[path]
		putBack(sent, old, path)
	}
	return ours
}

// putBack writes what stands at a path of one order into another.
func putBack(to, from *core.WorkOrder, path string) {
	switch path {
	case "type":
		to.Type = from.Type
	case "urgency":
		to.Urgency = from.Urgency
	case "appointment":
		to.Appointment = from.Appointment
	case "place.point":
		to.Place.Point, to.Place.PointSource = from.Place.Point, from.Place.PointSource
	default:
		raw, err := value(from, path)
		if err != nil {
			return
		}
		if raw == nil { // the house emptied it
			raw = json.RawMessage(`""`)
		}
		x := turn{next: *to}
		if x.set(path, raw) == nil {
			*to = x.next
		}
	}
}
