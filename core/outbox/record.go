package outbox

import (
	"context"
	"time"

	"go.uber.org/zap"

	"tundish/core"
)

// attempt asks about, or sends, one message.
func (c *courier) attempt(ctx context.Context, m core.OutboxMessage) core.Delivery {
	if m.State == core.MessageUnknown && c.target.OnUnknown == Ask {
		call, cancel := context.WithTimeout(ctx, c.target.Timeout)
		dl := c.target.Sink.Ask(call, m)
		cancel()
		if dl.Outcome != core.NotSent {
			return dl
		}
	}
	call, cancel := context.WithTimeout(ctx, c.target.Timeout)
	defer cancel()
	return c.target.Sink.Deliver(call, m)
}

// decide turns an outcome into the message's next state.
func (c *courier) decide(lane core.Lane, m *core.OutboxMessage, dl core.Delivery, last bool) core.DeliveryChange {
	ch := core.DeliveryChange{Lane: lane.LaneKey, Token: lane.Token, MessageID: m.ID, Release: true}
	switch dl.Outcome {
	case core.Delivered, core.AlreadyDone:
		ch.State = core.MessageDelivered
		ch.Release = last
	case core.RefusedByPeer:
		ch.State = core.MessageDead
	case core.UnknownOutcome:
		ch.State = core.MessageUnknown
		if c.target.OnUnknown == Park {
			ch.State = core.MessageDead
		}
		ch.Delay = c.backoff(m.Attempts, dl.RetryAfter)
	default: // TryLater, NotSent
		ch.State = m.State
		if m.State == "" {
			ch.State = core.MessageDue
		}
		ch.Delay = c.backoff(m.Attempts, dl.RetryAfter)
	}
	return ch
}

// backoff doubles with every attempt up to the target's maximum, with full jitter in
// the upper half so that lanes do not come back in step. A peer's wish is a minimum, and
// the jitter comes on top of it, or those who were told the same would come together.
func (c *courier) backoff(attempts int, asked time.Duration) time.Duration {
	t := &c.target
	d := t.Backoff
	for range min(attempts, 30) {
		d *= 2
		if d >= t.BackoffMax {
			d = t.BackoffMax
			break
		}
	}
	return max(d/2, asked) + c.opts.Jitter(d/2)
}

// storeAgain is how long an outcome waits that the store could not take.
const storeAgain = time.Second

// record makes an outcome durable and tells its story; it reports whether the lane may
// go on with its next message. A store that cannot write at the moment is tried again
// while the lane's lease lasts: what was called must not be forgotten, and until it is
// stored the lane keeps its place among those held, which stops further claims.
func (c *courier) record(ctx context.Context, m *core.OutboxMessage, change core.DeliveryChange, dl core.Delivery, leased time.Time) (goOn bool) {
	work := context.WithoutCancel(ctx)
	u := core.Unit{Delivery: &change}
	if dl.Message.ID != "" {
		u.Messages = []core.LoggedMessage{dl.Message}
	}
	out := c.store.Commit(work, u)[0]
	for out.Kind == core.RefusedUnit && core.IsKind(out.Err, core.Unavailable) && ctx.Err() == nil && time.Until(leased) > storeAgain {
		wait(ctx, storeAgain)
		out = c.store.Commit(work, u)[0]
	}
	fields := []zap.Field{zap.String("order", string(m.Order)), zap.String("op", string(m.Kind)), zap.Int("attempt", change.Attempt.Number), zap.String("outcome", string(dl.Outcome)), zap.Duration("took", change.Attempt.Took)}
	switch {
	case out.Kind == core.Stale:
		c.log.Warn("the lane was taken over by somebody else; its next holder asks or sends again", fields...)
		if len(u.Messages) > 0 { // it was sent all the same
			if out := c.store.Commit(work, core.Unit{Messages: u.Messages})[0]; out.Kind != core.Applied {
				c.log.Error("a message could not be kept in the message log", append(fields, zap.Error(out.Error()))...)
			}
		}
		return false
	case out.Kind != core.Applied:
		c.log.Error("the outcome of a delivery could not be stored; it will be asked for or sent again", append(fields, zap.Error(out.Error()))...)
		return false
	}
	switch change.State {
	case core.MessageDelivered:
		c.log.Info("written back", fields...)
		return true
	case core.MessageDead:
		// The peer's words may quote the message; they stand with the attempt.
		c.log.Error("dead letter; tundish outbox attempts shows the peer's words", append(fields, zap.String("message", m.ID), zap.String("code", dl.Code))...)
	default:
		c.log.Debug("not written back yet", append(fields, zap.String("code", dl.Code), zap.Duration("again_in", change.Delay))...)
	}
	return false
}

// giveBack frees a lane without an attempt.
func (c *courier) giveBack(lane core.Lane, m *core.OutboxMessage) {
	out := c.store.Commit(context.Background(), core.Unit{Delivery: &core.DeliveryChange{Lane: lane.LaneKey, Token: lane.Token, MessageID: m.ID, State: m.State, Release: true}})[0]
	if out.Kind != core.Applied && out.Kind != core.Stale {
		c.log.Error("give a lane back", zap.String("order", string(m.Order)), zap.Error(out.Error()))
	}
}

func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

func cut(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n]) + "…"
	}
	return s
}
