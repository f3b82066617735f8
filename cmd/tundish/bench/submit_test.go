package bench

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
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
			c := newContest(b, callers, startHub(b, dir, theDisk), startBare(b, dir, theDisk), startGsoap(b, dir, theDisk, callers))
			file, table := appends(b, dir), commits(b, dir)
			all := rounds(b, append(c.turns(b, turn),
				func() lap { return repeat(b, turn/4, file) },
				func() lap { return repeat(b, turn/4, table) })...)
			n := len(all)
			fsync, commit := all[n-2], all[n-1]
			hub := all[0]
			b.ReportMetric(fsync.rate(), "fsyncs/s")
			b.ReportMetric(commit.rate(), "commits/s")
			disk := fmt.Sprintf("%.2f× fsync-ed appends (%s), %.2f× single-row commits (%s)",
				hub.rate()/fsync.rate(), perSecond(fsync.rate()), hub.rate()/commit.rate(), perSecond(commit.rate()))
			work := fmt.Sprintf("durable submits, %d callers", callers)
			if callers == 1 {
				work = "durable submits, 1 caller"
			}
			submitRows(b, work, all[:n-2], disk, map[int][2]string{16: {"≥ 0.9", "≥ 1.1"}, 64: {"≥ 0.9", "≥ 1.4"}}[callers])
			if callers == 64 {
				bare := all[1]
				ownRow(row{work: "p99 of a submit, 64 callers", hub: milliseconds(hub.quantile(0.99)), beside: "bare group commit", other: milliseconds(bare.quantile(0.99)),
					ratio: ratio(hub.quantile(0.99) / bare.quantile(0.99)), must: "≤ 1.5"})
			}
		})
	}
}

// On a slow disk it shows who shares a commit.
func BenchmarkSubmitOnASlowDisk(b *testing.B) {
	if _, err := exec.LookPath(slowly[0]); err != nil {
		skipped(b, "a slow disk is not measured: apt-get install "+slowly[0])
		return
	}
	for _, callers := range []int{16, 64} {
		b.Run(fmt.Sprint(callers), func(b *testing.B) {
			dir := b.TempDir()
			c := newContest(b, callers, startHub(b, dir, slowDisk), startBare(b, dir, slowDisk), startGsoap(b, dir, slowDisk, callers))
			all := rounds(b, c.turns(b, turn)...)
			submitRows(b, fmt.Sprintf("the same when an fsync takes 2 ms, %d callers", callers), all, "", map[int][2]string{16: {"", "≥ 5"}, 64: {"", "≥ 10"}}[callers])
		})
	}
}

// submitRows reports the hub beside the bare server and, where there is one, the peer.
func submitRows(b *testing.B, work string, all []series, also string, musts [2]string) {
	hub, bare := all[0], all[1]
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(hub.rate(), "submits/s")
	b.ReportMetric(hub.quantile(0.5), "p50-ms")
	b.ReportMetric(hub.quantile(0.99), "p99-ms")
	b.ReportMetric(hub.cpu(), "cpu-µs")
	b.ReportMetric(bare.rate(), "bare/s")
	b.ReportMetric(bare.quantile(0.99), "bare-p99-ms")
	b.ReportMetric(bare.cpu(), "bare-cpu-µs")
	b.ReportMetric(hub.rate()/bare.rate(), "of-bare")
	addRowWithMust(work, hub, "bare group commit", bare, also, musts[0])
	if len(all) < 3 {
		return
	}
	peer := all[2]
	b.ReportMetric(peer.rate(), "gsoap/s")
	b.ReportMetric(peer.quantile(0.99), "gsoap-p99-ms")
	b.ReportMetric(peer.cpu(), "gsoap-cpu-µs")
	b.ReportMetric(hub.rate()/peer.rate(), "of-gsoap")
	addRowWithMust(work, hub, "gSOAP", peer, "", musts[1])
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
	path := filepath.Join(t.TempDir(), "bare.db")
	if err := makeTables(path); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const writeAheadLog = 2 // in SQLite's header
	if size := binary.BigEndian.Uint16(file[16:]); size != 8192 || file[18] != writeAheadLog {
		t.Errorf("the contestants' file has pages of %d bytes and journal %d; want 8192 and a write-ahead log", size, file[18])
	}
}

// A comparison is worth nothing when one side does less.
func TestContestantsWriteTheSameRows(t *testing.T) {
	const orders = 20
	dir := t.TempDir()
	files := map[string]string{"hub": "tundish.db", "bare": "bare.db", "gsoap": "gsoap.db"}
	servers := []*server{startHub(t, dir, theDisk), startBare(t, dir, theDisk), startGsoap(t, dir, theDisk, 1)}
	for _, s := range servers {
		if s == nil {
			continue
		}
		c := gather(t, 1, s.addr, s.path)[0]
		for range orders {
			if _, _, err := c.submit(nil); err != nil {
				t.Fatalf("%s: %v", s.name, err)
			}
		}
		s.stop(t)
	}
	ours := openDatabase(t, filepath.Join(dir, files["hub"]))
	for _, s := range servers[1:] {
		if s == nil {
			continue
		}
		theirs := openDatabase(t, filepath.Join(dir, files[s.name]))
		for _, table := range []string{"orders", "events", "messages"} {
			n, bytes := size(t, ours, table)
			m, other := size(t, theirs, table)
			if n != orders || m != orders {
				t.Errorf("%s: %d rows of the hub, %d of %s, want %d of each", table, n, m, s.name, orders)
			}
			if ratio := float64(other) / float64(bytes); ratio < 0.95 || ratio > 1.05 {
				t.Errorf("%s: %s writes %d bytes, the hub %d; within 5 %% they would do the same work", table, s.name, other, bytes)
			}
		}
	}
	for _, table := range []string{"outbox_messages", "blobs", "refused_items"} {
		if n, _ := size(t, ours, table); n != 0 {
			t.Errorf("%s: the hub wrote %d rows that the others do not write", table, n)
		}
	}
}

// size counts a table's rows and the bytes in them.
func size(t *testing.T, d *database, table string) (n, bytes int) {
	t.Helper()
	_, rows, err := d.rows(table)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		bytes += sizeOf(r)
	}
	return len(rows), bytes
}
