// Package core holds the nouns of the hub and the rules that are true of them
// whoever asks: work orders, crews, assignments, completions, the results owed
// to their sources, and the Change in which a decision is handed to a store.
//
// Nothing here reads a clock, a socket or a file. A use case (core/intake,
// core/pull, core/dispatching, core/complete, core/outbox) decides:
//
//	decide(state, command, now) → Unit
//
// and a store commits: Commit(ctx, units...) []Outcome. The ports between the
// two are in ports.go. The package imports the standard library only; deps_test.go
// keeps the rooms of the whole house apart.
package core
