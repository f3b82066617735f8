package solver

import "math"

// grid finds seats by distance: cells of equal degrees, seats chained per cell,
// so that a crew can move without rebuilding anything.
type grid struct {
	lat0, lon0       float64 // south-west corner
	cellLat, cellLon float64 // degrees
	rows, cols       int
	maxLat           float64 // |latitude| up to which bound holds
	bound            []float64
	head             []int32 // first seat of a cell, -1 none
	next, prev       []int32 // chain of a seat; prev of the first is -1-cell
}

const (
	none      = int32(-1)
	unlinked  = int32(math.MinInt32)
	latMargin = 1.0 // degrees a crew or an order may lie outside the first extent
)

func newGrid(places []Point) *grid {
	g := &grid{next: make([]int32, len(places)), prev: make([]int32, len(places))}
	lat1, lon1 := math.Inf(-1), math.Inf(-1)
	g.lat0, g.lon0 = math.Inf(1), math.Inf(1)
	known := 0
	for _, p := range places {
		if !p.Known() {
			continue
		}
		known++
		g.lat0, lat1 = min(g.lat0, p.Lat), max(lat1, p.Lat)
		g.lon0, lon1 = min(g.lon0, p.Lon), max(lon1, p.Lon)
	}
	if known == 0 {
		g.lat0, lat1, g.lon0, lon1 = 0, 0, 0, 0
	}
	g.maxLat = min(90, max(math.Abs(g.lat0), math.Abs(lat1))+latMargin)
	g.shape(known, lat1-g.lat0, lon1-g.lon0)
	g.head = make([]int32, g.rows*g.cols)
	for i := range g.head {
		g.head[i] = none
	}
	// Inserted backwards, so that a chain runs from low to high numbers.
	for i := len(places) - 1; i >= 0; i-- {
		g.prev[i] = unlinked
		if places[i].Known() {
			g.insert(int32(i), places[i])
		}
	}
	return g
}

// shape chooses about two seats per cell and cells that are nearly square on
// the ground.
func (g *grid) shape(known int, spanLat, spanLon float64) {
	g.rows, g.cols = 1, 1
	cosMid := math.Cos((g.lat0 + spanLat/2) * math.Pi / 180)
	high, wide := max(spanLat, 1e-6), max(spanLon*cosMid, 1e-6)
	// A span over the date line cannot be cut into columns; one cell is right,
	// only slower.
	if spanLon <= 180 && known > 4 {
		cells := float64(known) / 2
		g.rows = min(1024, max(1, int(math.Sqrt(cells*high/wide))))
		g.cols = min(1024, max(1, int(cells/float64(g.rows))))
	}
	g.cellLat = max(spanLat, 1e-6) / float64(g.rows)
	g.cellLon = max(spanLon, 1e-6) / float64(g.cols)

	// bound[k]: whatever lies more than k rings away from a point's own cell is
	// at least this far from the point. North-south that is an arc; east-west
	// it is the shortest way between two meridians at the highest latitude.
	cosMax := math.Cos(g.maxLat * math.Pi / 180)
	g.bound = make([]float64, max(g.rows, g.cols)+1)
	for k := range g.bound {
		north := earthRadius * float64(k) * g.cellLat * math.Pi / 180
		half := min(90, float64(k)*g.cellLon/2) * math.Pi / 180
		east := 2 * earthRadius * math.Asin(cosMax*math.Sin(half))
		if k >= g.rows { // nothing lies that many rows away
			north = math.Inf(1)
		}
		if k >= g.cols {
			east = math.Inf(1)
		}
		g.bound[k] = min(north, east) * (1 - 1e-9)
	}
}

func (g *grid) cell(p Point) (row, col int) {
	row = min(g.rows-1, max(0, int(math.Floor((p.Lat-g.lat0)/g.cellLat))))
	col = min(g.cols-1, max(0, int(math.Floor((p.Lon-g.lon0)/g.cellLon))))
	return row, col
}

// covers tells whether distances to p are bounded rightly: not too near a pole,
// and no seat nearer by going round the world the other way.
func (g *grid) covers(p Point) bool {
	lon1 := g.lon0 + g.cellLon*float64(g.cols)
	return math.Abs(p.Lat) <= g.maxLat && lon1-p.Lon <= 180 && p.Lon-g.lon0 <= 180
}

func (g *grid) insert(seat int32, p Point) {
	row, col := g.cell(p)
	c := row*g.cols + col
	g.next[seat], g.prev[seat] = g.head[c], -1-int32(c)
	if g.head[c] != none {
		g.prev[g.head[c]] = seat
	}
	g.head[c] = seat
}

func (g *grid) remove(seat int32) {
	if g.prev[seat] == unlinked {
		return
	}
	if p := g.prev[seat]; p < 0 {
		g.head[-1-p] = g.next[seat]
	} else {
		g.next[p] = g.next[seat]
	}
	if n := g.next[seat]; n != none {
		g.prev[n] = g.prev[seat]
	}
	g.prev[seat] = unlinked
}

// around visits all seats ring by ring. After each ring, more is asked whether
// seats at least that many straight metres away are still of interest.
func (g *grid) around(p Point, visit func(seat int32), more func(atLeastMetres float64) bool) {
	row, col := g.cell(p)
	last := max(row, g.rows-1-row, col, g.cols-1-col)
	bounded := g.covers(p)
	for k := 0; k <= last; k++ {
		for r := max(0, row-k); r <= min(g.rows-1, row+k); r++ {
			step := 2 * k // only the two ends of a row between top and bottom
			if r == row-k || r == row+k || k == 0 {
				step = 1
			}
			for c := col - k; c <= col+k; c += step {
				if c < 0 || c >= g.cols {
					continue
				}
				for s := g.head[r*g.cols+c]; s != none; s = g.next[s] {
					visit(s)
				}
			}
		}
		if bounded && !more(g.bound[k]) {
			return
		}
	}
}
