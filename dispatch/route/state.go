package route

// link is what changes about a node: where it stands, and the times there. Two of
// them share a cache line.
type link struct {
	next, prev int32
	tour       int32 // nobody: in no tour
	depart     int32 // leaves here at the earliest
	late       int32 // service here begins at the latest, or the rest is late
	ahead      int32 // ticks to next
	behind     int32 // ticks from prev
	kept       int32 // step whose log holds the node
}

// tour is what changes about a crew.
type tour struct {
	load, size   int32
	travel       int64
	service      int64
	cost         int64 // of the whole tour, as price says
	length       int32 // from leaving to coming back, where that is measured
	kept, ruined int32
	call         int32 // its call at the supply, nobody for none
	queued       bool  // in the list of empty tours
}

// spans are the shortest stretches of time from the start to a node and from the node
// to the end: how long, and the earliest and latest beginning of the node's side that
// keeps it that long.
type spans struct{ before, after span }

type span struct{ long, early, late int32 }

// state is a plan being changed. Searchers share it: each touches only nodes and
// tours of its own zone.
type state struct {
	m     *model
	links []link
	tours []tour
	zone  []uint8 // node → searcher
	owner []uint8 // tour → searcher
	spans []spans // nil unless measured
	left  []int32 // tours × kinds of part: what remains of the crew's own before it calls at the supply
	fresh []bool  // node → stands behind the call
	dirty []bool  // node → it may differ from the best of the round
	best  []int32 // next of each node in the best of the round; nobody: in no tour
}

func newState(m *model) *state {
	s := &state{m: m, links: make([]link, len(m.sites)), tours: make([]tour, len(m.crews)), zone: make([]uint8, len(m.sites)), dirty: make([]bool, len(m.sites)), owner: make([]uint8, len(m.crews)), best: make([]int32, len(m.sites))}
	if m.measured {
		s.spans = make([]spans, len(m.sites))
	}
	if m.supplied {
		s.left, s.fresh = make([]int32, len(m.crews)*m.stock.kinds), make([]bool, len(m.sites))
	}
	s.load(nil)
	return s
}

// load makes the plan that next describes; nil is the empty one.
func (s *state) load(next []int32) {
	m := s.m
	for i := range s.links {
		s.links[i] = link{next: nobody, prev: nobody, tour: nobody}
	}
	for r := range int32(len(m.crews)) {
		t := &s.tours[r]
		*t = tour{call: nobody}
		from, to := m.start(r), m.end(r)
		p := from
		if next != nil {
			for i := next[from]; i != to; i = next[i] {
				s.join(p, i, r)
				t.load += m.sites[i].demand
				t.service += int64(m.sites[i].service)
				if i < m.orders {
					t.size++
				} else {
					t.call = i
				}
				p = i
			}
		}
		s.join(p, to, r)
		s.links[from].tour = r
		for i := from; i != to; i = s.links[i].next {
			t.travel += int64(s.links[i].ahead)
		}
		s.retime(r)
		if m.supplied {
			s.recount(r)
		}
		t.cost = s.price(r)
	}
}

func (s *state) join(p, i, r int32) {
	way := s.m.ticks(p, i)
	s.links[p].next, s.links[p].ahead = i, way
	s.links[i].prev, s.links[i].behind, s.links[i].tour = p, way, r
}

// retime computes the times of a whole tour.
func (s *state) retime(r int32) {
	m := s.m
	if !m.timed {
		return
	}
	if m.paced {
		s.retimePaced(r)
		return
	}
	from, to := m.start(r), m.end(r)
	s.links[from].depart = m.sites[from].open
	for i := from; i != to; {
		l := &s.links[i]
		n := l.next
		s.links[n].depart = m.leaves(r, n, l.depart, l.ahead)
		i = n
	}
	s.links[to].late = m.sites[to].close
	for i := to; i != from; {
		p := s.links[i].prev
		s.links[p].late = m.closes(p, s.links[i].late-s.links[p].ahead-m.sites[p].service)
		i = p
	}
	if s.spans != nil {
		s.respan(r)
	}
}

// price is what a tour costs: travel or the time away, what going out costs, and work.
func (s *state) price(r int32) int64 {
	t := &s.tours[r]
	c := &s.m.crews[r]
	if s.idle(r) {
		if s.m.balance > 0 {
			return s.m.worth(r, 0)
		}
		return 0
	}
	cost := t.travel + c.fixed
	if s.m.options.Duration {
		cost = int64(t.length) + c.fixed
	}
	if s.m.balance > 0 {
		cost += s.m.worth(r, t.service+t.travel)
	}
	if s.m.rules != nil {
		cost += s.priceRules(r)
	}
	return cost
}

// idle tells whether a crew stays where it is.
func (s *state) idle(r int32) bool { return s.tours[r].size == 0 && !s.m.crews[r].out }

// cost of the whole plan.
func (s *state) cost() int64 {
	var sum int64
	for r := range s.tours {
		sum += s.tours[r].cost
	}
	for i := range s.m.orders {
		if s.links[i].tour == nobody {
			sum += s.m.penalty[i]
		}
	}
	return sum
}

// keep writes the plan down as the best of the round.
func (s *state) keep() {
	for i := range s.links {
		s.dirty[i] = false
		s.best[i] = s.links[i].next
	}
}
