package sqlite

import (
	"context"
	"database/sql/driver"
	"time"

	"tundish/core"
)

// Acquire takes a lease; see core.LeaseStore. The token rises whenever the lease
// changes hands or had run out.
func (s *Store) Acquire(ctx context.Context, name, holder string, ttl time.Duration) (core.Lease, bool, error) {
	if name == "" || holder == "" || ttl < time.Millisecond {
		return core.Lease{}, false, core.Invalidf("lease", "lease", "a lease needs a name, a holder and at least 1 ms; got %q, %q, %s", "租约需要名称、持有者与至少 1 毫秒；实际 %q、%q、%s", name, holder, ttl)
	}
	got := &struct {
		lease core.Lease
		ok    bool
	}{}
	err := s.do(ctx, "acquire lease "+name, func(c *conn) error {
		got.ok = false
		return c.query(`INSERT INTO leases (name, holder, token, lease_until) VALUES (?1, ?2, 1, `+now+` + ?3)
			ON CONFLICT (name) DO UPDATE SET
				token = token + (CASE WHEN holder = excluded.holder AND lease_until > `+now+` THEN 0 ELSE 1 END),
				holder = excluded.holder, lease_until = excluded.lease_until
			WHERE holder = excluded.holder OR holder = '' OR lease_until <= `+now+`
			RETURNING token`, values(name, holder, ttl.Milliseconds()), func(row []driver.Value) error {
			got.lease, got.ok = core.Lease{Name: name, Holder: holder, Token: row[0].(int64)}, true
			return nil
		})
	})
	if err != nil {
		return core.Lease{}, false, err
	}
	return got.lease, got.ok, nil
}

// Renew prolongs a lease that nobody else has taken since.
func (s *Store) Renew(ctx context.Context, l core.Lease, ttl time.Duration) error {
	held := &struct{ ok bool }{}
	err := s.do(ctx, "renew lease "+l.Name, func(c *conn) error {
		res, err := c.exec("UPDATE leases SET lease_until = "+now+" + ? WHERE name = ? AND holder = ? AND token = ?",
			values(ttl.Milliseconds(), l.Name, l.Holder, l.Token))
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		held.ok = n > 0
		return err
	})
	if err == nil && !held.ok {
		return core.Fail(core.Conflict, "lease_lost", "", "the lease "+l.Name+" was lost", "租约已失去")
	}
	return err
}

// Release gives a lease back; one that was lost already is left alone.
func (s *Store) Release(ctx context.Context, l core.Lease) error {
	return s.do(ctx, "release lease "+l.Name, func(c *conn) error {
		_, err := c.exec("UPDATE leases SET holder = '', lease_until = 0 WHERE name = ? AND holder = ? AND token = ?",
			values(l.Name, l.Holder, l.Token))
		return err
	})
}

// ReserveNumbers takes n serials; see core.NumberReserver.
func (s *Store) ReserveNumbers(ctx context.Context, n int) (int64, error) {
	if n < 1 {
		return 0, core.Invalidf("reserve", "n", "at least one number is reserved; got %d", "至少预留一个号码；实际 %d", n)
	}
	last := &struct{ value int64 }{}
	err := s.do(ctx, "reserve order numbers", func(c *conn) error {
		return c.query("UPDATE counters SET value = value + ? WHERE name = 'order' RETURNING value", values(int64(n)), func(row []driver.Value) error {
			last.value = row[0].(int64)
			return nil
		})
	})
	if err != nil {
		return 0, err
	}
	return last.value - int64(n) + 1, nil
}
