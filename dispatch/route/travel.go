package route

import "math"

const earthRadius = 6371008.8 // metres, the mean of WGS 84

// vec is a place on the plane, or on a sphere of the earth's radius.
type vec struct{ x, y, z float64 }

// travel computes ticks between places. No matrix: coordinates of a whole day stay in
// the processor's cache where a matrix would not, and a square root is cheaper than
// a miss.
//
// On the globe the straight chord c becomes the arc by the arcsine's series,
// c + c³/24R²; what is left out is below a millimetre up to 100 km and below 0.1 m up
// to 500 km.
type travel struct {
	at               []vec
	scale, cube, add float64
}

// maxGlobe is the farthest two places may lie apart on the globe, in metres.
const maxGlobe = 500_000

func newTravel(m Metric, places []Point) travel {
	t := travel{at: make([]vec, len(places)), scale: m.Ticks}
	for i, p := range places {
		t.at[i] = m.vec(p)
	}
	if m.Globe {
		t.cube = m.Ticks / (24 * earthRadius * earthRadius)
	}
	switch m.Round {
	case Nearest:
		t.add = 0.5
	case Up:
		t.add = 1 - 1e-7
	}
	return t
}

func (m Metric) vec(p Point) vec {
	if !m.Globe {
		return vec{p.X, p.Y, 0}
	}
	sinLat, cosLat := math.Sincos(p.Y * math.Pi / 180)
	sinLon, cosLon := math.Sincos(p.X * math.Pi / 180)
	return vec{earthRadius * cosLat * cosLon, earthRadius * cosLat * sinLon, earthRadius * sinLat}
}

// ticks from place i to place j. The conversions keep the compiler from fusing
// operations, so that every processor rounds alike.
func (t *travel) ticks(i, j int32) int32 {
	a, b := &t.at[i], &t.at[j]
	dx, dy, dz := a.x-b.x, a.y-b.y, a.z-b.z
	sq := float64(dx*dx) + float64(dy*dy) + float64(dz*dz)
	return int32(float64(math.Sqrt(sq)*(t.scale+float64(sq*t.cube))) + t.add)
}
