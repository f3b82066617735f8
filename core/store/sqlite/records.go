package sqlite

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
	var out []core.Crew
	err := s.rows(ctx, "read crews", `SELECT c.body, c.version, p.lat, p.lon, p.at
		FROM crews c LEFT JOIN crew_positions p ON p.crew_id = c.id ORDER BY c.id`, nil, func(r *sql.Rows) error {
		var crew core.Crew
		var body string
		var version int64
		var lat, lon sql.NullFloat64
		var at sql.NullInt64
		if err := r.Scan(&body, &version, &lat, &lon, &at); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(body), &crew); err != nil {
			return fmt.Errorf("read a stored crew: %w", err)
		}
		crew.Version = version
		if at.Valid && !instant(at).Before(crew.PositionAt) {
			crew.Position, crew.PositionAt = &core.Point{Lat: lat.Float64, Lon: lon.Float64}, instant(at)
		}
		out = append(out, crew)
		return nil
	})
	return out, err
}

// CrewDays reads the loads of one day.
func (s *Store) CrewDays(ctx context.Context, day string) ([]core.CrewDay, error) {
	var out []core.CrewDay
	err := s.rows(ctx, "read crew loads of "+day, `SELECT crew_id, minutes, orders, urgent_orders, version, route
		FROM crew_days WHERE day = ? ORDER BY crew_id`, []any{day}, func(r *sql.Rows) error {
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
	var slot, mark sql.NullInt64
	err := s.row(ctx, "read job "+job, "SELECT last_slot, watermark FROM jobs WHERE job = ?", []any{job}, &slot, &mark)
	if err == sql.ErrNoRows {
		return st, nil
	}
	st.LastSlot, st.Watermark = instant(slot), instant(mark)
	return st, err
}

// Runs lists job runs, newest first.
func (s *Store) Runs(ctx context.Context, job string, n int) ([]core.JobRun, error) {
	var f filter
	if job != "" {
		f.where("job = ?", job)
	}
	var out []core.JobRun
	err := s.rows(ctx, "list job runs", `SELECT id, job, trigger_kind, slot, window_from, window_to, page, confirmed, source_time, state,
		fetched, created, amended, known, refused, started_at, finished_at, err, total, changed, vanished, only_missing
		FROM job_runs`+f.String()+" ORDER BY seq DESC LIMIT ?", f.with(limit(n)), func(r *sql.Rows) error {
		var j core.JobRun
		var slot, from, to, source, started, finished sql.NullInt64
		err := r.Scan(&j.ID, &j.Job, &j.Trigger, &slot, &from, &to, &j.Page, &j.Confirmed, &source, &j.State,
			&j.Fetched, &j.Created, &j.Amended, &j.Known, &j.Refused, &started, &finished, &j.Err, &j.Total, &j.Changed, &j.Vanished, &j.OnlyMissing)
		j.Slot, j.From, j.To, j.SourceTime = instant(slot), instant(from), instant(to), instant(source)
		j.StartedAt, j.FinishedAt = instant(started), instant(finished)
		out = append(out, j)
		return err
	})
	return out, err
}

// RefusedItems lists what a run could not take, in the order of the source.
func (s *Store) RefusedItems(ctx context.Context, run string, n int) ([]core.RefusedItem, error) {
	var out []core.RefusedItem
	err := s.rows(ctx, "list refused items of "+run, `SELECT system, external_no, period, code, reason, at, raw
		FROM refused_items WHERE run = ? ORDER BY seq LIMIT ?`, []any{run, limit(n)}, func(r *sql.Rows) error {
		it := core.RefusedItem{Run: run}
		var at int64
		err := r.Scan(&it.Ref.System, &it.Ref.External, &it.Ref.Period, &it.Code, &it.Reason, &at, &it.Raw)
		it.At = time.UnixMilli(at).UTC()
		out = append(out, it)
		return err
	})
	return out, err
}

// notBegun are the phases in which no crew has an order yet.
const notBegun = "o.is_open = 1 AND o.phase IN ('received', 'acceptance', 'approval', 'dispatch')"

// UnseenRows lists rows of a window that no run listed lately.
func (s *Store) UnseenRows(ctx context.Context, job string, from, to, seen time.Time, n int) ([]core.JobRow, error) {
	return s.jobRows(ctx, job, `FROM job_rows r CROSS JOIN orders o ON o.no = r.order_no
		WHERE r.job = ? AND r.source_at >= ? AND r.source_at < ? AND r.seen < ? AND r.vanished = '' AND `+notBegun+" ORDER BY r.source_at, r.external_no, r.period LIMIT ?",
		job, max(from.UnixMilli(), 1), to.UnixMilli(), seen.UnixMilli(), limit(n))
}

// VanishedRows lists rows that runs missed.
func (s *Store) VanishedRows(ctx context.Context, job string, n int) ([]core.JobRow, error) {
	return s.jobRows(ctx, job, `FROM job_rows r CROSS JOIN orders o ON o.no = r.order_no
		WHERE r.job = ? AND r.vanished <> '' AND o.is_open = 1 ORDER BY r.order_no LIMIT ?`, job, limit(n))
}

func (s *Store) jobRows(ctx context.Context, job, from string, args ...any) ([]core.JobRow, error) {
	var out []core.JobRow
	err := s.rows(ctx, "list rows of job "+job, "SELECT r.external_no, r.period, r.order_no, r.source_at, r.seen, r.vanished "+from, args, func(r *sql.Rows) error {
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
	var f filter
	from := "messages"
	switch {
	case q.ID != "":
		f.where("id = ?", q.ID)
	case q.Order != "":
	case q.External != "":
	case q.Refused:
		from += " INDEXED BY messages_refused"
	}
	if q.Order != "" {
		f.where("order_no <> '' AND order_no = ?", string(q.Order))
	}
	if q.External != "" {
		f.where("external_no <> '' AND external_no = ?", q.External)
	}
	if q.System != "" {
		f.where("system = ?", string(q.System))
	}
	if q.Direction != "" {
		f.where("direction = ?", string(q.Direction))
	}
	if q.Refused {
		f.where("result <> 'ok'")
	}
	bodies := "NULL, NULL, ''"
	if q.WithBodies {
		bodies = "request, response, coalesce(bundle, '')"
	}
	var out []core.LoggedMessage
	columns := ", seq, id, system, direction, operation, external_no, order_no, at, took_us, result, detail, charset, " + bodies + " FROM "
	text, args, order := "SELECT 1"+columns+from+f.String(), f.args, " ORDER BY 2 DESC LIMIT ?"
	if q.ID != "" || q.Order != "" || q.External != "" {
		order = " ORDER BY 1 DESC, 2 DESC LIMIT ?"
		text += " UNION ALL SELECT 0" + columns + "history_messages" + f.String()
		args = f.with(f.args...)
	}
	err := s.rows(ctx, "find messages", text+order, append(args, limit(q.Limit)), func(r *sql.Rows) error {
		var m core.LoggedMessage
		var live, seq, at, took int64 // what is archived came first
		err := r.Scan(&live, &seq, &m.ID, &m.System, &m.Direction, &m.Operation, &m.External, &m.Order, &at, &took, &m.Result, &m.Detail, &m.Charset, &m.Request, &m.Response, &m.Bundle)
		m.At, m.Took = time.UnixMilli(at).UTC(), time.Duration(took)*time.Microsecond
		out = append(out, m)
		return err
	})
	return out, err
}
