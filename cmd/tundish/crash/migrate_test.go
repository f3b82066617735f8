package crash

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"tundish/cmd/tundish/app"
	"tundish/schema"
)

// migrationOfAFile kills tundish migrate n times, on empty files and on files of the
// first version that hold orders, and lets it finish.
func migrationOfAFile(t *testing.T, n int) line {
	dir := evidence(t)
	return migrations(t, n, func(i int) (string, func(context.Context) error) {
		path := filepath.Join(dir, fmt.Sprintf("migrate-%d.db", i))
		if i%2 == 0 {
			return "sqlite://" + path, func(context.Context) error { return nil }
		}
		if err := firstVersion(path, oldOrders); err != nil {
			t.Fatal(err)
		}
		return "sqlite://" + path, func(ctx context.Context) error { return stillThere(ctx, path, oldOrders) }
	})
}

// migrationOnAServer is the same on fresh databases of a server.
func migrationOnAServer(server string) func(*testing.T, int) line {
	return func(t *testing.T, n int) line {
		return migrations(t, n, func(i int) (string, func(context.Context) error) {
			dsn, drop, err := app.NewDatabase(t.Context(), server, fmt.Sprintf("tundish_crash_m%d_%d", i, time.Now().UnixMilli()))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(drop)
			return dsn, func(context.Context) error { return nil }
		})
	}
}

// Each store's migration is killed up to this often.
const deathsPerStore = 4

// migrations kills tundish migrate n times. A store is given up to deathsPerStore kills,
// then it must come up, be of this version, and hold what it held.
func migrations(t *testing.T, n int, store func(i int) (dsn string, whole func(context.Context) error)) line {
	begun := time.Now()
	exe := program(t)
	r := rand.New(rand.NewPCG(theSeed(), 0x6d69_6772))
	l := line{phase: "migration"}
	finished := 0
	for i := 0; l.kills < n; i++ {
		dsn, whole := store(i)
		command := func() *exec.Cmd {
			cmd := exec.Command(exe, "migrate", "--config", exampleSettings(t), "--store", dsn)
			cmd.Env = append(os.Environ(), "LC_ALL=C", "TUNDISH_LANG=en")
			return cmd
		}
		for range min(deathsPerStore, n-l.kills) {
			cmd := command()
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Duration(r.IntN(60_000)) * time.Microsecond)
			_ = cmd.Process.Kill()
			if cmd.Wait() == nil {
				finished++ // it was faster than the kill
			}
			l.kills++
		}
		if out, err := command().CombinedOutput(); err != nil {
			t.Errorf("migrate does not finish after it was killed: %v\n%s", err, out)
			l.faults++
			continue
		}
		for _, err := range []error{current(t.Context(), dsn), whole(t.Context())} {
			if err != nil {
				t.Errorf("after a killed migration of %s: %v", dsn, err)
				l.faults++
			}
		}
	}
	l.took = time.Since(begun)
	fmt.Printf("%s: %d kills (%d came too late), every store came up; %d faults found\n", l.phase, l.kills, finished, l.faults)
	return l
}

// current tells whether the store has every table of this version.
func current(ctx context.Context, dsn string) error {
	st, err := app.OpenStore(dsn)
	if err != nil {
		return err
	}
	defer st.Close()
	return st.Ping(ctx)
}

// oldOrders stand in a store of the first version.
const oldOrders = 3000

// firstVersion makes a file as the first version of the hub left it, with orders.
func firstVersion(path string, orders int) error {
	const first = "0001_store.sql"
	text, err := schema.SQLite.ReadFile("sqlite/" + first)
	if err != nil {
		return err
	}
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=page_size(8192)&_pragma=journal_mode(WAL)")
	if err != nil {
		return err
	}
	defer db.Close()
	for _, statement := range []string{
		"CREATE TABLE schema_migrations (name TEXT NOT NULL PRIMARY KEY, applied_at INTEGER NOT NULL) STRICT, WITHOUT ROWID",
		"INSERT INTO schema_migrations VALUES ('" + first + "', 0)",
		string(text),
		fmt.Sprintf(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
			INSERT INTO orders SELECT i, printf('W25-%%07d-0', i), 'hotline', printf('OLD%%d', i), '', 1, 'leak', 'repair', 'closed', 'normal', 0, 0, '', '', '', 0, 0, 'h', '{"no":"","closed_at":"2025-01-01T00:00:00Z"}' FROM n`, orders),
		fmt.Sprintf(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
			INSERT INTO outbox_messages SELECT i, printf('m%%d', i), printf('W25-%%07d-0', i), 1, 'hotline', 'result', 0, 'delivered', 1, '', 0, '{}' FROM n`, orders),
		fmt.Sprintf(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
			INSERT INTO events SELECT i * 1048576 + 1, 0, 'received', 'system:hotline', '', '', '[]' FROM n`, orders),
		"PRAGMA wal_checkpoint(TRUNCATE)",
	} {
		if _, err := db.Exec(statement); err != nil {
			return fmt.Errorf("make a store of the first version: %w", err)
		}
	}
	return nil
}

// stillThere tells what a migration lost or damaged.
func stillThere(ctx context.Context, path string, orders int) error {
	db, err := sql.Open("sqlite", "file:"+path+"?mode=ro&_pragma=busy_timeout(10000)")
	if err != nil {
		return err
	}
	defer db.Close()
	for _, table := range []string{"orders", "events", "outbox_messages"} {
		n := 0
		if err := db.QueryRowContext(ctx, "SELECT count(*) FROM "+table).Scan(&n); err != nil {
			return err
		}
		if n != orders {
			return fmt.Errorf("%s holds %d rows of %d", table, n, orders)
		}
	}
	var verdict string
	if err := db.QueryRowContext(ctx, "PRAGMA integrity_check").Scan(&verdict); err != nil || verdict != "ok" {
		return fmt.Errorf("PRAGMA integrity_check: %s %v", verdict, err)
	}
	return nil
}

// exampleSettings are the example's; tundish migrate reads them for the store's sake.
func exampleSettings(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs("../../../config/tundish.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return path
}
