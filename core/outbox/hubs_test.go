package outbox_test

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"tundish/core"
	"tundish/core/outbox"
	"tundish/core/store/sqlite"
)

// patient is a far side that is away until it is well, and counts who calls meanwhile.
type patient struct {
	well            atomic.Bool
	calling, calls  atomic.Int32
	together, taken atomic.Int32 // most calls at once since reset; delivered
}

func (p *patient) Deliver(context.Context, core.OutboxMessage) core.Delivery {
	now := p.calling.Add(1)
	defer p.calling.Add(-1)
	p.calls.Add(1)
	for most := p.together.Load(); now > most && !p.together.CompareAndSwap(most, now); most = p.together.Load() {
	}
	time.Sleep(3 * time.Millisecond) // a call takes its time, so that two can meet
	if !p.well.Load() {
		return core.Delivery{Outcome: core.TryLater, Code: "away"}
	}
	p.taken.Add(1)
	return core.Delivery{Outcome: core.Delivered}
}

func (p *patient) Ask(context.Context, core.OutboxMessage) core.Delivery {
	return core.Delivery{Outcome: core.NotSent}
}

// One hub finds out that a target is away. The others believe it: they do not try for
// themselves, one of all hubs probes at a time, and people hear of it once.
func TestOneHubFindsOutThatATargetIsAway(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hub.db")
	handle := func() *sqlite.Store {
		st, err := sqlite.Open(path, sqlite.Options{})
		if err == nil {
			err = st.Migrate(t.Context())
		}
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = st.Close() })
		return st
	}
	st := handle()
	const lanes = 40
	for i := range lanes {
		owe(t, st, fmt.Sprintf("W%02d", i), 1)
	}
	far := &patient{}
	seen, told := observer.New(zap.InfoLevel)
	begin := func(name string, st *sqlite.Store) {
		d, err := outbox.New(st, []outbox.Target{{System: "billing", Sink: far, Concurrency: 4, Timeout: time.Second, Backoff: 2 * time.Millisecond, BackoffMax: 4 * time.Millisecond, BreakAfter: 5, BreakFor: 60 * time.Millisecond}},
			outbox.Options{Clock: core.SystemClock{}, Log: zap.New(seen), Holder: name, Poll: 5 * time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		var run sync.WaitGroup
		run.Go(func() { _ = d.Run(ctx) })
		t.Cleanup(func() { cancel(); run.Wait() })
	}
	soon := func(what string, so func() bool) {
		t.Helper()
		late := time.NewTimer(20 * time.Second)
		defer late.Stop()
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for !so() {
			select {
			case <-late.C:
				t.Fatalf("not within 20 s: %s", what)
			case <-tick.C:
			}
		}
	}
	begin("first", st)
	soon("the first hub finds out", func() bool {
		held, _, err := st.TargetHeld(t.Context(), "billing")
		return err == nil && held && far.calling.Load() == 0
	})
	far.calls.Store(0)
	far.together.Store(0)
	began := time.Now()
	for _, name := range []string{"second", "third"} {
		begin(name, handle())
	}
	soon("some probes", func() bool { return far.calls.Load() >= 6 })
	if calls, most := far.calls.Load(), int32(time.Since(began)/(60*time.Millisecond))+2; calls > most {
		t.Errorf("%d calls at a target that is away, want at most %d: one at a time, %v apart", calls, most, 60*time.Millisecond)
	}
	if n := far.together.Load(); n != 1 {
		t.Errorf("%d hubs probed at once", n)
	}
	far.well.Store(true)
	soon("everything is delivered", func() bool { return far.taken.Load() == lanes })
	if n := told.FilterMessageSnippet("target does not answer; ").Len(); n != 1 {
		t.Errorf("people heard %d times that the target is away", n)
	}
	if n := told.FilterMessage("target is well again").Len(); n != 1 {
		t.Errorf("people heard %d times that it is well again", n)
	}
}
