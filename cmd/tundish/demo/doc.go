// Package demo runs a working day: the hub, the four simulated systems and the people,
// each a process of its own, on a clock they share. At the end it holds each system's
// own books, read over SOAP, beside the hub's store, order by order.
package demo
