package route

// at is the span of a visit alone that begins at t or whenever its window allows. Of
// several windows it is the one that t lies in: a tour may be thought longer than it
// need be, never shorter.
func (m *model) at(i, t int32) span {
	s := &m.sites[i]
	if s.many >= 0 {
		for _, w := range m.windows[s.many] {
			if t <= int32(w.To) {
				return span{s.service, int32(w.From), int32(w.To)}
			}
		}
	}
	return span{s.service, s.open, s.close}
}

// then is one stretch after another with so many ticks between.
func (a span) then(ticks int32, b span) span {
	gap := a.long + ticks
	wait := max(0, b.early-gap-a.late)
	return span{gap + b.long + wait, max(b.early-gap, a.early) - wait, min(b.late-gap, a.late)}
}

// respan computes the spans of a whole tour.
func (s *state) respan(r int32) {
	m := s.m
	from, to := m.start(r), m.end(r)
	begins := func(i int32) int32 { return s.links[i].depart - m.sites[i].service }
	s.spans[from].before = m.at(from, 0)
	for i := from; i != to; {
		n := s.links[i].next
		s.spans[n].before = s.spans[i].before.then(s.links[i].ahead, m.at(n, begins(n)))
		i = n
	}
	s.spans[to].after = m.at(to, 0)
	for i := to; i != from; {
		p := s.links[i].prev
		s.spans[p].after = m.at(p, begins(p)).then(s.links[p].ahead, s.spans[i].after)
		i = p
	}
	s.tours[r].length = s.spans[to].before.long
	if s.idle(r) {
		s.tours[r].length = 0
	}
}

// longWith is how long a tour would take with order i behind node p, which it can
// reach in time, beginning there at t.
func (s *state) longWith(i, p, t, to, on int32) int32 {
	m := s.m
	n := s.links[p].next
	if len(m.windows) == 0 {
		return s.spans[p].before.then(to, m.at(i, t)).then(on, s.spans[n].after).long
	}
	// What comes later may slip into another of its windows: walk on.
	whole := s.spans[p].before.then(to, m.at(i, t))
	depart, ahead := t+m.sites[i].service, on
	for {
		begin := m.opens(n, depart+ahead)
		whole = whole.then(ahead, m.at(n, begin))
		if n >= m.orders && s.links[n].next == nobody {
			return whole.long
		}
		depart, ahead = begin+m.sites[n].service, s.links[n].ahead
		n = s.links[n].next
	}
}
