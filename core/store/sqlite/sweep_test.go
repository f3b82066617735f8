package sqlite_test

import (
	"database/sql"
	"encoding/binary"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"tundish/core"
	"tundish/core/store/sqlite"
)

func TestNoncesWhoseTimeIsOverDoNotPileUp(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tundish.db")
	s := open(t, path, sqlite.Options{})
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	const many = 2000
	for round := range 4 {
		var all sync.WaitGroup
		for i := range many / 4 {
			all.Go(func() {
				var digest [32]byte
				binary.BigEndian.PutUint64(digest[:], uint64(round*many+i))
				if fresh, err := s.UseNonce(t.Context(), digest, time.Millisecond); err != nil || !fresh {
					t.Error(i, fresh, err)
				}
			})
		}
		all.Wait()
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var left int
	if err := db.QueryRow("SELECT count(*) FROM nonces").Scan(&left); err != nil {
		t.Fatal(err)
	}
	if left > many/2 {
		t.Errorf("%d of %d nonces that ran out at once are left", left, many)
	}
}

// TestTheSweepFillsWhatAnOlderVersionDidNotWrite takes the columns from rows, as an upgrade finds them.
func TestTheSweepFillsWhatAnOlderVersionDidNotWrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tundish.db")
	s := open(t, path, sqlite.Options{})
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	when := time.Date(2026, 5, 11, 9, 0, 0, 5e6, time.UTC)
	o := core.WorkOrder{No: "W26-0000001-8", Ref: core.Ref{System: "hotline", External: "H1"}, Type: "burst", Family: core.Repair, Phase: core.Dispatching, Urgency: core.Normal, ReceivedAt: when,
		Place: core.Place{Branch: "B", Depot: "D"}, Tokens: []core.Token{{Step: "dispatch", Since: when}}, DueAt: when.Add(time.Hour), AlarmAt: when.Add(time.Minute), Hold: &core.Hold{Reason: "r", At: when},
		Helpers: []core.Helper{{CrewID: "R2"}}, Collaborators: []string{"li"}}
	ch, err := core.NewChange(nil, o, core.Event{At: when, Kind: core.EventReceived, By: "t"})
	if err != nil {
		t.Fatal(err)
	}
	if out := s.Commit(t.Context(), core.Unit{Orders: []core.OrderChange{ch}})[0]; out.Error() != nil {
		t.Fatal(out.Error())
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	look := func() (n int) {
		t.Helper()
		for _, q := range []core.ListQuery{{Branch: "B"}, {Depot: "D"}, {Steps: []core.StepOf{{Step: "dispatch"}}}, {OnHold: true}, {DueBefore: when.Add(2 * time.Hour)}, {ByDue: true},
			{Within: &core.Reach{Depots: []string{"D"}}}, {Within: &core.Reach{Assists: "R2"}, Phases: []core.Phase{core.Dispatching}}, {Within: &core.Reach{Person: "li"}, Phases: []core.Phase{core.Dispatching}}} {
			c, err := s.Count(t.Context(), q, 10)
			if err != nil {
				t.Fatal(err)
			}
			n += c
		}
		alarms, err := s.Alarms(t.Context(), 10)
		if err != nil {
			t.Fatal(err)
		}
		return n + len(alarms)
	}
	sweep := func() {
		t.Helper()
		if _, err := s.IndexOrders(t.Context(), core.IndexBatch{}); err != nil {
			t.Fatal(err)
		}
	}
	sweep()
	if n := look(); n != 10 {
		t.Fatalf("as it was written it is in %d of 10 lists", n)
	}
	if _, err := db.Exec("UPDATE orders SET branch = NULL, depot = NULL, step = NULL, due_at = NULL, alarm_at = NULL, held = NULL; DELETE FROM order_guests; INSERT INTO search_queue (no) SELECT no FROM orders"); err != nil {
		t.Fatal(err)
	}
	if n := look(); n != 0 {
		t.Fatalf("without its columns it is in %d lists: this test tests nothing", n)
	}
	sweep()
	if n := look(); n != 10 {
		t.Errorf("after the sweep it is in %d of 10 lists", n)
	}
}
