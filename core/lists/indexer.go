package lists

import (
	"context"
	"fmt"
	"time"

	"go.uber.org/zap"

	"tundish/core"
)

// lease is the name of the lease under which one hub of many indexes.
const lease = "search"

// Store is what the indexer needs of the order store.
type Store interface {
	core.ListStore
	core.LeaseStore
}

// Options of an indexer. Its times run on the machine's clock.
type Options struct {
	Log *zap.Logger // nil: none
	// Holder names this process in the lease; Lease is for how long it holds.
	Holder string
	Lease  time.Duration
	// Every is how often it is looked whether orders have changed; 0 means half a second.
	Every time.Duration
	// Batch is how many orders one transaction takes, 1 … 1000; 0 means 64.
	Batch int
}

// Indexer makes orders that changed findable.
type Indexer struct {
	store Store
	o     Options
}

// NewIndexer checks the options.
func NewIndexer(store Store, o Options) (*Indexer, error) {
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	if o.Every == 0 {
		o.Every = 500 * time.Millisecond
	}
	if o.Batch == 0 {
		o.Batch = 64
	}
	if store == nil || o.Holder == "" || o.Lease <= 0 || o.Every < 0 || o.Batch < 1 || o.Batch > 1000 {
		return nil, fmt.Errorf("lists: bad options: holder %q, lease %s, every %s, batch %d", o.Holder, o.Lease, o.Every, o.Batch)
	}
	return &Indexer{store: store, o: o}, nil
}

// Run indexes until ctx ends. Of many hubs one does it, under a lease; what goes wrong is logged and
// tried again.
func (x *Indexer) Run(ctx context.Context) error {
	for {
		switch err := x.hold(ctx); {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			x.o.Log.Error("index orders for search", zap.Error(err))
		}
		if !pause(ctx, x.o.Lease/3) { // another hub has the lease, or the store does not answer
			return nil
		}
	}
}

// hold indexes for as long as the lease is ours.
func (x *Indexer) hold(ctx context.Context) error {
	l, ok, err := x.store.Acquire(ctx, lease, x.o.Holder, x.o.Lease)
	if err != nil || !ok {
		return err
	}
	held, release := core.KeepLease(ctx, x.store, l, x.o.Lease)
	defer release()
	for {
		rest := x.o.Every
		began := time.Now()
		done, err := x.store.IndexOrders(held, core.IndexBatch{Orders: x.o.Batch, Fence: l.Fence()})
		switch {
		case held.Err() != nil, core.IsKind(err, core.Conflict):
			return nil
		case err != nil:
			return err
		case !done.Done: // much waits: half of the time is left to others
			rest = time.Since(began)
		}
		if !pause(held, rest) {
			return nil
		}
	}
}

// pause waits; not ok when ctx ended meanwhile.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
