package react

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"tundish/core"
)

// Sender sends notices as one message of its channel. It knows how the message looks on the wire.
type Sender interface {
	Send(ctx context.Context, list []Notice) core.Delivery
}

// ChannelOptions of a [Channel]. Durations are real time: they protect real people and machines.
type ChannelOptions struct {
	// Together is how many notices one message may hold at most; 0 means 1.
	Together int
	// Gap between two messages: a group robot takes some twenty a minute. What comes meanwhile goes
	// together in the next, the most urgent first.
	Gap time.Duration
	// Repeat is how long the same alert is not said again. 0: it always is.
	Repeat time.Duration
	// Timeout of one message; 0 means 10 s.
	Timeout time.Duration
}

// Channel is a sink that reaches people, or a program. Many lanes may deliver at once: they are told together.
type Channel struct {
	send Sender
	o    ChannelOptions

	mu      sync.Mutex
	waiting []*told
	sending bool
	next    time.Time // when another message may leave
	said    map[string]time.Time
}

// told is a notice under way and where its outcome goes.
type told struct {
	n    Notice
	done chan core.Delivery
}

// mostSaid bounds what is remembered to be said already.
const mostSaid = 10_000

// NewChannel makes a channel out of a sender.
func NewChannel(s Sender, o ChannelOptions) (*Channel, error) {
	if s == nil || o.Gap < 0 || o.Repeat < 0 || o.Together < 0 || o.Timeout < 0 {
		return nil, errors.New("react: a channel needs a sender, and no option of it is negative")
	}
	o.Together = max(o.Together, 1)
	if o.Timeout == 0 {
		o.Timeout = 10 * time.Second
	}
	return &Channel{send: s, o: o, said: map[string]time.Time{}}, nil
}

// Deliver tells what the message says, or that it was said already.
func (c *Channel) Deliver(ctx context.Context, m core.OutboxMessage) core.Delivery {
	n, err := NoticeOf(m)
	if err != nil {
		return core.Delivery{Outcome: core.RefusedByPeer, Code: "payload", Detail: err.Error()}
	}
	c.mu.Lock()
	if c.repeated(&n) {
		c.mu.Unlock()
		return repeated
	}
	t := &told{n: n, done: make(chan core.Delivery, 1)}
	c.waiting = append(c.waiting, t)
	if !c.sending {
		c.sending = true
		go c.run()
	}
	c.mu.Unlock()
	select {
	case dl := <-t.done:
		return dl
	case <-ctx.Done():
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if i := slices.Index(c.waiting, t); i >= 0 { // its turn never came
		c.waiting = slices.Delete(c.waiting, i, i+1)
		return core.Delivery{Outcome: core.TryLater, Code: "busy", Detail: "the channel had no turn for it in time"}
	}
	return core.Delivery{Outcome: core.UnknownOutcome, Code: "timeout", Detail: ctx.Err().Error()}
}

// Ask is not needed: what may have been said is said again, under the same id.
func (c *Channel) Ask(context.Context, core.OutboxMessage) core.Delivery {
	return core.Delivery{Outcome: core.NotSent}
}

var repeated = core.Delivery{Outcome: core.AlreadyDone, Code: "repeated", Detail: "the same alert was given a moment ago"}

// drop what was said while it waited.
func (c *Channel) drop() {
	c.waiting = slices.DeleteFunc(c.waiting, func(t *told) bool {
		again := c.repeated(&t.n)
		if again {
			t.done <- repeated
		}
		return again
	})
}

// repeated tells whether the same was said lately.
func (c *Channel) repeated(n *Notice) bool {
	at, ok := c.said[n.same()]
	return ok && time.Since(at) < c.o.Repeat
}

// run sends until nothing waits.
func (c *Channel) run() {
	for {
		c.mu.Lock()
		c.drop()
		if len(c.waiting) == 0 {
			c.sending = false
			c.mu.Unlock()
			return
		}
		if wait := time.Until(c.next); wait > 0 {
			c.mu.Unlock()
			time.Sleep(wait)
			continue
		}
		batch := c.take()
		c.next = time.Now().Add(c.o.Gap)
		c.mu.Unlock()
		list, of := distinct(batch)
		ctx, cancel := context.WithTimeout(context.Background(), c.o.Timeout)
		dl := c.send.Send(ctx, list)
		cancel()
		c.settle(batch, of, dl)
	}
}

// take those that go together now: the most urgent first, then in the order in which they came.
func (c *Channel) take() []*told {
	slices.SortStableFunc(c.waiting, func(a, b *told) int { return cmp.Compare(rank(&a.n), rank(&b.n)) })
	n := min(len(c.waiting), c.o.Together)
	batch := slices.Clone(c.waiting[:n])
	c.waiting = slices.Delete(c.waiting, 0, n)
	return batch
}

func rank(n *Notice) int { return slices.Index(core.Urgencies(), n.Of.Urgency) }

// distinct lists each alert once; of tells which of a batch are said by themselves, not by another.
func distinct(batch []*told) (list []Notice, first map[string]int) {
	first = map[string]int{}
	for i, t := range batch {
		key := t.n.same()
		if _, there := first[key]; !there {
			first[key] = i
			list = append(list, t.n)
		}
	}
	return list, first
}

// settle gives everybody of a batch its outcome.
func (c *Channel) settle(batch []*told, first map[string]int, dl core.Delivery) {
	c.mu.Lock()
	if ok := dl.Outcome == core.Delivered || dl.Outcome == core.AlreadyDone; ok && c.o.Repeat > 0 {
		if len(c.said)+len(first) > mostSaid {
			c.forget()
		}
		for key := range first {
			c.said[key] = time.Now()
		}
	}
	c.mu.Unlock()
	for i, t := range batch {
		own := dl
		if first[t.n.same()] != i && own.Outcome == core.Delivered {
			own = repeated
		}
		t.done <- own
	}
}

// forget what was said so long ago that it may be said again; when that frees nothing, everything.
func (c *Channel) forget() {
	for key, at := range c.said {
		if time.Since(at) >= c.o.Repeat {
			delete(c.said, key)
		}
	}
	if len(c.said) > mostSaid/2 {
		clear(c.said)
	}
}
