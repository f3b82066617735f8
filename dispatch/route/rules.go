package route

import (
	"math"
	"slices"
)

// rules are what a problem may say that the quick ways of finding a place know nothing
// of. A model without any has none, and pays nothing for them.
type rules struct {
	count    []int32     // node of an order → orders that it is; nil: one each
	position []int32     // node → place at the beginning of its tour, 0 for none; nil: nobody has one
	before   [][]int32   // node → orders that must be finished before
	after    [][]int32   // node → orders that wait for it
	promises [][]Promise // node → by when it should be finished
	first    []bool      // node → goes before work under way
	told     [][]int32   // node → who was told of it
	district [][]int32   // node → districts it lies in
	serves   []uint64    // crew × districts bits
	dwords   int
	person   []int32 // crew → whom it is a shift of
	work     []int32 // crew → most ticks of service and travel
	busy     []bool  // crew → on an urgent order
	anyBusy  bool
	personal bool // crews that look alike are not
}

// anyPlace stands for the position of whatever has none.
const anyPlace = math.MaxInt32

// compileRules makes m.rules if the problem says anything that needs them.
func (m *model) compileRules() {
	p := m.p
	n := int(m.orders)
	k := &rules{person: make([]int32, len(p.Crews)), work: make([]int32, len(p.Crews)), busy: make([]bool, len(p.Crews))}
	used := len(p.Periods) > 0 || p.Ways != nil // there and back may differ: no quick way knows that
	persons := map[string]int32{}
	soft := false
	for r := range p.Crews {
		c := &p.Crews[r]
		no, ok := persons[c.Name()]
		if !ok {
			no = int32(len(persons))
			persons[c.Name()] = no
		}
		k.person[r], k.work[r], k.busy[r] = no, never, c.BusyUrgent
		if c.Reserved > 0 {
			k.work[r] = int32(max(0, c.Shift.To-c.Shift.From-c.Reserved))
			used = true
		}
		soft = soft || c.Elsewhere > 0
		k.anyBusy = k.anyBusy || c.BusyUrgent
		used = used || len(c.Breaks) > 0 || c.BusyUrgent
	}
	node := m.nodesByID()
	k.promises, k.told, k.first = make([][]Promise, n), make([][]int32, n), make([]bool, n)
	k.before, k.after = make([][]int32, n), make([][]int32, n)
	for i, o := range m.order {
		ord := &p.Orders[o]
		if len(ord.visit) > 0 {
			if k.count == nil {
				k.count = slices.Repeat([]int32{1}, n)
			}
			k.count[i], used = int32(len(ord.visit)), true
		}
		if ord.Position > 0 {
			if k.position == nil {
				k.position = make([]int32, n)
			}
			k.position[i], used = int32(ord.Position), true
		}
		k.promises[i], k.first[i] = ord.Promises, ord.First
		used = used || len(ord.Promises) > 0
		for _, member := range ord.members() {
			if member.Published != "" && m.options.Disturbance > 0 {
				who, ok := persons[member.Published]
				if !ok {
					who = nobody
				}
				k.told[i], k.personal, used = append(k.told[i], who), true, true
			}
		}
		for _, id := range ord.After {
			if j := node[id]; j != int32(i) && !slices.Contains(k.before[i], j) {
				k.before[i], k.after[j], used = append(k.before[i], j), append(k.after[j], int32(i)), true
			}
		}
	}
	if soft {
		k.compileDistricts(m)
	}
	if used || soft {
		m.rules, m.timed = k, true
	}
}

// nodesByID finds orders by what others say that they wait for; nil if none waits.
func (m *model) nodesByID() map[string]int32 {
	p := m.p
	waits := false
	for i := range p.Orders {
		waits = waits || len(p.Orders[i].After) > 0
	}
	if !waits {
		return nil
	}
	node := make(map[string]int32, len(p.Orders))
	for i, o := range m.order {
		for _, member := range p.Orders[o].members() {
			node[member.ID] = int32(i)
		}
	}
	return node
}

func (k *rules) compileDistricts(m *model) {
	number := map[string]int32{}
	k.district = make([][]int32, m.orders)
	for i, o := range m.order {
		for _, member := range m.p.Orders[o].members() {
			if member.District == "" {
				continue
			}
			d, ok := number[member.District]
			if !ok {
				d = int32(len(number))
				number[member.District] = d
			}
			k.district[i] = append(k.district[i], d)
		}
	}
	k.dwords = (len(number) + 63) / 64
	k.serves = make([]uint64, len(m.crews)*k.dwords)
	for r := range m.p.Crews {
		c := &m.p.Crews[r]
		for name, d := range number {
			if len(c.Districts) == 0 || slices.Contains(c.Districts, name) {
				k.serves[r*k.dwords+int(d>>6)] |= 1 << (d & 63)
			}
		}
	}
}

// orderCount is how many orders a node is.
func (m *model) orderCount(i int32) int32 {
	if m.rules == nil || m.rules.count == nil {
		return 1
	}
	return m.rules.count[i]
}

// fixed tells whether an order has a position of its own: it is never taken out.
func (m *model) fixed(i int32) bool {
	return m.rules != nil && m.rules.position != nil && i < m.orders && m.rules.position[i] > 0
}

// disturbs is what it costs that crew r, and not who was told of it, has order i.
func (m *model) disturbs(i, r int32) (sum int64) {
	for _, who := range m.rules.told[i] {
		if who != m.rules.person[r] {
			sum += m.options.Disturbance
		}
	}
	return sum
}

// elsewhere is what it costs that crew r goes to order i outside of its districts.
func (m *model) elsewhere(i, r int32) (sum int64) {
	k := m.rules
	if k.district == nil {
		return 0
	}
	for _, d := range k.district[i] {
		if k.serves[int(r)*k.dwords+int(d>>6)]&(1<<(d&63)) == 0 {
			sum += m.p.Crews[r].Elsewhere
		}
	}
	return sum
}

// tardy is what it costs that crew r finishes order i at t.
func (m *model) tardy(i, r, t int32) (sum int64) {
	k := m.rules
	end := int64(t)
	if len(k.promises[i]) > 0 && !k.first[i] {
		end += m.p.Crews[r].Reserved
	}
	for _, p := range k.promises[i] {
		if late := end - p.By; late > 0 {
			sum += late * p.Price / 100
		}
	}
	return sum
}

// priceRules is what a tour costs for the rules' sake.
func (s *state) priceRules(r int32) (sum int64) {
	m := s.m
	for i := s.links[m.start(r)].next; i != m.end(r); i = s.links[i].next {
		if i < m.orders {
			sum += m.disturbs(i, r) + m.elsewhere(i, r) + m.tardy(i, r, s.links[i].depart)
		}
	}
	return sum
}

// position of a node among those that come first in a tour.
func (m *model) position(i int32) int32 {
	switch {
	case i < m.orders:
		if p := m.rules.position[i]; p > 0 {
			return p
		}
	case i < m.calls() && (i-m.orders)&1 == 0:
		return 0 // a start
	}
	return anyPlace
}

// seated tells whether order i may stand behind p for its position's sake.
func (s *state) seated(i, p int32) bool {
	m := s.m
	if m.rules.position == nil {
		return true
	}
	n := s.links[p].next
	for n >= m.calls() {
		n = s.links[n].next
	}
	for p >= m.calls() {
		p = s.links[p].prev
	}
	own, next := m.position(i), m.position(n)
	if own == anyPlace {
		return next == anyPlace
	}
	return m.position(p) < own && own < next
}

// ready tells whether all that must be finished before an order is planned.
func (s *state) ready(i int32) bool {
	for _, j := range s.m.rules.before[i] {
		if s.links[j].tour == nobody {
			return false
		}
	}
	return true
}

// awaited tells whether an order that waits for this one is planned.
func (s *state) awaited(i int32) bool {
	for _, j := range s.m.rules.after[i] {
		if s.links[j].tour != nobody {
			return true
		}
	}
	return false
}

// ordersOf counts the orders of a tour.
func (s *state) ordersOf(r int32) int32 {
	m := s.m
	if m.rules == nil || m.rules.count == nil {
		return s.tours[r].size
	}
	sum := int32(0)
	for i := s.links[m.start(r)].next; i != m.end(r); i = s.links[i].next {
		if i < m.orders {
			sum += m.rules.count[i]
		}
	}
	return sum
}

// room tells whether a tour has capacity for an order, in units and in count.
func (s *state) room(i, r int32) bool {
	t, c := &s.tours[r], &s.m.crews[r]
	if t.load+s.m.sites[i].demand > c.capacity || t.size >= c.most {
		return false
	}
	return s.m.rules == nil || s.m.rules.count == nil || c.most == never || s.ordersOf(r)+s.m.rules.count[i] <= c.most
}

// lawful tells whether a tour that was put together anew keeps what walking it does not see.
func (s *state) lawful(r int32) bool {
	m := s.m
	t := &s.tours[r]
	if t.size > 0 && t.service+t.travel > int64(m.rules.work[r]) {
		return false
	}
	return m.rules.count == nil || m.crews[r].most == never || s.ordersOf(r) <= m.crews[r].most
}

// tryRuled is try where there are rules.
func (s *searcher) tryRuled(i, p int32, best *place) {
	m := s.m
	lp := &s.links[p]
	n, r := lp.next, lp.tour
	if !s.seated(i, p) || !s.loose && !s.ready(i) || !s.room(i, r) {
		return
	}
	if m.supplied && !s.has(i, p, r) {
		s.trySupply(i, p, best)
		return
	}
	t, c := &s.tours[r], &m.crews[r]
	to, on := m.ticks(p, i), m.ticks(i, n)
	extra, had := int64(to+on), int64(0)
	if t.size > 0 || c.out {
		extra -= int64(lp.ahead)
		had = t.service + t.travel
	}
	if !m.options.Duration && extra >= best.cost {
		return
	}
	service := m.sites[i].service
	work := had + extra + int64(service)
	if work > int64(m.rules.work[r]) {
		return
	}
	begin := m.begins(r, i, lp.depart, to)
	if begin == never {
		return
	}
	at := m.there(r, begin+service, on)
	if at > s.links[n].late {
		return
	}
	if m.balance > 0 {
		extra += m.worth(r, work) - m.worth(r, had)
	}
	if m.measured {
		var long int32
		if m.paced {
			long = s.longPaced(i, p, r)
		} else {
			long = s.longWith(i, p, begin, to, on)
		}
		if long > c.maxTicks {
			return
		}
		if m.options.Duration {
			extra += int64(long-t.length) - int64(to+on)
			if t.size > 0 || c.out {
				extra += int64(lp.ahead)
			}
		}
	}
	if t.size == 0 {
		extra += c.fixed
	}
	extra += m.disturbs(i, r) + m.elsewhere(i, r) + m.tardy(i, r, begin+service)
	// Whoever comes later is served later, until somebody had to wait anyway.
	for depart, ahead := begin+service, on; n != m.end(r) && extra < best.cost; n = s.links[n].next {
		l := &s.links[n]
		depart = m.begins(r, n, depart, ahead) + m.sites[n].service
		if depart <= l.depart {
			break
		}
		if n < m.orders {
			extra += m.tardy(n, r, depart) - m.tardy(n, r, l.depart)
		}
		ahead = l.ahead
	}
	if extra < best.cost && !s.blinks() {
		*best = place{p, extra, nobody}
	}
}

// longPaced is longWith for a crew whose time does not pass evenly.
func (s *state) longPaced(i, p, r int32) int32 {
	m := s.m
	n, from, to := s.links[p].next, m.start(r), m.end(r)
	begin := m.begins(r, i, s.links[p].depart, m.ticks(p, i))
	t := begin + m.sites[i].service
	for at, ahead := n, m.ticks(i, n); ; at = s.links[at].next {
		t = m.begins(r, at, t, ahead)
		if t == never {
			return never
		}
		if at == to {
			break
		}
		t += m.sites[at].service
		ahead = s.links[at].ahead
	}
	end := t
	for at := to; at != n; at = s.links[at].prev {
		q := s.links[at].prev
		t = m.begun(r, q, t, s.links[q].ahead)
	}
	t = m.begun(r, i, t, m.ticks(i, n))
	t = m.begun(r, p, t, m.ticks(p, i))
	for at := p; at != from; at = s.links[at].prev {
		q := s.links[at].prev
		t = m.begun(r, q, t, s.links[q].ahead)
	}
	return end - t
}

// outline is a tour walked from its start.
type outline struct {
	end, length   int32
	ways, service int64
	price         int64 // all it costs
	ok            bool  // no window is missed, nor the shift's end, nor is it too long
}

// walkRuled walks a tour given as its nodes, from the start to the end, both left out.
func (m *model) walkRuled(r int32, nodes []int32) (w outline) {
	c := &m.crews[r]
	at := m.start(r)
	t := m.sites[at].open
	var rules int64
	for k := 0; k <= len(nodes); k++ {
		n := m.end(r)
		if k < len(nodes) {
			n = nodes[k]
		}
		d := m.ticks(at, n)
		w.ways += int64(d)
		if t = m.begins(r, n, t, d); t == never {
			return w
		}
		t += m.sites[n].service
		w.service += int64(m.sites[n].service)
		if n < m.orders && m.rules != nil {
			rules += m.disturbs(n, r) + m.elsewhere(n, r) + m.tardy(n, r, t)
		}
		at = n
	}
	w.end = t
	if m.measured || m.options.Explain {
		for k := len(nodes); k >= 0; k-- {
			n, p := m.end(r), m.start(r)
			if k < len(nodes) {
				n = nodes[k]
			}
			if k > 0 {
				p = nodes[k-1]
			}
			t = m.begun(r, p, t, m.ticks(p, n))
		}
		w.length = w.end - t
	}
	w.ok = w.length <= c.maxTicks && (m.rules == nil || w.service+w.ways <= int64(m.rules.work[r]))
	w.price = w.ways + c.fixed + rules
	if m.options.Duration {
		w.price = int64(w.length) + c.fixed + rules
	}
	if m.balance > 0 {
		w.price += m.worth(r, w.service+w.ways)
	}
	return w
}

// followRuled is follow where there are rules.
func (s *searcher) followRuled(r, i, p, q int32) (int64, bool) {
	m := s.m
	s.nodes = s.nodes[:0]
	for n := m.start(r); n != m.end(r); n = s.links[n].next {
		if n != m.start(r) {
			s.nodes = append(s.nodes, n)
		}
		if n == q {
			s.nodes = append(s.nodes, m.calls())
		}
		if n == p && i != nobody {
			s.nodes = append(s.nodes, i)
		}
	}
	w := m.walkRuled(r, s.nodes)
	return w.price, w.ok
}

// reachesRuled is reaches where there are rules.
func (m *model) reachesRuled(i, r int32) bool {
	alone := []int32{i}
	if m.supplied && !m.brings(i, r) {
		alone = []int32{m.calls(), i}
	}
	if m.walkRuled(r, alone).ok {
		return true
	}
	if m.accord == nil || len(m.accord.rests[r]) == 0 {
		return false
	}
	have := m.accord.rests[r] // another moment for the break may do
	m.rest(r, m.bestRests(r, alone, nil))
	ok := m.walkRuled(r, alone).ok
	m.rest(r, have)
	return ok
}

// loosed tells whether a tail may be cut off before this node.
func (s *state) loosed(i int32) bool {
	if i == nobody || s.m.rules.position == nil {
		return true
	}
	for i >= s.m.calls() {
		i = s.links[i].next
	}
	return !s.m.fixed(i)
}

// walkPaced is walk for a crew whose time does not pass evenly.
func (s *searcher) walkPaced(p, end, r int32) bool {
	m := s.m
	t := s.links[p].depart
	for n := p; n != end; {
		l := &s.links[n]
		n = l.next
		if t = m.begins(r, n, t, l.ahead); t == never {
			return false
		}
		t += m.sites[n].service
	}
	s.settleAll(r)
	return s.tours[r].length <= m.crews[r].maxTicks
}

// recreateWaiting gives orders that found no place a second chance: what they wait for may
// have been planned after they were asked.
func (s *searcher) recreateWaiting() {
	left := s.removed[:0]
	for _, i := range s.removed {
		if len(s.m.rules.before[i]) > 0 && s.ready(i) {
			if best := s.find(i); best.behind != nobody && float64(best.cost) < s.mild*float64(s.m.penalty[i]) {
				s.seat(i, best)
				continue
			}
		}
		left = append(left, i)
	}
	s.removed = left
}

// late tells whether a tour that the step has changed does not come through in time any
// more. What is only taken out can do that too: where ways come from a table or are rounded, the
// straight one may be longer than the one by somebody's door.
func (s *searcher) late() bool {
	if !s.m.timed {
		return false
	}
	for k := range s.tourLog {
		to := s.m.end(s.tourLog[k].no)
		if d := s.links[to].depart; d > s.m.sites[to].close || d >= maxTick {
			return true
		}
	}
	return false
}

// strands tells whether the step has left out an order for which a planned one waits, or
// has made a tour too long by making it shorter: who comes through before the slow hours
// may have to leave much earlier.
func (s *searcher) strands() bool {
	if s.m.paced && s.m.measured {
		for k := range s.tourLog {
			if r := s.tourLog[k].no; s.tours[r].length > s.m.crews[r].maxTicks {
				return true
			}
		}
	}
	if s.m.accord == nil || len(s.m.accord.waits) == 0 {
		return false
	}
	for _, i := range s.removed {
		if s.awaited(i) {
			return true
		}
	}
	return false
}

// addTold adds those who were told of an order to the crews it is tried with.
func (m *model) addTold(i int32, able []int32) {
	if m.rules == nil {
		return
	}
	for _, who := range m.rules.told[i] {
		for _, r := range able {
			if m.rules.person[r] == who && !slices.ContainsFunc(m.reach[i], func(d door) bool { return d.crew == r }) {
				m.reach[i] = append(m.reach[i], m.door(i, r))
			}
		}
	}
}
