package react

import (
	"context"
	"errors"
	"slices"
	"strconv"
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

// Stream shows notices to whoever listens, wherever they were decided. What is shown stands in the store, and its
// place there is where a listener who lost its connection goes on, at whichever hub it comes back to. No hub's clock
// has a part in it: a notice of a hub whose clock is behind is as new as any other.
type Stream struct {
	store StreamStore
	log   *zap.Logger
	poll  time.Duration

	wake   chan struct{}
	catch  chan struct{} // lets few at a time read what they missed
	begins sync.Mutex    // one looks at a time

	mu        sync.Mutex
	listeners map[*Listener]bool
	first     int64            // what is not behind it was shown, or was there before anybody listened
	newest    int64            // place that was read
	shown     map[string]int64 // of those behind first, with their places
	marks     []mark           // how far the store had got, oldest first
}

// mark says that at an instant all up to a place in the store was known.
type mark struct {
	at    time.Time
	place int64
}

const (
	// MostListeners is how many listen to one hub at once.
	MostListeners = 4096
	// mostMissed is how many notices a listener that comes back is shown at most, the newest.
	mostMissed = 2000
	// mostUnread is how far a listener may lag behind before it is let go; it comes back with the last it had.
	mostUnread = 256
	// overlap is how long a place in the store may be committed after a higher one: as long as a transaction takes.
	overlap = 30 * time.Second
	// page is how many messages are read at once, and stepBack how many are looked at once more where nobody knows
	// how long ago the last was read.
	page     = 200
	stepBack = 100
)

// NewStream makes a stream; Run keeps it going. poll is how often it is looked for what other hubs decided, 0 means 1 s.
func NewStream(store StreamStore, log *zap.Logger, poll time.Duration) (*Stream, error) {
	if store == nil || log == nil {
		return nil, errors.New("react: a stream needs a store and a log")
	}
	if poll <= 0 {
		poll = time.Second
	}
	return &Stream{store: store, log: log, poll: poll, wake: make(chan struct{}, 1), catch: make(chan struct{}, 2), listeners: map[*Listener]bool{}, shown: map[string]int64{}}, nil
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

// Listen begins to show what wants asks for, from now on and, behind after, the [Notice.Place] or the id of the last
// notice that was shown before, what was missed since. What stands next to it may come once more. The caller ends it with
// Leave. Unavailable when there are [MostListeners].
func (s *Stream) Listen(ctx context.Context, after string, wants func(*Notice) bool) (*Listener, error) {
	if err := s.look(ctx); err != nil { // what comes behind it is new to everybody
		return nil, err
	}
	var missed []*Notice
	if after != "" {
		var err error
		if missed, err = s.missed(ctx, after, wants); err != nil {
			return nil, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.listeners) >= MostListeners {
		return nil, core.Fail(core.Unavailable, "too_many", "", "too many listen to this hub; try again later, or at another", "监听者过多，请稍后再试或改连其他节点")
	}
	c := make(chan *Notice, mostUnread+len(missed))
	l := &Listener{C: c, c: c, wants: wants}
	for _, n := range missed {
		if _, ok := s.shown[n.ID]; ok || n.Place <= s.first { // one that is not shown yet is about to be
			c <- n
		}
	}
	s.listeners[l] = true
	return l, nil
}

// missed are the notices behind the one a listener had last, oldest first: of more than mostMissed the newest. They are
// read few at a time, and only those that are wanted are kept: a whole house may come back at once.
func (s *Stream) missed(ctx context.Context, after string, wants func(*Notice) bool) ([]*Notice, error) {
	select {
	case s.catch <- struct{}{}:
		defer func() { <-s.catch }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	place, err := strconv.ParseInt(after, 10, 64)
	if err != nil {
		had, err := s.store.OutboxMessages(ctx, core.OutboxQuery{ID: after})
		if err != nil || len(had) == 0 {
			return nil, err // it is not known any more: from now on
		}
		place = had[0].Place
	}
	var missed []*Notice
	q := core.OutboxQuery{Target: life.ToPeople, Behind: max(place-stepBack, 1), Limit: page}
	for read := 0; read < mostMissed; {
		list, err := s.store.OutboxMessages(ctx, q)
		if err != nil {
			return nil, err
		}
		for _, m := range list {
			if m.Place == place {
				continue
			}
			if n := s.notice(m); n != nil && wants(n) {
				missed = append(missed, n)
			}
		}
		if read += len(list); len(list) < page {
			break
		}
		q.Before = list[len(list)-1].Place
	}
	slices.Reverse(missed)
	return missed, nil
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
		}
		if !s.heard() {
			continue // nobody listens: whoever comes looks for himself
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

// look shows what is new in the store, oldest first: each time what is behind the newest place, once a second what was
// committed late below it.
func (s *Stream) look(ctx context.Context) error {
	s.begins.Lock()
	defer s.begins.Unlock()
	now := time.Now()
	if err := s.begin(ctx, now); err != nil {
		return err
	}
	s.mu.Lock()
	for len(s.marks) > 1 && now.Sub(s.marks[1].at) >= overlap {
		s.marks = s.marks[1:]
	}
	last := s.marks[len(s.marks)-1]
	deep := now.Sub(last.at) >= time.Second
	from := s.newest
	if deep {
		from = s.marks[0].place
	}
	s.mu.Unlock()
	list, err := s.store.OutboxMessages(ctx, core.OutboxQuery{Target: life.ToPeople, Behind: from, Limit: mostMissed})
	if err != nil {
		return err
	}
	if len(list) == mostMissed {
		s.log.Warn("more notices at once than are shown", zap.Int("shown", mostMissed))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range slices.Backward(list) {
		s.newest = max(s.newest, m.Place)
		if _, ok := s.shown[m.ID]; ok {
			continue
		}
		s.shown[m.ID] = m.Place
		if n := s.notice(m); n != nil {
			s.show(n)
		}
	}
	if deep {
		s.marks = append(s.marks, mark{now, s.newest})
		s.first = max(s.first, from)
		for id, place := range s.shown { // whoever missed one of these is shown it by its place
			if place <= s.first {
				delete(s.shown, id)
			}
		}
	}
	return nil
}

// begin remembers how far the store has got when nobody listened before: what is there already is new to nobody.
func (s *Stream) begin(ctx context.Context, now time.Time) error {
	if s.heard() {
		return nil
	}
	last, err := s.store.OutboxMessages(ctx, core.OutboxQuery{Target: life.ToPeople, Limit: 1})
	if err != nil {
		return err
	}
	newest := int64(0)
	if len(last) > 0 {
		newest = last[0].Place
	}
	from := max(newest-stepBack, 0)
	before, err := s.store.OutboxMessages(ctx, core.OutboxQuery{Target: life.ToPeople, Behind: from, Limit: stepBack})
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.shown)
	for _, m := range before {
		s.shown[m.ID] = m.Place
	}
	s.first, s.newest, s.marks = from, newest, []mark{{now, from}}
	return nil
}

// notice reads a message and keeps of its order what tells who may see it: many are kept at once.
func (s *Stream) notice(m core.OutboxMessage) *Notice {
	n, err := NoticeOf(m)
	if err != nil {
		s.log.Error("a notice cannot be read", zap.String("message", m.ID), zap.Error(err))
		return nil
	}
	o := &n.Of
	n.Of = core.WorkOrder{No: o.No, Ref: o.Ref, Type: o.Type, Phase: o.Phase, Urgency: o.Urgency, Place: core.Place{Branch: o.Place.Branch, Depot: o.Place.Depot},
		Assignment: o.Assignment, Helpers: o.Helpers, Collaborators: o.Collaborators}
	return &n
}

func (s *Stream) show(n *Notice) {
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
