package foreign

import (
	"context"
	"fmt"

	"tundish/adapters/geo"
	"tundish/adapters/mapping"
	"tundish/adapters/standard"
	"tundish/core"
	"tundish/core/assign"
	"tundish/wsdl/xml"
)

// Locator finds where an order is by asking a system in its own operations.
type Locator struct {
	Peer
}

var _ assign.Locator = (*Locator)(nil)

// Locate tries the mapping's look-ups in their order. It answers Unavailable when the system
// is away, NotFound when it does not know or is not sure.
func (l *Locator) Locate(ctx context.Context, o *core.WorkOrder) (core.Place, error) {
	ctx = standard.About(ctx, o.Ref.External, o.No)
	q := &mapping.Query{Address: o.Place.Address, District: o.Place.District, ServicePoint: o.Place.ServicePoint, Account: o.Customer.Account, Meter: o.Meter.Serial}
	for _, look := range l.Mapping.Locates {
		if !look.Can(q) {
			continue
		}
		place, found, err := l.look(ctx, look, q)
		if found || err != nil {
			return place, err
		}
	}
	return core.Place{}, core.Fail(core.NotFound, "unlocated", "", fmt.Sprintf("system %s does not know where order %s is, or is not sure", l.System, o.No), fmt.Sprintf("系统 %s 无法确定工单 %s 的位置", l.System, o.No))
}

func (l *Locator) look(ctx context.Context, look *mapping.Locating, q *mapping.Query) (place core.Place, found bool, err error) {
	v := l.reading(ctx)
	v.Query = q
	var places []core.Place
	var verdict core.Delivery
	err = l.call(ctx, look.Outward, &v, func(r *xml.Reader) (err error) {
		places, verdict, err = look.Read(r)
		return err
	})
	if err != nil {
		outcome, ok := judged(look.Outward, err)
		if ok && outcome == core.RefusedByPeer || !ok && core.IsKind(err, core.NotFound) {
			return place, false, nil
		}
		if kind := core.KindOf(err); kind == core.Invalid || kind == core.Conflict || kind == core.NotFound {
			return place, false, nil // it would say no again
		}
		return place, false, core.Because(core.Unavailable, "gis_away", fmt.Errorf("%s: %w", look.Name, err))
	}
	switch verdict.Outcome {
	case core.Delivered, core.AlreadyDone:
	case core.RefusedByPeer:
		return place, false, nil
	default:
		return place, false, unfinished(verdict)
	}
	if len(places) == 0 {
		return place, false, nil
	}
	for _, p := range places[1:] {
		if geo.Metres(*p.Point, *places[0].Point) > float64(look.Near) {
			return place, false, nil
		}
	}
	place = places[0]
	place.PointSource = core.PointFromGeocode
	for _, number := range []string{"query.service_point", "query.account", "query.meter"} {
		if look.Speaks(number) {
			place.PointSource = core.PointFromServicePoint
		}
	}
	return place, true, nil
}
