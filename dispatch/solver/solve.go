package solver

import (
	"context"
	"errors"
	"math/rand/v2"
)

// Solve gives every order to a crew or says why it cannot. It fails only for a
// problem or options that cannot be right (*FaultError lists every fault of the
// problem). When the budget is used up or ctx ends, the best plan so far is
// returned without an error; Stats.Stopped tells.
//
// Orders are served in the order pinned, urgent, priority; that comes before
// every cost. An order goes to a crew with an urgent order only when no other
// crew is feasible in the finished plan.
func Solve(ctx context.Context, p Problem, o Options) (Solution, error) {
	o, err := o.filled()
	if err != nil {
		return Solution{}, err
	}
	if faults := Validate(p); len(faults) > 0 {
		return Solution{}, &FaultError{faults}
	}
	if o.Budget > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, o.Budget)
		defer cancel()
	}
	x := newSearch(ctx, p, o)
	x.run(o)
	return x.solution(p), nil
}

func newSearch(ctx context.Context, p Problem, o Options) *search {
	m := compile(p, o.Weights)
	x := &search{
		ctx: ctx, m: m, st: newState(m, len(p.Orders)), jobs: m.jobs(p.Orders),
		near: make([][]found, len(p.Orders)), at: make([]int64, len(p.Orders)), k: o.Candidates,
		rng: rand.New(rand.NewPCG(o.Seed, 0x74756e64697368)),
	}
	x.class = classify(x.jobs)
	x.tried, x.polished = make([]int, len(p.Orders)), make([]int, len(p.Orders))
	for i := range x.tried {
		x.tried[i], x.polished[i] = -1, -1
		x.lowest = max(x.lowest, x.class[i])
	}
	return x
}

func (m *model) jobs(orders []Order) []job {
	out := make([]job, len(orders))
	for i := range orders {
		out[i] = m.job(&orders[i], int32(i), nil, nil, nil)
	}
	return out
}

// run is the whole search. Each stage leaves a plan that keeps every rule.
func (x *search) run(o Options) {
	iterations := o.Iterations
	if iterations == 0 {
		iterations = len(x.jobs)
	}
	x.construct()
	x.stats.Constructed = x.m.planCost(x.st, x.jobs).Total()
	x.descend()
	x.ruinAndRecreate(max(0, iterations))
	for x.ctx.Err() == nil && (x.repair() || x.polish()) {
	}
	switch err := x.ctx.Err(); {
	case err == nil:
		x.stats.Stopped = StopDone
	case errors.Is(err, context.DeadlineExceeded):
		x.stats.Stopped = StopTime
	default:
		x.stats.Stopped = StopCtx
	}
	if len(x.untried) == 0 {
		x.settle()
	}
}
