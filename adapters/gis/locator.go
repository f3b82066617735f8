package gis

import (
	"context"
	"fmt"

	"tundish/adapters/geo"
	"tundish/adapters/standard"
	"tundish/core"
	"tundish/core/assign"
	wire "tundish/wsdl/gis"
)

// LocatorOptions say how sure an address must be. The zero value is good.
type LocatorOptions struct {
	MinScore float64 // of the best candidate; default 0.8
	// MinLead is how much better it must be than the next one elsewhere; default 0.1.
	MinLead float64
	// Near is how close two candidates are the same place, in metres; default 100.
	Near float64
}

// Locator finds where an order is.
type Locator struct {
	peer   standard.Peer
	client *wire.GISSystemClient
	o      LocatorOptions
}

var _ assign.Locator = (*Locator)(nil)

// NewLocator makes a locator that asks the GIS.
func NewLocator(p standard.Peer, o LocatorOptions) (*Locator, error) {
	if err := p.Check(); err != nil {
		return nil, err
	}
	for _, d := range []struct {
		to  *float64
		def float64
	}{{&o.MinScore, 0.8}, {&o.MinLead, 0.1}, {&o.Near, 100}} {
		if *d.to == 0 {
			*d.to = d.def
		}
	}
	return &Locator{peer: p, client: wire.NewGISSystemClient(p.Client), o: o}, nil
}

// Locate asks by what is surest first: the service point, the account, the meter, then
// the address. It answers Unavailable when the GIS is away, NotFound when it does not know or
// is not sure.
func (l *Locator) Locate(ctx context.Context, o *core.WorkOrder) (core.Place, error) {
	ctx = standard.About(ctx, o.Ref.External, o.No)
	for _, q := range []wire.GetServicePoint{
		{ServicePointNo: o.Place.ServicePoint}, {Account: o.Customer.Account}, {MeterSerial: o.Meter.Serial},
	} {
		if q.ServicePointNo == "" && q.Account == "" && q.MeterSerial == "" {
			continue
		}
		place, found, err := l.servicePoint(ctx, o, q)
		if found || err != nil && !core.IsKind(err, core.NotFound) {
			return place, err
		}
	}
	if o.Place.Address == "" {
		return core.Place{}, core.Fail(core.NotFound, "unlocated", "", fmt.Sprintf("the GIS knows no surveyed service point of order %s, and it has no address", o.No), fmt.Sprintf("GIS 中没有工单 %s 的供水点坐标，且工单没有地址", o.No))
	}
	return l.geocode(ctx, o)
}

// servicePoint asks for service points and takes the only one that is surveyed, or among
// several the one where the order's meter is.
func (l *Locator) servicePoint(ctx context.Context, o *core.WorkOrder, q wire.GetServicePoint) (place core.Place, found bool, err error) {
	h := l.peer.Reading()
	q.MessageId, q.SentAt = h.MessageId, h.SentAt
	a, err := l.client.GetServicePoint(ctx, &q)
	if err != nil {
		return place, false, l.away("find the service point", err)
	}
	var fits []core.Place
	for i := range a.ServicePoint {
		sp := &a.ServicePoint[i]
		if sp.Coordinate == nil || sp.State == "removed" || sp.State == "planned" {
			continue
		}
		p, err := l.peer.System.Point(sp.Coordinate, "ServicePoint.Coordinate")
		if err != nil {
			continue // a survey that cannot be right is none
		}
		at := core.Place{Point: &p, PointSource: core.PointFromServicePoint, ServicePoint: sp.ServicePointNo, District: sp.District}
		if o.Meter.Serial != "" && sp.MeterSerial == o.Meter.Serial {
			return at, true, nil
		}
		fits = append(fits, at)
	}
	if len(fits) == 1 {
		return fits[0], true, nil
	}
	return place, false, nil
}

// geocode takes the best candidate of an address, if it is good enough and clearly better
// than the next one elsewhere.
func (l *Locator) geocode(ctx context.Context, o *core.WorkOrder) (core.Place, error) {
	h := l.peer.Reading()
	a, err := l.client.Geocode(ctx, &wire.Geocode{
		MessageId: h.MessageId, SentAt: h.SentAt, Address: o.Place.Address, District: o.Place.District, MaxCandidates: new(int32(5)),
	})
	if err != nil {
		return core.Place{}, l.away("find the address", err)
	}
	best, second := core.Place{}, -1.0
	score := -1.0
	for i := range a.Candidate {
		c := &a.Candidate[i]
		p, err := l.peer.System.Point(&c.Coordinate, "Candidate.Coordinate")
		if err != nil || c.Level == "district" {
			continue // a whole district is no place to send somebody to
		}
		switch v := c.Score.Float64(); {
		case v > score:
			if best.Point != nil && geo.Metres(*best.Point, p) > l.o.Near {
				second = score
			}
			// Not the candidate's service point: the trouble at an address need not be at its meter.
			score, best = v, core.Place{Point: &p, PointSource: core.PointFromGeocode, District: c.District}
		case geo.Metres(*best.Point, p) > l.o.Near:
			second = max(second, v)
		}
	}
	if score < l.o.MinScore || second >= 0 && score-second < l.o.MinLead {
		return core.Place{}, core.Fail(core.NotFound, "unsure",
			"", fmt.Sprintf("the GIS is not sure where the address of order %s is: best score %.2f, next %.2f", o.No, max(score, 0), max(second, 0)),
			fmt.Sprintf("GIS 无法确定工单 %s 的地址：最高得分 %.2f，其次 %.2f", o.No, max(score, 0), max(second, 0)))
	}
	return best, nil
}

// away turns whatever a question ended with into Unavailable: it changed nothing there and
// may be asked again. Only a refusal of the question itself stays what it is.
func (l *Locator) away(what string, err error) error {
	if k := core.KindOf(err); k == core.Invalid || k == core.NotFound || k == core.Conflict {
		return &core.Error{Kind: core.NotFound, Code: "unsure", Message: "the GIS refuses to " + what, MessageZH: "GIS 拒绝了查询", Err: err}
	}
	return &core.Error{Kind: core.Unavailable, Code: "gis_away", Message: "the GIS does not answer: " + what, MessageZH: "GIS 无应答", Err: err}
}
