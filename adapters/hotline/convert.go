package hotline

import (
	"fmt"
	"time"

	"tundish/adapters/standard"
	"tundish/core"
	wire "tundish/wsdl/hotline"
)

// extension gives the deadline granted, zero if none was named, and what the timeline is
// to say.
func extension(s *standard.System, q *wire.AnswerExtension) (until time.Time, verdict string) {
	if q.Until != nil {
		until = q.Until.Time(s.Zone)
	}
	verdict = fmt.Sprintf("extension %s refused 延期未获批准", q.ExtensionNo)
	if q.Granted {
		verdict = fmt.Sprintf("extension %s granted 延期获准", q.ExtensionNo)
	}
	if q.Remark != "" {
		verdict += ": " + q.Remark
	}
	return until, verdict
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
