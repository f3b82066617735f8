package online

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"tundish/dispatch/route"
)

// Work is what a batch is about.
type Work struct {
	// Orders from the pool. One that costs more than its penalty stays there; penalty 0 is
	// more than any place costs.
	Orders []route.Order
	// Movable are orders in routes that may change places and crews. Whatever is pinned,
	// fixed or urgent stays all the same; a published one that changes its crew costs
	// Weights.Change.
	Movable []string
	// Threads that look for places at once, 0 is one; they change nothing in the outcome.
	Threads int
}

// Spread is what a batch did to the board.
type Spread struct {
	Given []Given
	Moved []Given // movable orders that have another crew now
	Left  []Left
	// Cost of all routes, of what lies outside of districts, of changes and of what is left.
	Cost int64
}

// Given is an order that has a crew.
type Given struct {
	Order, Crew string
	From        string // the crew that had it, "" for the pool
	Cost        int64  // what its crew's route would cost less without it
}

// Left is an order that stays in the pool, and why: the first rule that stops each
// crew, counted.
type Left struct {
	Order   string
	Refused []Refused
}

// task is an order that a batch may place.
type task struct {
	job
	stop Stop
	node int32 // nobody while it is in no route
	home int32 // the crew it had in the beginning, nobody for none
	asof int32 // the change of the batch after which it was last looked at
	arcs []arc
}

// batch is a batch under way. What changes crews is counted, so that only those are looked
// at again that may have become cheaper.
type batch struct {
	*Board
	tasks   []task
	changed []int32 // crew → the last change of its route
	changes int32
}

const (
	arcsMost   = 8       // crews that an order is matched with
	lookMost   = 150     // places that are looked at for them, ten times as many if few fit
	passesMost = 20      // of local improvement
	priceless  = 1 << 40 // penalty of what must not be left out
)

// Batch spreads orders over crews: matched on the crews where each costs least, put into
// routes, then improved one by one and in pairs until nothing is gained or the context
// ends. The board is then as the answer says. What cannot be right is refused (*Error),
// and nothing changes.
func (b *Board) Batch(ctx context.Context, w Work) (Spread, error) {
	if w.Threads < 0 || w.Threads > 64 {
		return Spread{}, fmt.Errorf("online batch: threads is %d; give 1 to 64", w.Threads)
	}
	tasks, err := b.tasks(w)
	if err != nil {
		return Spread{}, err
	}
	s := batch{Board: b, tasks: tasks, changed: make([]int32, len(b.tours))}
	b.findArcs(ctx, tasks, max(1, w.Threads))
	pool := tasks[:len(w.Orders)]
	s.seatAll(ctx, pool, b.match(pool))
	s.improve(ctx)
	return b.spread(tasks), nil
}

// tasks checks the work; those from the pool come first.
func (b *Board) tasks(w Work) ([]task, error) {
	var faults []route.Fault
	tasks := make([]task, 0, len(w.Orders)+len(w.Movable))
	known := map[string]bool{}
	for k := range w.Orders {
		o := &w.Orders[k]
		var wrong *Error
		if errors.As(b.checkNew(o), &wrong) {
			faults = append(faults, wrong.Faults...)
		}
		if known[o.ID] {
			faults = append(faults, route.Fault{Kind: route.FaultDuplicateID, On: "order", ID: o.ID, No: k, Text: "comes twice"})
		}
		known[o.ID] = true
		tasks = append(tasks, task{stop: Stop{Order: *o}, node: nobody, home: nobody, asof: -1})
	}
	for _, id := range w.Movable {
		i, ok := b.stopNo[id]
		switch {
		case !ok:
			faults = append(faults, route.Fault{Kind: faultNotThere, On: "order", ID: id, Text: "is movable, but in no route"})
		case !known[id] && b.stops[i].movable():
			tasks = append(tasks, task{stop: b.stops[i], node: i, home: b.nodes[i].tour, asof: -1})
		}
		known[id] = true
	}
	if len(faults) > 0 {
		return nil, &Error{Faults: faults}
	}
	for k := range tasks {
		t := &tasks[k]
		b.compile(&t.job, &t.stop.Order)
		if t.penalty == 0 {
			t.penalty = priceless
		}
	}
	return tasks, nil
}

// faultNotThere: an order is said to be in a route, and is in none.
const faultNotThere route.FaultKind = "order_in_no_route"

// findArcs finds the crews where each order costs least, with the board as it is.
func (b *Board) findArcs(ctx context.Context, tasks []task, threads int) {
	var all sync.WaitGroup
	for k := range threads {
		all.Go(func() {
			for i := k; i < len(tasks) && ctx.Err() == nil; i += threads {
				tasks[i].arcs = b.arcs(&tasks[i].job)
			}
		})
	}
	all.Wait()
}

// arcs are the crews whose routes an order fits into most cheaply, among those that have
// something near.
func (b *Board) arcs(j *job) []arc {
	list := make([]arc, 0, arcsMost)
	worst := noPlace.cost
	add := func(p int32) {
		at := place{nobody, worst}
		if b.try(j, p, &at); at.behind == nobody {
			return
		}
		a := arc{crew: b.nodes[p].tour, cost: at.cost}
		if k := slices.IndexFunc(list, func(x arc) bool { return x.crew == a.crew }); k >= 0 {
			if list[k].cost <= a.cost {
				return
			}
			list = slices.Delete(list, k, k+1)
		} else if len(list) == arcsMost {
			list = list[:len(list)-1]
		}
		k, _ := slices.BinarySearchFunc(list, a, func(x, y arc) int {
			return cmp.Or(cmp.Compare(x.cost, y.cost), cmp.Compare(x.crew, y.crew))
		})
		list = slices.Insert(list, k, a)
		if len(list) == arcsMost {
			worst = list[len(list)-1].cost
		}
	}
	var room [fewCrews]int32
	if count, few := b.able(j, room[:]); count <= b.few {
		for _, r := range few {
			for p := b.tours[r].start; p != b.tours[r].end && b.may(j, r); p = b.nodes[p].next {
				add(p)
			}
		}
		return list
	}
	w := b.grid.walk(j.o.At)
	for looked := 0; ; {
		way, ok := w.next()
		if !ok || 2*way-int64(b.longWay)-rounding > worst || looked > lookMost && len(list) == arcsMost || looked > 10*lookMost && len(list) > 0 {
			return list
		}
		for cell := w.cell(); cell != nil; cell = w.cell() {
			looked += len(cell)
			for k := range cell {
				e := &cell[k]
				if !b.may(j, e.tour) {
					continue
				}
				if e.depart != never && 2*way-int64(e.ahead)-rounding <= worst {
					add(e.node)
				}
				if p := b.nodes[e.node].prev; p != nobody && 2*way-int64(e.before)-rounding <= worst {
					add(p)
				}
			}
		}
	}
}

// match solves the assignment on the arcs. What a second order of the batch costs a crew
// more than the first is the rise of its convex workload by a typical order.
func (b *Board) match(tasks []task) *matching {
	arcs, penalty := make([][]arc, len(tasks)), make([]int64, len(tasks))
	var service, demand int64
	for k := range tasks {
		service, demand = service+int64(tasks[k].service), demand+int64(tasks[k].demand)
		penalty[k] = tasks[k].penalty
		// An arc never costs less than nothing: rounding may have it so.
		for _, a := range tasks[k].arcs {
			a.cost = max(0, a.cost)
			arcs[k] = append(arcs[k], a)
		}
	}
	n := max(1, int64(len(tasks)))
	step, room := make([]int64, len(b.tours)), make([]int32, len(b.tours))
	for r := range b.tours {
		if t := &b.tours[r]; t.on {
			typical := service / n
			step[r] = b.o.Weights.Balance * typical * typical / 100 / t.busy
			room[r] = min(t.most-t.size, int32(max(1, (t.capacity-t.load)/max(1, demand/n))))
		}
	}
	m := newMatching(arcs, penalty, step, room)
	m.solve()
	return m
}

// seatAll puts orders into the routes of their crews, and anywhere if they do not fit any
// more beside others of the batch; those that are dear to leave out first.
func (b *batch) seatAll(ctx context.Context, tasks []task, m *matching) {
	order := make([]int, len(tasks))
	for k := range order {
		order[k] = k
	}
	slices.SortStableFunc(order, func(x, y int) int { return cmp.Compare(tasks[y].penalty, tasks[x].penalty) })
	var again []int
	for _, k := range order {
		at := noPlace
		if r := m.crew[k]; r != nobody {
			b.findIn(&tasks[k].job, r, &at)
		}
		if at.behind == nobody {
			again = append(again, k)
			continue
		}
		b.seat(&tasks[k], at.behind)
	}
	for _, k := range again {
		if ctx.Err() != nil {
			return
		}
		if at := b.find(&tasks[k].job); at.behind != nobody && at.cost < tasks[k].penalty {
			b.seat(&tasks[k], at.behind)
		}
	}
}

// seat puts a task into a route.
func (b *batch) seat(t *task, behind int32) {
	t.node = b.node(t.stop, 0)
	b.put(t.node, behind)
	b.change(b.nodes[behind].tour)
	if !b.grid.fits(t.stop.At) {
		b.regrid()
	}
}

// change notes that routes are not what they were.
func (b *batch) change(crews ...int32) {
	b.changes++
	for _, r := range crews {
		b.changed[r] = b.changes
	}
}

// spread tells what became of the tasks.
func (b *Board) spread(tasks []task) Spread {
	s := Spread{Cost: b.Cost()}
	for k := range tasks {
		t := &tasks[k]
		if t.node == nobody {
			s.Cost += t.penalty
			s.Left = append(s.Left, Left{t.stop.ID, b.refusals(&t.job, false)})
			continue
		}
		r := b.nodes[t.node].tour
		s.Cost += b.extra(t, r)
		if r == t.home {
			continue
		}
		g := Given{Order: t.stop.ID, Crew: b.crews[r].ID, Cost: b.without(t.node)}
		if t.home == nobody {
			s.Given = append(s.Given, g)
			continue
		}
		g.From = b.crews[t.home].ID
		s.Moved = append(s.Moved, g)
	}
	return s
}

// extra is what a task costs with a crew besides the route: outside of its districts,
// and a change of what was published.
func (b *Board) extra(t *task, r int32) int64 {
	var sum int64
	if !b.inside(&t.job, r) {
		sum += b.tours[r].elsewhere
	}
	return sum + b.changeFor(t, r)
}

// changeFor is what it costs that a task is with a crew that was not told of it.
func (b *Board) changeFor(t *task, r int32) int64 {
	if t.stop.Published != "" && t.stop.Published != b.crews[r].Name() {
		return b.o.Weights.Change
	}
	return 0
}

// without is what a route would cost less without a stop.
func (b *Board) without(i int32) int64 {
	n := &b.nodes[i]
	t := &b.tours[n.tour]
	before := b.price(n.tour)
	less := *t
	less.size--
	less.service -= int64(n.service)
	less.travel += int64(b.ruler.Ticks(&b.nodes[n.prev].at, &b.nodes[n.next].at) - b.nodes[n.prev].ahead - n.ahead)
	if less.size == 0 {
		return before - b.worth(&less, 0)
	}
	return before - less.travel - less.fixed - b.worth(&less, less.work())
}
