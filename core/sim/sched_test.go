package sim_test

import (
	"cmp"
	"fmt"
	"hash"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing/synctest"
	"time"
)

// sched lets one actor go on at a time. Every call of the real code that leaves it (a
// store, a network, a person) yields here and waits until it is picked; the seed decides
// who is next and how long the call takes. Time is the bubble's: it stands still while
// anybody can go on.
type sched struct {
	began time.Time
	rng   *rand.Rand // the scheduler's alone: used between steps only
	calm  bool       // after the faults: calls take little time
	steps int
	limit int // most steps of a run

	mu      sync.Mutex
	arrived []*call // yielded since the last look
	bell    chan struct{}
	waiting []*call

	trace trace
	// broken is the first promise that was broken; it ends the run.
	broken atomic.Pointer[violation]
}

// call is a goroutine that waits for its turn.
type call struct {
	who    *life // nil: an actor of the world, which never dies
	what   string
	due    time.Time
	resume chan dice
}

// violation is a broken promise.
type violation struct{ promise, detail string }

func newSched(seed uint64, limit int, whole bool) *sched {
	return &sched{
		began: time.Now(), rng: rand.New(rand.NewPCG(seed, 0x7d2f)), limit: limit, bell: make(chan struct{}, 1),
		trace: trace{sum: fnv.New64a(), whole: whole},
	}
}

// fail ends the run with a broken promise.
func (s *sched) fail(promise, format string, args ...any) {
	s.broken.CompareAndSwap(nil, &violation{promise, fmt.Sprintf(format, args...)})
}

// yield waits for a turn. what must say nothing that a second run would say differently
// (random ids). The dice decide, the same in every run, what happens to the call.
func (s *sched) yield(who *life, what string) *dice {
	c := &call{who: who, what: what, resume: make(chan dice)}
	s.mu.Lock()
	s.arrived = append(s.arrived, c)
	s.mu.Unlock()
	select {
	case s.bell <- struct{}{}:
	default:
	}
	d := <-c.resume
	return &d
}

// run gives turns until done says so, a promise is broken or too many steps were taken.
func (s *sched) run(done func() bool) {
	for s.broken.Load() == nil && !done() {
		if s.steps >= s.limit {
			s.fail("liveness", "%d steps and no end", s.steps)
			return
		}
		s.turn()
	}
}

// turn lets the next actor do one step, or time pass until somebody can.
func (s *sched) turn() {
	synctest.Wait()
	s.admit()
	now := time.Now()
	var ready []*call
	wait := time.Minute
	for _, c := range s.waiting {
		if d := c.ready(now); d <= 0 {
			ready = append(ready, c)
		} else {
			wait = min(wait, d)
		}
	}
	if len(ready) == 0 {
		t := time.NewTimer(wait)
		select {
		case <-s.bell:
		case <-t.C:
		}
		t.Stop()
		return
	}
	c := ready[s.rng.IntN(len(ready))]
	s.waiting = slices.DeleteFunc(s.waiting, func(x *call) bool { return x == c })
	s.steps++
	s.trace.add(now.Sub(s.began), c)
	c.resume <- dice{s.rng.Uint64(), &s.trace}
}

// ready tells in how long the call may go on.
func (c *call) ready(now time.Time) time.Duration {
	due := c.due
	if c.who != nil {
		if c.who.dead.Load() {
			return 0
		}
		if until := c.who.frozen; until.After(due) {
			due = until
		}
	}
	return due.Sub(now)
}

// admit takes in whoever yielded since the last step, in an order that does not depend
// on which goroutine was faster, and draws how long each call takes.
func (s *sched) admit() {
	s.mu.Lock()
	fresh := s.arrived
	s.arrived = nil
	s.mu.Unlock()
	slices.SortStableFunc(fresh, func(a, b *call) int {
		return cmp.Or(cmp.Compare(a.who.String(), b.who.String()), cmp.Compare(a.what, b.what))
	})
	for _, c := range fresh {
		c.due = time.Now().Add(s.latency())
	}
	s.waiting = append(s.waiting, fresh...)
}

// latency of one call: mostly some milliseconds, now and then a stall.
func (s *sched) latency() time.Duration {
	most := 4 * time.Millisecond
	if !s.calm {
		switch r := s.rng.IntN(1000); {
		case r < 3:
			most = 30 * time.Second
		case r < 30:
			most = 3 * time.Second
		case r < 300:
			most = 100 * time.Millisecond
		}
	}
	return time.Duration(s.rng.Int64N(int64(most)))
}

// drain lets everybody unwind after the end: the hubs are dead, their calls fail.
func (s *sched) drain(left func() bool) {
	for {
		synctest.Wait()
		s.admit()
		if len(s.waiting) == 0 {
			if !left() {
				return
			}
			select {
			case <-s.bell:
			case <-time.After(time.Minute):
			}
			continue
		}
		for _, c := range s.waiting {
			c.resume <- dice{0, nil}
		}
		s.waiting = nil
	}
}

// dice decide what happens within one step (splitmix64).
type dice struct {
	state uint64
	trace *trace
}

func (d *dice) next() uint64 {
	d.state += 0x9e3779b97f4a7c15
	z := d.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// n is a number in [0, n).
func (d *dice) n(n int) int { return int(d.next() % uint64(n)) }

// chance is true in perMille of a thousand cases.
func (d *dice) chance(perMille int) bool { return d.n(1000) < perMille }

// span is a duration in [from, to).
func (d *dice) span(from, to time.Duration) time.Duration {
	return from + time.Duration(d.next()%uint64(to-from))
}

// note adds to the trace what happened to the call.
func (d *dice) note(format string, args ...any) {
	if d.trace != nil {
		d.trace.note(fmt.Sprintf(format, args...))
	}
}

// trace is what happened, in sequence: the last lines, and a sum over all of them.
type trace struct {
	whole bool // keep every line
	lines []string
	sum   hash.Hash64
}

const kept = 60

func (t *trace) add(at time.Duration, c *call) {
	t.line(fmt.Sprintf("%12.6f  %-6s %s", at.Seconds(), c.who, c.what))
}

func (t *trace) note(s string) { t.line("                      · " + s) }

func (t *trace) line(s string) {
	_, _ = t.sum.Write([]byte(s)) // a hash never fails
	t.lines = append(t.lines, s)
	if !t.whole && len(t.lines) >= 8*kept {
		t.lines = append(t.lines[:0], t.lines[len(t.lines)-kept:]...)
	}
}

func (t *trace) String() string {
	lines := t.lines
	if !t.whole {
		lines = lines[max(0, len(lines)-kept):]
	}
	return strings.Join(lines, "\n")
}
