package online

import (
	"math"

	"tundish/dispatch/route"
)

// grid finds nodes by place: square cells on a plane, about four nodes to a cell. On
// the plane nothing lies farther apart than in truth, so that what a ring of cells
// promises as the least way holds.
type grid struct {
	globe      bool
	lon, lat   float64 // of the centre
	narrow     float64 // metres per degree of longitude, at most
	reach      float64 // degrees from the equator up to which narrow holds
	low        [2]float64
	cell       float64
	cols, rows int
	cells      [][]entry
	scale      float64 // ticks per metre
	nodes      int     // when the grid was made
}

// entry is a node in the list of its cell, with what rules most of them out.
type entry struct {
	node   int32
	tour   int32
	depart int32 // leaves at the earliest, never if nothing is put behind it
	ahead  int32 // ticks to the next node, 0 if there is none
	before int32 // ticks from the node before, 0 if there is none
}

// perDegree is the metres of a degree of latitude.
const perDegree = 6371008.8 * math.Pi / 180

// margin is how many degrees farther from the equator than at first places may come to lie.
const margin = 1.0

// newGrid makes an empty grid that fits the points.
func newGrid(m route.Metric, centre route.Point, points []route.Point) *grid {
	g := &grid{globe: m.Globe, lon: centre.X, lat: centre.Y, scale: m.Ticks, low: [2]float64{math.Inf(1), math.Inf(1)}, nodes: len(points)}
	far := math.Abs(centre.Y)
	for _, p := range points {
		far = max(far, math.Abs(p.Y))
	}
	g.reach = far + margin
	// Great circles bend away from the equator: twice the margin.
	g.narrow = perDegree * max(0.001, math.Cos(min(90, far+2*margin)*math.Pi/180))
	high := [2]float64{math.Inf(-1), math.Inf(-1)}
	for _, p := range points {
		x, y := g.flat(p)
		g.low[0], g.low[1] = min(g.low[0], x), min(g.low[1], y)
		high[0], high[1] = max(high[0], x), max(high[1], y)
	}
	if len(points) == 0 {
		g.low, high = [2]float64{}, [2]float64{}
	}
	wide, tall := high[0]-g.low[0]+1e-6, high[1]-g.low[1]+1e-6
	g.cell = max(math.Sqrt(wide*tall*4/float64(max(1, len(points)))), wide/2000, tall/2000)
	g.cols, g.rows = int(wide/g.cell)+1, int(tall/g.cell)+1
	g.cells = make([][]entry, g.cols*g.rows)
	return g
}

// flat puts a point on the plane.
func (g *grid) flat(p route.Point) (x, y float64) {
	if !g.globe {
		return p.X, p.Y
	}
	return math.Remainder(p.X-g.lon, 360) * g.narrow, (p.Y - g.lat) * perDegree
}

// fits tells whether the grid's promise holds for a point.
func (g *grid) fits(p route.Point) bool { return !g.globe || math.Abs(p.Y) <= g.reach }

// at is the cell of a point; what lies outside is taken to its border.
func (g *grid) at(p route.Point) int32 {
	x, y := g.flat(p)
	return int32(g.row(y)*g.cols + g.col(x))
}

func (g *grid) col(x float64) int { return int(min(max((x-g.low[0])/g.cell, 0), float64(g.cols-1))) }
func (g *grid) row(y float64) int { return int(min(max((y-g.low[1])/g.cell, 0), float64(g.rows-1))) }

// walk goes over the cells around a point, ring by ring.
type walk struct {
	g                *grid
	row, col         int
	edge             float64 // from the point to the nearest side of its cell
	ring, r, q, last int
}

func (g *grid) walk(p route.Point) walk {
	x, y := g.flat(p)
	w := walk{g: g, row: g.row(y), col: g.col(x), ring: -1}
	left, low := x-g.low[0]-float64(w.col)*g.cell, y-g.low[1]-float64(w.row)*g.cell
	w.edge = max(0, min(left, g.cell-left, low, g.cell-low))
	w.last = max(w.row, g.rows-1-w.row, w.col, g.cols-1-w.col)
	return w
}

// next goes one ring farther out, false if there is none; then no node in it or beyond is
// nearer than so many ticks.
func (w *walk) next() (ticks int64, ok bool) {
	w.ring++
	if w.ring > w.last {
		return 0, false
	}
	w.r, w.q = max(0, w.row-w.ring), w.col-w.ring
	if w.ring == 0 {
		return 0, true
	}
	// A tick less for rounding, one for the series of the arc.
	return max(0, int64((w.edge+float64(w.ring-1)*w.g.cell)*w.g.scale)-2), true
}

// cell is the next cell of the ring that has nodes, nil when there is none left.
func (w *walk) cell() []entry {
	for w.r <= min(w.g.rows-1, w.row+w.ring) {
		for w.q <= w.col+w.ring {
			q := w.q
			if w.ring > 0 && w.r != w.row-w.ring && w.r != w.row+w.ring {
				w.q += 2 * w.ring
			} else {
				w.q++
			}
			if q < 0 || q >= w.g.cols {
				continue
			}
			if list := w.g.cells[w.r*w.g.cols+q]; len(list) > 0 {
				return list
			}
		}
		w.r, w.q = w.r+1, w.col-w.ring
	}
	return nil
}
