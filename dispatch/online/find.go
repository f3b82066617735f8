package online

import "math"

// place is where an order goes: behind which node, at what extra cost.
type place struct {
	behind int32
	cost   int64
}

var noPlace = place{nobody, math.MaxInt64}

// find is the cheapest place for an order in anybody's route. Nothing is pushed out, and
// when the work begins does not matter.
func (b *Board) find(j *job) place {
	found := noPlace
	var room [fewCrews]int32
	if count, few := b.able(j, room[:]); count <= b.few {
		for _, r := range few {
			if b.may(j, r) {
				b.findIn(j, r, &found)
			}
		}
		return found
	}
	for _, p := range b.long {
		b.try(j, p, &found)
	}
	w := b.grid.walk(j.o.At)
	for {
		// A way that is not long, both ends of which are so far away, passes by no nearer.
		way, ok := w.next()
		if !ok || 2*way-int64(b.longWay)-rounding > found.cost {
			return found
		}
		for list := w.cell(); list != nil; list = w.cell() {
			for k := range list {
				// Had an end of the way been nearer, the place would have been tried from there.
				e := &list[k]
				if e.depart != never && 2*way-int64(e.ahead)-rounding <= found.cost {
					b.try(j, e.node, &found)
				}
				if e.before > 0 && 2*way-int64(e.before)-rounding <= found.cost {
					b.try(j, b.nodes[e.node].prev, &found)
				}
			}
		}
	}
}

// findIn looks at every place of one route that is not worse than found.
func (b *Board) findIn(j *job, r int32, found *place) {
	t := &b.tours[r]
	for p := t.start; p != t.end; p = b.nodes[p].next {
		b.try(j, p, found)
	}
}

// try prices the place behind a node.
func (b *Board) try(j *job, p int32, found *place) {
	if p == nobody || b.nodes[p].marks&markShut != 0 {
		return
	}
	n := &b.nodes[p]
	t := &b.tours[n.tour]
	if n.depart+j.service > t.to || t.load+int64(j.demand) > t.capacity || t.size >= t.most || !b.may(j, n.tour) {
		return
	}
	to := b.ruler.Ticks(&n.at, &j.at)
	begin := j.site.opens(n.depart + to)
	if begin == never {
		return
	}
	m := &b.nodes[n.next]
	on := b.ruler.Ticks(&j.at, &m.at)
	if begin+j.service+on > m.late {
		return
	}
	way, had := int64(to+on), int64(0)
	if !b.spares(t, n.tour, way-int64(n.ahead)+int64(j.service)) {
		return
	}
	cost := way
	if t.size > 0 {
		way -= int64(n.ahead)
		cost, had = way, t.work()
	} else {
		cost += t.fixed
	}
	if cost-rounding > found.cost {
		return
	}
	cost += b.worth(t, had+way+int64(j.service)) - b.worth(t, had)
	if !b.inside(j, n.tour) {
		cost += t.elsewhere
	}
	if cost < found.cost || cost == found.cost && found.behind != nobody && b.ahead(p, found.behind) {
		*found = place{p, cost}
	}
}

// ahead tells which of two nodes counts first where costs are equal.
func (b *Board) ahead(p, q int32) bool {
	x, y := &b.nodes[p], &b.nodes[q]
	return x.tour < y.tour || x.tour == y.tour && x.depart < y.depart
}
