package core

// Trigger is what the house does by itself when something happens to an order, on top of the order's process.
type Trigger struct {
	// ID names it on the timeline and in messages.
	ID   string
	Name Text
	// On are the events that it waits for, any of them; Changed are fields, a change of any of which
	// it waits for, whoever made it.
	On      []EventKind
	Changed []string
	// Types of orders that it is about; empty: all.
	Types []string
	// When must hold after the event; nil: always.
	When Condition
	// Effects that follow. None of them tells a source: that is the process's to say.
	Effects []Effect
}
