package route

import (
	"cmp"
	"context"
	"math"
	"slices"
)

const (
	nearMost  = 64  // neighbours along which a ruin spreads
	candMost  = 40  // neighbours beside which an order is tried
	lookMost  = 400 // nearest orders among which those are chosen that fit in time
	lookLarge = 160 // the same where there are more than
	lookSmall = 2000
	reachMost = 24 // crews whose start an order is tried at
)

// flat puts a point on a plane good enough to sort by.
func flat(p *Problem) func(Point) (x, y float64) {
	if !p.Metric.Globe || len(p.Orders) == 0 {
		return func(q Point) (float64, float64) { return q.X, q.Y }
	}
	narrow := math.Cos(p.Orders[0].At.Y * math.Pi / 180)
	return func(q Point) (float64, float64) { return q.X * narrow, q.Y }
}

// curve is the orders in the sequence of a Hilbert curve.
func curve(p *Problem) []int32 {
	n := len(p.Orders)
	project := flat(p)
	lowX, lowY, high := math.Inf(1), math.Inf(1), 0.0
	for i := range p.Orders {
		x, y := project(p.Orders[i].At)
		lowX, lowY = min(lowX, x), min(lowY, y)
	}
	for i := range p.Orders {
		x, y := project(p.Orders[i].At)
		high = max(high, x-lowX, y-lowY)
	}
	type lying struct {
		along uint64
		order int32
	}
	list, order := make([]lying, n), make([]int32, n)
	for i := range p.Orders {
		x, y := project(p.Orders[i].At)
		const side = 1 << 20
		scale := (side - 1) / max(high, 1e-9)
		list[i] = lying{hilbert(uint32((x-lowX)*scale), uint32((y-lowY)*scale), side), int32(i)}
	}
	slices.SortFunc(list, func(a, b lying) int {
		if a.along != b.along {
			return cmp.Compare(a.along, b.along)
		}
		return cmp.Compare(a.order, b.order)
	})
	for i, l := range list {
		order[i] = l.order
	}
	return order
}

// hilbert is how far along the curve a cell of a square lies.
func hilbert(x, y, side uint32) uint64 {
	var d uint64
	for s := side / 2; s > 0; s /= 2 {
		var rx, ry uint32
		if x&s > 0 {
			rx = 1
		}
		if y&s > 0 {
			ry = 1
		}
		d += uint64(s) * uint64(s) * uint64((3*rx)^ry)
		if ry == 0 {
			if rx == 1 {
				x, y = side-1-x, side-1-y
			}
			x, y = y, x
		}
	}
	return d
}

// buckets holds orders by square cells, about four to a cell.
type buckets struct {
	x, y       []float64
	low        [2]float64
	cell       float64
	cols, rows int
	first      []int32 // cell → its first place in list; one more at the end
	list       []int32
}

func newBuckets(p *Problem, order []int32) *buckets {
	n := len(order)
	b := &buckets{x: make([]float64, n), y: make([]float64, n), low: [2]float64{math.Inf(1), math.Inf(1)}}
	project := flat(p)
	high := [2]float64{math.Inf(-1), math.Inf(-1)}
	for i, o := range order {
		b.x[i], b.y[i] = project(p.Orders[o].At)
		b.low[0], b.low[1] = min(b.low[0], b.x[i]), min(b.low[1], b.y[i])
		high[0], high[1] = max(high[0], b.x[i]), max(high[1], b.y[i])
	}
	wide, tall := high[0]-b.low[0]+1e-9, high[1]-b.low[1]+1e-9
	b.cell = max(math.Sqrt(wide*tall*4/float64(max(1, n))), wide/2000, tall/2000)
	b.cols, b.rows = int(wide/b.cell)+1, int(tall/b.cell)+1
	b.first = make([]int32, b.cols*b.rows+1)
	for i := range n {
		b.first[b.at(i)+1]++
	}
	for c := range b.cols * b.rows {
		b.first[c+1] += b.first[c]
	}
	b.list = make([]int32, n)
	fill := slices.Clone(b.first)
	for i := range n {
		c := b.at(i)
		b.list[fill[c]] = int32(i)
		fill[c]++
	}
	return b
}

func (b *buckets) at(i int) int {
	return int((b.y[i]-b.low[1])/b.cell)*b.cols + int((b.x[i]-b.low[0])/b.cell)
}

// around appends at least want orders near i, ring by ring: all of those nearer than
// the last ring, and more.
func (b *buckets) around(i, want int, into []int32) []int32 {
	c := b.at(i)
	row, col := c/b.cols, c%b.cols
	enough := -1
	for k := 0; k <= max(b.cols, b.rows); k++ {
		for r := max(0, row-k); r <= min(b.rows-1, row+k); r++ {
			step := max(1, 2*k)
			if r == row-k || r == row+k {
				step = 1
			}
			for q := col - k; q <= col+k; q += step {
				if q >= 0 && q < b.cols {
					into = append(into, b.list[b.first[r*b.cols+q]:b.first[r*b.cols+q+1]]...)
				}
			}
		}
		if enough < 0 && len(into) > want {
			enough = k + 1 + k/2 // corners of the square reach farther than its sides
		}
		if enough >= 0 && k >= enough {
			break
		}
	}
	return into
}

// findNeighbours fills near and cand. An order's candidates are those beside which
// it costs least to stand, waiting and the impossible counted in.
func (m *model) findNeighbours(ctx context.Context) {
	n := int(m.orders)
	m.nearMany, m.candMany = max(0, min(nearMost, n-1)), max(0, min(candMost, n-1))
	m.near, m.cand = make([]int32, n*m.nearMany), make([]nearby, n*m.candMany)
	look := m.nearMany
	if m.timed {
		look = min(lookMost, n-1)
		if n > lookSmall {
			look = min(lookLarge, n-1)
		}
	}
	b := newBuckets(m.p, m.order)
	var around []int32
	var keys []uint64 // distance and node, to be sorted as one number
	for i := range n {
		if i%64 == 0 && ctx.Err() != nil {
			break
		}
		around = b.around(i, look, around[:0])
		keys = keys[:0]
		for _, j := range around {
			if int(j) != i {
				keys = append(keys, uint64(m.ticks(int32(i), j))<<32|uint64(j))
			}
		}
		slices.Sort(keys)
		keys = keys[:min(len(keys), look)]
		for k := range m.nearMany {
			m.near[i*m.nearMany+k] = int32(uint32(keys[thinned(k, m.nearMany, len(keys))]))
		}
		if m.timed {
			for k, key := range keys {
				j, ticks := int32(uint32(key)), int32(key>>32)
				keys[k] = uint64(min(m.apart(int32(i), j, ticks), m.apart(j, int32(i), ticks)))<<32 | uint64(j)
			}
			slices.Sort(keys)
		}
		for k := range m.candMany {
			j := int32(uint32(keys[thinned(k, m.candMany, len(keys))]))
			m.cand[i*m.candMany+k] = nearby{j, m.ticks(int32(i), j)}
		}
	}
	m.findCrews(ctx)
}

// apart is how far j is after i: the way, a fifth of the waiting, and what a window
// is missed by.
func (m *model) apart(i, j, ticks int32) int32 {
	a, b := &m.sites[i], &m.sites[j]
	wait := max(0, b.open-min(maxTick, a.close+a.service+ticks))
	late := max(0, min(maxTick, a.open+a.service+ticks)-b.close)
	return ticks + wait/5 + late
}

// findCrews lists, where crews differ, those that an order is tried first or last with.
func (m *model) findCrews(ctx context.Context) {
	if m.kinds <= maxKinds && m.able == nil && (m.rules == nil || !m.rules.personal) {
		return
	}
	m.reach = make([][]door, m.orders)
	able := map[int32][]int32{} // class → its crews
	var keys []uint64
	for i := range m.orders {
		if i%64 == 0 && ctx.Err() != nil {
			return
		}
		class := m.sites[i].class
		crews, ok := able[class]
		if !ok {
			for r := range int32(len(m.crews)) {
				if m.may(i, r) {
					crews = append(crews, r)
				}
			}
			able[class] = crews
		}
		keys = keys[:0]
		for _, r := range crews {
			keys = append(keys, uint64(m.ticks(m.start(r), i)+m.ticks(i, m.end(r)))<<32|uint64(r))
		}
		slices.Sort(keys)
		keys = keys[:min(len(keys), reachMost)]
		m.reach[i] = make([]door, len(keys))
		for k, key := range keys {
			m.reach[i][k] = m.door(i, int32(uint32(key)))
		}
		m.addTold(i, crews)
	}
}

// door is how an order gets to crew r from its start and to its end.
func (m *model) door(i, r int32) door {
	return door{r, m.ticks(m.start(r), i), m.ticks(i, m.end(r))}
}

// thinned is which of many neighbours is the k-th of few: the first half without a gap,
// the rest spread ever thinner over all of them, so that an order in a large compound
// knows somebody outside of it too.
func thinned(k, few, many int) int {
	half := few / 2
	if k <= half || few >= many {
		return k
	}
	x := float64(k-half) / float64(few-1-half)
	return half + int(x*float64(few-1-half)+math.Pow(x, 3)*float64(many-few))
}
