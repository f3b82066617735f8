package dispatch

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"tundish/core"
	"tundish/dispatch/online"
	"tundish/dispatch/route"
)

// live is the day under way on the board of dispatch/online: every crew with the route before it.
// It is brought up to date with each board that it is asked about, crew by crew where something
// changed, and made anew with each day and each change of traffic.
type live struct {
	mu    sync.Mutex
	board *online.Board
	day   string
	pace  int
	seen  map[string]state
	jobs  map[string]crewsJobs
}

type crewsJobs struct {
	revision int64
	jobs     []Job
}

// jobsOf are a crew's jobs, made anew when its work is another.
func (l *live) jobsOf(b *core.Board, crew string) []Job {
	revision := b.Work[crew].Revision
	if has, ok := l.jobs[crew]; ok && has.revision == revision {
		return has.jobs
	}
	jobs := crewJobs(b, crew)
	l.jobs[crew] = crewsJobs{revision, jobs}
	return jobs
}

// state is what of a crew makes a difference to the board.
type state struct {
	crew              route.Crew // without its lists
	version, revision int64
}

// rankUrgent finds the best crew for an urgent order beside the crews' routes, and ranks the others
// behind it as if the order went before their work. If no route has room for it, that ranking alone
// counts: what is urgent is not left because others wait.
func (p *Planner) rankUrgent(ctx context.Context, b core.Board, o *core.WorkOrder, t *core.OrderType) core.Ranking {
	best, counts, ok := p.offer(ctx, b, jobOf(o, t))
	if ok && !b.Everybody {
		best.Reason.Refused = counts
		return core.Ranking{Candidates: []core.Candidate{best}, Why: core.Reason{Refused: counts}}
	}
	all := p.rankAll(ctx, b, o, t)
	if !ok {
		for i := range all.Candidates {
			r := &all.Candidates[i].Reason
			r.Text, r.TextZH = r.Text+"; no route has room for it: it goes before the crew's other work", r.TextZH+"；各班组路线均无空档，优先于其其他工作"
		}
		return all
	}
	best.Reason.Refused = all.Why.Refused
	list := []core.Candidate{best}
	for _, c := range all.Candidates {
		if c.CrewID != best.CrewID {
			list = append(list, c)
		}
	}
	all.Candidates = list
	return all
}

// offer asks the live board; counts are the crews that cannot.
func (p *Planner) offer(ctx context.Context, b core.Board, job Job) (best core.Candidate, counts map[string]int, ok bool) {
	l := &p.live
	l.mu.Lock()
	defer l.mu.Unlock()
	d := p.frame(b)
	order := p.order(d, &job)
	if _, later := appointedJob(b, &job); later || len(route.ValidateOrder(d.problem.Metric, &order)) > 0 {
		return best, nil, false
	}
	if err := l.follow(p, d); err != nil || l.board == nil {
		return best, nil, false
	}
	order.Promises, order.First = nil, false
	refused, err := l.board.Refusals(&order) // before anything makes room for it
	if err != nil {
		return best, nil, false
	}
	roads := l.byRoad(ctx, p, d, &order)
	if len(roads) > 0 {
		if roads[0].Crew == "" {
			return best, nil, false
		}
		order.Crew = roads[0].Crew
	}
	a, err := l.board.Give(&order)
	if err != nil || a.Crew == "" {
		return best, nil, false
	}
	if len(roads) > 0 {
		moved := a.Displaced
		a = roads[0]
		a.Displaced = moved
	}
	// Whether it comes about is for others to decide: the crews are written down anew when they are next looked at.
	l.seen[a.Crew] = state{}
	for _, x := range a.Displaced {
		if x.To != "" {
			l.seen[x.To] = state{}
		}
	}
	defer l.board.Remove(order.ID)
	best = core.Candidate{CrewID: a.Crew, Route: d.routeOf(l.board, a.Crew, p)}
	for _, x := range a.Displaced {
		out := core.Displaced{Order: core.OrderNo(x.Order), CrewID: x.To}
		if x.To != "" && x.To != a.Crew {
			out.Route = d.routeOf(l.board, x.To, p)
		}
		best.Displaced = append(best.Displaced, out)
	}
	best.Reason = d.measured(d.tellUrgent(a, &job, crewJobs(&b, a.Crew)))
	best.Cost = cost(best.Reason.Terms)
	counts = map[string]int{}
	for _, why := range d.idle {
		counts[string(why)]++
	}
	if n := len(d.bad.crews); n > 0 {
		counts[faulty] = n
	}
	for _, r := range refused {
		counts[label(r.Rule, r.Detail)] += r.Crews
	}
	return best, counts, true
}

// frame is a day without crews and orders.
func (p *Planner) frame(b core.Board) *day {
	d := &day{board: b, travel: p.opts.Travel, travelW: max(1, int64(p.opts.Weights.TravelPerSecond)), from: clock(b.Now, -1, 0), idle: map[string]route.Rule{}}
	d.bad = faults{crews: map[string]core.Reason{}, orders: map[core.OrderNo]core.Reason{}}
	d.problem.Metric = p.opts.Travel.metric()
	d.problem.Metric.Ticks *= 100 / float64(p.opts.Travel.pace(&b)) // as traffic is now: the board knows one speed
	return d
}

// follow brings the board up to date.
func (l *live) follow(p *Planner, d *day) error {
	b := &d.board
	pace := p.opts.Travel.pace(b)
	fresh := l.board == nil || l.day != b.Day || l.pace != pace
	if fresh {
		l.board, l.day, l.pace, l.seen, l.jobs = nil, b.Day, pace, map[string]state{}, map[string]crewsJobs{}
	}
	var crews []online.Crew
	here := make(map[string]bool, len(b.Crews))
	for i := range b.Crews {
		c := &b.Crews[i]
		jobs := l.jobsOf(b, c.ID)
		rc, why := d.crew(c, jobs)
		if why == "" && rc.Shift.From > d.tick(b.Now) && !d.begun(c, b) {
			why = ruleOffDuty // urgent work is for those who are at work
		}
		if why != "" {
			d.idle[c.ID] = why
			continue
		}
		if faults := route.ValidateCrew(d.problem.Metric, &rc); len(faults) > 0 {
			for _, f := range faults {
				d.bad.crews[c.ID] = add(d.bad.crews[c.ID], f)
			}
			continue
		}
		here[c.ID] = true
		key := state{crew: rc, version: c.Version, revision: b.Work[c.ID].Revision}
		key.crew.Skills, key.crew.Districts = nil, nil
		if d.tick(b.Now) >= rc.Shift.From { // the board's clock knows that it leaves no earlier
			key.crew.Shift.From = 0
		}
		if was, ok := l.seen[c.ID]; ok && same(was, key) {
			continue
		}
		l.seen[c.ID] = key
		crews = append(crews, online.Crew{Crew: rc, Free: rc.Shift.From, Route: d.boardStops(p, jobs)})
	}
	if l.board == nil {
		if err := l.open(p, d, crews); err != nil || l.board == nil {
			return err
		}
	} else {
		for id := range l.seen {
			if !here[id] {
				l.board.Drop(id)
				delete(l.seen, id)
			}
		}
		for i := range crews { // first all that may have lost an order to another one
			l.board.Drop(crews[i].ID)
		}
		for i := range crews {
			if err := l.board.Set(crews[i]); err != nil {
				delete(l.seen, crews[i].ID)
			}
		}
	}
	return l.board.Now(d.tick(b.Now))
}

// begun tells whether the crew's shift has.
func (d *day) begun(c *core.Crew, b *core.Board) bool {
	return !clock(b.Now, 0, c.ShiftStartMin).After(b.Now) || clock(b.Now, -1, c.ShiftEndMin).After(b.Now)
}

// same compares what can be compared cheaply; lists change with the crew's version.
func same(a, b state) bool {
	return a.version == b.version && a.revision == b.revision && a.crew.Start == b.crew.Start && a.crew.End == b.crew.End && a.crew.Shift == b.crew.Shift &&
		a.crew.Capacity == b.crew.Capacity && a.crew.MaxOrders == b.crew.MaxOrders && a.crew.Load == b.crew.Load && a.crew.Reserved == b.crew.Reserved &&
		a.crew.Carried == b.crew.Carried && a.crew.Held == b.crew.Held && a.crew.BusyUrgent == b.crew.BusyUrgent && a.crew.Out == b.crew.Out
}

// boardWeights are the weights in seconds of driving.
func (p *Planner) boardWeights() online.Weights {
	w := p.opts.Weights
	return online.Weights{
		Arrival: min(1000, max(1, p.hundredths(w.UrgentTravelPerSecond-w.TravelPerSecond)/100)), Balance: p.engine().Balance, Displaced: p.hundredths(w.Displaced) / 100, Change: p.hundredths(w.Disturbance) / 100,
	}
}

// open makes the board; crews that it refuses are left out.
func (l *live) open(p *Planner, d *day, crews []online.Crew) error {
	o := online.Options{Metric: d.problem.Metric, MaxDisplaced: p.opts.MostDisplaced, Weights: p.boardWeights()}
	for len(crews) > 0 {
		board, err := online.New(o, d.tick(d.board.Now), crews)
		var faulty *online.Error
		if !errors.As(err, &faulty) {
			l.board = board
			return err
		}
		gone := map[int]bool{}
		for _, f := range faulty.Faults {
			gone[f.No] = true
			delete(l.seen, crews[f.No].ID)
		}
		crews = without(crews, gone)
	}
	return nil
}

// boardStops are a crew's stops as the board sees them, without what it is working on.
func (d *day) boardStops(p *Planner, jobs []Job) (stops []online.Stop) {
	for i := range jobs {
		j := &jobs[i]
		if !j.Since.IsZero() {
			continue
		}
		o := p.order(d, j)
		o.Promises, o.First = nil, false
		if j.Told {
			o.Published = j.Has
		}
		stops = append(stops, online.Stop{Order: o, Urgent: j.Urgent, Pinned: j.Keep, Fixed: j.Next})
	}
	return stops
}

// routeOf reads a crew's route off the board.
func (d *day) routeOf(board *online.Board, crew string, p *Planner) *core.CrewRoute {
	var rc route.Crew
	for i := range d.board.Crews {
		if c := &d.board.Crews[i]; c.ID == crew {
			jobs := crewJobs(&d.board, crew)
			rc, _ = d.crew(c, jobs)
			for _, j := range jobs {
				if !j.Since.IsZero() {
					if d.at == nil {
						d.at = map[string]Job{}
					}
					d.at[crew] = j
				}
			}
		}
	}
	ruler, t := d.problem.Metric.Ruler(), max(rc.Shift.From, d.tick(d.board.Now))
	at := d.problem.Metric.Spot(rc.Start)
	var stops []core.RouteStop
	for _, s := range board.Route(crew) {
		there := d.problem.Metric.Spot(s.At)
		t += int64(ruler.Ticks(&at, &there))
		if len(s.Windows) > 0 {
			t = max(t, s.Windows[0].From)
		}
		stops = append(stops, core.RouteStop{Order: core.OrderNo(s.ID), BeginAt: d.time(t)})
		at, t = there, t+s.Service
	}
	return d.route(crew, "auto", stops)
}

// tellUrgent puts the board's answer into words.
func (d *day) tellUrgent(a online.Answer, job *Job, stops []Job) core.Reason {
	terms := func(t online.Terms) map[string]int64 {
		out := map[string]int64{"travel": t.Travel * d.travelW, "arrival": t.Arrival * d.travelW, "workload": t.Work * d.travelW}
		for name, v := range map[string]int64{"district": t.Outside, "displaced": t.Displaced} {
			if v != 0 {
				out[name] = v * d.travelW
			}
		}
		return out
	}
	r := core.Reason{Terms: terms(a.Terms)}
	from, work := core.Point{}, int64(job.Minutes)
	for i := range d.board.Crews {
		if c := &d.board.Crews[i]; c.ID == a.Crew {
			from = c.At()
			work += int64(d.board.Days[c.ID].Minutes)
		}
	}
	for _, j := range stops {
		if string(j.No) == a.Behind || a.Behind == "" && !j.Since.IsZero() {
			from = j.At
		}
	}
	r.Metres = d.metres(point(from), point(job.At))
	km := float64(r.Metres) / 1000
	at := d.time(a.Begin).In(d.board.Now.Location()).Format("15:04")
	if a.Behind == "" {
		r.Text = fmt.Sprintf("crew %s: %.1f km away, there at %s, %d min of work with this order", a.Crew, km, at, work)
		r.TextZH = fmt.Sprintf("班组 %s：距离 %.1f 公里，预计 %s 到达，含本单共 %d 分钟工作量", a.Crew, km, at, work)
	} else {
		r.Text = fmt.Sprintf("crew %s, after %s: %.1f km from there, there at %s, %d min of work with this order", a.Crew, a.Behind, km, at, work)
		r.TextZH = fmt.Sprintf("班组 %s，排在 %s 之后：距离 %.1f 公里，预计 %s 到达，含本单共 %d 分钟工作量", a.Crew, a.Behind, km, at, work)
	}
	if a.Relaxed {
		r.Text += "; it is on an urgent order, but nobody else can"
		r.TextZH += "；该班组正在处理紧急工单，但别无他人可派"
	}
	for _, x := range a.Displaced {
		to := phrase{"goes to crew " + x.To, "改由班组 " + x.To + " 承担"}
		switch x.To {
		case "":
			to = phrase{"waits for a crew again", "退回待派"}
		case a.Crew:
			to = phrase{"is done later", "稍后进行"}
		}
		r.Text += fmt.Sprintf("; %s makes room and %s", x.Order, to.en)
		r.TextZH += fmt.Sprintf("；%s 让出时间，%s", x.Order, to.zh)
	}
	if a.RunnerUp != "" {
		r.RunnerUp, r.RunnerUpTerms = a.RunnerUp, terms(a.RunnerUpTerms)
		diff := cost(r.RunnerUpTerms) - cost(r.Terms)
		r.Text += fmt.Sprintf("; %s would cost %+d", r.RunnerUp, diff)
		r.TextZH += fmt.Sprintf("；改派 %s 的代价为 %+d", r.RunnerUp, diff)
	}
	return r
}
