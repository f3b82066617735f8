package route

import (
	"context"
	"math"
	"sync"
	"time"
)

const (
	ruinOrders   = 10   // orders taken out in a step, on average
	crossTries   = 4    // exchanges of tails tried with every ruin
	swapTries    = 25   // exchanges of stretches tried with every ruin
	hottest      = 5.0  // temperature at the beginning, in average ways between neighbours
	coldest      = 0.02 // at the end
	mildFrom     = 1.0  // what leaving an order out costs at the beginning, in the same
	mildUntil    = 0.6  // share of the search after which it costs its whole penalty
	windowOrders = 1000 // orders around which a searcher works for a while
	windowSteps  = 128  // steps until it turns to others, a multiple of askEvery
	roundLeast   = 4000 // steps between two looks at the best plan
	askEvery     = 32   // steps between two looks at the clock
	absentAtOnce = 12   // orders in no tour that are tried in one step
	absentOdds   = 8    // one in so many steps begins at one of them
)

// clock is how far the search has come: by steps, by time, or both.
type clock struct {
	ctx    context.Context
	now    func() time.Duration
	from   time.Duration
	budget time.Duration
	steps  int64 // bound, 0 none
	done   int64
}

func newClock(ctx context.Context, o Options) *clock {
	c := &clock{ctx: ctx, now: o.Clock, budget: o.Budget, steps: o.Iterations}
	if c.now == nil {
		begun := time.Now()
		c.now = func() time.Duration { return time.Since(begun) }
	}
	c.from = c.now()
	if end, ok := ctx.Deadline(); ok && o.Iterations == 0 {
		if left := time.Until(end); c.budget == 0 || left < c.budget {
			c.budget = max(left, 1)
		}
	}
	return c
}

func (c *clock) used() time.Duration { return c.now() - c.from }

// progress is the share of the search that is done, 1 or more at its end. Steps are
// those of all finished rounds and of the running one.
func (c *clock) progress(steps int64) float64 {
	if c.ctx.Err() != nil {
		return 1
	}
	p := 0.0
	if c.steps > 0 {
		p = float64(steps) / float64(c.steps)
	}
	if c.budget > 0 {
		p = max(p, float64(c.used())/float64(c.budget))
	}
	return p
}

// part is a clock of its own for a share of what is left of the search.
func (c *clock) part(share float64) *clock {
	p := &clock{ctx: c.ctx, now: c.now, from: c.now()}
	if c.steps > 0 {
		p.steps = max(1, int64(share*float64(c.steps-c.done)))
	}
	if c.budget > 0 {
		p.budget = max(1, time.Duration(share*float64(c.budget-c.used())))
	}
	return p
}

// search improves the state until the clock says so and returns the best plan as
// next of each node, and how many steps it took.
func (m *model) search(s *state, c *clock) ([]int32, int64) {
	threads := max(1, m.options.Threads)
	warm := m.typicalWay(s)
	searchers := make([]*searcher, threads)
	for k := range searchers {
		searchers[k] = &searcher{state: s, m: m, id: uint8(k), random: newRandom(m.options.Seed + uint64(k)*0x51ed270b), empty: make([][]int32, m.kinds), ruinSize: ruinOrders}
	}
	if m.orders > 0 && m.wantsFewer(s, warm) {
		m.fewer(s, c, searchers[0], warm)
	}
	best := make([]int32, len(s.links))
	s.keep()
	copy(best, s.best)
	least := s.cost()
	if m.orders == 0 {
		return best, 0
	}
	round, base := 0, int32(0)
	m.keepAccord()
	for c.progress(c.done) < 1 {
		m.agree(s, round)
		m.divide(s, searchers, round)
		s.keep()
		before := s.cost()
		each := max(roundLeast, int64(m.orders)) / int64(threads)
		if c.steps > 0 {
			each = min(each, max(1, (c.steps-c.done+int64(threads)-1)/int64(threads)))
		}
		var all sync.WaitGroup
		for _, w := range searchers {
			w.step, w.turns = base, 0
			if w.id == 0 {
				continue
			}
			all.Go(func() { w.round(c, warm, each) })
		}
		searchers[0].round(c, warm, each)
		all.Wait()
		low := before
		for _, w := range searchers {
			low += w.low
			c.done += w.turns
			base = max(base, w.step)
		}
		if low < least {
			least = low
			copy(best, s.best)
			m.keepAccord()
		}
		round++
	}
	m.recallAccord()
	return best, c.done
}

// round anneals a zone for so many steps.
func (s *searcher) round(c *clock, warm float64, steps int64) {
	if len(s.members) == 0 {
		return
	}
	heat, from := 0.0, s.m.hottest
	for k := range steps {
		if k%askEvery == 0 {
			p := c.progress(c.done + k*int64(max(1, s.m.options.Threads)))
			if p >= 1 {
				return
			}
			if k%windowSteps == 0 {
				s.turn()
			}
			s.mild = s.m.mildness(warm, p)
			heat = warm * from * math.Pow(coldest/from, p)
		}
		s.turns++
		s.anneal(heat)
		for range crossTries {
			s.cross(heat)
		}
		for range swapTries {
			s.swap(heat)
		}
	}
}

// anneal ruins and recreates once and keeps the outcome if it is cheaper, or not much
// dearer.
func (s *searcher) anneal(heat float64) {
	s.begin()
	seed := s.seed()
	s.ruin(seed)
	limit := heat * s.random.wait()
	before := s.delta()
	var left int64 // penalties
	felt := 0.0    // of them
	for _, i := range s.callAbsent(seed) {
		left -= s.m.penalty[i]
		felt -= s.out(i)
	}
	calls := len(s.removed) > 0 && len(s.absent) > 0
	if !s.recreate(float64(before)+felt, limit) {
		s.undo()
		return
	}
	for _, i := range s.removed {
		left += s.m.penalty[i]
		felt += s.out(i)
	}
	d := s.delta()
	felt += float64(d)
	d += left
	if felt > 0 && felt >= limit || s.late() || s.strands() {
		s.undo()
		return
	}
	s.accept()
	if calls || len(s.removed) > 0 {
		s.listAbsent()
	}
	s.cost += d
	if s.cost < s.low {
		s.record()
	}
}

// seed is the order around which a step works: any of the zone, now and then one that
// has no place yet.
func (s *searcher) seed() int32 {
	if len(s.absent) > 0 && s.random.below(absentOdds) == 0 {
		return s.absent[s.random.below(len(s.absent))]
	}
	return s.member()
}

// turn moves the window to some other place. Steps close together in time are close together
// on the ground too, so that what they look at is in the processor's cache still; the window
// has been everywhere before the temperature has changed.
func (s *searcher) turn() { s.window = s.random.below(len(s.members)) }

// member is any order of the window.
func (s *searcher) member() int32 {
	n := len(s.members)
	if n <= windowOrders {
		return s.members[s.random.below(n)]
	}
	k := s.window + s.random.below(windowOrders)
	if k >= n {
		k -= n
	}
	return s.members[k]
}

// around is where to ruin for an order: at itself or, if it has no place, in a tour that
// might take it. That may be far away: few crews can do what is hard to place.
func (s *searcher) around(seed int32) int32 {
	m := s.m
	if s.links[seed].tour != nobody || m.reach == nil || len(m.reach[seed]) == 0 {
		return seed
	}
	r := m.reach[seed][s.random.below(len(m.reach[seed]))].crew
	if s.owner[r] != s.id || s.tours[r].size == 0 {
		return seed
	}
	i := m.start(r)
	for range 1 + s.random.below(int(s.tours[r].size)) {
		if n := s.links[i].next; n < m.orders {
			i = n
		}
	}
	if i >= m.orders {
		return seed
	}
	return i
}

// callAbsent adds orders that have no place, and would find one now, to those the step
// will place, and returns them. All but the seed are asked only if a tour that may have
// them has changed.
func (s *searcher) callAbsent(seed int32) []int32 {
	from := len(s.removed)
	m := s.m
	add := func(i int32) {
		// What this step took out has been logged; what was out before has not.
		if l := &s.links[i]; len(s.removed)-from >= absentAtOnce || s.zone[i] != s.id || l.tour != nobody || l.kept == s.step || m.rules == nil && i != seed && !s.gains(i) {
			return
		}
		if m.rules != nil { // what it waits for may be about to be placed
			s.removed = append(s.removed, i)
			return
		}
		if best := s.find(i); best.behind != nobody && float64(best.cost) < s.out(i) {
			s.removed = append(s.removed, i)
		}
	}
	if len(s.absent) <= absentAtOnce {
		for _, i := range s.absent {
			add(i)
		}
		return s.removed[from:]
	}
	add(seed)
	for _, i := range m.near[int(seed)*m.nearMany : (int(seed)+1)*m.nearMany] {
		add(i)
	}
	return s.removed[from:]
}

// gains tells whether one of the tours the step has changed may have the order. A step that
// has changed none has no other purpose than to place it.
func (s *searcher) gains(i int32) bool {
	if len(s.tourLog) == 0 {
		return true
	}
	for k := range s.tourLog {
		if s.holds(i, s.tourLog[k].no) {
			return true
		}
	}
	return false
}

// listAbsent brings the list of absent orders up to date after a step.
func (s *searcher) listAbsent() {
	list := s.absent[:0]
	for _, i := range s.absent {
		if s.links[i].tour == nobody {
			list = append(list, i)
		}
	}
	for _, i := range s.removed {
		if s.links[i].kept == s.step { // this step took it out
			list = append(list, i)
		}
	}
	s.absent = list
}

// mildness is how much of a penalty counts so far into the search. In the beginning an
// order may be left out to let others change places; in the end it may not.
func (m *model) mildness(warm, progress float64) float64 {
	if len(m.penalty) == 0 || m.refines {
		return 1
	}
	from := min(1, mildFrom*warm/float64(m.mildest))
	return math.Pow(from, max(0, 1-progress/mildUntil))
}
