package mapping

import (
	"slices"
	"strings"
	"time"

	"tundish/core"
)

// Wish is what a message says about an order that was submitted before.
type Wish struct {
	No        core.OrderNo // the hub's number; a query may go by it
	MessageID string       // the source's id of the message; "" where it has none
	Reason    string
	By        string // who gave it at the source
	FollowUp  core.FollowUp
	Extension struct {
		No      string
		Granted bool
		Until   time.Time
	}
}

// wishes are the fields that such messages have beside ref and period, and which operations
// they belong to. While an order is read they are kept in it, where nothing else of such a
// message is: the instants in fields of the order, texts under names that no mapping can write.
var wishes = []struct {
	target
	does []string
}{
	{target{name: "no"}, []string{"query"}},
	{target{name: "message_id"}, []string{"expedite", "follow_up", "answer_extension"}},
	{target{name: "reason"}, []string{"cancel", "expedite"}},
	{target{name: "by"}, []string{"cancel", "expedite"}},
	{target{name: "follow_up.reached", kind: flagKind}, []string{"follow_up"}},
	{target{name: "follow_up.satisfaction"}, []string{"follow_up"}},
	{target{name: "follow_up.comment"}, []string{"follow_up"}},
	{target{name: "follow_up.by"}, []string{"follow_up"}},
	{target{name: "follow_up.at", kind: instantKind, instant: instants["source_at"]}, []string{"follow_up"}},
	{target{name: "extension.no"}, []string{"answer_extension"}},
	{target{name: "extension.granted", kind: flagKind}, []string{"answer_extension"}},
	{target{name: "extension.until", kind: instantKind, instant: instants["deadline"]}, []string{"answer_extension"}},
}

// hidden is the name of an extra that holds a field of a wish.
func hidden(name string) string { return "\x00" + name }

// about tells whether an operation is about an order that must be known, and what such a
// message must have.
var about = map[string][]string{
	"cancel": {"ref"}, "expedite": {"ref"}, "query": nil,
	"follow_up":        {"ref", "follow_up.reached"},
	"answer_extension": {"ref", "extension.granted"},
}

// fieldsFor are the fields that an operation may fill.
func fieldsFor(does string) []string {
	if _, ok := about[does]; !ok {
		return targetNames()
	}
	names := []string{"ref", "period"}
	for _, w := range wishes {
		if slices.Contains(w.does, does) {
			names = append(names, w.name)
		}
	}
	return names
}

// targetFor finds a field by its name, if the operation may fill it.
func targetFor(does, name string) (target, bool) {
	if _, ok := about[does]; !ok {
		return targetNamed(name)
	}
	for _, w := range wishes {
		if w.name == name && slices.Contains(w.does, does) {
			t := w.target
			if t.instant == nil {
				t.extra = hidden(name)
			}
			return t, true
		}
	}
	if name == "ref" || name == "period" {
		return targetNamed(name)
	}
	return target{}, false
}

// Wish is what a message about a known order says; the item was read for such an operation.
func (it *Item) Wish() Wish {
	text := func(name string) string { return strings.TrimSpace(it.Order.Extra[hidden(name)]) }
	w := Wish{No: core.OrderNo(text("no")), MessageID: text("message_id"), Reason: text("reason"), By: text("by")}
	w.FollowUp = core.FollowUp{
		Reached: text("follow_up.reached") == "true", Satisfaction: text("follow_up.satisfaction"), Comment: text("follow_up.comment"),
		By: text("follow_up.by"), At: it.Order.SourceAt,
	}
	w.Extension.No, w.Extension.Granted, w.Extension.Until = text("extension.no"), text("extension.granted") == "true", it.Order.DueAt
	return w
}
