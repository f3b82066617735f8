package sqlserver

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"tundish/core"
	"tundish/core/store/internal/record"
)

// Crews reads every crew with its latest position.
func (s *Store) Crews(ctx context.Context) ([]core.Crew, error) {
	b := &batch{}
	b.add("SELECT c.body, c.version, p.lat, p.lon, p.at FROM crews c LEFT JOIN crew_positions p ON p.crew_id = c.id ORDER BY c.id")
	var out []core.Crew
	err := s.rows(ctx, "read crews", b, func(r *sql.Rows) error {
		var crew core.Crew
		var body string
		var version int64
		var lat, lon sql.NullFloat64
		var at sql.NullTime
		if err := r.Scan(&body, &version, &lat, &lon, &at); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(body), &crew); err != nil {
			return fmt.Errorf("read a stored crew: %w", err)
		}
		crew.Version = version
		if at.Valid && !utc(at).Before(crew.PositionAt) {
			crew.Position, crew.PositionAt = &core.Point{Lat: lat.Float64, Lon: lon.Float64}, utc(at)
		}
		out = append(out, crew)
		return nil
	})
	return out, err
}

// CrewDays reads the loads of one day.
func (s *Store) CrewDays(ctx context.Context, day string) ([]core.CrewDay, error) {
	b := &batch{}
	b.add("SELECT crew_id, minutes, orders, urgent_orders, version, route FROM crew_days WHERE day = ", b.param("nvarchar(10)", day), " ORDER BY crew_id")
	var out []core.CrewDay
	err := s.rows(ctx, "read crew loads of "+day, b, func(r *sql.Rows) error {
		d := core.CrewDay{Day: day}
		var route sql.NullString
		err := r.Scan(&d.CrewID, &d.Minutes, &d.Orders, &d.UrgentOrders, &d.Version, &route)
		if err == nil {
			d.Route, err = record.ReadRoute(route)
		}
		out = append(out, d)
		return err
	})
	return out, err
}

// JobState reads what a job remembers; the zero state if it never ran.
func (s *Store) JobState(ctx context.Context, job string) (core.JobState, error) {
	st := core.JobState{Job: job}
	var slot, mark sql.NullTime
	err := s.row(ctx, "read job "+job, "SELECT last_slot, watermark FROM jobs WHERE job = @job", "@job nvarchar(60)", []any{sql.Named("job", job)}, &slot, &mark)
	if err == sql.ErrNoRows {
		return st, nil
	}
	st.LastSlot, st.Watermark = utc(slot), utc(mark)
	return st, err
}

// Runs lists job runs, newest first.
func (s *Store) Runs(ctx context.Context, job string, n int) ([]core.JobRun, error) {
	b := &batch{}
	w := &where{b: b}
	w.is("job", "nvarchar(60)", job)
	b.add("SELECT TOP (", b.param("bigint", limit(n)), `) id, job, trigger_kind, slot, window_from, window_to, page, confirmed, source_time, state,
		fetched, created, amended, known, refused, started_at, finished_at, err,
		ISNULL(total, 0), ISNULL(changed, 0), ISNULL(vanished, 0), ISNULL(only_missing, 0) FROM job_runs`, w.String(), " ORDER BY seq DESC")
	var out []core.JobRun
	err := s.rows(ctx, "list job runs", b, func(r *sql.Rows) error {
		var j core.JobRun
		var slot, from, to, source, started, finished sql.NullTime
		var onlyMissing int64
		err := r.Scan(&j.ID, &j.Job, &j.Trigger, &slot, &from, &to, &j.Page, &j.Confirmed, &source, &j.State,
			&j.Fetched, &j.Created, &j.Amended, &j.Known, &j.Refused, &started, &finished, &j.Err, &j.Total, &j.Changed, &j.Vanished, &onlyMissing)
		j.OnlyMissing = onlyMissing == 1
		j.Slot, j.From, j.To, j.SourceTime, j.StartedAt, j.FinishedAt = utc(slot), utc(from), utc(to), utc(source), utc(started), utc(finished)
		out = append(out, j)
		return err
	})
	return out, err
}

// RefusedItems lists what a run could not take, in the order of the source.
func (s *Store) RefusedItems(ctx context.Context, run string, n int) ([]core.RefusedItem, error) {
	b := &batch{}
	b.add("SELECT TOP (", b.param("bigint", limit(n)), ") system, external_no, period, code, reason, at, raw FROM refused_items WHERE run = ",
		b.param("nvarchar(64)", run), " ORDER BY seq")
	var out []core.RefusedItem
	err := s.rows(ctx, "list refused items of "+run, b, func(r *sql.Rows) error {
		it := core.RefusedItem{Run: run}
		var at sql.NullTime
		err := r.Scan(&it.Ref.System, &it.Ref.External, &it.Ref.Period, &it.Code, &it.Reason, &at, &it.Raw)
		it.At = utc(at)
		out = append(out, it)
		return err
	})
	return out, err
}

// UnseenRows lists rows of a window that no run listed lately.
func (s *Store) UnseenRows(ctx context.Context, job string, from, to, seen time.Time, n int) ([]core.JobRow, error) {
	b := &batch{}
	b.add("SELECT TOP (", b.param("bigint", limit(n)), ") ", jobRowColumns, " FROM job_rows r JOIN orders o ON o.no = r.order_no WHERE r.job = ", b.param("nvarchar(60)", job),
		" AND r.source_at >= ", b.param("bigint", max(from.UnixMilli(), 1)), " AND r.source_at < ", b.param("bigint", to.UnixMilli()), " AND r.seen < ", b.param("bigint", seen.UnixMilli()),
		" AND r.vanished = N'' AND o.is_open = 1 AND o.phase IN (N'received', N'acceptance', N'approval', N'dispatch') ORDER BY r.source_at, r.external_no, r.period")
	return s.jobRows(ctx, job, b)
}

// VanishedRows lists rows that runs missed.
func (s *Store) VanishedRows(ctx context.Context, job string, n int) ([]core.JobRow, error) {
	b := &batch{}
	b.add("SELECT TOP (", b.param("bigint", limit(n)), ") ", jobRowColumns, " FROM job_rows r JOIN orders o ON o.no = r.order_no WHERE r.job = ", b.param("nvarchar(60)", job),
		" AND r.vanished <> N'' AND o.is_open = 1 ORDER BY r.order_no")
	return s.jobRows(ctx, job, b)
}

const jobRowColumns = "r.external_no, r.period, r.order_no, r.source_at, r.seen, r.vanished"

func (s *Store) jobRows(ctx context.Context, job string, b *batch) ([]core.JobRow, error) {
	var out []core.JobRow
	err := s.rows(ctx, "list rows of job "+job, b, func(r *sql.Rows) error {
		row := core.JobRow{Job: job}
		var at, seen int64
		err := r.Scan(&row.Ref.External, &row.Ref.Period, &row.No, &at, &seen, &row.Vanished)
		row.SourceAt, row.Seen = record.RowInstant(at), record.RowInstant(seen)
		out = append(out, row)
		return err
	})
	return out, err
}

// Messages finds logged messages, newest first.
func (s *Store) Messages(ctx context.Context, q core.MessageQuery) ([]core.LoggedMessage, error) {
	b := &batch{}
	w := &where{b: b}
	w.is("id", "nvarchar(64)", q.ID)
	if q.Order != "" {
		w.add("order_no <> N''")
	}
	w.is("order_no", "nvarchar(20)", string(q.Order))
	if q.External != "" {
		w.add("external_no <> N''")
	}
	w.is("external_no", "nvarchar(100)", q.External)
	w.is("system", "nvarchar(40)", string(q.System))
	w.is("direction", "nvarchar(10)", string(q.Direction))
	if q.Refused {
		w.add("result <> N'ok'")
	}
	bodies := "CAST(NULL AS VARBINARY(MAX)), CAST(NULL AS VARBINARY(MAX)), ''"
	if q.WithBodies {
		bodies = "request, response, COALESCE(bundle, '')"
	}
	from := "messages"
	if q.ID != "" || q.Order != "" || q.External != "" {
		from = "(SELECT " + allMessages + " FROM messages UNION ALL SELECT " + allMessages + " FROM history_messages) m"
	}
	b.add("SELECT TOP (", b.param("bigint", limit(q.Limit)), ") id, system, direction, operation, external_no, order_no, at, took_us, result, detail, charset, ",
		bodies, " FROM ", from, w.String(), " ORDER BY seq DESC")
	var out []core.LoggedMessage
	err := s.rows(ctx, "find messages", b, func(r *sql.Rows) error {
		var m core.LoggedMessage
		var at sql.NullTime
		var took int64
		err := r.Scan(&m.ID, &m.System, &m.Direction, &m.Operation, &m.External, &m.Order, &at, &took, &m.Result, &m.Detail, &m.Charset, &m.Request, &m.Response, &m.Bundle)
		m.At, m.Took = utc(at), time.Duration(took)*time.Microsecond
		out = append(out, m)
		return err
	})
	return out, err
}

const allMessages = "seq, id, system, direction, operation, external_no, order_no, at, took_us, result, detail, charset, request, response, bundle"

const outboxColumns = "m.seq, m.id, m.target, m.order_no, m.sequence, m.kind, m.payload, m.created_at, m.state, m.attempts, m.last_error, m.delivered_at"

// OutboxMessages lists messages, newest first.
func (s *Store) OutboxMessages(ctx context.Context, q core.OutboxQuery) ([]core.OutboxMessage, error) {
	b := &batch{}
	w := &where{b: b}
	w.is("m.id", "nvarchar(64)", q.ID)
	w.is("m.order_no", "nvarchar(20)", string(q.Order))
	w.is("m.target", "nvarchar(40)", string(q.Target))
	if len(q.States) == 1 && (q.States[0] == core.MessageDead || q.States[0] == core.MessageUnknown) {
		w.add("m.state = N'" + string(q.States[0]) + "'") // the predicate of a filtered index
	} else {
		w.in("m.state", "nvarchar(10)", len(q.States), func(i int) string { return string(q.States[i]) })
	}
	from, order := "outbox_messages m", " ORDER BY m.seq DESC"
	if q.Behind > 0 {
		w.add("m.seq > " + b.param("bigint", q.Behind))
	}
	if q.Before > 0 {
		w.add("m.seq < " + b.param("bigint", q.Before))
	}
	if q.ID != "" || q.Order != "" {
		all := outboxColumns
		from = "(SELECT " + all + " FROM outbox_messages m UNION ALL SELECT " + all + " FROM history_outbox_messages m) m"
	}
	b.add("SELECT TOP (", b.param("bigint", limit(q.Limit)), ") ", outboxColumns, " FROM ", from, w.String(), order)
	return s.outbox(ctx, "list outbox messages", b)
}

func (s *Store) outbox(ctx context.Context, doing string, b *batch) ([]core.OutboxMessage, error) {
	var out []core.OutboxMessage
	err := s.rows(ctx, doing, b, func(r *sql.Rows) error {
		var m core.OutboxMessage
		var payload string
		var created, delivered sql.NullTime
		if err := r.Scan(&m.Place, &m.ID, &m.Target, &m.Order, &m.Sequence, &m.Kind, &payload, &created, &m.State, &m.Attempts, &m.LastError, &delivered); err != nil {
			return err
		}
		if payload != "" {
			m.Payload = []byte(payload)
		}
		m.CreatedAt, m.DeliveredAt = utc(created), utc(delivered)
		out = append(out, m)
		return nil
	})
	return out, err
}

// Attempts reads a message's delivery history.
func (s *Store) Attempts(ctx context.Context, messageID string) ([]core.Attempt, error) {
	b := &batch{}
	const columns = "SELECT a.number AS number, a.at, a.took_us, a.outcome, a.code, a.detail FROM "
	id := b.param("nvarchar(64)", messageID)
	b.add(columns, "outbox_attempts a JOIN outbox_messages m ON m.seq = a.message WHERE m.id = ", id, " UNION ALL ",
		columns, "history_outbox_attempts a JOIN history_outbox_messages m ON m.order_no = a.order_no AND m.seq = a.message WHERE m.id = ", id, " ORDER BY number")
	var out []core.Attempt
	err := s.rows(ctx, "read attempts of "+messageID, b, func(r *sql.Rows) error {
		a := core.Attempt{MessageID: messageID}
		var at sql.NullTime
		var took int64
		if err := r.Scan(&a.Number, &at, &took, &a.Outcome, &a.Code, &a.Detail); err != nil {
			return err
		}
		a.At, a.Took = utc(at), time.Duration(took)*time.Microsecond
		out = append(out, a)
		return nil
	})
	return out, err
}
