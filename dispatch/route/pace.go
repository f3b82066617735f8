package route

import "slices"

// pace is how time passes for one crew: knots at which its speed changes. A break is a
// stretch of speed 0.
//
// Done(t) is the driving done until t in thousandths of a tick, a whole number for every
// whole t, and never falls. To arrive after d ticks of way is to reach Done(t) + 1000 d,
// forwards or backwards: the two are each other's inverse as far as whole numbers can be,
// so that what is allowed seen from one end of a tour is allowed from the other.
type pace struct {
	knots []knot  // the first at the beginning of time
	rests []stint // agreed breaks, by time
}

type knot struct {
	at    int32
	done  int64
	speed int64 // from here on, in thousandths
}

type stint struct{ from, to int32 }

func (k *knot) doneAt(t int32) int64 { return k.done + int64(t-k.at)*k.speed }

// segment is the last knot not after t.
func (p *pace) segment(t int32) int {
	i := len(p.knots) - 1
	for i > 0 && p.knots[i].at > t {
		i--
	}
	return i
}

// arrive is the first moment at which a way of so many ticks, begun at t, is done.
func (p *pace) arrive(t, ticks int32) int32 {
	if len(p.knots) == 0 || ticks <= 0 {
		return t + ticks
	}
	i := p.segment(t)
	want := p.knots[i].doneAt(t) + 1000*int64(ticks)
	for ; ; i++ {
		k := &p.knots[i]
		if i == len(p.knots)-1 || p.knots[i+1].done >= want {
			return k.at + int32((want-k.done+k.speed-1)/k.speed)
		}
	}
}

// leave is the last moment to begin a way of so many ticks and be there at t.
func (p *pace) leave(t, ticks int32) int32 {
	if len(p.knots) == 0 || ticks <= 0 {
		return t - ticks
	}
	i := p.segment(t)
	want := p.knots[i].doneAt(t) - 1000*int64(ticks)
	for i > 0 && p.knots[i].done > want {
		i--
	}
	k := &p.knots[i] // speed is not 0: the knot behind a break has done no more and is tried before it
	return k.at + int32((want-k.done)/k.speed)
}

// clear is the first moment not before t at which so many ticks of work meet no break.
func (p *pace) clear(t, work int32) int32 {
	for _, b := range p.rests {
		if t < b.to && t+work > b.from {
			t = b.to
		}
	}
	return t
}

// clearBefore is the last moment not after t at which so many ticks of work meet no break.
func (p *pace) clearBefore(t, work int32) int32 {
	for i := len(p.rests) - 1; i >= 0; i-- {
		if b := p.rests[i]; t < b.to && t+work > b.from {
			t = b.from - work
		}
	}
	return t
}

// set makes the knots out of periods and agreed breaks, both sorted.
func (p *pace) set(periods []Period, rests []stint) {
	p.rests, p.knots = rests, p.knots[:0]
	if len(periods) == 0 && len(rests) == 0 {
		return
	}
	speedAt := func(t int32) int64 {
		for _, b := range rests {
			if t >= b.from && t < b.to {
				return 0
			}
		}
		for _, q := range periods {
			if int64(t) >= q.From && int64(t) < q.To {
				return int64(q.Percent) * 10
			}
		}
		return 1000
	}
	edges := make([]int32, 0, 2*(len(periods)+len(rests)))
	for _, q := range periods {
		edges = append(edges, int32(q.From), int32(q.To))
	}
	for _, b := range rests {
		edges = append(edges, b.from, b.to)
	}
	slices.Sort(edges)
	p.knots = append(p.knots, knot{at: -maxTick, done: -maxTick * 1000, speed: 1000})
	for _, t := range slices.Compact(edges) {
		last := &p.knots[len(p.knots)-1]
		p.knots = append(p.knots, knot{at: t, done: last.doneAt(t), speed: speedAt(t)})
	}
}

// begins is the first moment at which crew r may begin at node n when it left another
// one, so many ticks away, at t; never if there is none.
func (m *model) begins(r, n, t, ahead int32) int32 {
	if !m.paced {
		return m.opens(n, t+ahead)
	}
	p := &m.paces[r]
	t = p.arrive(t, ahead)
	for {
		t = m.opens(n, t)
		if t == never {
			return never
		}
		u := p.clear(t, m.sites[n].service)
		if u == t {
			return t
		}
		t = u
	}
}

// leaves is the first moment at which crew r may leave node n behind another one, so many
// ticks away, that it left at depart; maxTick if it cannot begin there in time any more.
func (m *model) leaves(r, n, depart, ahead int32) int32 {
	begin := m.begins(r, n, depart, ahead)
	if begin == never {
		return maxTick
	}
	return begin + m.sites[n].service
}

// begun is the last moment at which crew r may begin at node n to begin at another one,
// so many ticks away, by t; negative if there is none.
func (m *model) begun(r, n, t, ahead int32) int32 {
	service := m.sites[n].service
	if !m.paced {
		return m.closes(n, t-ahead-service)
	}
	p := &m.paces[r]
	t = p.leave(t, ahead) - service
	for {
		t = m.closes(n, t)
		if t < 0 {
			return -1
		}
		u := p.clearBefore(t, service)
		if u == t {
			return t
		}
		t = u
	}
}

// there is when crew r is at the end of a way begun at t.
func (m *model) there(r, t, ahead int32) int32 {
	if !m.paced {
		return t + ahead
	}
	return m.paces[r].arrive(t, ahead)
}

// retimePaced is retime for a crew whose time does not pass evenly.
func (s *state) retimePaced(r int32) {
	m := s.m
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
		s.links[p].late = m.begun(r, p, s.links[i].late, s.links[p].ahead)
		i = p
	}
	if m.measured {
		s.tours[r].length = s.lengthPaced(r)
	}
}

// lengthPaced is how long a tour takes, begun as late as its end allows.
func (s *state) lengthPaced(r int32) int32 {
	m := s.m
	from, to := m.start(r), m.end(r)
	if s.idle(r) {
		return 0
	}
	end := s.links[to].depart
	t := end
	for i := to; i != from; {
		p := s.links[i].prev
		t = m.begun(r, p, t, s.links[p].ahead)
		i = p
	}
	return end - t
}
