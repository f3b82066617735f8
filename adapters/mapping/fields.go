package mapping

import (
	"reflect"
	"slices"
	"strings"

	"tundish/core"
)

// sourceSets are the parts of an order that its source decides; the rest is the hub's own.
var sourceSets = []string{"ref", "period", "type", "urgency", "channel", "source_at", "deadline", "customer", "place", "meter", "report", "appointment"}

// target is a field of an order that a mapping may fill: of the catalogue that messages are
// written from, the part that a source decides, without its "order.".
type target struct {
	name  string
	kind  kind
	index []int  // in core.WorkOrder; nil for an extra
	extra string // its name
}

// targets are all that can be filled, extras apart, in the catalogue's order.
var targets = func() []target {
	var all []target
	for i := range fields {
		name, ok := strings.CutPrefix(fields[i].name, "order.")
		first, _, _ := strings.Cut(name, ".")
		if !ok || fields[i].kind == degreesKind || !slices.Contains(sourceSets, first) || strings.HasPrefix(name, "place.point_") {
			continue
		}
		all = append(all, target{name: name, kind: fields[i].kind, index: placeOf(name)})
	}
	return all
}()

// placeOf finds a field in an order by the JSON names that lead to it.
func placeOf(name string) []int {
	switch name {
	case "ref":
		name = "ref.external"
	case "period":
		name = "ref.period"
	case "deadline":
		name = "due_at"
	}
	var index []int
	at := reflect.TypeFor[core.WorkOrder]()
next:
	for _, step := range strings.Split(name, ".") {
		for i := range at.NumField() {
			if json, _, _ := strings.Cut(at.Field(i).Tag.Get("json"), ","); json == step {
				index, at = append(index, i), at.Field(i).Type
				continue next
			}
		}
		panic("mapping: an order has no " + name)
	}
	return index
}

func targetNamed(name string) (target, bool) {
	if extra, ok := strings.CutPrefix(name, "extra."); ok && extra != "" {
		return target{name: name, extra: extra}, true
	}
	i := slices.IndexFunc(targets, func(t target) bool { return t.name == name })
	if i < 0 {
		return target{}, false
	}
	return targets[i], true
}

func targetNames() []string {
	names := make([]string, len(targets))
	for i := range targets {
		names[i] = targets[i].name
	}
	return names
}
