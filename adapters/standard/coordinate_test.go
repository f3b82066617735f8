package standard

import (
	"math"
	"testing"

	"tundish/adapters/geo"
	"tundish/core"
	"tundish/wsdl/vocabulary"
	"tundish/wsdl/xsd"
)

func coordinate(lat, lon, ref string) *vocabulary.Coordinate {
	return &vocabulary.Coordinate{Lat: xsd.MustDecimal(lat), Lon: xsd.MustDecimal(lon), ReferenceSystem: ref}
}

func TestACoordinateThatIsNoPlaceOfWorkIsRefused(t *testing.T) {
	s := system(t, func(s *Settings) { s.Area = geo.Area{South: 30.6, West: 20, North: 31.9, East: 40} })
	for name, c := range map[string]struct {
		at   *vocabulary.Coordinate
		code string
		says string
	}{
		"nowhere":  {coordinate("0", "0.000", ""), "outside_area", "(0,0)"},
		"swapped":  {coordinate("35.1", "31.2", ""), "outside_area", "swapped"},
		"far away": {coordinate("45.1", "31.2", ""), "outside_area", "Lat 30.6…31.9"},
		"unknown":  {coordinate("31.2", "35.1", "XIAN80"), "unknown_code", "WGS84, CGCS2000, GCJ02, BD09"},
	} {
		t.Run(name, func(t *testing.T) {
			wantRefusal(t, second(s.Point(c.at, "Place.Coordinate")), c.code, "Place.Coordinate", c.says)
		})
	}
	if _, err := s.Point(coordinate("31.2", "35.1", "WGS84"), ""); err != nil {
		t.Errorf("a good one: %v", err)
	}
}

func TestCoordinatesLeaveInTheReferenceSystemOfTheReceiver(t *testing.T) {
	s := system(t, func(s *Settings) { s.Reference, _ = geo.ByName(geo.GCJ02) })
	p := core.Point{Lat: 31.2304163, Lon: 121.4737012}
	c := s.Coordinate(p)
	if c.ReferenceSystem != "GCJ02" || c.Lat.Scale() != 7 {
		t.Errorf("%+v", c)
	}
	back, err := s.Point(&c, "")
	if err != nil || geo.Metres(p, back) > 0.02 {
		t.Errorf("%+v, %v", back, err)
	}
	if d := geo.Metres(p, core.Point{Lat: c.Lat.Float64(), Lon: c.Lon.Float64()}); math.Abs(d-450) > 350 {
		t.Errorf("shifted by %.0f m", d)
	}
}
