package geo

import (
	"maps"
	"math"
	"slices"

	"tundish/core"
)

// Grid are the parameters of a city's plane grid: a transverse Mercator (Gauss–Krüger) projection
// and, behind it, a four-parameter transform.
//
// Degrees are taken as WGS 84's, whatever the ellipsoid: what an older datum lies off is, within
// a city, a shift and a turn, which the four parameters, fitted to control points, take in.
type Grid struct {
	Ellipsoid       string  // one of Ellipsoids
	CentralMeridian float64 // degrees east
	FalseNorth      float64 // metres added to the northing
	FalseEast       float64 // metres added to the easting; 500,000 in the national grids
	Scale           float64 // on the central meridian; 0 means 1
	Transform       Transform
}

// Transform turns positions of the projection into those of the city's grid:
//
//	X = ShiftNorth + m·(x·cos r − y·sin r)
//	Y = ShiftEast  + m·(x·sin r + y·cos r)
//
// with m = 1 + ScalePPM/10⁶ and r = RotationSeconds. The zero Transform changes nothing.
type Transform struct {
	ShiftNorth, ShiftEast float64 // metres
	RotationSeconds       float64 // seconds of arc, positive turns X towards Y
	ScalePPM              float64 // parts per million
}

type ellipsoid struct{ a, inverseFlattening float64 }

// Sources: Krassowsky 1940 (Beijing 54), IAG 1975 (Xi'an 80), GB 22021 for CGCS2000, NIMA
// TR8350.2 for WGS 84. a in metres.
var ellipsoids = map[string]ellipsoid{
	"krassovsky": {6378245, 298.3},
	"iag75":      {6378140, 298.257},
	"cgcs2000":   {6378137, 298.257222101},
	"wgs84":      {6378137, 298.257223563},
}

// Ellipsoids lists the ellipsoids a Grid may name.
func Ellipsoids() []string { return slices.Sorted(maps.Keys(ellipsoids)) }

// NewGrid checks the parameters and makes a reference system of them. Errors name the
// parameter, never a value.
func NewGrid(name string, g Grid) (*Reference, error) {
	e, ok := ellipsoids[g.Ellipsoid]
	if !ok {
		return nil, core.Invalidf("reference", name, "its ellipsoid is not known; use one of %v", "椭球未知；可用 %v", Ellipsoids())
	}
	if g.Scale == 0 {
		g.Scale = 1
	}
	t := g.Transform
	for _, p := range []struct {
		name        string
		value, most float64
	}{
		{"central_meridian", g.CentralMeridian, 180}, {"false_north", g.FalseNorth, 1e8}, {"false_east", g.FalseEast, 1e8}, {"scale", g.Scale - 1, 0.01},
		{"transform.shift_north", t.ShiftNorth, 1e8}, {"transform.shift_east", t.ShiftEast, 1e8},
		{"transform.rotation_seconds", t.RotationSeconds, 180 * 3600}, {"transform.scale_ppm", t.ScalePPM, 10000},
	} {
		if !(math.Abs(p.value) <= p.most) { // NaN, too
			return nil, core.Invalidf("reference", name, "%s is out of range", "%s 超出范围", p.name)
		}
	}
	r := t.RotationSeconds / 3600 * math.Pi / 180
	m := 1 + t.ScalePPM/1e6
	f := 1 / e.inverseFlattening
	n := f / (2 - f)
	n2, n3, n4 := n*n, n*n*n, n*n*n*n
	return &Reference{name: name, grid: &plane{
		name: name, eccentricity: math.Sqrt(f * (2 - f)), meridian: g.CentralMeridian * math.Pi / 180, falseNorth: g.FalseNorth, falseEast: g.FalseEast,
		radius: e.a / (1 + n) * (1 + n2/4 + n4/64) * g.Scale,
		alpha:  [4]float64{n/2 - 2*n2/3 + 5*n3/16 + 41*n4/180, 13*n2/48 - 3*n3/5 + 557*n4/1440, 61*n3/240 - 103*n4/140, 49561 * n4 / 161280},
		beta:   [4]float64{n/2 - 2*n2/3 + 37*n3/96 - n4/360, n2/48 + n3/15 - 437*n4/1440, 17*n3/480 - 37*n4/840, 4397 * n4 / 161280},
		shiftN: t.ShiftNorth, shiftE: t.ShiftEast, cos: m * math.Cos(r), sin: m * math.Sin(r), m2: m * m,
	}}, nil
}

// plane is a Grid worked out. The projection is Krüger's series in the third flattening n to its fourth
// power (L. Krüger, Konforme Abbildung des Erdellipsoids in der Ebene, 1912; C. F. F. Karney,
// Transverse Mercator with an accuracy of a few nanometers, 2011, equations 7 to 11 and 35),
// good to a micrometre within 1,000 km of the meridian.
type plane struct {
	name                         string
	eccentricity, meridian       float64
	falseNorth, falseEast        float64
	radius                       float64 // of the rectifying sphere, scaled
	alpha, beta                  [4]float64
	shiftN, shiftE, cos, sin, m2 float64
}

// reach is how far from the central meridian positions are believed, in radians: 10°, three zones.
const reach = 10 * math.Pi / 180

func (g *plane) from(p core.Point) (north, east float64) {
	phi, dLon := p.Lat*math.Pi/180, p.Lon*math.Pi/180-g.meridian
	t := g.conformal(math.Tan(phi))
	xi0, eta0 := math.Atan2(t, math.Cos(dLon)), math.Asinh(math.Sin(dLon)/math.Hypot(t, math.Cos(dLon)))
	xi, eta := xi0, eta0
	for j, a := range g.alpha {
		k := float64(2 * (j + 1))
		xi += a * math.Sin(k*xi0) * math.Cosh(k*eta0)
		eta += a * math.Cos(k*xi0) * math.Sinh(k*eta0)
	}
	x, y := g.falseNorth+g.radius*xi, g.falseEast+g.radius*eta
	return g.shiftN + x*g.cos - y*g.sin, g.shiftE + x*g.sin + y*g.cos
}

// conformal is the tangent of the conformal latitude, of that of the latitude.
func (g *plane) conformal(tau float64) float64 {
	e := g.eccentricity
	sigma := math.Sinh(e * math.Atanh(e*tau/math.Hypot(1, tau)))
	return tau*math.Hypot(1, sigma) - sigma*math.Hypot(1, tau)
}

func (g *plane) to(north, east float64) (core.Point, error) {
	dx, dy := north-g.shiftN, east-g.shiftE
	x, y := (dx*g.cos+dy*g.sin)/g.m2, (dy*g.cos-dx*g.sin)/g.m2
	xi0, eta0 := (x-g.falseNorth)/g.radius, (y-g.falseEast)/g.radius
	if math.Abs(eta0) > reach || math.Abs(xi0) > math.Pi/2 {
		return core.Point{}, core.Invalidf("outside_area", "", "X %g, Y %g is beyond the reach of the grid %s (X is north, Y is east, in metres)", "X %g、Y %g 超出坐标网 %s 的范围（X 为北、Y 为东，单位米）", north, east, g.name)
	}
	xi, eta := xi0, eta0
	for j, b := range g.beta {
		k := float64(2 * (j + 1))
		xi -= b * math.Sin(k*xi0) * math.Cosh(k*eta0)
		eta -= b * math.Cos(k*xi0) * math.Sinh(k*eta0)
	}
	dLon := math.Atan2(math.Sinh(eta), math.Cos(xi))
	want := math.Sin(xi) / math.Hypot(math.Sinh(eta), math.Cos(xi))
	// Newton on the conformal latitude; three rounds reach the last digit.
	e2 := g.eccentricity * g.eccentricity
	tau := want / (1 - e2)
	for range 4 {
		have := g.conformal(tau)
		tau += (want - have) / math.Hypot(1, have) * (1 + (1-e2)*tau*tau) / ((1 - e2) * math.Hypot(1, tau))
	}
	return core.Point{Lat: math.Atan(tau) * 180 / math.Pi, Lon: (g.meridian + dLon) * 180 / math.Pi}, nil
}
