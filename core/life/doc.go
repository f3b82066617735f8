// Package life decides every step in the life of an order: what may happen next,
// what it changes, who is told. Each function takes the order as it is, a command
// and the instant, and returns the Unit that makes it so; nothing here reads a
// store or a clock.
//
//	received → acceptance review → dispatch → field → [result review] → released → [follow-up] → closed
//
// with return, cancellation, hold and second visits beside the main line. Which
// stations an order type visits, and which of them releases the result to the
// source, is configured in its core.OrderType.
package life
