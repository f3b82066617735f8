package standard

import (
	"tundish/core"
	"tundish/wsdl/vocabulary"
)

// Customer converts what a system knows of a customer.
func (s *System) Customer(c *vocabulary.Customer, p *vocabulary.Place, meters []vocabulary.Meter) (core.CustomerRecord, error) {
	var o core.WorkOrder
	v := vocabulary.Order{Customer: c, Place: p}
	for _, read := range []func(*core.WorkOrder, *vocabulary.Order) error{s.customer, s.place} {
		if err := read(&o, &v); err != nil {
			return core.CustomerRecord{}, err
		}
	}
	out := core.CustomerRecord{Customer: o.Customer, Place: o.Place}
	for i := range meters {
		o.Meter = core.Meter{}
		if err := s.meter(&o, &vocabulary.Order{Meter: &meters[i]}); err != nil {
			return core.CustomerRecord{}, err
		}
		out.Meters = append(out.Meters, o.Meter)
	}
	return out, nil
}
