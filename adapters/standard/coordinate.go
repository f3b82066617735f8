package standard

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"tundish/core"
	"tundish/wsdl/vocabulary"
	"tundish/wsdl/xsd"
)

// Area is a box in WGS 84 degrees.
type Area struct{ South, West, North, East float64 }

// Contains reports whether p lies in the area.
func (a Area) Contains(p core.Point) bool {
	return a == (Area{}) || p.Lat >= a.South && p.Lat <= a.North && p.Lon >= a.West && p.Lon <= a.East
}

// Point converts a coordinate to WGS 84. What cannot be a place of work is refused:
// (0,0), swapped values, anything outside the service area. field is its path in the
// message.
func (s *System) Point(c *vocabulary.Coordinate, field string) (core.Point, error) {
	r := s.Reference
	if c.ReferenceSystem != "" {
		r = Reference(strings.TrimSpace(c.ReferenceSystem))
		if _, ok := references[r]; !ok {
			return core.Point{}, core.Invalidf("unknown_code", field+".referenceSystem", "reference system %q is not known; allowed: %s", "坐标系 %q 未知；可用：%s", c.ReferenceSystem, strings.Join(referenceNames, ", "))
		}
	}
	p := ToWGS84(core.Point{Lat: c.Lat.Float64(), Lon: c.Lon.Float64()}, r)
	if c.Lat.IsZero() && c.Lon.IsZero() {
		return core.Point{}, core.Fail(core.Invalid, "outside_area", field, "(0,0) is no place of work; leave the coordinate out where there is none", "(0,0) 不是有效位置；没有坐标时请省略")
	}
	if !s.Area.Contains(p) {
		bounds := fmt.Sprintf("Lat %g…%g, Lon %g…%g", s.Area.South, s.Area.North, s.Area.West, s.Area.East)
		if swapped := (core.Point{Lat: p.Lon, Lon: p.Lat}); s.Area.Contains(swapped) {
			return core.Point{}, core.Invalidf("outside_area", field, "Lat %s and Lon %s are swapped: the service area is %s", "Lat %s 与 Lon %s 颠倒：服务范围为 %s", c.Lat, c.Lon, bounds)
		}
		return core.Point{}, core.Invalidf("outside_area", field, "Lat %s, Lon %s lies outside the service area: %s", "Lat %s、Lon %s 超出服务范围：%s", c.Lat, c.Lon, bounds)
	}
	return p, nil
}

// sent keeps a coordinate as its source wrote it.
func (s *System) sent(c *vocabulary.Coordinate) string {
	r := c.ReferenceSystem
	if r == "" {
		r = string(s.Reference)
	}
	return c.Lon.String() + "," + c.Lat.String() + " (" + r + ")"
}

// Coordinate writes a point in the system's reference system, with seven digits, which
// is about a centimetre.
func (s *System) Coordinate(p core.Point) vocabulary.Coordinate {
	q := FromWGS84(p, s.Reference)
	return vocabulary.Coordinate{Lat: degrees(q.Lat), Lon: degrees(q.Lon), ReferenceSystem: string(s.Reference)}
}

func degrees(f float64) xsd.Decimal {
	d, err := xsd.ParseDecimal(strconv.FormatFloat(f, 'f', 7, 64))
	if err != nil { // NaN or infinite, which no store holds
		return xsd.Decimal{}
	}
	return d
}

// Metres is the great-circle distance of two points.
func Metres(a, b core.Point) float64 {
	const earth, rad = 6371008.8, math.Pi / 180
	sinLat, sinLon := math.Sin((b.Lat-a.Lat)*rad/2), math.Sin((b.Lon-a.Lon)*rad/2)
	h := sinLat*sinLat + math.Cos(a.Lat*rad)*math.Cos(b.Lat*rad)*sinLon*sinLon
	return 2 * earth * math.Asin(math.Min(1, math.Sqrt(h)))
}
