// Package solver decides which crew does which order: it filters by hard
// rules, prices what is left, searches, and keeps the numbers that explain the
// choice.
//
// The package is pure. Plain values go in and come out; it reads no clock but
// the deadline of its context, keeps no state between calls and knows nothing
// of the hub. The same problem, options and seed give the same solution as
// long as the search ends by iterations and not by time.
//
//   - [Solve] places a batch of orders; it can be stopped at any time.
//   - [Rank] lists every crew for one order: the possible ones with their
//     price, the others with the rules that stop them and what would change
//     that.
//   - [Roster] answers for one urgent order after another within microseconds.
//   - [Validate] lists everything that is wrong with a problem, [Sieve] leaves
//     the wrong parts out.
//
// # Terms
//
// A crew works in shifts. One shift of one crew is a seat: it has a place to
// start from, an end, a capacity and a load. Orders are given to seats. A
// single day has one seat per crew, a horizon has several.
//
// Hard rules (feasible.go) say yes or no and have a code. Soft costs (score.go)
// are counted in points; with the default weights one point is one second of
// driving. Integers throughout: metres, seconds, minutes of work, points.
//
// Orders are not put in sequence yet: travel is the way from the crew's start
// to the order. DESIGN.md tells how the search works and what was measured.
package solver
