package outbox_test

import (
	"testing"

	"tundish/core"
	"tundish/core/outbox"
)

// What was said is kept with what came of it, and also when somebody else had taken the
// lane over in the meantime, so that the outcome does not count.
func TestTheExchangeIsKeptWithItsOutcome(t *testing.T) {
	st, p := open(t), newPeer()
	id := owe(t, st, "A", 1)[0]
	p.answer = func(m core.OutboxMessage, arrived int) core.Delivery {
		if arrived == 1 {
			if err := st.Requeue(t.Context(), m.ID); err != nil { // fences the delivery under way
				t.Error(err)
			}
		}
		return core.Delivery{Outcome: core.Delivered, Message: core.LoggedMessage{ID: id, Order: m.Order, Direction: core.Outbound, Result: "ok"}}
	}
	deliver(t, st, outbox.Target{Sink: p})
	eventually(t, "it is delivered", func() bool { return state(t, st, id).State == core.MessageDelivered })
	eventually(t, "both exchanges are kept", func() bool {
		ms, err := st.Messages(t.Context(), core.MessageQuery{ID: id})
		return err == nil && len(ms) == 2
	})
	if as, err := st.Attempts(t.Context(), id); err != nil || len(as) != 1 {
		t.Errorf("attempts that count: %v, %v; want the second alone", as, err)
	}
}
