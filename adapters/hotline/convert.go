package hotline

import (
	"tundish/adapters/standard"
	"tundish/core"
	wire "tundish/wsdl/hotline"
)

// extension asks for more time.
func extension(s *standard.System, h standard.Head, wb *core.WriteBack) (*wire.RequestExtension, error) {
	o, x := &wb.Order, wb.Order.Extension
	if x == nil {
		return nil, core.Invalidf("incomplete", "Extension", "order %s asks for no extension; skip the message", "工单 %s 没有延期申请；请跳过该消息", o.No)
	}
	return &wire.RequestExtension{
		MessageId: h.MessageId, Sequence: h.Sequence, SentAt: h.SentAt,
		OrderNo: string(o.No), ExternalRef: o.Ref.External, RefPeriod: o.Ref.Period,
		ExtensionNo: x.No, Until: s.Time(x.Until), Reason: standard.Remark(x.Reason), By: standard.Name(x.By), At: s.Time(x.RequestedAt),
	}, nil
}

// returned is an order that goes back without a result.
func returned(s *standard.System, h standard.Head, wb *core.WriteBack) *wire.ReturnOrder {
	o := &wb.Order
	return &wire.ReturnOrder{
		MessageId: h.MessageId, Sequence: h.Sequence, SentAt: h.SentAt,
		OrderNo: string(o.No), ExternalRef: o.Ref.External, RefPeriod: o.Ref.Period,
		Reason: standard.Remark(wb.Reason), By: standard.Name(wb.By), At: s.Time(wb.At),
	}
}
