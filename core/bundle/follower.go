package bundle

import (
	"context"
	"errors"
	"time"

	"go.uber.org/zap"

	"tundish/core"
)

// Reader is what a follower needs of the store.
type Reader interface {
	BundlePointers(ctx context.Context) ([]core.BundlePointer, error)
	Bundle(ctx context.Context, s core.Scope, id string) (core.Bundle, error)
}

// FollowerOptions of a follower; all but Log must be given.
type FollowerOptions struct {
	Clock core.Clock
	Log   *zap.Logger // nil: none
	// Every is how often the pointers are looked at.
	Every time.Duration
	// Apply makes a version live in this process. An error means that it changed nothing:
	// what was live stays so, until the pointer moves again.
	Apply func(core.Bundle) error
}

// Follower hears of every pointer that moved, its own hub's moves included, and applies
// what it leads to. Of moves between two looks it applies the last.
type Follower struct {
	store Reader
	o     FollowerOptions
	seen  map[core.Scope]core.BundlePointer // with what was tried, applied or not
	away  bool                              // the store did not answer; it was logged
}

// NewFollower checks the options.
func NewFollower(store Reader, o FollowerOptions) (*Follower, error) {
	if o.Clock == nil || o.Every <= 0 || o.Apply == nil {
		return nil, errors.New("bundle: a follower needs a clock, an interval and something to apply")
	}
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	return &Follower{store: store, o: o, seen: map[core.Scope]core.BundlePointer{}}, nil
}

// Served tells that a version is live in this process without having been applied. It is
// for before Run.
func (f *Follower) Served(b core.Bundle) {
	f.seen[b.Scope] = core.BundlePointer{Scope: b.Scope, Bundle: b.ID}
}

// Run follows until ctx ends.
func (f *Follower) Run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-f.o.Clock.After(f.o.Every):
		}
		switch err := f.Once(ctx); {
		case ctx.Err() != nil:
		case err == nil:
			f.away = false
		case !f.away:
			f.away = true
			f.o.Log.Warn("what is live cannot be looked up; what was live stays so", zap.Error(err))
		}
	}
}

// Once looks at all pointers and applies what moved: before a hub serves, and in Run. The
// error is the store's; what cannot be applied is logged. Not for two goroutines at once.
func (f *Follower) Once(ctx context.Context) error {
	pointers, err := f.store.BundlePointers(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, p := range pointers {
		had := f.seen[p.Scope]
		if p.Revision == had.Revision {
			continue
		}
		if p.Bundle != had.Bundle { // it may have gone and come back between two looks
			b, err := f.store.Bundle(ctx, p.Scope, p.Bundle)
			if err != nil {
				errs = append(errs, err) // not seen yet: the next look reads it again
				continue
			}
			f.apply(p, b)
		}
		f.seen[p.Scope] = p
	}
	return errors.Join(errs...)
}

func (f *Follower) apply(p core.BundlePointer, b core.Bundle) {
	fields := []zap.Field{zap.String("scope", string(p.Scope)), zap.String("bundle", p.Bundle), zap.Int64("revision", p.Revision)}
	if err := f.o.Apply(b); err != nil {
		f.o.Log.Error("a published version cannot be used; what was live stays so until the next one", append(fields, zap.Error(err))...)
		return
	}
	f.o.Log.Info("a published version is live", fields...)
}
