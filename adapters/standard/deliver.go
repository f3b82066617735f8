package standard

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"tundish/adapters/soap"
	"tundish/core"
	"tundish/wsdl/vocabulary"
	"tundish/wsdl/xsd"
)

// Head is what every call to a system begins with.
type Head struct {
	MessageId string
	Sequence  int64
	SentAt    xsd.DateTime
}

// Reading is the head of a call that concerns no single order and changes nothing.
func (s *System) Reading(clock core.Clock) Head {
	now := clock.Now()
	return Head{MessageId: core.NewID(now), SentAt: s.Time(now)}
}

// Sink is the half of a contract's sink that the contracts share.
type Sink struct {
	System *System
	Clock  core.Clock
	// Send sends one message by the contract's operation. An error without answer, or a
	// fault, is given back as the client gave it.
	Send func(ctx context.Context, h Head, wb *core.WriteBack) (*vocabulary.Acknowledgement, error)
	// Asks calls GetWriteBackStatus about m. ref is empty where the order is not the
	// system's own.
	Asks func(ctx context.Context, h Head, m *core.OutboxMessage, ref core.Ref) (state string, err error)
	// Fault gives the typed detail of a fault, nil if it is none of the contract's.
	Fault func(detail any) *vocabulary.OrderFault
}

// Deliver sends one message. Every attempt carries the message's own MessageId, in the
// body and as wsa:MessageID.
func (s *Sink) Deliver(ctx context.Context, m core.OutboxMessage) core.Delivery {
	var wb core.WriteBack
	if err := json.Unmarshal(m.Payload, &wb); err != nil {
		return core.Delivery{Outcome: core.RefusedByPeer, Code: "payload", Detail: fmt.Sprintf("the message owed cannot be read: %v", err)}
	}
	ctx, kept := KeepingAbout(ctx, wb.Order.Ref.External, m.Order)
	ctx = soap.WithCorrelationID(soap.WithMessageID(ctx, "urn:uuid:"+m.ID), m.ID)
	ack, err := s.Send(ctx, Head{MessageId: m.ID, Sequence: m.Sequence, SentAt: s.System.Time(s.Clock.Now())}, &wb)
	if err != nil {
		return s.failed(err, &m)
	}
	d := acknowledged(ack)
	d.Message = *kept
	return d
}

// acknowledged sorts an answer. What is not accepted is not refused either: it is to be
// sent again.
func acknowledged(a *vocabulary.Acknowledgement) core.Delivery {
	d := core.Delivery{Outcome: core.Delivered, Code: a.Code, Detail: a.Message}
	switch {
	case !a.Accepted:
		d.Outcome = core.TryLater
		d.RetryAfter = time.Duration(count(a.RetryAfterSeconds)) * time.Second
	case a.AlreadyDone:
		d.Outcome = core.AlreadyDone
	}
	return d
}

// Codes of faults that are no refusal.
var (
	doneCodes  = strings.Fields("already_done already_written_back duplicate")
	laterCodes = strings.Fields("try_later busy books_closed internal not_authorised")
)

// youngTries: a source may answer our receipt before it has committed its own order, so
// that it does not know it for a moment. With the usual backoff these tries take minutes.
const youngTries = 8

// failed sorts what a call ended with other than an answer.
//
//	typed detail, unknown_order       TryLater       for the first tries: it may be about to commit it
//	typed detail, a done code         AlreadyDone    it was told before, in the words of old systems
//	typed detail, try_later and such  TryLater       nothing was changed there
//	typed detail, any other code      RefusedByPeer  the business says no: a person must look
//	Unavailable, Denied               TryLater       nobody acted on it; a wrong password is mended, not skipped
//	OutcomeUnknown                    UnknownOutcome
//	Invalid, NotFound, Conflict       RefusedByPeer  the same again would fare the same
//	anything else                     TryLater       nothing was sent
func (s *Sink) failed(err error, m *core.OutboxMessage) core.Delivery {
	d := Failed(err)
	f := (*soap.Fault)(nil)
	if !errors.As(err, &f) {
		return d
	}
	detail := s.Fault(f.Detail)
	if detail == nil {
		return d
	}
	d.Code, d.Detail = detail.Code, detail.Message
	if detail.Field != "" {
		d.Detail = detail.Field + ": " + d.Detail
	}
	switch {
	case has(doneCodes, detail.Code):
		d.Outcome = core.AlreadyDone
	case has(laterCodes, detail.Code), detail.Code == "unknown_order" && m.Attempts < youngTries:
		d.Outcome = core.TryLater
	default:
		d.Outcome = core.RefusedByPeer
	}
	return d
}

// Failed sorts what a call ended with by its kind alone.
func Failed(err error) core.Delivery {
	wait, _ := soap.RetryAfter(err)
	d := core.Delivery{Outcome: core.TryLater, Code: core.CodeOf(err), Detail: err.Error(), RetryAfter: wait, Overloaded: soap.Overloaded(err)}
	switch core.KindOf(err) {
	case core.OutcomeUnknown:
		d.Outcome = core.UnknownOutcome
	case core.Invalid, core.NotFound, core.Conflict:
		d.Outcome = core.RefusedByPeer
	}
	return d
}

func has(list []string, code string) bool {
	for _, c := range list {
		if c == code {
			return true
		}
	}
	return false
}

// Ask finds out what became of a message whose answer never came. Without a clear answer
// the message stays unknown: it is asked about again, never sent on a guess.
func (s *Sink) Ask(ctx context.Context, m core.OutboxMessage) core.Delivery {
	var wb core.WriteBack
	_ = json.Unmarshal(m.Payload, &wb) // only helps the system to find it
	ctx = soap.WithCorrelationID(About(ctx, wb.Order.Ref.External, m.Order), m.ID)
	ref := core.Ref{}
	ref.External, ref.Period = s.System.External(&wb.Order)
	state, err := s.Asks(ctx, s.System.Reading(s.Clock), &m, ref)
	if err != nil {
		wait, _ := soap.RetryAfter(err)
		return core.Delivery{Outcome: core.TryLater, Code: cmp.Or(core.CodeOf(err), "no_answer"), Detail: "asked what became of it: " + err.Error(), RetryAfter: wait, Overloaded: soap.Overloaded(err)}
	}
	switch state {
	case "applied":
		return core.Delivery{Outcome: core.Delivered, Code: state, Detail: "asked: it took effect"}
	case "known":
		// Received and kept there, but not in effect: neither sent again nor done.
		return core.Delivery{Outcome: core.TryLater, Code: state, Detail: "asked: received, not yet in effect"}
	case "unknown":
		return core.Delivery{Outcome: core.NotSent, Code: state, Detail: "asked: never received"}
	}
	return core.Delivery{Outcome: core.UnknownOutcome, Code: "unknown_state", Detail: fmt.Sprintf("asked: the answer %q is none of applied, known, unknown", state)}
}

// External is the order's number and its period at the system, where the order is its own.
func (s *System) External(o *core.WorkOrder) (external, period string) {
	if o.Ref.System != s.ID {
		return "", ""
	}
	return o.Ref.External, o.Ref.Period
}

// NoOperation is the error for something owed that the contract has no operation for.
func NoOperation(contract string, kind core.WriteBackKind) error {
	return core.Invalidf("no_operation", "", "the contract %s has no operation to tell %s", "接口契约 %s 没有用于 %s 的操作", contract, kind)
}
