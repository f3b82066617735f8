package core

import (
	"context"
	"time"
)

// The ports of the store. Use cases ask for the few they need; Store is the sum
// for those who wire and test.

// Committer makes decisions durable.
//
// Each unit is atomic. The units of one call are applied in their order, so a later
// one may build on an earlier one (the next order of the same crew-day); otherwise
// they are independent, and they share durable commits, also with those of concurrent
// callers. Commit returns one outcome per unit, in order, after the data is on disk. It never blocks longer than ctx allows; a unit
// whose fate is unknown when ctx ends is reported as RefusedUnit with kind
// OutcomeUnknown. Deadlocks and lost races are retried inside; an unexpected error
// rolls the batch back and replays its units one by one, so one bad unit never
// fails its neighbours. No user code runs inside a transaction.
type Committer interface {
	Commit(ctx context.Context, units ...Unit) []Outcome
}

// OrderReader finds orders.
type OrderReader interface {
	// Order reads one order; NotFound if there is none.
	Order(ctx context.Context, no OrderNo) (WorkOrder, error)
	// OrderByRef reads the order under a source's number with all hashes accepted
	// for it, oldest first; NotFound if there is none.
	OrderByRef(ctx context.Context, ref Ref) (WorkOrder, []Hash, error)
	// OrdersByRef reads many at once: missing refs are missing in the map.
	OrdersByRef(ctx context.Context, refs []Ref) (map[Ref]KnownOrder, error)
	// Orders lists orders by number, ascending.
	Orders(ctx context.Context, q OrderQuery) ([]WorkOrder, error)
	// Alarms lists up to limit orders whose AlarmAt is set, the earliest first.
	Alarms(ctx context.Context, limit int) ([]Alarm, error)
	// Events reads an order's timeline in sequence.
	Events(ctx context.Context, no OrderNo) ([]Event, error)
	// Blob reads an attachment's content.
	Blob(ctx context.Context, sha256 string) (Blob, error)
}

// KnownOrder is an order with the hashes accepted for it, oldest first.
type KnownOrder struct {
	Order  WorkOrder
	Hashes []Hash
}

// Alarm is when somebody must be told something about an order.
type Alarm struct {
	Order OrderNo
	At    time.Time
}

// OrderQuery selects orders; zero fields do not restrict.
type OrderQuery struct {
	System SystemID
	Phases []Phase
	Type   string
	Crew   string // assigned to this crew
	// Find is any number a caller may quote: ours, the source's, an account, a meter
	// serial; exact.
	Find string
	// Within: only orders of this set; nil: of all.
	Within *Reach
	// WithoutPoint: only orders that have no coordinate yet.
	WithoutPoint bool
	// After is the last order number of the page before.
	After OrderNo
	// Limit, 1 … 1000; 0 means 100.
	Limit int
}

// NumberReserver hands out serials for order numbers.
type NumberReserver interface {
	// ReserveNumbers takes n serials that nobody else gets and returns the first.
	ReserveNumbers(ctx context.Context, n int) (int64, error)
}

// CrewReader reads crews and their load.
type CrewReader interface {
	Crews(ctx context.Context) ([]Crew, error)
	// CrewDays reads the load of every crew that has any on the civil day.
	CrewDays(ctx context.Context, day string) ([]CrewDay, error)
}

// LaneStore claims and shows what is owed. Durations run on the store's own clock.
type LaneStore interface {
	// ClaimLanes takes up to n lanes of the target that are due, not parked and not
	// leased, for ttl. Each lane comes with its messages, at most 100, in sequence.
	ClaimLanes(ctx context.Context, target SystemID, n int, holder string, ttl time.Duration) ([]Lane, error)
	// NextDue tells in how long the target's next lane is due (0: now); ok is false
	// when nothing is owed.
	NextDue(ctx context.Context, target SystemID) (in time.Duration, ok bool, err error)
	// OwedTargets lists, by their ids, the targets that something is due for now or later: what is parked is not.
	OwedTargets(ctx context.Context) ([]SystemID, error)
	// OutboxMessages lists messages, newest first. By ID or order archived ones are found
	// too; a list that names neither shows those of orders that are not archived.
	OutboxMessages(ctx context.Context, q OutboxQuery) ([]OutboxMessage, error)
	Attempts(ctx context.Context, messageID string) ([]Attempt, error)
	// Requeue makes a dead or waiting message due now and its lane free; Skip gives
	// it up and lets the lane go on. NotFound, Conflict when it is delivered.
	Requeue(ctx context.Context, messageID string) error
	Skip(ctx context.Context, messageID, by, reason string) error
}

// OutboxQuery selects outbox messages; zero fields do not restrict.
type OutboxQuery struct {
	Target SystemID
	Order  OrderNo
	States []MessageState
	ID     string
	// Behind < Place < Before; 0 restricts nothing. They do not go with ID or Order.
	Behind, Before int64
	Limit          int // 0 means 100
}

// LeaseStore hands out leases on the store's own clock.
type LeaseStore interface {
	// Acquire takes the lease if it is free, expired or already the holder's; ok is
	// false when somebody else has it.
	Acquire(ctx context.Context, name, holder string, ttl time.Duration) (l Lease, ok bool, err error)
	// Renew prolongs it; Conflict when it was lost.
	Renew(ctx context.Context, l Lease, ttl time.Duration) error
	Release(ctx context.Context, l Lease) error
}

// NonceStore remembers what is good only once, for all hubs, on the store's own clock.
type NonceStore interface {
	// UseNonce reports whether the nonce with this digest was not used before, and marks
	// it used for ttl.
	UseNonce(ctx context.Context, digest [32]byte, ttl time.Duration) (fresh bool, err error)
}

// TargetStore is where hubs tell each other which target does not answer, on the store's
// own clock. A hub that finds out for itself holds the target; whoever may probe it
// and is answered frees it.
type TargetStore interface {
	// TargetHeld tells whether deliveries to the target are held; in is how long until it
	// may be probed, 0: now.
	TargetHeld(ctx context.Context, target SystemID) (held bool, in time.Duration, err error)
	// HoldTarget holds deliveries to the target; it may be probed after d. first is false
	// when it was held already: then only the time is set anew.
	HoldTarget(ctx context.Context, target SystemID, d time.Duration) (first bool, err error)
	// ProbeTarget asks for the right to one attempt on a held target. One hub gets it;
	// the next may ask after d.
	ProbeTarget(ctx context.Context, target SystemID, d time.Duration) (mine bool, err error)
	// FreeTarget ends the hold; ended is false when there was none.
	FreeTarget(ctx context.Context, target SystemID) (ended bool, err error)
}

// JobStore reads the bookkeeping of jobs.
type JobStore interface {
	JobState(ctx context.Context, job string) (JobState, error) // zero state if it never ran
	// Runs lists runs of a job (all jobs when empty), newest first.
	Runs(ctx context.Context, job string, limit int) ([]JobRun, error)
	RefusedItems(ctx context.Context, run string, limit int) ([]RefusedItem, error)
}

// RowStore finds the rows that pull jobs remember.
type RowStore interface {
	// UnseenRows lists up to limit rows of the job's window, from ≤ SourceAt < to, that no run since
	// seen listed, that are not marked as vanished, and whose order is open and not begun.
	// Ref.System is left empty.
	UnseenRows(ctx context.Context, job string, from, to, seen time.Time, limit int) ([]JobRow, error)
	// VanishedRows lists rows marked as vanished whose order is still open, by order number.
	VanishedRows(ctx context.Context, job string, limit int) ([]JobRow, error)
}

// MessageReader finds logged messages, newest first. By ID, order or external number
// archived ones are found too; a list that names none of them shows those not archived.
type MessageReader interface {
	Messages(ctx context.Context, q MessageQuery) ([]LoggedMessage, error)
}

// MessageQuery selects logged messages; zero fields do not restrict.
type MessageQuery struct {
	System    SystemID
	Direction Direction
	Order     OrderNo
	External  string
	ID        string
	Refused   bool // only those with a result other than [ResultOK]: refused as a whole or in part
	Limit     int  // 0 means 100
	// WithBodies reads request, response and bundle too.
	WithBodies bool
}

// Store is everything a store can do.
type Store interface {
	Committer
	OrderReader
	ListStore
	NumberReserver
	CrewReader
	LaneStore
	LeaseStore
	NonceStore
	TargetStore
	JobStore
	RowStore
	MessageReader
	BundleStore
	PeopleStore
	RosterStore
	Close() error
}
