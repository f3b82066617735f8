package newconnectionsim

import (
	"context"
	"fmt"

	"tundish/adapters/sim"
	"tundish/core"
	"tundish/wsdl/newconnection"
)

// service is what the hub calls.
type service struct{ *bureau }

func (s *service) GetPendingInstallations(_ context.Context, r *newconnection.GetPendingInstallations) (*newconnection.GetPendingInstallationsResponse, error) {
	all, err := s.window(r.WindowFrom, r.WindowTo)
	if err != nil {
		return nil, err
	}
	items, more, err := sim.Page(all, r.PageNo, r.PageSize)
	if err != nil {
		return nil, err
	}
	s.Books.Count(func(n *sim.Stats) { n.Pages++ })
	return &newconnection.GetPendingInstallationsResponse{Item: items, Total: int32(len(all)), More: more, SourceTime: s.Books.Stamp(s.host.Clock.Now())}, nil
}

func (s *service) ConfirmReceived(ctx context.Context, r *newconnection.ConfirmReceived) (*newconnection.ConfirmReceivedResponse, error) {
	ack, unknown, err := s.Books.Confirm(ctx, r.MessageId, r.Received)
	if err != nil {
		return nil, err
	}
	return &newconnection.ConfirmReceivedResponse{Acknowledgement: ack, Unknown: unknown}, nil
}

func (s *service) UpdateOrderStatus(ctx context.Context, r *newconnection.UpdateOrderStatus) (*newconnection.UpdateOrderStatusResponse, error) {
	m := sim.Message{ID: r.MessageId, Sequence: r.Sequence, OrderNo: r.OrderStatus.OrderNo, Ref: r.OrderStatus.ExternalRef, Period: r.OrderStatus.RefPeriod}
	ack, err := s.Books.Status(ctx, m, &r.OrderStatus, nil)
	if err != nil {
		return nil, err
	}
	return &newconnection.UpdateOrderStatusResponse{Acknowledgement: ack}, nil
}

func (s *service) ReturnOrder(ctx context.Context, r *newconnection.ReturnOrder) (*newconnection.ReturnOrderResponse, error) {
	m := sim.Message{ID: r.MessageId, Sequence: r.Sequence, OrderNo: r.OrderNo, Ref: r.ExternalRef, Period: r.RefPeriod}
	ack, err := s.Books.Return(ctx, m, r.ReasonCode)
	if err != nil {
		return nil, err
	}
	return &newconnection.ReturnOrderResponse{Acknowledgement: ack}, nil
}

func (s *service) CompleteInstallation(ctx context.Context, r *newconnection.CompleteInstallation) (*newconnection.CompleteInstallationResponse, error) {
	m := sim.Message{ID: r.MessageId, Sequence: r.Sequence, OrderNo: r.OrderNo, Ref: r.ExternalRef, Period: r.RefPeriod}
	ack, err := s.Books.Result(ctx, m, &r.Completion, func(*sim.Entry) error { return s.install(r) })
	if err != nil {
		return nil, err
	}
	return &newconnection.CompleteInstallationResponse{Acknowledgement: ack}, nil
}

// install checks an installation and, done, keeps its meter.
func (b *bureau) install(r *newconnection.CompleteInstallation) error {
	if r.Completion.Outcome != "done" {
		return nil
	}
	x := r.Completion.MeterInstallation
	if x == nil {
		return core.Fail(core.Invalid, "required", "Completion/MeterInstallation", "an installation that is done has the meter installed", "已完成的装表必须包含装表信息")
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	where := b.installed[x.Serial]
	if p := b.city.Serial(x.Serial); p != nil {
		where = p.Account
	}
	if where != "" {
		return core.Fail(core.Conflict, "serial_in_use", "Completion/MeterInstallation/Serial",
			fmt.Sprintf("meter %s is installed at %s", x.Serial, where), fmt.Sprintf("水表 %s 已安装在 %s", x.Serial, where))
	}
	b.installed[x.Serial] = r.ExternalRef
	return nil
}

func (s *service) GetWriteBackStatus(_ context.Context, r *newconnection.GetWriteBackStatus) (*newconnection.GetWriteBackStatusResponse, error) {
	a := new(newconnection.GetWriteBackStatusResponse)
	a.State, a.At, a.Sequence = s.Books.WriteBackStatus(r.AskedMessageId)
	return a, nil
}

func (s *service) ListOrders(_ context.Context, r *newconnection.ListOrders) (*newconnection.ListOrdersResponse, error) {
	page, total, more, err := s.Books.ListOrders(r.WindowFrom, r.WindowTo, r.PageNo, r.PageSize)
	if err != nil {
		return nil, err
	}
	return &newconnection.ListOrdersResponse{Entry: page, Total: total, More: more, SourceTime: s.Books.Stamp(s.host.Clock.Now())}, nil
}
