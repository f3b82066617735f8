package solver

import (
	"cmp"
	"container/heap"
	"context"
	"math"
	"math/rand/v2"
	"slices"
)

// search is one run of Solve.
type search struct {
	ctx     context.Context
	m       *model
	st      *state
	jobs    []job
	class   []int32   // order → class; lower is served first
	near    [][]found // order → its candidate seats, cheapest way first
	at      []int64   // order → fixed cost on its seat
	k       int       // candidates per order
	rng     *rand.Rand
	stats   Stats
	untried []int32 // orders the construction did not reach in time

	// What repair and polish remember, so that they need not ask every seat again.
	lowest   int32   // the last class
	changed  []int32 // seats, each time one gained or lost an order
	tried    []int   // order → length of changed when it last failed, -1 never
	polished []int   // order → length of changed when it last looked for a cheaper seat
	failures int     // of pushOn in a row
}

func (x *search) put(o, s int32) {
	x.st.add(&x.jobs[o], s)
	x.at[o] = x.m.fixedCost(&x.jobs[o], s)
}

func (x *search) take(o int32) int32 { return x.st.remove(&x.jobs[o]) }

// movable: placed, and neither pinned nor on a crew with an urgent order.
func (x *search) movable(o int32) bool {
	s := x.st.seatOf[o]
	return s != none && x.jobs[o].pinCrew == none && !x.m.seats[s].busy
}

// classify ranks orders: pinned ones first, then urgent, then by priority.
func classify(jobs []job) []int32 {
	by := make([]int32, len(jobs))
	for i := range by {
		by[i] = int32(i)
	}
	compare := func(a, b *job) int {
		return cmp.Or(
			cmp.Compare(bit(b.pinCrew != none), bit(a.pinCrew != none)),
			cmp.Compare(bit(b.urgent), bit(a.urgent)),
			cmp.Compare(b.priority, a.priority))
	}
	slices.SortStableFunc(by, func(a, b int32) int { return compare(&jobs[a], &jobs[b]) })
	class := make([]int32, len(jobs))
	for i := 1; i < len(by); i++ {
		class[by[i]] = class[by[i-1]]
		if compare(&jobs[by[i-1]], &jobs[by[i]]) != 0 {
			class[by[i]]++
		}
	}
	return class
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

// bid is what an order offers for being placed next: its regret, the cost of
// getting the second best seat instead of the best.
type bid struct {
	regret int64
	best   found
	order  int32
}

func (a bid) before(b bid) bool {
	if a.regret != b.regret {
		return a.regret > b.regret
	}
	if a.best.cost != b.best.cost {
		return a.best.cost < b.best.cost
	}
	return a.order < b.order
}

// offer prices an order's candidates as the plan stands. An order with one seat
// left regrets more than any with two; whoever has none searches further.
func (x *search) offer(o int32) bid {
	j := &x.jobs[o]
	best, second := nowhere, nowhere
	for _, c := range x.near[o] {
		if c.cost >= second.cost {
			break // the way alone costs more
		}
		if !x.m.loadOK(x.st, j, c.seat) {
			continue
		}
		f := found{c.seat, c.cost + x.m.addCost(x.st, c.seat, j.minutes)}
		if f.better(best) {
			best, second = f, best
		} else if f.better(second) {
			second = f
		}
	}
	if best.seat == none {
		free, busy := x.m.best(x.st, j, none)
		best = free
		if free.seat == none && j.pinCrew != none {
			best = busy // a pinned order has nobody else to wait for
		}
	}
	if second.seat == none {
		return bid{math.MaxInt64/2 - min(best.cost, math.MaxInt64/4), best, o}
	}
	return bid{second.cost - best.cost, best, o}
}

type bids []bid

func (b bids) Len() int           { return len(b) }
func (b bids) Less(i, k int) bool { return b[i].before(b[k]) }
func (b bids) Swap(i, k int)      { b[i], b[k] = b[k], b[i] }
func (b *bids) Push(v any)        { *b = append(*b, v.(bid)) }
func (b *bids) Pop() any {
	last := (*b)[len(*b)-1]
	*b = (*b)[:len(*b)-1]
	return last
}

// construct places all orders class by class, within a class always the one
// with the largest regret. Bids grow stale as seats fill; a bid is renewed when
// it comes to the top and goes back if it no longer belongs there.
func (x *search) construct() {
	byClass := make([]int32, len(x.jobs))
	for o := range byClass {
		byClass[o] = int32(o)
	}
	slices.SortStableFunc(byClass, func(a, b int32) int { return cmp.Compare(x.class[a], x.class[b]) })

	room := make([]found, 0, x.k+1)
	for start := 0; start < len(byClass); {
		end := start + 1
		for end < len(byClass) && x.class[byClass[end]] == x.class[byClass[start]] {
			end++
		}
		queue := make(bids, 0, end-start)
		for i, o := range byClass[start:end] {
			if i%64 == 0 && x.ctx.Err() != nil {
				x.untried = append(x.untried, byClass[start+i:]...)
				break
			}
			if j := &x.jobs[o]; j.pinCrew == none {
				room = x.m.nearest(j, x.k, room)
				x.near[o] = slices.Clone(room)
			}
			queue = append(queue, x.offer(o))
		}
		x.drain(&queue)
		if len(x.untried) > 0 {
			return
		}
		start = end
	}
}

func (x *search) drain(queue *bids) {
	heap.Init(queue)
	for queue.Len() > 0 {
		b := x.offer((*queue)[0].order)
		(*queue)[0] = b
		heap.Fix(queue, 0)
		if (*queue)[0].order != b.order {
			continue
		}
		heap.Pop(queue)
		if b.best.seat != none {
			x.put(b.order, b.best.seat)
		}
	}
}
