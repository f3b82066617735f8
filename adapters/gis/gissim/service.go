package gissim

import (
	"context"
	"strings"
	"time"

	"tundish/adapters/sim"
	"tundish/core"
	"tundish/wsdl/gis"
)

// service is what the hub calls.
type service struct{ *survey }

const usualCandidates = 5

func (s *service) Geocode(_ context.Context, r *gis.Geocode) (*gis.GeocodeResponse, error) {
	address := strings.TrimSpace(r.Address)
	if address == "" {
		return nil, core.Fail(core.Invalid, "invalid_value", "Address", "the address is empty", "地址为空")
	}
	most := usualCandidates
	if r.MaxCandidates != nil {
		most = int(*r.MaxCandidates)
	}
	return &gis.GeocodeResponse{Candidate: s.places.find(address, r.District, most)}, nil
}

func (s *service) GetServicePoint(_ context.Context, r *gis.GetServicePoint) (*gis.GetServicePointResponse, error) {
	return s.servicePoints(r)
}

func (s *service) GetNearbyAssets(_ context.Context, r *gis.GetNearbyAssets) (*gis.GetNearbyAssetsResponse, error) {
	return s.nearby(r)
}

func (s *service) UpdateServicePoint(ctx context.Context, r *gis.UpdateServicePoint) (*gis.UpdateServicePointResponse, error) {
	m := sim.Message{ID: r.MessageId, Sequence: r.Sequence}
	ack, err := s.Books.Once(ctx, m, func(_ *sim.Entry, now time.Time) error { return s.correct(r, now) })
	if err != nil {
		return nil, err
	}
	return &gis.UpdateServicePointResponse{Acknowledgement: ack}, nil
}

// A patrol finding has no operation for its result: the status brings it.
func resultByStatus(*sim.Entry) bool { return true }

func (s *service) UpdateOrderStatus(ctx context.Context, r *gis.UpdateOrderStatus) (*gis.UpdateOrderStatusResponse, error) {
	m := sim.Message{ID: r.MessageId, Sequence: r.Sequence, OrderNo: r.OrderStatus.OrderNo, Ref: r.OrderStatus.ExternalRef, Period: r.OrderStatus.RefPeriod}
	ack, err := s.Books.Status(ctx, m, &r.OrderStatus, resultByStatus)
	if err != nil {
		return nil, err
	}
	return &gis.UpdateOrderStatusResponse{Acknowledgement: ack}, nil
}

func (s *service) GetWriteBackStatus(_ context.Context, r *gis.GetWriteBackStatus) (*gis.GetWriteBackStatusResponse, error) {
	a := new(gis.GetWriteBackStatusResponse)
	a.State, a.At, a.Sequence = s.Books.WriteBackStatus(r.AskedMessageId)
	return a, nil
}

func (s *service) ListOrders(_ context.Context, r *gis.ListOrders) (*gis.ListOrdersResponse, error) {
	page, total, more, err := s.Books.ListOrders(r.WindowFrom, r.WindowTo, r.PageNo, r.PageSize)
	if err != nil {
		return nil, err
	}
	return &gis.ListOrdersResponse{Entry: page, Total: total, More: more, SourceTime: s.Books.Stamp(s.host.Clock.Now())}, nil
}
