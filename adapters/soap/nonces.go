package soap

import (
	"context"
	"crypto/sha256"
	"errors"
	"sync"
	"time"

	"tundish/core"
)

// NonceStore remembers the nonces of digests, so that none is good twice.
type NonceStore interface {
	// Use reports whether the nonce of the user was not used before, and marks it used
	// for d. An error means that it cannot be known now: the message is refused as
	// if the service were unavailable.
	Use(ctx context.Context, system core.SystemID, user, nonce string, d time.Duration) (fresh bool, err error)
}

// nonceDigest is what is remembered of a nonce: they come in any length.
func nonceDigest(system core.SystemID, user, nonce string) [sha256.Size]byte {
	return sha256.Sum256([]byte(string(system) + "\x00" + user + "\x00" + nonce))
}

// NewSharedNonces makes a NonceStore for hubs that share st: a message that one of them
// took is a replay at every other, and after a restart. What this process has seen
// itself is refused without asking st. limit and clock are those of [NewNonces].
func NewSharedNonces(st core.NonceStore, limit int, clock core.Clock) NonceStore {
	return &sharedNonces{own: newNonces(limit, clock), all: st}
}

// clocksApart is how far the clocks of two hubs may differ. A hub whose clock is behind
// still takes a digest that has run out by the clock of the hub that took it first.
const clocksApart = 10 * time.Minute

type sharedNonces struct {
	own *nonces
	all core.NonceStore
}

// Use asks all hubs' memory, unless this process knows already. A store that does not
// answer uses nothing up.
func (n *sharedNonces) Use(ctx context.Context, system core.SystemID, user, nonce string, d time.Duration) (bool, error) {
	key := nonceDigest(system, user, nonce)
	if n.own.seen(key) {
		return false, nil
	}
	fresh, err := n.all.UseNonce(ctx, key, d+clocksApart)
	if err == nil {
		_, _ = n.own.use(key, d) // when it is full, the store remembers
	}
	return fresh, err
}

// NewNonces makes a NonceStore in memory that holds at most limit nonces; 0 means a
// million. When it is full of nonces still in force, it says so with an error.
func NewNonces(limit int, clock core.Clock) NonceStore { return newNonces(limit, clock) }

func newNonces(limit int, clock core.Clock) *nonces {
	if limit <= 0 {
		limit = 1 << 20
	}
	return &nonces{limit: limit, clock: clock, until: make(map[[sha256.Size]byte]time.Time)}
}

type nonces struct {
	mu    sync.Mutex
	limit int
	clock core.Clock
	until map[[sha256.Size]byte]time.Time
	swept time.Time
}

// Use implements NonceStore.
func (n *nonces) Use(_ context.Context, system core.SystemID, user, nonce string, d time.Duration) (bool, error) {
	return n.use(nonceDigest(system, user, nonce), d)
}

func (n *nonces) seen(key [sha256.Size]byte) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	until, ok := n.until[key]
	return ok && n.clock.Now().Before(until)
}

func (n *nonces) use(key [sha256.Size]byte, d time.Duration) (bool, error) {
	now := n.clock.Now()
	n.mu.Lock()
	defer n.mu.Unlock()
	if until, ok := n.until[key]; ok && now.Before(until) {
		return false, nil
	}
	if now.Sub(n.swept) > d/4 || len(n.until) >= n.limit {
		for k, until := range n.until {
			if !now.Before(until) {
				delete(n.until, k)
			}
		}
		n.swept = now
	}
	if len(n.until) >= n.limit {
		return false, errors.New("the nonce cache is full")
	}
	n.until[key] = now.Add(d)
	return true, nil
}
