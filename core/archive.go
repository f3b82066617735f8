package core

import (
	"context"
	"time"
)

// ArchiveStore moves orders that ended long ago out of the way of the daily work.
//
// An archived order is read, listed and found like any other. Its reference and its
// hashes stay where they were, so that a late repeat is answered as Known with the same
// number; its lanes stay, so that their tokens never start again. A unit that changes
// it brings it back in the same transaction: its body is live again, its timeline goes
// on where it was.
type ArchiveStore interface {
	// Archive moves one batch in one transaction of its own, which waits behind submits
	// and never makes one of them wait longer than the batch takes. Conflict when the
	// batch's fence was lost.
	Archive(ctx context.Context, b ArchiveBatch) (Archived, error)
	// Archivable tells what there is to move.
	Archivable(ctx context.Context, before time.Time) (Archivable, error)
}

// ArchiveBatch asks for one batch.
type ArchiveBatch struct {
	// Before: an order is moved when it has ended, nothing is owed for it any more, and
	// nothing about it has changed since this instant, on the hub's clock.
	Before time.Time
	// After is where the batch before ended; zero begins with the oldest.
	After ArchiveMark
	// Orders is how many are looked at, at most 1000; 0 means 10.
	Orders int
	// Messages: the logged messages of the orders move, too.
	Messages bool
	// Fence, when set, must still hold the lease it names.
	Fence *Fence
}

// ArchiveMark is a place among the orders that ended, by the time of their last change.
type ArchiveMark struct {
	At time.Time
	No OrderNo
}

// Archived is what one batch moved, in rows.
type Archived struct {
	Orders, Events, Outbox, Attempts, Messages int
	// Held orders were left because something is owed for them, a dead letter perhaps.
	Held int
	// Next is where the following batch begins; Done: there was nothing after it.
	Next ArchiveMark
	Done bool
}

// Add sums up batches; the later one's mark stands.
func (a *Archived) Add(b Archived) {
	a.Orders, a.Events, a.Outbox = a.Orders+b.Orders, a.Events+b.Events, a.Outbox+b.Outbox
	a.Attempts, a.Messages, a.Held = a.Attempts+b.Attempts, a.Messages+b.Messages, a.Held+b.Held
	a.Next, a.Done = b.Next, b.Done
}

// Archivable is what there is to move, and what was.
type Archivable struct {
	// Orders ended before the instant asked for and are not archived; Held of them are
	// owed something and stay.
	Orders int `json:"orders"`
	Held   int `json:"held"`
	// Oldest is the last change of the oldest of them; zero if there is none.
	Oldest time.Time `json:"oldest,omitzero"`
	// Moved counts orders moved since the store exists; one that came back and was moved
	// again counts twice.
	Moved int64 `json:"moved"`
}

// ArchivedCounter is the counter under which a store counts the orders it moved.
const ArchivedCounter = "archived"
