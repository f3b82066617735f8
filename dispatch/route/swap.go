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

// ending is where a stretch may end: its last order, what follows it, the way there, and the load
// up to it.
type ending struct{ last, next, ahead, load int32 }

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
	limit := heat * s.random.wait()
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

// choose finds the two stretches behind i and j for which the ways grow least, by less than
// the limit where nothing else counts.
func (s *searcher) choose(i, j int32, limit float64) (x, y stretch, ok bool) {
	m := s.m
	a, b := s.links[i].tour, s.links[j].tour
	var listA, listB [stretchMost + 1]ending
	na := s.endings(i, b, 1+s.random.below(stretchMost), &listA)
	nb := s.endings(j, a, 1+s.random.below(stretchMost), &listB)
	if nb < 2 {
		return
	}
	bestA, bestB := 0, 0
	ta, tb := &s.tours[a], &s.tours[b]
	firstA, firstB := s.links[i].next, s.links[j].next
	least := int32(math.MaxInt32)
	if m.rules == nil && m.balance == 0 && !m.options.Duration { // then the ways decide
		least = int32(math.Ceil(min(max(1, limit), maxTick)))
	}
	toB := m.ticks(i, firstB) - s.links[i].ahead - s.links[j].ahead
	toA := m.ticks(j, firstA)
	roomA, roomB := m.crews[a].capacity-ta.load, m.crews[b].capacity-tb.load
	for p := range na {
		u := &listA[p]
		nextA, base, left := u.next, toB, j
		if p > 0 {
			base += toA - u.ahead
			left = u.last
		}
		for q := 1; q < nb; q++ {
			v := &listB[q]
			if more := v.load - u.load; base-v.ahead >= least || more > roomA || -more > roomB {
				continue
			}
			if d := base + m.ticks(v.last, nextA) - v.ahead + m.ticks(left, v.next); d < least {
				least, bestA, bestB = d, p, q
			}
		}
	}
	if bestB == 0 {
		return
	}
	return s.stretch(i, bestA), s.stretch(j, bestB), true
}

// endings lists where what goes to another crew behind node p may end, at p itself first.
func (s *searcher) endings(p, to int32, most int, list *[stretchMost + 1]ending) int {
	m := s.m
	l := &s.links[p]
	list[0] = ending{p, l.next, l.ahead, 0}
	k := 1
	for ; k <= most; k++ {
		v := &list[k-1]
		n := v.next
		if n >= m.orders || !m.may(n, to) {
			break
		}
		l = &s.links[n]
		list[k] = ending{n, l.next, l.ahead, v.load + m.sites[n].demand}
	}
	return k
}

// stretch is so many orders behind node p.
func (s *searcher) stretch(p int32, size int) stretch {
	v := stretch{tour: s.links[p].tour, behind: p, last: p, size: int32(size)}
	for k := range size {
		l := &s.links[v.last]
		if k > 0 {
			v.ways += int64(l.ahead)
		}
		v.last = l.next
		v.load += s.m.sites[l.next].demand
		v.service += int64(s.m.sites[l.next].service)
	}
	return v
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
	for k, v := range [2]*stretch{x, y} {
		if s.tours[v.tour].size > m.crews[v.tour].most {
			return false
		}
		if m.rules != nil {
			if !s.walk(v.behind, m.end(v.tour), v.tour) || !s.lawful(v.tour) {
				return false
			}
		} else if m.timed {
			s.settleBetween(v.tour, v.behind, [2]int32{nextX, nextY}[k])
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
		n.behind = p.ahead
		t.travel += int64(p.ahead)
		if t.size == 0 {
			s.queue(r)
		}
		return
	}
	f, l := s.touch(first), s.touch(in.last)
	p.next, f.prev = first, out.behind
	p.ahead = m.ticks(out.behind, first)
	f.behind = p.ahead
	l.next, n.prev = next, in.last
	l.ahead = m.ticks(in.last, next)
	n.behind = l.ahead
	t.travel += in.ways + int64(p.ahead) + int64(l.ahead)
	for k := first; ; k = s.links[k].next {
		s.touch(k).tour = r
		if k == in.last {
			break
		}
	}
}
