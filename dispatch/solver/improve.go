package solver

import "slices"

// descend moves single orders and swaps pairs until nothing gets cheaper. An
// order is looked at again only when its own seat or a candidate has changed.
func (x *search) descend() {
	order := x.rng.Perm(len(x.jobs))
	changedAt := make([]int, len(x.m.seats)) // seat → step of its last change
	lookedAt := make([]int, len(x.jobs))     // order → step at which nothing was found
	step := 1
	for changed := true; changed; {
		changed = false
		for i, no := range order {
			if i%64 == 0 && x.ctx.Err() != nil {
				return
			}
			o := int32(no)
			if !x.movable(o) {
				continue
			}
			from, since := x.st.seatOf[o], lookedAt[o]
			if changedAt[from] >= since {
				since = 0 // its own seat is another: everything may be
			}
			fresh := func(s int32) bool { return changedAt[s] >= since }
			if !x.relocate(o, fresh) && !x.swap(o, fresh) {
				lookedAt[o] = step
				continue
			}
			x.stats.Moves++
			changed = true
			changedAt[from], changedAt[x.st.seatOf[o]] = step, step
			step++
		}
	}
}

// leaving is what the plan saves by taking an order off its seat.
func (x *search) leaving(o int32) int64 {
	return x.at[o] - x.m.addCost(x.st, x.st.seatOf[o], -x.jobs[o].minutes)
}

// relocate gives one order to its cheapest fresh candidate, if that saves
// anything.
func (x *search) relocate(o int32, fresh func(seat int32) bool) bool {
	j, here := &x.jobs[o], x.st.seatOf[o]
	best := found{none, x.leaving(o)}
	for _, c := range x.near[o] {
		if c.cost >= best.cost {
			break
		}
		if c.seat == here || !fresh(c.seat) || !x.m.loadOK(x.st, j, c.seat) {
			continue
		}
		if cost := c.cost + x.m.addCost(x.st, c.seat, j.minutes); cost < best.cost {
			best = found{c.seat, cost}
		}
	}
	if best.seat == none {
		return false
	}
	x.take(o)
	x.put(o, best.seat)
	return true
}

// swapReach is how many of an order's candidates are tried for a swap.
const swapReach = 8

// swap exchanges one order with one of a fresh candidate's at the first pair
// that saves anything.
func (x *search) swap(o int32, fresh func(seat int32) bool) bool {
	a := x.st.seatOf[o]
	for _, c := range x.near[o][:min(swapReach, len(x.near[o]))] {
		b := c.seat
		if b == a || !fresh(b) {
			continue
		}
		for _, p := range x.st.given[b] {
			d := x.jobs[o].minutes - x.jobs[p].minutes
			gain := x.at[o] + x.at[p] - c.cost - x.m.addCost(x.st, a, -d) - x.m.addCost(x.st, b, d)
			if gain <= 0 || !x.movable(p) || !x.m.fixedOK(x.st, &x.jobs[p], a) {
				continue // it loses already, before p's way to a
			}
			if gain > x.m.fixedCost(&x.jobs[p], a) && x.exchange(o, a, p, b) {
				return true
			}
		}
	}
	return false
}

// exchange swaps two orders if the loads allow it.
func (x *search) exchange(o, a, p, b int32) bool {
	x.take(o)
	x.take(p)
	jo, jp := &x.jobs[o], &x.jobs[p]
	if x.m.loadOK(x.st, jo, b) && x.m.loadOK(x.st, jp, a) {
		x.put(o, b)
		x.put(p, a)
		return true
	}
	x.st.add(jo, a)
	x.st.add(jp, b)
	return false
}

// Ruin takes away between ruinLeast and ruinMost orders near each other.
const (
	ruinLeast = 3
	ruinMost  = 10
)

// ruinAndRecreate takes a handful of neighbouring orders away and puts them
// back by regret; what is not cheaper is undone.
func (x *search) ruinAndRecreate(iterations int) {
	if len(x.jobs) == 0 {
		return
	}
	gone := make([]int32, 0, ruinMost)
	from := make([]int32, 0, ruinMost)
	for i := range iterations {
		if i%16 == 0 && x.ctx.Err() != nil {
			return
		}
		x.stats.Iterations++
		gone = x.pick(gone[:0])
		if len(gone) < 2 {
			continue
		}
		saved := int64(0)
		from = from[:0]
		for _, o := range gone {
			saved += x.leaving(o)
			from = append(from, x.take(o))
		}
		if x.recreate(gone, saved) {
			x.stats.Moves++
			continue
		}
		for k, o := range gone {
			if x.st.seatOf[o] != none {
				x.take(o)
			}
			x.put(o, from[k])
		}
	}
}

// pick chooses a random order and others from the seats around it.
func (x *search) pick(gone []int32) []int32 {
	seed := int32(x.rng.IntN(len(x.jobs)))
	if !x.movable(seed) {
		return gone
	}
	gone = append(gone, seed)
	want := ruinLeast + x.rng.IntN(ruinMost-ruinLeast+1)
	near := x.near[seed]
	for tries := 0; len(gone) < want && tries < 3*ruinMost && len(near) > 0; tries++ {
		given := x.st.given[near[x.rng.IntN(len(near))].seat]
		if len(given) == 0 {
			continue
		}
		o := given[x.rng.IntN(len(given))]
		if x.movable(o) && !slices.Contains(gone, o) {
			gone = append(gone, o)
		}
	}
	return gone
}

// recreate puts the orders back, always the one with the largest regret, and
// tells whether all found a seat for less than limit.
func (x *search) recreate(gone []int32, limit int64) bool {
	spent := int64(0)
	for range gone {
		top := bid{order: none}
		for _, o := range gone {
			if x.st.seatOf[o] != none {
				continue
			}
			if b := x.offer(o); top.order == none || b.before(top) {
				top = b
			}
		}
		if top.best.seat == none {
			return false
		}
		spent += top.best.cost
		if spent >= limit {
			return false
		}
		x.put(top.order, top.best.seat)
	}
	return true
}

// polish moves every order whose cheapest seat among all seats, not only among
// its candidates, is another one. Afterwards no runner-up is cheaper than the
// crew that was chosen.
func (x *search) polish() bool {
	any := false
	for changed := true; changed; {
		changed = false
		for o := range int32(len(x.jobs)) {
			if o%64 == 0 && x.ctx.Err() != nil {
				return any
			}
			if !x.movable(o) {
				continue
			}
			if to := x.cheaper(o); to != none {
				x.move(o, to)
				x.stats.Moves++
				any, changed = true, true
			}
		}
	}
	return any
}

// cheaper finds the seat where an order costs less than where it is, or none.
// An order whose own seat has stayed as it was since it last asked need only ask
// the seats that have changed.
func (x *search) cheaper(o int32) int32 {
	j, here, was := &x.jobs[o], x.st.seatOf[o], x.leaving(o)
	since := x.polished[o]
	x.polished[o] = len(x.changed)
	free, busy := nowhere, nowhere
	x.take(o)
	if since >= 0 && len(x.changed)-since < len(x.m.seats) && !slices.Contains(x.changed[since:], here) {
		for _, s := range x.changed[since:] {
			x.m.consider(x.st, j, s, none, &free, &busy)
		}
	} else {
		free, _ = x.m.best(x.st, j, none)
	}
	x.st.add(j, here)
	if free.seat == none || free.cost >= was {
		return none
	}
	return free.seat
}
