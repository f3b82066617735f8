package route

import "math"

// stretchMost is how many orders of a tour change place with a stretch of another one at
// most.
const stretchMost = 8

// stretch is some orders that follow each other in a tour, behind node behind and up to
// last; none if they are the same.
type stretch struct {
	tour         int32
	behind, last int32
	load, size   int32
	service      int64
	ways         int64 // from the first order to the last
	borders      int64 // and from behind to the first, and from the last to what follows
}

// swap exchanges a stretch of one tour, possibly an empty one, for a stretch of another
// that begins with a neighbour, if that is cheaper or not much dearer. Where orders
// stand in compounds, it is the whole visit to one that has to change hands.
func (s *searcher) swap(heat float64) {
	m := s.m
	i := s.member()
	a := s.links[i].tour
	if a == nobody || m.nearMany == 0 {
		return
	}
	j := m.near[int(i)*m.nearMany+s.random.below(min(crossNear, m.nearMany))]
	if s.zone[j] != s.id || s.links[j].tour == nobody || s.links[j].tour == a {
		return
	}
	if m.rules != nil && (!s.loosed(s.links[i].next) || !s.loosed(j)) {
		return
	}
	limit := heat * -math.Log(1-s.random.unit())
	x, y, ok := s.choose(i, s.links[j].prev, limit)
	if !ok || m.rules == nil && (!s.swapFits(&x, &y) || !s.swapFits(&y, &x)) {
		return
	}
	s.begin()
	if !s.exchange(&x, &y) {
		s.undo()
		return
	}
	d := s.delta()
	if d > 0 && float64(d) >= limit {
		s.undo()
		return
	}
	s.accept()
	s.cost += d
	if s.cost < s.low {
		s.record()
	}
}

// choose finds the two stretches behind i and j for which the ways grow least.
func (s *searcher) choose(i, j int32, limit float64) (x, y stretch, ok bool) {
	m := s.m
	a, b := s.links[i].tour, s.links[j].tour
	var listA, listB [stretchMost + 1]stretch
	na := s.stretches(i, a, b, 1+s.random.below(stretchMost), &listA)
	nb := s.stretches(j, b, a, 1+s.random.below(stretchMost), &listB)
	if nb < 2 {
		return
	}
	ta, tb := &s.tours[a], &s.tours[b]
	firstA, firstB := s.links[i].next, s.links[j].next
	least := int32(math.MaxInt32)
	toB := m.ticks(i, firstB) - s.links[i].ahead - s.links[j].ahead
	for p := range na {
		u := &listA[p]
		nextA := s.links[u.last].next
		base := toB
		if p > 0 {
			base += m.ticks(j, firstA) - s.links[u.last].ahead
		}
		for q := 1; q < nb; q++ {
			v := &listB[q]
			if ta.load-u.load+v.load > m.crews[a].capacity || tb.load-v.load+u.load > m.crews[b].capacity {
				continue
			}
			nextB := s.links[v.last].next
			d := base + m.ticks(v.last, nextA) - s.links[v.last].ahead
			if p > 0 {
				d += m.ticks(u.last, nextB)
			} else {
				d += m.ticks(j, nextB)
			}
			if d < least {
				least, x, y, ok = d, *u, *v, true
			}
		}
	}
	if m.rules == nil && m.balance == 0 && !m.options.Duration && float64(least) >= max(1, limit) {
		ok = false
	}
	return
}

// stretches lists what may go from one crew to another behind node p, none of it first.
func (s *searcher) stretches(p, from, to int32, most int, list *[stretchMost + 1]stretch) int {
	m := s.m
	v := stretch{tour: from, behind: p, last: p}
	list[0] = v
	k := 1
	for ; k <= most; k++ {
		n := s.links[v.last].next
		if n >= m.orders || !m.may(n, to) {
			break
		}
		if v.size > 0 {
			v.ways += int64(s.links[v.last].ahead)
		}
		v.last = n
		v.size++
		v.load += m.sites[n].demand
		v.service += int64(m.sites[n].service)
		list[k] = v
	}
	return k
}

// swapFits tells whether a tour has the time for one stretch instead of another.
func (s *searcher) swapFits(out, in *stretch) bool {
	m := s.m
	if !m.timed {
		return true
	}
	at := out.behind
	depart := s.links[at].depart
	step := func(n, ahead int32) bool {
		begin := m.opens(n, depart+ahead)
		if begin == never {
			return false
		}
		depart = begin + m.sites[n].service
		at = n
		return true
	}
	if in.size > 0 {
		n := s.links[in.behind].next
		if !step(n, m.ticks(at, n)) {
			return false
		}
		for at != in.last {
			if l := &s.links[at]; !step(l.next, l.ahead) {
				return false
			}
		}
	}
	n := s.links[out.last].next
	return m.opens(n, depart+m.ticks(at, n)) <= s.links[n].late
}

// exchange does it, and tells whether what swapFits does not know is kept: number, time away,
// tools and parts, and all that a problem with rules says.
func (s *searcher) exchange(x, y *stretch) bool {
	m := s.m
	for _, v := range [2]*stretch{x, y} {
		v.borders = int64(s.links[v.behind].ahead)
		if v.size > 0 {
			v.borders += int64(s.links[v.last].ahead)
		}
	}
	firstX, firstY := s.links[x.behind].next, s.links[y.behind].next
	nextX, nextY := s.links[x.last].next, s.links[y.last].next
	s.replace(x, y, firstY, nextX)
	s.replace(y, x, firstX, nextY)
	for _, v := range [2]*stretch{x, y} {
		if s.tours[v.tour].size > m.crews[v.tour].most {
			return false
		}
		if m.rules != nil {
			if !s.walk(v.behind, m.end(v.tour), v.tour) || !s.lawful(v.tour) {
				return false
			}
		} else if m.timed {
			s.settleCut(v.tour)
		}
		if m.measured && s.tours[v.tour].length > m.crews[v.tour].maxTicks {
			return false
		}
		if m.supplied && (!s.recount(v.tour) || s.tours[v.tour].size == 0 && s.tours[v.tour].call != nobody) {
			return false
		}
	}
	return true
}

// replace puts a stretch, whose first order is given, in place of another one, behind
// which next stands.
func (s *searcher) replace(out, in *stretch, first, next int32) {
	m := s.m
	r := out.tour
	t := s.touchTour(r)
	t.load += in.load - out.load
	t.size += in.size - out.size
	t.service += in.service - out.service
	p, n := s.touch(out.behind), s.touch(next)
	t.travel -= out.ways + out.borders
	if in.size == 0 {
		p.next, n.prev = next, out.behind
		p.ahead = m.ticks(out.behind, next)
		t.travel += int64(p.ahead)
		if t.size == 0 {
			s.queue(r)
		}
		return
	}
	f, l := s.touch(first), s.touch(in.last)
	p.next, f.prev = first, out.behind
	p.ahead = m.ticks(out.behind, first)
	l.next, n.prev = next, in.last
	l.ahead = m.ticks(in.last, next)
	t.travel += in.ways + int64(p.ahead) + int64(l.ahead)
	for k := first; ; k = s.links[k].next {
		s.touch(k).tour = r
		if k == in.last {
			break
		}
	}
}
