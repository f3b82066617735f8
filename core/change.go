package core

import (
	"encoding/json"
	"fmt"
	"time"
)

// Unit is the whole truth of one decision. A store applies all of it or none of it.
//
// Everything that a decision changes travels together: the order and its event,
// the release and the message owed for it, a page of pulled orders and the
// checkpoint behind it.
type Unit struct {
	Orders   []OrderChange
	CrewDays []CrewDayChange
	Crews    []CrewChange
	// Positions reported by crews; the later one wins, no version is asked.
	Positions []CrewPosition
	// Fence, when set, must still hold the lease it names; otherwise the unit is Stale.
	Fence *Fence
	// Run and Job are the job's bookkeeping, guarded by Fence.
	Run     *JobRun
	Job     *JobState
	Refused []RefusedItem
	// Rows are remembered by their job, source time and number; the last word counts.
	Rows []JobRow
	// Delivery is what became of one attempt to write back.
	Delivery *DeliveryChange
	Messages []LoggedMessage
	Blobs    []Blob
}

// OrderChange replaces one order by its next version.
type OrderChange struct {
	// Expected is the version the decision was made on; 0: the order and its Ref must not exist.
	Expected int64
	// Order is the new state; its Version is Expected+1.
	Order WorkOrder
	// Body is Order as JSON, written once by NewChange.
	Body []byte
	// Hash of the source's message when it created or amended the order; remembered
	// under the Ref for ever, so that a late repeat is recognised. Empty otherwise.
	Hash   Hash
	Events []Event
	Outbox []OutboxMessage
	// Meters that the change says something new of. One that another order has in use refuses the unit
	// with a Conflict (serial_in_use) that names the order.
	Meters []MeterChange
}

// Hash is the digest of a source's order, normalised, without its volatile parts:
// hex SHA-256.
type Hash string

// NewChange prepares the change from old (nil: a new order) to next, which is
// stamped with its version, its time and one event holding the differences.
// kind, by and messageID describe the event; outbox messages are numbered here.
// The event's time is cut to the millisecond in UTC, which is what a store keeps:
// the order as stored and the order replayed from its events show the same instant.
func NewChange(old *WorkOrder, next WorkOrder, ev Event, outbox ...OutboxMessage) (OrderChange, error) {
	c := OrderChange{Order: next}
	c.Order.EventSequence, c.Order.ResultSequence = 0, 0
	ev.At = ev.At.UTC().Truncate(time.Millisecond)
	if old != nil {
		c.Expected = old.Version
		c.Order.EventSequence = old.EventSequence
		c.Order.ResultSequence = old.ResultSequence
	}
	o := &c.Order
	o.Version = c.Expected + 1
	o.EventSequence++
	o.UpdatedAt = ev.At
	for i := range outbox {
		o.ResultSequence++
		outbox[i].Order = o.No
		outbox[i].Sequence = o.ResultSequence
		if outbox[i].CreatedAt.IsZero() {
			outbox[i].CreatedAt = ev.At
		}
	}
	c.Outbox = outbox
	body, err := json.Marshal(o)
	if err != nil {
		return OrderChange{}, fmt.Errorf("write order %s as JSON: %w", o.No, err)
	}
	c.Body = body
	ev.Order, ev.Sequence = o.No, o.EventSequence
	if old == nil {
		ev.Deltas = []Delta{{Path: "", New: body}}
	} else {
		before, err := json.Marshal(old)
		if err != nil {
			return OrderChange{}, fmt.Errorf("write order %s as JSON: %w", old.No, err)
		}
		if ev.Deltas, err = Diff(before, body); err != nil {
			return OrderChange{}, err
		}
	}
	c.Events = []Event{ev}
	var was MeterWork
	if old != nil {
		was = old.MeterWork()
	}
	c.Meters = meterChanges(was, o.MeterWork(), ev.At)
	return c, nil
}

// CrewDayChange adds to one crew's load on one day.
type CrewDayChange struct {
	CrewID string
	Day    string
	// Guarded: the crew-day must still be at Expected (0: nobody has touched it yet).
	// Giving work is guarded; taking work off a crew is not.
	Guarded  bool
	Expected int64
	// What is added; negative where work ends.
	Minutes, Orders, UrgentOrders int
	// Route takes the place of the day's; nil leaves it as it is.
	Route *CrewRoute
}

// CrewChange writes one crew, as imported or edited.
type CrewChange struct {
	// Expected version; 0: new. Any: negative, overwrites whatever is there.
	Expected int64
	Crew     Crew
}

// CrewPosition is where a crew reported to be.
type CrewPosition struct {
	CrewID string
	Point  Point
	At     time.Time
}

// Fence proves that its holder still has the lease.
type Fence struct {
	Lease string
	Token int64
}

// OutcomeKind is what became of a unit.
type OutcomeKind uint8

const (
	// Applied: all of it is durable.
	Applied OutcomeKind = iota + 1
	// Known: an order it would create exists under that Ref already; nothing was written.
	Known
	// Stale: something it was decided on has moved; nothing was written. Read again, decide again.
	Stale
	// RefusedUnit: it cannot be written, now (Unavailable) or ever (Invalid, Internal); Err says why.
	RefusedUnit
)

func (k OutcomeKind) String() string {
	switch k {
	case Applied:
		return "applied"
	case Known:
		return "known"
	case Stale:
		return "stale"
	case RefusedUnit:
		return "refused"
	}
	return "none"
}

// Outcome answers one unit of a Commit.
type Outcome struct {
	Kind OutcomeKind
	// Order is the index in Unit.Orders of the change that was known or stale; -1 if it was something else.
	Order int
	// Err is set when Kind is RefusedUnit, and explains Stale in words.
	Err error
}

// Error turns an outcome that is not Applied into an error of the right kind.
func (o Outcome) Error() error {
	switch o.Kind {
	case Applied:
		return nil
	case Known:
		return &Error{Kind: Conflict, Code: "known", Message: "this order exists already", MessageZH: "该工单已存在", Err: o.Err}
	case Stale:
		return &Error{Kind: Conflict, Code: "stale", Message: "somebody else changed this in the meantime; read it again", MessageZH: "数据已被他人修改，请重新读取", Err: o.Err}
	}
	if o.Err != nil {
		return o.Err
	}
	return &Error{Kind: Internal, Code: "no_outcome", Message: "the store gave no outcome"}
}
