package billing

import (
	"context"

	"tundish/adapters/standard"
	"tundish/core"
	wire "tundish/wsdl/billing"
	"tundish/wsdl/vocabulary"
)

// Sink writes back to billing.
type Sink struct {
	standard.Sink
	peer   standard.Peer
	client *wire.BillingSystemClient
}

// NewSink makes the sink of a system.
func NewSink(p standard.Peer) (*Sink, error) {
	if err := p.Check(); err != nil {
		return nil, err
	}
	s := &Sink{peer: p, client: wire.NewBillingSystemClient(p.Client)}
	s.Sink = standard.Sink{System: p.System, Clock: p.Clock, Send: s.send, Asks: s.asks, Fault: fault}
	return s, nil
}

func (s *Sink) send(ctx context.Context, h standard.Head, wb *core.WriteBack) (*vocabulary.Acknowledgement, error) {
	switch wb.Kind {
	case core.TellStatus:
		return s.status(ctx, h, wb)
	case core.TellResult:
		return s.result(ctx, h, wb)
	case core.TellReturned:
		a, err := s.client.ReturnOrder(ctx, returned(s.System, h, wb))
		if err != nil {
			return nil, err
		}
		return &a.Acknowledgement, nil
	case core.TellScrapped:
		return s.scrapped(ctx, h, wb)
	case core.TellCustomer:
		return s.corrected(ctx, h, wb)
	}
	return nil, standard.NoOperation("billing", wb.Kind)
}

func (s *Sink) status(ctx context.Context, h standard.Head, wb *core.WriteBack) (*vocabulary.Acknowledgement, error) {
	status, err := s.System.Status(wb)
	if err != nil {
		return nil, err
	}
	a, err := s.client.UpdateOrderStatus(ctx, &wire.UpdateOrderStatus{MessageId: h.MessageId, Sequence: h.Sequence, SentAt: h.SentAt, OrderStatus: *status})
	if err != nil {
		return nil, err
	}
	return &a.Acknowledgement, nil
}

// result closes an order out by the operation of its family; the others have none but the
// status, which then carries the outcome.
func (s *Sink) result(ctx context.Context, h standard.Head, wb *core.WriteBack) (*vocabulary.Acknowledgement, error) {
	switch wb.Order.Family {
	case core.Replacement, core.Removal, core.Recheck:
	default:
		return s.status(ctx, h, wb)
	}
	completion, err := s.System.Completion(ctx, &wb.Order, s.peer.Blobs)
	if err != nil {
		return nil, err
	}
	c := closeOut(h, &wb.Order, completion)
	switch wb.Order.Family {
	case core.Replacement:
		a, err := s.client.CompleteReplacement(ctx, new(wire.CompleteReplacement(c)))
		if err != nil {
			return nil, err
		}
		return &a.Acknowledgement, nil
	case core.Removal:
		a, err := s.client.CompleteRemoval(ctx, new(wire.CompleteRemoval(c)))
		if err != nil {
			return nil, err
		}
		return &a.Acknowledgement, nil
	}
	a, err := s.client.CompleteRecheck(ctx, new(wire.CompleteRecheck(c)))
	if err != nil {
		return nil, err
	}
	return &a.Acknowledgement, nil
}

func (s *Sink) scrapped(ctx context.Context, h standard.Head, wb *core.WriteBack) (*vocabulary.Acknowledgement, error) {
	q, err := scrapped(s.System, h, wb)
	if err != nil {
		return nil, err
	}
	a, err := s.client.RegisterScrappedMeter(ctx, q)
	if err != nil {
		return nil, err
	}
	return &a.Acknowledgement, nil
}

func (s *Sink) corrected(ctx context.Context, h standard.Head, wb *core.WriteBack) (*vocabulary.Acknowledgement, error) {
	q, err := corrected(s.System, h, wb)
	if err != nil {
		return nil, err
	}
	a, err := s.client.UpdateCustomer(ctx, q)
	if err != nil {
		return nil, err
	}
	return &a.Acknowledgement, nil
}

func (s *Sink) asks(ctx context.Context, h standard.Head, m *core.OutboxMessage, ref core.Ref) (string, error) {
	a, err := s.client.GetWriteBackStatus(ctx, &wire.GetWriteBackStatus{
		MessageId: h.MessageId, Sequence: h.Sequence, SentAt: h.SentAt,
		AskedMessageId: m.ID, OrderNo: string(m.Order), ExternalRef: ref.External, RefPeriod: ref.Period,
	})
	if err != nil {
		return "", err
	}
	return a.State, nil
}
