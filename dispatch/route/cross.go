package route

// crossNear is how many neighbours a tail may be given to.
const crossNear = 24

// cross exchanges the tails of two tours, or all that two crews do, if that is cheaper
// or not much dearer. Ruin and recreate moves a few orders at a time; where the ways
// from and to the crews' homes are long, it is who does the whole that counts.
func (s *searcher) cross(heat float64) {
	m := s.m
	i := s.member()
	a := s.links[i].tour
	if a == nobody || m.nearMany == 0 {
		return
	}
	var j int32
	if m.kinds > 1 && s.random.below(4) == 0 {
		var b int32
		if m.reach != nil && len(m.reach[i]) > 0 {
			b = m.reach[i][s.random.below(len(m.reach[i]))].crew
		} else {
			b = int32(s.random.below(len(m.crews)))
		}
		if s.owner[b] != s.id || b == a {
			return
		}
		i, j = m.start(a), m.start(b)
	} else {
		j = m.near[int(i)*m.nearMany+s.random.below(min(crossNear, m.nearMany))]
		if s.zone[j] != s.id || s.links[j].tour == nobody || s.links[j].tour == a {
			return
		}
		j = s.links[j].prev
	}
	limit := heat * s.random.wait()
	s.begin()
	if !s.crossTails(i, j, limit) {
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

// tail is what stands behind a node: from its first order to its last, nobody if there
// is none.
type tail struct {
	first, last   int32
	load, size    int32
	service, ways int64
	call          int32 // at the supply, nobody for none
}

// crossTails gives what stands behind i to the tour of j and the other way round. It
// gives up, with the tours half changed, where a rule would be broken.
func (s *searcher) crossTails(i, j int32, limit float64) bool {
	m := s.m
	a, b := s.links[i].tour, s.links[j].tour
	endA, endB := m.end(a), m.end(b)
	first := func(p, end int32) int32 {
		if n := s.links[p].next; n != end {
			return n
		}
		return nobody
	}
	fa, fb := first(i, endA), first(j, endB)
	if fa == nobody && fb == nobody {
		return false
	}
	if m.rules != nil && (!s.loosed(fa) || !s.loosed(fb)) {
		return false
	}
	la, lb := s.links[endA].prev, s.links[endB].prev
	if m.rules == nil && m.balance == 0 && !m.options.Duration && float64(s.crossWay(i, j, fa, fb, la, lb, endA, endB)) >= max(1, limit) {
		return false
	}
	ta, ok := s.tailOf(fa, endA, b)
	if !ok {
		return false
	}
	tb, ok := s.tailOf(fb, endB, a)
	if !ok {
		return false
	}
	x, y := s.touchTour(a), s.touchTour(b)
	if x.load-ta.load+tb.load > m.crews[a].capacity || y.load-tb.load+ta.load > m.crews[b].capacity ||
		x.size-ta.size+tb.size > m.crews[a].most || y.size-tb.size+ta.size > m.crews[b].most {
		return false
	}
	ta.last, tb.last = la, lb
	if m.supplied {
		callA, callB := x.call, y.call
		if ta.call != nobody {
			callA = nobody
		}
		if tb.call != nobody {
			callB = nobody
		}
		if callA != nobody && tb.call != nobody || callB != nobody && ta.call != nobody {
			return false
		}
		x.call, y.call = max(callA, tb.call), max(callB, ta.call)
	}
	s.hang(i, endA, a, tb, ta)
	s.hang(j, endB, b, ta, tb)
	if !s.walk(i, endA, a) || !s.walk(j, endB, b) {
		return false
	}
	if m.rules != nil && (!s.lawful(a) || !s.lawful(b)) {
		return false
	}
	if !m.supplied {
		return true
	}
	good := s.recount(a) && s.recount(b)
	return good && (x.size > 0 || x.call == nobody) && (y.size > 0 || y.call == nobody)
}

// crossWay is how much longer the ways become.
func (s *searcher) crossWay(i, j, fa, fb, la, lb, endA, endB int32) int64 {
	m := s.m
	d := -int64(s.links[i].ahead) - int64(s.links[j].ahead)
	link := func(p, first, last, end, oldEnd int32) {
		if first == nobody {
			d += int64(m.ticks(p, end))
			return
		}
		d += int64(m.ticks(p, first)) + int64(m.ticks(last, end)) - int64(m.ticks(last, oldEnd))
	}
	link(i, fb, lb, endA, endB)
	link(j, fa, la, endB, endA)
	return d
}

// tailOf sums up a tail and asks whether a crew may do it.
func (s *searcher) tailOf(first, end, crew int32) (tail, bool) {
	m := s.m
	t := tail{first: first, call: nobody}
	if first == nobody {
		return t, true
	}
	for n := first; n != end; n = s.links[n].next {
		if n >= m.orders {
			t.call = n
		} else if !m.may(n, crew) {
			return t, false
		} else {
			t.size++
		}
		t.load += m.sites[n].demand
		t.service += int64(m.sites[n].service)
		if l := &s.links[n]; l.next != end {
			t.ways += int64(l.ahead)
		}
	}
	return t, true
}

// hang puts a tail behind p in the tour of crew r, in place of another one.
func (s *searcher) hang(p, end, r int32, now, was tail) {
	m := s.m
	t := s.touchTour(r)
	lp, le := s.touch(p), s.touch(end)
	t.load += now.load - was.load
	t.size += now.size - was.size
	t.service += now.service - was.service
	t.travel += now.ways - was.ways - int64(lp.ahead)
	if was.first != nobody {
		t.travel -= int64(m.ticks(was.last, end))
	}
	if now.first == nobody {
		lp.next, lp.ahead, le.prev = end, m.ticks(p, end), p
		le.behind = lp.ahead
		t.travel += int64(lp.ahead)
		if t.size == 0 {
			s.queue(r)
		}
		return
	}
	lf, ll := s.touch(now.first), s.touch(now.last)
	lp.next, lp.ahead, lf.prev = now.first, m.ticks(p, now.first), p
	ll.next, ll.ahead, le.prev = end, m.ticks(now.last, end), now.last
	lf.behind, le.behind = lp.ahead, ll.ahead
	t.travel += int64(lp.ahead) + int64(ll.ahead)
}

// walk gives all nodes behind p to crew r and brings the times of its tour up to date,
// false as soon as a window or the shift is missed.
func (s *searcher) walk(p, end, r int32) bool {
	m := s.m
	for n := p; n != end; n = s.links[n].next {
		if s.links[n].tour != r {
			s.touch(n).tour = r
		}
	}
	if !m.timed {
		return true
	}
	if m.paced {
		return s.walkPaced(p, end, r)
	}
	for n := p; n != end; {
		l := &s.links[n]
		n = l.next
		begin := m.opens(n, l.depart+l.ahead)
		if begin == never {
			return false
		}
		if d := begin + m.sites[n].service; d != s.links[n].depart {
			s.touch(n).depart = d
		}
	}
	if s.links[end].depart > m.sites[end].close {
		return false
	}
	if !m.measured {
		s.settleBack(r, p, end)
		return true
	}
	s.settleAll(r)
	return s.tours[r].length <= m.crews[r].maxTicks
}
