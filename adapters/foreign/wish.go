package foreign

import (
	"context"

	"tundish/adapters/mapping"
	"tundish/adapters/soap"
	"tundish/adapters/standard"
	"tundish/core"
	"tundish/core/intake"
	"tundish/wsdl/xml"
)

// wish hands a message about a known order to the intake. One that carries no id of its own
// is known by its content, so that it counts once however often it is sent.
// store keeps the message with it.
func (m *message) wish(ctx context.Context, it *mapping.Item, store bool) (mapping.Receipt, error) {
	w := it.Wish()
	ref, err := m.hub.System.KnownRef(it.Order.Ref.External, it.Order.Ref.Period)
	if err != nil {
		return mapping.Receipt{}, m.in.Theirs(err)
	}
	c := intake.Command{Ref: ref, Reason: w.Reason, SourceMessageID: w.MessageID}
	switch {
	case w.By != "" && w.Reason != "":
		c.Reason += " — " + w.By
	case w.By != "":
		c.Reason = w.By
	}
	if c.SourceMessageID == "" {
		c.SourceMessageID = core.CutUTF16(string(it.Hash), core.MaxID)
	}
	use := m.hub.Intake.Cancel
	switch m.in.Does {
	case "cancel":
		c.SourceMessageID = "" // an order is cancelled once, whoever says so
	case "expedite":
		use = m.hub.Intake.Expedite
	case "follow_up":
		use = func(ctx context.Context, c intake.Command) (intake.Receipt, error) {
			return m.hub.Intake.FollowUp(ctx, c, w.FollowUp)
		}
	case "answer_extension":
		use = func(ctx context.Context, c intake.Command) (intake.Receipt, error) {
			return m.hub.Intake.AnswerExtension(ctx, c, w.Extension.No, w.Extension.Granted, w.Extension.Until)
		}
	}
	obey := use
	if store {
		obey = func(ctx context.Context, c intake.Command) (intake.Receipt, error) {
			return standard.Obey(ctx, "", c, use)
		}
	}
	r, err := obey(ctx, c)
	if err != nil {
		return mapping.Receipt{}, m.in.Theirs(err)
	}
	return receiptOf(ref, r), nil
}

// query answers how far an order is, by the source's number or the hub's.
func (m *message) query(ctx context.Context, v *mapping.Values) (xml.Marshaler, error) {
	it := &m.items[0]
	w := it.Wish()
	soap.Identify(ctx, it.Order.Ref.External, w.No)
	if it.Err != nil {
		return nil, it.Err
	}
	if it.Order.Ref.External == "" && w.No == "" {
		return nil, m.in.Theirs(core.Fail(core.Invalid, "required", "ref", "the message names no order", "报文未指明工单"))
	}
	ref := core.Ref{System: m.hub.System.ID}
	if it.Order.Ref.External != "" {
		var err error
		if ref, err = m.hub.System.KnownRef(it.Order.Ref.External, it.Order.Ref.Period); err != nil {
			return nil, m.in.Theirs(err)
		}
	}
	view, err := m.hub.Intake.Query(ctx, ref, w.No)
	if err != nil {
		return nil, m.in.Theirs(err)
	}
	soap.Identify(ctx, view.Order.Ref.External, view.Order.No)
	v.Order, v.Events, v.Status, v.At = &view.Order, view.Events, core.StatusOf(&view.Order), view.Order.UpdatedAt
	v.Receipt = &mapping.Receipt{Ref: view.Order.Ref, No: view.Order.No, Status: v.Status, Known: true, At: view.Order.ReceivedAt}
	return m.answer(m.in.OK, v), nil
}
