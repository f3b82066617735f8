package standard

import (
	"context"
	"errors"
	"time"

	"tundish/adapters/soap"
	"tundish/core"
	"tundish/core/intake"
	"tundish/wsdl/vocabulary"
)

// Intake is the use case behind what hubs serve.
type Intake interface {
	Submit(ctx context.Context, sub intake.Submission) (intake.Receipt, error)
	Amend(ctx context.Context, sub intake.Submission) (intake.Receipt, error)
	Cancel(ctx context.Context, c intake.Command) (intake.Receipt, error)
	Expedite(ctx context.Context, c intake.Command) (intake.Receipt, error)
	FollowUp(ctx context.Context, c intake.Command, f core.FollowUp) (intake.Receipt, error)
	AnswerExtension(ctx context.Context, c intake.Command, no string, granted bool, until time.Time) (intake.Receipt, error)
	Query(ctx context.Context, ref core.Ref, no core.OrderNo) (intake.View, error)
}

// Receiver is what the hubs of several contracts serve alike. Its methods take the parts of
// a request, whatever contract it came by. Errors name the element by its path.
type Receiver struct {
	System *System
	Intake Intake
	Blobs  Blobs // for photos in answers; nil leaves them out
	// CrewName names a crew for customers; nil or "" leaves the name out.
	CrewName func(id string) string
}

// Submit takes an order in.
func (r *Receiver) Submit(ctx context.Context, messageID string, v *vocabulary.Order) (intake.Receipt, error) {
	return r.take(ctx, messageID, v, r.Intake.Submit)
}

// Amend changes an order that must be known.
func (r *Receiver) Amend(ctx context.Context, messageID string, v *vocabulary.Order) (intake.Receipt, error) {
	return r.take(ctx, messageID, v, r.Intake.Amend)
}

func (r *Receiver) take(ctx context.Context, messageID string, v *vocabulary.Order, use func(context.Context, intake.Submission) (intake.Receipt, error)) (intake.Receipt, error) {
	identify(ctx, messageID, trim(v.ExternalRef), "") // also when it is refused
	o, blobs, err := r.System.Order(v)
	if err != nil {
		return intake.Receipt{}, Under("Order", err)
	}
	receipt, err := Take(ctx, messageID, intake.Submission{Order: o, Hash: r.System.Hash(v), Blobs: blobs}, use)
	return receipt, Under("Order", err)
}

// Wish is a command about an order that was submitted before.
type Wish struct {
	MessageID, External, Period string
	Reason, By                  string
}

// Cancel calls an order off.
func (r *Receiver) Cancel(ctx context.Context, w Wish) (intake.Receipt, error) {
	return r.wish(ctx, w, false, r.Intake.Cancel)
}

// Expedite urges an order on; each MessageID counts once.
func (r *Receiver) Expedite(ctx context.Context, w Wish) (intake.Receipt, error) {
	return r.wish(ctx, w, true, r.Intake.Expedite)
}

// FollowUp records a call after the work; each MessageID counts once.
func (r *Receiver) FollowUp(ctx context.Context, w Wish, v *vocabulary.FollowUp) (intake.Receipt, error) {
	return r.wish(ctx, w, true, func(ctx context.Context, c intake.Command) (intake.Receipt, error) {
		receipt, err := r.Intake.FollowUp(ctx, c, r.System.FollowUp(v))
		if e := (*core.Error)(nil); errors.As(err, &e) && e.Field == "satisfaction" {
			err = Under("FollowUp", err)
		}
		return receipt, err
	})
}

// AnswerExtension takes the answer to the request for more time with number no; each
// MessageID counts once.
func (r *Receiver) AnswerExtension(ctx context.Context, w Wish, no string, granted bool, until time.Time) (intake.Receipt, error) {
	return r.wish(ctx, w, true, func(ctx context.Context, c intake.Command) (intake.Receipt, error) {
		return r.Intake.AnswerExtension(ctx, c, trim(no), granted, until)
	})
}

func (r *Receiver) wish(ctx context.Context, w Wish, once bool, use func(context.Context, intake.Command) (intake.Receipt, error)) (intake.Receipt, error) {
	identify(ctx, w.MessageID, trim(w.External), "") // also when it is refused
	ref, err := r.System.KnownRef(w.External, w.Period)
	if err != nil {
		return intake.Receipt{}, Under("", err)
	}
	c := intake.Command{Ref: ref, Reason: reason(w)}
	if once {
		c.SourceMessageID = trim(w.MessageID)
	}
	receipt, err := Obey(ctx, w.MessageID, c, use)
	return receipt, Under("", err)
}

// reason is what the timeline says: the reason, and who gave it at the source.
func reason(w Wish) string {
	text, by := trim(w.Reason), trim(w.By)
	switch {
	case by == "":
		return text
	case text == "":
		return by
	}
	return text + " — " + by
}

// Query finds how far an order is, by the source's number or the hub's.
func (r *Receiver) Query(ctx context.Context, external, period, orderNo string, withPhotos bool) (*vocabulary.OrderProgress, error) {
	external, orderNo = trim(external), trim(orderNo)
	soap.Identify(ctx, external, core.OrderNo(orderNo))
	if external == "" && orderNo == "" {
		return nil, core.Fail(core.Invalid, "required", "ExternalRef", "name the order by ExternalRef or by OrderNo", "请以 ExternalRef 或 OrderNo 指明工单")
	}
	ref, err := r.System.KnownRef(external, period)
	if err != nil {
		return nil, Under("", err)
	}
	view, err := r.Intake.Query(ctx, ref, core.OrderNo(orderNo))
	if err != nil {
		return nil, Under("", err)
	}
	soap.Identify(ctx, view.Order.Ref.External, view.Order.No)
	blobs := r.Blobs
	if !withPhotos {
		blobs = nil
	}
	return r.System.Progress(ctx, &view.Order, view.Events, blobs, r.CrewName)
}
