package sqlite_test

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"tundish/core"
	"tundish/core/store/sqlite"
)

// More readers at once than there are connections, some of whom give up, and a store
// that is closed under them: each gets its order or an error, none waits for ever.
func TestLookUpsShareTheirConnectionsUntilTheStoreIsClosed(t *testing.T) {
	s, err := sqlite.Open(filepath.Join(t.TempDir(), "tundish.db"), sqlite.Options{Readers: 2})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	var units []core.Unit
	for i := range 20 {
		no := core.OrderNo(fmt.Sprint("W", i))
		c, err := core.NewChange(nil, core.WorkOrder{No: no, Ref: core.Ref{System: "a", External: string(no)}}, core.Event{At: time.Unix(1, 0), Kind: core.EventReceived})
		if err != nil {
			t.Fatal(err)
		}
		units = append(units, core.Unit{Orders: []core.OrderChange{c}})
	}
	for _, out := range s.Commit(t.Context(), units...) {
		if out.Kind != core.Applied {
			t.Fatal(out.Error())
		}
	}
	var wg sync.WaitGroup
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for i := range 20 {
		wg.Go(func() {
			ref := core.Ref{System: "a", External: fmt.Sprint("W", i)}
			for range 50 {
				if o, _, err := s.OrderByRef(t.Context(), ref); err != nil || o.Ref != ref {
					t.Errorf("%s: %v, %v", ref, o.Ref, err)
				}
				if _, _, err := s.OrderByRef(gone, ref); !core.IsKind(err, core.Unavailable) {
					t.Errorf("given up: %v", err)
				}
			}
			if _, err := s.Order(t.Context(), "none"); !core.IsKind(err, core.NotFound) {
				t.Errorf("no such order: %v", err)
			}
		})
	}
	wg.Wait()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Order(t.Context(), "W1"); err == nil || core.IsKind(err, core.NotFound) {
		t.Errorf("after Close: %v", err)
	}
}
