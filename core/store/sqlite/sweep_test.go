package sqlite_test

import (
	"database/sql"
	"encoding/binary"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"tundish/core/store/sqlite"
	"tundish/core/store/storetest"
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

// TestAnUpgradeFillsWhatAnOlderVersionDidNotWrite goes back to the tables of before and up again.
func TestAnUpgradeFillsWhatAnOlderVersionDidNotWrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tundish.db")
	s := open(t, path, sqlite.Options{})
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	storetest.Forgotten(t, s, func() {
		if _, err := db.Exec(`UPDATE orders SET branch = NULL, depot = NULL, step = NULL, due_at = NULL, alarm_at = NULL, held = NULL;
			DROP TABLE order_guests; DROP TABLE meters; DELETE FROM schema_migrations WHERE name >= '0011'`); err != nil {
			t.Fatal(err)
		}
		if err := s.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
}
