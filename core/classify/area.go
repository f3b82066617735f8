package classify

import (
	"math"
	"slices"

	"tundish/core"
)

// Area is a part of the map in WGS 84 degrees: a rectangle, or what a polygon encloses. Its border belongs to it. It does not reach
// over the 180th meridian.
type Area struct {
	South, West, North, East float64
	// Corners of a polygon, each once, in either direction; none: all of the rectangle.
	Corners []core.Point
}

// Polygon is the area within corners, of which there are at least three.
func Polygon(corners []core.Point) *Area {
	a := &Area{South: math.Inf(1), West: math.Inf(1), North: math.Inf(-1), East: math.Inf(-1), Corners: corners}
	for _, c := range corners {
		a.South, a.North, a.West, a.East = min(a.South, c.Lat), max(a.North, c.Lat), min(a.West, c.Lon), max(a.East, c.Lon)
	}
	return a
}

// edge is how far from the border a point is still on it, in degrees: a tenth of a millimetre, what writing a coordinate as text and
// reading it again may move it by.
const edge = 1e-9

func (a *Area) holds(p *core.Point) bool {
	if p == nil || p.Lat < a.South-edge || p.Lat > a.North+edge || p.Lon < a.West-edge || p.Lon > a.East+edge {
		return false
	}
	if len(a.Corners) == 0 {
		return true
	}
	// A ray to the east meets the border an odd number of times from within. Of two sides that share a corner, one has it.
	inside := false
	for i, c := range a.Corners {
		d := a.Corners[(i+1)%len(a.Corners)]
		if near(p, c, d) {
			return true
		}
		if (c.Lat > p.Lat) != (d.Lat > p.Lat) && p.Lon < c.Lon+(p.Lat-c.Lat)*(d.Lon-c.Lon)/(d.Lat-c.Lat) {
			inside = !inside
		}
	}
	return inside
}

// near tells whether p lies on the side from c to d.
func near(p *core.Point, c, d core.Point) bool {
	x, y := d.Lon-c.Lon, d.Lat-c.Lat
	along := max(0, min(1, ((p.Lon-c.Lon)*x+(p.Lat-c.Lat)*y)/(x*x+y*y)))
	return math.Hypot(p.Lon-c.Lon-along*x, p.Lat-c.Lat-along*y) <= edge
}

// within tells whether a surely lies in b.
func (a *Area) within(b *Area) bool {
	if len(b.Corners) > 0 {
		return slices.Equal(a.Corners, b.Corners)
	}
	return a.South >= b.South && a.North <= b.North && a.West >= b.West && a.East <= b.East
}
