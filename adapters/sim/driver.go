package sim

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"go.uber.org/zap"

	"tundish/adapters/soap"
	"tundish/core"
)

// Step is something that a system does to the hub at an hour of its day.
type Step struct {
	At time.Time
	// Key names what must happen in sequence: steps of one key are done in the order in
	// which they were planned. Usually the order's reference.
	Key string
	Op  string // for the log
	// Do makes the call. Any error but a refusal of the business makes it be called again,
	// with the same content, until it succeeds.
	Do func(context.Context) error
}

// Driver does a system's steps at their time.
type Driver struct {
	books *Books
	clock core.Clock
	log   *zap.Logger
	slots chan struct{} // calls at once

	mu       sync.Mutex
	rand     *rand.Rand
	running  context.Context // nil until Run
	waiting  []Step
	lanes    map[string]chan struct{} // closed when the last step of the key is done
	planned  int
	pending  int
	underway sync.WaitGroup
}

// NewDriver makes a driver that counts in books.
func NewDriver(books *Books, clock core.Clock, seed uint64, log *zap.Logger) *Driver {
	const atOnce = 8
	return &Driver{
		books: books, clock: clock, log: log.With(zap.String("system", string(books.System()))), slots: make(chan struct{}, atOnce),
		rand: rand.New(rand.NewPCG(seed, 0x6472_6976)), lanes: map[string]chan struct{}{},
	}
}

// Plan adds steps. It may be called before Run and while it runs.
func (d *Driver) Plan(steps ...Step) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, s := range steps {
		d.planned++
		if d.running == nil {
			d.waiting = append(d.waiting, s)
		} else {
			d.launch(d.running, s)
		}
	}
}

// Run does what is planned until ctx ends.
func (d *Driver) Run(ctx context.Context) {
	d.mu.Lock()
	d.running = ctx
	for _, s := range d.waiting {
		d.launch(ctx, s)
	}
	d.waiting = nil
	d.mu.Unlock()
	<-ctx.Done()
	d.underway.Wait()
}

// Left tells how many steps are not due yet and how many are due and not done.
func (d *Driver) Left() (planned, pending int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.planned, d.pending
}

func (d *Driver) launch(ctx context.Context, s Step) {
	before := d.lanes[s.Key]
	done := make(chan struct{})
	d.lanes[s.Key] = done
	d.underway.Add(1)
	go func() {
		defer d.underway.Done()
		defer close(done)
		if !d.until(ctx, s.At) {
			return
		}
		d.count(-1, +1)
		defer d.count(0, -1)
		if before != nil {
			select {
			case <-before:
			case <-ctx.Done():
				return
			}
		}
		d.insist(ctx, s)
	}()
}

func (d *Driver) count(planned, pending int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.planned += planned
	d.pending += pending
}

func (d *Driver) until(ctx context.Context, at time.Time) bool {
	for now := d.clock.Now(); now.Before(at); now = d.clock.Now() {
		select {
		case <-ctx.Done():
			return false
		case <-d.clock.After(at.Sub(now)):
		}
	}
	return ctx.Err() == nil
}

// Delays between tries, on the simulator's clock; never less than leastPause of real
// time, so that a fast clock does not turn patience into a hail.
const (
	firstDelay = 4 * time.Second
	mostDelay  = 2 * time.Minute
	leastPause = 40 * time.Millisecond
)

// insist does a step until it is acknowledged or refused for good.
func (d *Driver) insist(ctx context.Context, s Step) {
	delay := firstDelay
	for try := 1; ; try++ {
		err := d.try(ctx, s)
		switch {
		case err == nil:
			return
		case ctx.Err() != nil:
			return
		case Refused(err):
			d.books.Count(func(n *Stats) { n.Refused++ })
			d.log.Info("refused by the hub", zap.String("op", s.Op), zap.String("external_ref", s.Key), zap.Error(err))
			return
		}
		d.books.Count(func(n *Stats) { n.Failed++ })
		d.log.Debug("no answer, trying again", zap.String("op", s.Op), zap.String("external_ref", s.Key), zap.Int("attempt", try), zap.Error(err))
		if !d.pause(ctx, delay) {
			return
		}
		delay = min(2*delay, mostDelay)
	}
}

func (d *Driver) try(ctx context.Context, s Step) error {
	select {
	case d.slots <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-d.slots }()
	d.books.Count(func(n *Stats) { n.Attempts++ })
	return s.Do(ctx)
}

// pause waits for about delay.
func (d *Driver) pause(ctx context.Context, delay time.Duration) bool {
	d.mu.Lock()
	delay = delay/2 + time.Duration(d.rand.Int64N(int64(delay)))
	d.mu.Unlock()
	least := time.NewTimer(leastPause)
	defer least.Stop()
	for _, c := range []<-chan time.Time{d.clock.After(delay), least.C} {
		select {
		case <-c:
		case <-ctx.Done():
			return false
		}
	}
	return true
}

// Refused tells that the hub said no for a reason of the business: the same again would
// be refused again. Everything else may pass.
func Refused(err error) bool {
	var f *soap.Fault
	return errors.As(err, &f) && f.Detail != nil && core.IsKind(err, core.Invalid)
}
