// Package memstore is the order store as a model in memory: plain maps, one lock, and
// what a database does to a program that relies on it. A transaction may fail at any
// write, and is then taken back whole; what was not synced is lost when the power fails.
// It passes storetest.Run like the stores it stands for, so that what the simulation
// (core/sim) finds with it would be found with them.
//
// It is for tests. Nothing that is linked into the binary may import it: flaws.go holds
// mistakes that can be switched on, to prove that the simulation would notice them.
package memstore
