package record

import (
	"strings"

	"tundish/core"
)

// Guests are those whom an order names in its new state; changed is false when the list is what it was, so that
// most changes write nothing.
func Guests(ch *core.OrderChange) (guests []string, changed bool) {
	guests = ch.Order.Guests()
	if ch.Expected == 0 {
		return guests, len(guests) > 0
	}
	for i := range ch.Events {
		for _, d := range ch.Events[i].Deltas {
			if p := d.Path; p == "" || strings.HasPrefix(p, "helpers") || strings.HasPrefix(p, "collaborators") {
				return guests, true
			}
		}
	}
	return guests, false
}
