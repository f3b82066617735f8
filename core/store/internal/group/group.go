// Package group is the waiting room of a group commit: callers put a task in and
// wait, a writer takes all that has gathered and settles them together. It knows
// nothing of SQL; what a task is and how it is settled is the store's.
//
// A caller may give up at any time. A task that no writer has taken yet is
// withdrawn and surely has no effect; one that was taken goes on without its
// caller, whose answer is that the fate is unknown.
package group

import (
	"context"
	"sync"
	"sync/atomic"

	"tundish/core"
)

const (
	waiting int32 = iota
	taken
	withdrawn
)

// Ticket is a task in the queue. The writer writes Task's results before Done.
type Ticket[T any] struct {
	Task  T
	state atomic.Int32
	done  chan struct{}
}

// Done tells the caller that the task is settled.
func (t *Ticket[T]) Done() { close(t.done) }

// Wait returns nil once the task is settled. When ctx ends first it returns an
// Unavailable error (withdrawn: nothing was written) or OutcomeUnknown.
func (t *Ticket[T]) Wait(ctx context.Context) error {
	select {
	case <-t.done:
		return nil
	default:
	}
	select {
	case <-t.done:
		return nil
	case <-ctx.Done():
	}
	if t.state.CompareAndSwap(waiting, withdrawn) {
		return NotWritten(ctx.Err())
	}
	select {
	case <-t.done:
		return nil
	default:
	}
	return &core.Error{Kind: core.OutcomeUnknown, Code: "store_timeout",
		Message:   "the store did not answer in time; the change may or may not have been written",
		MessageZH: "存储未及时应答，更改可能已写入也可能未写入", Err: ctx.Err()}
}

// NotWritten is the error of a task that never reached the store.
func NotWritten(cause error) error {
	return &core.Error{Kind: core.Unavailable, Code: "store_busy",
		Message: "the store did not get to it in time; nothing was written", MessageZH: "存储繁忙，未写入任何内容", Err: cause}
}

// ErrClosed is the answer after Close.
func errClosed() error {
	return core.Fail(core.Unavailable, "store_closed", "", "the store is closed", "存储已关闭")
}

// Queue gathers tasks for one or more writers.
type Queue[T any] struct {
	tickets chan *Ticket[T]
	low     chan *Ticket[T] // taken when no other waits
	passed  atomic.Int32    // batches that went before a waiting low ticket
	closing chan struct{}
	once    sync.Once
	// putting holds Close back until nobody can put any more.
	putting sync.RWMutex
}

// NewQueue makes a queue in which at most room tasks wait; further callers wait outside.
func NewQueue[T any](room int) *Queue[T] {
	return &Queue[T]{tickets: make(chan *Ticket[T], room), low: make(chan *Ticket[T], 1), closing: make(chan struct{})}
}

// patience is how many batches go before a low ticket that waits: work that is never idle
// must not hold housekeeping up for ever.
const patience = 20

// Put adds a task. The error says that it was not taken in and has no effect.
func (q *Queue[T]) Put(ctx context.Context, task T) (*Ticket[T], error) {
	return q.put(ctx, q.tickets, task)
}

// PutLow adds a task that is a batch of its own and is taken when no other task waits, or
// when it has let patience batches go before it.
func (q *Queue[T]) PutLow(ctx context.Context, task T) (*Ticket[T], error) {
	return q.put(ctx, q.low, task)
}

func (q *Queue[T]) put(ctx context.Context, tickets chan *Ticket[T], task T) (*Ticket[T], error) {
	q.putting.RLock()
	defer q.putting.RUnlock()
	select {
	case <-q.closing:
		return nil, errClosed()
	default:
	}
	t := &Ticket[T]{Task: task, done: make(chan struct{})}
	select {
	case tickets <- t:
		return t, nil
	default:
	}
	select {
	case tickets <- t:
		return t, nil
	case <-ctx.Done():
		return nil, NotWritten(ctx.Err())
	case <-q.closing:
		return nil, errClosed()
	}
}

// Next blocks until there is a task, then takes all that wait, until their weights
// reach most, or one low task alone. It appends to batch; an empty batch means that the
// queue is closed and empty.
func (q *Queue[T]) Next(batch []*Ticket[T], most int, weight func(T) int) []*Ticket[T] {
	sum := 0
	take := func(t *Ticket[T]) {
		if t.state.CompareAndSwap(waiting, taken) {
			batch = append(batch, t)
			sum += weight(t.Task)
		}
	}
	for len(batch) == 0 {
		t, low, open := q.first()
		if !open {
			return batch
		}
		take(t)
		if low && len(batch) > 0 {
			return batch
		}
	}
	if len(q.low) > 0 {
		q.passed.Add(1)
	}
	for sum < most {
		select {
		case t, open := <-q.tickets:
			if !open {
				return batch
			}
			take(t)
		default:
			return batch
		}
	}
	return batch
}

// first blocks for the task that a batch begins with.
func (q *Queue[T]) first() (t *Ticket[T], low, open bool) {
	if q.passed.Load() >= patience {
		select {
		case t := <-q.low:
			q.passed.Store(0)
			return t, true, true
		default:
		}
	}
	select {
	case t, open = <-q.tickets:
		if open {
			return t, false, true
		}
	default:
		select {
		case t, open = <-q.tickets:
			if open {
				return t, false, true
			}
		case t := <-q.low:
			q.passed.Store(0)
			return t, true, true
		}
	}
	select { // closed: nothing comes any more, but one low task may wait
	case t = <-q.low:
		return t, true, true
	default:
		return nil, false, false
	}
}

// Close refuses further tasks; writers settle what is waiting.
func (q *Queue[T]) Close() {
	q.once.Do(func() {
		close(q.closing)
		q.putting.Lock()
		defer q.putting.Unlock()
		close(q.tickets)
	})
}
