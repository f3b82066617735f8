package sqlserver

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"

	"tundish/core"
	"tundish/core/store/internal/find"
	"tundish/core/store/internal/record"
)

func noOrder(what string) error {
	return core.Fail(core.NotFound, "no_order", "", "there is no order "+what, "没有工单 "+what)
}

func decodeOrder(body string) (core.WorkOrder, error) {
	var o core.WorkOrder
	if err := json.Unmarshal([]byte(body), &o); err != nil {
		return o, fmt.Errorf("read a stored order: %w", err)
	}
	return o, nil
}

// The body of an archived order lies in the history, which is looked into for those
// alone: a join whose outer side decides whether the inner one is read at all.
const (
	liveOrArchived = "CASE WHEN o.archived_at IS NULL THEN o.body ELSE h.body END"
	orHistory      = " LEFT JOIN history_orders h ON o.archived_at IS NOT NULL AND h.no = o.no"
)

// Order reads one order; see core.OrderReader.
func (s *Store) Order(ctx context.Context, no core.OrderNo) (core.WorkOrder, error) {
	if inexact(string(no)) {
		return core.WorkOrder{}, noOrder(string(no))
	}
	var body string
	err := s.row(ctx, "read order "+string(no), "SELECT "+liveOrArchived+" FROM orders o"+orHistory+" WHERE o.no = @no", "@no nvarchar(20)", []any{sql.Named("no", string(no))}, &body)
	if err == sql.ErrNoRows {
		return core.WorkOrder{}, noOrder(string(no))
	}
	if err != nil {
		return core.WorkOrder{}, err
	}
	return decodeOrder(body)
}

// OrderByRef reads an order and its hashes by the source's number.
func (s *Store) OrderByRef(ctx context.Context, ref core.Ref) (core.WorkOrder, []core.Hash, error) {
	found, err := s.OrdersByRef(ctx, []core.Ref{ref})
	if err != nil {
		return core.WorkOrder{}, nil, err
	}
	k, ok := found[ref]
	if !ok {
		return core.WorkOrder{}, nil, noOrder(ref.String())
	}
	return k.Order, k.Hashes, nil
}

// OrdersByRef reads many orders, as many at once as the parameters allow.
func (s *Store) OrdersByRef(ctx context.Context, refs []core.Ref) (map[core.Ref]core.KnownOrder, error) {
	found := make(map[core.Ref]core.KnownOrder)
	var keys [][]any
	for _, ref := range refs {
		if !inexact(ref.External) && !inexact(string(ref.System)) && !inexact(ref.Period) {
			keys = append(keys, []any{ref.External, string(ref.System), ref.Period})
		}
	}
	for len(keys) > 0 {
		n := min(len(keys), chunk(len(refKey)))
		b := &batch{}
		b.add("SELECT o.system, o.external_no, o.period, ", liveOrArchived, ", o.hashes FROM orders o JOIN ")
		b.values(refKey, keys[:n], true)
		b.add(" ON v.external_no = o.external_no AND v.system = o.system AND v.period = o.period", orHistory)
		keys = keys[n:]
		err := s.rows(ctx, "read orders by reference", b, func(r *sql.Rows) error {
			var ref core.Ref
			var body, hashes string
			if err := r.Scan(&ref.System, &ref.External, &ref.Period, &body, &hashes); err != nil {
				return err
			}
			o, err := decodeOrder(body)
			found[ref] = core.KnownOrder{Order: o, Hashes: record.Hashes(hashes)}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

// within lets only orders of the set through.
func (w *where) within(r *core.Reach) {
	if r == nil || r.All {
		return
	}
	any := &where{b: w.b}
	any.in("o.branch", "nvarchar(100)", len(r.Branches), func(i int) string { return r.Branches[i] })
	any.in("o.depot", "nvarchar(100)", len(r.Depots), func(i int) string { return r.Depots[i] })
	any.is("o.crew", "nvarchar(60)", r.Crew)
	if guests := r.Guests(); len(guests) > 0 {
		called := &where{b: w.b}
		called.in("guest", "nvarchar(80)", len(guests), func(i int) string { return guests[i] })
		any.add("o.no IN (SELECT no FROM order_guests WHERE " + called.terms[0] + ")")
	}
	if any.terms == nil {
		any.add("1 = 0")
	}
	w.add("(" + strings.Join(any.terms, " OR ") + ")")
}

// Orders lists orders by number. The literal predicates on is_open, crew, account
// and serial are those of the filtered indexes, which serve only queries that repeat them.
func (s *Store) Orders(ctx context.Context, q core.OrderQuery) ([]core.WorkOrder, error) {
	b := &batch{}
	w := &where{b: b}
	if q.Find != "" {
		if inexact(q.Find) {
			return nil, nil
		}
		p := b.param("nvarchar(100)", q.Find)
		w.add("o.no IN (SELECT no FROM orders WHERE no = " + p + " UNION ALL SELECT no FROM orders WHERE external_no = " + p +
			" UNION ALL SELECT no FROM orders WHERE account <> N'' AND account = " + p + " UNION ALL SELECT no FROM orders WHERE serial <> N'' AND serial = " + p + ")")
	}
	allOpen := len(q.Phases) > 0
	for _, p := range q.Phases {
		allOpen = allOpen && !p.Ended()
	}
	if allOpen {
		w.add("o.is_open = 1")
	}
	if q.Crew != "" {
		w.add("o.crew <> N''")
	}
	w.is("o.crew", "nvarchar(60)", q.Crew)
	w.is("o.system", "nvarchar(40)", string(q.System))
	w.is("o.type", "nvarchar(60)", q.Type)
	w.in("o.phase", "nvarchar(20)", len(q.Phases), func(i int) string { return string(q.Phases[i]) })
	if q.WithoutPoint {
		w.add("o.has_point = 0")
	}
	w.within(q.Within)
	if q.Within != nil && !q.Within.All && !allOpen && q.Find == "" && q.Crew == "" { // what is found by its facts, or waits to be
		l := core.ListQuery{Phases: q.Phases, System: q.System, Within: q.Within}
		if q.Type != "" {
			l.Types = []string{q.Type}
		}
		if facts := find.Facts(&l); len(facts) > 0 {
			w.add("o.no IN (SELECT no FROM (" + intersect(b, facts) + ") k UNION SELECT no FROM search_queue)")
		}
	}
	if q.After != "" {
		w.add("o.no > " + b.param("nvarchar(20)", string(q.After)))
	}
	b.add("SELECT TOP (", b.param("bigint", min(limit(q.Limit), 1000)), ") ", liveOrArchived, " FROM orders o", orHistory, w.String(), " ORDER BY o.no")
	var out []core.WorkOrder
	err := s.rows(ctx, "list orders", b, func(r *sql.Rows) error {
		var body string
		if err := r.Scan(&body); err != nil {
			return err
		}
		o, err := decodeOrder(body)
		out = append(out, o)
		return err
	})
	return out, err
}

// Alarms lists the orders about which somebody must be told something next. The predicate is that of the
// filtered index, which serves only queries that repeat it.
func (s *Store) Alarms(ctx context.Context, limit int) ([]core.Alarm, error) {
	b := &batch{}
	b.add("SELECT TOP (", b.param("bigint", int64(limit)), ") no, alarm_at FROM orders WHERE alarm_at IS NOT NULL ORDER BY alarm_at, no")
	var out []core.Alarm
	err := s.rows(ctx, "list alarms", b, func(r *sql.Rows) error {
		var no string
		var at sql.NullTime
		err := r.Scan(&no, &at)
		out = append(out, core.Alarm{Order: core.OrderNo(no), At: utc(at)})
		return err
	})
	return out, err
}

// Events reads an order's timeline; what was archived of it came first.
func (s *Store) Events(ctx context.Context, no core.OrderNo) ([]core.Event, error) {
	if inexact(string(no)) {
		return nil, nil
	}
	b := &batch{}
	const columns = "SELECT sequence, at, kind, actor, message_id, remark, deltas FROM "
	key := b.param("nvarchar(20)", string(no))
	b.add(columns, "history_events WHERE order_no = ", key, " UNION ALL ", columns, "events WHERE order_no = ", key, " ORDER BY sequence")
	var out []core.Event
	err := s.rows(ctx, "read the timeline of "+string(no), b, func(r *sql.Rows) error {
		ev := core.Event{Order: no}
		var at sql.NullTime
		var deltas string
		if err := r.Scan(&ev.Sequence, &at, &ev.Kind, &ev.By, &ev.MessageID, &ev.Remark, &deltas); err != nil {
			return err
		}
		ev.At = utc(at)
		out = append(out, ev)
		return json.Unmarshal([]byte(deltas), &out[len(out)-1].Deltas)
	})
	return out, err
}

// Blob reads an attachment.
func (s *Store) Blob(ctx context.Context, sha256 string) (core.Blob, error) {
	blob := core.Blob{SHA256: sha256}
	err := s.row(ctx, "read attachment "+sha256, "SELECT content_type, bytes FROM blobs WHERE sha256 = @sha256", "@sha256 nvarchar(64)",
		[]any{sql.Named("sha256", sha256)}, &blob.ContentType, &blob.Bytes)
	if err == sql.ErrNoRows || err == nil && inexact(sha256) {
		return core.Blob{}, core.Fail(core.NotFound, "no_blob", "", "there is no attachment "+sha256, "没有此附件")
	}
	return blob, err
}
