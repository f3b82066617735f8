package outbox

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"tundish/core"
)

// courier serves one target. It claims lanes a little ahead of their turn, so that a
// call that ends is followed by the next at once; each claimed lane is a goroutine that
// waits at the gate, calls, leaves the gate, and only then stores the outcome. A slot is
// thus held for the call alone, and the store's group commit gathers the outcomes.
type courier struct {
	store  Store
	target Target
	opts   Options
	log    *zap.Logger
	health breaker
	gate   gate

	wake chan struct{} // something may be owed
	more chan struct{} // the gate has room for more lanes, or a probe is over
	held atomic.Int64  // lanes claimed and not given up yet
	wg   sync.WaitGroup

	// Of the goroutine that claims:
	owed bool          // a claim is worth its while: somebody said so, or the last one was full
	nap  time.Duration // after a claim that found nothing though something was due
	took time.Duration // by a claim, smoothed
	// asked is when other hubs' word was last looked up.
	asked time.Time
}

func newCourier(store Store, t Target, o Options) *courier {
	c := &courier{
		store: store, target: t, opts: o, log: o.Log.With(zap.String("system", string(t.System))),
		health: breaker{after: t.BreakAfter, open: t.BreakFor, jitter: o.Jitter},
		wake:   make(chan struct{}, 1), more: make(chan struct{}, 1),
	}
	c.gate.init(t.Concurrency, t.Timeout)
	return c
}

// mostStoring is how many outcomes may be on their way to the store: enough for a store
// that takes much longer for a commit than the target for a call.
const mostStoring = 256

// mostHeld bounds the lanes in this hub's hands, and with them the outcomes that are not
// durable yet: when the store is slow, no more lanes are claimed, and soon nothing is
// called any more.
func (c *courier) mostHeld() int { return (1+aheadMost)*c.target.Concurrency + mostStoring }

func (c *courier) run(ctx context.Context) {
	defer c.wg.Wait()
	c.owed = true
	for ctx.Err() == nil {
		c.sleep(ctx, c.claim(ctx))
	}
}

// sleep waits for time, a wake-up, or room for more lanes.
func (c *courier) sleep(ctx context.Context, wait time.Duration) {
	if wait <= 0 {
		return
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	case <-c.more:
	case <-c.wake:
		c.owed = true
	}
	// What came at the same moment is answered by the same claim.
	select {
	case <-c.more:
	default:
	}
	select {
	case <-c.wake:
		c.owed = true
	default:
	}
}

// claim takes as many lanes as there is room for and tells how long there is nothing to
// do unless a signal comes. Reads are cheaper than claims: unless something is known to
// be owed, the store is asked first.
func (c *courier) claim(ctx context.Context) time.Duration {
	if c.target.Quiet != nil {
		if q := c.target.Quiet(c.opts.Clock.Now()); q > 0 {
			c.gate.dismiss()
			return min(q, c.opts.Poll)
		}
	}
	c.consult(ctx)
	if rest := c.health.rest(time.Now()); rest > 0 {
		return min(rest, max(c.opts.Poll, c.target.BreakFor/4)) // another hub may be answered meanwhile
	}
	want := min(c.gate.room(c.took, c.target.patience()), c.mostHeld()-int(c.held.Load()))
	if want <= 0 {
		return c.opts.Poll
	}
	if !c.owed {
		if in, err := c.due(ctx); in > 0 || err != nil {
			return in
		}
	}
	want, probe := c.health.allow(time.Now(), want)
	if want == 0 {
		return time.Millisecond
	}
	if probe && !c.mayProbe(ctx) {
		c.health.unprobed()
		return c.opts.Poll
	}
	claimed := time.Now()
	// A claim under way is not given up when the hub stops: its lanes are given back
	// below, and need not wait for their lease to run out.
	lanes, err := c.store.ClaimLanes(context.WithoutCancel(ctx), c.target.System, want, c.opts.Holder, c.target.Lease)
	if took := time.Since(claimed); c.took == 0 {
		c.took = took
	} else {
		c.took += (took - c.took) / 4
	}
	if probe && len(lanes) == 0 {
		c.unprobed(ctx)
	}
	if err != nil {
		if ctx.Err() == nil {
			c.log.Error("claim what is owed", zap.Error(err))
		}
		return c.opts.Poll
	}
	for _, lane := range lanes {
		c.held.Add(1)
		place := c.gate.line(false)
		c.wg.Go(func() {
			c.lane(ctx, lane, place, claimed, probe)
			c.held.Add(-1)
			signal(c.more)
		})
	}
	c.owed = len(lanes) == want && !probe
	if len(lanes) > 0 {
		c.nap = 0
		return 0
	}
	// Another hub may be claiming what looked due.
	c.nap = min(max(2*c.nap, 5*time.Millisecond), c.opts.Poll)
	return c.nap
}

// due tells in how long something is due, at most until the target is looked at again.
func (c *courier) due(ctx context.Context) (time.Duration, error) {
	poll := c.opts.Poll
	if c.health.state(time.Now()) != Well {
		poll = max(poll, c.target.BreakFor)
	}
	in, ok, err := c.store.NextDue(ctx, c.target.System)
	switch {
	case err != nil:
		if ctx.Err() == nil {
			c.log.Error("look for what is owed", zap.Error(err))
		}
		return c.opts.Poll, err
	case !ok:
		return poll, nil
	}
	return min(in, poll), nil
}

// lane delivers the messages of one lane in sequence until one of them must wait. place is where
// it stands in line for its first call.
func (c *courier) lane(ctx context.Context, lane core.Lane, place *waiter, claimed time.Time, probe bool) {
	latest := claimed.Add(c.target.patience())
	if len(lane.Messages) == 0 { // somebody settled them since; its lease runs out
		c.gate.withdraw(place)
	}
	for i := range lane.Messages {
		m := &lane.Messages[i]
		if i > 0 {
			place = c.gate.line(true)
		}
		if !c.enter(ctx, latest, place, probe) {
			c.giveBack(lane, m)
			if probe {
				c.unprobed(ctx)
			}
			return
		}
		// A call that has begun is worked on to its end even when the hub is told to stop:
		// its outcome must not be lost.
		started := time.Now()
		dl := c.attempt(context.WithoutCancel(ctx), *m)
		took := time.Since(started)
		c.heed(ctx, m, &dl, probe)
		c.gate.leave(m.Kind, took, signOf(&dl))
		signal(c.more) // once, when health and gate both know of the call
		probe = false
		change := c.decide(lane, m, dl, i == len(lane.Messages)-1)
		change.Attempt = core.Attempt{MessageID: m.ID, Number: m.Attempts + 1, At: c.opts.Clock.Now().UTC(), Took: took, Outcome: dl.Outcome, Code: dl.Code, Detail: cut(dl.Detail, 1000)}
		if !c.record(ctx, m, change, dl, claimed.Add(c.target.Lease)) {
			return
		}
	}
}

// enter waits for the lane's turn to call. It is false when the turn does not come while
// the lease is long enough for a call, the hub stops, or the target is to be left alone.
func (c *courier) enter(ctx context.Context, latest time.Time, place *waiter, probe bool) bool {
	if !c.health.callable(time.Now(), probe) {
		c.gate.withdraw(place)
		return false
	}
	if !c.gate.enter(ctx, latest, place) {
		return false
	}
	if ctx.Err() == nil && c.health.callable(time.Now(), probe) && !time.Now().After(latest) {
		return true
	}
	c.gate.unused()
	return false
}

// heed lets the target's health know what it answered, and people when that changes it.
func (c *courier) heed(ctx context.Context, m *core.OutboxMessage, dl *core.Delivery, probe bool) {
	turn := c.health.record(time.Now(), dl, probe)
	switch turn {
	case wentBad:
		if !c.hold(ctx, c.target.BreakFor) {
			c.log.Info("target does not answer, as another hub has said")
			break
		}
		c.log.Error("target does not answer; deliveries to it are held and one probe is sent now and then", zap.String("code", dl.Code), zap.String("message", m.ID))
	case wellAgain:
		if !c.free(ctx) {
			break
		}
		c.log.Info("target is well again")
	case asksForRest:
		c.log.Warn("target is overloaded and asks to be left alone", zap.String("code", dl.Code), zap.Duration("for", dl.RetryAfter))
	}
	if turn == same && probe && c.health.isShared() {
		c.hold(ctx, c.target.BreakFor) // it failed
	}
	if turn == wentBad || turn == asksForRest {
		c.gate.dismiss()
	}
}

func (c *courier) traffic() Traffic {
	t := c.gate.traffic()
	t.System, t.Health = c.target.System, c.health.state(time.Now())
	t.Storing = max(0, int(c.held.Load())-t.Calling-t.Waiting)
	return t
}
