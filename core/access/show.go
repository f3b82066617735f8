package access

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"strings"

	"tundish/core"
)

// Level is how much of a protected field somebody is shown.
type Level uint8

const (
	Hidden Level = iota
	Masked
	Shown
)

func (l Level) String() string { return [...]string{"hidden", "masked", "shown"}[l] }

// Level of a protected field, by its code, for the actor on an order: the best that any of his
// roles gives that lets him see that order. A field that is not protected has no level: Hidden.
func (t *Table) Level(a Actor, code string, o *core.WorkOrder) Level {
	best := Hidden
	if a.All {
		return Shown
	}
	for _, role := range t.of(a) {
		if !slices.Contains(role.May, See) || !a.reach(role.On, See).Contains(o) {
			continue
		}
		if slices.Contains(role.Shows, code) {
			return Shown
		}
		if slices.Contains(role.Masks, code) {
			best = Masked
		}
	}
	return best
}

// Levels of every protected field at their best, on whatever order: what a person's page may
// have columns for, and by what he may search.
func (t *Table) Levels(a Actor) map[string]Level {
	out := map[string]Level{}
	for i := range t.protected {
		code := t.protected[i].Code
		if code == "" {
			continue
		}
		for _, role := range t.of(a) {
			switch {
			case slices.Contains(role.Shows, code):
				out[code] = Shown
			case slices.Contains(role.Masks, code):
				out[code] = max(out[code], Masked)
			}
		}
		if a.All {
			out[code] = Shown
		}
	}
	return out
}

// Show is the order as the actor may see it: protected fields hidden or masked. Whether he may
// see the order at all is asked of [Table.May].
func (t *Table) Show(a Actor, o core.WorkOrder) core.WorkOrder {
	if a.All {
		return o
	}
	cloned := false
	for i := range t.protected {
		p := &t.protected[i]
		l := t.Level(a, p.Code, &o)
		if l == Shown {
			continue
		}
		if !cloned {
			o, cloned = o.Clone(), true
		}
		for _, path := range p.paths {
			p.cover(reflect.ValueOf(&o).Elem(), path, l)
		}
	}
	return o
}

// ShowEvents is the timeline of the order o as the actor may see it: what a delta says of protected
// fields is hidden or masked as in the order. events are not changed.
func (t *Table) ShowEvents(a Actor, o *core.WorkOrder, events []core.Event) []core.Event {
	if a.All {
		return events
	}
	out := slices.Clone(events)
	for i := range t.protected {
		p := &t.protected[i]
		l := t.Level(a, p.Code, o)
		if l == Shown {
			continue
		}
		for j := range out {
			for _, path := range p.paths {
				out[j].Deltas = p.deltas(out[j].Deltas, path, l)
			}
		}
	}
	return out
}

// ShowValue is a value of the order o, by its path in the order's JSON form ("customer.phone"), as the actor may
// see it: nil where it is hidden from him.
func (t *Table) ShowValue(a Actor, o *core.WorkOrder, path string, value json.RawMessage) json.RawMessage {
	d := []core.Delta{{Path: strings.ReplaceAll(path, ".", "/"), New: value}}
	d = t.ShowEvents(a, o, []core.Event{{Deltas: d}})[0].Deltas
	if v := d[0].New; string(v) != "null" {
		return v
	}
	return nil
}

func (p *protected) deltas(in []core.Delta, path []string, l Level) []core.Delta {
	out := slices.Clone(in)
	for i := range out {
		d := &out[i]
		var at []string
		if d.Path != "" {
			at = strings.Split(d.Path, "/")
			for k := range at {
				at[k] = unescape.Replace(at[k])
			}
		}
		below, touches := rest(path, at)
		if touches {
			d.Old, d.New = p.value(d.Old, below, l), p.value(d.New, below, l)
		}
	}
	return out
}

// unescape gives a key of a delta's path as it stands in the order.
var unescape = strings.NewReplacer("~1", "/", "~0", "~")

// rest is what is left of the protected path below the place of a delta; it touches when one of
// the two leads to the other.
func rest(path, at []string) (below []string, touches bool) {
	for i, key := range at {
		if i == len(path) {
			return nil, true
		}
		if path[i] != "*" && path[i] != key {
			return nil, false
		}
	}
	return path[min(len(at), len(path)):], true
}

// value covers what lies under path in a JSON value. What cannot be read is left out whole.
func (p *protected) value(raw json.RawMessage, path []string, l Level) json.RawMessage {
	if len(raw) == 0 {
		return raw
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber() // no digit is lost on the way
	var v any
	if err := d.Decode(&v); err != nil {
		return nil
	}
	out, err := json.Marshal(p.tree(v, path, l))
	if err != nil {
		return nil
	}
	return out
}

func (p *protected) tree(v any, path []string, l Level) any {
	switch v := v.(type) {
	case map[string]any:
		if len(path) == 0 {
			return nil
		}
		for k, x := range v {
			switch {
			case path[0] != "*" && path[0] != k:
			case len(path) == 1 && l == Hidden:
				delete(v, k)
			default:
				v[k] = p.tree(x, path[1:], l)
			}
		}
		return v
	case []any:
		if len(path) == 0 && l == Hidden {
			return nil
		}
		for i := range v {
			v[i] = p.tree(v[i], path, l)
		}
		return v
	case string:
		if len(path) == 0 && l == Masked {
			return p.Mask.Apply(v)
		}
	}
	if len(path) > 0 {
		return v
	}
	return nil
}
