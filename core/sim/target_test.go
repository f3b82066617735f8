package sim_test

import (
	"context"
	"fmt"
	"time"

	"tundish/core"
	"tundish/core/outbox"
)

// mood of a target.
type mood int

const (
	well mood = iota
	down      // refuses connections
	mute      // takes messages and does not answer
	busy      // asks to be left alone
	moods
)

// target is a system that is written back to. It takes a MessageId once.
type target struct {
	w       *world
	id      core.SystemID
	mood    mood
	applied map[string]bool        // by MessageId
	last    map[core.OrderNo]int64 // sequence of the last effect
}

func (t *target) change(d *dice) {
	t.mood = mood(d.n(int(moods)))
	d.note("%s is in mood %d", t.id, t.mood)
}

// take lets a message have its effect.
func (t *target) take(m core.OutboxMessage) core.DeliveryOutcome {
	if t.applied[m.ID] {
		return core.AlreadyDone
	}
	t.applied[m.ID] = true
	t.w.check.effect(t, m)
	t.last[m.Order] = max(m.Sequence, t.last[m.Order])
	return core.Delivered
}

// sink is one hub's way to a target.
type sink struct {
	w    *world
	t    *target
	life *life
}

var _ outbox.Sink = sink{}

// gone is the outcome of a call whose hub died, or whose time was up: ctx is the call's.
func (s sink) gone(ctx context.Context) (core.Delivery, bool) {
	switch {
	case s.life.dead.Load():
		return core.Delivery{Outcome: core.UnknownOutcome, Code: "dead"}, true
	case ctx.Err() != nil:
		return core.Delivery{Outcome: core.UnknownOutcome, Code: "timeout"}, true
	}
	return core.Delivery{}, false
}

// Deliver sends one message. Even when the hub has stopped waiting the message may
// arrive afterwards.
func (s sink) Deliver(ctx context.Context, m core.OutboxMessage) core.Delivery {
	if s.w.flaws.message != nil {
		s.w.flaws.message(&m)
	}
	what := fmt.Sprintf("%s/%s #%d", s.t.id, m.Order, m.Sequence)
	d := s.w.yield(s.life, "deliver "+what)
	if s.life.dead.Load() {
		return core.Delivery{Outcome: core.UnknownOutcome, Code: "dead"}
	}
	switch {
	case s.t.mood == down, d.chance(s.w.faults.targetAway):
		d.note("not reached")
		return core.Delivery{Outcome: core.TryLater, Code: "refused_connection"}
	case s.t.mood == busy:
		d.note("busy")
		return core.Delivery{Outcome: core.TryLater, Code: "busy", RetryAfter: 20 * time.Second}
	case d.chance(s.w.faults.refusals):
		d.note("refused")
		return core.Delivery{Outcome: core.RefusedByPeer, Code: "refused"}
	}
	outcome := s.t.take(m)
	d.note("%s", outcome)
	lost := s.t.mood == mute || d.chance(s.w.faults.targetAnswerLost)
	if lost {
		s.w.pause(callTimeout)
	} else if d.chance(s.w.faults.slowTarget) {
		s.w.pause(d.span(0, callTimeout))
	}
	d = s.w.yield(s.life, "answer to "+what)
	if dl, ok := s.gone(ctx); ok || !lost {
		if !ok {
			dl = core.Delivery{Outcome: outcome}
		}
		return dl
	}
	d.note("answer lost")
	return core.Delivery{Outcome: core.UnknownOutcome, Code: "timeout"}
}

// Ask tells what became of a message.
func (s sink) Ask(ctx context.Context, m core.OutboxMessage) core.Delivery {
	if s.w.flaws.message != nil {
		s.w.flaws.message(&m)
	}
	d := s.w.yield(s.life, fmt.Sprintf("ask %s/%s #%d", s.t.id, m.Order, m.Sequence))
	if dl, ok := s.gone(ctx); ok {
		return dl
	}
	switch {
	case s.t.mood == down, s.t.mood == busy:
		d.note("not reached")
		return core.Delivery{Outcome: core.UnknownOutcome, Code: "refused_connection"}
	case s.t.mood == mute:
		s.w.pause(callTimeout)
		return core.Delivery{Outcome: core.UnknownOutcome, Code: "timeout"}
	case s.t.applied[m.ID]:
		return core.Delivery{Outcome: core.AlreadyDone}
	}
	return core.Delivery{Outcome: core.NotSent}
}
