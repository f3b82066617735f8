// Package sqlite is the order store on an embedded SQLite database file: the
// default of a single hub, with nothing to install.
//
// One goroutine owns the only writing connection. Callers compile their unit into
// statements, queue them and wait; the writer takes whatever has gathered, runs it
// in one transaction and commits once (WAL, synchronous=FULL: an outcome leaves
// after the fsync). Reads run beside it on a small pool of their own connections.
//
// Other processes may open the same file, a command beside the hub for example;
// SQLite's lock then decides whose turn it is.
package sqlite
