package sqlite_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"tundish/core"
	"tundish/core/store/sqlite"
)

// history is what somebody does to a few orders, blindly: keys are met twice, versions
// are stale, one order of a page is known.
type history struct {
	t        *testing.T
	random   *rand.Rand
	serial   int
	versions map[string]core.WorkOrder // the last state that somebody tried to write
}

func (h *history) create() core.OrderChange {
	h.serial++
	external := fmt.Sprint("x", h.random.IntN(60))
	o := core.WorkOrder{No: core.OrderNo(fmt.Sprintf("W26-%07d", h.serial)), Ref: core.Ref{System: "hotline", External: external},
		Type: "leak", Family: core.Repair, Phase: core.Dispatching, Urgency: core.Normal}
	return h.change(nil, o)
}

func (h *history) change(old *core.WorkOrder, next core.WorkOrder) core.OrderChange {
	var owed []core.OutboxMessage
	if h.random.IntN(3) == 0 {
		owed = []core.OutboxMessage{{ID: core.NewID(time.UnixMilli(int64(h.serial))), Target: "hotline", Payload: []byte("{}")}}
	}
	c, err := core.NewChange(old, next, core.Event{Kind: core.EventReceived, By: fmt.Sprint("caller ", h.serial), At: time.UnixMilli(int64(h.serial))}, owed...)
	if err != nil {
		h.t.Fatal(err)
	}
	c.Hash = core.Hash(fmt.Sprint(h.serial))
	h.versions[next.Ref.External] = c.Order
	return c
}

func (h *history) update() (core.OrderChange, bool) {
	if len(h.versions) == 0 {
		return core.OrderChange{}, false
	}
	keys := slices.Sorted(maps.Keys(h.versions))
	old := h.versions[keys[h.random.IntN(len(keys))]]
	h.serial++
	next := old
	next.Report.Remark = fmt.Sprint("remark ", h.serial)
	return h.change(&old, next), true
}

func (h *history) unit() core.Unit {
	var u core.Unit
	switch n := h.random.IntN(10); {
	case n < 6:
		u.Orders = append(u.Orders, h.create())
	case n < 8:
		if c, ok := h.update(); ok {
			u.Orders = append(u.Orders, c)
		}
	default:
		for range 1 + h.random.IntN(20) {
			u.Orders = append(u.Orders, h.create())
		}
	}
	if h.random.IntN(2) == 0 {
		u.Messages = append(u.Messages, core.LoggedMessage{ID: fmt.Sprint("m", h.serial), System: "hotline", Direction: core.Inbound, At: time.UnixMilli(1), Result: "ok"})
	}
	return u
}

// What units leave when they share a transaction and its statements is what they leave
// one by one.
func TestUnitsWrittenTogetherLeaveWhatTheyLeaveAlone(t *testing.T) {
	for seed := range uint64(8) {
		h := &history{t: t, random: rand.New(rand.NewPCG(seed, 1)), versions: map[string]core.WorkOrder{}}
		var units []core.Unit
		for range 60 {
			units = append(units, h.unit())
		}
		dir := t.TempDir()
		together, alone := open(t, filepath.Join(dir, "together.db"), sqlite.Options{}), open(t, filepath.Join(dir, "alone.db"), sqlite.Options{})
		for _, s := range []*sqlite.Store{together, alone} {
			if err := s.Migrate(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		got := together.Commit(t.Context(), units...)
		kinds := map[core.OutcomeKind]int{}
		for i, u := range units {
			want := alone.Commit(t.Context(), u)[0]
			kinds[want.Kind]++
			if got[i].Kind != want.Kind || got[i].Order != want.Order {
				t.Fatalf("seed %d, unit %d: %s of order %d together, %s of order %d alone", seed, i, got[i].Kind, got[i].Order, want.Kind, want.Order)
			}
		}
		if kinds[core.Applied] == 0 || kinds[core.Known] == 0 {
			t.Fatalf("seed %d tries nothing: %v", seed, kinds)
		}
		if a, b := contents(t, together), contents(t, alone); !reflect.DeepEqual(a, b) {
			t.Fatalf("seed %d: together\n%+v\nalone\n%+v", seed, a, b)
		}
	}
}

// contents is all that the history can have written.
func contents(t *testing.T, s *sqlite.Store) (all []any) {
	t.Helper()
	orders, err := s.Orders(t.Context(), core.OrderQuery{Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range orders {
		events, err := s.Events(t.Context(), o.No)
		if err != nil {
			t.Fatal(err)
		}
		owed, err := s.OutboxMessages(t.Context(), core.OutboxQuery{Order: o.No})
		if err != nil {
			t.Fatal(err)
		}
		_, hashes, err := s.OrderByRef(t.Context(), o.Ref)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, o, events, owed, hashes)
	}
	messages, err := s.Messages(t.Context(), core.MessageQuery{Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	return append(all, len(messages), messages)
}
