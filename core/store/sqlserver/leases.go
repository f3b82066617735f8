package sqlserver

import (
	"context"
	"database/sql"
	"time"

	"tundish/core"
)

// Acquire takes a lease; see core.LeaseStore. The token rises whenever the lease
// changes hands or had run out.
func (s *Store) Acquire(ctx context.Context, name, holder string, ttl time.Duration) (core.Lease, bool, error) {
	if name == "" || holder == "" || ttl < time.Millisecond {
		return core.Lease{}, false, core.Invalidf("lease", "lease", "a lease needs a name, a holder and at least 1 ms; got %q, %q, %s", "租约需要名称、持有者与至少 1 毫秒；实际 %q、%q、%s", name, holder, ttl)
	}
	var token sql.NullInt64
	// Updated first, then read back under the row's lock: OUTPUT would do on SQL Server,
	// but Babelfish fills it from the row as it was before the wait for that lock.
	err := s.transact(ctx, "acquire lease "+name, `INSERT INTO leases (name, holder, token, lease_until)
			SELECT @name, N'', 0, `+never+` WHERE NOT EXISTS (SELECT 1 FROM leases WHERE name = @name);
		UPDATE leases SET token = token + CASE WHEN holder = @holder AND lease_until > `+now+` THEN 0 ELSE 1 END,
			holder = @holder, lease_until = DATEADD(millisecond, @ttl, `+now+`)
		WHERE name = @name AND (holder = @holder OR holder = N'' OR lease_until <= `+now+`);
		SELECT CASE WHEN @@ROWCOUNT = 1 THEN token END FROM leases WHERE name = @name`, "@name nvarchar(60), @holder nvarchar(100), @ttl int",
		[]any{sql.Named("name", name), sql.Named("holder", holder), sql.Named("ttl", delay(ttl))}, &token)
	if err != nil || !token.Valid {
		return core.Lease{}, false, err
	}
	return core.Lease{Name: name, Holder: holder, Token: token.Int64}, true, nil
}

// Renew prolongs a lease that nobody else has taken since.
func (s *Store) Renew(ctx context.Context, l core.Lease, ttl time.Duration) error {
	n, err := s.change(ctx, "renew lease "+l.Name, "UPDATE leases SET lease_until = DATEADD(millisecond, @ttl, "+now+") WHERE name = @name AND holder = @holder AND token = @token", l, ttl)
	if err == nil && n == 0 {
		return core.Fail(core.Conflict, "lease_lost", "", "the lease "+l.Name+" was lost", "租约已失去")
	}
	return err
}

// Release gives a lease back; one that was lost already is left alone.
func (s *Store) Release(ctx context.Context, l core.Lease) error {
	_, err := s.change(ctx, "release lease "+l.Name, "UPDATE leases SET holder = N'', lease_until = "+never+" WHERE name = @name AND holder = @holder AND token = @token", l, 0)
	return err
}

// change runs an update of a held lease and returns how many rows it found.
func (s *Store) change(ctx context.Context, doing, text string, l core.Lease, ttl time.Duration) (int64, error) {
	return s.touch(ctx, doing, text+touched, "@name nvarchar(60), @holder nvarchar(100), @token bigint, @ttl int",
		sql.Named("name", l.Name), sql.Named("holder", l.Holder), sql.Named("token", l.Token), sql.Named("ttl", delay(ttl)))
}

// ReserveNumbers takes n serials; see core.NumberReserver.
func (s *Store) ReserveNumbers(ctx context.Context, n int) (int64, error) {
	if n < 1 {
		return 0, core.Invalidf("reserve", "n", "at least one number is reserved; got %d", "至少预留一个号码；实际 %d", n)
	}
	var last int64
	// If the answer is lost the numbers are, too: gaps are allowed.
	err := s.transact(ctx, "reserve order numbers", "UPDATE counters SET value = value + @n WHERE name = N'order'; SELECT value FROM counters WHERE name = N'order'",
		"@n bigint", []any{sql.Named("n", int64(n))}, &last)
	if err != nil {
		return 0, err
	}
	if last == 0 {
		return 0, core.Fail(core.Unavailable, "not_migrated", "", "the database has no number counter; run tundish migrate", "数据库缺少编号计数器，请运行 tundish migrate")
	}
	return last - int64(n) + 1, nil
}
