package route

import (
	"fmt"
	"time"
)

// Options steer the search.
type Options struct {
	// Iterations bounds the search by work: the same problem, seed, threads and
	// iterations give the same plan. 0: no such bound.
	Iterations int64
	// Budget bounds it by time, everything included. 0: no such bound. One of the two
	// is needed, or a context that ends; cooling follows the one that is nearer.
	Budget time.Duration
	// Clock tells the time used since some fixed moment; nil is the wall clock. A
	// benchmark gives the processor's time here.
	Clock func() time.Duration
	// Threads that search at once; 0 is one.
	Threads int
	// Seed of every random choice.
	Seed uint64
	// Balance is what a tick of work costs for a crew whose day is just full, in
	// hundredths of a tick of travel; it grows from 0 in proportion to the work. 0: even
	// workload is worth nothing.
	Balance int64
	// Duration makes the ticks from leaving to coming back the cost, and not travel.
	Duration bool
	// Disturbance is what it costs, in ticks, that an order goes to another crew than was
	// published.
	Disturbance int64
	// Explain asks for Solution.Explained and for remedies.
	Explain bool
	// Start is a plan to begin with: yesterday's, or the published one. What of it no
	// longer fits is planned anew; calls at the supply are.
	Start Plan
	// StartBreaks are, per crew, when the breaks of that plan begin, as Solution.Breaks has
	// them. nil: where they suit it best.
	StartBreaks [][]int64
}

func (o Options) check() error {
	if o.Threads < 0 || o.Threads > maxThreads {
		return fmt.Errorf("route options: threads is %d; give 1 to %d", o.Threads, maxThreads)
	}
	if o.Iterations < 0 || o.Budget < 0 {
		return fmt.Errorf("route options: iterations %d and budget %v cannot be negative", o.Iterations, o.Budget)
	}
	if o.Balance < 0 || o.Balance > maxBalance {
		return fmt.Errorf("route options: balance is %d; give 0 to %d", o.Balance, maxBalance)
	}
	if o.Disturbance < 0 || o.Disturbance > maxCost {
		return fmt.Errorf("route options: disturbance is %d; give 0 to %d", o.Disturbance, int64(maxCost))
	}
	return nil
}

const (
	maxThreads = 64
	maxBalance = 100_000
)
