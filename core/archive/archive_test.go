package archive

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tundish/core"
)

// slow is a store that has so many orders to archive and takes its time for each batch.
type slow struct {
	mu     sync.Mutex
	orders int
	took   time.Duration
	busy   time.Duration
	failAt int // the order before which a batch fails once; 0: none
	held   bool
	token  int64
	renews int
	last   time.Time
	fences map[core.Fence]int
}

func (s *slow) Archive(ctx context.Context, b core.ArchiveBatch) (core.Archived, error) {
	time.Sleep(s.took)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failAt > 0 && s.orders <= s.failAt {
		s.failAt = 0
		return core.Archived{}, core.Fail(core.Unavailable, "store_io", "", "the disk", "磁盘")
	}
	s.busy += s.took
	s.fences[*b.Fence]++
	n := min(b.Orders, s.orders)
	s.orders -= n
	return core.Archived{Orders: n, Done: n < b.Orders}, nil
}

func (s *slow) Archivable(context.Context, time.Time) (core.Archivable, error) {
	return core.Archivable{Orders: s.orders}, nil
}

func (s *slow) Acquire(_ context.Context, name, holder string, _ time.Duration) (core.Lease, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held {
		return core.Lease{}, false, nil
	}
	s.held = true
	s.token++
	return core.Lease{Name: name, Holder: holder, Token: s.token}, true, nil
}

func (s *slow) Renew(context.Context, core.Lease, time.Duration) error { s.renews++; return nil }

func (s *slow) Release(context.Context, core.Lease) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held = false
	return nil
}

func (s *slow) Commit(_ context.Context, units ...core.Unit) []core.Outcome {
	s.last = units[0].Job.LastSlot
	return []core.Outcome{{Kind: core.Applied}}
}

func (s *slow) JobState(context.Context, string) (core.JobState, error) {
	return core.JobState{Job: job, LastSlot: s.last}, nil
}
func (s *slow) Runs(context.Context, string, int) ([]core.JobRun, error) { return nil, nil }
func (s *slow) RefusedItems(context.Context, string, int) ([]core.RefusedItem, error) {
	return nil, nil
}

func newArchiver(t *testing.T, s *slow, change func(*Options)) *Archiver {
	t.Helper()
	s.fences = map[core.Fence]int{}
	o := Options{Clock: core.SystemClock{}, Holder: "me", Lease: time.Minute, After: 90 * 24 * time.Hour, Every: time.Hour, Share: 10, Batch: 10, Messages: true}
	if change != nil {
		change(&o)
	}
	a, err := New(s, o)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestBatchesTakeTheirShareOfTheTimeAndNoMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &slow{orders: 95, took: 20 * time.Millisecond}
		a := newArchiver(t, s, nil)
		began := time.Now()
		seen := 0
		sum, err := a.Once(t.Context(), func(core.Archived) { seen++ })
		if err != nil || sum.Orders != 95 || !sum.Done || seen != 10 {
			t.Fatalf("%+v after %d batches: %v", sum, seen, err)
		}
		// Ten batches of 20 ms at 10 % with nine rests between them.
		if took, want := time.Since(began), 10*20*time.Millisecond+9*180*time.Millisecond; took != want {
			t.Fatalf("took %s, want %s", took, want)
		}
		if s.held {
			t.Fatal("the lease was kept")
		}
		if len(s.fences) != 1 || s.fences[core.Fence{Lease: job, Token: 1}] != 10 {
			t.Fatalf("fences %v", s.fences)
		}
	})
}

func TestALongRunKeepsItsLease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &slow{orders: 100, took: 3 * time.Second}
		if _, err := newArchiver(t, s, func(o *Options) { o.Share = 50 }).Once(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		if s.renews < 2 {
			t.Fatalf("a minute's run renewed its lease %d times", s.renews)
		}
	})
}

func TestOneArchivesAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &slow{orders: 30, took: time.Second}
		a := newArchiver(t, s, nil)
		var wg sync.WaitGroup
		wg.Go(func() { _, _ = a.Once(t.Context(), nil) })
		synctest.Wait()
		if _, err := a.Once(t.Context(), nil); !core.IsKind(err, core.Conflict) {
			t.Errorf("a second one: %v, want a conflict", err)
		}
		wg.Wait()
	})
}

func TestTheHubArchivesEveryHourAndAfterAFailureAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &slow{orders: 25, took: time.Millisecond, failAt: 15}
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() {
			if err := newArchiver(t, s, nil).Run(ctx); err != nil {
				t.Error(err)
			}
		})
		time.Sleep(time.Minute)
		if s.orders != 15 || s.held {
			t.Errorf("%d orders left, lease held: %v; want what the failure left, lease free", s.orders, s.held)
		}
		time.Sleep(time.Hour)
		if s.orders != 0 || s.last.IsZero() {
			t.Errorf("%d orders left an hour later, last run %s", s.orders, s.last)
		}
		s.mu.Lock()
		s.orders = 5
		s.mu.Unlock()
		cancel()
		wg.Wait()
		// A hub that starts again goes by what the store remembers.
		ctx, cancel = context.WithCancel(t.Context())
		wg.Go(func() { _ = newArchiver(t, s, nil).Run(ctx) })
		time.Sleep(30 * time.Minute)
		if s.orders != 5 {
			t.Error("it ran again before its hour")
		}
		time.Sleep(31 * time.Minute)
		if s.orders != 0 {
			t.Error("it did not run when its hour had come")
		}
		cancel()
		wg.Wait()
	})
}

func TestNothingIsArchivedWhenItIsSwitchedOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &slow{orders: 5}
		a := newArchiver(t, s, func(o *Options) { o.After = 0 })
		if _, err := a.Once(t.Context(), nil); !core.IsKind(err, core.Invalid) {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Hour)
		defer cancel()
		if err := a.Run(ctx); err != nil || s.orders != 5 {
			t.Fatalf("%v, %d left", err, s.orders)
		}
	})
}

func TestOptionsAreChecked(t *testing.T) {
	for _, bad := range []func(*Options){
		func(o *Options) { o.Clock = nil }, func(o *Options) { o.Holder = "" }, func(o *Options) { o.Lease = 0 }, func(o *Options) { o.After = -1 },
		func(o *Options) { o.Every = 0 }, func(o *Options) { o.Share = 0 }, func(o *Options) { o.Share = 101 }, func(o *Options) { o.Batch = 0 },
	} {
		o := Options{Clock: core.SystemClock{}, Holder: "me", Lease: time.Minute, Every: time.Hour, Share: 10, Batch: 10}
		bad(&o)
		if _, err := New(&slow{}, o); err == nil {
			t.Errorf("%+v was taken", o)
		}
	}
}
