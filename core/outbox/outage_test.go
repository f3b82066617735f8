package outbox_test

import (
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"tundish/core"
	"tundish/core/outbox"
)

// A day of an outage, with ten thousand lanes owed and new ones coming in every second.
func TestATargetThatIsDownForADayCostsAProbeNowAndThen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var down atomic.Bool
		down.Store(true)
		b := newBook(10_000, 1)
		f := &far{took: 10 * time.Millisecond, answer: func(core.OutboxMessage) core.Delivery {
			if down.Load() {
				return core.Delivery{Outcome: core.TryLater, Code: "unavailable"}
			}
			return core.Delivery{Outcome: core.Delivered}
		}}
		core, logs := observer.New(zap.InfoLevel)
		d, stop := hub(t, b, outbox.Target{Sink: f, Concurrency: 64, BreakFor: 15 * time.Second}, zap.New(core))
		time.Sleep(time.Minute)
		first, calls, heap, since := b.asked(), len(f.calls), live(), time.Now()
		if calls > 64+4+4 {
			t.Errorf("%d calls in the first minute, want those under way when it went bad, the 4 that took their slots before, and 4 probes", calls)
		}
		for range 24 * 60 * 60 {
			time.Sleep(time.Second)
			d.Wake()
		}
		probes, asked := f.called(since), b.asked()-first
		const intervals = 24 * 60 * 60 / 15
		if probes > intervals || probes < intervals*9/10 {
			t.Errorf("%d probes in a day, want about one per interval of 15 s", probes)
		}
		// Per probe a look for what is due, a claim and a commit; its right to probe, and
		// what came of it; four looks for what other hubs know.
		if asked > 10*intervals {
			t.Errorf("the store was asked %d times in a day for %d probes", asked, probes)
		}
		if grown := live() - heap; grown > 2<<20 {
			t.Errorf("the heap has grown by %d bytes", grown)
		}
		if tr := d.Traffic()[0]; tr.Calling+tr.Waiting+tr.Storing > 1 || tr.Health == outbox.Well {
			t.Errorf("%+v", tr)
		}
		for _, p := range b.lanes {
			if p.Messages[0].Attempts > 3 {
				t.Fatalf("lane %s was tried %d times", p.Order, p.Messages[0].Attempts)
			}
		}
		if n := logs.FilterLevelExact(zap.ErrorLevel).Len(); n != 1 {
			t.Errorf("%d alerts, want one", n)
		}
		down.Store(false)
		time.Sleep(time.Minute)
		stop()
		if n := b.owed(); n != 0 {
			t.Errorf("%d are still owed a minute after it was well again", n)
		}
		if n := logs.FilterMessageSnippet("well again").Len(); n != 1 {
			t.Errorf("%d lines say that it is well again, want one", n)
		}
	})
}

func (b *book) asked() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.claims + b.looks + b.commits
}

func live() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// A probe that hangs until its time-out is longer than the interval between probes.
func TestThereIsOneProbeAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, f := newBook(1000, 1), &far{took: time.Hour}
		d, stop := hub(t, b, outbox.Target{Sink: f, Concurrency: 16, Timeout: 30 * time.Second, BreakFor: 10 * time.Second}, zap.NewNop())
		time.Sleep(2 * time.Minute)
		f.mu.Lock()
		f.most = 0
		f.mu.Unlock()
		since := time.Now()
		time.Sleep(time.Hour)
		// A probe takes 30 s and is followed by 10 s of rest, with jitter.
		if n := f.called(since); f.most > 1 || n > 90 || n < 80 {
			t.Errorf("%d probes in an hour, %d at once; want 80 to 90, one at a time", n, f.most)
		}
		if tr := d.Traffic()[0]; tr.Limit != 1 {
			t.Errorf("%+v: time-outs are signs of overload, want a limit of 1", tr)
		}
		stop()
		if b.claimed() != 0 {
			t.Errorf("%d lanes are still claimed", b.claimed())
		}
	})
}

// Nobody is left alone for want of something to probe with: when the only lane owed is
// due long after the breaker would let it through, it is probed when it is due.
func TestAProbeWaitsForALaneThatIsDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, f := newBook(1, 1), &far{took: time.Millisecond}
		var calls atomic.Int64
		f.answer = func(core.OutboxMessage) core.Delivery {
			if calls.Add(1) <= 7 {
				return core.Delivery{Outcome: core.TryLater}
			}
			return core.Delivery{Outcome: core.Delivered}
		}
		d, stop := hub(t, b, outbox.Target{Sink: f, Backoff: time.Minute, BackoffMax: 10 * time.Minute, BreakAfter: 3, BreakFor: time.Second}, zap.NewNop())
		time.Sleep(2 * time.Hour)
		stop()
		if b.owed() != 0 || len(f.calls) != 8 || d.Traffic()[0].Health != outbox.Well {
			t.Errorf("%d owed after %d calls, %+v", b.owed(), len(f.calls), d.Traffic()[0])
		}
	})
}

func TestATargetThatAsksForItIsLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, f := newBook(500, 1), &far{took: 20 * time.Millisecond}
		var asked atomic.Bool
		f.answer = func(core.OutboxMessage) core.Delivery {
			if f.called(time.Time{}) > 50 && asked.CompareAndSwap(false, true) {
				return core.Delivery{Outcome: core.TryLater, Overloaded: true, RetryAfter: 7 * time.Minute}
			}
			return core.Delivery{Outcome: core.Delivered}
		}
		observed, logs := observer.New(zap.InfoLevel)
		d, stop := hub(t, b, outbox.Target{Sink: f, Concurrency: 8}, zap.New(observed))
		defer stop()
		for !asked.Load() {
			time.Sleep(time.Millisecond)
		}
		since := time.Now().Add(1) // others may have left in the same instant
		time.Sleep(7*time.Minute - time.Second)
		if n := f.called(since); n > 0 || b.claimed() != 0 {
			t.Errorf("%d calls, %d lanes claimed in the time that it wanted to be left alone", n, b.claimed())
		}
		if tr := d.Traffic()[0]; tr.Health != outbox.Resting || tr.Limit != 4 {
			t.Errorf("%+v, want resting and half the limit", tr)
		}
		if n := logs.FilterLevelExact(zap.WarnLevel).Len(); n != 1 {
			t.Errorf("%d warnings, want one", n)
		}
		time.Sleep(time.Minute)
		if b.owed() != 0 || d.Traffic()[0].Limit != 8 {
			t.Errorf("%d owed, %+v a minute later", b.owed(), d.Traffic()[0])
		}
	})
}

// What a target says about one message holds that lane, and no other.
func TestRetryAfterOfAMessageHoldsItsLaneOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, f := newBook(200, 1), &far{took: 20 * time.Millisecond}
		f.answer = func(m core.OutboxMessage) core.Delivery {
			if m.Order == "W00003" && m.Attempts == 0 {
				return core.Delivery{Outcome: core.TryLater, RetryAfter: time.Hour}
			}
			return core.Delivery{Outcome: core.Delivered}
		}
		_, stop := hub(t, b, outbox.Target{Sink: f, Concurrency: 4}, zap.NewNop())
		defer stop()
		time.Sleep(59 * time.Minute)
		if b.owed() != 1 || len(f.calls) != 200 {
			t.Fatalf("%d owed after %d calls, want one lane held for an hour", b.owed(), len(f.calls))
		}
		time.Sleep(2 * time.Minute)
		if b.owed() != 0 {
			t.Error("it is still owed after the hour")
		}
	})
}
