package newconnection

import (
	"tundish/adapters/standard"
	"tundish/core"
	wire "tundish/wsdl/newconnection"
)

// returned is an order that goes back without a result.
func returned(s *standard.System, h standard.Head, wb *core.WriteBack) *wire.ReturnOrder {
	o := &wb.Order
	return &wire.ReturnOrder{
		MessageId: h.MessageId, Sequence: h.Sequence, SentAt: h.SentAt,
		OrderNo: string(o.No), ExternalRef: o.Ref.External, RefPeriod: o.Ref.Period,
		Reason: standard.Remark(wb.Reason), By: standard.Name(wb.By), At: s.Time(wb.At),
	}
}
