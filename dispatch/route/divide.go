package route

import (
	"cmp"
	"math"
	"slices"
)

// divide gives every searcher its zone of the round: tours that lie beside each other,
// cut by parallel lines that turn from round to round, so that borders move.
func (m *model) divide(s *state, searchers []*searcher, round int) {
	for _, w := range searchers {
		w.members, w.absent, w.changed = w.members[:0], w.absent[:0], w.changed[:0]
		w.cost, w.low = 0, 0
		for k := range w.empty {
			w.empty[k] = w.empty[k][:0]
		}
	}
	for r := range s.tours {
		s.owner[r], s.tours[r].queued, s.tours[r].kept, s.tours[r].ruined = 0, false, 0, 0
	}
	for i := range s.links {
		s.zone[i], s.links[i].kept, s.dirty[i] = 0, 0, false
	}
	if len(searchers) > 1 {
		m.cut(s, len(searchers), round)
	}
	for i := range m.orders {
		w := searchers[s.zone[i]]
		w.members = append(w.members, i)
		if s.links[i].tour == nobody {
			w.absent = append(w.absent, i)
		}
	}
	// Backwards, so that the first empty tour is used first.
	for r := int32(len(s.tours)) - 1; r >= 0; r-- {
		if s.tours[r].size == 0 {
			searchers[s.owner[r]].queue(r)
		}
	}
	for _, w := range searchers {
		used := 0
		for r := range s.tours {
			if s.owner[r] == w.id && s.tours[r].size > 0 {
				used++
			}
		}
		w.average = float64(max(1, len(w.members)-len(w.absent))) / float64(max(1, used))
	}
}

// golden turns the cut by an angle that never repeats.
const golden = 2.399963229728653

// cut sets the zones of tours and nodes.
func (m *model) cut(s *state, zones, round int) {
	sin, cos := math.Sincos(float64(round) * golden)
	project := flat(m.p)
	along := func(p Point) float64 {
		x, y := project(p)
		return x*cos + y*sin
	}
	type lying struct {
		at   float64
		tour int32
	}
	list := make([]lying, 0, len(s.tours))
	total := 0
	for r := range int32(len(s.tours)) {
		sum, n := 0.0, 0
		for i := s.links[m.start(r)].next; i != m.end(r); i = s.links[i].next {
			if i < m.orders {
				sum += along(m.p.Orders[m.order[i]].At)
				n++
			}
		}
		at := along(m.p.Crews[r].Start)
		if n > 0 {
			at = sum / float64(n)
		}
		total += n
		list = append(list, lying{at, r})
	}
	slices.SortFunc(list, func(a, b lying) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.tour, b.tour)) })
	given, spare := 0, 0
	for _, l := range list {
		r := l.tour
		z := uint8(min(zones-1, given*zones/max(1, total)))
		if s.tours[r].size == 0 && m.reach == nil { // crews that are alike serve every zone
			z = uint8(spare % zones)
			spare++
		}
		given += int(s.tours[r].size)
		s.owner[r] = z
		for i := m.start(r); ; i = s.links[i].next {
			s.zone[i] = z
			if i == m.end(r) {
				break
			}
		}
	}
	if m.rules != nil {
		m.tie(s)
	}
	if m.p.Supply != nil { // a free call for every tour that has none
		call := m.calls()
		for r := range s.tours {
			if s.tours[r].call != nobody {
				continue
			}
			for s.links[call].tour != nobody {
				call++
			}
			s.zone[call] = s.owner[r]
			call++
		}
	}
	for i := range m.orders {
		if s.links[i].tour != nobody {
			continue
		}
		for _, j := range m.near[int(i)*m.nearMany : (int(i)+1)*m.nearMany] {
			if s.links[j].tour != nobody {
				s.zone[i] = s.zone[j]
				break
			}
		}
	}
	if m.rules != nil {
		m.tie(s)
	}
}

// typicalWay is the average way between neighbours in the plan: the measure of
// temperature.
func (m *model) typicalWay(s *state) float64 {
	sum, n := 0.0, 0
	for i := range m.orders {
		if l := &s.links[i]; l.tour != nobody {
			sum += float64(l.ahead)
			n++
		}
	}
	return max(1, sum/float64(max(1, n)))
}
