// Package deadline keeps the time limits of orders: when each is over, what is left of it, whom it warns.
//
// A limit runs on one of three clocks: elapsed time; working hours; whole working days. Holidays and make-up
// days come from the calendar, so that three working days over the Spring Festival end where people say they
// do. A hold stops a limit's clock unless the limit says otherwise, and resuming gives back what was left.
//
// Everything here is arithmetic on the order's own values and an instant: it reads no store and no clock.
package deadline
