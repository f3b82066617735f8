package dispatch

import (
	"cmp"
	"slices"
	"time"

	"tundish/core"
	"tundish/dispatch/route"
)

// standingJobs are the orders that crews have already, crew by crew in the board's sequence, each
// crew's as it is to visit them.
func standingJobs(b core.Board) (jobs []Job) {
	for i := range b.Crews {
		jobs = append(jobs, crewJobs(&b, b.Crews[i].ID)...)
	}
	return jobs
}

// crewJobs are those of one crew.
func crewJobs(b *core.Board, id string) (jobs []Job) {
	orders := b.Work[id].Orders
	for k := range orders {
		o := &orders[k]
		t, ok := b.Types[o.Type]
		if !ok {
			t = &core.OrderType{Minutes: o.Assignment.Minutes}
		}
		j := jobOf(o, t)
		a := o.Assignment
		j.Has, j.Minutes = id, cmp.Or(a.Minutes, t.Minutes)
		j.Pinned = a.Pinned
		j.Keep = a.Pinned || a.State != core.FieldAssigned || a.By != "batch" || j.Urgent
		j.Told = !a.DownloadedAt.IsZero() || !a.SeenAt.IsZero() || a.State != core.FieldAssigned
		switch a.State {
		case core.FieldTravel:
			j.Next = true
		case core.FieldOnSite:
			j.Since = a.ArrivedAt
			if j.Since.IsZero() {
				j.Since = b.Now
			}
		}
		jobs = append(jobs, j)
	}
	return jobs
}

// byCrew tells apart what crews have and what waits for one.
func byCrew(jobs []Job) (routes map[string][]Job, waiting []Job) {
	routes = map[string][]Job{}
	for _, j := range jobs {
		if j.Has == "" {
			waiting = append(waiting, j)
		} else {
			routes[j.Has] = append(routes[j.Has], j)
		}
	}
	return routes, waiting
}

// stops makes a crew's route part of the problem, if it can be driven as it stands. A crew that is
// late already, or was given what the rules do not allow, keeps its work as minutes that
// have to fit beside the route: nothing of it is lost, and nothing is planned around it.
func (d *day) stops(p *Planner, r int, list []Job) {
	rc := &d.problem.Crews[r]
	var stops []Job
	for _, j := range list {
		if !j.Since.IsZero() {
			if d.at == nil {
				d.at = map[string]Job{}
			}
			d.at[rc.ID] = j
			continue
		}
		stops = append(stops, j)
	}
	var minutes, carried int64
	for i := range stops {
		minutes += int64(stops[i].Minutes)
	}
	carried = minutes
	if _, holds := d.timetable(p, rc, stops); !holds || rc.Carried+carried > rc.Capacity || rc.MaxOrders > 0 && rc.Held+len(stops) > rc.MaxOrders {
		rc.Reserved, rc.Load, rc.Carried, rc.Held = rc.Reserved+minutes*60, rc.Load+minutes*60, rc.Carried+carried, rc.Held+len(stops)
		return
	}
	d.standing = append(d.standing, stops...)
}

// stop is an order that a crew has as the engine sees it.
func (p *Planner) stop(d *day, j *Job) route.Order {
	o := p.order(d, j)
	if j.Keep || j.Next {
		o.Crew, o.Not = j.Has, nil
		o.Skills, o.District = nil, "" // somebody decided that already
	} else {
		o.Published = j.Has
	}
	if j.Next {
		o.Position = 1
	}
	o.Penalty = 2 * p.penalty(mostPriority) // before anything that nobody has: it stays with the crew in any case
	return o
}

// timetable is when the work at each stop of a crew begins if it visits them in this sequence, by
// straight lines at the usual speed; holds is false when a window or the end of the shift is missed.
func (d *day) timetable(p *Planner, rc *route.Crew, stops []Job) (begins []int64, holds bool) {
	ruler := d.problem.Metric.Ruler()
	spot := d.problem.Metric.Spot
	at, t := spot(rc.Start), rc.Shift.From
	holds = true
	for i := range stops {
		o := p.order(d, &stops[i])
		there := spot(o.At)
		t += int64(ruler.Ticks(&at, &there))
		if len(o.Windows) > 0 {
			w := o.Windows[0]
			holds = holds && t <= w.To
			t = max(t, w.From)
		}
		begins = append(begins, t)
		at, t = there, t+o.Service
	}
	end := spot(rc.End)
	return begins, holds && (len(stops) == 0 || t+int64(ruler.Ticks(&at, &end)) <= rc.Shift.To-rc.Reserved)
}

// time is the instant of a tick.
func (d *day) time(tick int64) time.Time { return d.from.Add(time.Duration(tick) * time.Second).UTC() }

// route writes a crew's stops down.
func (d *day) route(crew, by string, stops []core.RouteStop) *core.CrewRoute {
	r := &core.CrewRoute{MadeAt: d.board.Now.UTC().Truncate(time.Millisecond), By: by, Stops: []core.RouteStop{}}
	if j, ok := d.at[crew]; ok {
		r.Stops = append(r.Stops, core.RouteStop{Order: j.No, BeginAt: j.Since.UTC()})
	}
	r.Stops = append(r.Stops, stops...)
	return r
}

// start is the plan that is driven now: the standing stops of each crew in their sequence.
func (d *day) start() route.Plan {
	number := map[string]int{}
	for r := range d.problem.Crews {
		number[d.problem.Crews[r].ID] = r
	}
	plan := make(route.Plan, len(d.problem.Crews))
	for i := range d.jobs {
		if r, ok := number[d.jobs[i].Has]; ok {
			plan[r] = append(plan[r], i)
		}
	}
	return plan
}

// inserted is a crew's route with the first job where the choice puts it.
func (d *day) inserted(p *Planner, c route.Choice) *core.CrewRoute {
	rc := &d.problem.Crews[c.Crew]
	var stops []Job
	if c.After < 0 {
		stops = append(stops, d.jobs[0])
	}
	for i := range d.jobs {
		if d.jobs[i].Has != rc.ID || i == 0 {
			continue
		}
		stops = append(stops, d.jobs[i])
		if i == c.After {
			stops = append(stops, d.jobs[0])
		}
	}
	begins, _ := d.timetable(p, rc, stops)
	var out []core.RouteStop
	for k, j := range stops {
		out = append(out, core.RouteStop{Order: j.No, BeginAt: d.time(begins[k])})
	}
	return d.route(rc.ID, "", out)
}

// Timetable is when a crew is expected at each of its stops, if it goes on as it is to: by straight lines, at
// the speed of this hour.
func (p *Planner) Timetable(b core.Board, crew string) *core.CrewRoute {
	i := slices.IndexFunc(b.Crews, func(c core.Crew) bool { return c.ID == crew })
	jobs := crewJobs(&b, crew)
	if i < 0 || len(jobs) == 0 {
		return nil
	}
	d := p.frame(b)
	rc, _ := d.crew(&b.Crews[i], jobs)
	if rc.ID == "" { // off duty, or nobody knows where: it begins now where its work is
		rc = route.Crew{ID: crew, Start: point(jobs[0].At), End: point(jobs[0].At), Shift: route.Window{From: d.tick(b.Now)}}
	}
	var stops []Job
	for _, j := range jobs {
		if j.Since.IsZero() {
			stops = append(stops, j)
		} else {
			d.at = map[string]Job{crew: j}
		}
	}
	begins, _ := d.timetable(p, &rc, stops)
	var list []core.RouteStop
	for k, j := range stops {
		list = append(list, core.RouteStop{Order: j.No, BeginAt: d.time(begins[k])})
	}
	return d.route(crew, "", list)
}
