package route

import "math"

const earthRadius = 6371008.8 // metres, the mean of WGS 84

// Spot is a place made ready for measuring ways: on the plane, or on a sphere of the
// earth's radius.
type Spot struct{ x, y, z float64 }

// Ruler measures ways between spots of one metric.
//
// On the globe the straight chord c becomes the arc by the arcsine's series,
// c + c³/24R²; what is left out is below a millimetre up to 100 km and below 0.1 m up
// to 500 km.
type Ruler struct{ scale, cube, add float64 }

// Ruler is the metric's.
func (m Metric) Ruler() Ruler {
	u := Ruler{scale: m.Ticks}
	if m.Globe {
		u.cube = m.Ticks / (24 * earthRadius * earthRadius)
	}
	switch m.Round {
	case Nearest:
		u.add = 0.5
	case Up:
		u.add = 1 - 1e-7
	}
	return u
}

// Spot is where a point lies.
func (m Metric) Spot(p Point) Spot {
	if !m.Globe {
		return Spot{p.X, p.Y, 0}
	}
	sinLat, cosLat := math.Sincos(p.Y * math.Pi / 180)
	sinLon, cosLon := math.Sincos(p.X * math.Pi / 180)
	return Spot{earthRadius * cosLat * cosLon, earthRadius * cosLat * sinLon, earthRadius * sinLat}
}

// Ticks from one spot to another. The conversions keep the compiler from fusing
// operations, so that every processor rounds alike.
func (u *Ruler) Ticks(a, b *Spot) int32 {
	dx, dy, dz := a.x-b.x, a.y-b.y, a.z-b.z
	sq := float64(dx*dx) + float64(dy*dy) + float64(dz*dz)
	return int32(float64(math.Sqrt(sq)*(u.scale+float64(sq*u.cube))) + u.add)
}

// maxGlobe is the farthest two places may lie apart on the globe, in metres.
const maxGlobe = 500_000

// Away is how far a spot lies from the centre of a day, in metres or units of the plane,
// and how far it may: then the ticks between any two of them are right.
func (m Metric) Away(centre, s *Spot) (away, most float64) {
	most = float64(maxTick) / 4 / m.Ticks
	if m.Globe {
		most = min(most, maxGlobe/2)
	}
	dx, dy, dz := s.x-centre.x, s.y-centre.y, s.z-centre.z
	return math.Sqrt(dx*dx + dy*dy + dz*dz), most
}

// travel computes ticks between places. No matrix: coordinates of a whole day stay in
// the processor's cache where a matrix would not, and a square root is cheaper than
// a miss. A few places do have a table: what they all are to each other stays in the
// cache too.
type travel struct {
	at []Spot
	Ruler
	table []int32 // place × place, nil for many places
}

// tableMost is how many places have a table at most.
const tableMost = 1200

func newTravel(m Metric, places []Point, ways *Ways) travel {
	t := travel{at: make([]Spot, len(places)), Ruler: m.Ruler()}
	for i, p := range places {
		t.at[i] = m.Spot(p)
	}
	if ways != nil {
		t.table = ways.table(&t, places)
	} else if n := len(places); n <= tableMost {
		table := make([]int32, n*n)
		for i := range n {
			for j := range n {
				table[i*n+j] = t.Ticks(&t.at[i], &t.at[j])
			}
		}
		t.table = table
	}
	return t
}

// WaysMost is how many orders and crews' starts and ends a problem with Ways may have.
const WaysMost = 3000

// table puts ways in terms of places.
func (w *Ways) table(t *travel, places []Point) []int32 {
	row := make(map[Point]int, len(w.Places))
	for k, p := range w.Places {
		row[p] = k
	}
	of := make([]int, len(places))
	for i, p := range places {
		k, ok := row[p]
		if !ok {
			k = -1
		}
		of[i] = k
	}
	n := len(places)
	table := make([]int32, n*n)
	for i := range n {
		for j := range n {
			if of[i] >= 0 && of[j] >= 0 {
				table[i*n+j] = w.Ticks[of[i]*len(w.Places)+of[j]]
			} else {
				table[i*n+j] = t.Ticks(&t.at[i], &t.at[j])
			}
		}
	}
	return table
}

// origin is a place of which many ways are asked, there being as far as back.
type origin struct {
	t   *travel
	at  *Spot
	row []int32 // of the table, nil without one
}

func (t *travel) origin(i int32) origin {
	o := origin{t: t, at: &t.at[i]}
	if t.table != nil {
		o.row = t.table[int(i)*len(t.at):][:len(t.at)]
	}
	return o
}

// ticks to place j, or from there.
func (o *origin) ticks(j int32) int32 {
	if o.row != nil {
		return o.row[j]
	}
	return o.far(j)
}

// far is ticks where there is no table; apart, so that ticks is put in line.
//
//go:noinline
func (o *origin) far(j int32) int32 { return o.t.Ticks(o.at, &o.t.at[j]) }

// ticks from place i to place j.
func (t *travel) ticks(i, j int32) int32 {
	if t.table != nil {
		return t.table[int(i)*len(t.at)+int(j)]
	}
	return t.Ticks(&t.at[i], &t.at[j])
}
