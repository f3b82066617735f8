package sqlserver_test

import (
	"database/sql"
	"errors"
	"testing"
	"time"

	mssql "github.com/microsoft/go-mssqldb"

	"tundish/core"
	"tundish/core/store/sqlserver"
)

// TestADeadlockWithAStrangerIsSurvived lets another program lock two crews in the order
// in which the store must wait for it and it for the store. Whoever is the victim: the
// unit is applied.
func TestADeadlockWithAStrangerIsSurvived(t *testing.T) {
	dsn := freshDatabase(t)
	s := open(t, dsn, sqlserver.Options{LockTimeout: 20 * time.Second})
	crew := func(id string, expected int64, name string) core.CrewChange {
		return core.CrewChange{Expected: expected, Crew: core.Crew{ID: id, Name: name}}
	}
	if out := s.Commit(t.Context(), core.Unit{Crews: []core.CrewChange{crew("A", 0, "a"), crew("B", 0, "b")}})[0]; out.Kind != core.Applied {
		t.Fatal(out.Error())
	}
	db, err := sql.Open("sqlserver", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	if _, err := tx.ExecContext(t.Context(), "UPDATE crews SET depot = N'x' WHERE id = N'A'"); err != nil {
		t.Fatal(err)
	}
	done := make(chan core.Outcome, 1)
	go func() { // locks B, then waits for A
		done <- s.Commit(t.Context(), core.Unit{Crews: []core.CrewChange{crew("B", 1, "b2"), crew("A", 1, "a2")}})[0]
	}()
	select {
	case out := <-done:
		t.Fatalf("the store did not wait for the stranger: %s %v", out.Kind, out.Err)
	case <-time.After(400 * time.Millisecond): // real time: the server's locks have no other
	}
	_, err = tx.ExecContext(t.Context(), "UPDATE crews SET depot = N'x' WHERE id = N'B'")
	var e mssql.Error
	switch {
	case err == nil:
		err = tx.Commit()
		t.Log("the store was the victim, or had not locked B yet")
	case errors.As(err, &e) && e.Number == 1205:
		t.Log("the stranger was the victim")
		err = nil
		_ = tx.Rollback()
	}
	if err != nil {
		t.Fatal(err)
	}
	if out := <-done; out.Kind != core.Applied {
		t.Fatalf("%s %v", out.Kind, out.Err)
	}
}

// TestALockIsNotWaitedForForEver holds a row that the store must change.
func TestALockIsNotWaitedForForEver(t *testing.T) {
	dsn := freshDatabase(t)
	s := open(t, dsn, sqlserver.Options{LockTimeout: 300 * time.Millisecond, Timeout: 10 * time.Second})
	if _, err := s.ReserveNumbers(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlserver", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	if _, err := tx.ExecContext(t.Context(), "UPDATE counters SET value = value WHERE name = N'order'"); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	_, err = s.ReserveNumbers(t.Context(), 1)
	// Babelfish has one number for whatever it does not map, the lock time-out among them.
	var e mssql.Error
	if took := time.Since(began); !core.IsKind(err, core.Unavailable) && !(errors.As(err, &e) && e.Number == 33557097) || took > 5*time.Second {
		t.Fatalf("after %s: %v, want unavailable soon", took, err)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.ReserveNumbers(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
}
