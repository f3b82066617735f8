package core

import (
	"time"
)

// WriteBackKind says what a source is told.
type WriteBackKind string

const (
	// TellStatus: the order moved on (accepted, dispatched, on site …).
	TellStatus WriteBackKind = "status"
	// TellResult: the result is released; the source closes its own order 核销.
	TellResult WriteBackKind = "result"
	// TellReturned: the order goes back with a reason 退单.
	TellReturned WriteBackKind = "returned"
	// TellExtension: the source is asked for more time 延期.
	TellExtension WriteBackKind = "extension"
	// TellPoint: a coordinate captured in the field goes to the GIS.
	TellPoint WriteBackKind = "point"
	// TellScrapped: an old meter is to be scrapped in the billing system.
	TellScrapped WriteBackKind = "scrapped_meter"
	// TellCustomer: corrected customer data.
	TellCustomer WriteBackKind = "customer"

	// TellPeople, TellWebhook and TellCreate go to targets of the hub's own: people are told,
	// an address is called, another order is opened.
	TellPeople  WriteBackKind = "notify"
	TellWebhook WriteBackKind = "webhook"
	TellCreate  WriteBackKind = "create_order"
	// TellLookUp goes to one, too: the customer of an order is looked up in billing.
	TellLookUp WriteBackKind = "look_up"
)

// MessageState is where an outbox message stands.
type MessageState string

const (
	MessageDue       MessageState = "due"
	MessageUnknown   MessageState = "unknown" // sent, no answer: ask first
	MessageDelivered MessageState = "delivered"
	MessageDead      MessageState = "dead"    // dead letter: parks its lane
	MessageSkipped   MessageState = "skipped" // by a person
)

// OutboxMessage is a result owed to a system. ID and Sequence are the same in every attempt.
type OutboxMessage struct {
	ID string `json:"id"` // MessageId on the wire, UUID
	// Place in the store's outbox: it rises with every message of any order, but may be committed after a higher one.
	// Listed messages have it; those of a claimed lane may not, and
	// what is archived may have another.
	Place  int64    `json:"-"`
	Target SystemID `json:"target"`
	Order  OrderNo  `json:"order"`
	// Sequence rises by one with every message of the order, over all its targets.
	Sequence int64         `json:"sequence"`
	Kind     WriteBackKind `json:"kind"`
	// Payload is the WriteBack as JSON: what was true when it was decided.
	Payload   []byte       `json:"payload,omitempty"`
	CreatedAt time.Time    `json:"created_at"`
	State     MessageState `json:"state"`
	Attempts  int          `json:"attempts"`
	LastError string       `json:"last_error,omitempty"`
	// DeliveredAt on the hub's clock, zero until then.
	DeliveredAt time.Time `json:"delivered_at,omitzero"`
}

// WriteBack is the content of an outbox message.
type WriteBack struct {
	Kind   WriteBackKind `json:"kind"`
	At     time.Time     `json:"at"`
	Status Status        `json:"status"`
	Reason string        `json:"reason,omitempty"`
	By     string        `json:"by,omitempty"`
	// Reaction is what a target of the hub's own has to do.
	Reaction *Reaction `json:"reaction,omitempty"`
	Order    WorkOrder `json:"order"`
}

// Reaction is an [Effect] on its way: what happens outside the order.
type Reaction struct {
	Do EffectKind `json:"do"`
	// Rule of the house that wants it: the id of a trigger, "crew" for what crews are told of their
	// work; empty: the order's process.
	Rule string   `json:"rule,omitempty"`
	To   []string `json:"to,omitempty"` // roles, "crew", or the name of a webhook
	// Crews that are told, by their ids: those that "crew" meant when it was decided.
	Crews []string `json:"crews,omitempty"`
	Type  string   `json:"type,omitempty"` // of an order to be opened, with the fields it takes over
	Copy  []string `json:"copy,omitempty"`
	// Depth of an order to be opened; see [Origin].
	Depth int `json:"depth,omitempty"`
	// Trouble: something in the house itself is wrong, and would be with other orders, too.
	Trouble bool `json:"trouble,omitempty"`
	Text    Text `json:"text,omitzero"`
}

// Status is what a source hears about an order: a word of the house vocabulary
// that every source's code table maps from.
type Status string

const (
	StatusReceived   Status = "received"
	StatusAccepted   Status = "accepted"
	StatusDispatched Status = "dispatched"
	StatusCrewOnWay  Status = "on_the_way"
	StatusOnSite     Status = "on_site"
	StatusCompleted  Status = "completed"
	StatusCouldNot   Status = "could_not_be_done"
	StatusReturned   Status = "returned"
	StatusCancelled  Status = "cancelled"
	StatusOnHold     Status = "on_hold"
	StatusClosed     Status = "closed"
)

// Statuses lists every status in the order of an order's life, then the side exits.
func Statuses() []Status {
	return []Status{StatusReceived, StatusAccepted, StatusDispatched, StatusCrewOnWay, StatusOnSite, StatusCompleted, StatusCouldNot,
		StatusReturned, StatusCancelled, StatusOnHold, StatusClosed}
}

// StatusOf is what a source hears of an order in its present phase.
func StatusOf(o *WorkOrder) Status {
	switch o.Phase {
	case Received, Acceptance:
		if o.Reviewed {
			return StatusAccepted
		}
		return StatusReceived
	case Approval:
		if !o.Settled() { // before dispatch
			return StatusAccepted
		}
	case Dispatching:
		if o.Hold != nil {
			return StatusOnHold
		}
		return StatusAccepted
	case Field:
		if o.Assignment != nil {
			switch o.Assignment.State {
			case FieldTravel:
				return StatusCrewOnWay
			case FieldOnSite:
				return StatusOnSite
			}
		}
		return StatusDispatched
	case Returned:
		return StatusReturned
	case Cancelled:
		return StatusCancelled
	case Closed:
		return StatusClosed
	}
	if c := o.LastCompletion(); c != nil && c.Outcome == CouldNotBeDone {
		return StatusCouldNot
	}
	return StatusCompleted
}

// LaneKey is the unit of delivery: messages of one order to one target go in sequence.
type LaneKey struct {
	Target SystemID `json:"target"`
	Order  OrderNo  `json:"order"`
}

// Lane is a claimed lane: until its lease ends nobody else delivers on it.
type Lane struct {
	LaneKey
	Token int64 // fencing token of the claim
	// Messages that are still owed, in sequence.
	Messages []OutboxMessage
}

// DeliveryOutcome is what became of one attempt.
type DeliveryOutcome string

const (
	Delivered      DeliveryOutcome = "delivered"
	AlreadyDone    DeliveryOutcome = "already_done"
	TryLater       DeliveryOutcome = "later"
	RefusedByPeer  DeliveryOutcome = "refused" // dead letter
	UnknownOutcome DeliveryOutcome = "unknown"
	NotSent        DeliveryOutcome = "not_sent" // asked: it never arrived; send again now
)

// Delivery is the answer of a Sink.
type Delivery struct {
	Outcome DeliveryOutcome
	// Code and Detail are the peer's words.
	Code, Detail string
	// RetryAfter is what the peer asked for; 0 leaves it to the backoff.
	RetryAfter time.Duration
	// Overloaded: the peer as a whole cannot take more (HTTP 429, 503), so RetryAfter is
	// meant for everything that is sent to it, not for this message only.
	Overloaded bool
	// Message is the exchange behind a successful attempt, stored in one unit with its
	// outcome. Without an ID there is none, or somebody else keeps it.
	Message LoggedMessage
}

// DeliveryChange records one attempt on a claimed lane.
type DeliveryChange struct {
	Lane  LaneKey
	Token int64
	// MessageID is the message that was attempted. Without it, or without an
	// Attempt.Outcome, nothing was sent, and the lane is given back as it is (shutdown,
	// quiet window, open breaker), due after Delay; the rest is not read then.
	MessageID string
	// State the message has now; Due, Unknown: it is tried again after Delay.
	State MessageState
	// Delay counts from now on the store's clock.
	Delay   time.Duration
	Attempt Attempt
	// Release gives the lane back; without it the holder goes on with the next message.
	Release bool
}

// Attempt is one line of a message's delivery history. The store numbers the
// attempts of a message 1, 2, 3 … in the order they were recorded.
type Attempt struct {
	MessageID string          `json:"message_id"`
	Number    int             `json:"number"`
	At        time.Time       `json:"at"`
	Took      time.Duration   `json:"took"`
	Outcome   DeliveryOutcome `json:"outcome"`
	Code      string          `json:"code,omitempty"`
	Detail    string          `json:"detail,omitempty"`
}
