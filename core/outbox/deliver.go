package outbox

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"go.uber.org/zap"

	"tundish/core"
)

// Store is what delivery needs of the order store.
type Store interface {
	core.Committer
	core.LaneStore
}

// Sink writes back to one system.
//
// Deliver sends one message; the same message always leaves with the same MessageId.
// Ask finds out what became of a message whose answer never came: Delivered,
// NotSent, TryLater or UnknownOutcome.
type Sink interface {
	Deliver(ctx context.Context, m core.OutboxMessage) core.Delivery
	Ask(ctx context.Context, m core.OutboxMessage) core.Delivery
}

// OnUnknown says what to do about a message whose outcome is unknown.
type OnUnknown string

const (
	Ask    OnUnknown = "ask"    // GetWriteBackStatus first
	Resend OnUnknown = "resend" // the target recognises the MessageId
	Park   OnUnknown = "park"   // a person decides
)

// Target is one system that is written back to. Durations are real time, not the
// demo's: they protect real machines.
type Target struct {
	System      core.SystemID
	Sink        Sink
	Concurrency int           // lanes at a time; 0 means 8
	Lease       time.Duration // of a claim; 0 means 60 s, at least 3 × Timeout
	Timeout     time.Duration // of one call; 0 means 30 s
	Backoff     time.Duration // first delay; doubles up to BackoffMax; 0 means 2 s
	BackoffMax  time.Duration // 0 means 10 min
	OnUnknown   OnUnknown     // "" means Ask
	// BreakAfter failures in a row the target is left alone for BreakFor.
	BreakAfter int           // 0 means 5
	BreakFor   time.Duration // 0 means 15 s
	// Quiet reports for how long deliveries are held from now on (month-end closing);
	// nil means never.
	Quiet func(now time.Time) time.Duration
}

func (t *Target) defaults() {
	def := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	if t.Concurrency == 0 {
		t.Concurrency = 8
	}
	def(&t.Lease, time.Minute)
	def(&t.Timeout, 30*time.Second)
	def(&t.Backoff, 2*time.Second)
	def(&t.BackoffMax, 10*time.Minute)
	def(&t.BreakFor, 15*time.Second)
	if t.BreakAfter == 0 {
		t.BreakAfter = 5
	}
	if t.OnUnknown == "" {
		t.OnUnknown = Ask
	}
}

// Options of a Deliverer.
type Options struct {
	Clock  core.Clock // stamps attempts
	Log    *zap.Logger
	Holder string // names this hub in leases
	// Poll is how often a target without a wake-up is looked at; 0 means 1 s.
	Poll time.Duration
}

// Deliverer empties the lanes of all targets.
type Deliverer struct {
	store   Store
	targets []Target
	opts    Options
	wake    map[core.SystemID]chan struct{}
}

// New makes a Deliverer; Run starts it.
func New(store Store, targets []Target, o Options) (*Deliverer, error) {
	if store == nil || o.Clock == nil || o.Log == nil || o.Holder == "" {
		return nil, errors.New("outbox: store, clock, log and holder are required")
	}
	if o.Poll == 0 {
		o.Poll = time.Second
	}
	d := &Deliverer{store: store, opts: o, wake: map[core.SystemID]chan struct{}{}}
	for _, t := range targets {
		if t.Sink == nil {
			return nil, fmt.Errorf("outbox: target %s has no sink", t.System)
		}
		t.defaults()
		t.Lease = max(t.Lease, 3*callsPerMessage*t.Timeout/2) // calls must not outlive their lane
		d.targets = append(d.targets, t)
		d.wake[t.System] = make(chan struct{}, 1)
	}
	return d, nil
}

// Wake tells that something may be owed to any target. It never blocks.
func (d *Deliverer) Wake() {
	for _, c := range d.wake {
		signal(c)
	}
}

// Changed looks at a unit that somebody committed and wakes the targets that are owed
// something in it. It never blocks.
func (d *Deliverer) Changed(u *core.Unit) {
	for i := range u.Orders {
		for j := range u.Orders[i].Outbox {
			if c := d.wake[u.Orders[i].Outbox[j].Target]; c != nil {
				signal(c)
			}
		}
	}
}

func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// Run delivers until ctx ends; deliveries under way are finished first.
func (d *Deliverer) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	for i := range d.targets {
		wg.Go(func() { d.serve(ctx, &d.targets[i]) })
	}
	wg.Wait()
	return nil
}

// serve keeps up to Concurrency lanes of one target under way.
func (d *Deliverer) serve(ctx context.Context, t *Target) {
	log := d.opts.Log.With(zap.String("system", string(t.System)))
	br := breaker{after: t.BreakAfter, open: t.BreakFor}
	slots := make(chan struct{}, t.Concurrency)
	freed := make(chan struct{}, 1)
	var wg sync.WaitGroup
	defer wg.Wait()
	for ctx.Err() == nil {
		wait := d.opts.Poll
		if t.Quiet != nil {
			if q := t.Quiet(d.opts.Clock.Now()); q > 0 {
				d.pause(ctx, t, min(q, d.opts.Poll), nil)
				continue
			}
		}
		free := t.Concurrency - len(slots)
		allowed, in := br.allow(time.Now(), free)
		if allowed == 0 {
			if free > 0 {
				wait = min(max(in, time.Millisecond), d.opts.Poll)
			}
			d.pause(ctx, t, wait, freed)
			continue
		}
		// A claim under way is not given up when the hub stops: its lanes are given back
		// below, and need not wait for their lease to run out.
		lanes, err := d.store.ClaimLanes(context.WithoutCancel(ctx), t.System, allowed, d.opts.Holder, t.Lease)
		if err != nil && ctx.Err() == nil {
			log.Error("claim what is owed", zap.Error(err))
		}
		for _, lane := range lanes {
			slots <- struct{}{}
			wg.Go(func() {
				defer func() {
					<-slots
					select {
					case freed <- struct{}{}:
					default:
					}
				}()
				d.lane(ctx, t, lane, &br, log)
			})
		}
		if len(lanes) == allowed && err == nil {
			continue
		}
		if due, ok, err := d.store.NextDue(ctx, t.System); err == nil && ok && due < wait {
			wait = max(due, 5*time.Millisecond)
		}
		d.pause(ctx, t, wait, nil)
	}
}

// pause waits for time, a wake-up, or a free slot.
func (d *Deliverer) pause(ctx context.Context, t *Target, wait time.Duration, freed <-chan struct{}) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	case <-d.wake[t.System]:
	case <-freed:
	}
}

// callsPerMessage: a question about the last attempt, and another attempt.
const callsPerMessage = 2

// lane delivers the messages of one lane in sequence until one of them must wait.
func (d *Deliverer) lane(ctx context.Context, t *Target, lane core.Lane, br *breaker, log *zap.Logger) {
	// A lane that was claimed is worked on to the end of a message even when the hub
	// is told to stop: the outcome of a call must not be lost.
	work := context.WithoutCancel(ctx)
	claimed := time.Now()
	for i, m := range lane.Messages {
		last := i == len(lane.Messages)-1
		if ctx.Err() != nil || time.Since(claimed)+callsPerMessage*t.Timeout > t.Lease {
			d.giveBack(work, lane, m, log)
			return
		}
		started := time.Now()
		dl := d.attempt(work, t, m)
		switch br.record(time.Now(), dl.Outcome) {
		case wentBad:
			log.Error("target does not answer; deliveries to it are held and one probe is sent now and then", zap.String("code", dl.Code), zap.String("message", m.ID))
		case wellAgain:
			log.Info("target is well again")
		}
		change := d.decide(t, lane, m, dl, last)
		change.Attempt = core.Attempt{MessageID: m.ID, Number: m.Attempts + 1, At: d.opts.Clock.Now().UTC(), Took: time.Since(started), Outcome: dl.Outcome, Code: dl.Code, Detail: cut(dl.Detail, 1000)}
		u := core.Unit{Delivery: &change}
		if dl.Message.ID != "" {
			u.Messages = []core.LoggedMessage{dl.Message}
		}
		out := d.store.Commit(work, u)[0]
		fields := []zap.Field{zap.String("order", string(m.Order)), zap.String("op", string(m.Kind)), zap.Int("attempt", m.Attempts+1), zap.String("outcome", string(dl.Outcome)), zap.Duration("took", change.Attempt.Took)}
		switch {
		case out.Kind == core.Stale:
			log.Warn("the lane was taken over by somebody else; its next holder asks or sends again", fields...)
			if len(u.Messages) > 0 { // it was sent all the same
				if out := d.store.Commit(work, core.Unit{Messages: u.Messages})[0]; out.Kind != core.Applied {
					log.Error("a message could not be kept in the message log", append(fields, zap.Error(out.Error()))...)
				}
			}
			return
		case out.Kind != core.Applied:
			log.Error("the outcome of a delivery could not be stored; it will be asked for or sent again", append(fields, zap.Error(out.Error()))...)
			return
		}
		switch change.State {
		case core.MessageDelivered:
			log.Info("written back", fields...)
		case core.MessageDead:
			// The peer's words may quote the message; they stand with the attempt.
			log.Error("dead letter; tundish outbox attempts shows the peer's words", append(fields, zap.String("message", m.ID), zap.String("code", dl.Code))...)
			return
		default:
			log.Debug("not written back yet", append(fields, zap.String("code", dl.Code), zap.Duration("again_in", change.Delay))...)
			return
		}
	}
}

// giveBack frees a lane without an attempt.
func (d *Deliverer) giveBack(ctx context.Context, lane core.Lane, m core.OutboxMessage, log *zap.Logger) {
	out := d.store.Commit(ctx, core.Unit{Delivery: &core.DeliveryChange{Lane: lane.LaneKey, Token: lane.Token, MessageID: m.ID, State: m.State, Release: true}})[0]
	if out.Kind != core.Applied && out.Kind != core.Stale {
		log.Error("give a lane back", zap.String("order", string(m.Order)), zap.Error(out.Error()))
	}
}

// attempt asks about, or sends, one message.
func (d *Deliverer) attempt(ctx context.Context, t *Target, m core.OutboxMessage) core.Delivery {
	if m.State == core.MessageUnknown && t.OnUnknown == Ask {
		call, cancel := context.WithTimeout(ctx, t.Timeout)
		dl := t.Sink.Ask(call, m)
		cancel()
		if dl.Outcome != core.NotSent {
			return dl
		}
	}
	call, cancel := context.WithTimeout(ctx, t.Timeout)
	defer cancel()
	return t.Sink.Deliver(call, m)
}

// decide turns an outcome into the message's next state.
func (d *Deliverer) decide(t *Target, lane core.Lane, m core.OutboxMessage, dl core.Delivery, last bool) core.DeliveryChange {
	c := core.DeliveryChange{Lane: lane.LaneKey, Token: lane.Token, MessageID: m.ID, Release: true}
	switch dl.Outcome {
	case core.Delivered, core.AlreadyDone:
		c.State = core.MessageDelivered
		c.Release = last
	case core.RefusedByPeer:
		c.State = core.MessageDead
	case core.UnknownOutcome:
		c.State = core.MessageUnknown
		if t.OnUnknown == Park {
			c.State = core.MessageDead
		}
		c.Delay = backoff(t, m.Attempts, dl.RetryAfter)
	default: // TryLater, NotSent
		c.State = m.State
		if m.State == "" {
			c.State = core.MessageDue
		}
		c.Delay = backoff(t, m.Attempts, dl.RetryAfter)
	}
	return c
}

// backoff doubles with every attempt up to the target's maximum, with full jitter in
// the upper half so that lanes do not come back in step; a peer's wish is a minimum.
func backoff(t *Target, attempts int, asked time.Duration) time.Duration {
	d := t.Backoff
	for range min(attempts, 30) {
		d *= 2
		if d >= t.BackoffMax {
			d = t.BackoffMax
			break
		}
	}
	d = d/2 + rand.N(d/2+1)
	return max(d, asked)
}

func cut(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n]) + "…"
	}
	return s
}
