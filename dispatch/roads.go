package dispatch

import (
	"context"
	"errors"
	"slices"
	"time"

	"tundish/core"
	"tundish/dispatch/online"
	"tundish/dispatch/route"
)

const (
	// askedCrews is how many crews the roads are asked about for one urgent order: the best by straight lines.
	askedCrews = 8
	// urgentWait is how long an urgent order waits for the routing service.
	urgentWait = 150 * time.Millisecond
)

// soon is the router as an urgent order has it: what takes longer than urgentWait is as good as no answer, but
// is kept by the router for the next one; while such an answer is owed nobody waits for more.
type soon struct{ p *Planner }

var errSlow = errors.New("the routing service takes too long for an urgent order")

// Table is that of the router, or an error within urgentWait.
func (s soon) Table(ctx context.Context, places []core.Point) ([]int32, error) {
	if s.p.owed.Load() > 0 {
		return nil, errSlow
	}
	type answer struct {
		ticks []int32
		err   error
	}
	got := make(chan answer, 1)
	s.p.owed.Add(1)
	go func() {
		defer s.p.owed.Add(-1)
		ticks, err := s.p.opts.Router.Table(context.WithoutCancel(ctx), places)
		got <- answer{ticks, err}
	}()
	t := time.NewTimer(urgentWait)
	defer t.Stop()
	select {
	case a := <-got:
		return a.ticks, a.err
	case <-t.C:
		return nil, errSlow
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// router is whom an order asks; nil: there is none.
func (p *Planner) router(urgent bool) Router {
	if urgent && p.opts.Router != nil {
		return soon{p}
	}
	return p.opts.Router
}

// byRoad is the best crew for an urgent order by the roads, among the best by straight lines, with the next
// best as its runner-up. An empty list: the roads are not known, which d then says; a crew of "": none of
// them is there in time.
func (l *live) byRoad(ctx context.Context, p *Planner, d *day, o *route.Order) []online.Answer {
	if p.opts.Router == nil {
		return nil
	}
	list := l.nearest(o)
	at := make([][2]route.Point, len(list)) // before it and behind it
	places := []route.Point{o.At}
	for k := range list {
		at[k] = l.between(&list[k])
		places = append(places, at[k][0], at[k][1])
	}
	slices.SortFunc(places, func(a, b route.Point) int { return slices.Compare([]float64{a.X, a.Y}, []float64{b.X, b.Y}) })
	places = slices.Compact(places)
	d.takeRoads(ctx, p.router(true), places)
	roads := d.problem.Ways
	if d.problem.Ways = nil; roads == nil || len(list) == 0 {
		return nil
	}
	number := map[route.Point]int{}
	for k, at := range places {
		number[at] = k
	}
	pace := int64(p.opts.Travel.pace(&d.board))
	way := func(a, b route.Point) int64 { return int64(roads.Ticks[number[a]*len(places)+number[b]]) * 100 / pace }
	ruler := d.problem.Metric.Ruler()
	straight := func(a, b route.Point) int64 {
		s, t := d.problem.Metric.Spot(a), d.problem.Metric.Spot(b)
		return int64(ruler.Ticks(&s, &t))
	}
	var best []online.Answer
	for k, a := range list {
		begin := opens(o, a.Leaves+way(at[k][0], o.At))
		later := begin - a.Begin + way(o.At, at[k][1]) - straight(o.At, at[k][1])
		if begin < 0 || later > a.Slack {
			continue
		}
		a.Terms.Arrival += (begin - a.Begin) * p.boardWeights().Arrival
		more := way(at[k][0], o.At) + way(o.At, at[k][1]) - straight(at[k][0], o.At) - straight(o.At, at[k][1])
		if len(l.board.Route(a.Crew)) > 0 {
			more -= way(at[k][0], at[k][1]) - straight(at[k][0], at[k][1])
		}
		a.Terms.Travel, a.Begin = a.Terms.Travel+more, begin
		best = append(best, a)
	}
	slices.SortStableFunc(best, func(a, b online.Answer) int { return int(a.Terms.Total() - b.Terms.Total()) })
	if len(best) == 0 {
		return []online.Answer{{}}
	}
	best[0].RunnerUp, best[0].RunnerUpTerms = "", online.Terms{}
	if len(best) > 1 {
		best[0].RunnerUp, best[0].RunnerUpTerms = best[1].Crew, best[1].Terms
	}
	return best[:1]
}

// nearest are the best answers for an order, each with another crew.
func (l *live) nearest(o *route.Order) (list []online.Answer) {
	one := *o
	one.Not = slices.Clone(o.Not)
	for len(list) < askedCrews {
		a, err := l.board.Offer(&one)
		if err != nil || a.Crew == "" || len(list) > 0 && a.Relaxed != list[0].Relaxed {
			return list
		}
		list = append(list, a)
		one.Not = append(one.Not, a.Crew)
	}
	return list
}

// between are the places that an order would come between.
func (l *live) between(a *online.Answer) [2]route.Point {
	c := l.seen[a.Crew].crew
	at := [2]route.Point{c.Start, c.End}
	for _, s := range l.board.Route(a.Crew) {
		switch s.ID {
		case a.Behind:
			at[0] = s.At
		case a.Before:
			at[1] = s.At
		}
	}
	return at
}

// opens is the first tick not before t at which the work may begin, -1 if there is none.
func opens(o *route.Order, t int64) int64 {
	if len(o.Windows) == 0 {
		return t
	}
	for _, w := range o.Windows {
		if t <= w.To {
			return max(t, w.From)
		}
	}
	return -1
}
