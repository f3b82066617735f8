package hotline

import (
	"context"

	"tundish/adapters/standard"
	"tundish/core"
	wire "tundish/wsdl/hotline"
	"tundish/wsdl/vocabulary"
)

// Sink writes back to a hotline.
type Sink struct {
	standard.Sink
	peer   standard.Peer
	client *wire.HotlineSystemClient
}

// NewSink makes the sink of a system.
func NewSink(p standard.Peer) (*Sink, error) {
	if err := p.Check(); err != nil {
		return nil, err
	}
	s := &Sink{peer: p, client: wire.NewHotlineSystemClient(p.Client)}
	s.Sink = standard.Sink{System: p.System, Clock: p.Clock, Send: s.send, Asks: s.asks, Fault: fault}
	return s, nil
}

func (s *Sink) send(ctx context.Context, h standard.Head, wb *core.WriteBack) (*vocabulary.Acknowledgement, error) {
	switch wb.Kind {
	case core.TellStatus:
		return s.status(ctx, h, wb)
	case core.TellResult:
		return s.close(ctx, h, wb)
	case core.TellReturned:
		a, err := s.client.ReturnOrder(ctx, returned(s.System, h, wb))
		if err != nil {
			return nil, err
		}
		return &a.Acknowledgement, nil
	case core.TellExtension:
		return s.extend(ctx, h, wb)
	}
	return nil, standard.NoOperation("hotline", wb.Kind)
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

func (s *Sink) extend(ctx context.Context, h standard.Head, wb *core.WriteBack) (*vocabulary.Acknowledgement, error) {
	q, err := extension(s.System, h, wb)
	if err != nil {
		return nil, err
	}
	a, err := s.client.RequestExtension(ctx, q)
	if err != nil {
		return nil, err
	}
	return &a.Acknowledgement, nil
}

func (s *Sink) close(ctx context.Context, h standard.Head, wb *core.WriteBack) (*vocabulary.Acknowledgement, error) {
	o := &wb.Order
	result, err := s.System.Completion(ctx, o, s.peer.Blobs)
	if err != nil {
		return nil, err
	}
	a, err := s.client.CloseOrder(ctx, &wire.CloseOrder{
		MessageId: h.MessageId, Sequence: h.Sequence, SentAt: h.SentAt,
		OrderNo: string(o.No), ExternalRef: o.Ref.External, RefPeriod: o.Ref.Period, Completion: *result,
	})
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
