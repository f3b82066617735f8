package gis

import (
	"context"

	"tundish/adapters/standard"
	"tundish/core"
	wire "tundish/wsdl/gis"
	"tundish/wsdl/vocabulary"
)

// Sink writes back to the GIS.
type Sink struct {
	standard.Sink
	client *wire.GISSystemClient
}

// NewSink makes the sink of a system.
func NewSink(p standard.Peer) (*Sink, error) {
	if err := p.Check(); err != nil {
		return nil, err
	}
	s := &Sink{client: wire.NewGISSystemClient(p.Client)}
	s.Sink = standard.Sink{System: p.System, Clock: p.Clock, Send: s.send, Asks: s.asks, Fault: fault}
	return s, nil
}

// send gives points back, and tells the GIS by a status what became of its findings: the
// contract has no other operation for a result or a return.
func (s *Sink) send(ctx context.Context, h standard.Head, wb *core.WriteBack) (*vocabulary.Acknowledgement, error) {
	switch wb.Kind {
	case core.TellPoint:
		return s.point(ctx, h, wb)
	case core.TellStatus, core.TellResult, core.TellReturned:
		return s.status(ctx, h, wb)
	}
	return nil, standard.NoOperation("gis", wb.Kind)
}

func (s *Sink) point(ctx context.Context, h standard.Head, wb *core.WriteBack) (*vocabulary.Acknowledgement, error) {
	q, err := found(s.System, h, wb)
	if err != nil {
		return nil, err
	}
	a, err := s.client.UpdateServicePoint(ctx, q)
	if err != nil {
		return nil, err
	}
	return &a.Acknowledgement, nil
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
