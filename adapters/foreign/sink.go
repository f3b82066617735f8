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
	"tundish/wsdl/xml"
)

// Sink writes back to a system in its own operations.
type Sink struct {
	Client standard.Caller
	Clock  core.Clock
	Blobs  standard.Blobs // for photos; nil sends none
	// Calls are the mapping's, by what is told. What has none is not told: it counts as
	// delivered.
	Calls map[core.WriteBackKind]*mapping.Outward
	// Asks finds out what became of a message; nil: the system has no such operation.
	Asks *mapping.Outward
	// Trouble hears of codes that no table leads to, but that are sent all the same.
	Trouble func(path, code string)
}

// Deliver sends one message. Whether it took effect says the answer's body, read by the
// mapping's rules, or a fault likewise; without either the kind of the failure decides, as
// everywhere: a time-out after sending stays unknown.
func (s *Sink) Deliver(ctx context.Context, m core.OutboxMessage) core.Delivery {
	var wb core.WriteBack
	if err := json.Unmarshal(m.Payload, &wb); err != nil {
		return core.Delivery{Outcome: core.RefusedByPeer, Code: "payload", Detail: fmt.Sprintf("the message owed cannot be read: %v", err)}
	}
	call := s.Calls[wb.Kind]
	if call == nil {
		return core.Delivery{Outcome: core.Delivered, Code: "not_told", Detail: fmt.Sprintf("the mapping has no call for %s: there is nothing to send", wb.Kind)}
	}
	ctx, kept := standard.KeepingAbout(ctx, wb.Order.Ref.External, m.Order)
	d, err := s.call(ctx, call, &m, &wb)
	if err != nil {
		return failed(call, err)
	}
	d.Message = *kept
	return d
}

// Ask finds out what became of a message whose answer never came. Without an operation to
// ask by it stays unknown: a person decides, unless the system's settings say resend.
func (s *Sink) Ask(ctx context.Context, m core.OutboxMessage) core.Delivery {
	if s.Asks == nil {
		return core.Delivery{Outcome: core.UnknownOutcome, Code: "cannot_ask", Detail: "the mapping has no call to ask by; set write_back.on_unknown to resend if the system recognises repeats, else to park"}
	}
	var wb core.WriteBack
	_ = json.Unmarshal(m.Payload, &wb) // only helps the system to find it
	d, err := s.call(standard.About(ctx, wb.Order.Ref.External, m.Order), s.Asks, &m, &wb)
	if err != nil {
		d = failed(s.Asks, err)
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

func (s *Sink) call(ctx context.Context, call *mapping.Outward, m *core.OutboxMessage, wb *core.WriteBack) (core.Delivery, error) {
	v := mapping.Values{
		Order: &wb.Order, Status: wb.Status, Reason: wb.Reason, By: wb.By, At: wb.At, Trouble: s.Trouble,
		Message: mapping.Message{ID: m.ID, Sequence: m.Sequence, SentAt: s.Clock.Now()},
	}
	if s.Blobs != nil {
		v.Blob = func(sha256 string) ([]byte, error) {
			b, err := s.Blobs.Blob(ctx, sha256)
			return b.Bytes, err
		}
	}
	ctx = soap.WithCorrelationID(soap.WithMessageID(ctx, "urn:uuid:"+m.ID), m.ID)
	answer := answer{call: call}
	err := s.Client.Call(ctx, call.Action, request{call, &v}, &answer, nil)
	return answer.verdict, err
}

// failed sorts a call that was not answered with what the contract promises.
func failed(call *mapping.Outward, err error) core.Delivery {
	d := standard.Failed(err)
	f := (*soap.Fault)(nil)
	if !errors.As(err, &f) {
		return d
	}
	d.Detail = f.String
	code := string(f.Code)
	if f.Subcode.Local != "" {
		code = f.Subcode.Local
	}
	d.Code = code
	if outcome, ok := call.JudgeFault(code, f.String, f.RawDetail); ok {
		d.Outcome = outcome
	}
	return d
}

// request is a call as the Body of a message.
type request struct {
	call   *mapping.Outward
	values *mapping.Values
}

func (r request) MarshalXML(w *xml.Writer) error { return r.call.WriteBody(w, r.values) }

// answer reads what a call was answered with.
type answer struct {
	call    *mapping.Outward
	verdict core.Delivery
}

func (a *answer) UnmarshalXML(r *xml.Reader) (err error) {
	a.verdict, err = a.call.Judge(r)
	return err
}
