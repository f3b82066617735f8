package watch_test

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"

	"tundish/core"
	"tundish/core/life"
	"tundish/core/store/memstore"
	"tundish/core/watch"
)

var nine = time.Date(2026, 5, 11, 9, 0, 0, 0, time.UTC)

type hand struct {
	mu sync.Mutex
	at time.Time
}

func (h *hand) Now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.at
}

func (h *hand) set(t time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.at = t
}
func (h *hand) After(time.Duration) <-chan time.Time { return nil }

type guard func(*core.WorkOrder) (bool, error)

func (g guard) Holds(o *core.WorkOrder, _ time.Time) (bool, error) { return g(o) }
func (g guard) String() string                                     { return "guard" }

// house has one type of order: done within two hours, its dispatcher warned half an hour before, its deputy head told after.
type house struct {
	*testing.T
	store *memstore.Store
	clock *hand
	rules *life.Rules
}

func open(t *testing.T) *house {
	p := core.StandardProcess(false, false, false, false)
	p.Limits = []core.Limit{{ID: core.FinishLimit, Name: core.Text{EN: "Repair", ZH: "修复"}, Within: 2 * time.Hour, Clock: core.ClockElapsed,
		Warn: 30 * time.Minute, WarnTo: []string{"dispatcher"}, Escalations: []core.Escalation{{To: []string{"deputy_head"}}}}}
	h := &house{T: t, store: memstore.New(memstore.Options{}), clock: &hand{at: nine}}
	h.rules = &life.Rules{Types: core.OrderTypes{"leak": {Code: "leak", Family: core.Repair, Minutes: 60, Process: p}}, Zone: time.UTC, NumberPrefix: "W",
		Systems: map[core.SystemID]life.System{life.ToPeople: {}}}
	return h
}

func (h *house) receive(no core.OrderNo) {
	h.Helper()
	o := core.WorkOrder{No: no, Ref: core.Ref{System: "hotline", External: string(no)}, Type: "leak", Urgency: core.Normal}
	u, err := h.rules.Receive(o, "h", life.By{Actor: life.Source("hotline")}.Step(h.clock.Now()))
	if err != nil {
		h.Fatal(err)
	}
	if out := h.store.Commit(h.Context(), u)[0]; out.Kind != core.Applied {
		h.Fatal(out.Error())
	}
}

func (h *house) watcher() *watch.Watcher {
	h.Helper()
	w, err := watch.New(h.store, watch.Options{Clock: h.clock, Log: zap.NewNop(), Rules: func() *life.Rules { return h.rules }})
	if err != nil {
		h.Fatal(err)
	}
	return w
}

func (h *house) sweep(w *watch.Watcher, want time.Duration) {
	h.Helper()
	got, err := w.Sweep(h.Context())
	if err != nil || got != want {
		h.Errorf("at %s: next in %v, %v; want %v", h.clock.Now().Format("15:04"), got, err, want)
	}
}

// told lists who was told what of an order.
func (h *house) told(no core.OrderNo) (told []string) {
	h.Helper()
	list, err := h.store.OutboxMessages(h.Context(), core.OutboxQuery{Order: no})
	if err != nil {
		h.Fatal(err)
	}
	for _, m := range list {
		var wb core.WriteBack
		if err := json.Unmarshal(m.Payload, &wb); err != nil || wb.Reaction == nil {
			h.Fatalf("%+v: %v", m, err)
		}
		told = append(told, wb.Reaction.To[0]+": "+wb.Reaction.Text.EN)
	}
	return told
}

func TestWhatIsDueIsSaidOnceByWhicheverHub(t *testing.T) {
	h := open(t)
	h.receive("W1")
	one, other := h.watcher(), h.watcher()
	h.sweep(one, 90*time.Minute)
	h.clock.set(nine.Add(90 * time.Minute))
	h.sweep(one, 30*time.Minute)
	h.sweep(other, 30*time.Minute)
	if told := h.told("W1"); len(told) != 1 || told[0] != "dispatcher: Repair runs out at 2026-05-11 11:00" {
		t.Errorf("told %q", told)
	}
	h.clock.set(nine.Add(3 * time.Hour))
	h.sweep(other, 0)
	h.sweep(one, 0)
	if told := h.told("W1"); len(told) != 2 || told[0] != "deputy_head: Repair was over at 2026-05-11 11:00" {
		t.Errorf("told %q", told)
	}
	o, err := h.store.Order(t.Context(), "W1")
	if err != nil || !o.AlarmAt.IsZero() {
		t.Errorf("rings again at %s, %v", o.AlarmAt, err)
	}
	events, err := h.store.Events(t.Context(), "W1")
	if err != nil || events[len(events)-1].Kind != core.EventLimitMissed || events[len(events)-2].Kind != core.EventLimitWarned {
		t.Errorf("the timeline says %+v, %v", events, err)
	}
}

func TestAnOrderThatCannotBeDecidedOnHoldsUpNobody(t *testing.T) {
	h := open(t)
	h.receive("W1")
	h.clock.set(nine.Add(time.Minute))
	h.receive("W2")
	p := h.rules.Types["leak"].Process
	p.Limits[0].When = guard(func(o *core.WorkOrder) (bool, error) {
		if o.No == "W1" {
			return false, errors.New("boom")
		}
		return true, nil
	})
	w := h.watcher()
	h.clock.set(nine.Add(100 * time.Minute))
	h.sweep(w, 21*time.Minute) // of W2, which is over then
	if told := h.told("W2"); len(told) != 1 {
		t.Errorf("told %q", told)
	}
	p.Limits[0].When = nil
	h.clock.set(nine.Add(106 * time.Minute))
	h.sweep(w, 14*time.Minute) // W1 was looked at again
	if told := h.told("W1"); len(told) != 1 {
		t.Errorf("told %q", told)
	}
}

func TestAnOrderThatNeverRingsAgainIsForgotten(t *testing.T) {
	h := open(t)
	h.receive("W1")
	boom := func(*core.WorkOrder) (bool, error) { return false, errors.New("boom") }
	limit := &h.rules.Types["leak"].Process.Limits[0]
	w := h.watcher()
	limit.When = guard(boom)
	h.clock.set(nine.Add(100 * time.Minute))
	h.sweep(w, 0)
	if w.Broken() != 1 {
		t.Fatal("the order is not left alone")
	}
	limit.When = nil // the file is put right, and the order is cancelled
	_, err := core.Decide(t.Context(), h.store, "W1", func(o core.WorkOrder) (core.Unit, error) {
		return h.rules.Cancel(o, life.By{Actor: life.Hub("test"), Remark: "x"}.Step(h.clock.Now()))
	})
	if err != nil {
		t.Fatal(err)
	}
	h.clock.set(nine.Add(106 * time.Minute))
	h.sweep(w, 0)
	if n := w.Broken(); n != 0 {
		t.Errorf("%d orders are remembered for ever", n)
	}
}

func TestAStoreThatIsAwayIsSaid(t *testing.T) {
	h := open(t)
	h.receive("W1")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.watcher().Sweep(ctx); err == nil {
		t.Error("nothing is said of a store that does not answer")
	}
}

func TestUnseenWorkGoesBackToTheDispatcher(t *testing.T) {
	h := open(t)
	h.rules.UnseenAfter = 15 * time.Minute
	h.receive("W1")
	_, err := core.Decide(t.Context(), h.store, "W1", func(o core.WorkOrder) (core.Unit, error) {
		return h.rules.Assign(o, core.Assignment{CrewID: "R1", Day: "2026-05-11"}, core.CrewDay{}, life.By{Actor: life.Hub("auto")}.Step(nine))
	})
	if err != nil {
		t.Fatal(err)
	}
	w := h.watcher()
	h.sweep(w, 15*time.Minute)
	h.clock.set(nine.Add(15 * time.Minute))
	h.sweep(w, 75*time.Minute)
	if o, err := h.store.Order(t.Context(), "W1"); err != nil || o.Phase != core.Dispatching || o.Assignment != nil {
		t.Errorf("%s, %+v, %v", o.Phase, o.Assignment, err)
	}
}
