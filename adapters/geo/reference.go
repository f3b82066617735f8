package geo

import (
	"fmt"
	"math"
	"slices"

	"tundish/core"
)

// Names of the reference systems that need no parameters.
const (
	WGS84    = "WGS84"
	CGCS2000 = "CGCS2000" // EPSG:4490; less than a metre from WGS84, taken as the same
	GCJ02    = "GCJ02"    // of Amap and Tencent: WGS84 shifted by 100 to 700 m within China
	BD09     = "BD09"     // of Baidu: GCJ02 shifted once more
)

// Reference is a reference system. It is safe for concurrent use.
type Reference struct {
	name string
	grid *plane                      // nil for systems in degrees
	way  func(core.Point) core.Point // from WGS 84, in degrees; nil changes nothing
}

// Named are the reference systems that need no parameters, in the order in which they are
// shown to people.
var named = []*Reference{
	{name: WGS84},
	{name: CGCS2000},
	{name: GCJ02, way: toGCJ02},
	{name: BD09, way: func(p core.Point) core.Point { return shiftBaidu(toGCJ02(p)) }},
}

// Names lists the reference systems that need no parameters.
func Names() []string {
	names := make([]string, len(named))
	for i, r := range named {
		names[i] = r.name
	}
	return names
}

// ByName finds a reference system that needs no parameters.
func ByName(name string) (*Reference, bool) {
	i := slices.IndexFunc(named, func(r *Reference) bool { return r.name == name })
	if i < 0 {
		return nil, false
	}
	return named[i], true
}

// Name is what the configuration calls it.
func (r *Reference) Name() string { return r.name }

// String gives the name; the parameters of a grid are nobody's business.
func (r *Reference) String() string { return r.name }

// GoString is String, for %#v.
func (r *Reference) GoString() string { return r.name }

// Plane tells that positions are metres in a grid, not degrees.
func (r *Reference) Plane() bool { return r.grid != nil }

// FromWGS84 gives the position of p: latitude and longitude in degrees, or X (north) and
// Y (east) in metres.
func (r *Reference) FromWGS84(p core.Point) (north, east float64) {
	switch {
	case r.grid != nil:
		return r.grid.from(p)
	case r.way != nil:
		p = r.way(p)
	}
	return p.Lat, p.Lon
}

// ToWGS84 gives the point at a position, exact to less than a millimetre against FromWGS84.
// A position that no place can have is refused: degrees beyond the poles, metres beyond
// the reach of the grid.
func (r *Reference) ToWGS84(north, east float64) (core.Point, error) {
	if math.IsNaN(north) || math.IsNaN(east) || math.IsInf(north, 0) || math.IsInf(east, 0) {
		return core.Point{}, core.Fail(core.Invalid, "invalid_value", "", "a coordinate is a finite number", "坐标须为有限数值")
	}
	if r.grid != nil {
		return r.grid.to(north, east)
	}
	if math.Abs(north) > 90 || math.Abs(east) > 360 {
		return core.Point{}, core.Invalidf("outside_area", "", "latitude %g, longitude %g is no place on earth: %s is in degrees", "纬度 %g、经度 %g 不是有效位置：%s 以度为单位", north, east, r.name)
	}
	p := core.Point{Lat: north, Lon: east}
	if r.way == nil {
		return p, nil
	}
	// The shifts have no closed inverse. They change by less than a hundredth of a step, so that
	// each round gains at least two digits.
	guess := p
	for range 12 {
		there := r.way(guess)
		dLat, dLon := p.Lat-there.Lat, p.Lon-there.Lon
		guess.Lat += dLat
		guess.Lon += dLon
		if math.Abs(dLat)+math.Abs(dLon) < 1e-11 {
			break
		}
	}
	return guess, nil
}

// The formulas of GCJ-02 are not published by their office. These are the ones found
// by the public in 2013 (the program known as EvilTransform) and used by every map
// library since: a polynomial with sines over the offset from 105° E 35° N in metres,
// turned into degrees on the ellipsoid of Krassowsky 1940.
const (
	krassowskyA  = 6378245.0              // semi-major axis in metres
	krassowskyE2 = 0.00669342162296594323 // first eccentricity squared
)

// toGCJ02 shifts a point in WGS 84. Outside of the box around China nothing is shifted.
func toGCJ02(p core.Point) core.Point {
	if p.Lon < 72.004 || p.Lon > 137.8347 || p.Lat < 0.8293 || p.Lat > 55.8271 {
		return p
	}
	x, y := p.Lon-105, p.Lat-35
	sin := func(f float64) float64 { return math.Sin(f * math.Pi) }
	common := (20*sin(6*x) + 20*sin(2*x)) * 2 / 3
	root := 0.2 * math.Sqrt(math.Abs(x))
	north := -100 + 2*x + 3*y + 0.2*y*y + 0.1*x*y + root + common +
		(20*sin(y)+40*sin(y/3))*2/3 + (160*sin(y/12)+320*sin(y/30))*2/3
	east := 300 + x + 2*y + 0.1*x*x + 0.1*x*y + root/2 + common +
		(20*sin(x)+40*sin(x/3))*2/3 + (150*sin(x/12)+300*sin(x/30))*2/3

	lat := p.Lat * math.Pi / 180
	w := 1 - krassowskyE2*math.Sin(lat)*math.Sin(lat)
	meridian := krassowskyA * (1 - krassowskyE2) / (w * math.Sqrt(w)) // radius of curvature along the meridian
	parallel := krassowskyA / math.Sqrt(w) * math.Cos(lat)            // radius of the parallel
	return core.Point{
		Lat: p.Lat + north*180/(meridian*math.Pi),
		Lon: p.Lon + east*180/(parallel*math.Pi),
	}
}

// shiftBaidu turns GCJ-02 into BD-09 as Baidu's own first clients did: a small turn and
// stretch that depends on the place, and a fixed offset.
func shiftBaidu(p core.Point) core.Point {
	const waves = math.Pi * 3000 / 180
	r := math.Hypot(p.Lon, p.Lat) + 0.00002*math.Sin(p.Lat*waves)
	angle := math.Atan2(p.Lat, p.Lon) + 0.000003*math.Cos(p.Lon*waves)
	return core.Point{Lat: r*math.Sin(angle) + 0.006, Lon: r*math.Cos(angle) + 0.0065}
}

// Metres is the great-circle distance of two points.
func Metres(a, b core.Point) float64 {
	const earth, rad = 6371008.8, math.Pi / 180
	sinLat, sinLon := math.Sin((b.Lat-a.Lat)*rad/2), math.Sin((b.Lon-a.Lon)*rad/2)
	h := sinLat*sinLat + math.Cos(a.Lat*rad)*math.Cos(b.Lat*rad)*sinLon*sinLon
	return 2 * earth * math.Asin(math.Min(1, math.Sqrt(h)))
}

// Area is a box in WGS 84 degrees; the zero Area is everywhere.
type Area struct{ South, West, North, East float64 }

// Contains reports whether p lies in the area.
func (a Area) Contains(p core.Point) bool {
	return a == (Area{}) || p.Lat >= a.South && p.Lat <= a.North && p.Lon >= a.West && p.Lon <= a.East
}

func (a Area) String() string {
	return fmt.Sprintf("Lat %g…%g, Lon %g…%g", a.South, a.North, a.West, a.East)
}

// Place brings a position to WGS 84 and refuses what cannot be a place of work: (0,0), swapped
// values, anything outside the service area. northText and eastText are the values as they were
// written, for the message.
func (a Area) Place(r *Reference, north, east float64, northText, eastText string) (core.Point, error) {
	if north == 0 && east == 0 {
		return core.Point{}, core.Fail(core.Invalid, "outside_area", "", "(0,0) is no place of work; leave the coordinate out where there is none", "(0,0) 不是有效位置；没有坐标时请省略")
	}
	names := [2]string{"Lat", "Lon"}
	if r.Plane() {
		names = [2]string{"X", "Y"}
	}
	p, err := r.ToWGS84(north, east)
	if err == nil && a.Contains(p) {
		return p, nil
	}
	if a != (Area{}) {
		if swapped, err := r.ToWGS84(east, north); err == nil && a.Contains(swapped) {
			return core.Point{}, core.Invalidf("outside_area", "", "%s %s and %s %s are swapped: the service area is %s", "%s %s 与 %s %s 颠倒：服务范围为 %s", names[0], northText, names[1], eastText, a)
		}
	}
	if err != nil {
		return core.Point{}, err
	}
	return core.Point{}, core.Invalidf("outside_area", "", "%s %s, %s %s lies outside the service area: %s", "%s %s、%s %s 超出服务范围：%s", names[0], northText, names[1], eastText, a)
}
