package bench

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// turn is how long a contestant works in one round.
const turn = 400 * time.Millisecond

func BenchmarkSubmit(b *testing.B) {
	for _, callers := range []int{1, 16, 64} {
		b.Run(fmt.Sprint(callers), func(b *testing.B) {
			dir := b.TempDir()
			s := settings(b, dir, nobody)
			h := newHub(b, dir, s, prepared(b, s))
			b.Cleanup(run(b, h))
			addr, _ := serveBare(b, dir)
			ours, theirs := gather(b, callers, h.Addr(), "/soap/hotline"), gather(b, callers, addr, "/")
			ours.submit(b, turn/8) // the first calls prepare statements
			theirs.submit(b, turn/8)
			file, table := appends(b, dir), commits(b, dir)
			all := rounds(b,
				func() lap { return ours.submit(b, turn) },
				func() lap { return theirs.submit(b, turn) },
				func() lap { return repeat(b, turn/4, file) },
				func() lap { return repeat(b, turn/4, table) },
			)
			hub, bare, fsync, commit := all[0], all[1], all[2], all[3]
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(hub.rate(), "submits/s")
			b.ReportMetric(hub.quantile(0.5), "p50-ms")
			b.ReportMetric(hub.quantile(0.99), "p99-ms")
			b.ReportMetric(bare.rate(), "bare/s")
			b.ReportMetric(bare.quantile(0.99), "bare-p99-ms")
			b.ReportMetric(hub.rate()/bare.rate(), "of-bare")
			b.ReportMetric(hub.cpu(), "cpu-µs")
			b.ReportMetric(bare.cpu(), "bare-cpu-µs")
			b.ReportMetric(fsync.rate(), "fsyncs/s")
			b.ReportMetric(commit.rate(), "commits/s")
			also := fmt.Sprintf("p99 %.2f× of the bare server's; %.2f× fsync-ed appends (%s), %.2f× single-row commits (%s)",
				hub.quantile(0.99)/bare.quantile(0.99), hub.rate()/fsync.rate(), perSecond(fsync.rate()), hub.rate()/commit.rate(), perSecond(commit.rate()))
			addRow(fmt.Sprintf("durable submits, %d callers", callers), hub, "bare group commit", bare, also)
		})
	}
}

func addRow(work string, hub series, name string, other series, also string) {
	times := ""
	if len(hub[0].times) > 0 {
		times = fmt.Sprintf("%.2f / %.2f ms", hub.quantile(0.5), hub.quantile(0.99))
	}
	table.add(work, perSecond(hub.rate()), times, name+" "+perSecond(other.rate()), fmt.Sprintf("%.2f", hub.rate()/other.rate()),
		fmt.Sprintf("%.0f / %.0f µs", hub.cpu(), other.cpu()), also)
}

// repeat does the same thing again and again for a while.
func repeat(b testing.TB, during time.Duration, do func() error) lap {
	start := time.Now()
	n := 0
	for ; time.Since(start) < during; n++ {
		if err := do(); err != nil {
			b.Fatal(err)
		}
	}
	return lap{n: n, took: time.Since(start)}
}

// appends is the disk's own commit rate: a message written to the end of a file, synced.
func appends(b testing.TB, dir string) func() error {
	f, err := os.Create(filepath.Join(dir, "append"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = f.Close() })
	body := []byte(message("RX0000000000"))
	return func() error {
		if _, err := f.Write(body); err != nil {
			return err
		}
		return f.Sync()
	}
}

// commits is SQLite's: a message in a row of its own in a transaction of its own.
func commits(b testing.TB, dir string) func() error {
	db := openDatabase(b, filepath.Join(dir, "single.db"))
	if err := db.exec("CREATE TABLE single (id INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT"); err != nil {
		b.Fatal(err)
	}
	body := message("RX0000000000")
	return func() error { return db.exec("INSERT INTO single (body) VALUES (?)", body) }
}

// Settings of a connection cannot be asked for from outside: the store's source has them.
func TestTheBareServerHasTheStoresSettings(t *testing.T) {
	source, err := os.ReadFile("../../../core/store/sqlite/open.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pragmas {
		if !bytes.Contains(source, []byte(`"`+p+`"`)) {
			t.Errorf("the store does not open with %s; give the bare server what it does open with", p)
		}
	}
}

// A comparison is worth nothing when one side does less.
func TestTheBareServerWritesTheSameRows(t *testing.T) {
	const orders = 20
	dir := t.TempDir()
	s := settings(t, dir, nobody)
	h := newHub(t, dir, s, prepared(t, s))
	stop := run(t, h)
	addr, _ := serveBare(t, dir)
	for where, c := range map[string]*caller{"hub": gather(t, 1, h.Addr(), "/soap/hotline")[0], "bare": gather(t, 1, addr, "/")[0]} {
		for range orders {
			if _, _, err := c.submit(nil); err != nil {
				t.Fatalf("%s: %v", where, err)
			}
		}
	}
	stop()
	ours, theirs := openDatabase(t, filepath.Join(dir, "tundish.db")), openDatabase(t, filepath.Join(dir, "bare.db"))
	for _, table := range []string{"orders", "events", "messages"} {
		size := func(d *database) (n, bytes int) {
			_, rows, err := d.rows(table)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range rows {
				bytes += sizeOf(r)
			}
			return len(rows), bytes
		}
		n, bytes := size(ours)
		m, bareBytes := size(theirs)
		if n != orders || m != orders {
			t.Errorf("%s: %d rows of the hub, %d of the bare server, want %d of each", table, n, m, orders)
		}
		if ratio := float64(bareBytes) / float64(bytes); ratio < 0.95 || ratio > 1.05 {
			t.Errorf("%s: the bare server writes %d bytes, the hub %d; within 5 %% they would do the same work", table, bareBytes, bytes)
		}
	}
	for _, table := range []string{"outbox_messages", "blobs", "refused_items"} {
		if _, rows, err := ours.rows(table); err != nil || len(rows) != 0 {
			t.Errorf("%s: the hub wrote %d rows that the bare server does not write, %v", table, len(rows), err)
		}
	}
}
