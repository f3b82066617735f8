package route

import (
	"cmp"
	"slices"
)

// Remedy is a change that would let a crew have an order beside everything else that is
// planned. Only what is needed is set.
type Remedy struct {
	Orders []int // of the problem: the order, or all of its visit
	Crew   int
	// Capacity, More and Away raise the crew's bounds: units, orders, and ticks from leaving
	// to coming back. Overtime moves the end of the shift.
	Capacity int64
	More     int
	Away     int64
	Overtime int64
	Serve    []string // districts that the crew would have to serve as well
	Lift     bool     // the exclusion of the crew
	Unpin    bool     // the orders from their crew or day

	Price int64 // what the orders would then cost
}

// Apply returns the problem with the remedy in force; the one given stays as it is.
func (r Remedy) Apply(p Problem) Problem {
	p.Crews, p.Orders = slices.Clone(p.Crews), slices.Clone(p.Orders)
	c := &p.Crews[r.Crew]
	c.Capacity += r.Capacity
	if c.MaxOrders > 0 {
		c.MaxOrders += r.More
	}
	if c.MaxTicks > 0 {
		c.MaxTicks += r.Away
	}
	if c.Busy == 0 { // a full day stays what it was
		c.Busy = max(1, c.Shift.To-c.Shift.From)
	}
	c.Shift.To += r.Overtime
	if len(c.Districts) > 0 {
		c.Districts = append(slices.Clone(c.Districts), r.Serve...)
	}
	for _, i := range r.Orders {
		if r.Lift {
			p.Orders[i].Not = slices.DeleteFunc(slices.Clone(p.Orders[i].Not), func(id string) bool { return id == c.Name() })
		}
		if r.Unpin {
			p.Orders[i].Crew, p.Orders[i].Day, p.Orders[i].Position = "", "", 0
		}
	}
	return p
}

// Burden orders remedies, the smaller the better: to override what a person decided weighs most, then to lend a crew
// to another district, then the number of bounds moved, then by how much.
func (r *Remedy) Burden() int64 {
	const step = 1 << 40
	sum := min(r.Capacity+r.Overtime+r.Away+100*int64(r.More), step-1)
	for _, b := range []struct {
		needed bool
		weight int64
	}{{r.Capacity > 0, 1}, {r.More > 0, 1}, {r.Overtime > 0, 1}, {r.Away > 0, 1}, {len(r.Serve) > 0, 4}, {r.Lift, 8}, {r.Unpin, 8}} {
		if b.needed {
			sum += step * b.weight
		}
	}
	return sum
}

const (
	remediesMost = 3  // that are told
	remedyCrews  = 64 // nearest crews that are asked what they would need
)

// remedies are the smallest changes that would let some crew have an order.
func (s *searcher) remedies(i int32) []Remedy {
	m := s.m
	if m.rules != nil && (!s.ready(i) || m.fixed(i)) {
		return nil
	}
	type near struct{ crew, ticks int32 }
	var crews []near
	for r := range int32(len(m.crews)) {
		if m.mends(i, r, &Remedy{}) {
			crews = append(crews, near{r, m.ticks(m.start(r), i)})
		}
	}
	slices.SortFunc(crews, func(a, b near) int { return cmp.Or(cmp.Compare(a.ticks, b.ticks), cmp.Compare(a.crew, b.crew)) })
	var found []Remedy
	for _, c := range crews[:min(len(crews), remedyCrews)] {
		if r, ok := s.remedy(i, c.crew); ok {
			r.Orders = []int{int(m.order[i])}
			found = append(found, r)
		}
	}
	slices.SortStableFunc(found, func(a, b Remedy) int {
		return cmp.Or(cmp.Compare(a.Burden(), b.Burden()), cmp.Compare(a.Price, b.Price))
	})
	return found[:min(len(found), remediesMost)]
}

// mends tells whether the fixed rules that keep a crew from an order can be lifted, and
// writes down which would be.
func (m *model) mends(i, r int32, out *Remedy) bool {
	c := &m.p.Crews[r]
	for _, o := range m.p.Orders[m.order[i]].members() {
		if _, short := lacks(o, c); short {
			return false
		}
		if o.Crew != "" && o.Crew != c.ID && o.Crew != c.Of || o.Day != "" && o.Day != c.Day {
			out.Unpin = true
		}
		if slices.Contains(o.Not, c.Name()) {
			out.Lift = true
		}
		if o.District != "" && len(c.Districts) > 0 && c.Elsewhere == 0 && !slices.Contains(c.Districts, o.District) && !slices.Contains(out.Serve, o.District) {
			out.Serve = append(out.Serve, o.District)
		}
	}
	return true
}

// remedy is what one crew would need to have an order: at the place of its tour where it
// needs least.
func (s *searcher) remedy(i, r int32) (Remedy, bool) {
	m := s.m
	var fixed Remedy
	if !m.mends(i, r, &fixed) {
		return fixed, false
	}
	c, t := &m.crews[r], &s.tours[r]
	fixed.Crew = int(r)
	fixed.Capacity = max(0, int64(t.load+m.sites[i].demand)-int64(c.capacity))
	if c.most != never {
		fixed.More = int(max(0, s.ordersOf(r)+m.orderCount(i)-c.most))
	}
	now := s.price(r)
	close, away, work := s.unbound(r)
	defer s.bind(r, close, away, work)
	var best Remedy
	found := false
	for p := m.start(r); p != m.end(r); p = s.links[p].next {
		if m.rules != nil && !s.seated(i, p) || m.supplied && !s.has(i, p, r) {
			continue
		}
		w := m.walkRuled(r, s.with(i, p, r))
		try := fixed
		try.Overtime = int64(max(0, w.end-close))
		if work != never {
			try.Overtime = max(try.Overtime, w.service+w.ways-int64(work))
		}
		if most := m.p.Crews[r].MaxTicks; most > 0 {
			if m.measured && !m.paced { // as the search measures, which may be more than need be
				to, on := m.ticks(p, i), m.ticks(i, s.links[p].next)
				if begin := m.begins(r, i, s.links[p].depart, to); begin != never {
					w.length = max(w.length, s.longWith(i, p, begin, to, on))
				}
			}
			try.Away = max(0, int64(w.length)-most)
		}
		try.Price = w.price - now
		switch {
		case !w.ok, try.Price >= m.penalty[i]:
		case m.p.Crews[r].Shift.To+try.Overtime > maxTick:
		case try.Burden() == 0: // it fits, and the search had no time to see it
		case !found || try.Burden() < best.Burden() || try.Burden() == best.Burden() && try.Price < best.Price:
			best, found = try, true
		}
	}
	return best, found
}

// with is a tour with an order behind p, start and end left out.
func (s *searcher) with(i, p, r int32) []int32 {
	s.nodes = s.nodes[:0]
	for n := s.m.start(r); n != s.m.end(r); n = s.links[n].next {
		if n != s.m.start(r) {
			s.nodes = append(s.nodes, n)
		}
		if n == p {
			s.nodes = append(s.nodes, i)
		}
	}
	return s.nodes
}

// unbound takes a crew's bounds in time away while its tour is thought about, and returns
// them for bind.
func (s *searcher) unbound(r int32) (close, away, work int32) {
	m := s.m
	end := &m.sites[m.end(r)]
	close, away, work = end.close, m.crews[r].maxTicks, never
	if m.rules != nil {
		work = m.rules.work[r]
	}
	s.bind(r, maxTick, never, never)
	return close, away, work
}

func (s *searcher) bind(r, close, away, work int32) {
	m := s.m
	m.sites[m.end(r)].close, m.crews[r].maxTicks = close, away
	if m.rules != nil {
		m.rules.work[r] = work
	}
}
