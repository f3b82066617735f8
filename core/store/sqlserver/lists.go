package sqlserver

import (
	"context"
	"database/sql"
	"strings"

	"tundish/core"
	"tundish/core/store/internal/find"
)

// List reads a page; see core.ListStore. Open orders are looked at in their index, which has
// the columns; others by their facts in order_terms, which lie in the order of their numbers and are merged.
func (s *Store) List(ctx context.Context, query core.ListQuery) (core.OrderList, error) {
	var page core.OrderList
	if err := query.Check(); err != nil {
		return page, err
	}
	q := query.Prepared()
	from, err := find.Begin(&q)
	if err != nil || q.Within.None() {
		return page, err
	}
	b := &batch{}
	w := &where{b: b}
	order := " ORDER BY o.no DESC"
	b.add("SELECT TOP (", b.param("bigint", int64(q.Limit+1)), ") o.no, o.due_at FROM ")
	onOrders(w, &q)
	switch {
	case q.ByDue:
		order = " ORDER BY o.due_at, o.no"
		if from.No != "" {
			at := b.param("datetime2(3)", fromMillis(from.Due))
			w.add("(o.due_at > " + at + " OR o.due_at = " + at + " AND o.no > " + b.param("nvarchar(20)", string(from.No)) + ")")
		}
	case from.No != "":
		w.add("o.no < " + b.param("nvarchar(20)", string(from.No)))
	}
	b.add(w.String(), order)
	var keys []find.Cursor
	if err := s.rows(ctx, "list orders", b, func(r *sql.Rows) error {
		var k find.Cursor
		var due sql.NullTime
		err := r.Scan(&k.No, &due)
		if due.Valid {
			k.Due = due.Time.UnixMilli()
		}
		keys = append(keys, k)
		return err
	}); err != nil {
		return page, err
	}
	if len(keys) > q.Limit {
		keys = keys[:q.Limit]
		page.Next = find.Next(&q, keys[len(keys)-1])
	}
	page.Orders, err = s.byNumbers(ctx, keys)
	return page, err
}

// Count counts to a bound; see core.ListStore.
func (s *Store) Count(ctx context.Context, query core.ListQuery, most int) (n int, err error) {
	if err := query.Check(); err != nil {
		return 0, err
	}
	q := query.Prepared()
	if q.Within.None() {
		return 0, nil
	}
	b := &batch{}
	w := &where{b: b}
	b.add("SELECT COUNT(*) FROM (SELECT TOP (", b.param("bigint", int64(most)), ") o.no FROM ")
	onOrders(w, &q)
	b.add(w.String(), ") c")
	err = s.rows(ctx, "count orders", b, func(r *sql.Rows) error { return r.Scan(&n) })
	return n, err
}

// onOrders writes what a list reads from and what it asks of it.
func onOrders(w *where, q *core.ListQuery) {
	b := w.b
	from := "orders o"
	if q.OpenOnly() {
		w.add("o.is_open = 1")
	} else if facts := find.Facts(q); len(facts) > 0 {
		from = "(" + intersect(b, facts) + ") k JOIN orders o ON o.no = k.no"
	}
	b.add(from)
	w.in("o.phase", "nvarchar(20)", len(q.Phases), func(i int) string { return string(q.Phases[i]) })
	w.in("o.type", "nvarchar(60)", len(q.Types), func(i int) string { return q.Types[i] })
	w.in("o.urgency", "nvarchar(20)", len(q.Urgencies), func(i int) string { return string(q.Urgencies[i]) })
	w.is("o.system", "nvarchar(40)", string(q.System))
	w.is("o.branch", "nvarchar(100)", q.Branch)
	w.is("o.depot", "nvarchar(100)", q.Depot)
	w.is("o.crew", "nvarchar(60)", q.Crew)
	w.within(q.Within)
	if len(q.Steps) > 0 {
		g := &where{b: b}
		for _, st := range q.Steps {
			term := "o.step = " + b.param("nvarchar(60)", st.Step)
			if st.Type != "" {
				term += " AND o.type = " + b.param("nvarchar(60)", st.Type)
			}
			g.add(term)
		}
		w.add("(" + strings.Join(g.terms, " OR ") + ")")
	}
	if !q.DueBefore.IsZero() {
		w.add("o.due_at < " + b.param("datetime2(3)", instant(q.DueBefore)))
	}
	if q.ByDue {
		w.add("o.due_at IS NOT NULL")
	}
	if q.OnHold {
		w.add("o.held = 1")
	}
	if !q.ReceivedFrom.IsZero() {
		w.add("o.received_at >= " + b.param("datetime2(3)", instant(q.ReceivedFrom)))
	}
	if !q.ReceivedTo.IsZero() {
		w.add("o.received_at < " + b.param("datetime2(3)", instant(q.ReceivedTo)))
	}
}

// intersect gives the orders that have one term of each list of alternatives.
func intersect(b *batch, facts [][]string) string {
	parts := make([]string, len(facts))
	for i, terms := range facts {
		if len(terms) == 1 {
			parts[i] = having(b, terms[0])
			continue
		}
		// No order twice, though it may have several of the alternatives.
		list := make([]string, len(terms))
		for j, t := range terms {
			list[j] = b.param("nvarchar(64)", t)
		}
		parts[i] = "SELECT DISTINCT no FROM order_terms WHERE term IN (" + strings.Join(list, ", ") + ")"
	}
	return strings.Join(parts, " INTERSECT ")
}

func having(b *batch, term string) string {
	return "SELECT no FROM order_terms WHERE term = " + b.param("nvarchar(64)", term)
}

// byNumbers reads orders in the sequence of their keys.
func (s *Store) byNumbers(ctx context.Context, keys []find.Cursor) ([]core.WorkOrder, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	b := &batch{}
	b.add("SELECT ", liveOrArchived, " FROM orders o", orHistory, " WHERE o.no IN (")
	b.list("nvarchar(20)", len(keys), func(i int) any { return string(keys[i].No) })
	b.add(")")
	found := map[core.OrderNo]core.WorkOrder{}
	err := s.rows(ctx, "read orders", b, func(r *sql.Rows) error {
		var body string
		if err := r.Scan(&body); err != nil {
			return err
		}
		o, err := decodeOrder(body)
		found[o.No] = o
		return err
	})
	out := make([]core.WorkOrder, 0, len(keys))
	for _, k := range keys {
		if o, ok := found[k.No]; ok {
			out = append(out, o)
		}
	}
	return out, err
}
