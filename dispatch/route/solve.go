package route

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"
	"time"
)

// Solution is the best plan found and what it costs.
type Solution struct {
	Plan     Plan  // per crew, in the sequence of visits
	Supply   []int // per crew: how many orders it visits before calling at the supply, -1 never
	Unserved []Unserved
	// Explained has every planned order, if Options.Explain asks for it.
	Explained []Explanation
	Begin     [][]int64 // beside Plan: when the service of each begins at the earliest
	Breaks    [][]int64 // per crew, beside Crew.Breaks: when each begins, if the crew is out then
	Cost      int64     // of the routes: travel or the time away, going out, balance, promises, disturbance and districts
	Travel    int64     // ticks
	Away      int64     // ticks from leaving to coming back, of a search with Options.Duration; 0 otherwise
	Used      int       // crews that have an order
	Spread    float64   // coefficient of variation of the crews' work, load included, as a share of their full days
	Steps     int64     // of ruin and recreate
	Took      time.Duration
}

// Solve plans the day. A problem with faults is refused with all of them (*FaultError).
// When the context ends, the best plan so far is returned, without an error and within a
// tenth of a second: with tens of thousands of orders, nobody has a place for the first
// seconds.
func Solve(ctx context.Context, p Problem, o Options) (Solution, error) {
	if err := o.check(); err != nil {
		return Solution{}, err
	}
	if _, ends := ctx.Deadline(); o.Iterations == 0 && o.Budget == 0 && !ends {
		return Solution{}, errors.New("route options: give iterations, a budget or a context with a deadline; the search has no end of its own")
	}
	c := newClock(ctx, o)
	large := len(p.Orders)*len(p.Crews) > readAtOnce
	faults, whole := validate(p, func() bool { return large && ctx.Err() != nil })
	if len(faults) > 0 {
		return Solution{}, &FaultError{faults}
	}
	if !whole {
		return unread(&p, c), nil
	}
	f := fold(&p)
	f.duration, o.Start = o.Duration, f.plan(o.Start)
	m := compile(ctx, &f.p, o)
	if m == nil {
		return unread(&p, c), nil
	}
	m.beginCoarsely(c)
	rest := c.part(1)
	s := newState(m)
	m.construct(s, rest)
	if m.options.Start != nil && len(m.absent(s)) <= askedMost { // a few new orders for a plan that is there: anywhere
		m.fill(s, c)
		if m.rules != nil && m.rules.anyBusy {
			m.fillBusy(s, c)
		}
	}
	best, steps := m.search(s, rest)
	s.load(best)
	m.finish(s, c)
	out := m.solution(s, c)
	f.unfold(&out)
	out.Steps, out.Took = c.done+steps, c.used()
	return out, nil
}

// unread is the plan of a problem whose search ended before it was read.
func unread(p *Problem, c *clock) Solution {
	out := Solution{Plan: make(Plan, len(p.Crews)), Supply: slices.Repeat([]int{-1}, len(p.Crews)), Took: c.used()}
	out.Unserved = make([]Unserved, len(p.Orders))
	why := slices.Repeat([]RuleCount{{Rule: RuleTimeUp, Crews: len(p.Crews)}}, len(p.Orders))
	for i := range p.Orders {
		out.Unserved[i] = Unserved{Order: i, Stopped: why[i : i+1 : i+1]}
	}
	return out
}

// construct makes the first plan: the one to start from, and what it lacks inserted.
func (m *model) construct(s *state, c *clock) {
	m.warm(s)
	w := &searcher{state: s, m: m, random: newRandom(m.options.Seed ^ 0x2545f491), empty: make([][]int32, m.kinds)}
	m.divide(s, []*searcher{w}, 0)
	if m.rules != nil {
		m.constructRuled(w)
		m.divide(s, []*searcher{w}, 0)
	}
	w.begin()
	all := slices.Clone(w.absent)
	key := func(i int32) int64 {
		if m.timed {
			return int64(m.sites[i].close)
		}
		return -m.rank[i]
	}
	slices.SortStableFunc(all, func(a, b int32) int {
		switch ka, kb := key(a), key(b); {
		case ka < kb:
			return -1
		case ka > kb:
			return 1
		}
		return 0
	})
	for k, i := range all {
		if k%64 == 0 {
			w.nodeLog, w.tourLog, w.spanLog = w.nodeLog[:0], w.tourLog[:0], w.spanLog[:0]
			if c.ctx.Err() != nil {
				break
			}
		}
		if best := w.find(i); best.behind != nobody && best.cost < m.penalty[i] {
			w.seat(i, best)
			r := s.links[i].tour
			s.tours[r].cost = s.price(r)
		}
	}
}

// warm follows the plan to start from as far as it holds.
func (m *model) warm(s *state) {
	if m.options.Start == nil {
		return
	}
	node := make([]int32, len(m.order))
	for i, o := range m.order {
		node[o] = int32(i)
	}
	w := &searcher{state: s, m: m, blink: never, empty: make([][]int32, m.kinds), loose: true}
	if m.accord != nil {
		m.agreeOn(s, node)
	}
	for r, list := range m.options.Start {
		if r >= len(m.crews) {
			break
		}
		for _, o := range list {
			if o < 0 || o >= len(node) {
				continue
			}
			i := node[o]
			last := s.links[m.end(int32(r))].prev
			best := place{nobody, never, nobody}
			if s.links[i].tour != nobody || !w.holds(i, int32(r)) {
				continue
			}
			w.blink = never
			w.try(i, last, &best)
			if best.behind != nobody {
				w.begin()
				w.seat(i, best)
			}
		}
		s.tours[r].cost = s.price(int32(r))
	}
	if m.rules != nil {
		m.dropWaiting(w)
	}
}

// fill gives orders that are left over a place anywhere in any tour, nearby or not,
// until there is none that pays. The dearest to leave out ask first.
func (m *model) fill(s *state, c *clock) {
	w := m.hand(s)
	absent := m.absent(s)
	for again := true; again; {
		again = false
		for _, i := range absent {
			if s.links[i].tour != nobody {
				continue
			}
			if c.ctx.Err() != nil {
				return
			}
			if best := w.findAnywhere(i); best.behind != nobody {
				w.seatFor(i, best)
				again = true
			}
		}
	}
}

// hand is a searcher to whom everything belongs.
func (m *model) hand(s *state) *searcher {
	clear(s.zone)
	clear(s.owner)
	for i := range s.links {
		s.links[i].kept = 0
	}
	for r := range s.tours {
		s.tours[r].kept, s.tours[r].ruined = 0, 0
	}
	return &searcher{state: s, m: m, empty: make([][]int32, m.kinds)}
}

// absent are the orders in no tour, the dearest to leave out first.
func (m *model) absent(s *state) []int32 {
	var list []int32
	for i := range m.orders {
		if s.links[i].tour == nobody {
			list = append(list, i)
		}
	}
	slices.SortStableFunc(list, func(a, b int32) int { return cmp.Compare(m.penalty[b], m.penalty[a]) })
	return list
}

// findAnywhere is the cheapest place for an order in any tour that pays.
func (s *searcher) findAnywhere(i int32) place {
	best := place{nobody, s.m.penalty[i], nobody}
	for r := range int32(len(s.m.crews)) {
		if s.holds(i, r) {
			s.findIn(i, r, &best)
		}
	}
	return best
}

// seatFor puts an order where find found a place, in a step of its own.
func (s *searcher) seatFor(i int32, at place) {
	s.begin()
	s.seat(i, at)
	r := s.links[i].tour
	s.tours[r].cost = s.price(r)
}

func (m *model) solution(s *state, c *clock) Solution {
	out := Solution{Plan: make(Plan, len(m.crews)), Supply: make([]int, len(m.crews)), Begin: make([][]int64, len(m.crews)), Breaks: make([][]int64, len(m.crews))}
	out.Unserved = m.unserved(s, c)
	if m.options.Explain {
		out.Explained = m.explain(s, c)
	}
	m.release(s)
	for r := range int32(len(m.crews)) {
		out.Supply[r] = -1
		on := int64(m.sites[m.start(r)].open) // where nothing binds, time is not kept
		for i := s.links[m.start(r)].next; i != m.end(r); i = s.links[i].next {
			if i < m.orders {
				out.Plan[r] = append(out.Plan[r], int(m.order[i]))
				on += int64(s.links[s.links[i].prev].ahead)
				if m.timed {
					on = int64(s.links[i].depart - m.sites[i].service)
				}
				out.Begin[r] = append(out.Begin[r], on)
			} else {
				out.Supply[r] = len(out.Plan[r])
			}
		}
		if m.accord != nil {
			for _, b := range m.accord.rests[r] {
				out.Breaks[r] = append(out.Breaks[r], int64(b.from))
			}
		}
		out.Cost += s.tours[r].cost
		if !s.idle(r) {
			out.Travel += s.tours[r].travel
			if m.options.Duration {
				out.Away += int64(s.tours[r].length)
			}
		}
		if s.tours[r].size > 0 {
			out.Used++
		}
	}
	out.Spread = m.spread(s)
	return out
}

// spread is how unevenly work is shared: standard deviation by mean of every crew's
// load, service and travel as a share of its full day.
func (m *model) spread(s *state) float64 {
	var sum, squares float64
	for r := range s.tours {
		t, c := &s.tours[r], &m.crews[r]
		w := float64(c.load)
		if !s.idle(int32(r)) {
			w += float64(t.service + t.travel)
		}
		w /= float64(c.busy)
		sum += w
		squares += float64(w * w)
	}
	n := float64(len(s.tours))
	if sum == 0 {
		return 0
	}
	mean := sum / n
	return math.Sqrt(max(0, squares/n-float64(mean*mean))) / mean
}
