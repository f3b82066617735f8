package route

import (
	"math"
	"slices"
)

const blinkEvery = 30 // places, on average, of which one is overlooked

// place is where an order would go: behind which node, at what extra cost.
type place struct {
	behind int32
	cost   int64
	supply int32 // behind which node a call at the supply goes before, nobody if none does
}

// recreate puts the removed orders back, each where it costs least. What finds no
// place stays in removed. It gives up as soon as the step is felt to cost so much more
// than before that it will not be kept: nothing that is put into a tour makes it
// cheaper, where the rules are simple.
func (s *searcher) recreate(felt, limit float64) bool {
	s.sortRemoved()
	left := s.removed[:0]
	for _, i := range s.removed {
		best := s.find(i)
		if out := s.out(i); best.behind == nobody || float64(best.cost) >= out {
			left = append(left, i)
			felt += out
		} else {
			s.seat(i, best)
			felt += float64(best.cost)
		}
		if s.m.rules == nil && felt > 0 && felt >= limit {
			return false
		}
	}
	s.removed = left
	if s.m.accord != nil && len(s.m.accord.waits) > 0 && len(left) > 0 {
		s.recreateWaiting()
	}
	return true
}

// seat puts an order where find found a place.
func (s *searcher) seat(i int32, at place) {
	if at.supply != nobody {
		call := s.freeCall()
		s.put(call, at.supply)
		if at.supply == at.behind {
			at.behind = call
		}
	}
	s.put(i, at.behind)
}

// sortRemoved chooses one of the sequences in which orders ask for a place.
func (s *searcher) sortRemoved() {
	m := s.m
	list := s.removed
	sites := m.sites
	odds := 11
	if m.timed {
		odds = 17
	}
	var key func(i int32) int64
	if m.able != nil && s.random.below(4) == 0 {
		odds = 0
	}
	switch k := s.random.below(max(1, odds)); {
	case odds == 0:
		key = func(i int32) int64 { return int64(m.choice[sites[i].class]<<8) + int64(s.random.below(256)) }
	case k < 4:
		for i := range list {
			j := i + s.random.below(len(list)-i)
			list[i], list[j] = list[j], list[i]
		}
		return
	case k < 8:
		key = func(i int32) int64 { return -int64(sites[i].demand) }
	case k < 10:
		key = func(i int32) int64 { return -m.rank[i] }
	case k < 11:
		key = func(i int32) int64 { return m.rank[i] }
	case k < 13:
		key = func(i int32) int64 { return int64(sites[i].close - sites[i].open) }
	case k < 15:
		key = func(i int32) int64 { return int64(sites[i].open) }
	default:
		key = func(i int32) int64 { return -int64(sites[i].close) }
	}
	s.keys = s.keys[:0]
	for _, i := range list {
		s.keys = append(s.keys, key(i))
	}
	if len(list) > 64 {
		slices.SortStableFunc(list, func(a, b int32) int {
			ka, kb := key(a), key(b)
			switch {
			case ka < kb:
				return -1
			case ka > kb:
				return 1
			}
			return 0
		})
		return
	}
	for a := 1; a < len(list); a++ {
		k, v := s.keys[a], list[a]
		b := a - 1
		for ; b >= 0 && s.keys[b] > k; b-- {
			s.keys[b+1], list[b+1] = s.keys[b], list[b]
		}
		s.keys[b+1], list[b+1] = k, v
	}
}

// find is the cheapest place for an order that it may have.
func (s *searcher) find(i int32) place {
	var best place
	switch {
	case s.m.measured || s.m.balance > 0 || s.m.supplied || s.m.rules != nil:
		best = s.findPriced(i)
	case s.m.timed:
		best = s.findTimed(i)
	default:
		best = s.findPlain(i)
	}
	return s.findEnds(i, best)
}

// holds tells whether a tour may have the order and has capacity left for it.
func (s *searcher) holds(i, r int32) bool {
	m := s.m
	t, c := &s.tours[r], &m.crews[r]
	return t.load+m.sites[i].demand <= c.capacity && t.size < c.most && m.may(i, r)
}

func (s *searcher) blinks() bool {
	s.blink--
	if s.blink > 0 {
		return false
	}
	s.blink = 1 + int(blinkEvery*s.random.wait())
	return true
}

// far tells, without looking at a further place, that an order so many ticks away from one
// end of a way costs low or more on it: a detour over a way is at least twice what one of
// its halves is longer than the way.
func far(ticks, way, low int32) bool { return 2*(ticks-way) >= low }

// findPlain knows capacities only.
func (s *searcher) findPlain(i int32) place {
	m := s.m
	best := place{nobody, math.MaxInt32, nobody}
	low := int32(math.MaxInt32)
	demand, from, able := m.sites[i].demand, m.origin(i), m.ableRow(i)
	for _, nb := range m.cand[int(i)*m.candMany : (int(i)+1)*m.candMany] {
		j := nb.node
		if s.zone[j] != s.id {
			continue
		}
		l := &s.links[j]
		r := l.tour
		if r == nobody || far(nb.ticks, max(l.ahead, l.behind), low) || able != nil && able[r>>6]&(1<<(r&63)) == 0 || s.tours[r].load+demand > m.crews[r].capacity || s.tours[r].size >= m.crews[r].most {
			continue
		}
		if !far(nb.ticks, l.ahead, low) {
			if d := nb.ticks + from.ticks(l.next) - l.ahead; d < low && !s.blinks() {
				low, best.behind = d, j
			}
		}
		if !far(nb.ticks, l.behind, low) {
			if d := nb.ticks + from.ticks(l.prev) - l.behind; d < low && !s.blinks() {
				low, best.behind = d, l.prev
			}
		}
	}
	best.cost = int64(low)
	return best
}

// findTimed knows windows and shifts too: whatever is behind the place must still be
// reached by its latest beginning.
func (s *searcher) findTimed(i int32) place {
	m := s.m
	best := place{nobody, math.MaxInt32, nobody}
	low := int32(math.MaxInt32)
	site := &m.sites[i]
	demand, service, from, able := site.demand, site.service, m.origin(i), m.ableRow(i)
	for _, nb := range m.cand[int(i)*m.candMany : (int(i)+1)*m.candMany] {
		j := nb.node
		if s.zone[j] != s.id {
			continue
		}
		l := &s.links[j]
		r := l.tour
		if r == nobody || far(nb.ticks, max(l.ahead, l.behind), low) || able != nil && able[r>>6]&(1<<(r&63)) == 0 || s.tours[r].load+demand > m.crews[r].capacity || s.tours[r].size >= m.crews[r].most {
			continue
		}
		if begin := l.depart + nb.ticks; begin <= site.close && !far(nb.ticks, l.ahead, low) {
			n := l.next
			on := from.ticks(n)
			if d := nb.ticks + on - l.ahead; d < low {
				if begin = m.opens(i, begin); begin+service+on <= s.links[n].late && !s.blinks() {
					low, best.behind = d, j
				}
			}
		}
		if last := l.late - service - nb.ticks; last >= site.open && !far(nb.ticks, l.behind, low) {
			p := l.prev
			to := from.ticks(p)
			if d := to + nb.ticks - l.behind; d < low {
				if m.opens(i, s.links[p].depart+to) <= last && !s.blinks() {
					low, best.behind = d, p
				}
			}
		}
	}
	best.cost = int64(low)
	return best
}

// findPriced asks try at every place.
func (s *searcher) findPriced(i int32) place {
	m := s.m
	best := place{nobody, math.MaxInt64, nobody}
	for _, nb := range m.cand[int(i)*m.candMany : (int(i)+1)*m.candMany] {
		j := nb.node
		if s.zone[j] != s.id {
			continue
		}
		l := &s.links[j]
		r := l.tour
		if r == nobody || m.rules == nil && !m.options.Duration && best.cost < never && far(nb.ticks, max(l.ahead, l.behind), int32(best.cost)) || !s.holds(i, r) {
			continue
		}
		s.try(i, j, &best)
		s.try(i, l.prev, &best)
	}
	return best
}

// findEnds looks at empty tours, and at the beginnings and ends of those whose start is
// near.
func (s *searcher) findEnds(i int32, best place) place {
	m := s.m
	if m.reach == nil {
		for k := range m.kinds {
			if s.missed != nil {
				break
			}
			if r := s.spare(k); r != nobody && s.holds(i, r) {
				s.try(i, m.start(r), &best)
			}
		}
		return best
	}
	byWay := m.rules == nil && !m.options.Duration // nothing costs less than its way
	for k := range m.reach[i] {
		d := &m.reach[i][k]
		if s.owner[d.crew] != s.id {
			continue
		}
		from, low := m.start(d.crew), int32(min(best.cost, never))
		first := !byWay || !far(d.from, s.links[from].ahead, low)
		last := !byWay || !far(d.to, s.links[from+1].behind, low)
		if first || last {
			s.findDoor(i, d.crew, first, last, &best)
		}
	}
	return best
}

// findDoor looks at the beginning and the end of a crew's tour, or one of them.
func (s *searcher) findDoor(i, r int32, first, last bool, best *place) {
	if !s.holds(i, r) {
		return
	}
	m := s.m
	if first || s.tours[r].size == 0 {
		s.try(i, m.start(r), best)
	}
	if last && s.tours[r].size > 0 {
		s.try(i, s.links[m.end(r)].prev, best)
	}
}

// try prices one place with everything that a tour can cost.
func (s *searcher) try(i, p int32, best *place) {
	m := s.m
	if m.rules != nil {
		s.tryRuled(i, p, best)
		return
	}
	lp := &s.links[p]
	n, r := lp.next, lp.tour
	to, on := m.ticks(p, i), m.ticks(i, n)
	t, c := &s.tours[r], &m.crews[r]
	extra, had := int64(to+on), int64(0)
	if t.size > 0 || c.out {
		extra -= int64(lp.ahead)
		had = t.service + t.travel
	}
	travel := extra
	if !m.options.Duration && extra >= best.cost { // what is added is never less than the way
		return
	}
	if m.supplied && !s.has(i, p, r) {
		s.trySupply(i, p, best)
		return
	}
	var begin int32
	if m.timed {
		begin = m.opens(i, lp.depart+to)
		if begin == never || begin+m.sites[i].service+on > s.links[n].late {
			return
		}
	}
	if m.measured {
		long := s.longWith(i, p, begin, to, on)
		if long > c.maxTicks {
			return
		}
		if m.options.Duration {
			extra = int64(long - t.length)
		}
	}
	if t.size == 0 {
		extra += c.fixed
	}
	if m.balance > 0 {
		extra += m.worth(r, had+travel+int64(m.sites[i].service)) - m.worth(r, had)
	}
	if extra < best.cost && !s.blinks() {
		*best = place{p, extra, nobody}
	}
}
