package standard

import (
	"errors"
	"strconv"
	"strings"

	"tundish/adapters/geo"
	"tundish/core"
	"tundish/wsdl/vocabulary"
	"tundish/wsdl/xsd"
)

// Point converts a coordinate to WGS 84. What cannot be a place of work is refused:
// (0,0), swapped values, anything outside the service area. field is its path in the
// message.
func (s *System) Point(c *vocabulary.Coordinate, field string) (core.Point, error) {
	r := s.Reference
	if c.ReferenceSystem != "" {
		known := false
		if r, known = geo.ByName(strings.TrimSpace(c.ReferenceSystem)); !known {
			return core.Point{}, core.Invalidf("unknown_code", field+".referenceSystem", "reference system %q is not known; allowed: %s", "坐标系 %q 未知；可用：%s", c.ReferenceSystem, geo.Names())
		}
	}
	p, err := s.Area.Place(r, c.Lat.Float64(), c.Lon.Float64(), c.Lat.String(), c.Lon.String())
	if e := (*core.Error)(nil); errors.As(err, &e) {
		e.Field = field
	}
	return p, err
}

// sent keeps a coordinate as its source wrote it.
func (s *System) sent(c *vocabulary.Coordinate) string {
	r := c.ReferenceSystem
	if r == "" {
		r = s.Reference.Name()
	}
	return c.Lon.String() + "," + c.Lat.String() + " (" + r + ")"
}

// Coordinate writes a point in the system's reference system, with seven digits, which
// is about a centimetre.
func (s *System) Coordinate(p core.Point) vocabulary.Coordinate {
	lat, lon := s.Reference.FromWGS84(p)
	return vocabulary.Coordinate{Lat: degrees(lat), Lon: degrees(lon), ReferenceSystem: s.Reference.Name()}
}

func degrees(f float64) xsd.Decimal {
	d, err := xsd.ParseDecimal(strconv.FormatFloat(f, 'f', 7, 64))
	if err != nil { // NaN or infinite, which no store holds
		return xsd.Decimal{}
	}
	return d
}
