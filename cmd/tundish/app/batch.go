package app

import (
	"context"
	"time"

	"go.uber.org/zap"

	"tundish/adapters/schedule"
	"tundish/core"
)

// batchJob is the name under which the store remembers the last batch.
const batchJob = "dispatch/batch"

// batches runs the batch whenever one of the schedules has a slot. The store remembers
// the last one: of slots that passed while no hub ran, the last is made up at once.
type batches struct {
	clock core.Clock
	store interface {
		core.Committer
		core.JobStore
	}
	crons []*schedule.Cron
	batch func(ctx context.Context) error
	log   *zap.Logger
}

func (b *batches) run(ctx context.Context) error {
	last := b.clock.Now()
	state, err := b.store.JobState(ctx, batchJob)
	switch {
	case err != nil:
		b.log.Error("read when the last batch was; slots that were missed are not made up", zap.Error(err))
	case !state.LastSlot.IsZero():
		last = state.LastSlot
	}
	for ctx.Err() == nil {
		slot := b.next(last)
		for later := b.next(slot); !later.IsZero() && !later.After(b.clock.Now()); later = b.next(slot) {
			slot = later
		}
		if slot.IsZero() {
			return nil
		}
		for now := b.clock.Now(); now.Before(slot); now = b.clock.Now() {
			select {
			case <-ctx.Done():
				return nil
			case <-b.clock.After(slot.Sub(now)):
			}
		}
		last = slot
		if err := b.batch(ctx); err != nil && ctx.Err() == nil {
			if core.IsKind(err, core.Conflict) {
				b.log.Info("another hub plans this batch")
				continue
			}
			b.log.Error("batch dispatch", zap.Error(err))
			continue
		}
		if out := b.store.Commit(ctx, core.Unit{Job: &core.JobState{Job: batchJob, LastSlot: slot.UTC()}})[0]; out.Kind != core.Applied && ctx.Err() == nil {
			b.log.Error("remember the batch", zap.Error(out.Error()))
		}
	}
	return nil
}

// next is the first slot of any schedule after t; zero when there is none.
func (b *batches) next(t time.Time) time.Time {
	var next time.Time
	if t.IsZero() {
		return next
	}
	for _, c := range b.crons {
		if s := c.Next(t); !s.IsZero() && (next.IsZero() || s.Before(next)) {
			next = s
		}
	}
	return next
}
