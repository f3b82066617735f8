// Package react does what decisions owe to the hub's own targets: people are told, other orders are opened,
// addresses are called. Each is a sink of core/outbox, so that what was decided happens, at least once, with
// retries and dead letters, and one that does not answer holds up nobody.
//
//	hub:notify           the event stream that consoles and phones listen to (Stream)
//	hub:notify/<name>    a channel that reaches people: a group robot, an SMS gateway (Channel)
//	hub:webhook/<name>   a program's address (Channel, too)
//	hub:create           another order, linked with the one it is opened for (Opener)
//
// How a channel's message looks on the wire is for the adapter that sends it.
package react
