package sqlserver

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"tundish/core"
	"tundish/core/store/internal/find"
)

func fromMillis(ms int64) sql.NullTime { return instant(time.UnixMilli(ms)) }

// Search finds orders by words; see core.ListStore. What fits best is asked for first.
func (s *Store) Search(ctx context.Context, q core.SearchQuery) ([]core.WorkOrder, error) {
	words, err := find.Words(q.Text)
	if err != nil || q.Within.None() {
		return nil, err
	}
	var found []core.WorkOrder
	for _, ways := range []func(*batch, *find.Word) []string{byNumber, byNumberOrName, byAnything} {
		b := &batch{}
		b.add("SELECT TOP (", b.param("bigint", int64(find.Candidates)), ") no FROM (")
		parts, lacking := make([]string, 0, len(words)), false
		for i := range words {
			if words[i].Short() {
				continue
			}
			w := ways(b, &words[i])
			lacking = lacking || len(w) == 0
			parts = append(parts, "SELECT no FROM ("+strings.Join(w, " UNION ")+") w"+fmt.Sprint(i))
		}
		if lacking {
			continue
		}
		if facts := find.Scope(&q); len(facts) > 0 {
			parts = append(parts, intersect(b, facts))
		}
		b.add(strings.Join(parts, " INTERSECT "), ") k ORDER BY no DESC")
		var keys []find.Cursor
		if err := s.rows(ctx, "search orders", b, func(r *sql.Rows) error {
			var k find.Cursor
			err := r.Scan(&k.No)
			keys = append(keys, k)
			return err
		}); err != nil {
			return nil, err
		}
		more, err := s.byNumbers(ctx, keys)
		if err != nil {
			return nil, err
		}
		found = append(found, more...)
		if len(find.Best(found, words, &q)) >= max(q.Limit, 20) {
			break
		}
	}
	return find.Best(found, words, &q), nil
}

func byNumber(b *batch, w *find.Word) []string {
	if w.Number == "" {
		return nil
	}
	return []string{having(b, w.Number)}
}

func byNumberOrName(b *batch, w *find.Word) []string {
	ways := byNumber(b, w)
	if w.Prefix != "" {
		// Binary collation: everything that begins so lies before the same with the highest letter behind it.
		ways = append(ways, "SELECT no FROM order_terms WHERE term >= "+b.param("nvarchar(64)", w.Prefix)+" AND term < "+b.param("nvarchar(64)", w.Prefix+"{"))
	}
	return append(ways, together(b, w.Customer))
}

func byAnything(b *batch, w *find.Word) []string {
	return append(byNumberOrName(b, w), together(b, w.Address))
}

// together gives the orders that have all terms.
func together(b *batch, terms []string) string {
	parts := make([]string, len(terms))
	for i, t := range terms {
		parts[i] = having(b, t)
	}
	return "SELECT no FROM (" + strings.Join(parts, " INTERSECT ") + ") x"
}

// toIndex is an order of the queue.
type toIndex struct {
	order  core.WorkOrder
	who    []string
	had    []string
	row    [6]any // what lists look at, as it stands in the order's columns
	guests []string
}

// IndexOrders makes a batch of orders findable; see core.ListStore. It reads past rows of
// commits under way and deletes exactly the rows it read: an identity may be committed after a
// higher one. What stands in an order's columns is held against its body on the way: rows that an older version wrote
// lack what came later.
func (s *Store) IndexOrders(ctx context.Context, b core.IndexBatch) (core.Indexed, error) {
	n := min(b.Orders, 1000)
	if n <= 0 {
		n = 64
	}
	var done core.Indexed
	err := s.retry(ctx, "index orders", func(ctx context.Context) error {
		done = core.Indexed{}
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
		seqs, nos, err := queued(ctx, tx, n)
		if err != nil || len(seqs) == 0 {
			done.Done = err == nil
			return err
		}
		orders, err := readToIndex(ctx, tx, nos)
		if err != nil {
			return err
		}
		if err := writeTerms(ctx, tx, orders, seqs); err != nil {
			return err
		}
		done = core.Indexed{Orders: len(orders), Done: len(seqs) < n}
		return tx.Commit()
	})
	if err != nil {
		return core.Indexed{}, err
	}
	return done, nil
}

// queued reads the oldest rows of the queue: their keys, and each order once.
func queued(ctx context.Context, tx *sql.Tx, n int) (seqs []int64, nos []string, err error) {
	b := &batch{}
	b.add("SELECT TOP (", b.param("bigint", int64(n)), ") seq, no FROM search_queue WITH (READPAST, READCOMMITTEDLOCK) ORDER BY seq")
	rows, err := b.query(ctx, tx)
	if err != nil {
		return nil, nil, err
	}
	err = each(rows, func(r *sql.Rows) error {
		var seq int64
		var no string
		err := r.Scan(&seq, &no)
		seqs, nos = append(seqs, seq), append(nos, no)
		return err
	})
	slices.Sort(nos)
	return seqs, slices.Compact(nos), err
}

func readToIndex(ctx context.Context, tx *sql.Tx, nos []string) (map[string]*toIndex, error) {
	found := map[string]*toIndex{}
	read := func(visit func(*sql.Rows) error, parts ...string) error {
		b := &batch{}
		for _, p := range parts {
			if p != "?" {
				b.add(p)
				continue
			}
			b.list("nvarchar(20)", len(nos), func(i int) any { return nos[i] })
		}
		rows, err := b.query(ctx, tx)
		if err != nil {
			return err
		}
		return each(rows, visit)
	}
	if err := read(func(r *sql.Rows) error {
		var body string
		var had, branch, depot, step sql.NullString
		var due, alarm sql.NullTime
		var held sql.NullInt64
		if err := r.Scan(&branch, &depot, &step, &due, &alarm, &held, &body, &had); err != nil {
			return err
		}
		o, err := decodeOrder(body)
		found[string(o.No)] = &toIndex{order: o, had: strings.Fields(had.String), row: [6]any{branch, depot, step, instant(utc(due)), instant(utc(alarm)), held}}
		return err
	}, "SELECT o.branch, o.depot, o.step, o.due_at, o.alarm_at, o.held, ", liveOrArchived, ", t.terms FROM orders o", orHistory, " LEFT JOIN order_words t ON t.no = o.no WHERE o.no IN (", "?", ")"); err != nil {
		return nil, err
	}
	if err := read(func(r *sql.Rows) error {
		var no, guest string
		err := r.Scan(&no, &guest)
		if o := found[no]; o != nil {
			o.guests = append(o.guests, guest)
		}
		return err
	}, "SELECT no, guest FROM order_guests WHERE no IN (", "?", ") ORDER BY guest"); err != nil {
		return nil, err
	}
	silent := make([]string, 0, 2)
	for _, k := range find.Silent() {
		silent = append(silent, "N'"+string(k)+"'")
	}
	for _, table := range []string{"events", "history_events"} {
		if err := read(func(r *sql.Rows) error {
			var no, actor string
			err := r.Scan(&no, &actor)
			if o := found[no]; o != nil {
				o.who = append(o.who, actor)
			}
			return err
		}, "SELECT DISTINCT order_no, actor FROM ", table, " WHERE kind NOT IN (", strings.Join(silent, ", "), ") AND order_no IN (", "?", ")"); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// fillColumns writes what orders lack in their columns, unless one changed meanwhile: then whoever changed it wrote them.
func fillColumns(s *script, orders map[string]*toIndex) {
	var rows, guests [][]any
	for no, x := range orders {
		o := &x.order
		row := [6]any{organisation(o.Place.Branch), organisation(o.Place.Depot), stepOf(o), instant(o.DueAt), instant(o.AlarmAt), heldFlag(o)}
		if row != x.row {
			rows = append(rows, append([]any{no, o.Version}, row[:]...))
		}
		if slices.Equal(o.Guests(), x.guests) {
			continue
		}
		if s.room(1) {
			s.b.add("DELETE FROM order_guests WHERE no = ", s.b.param("nvarchar(20)", no), ";\n")
		}
		for _, g := range o.Guests() {
			guests = append(guests, []any{g, no})
		}
	}
	s.update("orders", "branch = v.branch, depot = v.depot, step = v.step, due_at = v.due_at, alarm_at = v.alarm_at, held = v.held", "v.no = t.no AND v.version = t.version", fillCols, rows, false)
	s.insert("order_guests", guestCols, guests)
}

var termCols = columns("term nvarchar(64);no nvarchar(20)")

// writeTerms writes what differs from the terms that an order had, and takes its rows out of the queue.
func writeTerms(ctx context.Context, tx *sql.Tx, orders map[string]*toIndex, seqs []int64) error {
	s := &script{ctx: ctx, tx: tx, b: &batch{}}
	fillColumns(s, orders)
	if err := learnMeters(ctx, tx, s, orders); err != nil {
		return err
	}
	var gone, new [][]any
	for no, o := range orders {
		terms := find.Terms(&o.order, o.who)
		for _, t := range o.had {
			if _, still := slices.BinarySearch(terms, t); !still {
				gone = append(gone, []any{t, no})
			}
		}
		before := len(new)
		for _, t := range terms {
			if _, was := slices.BinarySearch(o.had, t); !was {
				new = append(new, []any{t, no})
			}
		}
		if len(new) == before && len(o.had) == len(terms) {
			continue
		}
		if !s.room(2) {
			break
		}
		p, words := s.b.param("nvarchar(20)", no), s.b.param("nvarchar(max)", find.Join(terms))
		if len(o.had) > 0 {
			s.b.add("UPDATE order_words SET terms = ", words, " WHERE no = ", p, ";\n")
		} else {
			s.b.add("INSERT INTO order_words (no, terms) VALUES (", p, ", ", words, ");\n")
		}
	}
	for len(gone) > 0 && s.err == nil {
		n := min(len(gone), chunk(len(termCols)))
		if !s.room(powerOfTwo(n) * len(termCols)) {
			break
		}
		s.b.add("DELETE t FROM order_terms t JOIN ")
		s.b.values(termCols, gone[:n], true)
		s.b.add(" ON v.term = t.term AND v.no = t.no;\n")
		gone = gone[n:]
	}
	s.insert("order_terms", termCols, new)
	for len(seqs) > 0 && s.err == nil {
		n := min(len(seqs), 512)
		if !s.room(powerOfTwo(n)) {
			break
		}
		s.b.add("DELETE FROM search_queue WHERE seq IN (")
		s.b.list("bigint", n, func(i int) any { return seqs[i] })
		s.b.add(");\n")
		seqs = seqs[n:]
	}
	s.flush()
	return s.err
}
