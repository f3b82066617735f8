package outbox

import (
	"context"
	"time"

	"go.uber.org/zap"
)

// Hubs on one store tell each other which target is bad: the first that finds out holds
// it for all and alerts; afterwards one of them probes at a time, and whoever is
// answered frees it. The store is written on a turn and by a probe, and read now and
// then before a claim. While it does not answer, each hub goes by what it knows itself.

// tellTime bounds how long telling may take.
const tellTime = 10 * time.Second

// consult asks what other hubs found out, not more often than four times a Poll, or four
// times between two probes.
func (c *courier) consult(ctx context.Context) {
	every := c.opts.Poll / 4
	if c.health.state(time.Now()) == Bad {
		every = max(every, c.target.BreakFor/4)
	}
	if time.Since(c.asked) < every {
		return
	}
	held, in, err := c.store.TargetHeld(ctx, c.target.System)
	if err != nil {
		return // the claim that follows says so
	}
	c.asked = time.Now()
	c.health.told(c.asked, held, in)
}

// mayProbe asks for this hub's right to probe. It lasts as long as the probe may take, so
// that a hub that dies over it does not keep the others from it for ever.
func (c *courier) mayProbe(ctx context.Context) bool {
	if !c.health.isShared() {
		return true // the store could not be told
	}
	mine, err := c.store.ProbeTarget(ctx, c.target.System, callsPerMessage*c.target.Timeout+c.target.BreakFor)
	return mine || err != nil
}

// hold holds the target for all hubs until d from now, and tells whether this hub is the
// first to say so; alone, it is.
func (c *courier) hold(ctx context.Context, d time.Duration) (first bool) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tellTime)
	defer cancel()
	first, err := c.store.HoldTarget(ctx, c.target.System, d)
	if err != nil {
		c.log.Warn("other hubs could not be told that the target is bad", zap.Error(err))
		return true
	}
	c.health.share()
	return first
}

// free ends the hold and tells whether this hub is the first to do so.
func (c *courier) free(ctx context.Context) (first bool) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tellTime)
	defer cancel()
	ended, err := c.store.FreeTarget(ctx, c.target.System)
	if err != nil {
		c.log.Warn("other hubs could not be told that the target is well again; the next probe tells them", zap.Error(err))
	}
	return ended || err != nil
}

// unprobed: there was nothing to probe with; any hub may probe.
func (c *courier) unprobed(ctx context.Context) {
	c.health.unprobed()
	if c.health.isShared() {
		c.hold(ctx, 0)
	}
}

// told takes over what the store knows: that the target is held, for so long until it
// may be probed, or not any more.
func (b *breaker) told(now time.Time, held bool, in time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.probing:
	case held:
		b.failed, b.shared = max(b.failed, b.after), true
		if t := now.Add(in); t.After(b.until) {
			b.until = t
		}
	case b.shared: // another hub was answered
		b.failed, b.shared, b.until = 0, false, time.Time{}
	}
}

// share remembers that the store knows that the target is bad.
func (b *breaker) share() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.shared = b.failed >= b.after
}

func (b *breaker) isShared() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.shared
}
