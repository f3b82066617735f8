package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"strings"

	"tundish/core"
	"tundish/core/store/internal/find"
)

// Search finds orders by words; see core.ListStore. What fits best is asked for first, so that
// an old order with just that number, or a customer of just that name, is not lost behind
// newer ones that have it in their address.
func (s *Store) Search(ctx context.Context, q core.SearchQuery) ([]core.WorkOrder, error) {
	words, err := find.Words(q.Text)
	if err != nil || q.Within.None() {
		return nil, err
	}
	scope := ""
	if facts := find.Scope(&q); len(facts) > 0 {
		scope = " AND " + matching(facts)
	}
	var found []core.WorkOrder
	seen := map[int64]bool{}
	for _, ways := range []func(*find.Word) []string{byNumber, byNumberOrName, byAnything} {
		expr, ok := every(words, ways)
		if !ok {
			continue
		}
		var ids []int64
		if err := s.rows(ctx, "search orders", "SELECT rowid FROM order_search WHERE order_search MATCH ? ORDER BY rowid DESC LIMIT ?", []any{expr + scope, find.Candidates}, func(r *sql.Rows) error {
			var id int64
			err := r.Scan(&id)
			if !seen[id] {
				ids, seen[id] = append(ids, id), true
			}
			return err
		}); err != nil {
			return nil, err
		}
		more, err := s.byRows(ctx, ids)
		if err != nil {
			return nil, err
		}
		found = append(found, more...)
		if best := find.Best(found, words, &q); len(best) >= max(q.Limit, 20) {
			break
		}
	}
	return find.Best(found, words, &q), nil
}

func byNumber(w *find.Word) (ways []string) {
	if w.Number != "" {
		ways = append(ways, quoted([]string{w.Number}, ""))
	}
	return ways
}

func byNumberOrName(w *find.Word) []string {
	ways := byNumber(w)
	if w.Prefix != "" {
		ways = append(ways, quoted([]string{w.Prefix}, "")+"*")
	}
	return append(ways, "("+quoted(w.Customer, " AND ")+")")
}

func byAnything(w *find.Word) []string {
	return append(byNumberOrName(w), "("+quoted(w.Address, " AND ")+")")
}

// every word must be there in one of its ways; not ok when one has none.
func every(words []find.Word, ways func(*find.Word) []string) (string, bool) {
	var all []string
	for i := range words {
		if words[i].Short() {
			continue
		}
		w := ways(&words[i])
		if len(w) == 0 {
			return "", false
		}
		all = append(all, "("+strings.Join(w, " OR ")+")")
	}
	return strings.Join(all, " AND "), true
}

const selectByRows = "SELECT CASE WHEN o.body = '' THEN (SELECT h.body FROM history_orders h WHERE h.id = o.id) ELSE o.body END FROM json_each(?) j CROSS JOIN orders o ON o.id = j.value"

func (s *Store) byRows(ctx context.Context, ids []int64) ([]core.WorkOrder, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	wanted, err := json.Marshal(ids)
	if err != nil {
		return nil, err
	}
	var out []core.WorkOrder
	err = s.rows(ctx, "search orders", selectByRows, []any{string(wanted)}, func(r *sql.Rows) error {
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

// actors of an order by its id, live and archived, as a list in JSON.
var actors = `(SELECT json_group_array(DISTINCT actor) FROM (
		SELECT e.actor FROM events e WHERE e.id > o.id * 1048576 AND e.id < (o.id + 1) * 1048576 AND e.kind NOT IN (` + silent() + `)
		UNION ALL SELECT x.actor FROM history_events x WHERE x.id > o.id * 1048576 AND x.id < (o.id + 1) * 1048576 AND x.kind NOT IN (` + silent() + `)))`

func silent() string {
	var kinds []string
	for _, k := range find.Silent() {
		kinds = append(kinds, "'"+string(k)+"'")
	}
	return strings.Join(kinds, ", ")
}

var selectToIndex = "SELECT o.id, o.version, " + columnNames + ", " + guestsOf + ", CASE WHEN o.body = '' THEN (SELECT h.body FROM history_orders h WHERE h.id = o.id) ELSE o.body END, " + actors + `
	FROM json_each(?) j CROSS JOIN orders o ON o.no = j.value`

// IndexOrders makes a batch of orders findable; see core.ListStore. Orders are read and cut
// into words beside the writer, which has only the words to write; an order that changes
// meanwhile stands in the queue again. What stands in an order's columns is held against its body on the way: rows
// that an older version wrote lack what came later.
func (s *Store) IndexOrders(ctx context.Context, b core.IndexBatch) (core.Indexed, error) {
	const doing = "index orders"
	n := min(b.Orders, 1000)
	if n <= 0 {
		n = 64
	}
	var last int64
	read := 0
	var nos []string
	seen := map[string]bool{}
	if err := s.rows(ctx, doing, "SELECT seq, no FROM search_queue ORDER BY seq LIMIT ?", []any{n}, func(r *sql.Rows) error {
		var no string
		err := r.Scan(&last, &no)
		if read++; !seen[no] {
			nos, seen[no] = append(nos, no), true
		}
		return err
	}); err != nil || read == 0 {
		return core.Indexed{Done: err == nil}, err
	}
	wanted, err := json.Marshal(nos)
	if err != nil {
		return core.Indexed{}, err
	}
	var rows [][]driver.NamedValue
	var lacking []columns
	if err := s.rows(ctx, doing, selectToIndex, []any{string(wanted)}, func(r *sql.Rows) error {
		var id int64
		var guests, body, people string
		var has columns
		v := &has.values
		if err := r.Scan(&id, &has.version, &v[0], &v[1], &v[2], &v[3], &v[4], &v[5], &guests, &body, &people); err != nil {
			return err
		}
		if err := has.scanned(guests); err != nil {
			return err
		}
		o, err := decodeOrder(body)
		if err != nil {
			return err
		}
		should := columnsOf(&o)
		should.id, should.version = id, has.version
		if should.differ = !should.same(&has); should.differ || len(should.meters) > 0 {
			lacking = append(lacking, should)
		}
		var who []string
		if err := json.Unmarshal([]byte(people), &who); err != nil {
			return fmt.Errorf("read who acted on %s: %w", o.No, err)
		}
		rows = append(rows, values(id, find.Join(find.Terms(&o, who))))
		return nil
	}); err != nil {
		return core.Indexed{}, err
	}
	lost := &struct{ is bool }{}
	err = s.doLow(ctx, doing, func(c *conn) error {
		if lost.is = b.Fence != nil; lost.is {
			if err := c.query("SELECT 1 FROM leases WHERE name = ? AND token = ? AND holder <> ''", values(b.Fence.Lease, b.Fence.Token),
				func([]driver.Value) error { lost.is = false; return nil }); err != nil || lost.is {
				return err
			}
		}
		for _, row := range rows {
			if _, err := c.exec("INSERT OR REPLACE INTO order_search (rowid, terms) VALUES (?, ?)", row); err != nil {
				return err
			}
		}
		for i := range lacking {
			if err := lacking[i].fill(c); err != nil {
				return err
			}
		}
		_, err := c.exec("DELETE FROM search_queue WHERE seq <= ?", values(last))
		return err
	})
	if err == nil && lost.is {
		err = core.Fail(core.Conflict, "lease_lost", "", "the lease "+b.Fence.Lease+" was lost", "租约已失去")
	}
	if err != nil {
		return core.Indexed{}, err
	}
	return core.Indexed{Orders: len(rows), Done: read < n}, nil
}
