package react

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"

	"tundish/core"
	"tundish/core/life"
)

// StreamStore is what the stream reads.
type StreamStore interface {
	OutboxMessages(ctx context.Context, q core.OutboxQuery) ([]core.OutboxMessage, error)
}

// Stream shows notices to whoever listens, wherever they were decided. What is shown stands in the store, so that a
// listener who lost its connection is shown what it missed by whichever hub it comes back to.
type Stream struct {
	store StreamStore
	clock core.Clock
	log   *zap.Logger
	poll  time.Duration

	wake chan struct{}

	mu        sync.Mutex
	listeners map[*Listener]bool
	shown     map[string]bool // lately
	newest    time.Time       // of those that were shown
}

const (
	// mostMissed is how many notices a listener that comes back is shown at most, the newest.
	mostMissed = 2000
	// mostUnread is how far a listener may lag behind before it is let go; it comes back with the last it had.
	mostUnread = 256
	// overlap is how much older than the newest a notice may be when it is committed late by another hub.
	overlap = 30 * time.Second
)

// NewStream makes a stream; Run keeps it going. clock is the hub's; poll is how often it is looked for what other
// hubs decided, 0 means 1 s.
func NewStream(store StreamStore, clock core.Clock, log *zap.Logger, poll time.Duration) (*Stream, error) {
	if store == nil || clock == nil || log == nil {
		return nil, errors.New("react: a stream needs a store, a clock and a log")
	}
	if poll <= 0 {
		poll = time.Second
	}
	return &Stream{store: store, clock: clock, log: log, poll: poll, wake: make(chan struct{}, 1), listeners: map[*Listener]bool{}, shown: map[string]bool{}}, nil
}

// Listener is shown notices on C, which is closed when it lags too far behind.
type Listener struct {
	C     <-chan *Notice
	c     chan *Notice
	wants func(*Notice) bool
}

// Deliver makes a notice of the outbox known: it is stored, so all that is left is to look.
func (s *Stream) Deliver(context.Context, core.OutboxMessage) core.Delivery {
	s.Wake()
	return core.Delivery{Outcome: core.Delivered}
}

// Ask is not needed: nothing leaves.
func (s *Stream) Ask(context.Context, core.OutboxMessage) core.Delivery {
	return core.Delivery{Outcome: core.NotSent}
}

// Wake tells that there may be something new. It never blocks.
func (s *Stream) Wake() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Listen begins to show what wants asks for, from now on and, behind after, the id of the last notice that was
// shown before, what was missed since. What was decided about when that was may come once more. The caller
// ends it with Leave.
func (s *Stream) Listen(ctx context.Context, after string, wants func(*Notice) bool) (*Listener, error) {
	if err := s.look(ctx); err != nil { // what comes behind it is new to everybody
		return nil, err
	}
	var missed []*Notice
	if at, ok := idTime(after); ok {
		var err error
		if missed, err = s.since(ctx, at.Add(-overlap)); err != nil {
			return nil, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c := make(chan *Notice, mostUnread+len(missed))
	l := &Listener{C: c, c: c, wants: wants}
	for _, n := range missed {
		if s.shown[n.ID] && n.ID != after && wants(n) { // one that is not shown yet is about to be
			c <- n
		}
	}
	s.listeners[l] = true
	return l, nil
}

// Leave ends a listener.
func (s *Stream) Leave(l *Listener) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.listeners, l)
}

// Run shows until ctx ends.
func (s *Stream) Run(ctx context.Context) error {
	tick := time.NewTicker(s.poll)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			s.end()
			return nil
		case <-s.wake:
		case <-tick.C:
			if !s.heard() {
				continue // nobody listens: whoever comes looks for himself
			}
		}
		if err := s.look(ctx); err != nil && ctx.Err() == nil {
			s.log.Warn("notices cannot be read now", zap.Error(err))
		}
	}
}

func (s *Stream) heard() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.listeners) > 0
}

// end lets every listener go, so that connections close when the hub stops.
func (s *Stream) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for l := range s.listeners {
		close(l.c)
		delete(s.listeners, l)
	}
}

// look shows what is new in the store, oldest first.
func (s *Stream) look(ctx context.Context) error {
	s.mu.Lock()
	from := s.newest.Add(-overlap)
	if s.newest.IsZero() {
		from = s.clock.Now().Add(-overlap)
	}
	s.mu.Unlock()
	list, err := s.since(ctx, from)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, n := range list {
		s.show(n)
	}
	if len(s.shown) > 4*mostMissed {
		for id := range s.shown {
			if at, _ := idTime(id); at.Before(s.newest.Add(-2 * overlap)) {
				delete(s.shown, id)
			}
		}
	}
	return nil
}

// since reads the notices decided since an instant, oldest first: of more than mostMissed the newest.
func (s *Stream) since(ctx context.Context, from time.Time) ([]*Notice, error) {
	first := core.NewID(from)[:13] // their ids begin with their instant
	list, err := s.store.OutboxMessages(ctx, core.OutboxQuery{Target: life.ToPeople, Since: first, Limit: mostMissed})
	if err != nil {
		return nil, err
	}
	notices := make([]*Notice, 0, len(list))
	for _, m := range slices.Backward(list) {
		n, err := NoticeOf(m)
		if err != nil {
			s.log.Error("a notice cannot be read", zap.String("message", m.ID), zap.Error(err))
			continue
		}
		notices = append(notices, &n)
	}
	return notices, nil
}

func (s *Stream) show(n *Notice) {
	if s.shown[n.ID] {
		return
	}
	s.shown[n.ID] = true
	if at, ok := idTime(n.ID); ok && at.After(s.newest) {
		s.newest = at
	}
	for l := range s.listeners {
		if !l.wants(n) {
			continue
		}
		select {
		case l.c <- n:
		default: // it lags too far behind
			close(l.c)
			delete(s.listeners, l)
		}
	}
}

// idTime is the instant that an id begins with.
func idTime(id string) (time.Time, bool) {
	if len(id) != 36 || id[14] != '7' {
		return time.Time{}, false
	}
	var ms int64
	for _, c := range id[:8] + id[9:13] {
		d := int64(0)
		switch {
		case c >= '0' && c <= '9':
			d = int64(c - '0')
		case c >= 'a' && c <= 'f':
			d = int64(c-'a') + 10
		default:
			return time.Time{}, false
		}
		ms = ms<<4 | d
	}
	return time.UnixMilli(ms).UTC(), true
}
