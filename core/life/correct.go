package life

import (
	"tundish/core"
)

// Correction is what was found to be otherwise than the source said.
type Correction struct {
	// Customer: fields that are not empty replace what stands there.
	Customer core.Customer `json:"customer,omitzero"`
	// Point of the place, where it differs from the map.
	Point *core.Point `json:"point,omitempty"`
}

// Correct takes over data of the customer and the coordinate of the place. Billing and the GIS
// are told by messages of their own.
func (r *Rules) Correct(old core.WorkOrder, c Correction, s Step) (core.Unit, error) {
	x, err := r.side(&old, s, core.ActCorrect, core.EventCorrected)
	if err != nil {
		return core.Unit{}, err
	}
	to, was := &x.next.Customer, old.Customer
	for _, f := range []struct {
		to   *string
		from string
	}{{&to.Account, c.Customer.Account}, {&to.Name, c.Customer.Name}, {&to.Contact, c.Customer.Contact}, {&to.Phone, c.Customer.Phone}, {&to.Tariff, c.Customer.Tariff}} {
		if f.from != "" {
			*f.to = f.from
		}
	}
	if *to != was {
		x.tell(r.CustomersTo, core.TellCustomer, "")
	}
	if p := c.Point; p != nil {
		if err := onEarth(p, "point"); err != nil {
			return core.Unit{}, err
		}
		at := *p
		x.next.Place.Point, x.next.Place.PointSource = &at, core.PointFromCrew
		if old.Place.ServicePoint != "" {
			x.tell(r.PointsTo, core.TellPoint, "")
		}
	} else if *to == was {
		return core.Unit{}, core.Invalidf("required", "customer,point", "a correction says what is otherwise", "请填写需要更正的内容")
	}
	return x.change()
}
