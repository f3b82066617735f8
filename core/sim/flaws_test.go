package sim_test

import (
	"context"
	"fmt"
	"time"

	"tundish/core"
	"tundish/core/intake"
	"tundish/core/store/memstore"
)

// flaws are mistakes planted around the real code: in the model of the store, or between
// the real code and what it talks to.
type flaws struct {
	store memstore.Flaws
	// unit commits in its own way; taken is false when it leaves the unit to the port.
	unit func(p *port, ctx context.Context, units []core.Unit) (outs []core.Outcome, taken bool)
	// command spoils a command as it arrives, sent an order as its source sends it, message
	// one that leaves for a target.
	command func(*world, *intake.Command)
	sent    func(*intake.Submission)
	message func(*core.OutboxMessage)
}

// planted are the mistakes that must be found, each with the promises it may break first.
var planted = []struct {
	name string
	flaw flaws
	// promises, one of which must be named.
	promises []string
}{
	{"ack before commit", flaws{store: memstore.Flaws{AckBeforeSync: true}}, []string{"acknowledged is stored"}},
	{"key not unique", flaws{store: memstore.Flaws{KeyNotUnique: true}}, []string{"one order per key"}},
	{"lease without fencing", flaws{store: memstore.Flaws{NoFence: true}}, []string{"one holder writes under a lease"}},
	{"lane without fencing", flaws{store: memstore.Flaws{NoLaneToken: true}}, []string{"one holder writes under a lease"}},
	{"checkpoint outside the unit", flaws{unit: checkpointFirst}, []string{"a checkpoint never precedes its orders"}},
	{"retry with a new MessageId", flaws{message: newMessageID}, []string{"a message has its effect once"}},
	{"torn batch after an automatic rollback", flaws{store: memstore.Flaws{TornBatch: true}}, []string{"acknowledged is stored", "every version has its event", "one order per key", "one message is one unit"}},
	{"second operation of a message stored", flaws{unit: secondOperation}, []string{"one message is one unit"}},
	{"a message stored twice", flaws{command: newSourceMessageID}, []string{"a message counts once", "acknowledged is stored"}}, // the latter where its first arrival was lost with a hub
	{"late retry that reverts an amendment", flaws{store: memstore.Flaws{LastHashOnly: true}}, []string{"an amendment stays"}},
	{"late retry that reverts an amendment, dated", flaws{sent: withoutDate}, []string{"an amendment stays"}},
}

// checkpointFirst moves the checkpoint in a unit of its own, before the orders of its page.
func checkpointFirst(p *port, ctx context.Context, units []core.Unit) ([]core.Outcome, bool) {
	if len(units) != 1 || units[0].Run == nil || len(units[0].Orders) == 0 {
		return nil, false
	}
	u := units[0]
	if out := p.commit(ctx, []core.Unit{{Fence: u.Fence, Run: u.Run, Job: u.Job}}); out[0].Kind != core.Applied {
		return out, true
	}
	u.Run, u.Job = nil, nil
	return p.commit(ctx, []core.Unit{u}), true
}

// secondOperation takes a unit for two operations, what it says of orders and the rest,
// and stores the second whatever became of the first.
func secondOperation(p *port, ctx context.Context, units []core.Unit) ([]core.Outcome, bool) {
	if len(units) != 1 || len(units[0].Orders) == 0 || len(units[0].CrewDays) == 0 {
		return nil, false
	}
	second := core.Unit{CrewDays: units[0].CrewDays, Messages: units[0].Messages}
	first := units[0]
	first.CrewDays, first.Messages = nil, nil
	out := p.commit(ctx, []core.Unit{first})
	p.commit(ctx, []core.Unit{second})
	return out, true
}

// newMessageID makes every attempt a message of its own.
func newMessageID(m *core.OutboxMessage) { m.ID = core.NewID(time.Now()) }

// newSourceMessageID takes the second arrival of a command for another command.
func newSourceMessageID(w *world, c *intake.Command) {
	key := c.Ref.String() + " " + c.SourceMessageID
	if w.arrivals[key]++; w.arrivals[key] > 1 {
		c.SourceMessageID = fmt.Sprint(c.SourceMessageID, " again ", w.arrivals[key])
	}
}

// withoutDate loses when the source wrote its version.
func withoutDate(s *intake.Submission) { s.Order.SourceAt = time.Time{} }
