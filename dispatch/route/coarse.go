package route

import (
	"cmp"
	"math"
	"slices"
)

// A large plan is made coarsely first: orders that lie close together and that the same crews may
// do are one order for the first half of the search. Which crew goes where is decided several
// orders at a time then, among fewer of them; who stands next to whom comes after. Not where there
// are rules: breaks agreed on for large pieces of work do not suit small ones.

const (
	coarseLeast = 200 // orders from which it is done
	coarseShare = 0.5 // of the search
	coarseMost  = 5   // orders that become one
	coarseReach = 12  // times the median way from an order to its nearest: how far apart they lie at most
	coarseNear  = 12  // neighbours that are asked whether they go together
	coarsePart  = 8   // such orders fill a day at least, in time and in capacity
	coarseWay   = 0.7 // of the way through them is service; the rest is saved by leaving on the other side
	coarseSaves = 0.8 // share of the orders that may remain for it to be worth its time
	fineHottest = 0.2 // temperature after a coarse plan, in average ways between neighbours
	fineDiffer  = 1.0 // the same where crews differ, of orders that a searcher works on all at once
)

// coarse is a problem with close orders as one.
type coarse struct {
	p  Problem
	of [][]int32 // order of p → nodes of the model, in sequence of the way through them
}

// beginCoarsely spends a part of the search on a coarse problem, if there is something to gain by it,
// and makes its plan the one to start from.
func (m *model) beginCoarsely(c *clock) {
	k := m.coarsen()
	if k == nil {
		return
	}
	cm := compile(c.ctx, &k.p, m.options)
	if cm == nil {
		return
	}
	part := c.part(coarseShare)
	s := newState(cm)
	cm.construct(s, part)
	best, steps := cm.search(s, part)
	c.done += steps
	s.load(best)
	m.options.Start = k.plan(m, cm, s)
	m.refines, m.hottest = true, fineHottest
	if m.reach != nil && m.orders <= windowOrders {
		m.hottest = fineDiffer
	}
}

// coarsen joins orders, those that lie closest together first; nil if that is not worth its
// time.
func (m *model) coarsen() *coarse {
	given := slices.ContainsFunc(m.options.Start, func(list []int) bool { return len(list) > 0 })
	if m.orders < coarseLeast || given || m.supplied || m.rules != nil {
		return nil
	}
	for r := range m.crews {
		if m.crews[r].most != never || m.crews[r].fixed > 0 && m.reach == nil {
			return nil // orders are counted, or few crews matter more than short ways
		}
	}
	g := m.gather()
	k := &coarse{p: *m.p}
	k.p.Orders = nil
	for i := range m.orders {
		if all := g.of[i]; g.lead[i] == i {
			k.of = append(k.of, m.through(all))
		}
	}
	if float64(len(k.of)) > coarseSaves*float64(m.orders) {
		return nil
	}
	k.p.Orders = make([]Order, len(k.of))
	for x, all := range k.of {
		k.p.Orders[x] = m.joined(all)
	}
	return k
}

// groups of nodes.
type groups struct {
	lead []int32   // node → the one that stands for its group
	of   [][]int32 // that one → all of its group
}

// gather finds out which orders go together.
func (m *model) gather() *groups {
	g := &groups{make([]int32, m.orders), make([][]int32, m.orders)}
	for i := range m.orders {
		g.lead[i], g.of[i] = i, []int32{i}
	}
	reach, demand, service := m.coarseLimits()
	type pair struct{ ticks, i, j int32 }
	var pairs []pair
	for i := range m.orders {
		for _, j := range m.near[int(i)*m.nearMany:][:min(coarseNear, m.nearMany)] {
			if t := m.ticks(i, j); t <= reach && m.alike(i, j) {
				pairs = append(pairs, pair{t, i, j})
			}
		}
	}
	slices.SortFunc(pairs, func(a, b pair) int {
		return cmp.Or(cmp.Compare(a.ticks, b.ticks), cmp.Compare(a.i, b.i), cmp.Compare(a.j, b.j))
	})
	for _, p := range pairs {
		a, b := g.lead[p.i], g.lead[p.j]
		if a != b && m.together(g.of[a], g.of[b], reach, demand, service) {
			g.of[a] = append(g.of[a], g.of[b]...)
			for _, i := range g.of[b] {
				g.lead[i] = a
			}
			g.of[b] = nil
		}
	}
	return g
}

// coarseLimits are how far apart orders that become one may lie, and what they may ask of a crew.
func (m *model) coarseLimits() (reach int32, demand, service int64) {
	nearest := make([]int32, m.orders)
	for i := range m.orders {
		nearest[i] = m.ticks(i, m.near[int(i)*m.nearMany])
	}
	slices.Sort(nearest)
	reach = int32(min(maxTick, coarseReach*int64(max(1, nearest[len(nearest)/2]))))
	for r := range m.crews {
		demand += int64(m.crews[r].capacity) / int64(len(m.crews))
		service += (m.p.Crews[r].Shift.To - m.p.Crews[r].Shift.From) / int64(len(m.crews))
	}
	return reach, demand / coarsePart, service / coarsePart
}

// alike tells whether the same crews may do two orders, in the same window.
func (m *model) alike(i, j int32) bool {
	a, b := &m.sites[i], &m.sites[j]
	return a.class == b.class && a.many < 0 && b.many < 0 && a.open == b.open && a.close == b.close
}

// together tells whether two groups may become one.
func (m *model) together(a, b []int32, reach int32, demand, service int64) bool {
	if len(a)+len(b) > coarseMost {
		return false
	}
	var d, s int64
	for _, i := range a {
		for _, j := range b {
			if m.ticks(i, j) > reach {
				return false
			}
		}
	}
	for _, all := range [][]int32{a, b} {
		for _, i := range all {
			d += int64(m.sites[i].demand)
			s += int64(m.sites[i].service) + int64(reach)
		}
	}
	site := &m.sites[a[0]]
	return d <= demand && s <= service && s <= int64(site.close-site.open)/2
}

// through puts orders into the sequence of the shortest way through them.
func (m *model) through(all []int32) []int32 {
	best, least := slices.Clone(all), int32(math.MaxInt32)
	var extend func(k int, way int32)
	seq := slices.Clone(all)
	extend = func(k int, way int32) {
		if way >= least {
			return
		}
		if k == len(seq) {
			least = way
			copy(best, seq)
			return
		}
		for x := k; x < len(seq); x++ {
			seq[k], seq[x] = seq[x], seq[k]
			step := int32(0)
			if k > 0 {
				step = m.ticks(seq[k-1], seq[k])
			}
			extend(k+1, way+step)
			seq[k], seq[x] = seq[x], seq[k]
		}
	}
	extend(0, 0)
	return best
}

// joined is one order for several.
func (m *model) joined(all []int32) Order {
	o := m.p.Orders[m.order[all[0]]]
	if len(all) == 1 {
		return o
	}
	o.At, o.Service, o.Demand, o.Penalty = Point{}, 0, 0, 0
	way, later, free := 0.0, int64(0), false
	for k, i := range all {
		one := &m.p.Orders[m.order[i]]
		if k > 0 {
			way += float64(m.ticks(all[k-1], i))
			later = o.Service + int64(math.Ceil(way))
		}
		o.At.X += one.At.X / float64(len(all))
		o.At.Y += one.At.Y / float64(len(all))
		o.Service += one.Service
		o.Demand += one.Demand
		o.Penalty += one.Penalty
		free = free || one.Penalty == 0
	}
	o.Service += int64(coarseWay * way)
	if free { // one of them must not be left out
		o.Penalty = 0
	}
	if len(o.Windows) == 1 {
		o.Windows = []Window{{o.Windows[0].From, max(o.Windows[0].From, o.Windows[0].To-later)}}
	}
	return o
}

// plan is what a coarse plan means for the model's orders, each group passed from the side that is
// nearer.
func (k *coarse) plan(m, cm *model, s *state) Plan {
	plan := make(Plan, len(cm.crews))
	for r := range int32(len(cm.crews)) {
		at := m.start(r)
		for x := s.links[cm.start(r)].next; x != cm.end(r); {
			all := k.of[cm.order[x]]
			x = s.links[x].next
			next := m.end(r)
			if x != cm.end(r) {
				next = k.of[cm.order[x]][0]
			}
			first, last := all[0], all[len(all)-1]
			if m.ticks(at, last)+m.ticks(first, next) < m.ticks(at, first)+m.ticks(last, next) {
				all = slices.Clone(all)
				slices.Reverse(all)
			}
			for _, i := range all {
				plan[r] = append(plan[r], int(m.order[i]))
				at = i
			}
		}
	}
	return plan
}
