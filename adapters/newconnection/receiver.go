package newconnection

import (
	"context"

	"tundish/adapters/soap"
	"tundish/adapters/standard"
	wire "tundish/wsdl/newconnection"
)

// NewEndpoint serves the hub's side of the contract to one system.
func NewEndpoint(h standard.Hub) (*soap.Endpoint, error) {
	r, err := h.Receiver()
	if err != nil {
		return nil, err
	}
	handler := wire.NewNewConnectionHubHandler(&Receiver{r})
	return soap.NewEndpoint(handler, h.System.Endpoint(h.SOAP, handler, detail(handler.Operations())))
}

// Receiver is what the hub serves.
type Receiver struct{ standard.Receiver }

var _ wire.NewConnectionHubService = (*Receiver)(nil)

// SubmitInstallation takes an order in.
func (r *Receiver) SubmitInstallation(ctx context.Context, q *wire.SubmitInstallation) (*wire.SubmitInstallationResponse, error) {
	receipt, err := r.Submit(ctx, q.MessageId, &q.Order)
	if err != nil {
		return nil, err
	}
	return new(wire.SubmitInstallationResponse(r.System.Receipt(receipt))), nil
}

// AmendOrder changes an order that was submitted before.
func (r *Receiver) AmendOrder(ctx context.Context, q *wire.AmendOrder) (*wire.AmendOrderResponse, error) {
	receipt, err := r.Amend(ctx, q.MessageId, &q.Order)
	if err != nil {
		return nil, err
	}
	return new(wire.AmendOrderResponse(r.System.Receipt(receipt))), nil
}

// CancelOrder calls an order off.
func (r *Receiver) CancelOrder(ctx context.Context, q *wire.CancelOrder) (*wire.CancelOrderResponse, error) {
	receipt, err := r.Cancel(ctx, standard.Wish{MessageID: q.MessageId, External: q.ExternalRef, Period: q.RefPeriod, Reason: q.Reason, By: q.By})
	if err != nil {
		return nil, err
	}
	return new(wire.CancelOrderResponse(r.System.Receipt(receipt))), nil
}

// QueryOrder tells how far an order is.
func (r *Receiver) QueryOrder(ctx context.Context, q *wire.QueryOrder) (*wire.QueryOrderResponse, error) {
	p, err := r.Query(ctx, q.ExternalRef, q.RefPeriod, q.OrderNo, q.WithPhotos != nil && *q.WithPhotos)
	if err != nil {
		return nil, err
	}
	return &wire.QueryOrderResponse{Progress: *p}, nil
}
