package app

import (
	"context"
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"

	"tundish/adapters/schedule"
	"tundish/core/life"
	"tundish/core/pull"
	"tundish/core/store/sqlite"
)

// wall is a clock that a test moves; hubs look at it from where theirs is.
type wall struct {
	mu      sync.Mutex
	at      time.Time
	waiting map[chan time.Time]sleeper
}

// sleeper is a loop of the hub whose clock is ahead by so much.
type sleeper struct {
	until time.Time
	by    time.Duration
}

func (w *wall) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.at
}

func (w *wall) move(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at = w.at.Add(d)
	for c, s := range w.waiting {
		if !w.at.Before(s.until) {
			delete(w.waiting, c)
			c <- w.at
		}
	}
}

// forget drops the sleepers of a hub that has stopped.
func (w *wall) forget(by time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	maps.DeleteFunc(w.waiting, func(_ chan time.Time, s sleeper) bool { return s.by == by })
}

// asleep is how many wait for the clock.
func (w *wall) asleep() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.waiting)
}

// skewed is a hub's clock, ahead of the wall's by so much.
type skewed struct {
	*wall
	by time.Duration
}

func (s skewed) Now() time.Time { return s.now().Add(s.by) }

func (s skewed) After(d time.Duration) <-chan time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := make(chan time.Time, 1)
	if d <= 0 {
		c <- s.at
		return c
	}
	s.waiting[c] = sleeper{s.at.Add(d), s.by}
	return c
}

// nothingDue is a source without rows.
type nothingDue struct{}

func (nothingDue) Fetch(context.Context, pull.Window, int, int) (pull.Page, error) {
	return pull.Page{}, nil
}
func (nothingDue) Confirm(context.Context, []pull.Receipt) error { return nil }

// Three hubs whose clocks are minutes apart share a store. Every slot of a job and of the
// batch is run once, by whoever comes first, also when that hub stops meanwhile.
func TestHubsWhoseClocksDifferRunEverySlotOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hub.db")
	begin := time.Date(2026, 5, 11, 5, 5, 0, 0, time.UTC)
	clock := &wall{at: begin, waiting: map[chan time.Time]sleeper{}}
	every10, err := schedule.Parse("*/10 * * * *", time.UTC, nil)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var batched []string
	var stop []func()
	var st *sqlite.Store
	for _, hub := range []struct {
		name string
		by   time.Duration
	}{{"ahead", 3 * time.Minute}, {"right", 0}, {"behind", -2 * time.Minute}} {
		if st, err = sqlite.Open(path, sqlite.Options{}); err != nil {
			t.Fatal(err)
		}
		defer st.Close()
		if err := st.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		mine := skewed{clock, hub.by}
		r, err := pull.New(st, []pull.Job{{Name: "nightly", System: "billing", Source: nothingDue{}, Schedule: every10, Lookback: time.Hour, Missed: pull.MissedAll}},
			pull.Options{Clock: mine, Log: zap.NewNop(), Rules: func() *life.Rules { return &life.Rules{} }, Holder: hub.name})
		if err != nil {
			t.Fatal(err)
		}
		b := &batches{name: BatchJob, clock: mine, store: st, holder: hub.name, lease: time.Minute, crons: []*schedule.Cron{every10}, log: zap.NewNop(), batch: func(context.Context) error {
			mu.Lock()
			defer mu.Unlock()
			batched = append(batched, hub.name)
			return nil
		}}
		ctx, cancel := context.WithCancel(t.Context())
		var parts sync.WaitGroup
		parts.Go(func() { _ = r.Run(ctx) })
		parts.Go(func() { _ = b.run(ctx) })
		stop = append(stop, func() { cancel(); parts.Wait() })
		defer stop[len(stop)-1]()
	}
	settled := func(loops int) {
		t.Helper()
		late := time.NewTimer(time.Minute)
		defer late.Stop()
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for clock.asleep() != loops {
			select {
			case <-late.C:
				t.Fatalf("%d of %d loops wait for their next slot", clock.asleep(), loops)
			case <-tick.C:
			}
		}
	}
	loops := 6
	settled(loops)
	const minutes = 60
	for minute := range minutes {
		if minute == 31 { // 05:36: 05:30 was run; the hub ahead would run 05:40 in a minute
			stop[0]()
			clock.forget(3 * time.Minute)
			loops = 4
		}
		clock.move(time.Minute)
		settled(loops)
	}
	runs, err := st.Runs(t.Context(), "nightly", 100)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for _, r := range runs {
		seen[r.Slot.UTC().Format("15:04")]++
	}
	for slot := begin.Truncate(10 * time.Minute).Add(10 * time.Minute); !slot.After(clock.now()); slot = slot.Add(10 * time.Minute) {
		at := slot.Format("15:04")
		if seen[at] != 1 {
			t.Errorf("slot %s was run %d times", at, seen[at])
		}
		delete(seen, at)
	}
	if len(seen) > 0 {
		t.Errorf("and slots that nobody has: %v", seen)
	}
	if want := []string{"ahead", "ahead", "ahead", "right", "right", "right"}; !slices.Equal(batched, want) {
		t.Errorf("batches were run by %v, want %v", batched, want)
	}
}
