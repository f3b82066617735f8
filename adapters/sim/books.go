package sim

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"tundish/core"
	"tundish/wsdl/vocabulary"
	"tundish/wsdl/xsd"
)

// State is what a system believes of an order.
type State string

const (
	Registered State = "registered"  // not handed over yet
	HandedOver State = "handed_over" // the hub has it
	InWork     State = "in_work"     // a status was told
	Closed     State = "closed"      // a result took effect
	Returned   State = "returned"
	Cancelled  State = "cancelled"
)

func (s State) ended() bool { return s == Closed || s == Returned || s == Cancelled }

// Entry is one order in the books.
type Entry struct {
	Ref     string `json:"ref"`
	Period  string `json:"period,omitempty"`
	OrderNo string `json:"order_no,omitempty"` // once the system was told it
	Type    string `json:"type"`               // the system's own code
	State   State  `json:"state"`
	Status  string `json:"status,omitempty"` // last one told

	Account     string `json:"account,omitempty"`
	MeterSerial string `json:"meter_serial,omitempty"`

	// What took effect.
	Outcome          string `json:"outcome,omitempty"`
	Reason           string `json:"reason,omitempty"`
	FinalReading     string `json:"final_reading,omitempty"`
	NewSerial        string `json:"new_serial,omitempty"`
	InitialReading   string `json:"initial_reading,omitempty"`
	RecheckedReading string `json:"rechecked_reading,omitempty"`
	Photos           int    `json:"photos,omitempty"`

	RegisteredAt time.Time `json:"registered_at"`
	UpdatedAt    time.Time `json:"updated_at"`
	FinishedAt   time.Time `json:"finished_at,omitzero"`
	ClosedAt     time.Time `json:"closed_at,omitzero"`

	LastMessageID string `json:"last_message_id,omitempty"`
	LastSequence  int64  `json:"last_sequence,omitempty"`
	// Effects counts results that took effect; more than 1 is a double effect.
	Effects int `json:"effects"`
	// Reopened counts how often the hub opened it again after a result.
	Reopened int `json:"reopened,omitempty"`
	// Known counts submissions that the hub answered as known.
	Known int `json:"known,omitempty"`
}

type bookKey struct{ ref, period string }

// applied remembers a message that took effect.
type applied struct {
	at       time.Time
	sequence int64
}

// Books are the orders of one system, and every message that it applied. Safe for
// concurrent use.
type Books struct {
	system core.SystemID
	clock  core.Clock
	zone   *time.Location

	mu       sync.Mutex
	entries  []*Entry
	index    map[bookKey]*Entry
	messages map[string]applied
	effects  []Effect
	stats    Stats
}

// Effect is one message that took effect. Ref is empty where the message names no order
// of this system.
type Effect struct {
	MessageID string
	Sequence  int64
	OrderNo   string
	Ref       string
	Period    string
}

// NewBooks makes empty books of a system.
func NewBooks(system core.SystemID, clock core.Clock, zone *time.Location) *Books {
	return &Books{system: system, clock: clock, zone: zone, index: map[bookKey]*Entry{}, messages: map[string]applied{}}
}

// System is whose books these are.
func (b *Books) System() core.SystemID { return b.system }

// Register enters a new order. It is Registered until the hub has acknowledged it.
func (b *Books) Register(e Entry) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if e.RegisteredAt.IsZero() {
		e.RegisteredAt = b.clock.Now()
	}
	e.State, e.UpdatedAt = Registered, e.RegisteredAt
	b.entries = append(b.entries, &e)
	b.index[bookKey{e.Ref, e.Period}] = &e
}

// HandedOver records the hub's number of an order; known tells that the hub had it
// before. Another number than the one in the books is a conflict: counted, and an error.
func (b *Books) HandedOver(ref, period, orderNo string, known bool) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	e := b.index[bookKey{ref, period}]
	if e == nil {
		return fmt.Errorf("%s has no order %s", b.system, ref)
	}
	if known {
		e.Known++
		b.stats.Known++
	}
	if e.OrderNo != "" && e.OrderNo != orderNo {
		b.stats.Conflicts++
		return fmt.Errorf("the hub calls order %s/%s %s, and called it %s before", b.system, ref, orderNo, e.OrderNo)
	}
	e.OrderNo = orderNo
	if e.State == Registered {
		e.State = HandedOver
		e.UpdatedAt = b.clock.Now()
		b.stats.Acknowledged++
	}
	return nil
}

// Confirm records the hub's numbers of pulled orders, once per message. Unknown are the
// references that are not in the books.
func (b *Books) Confirm(ctx context.Context, messageID string, received []vocabulary.ReceivedOrder) (ack vocabulary.Acknowledgement, unknown []string, err error) {
	ack, err = b.Once(ctx, Message{ID: messageID}, func(_ *Entry, now time.Time) error {
		for _, r := range received {
			e := b.index[bookKey{r.ExternalRef, r.RefPeriod}]
			if e == nil {
				unknown = append(unknown, r.ExternalRef)
				continue
			}
			if e.OrderNo != "" && e.OrderNo != r.OrderNo {
				b.stats.Conflicts++
				continue
			}
			e.OrderNo = r.OrderNo
			if e.State == Registered {
				e.State, e.UpdatedAt = HandedOver, now
				b.stats.Acknowledged++
				b.stats.Confirmed++
			}
		}
		return nil
	})
	return ack, unknown, err
}

// Cancel records that the source itself cancelled the order.
func (b *Books) Cancel(ref, period string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if e := b.index[bookKey{ref, period}]; e != nil && !e.State.ended() {
		now := b.clock.Now()
		e.State, e.UpdatedAt, e.ClosedAt = Cancelled, now, now
	}
}

// Find is the entry of an order as it is now; ok is false when there is none.
func (b *Books) Find(ref, period string) (e Entry, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if p := b.index[bookKey{ref, period}]; p != nil {
		return *p, true
	}
	return Entry{}, false
}

// Message is what identifies a message of the hub and the order it is about.
type Message struct {
	ID       string
	Sequence int64
	OrderNo  string // "" where the message names no order
	Ref      string // "" where the message does not name it
	Period   string
}

// Once lets a message take effect unless it did before. Effect is called with the order
// it is about (nil if it names none), must check everything before it changes
// anything, and holds the books meanwhile: it must not call them.
func (b *Books) Once(ctx context.Context, m Message, effect func(e *Entry, now time.Time) error) (vocabulary.Acknowledgement, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if done, ok := b.messages[m.ID]; ok {
		b.stats.AlreadyDone++
		return b.acknowledged(done.at, true), nil
	}
	if rule := struckBy(ctx, Later); rule != nil {
		wait := vocabulary.Count(rule.delay / time.Second)
		return vocabulary.Acknowledgement{Code: "books_closed", Message: "账务关账中，请稍后重发", RetryAfterSeconds: &wait}, nil
	}
	e, err := b.about(m)
	if err != nil {
		return vocabulary.Acknowledgement{}, err
	}
	now := b.clock.Now()
	overtaken := e != nil && m.Sequence > 0 && m.Sequence < e.LastSequence
	if err := effect(e, now); err != nil {
		return vocabulary.Acknowledgement{}, err
	}
	b.messages[m.ID] = applied{now, m.Sequence}
	b.effects = append(b.effects, Effect{m.ID, m.Sequence, m.OrderNo, m.Ref, m.Period})
	if overtaken {
		b.stats.OutOfOrder++
	}
	if e != nil {
		e.UpdatedAt, e.LastMessageID = now, m.ID
		e.LastSequence = max(e.LastSequence, m.Sequence)
		if e.OrderNo == "" {
			e.OrderNo = m.OrderNo // the write-back was faster than the acknowledgement
		}
	}
	return b.acknowledged(now, struckBy(ctx, DuplicateAck) != nil), nil
}

// about finds the order of a message.
func (b *Books) about(m Message) (*Entry, error) {
	if m.Ref == "" {
		return nil, nil
	}
	e := b.index[bookKey{m.Ref, m.Period}]
	if e == nil {
		return nil, core.Fail(core.NotFound, "unknown_order", "ExternalRef", fmt.Sprintf("there is no order %q here", m.Ref), fmt.Sprintf("本系统无工单 %q", m.Ref))
	}
	if e.OrderNo != "" && m.OrderNo != "" && e.OrderNo != m.OrderNo {
		return nil, core.Fail(core.Conflict, "number_mismatch", "OrderNo", fmt.Sprintf("order %s is %s here, not %s", m.Ref, e.OrderNo, m.OrderNo), fmt.Sprintf("工单 %s 在本系统对应 %s，而非 %s", m.Ref, e.OrderNo, m.OrderNo))
	}
	return e, nil
}

// Effects lists every message that took effect, in the order in which they did.
func (b *Books) Effects() []Effect {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.effects)
}

func (b *Books) acknowledged(at time.Time, already bool) vocabulary.Acknowledgement {
	a := vocabulary.Acknowledgement{Accepted: true, AlreadyDone: already, At: b.stamp(at)}
	if already {
		a.Code = "already_done"
	}
	return a
}

func (b *Books) stamp(t time.Time) *xsd.DateTime {
	if t.IsZero() {
		return nil
	}
	d := xsd.NewDateTime(t.In(b.zone).Truncate(time.Millisecond))
	return &d
}

// Stamp is an instant as the system writes it, with its zone.
func (b *Books) Stamp(t time.Time) xsd.DateTime { return *b.stamp(t) }

// WriteBackStatus answers what became of a message.
func (b *Books) WriteBackStatus(id string) (state string, at *xsd.DateTime, sequence *vocabulary.Sequence) {
	b.mu.Lock()
	defer b.mu.Unlock()
	done, ok := b.messages[id]
	if !ok {
		return "unknown", nil, nil
	}
	return "applied", b.stamp(done.at), &done.sequence
}

// All lists the books with what is still to be registered.
func (b *Books) All() []Entry { return b.list(time.Time{}) }

// Entries lists the books as they are, by registration and number, as of now: what will
// be registered later is not there yet.
func (b *Books) Entries() []Entry { return b.list(b.clock.Now()) }

// list is the books of an instant; zero: of all times.
func (b *Books) list(now time.Time) []Entry {
	b.mu.Lock()
	defer b.mu.Unlock()
	list := make([]Entry, 0, len(b.entries))
	for _, e := range b.entries {
		if now.IsZero() || !e.RegisteredAt.After(now) {
			list = append(list, *e)
		}
	}
	slices.SortStableFunc(list, func(x, y Entry) int {
		return cmp.Or(x.RegisteredAt.Compare(y.RegisteredAt), cmp.Compare(x.Ref, y.Ref), cmp.Compare(x.Period, y.Period))
	})
	return list
}
