package route

import (
	"cmp"
	"math"
	"slices"
)

// Orders of one visit become one order before the search, so that nothing can part them:
// it lies where the first of them lies, takes as long as the round from there through all
// of them and back, and may begin whenever nobody on the round is met outside of a window.

// members are the orders that an order is made of, in the sequence of the round.
func (o *Order) members() []*Order {
	if len(o.visit) == 0 {
		return []*Order{o}
	}
	return o.visit
}

// folded is a problem with its visits as single orders, and the way back.
type folded struct {
	p        Problem
	given    int       // orders of the problem as given
	of       [][]int   // order of p → indices of the problem as given, in sequence of the visit
	delay    [][]int64 // order of p → ticks from its beginning to the beginning of each of those
	round    []int64   // order of p → ticks of its service that are way
	duration bool      // the time away is the cost, which holds the rounds already
}

// fold joins the orders of each visit.
func fold(p *Problem) *folded {
	f := &folded{p: *p, given: len(p.Orders)}
	visits := map[string][]int{}
	for i := range p.Orders {
		if v := p.Orders[i].Visit; v != "" {
			visits[v] = append(visits[v], i)
		}
	}
	n := len(p.Orders)
	f.of, f.delay, f.round = make([][]int, 0, n), make([][]int64, 0, n), slices.Grow(f.round, n)
	alone, none := make([]int, n), make([]int64, n)
	if len(visits) > 0 { // else orders stay what they are: a large day is many megabytes of them
		f.p.Orders = make([]Order, 0, n)
	}
	for i := range p.Orders {
		all := visits[p.Orders[i].Visit]
		if len(all) < 2 {
			if len(visits) > 0 {
				f.p.Orders = append(f.p.Orders, p.Orders[i])
			}
			alone[i] = i
			f.of, f.delay, f.round = append(f.of, alone[i:i+1:i+1]), append(f.delay, none[i:i+1:i+1]), append(f.round, 0)
			continue
		}
		if all[0] != i {
			continue
		}
		list := roundOf(p, all)
		o, delay, round := join(p, list)
		f.p.Orders = append(f.p.Orders, o)
		f.of, f.delay, f.round = append(f.of, list), append(f.delay, delay), append(f.round, round)
	}
	return f
}

// roundOf puts the orders of a visit into sequence: the first of them, then always the
// nearest that nothing else of the visit must precede, then turned about while that
// shortens the round.
func roundOf(p *Problem, all []int) []int {
	places := make([]Point, len(all))
	inside := map[string]bool{}
	for k, i := range all {
		places[k] = p.Orders[i].At
		inside[p.Orders[i].ID] = true
	}
	t := newTravel(p.Metric, places, p.Ways)
	bound := false
	done := map[string]bool{}
	free := func(k int) bool {
		for _, id := range p.Orders[all[k]].After {
			if inside[id] {
				bound = true
				if !done[id] {
					return false
				}
			}
		}
		return true
	}
	seq := make([]int, 0, len(all))
	used := make([]bool, len(all))
	for at := 0; len(seq) < len(all); {
		next := -1
		for k := range all {
			if !used[k] && free(k) && (next < 0 || t.ticks(int32(at), int32(k)) < t.ticks(int32(at), int32(next))) {
				next = k
			}
		}
		if next < 0 { // they wait for each other: a fault that Validate tells
			next = slices.Index(used, false)
		}
		used[next], done[p.Orders[all[next]].ID] = true, true
		seq, at = append(seq, next), next
	}
	for again := !bound && len(seq) < 200; again; {
		again = false
		for a := range seq {
			for b := a + 1; b < len(seq); b++ {
				before, after := 0, 0 // the round begins and ends at the first place
				if a > 0 {
					before = seq[a-1]
				}
				if b+1 < len(seq) {
					after = seq[b+1]
				}
				now := t.ticks(int32(before), int32(seq[a])) + t.ticks(int32(seq[b]), int32(after))
				then := t.ticks(int32(before), int32(seq[b])) + t.ticks(int32(seq[a]), int32(after))
				if then < now {
					slices.Reverse(seq[a : b+1])
					again = true
				}
			}
		}
	}
	for k := range seq {
		seq[k] = all[seq[k]]
	}
	return seq
}

// join makes one order of a visit's, given in sequence.
func join(p *Problem, list []int) (Order, []int64, int64) {
	first := slices.Min(list)
	places := []Point{p.Orders[first].At}
	for _, i := range list {
		places = append(places, p.Orders[i].At)
	}
	t := newTravel(p.Metric, places, p.Ways)
	o := Order{ID: p.Orders[first].ID, At: p.Orders[first].At}
	var delay []int64
	round, whole := int64(0), true
	for k, i := range list {
		m := &p.Orders[i]
		step := int64(t.ticks(int32(k), int32(k+1)))
		round, o.Service = round+step, o.Service+step
		delay = append(delay, o.Service)
		if len(m.Windows) > 0 {
			o.Windows = meet(o.Windows, m.Windows, o.Service, whole)
			whole = false
		}
		o.Service += m.Service
		o.Demand += m.Demand
		o.Penalty += m.Penalty
		o.Tools = append(o.Tools, m.Tools...)
		for d, n := range m.Parts {
			if d == len(o.Parts) {
				o.Parts = append(o.Parts, 0)
			}
			o.Parts[d] += n
		}
		o.After = append(o.After, m.After...)
		o.First = o.First || m.First
		o.visit = append(o.visit, m)
	}
	last := int64(t.ticks(int32(len(list)), 0))
	round, o.Service = round+last, o.Service+last
	for k, i := range list {
		m := &p.Orders[i]
		if m.Penalty == 0 {
			o.Penalty = 0 // one of them must not be left out, so none is
		}
		for _, v := range m.Promises {
			o.Promises = append(o.Promises, Promise{v.By + o.Service - delay[k] - m.Service, v.Price})
		}
	}
	return o, delay, round
}

// meet is when something may begin so that what comes so many ticks later begins in a
// window. No window in a list that is not whole means never.
func meet(have, windows []Window, later int64, whole bool) []Window {
	if whole {
		have = []Window{{math.MinInt64 / 2, math.MaxInt64 / 2}}
	}
	out := []Window{}
	for _, a := range have {
		for _, b := range windows {
			if w := (Window{max(a.From, b.From-later, 0), min(a.To, b.To-later)}); w.From <= w.To {
				out = append(out, w)
			}
		}
	}
	slices.SortFunc(out, func(a, b Window) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To)) })
	return slices.Compact(out)
}

// plan is a plan of the problem as given in terms of the folded one.
func (f *folded) plan(given Plan) Plan {
	if given == nil {
		return nil
	}
	to := make([]int, f.given)
	for k, list := range f.of {
		for _, i := range list {
			to[i] = k
		}
	}
	out := make(Plan, len(given))
	for r, list := range given {
		for _, i := range list {
			if i >= 0 && i < len(to) && !slices.Contains(out[r], to[i]) {
				out[r] = append(out[r], to[i])
			}
		}
	}
	return out
}

// unfold puts a solution of the folded problem into terms of the one that was given.
func (f *folded) unfold(s *Solution) {
	for r, list := range s.Plan {
		var plan []int
		var begin []int64
		supply := -1
		for k, o := range list {
			if s.Supply[r] == k {
				supply = len(plan)
			}
			for j, i := range f.of[o] {
				plan, begin = append(plan, i), append(begin, s.Begin[r][k]+f.delay[o][j])
			}
			s.Travel += f.round[o]
			if !f.duration {
				s.Cost += f.round[o]
			}
		}
		if s.Supply[r] == len(list) {
			supply = len(plan)
		}
		s.Plan[r], s.Begin[r], s.Supply[r] = plan, begin, supply
	}
	var explained []Explanation
	last := func(c *Choice) {
		if c != nil && c.After >= 0 {
			c.After = f.of[c.After][len(f.of[c.After])-1]
		}
	}
	for _, e := range s.Explained {
		last(&e.Chosen)
		last(e.RunnerUp)
		for _, i := range f.of[e.Order] {
			one := e
			one.Order = i
			explained = append(explained, one)
		}
	}
	slices.SortFunc(explained, func(a, b Explanation) int { return a.Order - b.Order })
	s.Explained = explained
	var unserved []Unserved
	for _, u := range s.Unserved {
		for _, i := range f.of[u.Order] {
			one := Unserved{Order: i, Stopped: slices.Clone(u.Stopped), Remedies: slices.Clone(u.Remedies)}
			for k := range one.Remedies {
				one.Remedies[k].Orders = f.of[u.Order]
			}
			unserved = append(unserved, one)
		}
	}
	slices.SortFunc(unserved, func(a, b Unserved) int { return a.Order - b.Order })
	s.Unserved = unserved
}
