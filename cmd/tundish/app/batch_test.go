package app

import (
	"context"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"

	"tundish/adapters/schedule"
	"tundish/core"
	"tundish/core/store/memstore"
	"tundish/core/store/sqlite"
)

// hand is a clock that somebody moves: After fires at once and moves it there.
type hand struct{ at time.Time }

func (h *hand) Now() time.Time { return h.at }

func (h *hand) After(d time.Duration) <-chan time.Time {
	h.at = h.at.Add(d)
	c := make(chan time.Time, 1)
	c <- h.at
	return c
}

func TestABatchThatWasMissedIsMadeUpOnce(t *testing.T) {
	st, err := sqlite.Open(filepath.Join(t.TempDir(), "hub.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	if err := st.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	var crons []*schedule.Cron
	for _, spec := range []string{"0 6 * * *", "0 10 * * *"} {
		c, err := schedule.Parse(spec, time.UTC, nil)
		if err != nil {
			t.Fatal(err)
		}
		crons = append(crons, c)
	}
	day := func(d, hour, minute int) time.Time { return time.Date(2026, 5, d, hour, minute, 0, 0, time.UTC) }
	if out := st.Commit(t.Context(), core.Unit{Job: &core.JobState{Job: BatchJob, LastSlot: day(10, 10, 0)}})[0]; out.Kind != core.Applied {
		t.Fatal(out.Error())
	}
	clock := &hand{at: day(11, 10, 30)} // down since yesterday: 06:00 and 10:00 were missed
	ctx, cancel := context.WithCancel(t.Context())
	var at []time.Time
	b := &batches{name: BatchJob, clock: clock, store: st, holder: "hub", lease: time.Minute, crons: crons, log: zap.NewNop(), batch: func(context.Context) error {
		if at = append(at, clock.at); len(at) == 3 {
			cancel()
		}
		return nil
	}}
	if err := b.run(ctx); err != nil {
		t.Fatal(err)
	}
	want := []time.Time{day(11, 10, 30), day(12, 6, 0), day(12, 10, 0)}
	for i := range want {
		if len(at) != 3 || !at[i].Equal(want[i]) {
			t.Fatalf("batches at %v, want %v", at, want)
		}
	}
	state, err := st.JobState(t.Context(), BatchJob)
	if err != nil || !state.LastSlot.Equal(day(12, 6, 0)) {
		t.Errorf("remembered %v, %v", state.LastSlot, err)
	}
}

// terms are for how long leases were asked.
type terms struct {
	*sqlite.Store
	asked []time.Duration
}

func (s *terms) Acquire(ctx context.Context, name, holder string, ttl time.Duration) (core.Lease, bool, error) {
	s.asked = append(s.asked, ttl)
	return s.Store.Acquire(ctx, name, holder, ttl)
}

// A slot that a hub died over is another's as soon as the settings say, not later.
func TestASlotIsHeldForAsLongAsTheSettingsSay(t *testing.T) {
	st, err := sqlite.Open(filepath.Join(t.TempDir(), "hub.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	if err := st.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	kept, ran := &terms{Store: st}, false
	b := &batches{name: BatchJob, clock: &hand{at: time.Now()}, store: kept, holder: "hub", lease: 7 * time.Second, log: zap.NewNop(), batch: func(context.Context) error {
		ran = true
		return nil
	}}
	if settled, err := b.slot(t.Context(), time.Now()); !settled || err != nil || !ran || len(kept.asked) != 1 || kept.asked[0] != b.lease {
		t.Errorf("settled %v %v, ran %v, leases of %v", settled, err, ran, kept.asked)
	}
}

// A store that is away for a moment costs nobody the morning's batch.
func TestABatchIsRunWhenTheStoreIsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, err := schedule.Parse("0 6 * * *", time.UTC, nil)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		fails, ran := 3, 0
		b := &batches{name: BatchJob, clock: &hand{at: time.Date(2026, 5, 11, 5, 0, 0, 0, time.UTC)}, store: memstore.New(memstore.Options{}), holder: "hub", lease: time.Minute, crons: []*schedule.Cron{c}, log: zap.NewNop(), batch: func(context.Context) error {
			if fails--; fails >= 0 {
				return core.Fail(core.Unavailable, "store", "", "the store is away", "数据库无应答")
			}
			ran++
			cancel()
			return nil
		}}
		if err := b.run(ctx); err != nil {
			t.Fatal(err)
		}
		if at := b.clock.Now(); ran != 1 || at.Day() != 11 {
			t.Errorf("it ran %d times, at %v", ran, at)
		}
	})
}
