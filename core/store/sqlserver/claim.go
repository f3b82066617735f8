package sqlserver

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"tundish/core"
	"tundish/core/store/internal/record"
)

// now is the server's clock, rounded as it is stored: both sides of a comparison must
// round alike, or what is due now would be due half a millisecond later.
const now = "CAST(SYSUTCDATETIME() AS DATETIME2(3))"

// never is a lease that is not held.
const never = "CAST('19700101' AS DATETIME2(3))"

// claimLanes takes due lanes. Two hubs that claim at the same time must neither take
// the same lane nor wait for each other:
//
//   - READPAST passes over rows that somebody else has locked, here: is just claiming
//     or delivering (Table hints: "READPAST … skips row-level locks").
//   - UPDLOCK takes the update lock when a row is read, so that nobody else can decide
//     on it too; ROWLOCK keeps the locks to rows, which is what READPAST skips.
//   - READCOMMITTEDLOCK: under READ_COMMITTED_SNAPSHOT, READPAST may only be used with
//     it (Table hints: "READPAST cannot be specified … when READ_COMMITTED_SNAPSHOT is
//     ON … unless READCOMMITTEDLOCK is specified also").
//
// UPDATE TOP knows no ORDER BY; the predicate on ready_at and the index on it decide
// what is due, and which of the due lanes come first does not matter. Taking the keys
// from a subquery with TOP instead claims a row twice now and then.
const claimLanes = `UPDATE TOP (@n) outbox_lanes WITH (READPAST, UPDLOCK, ROWLOCK, READCOMMITTEDLOCK)
SET token = token + 1, holder = @holder, lease_until = DATEADD(millisecond, @ttl, ` + now + `), ready_at = DATEADD(millisecond, @ttl, ` + now + `)
OUTPUT inserted.order_no, inserted.token
WHERE target = @target AND ready_at IS NOT NULL AND ready_at <= ` + now

// messagesPerClaim is how many owed messages come with a claimed lane.
const messagesPerClaim = 100

// ClaimLanes takes due lanes; see core.LaneStore.
func (s *Store) ClaimLanes(ctx context.Context, target core.SystemID, n int, holder string, ttl time.Duration) ([]core.Lane, error) {
	if n <= 0 || holder == "" || ttl < time.Millisecond {
		return nil, core.Invalidf("claim", "lane", "a claim needs a holder, at least one lane and at least 1 ms; got %q, %d, %s", "认领需要持有者、至少一条通道与 1 毫秒；实际 %q、%d、%s", holder, n, ttl)
	}
	doing := "claim lanes of " + string(target)
	var lanes []core.Lane
	err := s.retry(ctx, doing, func(ctx context.Context) error {
		lanes = lanes[:0]
		rows, err := s.call(ctx, claimLanes, "@n bigint, @holder nvarchar(100), @ttl int, @target nvarchar(40)",
			sql.Named("n", int64(n)), sql.Named("holder", holder), sql.Named("ttl", delay(ttl)), sql.Named("target", string(target)))
		if err != nil {
			return err
		}
		return each(rows, func(r *sql.Rows) error {
			l := core.Lane{LaneKey: core.LaneKey{Target: target}}
			err := r.Scan(&l.Order, &l.Token)
			lanes = append(lanes, l)
			return err
		})
	})
	if err != nil || len(lanes) == 0 {
		return nil, err
	}
	if err := s.owed(ctx, doing, target, lanes); err != nil {
		return nil, err // the claims run out by themselves
	}
	full := lanes[:0]
	for _, l := range lanes {
		// A person may have skipped the last message since; that freed the lane.
		if len(l.Messages) > 0 {
			full = append(full, l)
		}
	}
	return full, nil
}

// owed reads the messages of many lanes of one target at once.
func (s *Store) owed(ctx context.Context, doing string, target core.SystemID, lanes []core.Lane) error {
	at := map[core.OrderNo]int{}
	for i := range lanes {
		at[lanes[i].Order] = i
	}
	for from := 0; from < len(lanes); from += 500 {
		some := lanes[from:min(from+500, len(lanes))]
		b := &batch{}
		b.add("SELECT ", outboxColumns, " FROM outbox_messages m WHERE m.target = ", b.param("nvarchar(40)", string(target)),
			" AND m.state IN (N'due', N'unknown') AND m.order_no IN (")
		b.list("nvarchar(20)", len(some), func(i int) any { return string(some[i].Order) })
		b.add(") ORDER BY m.order_no, m.sequence")
		messages, err := s.outbox(ctx, doing, b)
		if err != nil {
			return err
		}
		for _, m := range messages {
			if l := &lanes[at[m.Order]]; len(l.Messages) < messagesPerClaim {
				l.Messages = append(l.Messages, m)
			}
		}
	}
	return nil
}

var (
	laneAdd     = columns("target nvarchar(40);order_no nvarchar(20);added int")
	laneDeliver = columns("target nvarchar(40);order_no nvarchar(20);added int;token bigint;done int;park int;free int;delay int")
	laneUnsent  = columns("target nvarchar(40);order_no nvarchar(20);added int;token bigint;delay int")
	messageDone = columns("id nvarchar(64);target nvarchar(40);order_no nvarchar(20);state nvarchar(10);last_error nvarchar(1000);delivered_at datetime2(3)")
	attemptCols = columns("id nvarchar(64);at datetime2(3);took_us bigint;outcome nvarchar(20);code nvarchar(60);detail nvarchar(1000)")
	laneCols    = columns("target nvarchar(40);order_no nvarchar(20);pending int;parked tinyint;due_at datetime2(3);lease_until datetime2(3);ready_at datetime2(3);token bigint;holder nvarchar(100)")
)

// writeLanes brings the lanes in line with messages that came in and were delivered.
func (p *plan) writeLanes(s *script) {
	var created, added, delivered, unsent [][]any
	for _, w := range p.laneOps {
		row := []any{string(w.key.Target), string(w.key.Order), int64(w.add)}
		switch d := w.deliver; {
		case d == nil && w.create:
			created = append(created, row)
		case d == nil:
			added = append(added, row)
		case !record.Attempted(d):
			unsent = append(unsent, append(row, w.token, delay(d.Delay)))
		default:
			done, park, wait := int64(0), int64(0), delay(d.Delay)
			switch d.State {
			case core.MessageDelivered, core.MessageSkipped:
				done, wait = 1, 0
			case core.MessageDead:
				park = 1
			}
			delivered = append(delivered, append(row, w.token, done, park, flag(d.Release), wait))
		}
	}
	for len(created) > 0 {
		n := min(len(created), chunk(len(laneAdd)))
		if !s.room(powerOfTwo(n) * len(laneAdd)) {
			return
		}
		s.b.add("INSERT INTO outbox_lanes (", names(laneCols, ""), ") SELECT v.target, v.order_no, v.added, 0, ", now, ", ", never, ", ", now, ", 0, N'' FROM ")
		s.b.values(laneAdd, created[:n], true)
		s.b.add(" WHERE v.target IS NOT NULL;\n")
		created = created[n:]
	}
	const key = "v.target = t.target AND v.order_no = t.order_no"
	// A message behind others waits with them; only an idle lane becomes due now.
	s.update("outbox_lanes", `pending = t.pending + v.added,
		due_at = CASE WHEN t.pending = 0 THEN `+now+` ELSE t.due_at END,
		ready_at = CASE WHEN t.pending > 0 THEN t.ready_at WHEN t.lease_until > `+now+` THEN t.lease_until ELSE `+now+` END`, key, laneAdd, added, true)
	s.update("outbox_lanes", `pending = t.pending + v.added - v.done,
		parked = CASE WHEN v.park = 1 THEN 1 ELSE t.parked END,
		due_at = DATEADD(millisecond, v.delay, `+now+`),
		holder = CASE WHEN v.free = 1 THEN N'' ELSE t.holder END,
		lease_until = CASE WHEN v.free = 1 THEN `+never+` ELSE t.lease_until END,
		ready_at = CASE WHEN t.parked = 1 OR v.park = 1 OR t.pending + v.added - v.done <= 0 THEN NULL
			WHEN v.free = 1 OR t.lease_until < DATEADD(millisecond, v.delay, `+now+`) THEN DATEADD(millisecond, v.delay, `+now+`)
			ELSE t.lease_until END`, key+" AND v.token = t.token AND t.holder <> N''", laneDeliver, delivered, true)
	s.update("outbox_lanes", `pending = t.pending + v.added, holder = N'', lease_until = `+never+`,
		due_at = CASE WHEN t.due_at > DATEADD(millisecond, v.delay, `+now+`) THEN t.due_at ELSE DATEADD(millisecond, v.delay, `+now+`) END,
		ready_at = CASE WHEN t.parked = 1 OR t.pending + v.added = 0 THEN NULL
			WHEN t.due_at > DATEADD(millisecond, v.delay, `+now+`) THEN t.due_at ELSE DATEADD(millisecond, v.delay, `+now+`) END`,
		key+" AND v.token = t.token AND t.holder <> N''", laneUnsent, unsent, true)

	var done, attempts [][]any
	for _, d := range p.delivered {
		at := sql.NullTime{}
		if d.State == core.MessageDelivered {
			at = instant(d.Attempt.At)
		}
		done = append(done, []any{d.MessageID, string(d.Lane.Target), string(d.Lane.Order), string(d.State), record.LastError(d), at})
		attempts = append(attempts, []any{d.MessageID, instant(d.Attempt.At), d.Attempt.Took.Microseconds(), string(d.Attempt.Outcome),
			core.LogText(d.Attempt.Code, core.MaxCode), core.LogText(d.Attempt.Detail, core.MaxText)})
	}
	s.update("outbox_messages", "state = v.state, attempts = t.attempts + 1, last_error = v.last_error, delivered_at = v.delivered_at",
		"v.id = t.id AND v.target = t.target AND v.order_no = t.order_no AND t.state IN (N'due', N'unknown')", messageDone, done, true)
	for len(attempts) > 0 {
		n := min(len(attempts), chunk(len(attemptCols)))
		if !s.room(powerOfTwo(n) * len(attemptCols)) {
			return
		}
		s.b.add("INSERT INTO outbox_attempts (message, number, at, took_us, outcome, code, detail) SELECT m.seq, m.attempts, v.at, v.took_us, v.outcome, v.code, v.detail FROM ")
		s.b.values(attemptCols, attempts[:n], true)
		s.b.add(" JOIN outbox_messages m ON m.id = v.id;\n")
		attempts = attempts[n:]
	}
}

// NextDue tells when the next lane of the target may be claimed; see core.LaneStore.
func (s *Store) NextDue(ctx context.Context, target core.SystemID) (time.Duration, bool, error) {
	var in sql.NullInt64
	// DATEDIFF in milliseconds reaches 24 days.
	err := s.row(ctx, "find the next due lane of "+string(target), `SELECT CASE WHEN MIN(ready_at) > DATEADD(day, 20, `+now+`) THEN 1728000000
		ELSE DATEDIFF(millisecond, `+now+`, MIN(ready_at)) END FROM outbox_lanes WHERE target = @target AND ready_at IS NOT NULL`,
		"@target nvarchar(40)", []any{sql.Named("target", string(target))}, &in)
	if err != nil || !in.Valid {
		return 0, false, err
	}
	return max(0, time.Duration(in.Int64)*time.Millisecond), true, nil
}

// OwedTargets lists the targets of lanes that are due some time; see core.LaneStore.
func (s *Store) OwedTargets(ctx context.Context) ([]core.SystemID, error) {
	b := &batch{}
	b.add("SELECT DISTINCT target FROM outbox_lanes WHERE ready_at IS NOT NULL ORDER BY target")
	var out []core.SystemID
	err := s.rows(ctx, "list the targets that are owed something", b, func(r *sql.Rows) error {
		var id string
		err := r.Scan(&id)
		out = append(out, core.SystemID(id))
		return err
	})
	return out, err
}

// Requeue makes a message due now and frees its lane: whoever holds the lane at the
// moment finds his result Stale. A message whose outcome is unknown stays so, and is
// asked about first.
func (s *Store) Requeue(ctx context.Context, messageID string) error {
	return s.settleMessage(ctx, "requeue", messageID,
		"UPDATE outbox_messages SET state = CASE state WHEN N'unknown' THEN N'unknown' ELSE N'due' END WHERE id = @id;",
		"token = token + 1, holder = N'', lease_until = "+never+", ", "")
}

// Skip gives a message up and lets its lane go on. The reason is kept as the
// message's last error.
func (s *Store) Skip(ctx context.Context, messageID, by, reason string) error {
	return s.settleMessage(ctx, "skip", messageID,
		"UPDATE outbox_messages SET state = N'skipped', last_error = @note WHERE id = @id;",
		"pending = pending - 1, ", record.SkipNote(by, reason))
}

// settleMessage changes an owed or dead message by hand and puts its lane right. It
// locks the lane first, as a delivery does.
func (s *Store) settleMessage(ctx context.Context, doing, messageID, change, laneChange, note string) error {
	doing += " message " + messageID
	var state sql.NullString
	err := s.transact(ctx, doing, `DECLARE @target NVARCHAR(40), @order NVARCHAR(20), @state NVARCHAR(10);
		SELECT @target = target, @order = order_no FROM outbox_messages WHERE id = @id;
		UPDATE outbox_lanes SET token = token WHERE target = @target AND order_no = @order;
		SELECT @state = state FROM outbox_messages WITH (UPDLOCK, ROWLOCK) WHERE id = @id;
		IF @state IN (N'due', N'unknown', N'dead')
		BEGIN
			`+change+`
			UPDATE outbox_lanes SET `+laneChange+` due_at = `+now+`, parked = CASE WHEN EXISTS (
					SELECT 1 FROM outbox_messages m WHERE m.order_no = @order AND m.target = @target AND m.state = N'dead') THEN 1 ELSE 0 END
			WHERE target = @target AND order_no = @order;
			UPDATE outbox_lanes SET ready_at = CASE WHEN parked = 1 OR pending = 0 THEN NULL WHEN lease_until > due_at THEN lease_until ELSE due_at END
			WHERE target = @target AND order_no = @order;
		END;
		IF @state IS NULL SELECT @state = state FROM history_outbox_messages WHERE id = @id;
		SELECT @state`, "@id nvarchar(64), @note nvarchar(1000)", []any{sql.Named("id", messageID), sql.Named("note", note)}, &state)
	switch {
	case err != nil:
		return err
	case !state.Valid:
		return core.Fail(core.NotFound, "no_message", "", "there is no outbox message "+messageID, "没有此发件消息")
	case state.String == string(core.MessageDelivered), state.String == string(core.MessageSkipped):
		return core.Fail(core.Conflict, "message_"+state.String, "", fmt.Sprintf("message %s is %s already", messageID, state.String), "该消息已送达或已跳过")
	}
	return nil
}
