package solver

import "time"

// Solution says for every order of the problem who does it or why nobody does.
type Solution struct {
	// Assigned and Unassigned together hold every order once, each in the
	// order of Problem.Orders.
	Assigned   []Assignment
	Unassigned []Unassigned
	// Cost of the whole plan, its terms apart.
	Cost  Cost
	Stats Stats
}

// Cost is counted in points and kept apart by term. Workload is what the plan
// adds to the workload cost that the crews' loads had before.
type Cost struct{ Travel, Lateness, Workload int64 }

// Total is the number the search makes small.
func (c Cost) Total() int64 { return c.Travel + c.Lateness + c.Workload }

// Stats tell how the search went.
type Stats struct {
	// Iterations of ruin and recreate, and the moves that were kept.
	Iterations, Moves int
	// Constructed is the total cost before any improvement.
	Constructed int64
	Stopped     Stop
}

// Stop is why the search ended.
type Stop string

// Reasons to end a search.
const (
	StopDone Stop = "iterations" // all iterations were done
	StopTime Stop = "time"       // the budget or the context's deadline was used up
	StopCtx  Stop = "cancelled"  // the context was cancelled
)

// Assignment gives one order to one seat, with the reason.
type Assignment struct {
	Order OrderID
	// Chosen is priced in the finished plan: its workload term is what the
	// plan would save by taking the order away again.
	Chosen Candidate
	// RunnerUp is the best other crew that could still take the order in the
	// finished plan; nil when nobody else could.
	RunnerUp *Candidate
	Pinned   bool
}

// Candidate is a seat that may take an order, with its price.
type Candidate struct {
	Crew  CrewID
	Shift ShiftID
	Terms Terms
	// StartAt is the estimate behind lateness: when the work would start if
	// the crew came straight after the load it already had (an urgent order:
	// straight away).
	StartAt time.Time
	// Relaxed: the crew is on an urgent order, and this order has nobody else.
	Relaxed bool
}

// Terms are the soft costs of one order on one seat: what was measured, and
// what it costs in points.
type Terms struct {
	TravelMetres    int // on the road, one way from the crew's start
	TravelSeconds   int
	LatenessSeconds int
	LoadMinutes     int // of the seat, this order included
	Cost            Cost
}

// Unassigned is an order that nobody got, with all reasons.
type Unassigned struct {
	Order OrderID
	// Crews that were asked: all of the problem.
	Crews int
	// Stopped counts each crew once, at the first rule that stopped it; the
	// rules come in their fixed order, so that the counts read as a funnel.
	Stopped []RuleCount
	// Remedies are the smallest changes found, best first, at most three.
	// Each alone makes the order possible beside the rest of the plan.
	Remedies []Remedy
}

// RuleCount is one step of the funnel.
type RuleCount struct {
	Rule Rule
	// Detail names the skill or district meant, if the rule has one.
	Detail string
	Crews  int
}
