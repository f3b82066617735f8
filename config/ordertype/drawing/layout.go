package drawing

import (
	"cmp"
	"math"
	"slices"
)

// Sizes in pixels.
const (
	nameSize  = 15.0
	noteSize  = 12.0
	lineHigh  = 16.0
	boxWide   = 300.0
	boxPad    = 12.0
	gapHigh   = 34.0 // between boxes, without a label
	labelWide = 190.0
	portHigh  = 14.0
	laneWide  = 16.0
	margin    = 24.0
	titleHigh = 44.0
	bandWide  = 92.0 // for the names of phases
)

// layout is a graph with places.
type layout struct {
	graph
	boxes       []box
	arrows      []arrow
	bands       []band
	heading     []string // the limits of the order
	wide, high  float64
	left, right float64 // of the boxes
}

type box struct {
	x, y, w, h float64
	name       []string
	notes      []string
}

// arrow is a line through points, with a label beside it.
type arrow struct {
	points [][2]float64
	head   bool // whether it ends in an arrowhead; the others join a line that does
	past   bool
	label  []string
	labelX float64
	labelY float64 // of the first line's base
	anchor string
}

// band is a phase behind its steps.
type band struct {
	y, h float64
	of   int // a node of it
}

// side is one side of the column of boxes: the right for ways down, the left for ways back.
type side struct {
	sign  float64 // +1 right, −1 left
	edges []int
	lanes map[int]int // target → lane
	// ports of each node: the height of each, from the top of the box.
	out    map[int]float64 // edge → y within its box
	in     map[int]float64 // target → y within its box
	labels float64         // width of the widest
	// need is how much height the ports of a node take.
	need map[int]float64
}

func place(g graph) *layout {
	l := &layout{graph: g}
	straight := map[int][]int{} // from → edges to the next node
	right, left := &side{sign: 1}, &side{sign: -1}
	for i, e := range g.edges {
		switch {
		case e.to == e.from+1:
			straight[e.from] = append(straight[e.from], i)
		case e.to > e.from:
			right.edges = append(right.edges, i)
		default:
			left.edges = append(left.edges, i)
		}
	}
	labels := make([][]string, len(g.edges))
	for i, e := range g.edges {
		for _, line := range e.label {
			labels[i] = append(labels[i], wrap(line, noteSize, labelWide)...)
		}
	}
	right.ports(g, labels)
	left.ports(g, labels)

	leftWide, rightWide := left.room(labels), right.room(labels)
	l.left = margin + bandWide + leftWide
	l.right = l.left + boxWide
	l.wide = l.right + rightWide + margin
	if w := 2*margin + width(g.title, 20); w > l.wide {
		l.wide = w
	}
	y := titleHigh + margin
	for _, line := range g.limits {
		for _, part := range wrap(line, noteSize, l.wide-2*margin) {
			l.heading = append(l.heading, part)
			y += lineHigh
		}
	}
	if len(l.heading) > 0 {
		y += lineHigh / 2
	}
	for i, n := range g.nodes {
		b := box{x: l.left, y: y, w: boxWide, name: wrap(n.name, nameSize, boxWide-2*boxPad)}
		for _, note := range n.notes {
			b.notes = append(b.notes, wrap(note, noteSize, boxWide-2*boxPad)...)
		}
		b.h = 2*boxPad + float64(len(b.name))*(lineHigh+3) + float64(len(b.notes))*lineHigh
		b.h = math.Max(b.h, math.Max(right.need[i], left.need[i]))
		l.boxes = append(l.boxes, b)
		y += b.h
		lines := 0
		for _, e := range straight[i] {
			lines += len(labels[e])
		}
		y += gapHigh + float64(max(0, lines-1))*lineHigh
	}
	l.high = y - gapHigh + margin
	for i := range g.nodes {
		for _, e := range straight[i] {
			l.straight(e, labels[e])
		}
	}
	for _, s := range []*side{left, right} {
		l.sideways(s, labels)
	}
	l.phases()
	return l
}

// ports gives each edge of the side its height at the boxes, and each target its lane.
func (s *side) ports(g graph, labels [][]string) {
	s.lanes, s.out, s.in, s.need = map[int]int{}, map[int]float64{}, map[int]float64{}, map[int]float64{}
	type reach struct{ target, top, bottom int }
	var targets []reach
	for _, i := range s.edges {
		e := g.edges[i]
		at := slices.IndexFunc(targets, func(r reach) bool { return r.target == e.to })
		if at < 0 {
			at = len(targets)
			targets = append(targets, reach{e.to, min(e.from, e.to), max(e.from, e.to)})
		}
		targets[at].top, targets[at].bottom = min(targets[at].top, e.from, e.to), max(targets[at].bottom, e.from, e.to)
	}
	// The shortest reach lies nearest to the boxes; two may share a lane if they do not touch.
	slices.SortStableFunc(targets, func(a, b reach) int { return cmp.Compare(a.bottom-a.top, b.bottom-b.top) })
	var taken [][]reach
	for _, t := range targets {
		lane := 0
		for ; lane < len(taken); lane++ {
			if !slices.ContainsFunc(taken[lane], func(o reach) bool { return t.top <= o.bottom && o.top <= t.bottom }) {
				break
			}
		}
		if lane == len(taken) {
			taken = append(taken, nil)
		}
		taken[lane] = append(taken[lane], t)
		s.lanes[t.target] = lane
	}
	for n := range g.nodes {
		y := boxPad
		incoming := func() {
			if _, some := s.lanes[n]; some {
				s.in[n] = y + portHigh/2
				y += portHigh
			}
		}
		if s.sign > 0 { // what comes from above enters at the top
			incoming()
		}
		for _, i := range s.edges {
			if g.edges[i].from == n {
				y += float64(len(labels[i])) * lineHigh
				s.out[i] = y
				y += portHigh / 2
			}
		}
		if s.sign < 0 {
			incoming()
		}
		if y > boxPad {
			s.need[n] = y + boxPad
		}
	}
}

// room is how wide the side is, and its labels.
func (s *side) room(labels [][]string) float64 {
	if len(s.edges) == 0 {
		return margin
	}
	for _, i := range s.edges {
		for _, line := range labels[i] {
			s.labels = math.Max(s.labels, width(line, noteSize)+12)
		}
	}
	s.labels = math.Max(s.labels, 60) // what leads straight down has labels that reach over the box's edge
	lanes := 0
	for _, lane := range s.lanes {
		lanes = max(lanes, lane+1)
	}
	return s.labels + 2*laneWide + float64(lanes)*laneWide
}

func (l *layout) straight(i int, label []string) {
	e := l.edges[i]
	a, b := l.boxes[e.from], l.boxes[e.to]
	x := a.x + a.w/2
	l.arrows = append(l.arrows, arrow{points: [][2]float64{{x, a.y + a.h}, {x, b.y}}, head: true, past: e.past, label: label,
		labelX: x + 10, labelY: (a.y+a.h+b.y)/2 - float64(len(label))*lineHigh/2 + noteSize - 1, anchor: "start"})
}

func (l *layout) sideways(s *side, labels [][]string) {
	edgeX := l.right
	if s.sign < 0 {
		edgeX = l.left
	}
	headed := map[int]bool{}
	for _, i := range s.edges {
		e := l.edges[i]
		x := edgeX + s.sign*(s.labels+laneWide+float64(s.lanes[e.to])*laneWide)
		from, to := l.boxes[e.from].y+s.out[i], l.boxes[e.to].y+s.in[e.to]
		a := arrow{points: [][2]float64{{edgeX, from}, {x, from}, {x, to}, {edgeX, to}}, head: !headed[e.to], past: e.past, label: labels[i]}
		headed[e.to] = true
		a.labelX, a.anchor = edgeX+s.sign*8, "start"
		if s.sign < 0 {
			a.anchor = "end"
		}
		a.labelY = from - 4 - float64(len(labels[i])-1)*lineHigh
		l.arrows = append(l.arrows, a)
	}
}

// phases puts a band behind steps of one phase that follow each other.
func (l *layout) phases() {
	for i, n := range l.nodes {
		b := l.boxes[i]
		if last := len(l.bands) - 1; last >= 0 && l.nodes[l.bands[last].of].phase == n.phase {
			l.bands[last].h = b.y + b.h + gapHigh/2 - 4 - l.bands[last].y
			continue
		}
		top := b.y - gapHigh/2 + 4
		l.bands = append(l.bands, band{y: top, h: b.h + gapHigh - 8, of: i})
	}
}
