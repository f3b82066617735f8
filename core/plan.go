package core

import "time"

// Board is what a dispatcher sees when work is given out: who is there and how
// loaded they are.
type Board struct {
	// Now in the hub's zone; Day is its civil date, to which work is given.
	Now time.Time
	Day string
	// Workday is false on weekends and holidays (make-up days are workdays): then
	// only crews that work every day count.
	Workday bool
	// WorkdayBefore is the same of the day before, for night shifts that began on it.
	WorkdayBefore bool
	// WholeDay: plan for the whole shift (batch), not for this minute: then an urgent
	// order may go to a crew whose shift has yet to begin.
	WholeDay bool
	Crews    []Crew
	// Days by crew id, with the Version of Day and the work that is left from the day
	// before; a crew that is missing has no load yet.
	Days map[string]CrewDay
}

// Candidate is a crew that may have the order, with what it would cost.
type Candidate struct {
	CrewID string `json:"crew_id"`
	// Cost in seconds of equivalent travel, the sum of Reason.Terms.
	Cost   int64  `json:"cost"`
	Reason Reason `json:"reason"`
}

// Ranking answers "who should have it, and who cannot".
type Ranking struct {
	Candidates []Candidate `json:"candidates"` // best first
	// Refusals has one entry per crew that may not.
	Refusals []Refusal `json:"refusals,omitempty"`
	// Why is set when there is no candidate, and counts refusals per rule in any case.
	Why Reason `json:"why"`
}

// Refusal is why one crew may not have the order.
type Refusal struct {
	CrewID string `json:"crew_id"`
	Reason Reason `json:"reason"`
}

// PlannedAssignment is one line of a plan.
type PlannedAssignment struct {
	Order   OrderNo `json:"order"`
	CrewID  string  `json:"crew_id"`
	Day     string  `json:"day"`
	Minutes int     `json:"minutes"`
	Reason  Reason  `json:"reason"`
}

// Plan is a proposal for a day: core accepts it order by order, if the order has
// not moved on and the crew-day is as it was.
type Plan struct {
	Assignments []PlannedAssignment `json:"assignments"`
	Unassigned  map[OrderNo]Reason  `json:"unassigned"`
	// Faulty are crews whose data cannot be right; they were not asked.
	Faulty map[string]Reason `json:"faulty,omitempty"`
}
