package gissim

import (
	"fmt"
	"time"

	"tundish/adapters/sim"
	"tundish/core"
	"tundish/wsdl/gis"
	"tundish/wsdl/xsd"
)

// record is what the GIS knows of a service point besides what billing knows.
type record struct {
	point    core.Point
	known    bool // the position was surveyed
	accuracy xsd.Decimal
	address  string
	at       time.Time
}

// firstSurvey surveyed all service points but every twentieth, some time ago.
func firstSurvey(c *sim.City, day time.Time) map[string]record {
	all := make(map[string]record, len(c.Points))
	for i := range c.Points {
		p := &c.Points[i]
		all[p.No] = record{point: p.Point, known: i%20 != 13, accuracy: xsd.MustDecimal("2.5"), address: p.Address, at: day.AddDate(0, -i%40, 0)}
	}
	return all
}

// servicePoints finds service points by number, account or meter; all that are given
// must fit.
func (s *survey) servicePoints(r *gis.GetServicePoint) (*gis.GetServicePointResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, err := s.named(r.ServicePointNo, r.Account, r.MeterSerial)
	if err != nil {
		return nil, err
	}
	answer := new(gis.GetServicePointResponse)
	if p != nil {
		answer.ServicePoint = []gis.ServicePoint{s.describe(p)}
	}
	return answer, nil
}

// named is the service point that fits everything given, nil if there is none.
func (s *survey) named(no, account, serial string) (*sim.ServicePoint, error) {
	var p *sim.ServicePoint
	switch {
	case no != "":
		p = s.city.ServicePoint(no)
	case account != "":
		p = s.city.Account(account)
	case serial != "":
		p = s.city.Serial(serial)
	default:
		return nil, core.Fail(core.Invalid, "required", "ServicePointNo", "ServicePointNo, Account or MeterSerial is needed", "须填写供水点编号、户号或表号")
	}
	if p == nil || account != "" && p.Account != account || serial != "" && p.Meter.Serial != serial {
		return nil, nil
	}
	return p, nil
}

func (s *survey) describe(p *sim.ServicePoint) gis.ServicePoint {
	known := s.surveyed[p.No]
	dn := gis.DiameterMM(p.Meter.DiameterMM)
	v := gis.ServicePoint{
		ServicePointNo: p.No, Account: p.Account, MeterSerial: p.Meter.Serial, Address: known.address, District: p.District.Code,
		DiameterMM: &dn, Material: "PE", State: "in_use", UpdatedAt: sim.Zoned(known.at, s.host.Zone),
	}
	if known.known {
		accuracy := known.accuracy
		v.Coordinate, v.AccuracyMetres = sim.Coordinate(known.point, reference), &accuracy
	}
	return v
}

// correct takes over what a crew found at a service point.
func (s *survey) correct(r *gis.UpdateServicePoint, now time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	no, account, serial := r.ServicePointNo, r.Account, r.MeterSerial
	if no != "" || account != "" {
		serial = "" // the meter may be the very thing that is not as we know it
	}
	p, err := s.named(no, account, serial)
	if err != nil {
		return err
	}
	if p == nil {
		return core.Fail(core.NotFound, "unknown_service_point", "ServicePointNo", fmt.Sprintf("no service point fits number %q, account %q", no, account), fmt.Sprintf("没有符合编号 %q、户号 %q 的供水点", no, account))
	}
	known := s.surveyed[p.No]
	if r.Coordinate != nil {
		if known.point, err = inside(r.Coordinate, "Coordinate"); err != nil {
			return err
		}
		known.known = true
		if r.AccuracyMetres != nil {
			known.accuracy = *r.AccuracyMetres
		}
	}
	if r.NewMeterSerial != "" {
		if other := s.city.Serial(r.NewMeterSerial); other == nil || other == p {
			s.city.Exchange(p, r.NewMeterSerial)
		}
	}
	if r.Address != "" {
		known.address = r.Address
	}
	known.at = now
	s.surveyed[p.No] = known
	s.Books.CountHeld(func(n *sim.Stats) { n.Notes++ })
	return nil
}
