// Package archive keeps the order store's daily tables small: now and then it moves
// orders that ended long ago into the history tables, in small batches, at a bounded
// share of the time, under a lease, so that of many hubs one does it. What an archived
// order still answers is the store's promise; see core.ArchiveStore.
package archive

import (
	"context"
	"fmt"
	"time"

	"go.uber.org/zap"

	"tundish/core"
)

// job is the name of the lease, and under which the store remembers the last run.
const job = "archive"

// Store is what the archiver needs of the order store.
type Store interface {
	core.ArchiveStore
	core.LeaseStore
	core.Committer
	core.JobStore
}

// Options of an archiver.
type Options struct {
	Clock core.Clock  // the hub's: what is old and when to run is measured by it
	Log   *zap.Logger // nil: none
	// Holder names this process in the lease; Lease is for how long it holds.
	Holder string
	Lease  time.Duration
	// After is how long an order must have ended and rested; 0: nothing is archived.
	After time.Duration
	// Every is how often it is looked whether there is something to do.
	Every time.Duration
	// Share of the time that batches may take, in percent, 1 … 100: after a batch it rests.
	Share int
	// Batch is how many orders one transaction moves, 1 … 1000.
	Batch int
	// Messages: logged messages of the orders move with them.
	Messages bool
}

// Archiver moves orders into the history.
type Archiver struct {
	store Store
	o     Options
}

// New checks the options.
func New(store Store, o Options) (*Archiver, error) {
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	if o.Clock == nil || o.Holder == "" || o.Lease <= 0 || o.After < 0 || o.Every <= 0 || o.Share < 1 || o.Share > 100 || o.Batch < 1 || o.Batch > 1000 {
		return nil, fmt.Errorf("archive: bad options: holder %q, lease %s, after %s, every %s, share %d %%, batch %d", o.Holder, o.Lease, o.After, o.Every, o.Share, o.Batch)
	}
	return &Archiver{store: store, o: o}, nil
}

// Cutoff is the instant before which an order must have rested to be archived now; the
// zero time when nothing is archived.
func (a *Archiver) Cutoff() time.Time {
	if a.o.After == 0 {
		return time.Time{}
	}
	return a.o.Clock.Now().Add(-a.o.After)
}

// Run archives whenever it is time, until ctx ends. What goes wrong is logged and tried
// again the next time.
func (a *Archiver) Run(ctx context.Context) error {
	if a.o.After == 0 {
		<-ctx.Done()
		return nil
	}
	wait := time.Duration(0)
	if state, err := a.store.JobState(ctx, job); err == nil && !state.LastSlot.IsZero() {
		wait = min(max(0, state.LastSlot.Add(a.o.Every).Sub(a.o.Clock.Now())), a.o.Every)
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-a.o.Clock.After(wait):
		}
		wait = a.o.Every
		switch moved, err := a.Once(ctx, nil); {
		case ctx.Err() != nil:
		case core.IsKind(err, core.Conflict):
			a.o.Log.Debug("another hub archives")
		case err != nil:
			a.o.Log.Error("archive orders that ended", zap.Error(err))
		case moved.Orders > 0:
			a.o.Log.Info("orders were archived", zap.Int("orders", moved.Orders), zap.Int("held", moved.Held), zap.Int("events", moved.Events),
				zap.Int("outbox", moved.Outbox), zap.Int("messages", moved.Messages))
		}
	}
}

// Once archives everything that is old enough now and tells what it moved, also when it
// fails half-way: each batch stands by itself. progress, if not nil, hears of the sum
// after each batch. Conflict when somebody else is at it.
func (a *Archiver) Once(ctx context.Context, progress func(core.Archived)) (sum core.Archived, err error) {
	before := a.Cutoff()
	if before.IsZero() {
		return sum, core.Fail(core.Invalid, "archive_off", "archive.after", "nothing is archived: archive.after is 0", "archive.after 为 0，不归档")
	}
	lease, ok, err := a.store.Acquire(ctx, job, a.o.Holder, a.o.Lease)
	if err != nil {
		return sum, err
	}
	if !ok {
		return sum, core.Fail(core.Conflict, "archive_busy", "", "another hub or command is archiving", "另一枢纽或命令正在归档")
	}
	defer func() { _ = a.store.Release(context.WithoutCancel(ctx), lease) }() // else it runs out
	renewed := time.Now()
	for !sum.Done {
		began := time.Now()
		if began.Sub(renewed) > a.o.Lease/3 {
			if err := a.store.Renew(ctx, lease, a.o.Lease); err != nil {
				return sum, err
			}
			renewed = began
		}
		moved, err := a.store.Archive(ctx, core.ArchiveBatch{Before: before, After: sum.Next, Orders: a.o.Batch, Messages: a.o.Messages, Fence: lease.Fence()})
		if err != nil {
			return sum, err
		}
		sum.Add(moved)
		if progress != nil {
			progress(sum)
		}
		if !sum.Done {
			if err := a.rest(ctx, time.Since(began)); err != nil {
				return sum, err
			}
		}
	}
	out := a.store.Commit(ctx, core.Unit{Job: &core.JobState{Job: job, LastSlot: a.o.Clock.Now().UTC()}, Fence: lease.Fence()})[0]
	return sum, out.Error()
}

// rest leaves the store to others for so long that batches take their share of the time
// and no more. It runs on the machine's clock, as it protects the machine; the longer a
// batch had to wait for others, the longer it leaves them alone.
func (a *Archiver) rest(ctx context.Context, took time.Duration) error {
	pause := min(took*time.Duration(100-a.o.Share)/time.Duration(a.o.Share), a.o.Lease/3)
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return core.Because(core.Unavailable, "gave_up", ctx.Err())
	case <-timer.C:
		return nil
	}
}

// Last tells when everything was archived the last time; zero if never.
func (a *Archiver) Last(ctx context.Context) (time.Time, error) {
	state, err := a.store.JobState(ctx, job)
	return state.LastSlot, err
}
