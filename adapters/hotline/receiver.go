package hotline

import (
	"context"
	"time"

	"tundish/adapters/soap"
	"tundish/adapters/standard"
	"tundish/core"
	wire "tundish/wsdl/hotline"
)

// NewEndpoint serves the hub's side of the contract to one system.
func NewEndpoint(h standard.Hub) (*soap.Endpoint, error) {
	r, err := h.Receiver()
	if err != nil {
		return nil, err
	}
	handler := wire.NewHotlineHubHandler(&Receiver{r})
	return soap.NewEndpoint(handler, h.System.Endpoint(h.SOAP, handler, detail(handler.Operations())))
}

// Receiver is what the hub serves.
type Receiver struct{ standard.Receiver }

var _ wire.HotlineHubService = (*Receiver)(nil)

// SubmitOrder takes an order in.
func (r *Receiver) SubmitOrder(ctx context.Context, q *wire.SubmitOrder) (*wire.SubmitOrderResponse, error) {
	receipt, err := r.Submit(ctx, q.MessageId, &q.Order)
	if err != nil {
		return nil, err
	}
	return new(wire.SubmitOrderResponse(r.System.Receipt(receipt))), nil
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

// ExpediteOrder urges an order on.
func (r *Receiver) ExpediteOrder(ctx context.Context, q *wire.ExpediteOrder) (*wire.ExpediteOrderResponse, error) {
	receipt, err := r.Expedite(ctx, standard.Wish{MessageID: q.MessageId, External: q.ExternalRef, Period: q.RefPeriod, Reason: q.Reason, By: q.By})
	if err != nil {
		return nil, err
	}
	a := r.System.Receipt(receipt)
	return &wire.ExpediteOrderResponse{OrderNo: a.OrderNo, Status: a.Status, Known: a.Known, At: a.At, ExpediteCount: int32(receipt.Expedited)}, nil
}

// QueryOrder tells how far an order is.
func (r *Receiver) QueryOrder(ctx context.Context, q *wire.QueryOrder) (*wire.QueryOrderResponse, error) {
	p, err := r.Query(ctx, q.ExternalRef, q.RefPeriod, q.OrderNo, q.WithPhotos != nil && *q.WithPhotos)
	if err != nil {
		return nil, err
	}
	return &wire.QueryOrderResponse{Progress: *p}, nil
}

// RecordFollowUp records the call that the hotline's staff made after the work.
func (r *Receiver) RecordFollowUp(ctx context.Context, q *wire.RecordFollowUp) (*wire.RecordFollowUpResponse, error) {
	receipt, err := r.FollowUp(ctx, standard.Wish{MessageID: q.MessageId, External: q.ExternalRef, Period: q.RefPeriod, Reason: q.FollowUp.Comment}, &q.FollowUp)
	if err != nil {
		return nil, err
	}
	return new(wire.RecordFollowUpResponse(r.System.Receipt(receipt))), nil
}

// AnswerExtension takes the answer to a request for more time.
func (r *Receiver) AnswerExtension(ctx context.Context, q *wire.AnswerExtension) (*wire.AnswerExtensionResponse, error) {
	var until time.Time // zero: as asked for
	if q.Until != nil {
		until = q.Until.Time(r.System.Zone)
	}
	if q.Granted && q.Until != nil && !until.After(q.At.Time(r.System.Zone)) {
		return nil, core.Invalidf("invalid_value", "Until", "the new deadline %s does not lie after the answer %s", "新的时限 %s 不晚于答复时间 %s", q.Until, q.At)
	}
	receipt, err := r.Receiver.AnswerExtension(ctx, standard.Wish{MessageID: q.MessageId, External: q.ExternalRef, Period: q.RefPeriod, Reason: q.Remark, By: q.By}, q.ExtensionNo, q.Granted, until)
	if err != nil {
		return nil, err
	}
	return new(wire.AnswerExtensionResponse(r.System.Receipt(receipt))), nil
}
