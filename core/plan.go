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
	// WholeDay: plan for the whole shift (batch), not from this minute on.
	WholeDay bool
	Crews    []Crew
	// Days by crew id; a crew that is missing has no load yet.
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
	// Why is set when there is no candidate, and counts refusals per rule in any case.
	Why Reason `json:"why"`
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
}
