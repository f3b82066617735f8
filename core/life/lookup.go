package life

import (
	"tundish/core"
)

// ToLookUp is the target of the hub's own at which the customers of orders are looked up.
const ToLookUp core.SystemID = "hub:customer"

// lookUp owes the look-up of a new order's customer, where there is somebody to ask, something to ask by and something
// to be learnt. The order does not wait for it.
func (x *turn) lookUp() {
	o := &x.next
	from := x.r.CustomersFrom
	if from == "" || o.Ref.System == from || o.Customer.Account == "" && o.Customer.Phone == "" {
		return
	}
	if c := o.Customer; c.Account == "" || c.Name == "" || c.Tariff == "" || o.Place.Address == "" || o.Meter.Serial == "" {
		x.tell(ToLookUp, core.TellLookUp, "")
	}
}

// LookedUp notes what billing said of an order's customer. What the order leaves empty is filled in, nothing that its source
// or a person wrote is changed. A nil record: nobody was found, s.Remark says why.
func (r *Rules) LookedUp(old core.WorkOrder, found *core.CustomerRecord, s Step) (core.Unit, error) {
	if old.Phase.Ended() {
		return core.Unit{}, r.conflict(&old, s, "ended", "its customer no longer matters", "工单已结束")
	}
	x, err := r.begin(&old, s, core.EventLookedUp)
	if err != nil {
		return core.Unit{}, err
	}
	if found == nil {
		return x.change()
	}
	fillIn(&x.next, found)
	if !x.next.Begun() && !sameParts(&old, &x.next) {
		if err := x.again(x.next.Type); err != nil { // what it waits for may depend on who it is
			return core.Unit{}, err
		}
	}
	return x.change()
}

func fillIn(o *core.WorkOrder, found *core.CustomerRecord) {
	empty(&o.Customer.Account, found.Customer.Account)
	empty(&o.Customer.Name, found.Customer.Name)
	empty(&o.Customer.Contact, found.Customer.Contact)
	empty(&o.Customer.Phone, found.Customer.Phone)
	empty(&o.Customer.Tariff, found.Customer.Tariff)
	empty(&o.Customer.Arrears, found.Customer.Arrears)
	p, q := &o.Place, &found.Place
	if p.Address == "" && p.Point == nil {
		p.Address, p.Detail = q.Address, q.Detail
		empty(&p.ServicePoint, q.ServicePoint)
		empty(&p.District, q.District)
		empty(&p.Depot, q.Depot)
	}
	empty(&p.Branch, q.Branch)
	if p.Book == "" {
		p.Book, p.BookNo = q.Book, q.BookNo
	}
	for i := range found.Meters {
		if m := &found.Meters[i]; o.Meter.Serial == m.Serial || o.Meter.Serial == "" && o.Meter.Stamp == "" && len(found.Meters) == 1 {
			was := o.Meter
			o.Meter = *m
			keep(&o.Meter, &was)
		}
	}
}

// keep writes what was there over what was found.
func keep(m, was *core.Meter) {
	for _, f := range []struct{ now, was *string }{
		{&m.Stamp, &was.Stamp}, {&m.Barcode, &was.Barcode}, {&m.Model, &was.Model}, {&m.Maker, &was.Maker}, {&m.DialRange, &was.DialRange}, {&m.InstalledOn, &was.InstalledOn},
		{&m.VerifiedOn, &was.VerifiedOn}, {&m.DueOn, &was.DueOn}, {&m.State, &was.State}, {&m.LastReading, &was.LastReading}, {&m.Reading, &was.Reading},
	} {
		if *f.was != "" {
			*f.now = *f.was
		}
	}
	if was.DiameterMM != 0 {
		m.DiameterMM = was.DiameterMM
	}
}

func empty(field *string, value string) {
	if *field == "" {
		*field = value
	}
}
