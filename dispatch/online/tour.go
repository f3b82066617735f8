package online

import (
	"slices"

	"tundish/dispatch/route"
)

// set puts a crew and its route on the board.
func (b *Board) set(c *Crew) {
	r, ok := b.crewNo[c.ID]
	if ok {
		b.clear(r)
	} else {
		r = int32(len(b.tours))
		b.crewNo[c.ID] = r
		b.tours, b.leaves, b.crews = append(b.tours, tour{}), append(b.leaves, 0), append(b.crews, Crew{})
	}
	b.crews[r] = *c
	b.crews[r].Route = nil
	b.ability.set(r, &c.Crew)
	t := tour{
		load: c.Carried, capacity: c.Capacity, most: int32(max(0, c.MaxOrders-c.Done-c.Held)), fixed: c.Fixed, did: c.Load, busy: c.Busy,
		from: int32(max(c.Shift.From, c.Free)), to: int32(c.Shift.To), shift: c.Shift.To, on: true,
		reserved: c.Reserved, elsewhere: c.Elsewhere, person: b.person(c.Name(), r),
	}
	if c.MaxOrders == 0 {
		t.most = never
	}
	if c.MaxTicks > 0 {
		t.to = int32(min(c.Shift.To, c.Shift.From+c.MaxTicks))
	}
	if t.busy == 0 {
		t.busy = max(1, c.Shift.To-c.Shift.From)
	}
	t.start = b.node(Stop{Order: route.Order{At: c.Start}}, markStart)
	t.end = b.node(Stop{Order: route.Order{At: c.End}}, markEnd)
	b.nodes[t.start].tour, b.nodes[t.end].tour = r, r
	p := t.start
	for k := range c.Route {
		i := b.node(c.Route[k], 0)
		b.join(p, i)
		t.load, t.size = t.load+int64(b.nodes[i].demand), t.size+1
		t.service += int64(b.nodes[i].service)
		t.travel += int64(b.nodes[p].ahead)
		b.nodes[i].tour = r
		p = i
	}
	b.join(p, t.end)
	t.travel += int64(b.nodes[p].ahead)
	b.tours[r] = t
	b.remark(r)
	b.retime(r)
}

// person is the number of whom crew r is a shift of.
func (b *Board) person(name string, r int32) int32 {
	k, ok := b.persons[name]
	if !ok {
		k = int32(len(b.shifts))
		b.persons[name] = k
		b.shifts = append(b.shifts, nil)
	}
	if !slices.Contains(b.shifts[k], r) {
		b.shifts[k] = append(b.shifts[k], r)
	}
	return k
}

// clear takes a crew and its route off the board.
func (b *Board) clear(r int32) {
	t := &b.tours[r]
	if !t.on {
		return
	}
	for i := t.start; i != nobody; {
		n := b.nodes[i].next
		b.release(i)
		i = n
	}
	*t = tour{}
	b.leaves[r] = never
	b.present[r>>6] &^= 1 << (r & 63)
}

// node takes a node that is in no route.
func (b *Board) node(s Stop, marks uint8) int32 {
	var i int32
	if k := len(b.unused); k > 0 {
		i, b.unused = b.unused[k-1], b.unused[:k-1]
	} else {
		i = int32(len(b.nodes))
		b.nodes, b.sites, b.stops = append(b.nodes, node{}), append(b.sites, site{}), append(b.stops, Stop{})
		b.slot, b.longAt = append(b.slot, 0), append(b.longAt, nobody)
	}
	if marks == 0 && s.loose() {
		marks |= markLoose
	}
	if marks == 0 || marks == markLoose {
		b.stopNo[s.ID] = i
	}
	marks |= markShut // until it stands in a route
	b.stops[i], b.sites[i] = s, siteOf(&s.Order)
	b.nodes[i] = node{at: b.o.Metric.Spot(s.At), tour: nobody, next: nobody, prev: nobody, service: int32(s.Service), demand: int32(s.Demand), marks: marks}
	b.enterCell(i)
	return i
}

// release gives a node back.
func (b *Board) release(i int32) {
	if b.nodes[i].marks&(markStart|markEnd) == 0 {
		delete(b.stopNo, b.stops[i].ID)
	}
	b.leaveCell(i)
	b.unlist(i)
	b.stops[i], b.sites[i], b.nodes[i].tour = Stop{}, site{}, nobody
	b.unused = append(b.unused, i)
}

// join makes i follow p.
func (b *Board) join(p, i int32) {
	n := &b.nodes[p]
	n.next, n.ahead = i, b.ruler.Ticks(&n.at, &b.nodes[i].at)
	b.nodes[i].prev = p
	if long := n.ahead > b.longWay; long != (b.longAt[p] != nobody) {
		if long {
			b.longAt[p] = int32(len(b.long))
			b.long = append(b.long, p)
		} else {
			b.unlist(p)
		}
	}
}

// put puts a node behind another one.
func (b *Board) put(i, behind int32) {
	r := b.nodes[behind].tour
	t := &b.tours[r]
	n := b.nodes[behind].next
	t.travel -= int64(b.nodes[behind].ahead)
	b.join(behind, i)
	b.join(i, n)
	t.travel += int64(b.nodes[behind].ahead) + int64(b.nodes[i].ahead)
	t.load, t.size = t.load+int64(b.nodes[i].demand), t.size+1
	t.service += int64(b.nodes[i].service)
	b.nodes[i].tour = r
	b.remark(r)
	b.retime(r)
}

// lift takes a node out of its route and keeps it.
func (b *Board) lift(i int32) {
	n := &b.nodes[i]
	r, p := n.tour, n.prev
	t := &b.tours[r]
	t.travel -= int64(b.nodes[p].ahead) + int64(n.ahead)
	b.join(p, n.next)
	t.travel += int64(b.nodes[p].ahead)
	t.load, t.size = t.load-int64(n.demand), t.size-1
	t.service -= int64(n.service)
	n.tour, n.next, n.prev = nobody, nobody, nobody
	n.marks |= markShut
	b.unlist(i)
	b.remark(r)
	b.retime(r)
}

// take takes a stop off the board.
func (b *Board) take(i int32) {
	b.lift(i)
	b.release(i)
}

// remark finds out behind which nodes nothing may be put, and whether the crew is on
// an urgent order.
func (b *Board) remark(r int32) {
	t := &b.tours[r]
	t.urgent = b.crews[r].BusyUrgent
	shut := false
	for i := t.end; i != nobody; i = b.nodes[i].prev {
		n := &b.nodes[i]
		if n.marks &^= markShut; shut || n.marks&markEnd != 0 {
			n.marks |= markShut
		}
		shut = shut || b.stops[i].Fixed
		t.urgent = t.urgent || b.stops[i].Urgent
	}
}

// retime computes the times of a route. A stop that is too late already is done all the
// same, as soon as it may; then nothing fits ahead of it.
func (b *Board) retime(r int32) {
	t := &b.tours[r]
	s := &b.nodes[t.start]
	s.depart = max(t.from, b.now)
	b.leaves[r] = s.depart
	for i := t.start; i != t.end; {
		n := &b.nodes[i]
		there := min(n.depart+n.ahead, maxTick)
		i = n.next
		begin := b.sites[i].opens(there)
		if begin == never {
			begin = there
		}
		b.nodes[i].depart = begin + b.nodes[i].service
	}
	b.nodes[t.end].late = t.to
	for i := t.end; i != t.start; {
		late := b.nodes[i].late
		i = b.nodes[i].prev
		n := &b.nodes[i]
		n.late = b.sites[i].closes(late - n.ahead - n.service)
	}
	for i := t.start; i != nobody; i = b.nodes[i].next {
		b.tell(i)
	}
}

// work is the ticks of work of a crew's route.
func (t *tour) work() int64 { return t.service + t.travel }

// spares tells whether a crew has the time for so many ticks of work more beside its route
// and the work that is in no route.
func (b *Board) spares(t *tour, r int32, ticks int64) bool {
	return t.reserved == 0 || int64(b.leaves[r])+t.work()+ticks+t.reserved <= t.shift
}

// price is what a route costs; a crew without stops stays where it is.
func (b *Board) price(r int32) int64 {
	t := &b.tours[r]
	if t.size == 0 {
		return b.worth(t, 0)
	}
	return t.travel + t.fixed + b.worth(t, t.work())
}

// worth is what a day of so many ticks of work ahead costs: convex and monotone, the
// same as in dispatch/route.
func (b *Board) worth(t *tour, ticks int64) int64 {
	if b.o.Weights.Balance == 0 {
		return 0
	}
	d := t.did + ticks
	return d * d / 200 * b.o.Weights.Balance / t.busy
}
