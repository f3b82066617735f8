package sqlite

import (
	"context"
	"database/sql"
	"strings"

	"tundish/core"
	"tundish/core/store/internal/find"
)

// List reads a page; see core.ListStore. There are three ways to a page, none of which looks at
// more than it must: open orders by the columns in their index, all orders by number, and
// everything else by its facts in the search index, newest row first.
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
	l := listing(&q, from)
	var keys []find.Cursor
	if err := s.rows(ctx, "list orders", l.text+" LIMIT ?", append(l.args, q.Limit+1), func(r *sql.Rows) error {
		var k find.Cursor
		err := r.Scan(&k.No, &k.Due, &k.Row)
		keys = append(keys, k)
		return err
	}); err != nil {
		return page, err
	}
	if len(keys) > q.Limit {
		keys = keys[:q.Limit]
		page.Next = find.Next(&q, keys[len(keys)-1])
	}
	for _, k := range keys {
		o, err := s.Order(ctx, k.No)
		if err != nil {
			return page, err
		}
		page.Orders = append(page.Orders, o)
	}
	return page, nil
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
	l := counting(&q)
	err = s.row(ctx, "count orders", "SELECT count(*) FROM ("+l.text+" LIMIT ?)", append(l.args, most), &n)
	return n, err
}

// listed is a statement without its LIMIT.
type listed struct {
	text string
	args []any
}

// listing gives number, deadline and row of the orders of a list, in its order.
func listing(q *core.ListQuery, from find.Cursor) listed {
	if !q.OpenOnly() {
		if facts := find.Facts(q); len(facts) > 0 {
			f := onOrders(q, "o.")
			if from.Row > 0 {
				f.where("s.rowid < ?", from.Row)
			}
			return listed{"SELECT o.no, 0, o.id FROM order_search s CROSS JOIN orders o ON o.id = s.rowid WHERE order_search MATCH ?" + f.and() + " ORDER BY s.rowid DESC",
				append([]any{matching(facts)}, f.args...)}
		}
		f := onOrders(q, "")
		if from.No != "" {
			f.where("no < ?", string(from.No))
		}
		return listed{"SELECT no, 0, id FROM orders" + f.String() + " ORDER BY no DESC", f.args}
	}
	var l listed
	order := " ORDER BY no DESC"
	if q.ByDue {
		order = " ORDER BY due_at, no"
	}
	for i, p := range q.Phases {
		f := onOrders(q, "")
		f.where("phase = ?", string(p))
		switch {
		case from.No != "" && q.ByDue:
			f.where("(due_at, no) > (?, ?)", from.Due, string(from.No))
		case from.No != "":
			f.where("no < ?", string(from.No))
		}
		if i > 0 {
			l.text += " UNION ALL "
		}
		// Each phase gives no more than a page.
		l.text += "SELECT * FROM (SELECT no, coalesce(due_at, 0) AS due_at, id FROM orders INDEXED BY orders_open WHERE is_open = 1" + f.and() + order + " LIMIT ?)"
		l.args = append(append(l.args, f.args...), q.Limit+1)
	}
	l.text += order
	return l
}

// counting gives a row for each order of a list.
func counting(q *core.ListQuery) listed {
	if q.OpenOnly() {
		f := onOrders(q, "")
		f.in("phase", len(q.Phases), func(i int) any { return string(q.Phases[i]) })
		return listed{"SELECT 1 FROM orders INDEXED BY orders_open WHERE is_open = 1" + f.and(), f.args}
	}
	facts := find.Facts(q)
	if len(facts) == 0 {
		f := onOrders(q, "")
		return listed{"SELECT 1 FROM orders" + f.String(), f.args}
	}
	f := onOrders(q, "o.")
	return listed{"SELECT 1 FROM order_search s CROSS JOIN orders o ON o.id = s.rowid WHERE order_search MATCH ?" + f.and(), append([]any{matching(facts)}, f.args...)}
}

// onOrders is what a list asks of an order's columns.
func onOrders(q *core.ListQuery, o string) *filter {
	f := &filter{}
	if !q.OpenOnly() {
		f.in(o+"phase", len(q.Phases), func(i int) any { return string(q.Phases[i]) })
	}
	f.in(o+"type", len(q.Types), func(i int) any { return q.Types[i] })
	f.in(o+"urgency", len(q.Urgencies), func(i int) any { return string(q.Urgencies[i]) })
	for _, c := range []struct{ column, value string }{{"system", string(q.System)}, {"branch", q.Branch}, {"depot", q.Depot}, {"crew", q.Crew}} {
		if c.value != "" {
			f.where(o+c.column+" = ?", c.value)
		}
	}
	f.within(o, q.Within)
	if len(q.Steps) > 0 {
		g := &filter{}
		for _, st := range q.Steps {
			if st.Type == "" {
				g.where(o+"step = ?", st.Step)
			} else {
				g.where(o+"step = ? AND "+o+"type = ?", st.Step, st.Type)
			}
		}
		f.where("("+strings.Join(g.terms, " OR ")+")", g.args...)
	}
	if !q.DueBefore.IsZero() {
		f.where(o+"due_at < ?", q.DueBefore.UnixMilli())
	}
	if q.ByDue {
		f.where(o + "due_at IS NOT NULL")
	}
	if q.OnHold {
		f.where(o + "held = 1")
	}
	if !q.ReceivedFrom.IsZero() {
		f.where(o+"received_at >= ?", q.ReceivedFrom.UnixMilli())
	}
	if !q.ReceivedTo.IsZero() {
		f.where(o+"received_at < ?", q.ReceivedTo.UnixMilli())
	}
	return f
}

// and is the filter behind another condition.
func (f *filter) and() string {
	if len(f.terms) == 0 {
		return ""
	}
	return " AND " + strings.Join(f.terms, " AND ")
}

// matching writes facts in the language of the search index.
func matching(facts [][]string) string {
	all := make([]string, len(facts))
	for i, terms := range facts {
		all[i] = "(" + quoted(terms, " OR ") + ")"
	}
	return strings.Join(all, " AND ")
}

func quoted(terms []string, between string) string {
	return `"` + strings.Join(terms, `"`+between+`"`) + `"`
}
