// Package watch looks at the clock for orders: when a time limit runs out or is over, or a crew has not seen
// its work, it takes the decision that tells people. What is due stands in the order store, so a hub that
// was down says it when it is back, and of several hubs the one whose decision commits first says it.
package watch

import (
	"context"
	"errors"
	"maps"
	"time"

	"go.uber.org/zap"

	"tundish/core"
	"tundish/core/life"
)

// Store is what watching needs of the order store.
type Store interface {
	core.Committer
	Order(ctx context.Context, no core.OrderNo) (core.WorkOrder, error)
	Alarms(ctx context.Context, limit int) ([]core.Alarm, error)
}

// Options of a Watcher.
type Options struct {
	Clock core.Clock // the hub's: limits run on it
	Log   *zap.Logger
	Rules func() *life.Rules
	// Poll is how often it is looked for alarms that another hub set, real time; 0 means 2 s.
	Poll time.Duration
}

// Watcher rings for orders.
type Watcher struct {
	store Store
	o     Options
	// broken orders could not be decided on, a guard of their process failed, say: they are left alone
	// until the instant given, so that they hold up nobody.
	broken map[core.OrderNo]time.Time
}

const (
	atOnce      = 200             // alarms looked at together
	brokenUntil = 5 * time.Minute // on the hub's clock
)

// New makes a Watcher.
func New(store Store, o Options) (*Watcher, error) {
	if store == nil || o.Clock == nil || o.Log == nil || o.Rules == nil {
		return nil, errors.New("watch: store, clock, log and rules are required")
	}
	if o.Poll <= 0 {
		o.Poll = 2 * time.Second
	}
	return &Watcher{store: store, o: o, broken: map[core.OrderNo]time.Time{}}, nil
}

// Run rings until ctx ends.
func (w *Watcher) Run(ctx context.Context) error {
	poll := time.NewTimer(0)
	defer poll.Stop()
	var next <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-poll.C:
		case <-next:
		}
		wait, err := w.Sweep(ctx)
		if err != nil && ctx.Err() == nil {
			w.o.Log.Warn("time limits cannot be watched now", zap.Error(err))
		}
		next = nil
		if wait > 0 && err == nil {
			next = w.o.Clock.After(wait)
		}
		poll.Reset(w.o.Poll)
	}
}

// Sweep says everything that is due and tells in how long, on the hub's clock, the next is; 0: nothing is
// known to be due.
func (w *Watcher) Sweep(ctx context.Context) (time.Duration, error) {
	now := w.o.Clock.Now()
	maps.DeleteFunc(w.broken, func(_ core.OrderNo, until time.Time) bool { return !now.Before(until) }) // those that somebody mended never ring again
	for {
		alarms, err := w.store.Alarms(ctx, atOnce+len(w.broken))
		if err != nil {
			return 0, err
		}
		rang := false
		for _, a := range alarms {
			now := w.o.Clock.Now()
			if until, ok := w.broken[a.Order]; ok && now.Before(until) {
				continue
			}
			if a.At.After(now) {
				if rang { // one that rang may ring again before this one
					break
				}
				return a.At.Sub(now), nil
			}
			if err := w.ring(ctx, a.Order); err != nil {
				return 0, err
			}
			rang = true
		}
		if !rang {
			return 0, nil
		}
	}
}

// ring decides about one order. An error is one of the store's: the others would meet it too.
func (w *Watcher) ring(ctx context.Context, no core.OrderNo) error {
	rules := w.o.Rules()
	_, err := core.Decide(ctx, w.store, no, func(o core.WorkOrder) (core.Unit, error) {
		return rules.Ring(o, life.By{Actor: life.Hub("auto")}.Step(w.o.Clock.Now()))
	})
	switch {
	case err == nil, core.CodeOf(err) == "nothing_due":
		return nil
	case core.KindOf(err) == core.Unavailable, core.KindOf(err) == core.OutcomeUnknown, ctx.Err() != nil:
		return err
	}
	w.broken[no] = w.o.Clock.Now().Add(brokenUntil)
	w.o.Log.Error("an order's time limits cannot be told of", zap.String("order", string(no)), zap.Error(err))
	return nil
}
