package dispatch

import (
	"cmp"
	"context"
	"slices"

	"tundish/core"
	"tundish/dispatch/route"
)

// Travel turns straight lines into driving.
type Travel struct {
	Detour   float64  `json:"detour"`    // driven by straight distance; 1.3 by default
	SpeedKMH float64  `json:"speed_kmh"` // on the road; 25 by default
	Periods  []Period `json:"periods,omitempty"`
}

// Period is a part of a day in which traffic is not as usual.
type Period struct {
	From     int  `json:"from"`    // minutes after midnight
	To       int  `json:"to"`      // after From, up to 1440
	Percent  int  `json:"percent"` // of the usual speed, 1 to 1000
	Workdays bool `json:"workdays,omitempty"`
}

func (t Travel) orDefault() Travel {
	t.Detour, t.SpeedKMH = cmp.Or(t.Detour, 1.3), cmp.Or(t.SpeedKMH, 25)
	return t
}

// metric counts a way in seconds of driving at the usual speed.
func (t *Travel) metric() route.Metric {
	return route.Metric{Globe: true, Ticks: t.Detour / (t.SpeedKMH / 3.6), Round: route.Nearest}
}

// periods are those of the board's day, of the one before and of the one after, in the problem's ticks.
func (t *Travel) periods(b *core.Board) (out []route.Period) {
	for day, workday := range []bool{b.WorkdayBefore, b.Workday, b.Workday} {
		for _, p := range t.Periods {
			if workday || !p.Workdays {
				out = append(out, route.Period{From: int64(day)*86_400 + int64(p.From)*60, To: int64(day)*86_400 + int64(p.To)*60, Percent: p.Percent})
			}
		}
	}
	return out
}

// pace is the percentage of the usual speed at the board's instant.
func (t *Travel) pace(b *core.Board) int {
	minute := b.Now.Hour()*60 + b.Now.Minute()
	for _, p := range t.Periods {
		if p.From <= minute && minute < p.To && (b.Workday || !p.Workdays) {
			return p.Percent
		}
	}
	return 100
}

// Router knows how long ways take on the road.
type Router interface {
	// Table is the seconds from each of the places to each, row by row. It is bounded in time.
	Table(ctx context.Context, places []core.Point) ([]int32, error)
}

// What is said where straight lines stand in for the router's ways.
var (
	routerAway  = phrase{"ways by straight lines, the routing service did not answer", "路径服务无应答，路程按直线距离估算"}
	manyForRoad = phrase{"ways by straight lines, the day has more places than a table of ways may", "地点过多，路程按直线距离估算"}
)

// places are all of a problem, each once, in its sequence.
func (d *day) places(crews ...int) (list []route.Point) {
	seen := map[route.Point]bool{}
	add := func(at route.Point) {
		if !seen[at] {
			seen[at] = true
			list = append(list, at)
		}
	}
	for _, o := range d.problem.Orders {
		add(o.At)
	}
	for r, c := range d.problem.Crews {
		if crews == nil || slices.Contains(crews, r) {
			add(c.Start)
			add(c.End)
		}
	}
	return list
}

// takeRoads asks the router about the ways between places of the problem. What it does not tell is
// measured by straight lines.
func (d *day) takeRoads(ctx context.Context, r Router, places []route.Point) {
	switch {
	case r == nil:
		return
	case len(places) > route.WaysMost:
		d.straight = manyForRoad
		return
	}
	asked := make([]core.Point, len(places))
	for i, p := range places {
		asked[i] = core.Point{Lat: p.Y, Lon: p.X}
	}
	ticks, err := r.Table(ctx, asked)
	if err != nil {
		d.straight = routerAway
		return
	}
	d.problem.Ways = &route.Ways{Places: places, Ticks: ticks}
}

// shortlist is how many crews a router is asked about for one order.
const shortlist = 20

// rank asks every crew about the first job: by straight lines and, if there is a router, the best of
// them again by the roads.
func (p *Planner) rank(ctx context.Context, d *day) (route.Ranking, error) {
	o := p.engine()
	o.Start = d.start()
	all, err := route.Rank(d.problem, 0, o)
	if err != nil || p.opts.Router == nil || len(all.Candidates) == 0 {
		return all, err
	}
	n := min(shortlist, len(all.Candidates))
	var few []int
	for _, c := range all.Candidates[:n] {
		few = append(few, c.Crew)
	}
	slices.Sort(few)
	d.takeRoads(ctx, p.router(d.jobs[0].Urgent && !d.board.WholeDay), d.places(few...))
	if d.problem.Ways == nil {
		return all, nil
	}
	some := d.problem
	some.Crews, o.Start = nil, nil
	plan := d.start()
	for _, r := range few {
		some.Crews = append(some.Crews, d.problem.Crews[r])
		o.Start = append(o.Start, plan[r])
	}
	some.Orders = slices.Clone(some.Orders)
	for i := range some.Orders[1:] { // of crews that are not asked
		some.Orders[1+i].Crew, some.Orders[1+i].Position = "", 0
	}
	known, err := route.Rank(some, 0, o)
	if err != nil {
		return all, err
	}
	// Whom the roads rule out is a refusal; the rest keeps its place behind.
	var best []route.Choice
	for _, c := range known.Candidates {
		c.Crew = few[c.Crew]
		best = append(best, c)
	}
	for _, f := range known.Refusals {
		f.Crew = few[f.Crew]
		if f.Remedy != nil {
			m := *f.Remedy
			m.Crew = few[m.Crew]
			f.Remedy = &m
		}
		all.Refusals = append(all.Refusals, f)
	}
	all.Candidates = append(best, all.Candidates[n:]...)
	if len(all.Candidates) == 0 {
		for _, m := range known.Remedies {
			m.Crew = few[m.Crew]
			all.Remedies = append(all.Remedies, m)
		}
	}
	return all, nil
}
