package gis

import (
	"tundish/adapters/standard"
	"tundish/core"
	wire "tundish/wsdl/gis"
)

// found is what a crew found at a service point: where it is, and the meter that is there
// now.
func found(s *standard.System, h standard.Head, wb *core.WriteBack) (*wire.UpdateServicePoint, error) {
	o := &wb.Order
	c := o.LastCompletion()
	if c == nil || c.Point == nil { // no result: a correction on its own
		if p := o.Place.Point; p != nil && o.Place.PointSource == core.PointFromCrew {
			return &wire.UpdateServicePoint{
				MessageId: h.MessageId, Sequence: h.Sequence, SentAt: h.SentAt, OrderNo: string(o.No), ServicePointNo: o.Place.ServicePoint,
				Account: o.Customer.Account, MeterSerial: o.Meter.Serial, Coordinate: new(s.Coordinate(*p)), At: s.Time(wb.At), By: standard.Name(wb.By),
			}, nil
		}
		return nil, core.Invalidf("incomplete", "Coordinate", "the result of order %s holds no coordinate", "工单 %s 的结果没有坐标", o.No)
	}
	v := &wire.UpdateServicePoint{
		MessageId: h.MessageId, Sequence: h.Sequence, SentAt: h.SentAt, OrderNo: string(o.No),
		ServicePointNo: o.Place.ServicePoint, Account: o.Customer.Account, MeterSerial: o.Meter.Serial,
		Coordinate: new(s.Coordinate(*c.Point)), At: s.Time(c.FinishedAt),
	}
	if c.Outcome == core.Done {
		v.NewMeterSerial = c.NewSerial
	}
	if len(c.People) > 0 {
		v.By = standard.Name(c.People[0])
	}
	return v, nil
}
