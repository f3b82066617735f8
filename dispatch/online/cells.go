package online

import (
	"slices"

	"tundish/dispatch/route"
)

// enterCell lists a node in the cell where it lies.
func (b *Board) enterCell(i int32) {
	c := b.grid.at(b.stops[i].At)
	b.nodes[i].cell, b.slot[i] = c, int32(len(b.grid.cells[c]))
	b.grid.cells[c] = append(b.grid.cells[c], entry{node: i, tour: b.nodes[i].tour})
	b.tell(i)
}

// tell brings the entry of a node up to date.
func (b *Board) tell(i int32) {
	n := &b.nodes[i]
	e := &b.grid.cells[n.cell][b.slot[i]]
	e.tour, e.depart, e.ahead, e.before = n.tour, n.depart, 0, 0
	if n.next != nobody {
		e.ahead = n.ahead
	}
	if n.prev != nobody {
		e.before = b.nodes[n.prev].ahead
	}
	if n.marks&markShut != 0 {
		e.depart = never
	}
}

// leaveCell takes a node off its cell's list.
func (b *Board) leaveCell(i int32) {
	list := b.grid.cells[b.nodes[i].cell]
	last := list[len(list)-1]
	list[b.slot[i]] = last
	b.slot[last.node] = b.slot[i]
	b.grid.cells[b.nodes[i].cell] = list[:len(list)-1]
}

// regrid makes the grid anew, when places lie where it does not hold or there are many
// more of them.
func (b *Board) regrid() {
	var points []route.Point
	for i := range b.nodes {
		if b.nodes[i].tour != nobody {
			points = append(points, b.stops[i].At)
		}
	}
	b.grid = newGrid(b.o.Metric, b.crews[0].Start, points)
	for i := range int32(len(b.nodes)) {
		if b.nodes[i].tour != nobody {
			b.enterCell(i)
		}
	}
	b.listLong()
}

// listLong lists the longest twentieth of all ways. A search around a place sees every
// way one end of which is near; a way that passes by between two far ends is long, and
// looked up in the list.
func (b *Board) listLong() {
	var ways []int32
	for i := range b.nodes {
		if n := &b.nodes[i]; n.tour != nobody && n.next != nobody {
			ways = append(ways, n.ahead)
		}
	}
	slices.Sort(ways)
	b.longWay = never
	if len(ways) > 0 {
		b.longWay = ways[len(ways)*19/20]
	}
	b.long = b.long[:0]
	for i := range b.nodes {
		n := &b.nodes[i]
		b.longAt[i] = nobody
		if n.tour != nobody && n.next != nobody && n.ahead > b.longWay {
			b.longAt[i] = int32(len(b.long))
			b.long = append(b.long, int32(i))
		}
	}
}

// unlist takes a node off the list of long ways.
func (b *Board) unlist(i int32) {
	k := b.longAt[i]
	if k == nobody {
		return
	}
	last := b.long[len(b.long)-1]
	b.long[k], b.longAt[last], b.longAt[i] = last, k, nobody
	b.long = b.long[:len(b.long)-1]
}
