package solver

import (
	"cmp"
	"iter"
	"slices"
)

// repair tries to serve orders that are left over: in a free seat, by moving
// one order on to another seat, with a crew on an urgent order if nobody else is
// feasible, or in the place of orders that rank lower, which are then left over
// themselves. Higher classes go first, and orders are
// only ever displaced by higher ones, so it ends.
func (x *search) repair() bool {
	any := false
	for again := true; again; {
		again = false
		waiting := x.leftOver()
		for len(waiting) > 0 {
			if x.ctx.Err() != nil {
				return any
			}
			o := waiting[0]
			waiting = waiting[1:]
			displaced, ok := x.squeeze(o)
			if !ok {
				continue
			}
			x.stats.Moves++
			any, again = true, true
			waiting = append(waiting, displaced...)
			x.sortByClass(waiting)
		}
	}
	return any
}

func (x *search) leftOver() []int32 {
	var out []int32
	for o := range x.jobs {
		if x.st.seatOf[o] == none {
			out = append(out, int32(o))
		}
	}
	x.sortByClass(out)
	return out
}

func (x *search) sortByClass(orders []int32) {
	slices.SortFunc(orders, func(a, b int32) int {
		return cmp.Or(cmp.Compare(x.class[a], x.class[b]), cmp.Compare(a, b))
	})
}

// patience is how many orders in a row may fail to push another one on before
// repair stops trying: a town with far too much work has no slack to find.
const patience = 500

// squeeze serves one order and returns whom it displaced. An order that failed
// before asks only the seats that have changed since.
func (x *search) squeeze(o int32) (displaced []int32, ok bool) {
	j := &x.jobs[o]
	since := x.tried[o]
	x.tried[o] = len(x.changed)
	again := since >= 0 && len(x.changed)-since < len(x.m.seats)
	free, busy := nowhere, nowhere
	if again {
		for _, s := range x.changed[since:] {
			x.m.consider(x.st, j, s, none, &free, &busy)
		}
	} else {
		free, busy = x.m.best(x.st, j, none)
	}
	if free.seat != none {
		x.move(o, free.seat)
		return nil, true
	}
	if since < 0 && x.failures < patience {
		for _, c := range x.near[o] {
			if x.pushOn(o, c.seat) {
				x.failures = 0
				return nil, true
			}
		}
		x.failures++
	}
	if busy.seat != none { // nobody else is feasible; settle looks again at the end
		x.move(o, busy.seat)
		return nil, true
	}
	if j.pinCrew != none || x.class[o] == x.lowest {
		return nil, false // pinned orders were first: only pinned ones are in the way
	}
	if again {
		return x.displace(o, slices.Values(x.changed[since:]))
	}
	return x.displace(o, x.m.allSeats)
}

// move places an order for good, as far as repair and polish are concerned.
func (x *search) move(o, to int32) {
	if from := x.st.seatOf[o]; from != none {
		x.take(o)
		x.changed = append(x.changed, from)
	}
	x.put(o, to)
	x.changed = append(x.changed, to)
}

// pushOn makes room on a seat by moving one of its orders to another of that
// order's candidates.
func (x *search) pushOn(o, s int32) bool {
	j := &x.jobs[o]
	for _, p := range slices.Clone(x.st.given[s]) { // fitsWithout changes the sequence
		if !x.movable(p) || !x.fitsWithout(j, s, p) {
			continue
		}
		to := nowhere
		for _, c := range x.near[p] {
			if c.seat != s && x.m.loadOK(x.st, &x.jobs[p], c.seat) {
				to = c
				break
			}
		}
		if to.seat != none {
			x.move(p, to.seat)
			x.move(o, s)
			return true
		}
	}
	return false
}

func (x *search) fitsWithout(j *job, s, p int32) bool {
	x.take(p)
	defer x.st.add(&x.jobs[p], s)
	return x.m.loadOK(x.st, j, s)
}

// displace takes lower orders off the seat where that costs least: lowest class
// first, then as few as possible.
func (x *search) displace(o int32, seats iter.Seq[int32]) ([]int32, bool) {
	var victims, bestVictims []int32
	best := nowhere
	j := &x.jobs[o]
	for s := range seats {
		if x.m.seats[s].busy {
			continue
		}
		if !x.m.fixedOK(x.st, j, s) {
			continue
		}
		victims = x.lower(victims[:0], s, x.class[o])
		n := 0
		for n < len(victims) && !x.m.loadOK(x.st, j, s) {
			x.take(victims[n])
			n++
		}
		fits := x.m.loadOK(x.st, j, s)
		for _, p := range victims[:n] {
			x.st.add(&x.jobs[p], s)
		}
		if fits {
			f := found{s, int64(n)<<40 + x.m.fixedCost(j, s)}
			if f.better(best) {
				best, bestVictims = f, slices.Clone(victims[:n])
			}
		}
	}
	if best.seat == none {
		return nil, false
	}
	for _, p := range bestVictims {
		x.take(p)
	}
	x.move(o, best.seat)
	return bestVictims, true
}

// lower lists a seat's orders that rank below a class, lowest and longest first.
func (x *search) lower(out []int32, s, class int32) []int32 {
	for _, p := range x.st.given[s] {
		if x.class[p] > class && x.jobs[p].pinCrew == none {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(a, b int32) int {
		return cmp.Or(cmp.Compare(x.class[b], x.class[a]), cmp.Compare(x.jobs[b].minutes, x.jobs[a].minutes), cmp.Compare(a, b))
	})
	return out
}

// settle is the last stage. Orders on crews that are on an urgent order go to a
// free crew that has become feasible, and what is still left over takes whom it
// can get. Free crews only gain orders here, so in the finished plan nobody else
// is feasible for an order that stays with such a crew.
func (x *search) settle() {
	for o := range int32(len(x.jobs)) {
		s := x.st.seatOf[o]
		if s == none || !x.m.seats[s].busy || x.jobs[o].pinCrew != none {
			continue
		}
		x.take(o)
		if free, _ := x.m.best(x.st, &x.jobs[o], none); free.seat != none {
			s = free.seat
		}
		x.put(o, s)
	}
	for _, o := range x.leftOver() {
		free, busy := x.m.best(x.st, &x.jobs[o], none)
		if free.seat == none {
			free = busy
		}
		if free.seat != none {
			x.put(o, free.seat)
		}
	}
}
