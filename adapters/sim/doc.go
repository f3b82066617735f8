// Package sim is what the simulated legacy systems share: a small city, books with the
// habits of an old system, faults on demand, a day's schedule, and a process to hold
// them.
//
// A simulator is a SOAP server with state of its own, and it drives the hub: orders come
// in over the day at the clock's pace, each is sent until it is acknowledged, and what
// the hub writes back takes effect once. Its books say what it believes of each order;
// reconciliation reads them over SOAP, order by order.
//
// The contracts themselves are the business of hotlinesim, billingsim, newconnectionsim
// and gissim; this package knows only the vocabulary that all of them include.
//
// # Watching and disturbing
//
// Every simulator answers beside its contract:
//
//	GET  /control/stats    what was sent, acknowledged, refused, applied; what is still owed
//	GET  /control/books    the books as JSON, by system
//	POST /control/books    {"system":"billing","op":"delete|double|alter","ref":"…"} falsifies an entry, for tests of the ledger
//	GET  /control/faults   the rules in force and how often each struck
//	PUT  /control/faults   replaces them: a JSON list, see [Rule]
//	GET  /healthz          200 once it serves
//
// A fault rule is also a flag, its parts joined by colons:
//
//	timeout-after:p=0.2:op=CompleteReplacement:from=14:00:to=15:00
//
// [ParseRule] tells the whole syntax.
package sim
