package billing

import (
	"cmp"

	"tundish/adapters/standard"
	"tundish/core"
	wire "tundish/wsdl/billing"
	"tundish/wsdl/vocabulary"
	"tundish/wsdl/xsd"
)

// closing is what the three operations that close an order out have alike.
type closing struct {
	MessageId   string
	Sequence    int64
	SentAt      xsd.DateTime
	OrderNo     string
	ExternalRef string
	RefPeriod   string
	Account     string
	Completion  vocabulary.Completion
}

func closeOut(h standard.Head, o *core.WorkOrder, result *vocabulary.Completion) closing {
	return closing{
		MessageId: h.MessageId, Sequence: h.Sequence, SentAt: h.SentAt,
		OrderNo: string(o.No), ExternalRef: o.Ref.External, RefPeriod: o.Ref.Period, Account: o.Customer.Account, Completion: *result,
	}
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

// scrapped is the old meter of an order, with what becomes of it.
func scrapped(s *standard.System, h standard.Head, wb *core.WriteBack) (*wire.RegisterScrappedMeter, error) {
	o := &wb.Order
	c := o.LastCompletion()
	if c == nil || c.OldMeterFate == "" {
		return nil, core.Invalidf("incomplete", "Fate", "the result of order %s does not say what becomes of the old meter", "工单 %s 的结果未说明旧表去向", o.No)
	}
	if o.Meter.Serial == "" && o.Meter.Stamp == "" {
		return nil, core.Invalidf("incomplete", "Meter.Serial", "nobody knows the serial or stamped number of the meter that order %s took out", "工单 %s 拆下的水表没有表号或钢印号", o.No)
	}
	v := &wire.RegisterScrappedMeter{
		MessageId: h.MessageId, Sequence: h.Sequence, SentAt: h.SentAt, OrderNo: string(o.No), Account: o.Customer.Account,
		Meter: s.MeterOf(&o.Meter), Fate: c.OldMeterFate, RemovedOn: xsd.DateOf(c.FinishedAt.In(s.Zone)),
	}
	v.ExternalRef, v.RefPeriod = s.External(o)
	if len(c.People) > 0 {
		v.By = standard.Name(c.People[0])
	}
	var err error
	v.FinalReading, err = standard.Reading(c.OldFinalReading)
	return v, err
}

// corrected is what a crew found to be otherwise with a customer.
func corrected(s *standard.System, h standard.Head, wb *core.WriteBack) (*wire.UpdateCustomer, error) {
	o := &wb.Order
	if o.Customer.Account == "" {
		return nil, core.Invalidf("incomplete", "Account", "order %s names no account to correct", "工单 %s 没有可更正的户号", o.No)
	}
	v := &wire.UpdateCustomer{
		MessageId: h.MessageId, Sequence: h.Sequence, SentAt: h.SentAt, OrderNo: string(o.No), Account: o.Customer.Account,
		Customer: &vocabulary.Customer{Name: standard.Name(o.Customer.Name), Contact: standard.Name(o.Customer.Contact), Phone: o.Customer.Phone},
		Remark:   standard.Remark(cmp.Or(wb.Reason, o.Report.Remark)), By: standard.Name(wb.By), At: s.Time(wb.At),
	}
	v.ExternalRef, v.RefPeriod = s.External(o)
	if o.Place.Address != "" || o.Place.Detail != "" {
		v.Place = &vocabulary.Place{Address: o.Place.Address, Detail: o.Place.Detail}
	}
	return v, nil
}
