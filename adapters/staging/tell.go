package staging

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"tundish/adapters/mapping"
	"tundish/core"
	"tundish/core/outbox"
)

// SinkOptions of [Sink].
type SinkOptions struct {
	System core.SystemID
	Tables map[string]*mapping.Table
	DBs    map[string]*Database // by the same names
	Clock  core.Clock
	// Blob reads what a photo holds; nil sends none.
	Blob func(ctx context.Context, sha256 string) (core.Blob, error)
	// Trouble hears of codes that no table leads to, but that are written all the same.
	Trouble func(path, code string)
	Next    outbox.Sink // for what no table is told
}

// Sink tells a system in its own tables. Its statements may run again after a connection broke:
// the mapping's author was told so, and message.id is the same each time.
type Sink struct{ o SinkOptions }

var _ outbox.Sink = (*Sink)(nil)

// NewSink makes the sink of a system that is told something in tables.
func NewSink(o SinkOptions) (*Sink, error) {
	if o.System == "" || o.Clock == nil || o.Next == nil {
		return nil, errors.New("staging: system, clock and next are required")
	}
	return &Sink{o}, nil
}

// Ask is for what Next sent: a table is told at once or later, never in between.
func (s *Sink) Ask(ctx context.Context, m core.OutboxMessage) core.Delivery {
	if kind, t := s.told(&m); t != nil {
		return core.Delivery{Outcome: core.NotSent, Detail: fmt.Sprintf("the statement for %s may run again", kind)}
	}
	return s.o.Next.Ask(ctx, m)
}

// told finds the table that is told a message.
func (s *Sink) told(m *core.OutboxMessage) (core.WriteBackKind, *mapping.Table) {
	var wb struct {
		Kind core.WriteBackKind `json:"kind"`
	}
	_ = json.Unmarshal(m.Payload, &wb)
	for _, t := range s.o.Tables {
		if t.Tells[wb.Kind] != nil {
			return wb.Kind, t
		}
	}
	return wb.Kind, nil
}

// Deliver runs the statement for one message.
func (s *Sink) Deliver(ctx context.Context, m core.OutboxMessage) core.Delivery {
	_, t := s.told(&m)
	if t == nil {
		return s.o.Next.Deliver(ctx, m)
	}
	var wb core.WriteBack
	if err := json.Unmarshal(m.Payload, &wb); err != nil {
		return core.Delivery{Outcome: core.RefusedByPeer, Code: "payload", Detail: fmt.Sprintf("the message owed cannot be read: %v", err)}
	}
	tell := t.Tells[wb.Kind]
	operation := t.Name + "." + string(wb.Kind)
	began := s.o.Clock.Now()
	v := mapping.Values{Message: mapping.Message{ID: m.ID, Sequence: m.Sequence, SentAt: began},
		Order: &wb.Order, Status: wb.Status, Reason: wb.Reason, By: wb.By, At: wb.At, Trouble: s.o.Trouble}
	if s.o.Blob != nil {
		v.Blob = func(sha256 string) ([]byte, error) {
			b, err := s.o.Blob(ctx, sha256)
			return b.Bytes, err
		}
	}
	given, err := tell.Values(&v)
	if err != nil {
		return refused(err)
	}
	args, err := bound(tell.Text, func(name string) (any, bool) {
		for _, b := range given {
			if b.Name == name {
				v := text(b.Text)
				v.Valid = b.Is
				return v, true
			}
		}
		return nil, false
	})
	if err != nil {
		return refused(err)
	}
	n, err := s.o.DBs[t.Name].run(ctx, tell.Text, args)
	switch {
	case err != nil && unfit(err):
		return core.Delivery{Outcome: core.RefusedByPeer, Code: "statement", Detail: err.Error()}
	case err != nil:
		return core.Delivery{Outcome: core.TryLater, Code: "database", Detail: err.Error()}
	case n == 0:
		return core.Delivery{Outcome: core.RefusedByPeer, Code: "no_row", Detail: fmt.Sprintf("the statement of %s changed no row: the table has none for %s, or none that its condition lets through", operation, wb.Order.Ref.External)}
	}
	return core.Delivery{Outcome: core.Delivered, Code: "rows", Detail: fmt.Sprintf("%d row(s) changed", n), Message: core.LoggedMessage{
		ID: core.NewID(began), System: s.o.System, Direction: core.Outbound, Operation: operation, External: wb.Order.Ref.External, Order: m.Order,
		At: began.UTC(), Took: max(s.o.Clock.Now().Sub(began), 0).Round(time.Millisecond), Result: "ok", Request: shown(tell.Text, given),
	}}
}

// run runs a statement by itself and tells how many rows it changed. Of one that changed none
// nothing stays.
func (d *Database) run(ctx context.Context, statement string, args []any) (int64, error) {
	ctx, cancel := d.within(ctx)
	defer cancel()
	tx, err := d.db.BeginTx(ctx, nil)
	if err != nil {
		return 0, err
	}
	defer func() { _ = tx.Rollback() }() // of one that was committed it does nothing
	res, err := tx.ExecContext(ctx, statement, args...)
	if err != nil {
		return 0, err
	}
	n, err := res.RowsAffected()
	if err != nil || n == 0 {
		return 0, err
	}
	return n, tx.Commit()
}

// refused is a message that cannot be told as it is.
func refused(err error) core.Delivery {
	d := core.Delivery{Outcome: core.RefusedByPeer, Code: core.CodeOf(err), Detail: err.Error()}
	if core.IsKind(err, core.Unavailable) { // a photo could not be read
		d.Outcome = core.TryLater
	}
	return d
}

// shown is a statement as it is kept: its text and its values.
func shown(statement string, given []mapping.Bound) []byte {
	var b strings.Builder
	b.WriteString(strings.TrimSpace(statement))
	b.WriteString("\n")
	for _, g := range given {
		if g.Is {
			fmt.Fprintf(&b, "-- @%s = %q\n", g.Name, g.Text)
		} else {
			fmt.Fprintf(&b, "-- @%s = NULL\n", g.Name)
		}
	}
	return []byte(b.String())
}
