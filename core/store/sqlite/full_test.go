package sqlite_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"tundish/core"
	"tundish/core/store/sqlite"
)

// unit is a new order with a body of some kilobytes.
func unit(t testing.TB, system string, i int) core.Unit {
	t.Helper()
	o := core.WorkOrder{No: core.OrderNo(fmt.Sprintf("W26-%07d", i)), Ref: core.Ref{System: core.SystemID(system), External: fmt.Sprintf("x%07d", i)},
		Type: "burst", Family: core.Repair, Phase: core.Dispatching, Urgency: core.Normal}
	o.Report.Content = strings.Repeat("路面冒水", 200)
	ch, err := core.NewChange(nil, o, core.Event{Kind: core.EventReceived, By: "system:" + system}, core.OutboxMessage{ID: fmt.Sprintf("m%s%d", system, i), Target: core.SystemID(system), Payload: []byte("{}")})
	if err != nil {
		t.Fatal(err)
	}
	return core.Unit{Orders: []core.OrderChange{ch}}
}

// TestAStoreWithoutRoomRefusesAndRecovers fills the file to its limit with many
// callers at once: SQLite ends the whole transaction by itself then, and what was
// acknowledged must be whole, what was refused absent.
func TestAStoreWithoutRoomRefusesAndRecovers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "small.db")
	small := open(t, path, sqlite.Options{MaxPages: 120})
	if err := small.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	const callers, each = 16, 20
	outcomes := make([]core.Outcome, callers*each)
	units := make([]core.Unit, callers*each)
	for i := range units {
		units[i] = unit(t, "hotline", i)
	}
	var wg sync.WaitGroup
	for c := range callers {
		wg.Go(func() {
			for i := c * each; i < (c+1)*each; i++ {
				outcomes[i] = small.Commit(t.Context(), units[i])[0]
			}
		})
	}
	wg.Wait()
	count := map[core.OutcomeKind]int{}
	check := func(st core.Store, i int) {
		t.Helper()
		no := units[i].Orders[0].Order.No
		_, err := st.Order(t.Context(), no)
		events, evErr := st.Events(t.Context(), no)
		owed, owedErr := st.OutboxMessages(t.Context(), core.OutboxQuery{Order: no})
		if evErr != nil || owedErr != nil {
			t.Fatal(evErr, owedErr)
		}
		switch outcomes[i].Kind {
		case core.Applied:
			if err != nil || len(events) != 1 || len(owed) != 1 {
				t.Fatalf("order %s was acknowledged: %v, %d events, %d messages", no, err, len(events), len(owed))
			}
		default:
			if !core.IsKind(err, core.NotFound) || len(events) != 0 || len(owed) != 0 {
				t.Fatalf("order %s was refused, but: %v, %d events, %d messages", no, err, len(events), len(owed))
			}
		}
	}
	for i, out := range outcomes {
		count[out.Kind]++
		if out.Kind == core.RefusedUnit && (!core.IsKind(out.Err, core.Unavailable) || core.CodeOf(out.Err) != "store_full") {
			t.Fatalf("unit %d: %v, want unavailable", i, out.Err)
		}
		check(small, i)
	}
	if count[core.Applied] == 0 || count[core.RefusedUnit] == 0 || count[core.Applied]+count[core.RefusedUnit] != len(outcomes) {
		t.Fatalf("outcomes %v: some must fit, the rest be refused", count)
	}
	// There is room again: the same handle goes on as if nothing had been.
	if err := small.SetMaxPages(t.Context(), 100_000); err != nil {
		t.Fatal(err)
	}
	for i := range outcomes {
		if outcomes[i].Kind == core.RefusedUnit {
			outcomes[i] = small.Commit(t.Context(), units[i])[0]
		}
		if outcomes[i].Kind != core.Applied {
			t.Fatalf("unit %d with room again: %s %v", i, outcomes[i].Kind, outcomes[i].Err)
		}
		check(small, i)
	}
}

// The driver runs pragmas in an order of its own, and a page size that comes too late is
// ignored in silence.
func TestTheFileHasThePagesThatItIsToHave(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hub.db")
	s := open(t, path, sqlite.Options{})
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	head, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	// https://www.sqlite.org/fileformat.html: bytes 16, 17 page size; 18, 19 are 2 with WAL.
	if size := int(head[16])<<8 | int(head[17]); size != 8192 || head[18] != 2 || head[19] != 2 {
		t.Errorf("pages of %d bytes, formats %d and %d; want 8192 and 2, 2", size, head[18], head[19])
	}
}
