package bundle

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
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
	// Apply makes versions of different scopes live in this process, all of them or none. An error means that
	// it changed nothing: what was live stays so. A version that was refused is tried again when another one has become live
	// beside it or the pointer moves, together with others that were refused, and at the next look when the error
	// was Unavailable.
	Apply func(...core.Bundle) error
}

// Follower hears of every pointer that moved, its own hub's moves included, and applies
// what it leads to. Of moves between two looks it applies the last.
type Follower struct {
	store   Reader
	o       FollowerOptions
	seen    map[core.Scope]*seen
	applied int    // how many versions were
	joined  string // the refused versions that were tried together last
	away    bool   // the store did not answer; it was logged
}

// seen is where a scope's pointer stood, and what came of the version there.
type seen struct {
	core.BundlePointer
	refused error // nil: it is live
	beside  int   // how many versions had been applied when it was refused
	said    string
}

// settled tells that trying again would bring nothing new.
func (s *seen) settled(applied int) bool {
	return s.refused == nil || s.beside == applied && !core.IsKind(s.refused, core.Unavailable)
}

// NewFollower checks the options.
func NewFollower(store Reader, o FollowerOptions) (*Follower, error) {
	if o.Clock == nil || o.Every <= 0 || o.Apply == nil {
		return nil, errors.New("bundle: a follower needs a clock, an interval and something to apply")
	}
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	return &Follower{store: store, o: o, seen: map[core.Scope]*seen{}}, nil
}

// Served tells that a version is live in this process without having been applied. It is
// for before Run.
func (f *Follower) Served(b core.Bundle) {
	f.seen[b.Scope] = &seen{BundlePointer: core.BundlePointer{Scope: b.Scope, Bundle: b.ID}}
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
	for {
		before := f.applied
		err := f.pass(ctx, pointers)
		if f.applied == before && err == nil {
			err = f.together(ctx)
		}
		if f.applied == before { // else what was refused may be good beside it
			f.report()
			return err
		}
	}
}

// pass tries once what moved, and what was refused and may be good by now.
func (f *Follower) pass(ctx context.Context, pointers []core.BundlePointer) error {
	var errs []error
	for _, p := range pointers {
		had := f.seen[p.Scope]
		if had == nil {
			had = &seen{}
		}
		if p.Revision == had.Revision && had.settled(f.applied) {
			continue
		}
		if p.Bundle == had.Bundle && had.refused == nil { // it has gone and come back between two looks
			had.BundlePointer = p
			continue
		}
		b, err := f.store.Bundle(ctx, p.Scope, p.Bundle)
		if err != nil {
			errs = append(errs, err) // not seen yet: the next look reads it again
			continue
		}
		now := &seen{BundlePointer: p}
		if p == had.BundlePointer {
			now.said = had.said
		}
		if now.refused = f.o.Apply(b); now.refused == nil {
			f.applied++
			f.o.Log.Info("a published version is live", fieldsOf(p)...)
		}
		now.beside = f.applied
		f.seen[p.Scope] = now
	}
	return errors.Join(errs...)
}

// together applies versions that are refused one by one and good beside each other.
func (f *Follower) together(ctx context.Context) error {
	var refused []*seen
	for _, s := range f.seen {
		if s.refused != nil && !core.IsKind(s.refused, core.Unavailable) {
			refused = append(refused, s)
		}
	}
	slices.SortFunc(refused, func(a, b *seen) int { return cmp.Compare(a.Scope, b.Scope) })
	joined := fmt.Sprint(f.applied)
	for _, s := range refused {
		joined += fmt.Sprint(" ", s.BundlePointer)
	}
	if joined == f.joined {
		return nil // these were
	}
	versions := make([]core.Bundle, len(refused))
	for i, s := range refused {
		var err error
		if versions[i], err = f.store.Bundle(ctx, s.Scope, s.Bundle); err != nil {
			return err // the next look reads it again
		}
	}
	f.joined = joined
	for group := range groups(versions) {
		if f.o.Apply(group...) != nil {
			continue
		}
		f.applied++
		for _, b := range group {
			f.seen[b.Scope].refused = nil
			f.o.Log.Info("a published version is live, together with others", fieldsOf(f.seen[b.Scope].BundlePointer)...)
		}
		return nil
	}
	return nil
}

// groups are the sets of versions that are worth trying together: all of them, and each two.
func groups(versions []core.Bundle) iter.Seq[[]core.Bundle] {
	return func(yield func([]core.Bundle) bool) {
		if len(versions) < 2 || !yield(versions) || len(versions) == 2 {
			return
		}
		for i := range versions {
			for j := i + 1; j < len(versions); j++ {
				if !yield([]core.Bundle{versions[i], versions[j]}) {
					return
				}
			}
		}
	}
}

// report logs each refusal once.
func (f *Follower) report() {
	for _, s := range f.seen {
		if s.refused == nil || s.said == s.refused.Error() {
			continue
		}
		s.said = s.refused.Error()
		f.o.Log.Error("a published version cannot be used for now; what was live stays so", append(fieldsOf(s.BundlePointer), zap.Error(s.refused))...)
	}
}

func fieldsOf(p core.BundlePointer) []zap.Field {
	return []zap.Field{zap.String("scope", string(p.Scope)), zap.String("bundle", p.Bundle), zap.Int64("revision", p.Revision)}
}
