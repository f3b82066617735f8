package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"slices"
	"strings"
	"time"

	"tundish/core"
	"tundish/core/store/internal/record"
)

// messagesPerClaim is how many owed messages come with a claimed lane.
const messagesPerClaim = 100

// ClaimLanes takes due lanes; see core.LaneStore. A claim is durable like any other
// write and shares its commit.
func (s *Store) ClaimLanes(ctx context.Context, target core.SystemID, n int, holder string, ttl time.Duration) ([]core.Lane, error) {
	if n <= 0 || holder == "" || ttl < time.Millisecond {
		return nil, core.Invalidf("claim", "lane", "a claim needs a holder, at least one lane and at least 1 ms; got %q, %d, %s", "认领需要持有者、至少一条通道与 1 毫秒；实际 %q、%d、%s", holder, n, ttl)
	}
	claimed := &struct{ lanes []core.Lane }{}
	err := s.do(ctx, "claim lanes of "+string(target), func(c *conn) error {
		claimed.lanes = claimed.lanes[:0]
		return c.query(`UPDATE outbox_lanes SET token = token + 1, holder = ?1, lease_until = `+now+` + ?2, ready_at = `+now+` + ?2
			WHERE (target, order_no) IN (SELECT target, order_no FROM outbox_lanes
				WHERE target = ?3 AND ready_at <= `+now+` ORDER BY ready_at LIMIT ?4)
			RETURNING order_no, token`,
			values(holder, ttl.Milliseconds(), string(target), int64(n)),
			func(row []driver.Value) error {
				key := core.LaneKey{Target: target, Order: core.OrderNo(row[0].(string))}
				claimed.lanes = append(claimed.lanes, core.Lane{LaneKey: key, Token: row[1].(int64)})
				return nil
			})
	})
	if err != nil || len(claimed.lanes) == 0 {
		return nil, err
	}
	if err := s.owed(ctx, claimed.lanes); err != nil {
		return nil, err // the claims run out by themselves
	}
	// A person may have skipped the last message since; that freed the lane.
	return slices.DeleteFunc(claimed.lanes, func(l core.Lane) bool { return len(l.Messages) == 0 }), nil
}

const outboxColumns = "m.id, m.target, m.order_no, m.sequence, m.kind, m.payload, m.created_at, m.state, m.attempts, m.last_error, m.delivered_at"

// owed reads the messages of claimed lanes. Each lane is a statement of its own, so that a
// lane with a long past, or with more to come than one claim takes, costs no other; all
// are one transaction, for between transactions a connection forgets its pages when
// somebody has written.
func (s *Store) owed(ctx context.Context, lanes []core.Lane) error {
	return s.points.use(ctx, "read claimed lanes", func(c *conn) (err error) {
		if _, err := c.exec("BEGIN", nil); err != nil {
			return err
		}
		defer func() {
			if _, e := c.exec("COMMIT", nil); err == nil {
				err = e
			}
		}()
		for i := range lanes {
			l := &lanes[i]
			err := c.query(`SELECT m.id, m.sequence, m.kind, m.payload, m.created_at, m.state, m.attempts, m.last_error FROM outbox_messages m
				WHERE m.order_no = ? AND m.target = ? AND m.state IN ('due', 'unknown') ORDER BY m.sequence LIMIT ?`,
				values(string(l.Order), string(l.Target), int64(messagesPerClaim)), func(row []driver.Value) error {
					m := core.OutboxMessage{
						ID: row[0].(string), Target: l.Target, Order: l.Order, Sequence: row[1].(int64), Kind: core.WriteBackKind(row[2].(string)),
						CreatedAt: time.UnixMilli(row[4].(int64)).UTC(), State: core.MessageState(row[5].(string)), Attempts: int(row[6].(int64)), LastError: row[7].(string),
					}
					if payload := row[3].(string); payload != "" {
						m.Payload = []byte(payload)
					}
					l.Messages = append(l.Messages, m)
					return nil
				})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Store) outboxRows(ctx context.Context, doing, text string, args ...any) ([]core.OutboxMessage, error) {
	var out []core.OutboxMessage
	err := s.rows(ctx, doing, text, args, func(r *sql.Rows) error {
		var m core.OutboxMessage
		var payload string
		var live, created int64 // what is archived came first
		var delivered sql.NullInt64
		if err := r.Scan(&live, &m.Place, &m.ID, &m.Target, &m.Order, &m.Sequence, &m.Kind, &payload, &created, &m.State, &m.Attempts, &m.LastError, &delivered); err != nil {
			return err
		}
		if payload != "" {
			m.Payload = []byte(payload)
		}
		m.CreatedAt, m.DeliveredAt = time.UnixMilli(created).UTC(), instant(delivered)
		out = append(out, m)
		return nil
	})
	return out, err
}

// NextDue tells when the next lane of the target may be claimed; see core.LaneStore.
func (s *Store) NextDue(ctx context.Context, target core.SystemID) (time.Duration, bool, error) {
	var in sql.NullInt64
	err := s.row(ctx, "find the next due lane of "+string(target),
		"SELECT min(ready_at) - "+now+" FROM outbox_lanes WHERE target = ? AND ready_at IS NOT NULL", []any{string(target)}, &in)
	if err != nil || !in.Valid {
		return 0, false, err
	}
	return max(0, time.Duration(in.Int64)*time.Millisecond), true, nil
}

// OwedTargets hops from target to target in the index of lanes that are due some time; see core.LaneStore.
func (s *Store) OwedTargets(ctx context.Context) ([]core.SystemID, error) {
	const next = "SELECT min(target) FROM outbox_lanes WHERE ready_at IS NOT NULL AND target > "
	var out []core.SystemID
	err := s.rows(ctx, "list the targets that are owed something", "WITH RECURSIVE t(target) AS ("+next+"'' UNION ALL SELECT ("+next+"t.target) FROM t WHERE t.target IS NOT NULL) SELECT target FROM t WHERE target IS NOT NULL", nil,
		func(r *sql.Rows) error {
			var id string
			err := r.Scan(&id)
			out = append(out, core.SystemID(id))
			return err
		})
	return out, err
}

// OutboxMessages lists messages, newest first.
func (s *Store) OutboxMessages(ctx context.Context, q core.OutboxQuery) ([]core.OutboxMessage, error) {
	var f filter
	from := "outbox_messages m"
	trouble := len(q.States) > 0
	for _, st := range q.States {
		trouble = trouble && (st == core.MessageDead || st == core.MessageUnknown)
	}
	switch {
	case q.ID != "":
		f.where("m.id = ?", q.ID)
	case q.Order != "":
	case q.Behind > 0 || q.Before > 0: // the newest first by their rows: no index is of use
	case trouble:
		from += " INDEXED BY outbox_messages_trouble"
		f.where("m.state IN ('unknown', 'dead')")
	}
	if q.Order != "" {
		f.where("m.order_no = ?", string(q.Order))
	}
	if q.Target != "" {
		f.where("m.target = ?", string(q.Target))
	}
	if q.Behind > 0 {
		f.where("m.seq > ?", q.Behind)
	}
	if q.Before > 0 {
		f.where("m.seq < ?", q.Before)
	}
	f.in("m.state", len(q.States), func(i int) any { return string(q.States[i]) })
	text := "SELECT 1, m.seq, " + outboxColumns + " FROM " + from + f.String()
	args, order := f.args, " ORDER BY 2 DESC LIMIT ?"
	if q.ID != "" || q.Order != "" {
		order = " ORDER BY 1 DESC, 2 DESC LIMIT ?"
		text += " UNION ALL SELECT 0, m.seq, " + outboxColumns + " FROM history_outbox_messages m" + f.String()
		args = f.with(f.args...)
	}
	return s.outboxRows(ctx, "list outbox messages", text+order, append(args, limit(q.Limit))...)
}

// Attempts reads a message's delivery history.
func (s *Store) Attempts(ctx context.Context, messageID string) ([]core.Attempt, error) {
	var out []core.Attempt
	const columns = "SELECT a.number AS number, a.at, a.took_us, a.outcome, a.code, a.detail FROM "
	err := s.rows(ctx, "read attempts of "+messageID, columns+"outbox_attempts a JOIN outbox_messages m ON m.seq = a.message WHERE m.id = ?1 UNION ALL "+
		columns+"history_outbox_attempts a WHERE a.id = ?1 ORDER BY number", []any{messageID},
		func(r *sql.Rows) error {
			a := core.Attempt{MessageID: messageID}
			var at, took int64
			if err := r.Scan(&a.Number, &at, &took, &a.Outcome, &a.Code, &a.Detail); err != nil {
				return err
			}
			a.At, a.Took = time.UnixMilli(at).UTC(), time.Duration(took)*time.Microsecond
			out = append(out, a)
			return nil
		})
	return out, err
}

// Requeue makes a message due now and frees its lane: whoever holds the lane at the
// moment finds his result Stale. A message whose outcome is unknown stays so, and is
// asked about first.
func (s *Store) Requeue(ctx context.Context, messageID string) error {
	return s.settleMessage(ctx, "requeue", messageID, func(c *conn, m *heldMessage) error {
		if _, err := c.exec(`UPDATE outbox_messages SET state = CASE state WHEN 'unknown' THEN 'unknown' ELSE 'due' END WHERE seq = ?`, values(m.seq)); err != nil {
			return err
		}
		_, err := c.exec(`UPDATE outbox_lanes SET token = token + 1, holder = '', lease_until = 0, due_at = `+now+`
			WHERE target = ? AND order_no = ?`, values(m.target, m.order))
		return err
	})
}

// Skip gives a message up and lets its lane go on. The reason is kept as the
// message's last error.
func (s *Store) Skip(ctx context.Context, messageID, by, reason string) error {
	note := record.SkipNote(by, reason)
	return s.settleMessage(ctx, "skip", messageID, func(c *conn, m *heldMessage) error {
		if _, err := c.exec("UPDATE outbox_messages SET state = 'skipped', last_error = ? WHERE seq = ?", values(note, m.seq)); err != nil {
			return err
		}
		_, err := c.exec("UPDATE outbox_lanes SET pending = pending - 1, due_at = "+now+" WHERE target = ? AND order_no = ?", values(m.target, m.order))
		return err
	})
}

type heldMessage struct {
	seq                  int64
	target, order, state string
}

// settleMessage changes an owed or dead message by hand and puts its lane right.
func (s *Store) settleMessage(ctx context.Context, doing, messageID string, change func(*conn, *heldMessage) error) error {
	refusal := &struct{ err error }{}
	err := s.do(ctx, doing+" message "+messageID, func(c *conn) error {
		var m heldMessage
		err := c.query(`SELECT seq, target, order_no, state FROM outbox_messages WHERE id = ?1
			UNION ALL SELECT seq, target, order_no, state FROM history_outbox_messages WHERE id = ?1`, values(messageID), func(row []driver.Value) error {
			m = heldMessage{row[0].(int64), row[1].(string), row[2].(string), row[3].(string)}
			return nil
		})
		if err != nil {
			return err
		}
		refusal.err = nil
		switch core.MessageState(m.state) {
		case "":
			refusal.err = core.Fail(core.NotFound, "no_message", "", "there is no outbox message "+messageID, "没有此发件消息")
			return nil
		case core.MessageDelivered, core.MessageSkipped:
			refusal.err = core.Fail(core.Conflict, "message_"+m.state, "", "message "+messageID+" is "+m.state+" already", "该消息已送达或已跳过")
			return nil
		}
		if err := change(c, &m); err != nil {
			return err
		}
		if _, err := c.exec(`UPDATE outbox_lanes SET parked = EXISTS (SELECT 1 FROM outbox_messages m
				WHERE m.order_no = outbox_lanes.order_no AND m.target = outbox_lanes.target AND m.state = 'dead')
			WHERE target = ? AND order_no = ?`, values(m.target, m.order)); err != nil {
			return err
		}
		_, err = c.exec(`UPDATE outbox_lanes SET ready_at = CASE WHEN parked = 1 OR pending = 0 THEN NULL ELSE max(due_at, lease_until) END
			WHERE target = ? AND order_no = ?`, values(m.target, m.order))
		return err
	})
	if err != nil {
		return err
	}
	return refusal.err
}

// filter collects conditions.
type filter struct {
	terms []string
	args  []any
}

func (f *filter) where(term string, args ...any) {
	f.terms = append(f.terms, term)
	f.args = append(f.args, args...)
}

func (f *filter) in(column string, n int, value func(int) any) {
	if n == 0 {
		return
	}
	f.terms = append(f.terms, column+" IN (?"+strings.Repeat(", ?", n-1)+")")
	for i := range n {
		f.args = append(f.args, value(i))
	}
}

func (f *filter) with(more ...any) []any { return append(f.args, more...) }

func (f *filter) String() string {
	if len(f.terms) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(f.terms, " AND ")
}

func limit(n int) int {
	if n <= 0 {
		return 100
	}
	return n
}
