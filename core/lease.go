package core

import (
	"context"
	"time"
)

// KeepLease renews a lease for ttl again and again, and gives it back when release is
// called. The context it returns ends with ctx, and when the lease was lost to somebody
// else: then what is under way must stop.
func KeepLease(ctx context.Context, st LeaseStore, l Lease, ttl time.Duration) (held context.Context, release func()) {
	held, lost := context.WithCancelCause(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		t := time.NewTicker(ttl / 3)
		defer t.Stop()
		for {
			select {
			case <-held.Done():
				return
			case <-t.C:
				if err := st.Renew(held, l, ttl); IsKind(err, Conflict) {
					lost(Because(Unavailable, "lease_lost", err))
					return
				}
			}
		}
	}()
	return held, func() {
		lost(context.Canceled)
		<-done
		_ = st.Release(context.WithoutCancel(ctx), l) // one that is not given back runs out
	}
}
