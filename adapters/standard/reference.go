package standard

import (
	"math"

	"tundish/core"
)

// Reference is a reference system of coordinates in degrees.
type Reference string

const (
	WGS84    Reference = "WGS84"
	CGCS2000 Reference = "CGCS2000" // EPSG:4490; less than a metre from WGS84, taken as the same
	GCJ02    Reference = "GCJ02"    // of Amap and Tencent: WGS84 shifted by 100 to 700 m within China
	BD09     Reference = "BD09"     // of Baidu: GCJ02 shifted once more
)

var referenceNames = []string{string(WGS84), string(CGCS2000), string(GCJ02), string(BD09)}

// references holds the way from WGS84 to each system. The ways back are found by
// iteration: the shifts have no closed inverse.
var references = map[Reference]func(core.Point) core.Point{
	WGS84:    nil,
	CGCS2000: nil,
	GCJ02:    toGCJ02,
	BD09:     func(p core.Point) core.Point { return shiftBaidu(toGCJ02(p)) },
}

// FromWGS84 gives p, in WGS 84, in the reference system r.
func FromWGS84(p core.Point, r Reference) core.Point {
	if way := references[r]; way != nil {
		return way(p)
	}
	return p
}

// ToWGS84 gives p, in the reference system r, in WGS 84; exact to less than a millimetre
// against FromWGS84.
func ToWGS84(p core.Point, r Reference) core.Point {
	way := references[r]
	if way == nil {
		return p
	}
	// The shift changes by less than a hundredth of a step, so that each round gains at
	// least two digits.
	guess := p
	for range 12 {
		there := way(guess)
		dLat, dLon := p.Lat-there.Lat, p.Lon-there.Lon
		guess.Lat += dLat
		guess.Lon += dLon
		if math.Abs(dLat)+math.Abs(dLon) < 1e-11 {
			break
		}
	}
	return guess
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
