// Package route plans the routes of a day: which crew visits which orders, in which
// sequence.
//
// The package is pure. Plain values go in and come out, and the same problem, seed,
// threads and iterations give the same plan. [Solve] can be stopped at any time and
// gives the best plan so far; every order is in a route or in Solution.Unserved with
// the rules that kept each crew from it. [Validate] lists all that is wrong with a
// problem.
//
// One engine serves everything from ten orders to tens of thousands: DESIGN.md tells
// how it searches, what was measured, and which roads were not taken.
package route
