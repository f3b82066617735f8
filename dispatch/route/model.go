package route

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
	"slices"
)

// model is a problem compiled for speed. Its nodes are the orders along a
// space-filling curve, so that neighbours share cache lines, then a start and an end
// for every crew, then a supply call for every crew if there is a supply.
type model struct {
	travel
	p       *Problem
	orders  int32   // nodes below are orders
	order   []int32 // node → index in Problem.Orders
	sites   []site
	crews   []crew
	windows [][]Window // sites[i].many → its windows in sequence
	penalty []int64
	mildest int64   // the least of them
	rank    []int64 // distance of an order from the nearest crew's start

	words   int      // of one class in able
	able    []uint64 // class × crew bits; nil when everybody may do everything
	choice  []int32  // class → how many crews may do it
	reach   [][]door // order → crews it is tried first or last with, if crews differ
	kinds   int
	options Options
	stopped func() bool // tells whether somebody stopped the search from outside

	near               []int32 // orders × nearMany: the nearest, nearest first
	cand               []nearby
	nearMany, candMany int

	timed    bool // windows, shifts or service bind
	measured bool // durations are bounded or cost something
	supplied bool // tools and parts bind
	paced    bool // there are breaks or times of slow traffic
	rules    *rules
	accord   *accord
	paces    []pace // crew → how its time passes, when paced
	periods  []Period
	shiftEnd int32 // of the last crew
	balance  int64
	stock    stock
	refines  bool    // what it begins with, from a coarse plan
	hottest  float64 // temperature at the beginning, in average ways between neighbours
}

// site is what never changes about a node.
type site struct {
	open, close, service int32
	demand               int32
	class                int32
	many                 int32 // index in windows, -1 for one window
}

type crew struct {
	capacity, most int32
	maxTicks       int32
	kind           int32
	fixed          int64
	load, busy     int64
	out            bool
}

// door is a crew at whose start and end an order is tried, and the ways from and to there.
type door struct{ crew, from, to int32 }

// nearby is an order beside which another one may well stand.
type nearby struct{ node, ticks int32 }

const (
	never    = math.MaxInt32
	maxTick  = 1 << 29 // bound on every instant and length; sums of three stay in int32
	nobody   = int32(-1)
	maxKinds = 12 // fleets of more kinds are asked crew by crew
)

func (m *model) start(r int32) int32 { return m.orders + 2*r }
func (m *model) end(r int32) int32   { return m.orders + 2*r + 1 }

// calls is the first of the nodes that are calls at the supply; any tour may have any
// of them.
func (m *model) calls() int32 { return m.orders + 2*int32(len(m.p.Crews)) }

// readAtOnce is how many orders × crews are made a model of without asking whether it is
// still wanted: a fraction of a second.
const readAtOnce = 2_000_000

// unwanted tells whether a large problem need not be read any further.
func (m *model) unwanted(ctx context.Context) bool {
	return len(m.p.Orders)*len(m.p.Crews) > readAtOnce && ctx.Err() != nil
}

// compile makes the model. When the context ends, neighbours not found yet are missing; a
// large problem that is not read to the end has no model at all then (nil), unless there is a
// plan to start from.
func compile(ctx context.Context, p *Problem, o Options) *model {
	m := &model{p: p, orders: int32(len(p.Orders)), balance: o.Balance, options: o, hottest: hottest, stopped: func() bool { return ctx.Err() != nil }}
	if m.unwanted(ctx) {
		return nil
	}
	m.order = curve(p)
	places := make([]Point, 0, len(p.Orders)+2*len(p.Crews))
	for _, i := range m.order {
		places = append(places, p.Orders[i].At)
	}
	for i := range p.Crews {
		places = append(places, p.Crews[i].Start, p.Crews[i].End)
	}
	if p.Supply != nil {
		for range p.Crews {
			places = append(places, *p.Supply)
		}
	}
	m.travel = newTravel(p.Metric, places, p.Ways)
	m.sites = make([]site, len(places))
	m.compileCrews()
	if !m.compileOrders(ctx) || !m.compileClasses(ctx) {
		return nil
	}
	m.compileStock()
	m.compileRules()
	m.compileAccord()
	m.findNeighbours(ctx)
	if o.Start == nil && m.unwanted(ctx) { // there is no plan yet to go on with
		return nil
	}
	return m
}

func (m *model) compileCrews() {
	kinds := map[string]int32{}
	m.measured = m.options.Duration
	for r := range m.p.Crews {
		c := &m.p.Crews[r]
		k := crew{
			capacity: int32(min(c.Capacity, never) - c.Carried), most: int32(c.MaxOrders - c.Held), maxTicks: int32(c.MaxTicks),
			fixed: c.Fixed, load: c.Load, busy: c.Busy, out: c.Out,
		}
		if k.out {
			k.fixed = 0
		}
		if c.MaxOrders == 0 {
			k.most = never
		}
		if k.busy == 0 {
			k.busy = max(1, c.Shift.To-c.Shift.From)
		}
		if k.maxTicks == 0 || int64(k.maxTicks) >= c.Shift.To-c.Shift.From {
			k.maxTicks = never
		} else {
			m.measured = true
		}
		m.shiftEnd = max(m.shiftEnd, int32(c.Shift.To))
		same := *c
		same.ID, same.Of = "", ""
		key := fmt.Sprint(same)
		kind, ok := kinds[key]
		if !ok {
			kind = int32(len(kinds))
			kinds[key] = kind
		}
		k.kind = kind
		m.crews = append(m.crews, k)
		from := site{open: int32(c.Shift.From), close: int32(c.Shift.To), many: -1}
		m.sites[m.start(int32(r))], m.sites[m.end(int32(r))] = from, from
		if m.p.Supply != nil {
			m.sites[m.calls()+int32(r)] = site{close: maxTick, many: -1}
		}
	}
	m.kinds = len(kinds)
}

// compileOrders reads the orders, false if that is not wanted any more.
func (m *model) compileOrders(ctx context.Context) bool {
	n := int(m.orders)
	m.penalty, m.rank = make([]int64, n), make([]int64, n)
	var worst, fixed int64 // the farthest order from a start; the dearest crew
	for i, o := range m.order {
		if i%64 == 0 && m.unwanted(ctx) {
			return false
		}
		ord := &m.p.Orders[o]
		s := site{close: maxTick, service: int32(ord.Service), demand: int32(ord.Demand), many: -1}
		m.timed = m.timed || s.service > 0 || len(ord.Windows) > 0
		switch len(ord.Windows) {
		case 0:
		case 1:
			s.open, s.close = int32(ord.Windows[0].From), int32(ord.Windows[0].To)
		default:
			w := slices.SortedFunc(slices.Values(ord.Windows), func(a, b Window) int { return cmp.Compare(a.From, b.From) })
			s.open, s.many = int32(w[0].From), int32(len(m.windows))
			s.close = 0
			for _, v := range w {
				s.close = max(s.close, int32(v.To))
			}
			m.windows = append(m.windows, w)
		}
		m.sites[i] = s
		m.rank[i] = math.MaxInt64
		for r := range m.crews {
			if r > 0 && m.crews[r].kind == m.crews[r-1].kind {
				continue
			}
			there := m.ticks(m.start(int32(r)), int32(i))
			m.rank[i] = min(m.rank[i], int64(there))
			if r < 64 {
				worst = max(worst, int64(there))
			}
		}
	}
	longest := int64(0)
	m.timed = m.timed || m.measured
	for r := range m.crews {
		c := &m.p.Crews[r]
		fixed = max(fixed, c.Fixed)
		longest = max(longest, c.Shift.To-c.Shift.From)
		m.timed = m.timed || longest < maxTick/2
	}
	for i, o := range m.order {
		m.penalty[i] = m.p.Orders[o].Penalty
		if m.penalty[i] == 0 {
			m.penalty[i] = 10*worst + 2*fixed + 1000
		}
		// With balance, a tick of work costs so much more at the end of a full day; who is left
		// over is to be no matter of that.
		m.penalty[i] += (m.penalty[i] + int64(m.sites[i].service)) * m.balance / 100
	}
	if n > 0 {
		m.mildest = slices.Min(m.penalty)
	}
	return true
}

// compileClasses gathers orders that the same crews may do: one row of bits each. False if
// that is not wanted any more.
func (m *model) compileClasses(ctx context.Context) bool {
	byDemand, byRow := map[string]int32{}, map[string]int32{}
	m.words = (len(m.crews) + 63) / 64
	everybody := true
	words, demand, row := make([]uint64, m.words), []byte(nil), []byte(nil)
	for i, o := range m.order {
		if i%64 == 0 && m.unwanted(ctx) {
			return false
		}
		ord := &m.p.Orders[o]
		demand = ord.appendDemand(demand[:0])
		class, ok := byDemand[string(demand)]
		if !ok {
			everybody = m.ableFor(ord, words) && everybody
			row = row[:0]
			for _, w := range words {
				row = binary.LittleEndian.AppendUint64(row, w)
			}
			if class, ok = byRow[string(row)]; !ok {
				class = int32(len(byRow))
				byRow[string(row)] = class
				m.able = append(m.able, words...)
				many := int32(0)
				for _, w := range words {
					many += int32(bits.OnesCount64(w))
				}
				m.choice = append(m.choice, many)
			}
			byDemand[string(demand)] = class
		}
		m.sites[i].class = class
	}
	if everybody {
		m.able = nil
	}
	return true
}

// appendDemand appends all of an order that decides which crews may do it. Every word has its
// length before it, so that two demands that differ never read alike.
func (o *Order) appendDemand(key []byte) []byte {
	word := func(s string) {
		key = append(binary.AppendUvarint(key, uint64(len(s))), s...)
	}
	for _, k := range o.members() {
		key = binary.AppendUvarint(key, uint64(len(k.Skills)))
		for _, s := range k.Skills {
			word(s.Name)
			key = binary.AppendVarint(key, int64(s.Level))
		}
		word(k.District)
		word(k.Crew)
		word(k.Day)
		key = binary.AppendUvarint(key, uint64(len(k.Not)))
		for _, id := range k.Not {
			word(id)
		}
	}
	return key
}

// ableFor sets the bits of the crews that may do an order, and tells whether all may.
func (m *model) ableFor(o *Order, words []uint64) bool {
	clear(words)
	all := true
	for r := range m.p.Crews {
		if barred(o, &m.p.Crews[r]) == "" && !busyFor(o, &m.p.Crews[r]) {
			words[r>>6] |= 1 << (r & 63)
		} else {
			all = false
		}
	}
	return all
}

// barred is the fixed rule that keeps a crew from an order, "" if none does.
func barred(o *Order, c *Crew) Rule {
	for _, k := range o.visit {
		if why := barred(k, c); why != "" {
			return why
		}
	}
	if o.Crew != "" && o.Crew != c.ID && o.Crew != c.Of || o.Day != "" && o.Day != c.Day {
		return RulePinned
	}
	if slices.Contains(o.Not, c.Name()) {
		return RuleExcluded
	}
	if _, short := lacks(o, c); short {
		return RuleSkill
	}
	if o.District != "" && len(c.Districts) > 0 && c.Elsewhere == 0 && !slices.Contains(c.Districts, o.District) {
		return RuleDistrict
	}
	return ""
}

// lacks names a skill that an order needs and a crew has not, or not well enough.
func lacks(o *Order, c *Crew) (string, bool) {
	for _, k := range o.visit {
		if name, short := lacks(k, c); short {
			return name, true
		}
	}
	for _, s := range o.Skills {
		if !slices.ContainsFunc(c.Skills, func(h Skill) bool { return h.Name == s.Name && h.Level >= s.Level }) {
			return s.Name, true
		}
	}
	return "", false
}

// busyFor tells whether a crew is on an urgent order and this one is not for it alone.
func busyFor(o *Order, c *Crew) bool {
	return c.BusyUrgent && !slices.ContainsFunc(o.members(), func(k *Order) bool { return k.Crew != "" })
}

// ableRow is the bits of the crews that may do an order, nil where everybody may do everything.
func (m *model) ableRow(node int32) []uint64 {
	if m.able == nil {
		return nil
	}
	return m.able[int(m.sites[node].class)*m.words:][:m.words]
}

func (m *model) may(node, r int32) bool {
	return m.able == nil || m.able[int(m.sites[node].class)*m.words+int(r>>6)]&(1<<(r&63)) != 0
}

// opens is the first moment not before t at which the service at a node may begin,
// never if there is none.
func (m *model) opens(node, t int32) int32 {
	s := &m.sites[node]
	if s.many < 0 {
		if t > s.close {
			return never
		}
		return max(t, s.open)
	}
	for _, w := range m.windows[s.many] {
		if t <= int32(w.To) {
			return max(t, int32(w.From))
		}
	}
	return never
}

// closes is the last moment not after t at which the service at a node may begin, -1
// if there is none.
func (m *model) closes(node, t int32) int32 {
	s := &m.sites[node]
	if s.many < 0 {
		if t < s.open {
			return -1
		}
		return min(t, s.close)
	}
	last := int32(-1)
	for _, w := range m.windows[s.many] {
		if t >= int32(w.From) {
			last = max(last, min(t, int32(w.To)))
		}
	}
	return last
}

// worth is what a crew's day of so many ticks of work costs: convex, and monotone, so
// that nobody gains by driving a detour to look busy.
func (m *model) worth(r int32, ticks int64) int64 {
	c := &m.crews[r]
	b := c.load + ticks
	return b * b / 200 * m.balance / c.busy
}
