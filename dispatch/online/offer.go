package online

import (
	"math"

	"tundish/dispatch/route"
)

// Answer is who should have an urgent order, or why nobody can.
type Answer struct {
	Order string
	Crew  string // "" for nobody
	// Behind is the stop that the order follows, "" when the crew goes there first.
	Behind string
	// Before is the stop that comes next, "" when the crew then goes to its end.
	Before string
	// Leaves is the tick at which the crew leaves for it, Begin the one at which the work begins. Slack is how many
	// ticks later it may be at what comes next without anything else having to be left.
	Leaves, Begin, Slack int64
	// Relaxed: the crew is on an urgent order already, but nobody else can.
	Relaxed bool
	Terms   Terms
	// RunnerUp is the crew that comes second, "" for none.
	RunnerUp      string
	RunnerUpTerms Terms
	// Displaced are the stops that are pushed out; where they go is known when the order
	// has been given.
	Displaced []Displaced
	// Refused is set when nobody can: the first rule that stops each crew, counted.
	Refused []Refused
}

// Terms are what an assignment costs, in points.
type Terms struct {
	Arrival   int64 // until the work begins
	Travel    int64 // the way added, and going out at all
	Work      int64 // what the crew's day is worth more
	Outside   int64 // outside of the crew's districts
	Displaced int64 // stops pushed out
}

// Total of the terms.
func (t Terms) Total() int64 { return t.Arrival + t.Travel + t.Work + t.Outside + t.Displaced }

// Displaced is a stop that an urgent order pushed out.
type Displaced struct {
	Order string
	From  string
	To    string // the crew that has it now, "" when it is back in the pool
	Cost  int64  // points: what it costs there, or its penalty
}

// choice is a place for an urgent order.
type choice struct {
	cost   int64
	crew   int32
	behind int32
	before int32 // the stop that follows; those between are pushed out
	pushed int32
	begin  int32
	work   int64 // ticks that the crew has more of
	terms  Terms
}

// less sets choices in sequence; crews are numbered as they came to the board.
func (c *choice) less(d *choice) bool {
	if c.cost != d.cost {
		return c.cost < d.cost
	}
	if c.crew != d.crew {
		return c.crew < d.crew
	}
	if c.begin != d.begin {
		return c.begin < d.begin
	}
	return c.pushed < d.pushed
}

// best two choices, of different crews.
type best [2]choice

var noChoice = choice{cost: math.MaxInt64, crew: nobody, behind: nobody}

func (t *best) add(c *choice) {
	switch {
	case c.less(&t[0]):
		if t[0].crew != c.crew {
			t[1] = t[0]
		}
		t[0] = *c
	case c.crew != t[0].crew && c.less(&t[1]):
		t[1] = *c
	}
}

// fewCrews are asked one by one and not looked for on the grid.
const fewCrews = 64

// Offer finds the best crew for one urgent order and changes nothing. The best is who
// begins soonest, weighed against the way added and the crew's work; whoever is on an
// urgent order is asked only if nobody else can. An order that cannot be right is
// refused (*Error).
func (b *Board) Offer(o *route.Order) (Answer, error) {
	if err := b.checkNew(o); err != nil {
		return Answer{}, err
	}
	var j job
	b.compile(&j, o)
	found, relaxed := b.choose(&j)
	return b.answer(&j, &found, relaxed), nil
}

// checkNew tells what is wrong with an order that is to come onto the board.
func (b *Board) checkNew(o *route.Order) error {
	faults := checkOrder(b.o.Metric, &b.centre, o)
	if i, ok := b.stopNo[o.ID]; ok {
		faults = append(faults, route.Fault{Kind: route.FaultDuplicateID, On: "order", ID: o.ID, Text: "is in the route of crew " + b.crews[b.nodes[i].tour].ID + " already; remove it there first"})
	}
	if len(faults) > 0 {
		return &Error{Faults: faults}
	}
	return nil
}

// choose is the two best choices; relaxed if they are crews on urgent orders.
func (b *Board) choose(j *job) (found best, relaxed bool) {
	var room [fewCrews]int32
	count, few := b.able(j, room[:])
	for _, relaxed = range []bool{false, true} {
		found = best{noChoice, noChoice}
		if count <= b.few {
			for _, r := range few {
				if b.asked(j, r, relaxed) {
					b.chooseIn(j, r, &found)
				}
			}
		} else {
			b.chooseAround(j, relaxed, &found)
		}
		if found[0].crew != nobody {
			return found, relaxed
		}
	}
	return found, false
}

// asked tells whether a crew is asked at all.
func (b *Board) asked(j *job, r int32, relaxed bool) bool {
	return (relaxed || !b.tours[r].urgent || j.pinned) && b.may(j, r)
}

// chooseIn looks at every place of one crew's route.
func (b *Board) chooseIn(j *job, r int32, found *best) {
	t := &b.tours[r]
	for p := t.start; p != t.end; p = b.nodes[p].next {
		if n := &b.nodes[p]; n.marks&markShut == 0 && n.depart+j.service <= t.to {
			b.consider(j, p, found)
		}
	}
}

// chooseAround looks at places on the grid from near to far, until none that is farther
// can be better: the way alone costs too much.
func (b *Board) chooseAround(j *job, relaxed bool, found *best) {
	w := b.grid.walk(j.o.At)
	for {
		way, ok := w.next()
		if !ok || b.soonest(b.now, way) > found[1].cost {
			return
		}
		for list := w.cell(); list != nil; list = w.cell() {
			for k := range list {
				e := &list[k]
				if e.depart == never || b.soonest(e.depart, way) > found[1].cost || !b.asked(j, e.tour, relaxed) || e.depart+j.service > b.tours[e.tour].to {
					continue
				}
				b.consider(j, e.node, found)
			}
		}
	}
}

// soonest is the least an order costs that is reached from a place left at t, so many
// ticks of way from there.
func (b *Board) soonest(t int32, way int64) int64 {
	return b.o.Weights.Arrival*(int64(t-b.now)+way) - rounding
}

// rounding is what a detour may cost less than nothing, because ways are rounded.
const rounding = 4

// consider prices the place behind a node: with what follows left where it is or, if
// that does not do, with as few of the next stops pushed out as do.
func (b *Board) consider(j *job, p int32, found *best) {
	n := &b.nodes[p]
	to := b.ruler.Ticks(&n.at, &j.at)
	begin := j.site.opens(n.depart + to)
	if begin == never {
		return
	}
	c := choice{crew: n.tour, behind: p, begin: begin}
	c.terms.Arrival = b.o.Weights.Arrival * int64(begin-b.now)
	if c.terms.Arrival-rounding > found[1].cost {
		return
	}
	t := &b.tours[n.tour]
	load, size := t.load+int64(j.demand), t.size+1
	more := int64(to) + int64(j.service) - int64(n.ahead) // ticks of work
	for next := n.next; ; next = b.nodes[next].next {
		m := &b.nodes[next]
		on := b.ruler.Ticks(&j.at, &m.at)
		if begin+j.service+on <= m.late && load <= t.capacity && size <= t.most && b.spares(t, n.tour, more+int64(on)) {
			c.before, c.work = next, more+int64(on)
			b.charge(j, &c, n, to+on)
			found.add(&c)
			return
		}
		if m.marks&markLoose == 0 || c.pushed == int32(b.o.MaxDisplaced) {
			return
		}
		c.pushed++
		load, size, more = load-int64(m.demand), size-1, more-int64(m.service)-int64(m.ahead)
	}
}

// charge fills in the terms. What is pushed out is work for somebody all the same: it
// saves nothing.
func (b *Board) charge(j *job, c *choice, n *node, way int32) {
	t := &b.tours[c.crew]
	had := int64(0)
	if t.size > 0 {
		had = t.work()
		straight := n.ahead
		if c.pushed > 0 {
			straight = b.ruler.Ticks(&n.at, &b.nodes[c.before].at)
		}
		way -= straight
	}
	c.terms.Travel = int64(way)
	if t.size == 0 {
		c.terms.Travel += t.fixed
	}
	c.terms.Work = b.worth(t, had+int64(way)+int64(j.service)) - b.worth(t, had)
	if !b.inside(j, c.crew) {
		c.terms.Outside = t.elsewhere
	}
	c.terms.Displaced = int64(c.pushed) * b.o.Weights.Displaced
	c.cost = c.terms.Total()
}

// answer puts choices into names.
func (b *Board) answer(j *job, found *best, relaxed bool) Answer {
	c := &found[0]
	a := Answer{Order: j.o.ID}
	if c.crew == nobody {
		a.Refused = b.refusals(j, true)
		return a
	}
	n, m := &b.nodes[c.behind], &b.nodes[c.before]
	a.Crew, a.Behind, a.Before, a.Relaxed, a.Terms = b.crews[c.crew].ID, b.stops[c.behind].ID, b.stops[c.before].ID, relaxed, c.terms
	a.Leaves, a.Begin = int64(n.depart), int64(c.begin)
	on := b.ruler.Ticks(&j.at, &m.at)
	a.Slack = int64(m.late - c.begin - j.service - on)
	if t := &b.tours[c.crew]; t.reserved > 0 {
		a.Slack = min(a.Slack, t.shift-t.reserved-int64(b.leaves[c.crew])-t.work()-c.work)
	}
	if second := &found[1]; second.crew != nobody {
		a.RunnerUp, a.RunnerUpTerms = b.crews[second.crew].ID, second.terms
	}
	for i := b.nodes[c.behind].next; c.pushed > 0 && i != c.before; i = b.nodes[i].next {
		a.Displaced = append(a.Displaced, Displaced{Order: b.stops[i].ID, From: a.Crew})
	}
	return a
}
