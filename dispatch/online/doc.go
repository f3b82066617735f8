// Package online gives work to crews whose day is under way.
//
// A [Board] is the live day: where every crew is, the route it still has to do, what
// it can and may do. [Board.Offer] finds the best crew for one urgent order among
// thousands in microseconds, [Board.Give] gives it, [Board.Batch] spreads thousands of
// orders over thousands of crews at once. [Day] turns a plan of dispatch/route into
// crews with routes at any moment of its day.
//
// Nothing given breaks a hard rule of the crew's whole route: windows, the end of the
// shift, capacity, skills and levels, districts. The same calls give the same answers.
// A Board is for one goroutine at a time; calls of Offer may run beside each other.
// DESIGN.md tells how it searches, what was measured, and which roads were not taken.
package online
