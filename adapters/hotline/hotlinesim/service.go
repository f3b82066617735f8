package hotlinesim

import (
	"context"
	"time"

	"tundish/adapters/sim"
	"tundish/wsdl/hotline"
)

// service is what the hub calls.
type service struct{ *desk }

func (s *service) UpdateOrderStatus(ctx context.Context, r *hotline.UpdateOrderStatus) (*hotline.UpdateOrderStatusResponse, error) {
	if err := checkStatus(r.OrderStatus.Status); err != nil {
		return nil, err
	}
	m := sim.Message{ID: r.MessageId, Sequence: r.Sequence, OrderNo: r.OrderStatus.OrderNo, Ref: r.OrderStatus.ExternalRef, Period: r.OrderStatus.RefPeriod}
	ack, err := s.Books.Status(ctx, m, &r.OrderStatus, nil)
	if err != nil {
		return nil, err
	}
	return &hotline.UpdateOrderStatusResponse{Acknowledgement: ack}, nil
}

func (s *service) CloseOrder(ctx context.Context, r *hotline.CloseOrder) (*hotline.CloseOrderResponse, error) {
	m := sim.Message{ID: r.MessageId, Sequence: r.Sequence, OrderNo: r.OrderNo, Ref: r.ExternalRef, Period: r.RefPeriod}
	ack, err := s.Books.Result(ctx, m, &r.Completion, nil)
	if err != nil {
		return nil, err
	}
	if ack.Accepted && !ack.AlreadyDone {
		s.followUp(r)
	}
	return &hotline.CloseOrderResponse{Acknowledgement: ack}, nil
}

func (s *service) ReturnOrder(ctx context.Context, r *hotline.ReturnOrder) (*hotline.ReturnOrderResponse, error) {
	m := sim.Message{ID: r.MessageId, Sequence: r.Sequence, OrderNo: r.OrderNo, Ref: r.ExternalRef, Period: r.RefPeriod}
	ack, err := s.Books.Return(ctx, m, r.ReasonCode)
	if err != nil {
		return nil, err
	}
	return &hotline.ReturnOrderResponse{Acknowledgement: ack}, nil
}

func (s *service) RequestExtension(ctx context.Context, r *hotline.RequestExtension) (*hotline.RequestExtensionResponse, error) {
	m := sim.Message{ID: r.MessageId, Sequence: r.Sequence, OrderNo: r.OrderNo, Ref: r.ExternalRef, Period: r.RefPeriod}
	ack, err := s.Books.Once(ctx, m, func(e *sim.Entry, _ time.Time) error { return e.Extendable() })
	if err != nil {
		return nil, err
	}
	if ack.Accepted && !ack.AlreadyDone {
		s.answerExtension(r)
	}
	return &hotline.RequestExtensionResponse{Acknowledgement: ack}, nil
}

func (s *service) GetWriteBackStatus(_ context.Context, r *hotline.GetWriteBackStatus) (*hotline.GetWriteBackStatusResponse, error) {
	a := new(hotline.GetWriteBackStatusResponse)
	a.State, a.At, a.Sequence = s.Books.WriteBackStatus(r.AskedMessageId)
	return a, nil
}

func (s *service) ListOrders(_ context.Context, r *hotline.ListOrders) (*hotline.ListOrdersResponse, error) {
	page, total, more, err := s.Books.ListOrders(r.WindowFrom, r.WindowTo, r.PageNo, r.PageSize)
	if err != nil {
		return nil, err
	}
	return &hotline.ListOrdersResponse{Entry: page, Total: total, More: more, SourceTime: s.Books.Stamp(s.host.Clock.Now())}, nil
}
