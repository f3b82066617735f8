package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"

	"tundish/core"
	"tundish/core/outbox"
)

// book keeps lanes on the clock of a synctest bubble, where a day passes in a moment; a
// database would go on living on the machine's. It follows storetest's rules as far as a
// single hub can tell, and counts what it is asked.
type book struct {
	core.LaneStore // what delivery does not ask for

	// write is how long a commit takes; each has its own, as in a group commit.
	write time.Duration
	// full makes commits fail as a full disk does.
	full func() bool

	mu                     sync.Mutex
	held                   time.Time // the target, until then; zero: not
	lanes                  []*page
	of                     map[core.OrderNo]*page
	claims, looks, commits int
	attempts, stale        int
}

type page struct {
	core.Lane
	free        bool // not claimed
	due, leased time.Time
	parked      bool
}

// ready is when the lane may be claimed; ok is false when nothing is owed.
func (p *page) ready() (at time.Time, ok bool) {
	if !p.free && p.leased.After(p.due) {
		at = p.leased
	} else {
		at = p.due
	}
	return at, len(p.Messages) > 0 && !p.parked
}

func newBook(lanes, each int) *book {
	b := &book{of: map[core.OrderNo]*page{}}
	for i := range lanes {
		p := &page{Lane: core.Lane{LaneKey: core.LaneKey{Target: "billing", Order: core.OrderNo(fmt.Sprintf("W%05d", i))}}, free: true, due: time.Now()}
		for j := range each {
			p.Messages = append(p.Messages, core.OutboxMessage{ID: fmt.Sprintf("%s.%d", p.Order, j+1), Target: p.Target, Order: p.Order, Sequence: int64(j + 1), Kind: core.TellStatus, State: core.MessageDue})
		}
		b.lanes, b.of[p.Order] = append(b.lanes, p), p
	}
	return b
}

func (b *book) ClaimLanes(_ context.Context, _ core.SystemID, n int, _ string, ttl time.Duration) ([]core.Lane, error) {
	time.Sleep(b.write)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.claims++
	var due []*page
	now := time.Now()
	for _, p := range b.lanes {
		if at, ok := p.ready(); ok && !at.After(now) {
			due = append(due, p)
		}
	}
	slices.SortStableFunc(due, func(x, y *page) int { return x.due.Compare(y.due) })
	var lanes []core.Lane
	for _, p := range due[:min(n, len(due))] {
		p.Token++
		p.free, p.leased = false, now.Add(ttl)
		l := p.Lane
		l.Messages = slices.Clone(p.Messages)
		lanes = append(lanes, l)
	}
	return lanes, nil
}

func (b *book) NextDue(context.Context, core.SystemID) (in time.Duration, ok bool, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.looks++
	for _, p := range b.lanes {
		if at, owed := p.ready(); owed && (!ok || time.Until(at) < in) {
			in, ok = time.Until(at), true
		}
	}
	return max(0, in), ok, nil
}

func (b *book) Commit(_ context.Context, units ...core.Unit) []core.Outcome {
	time.Sleep(b.write)
	b.mu.Lock()
	defer b.mu.Unlock()
	outs := make([]core.Outcome, len(units))
	for i := range units {
		b.commits++
		outs[i] = b.commit(units[i].Delivery)
	}
	return outs
}

func (b *book) commit(d *core.DeliveryChange) core.Outcome {
	if b.full != nil && b.full() {
		return core.Outcome{Kind: core.RefusedUnit, Order: -1, Err: core.Fail(core.Unavailable, "store_full", "", "the disk is full", "磁盘已满")}
	}
	p := b.of[d.Lane.Order]
	if p == nil || p.Token != d.Token || p.free {
		b.stale++
		return core.Outcome{Kind: core.Stale, Order: -1, Err: errors.New("stale")}
	}
	if d.Release {
		p.free, p.leased = true, time.Time{}
	}
	if d.Attempt.Outcome == "" {
		return core.Outcome{Kind: core.Applied}
	}
	b.attempts++
	m := &p.Messages[0]
	if m.ID != d.MessageID {
		panic(d.MessageID + " is not the next of its lane")
	}
	m.Attempts++
	m.State = d.State
	p.due = time.Now().Add(d.Delay)
	p.parked = d.State == core.MessageDead
	if d.State == core.MessageDelivered {
		p.Messages = p.Messages[1:]
	}
	return core.Outcome{Kind: core.Applied}
}

func (b *book) TargetHeld(context.Context, core.SystemID) (bool, time.Duration, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.looks++
	return !b.held.IsZero(), max(0, time.Until(b.held)), nil
}

func (b *book) HoldTarget(_ context.Context, _ core.SystemID, d time.Duration) (bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.commits++
	first := b.held.IsZero()
	b.held = time.Now().Add(d)
	return first, nil
}

func (b *book) ProbeTarget(_ context.Context, _ core.SystemID, d time.Duration) (bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.commits++
	if b.held.IsZero() || b.held.After(time.Now()) {
		return false, nil
	}
	b.held = time.Now().Add(d)
	return true, nil
}

func (b *book) FreeTarget(context.Context, core.SystemID) (bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.commits++
	ended := !b.held.IsZero()
	b.held = time.Time{}
	return ended, nil
}

// owed counts messages.
func (b *book) owed() (n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, p := range b.lanes {
		n += len(p.Messages)
	}
	return n
}

// claimed counts the lanes that a hub has.
func (b *book) claimed() (n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, p := range b.lanes {
		if !p.free {
			n++
		}
	}
	return n
}

// far is a target that answers as a test tells it, and knows how many calls it has at once.
type far struct {
	begin  func(m core.OutboxMessage)
	answer func(m core.OutboxMessage) core.Delivery
	took   time.Duration
	then   time.Duration // if set, what calls take after the first twenty

	mu        sync.Mutex
	now, most int
	calls     []time.Time
}

func (f *far) Deliver(ctx context.Context, m core.OutboxMessage) core.Delivery {
	f.mu.Lock()
	f.now++
	f.most = max(f.most, f.now)
	f.calls = append(f.calls, time.Now())
	took := f.took
	if f.then > 0 && len(f.calls) > 20 {
		took = f.then
	}
	f.mu.Unlock()
	if f.begin != nil {
		f.begin(m)
	}
	defer func() { f.mu.Lock(); f.now--; f.mu.Unlock() }()
	select {
	case <-ctx.Done():
		return core.Delivery{Outcome: core.UnknownOutcome, Code: "time_out"}
	case <-time.After(took):
	}
	if f.answer == nil {
		return core.Delivery{Outcome: core.Delivered}
	}
	return f.answer(m)
}

func (f *far) Ask(ctx context.Context, m core.OutboxMessage) core.Delivery { return f.Deliver(ctx, m) }

// called counts the calls since an instant.
func (f *far) called(since time.Time) (n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, at := range f.calls {
		if !at.Before(since) {
			n++
		}
	}
	return n
}

// hub delivers inside a bubble until stop.
func hub(t *testing.T, b *book, tg outbox.Target, log *zap.Logger) (d *outbox.Deliverer, stop func()) {
	t.Helper()
	tg.System = "billing"
	d, err := outbox.New(b, []outbox.Target{tg}, outbox.Options{Clock: core.SystemClock{}, Log: log, Holder: "hub"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { _ = d.Run(ctx); close(done) }()
	return d, func() { cancel(); <-done }
}
