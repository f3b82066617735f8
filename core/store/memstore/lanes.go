package memstore

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"tundish/core"
	"tundish/core/store/internal/record"
)

// message is a row of the outbox with its history.
type message struct {
	core.OutboxMessage
	attempts []core.Attempt
	archived bool
}

// lane decides when its messages may be claimed; see core/store/DESIGN.md.
type lane struct {
	pending    int
	due, lease time.Time
	holder     string
	token      int64
	parked     bool
}

// ready is when the lane may be claimed; ok is false when nothing is owed or a dead
// letter parks it.
func (l *lane) ready() (at time.Time, ok bool) {
	if l.lease.After(l.due) {
		return l.lease, l.pending > 0 && !l.parked
	}
	return l.due, l.pending > 0 && !l.parked
}

// free ends a claim.
func (l *lane) free() { l.holder, l.lease = "", time.Time{} }

const messagesPerClaim = 100

// owe appends a message to its lane.
func (s *Store) owe(tx *undo, m core.OutboxMessage) error {
	if _, ok := s.byID[m.ID]; ok {
		return core.Fail(core.Conflict, "key_taken", "", fmt.Sprintf("message %s exists already", m.ID), "消息已存在")
	}
	m.CreatedAt, m.State, m.Attempts, m.LastError, m.DeliveredAt = millis(m.CreatedAt), core.MessageDue, 0, "", time.Time{}
	m.Payload = slices.Clone(m.Payload)
	m.Place = int64(len(s.messages)) + 1
	row := &message{OutboxMessage: m}
	push(tx, &s.messages, row)
	put(tx, s.byID, m.ID, row)
	key := core.LaneKey{Target: m.Target, Order: m.Order}
	l := s.lanes[key]
	if l.pending == 0 { // a message behind others waits with them
		l.due = time.Now()
	}
	l.pending++
	put(tx, s.lanes, key, l)
	return nil
}

func owed(m *message) bool { return m.State == core.MessageDue || m.State == core.MessageUnknown }

// delivery writes one attempt.
func (s *Store) delivery(tx *undo, d *core.DeliveryChange) error {
	l := s.lanes[d.Lane]
	if (l.token != d.Token || l.holder == "") && !(s.opts.Flaws.NoLaneToken && l.token > 0) {
		return stale(-1, "the lane %s of order %s was taken over", d.Lane.Target, d.Lane.Order)
	}
	due := time.Now().Add(d.Delay)
	if !record.Attempted(d) {
		if due.After(l.due) {
			l.due = due
		}
		l.free()
		put(tx, s.lanes, d.Lane, l)
		return nil
	}
	row := s.byID[d.MessageID]
	if row == nil || row.Target != d.Lane.Target || row.Order != d.Lane.Order || !owed(row) {
		return stale(-1, "message %s is not owed any more", d.MessageID)
	}
	l.due = due
	next := *row
	switch d.State {
	case core.MessageDelivered:
		next.DeliveredAt = millis(d.Attempt.At)
		l.pending, l.due = l.pending-1, time.Now()
	case core.MessageSkipped:
		l.pending, l.due = l.pending-1, time.Now()
	case core.MessageDead:
		l.parked = true
	}
	if d.Release {
		l.free()
	}
	put(tx, s.lanes, d.Lane, l)
	next.State, next.LastError = d.State, record.LastError(d)
	next.Attempts++
	next.attempts = append(slices.Clip(row.attempts), core.Attempt{
		MessageID: d.MessageID, Number: next.Attempts, At: millis(d.Attempt.At), Took: d.Attempt.Took.Truncate(time.Microsecond), Outcome: d.Attempt.Outcome,
		Code: core.LogText(d.Attempt.Code, core.MaxCode), Detail: core.LogText(d.Attempt.Detail, core.MaxText),
	})
	set(tx, row, next)
	return nil
}

// ClaimLanes takes due lanes, the longest due first.
func (s *Store) ClaimLanes(ctx context.Context, target core.SystemID, n int, holder string, ttl time.Duration) ([]core.Lane, error) {
	if n <= 0 || holder == "" || ttl < time.Millisecond {
		return nil, core.Invalidf("claim", "lane", "a claim needs a holder, at least one lane and at least 1 ms; got %q, %d, %s", "认领需要持有者、至少一条通道与 1 毫秒；实际 %q、%d、%s", holder, n, ttl)
	}
	var claimed []core.Lane
	err := s.do(ctx, func(tx *undo) error {
		now := time.Now()
		type due struct {
			key core.LaneKey
			at  time.Time
		}
		var ready []due
		for key, l := range s.lanes {
			if at, ok := l.ready(); ok && key.Target == target && !at.After(now) {
				ready = append(ready, due{key, at})
			}
		}
		slices.SortFunc(ready, func(a, b due) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.key.Order, b.key.Order)) })
		for _, r := range ready[:min(n, len(ready))] {
			l := s.lanes[r.key]
			l.token++
			l.holder, l.lease = holder, now.Add(ttl)
			put(tx, s.lanes, r.key, l)
			taken := core.Lane{LaneKey: r.key, Token: l.token}
			for _, m := range s.messages {
				if m.Target == target && m.Order == r.key.Order && owed(m) && len(taken.Messages) < messagesPerClaim {
					taken.Messages = append(taken.Messages, m.OutboxMessage)
				}
			}
			slices.SortFunc(taken.Messages, func(a, b core.OutboxMessage) int { return cmp.Compare(a.Sequence, b.Sequence) })
			if len(taken.Messages) > 0 {
				claimed = append(claimed, taken)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return claimed, nil
}

// NextDue tells when the next lane of the target may be claimed.
func (s *Store) NextDue(ctx context.Context, target core.SystemID) (in time.Duration, ok bool, err error) {
	err = s.read(ctx, func() {
		now := time.Now()
		for key, l := range s.lanes {
			if at, waits := l.ready(); waits && key.Target == target {
				if d := max(0, at.Sub(now)); !ok || d < in {
					in, ok = d, true
				}
			}
		}
	})
	return in, ok, err
}

// OwedTargets lists the targets of lanes that are due some time.
func (s *Store) OwedTargets(ctx context.Context) (out []core.SystemID, err error) {
	err = s.read(ctx, func() {
		for key, l := range s.lanes {
			if _, waits := l.ready(); waits {
				out = append(out, key.Target)
			}
		}
	})
	slices.Sort(out)
	return slices.Compact(out), err
}

// OutboxMessages lists messages, newest first.
func (s *Store) OutboxMessages(ctx context.Context, q core.OutboxQuery) (out []core.OutboxMessage, err error) {
	err = s.read(ctx, func() {
		for _, m := range newest(s.messages, q.Limit, func(m **message) bool {
			return (q.ID == "" || (*m).ID == q.ID) && (q.Order == "" || (*m).Order == q.Order) && (q.Target == "" || (*m).Target == q.Target) && (*m).Place > q.Behind && (q.Before == 0 || (*m).Place < q.Before) &&
				(!(*m).archived || q.ID != "" || q.Order != "") && (len(q.States) == 0 || slices.Contains(q.States, (*m).State))
		}) {
			out = append(out, m.OutboxMessage)
		}
	})
	return out, err
}

// Attempts reads a message's delivery history.
func (s *Store) Attempts(ctx context.Context, messageID string) (out []core.Attempt, err error) {
	err = s.read(ctx, func() {
		if m := s.byID[messageID]; m != nil {
			out = slices.Clone(m.attempts)
		}
	})
	return out, err
}

// Requeue makes a message due now and frees its lane.
func (s *Store) Requeue(ctx context.Context, messageID string) error {
	return s.settle(ctx, messageID, func(m *message, l *lane) {
		if m.State != core.MessageUnknown {
			m.State = core.MessageDue
		}
		l.free()
		l.token, l.due = l.token+1, time.Now()
	})
}

// Skip gives a message up and lets its lane go on.
func (s *Store) Skip(ctx context.Context, messageID, by, reason string) error {
	return s.settle(ctx, messageID, func(m *message, l *lane) {
		m.State, m.LastError = core.MessageSkipped, record.SkipNote(by, reason)
		l.pending, l.due = l.pending-1, time.Now()
	})
}

// settle changes an owed or dead message by hand and puts its lane right.
func (s *Store) settle(ctx context.Context, messageID string, change func(*message, *lane)) error {
	return s.do(ctx, func(tx *undo) error {
		row := s.byID[messageID]
		if row == nil {
			return core.Fail(core.NotFound, "no_message", "", "there is no outbox message "+messageID, "没有此发件消息")
		}
		if row.State == core.MessageDelivered || row.State == core.MessageSkipped {
			return core.Fail(core.Conflict, "message_"+string(row.State), "", "message "+messageID+" is "+string(row.State)+" already", "该消息已送达或已跳过")
		}
		key := core.LaneKey{Target: row.Target, Order: row.Order}
		m, l := *row, s.lanes[key]
		change(&m, &l)
		set(tx, row, m)
		l.parked = slices.ContainsFunc(s.messages, func(x *message) bool {
			return x.Target == key.Target && x.Order == key.Order && x.State == core.MessageDead
		})
		put(tx, s.lanes, key, l)
		return nil
	})
}
