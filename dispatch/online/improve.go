package online

import "context"

// improve gives every task the place that costs least, and lets pairs change crews, until
// nothing is gained any more or the context ends. Every change makes the whole cheaper.
func (b *batch) improve(ctx context.Context) {
	before := int32(-1) // the last change that pairs were looked at after
	for range passesMost {
		from := b.changes
		for k := range b.tasks {
			if k%16 == 0 && ctx.Err() != nil {
				return
			}
			b.relocate(&b.tasks[k])
		}
		holders := map[int32][]int{} // crew → tasks
		for k := range b.tasks {
			if i := b.tasks[k].node; i != nobody {
				holders[b.nodes[i].tour] = append(holders[b.nodes[i].tour], k)
			}
		}
		looked := b.changes
		for k := range b.tasks {
			if k%16 == 0 && ctx.Err() != nil {
				return
			}
			b.swapAny(k, holders, before)
		}
		before = looked
		if b.changes == from {
			return
		}
	}
}

// relocate moves a task to its cheapest place if that gains: with a crew that it may be
// matched with, or the one it had, or elsewhere in the route where it is.
func (b *batch) relocate(t *task) {
	if t.node == nobody {
		if at := b.find(&t.job); at.behind != nobody && at.cost < t.penalty {
			b.seat(t, at.behind)
		}
		return
	}
	r := b.nodes[t.node].tour
	costs := b.without(t.node) + b.extra(t, r)
	at := place{nobody, costs}
	for k := range t.arcs {
		a := &t.arcs[k]
		if a.crew == r {
			continue
		}
		here := noPlace
		if b.changed[a.crew] > a.asof {
			here = b.inCrew(t, a.crew)
			a.cost, a.asof = here.cost, b.changes
		}
		if a.cost == noPlace.cost {
			continue
		}
		cost := a.cost + b.changeFor(t, a.crew)
		if cost < at.cost {
			if here.behind == nobody {
				here = b.inCrew(t, a.crew)
			}
			at = place{here.behind, cost}
		}
	}
	if t.home != nobody && t.home != r {
		if here := b.inCrew(t, t.home); here.behind != nobody && here.cost+b.changeFor(t, t.home) < at.cost {
			at = place{here.behind, here.cost + b.changeFor(t, t.home)}
		}
	}
	if at.behind == nobody && b.changed[r] <= t.asof {
		return
	}
	behind := b.nodes[t.node].prev
	b.lift(t.node)
	if here := b.inCrew(t, r); here.behind != nobody && here.cost+b.changeFor(t, r) < at.cost {
		at = here
	}
	t.asof = b.changes
	if at.behind == nobody {
		b.put(t.node, behind)
		return
	}
	b.put(t.node, at.behind)
	b.change(r, b.nodes[t.node].tour)
	t.asof = b.changes
}

// inCrew is the cheapest place for a task in one crew's route, a change not counted in.
func (b *batch) inCrew(t *task, r int32) place {
	at := noPlace
	b.findIn(&t.job, r, &at)
	return at
}

// swapAny lets a task change crews with another one of the batch that a crew near to it
// has, if that gains; pairs of crews that are as they were are not looked at again.
func (b *batch) swapAny(k int, holders map[int32][]int, before int32) {
	t := &b.tasks[k]
	if t.node == nobody {
		return
	}
	r := b.nodes[t.node].tour
	for _, a := range t.arcs[:min(swapArcs, len(t.arcs))] {
		if a.crew == r {
			return // it prefers no other crew to this one
		}
		if max(b.changed[a.crew], b.changed[r]) <= before {
			continue
		}
		for n, other := range holders[a.crew] {
			u := &b.tasks[other]
			if b.nodes[u.node].tour != a.crew || !b.may(&u.job, r) || !b.swap(t, u) {
				continue
			}
			holders[a.crew][n] = k
			for m, x := range holders[r] {
				if x == k {
					holders[r][m] = other
				}
			}
			return
		}
	}
}

// swapArcs is how many of the crews near to a task it may change with.
const swapArcs = 4

// swap exchanges the crews of two tasks if that gains.
func (b *batch) swap(t, u *task) bool {
	r, q := b.nodes[t.node].tour, b.nodes[u.node].tour
	before := b.price(r) + b.price(q) + b.extra(t, r) + b.extra(u, q)
	behindT, behindU := b.nodes[t.node].prev, b.nodes[u.node].prev
	b.lift(t.node)
	b.lift(u.node)
	x, y := b.inCrew(t, q), b.inCrew(u, r)
	if x.behind != nobody && y.behind != nobody {
		b.put(t.node, x.behind)
		b.put(u.node, y.behind)
		if b.price(r)+b.price(q)+b.extra(t, q)+b.extra(u, r) < before {
			b.change(r, q)
			return true
		}
		b.lift(t.node)
		b.lift(u.node)
	}
	b.put(u.node, behindU)
	b.put(t.node, behindT)
	return false
}
