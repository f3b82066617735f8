package route

import "slices"

// Two things make the time of a tour depend on more than its sequence: an order that waits
// for one of another tour, and a break that may be taken now or later. Both are agreed
// upon for one round of the search: a moment by which the one order is finished and before
// which the other does not begin, and the moment the break begins. Within the round they
// are windows and stretches of standing still like others, and cost nothing extra. Between
// rounds they are moved to where the plan as it is has most room.

// accord is what is agreed upon for a round.
type accord struct {
	waits []wait
	tied  []int32    // nodes that wait or are waited for, each before those that wait for it
	base  []site     // beside tied: as the problem has them
	spans [][]Window // likewise, several windows
	rests [][]stint  // crew → agreed breaks
	kept  *kept
}

// wait is that order then begins when order first is finished, at the earliest.
type wait struct{ first, then, at int32 }

// kept is an accord written down beside the plan that it belongs to.
type kept struct {
	at    []int32
	rests [][]stint
}

func (m *model) compileAccord() {
	k := m.rules
	if k == nil {
		return
	}
	a := &accord{rests: make([][]stint, len(m.crews))}
	used := false
	for r := range m.p.Crews {
		for _, b := range m.p.Crews[r].Breaks {
			a.rests[r] = append(a.rests[r], stint{int32(b.From), int32(b.From + b.Ticks)})
		}
		used = used || len(a.rests[r]) > 0
	}
	if m.paced = used || len(m.p.Periods) > 0; m.paced {
		m.paces = make([]pace, len(m.crews))
		m.periods = slices.SortedFunc(slices.Values(m.p.Periods), func(a, b Period) int { return int(a.From - b.From) })
		for r := range m.crews {
			m.paces[r].set(m.periods, a.rests[r])
		}
	}
	for i := range m.orders {
		for _, j := range k.before[i] {
			a.waits = append(a.waits, wait{first: j, then: i})
		}
	}
	a.sortTied(m)
	for _, i := range a.tied {
		a.base = append(a.base, m.sites[i])
		var w []Window
		if many := m.sites[i].many; many >= 0 {
			w = slices.Clone(m.windows[many])
		}
		a.spans = append(a.spans, w)
	}
	if used || len(a.waits) > 0 {
		m.accord = a
	}
}

// sortTied lists the orders that wait or are waited for, each before those that wait for it.
func (a *accord) sortTied(m *model) {
	open := map[int32]int{}
	for i := range m.orders {
		if n := len(m.rules.before[i]); n > 0 {
			open[i] = n
		} else if len(m.rules.after[i]) > 0 {
			a.tied = append(a.tied, i)
		}
	}
	for k := 0; k < len(a.tied); k++ {
		for _, j := range m.rules.after[a.tied[k]] {
			if open[j]--; open[j] == 0 {
				a.tied = append(a.tied, j)
			}
		}
	}
}

// keepAccord writes down what is agreed, beside the best plan.
func (m *model) keepAccord() {
	a := m.accord
	if a == nil {
		return
	}
	k := &kept{rests: make([][]stint, len(a.rests))}
	for _, w := range a.waits {
		k.at = append(k.at, w.at)
	}
	for r := range a.rests {
		k.rests[r] = slices.Clone(a.rests[r])
	}
	a.kept = k
}

// recallAccord agrees again on what was written down.
func (m *model) recallAccord() {
	a := m.accord
	if a == nil || a.kept == nil {
		return
	}
	for k := range a.waits {
		a.waits[k].at = a.kept.at[k]
	}
	for r := range a.rests {
		if len(a.rests[r]) > 0 {
			m.rest(int32(r), slices.Clone(a.kept.rests[r]))
		}
	}
	m.applyWaits()
}

// rest sets the breaks of a crew.
func (m *model) rest(r int32, rests []stint) {
	m.accord.rests[r] = rests
	sorted := slices.Clone(rests)
	slices.SortFunc(sorted, func(a, b stint) int { return int(a.from) - int(b.from) })
	m.paces[r].set(m.periods, sorted)
}

// applyWaits turns the moments agreed upon into windows.
func (m *model) applyWaits() {
	a := m.accord
	begin, end := make(map[int32]int32, len(a.tied)), make(map[int32]int32, len(a.tied)) // not before, not after
	for _, w := range a.waits {
		begin[w.then] = max(begin[w.then], w.at)
		if by, ok := end[w.first]; !ok || w.at < by {
			end[w.first] = w.at
		}
	}
	for k, i := range a.tied {
		low, high := begin[i], int32(maxTick)
		if by, ok := end[i]; ok {
			high = min(high, by-a.base[k].service)
		}
		s := a.base[k]
		if s.many < 0 {
			s.open, s.close = max(s.open, low), min(s.close, high)
			if s.open > s.close {
				s.open, s.close = maxTick, -1
			}
			m.sites[i] = s
			continue
		}
		list := m.windows[s.many][:0]
		for _, w := range a.spans[k] {
			if v := (Window{max(w.From, int64(low)), min(w.To, int64(high))}); v.From <= v.To {
				list = append(list, v)
			}
		}
		m.windows[s.many] = list
	}
}

// agree moves what is agreed upon to where the plan has room for it. Even rounds make all
// as early as it can be, odd ones as late; the plan is possible either way.
func (m *model) agree(s *state, round int) {
	a := m.accord
	if a == nil {
		return
	}
	for r := range int32(len(m.crews)) {
		if m.stopped() {
			return
		}
		if len(a.rests[r]) > 0 {
			nodes := s.tourNodes(r)
			m.rest(r, m.bestRests(r, nodes, a.rests[r]))
			s.retime(r)
		}
	}
	m.moveWaits(s, round&1 == 1, halfway)
}

// moveWaits makes a new agreement between orders that wait for each other and brings times
// and costs up to date. One that keeps some crew away for too long is not made.
func (m *model) moveWaits(s *state, late bool, where moment) {
	a := m.accord
	if len(a.waits) > 0 {
		have := slices.Clone(a.waits)
		m.agreeWaits(s, late, where)
		s.repriceAll()
		if !m.measured || !slices.ContainsFunc(m.tiedTours(s), func(r int32) bool { return s.tours[r].length > m.crews[r].maxTicks }) {
			return
		}
		copy(a.waits, have)
		m.applyWaits()
	}
	s.repriceAll()
}

// repriceAll brings times and costs up to date after an agreement.
func (s *state) repriceAll() {
	for r := range int32(len(s.tours)) {
		s.retime(r)
		s.tours[r].cost = s.price(r)
	}
}

// tourNodes is a tour as a list, start and end left out.
func (s *state) tourNodes(r int32) []int32 {
	var nodes []int32
	for i := s.links[s.m.start(r)].next; i != s.m.end(r); i = s.links[i].next {
		nodes = append(nodes, i)
	}
	return nodes
}

// bestRests are the moments at which the breaks of a crew cost its tour least; those it
// has, if given, are among the choices. The outcome depends on the sequence alone
// otherwise.
func (m *model) bestRests(r int32, nodes []int32, have []stint) []stint {
	crew := &m.p.Crews[r]
	var rests []stint
	for k, b := range crew.Breaks {
		m.rest(r, rests)
		choices := []int32{int32(b.From), int32(b.To)}
		add := func(t int32) { choices = append(choices, max(int32(b.From), min(t, int32(b.To)))) }
		if have != nil {
			add(have[k].from)
		}
		at, t := m.start(r), m.sites[m.start(r)].open
		for _, n := range nodes {
			begin := m.begins(r, n, t, m.ticks(at, n))
			if begin == never {
				break
			}
			add(t)
			add(begin - int32(b.Ticks))
			t = begin + m.sites[n].service
			at = n
		}
		add(t)
		slices.Sort(choices)
		best, found := stint{}, outline{}
		for _, c := range slices.Compact(choices) {
			try := stint{c, c + int32(b.Ticks)}
			if slices.ContainsFunc(rests, func(o stint) bool { return o.from < try.to && try.from < o.to }) {
				continue
			}
			m.rest(r, append(slices.Clone(rests), try))
			w := m.walkRuled(r, nodes)
			if best.to == 0 || w.ok && (!found.ok || w.price < found.price || w.price == found.price && w.end < found.end) {
				best, found = try, w
			}
		}
		rests = append(rests, best)
	}
	if have != nil {
		m.rest(r, rests)
		if !m.walkRuled(r, nodes).ok {
			return have
		}
	}
	return rests
}

// timetable is when orders that wait or are waited for begin, by node; -1 for those in no
// tour.
type timetable []int32

// moment is where between the end of one order and the beginning of the next, both
// planned, they agree to meet.
type moment uint8

const (
	halfway moment = iota
	atEnd          // of the first: room for whoever else waits for it
	atBegin        // of the next: room for whatever comes before the first
)

// agreeWaits sets the moments between orders that wait for each other.
func (m *model) agreeWaits(s *state, late bool, where moment) {
	a := m.accord
	x := m.earliest(s)
	if late {
		x = m.latest(s)
	}
	// Those in no tour: as early as those before them allow, and as late as their own
	// windows allow.
	ends := make(map[int32]int32, len(a.tied))
	begins := make(map[int32]int32, len(a.tied))
	for k, i := range a.tied {
		if x[i] >= 0 {
			ends[i] = x[i] + a.base[k].service
			continue
		}
		t := a.base[k].open
		for _, j := range m.rules.before[i] {
			t = max(t, ends[j])
		}
		ends[i] = int32(min(int64(t)+m.rank[i], maxTick/2)) + a.base[k].service
	}
	for k, i := range slices.Backward(a.tied) {
		if x[i] >= 0 {
			begins[i] = x[i]
			continue
		}
		t := min(a.base[k].close, m.shiftEnd)
		for _, j := range m.rules.after[i] {
			t = min(t, begins[j]-int32(min(m.rank[j], maxTick/2)))
		}
		begins[i] = t - a.base[k].service
	}
	for k := range a.waits {
		w := &a.waits[k]
		switch {
		case x[w.first] >= 0 && (x[w.then] < 0 && where != atBegin || where == atEnd):
			w.at = ends[w.first]
		case x[w.then] < 0 && (where == atBegin || x[w.first] < 0 && (where == atEnd || late)):
			w.at = maxTick // nobody waits, or there may be no hope for whoever does
		case where == atBegin:
			w.at = begins[w.then]
		default:
			w.at = max(ends[w.first], ends[w.first]/2+begins[w.then]/2)
		}
	}
	m.applyWaits()
}

// earliest is the timetable of a plan with everything as early as it can be: an order
// begins when all it waits for are finished, whatever was agreed.
func (m *model) earliest(s *state) timetable {
	a := m.accord
	m.loosen()
	x := m.emptyTable(s)
	for range len(a.tied) + 1 {
		changed := false
		for _, r := range m.tiedTours(s) {
			t := m.sites[m.start(r)].open
			for i := m.start(r); i != m.end(r); {
				l := &s.links[i]
				n := l.next
				way := m.there(r, t, l.ahead)
				if n < m.orders {
					for _, j := range m.rules.before[n] {
						if x[j] >= 0 {
							way = max(way, x[j]+m.sites[j].service)
						}
					}
				}
				t = m.begins(r, n, way, 0)
				if t == never {
					t = way
				}
				if n < m.orders && m.isTied(n) && x[n] != t {
					x[n], changed = t, true
				}
				t += m.sites[n].service
				i = n
			}
		}
		if !changed {
			break
		}
	}
	return x
}

// latest is the timetable with everything as late as it can be.
func (m *model) latest(s *state) timetable {
	a := m.accord
	m.loosen()
	x := m.emptyTable(s)
	for i := range x {
		if x[i] >= 0 {
			x[i] = maxTick
		}
	}
	for range len(a.tied) + 1 {
		changed := false
		for _, r := range m.tiedTours(s) {
			t := m.sites[m.end(r)].close
			for i := m.end(r); i != m.start(r); {
				p := s.links[i].prev
				t = m.begun(r, p, t, s.links[p].ahead)
				if p < m.orders && m.isTied(p) {
					by := t + m.sites[p].service
					for _, j := range m.rules.after[p] {
						if x[j] >= 0 {
							by = min(by, x[j])
						}
					}
					if by < t+m.sites[p].service {
						t = m.begun(r, p, by, 0)
					}
					if x[p] != t {
						x[p], changed = t, true
					}
				}
				i = p
			}
		}
		if !changed {
			break
		}
	}
	return x
}

// loosen takes away what was agreed between orders.
func (m *model) loosen() {
	a := m.accord
	for k, i := range a.tied {
		m.sites[i] = a.base[k]
		if many := a.base[k].many; many >= 0 {
			m.windows[many] = append(m.windows[many][:0], a.spans[k]...)
		}
	}
}

func (m *model) isTied(i int32) bool { return len(m.rules.before[i])+len(m.rules.after[i]) > 0 }

func (m *model) emptyTable(s *state) timetable {
	x := make(timetable, m.orders)
	for i := range x {
		x[i] = -1
		if s.links[i].tour != nobody && m.isTied(int32(i)) {
			x[i] = 0
		}
	}
	return x
}

// tiedTours are the tours that hold an order which waits or is waited for.
func (m *model) tiedTours(s *state) []int32 {
	var list []int32
	for _, i := range m.accord.tied {
		if r := s.links[i].tour; r != nobody && !slices.Contains(list, r) {
			list = append(list, r)
		}
	}
	return list
}

// tie gives tours whose orders wait for each other to one searcher, and orders in no tour
// to that of those they wait for.
func (m *model) tie(s *state) {
	if m.accord == nil || len(m.accord.waits) == 0 {
		return
	}
	// Who belongs together: tours, and orders in none, numbered behind the tours.
	group := make([]int32, len(s.tours)+int(m.orders))
	for k := range group {
		group[k] = int32(k)
	}
	root := func(k int32) int32 {
		for group[k] != k {
			group[k] = group[group[k]]
			k = group[k]
		}
		return k
	}
	seat := func(i int32) int32 {
		if r := s.links[i].tour; r != nobody {
			return r
		}
		return int32(len(s.tours)) + i
	}
	for _, w := range m.accord.waits {
		a, b := root(seat(w.first)), root(seat(w.then))
		group[max(a, b)] = min(a, b) // a tour, if there is one, speaks for all
	}
	zone := func(k int32) uint8 {
		if k < int32(len(s.tours)) {
			return s.owner[k]
		}
		return s.zone[k-int32(len(s.tours))]
	}
	for r := range int32(len(s.tours)) {
		z := zone(root(r))
		if s.owner[r] == z {
			continue
		}
		s.owner[r] = z
		for i := m.start(r); ; i = s.links[i].next {
			s.zone[i] = z
			if i == m.end(r) {
				break
			}
		}
	}
	for _, i := range m.accord.tied {
		s.zone[i] = zone(root(seat(i)))
	}
}
