package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"time"

	"tundish/core"
	"tundish/core/store/internal/record"
)

// UseNonce marks a nonce used; see core.NonceStore.
func (s *Store) UseNonce(ctx context.Context, digest [32]byte, ttl time.Duration) (bool, error) {
	sweep := s.nonces.Due()
	n, err := s.touch(ctx, "use a nonce", func(c *conn) error {
		if !sweep {
			return nil
		}
		_, err := c.exec("DELETE FROM nonces WHERE digest IN (SELECT digest FROM nonces WHERE used_until <= "+now+" LIMIT ?)", values(int64(record.SweepRows)))
		return err
	}, `INSERT INTO nonces (digest, used_until) VALUES (?, `+now+` + ?)
		ON CONFLICT (digest) DO UPDATE SET used_until = excluded.used_until WHERE used_until <= `+now, digest[:], ttl.Milliseconds())
	return n > 0, err
}

// TargetHeld tells whether a target is held; see core.TargetStore.
func (s *Store) TargetHeld(ctx context.Context, target core.SystemID) (bool, time.Duration, error) {
	var in int64
	err := s.row(ctx, "look whether "+string(target)+" is held", "SELECT held_until - "+now+" FROM held_targets WHERE target = ?", []any{string(target)}, &in)
	if err == sql.ErrNoRows {
		return false, 0, nil
	}
	return err == nil, max(0, time.Duration(in)*time.Millisecond), err
}

// HoldTarget holds a target that does not answer; see core.TargetStore.
func (s *Store) HoldTarget(ctx context.Context, target core.SystemID, d time.Duration) (bool, error) {
	held := &struct{ first bool }{}
	err := s.do(ctx, "hold "+string(target), func(c *conn) error {
		res, err := c.exec("UPDATE held_targets SET held_until = "+now+" + ?2 WHERE target = ?1", values(string(target), d.Milliseconds()))
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		if held.first = n == 0; err != nil || !held.first {
			return err
		}
		_, err = c.exec("INSERT INTO held_targets (target, held_until) VALUES (?, "+now+" + ?)", values(string(target), d.Milliseconds()))
		return err
	})
	return err == nil && held.first, err
}

// ProbeTarget asks for the right to one attempt; see core.TargetStore.
func (s *Store) ProbeTarget(ctx context.Context, target core.SystemID, d time.Duration) (bool, error) {
	n, err := s.touch(ctx, "probe "+string(target), nil,
		"UPDATE held_targets SET held_until = "+now+" + ?2 WHERE target = ?1 AND held_until <= "+now, string(target), d.Milliseconds())
	return n > 0, err
}

// FreeTarget ends a hold; see core.TargetStore.
func (s *Store) FreeTarget(ctx context.Context, target core.SystemID) (bool, error) {
	n, err := s.touch(ctx, "free "+string(target), nil, "DELETE FROM held_targets WHERE target = ?", string(target))
	return n > 0, err
}

// touch runs one statement behind first, which may be nil, and returns how many rows
// the statement touched.
func (s *Store) touch(ctx context.Context, doing string, first func(*conn) error, text string, args ...any) (int64, error) {
	list := make([]driver.Value, len(args))
	for i := range args {
		list[i] = args[i]
	}
	touched := &struct{ n int64 }{}
	err := s.do(ctx, doing, func(c *conn) error {
		if first != nil {
			if err := first(c); err != nil {
				return err
			}
		}
		res, err := c.exec(text, values(list...))
		if err != nil {
			return err
		}
		touched.n, err = res.RowsAffected()
		return err
	})
	if err != nil {
		return 0, err
	}
	return touched.n, nil
}
