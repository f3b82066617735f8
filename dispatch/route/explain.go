package route

import (
	"cmp"
	"context"
	"fmt"
	"slices"
)

// Terms are what an order adds to the cost of a crew's route, in ticks, kept apart.
type Terms struct {
	Travel      int64 // of way, or of time away with Options.Duration
	Fixed       int64 // going out at all
	Balance     int64
	Lateness    int64 // promises broken, this order's and those of orders behind it
	Disturbance int64
	Elsewhere   int64 // outside of the crew's districts
}

// Total is what the search looks at.
func (t Terms) Total() int64 {
	return t.Travel + t.Fixed + t.Balance + t.Lateness + t.Disturbance + t.Elsewhere
}

func (t Terms) minus(o Terms) Terms {
	return Terms{t.Travel - o.Travel, t.Fixed - o.Fixed, t.Balance - o.Balance, t.Lateness - o.Lateness, t.Disturbance - o.Disturbance, t.Elsewhere - o.Elsewhere}
}

// Choice is a crew for an order, at the best place of its route, in the plan as it is.
type Choice struct {
	Crew  int
	Terms Terms
	Begin int64 // ticks, of the service
	After int   // the order before it, -1: the crew comes from its start
	Work  int64 // ticks of load and service of the crew with this order, ways left out
	// Relaxed: the crew is on an urgent order, and no other crew can.
	Relaxed bool
}

// Explanation is why an order is with a crew. Orders of one visit have one in common. Once the
// search was stopped from outside there is no time for all of it: then its terms are the
// detour alone, and nobody else was asked.
type Explanation struct {
	Order    int
	Chosen   Choice
	RunnerUp *Choice // the cheapest other crew that could, nil: none
}

// terms of a tour's cost.
func (s *state) terms(r int32) (t Terms) {
	m := s.m
	tour := &s.tours[r]
	if m.balance > 0 {
		work := int64(0)
		if !s.idle(r) {
			work = tour.service + tour.travel
		}
		t.Balance = m.worth(r, work)
	}
	if s.idle(r) {
		return t
	}
	t.Travel, t.Fixed = tour.travel, m.crews[r].fixed
	if m.options.Duration {
		t.Travel = int64(tour.length)
	}
	if m.rules != nil {
		for i := s.links[m.start(r)].next; i != m.end(r); i = s.links[i].next {
			if i < m.orders {
				t.Disturbance += m.disturbs(i, r)
				t.Elsewhere += m.elsewhere(i, r)
				t.Lateness += m.tardy(i, r, s.links[i].depart)
			}
		}
	}
	return t
}

// beginOf is when the service of a planned order begins. Where nothing binds, time is not
// kept, and the way to it counts.
func (s *state) beginOf(i int32) int64 {
	m := s.m
	if m.timed {
		return int64(s.links[i].depart - m.sites[i].service)
	}
	from := m.start(s.links[i].tour)
	t := int64(m.sites[from].open)
	for n := from; n != i; n = s.links[n].next {
		t += int64(s.links[n].ahead)
	}
	return t
}

// choice describes an order where it stands, beside the terms of its tour without it.
func (s *searcher) choice(i int32, without Terms) Choice {
	c := s.standing(i)
	c.Terms = s.terms(s.links[i].tour).minus(without)
	return c
}

// standing is choice without terms.
func (s *state) standing(i int32) Choice {
	m := s.m
	r := s.links[i].tour
	c := Choice{Crew: int(r), Begin: s.beginOf(i), After: -1, Work: m.p.Crews[r].Load + s.tours[r].service}
	for p := s.links[i].prev; p != m.start(r); p = s.links[p].prev {
		if p < m.orders {
			c.After = int(m.order[p])
			break
		}
	}
	c.Relaxed = m.rules != nil && m.rules.busy[r] && !m.may(i, r)
	return c
}

// detour is the way that an order is worth where it stands.
func (s *state) detour(i int32) int64 {
	l := &s.links[i]
	return int64(s.links[l.prev].ahead + l.ahead - s.m.ticks(l.prev, l.next))
}

// lift takes an order out, calls do, and puts everything back.
func (s *searcher) lift(i int32, do func()) {
	s.begin()
	s.take(i)
	s.settleRuined()
	for k := range s.tourLog {
		r := s.tourLog[k].no
		s.tours[r].cost = s.price(r)
	}
	do()
	s.undo()
}

// explain says for each planned order why it is where it is.
func (m *model) explain(s *state, c *clock) []Explanation {
	w := m.hand(s)
	other := m.hand(s)
	hurry := c.hurry()
	var out []Explanation
	for i := range m.orders {
		r := s.links[i].tour
		if r == nobody {
			continue
		}
		e := Explanation{Order: int(m.order[i]), Chosen: s.standing(i)}
		if hurry() {
			e.Chosen.Terms.Travel = s.detour(i)
			out = append(out, e)
			continue
		}
		with := s.terms(r)
		w.lift(i, func() {
			e.Chosen.Terms = with.minus(s.terms(r))
			if second, ok := other.second(i, r, w.step); ok {
				e.RunnerUp = &second
			}
		})
		out = append(out, e)
	}
	slices.SortFunc(out, func(a, b Explanation) int { return a.Order - b.Order })
	return out
}

// askedPlaces bounds how many places all explanations together may ask about in full; where
// there are more, only crews nearby are asked.
const askedPlaces = 20_000_000

// second is the cheapest crew but one that could have an order which is in no tour.
func (s *searcher) second(i, but, step int32) (Choice, bool) {
	m := s.m
	s.step = step + 1<<20 // no step of the other searcher's
	best := place{nobody, m.penalty[i], nobody}
	seen := map[int32]bool{but: true}
	ask := func(r int32) {
		if !seen[r] && s.holds(i, r) && m.p.Crews[r].Name() != m.p.Crews[but].Name() {
			s.findIn(i, r, &best)
		}
		seen[r] = true
	}
	if int64(m.orders)*(int64(m.orders)+int64(len(m.crews))) <= askedPlaces || m.reach == nil {
		for r := range int32(len(m.crews)) {
			ask(r)
		}
	} else {
		for _, d := range m.reach[i] {
			ask(d.crew)
		}
		for _, nb := range m.cand[int(i)*m.candMany : (int(i)+1)*m.candMany] {
			if r := s.links[nb.node].tour; r != nobody {
				ask(r)
			}
		}
	}
	if best.behind == nobody {
		return Choice{}, false
	}
	return s.trySeat(i, best), true
}

// trySeat describes an order at a place and leaves no trace.
func (s *searcher) trySeat(i int32, at place) Choice {
	without := s.terms(s.links[at.behind].tour)
	s.begin()
	s.seat(i, at)
	c := s.choice(i, without)
	s.undo()
	return c
}

// Ranking is every crew's answer to one order.
type Ranking struct {
	Candidates []Choice // cheapest first
	Refusals   []Refusal
	Remedies   []Remedy // if there is no candidate: the smallest changes, best first
}

// Refusal is why one crew cannot have the order.
type Refusal struct {
	Crew   int
	Rule   Rule
	Detail string  // the skill or the district
	Remedy *Remedy // what would make it possible; nil where no small change does
}

// Rank asks every crew about one order of the problem, beside the plan in Options.Start.
// Crews on an urgent order are candidates only when there are no others.
func Rank(p Problem, order int, o Options) (Ranking, error) {
	all, err := RankEach(context.Background(), p, []int{order}, o)
	if err != nil {
		return Ranking{}, err
	}
	return all[0], nil
}

// RankEach asks every crew about each of some orders, one as if there were not the others that are in no
// route. When the context ends the answers so far are returned.
func RankEach(ctx context.Context, p Problem, orders []int, o Options) ([]Ranking, error) {
	for _, order := range orders {
		if order < 0 || order >= len(p.Orders) {
			return nil, fmt.Errorf("rank order %d: the problem has %d orders, numbered from 0", order, len(p.Orders))
		}
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	if faults := Validate(p); len(faults) > 0 {
		return nil, &FaultError{faults}
	}
	f := fold(&p)
	o.Start, o.Explain = f.plan(o.Start), true
	m := compile(context.Background(), &f.p, o)
	s := newState(m)
	m.warm(s)
	w, other := m.hand(s), m.hand(s)
	node := map[int]int32{}
	for k, no := range m.order {
		for _, order := range f.of[no] {
			node[order] = int32(k)
		}
	}
	var out []Ranking
	for _, order := range orders {
		if len(out) > 0 && ctx.Err() != nil {
			break
		}
		i := node[order]
		if s.links[i].tour == nobody {
			out = append(out, m.askAll(other, i))
		} else {
			w.lift(i, func() { out = append(out, m.askAll(other, i)) })
		}
		f.unfoldRanking(&out[len(out)-1], m.order[i])
	}
	return out, nil
}

// unfoldRanking names the orders of a visit in an answer about it.
func (f *folded) unfoldRanking(out *Ranking, visit int32) {
	back := func(c int) int {
		if c < 0 {
			return c
		}
		return f.of[c][len(f.of[c])-1]
	}
	for k := range out.Candidates {
		out.Candidates[k].After = back(out.Candidates[k].After)
	}
	for k := range out.Remedies {
		out.Remedies[k].Orders = f.of[visit]
	}
}

func (m *model) askAll(w *searcher, i int32) (out Ranking) {
	o := &m.p.Orders[m.order[i]]
	refuse := func(r int32, rule Rule) {
		one := Refusal{Crew: int(r), Rule: rule, Detail: m.detail(i, r, rule)}
		if remedy, ok := w.remedy(i, r); ok {
			one.Remedy = &remedy
		}
		out.Refusals = append(out.Refusals, one)
	}
	var busy, free []Choice
	for r := range int32(len(m.crews)) {
		c := &m.p.Crews[r]
		best := place{nobody, m.penalty[i], nobody}
		if barred(o, c) == "" && w.room(i, r) {
			w.findIn(i, r, &best)
		}
		switch {
		case best.behind == nobody:
			refuse(r, w.stops(i, r))
		case busyFor(o, c):
			busy = append(busy, w.trySeat(i, best))
		default:
			free = append(free, w.trySeat(i, best))
		}
	}
	out.Candidates = free
	if len(free) == 0 {
		out.Candidates = busy
	} else {
		for _, b := range busy {
			out.Refusals = append(out.Refusals, Refusal{Crew: b.Crew, Rule: RuleBusy})
		}
		slices.SortStableFunc(out.Refusals, func(a, b Refusal) int { return a.Crew - b.Crew })
	}
	slices.SortStableFunc(out.Candidates, func(a, b Choice) int {
		return cmp.Or(cmp.Compare(a.Terms.Total(), b.Terms.Total()), cmp.Compare(a.Crew, b.Crew))
	})
	if len(out.Candidates) == 0 {
		out.Remedies = w.remedies(i)
	}
	return out
}
