package standard

import (
	"math"
	"math/rand/v2"
	"testing"

	"tundish/core"
	"tundish/wsdl/vocabulary"
	"tundish/wsdl/xsd"
)

// The shifts of one point in Beijing as map libraries publish them in their manuals.
func TestShiftsAreThoseOfTheMapLibraries(t *testing.T) {
	p := core.Point{Lat: 39.915, Lon: 116.404}
	for name, c := range map[string]struct{ got, want core.Point }{
		"WGS84 to GCJ02": {FromWGS84(p, GCJ02), core.Point{Lat: 39.91640428150164, Lon: 116.41024449916938}},
		"GCJ02 to BD09":  {shiftBaidu(p), core.Point{Lat: 39.92133699351021, Lon: 116.41036949371029}},
		"CGCS2000":       {FromWGS84(p, CGCS2000), p},
	} {
		if d := Metres(c.got, c.want); d > 0.001 {
			t.Errorf("%s: %+v is %.4f m from %+v", name, c.got, d, c.want)
		}
	}
}

func TestEveryReferenceSystemThereAndBack(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		p := core.Point{Lat: 18 + 35*r.Float64(), Lon: 75 + 60*r.Float64()}
		for ref := range references {
			there := FromWGS84(p, ref)
			if back := ToWGS84(there, ref); Metres(p, back) > 0.001 {
				t.Fatalf("%s: %+v comes back as %+v, %.4f m off", ref, p, back, Metres(p, back))
			}
			moved := Metres(p, there)
			if shifted := ref == GCJ02 || ref == BD09; shifted != (moved > 1) || moved > 2500 {
				t.Fatalf("%s moves %+v by %.1f m", ref, p, moved)
			}
		}
	}
}

func TestOutsideOfChinaNothingIsShifted(t *testing.T) {
	p := core.Point{Lat: 48.85, Lon: 2.35}
	if q := FromWGS84(p, GCJ02); q != p {
		t.Errorf("Paris moved to %+v", q)
	}
}

func coordinate(lat, lon, ref string) *vocabulary.Coordinate {
	return &vocabulary.Coordinate{Lat: xsd.MustDecimal(lat), Lon: xsd.MustDecimal(lon), ReferenceSystem: ref}
}

func TestACoordinateThatIsNoPlaceOfWorkIsRefused(t *testing.T) {
	s := system(t, func(s *Settings) { s.Area = Area{South: 30.6, West: 20, North: 31.9, East: 40} })
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
	s := system(t, func(s *Settings) { s.Reference = GCJ02 })
	p := core.Point{Lat: 31.2304163, Lon: 121.4737012}
	c := s.Coordinate(p)
	if c.ReferenceSystem != "GCJ02" || c.Lat.Scale() != 7 {
		t.Errorf("%+v", c)
	}
	back, err := s.Point(&c, "")
	if err != nil || Metres(p, back) > 0.02 {
		t.Errorf("%+v, %v", back, err)
	}
	if d := Metres(p, core.Point{Lat: c.Lat.Float64(), Lon: c.Lon.Float64()}); math.Abs(d-450) > 350 {
		t.Errorf("shifted by %.0f m", d)
	}
}
