package route

// searcher changes a state within its zone, one step at a time. Every node and tour
// is written to a log before its first change in a step, so that a step that is not
// wanted is taken back at the cost of what it touched.
type searcher struct {
	*state
	m      *model
	id     uint8
	random random

	members []int32   // orders of the zone
	window  int       // first of the members around which the search works just now
	absent  []int32   // those of them in no tour
	empty   [][]int32 // kind → tours of the zone that may be empty, the last one first

	step     int32
	nodeLog  []loggedNode
	tourLog  []loggedTour
	spanLog  []spans // beside nodeLog when measured
	cost     int64   // of the zone against the round's beginning
	low      int64   // the least of it
	changed  []int32 // nodes that may differ from the round's best
	turns    int64   // of the round under way, each a ruin and what follows it
	removed  []int32 // what this step takes out, and then puts back
	keys     []int64
	blink    int     // places to look at before the next one is overlooked
	ruinSize float64 // orders to take out in a step, on average
	mild     float64 // share of a penalty that counts
	missed   []int32 // order → how often it had no place while tours are taken apart, nil otherwise
	loose    bool    // orders need not wait for those before them
	nodes    []int32 // a tour being thought of
	kin      int32   // the order whose crews alone are asked in this ruin, nobody for all
	average  float64 // orders in a tour of the zone, on average
}

type loggedNode struct {
	node int32
	link link
}

type loggedTour struct {
	no   int32
	tour tour
}

func (s *searcher) touch(i int32) *link {
	l := &s.links[i]
	if l.kept != s.step {
		s.nodeLog = append(s.nodeLog, loggedNode{i, *l})
		if s.spans != nil {
			s.spanLog = append(s.spanLog, s.spans[i])
		}
		l.kept = s.step
	}
	return l
}

func (s *searcher) touchTour(r int32) *tour {
	t := &s.tours[r]
	if t.kept != s.step {
		s.tourLog = append(s.tourLog, loggedTour{r, *t})
		t.kept = s.step
	}
	return t
}

// begin opens a step.
func (s *searcher) begin() {
	s.step++
	s.nodeLog, s.tourLog, s.spanLog = s.nodeLog[:0], s.tourLog[:0], s.spanLog[:0]
	s.removed = s.removed[:0]
}

// undo takes the step back.
func (s *searcher) undo() {
	for k := range s.nodeLog {
		g := &s.nodeLog[k]
		s.links[g.node] = g.link
		if s.spans != nil {
			s.spans[g.node] = s.spanLog[k]
		}
	}
	for k := range s.tourLog {
		g := &s.tourLog[k]
		queued := s.tours[g.no].queued
		s.tours[g.no] = g.tour
		s.tours[g.no].queued = queued
		if g.tour.size == 0 {
			s.queue(g.no)
		}
		if s.m.supplied {
			s.recount(g.no)
		}
	}
}

// accept keeps the step and notes what may now differ from the round's best.
func (s *searcher) accept() {
	for k := range s.nodeLog {
		if i := s.nodeLog[k].node; !s.dirty[i] {
			s.dirty[i] = true
			s.changed = append(s.changed, i)
		}
	}
}

// record makes the zone as it is the round's best.
func (s *searcher) record() {
	for _, i := range s.changed {
		s.best[i] = s.links[i].next
		s.dirty[i] = false
	}
	s.changed = s.changed[:0]
	s.low = s.cost
}

// delta is what the step has changed in the cost of tours.
func (s *searcher) delta() int64 {
	var d int64
	for k := range s.tourLog {
		g := &s.tourLog[k]
		t := &s.tours[g.no]
		t.cost = s.price(g.no)
		d += t.cost - g.tour.cost
	}
	return d
}

// queue puts a tour on the list of those that may be empty.
func (s *searcher) queue(r int32) {
	if t := &s.tours[r]; !t.queued {
		t.queued = true
		k := s.m.crews[r].kind
		s.empty[k] = append(s.empty[k], r)
	}
}

// spare is an empty tour of a kind, nobody if there is none.
func (s *searcher) spare(kind int) int32 {
	list := s.empty[kind]
	for len(list) > 0 {
		r := list[len(list)-1]
		if s.tours[r].size == 0 {
			s.empty[kind] = list
			return r
		}
		s.tours[r].queued = false
		list = list[:len(list)-1]
	}
	s.empty[kind] = list
	return nobody
}

// take takes a node out of its tour. Times are left to settle.
func (s *searcher) take(i int32) {
	l := s.touch(i)
	r := l.tour
	p, n := l.prev, l.next
	lp, ln := s.touch(p), s.touch(n)
	t := s.touchTour(r)
	joined := s.m.ticks(p, n)
	t.travel += int64(joined - lp.ahead - l.ahead)
	t.load -= s.m.sites[i].demand
	t.service -= int64(s.m.sites[i].service)
	if i < s.m.orders {
		t.size--
	} else {
		t.call = nobody
	}
	lp.next, lp.ahead, ln.prev, ln.behind = n, joined, p, joined
	l.tour, l.next, l.prev = nobody, nobody, nobody
	if t.size == 0 {
		s.queue(r)
	}
}

// put puts a node behind another one and brings the times up to date.
func (s *searcher) put(i, behind int32) {
	lp := s.touch(behind)
	r, n := lp.tour, lp.next
	l, ln := s.touch(i), s.touch(n)
	t := s.touchTour(r)
	l.tour, l.prev, l.next = r, behind, n
	l.ahead = s.m.ticks(i, n)
	to := s.m.ticks(behind, i)
	t.travel += int64(to + l.ahead - lp.ahead)
	t.load += s.m.sites[i].demand
	t.service += int64(s.m.sites[i].service)
	if i < s.m.orders {
		t.size++
	} else {
		t.call = i
	}
	lp.next, lp.ahead, l.behind = i, to, to
	ln.prev, ln.behind = i, l.ahead
	s.settle(i)
	if s.m.supplied {
		s.recount(r)
	}
}

// settle brings the times of a tour up to date after a change at node i, outwards
// until nothing changes.
func (s *searcher) settle(i int32) {
	m := s.m
	if !m.timed {
		return
	}
	if m.measured || m.paced {
		s.settleAll(s.links[i].tour)
		return
	}
	for n := i; ; {
		l := &s.links[n]
		if n < m.orders || n != m.start(l.tour) {
			d := m.leaves(l.tour, n, s.links[l.prev].depart, l.behind)
			if d == l.depart && n != i {
				break
			}
			s.touch(n).depart = d
		}
		if n == m.end(l.tour) {
			break
		}
		n = l.next
	}
	for n := i; ; {
		l := &s.links[n]
		if n != m.end(l.tour) {
			d := m.closes(n, s.links[l.next].late-l.ahead-m.sites[n].service)
			if d == l.late && n != i {
				break
			}
			s.touch(n).late = d
		}
		if n == m.start(l.tour) {
			break
		}
		n = l.prev
	}
}

// settleAll computes all times of a tour anew.
func (s *searcher) settleAll(r int32) {
	if !s.m.timed {
		return
	}
	for i := s.m.start(r); ; i = s.links[i].next {
		s.touch(i)
		if i == s.m.end(r) {
			break
		}
	}
	s.touchTour(r)
	s.retime(r)
}

// settleRuined brings the times of tours up to date from which nodes were taken.
func (s *searcher) settleRuined() {
	if !s.m.timed {
		return
	}
	for k := range s.tourLog {
		s.settleCut(s.tourLog[k].no)
	}
	s.resupplyRuined()
}

// resupplyRuined counts anew what the tours use from which nodes were taken, and whether they
// have to call at the supply still.
func (s *searcher) resupplyRuined() {
	if !s.m.supplied {
		return
	}
	for k := range s.tourLog {
		s.recount(s.tourLog[k].no)
		s.resupply(s.tourLog[k].no)
	}
}

// settleCut is settleAll that touches only what changes.
func (s *searcher) settleCut(r int32) { s.settleBetween(r, s.m.start(r), s.m.end(r)) }

// settleBetween brings the times of a tour up to date that has changed between nodes p and n
// only: from there outwards until nothing changes.
func (s *searcher) settleBetween(r, p, n int32) {
	m := s.m
	if m.measured || m.paced {
		s.settleAll(r)
		return
	}
	to := m.end(r)
	for i, out := p, false; i != to; {
		l := &s.links[i]
		i = l.next
		out = out || i == n
		if d := m.leaves(r, i, l.depart, l.ahead); d != s.links[i].depart {
			s.touch(i).depart = d
		} else if out {
			break
		}
	}
	s.settleBack(r, p, n)
}

// settleBack is the half of settleBetween that goes backwards.
func (s *searcher) settleBack(r, p, n int32) {
	m := s.m
	from := m.start(r)
	for i, out := n, false; i != from; {
		late := s.links[i].late
		i = s.links[i].prev
		out = out || i == p
		l := &s.links[i]
		if d := m.closes(i, late-l.ahead-m.sites[i].service); d != l.late {
			s.touch(i).late = d
		} else if out {
			break
		}
	}
}
