package route

import (
	"math"
	"slices"
)

// stock is what tools and parts orders need and crews bring, in numbers.
type stock struct {
	tools []uint64 // node of an order → bits; then crew → bits
	parts []int32  // likewise, kinds each
	kinds int
}

// maxTools bounds how many different tools a problem may name.
const maxTools = 64

func (m *model) compileStock() {
	p := m.p
	number := map[string]int{}
	bits := func(names []string) (b uint64) {
		for _, n := range names {
			k, ok := number[n]
			if !ok {
				k = len(number)
				number[n] = k
			}
			b |= 1 << k
		}
		return b
	}
	for _, o := range p.Orders {
		m.stock.kinds = max(m.stock.kinds, len(o.Parts))
		m.supplied = m.supplied || len(o.Tools) > 0 || len(o.Parts) > 0
	}
	if !m.supplied {
		return
	}
	m.timed = true
	parts := func(list []int64) {
		row := make([]int32, m.stock.kinds)
		for d := range row {
			if d < len(list) {
				row[d] = int32(list[d])
			}
		}
		m.stock.parts = append(m.stock.parts, row...)
	}
	for _, o := range m.order {
		m.stock.tools = append(m.stock.tools, bits(p.Orders[o].Tools))
		parts(p.Orders[o].Parts)
	}
	for r := range p.Crews {
		m.stock.tools = append(m.stock.tools, bits(p.Crews[r].Tools))
		parts(p.Crews[r].Parts)
	}
}

func (t *stock) row(k int32) []int32 { return t.parts[int(k)*t.kinds : (int(k)+1)*t.kinds] }

// recount finds out, for a tour, who is visited after the call at the supply, and what
// is left of the crew's own parts for the rest. It tells whether all have what they
// need. These values follow from the sequence; no log holds them.
func (s *state) recount(r int32) bool {
	m := s.m
	left := s.left[int(r)*m.stock.kinds : (int(r)+1)*m.stock.kinds]
	copy(left, m.stock.row(m.orders+r))
	own := m.stock.tools[m.orders+r]
	good, fresh := true, false
	for i := m.start(r); i != m.end(r); i = s.links[i].next {
		fresh = fresh || i >= m.calls()
		s.fresh[i] = fresh
		if fresh || i >= m.orders {
			continue
		}
		good = good && m.stock.tools[i]&^own == 0
		for d, n := range m.stock.row(i) {
			if left[d] -= n; left[d] < 0 {
				good = false
			}
		}
	}
	return good
}

// has tells whether the crew has what order i needs when it comes there from node p.
func (s *state) has(i, p, r int32) bool {
	m := s.m
	if s.fresh[p] {
		return true
	}
	if m.stock.tools[i]&^m.stock.tools[m.orders+r] != 0 {
		return false
	}
	left := s.left[int(r)*m.stock.kinds : (int(r)+1)*m.stock.kinds]
	for d, n := range m.stock.row(i) {
		if n > left[d] {
			return false
		}
	}
	return true
}

// trySupply prices a place for order i behind p together with a call at the supply,
// right before the order or at the very beginning.
func (s *searcher) trySupply(i, p int32, best *place) {
	m := s.m
	r := s.links[p].tour
	if m.p.Supply == nil || s.tours[r].call != nobody {
		return
	}
	for _, q := range [2]int32{p, m.start(r)} {
		cost, ok := s.follow(r, i, p, q)
		if !ok {
			continue
		}
		if extra := cost - s.price(r); extra < best.cost && !s.blinks() {
			*best = place{behind: p, cost: extra, supply: q}
		}
		if q == m.start(r) {
			return
		}
	}
}

// follow walks a tour as it would be with order i behind p (nobody: no order) and the
// supply behind q, and prices it.
func (s *searcher) follow(r, i, p, q int32) (int64, bool) {
	m := s.m
	if m.rules != nil {
		return s.followRuled(r, i, p, q)
	}
	var ways, work int64
	at := m.start(r)
	depart := m.sites[at].open
	whole := m.at(at, 0)
	step := func(n int32) bool {
		t := m.ticks(at, n)
		ways += int64(t)
		begin := m.opens(n, depart+t)
		if begin == never {
			return false
		}
		if m.measured {
			whole = whole.then(t, m.at(n, begin))
		}
		depart = begin + m.sites[n].service
		work += int64(m.sites[n].service)
		at = n
		return true
	}
	for n := at; ; n = s.links[n].next {
		if n != m.start(r) && !step(n) {
			return 0, false
		}
		if n == m.end(r) {
			break
		}
		if n == q && !step(m.calls()) {
			return 0, false
		}
		if n == p && i != nobody && !step(i) {
			return 0, false
		}
	}
	c := &m.crews[r]
	if whole.long > c.maxTicks {
		return 0, false
	}
	cost := ways
	if m.options.Duration {
		cost = int64(whole.long)
	}
	cost += c.fixed
	if m.balance > 0 {
		cost += m.worth(r, work+ways)
	}
	return cost, true
}

// resupply takes a call at the supply out of a tour, and puts it back where it costs
// least if it is still needed. The old place is one of those that are possible, even if
// a tour with several windows is thought too long there.
func (s *searcher) resupply(r int32) {
	m := s.m
	call := s.tours[r].call
	if call == nobody {
		return
	}
	was := s.links[call].prev
	s.take(call)
	if s.recount(r) || s.tours[r].size == 0 {
		s.settleCut(r)
		return
	}
	s.settleCut(r)
	s.touchTour(r)
	own := m.stock.tools[m.orders+r]
	left := slices.Clone(m.stock.row(m.orders + r))
	behind, least := was, int64(math.MaxInt64)
	for n := m.start(r); n != m.end(r); n = s.links[n].next {
		if n < m.orders {
			short := m.stock.tools[n]&^own != 0
			for d, k := range m.stock.row(n) {
				left[d] -= k
				short = short || left[d] < 0
			}
			if short {
				break
			}
		}
		if cost, ok := s.follow(r, nobody, nobody, n); ok && cost < least {
			behind, least = n, cost
		}
	}
	s.put(call, behind)
}

// freeCall is a call at the supply that no tour has. There is one for every crew, and no
// tour has two.
func (s *searcher) freeCall() int32 {
	for i := s.m.calls(); ; i++ {
		if s.zone[i] == s.id && s.links[i].tour == nobody {
			return i
		}
	}
}
