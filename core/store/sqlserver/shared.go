package sqlserver

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"tundish/core"
	"tundish/core/store/internal/record"
)

// touched ends statements whose last one says by its row count what happened.
const touched = "; SELECT @@ROWCOUNT"

const useNonce = `DECLARE @n INT;
	UPDATE nonces SET used_until = DATEADD(millisecond, @ttl, ` + now + `) WHERE digest = @digest AND used_until <= ` + now + `;
	SET @n = @@ROWCOUNT;
	IF @n = 0
	BEGIN
		INSERT INTO nonces (digest, used_until) SELECT @digest, DATEADD(millisecond, @ttl, ` + now + `) WHERE NOT EXISTS (SELECT 1 FROM nonces WHERE digest = @digest);
		SET @n = @@ROWCOUNT;
	END;
	SELECT @n`

// UseNonce marks a nonce used; see core.NonceStore. Of two hubs that insert the same
// one the loser is run again, and finds it. An answer that was lost is an error: run
// again, the statement would find what it did itself.
func (s *Store) UseNonce(ctx context.Context, digest [32]byte, ttl time.Duration) (fresh bool, err error) {
	if s.nonces.Due() {
		if _, err := s.touch(ctx, "sweep nonces", "DELETE TOP (@rows) FROM nonces WHERE used_until <= "+now+touched, "@rows bigint", sql.Named("rows", int64(record.SweepRows))); err != nil {
			return false, err
		}
	}
	err = s.retry(ctx, "use a nonce", func(ctx context.Context) error {
		n, err := s.rowCount(ctx, useNonce, "@digest binary(32), @ttl int", sql.Named("digest", digest[:]), sql.Named("ttl", delay(ttl)))
		if fresh = n > 0; lost(err) {
			return core.Because(core.Unavailable, "store_away", errors.New(err.Error()))
		}
		return err
	})
	return fresh && err == nil, err
}

// TargetHeld tells whether a target is held; see core.TargetStore.
func (s *Store) TargetHeld(ctx context.Context, target core.SystemID) (bool, time.Duration, error) {
	var in int64
	err := s.row(ctx, "look whether "+string(target)+" is held", `SELECT CASE WHEN held_until > DATEADD(day, 20, `+now+`) THEN 1728000000
		ELSE DATEDIFF(millisecond, `+now+`, held_until) END FROM held_targets WHERE target = @target`, "@target nvarchar(40)", []any{sql.Named("target", string(target))}, &in)
	if err == sql.ErrNoRows {
		return false, 0, nil
	}
	return err == nil, max(0, time.Duration(in)*time.Millisecond), err
}

// HoldTarget holds a target that does not answer; see core.TargetStore.
func (s *Store) HoldTarget(ctx context.Context, target core.SystemID, d time.Duration) (bool, error) {
	n, err := s.touch(ctx, "hold "+string(target), `DECLARE @n INT;
		UPDATE held_targets SET held_until = DATEADD(millisecond, @d, `+now+`) WHERE target = @target;
		SET @n = @@ROWCOUNT;
		IF @n = 0 INSERT INTO held_targets (target, held_until) VALUES (@target, DATEADD(millisecond, @d, `+now+`));
		SELECT 1 - @n`, "@target nvarchar(40), @d int", sql.Named("target", string(target)), sql.Named("d", delay(d)))
	return n > 0, err
}

// ProbeTarget asks for the right to one attempt; see core.TargetStore.
func (s *Store) ProbeTarget(ctx context.Context, target core.SystemID, d time.Duration) (bool, error) {
	n, err := s.touch(ctx, "probe "+string(target), "UPDATE held_targets SET held_until = DATEADD(millisecond, @d, "+now+") WHERE target = @target AND held_until <= "+now+touched,
		"@target nvarchar(40), @d int", sql.Named("target", string(target)), sql.Named("d", delay(d)))
	return n > 0, err
}

// FreeTarget ends a hold; see core.TargetStore.
func (s *Store) FreeTarget(ctx context.Context, target core.SystemID) (bool, error) {
	n, err := s.touch(ctx, "free "+string(target), "DELETE FROM held_targets WHERE target = @target"+touched, "@target nvarchar(40)", sql.Named("target", string(target)))
	return n > 0, err
}

// touch runs statements outside any transaction that end in touched, again if they
// lost a race, and returns the count.
func (s *Store) touch(ctx context.Context, doing, text, decl string, args ...any) (n int64, err error) {
	err = s.retry(ctx, doing, func(ctx context.Context) error {
		n, err = s.rowCount(ctx, text, decl, args...)
		return err
	})
	return n, err
}

func (s *Store) rowCount(ctx context.Context, text, decl string, args ...any) (n int64, err error) {
	rows, err := s.call(ctx, text, decl, args...)
	if err != nil {
		return 0, err
	}
	err = each(rows, func(r *sql.Rows) error { return r.Scan(&n) })
	return n, err
}
