package outbox_test

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"

	"tundish/core"
	"tundish/core/outbox"
)

// 400 calls of 20 ms, 4 at a time, take two seconds, however slow the store is meanwhile;
// with the slot held until the outcome is stored they would take twelve.
func TestASlotIsHeldForTheCallAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, f := newBook(400, 1), &far{took: 20 * time.Millisecond}
		b.write = 100 * time.Millisecond
		began := time.Now()
		_, stop := hub(t, b, outbox.Target{Sink: f, Concurrency: 4}, zap.NewNop())
		defer stop()
		for b.owed() > 0 && time.Since(began) < time.Minute {
			time.Sleep(time.Millisecond)
		}
		// Beside them the first claims, before it is known how long a claim takes.
		if took := time.Since(began); took > 2700*time.Millisecond {
			t.Errorf("it took %s, want 2 s and little more", took)
		}
		if f.most > 4 {
			t.Errorf("%d calls at once, want 4 at most", f.most)
		}
	})
}

func TestAMessageLeavesOnlyWhenItsPredecessorIsStored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, f := newBook(20, 5), &far{took: time.Millisecond}
		b.write = 30 * time.Millisecond
		f.answer = func(m core.OutboxMessage) core.Delivery {
			b.mu.Lock()
			defer b.mu.Unlock()
			if next := b.of[m.Order].Messages[0]; next.ID != m.ID {
				t.Errorf("%s was sent while %s was not known to be delivered", m.ID, next.ID)
			}
			return core.Delivery{Outcome: core.Delivered}
		}
		_, stop := hub(t, b, outbox.Target{Sink: f, Concurrency: 4}, zap.NewNop())
		time.Sleep(10 * time.Second)
		stop()
		if n := b.owed(); n != 0 || len(f.calls) != 100 {
			t.Errorf("%d messages are owed after %d calls", n, len(f.calls))
		}
	})
}

func TestOutcomesThatAreNotStoredYetAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, f := newBook(5000, 1), &far{took: time.Millisecond}
		var full atomic.Bool
		b.full = full.Load
		d, stop := hub(t, b, outbox.Target{Sink: f, Concurrency: 8}, zap.NewNop())
		full.Store(true)
		time.Sleep(10 * time.Second)
		f.mu.Lock()
		calls := len(f.calls)
		f.mu.Unlock()
		if calls > 400 || calls == 0 {
			t.Errorf("%d calls though nothing could be stored", calls)
		}
		if tr := d.Traffic()[0]; tr.Storing != calls || tr.Calling != 0 {
			t.Errorf("%+v, want %d storing", tr, calls)
		}
		full.Store(false)
		time.Sleep(10 * time.Second)
		stop()
		if b.owed() != 0 || len(f.calls) != 5000 || b.stale != 0 {
			t.Errorf("%d owed after %d calls, %d outcomes came too late; the store takes them again", b.owed(), len(f.calls), b.stale)
		}
	})
}

// A lane whose lease would run out during its call is not called: slow calls make the
// waiting room short, and who has waited too long gives his lane back.
func TestNobodyCallsOnALeaseThatIsTooShort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, f := newBook(60, 2), &far{took: 20 * time.Millisecond, then: 29 * time.Second}
		f.begin = func(m core.OutboxMessage) {
			b.mu.Lock()
			defer b.mu.Unlock()
			if left := time.Until(b.of[m.Order].leased); left < time.Minute {
				t.Errorf("%s was called with %s of the lease left, want time for two calls", m.ID, left)
			}
		}
		_, stop := hub(t, b, outbox.Target{Sink: f, Concurrency: 2, Timeout: 30 * time.Second, Lease: 90 * time.Second}, zap.NewNop())
		time.Sleep(time.Hour)
		stop()
		if b.owed() != 0 || b.stale != 0 {
			t.Errorf("%d owed, %d outcomes came too late", b.owed(), b.stale)
		}
	})
}

func TestAHubThatStopsFinishesItsCallsAndGivesTheOtherLanesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, f := newBook(100, 3), &far{took: 10 * time.Second}
		d, stop := hub(t, b, outbox.Target{Sink: f, Concurrency: 8}, zap.NewNop())
		time.Sleep(15 * time.Second) // in the middle of the second calls
		if tr := d.Traffic()[0]; tr.Calling != 8 || tr.Waiting == 0 || b.claimed() != 8+tr.Waiting {
			t.Fatalf("%+v, %d lanes claimed", tr, b.claimed())
		}
		began := time.Now()
		stop()
		if took := time.Since(began); took != 5*time.Second {
			t.Errorf("stopped after %s, want when the calls under way were over", took)
		}
		if b.claimed() != 0 || b.owed() != 300-len(f.calls) || b.attempts != len(f.calls) {
			t.Errorf("%d lanes are still claimed; %d owed, %d attempts after %d calls", b.claimed(), b.owed(), b.attempts, len(f.calls))
		}
	})
}
