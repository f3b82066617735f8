// Package life decides every step in the life of an order: what may happen next,
// what it changes, who is told. Each function takes the order as it is, a command
// and the instant, and returns the Unit that makes it so; nothing here but
// [Rules.Decide] reads a store, and nothing a clock.
//
//	received → acceptance review → [approval] → dispatch → field → [result review] → released → [follow-up] → closed
//
// is the usual way; which steps a type has, who acts there, what is asked, where each
// action leads and which step releases the result to the source says the core.Process of
// the type. A decision (turn.go) moves the tokens of the order through it (walk.go) and
// ends in one place, which tells sources and books the crews' work (change in turn.go).
// Beside the main line stand return, cancellation, hold, extension, transfer, assistance, merge and
// the others of beside.go. [Rules.Act] does any of them by name, [Rules.Allowed] lists what an
// actor may do now; refusals say the same in words.
package life
