// Package sqlserver is the order store on Microsoft SQL Server 2012 or later, shared
// by any number of hubs.
//
// A commit gathers concurrent units into batches, like the embedded store does, but
// here a round trip is what costs. So a writer reads what a whole batch was decided
// on in one query, under update locks; decides in memory, unit by unit, which go
// through; writes the net effect of all of them with a few many-row statements (bulk
// copy when there are many); and commits. Every write repeats the version or token it
// relies on and counts its rows: if anything moved after all, the transaction is
// rolled back and decided again, so that correctness never hangs on a lock hint.
//
// Statements whose behaviour depends on locking are in claim.go, with their sources.
package sqlserver
