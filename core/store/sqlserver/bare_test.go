package sqlserver_test

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	mssql "github.com/microsoft/go-mssqldb"

	"tundish/core"
	"tundish/core/store/sqlserver"
)

// The store beside the bare driver on the same server, in turns, writing the same rows:
// what do decisions, guards and group commit cost, or save?

// turns runs a and b one after the other, b.N times, and reports the medians of their
// rates and the ratio.
func turns(b *testing.B, unit string, n int, hub, bare func()) {
	b.Helper()
	var rates [2][]float64
	for b.Loop() {
		for i, work := range []func(){hub, bare} {
			began := time.Now()
			work()
			rates[i] = append(rates[i], float64(n)/time.Since(began).Seconds())
		}
	}
	median := func(v []float64) float64 { slices.Sort(v); return v[len(v)/2] }
	b.ReportMetric(median(rates[0]), "hub-"+unit+"/s")
	b.ReportMetric(median(rates[1]), "bare-"+unit+"/s")
	b.ReportMetric(median(rates[0])/median(rates[1]), "ratio")
	b.ReportMetric(0, "ns/op")
}

var (
	orderNames   = []string{"no", "system", "external_no", "period", "version", "type", "family", "phase", "urgency", "is_open", "has_point", "crew", "account", "serial", "branch", "depot", "received_at", "due_at", "alarm_at", "updated_at", "hashes", "body"}
	eventNames   = []string{"order_no", "sequence", "at", "kind", "actor", "message_id", "remark", "deltas"}
	messageNames = []string{"id", "system", "direction", "operation", "external_no", "order_no", "at", "took_us", "result", "detail", "charset", "request", "response"}
)

// rowsOf are the rows that the store writes for a new order.
func rowsOf(u core.Unit) (order, event, message []any) {
	o, e := &u.Orders[0].Order, &u.Orders[0].Events[0]
	order = []any{string(o.No), string(o.Ref.System), o.Ref.External, o.Ref.Period, o.Version, o.Type, string(o.Family), string(o.Phase), string(o.Urgency), int64(1), int64(0),
		"", "", "", nil, nil, sql.NullTime{}, sql.NullTime{}, sql.NullTime{}, o.UpdatedAt, string(u.Orders[0].Hash) + "\n", string(u.Orders[0].Body)}
	event = []any{string(o.No), e.Sequence, e.At, string(e.Kind), e.By, e.MessageID, e.Remark, `[{"path":"","new":` + string(e.Deltas[0].New) + "}]"}
	if len(u.Messages) > 0 {
		m := &u.Messages[0]
		message = []any{m.ID, string(m.System), string(m.Direction), m.Operation, m.External, string(m.Order), m.At, m.Took.Microseconds(), m.Result, m.Detail, m.Charset, m.Request, m.Response}
	}
	return order, event, message
}

// insert is one statement with many rows, as a program without a store would write it.
func insert(b *testing.B, tx *sql.Tx, table string, names []string, rows [][]any) {
	b.Helper()
	var text strings.Builder
	var args []any
	fmt.Fprintf(&text, "INSERT INTO %s (%s) VALUES ", table, strings.Join(names, ", "))
	for i, row := range rows {
		if i > 0 {
			text.WriteByte(',')
		}
		text.WriteByte('(')
		for j, v := range row {
			if j > 0 {
				text.WriteByte(',')
			}
			args = append(args, v)
			fmt.Fprintf(&text, "@p%d", len(args))
		}
		text.WriteByte(')')
	}
	if _, err := tx.Exec(text.String(), args...); err != nil {
		b.Fatal(err)
	}
}

func bulk(b *testing.B, tx *sql.Tx, table string, names []string, rows [][]any) {
	b.Helper()
	st, err := tx.Prepare(mssql.CopyIn(table, mssql.BulkOptions{CheckConstraints: true, KeepNulls: true}, names...))
	if err != nil {
		b.Fatal(err)
	}
	defer st.Close()
	for _, row := range rows {
		if _, err := st.Exec(row...); err != nil {
			b.Fatal(err)
		}
	}
	if _, err := st.Exec(); err != nil {
		b.Fatal(err)
	}
}

// both opens the store and a bare connection on the same fresh database.
func both(b *testing.B) (*sqlserver.Store, *sql.DB) {
	b.Helper()
	dsn := freshDatabase(b)
	s := open(b, dsn, sqlserver.Options{})
	db, err := sql.Open("sqlserver", dsn)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	return s, db
}

func inTx(b *testing.B, db *sql.DB, work func(*sql.Tx)) {
	b.Helper()
	tx, err := db.Begin()
	if err != nil {
		b.Fatal(err)
	}
	work(tx)
	if err := tx.Commit(); err != nil {
		b.Fatal(err)
	}
}

func submits(b *testing.B, n int) []core.Unit {
	units := make([]core.Unit, n)
	for i := range units {
		units[i] = submit(b)
	}
	return units
}

// BenchmarkSubmitBesideBareInsert: 64 callers that each submit one order and wait for it,
// beside one program that inserts the same rows, 64 orders in a transaction of three
// statements.
func BenchmarkSubmitBesideBareInsert(b *testing.B) {
	s, db := both(b)
	const n, callers = 1280, 64
	turns(b, "submits", n, func() {
		units := submits(b, n)
		var next atomic.Int64
		var wg sync.WaitGroup
		for range callers {
			wg.Go(func() {
				for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
					if out := s.Commit(context.Background(), units[i])[0]; out.Kind != core.Applied {
						b.Error(out.Error())
					}
				}
			})
		}
		wg.Wait()
	}, func() {
		units := submits(b, n)
		for from := 0; from < n; from += callers {
			var orders, events, messages [][]any
			for _, u := range units[from : from+callers] {
				o, e, m := rowsOf(u)
				orders, events, messages = append(orders, o), append(events, e), append(messages, m)
			}
			inTx(b, db, func(tx *sql.Tx) {
				insert(b, tx, "orders", orderNames, orders)
				insert(b, tx, "events", eventNames, events)
				insert(b, tx, "messages", messageNames, messages)
			})
		}
	})
}

// BenchmarkPullBesideBulkCopy: pages of 500 pulled orders with their checkpoint, beside
// bulk copy of the same rows in a transaction.
func BenchmarkPullBesideBulkCopy(b *testing.B) {
	s, db := both(b)
	const pages, page = 4, 500
	run := 0
	turns(b, "rows", pages*page, func() {
		for range pages {
			run++
			u := core.Unit{Run: &core.JobRun{ID: "run", Job: "pull", Page: run, State: core.RunRunning}}
			for _, one := range submits(b, page) {
				u.Orders = append(u.Orders, one.Orders...)
			}
			if out := s.Commit(context.Background(), u)[0]; out.Kind != core.Applied {
				b.Fatal(out.Error())
			}
		}
	}, func() {
		for range pages {
			var orders, events [][]any
			for _, u := range submits(b, page) {
				o, e, _ := rowsOf(u)
				orders, events = append(orders, o), append(events, e)
			}
			inTx(b, db, func(tx *sql.Tx) {
				bulk(b, tx, "orders", orderNames, orders)
				bulk(b, tx, "events", eventNames, events)
			})
		}
	})
}

// BenchmarkDeliverBesideBareUpdate: 64 workers that each write what became of one message,
// beside one program that writes the same three rows by three statements each, 64
// messages in a transaction. Claiming is part of the store's time only.
func BenchmarkDeliverBesideBareUpdate(b *testing.B) {
	s, db := both(b)
	const n, workers = 640, 64
	owe := func(target string) []core.Unit {
		units := submits(b, n)
		for i := range units {
			units[i].Messages = nil
			o := units[i].Orders[0].Order
			ch, err := core.NewChange(nil, o, core.Event{At: time.Now(), Kind: core.EventReceived, By: "system:hotline"},
				core.OutboxMessage{ID: "m" + string(o.No), Target: core.SystemID(target), Kind: core.TellStatus, Payload: []byte("{}")})
			if err != nil {
				b.Fatal(err)
			}
			units[i] = core.Unit{Orders: []core.OrderChange{ch}}
		}
		for from := 0; from < n; from += 320 {
			for _, out := range s.Commit(context.Background(), units[from:from+320]...) {
				if out.Kind != core.Applied {
					b.Fatal(out.Error())
				}
			}
		}
		return units
	}
	round := 0
	var rates [2][]float64
	for b.Loop() {
		round++
		target := core.SystemID(fmt.Sprint("hub", round))
		owe(string(target))
		began := time.Now()
		lanes := make(chan core.Lane, workers)
		var wg sync.WaitGroup
		for range workers {
			wg.Go(func() {
				for l := range lanes {
					if out := s.Commit(context.Background(), core.Unit{Delivery: &core.DeliveryChange{Lane: l.LaneKey, Token: l.Token, MessageID: l.Messages[0].ID, State: core.MessageDelivered, Release: true,
						Attempt: core.Attempt{MessageID: l.Messages[0].ID, At: time.Now(), Outcome: core.Delivered}}})[0]; out.Kind != core.Applied {
						b.Error(out.Error())
					}
				}
			})
		}
		for taken := 0; taken < n; {
			got, err := s.ClaimLanes(context.Background(), target, workers, "bench", time.Minute)
			if err != nil {
				b.Fatal(err)
			}
			taken += len(got)
			for _, l := range got {
				lanes <- l
			}
		}
		close(lanes)
		wg.Wait()
		rates[0] = append(rates[0], n/time.Since(began).Seconds())

		units := owe(fmt.Sprint("bare", round))
		began = time.Now()
		for from := 0; from < n; from += workers {
			inTx(b, db, func(tx *sql.Tx) {
				for _, u := range units[from : from+workers] {
					m := &u.Orders[0].Outbox[0]
					for _, st := range []struct {
						text string
						args []any
					}{
						{"UPDATE outbox_lanes SET pending = pending - 1, ready_at = NULL WHERE target = @p1 AND order_no = @p2", []any{string(m.Target), string(m.Order)}},
						{"UPDATE outbox_messages SET state = N'delivered', attempts = attempts + 1, delivered_at = SYSUTCDATETIME() WHERE id = @p1", []any{m.ID}},
						{"INSERT INTO outbox_attempts (message, number, at, took_us, outcome, code, detail) SELECT seq, attempts, SYSUTCDATETIME(), 0, N'delivered', N'', N'' FROM outbox_messages WHERE id = @p1", []any{m.ID}},
					} {
						if _, err := tx.Exec(st.text, st.args...); err != nil {
							b.Fatal(err)
						}
					}
				}
			})
		}
		rates[1] = append(rates[1], n/time.Since(began).Seconds())
	}
	median := func(v []float64) float64 { slices.Sort(v); return v[len(v)/2] }
	b.ReportMetric(median(rates[0]), "hub-outcomes/s")
	b.ReportMetric(median(rates[1]), "bare-outcomes/s")
	b.ReportMetric(median(rates[0])/median(rates[1]), "ratio")
	b.ReportMetric(0, "ns/op")
}
