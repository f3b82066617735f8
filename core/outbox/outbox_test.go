package outbox_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"

	"tundish/core"
	"tundish/core/outbox"
	"tundish/core/store/sqlite"
)

// peer is a far side that remembers what took effect.
type peer struct {
	mu      sync.Mutex
	effects map[string][]int64 // order → sequences in the order they took effect
	sent    map[string]int     // message id → how often it arrived
	asked   map[string]int
	answer  func(m core.OutboxMessage, arrived int) core.Delivery
	status  func(m core.OutboxMessage) core.Delivery
}

func newPeer() *peer {
	return &peer{effects: map[string][]int64{}, sent: map[string]int{}, asked: map[string]int{}}
}

func (p *peer) Deliver(_ context.Context, m core.OutboxMessage) core.Delivery {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sent[m.ID]++
	d := core.Delivery{Outcome: core.Delivered}
	if p.answer != nil {
		d = p.answer(m, p.sent[m.ID])
	}
	if d.Outcome == core.Delivered {
		p.effects[string(m.Order)] = append(p.effects[string(m.Order)], m.Sequence)
	}
	return d
}

func (p *peer) Ask(_ context.Context, m core.OutboxMessage) core.Delivery {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked[m.ID]++
	return p.status(m)
}

func (p *peer) took(order string) []int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.effects[order])
}

func open(t *testing.T) *sqlite.Store {
	t.Helper()
	st, err := sqlite.Open(filepath.Join(t.TempDir(), "hub.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	if err := st.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return st
}

// owe stores an order with n messages owed for it.
func owe(t *testing.T, st core.Committer, no string, n int) []string {
	t.Helper()
	at := time.Date(2026, 5, 11, 8, 0, 0, 0, time.UTC)
	var ms []core.OutboxMessage
	var ids []string
	for range n {
		m := core.OutboxMessage{ID: core.NewID(at), Target: "billing", Kind: core.TellStatus, State: core.MessageDue, Payload: []byte("{}")}
		ms, ids = append(ms, m), append(ids, m.ID)
	}
	c, err := core.NewChange(nil, core.WorkOrder{No: core.OrderNo(no), Ref: core.Ref{System: "billing", External: no}, Phase: core.Dispatching, ReceivedAt: at}, core.Event{At: at, Kind: core.EventReceived, By: "test"}, ms...)
	if err != nil {
		t.Fatal(err)
	}
	if out := st.Commit(t.Context(), core.Unit{Orders: []core.OrderChange{c}})[0]; out.Kind != core.Applied {
		t.Fatal(out.Error())
	}
	return ids
}

func deliver(t *testing.T, st outbox.Store, tg outbox.Target) (stop func()) {
	t.Helper()
	tg.System = "billing"
	if tg.Backoff == 0 {
		tg.Backoff, tg.BackoffMax = 4*time.Millisecond, 20*time.Millisecond
	}
	if tg.Timeout == 0 {
		tg.Timeout = time.Second
	}
	if tg.BreakFor == 0 {
		tg.BreakFor = 10 * time.Millisecond
	}
	d, err := outbox.New(st, []outbox.Target{tg}, outbox.Options{Clock: core.SystemClock{}, Log: zap.NewNop(), Holder: core.NewID(time.Now()), Poll: 5 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { _ = d.Run(ctx); close(done) }()
	stopped := false
	stop = func() {
		if !stopped {
			stopped = true
			cancel()
			<-done
		}
	}
	t.Cleanup(stop)
	return stop
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-deadline:
			t.Fatal("not within 30 s: " + what)
		case <-tick.C:
		}
	}
}

func state(t *testing.T, st core.LaneStore, id string) core.OutboxMessage {
	t.Helper()
	ms, err := st.OutboxMessages(t.Context(), core.OutboxQuery{ID: id})
	if err != nil || len(ms) != 1 {
		t.Fatalf("message %s: %v, %v", id, ms, err)
	}
	return ms[0]
}

func TestMessagesOfAnOrderGoInSequenceAndOrdersDoNotWaitForEachOther(t *testing.T) {
	st, p := open(t), newPeer()
	poison := owe(t, st, "A", 3)
	for i := range 20 {
		owe(t, st, fmt.Sprint("B", i), 3)
	}
	p.answer = func(m core.OutboxMessage, _ int) core.Delivery {
		if m.ID == poison[1] {
			return core.Delivery{Outcome: core.RefusedByPeer, Code: "unknown_account"}
		}
		return core.Delivery{Outcome: core.Delivered}
	}
	deliver(t, st, outbox.Target{Sink: p, Concurrency: 4})
	eventually(t, "the other orders are delivered", func() bool {
		for i := range 20 {
			if len(p.took(fmt.Sprint("B", i))) < 3 {
				return false
			}
		}
		return state(t, st, poison[1]).State == core.MessageDead
	})
	for i := range 20 {
		if got := p.took(fmt.Sprint("B", i)); !slices.Equal(got, []int64{1, 2, 3}) {
			t.Errorf("order B%d took %v", i, got)
		}
	}
	if got := p.took("A"); !slices.Equal(got, []int64{1}) {
		t.Errorf("behind a dead letter went %v", got)
	}
	// A person mends it and lets it go again: the rest of the lane follows in sequence.
	p.mu.Lock()
	p.answer = nil
	p.mu.Unlock()
	if err := st.Requeue(t.Context(), poison[1]); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the lane goes on", func() bool { return slices.Equal(p.took("A"), []int64{1, 2, 3}) })
}

func TestAnUnknownOutcomeIsAskedBeforeItIsSentAgain(t *testing.T) {
	for name, arrived := range map[string]bool{"it had arrived": true, "it had not": false} {
		t.Run(name, func(t *testing.T) {
			st, p := open(t), newPeer()
			id := owe(t, st, "A", 2)[0]
			lost := 0
			p.answer = func(m core.OutboxMessage, n int) core.Delivery {
				if m.ID == id && n == 1 {
					if arrived {
						p.effects["A"] = append(p.effects["A"], m.Sequence)
					}
					return core.Delivery{Outcome: core.UnknownOutcome, Detail: "time-out"}
				}
				return core.Delivery{Outcome: core.Delivered}
			}
			p.status = func(core.OutboxMessage) core.Delivery {
				if lost++; lost < 3 {
					return core.Delivery{Outcome: core.UnknownOutcome} // the question is lost too, twice
				}
				if arrived {
					return core.Delivery{Outcome: core.Delivered}
				}
				return core.Delivery{Outcome: core.NotSent}
			}
			deliver(t, st, outbox.Target{Sink: p})
			eventually(t, "both messages took effect", func() bool { return len(p.took("A")) == 2 })
			eventually(t, "it is known here too", func() bool { return state(t, st, id).State == core.MessageDelivered })
			if got := p.took("A"); !slices.Equal(got, []int64{1, 2}) {
				t.Errorf("effects %v, want each once and in sequence", got)
			}
			want := 2
			if arrived {
				want = 1
			}
			if p.sent[id] != want || p.asked[id] != 3 {
				t.Errorf("sent %d times, asked %d times; want %d and 3", p.sent[id], p.asked[id], want)
			}
		})
	}
}

func TestATargetThatIsDownIsLeftAloneAndServedWhenItIsBack(t *testing.T) {
	st, p := open(t), newPeer()
	for i := range 30 {
		owe(t, st, fmt.Sprint("A", i), 1)
	}
	down := true
	p.answer = func(core.OutboxMessage, int) core.Delivery {
		if down {
			return core.Delivery{Outcome: core.TryLater, Code: "unavailable"}
		}
		return core.Delivery{Outcome: core.Delivered}
	}
	deliver(t, st, outbox.Target{Sink: p, Concurrency: 4, BreakAfter: 3, BreakFor: 30 * time.Millisecond})
	calls := func() (n int) {
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, c := range p.sent {
			n += c
		}
		return n
	}
	eventually(t, "the breaker opens", func() bool { return calls() >= 3 })
	before, since := calls(), time.Now()
	eventually(t, "ten probes' time passes", func() bool { return time.Since(since) > 300*time.Millisecond })
	// At most one probe per BreakFor, and those under way when it opened.
	if n, most := calls()-before, int(time.Since(since)/(30*time.Millisecond))+8; n > most {
		t.Errorf("%d calls to a dead target in %v, want at most %d", n, time.Since(since), most)
	}
	p.mu.Lock()
	down = false
	p.mu.Unlock()
	eventually(t, "all is delivered", func() bool {
		for i := range 30 {
			if len(p.took(fmt.Sprint("A", i))) != 1 {
				return false
			}
		}
		return true
	})
}

func TestWhatWasOwedBeforeARestartIsDeliveredAfterIt(t *testing.T) {
	st, p := open(t), newPeer()
	id := owe(t, st, "A", 1)[0]
	p.answer = func(core.OutboxMessage, int) core.Delivery { return core.Delivery{Outcome: core.TryLater} }
	stop := deliver(t, st, outbox.Target{Sink: p})
	eventually(t, "it was tried", func() bool { return state(t, st, id).Attempts > 0 })
	stop()
	p.mu.Lock()
	p.answer = nil
	p.mu.Unlock()
	deliver(t, st, outbox.Target{Sink: p})
	eventually(t, "it is delivered", func() bool { return state(t, st, id).State == core.MessageDelivered })
	as, err := st.Attempts(t.Context(), id)
	if err != nil || len(as) < 2 || as[len(as)-1].Outcome != core.Delivered {
		t.Errorf("attempts %v, %v", as, err)
	}
}

func TestALeaseShorterThanItsCallsIsMadeLongEnough(t *testing.T) {
	st, p := open(t), newPeer()
	owe(t, st, "A", 3)
	deliver(t, st, outbox.Target{Sink: p, Lease: time.Millisecond, Timeout: time.Second})
	eventually(t, "the messages are delivered", func() bool { return len(p.took("A")) == 3 })
}

func TestQuietHoursHoldDeliveries(t *testing.T) {
	st, p := open(t), newPeer()
	owe(t, st, "A", 1)
	var mu sync.Mutex
	looked := 0
	quiet := true
	deliver(t, st, outbox.Target{Sink: p, Quiet: func(time.Time) time.Duration {
		mu.Lock()
		defer mu.Unlock()
		looked++
		if quiet {
			return time.Hour
		}
		return 0
	}})
	eventually(t, "quiet was asked ten times", func() bool { mu.Lock(); defer mu.Unlock(); return looked > 10 })
	if n := len(p.took("A")); n != 0 {
		t.Errorf("%d deliveries in quiet hours", n)
	}
	mu.Lock()
	quiet = false
	mu.Unlock()
	eventually(t, "it is delivered afterwards", func() bool { return len(p.took("A")) == 1 })
}
