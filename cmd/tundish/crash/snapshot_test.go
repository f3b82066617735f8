package crash

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"

	"tundish/cmd/tundish/app"
	"tundish/core"
)

// snapshot is all that the store holds, read while no hub runs.
type snapshot struct {
	Orders []stored
	Runs   []core.JobRun
	Jobs   map[string]core.JobState
	// Damage is what the database itself, or a look at its rows, complains of.
	Damage []string
}

// stored is one order with everything that belongs to it.
type stored struct {
	core.WorkOrder
	Hashes []core.Hash
	Events []core.Event
	Outbox []core.OutboxMessage
}

func byRef(a, b core.Ref) int {
	return cmp.Or(cmp.Compare(a.System, b.System), cmp.Compare(a.External, b.External), cmp.Compare(a.Period, b.Period))
}

// read takes a snapshot.
func read(ctx context.Context, st app.Store, jobs ...string) (snapshot, error) {
	s := snapshot{Jobs: map[string]core.JobState{}}
	q := core.OrderQuery{Limit: 1000}
	for {
		page, err := st.Orders(ctx, q)
		if err != nil {
			return s, err
		}
		refs := make([]core.Ref, len(page))
		for i := range page {
			refs[i] = page[i].Ref
		}
		known, err := st.OrdersByRef(ctx, refs)
		if err != nil {
			return s, err
		}
		for _, o := range page {
			one := stored{WorkOrder: o, Hashes: known[o.Ref].Hashes}
			if one.Events, err = st.Events(ctx, o.No); err != nil {
				return s, err
			}
			if one.Outbox, err = st.OutboxMessages(ctx, core.OutboxQuery{Order: o.No, Limit: 1000}); err != nil {
				return s, err
			}
			s.Orders = append(s.Orders, one)
		}
		if len(page) < q.Limit {
			break
		}
		q.After = page[len(page)-1].No
	}
	for _, job := range jobs {
		runs, err := st.Runs(ctx, job, 1000)
		if err != nil {
			return s, err
		}
		s.Runs = append(s.Runs, runs...)
		if s.Jobs[job], err = st.JobState(ctx, job); err != nil {
			return s, err
		}
	}
	return s, nil
}

// What an SQLite file must answer with no row, but for the first, which says "ok".
var inspections = []struct{ what, query string }{
	{"PRAGMA integrity_check", "PRAGMA integrity_check"},
	{"a row without its parent", `SELECT "table" || ' ' || rowid FROM pragma_foreign_key_check`},
	{"an event without its order", "SELECT id FROM events WHERE id / 1048576 NOT IN (SELECT id FROM orders)"},
	{"a message without its lane", "SELECT id FROM outbox_messages m WHERE NOT EXISTS (SELECT 1 FROM outbox_lanes l WHERE l.target = m.target AND l.order_no = m.order_no)"},
	{"a lane that counts wrong", `SELECT l.target || ' ' || l.order_no FROM outbox_lanes l WHERE pending <>
		(SELECT count(*) FROM outbox_messages m WHERE m.target = l.target AND m.order_no = l.order_no AND m.state IN ('due', 'unknown', 'dead'))`},
	{"a number handed out beyond the counter", `SELECT no FROM orders WHERE CAST(substr(no, 5, 7) AS INTEGER) > (SELECT value FROM counters WHERE name = 'order')`},
}

// inspect looks at an SQLite file as a stranger does.
func inspect(ctx context.Context, path string) ([]string, error) {
	db, err := sql.Open("sqlite", "file:"+path+"?mode=ro&_pragma=busy_timeout(10000)")
	if err != nil {
		return nil, err
	}
	defer db.Close()
	var damage []string
	for _, i := range inspections {
		rows, err := db.QueryContext(ctx, i.query)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", i.what, err)
		}
		for rows.Next() {
			var text string
			if err := rows.Scan(&text); err != nil {
				return nil, err
			}
			if text != "ok" {
				damage = append(damage, i.what+": "+text)
			}
		}
		if err := rows.Close(); err != nil {
			return nil, err
		}
	}
	return damage, nil
}
