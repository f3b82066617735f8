// Package dispatch knows what a good day of work is. It turns orders and crews into
// a problem for the solver and the solver's answer into rankings and plans with
// reasons that people can read, in both languages.
package dispatch

import (
	"context"
	"fmt"
	"time"

	"tundish/core"
	"tundish/dispatch/solver"
)

// Options of a Planner.
type Options struct {
	// Travel turns straight lines into driving; zero fields take the solver's defaults.
	Travel solver.Travel
	// Weights of the soft costs; zero takes the solver's defaults.
	Weights solver.Weights
	// Budget bounds one batch run; 0 means 10 s.
	Budget time.Duration
	// Seed of the search: the same orders, crews and seed give the same plan.
	Seed uint64
}

// Planner ranks crews and plans batches. It holds no state.
type Planner struct{ opts Options }

// New makes a Planner.
func New(o Options) *Planner {
	if o.Budget == 0 {
		o.Budget = 10 * time.Second
	}
	return &Planner{opts: o}
}

// Rank says who may have the order now, best first, and why nobody else may. A crew
// whose data cannot be right is refused with the fault; the others are asked all the same.
func (p *Planner) Rank(b core.Board, o *core.WorkOrder, t *core.OrderType) core.Ranking {
	out := core.Ranking{Why: core.Reason{Refused: map[string]int{}}}
	if why, later := appointed(b, o); later {
		out.Why = why
		return out
	}
	problem, faults := solver.Sieve(p.problem(b, p.order(b, o, t)))
	bad := bySubject(faults)
	for _, id := range bad.crewIDs {
		out.Refusals = append(out.Refusals, core.Refusal{CrewID: id, Reason: bad.crews[id]})
		out.Why.Refused[faulty]++
	}
	if why, ok := bad.unplannable(o.No); ok {
		out.Why = why
		return out
	}
	r, err := solver.Rank(problem, 0, p.solverOptions())
	if err != nil {
		out.Why = core.Reason{Text: err.Error(), TextZH: "派工参数有误：" + err.Error()}
		return out
	}
	for _, f := range r.Refusals {
		refusal := refuse(f)
		out.Refusals = append(out.Refusals, refusal)
		for rule, n := range refusal.Reason.Refused {
			out.Why.Refused[rule] += n
		}
	}
	for i, c := range r.Candidates {
		var second *solver.Candidate
		switch {
		case i == 0 && len(r.Candidates) > 1:
			second = &r.Candidates[1]
		case i > 0:
			second = &r.Candidates[0]
		}
		reason := explain(c, second)
		reason.Refused = out.Why.Refused
		out.Candidates = append(out.Candidates, core.Candidate{CrewID: string(c.Crew), Cost: c.Terms.Cost.Total(), Reason: reason})
	}
	if len(r.Candidates) > 0 {
		return out
	}
	// Nobody: the search for a plan of this one order knows the smallest changes that help.
	if s, err := solver.Solve(context.Background(), problem, p.solverOptions()); err == nil && len(s.Unassigned) == 1 {
		out.Why = bad.mention(why(s.Unassigned[0]))
	}
	return out
}

// Plan proposes crews for many orders. Orders whose data cannot be right are left out
// of the search and come back unassigned with the fault as their reason; crews like that
// come back in Plan.Faulty.
func (p *Planner) Plan(ctx context.Context, b core.Board, orders []core.WorkOrder, types core.OrderTypes) (core.Plan, error) {
	plan := core.Plan{Unassigned: map[core.OrderNo]core.Reason{}}
	minutes := make(map[solver.OrderID]int, len(orders))
	list := make([]solver.Order, 0, len(orders))
	for i := range orders {
		o := &orders[i]
		t, ok := types[o.Type]
		if !ok {
			plan.Unassigned[o.No] = core.Reason{Text: fmt.Sprintf("order type %q is not configured", o.Type), TextZH: fmt.Sprintf("工单类型 %q 未配置", o.Type)}
			continue
		}
		if why, later := appointed(b, o); later {
			plan.Unassigned[o.No] = why
			continue
		}
		so := p.order(b, o, t)
		minutes[so.ID] = t.Minutes
		list = append(list, so)
	}
	problem, faults := solver.Sieve(p.problem(b, list...))
	bad := bySubject(faults)
	if bad.problem != "" {
		return core.Plan{}, core.Fail(core.Invalid, "plan", "", bad.problem, "派工数据有误："+bad.problem)
	}
	plan.Faulty = bad.crews
	for no, why := range bad.orders {
		plan.Unassigned[no] = why
	}
	o := p.solverOptions()
	o.Budget = p.opts.Budget
	s, err := solver.Solve(ctx, problem, o)
	if err != nil {
		return core.Plan{}, err
	}
	for _, a := range s.Assigned {
		plan.Assignments = append(plan.Assignments, core.PlannedAssignment{
			Order: core.OrderNo(a.Order), CrewID: string(a.Chosen.Crew), Day: b.Day, Minutes: minutes[a.Order], Reason: explain(a.Chosen, a.RunnerUp),
		})
	}
	for _, u := range s.Unassigned {
		plan.Unassigned[core.OrderNo(u.Order)] = bad.mention(why(u))
	}
	return plan, nil
}

func (p *Planner) solverOptions() solver.Options {
	return solver.Options{Seed: p.opts.Seed, Weights: p.opts.Weights}
}
