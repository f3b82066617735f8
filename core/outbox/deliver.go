package outbox

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"

	"tundish/core"
)

// Store is what delivery needs of the order store.
type Store interface {
	core.Committer
	core.LaneStore
	core.TargetStore
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
	Concurrency int           // calls at a time at most, see limiter; 0 means 8
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

// callsPerMessage: a question about the last attempt, and another attempt.
const callsPerMessage = 2

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
	t.Lease = max(t.Lease, 3*callsPerMessage*t.Timeout/2) // calls must not outlive their lane
}

// patience is how long a claimed lane may wait for its turn: what its lease leaves
// beside the calls of one message.
func (t *Target) patience() time.Duration { return t.Lease - callsPerMessage*t.Timeout }

// Options of a Deliverer.
type Options struct {
	Clock  core.Clock // stamps attempts
	Log    *zap.Logger
	Holder string // names this hub in leases
	// Poll is how often a target without a wake-up is looked at; 0 means 1 s.
	Poll time.Duration
	// Jitter draws a part of most, from none to all of it, so that hubs and lanes do not
	// come back in step; nil: at random.
	Jitter func(most time.Duration) time.Duration
}

// Deliverer empties the lanes of all targets.
type Deliverer struct {
	store Store
	opts  Options

	mu       sync.RWMutex
	couriers []*courier
	of       map[core.SystemID]*courier
	start    func(*courier) // while Run runs
}

// New makes a Deliverer; Run starts it.
func New(store Store, targets []Target, o Options) (*Deliverer, error) {
	if store == nil || o.Clock == nil || o.Log == nil || o.Holder == "" {
		return nil, errors.New("outbox: store, clock, log and holder are required")
	}
	if o.Poll == 0 {
		o.Poll = time.Second
	}
	if o.Jitter == nil {
		o.Jitter = func(most time.Duration) time.Duration { return rand.N(most + 1) }
	}
	d := &Deliverer{store: store, opts: o, of: map[core.SystemID]*courier{}}
	for _, t := range targets {
		if err := d.Add(t); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// Add makes one more target known, also while Run runs. What is owed to it already is delivered, too.
func (d *Deliverer) Add(t Target) error {
	if t.Sink == nil {
		return fmt.Errorf("outbox: target %s has no sink", t.System)
	}
	t.defaults()
	c := newCourier(d.store, t, d.opts)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.of[t.System] != nil {
		return fmt.Errorf("outbox: target %s is there already", t.System)
	}
	d.couriers = append(d.couriers, c)
	d.of[t.System] = c
	if d.start != nil {
		d.start(c)
	}
	return nil
}

// Serves tells whether a target is known.
func (d *Deliverer) Serves(target core.SystemID) bool {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.of[target] != nil
}

// all are the couriers as they are now.
func (d *Deliverer) all() []*courier {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return slices.Clone(d.couriers)
}

// Wake tells that something may be owed to any target. It never blocks.
func (d *Deliverer) Wake() {
	for _, c := range d.all() {
		signal(c.wake)
	}
}

// Changed looks at units that somebody committed and wakes the targets that are owed
// something in them, each once. It never blocks.
func (d *Deliverer) Changed(units []*core.Unit) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	var owed []*courier
	for _, u := range units {
		for i := range u.Orders {
			for j := range u.Orders[i].Outbox {
				if c := d.of[u.Orders[i].Outbox[j].Target]; c != nil && !slices.Contains(owed, c) {
					owed = append(owed, c)
				}
			}
		}
	}
	for _, c := range owed {
		signal(c.wake)
	}
}

func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// Run delivers until ctx ends. Calls under way are finished and their outcomes stored,
// lanes that wait for their turn are given back.
func (d *Deliverer) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	d.mu.Lock()
	d.start = func(c *courier) { wg.Go(func() { c.run(ctx) }) }
	for _, c := range d.couriers {
		d.start(c)
	}
	d.mu.Unlock()
	<-ctx.Done()
	d.mu.Lock()
	d.start = nil
	d.mu.Unlock()
	wg.Wait()
	return nil
}

// Traffic is how deliveries to one target go at the moment.
type Traffic struct {
	System core.SystemID
	// Limit is how many calls are made at a time now, Ceiling how many at most.
	Limit, Ceiling int
	// Calling are calls under way, Waiting lanes claimed for the next ones, Storing
	// lanes whose outcome is on its way to the store.
	Calling, Waiting, Storing int
	Health                    Health
}

// Traffic tells about every target, in the order in which they were given.
func (d *Deliverer) Traffic() []Traffic {
	couriers := d.all()
	all := make([]Traffic, len(couriers))
	for i, c := range couriers {
		all[i] = c.traffic()
	}
	return all
}
