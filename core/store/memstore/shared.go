package memstore

import (
	"context"
	"time"

	"tundish/core"
)

// UseNonce marks a nonce used; see core.NonceStore.
func (s *Store) UseNonce(ctx context.Context, digest [32]byte, ttl time.Duration) (fresh bool, err error) {
	err = s.do(ctx, func(tx *undo) error {
		now := time.Now()
		if fresh = !s.nonces[digest].After(now); fresh {
			put(tx, s.nonces, digest, now.Add(ttl))
		}
		return nil
	})
	return fresh && err == nil, err
}

// TargetHeld tells whether a target is held; see core.TargetStore.
func (s *Store) TargetHeld(ctx context.Context, target core.SystemID) (held bool, in time.Duration, err error) {
	err = s.read(ctx, func() {
		var until time.Time
		if until, held = s.held[target]; held {
			in = max(0, time.Until(until))
		}
	})
	return held, in, err
}

// HoldTarget holds a target that does not answer; see core.TargetStore.
func (s *Store) HoldTarget(ctx context.Context, target core.SystemID, d time.Duration) (first bool, err error) {
	err = s.do(ctx, func(tx *undo) error {
		_, held := s.held[target]
		put(tx, s.held, target, time.Now().Add(d))
		first = !held
		return nil
	})
	return first && err == nil, err
}

// ProbeTarget asks for the right to one attempt; see core.TargetStore.
func (s *Store) ProbeTarget(ctx context.Context, target core.SystemID, d time.Duration) (mine bool, err error) {
	err = s.do(ctx, func(tx *undo) error {
		if until, held := s.held[target]; held && !until.After(time.Now()) {
			put(tx, s.held, target, time.Now().Add(d))
			mine = true
		}
		return nil
	})
	return mine && err == nil, err
}

// FreeTarget ends a hold; see core.TargetStore.
func (s *Store) FreeTarget(ctx context.Context, target core.SystemID) (ended bool, err error) {
	err = s.do(ctx, func(tx *undo) error {
		var until time.Time
		if until, ended = s.held[target]; ended {
			delete(s.held, target)
			tx.add(func() { s.held[target] = until })
		}
		return nil
	})
	return ended && err == nil, err
}
