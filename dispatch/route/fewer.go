package route

import "slices"

const (
	fewerUntil = 0.4     // share of the search after which no tour is taken apart any more
	fewerHeat  = 1.0     // temperature meanwhile, in average ways between neighbours
	fewerFixed = 20      // going out costs so many of them at least: few crews matter more than short ways
	fewerPrice = 1 << 40 // more than anything that a step changes
)

// wantsFewer tells whether it is worth any way to let a crew stay at home, and whether
// crews are enough alike for one to do without another.
func (m *model) wantsFewer(s *state, warm float64) bool {
	if m.reach != nil || m.rules != nil {
		return false
	}
	for r := range m.crews {
		if float64(m.crews[r].fixed) < fewerFixed*warm {
			return false
		}
	}
	for i := range m.orders {
		if s.links[i].tour == nobody {
			return false
		}
	}
	return true
}

// fewer takes tours apart, one after another. What they did has no place at first;
// strings are ruined and recreated, and no empty tour used, until all of it has one
// again. An order weighs more the more often it had no place: those that are hard to
// place push the others around. It leaves the plan with the fewest tours.
func (m *model) fewer(s *state, c *clock, w *searcher, warm float64) {
	w.missed, w.mild = make([]int32, m.orders), 1
	for i := range w.missed {
		w.missed[i] = 1
	}
	one := []*searcher{w}
	whole := make([]int32, len(s.links))
	for {
		s.keep()
		copy(whole, s.best)
		m.divide(s, one, 0)
		if c.progress(c.done) >= fewerUntil || !w.takeApart() {
			break
		}
		m.divide(s, one, 0)
		for k := 0; len(w.absent) > 0; k++ {
			if k%askEvery == 0 && c.progress(c.done) >= fewerUntil {
				break
			}
			if k%windowSteps == 0 {
				w.turn()
			}
			w.anneal(fewerHeat * warm)
			for range crossTries {
				w.cross(fewerHeat * warm)
			}
			for _, i := range w.absent {
				w.missed[i]++
			}
			c.done++
		}
		if len(w.absent) > 0 {
			s.load(whole)
			break
		}
	}
	w.missed = nil
}

// takeApart takes all orders out of the tour whose orders have been without a place the
// least often. It does not if what crews may carry does not allow for one less.
func (s *searcher) takeApart() bool {
	m := s.m
	var load, room int64
	var rooms []int64
	chosen, least := nobody, int64(0)
	for r := range int32(len(m.crews)) {
		t := &s.tours[r]
		if t.size == 0 {
			continue
		}
		load += int64(t.load)
		rooms = append(rooms, int64(m.crews[r].capacity))
		sum := int64(0)
		for i := s.links[m.start(r)].next; i != m.end(r); i = s.links[i].next {
			if i < m.orders {
				sum += int64(s.missed[i])
			}
		}
		if chosen == nobody || sum < least {
			chosen, least = r, sum
		}
	}
	if len(rooms) < 2 {
		return false
	}
	slices.Sort(rooms)
	for _, c := range rooms[1:] {
		room += c
	}
	if room < load {
		return false
	}
	s.begin()
	for i := s.links[m.start(chosen)].next; i != m.end(chosen); {
		n := s.links[i].next
		s.take(i)
		i = n
	}
	if m.timed {
		s.settleCut(chosen)
	}
	if m.supplied {
		s.recount(chosen)
	}
	s.tours[chosen].cost = s.price(chosen)
	return true
}

// out is what a step feels of leaving an order out.
func (s *searcher) out(i int32) float64 {
	if s.missed != nil {
		return fewerPrice * float64(s.missed[i])
	}
	return s.mild * float64(s.m.penalty[i])
}
