// Package dispatch knows what a good day of work is. It turns orders and crews into a
// problem for the engine (dispatch/route) and its answer into rankings and plans with
// reasons that people can read, in both languages.
package dispatch

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"tundish/core"
	"tundish/dispatch/route"
)

// Options of a Planner.
type Options struct {
	// Travel turns straight lines into driving; zero fields take the defaults.
	Travel Travel
	// Weights of the costs; zero takes DefaultWeights.
	Weights Weights
	// MostDisplaced is how many visits may make room for one urgent order, 0 to 8.
	MostDisplaced int
	// Fill is the percentage of a crew's time that a plan over days gives away before it knows the ways;
	// 0 means 80.
	Fill int
	// Budget bounds one batch run; 0 means 10 s. Small batches end sooner: the search is
	// bounded by steps, too, and then the same orders, crews and seed give the same plan.
	Budget time.Duration
	// Seed of the search.
	Seed uint64
	// Router, if given, knows the roads. While it does not answer, and for problems that are too
	// large for it, straight lines stand in, and the reason says so.
	Router Router
	// Keep, if given, gets every batch as it was planned.
	Keep func(Record)
}

// Weights say what one unit of each cost is worth. All are 0 or more.
type Weights struct {
	TravelPerSecond int `json:"travel"` // of driving
	// UrgentTravelPerSecond replaces it for the way to urgent orders: how long they wait for
	// somebody counts for more than kilometres.
	UrgentTravelPerSecond int `json:"urgent_travel"`
	LatenessPerSecond     int `json:"lateness"` // past an order's time limit
	// WorkloadPerMinute is the price of one more minute of work for a crew that is exactly
	// full; it grows from 0 in proportion to the work.
	WorkloadPerMinute int `json:"workload"`
	// Disturbance is what it costs to give work that a crew has to another one; Displaced what an
	// urgent order pays for each visit that has to make room for it.
	Disturbance int `json:"disturbance"`
	Displaced   int `json:"displaced"`
}

// DefaultWeights: being late counts ten times as much as driving, the way to an urgent
// order four times, a minute given to a full crew as much as a minute of driving, work that
// moves to another crew half an hour, a visit that makes room for an urgent order an hour.
func DefaultWeights() Weights {
	return Weights{TravelPerSecond: 1, UrgentTravelPerSecond: 4, LatenessPerSecond: 10, WorkloadPerMinute: 60, Disturbance: 1800, Displaced: 3600}
}

// stepsPerOrder bounds the search of a batch by the work there is.
const (
	stepsPerOrder = 100
	stepsLeast    = 1000
)

// Planner ranks crews and plans batches. What it keeps of the day is a copy of the boards it is
// given, and saves it to look at every crew again.
type Planner struct {
	opts Options
	live live
	owed atomic.Int32 // answers of the router that urgent orders did not wait for any longer
}

// New makes a Planner.
func New(o Options) *Planner {
	if o.Budget == 0 {
		o.Budget = 10 * time.Second
	}
	if o.Weights == (Weights{}) {
		o.Weights = DefaultWeights()
	}
	o.Travel = o.Travel.orDefault()
	return &Planner{opts: o}
}

// Rank says who may have the order now, best first, and why nobody else may. A crew
// whose data cannot be right is refused with the fault; the others are asked all the same.
func (p *Planner) Rank(ctx context.Context, b core.Board, o *core.WorkOrder, t *core.OrderType) core.Ranking {
	if o.Urgency != core.Normal && !b.Partial && b.Work != nil {
		return p.rankUrgent(ctx, b, o, t)
	}
	return p.rankAll(ctx, b, o, t)
}

// rankAll asks every crew.
func (p *Planner) rankAll(ctx context.Context, b core.Board, o *core.WorkOrder, t *core.OrderType) core.Ranking {
	out := core.Ranking{Why: core.Reason{Refused: map[string]int{}}}
	if why, later := appointed(b, o); later {
		out.Why = why
		return out
	}
	job := jobOf(o, t)
	jobs := []Job{job}
	if !job.Urgent {
		jobs = append(jobs, standingJobs(b)...)
	}
	d := p.day(b, jobs)
	if why, ok := d.bad.unplannable(o.No); ok {
		out.Why = why
		out.Refusals = d.refusals(nil)
		return out
	}
	var r route.Ranking
	if len(d.problem.Crews) > 0 {
		var err error
		if r, err = p.rank(ctx, d); err != nil {
			out.Why = core.Reason{Text: err.Error(), TextZH: "派工参数有误：" + err.Error()}
			return out
		}
	}
	out.Refusals = d.refusals(r.Refusals)
	for _, f := range out.Refusals {
		for rule, n := range f.Reason.Refused {
			out.Why.Refused[rule] += n
		}
	}
	for i, c := range r.Candidates {
		var second *route.Choice
		switch {
		case i == 0 && len(r.Candidates) > 1:
			second = &r.Candidates[1]
		case i > 0:
			second = &r.Candidates[0]
		}
		reason := d.explain(0, c, second)
		reason.Refused = out.Why.Refused
		one := core.Candidate{CrewID: d.crewID(c.Crew), Cost: cost(reason.Terms), Reason: reason}
		if !job.Urgent && b.Work != nil {
			one.Route = d.inserted(p, c)
		}
		out.Candidates = append(out.Candidates, one)
	}
	if len(r.Candidates) == 0 {
		out.Why = d.nobody(out.Why.Refused, r.Remedies)
	}
	return out
}

func cost(terms map[string]int64) (sum int64) {
	for _, v := range terms {
		sum += v
	}
	return sum
}

// Plan proposes crews for many orders. Orders whose data cannot be right are left out
// of the search and come back unassigned with the fault as their reason; crews like that
// come back in Plan.Faulty.
func (p *Planner) Plan(ctx context.Context, b core.Board, orders []core.WorkOrder, types core.OrderTypes) (core.Plan, error) {
	left := map[core.OrderNo]core.Reason{}
	jobs := make([]Job, 0, len(orders))
	for i := range orders {
		o := &orders[i]
		t, ok := types[o.Type]
		if !ok {
			left[o.No] = core.Reason{Text: fmt.Sprintf("order type %q is not configured", o.Type), TextZH: fmt.Sprintf("工单类型 %q 未配置", o.Type)}
			continue
		}
		if why, later := appointed(b, o); later {
			left[o.No] = why
			continue
		}
		jobs = append(jobs, jobOf(o, t))
	}
	jobs = append(jobs, standingJobs(b)...)
	_, plan, err := p.solve(ctx, b, jobs)
	if err != nil {
		return core.Plan{}, err
	}
	if p.opts.Keep != nil {
		p.opts.Keep(p.record(b, jobs, plan))
	}
	for no, why := range left {
		plan.Unassigned[no] = why
	}
	return plan, nil
}

// solve plans jobs and puts the plan into words.
func (p *Planner) solve(ctx context.Context, b core.Board, jobs []Job) (route.Solution, core.Plan, error) {
	plan := core.Plan{Unassigned: map[core.OrderNo]core.Reason{}}
	d := p.day(b, jobs)
	if d.bad.problem != "" {
		return route.Solution{}, plan, core.Fail(core.Invalid, "plan", "", d.bad.problem, "派工数据有误："+d.bad.problem)
	}
	plan.Faulty = d.bad.crews
	has := map[core.OrderNo]bool{}
	for _, j := range jobs {
		has[j.No] = j.Has != ""
	}
	for no, why := range d.bad.orders {
		if !has[no] { // what a crew has stays with it
			plan.Unassigned[no] = why
		}
	}
	if len(d.problem.Crews) == 0 {
		for _, j := range d.jobs {
			if j.Has == "" {
				plan.Unassigned[j.No] = d.nobody(map[string]int{}, nil)
			}
		}
		return route.Solution{}, plan, nil
	}
	if places := d.places(); len(d.problem.Orders)+2*len(d.problem.Crews) <= route.WaysMost {
		d.takeRoads(ctx, p.opts.Router, places)
	} else if p.opts.Router != nil {
		d.straight = manyForRoad
	}
	o := p.engine()
	o.Start, o.Disturbance = d.start(), p.hundredths(p.opts.Weights.Disturbance)/100
	o.Budget, o.Iterations = p.opts.Budget, int64(max(stepsLeast, stepsPerOrder*len(d.jobs)))
	s, err := route.Solve(ctx, d.problem, o)
	if err != nil {
		return s, plan, err
	}
	for _, e := range s.Explained {
		j := &d.jobs[e.Order]
		if crew := d.crewID(e.Chosen.Crew); crew != j.Has {
			plan.Assignments = append(plan.Assignments, core.PlannedAssignment{
				Order: j.No, CrewID: crew, Day: b.Day, Minutes: j.Minutes, Reason: d.explain(e.Order, e.Chosen, e.RunnerUp), From: j.Has,
			})
		}
	}
	plan.Routes = map[string]*core.CrewRoute{}
	for r, list := range s.Plan {
		var stops []core.RouteStop
		for k, i := range list {
			stops = append(stops, core.RouteStop{Order: d.jobs[i].No, BeginAt: d.time(s.Begin[r][k])})
		}
		if id := d.crewID(r); len(stops) > 0 {
			plan.Routes[id] = d.route(id, "batch", stops)
		}
	}
	for _, u := range s.Unserved {
		j := &d.jobs[u.Order]
		if j.Has != "" { // it stays where it is
			continue
		}
		counts := map[string]int{}
		for _, c := range u.Stopped {
			counts[label(c.Rule, c.Detail)] += c.Crews
		}
		plan.Unassigned[j.No] = d.nobody(counts, u.Remedies)
	}
	return s, plan, nil
}

// engine are the engine's options: costs in seconds of driving.
func (p *Planner) engine() route.Options {
	w := p.opts.Weights
	return route.Options{Seed: p.opts.Seed, Balance: min(100_000, p.hundredths(w.WorkloadPerMinute)/60), Explain: true}
}

// hundredths is a weight in hundredths of a second of driving. Driving that is worth
// nothing is taken as worth next to nothing.
func (p *Planner) hundredths(weight int) int64 {
	if travel := int64(p.opts.Weights.TravelPerSecond); travel > 0 {
		return int64(weight) * 100 / travel
	}
	return int64(weight) * 10_000
}
