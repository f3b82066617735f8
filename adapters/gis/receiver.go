package gis

import (
	"context"
	"errors"

	"tundish/adapters/soap"
	"tundish/adapters/standard"
	"tundish/core"
	wire "tundish/wsdl/gis"
)

// NewEndpoint serves the hub's side of the contract to one system.
func NewEndpoint(h standard.Hub, p Positions) (*soap.Endpoint, error) {
	r, err := h.Receiver()
	if err != nil {
		return nil, err
	}
	if p.Store == nil {
		return nil, errors.New("gis: crew positions need a store")
	}
	if p.Clock == nil {
		p.Clock = core.SystemClock{}
	}
	handler := wire.NewGISHubHandler(&Receiver{Receiver: r, positions: p})
	return soap.NewEndpoint(handler, h.System.Endpoint(h.SOAP, handler, detail(handler.Operations())))
}

// Receiver is what the hub serves.
type Receiver struct {
	standard.Receiver
	positions Positions
}

var _ wire.GISHubService = (*Receiver)(nil)

// SubmitOrder takes a patrol finding in.
func (r *Receiver) SubmitOrder(ctx context.Context, q *wire.SubmitOrder) (*wire.SubmitOrderResponse, error) {
	receipt, err := r.Submit(ctx, q.MessageId, &q.Order)
	if err != nil {
		return nil, err
	}
	return new(wire.SubmitOrderResponse(r.System.Receipt(receipt))), nil
}

// ReportCrewPositions takes in where crews are. Those that cannot be right are listed, the
// others taken.
func (r *Receiver) ReportCrewPositions(ctx context.Context, q *wire.ReportCrewPositions) (*wire.ReportCrewPositionsResponse, error) {
	return r.positions.report(ctx, r.System, q)
}
