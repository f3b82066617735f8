package route

import "slices"

// constructRuled begins the first plan with what cannot come later: orders with a position,
// and a first agreement for those that wait for others.
func (m *model) constructRuled(w *searcher) {
	s := w.state
	if m.accord != nil && len(m.accord.waits) > 0 && m.options.Start == nil {
		m.agreeWaits(s, false, halfway)
		s.repriceAll()
	}
	if m.rules.position == nil {
		return
	}
	var list []int32
	for i := range m.orders {
		if m.fixed(i) && s.links[i].tour == nobody {
			list = append(list, i)
		}
	}
	slices.SortStableFunc(list, func(a, b int32) int { return int(m.rules.position[a] - m.rules.position[b]) })
	for _, i := range list {
		if m.stopped() {
			return
		}
		if best := w.findAnywhere(i); best.behind != nobody {
			w.seatFor(i, best)
		}
	}
}

// finish gives the best plan its last touch.
func (m *model) finish(s *state, c *clock) {
	for {
		left := len(m.absent(s))
		if m.accord != nil && !m.stopped() {
			m.moveWaits(s, false, atEnd)
		}
		m.fill(s, c)
		if m.rules != nil && m.rules.anyBusy {
			m.fillBusy(s, c)
		}
		if now := len(m.absent(s)); now == left || m.accord == nil || c.ctx.Err() != nil {
			break
		}
	}
}

// release lets orders for which others wait be as late as those allow: nothing is moved any
// more.
func (m *model) release(s *state) {
	if m.accord != nil && !m.stopped() {
		m.moveWaits(s, false, atBegin)
	}
}

// fillBusy gives to crews on an urgent order what no other crew can do in the plan as it
// is, and takes back from them what another one can.
func (m *model) fillBusy(s *state, c *clock) {
	w := m.hand(s)
	for again := true; again; {
		again = false
		for _, i := range m.absent(s) {
			if c.ctx.Err() != nil {
				return
			}
			best := w.findAnywhere(i)
			if best.behind == nobody {
				best = w.findBusy(i)
			}
			if best.behind != nobody {
				w.seatFor(i, best)
				again = true
			}
		}
		for r := range int32(len(m.crews)) {
			if !m.rules.busy[r] {
				continue
			}
			for _, i := range s.tourNodes(r) {
				if i < m.orders && !m.may(i, r) && w.free(i, r) {
					again = true
				}
			}
		}
	}
}

// findBusy is the cheapest place for an order with a crew on an urgent one.
func (s *searcher) findBusy(i int32) place {
	m := s.m
	best := place{nobody, m.penalty[i], nobody}
	for r := range int32(len(m.crews)) {
		if m.rules.busy[r] && barred(&m.p.Orders[m.order[i]], &m.p.Crews[r]) == "" {
			s.findIn(i, r, &best)
		}
	}
	return best
}

// free moves an order from a busy crew to another one that can do it.
func (s *searcher) free(i, r int32) bool {
	if s.m.fixed(i) || s.awaited(i) { // who waits for it has been told when
		return false
	}
	s.begin()
	s.take(i)
	s.settleRuined()
	best := s.findAnywhere(i)
	if best.behind == nobody || s.late() {
		s.undo()
		return false
	}
	s.seat(i, best)
	for k := range s.tourLog {
		r := s.tourLog[k].no
		s.tours[r].cost = s.price(r)
	}
	return true
}

// agreeOn agrees on what the plan to start from needs: its breaks, and who waits for whom
// until when.
func (m *model) agreeOn(s *state, node []int32) {
	next := make([]int32, len(s.links))
	seen := make([]bool, m.orders)
	for r := range int32(len(m.crews)) {
		var nodes []int32
		at := m.start(r)
		if int(r) < len(m.options.Start) {
			for _, o := range m.options.Start[r] {
				if o < 0 || o >= len(node) || seen[node[o]] {
					continue
				}
				i := node[o]
				seen[i] = true
				nodes, next[at], at = append(nodes, i), i, i
			}
		}
		next[at] = m.end(r)
		if len(m.accord.rests[r]) > 0 {
			m.rest(r, m.startRests(r, nodes))
		}
	}
	if len(m.accord.waits) == 0 {
		return
	}
	s.load(next)
	m.agreeWaits(s, false, atEnd)
	s.load(nil)
}

// startRests are the breaks of the plan to start from.
func (m *model) startRests(r int32, nodes []int32) []stint {
	breaks := m.p.Crews[r].Breaks
	if int(r) >= len(m.options.StartBreaks) || len(m.options.StartBreaks[r]) != len(breaks) {
		return m.bestRests(r, nodes, nil)
	}
	var rests []stint
	for k, t := range m.options.StartBreaks[r] {
		t = max(breaks[k].From, min(t, breaks[k].To))
		rests = append(rests, stint{int32(t), int32(t + breaks[k].Ticks)})
	}
	return rests
}

// dropWaiting takes orders out again that wait for one that found no place.
func (m *model) dropWaiting(w *searcher) {
	s := w.state
	for again := true; again; {
		again = false
		for i := range m.orders {
			if r := s.links[i].tour; r != nobody && !s.ready(i) {
				w.begin()
				w.take(i)
				w.settleRuined()
				s.tours[r].cost = s.price(r)
				again = true
			}
		}
	}
}
