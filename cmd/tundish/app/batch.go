package app

import (
	"context"
	"time"

	"go.uber.org/zap"

	"tundish/adapters/schedule"
	"tundish/core"
)

// Names of jobs under which the store remembers the slot of the last batch, and of the last plan over days.
const (
	BatchJob   = "dispatch/batch"
	horizonJob = "dispatch/horizon"
)

// busyWait is how often a slot that another hub has is looked at again.
const busyWait = time.Second

// batches runs a job of the dispatch, the batch or the plan over days, whenever one of the schedules has a slot. The store remembers
// the last one: of slots that passed while no hub ran, the last is made up at once, and
// of several hubs, whatever their clocks show, one runs a slot.
type batches struct {
	name  string
	clock core.Clock
	store interface {
		core.Committer
		core.JobStore
		core.LeaseStore
	}
	holder string
	lease  time.Duration // how long a slot stays with a hub that died over it; one that lives renews it
	crons  []*schedule.Cron
	batch  func(ctx context.Context) error
	log    *zap.Logger
}

func (b *batches) run(ctx context.Context) error {
	last := b.clock.Now()
	state, err := b.store.JobState(ctx, b.name)
	switch {
	case err != nil:
		b.log.Error("read when "+b.name+" ran last; slots that were missed are not made up", zap.Error(err))
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
		b.settle(ctx, slot)
	}
	return nil
}

// settle sees to it that a slot is run, by this hub or another: while another one has
// it, it waits to see whether that hub finishes or dies; while the store is away, it waits
// for that, until the next slot has come.
func (b *batches) settle(ctx context.Context, slot time.Time) {
	said := false
	for ctx.Err() == nil {
		settled, err := b.slot(ctx, slot)
		if err != nil && ctx.Err() == nil && !said {
			said = true
			b.log.Error("run "+b.name, zap.Error(err))
		}
		next := b.next(slot)
		again := core.IsKind(err, core.Unavailable) && (next.IsZero() || b.clock.Now().Before(next))
		if settled || err != nil && !again {
			return
		}
		select {
		case <-ctx.Done():
		case <-time.After(busyWait):
		}
	}
}

// slot runs the batch of a slot unless it was run; settled is false while another hub,
// or a person, has one under way.
func (b *batches) slot(ctx context.Context, slot time.Time) (settled bool, err error) {
	lease, ok, err := b.store.Acquire(ctx, "job/"+b.name, b.holder, b.lease)
	if err != nil || !ok {
		return false, err
	}
	ctx, release := core.KeepLease(ctx, b.store, lease, b.lease)
	defer release()
	state, err := b.store.JobState(ctx, b.name)
	if err != nil || !slot.After(state.LastSlot) {
		return err == nil, err
	}
	if err := b.batch(ctx); err != nil {
		if core.IsKind(err, core.Conflict) {
			return false, nil
		}
		return false, err
	}
	out := b.store.Commit(ctx, core.Unit{Fence: lease.Fence(), Job: &core.JobState{Job: b.name, LastSlot: slot.UTC()}})[0]
	return true, out.Error()
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
