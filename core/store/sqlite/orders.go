package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"time"

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

// Order reads one order; see core.OrderReader.
func (s *Store) Order(ctx context.Context, no core.OrderNo) (core.WorkOrder, error) {
	var body string
	doing := "read order " + string(no)
	err := s.points.row(ctx, doing, "SELECT body FROM orders WHERE no = ?", values(string(no)), &body)
	if err == nil && body == "" { // archived
		err = s.points.row(ctx, doing, "SELECT h.body FROM orders o JOIN history_orders h ON h.id = o.id WHERE o.no = ?", values(string(no)), &body)
	}
	if err == sql.ErrNoRows {
		return core.WorkOrder{}, noOrder(string(no))
	}
	if err != nil {
		return core.WorkOrder{}, err
	}
	return decodeOrder(body)
}

// The body of an archived order is empty in orders and is read from the history: what
// every message begins with, the look-up of a new key, pays nothing for the archive.
const (
	byRef         = " WHERE o.external_no = ? AND o.system = ? AND o.period = ?"
	selectByRef   = "SELECT o.body, o.hashes FROM orders o" + byRef
	archivedByRef = "SELECT h.body, o.hashes FROM orders o JOIN history_orders h ON h.id = o.id" + byRef
)

// OrderByRef reads an order and its hashes by the source's number.
func (s *Store) OrderByRef(ctx context.Context, ref core.Ref) (core.WorkOrder, []core.Hash, error) {
	var body, hashes string
	doing := "read order " + ref.String()
	err := s.points.row(ctx, doing, selectByRef, values(ref.External, string(ref.System), ref.Period), &body, &hashes)
	if err == nil && body == "" {
		err = s.points.row(ctx, doing, archivedByRef, values(ref.External, string(ref.System), ref.Period), &body, &hashes)
	}
	if err == sql.ErrNoRows {
		return core.WorkOrder{}, nil, noOrder(ref.String())
	}
	if err != nil {
		return core.WorkOrder{}, nil, err
	}
	o, err := decodeOrder(body)
	return o, record.Hashes(hashes), err
}

// selectByRefs finds many numbers of one system and period in one statement: a statement
// each costs more than the reading.
const selectByRefs = `SELECT o.external_no, CASE WHEN o.body = '' THEN (SELECT h.body FROM history_orders h WHERE h.id = o.id) ELSE o.body END, o.hashes
	FROM json_each(?) j CROSS JOIN orders o ON o.external_no = j.value
	WHERE o.system = ? AND o.period = ?`

// OrdersByRef reads many orders. Those of one system and period are read in one snapshot.
func (s *Store) OrdersByRef(ctx context.Context, refs []core.Ref) (map[core.Ref]core.KnownOrder, error) {
	const doing = "read orders by reference"
	found := make(map[core.Ref]core.KnownOrder)
	type group struct {
		system core.SystemID
		period string
	}
	numbers := map[group][]string{}
	for _, ref := range refs {
		g := group{ref.System, ref.Period}
		numbers[g] = append(numbers[g], ref.External)
	}
	for g, list := range numbers {
		wanted, err := json.Marshal(list)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", doing, err)
		}
		if err := s.rows(ctx, doing, selectByRefs, []any{string(wanted), string(g.system), g.period}, func(r *sql.Rows) error {
			ref := core.Ref{System: g.system, Period: g.period}
			var body, hashes string
			if err := r.Scan(&ref.External, &body, &hashes); err != nil {
				return err
			}
			o, err := decodeOrder(body)
			found[ref] = core.KnownOrder{Order: o, Hashes: record.Hashes(hashes)}
			return err
		}); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// narrow asks for a crew's orders as such where nothing else is allowed: there is an index for that.
func narrow(q core.OrderQuery) core.OrderQuery {
	if r := q.Within; r != nil && !r.All && len(r.Branches)+len(r.Depots)+len(r.Guests()) == 0 && r.Crew != "" && q.Crew == "" {
		q.Crew, q.Within = r.Crew, nil
	}
	return q
}

// within lets only orders of the set through, which is not empty. o stands before the columns.
func (f *filter) within(o string, r *core.Reach) {
	if r == nil || r.All {
		return
	}
	var terms []string
	var args []any
	list := func(column string, values []string) {
		if len(values) > 0 {
			terms = append(terms, column+" IN (?"+strings.Repeat(", ?", len(values)-1)+")")
			for _, v := range values {
				args = append(args, v)
			}
		}
	}
	list(o+"branch", r.Branches)
	list(o+"depot", r.Depots)
	if r.Crew != "" {
		list(o+"crew", []string{r.Crew})
	}
	if guests := r.Guests(); len(guests) > 0 {
		list("guest", guests)
		terms[len(terms)-1] = o + "no IN (SELECT no FROM order_guests WHERE " + terms[len(terms)-1] + ")"
	}
	f.where("("+strings.Join(terms, " OR ")+")", args...)
}

// Orders lists orders by number. The keys are found first, in an index where there
// is one, so that bodies are read for the page alone.
func (s *Store) Orders(ctx context.Context, q core.OrderQuery) ([]core.WorkOrder, error) {
	var f filter
	var before []any
	from := "orders"
	q = narrow(q)
	if q.Within.None() {
		return nil, nil
	}
	allOpen := len(q.Phases) > 0
	for _, p := range q.Phases {
		allOpen = allOpen && !p.Ended()
	}
	switch {
	case q.Find != "":
		f.where(`id IN (SELECT id FROM orders WHERE no = ? UNION ALL SELECT id FROM orders WHERE external_no = ?
			UNION ALL SELECT id FROM orders WHERE account <> '' AND account = ?
			UNION ALL SELECT id FROM orders WHERE serial <> '' AND serial = ?)`, q.Find, q.Find, q.Find, q.Find)
	case q.Crew != "":
		from += " INDEXED BY orders_crew"
		f.where("crew <> ''")
	case allOpen:
		from += " INDEXED BY orders_open"
		f.where("is_open = 1")
	default:
		facts, few, err := s.fewHave(ctx, q)
		if err != nil {
			return nil, err
		}
		if few {
			from, before = havingFacts+" CROSS JOIN orders ON orders.id = k", []any{facts}
		}
	}
	if q.System != "" {
		f.where("system = ?", string(q.System))
	}
	f.in("phase", len(q.Phases), func(i int) any { return string(q.Phases[i]) })
	if q.Type != "" {
		f.where("type = ?", q.Type)
	}
	if q.Crew != "" {
		f.where("crew = ?", q.Crew)
	}
	if q.WithoutPoint {
		f.where("has_point = 0")
	}
	f.within("", q.Within)
	if q.After != "" {
		f.where("no > ?", string(q.After))
	}
	var out []core.WorkOrder
	err := s.rows(ctx, "list orders", `SELECT CASE WHEN o.archived_at IS NULL THEN o.body ELSE h.body END
		FROM orders o LEFT JOIN history_orders h ON o.archived_at IS NOT NULL AND h.id = o.id
		WHERE o.id IN (SELECT id FROM `+from+f.String()+" ORDER BY no LIMIT ?) ORDER BY o.no",
		append(before, f.with(min(limit(q.Limit), 1000))...), func(r *sql.Rows) error {
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

// mostSorted is how many orders are looked at and sorted for one page. A station that has more of them fills a page soon
// on the way along the numbers, where one that has few would be a walk through everything.
const mostSorted = 20_000

// havingFacts are the orders with facts in the index of search, and those that wait to be put into it.
const havingFacts = "(SELECT rowid AS k FROM order_search WHERE order_search MATCH ? UNION SELECT w.id FROM search_queue q JOIN orders w ON w.no = q.no)"

// fewHave tells whether no more than mostSorted orders can belong to a list that is kept to some stations, a crew or
// people, and by which facts they are found.
func (s *Store) fewHave(ctx context.Context, q core.OrderQuery) (facts string, few bool, err error) {
	if q.Within == nil || q.Within.All {
		return "", false, nil
	}
	l := core.ListQuery{Phases: q.Phases, System: q.System, Within: q.Within}
	if q.Type != "" {
		l.Types = []string{q.Type}
	}
	known := find.Facts(&l)
	if len(known) == 0 {
		return "", false, nil
	}
	facts = matching(known)
	var n int64
	err = s.row(ctx, "count the orders of a list", "SELECT (SELECT count(*) FROM (SELECT 1 FROM order_search WHERE order_search MATCH ?1 LIMIT ?2)) + (SELECT count(*) FROM (SELECT 1 FROM search_queue LIMIT ?2))",
		[]any{facts, mostSorted + 1}, &n)
	return facts, n <= mostSorted, err
}

// Alarms lists the orders about which somebody must be told something next.
func (s *Store) Alarms(ctx context.Context, limit int) ([]core.Alarm, error) {
	var out []core.Alarm
	err := s.rows(ctx, "list alarms", "SELECT no, alarm_at FROM orders WHERE alarm_at IS NOT NULL ORDER BY alarm_at, no LIMIT ?", []any{limit}, func(r *sql.Rows) error {
		var no string
		var at sql.NullInt64
		err := r.Scan(&no, &at)
		out = append(out, core.Alarm{Order: core.OrderNo(no), At: instant(at)})
		return err
	})
	return out, err
}

const eventsOf = ` AS e ON e.id > o.id * 1048576 AND e.id < (o.id + 1) * 1048576 WHERE o.no = ?1`

// Events reads an order's timeline; what was archived of it came first.
func (s *Store) Events(ctx context.Context, no core.OrderNo) ([]core.Event, error) {
	var out []core.Event
	const selectEvent = "SELECT e.id AS id, e.id % 1048576, e.at, e.kind, e.actor, e.message_id, e.remark, e.deltas FROM orders o JOIN "
	err := s.rows(ctx, "read the timeline of "+string(no), selectEvent+"history_events"+eventsOf+" UNION ALL "+selectEvent+"events"+eventsOf+" ORDER BY id",
		[]any{string(no)}, func(r *sql.Rows) error {
			ev := core.Event{Order: no}
			var id, at int64
			var deltas []byte
			if err := r.Scan(&id, &ev.Sequence, &at, &ev.Kind, &ev.By, &ev.MessageID, &ev.Remark, &deltas); err != nil {
				return err
			}
			ev.At = time.UnixMilli(at).UTC()
			out = append(out, ev)
			return json.Unmarshal(deltas, &out[len(out)-1].Deltas)
		})
	return out, err
}

// Blob reads an attachment.
func (s *Store) Blob(ctx context.Context, sha256 string) (core.Blob, error) {
	b := core.Blob{SHA256: sha256}
	err := s.row(ctx, "read attachment "+sha256, "SELECT content_type, bytes FROM blobs WHERE sha256 = ?", []any{sha256}, &b.ContentType, &b.Bytes)
	if err == sql.ErrNoRows {
		return core.Blob{}, core.Fail(core.NotFound, "no_blob", "", "there is no attachment "+sha256, "没有此附件")
	}
	return b, err
}
