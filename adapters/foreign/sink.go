package foreign

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"tundish/adapters/mapping"
	"tundish/adapters/soap"
	"tundish/adapters/standard"
	"tundish/core"
	"tundish/core/outbox"
)

// Sink writes back to a system in its own operations.
type Sink struct {
	Peer
}

var _ outbox.Sink = (*Sink)(nil)

// Deliver sends one message. What the mapping has no call for is not told: it counts as
// delivered. Whether it took effect says the answer's body, read by the
// mapping's rules, or a fault likewise; without either the kind of the failure decides, as
// everywhere: a time-out after sending stays unknown.
func (s *Sink) Deliver(ctx context.Context, m core.OutboxMessage) core.Delivery {
	var wb core.WriteBack
	if err := json.Unmarshal(m.Payload, &wb); err != nil {
		return core.Delivery{Outcome: core.RefusedByPeer, Code: "payload", Detail: fmt.Sprintf("the message owed cannot be read: %v", err)}
	}
	call := s.Mapping.Calls[wb.Kind]
	if call == nil {
		return core.Delivery{Outcome: core.Delivered, Code: "not_told", Detail: fmt.Sprintf("the mapping has no call for %s: there is nothing to send", wb.Kind)}
	}
	chosen, err := call.For(&mapping.Values{Order: &wb.Order, Status: wb.Status, Reason: wb.Reason, By: wb.By, At: wb.At,
		Message: mapping.Message{ID: m.ID, Sequence: m.Sequence}})
	switch {
	case err != nil:
		return failed(call, err)
	case chosen == nil:
		return core.Delivery{Outcome: core.Delivered, Code: "not_told", Detail: fmt.Sprintf("no condition of the mapping's call for %s is true: there is nothing to send", wb.Kind)}
	}
	call = chosen
	ctx, kept := standard.KeepingAbout(ctx, wb.Order.Ref.External, m.Order)
	d, err := s.send(ctx, call, &m, &wb)
	if err != nil {
		return failed(call, err)
	}
	d.Message = *kept
	return d
}

// Ask finds out what became of a message whose answer never came. Without an operation to
// ask by it stays unknown: a person decides, unless the system's settings say resend.
func (s *Sink) Ask(ctx context.Context, m core.OutboxMessage) core.Delivery {
	if s.Mapping.Ask == nil {
		return core.Delivery{Outcome: core.UnknownOutcome, Code: "cannot_ask", Detail: "the mapping has no ask; set write_back.on_unknown to resend if the system recognises repeats, else to park"}
	}
	var wb core.WriteBack
	_ = json.Unmarshal(m.Payload, &wb) // only helps the system to find it
	d, err := s.send(standard.About(ctx, wb.Order.Ref.External, m.Order), s.Mapping.Ask, &m, &wb)
	if err != nil {
		d = failed(s.Mapping.Ask, err)
		d.Outcome, d.Detail = core.TryLater, "asked what became of it: "+d.Detail
		return d
	}
	switch d.Outcome {
	case core.AlreadyDone:
		d.Outcome = core.Delivered
	case core.RefusedByPeer: // it says that it never got it
		d.Outcome = core.NotSent
	}
	return d
}

func (s *Sink) send(ctx context.Context, call *mapping.Outward, m *core.OutboxMessage, wb *core.WriteBack) (core.Delivery, error) {
	v := s.values(ctx, m.ID, m.Sequence)
	v.Order, v.Status, v.Reason, v.By, v.At = &wb.Order, wb.Status, wb.Reason, wb.By, wb.At
	return s.told(ctx, call, &v)
}

// failed sorts a call that was not answered with what the contract promises.
func failed(call *mapping.Outward, err error) core.Delivery {
	d := standard.Failed(err)
	f, code, ok := faultOf(err)
	if !ok {
		return d
	}
	d.Code, d.Detail = code, f.String
	if outcome, ok := call.JudgeFault(code, f.String, f.RawDetail); ok {
		d.Outcome = outcome
	}
	return d
}

// judged is what the mapping's rules say of a fault.
func judged(call *mapping.Outward, err error) (core.DeliveryOutcome, bool) {
	f, code, ok := faultOf(err)
	if !ok {
		return "", false
	}
	return call.JudgeFault(code, f.String, f.RawDetail)
}

// faultOf finds the fault that a call was answered with, and its code.
func faultOf(err error) (f *soap.Fault, code string, ok bool) {
	if !errors.As(err, &f) {
		return nil, "", false
	}
	code = string(f.Code)
	if f.Subcode.Local != "" {
		code = f.Subcode.Local
	}
	return f, code, true
}
