package sqlserver

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"tundish/core"
)

// owing tells whether something is owed for an order o.
const owing = "EXISTS (SELECT 1 FROM outbox_messages m WHERE m.order_no = o.no AND m.state IN (N'due', N'unknown', N'dead'))"

// ended is an order that may be archived, as it was read.
type ended struct {
	no      string
	version int64
	owed    bool
}

var endedKey = columns("no nvarchar(20);version bigint")

// history is what moves beside the body: to where, which columns, from where. The
// order's number comes first in every history table.
var history = []struct{ to, columns, from, of string }{
	{"history_events", "order_no, sequence, at, kind, actor, message_id, remark, deltas", "events x", "x.order_no"},
	{"history_outbox_attempts", "order_no, message, number, at, took_us, outcome, code, detail", "outbox_attempts x JOIN outbox_messages m ON m.seq = x.message", "m.order_no"},
	{"history_outbox_messages", "order_no, sequence, seq, id, target, kind, created_at, state, attempts, last_error, delivered_at, payload", "outbox_messages x", "x.order_no"},
	{"history_messages", "order_no, seq, id, system, direction, operation, external_no, at, took_us, result, detail, charset, request, response, bundle", "messages x", "x.order_no <> N'' AND x.order_no"},
}

// Archive moves one batch; see core.ArchiveStore. It runs on a connection of its own,
// not in the writers' queue: what it locks are rows that nobody works with, in the same
// order as a unit does, the order first. A change that comes in between makes it try
// again; where both wait for each other it is the victim (SET DEADLOCK_PRIORITY LOW:
// "the current session will be the deadlock victim if it is involved in a deadlock and
// other sessions involved … have deadlock priority set to either NORMAL or HIGH").
func (s *Store) Archive(ctx context.Context, b core.ArchiveBatch) (core.Archived, error) {
	if b.Orders <= 0 {
		b.Orders = 10
	}
	b.Orders = min(b.Orders, 1000)
	var moved core.Archived
	err := s.retry(ctx, "archive orders", func(ctx context.Context) error {
		moved = core.Archived{Next: b.After}
		tx, err := s.db.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelReadCommitted})
		if err != nil {
			return err
		}
		defer func() { _ = tx.Rollback() }() // after Commit it does nothing
		if _, err := tx.ExecContext(ctx, s.session()+"SET XACT_ABORT ON; SET DEADLOCK_PRIORITY LOW; SET NOCOUNT OFF;"); err != nil {
			return err
		}
		if err := fenced(ctx, tx, b.Fence); err != nil {
			return err
		}
		found, err := candidates(ctx, tx, b, &moved)
		if err != nil {
			return err
		}
		if err := s.move(ctx, tx, found, b.Messages, &moved); err != nil {
			return err
		}
		return tx.Commit()
	})
	if err != nil {
		return core.Archived{}, err
	}
	return moved, nil
}

// fenced demands that nobody took the lease over, and keeps anybody from it until the
// transaction ends.
func fenced(ctx context.Context, tx *sql.Tx, f *core.Fence) error {
	if f == nil {
		return nil
	}
	res, err := tx.ExecContext(ctx, "sp_executesql", statement("UPDATE leases SET token = token WHERE name = @name AND token = @token AND holder <> N''",
		"@name nvarchar(60), @token bigint", sql.Named("name", f.Lease), sql.Named("token", f.Token))...)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n > 0 {
		return err
	}
	return core.Fail(core.Conflict, "lease_lost", "", "the lease "+f.Lease+" was lost", "租约已失去")
}

// candidates reads the next orders in the index orders_ended, which holds no others.
func candidates(ctx context.Context, tx *sql.Tx, b core.ArchiveBatch, moved *core.Archived) (found []ended, err error) {
	after, no := instant(b.After.At), string(b.After.No)
	if b.After.At.IsZero() {
		after = sql.NullTime{Time: time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC), Valid: true}
	}
	rows, err := tx.QueryContext(ctx, "sp_executesql", statement(`SELECT TOP (@n) o.no, o.version, o.updated_at, CASE WHEN `+owing+` THEN 1 ELSE 0 END
		FROM orders o WHERE o.is_open = 0 AND o.archived_at IS NULL AND o.updated_at >= @at AND (o.updated_at > @at OR o.no > @no) AND o.updated_at < @before
		ORDER BY o.updated_at, o.no`, "@n bigint, @at datetime2(3), @no nvarchar(20), @before datetime2(3)",
		sql.Named("n", int64(b.Orders)), sql.Named("at", after), sql.Named("no", no), sql.Named("before", instant(b.Before)))...)
	if err != nil {
		return nil, err
	}
	n := 0
	err = each(rows, func(r *sql.Rows) error {
		var o ended
		var at sql.NullTime
		if err := r.Scan(&o.no, &o.version, &at, &o.owed); err != nil {
			return err
		}
		n++
		moved.Next = core.ArchiveMark{At: utc(at), No: core.OrderNo(o.no)}
		if o.owed {
			moved.Held++
			return nil
		}
		found = append(found, o)
		return nil
	})
	moved.Done = n < b.Orders
	return found, err
}

// move writes one request for as many orders as its parameters hold. Its first statement
// locks the orders and makes sure that none has changed since it was read: what is owed
// for an order changes with its version only, or becomes less.
func (s *Store) move(ctx context.Context, tx *sql.Tx, found []ended, messages bool, moved *core.Archived) error {
	for len(found) > 0 {
		n := min(len(found), chunk(2*len(endedKey)))
		some := found[:n]
		found = found[n:]
		keys := make([][]any, n)
		for i, o := range some {
			keys[i] = []any{o.no, o.version}
		}
		b := &batch{}
		b.add("SET NOCOUNT ON;\nDECLARE @events BIGINT = 0, @outbox BIGINT = 0, @attempts BIGINT = 0, @messages BIGINT = 0;\n",
			"UPDATE t SET archived_at = ", now, " FROM orders t JOIN ")
		b.values(endedKey, keys, true)
		b.add(" ON v.no = t.no AND v.version = t.version AND t.is_open = 0 AND t.archived_at IS NULL;\n",
			"IF @@ROWCOUNT <> ", b.param("int", int64(n)), " THROW 50409, N'what was decided on has moved', 1;\n")
		nos := make([]string, 0, powerOfTwo(n))
		for i := range powerOfTwo(n) {
			nos = append(nos, b.param("nvarchar(20)", some[min(i, n-1)].no))
		}
		in := " IN (" + strings.Join(nos, ",") + ")"
		b.add("DELETE FROM history_orders WHERE no", in, ";\n",
			"INSERT INTO history_orders (no, body) SELECT no, body FROM orders WHERE no", in, ";\n",
			"UPDATE orders SET body = N'' WHERE no", in, ";\n")
		for i, h := range history {
			if h.to == "history_messages" && !messages {
				continue
			}
			rest := strings.TrimPrefix(h.columns, "order_no, ")
			b.add("INSERT INTO ", h.to, " (", h.columns, ") SELECT ", h.of[strings.LastIndex(h.of, " ")+1:], ", x.", strings.ReplaceAll(rest, ", ", ", x."),
				" FROM ", h.from, " WHERE ", h.of, in, ";\n",
				"SET @", []string{"events", "attempts", "outbox", "messages"}[i], " = @@ROWCOUNT;\n")
		}
		b.add("DELETE FROM events WHERE order_no", in, ";\n",
			"DELETE FROM outbox_attempts WHERE message IN (SELECT seq FROM outbox_messages WHERE order_no", in, ");\n",
			"DELETE FROM outbox_messages WHERE order_no", in, ";\n")
		if messages {
			b.add("DELETE FROM messages WHERE order_no <> N'' AND order_no", in, ";\n")
		}
		count := b.param("bigint", int64(n))
		name := b.param("nvarchar(60)", core.ArchivedCounter)
		b.add("UPDATE counters SET value = value + ", count, " WHERE name = ", name, ";\n",
			"IF @@ROWCOUNT = 0 INSERT INTO counters (name, value) VALUES (", name, ", ", count, ");\n",
			"SELECT @events, @outbox, @attempts, @messages;\n")
		rows, err := b.query(ctx, tx)
		if err != nil {
			return err
		}
		var events, outbox, attempts, logged int
		if err := each(rows, func(r *sql.Rows) error { return r.Scan(&events, &outbox, &attempts, &logged) }); err != nil {
			return err
		}
		moved.Add(core.Archived{Orders: n, Events: events, Outbox: outbox, Attempts: attempts, Messages: logged, Next: moved.Next, Done: moved.Done})
	}
	return nil
}

// Archivable tells what there is to move; see core.ArchiveStore.
func (s *Store) Archivable(ctx context.Context, before time.Time) (core.Archivable, error) {
	var a core.Archivable
	var oldest sql.NullTime
	err := s.row(ctx, "look at what may be archived", `SELECT COUNT(*), COALESCE(SUM(e.owed), 0), MIN(e.updated_at),
			COALESCE((SELECT value FROM counters WHERE name = @name), 0)
		FROM (SELECT o.updated_at, CASE WHEN `+owing+` THEN 1 ELSE 0 END AS owed
			FROM orders o WHERE o.is_open = 0 AND o.archived_at IS NULL AND o.updated_at < @before) e`,
		"@before datetime2(3), @name nvarchar(60)", []any{sql.Named("before", instant(before)), sql.Named("name", core.ArchivedCounter)},
		&a.Orders, &a.Held, &oldest, &a.Moved)
	a.Oldest = utc(oldest)
	return a, err
}
