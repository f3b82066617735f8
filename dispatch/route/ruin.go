package route

const (
	kinOdds    = 0.8  // of asking only crews that may do the order, where crews differ
	ruinString = 10   // the longest string taken out of one tour
	splitOdds  = 0.5  // of keeping a piece inside the string
	splitGrow  = 0.01 // of that piece being longer by one
)

// ruin takes strings of orders out of the tours around one order: of crews, mostly, that may
// do the order the step is about. Only they can exchange it.
func (s *searcher) ruin(seed int32) {
	m := s.m
	s.kin = nobody
	if m.able != nil && s.random.unit() < kinOdds {
		s.kin = seed
	}
	seed = s.around(seed)
	average := min(ruinString, s.average)
	tours := int(1 + s.random.unit()*(4*s.ruinSize/(1+average)-1))
	s.ruinAt(seed, average, &tours)
	near := m.near[int(seed)*m.nearMany : (int(seed)+1)*m.nearMany]
	for _, i := range near {
		if tours <= 0 {
			break
		}
		s.ruinAt(i, average, &tours)
	}
	s.resupplyRuined()
}

func (s *searcher) ruinAt(i int32, average float64, tours *int) {
	if s.zone[i] != s.id {
		return
	}
	r := s.links[i].tour
	if r == nobody || s.tours[r].ruined == s.step || s.kin != nobody && !s.m.may(s.kin, r) {
		return
	}
	size := int(s.tours[r].size)
	long := int(1 + s.random.unit()*min(float64(size), average))
	long = min(long, size)
	kept := 0
	if long < size && long > 1 && s.random.unit() < splitOdds {
		kept = 1
		for long+kept < size && s.random.unit() < splitGrow {
			kept++
		}
	}
	s.takeString(i, long, kept)
	s.tours[r].ruined = s.step
	*tours--
}

// takeString takes long orders around i out of its tour, leaves a piece of kept ones somewhere
// among them, and brings the tour's times up to date.
func (s *searcher) takeString(i int32, long, kept int) {
	r, whole := s.links[i].tour, long+kept
	back := 0
	for p := i; back < whole-1; back++ {
		if p = s.links[p].prev; p >= s.m.orders {
			break
		}
	}
	ahead := 0
	for n := i; ahead < whole-1; ahead++ {
		if n = s.links[n].next; n >= s.m.orders {
			break
		}
	}
	if stretch := back + 1 + ahead; stretch < whole { // a call at the supply cuts the tour in two
		whole, kept = stretch, 0
	}
	least := max(0, whole-1-ahead)
	for range least + s.random.below(back-least+1) {
		i = s.links[i].prev
	}
	before := s.links[i].prev
	skip := -1
	if kept > 0 {
		skip = 1 + s.random.below(whole-kept-1)
	}
	for k := 0; k < whole; k++ {
		n := s.links[i].next
		if (kept == 0 || k < skip || k >= skip+kept) && !s.m.fixed(i) {
			s.take(i)
			s.removed = append(s.removed, i)
		}
		i = n
	}
	if s.m.timed {
		s.settleBetween(r, before, i)
	}
}
