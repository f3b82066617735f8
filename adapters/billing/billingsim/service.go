package billingsim

import (
	"context"
	"time"

	"tundish/adapters/sim"
	"tundish/core"
	"tundish/wsdl/billing"
)

// service is what the hub calls.
type service struct{ *office }

func (s *service) GetScheduledReplacements(_ context.Context, r *billing.GetScheduledReplacements) (*billing.GetScheduledReplacementsResponse, error) {
	all, err := s.window(r.WindowFrom, r.WindowTo)
	if err != nil {
		return nil, err
	}
	items, more, err := sim.Page(all, r.PageNo, r.PageSize)
	if err != nil {
		return nil, err
	}
	s.Books.Count(func(n *sim.Stats) { n.Pages++ })
	return &billing.GetScheduledReplacementsResponse{Item: items, Total: int32(len(all)), More: more, SourceTime: s.Books.Stamp(s.host.Clock.Now())}, nil
}

func (s *service) ConfirmReceived(ctx context.Context, r *billing.ConfirmReceived) (*billing.ConfirmReceivedResponse, error) {
	ack, unknown, err := s.Books.Confirm(ctx, r.MessageId, r.Received)
	if err != nil {
		return nil, err
	}
	return &billing.ConfirmReceivedResponse{Acknowledgement: ack, Unknown: unknown}, nil
}

// Replacement, removal and recheck have operations for their results; of every other
// type the status is the result.
func resultByStatus(e *sim.Entry) bool { return !typeCodes.Knows(e.Type) }

func (s *service) UpdateOrderStatus(ctx context.Context, r *billing.UpdateOrderStatus) (*billing.UpdateOrderStatusResponse, error) {
	if code := r.OrderStatus.Status; !statusCodes.Knows(code) {
		return nil, core.Invalidf("unknown_code", "OrderStatus/Status", "status %q is not in the table of billing", "状态 %q 不在营收系统代码表内", code)
	}
	m := sim.Message{ID: r.MessageId, Sequence: r.Sequence, OrderNo: r.OrderStatus.OrderNo, Ref: r.OrderStatus.ExternalRef, Period: r.OrderStatus.RefPeriod}
	ack, err := s.Books.Status(ctx, m, &r.OrderStatus, resultByStatus)
	if err != nil {
		return nil, err
	}
	return &billing.UpdateOrderStatusResponse{Acknowledgement: ack}, nil
}

func (s *service) ReturnOrder(ctx context.Context, r *billing.ReturnOrder) (*billing.ReturnOrderResponse, error) {
	m := sim.Message{ID: r.MessageId, Sequence: r.Sequence, OrderNo: r.OrderNo, Ref: r.ExternalRef, Period: r.RefPeriod}
	ack, err := s.Books.Return(ctx, m, r.ReasonCode)
	if err != nil {
		return nil, err
	}
	return &billing.ReturnOrderResponse{Acknowledgement: ack}, nil
}

func (s *service) CompleteReplacement(ctx context.Context, r *billing.CompleteReplacement) (*billing.CompleteReplacementResponse, error) {
	m := sim.Message{ID: r.MessageId, Sequence: r.Sequence, OrderNo: r.OrderNo, Ref: r.ExternalRef, Period: r.RefPeriod}
	ack, err := s.Books.Result(ctx, m, &r.Completion, func(e *sim.Entry) error { return s.exchange(e, r) })
	if err != nil {
		return nil, err
	}
	return &billing.CompleteReplacementResponse{Acknowledgement: ack}, nil
}

func (s *service) CompleteRemoval(ctx context.Context, r *billing.CompleteRemoval) (*billing.CompleteRemovalResponse, error) {
	m := sim.Message{ID: r.MessageId, Sequence: r.Sequence, OrderNo: r.OrderNo, Ref: r.ExternalRef, Period: r.RefPeriod}
	ack, err := s.Books.Result(ctx, m, &r.Completion, func(e *sim.Entry) error { return s.remove(e, r) })
	if err != nil {
		return nil, err
	}
	return &billing.CompleteRemovalResponse{Acknowledgement: ack}, nil
}

func (s *service) CompleteRecheck(ctx context.Context, r *billing.CompleteRecheck) (*billing.CompleteRecheckResponse, error) {
	m := sim.Message{ID: r.MessageId, Sequence: r.Sequence, OrderNo: r.OrderNo, Ref: r.ExternalRef, Period: r.RefPeriod}
	ack, err := s.Books.Result(ctx, m, &r.Completion, func(e *sim.Entry) error { return s.recheck(e, r) })
	if err != nil {
		return nil, err
	}
	return &billing.CompleteRecheckResponse{Acknowledgement: ack}, nil
}

func (s *service) UpdateCustomer(ctx context.Context, r *billing.UpdateCustomer) (*billing.UpdateCustomerResponse, error) {
	m := sim.Message{ID: r.MessageId, Sequence: r.Sequence}
	ack, err := s.Books.Once(ctx, m, func(_ *sim.Entry, _ time.Time) error { return s.correct(r) })
	if err != nil {
		return nil, err
	}
	return &billing.UpdateCustomerResponse{Acknowledgement: ack}, nil
}

func (s *service) RegisterScrappedMeter(ctx context.Context, r *billing.RegisterScrappedMeter) (*billing.RegisterScrappedMeterResponse, error) {
	m := sim.Message{ID: r.MessageId, Sequence: r.Sequence}
	ack, err := s.Books.Once(ctx, m, func(_ *sim.Entry, _ time.Time) error { return s.scrap(r) })
	if err != nil {
		return nil, err
	}
	return &billing.RegisterScrappedMeterResponse{Acknowledgement: ack}, nil
}

func (s *service) GetCustomer(_ context.Context, r *billing.GetCustomer) (*billing.GetCustomerResponse, error) {
	return s.find(r)
}

func (s *service) GetWriteBackStatus(_ context.Context, r *billing.GetWriteBackStatus) (*billing.GetWriteBackStatusResponse, error) {
	a := new(billing.GetWriteBackStatusResponse)
	a.State, a.At, a.Sequence = s.Books.WriteBackStatus(r.AskedMessageId)
	return a, nil
}

func (s *service) ListOrders(_ context.Context, r *billing.ListOrders) (*billing.ListOrdersResponse, error) {
	page, total, more, err := s.Books.ListOrders(r.WindowFrom, r.WindowTo, r.PageNo, r.PageSize)
	if err != nil {
		return nil, err
	}
	return &billing.ListOrdersResponse{Entry: page, Total: total, More: more, SourceTime: s.Books.Stamp(s.host.Clock.Now())}, nil
}
