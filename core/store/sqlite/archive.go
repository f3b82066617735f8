package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"time"

	"tundish/core"
)

// Each kind of row is copied and deleted by its order; what is deleted leaves pages that
// new rows fill, so that the file does not grow with the archive's own writing. ?1 is
// orders.id, ?2 the number.
const (
	keepBody = "INSERT INTO history_orders (id, body) SELECT id, body FROM orders WHERE id = ?1 ON CONFLICT (id) DO UPDATE SET body = excluded.body"
	dropBody = "UPDATE orders SET archived_at = " + now + ", body = '' WHERE id = ?1"

	eventColumns = "id, at, kind, actor, message_id, remark, deltas"
	keepEvents   = "INSERT INTO history_events (" + eventColumns + ") SELECT " + eventColumns + " FROM events WHERE id > ?1 * 1048576 AND id < (?1 + 1) * 1048576"
	dropEvents   = "DELETE FROM events WHERE id > ?1 * 1048576 AND id < (?1 + 1) * 1048576"

	keepAttempts = `INSERT INTO history_outbox_attempts (id, number, at, took_us, outcome, code, detail)
		SELECT m.id, a.number, a.at, a.took_us, a.outcome, a.code, a.detail
		FROM outbox_attempts a JOIN outbox_messages m ON m.seq = a.message WHERE m.order_no = ?2`
	dropAttempts = "DELETE FROM outbox_attempts WHERE message IN (SELECT seq FROM outbox_messages WHERE order_no = ?2)"

	outboxKept = "id, order_no, sequence, target, kind, created_at, state, attempts, last_error, delivered_at, payload"
	keepOutbox = "INSERT INTO history_outbox_messages (" + outboxKept + ") SELECT " + outboxKept + " FROM outbox_messages WHERE order_no = ?2 ORDER BY sequence"
	dropOutbox = "DELETE FROM outbox_messages WHERE order_no = ?2"

	messagesKept = "id, system, direction, operation, external_no, order_no, at, took_us, result, detail, charset, request, response, bundle"
	keepMessages = "INSERT INTO history_messages (" + messagesKept + ") SELECT " + messagesKept + " FROM messages WHERE order_no <> '' AND order_no = ?2 ORDER BY seq"
	dropMessages = "DELETE FROM messages WHERE order_no <> '' AND order_no = ?2"

	// owing tells whether something is owed for an order o.
	owing = "EXISTS (SELECT 1 FROM outbox_messages m WHERE m.order_no = o.no AND m.state IN ('due', 'unknown', 'dead'))"

	selectEnded = "SELECT o.id, o.no, o.updated_at, " + owing + ` FROM orders o INDEXED BY orders_ended
		WHERE o.is_open = 0 AND o.archived_at IS NULL AND (o.updated_at, o.no) > (?, ?) AND o.updated_at < ? ORDER BY o.updated_at, o.no LIMIT ?`
)

// ended is an order that may be archived.
type ended struct {
	id   int64
	no   string
	at   int64
	owed bool
}

// Archive moves one batch; see core.ArchiveStore. It is a task of its own in the
// writer's queue, behind whatever else waits there.
func (s *Store) Archive(ctx context.Context, b core.ArchiveBatch) (core.Archived, error) {
	n := b.Orders
	if n <= 0 {
		n = 10
	}
	n = min(n, 1000)
	done := &struct {
		moved core.Archived
		lost  bool
	}{}
	err := s.doLow(ctx, "archive orders", func(c *conn) error {
		done.moved = core.Archived{Next: b.After}
		if done.lost = b.Fence != nil; done.lost {
			if err := c.query("SELECT 1 FROM leases WHERE name = ? AND token = ? AND holder <> ''", values(b.Fence.Lease, b.Fence.Token),
				func([]driver.Value) error { done.lost = false; return nil }); err != nil || done.lost {
				return err
			}
		}
		var found []ended
		if err := c.query(selectEnded, values(b.After.At.UnixMilli(), string(b.After.No), b.Before.UnixMilli(), int64(n)), func(row []driver.Value) error {
			found = append(found, ended{id: row[0].(int64), no: row[1].(string), at: row[2].(int64), owed: row[3].(int64) != 0})
			return nil
		}); err != nil {
			return err
		}
		for _, o := range found {
			done.moved.Next = core.ArchiveMark{At: time.UnixMilli(o.at).UTC(), No: core.OrderNo(o.no)}
			if o.owed {
				done.moved.Held++
				continue
			}
			if err := archive(c, o, b.Messages, &done.moved); err != nil {
				return err
			}
		}
		done.moved.Done = len(found) < n
		if done.moved.Orders == 0 {
			return nil
		}
		_, err := c.exec("INSERT INTO counters (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = value + ?2",
			values(core.ArchivedCounter, int64(done.moved.Orders)))
		return err
	})
	if err != nil {
		return core.Archived{}, err
	}
	if done.lost {
		return core.Archived{}, core.Fail(core.Conflict, "lease_lost", "", "the lease "+b.Fence.Lease+" was lost", "租约已失去")
	}
	return done.moved, nil
}

// archive moves one order and counts its rows.
func archive(c *conn, o ended, messages bool, moved *core.Archived) error {
	ignored := 0
	for _, st := range []struct {
		text  string
		count *int
		skip  bool
	}{
		{keepBody, &moved.Orders, false}, {dropBody, &ignored, false},
		{keepEvents, &moved.Events, false}, {dropEvents, &ignored, false},
		{keepAttempts, &moved.Attempts, false}, {dropAttempts, &ignored, false}, // they refer to messages
		{keepOutbox, &moved.Outbox, false}, {dropOutbox, &ignored, false},
		{keepMessages, &moved.Messages, !messages}, {dropMessages, &ignored, !messages},
	} {
		if st.skip {
			continue
		}
		res, err := c.exec(st.text, values(o.id, o.no))
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		if err != nil {
			return err
		}
		*st.count += int(n)
	}
	return nil
}

// Archivable tells what there is to move; see core.ArchiveStore.
func (s *Store) Archivable(ctx context.Context, before time.Time) (core.Archivable, error) {
	var a core.Archivable
	var oldest sql.NullInt64
	const doing = "look at what may be archived"
	if err := s.row(ctx, doing, "SELECT count(*), coalesce(sum("+owing+`), 0), min(o.updated_at) FROM orders o INDEXED BY orders_ended
		WHERE o.is_open = 0 AND o.archived_at IS NULL AND o.updated_at < ?`, []any{before.UnixMilli()}, &a.Orders, &a.Held, &oldest); err != nil {
		return a, err
	}
	a.Oldest = instant(oldest)
	err := s.row(ctx, doing, "SELECT value FROM counters WHERE name = ?", []any{core.ArchivedCounter}, &a.Moved)
	if err == sql.ErrNoRows {
		err = nil
	}
	return a, err
}
