package memstore

import (
	"context"
	"time"

	"tundish/core"
)

// lease as it is kept: an empty holder is a lease given back.
type lease struct {
	holder string
	token  int64
	until  time.Time
}

// Acquire takes a lease; see core.LeaseStore. The token rises whenever the lease changes
// hands or had run out.
func (s *Store) Acquire(ctx context.Context, name, holder string, ttl time.Duration) (l core.Lease, ok bool, err error) {
	if name == "" || holder == "" || ttl < time.Millisecond {
		return l, false, core.Invalidf("lease", "lease", "a lease needs a name, a holder and at least 1 ms; got %q, %q, %s", "租约需要名称、持有者与至少 1 毫秒；实际 %q、%q、%s", name, holder, ttl)
	}
	err = s.do(ctx, func(tx *undo) error {
		old, now := s.leases[name], time.Now()
		held := old.holder != "" && old.until.After(now)
		if held && old.holder != holder {
			return nil
		}
		next := lease{holder, old.token, now.Add(ttl)}
		if !held {
			next.token++
		}
		put(tx, s.leases, name, next)
		l, ok = core.Lease{Name: name, Holder: holder, Token: next.token}, true
		return nil
	})
	if err != nil {
		return core.Lease{}, false, err
	}
	return l, ok, nil
}

// Renew prolongs a lease that nobody else has taken since.
func (s *Store) Renew(ctx context.Context, l core.Lease, ttl time.Duration) error {
	return s.do(ctx, func(tx *undo) error {
		old := s.leases[l.Name]
		if old.holder != l.Holder || old.token != l.Token {
			return core.Fail(core.Conflict, "lease_lost", "", "the lease "+l.Name+" was lost", "租约已失去")
		}
		put(tx, s.leases, l.Name, lease{l.Holder, l.Token, time.Now().Add(ttl)})
		return nil
	})
}

// Release gives a lease back; one that was lost already is left alone.
func (s *Store) Release(ctx context.Context, l core.Lease) error {
	return s.do(ctx, func(tx *undo) error {
		if old := s.leases[l.Name]; old.holder == l.Holder && old.token == l.Token {
			put(tx, s.leases, l.Name, lease{token: l.Token})
		}
		return nil
	})
}

// ReserveNumbers takes n serials.
func (s *Store) ReserveNumbers(ctx context.Context, n int) (first int64, err error) {
	if n < 1 {
		return 0, core.Invalidf("reserve", "n", "at least one number is reserved; got %d", "至少预留一个号码；实际 %d", n)
	}
	err = s.do(ctx, func(tx *undo) error {
		first = s.serial + 1
		set(tx, &s.serial, s.serial+int64(n))
		return nil
	})
	return first, err
}
