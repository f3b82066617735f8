package core

import (
	"maps"
	"slices"
	"sync/atomic"
	"time"
)

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
	// Work by crew id: what of the load has a place and is visited. Types are those of its orders.
	Work  map[string]CrewWork `json:"-"`
	Types OrderTypes          `json:"-"`
	// Everybody: all crews are to be ranked, and not the best alone.
	Everybody bool `json:"-"`
	// Partial: some crews were left out for the order in question.
	Partial bool `json:"-"`
}

// Without is the board as it would be if the crew that has an order gave it back. The board itself stays as it is.
func (b Board) Without(no OrderNo) Board {
	for id, w := range b.Work {
		k := slices.IndexFunc(w.Orders, func(o WorkOrder) bool { return o.No == no })
		if k < 0 {
			continue
		}
		o := &w.Orders[k]
		d := b.Days[id]
		d.Minutes, d.Orders = d.Minutes-o.Assignment.Minutes, d.Orders-1
		if o.Urgency != Normal {
			d.UrgentOrders--
		}
		b.Work, b.Days = maps.Clone(b.Work), maps.Clone(b.Days)
		// Not a revision of the crew's work: it is nobody's but the one asked about.
		b.Work[id], b.Days[id] = CrewWork{Orders: slices.Concat(w.Orders[:k], w.Orders[k+1:]), Revision: -supposed.Add(1)}, d
		return b
	}
	return b
}

// supposed counts works that no crew has: each is another one.
var supposed atomic.Int64

// CrewWork is what a crew still has to visit, in sequence.
type CrewWork struct {
	Orders []WorkOrder
	// Revision is another one whenever Orders are, within one process.
	Revision int64
}

// Candidate is a crew that may have the order, with what it would cost.
type Candidate struct {
	CrewID string `json:"crew_id"`
	// Cost in seconds of equivalent travel, the sum of Reason.Terms.
	Cost   int64  `json:"cost"`
	Reason Reason `json:"reason"`
	// Route is the crew's with the order in it; nil if only its minutes were looked at.
	Route *CrewRoute `json:"route,omitempty"`
	// Displaced are orders that the crew has to give up for this one.
	Displaced []Displaced `json:"displaced,omitempty"`
}

// Displaced is an order that makes room for an urgent one.
type Displaced struct {
	Order OrderNo `json:"order"`
	// CrewID that gets it, with its Route then; the same crew does it later, and nobody, "", puts it
	// back among those that wait for a crew.
	CrewID string     `json:"crew_id,omitempty"`
	Route  *CrewRoute `json:"route,omitempty"`
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
	// From is the crew that had it until now, "" if nobody had.
	From string `json:"from,omitempty"`
}

// Plan is a proposal for a day: core accepts it order by order, if the order has
// not moved on and the crew-day is as it was.
type Plan struct {
	Assignments []PlannedAssignment `json:"assignments"`
	Unassigned  map[OrderNo]Reason  `json:"unassigned"`
	// Routes by crew, of those that have work, with what they had before.
	Routes map[string]*CrewRoute `json:"routes,omitempty"`
	// Faulty are crews whose data cannot be right; they were not asked.
	Faulty map[string]Reason `json:"faulty,omitempty"`
}

// DayBoard is one day of a plan over days.
type DayBoard struct {
	Board
	// Frozen: people know the day's plan, which stays as it is.
	Frozen bool
}

// DaysPlan is a proposal over days: core accepts it order by order, if the order has not moved on.
type DaysPlan struct {
	Days    []DayFigures           `json:"days"`
	Planned map[OrderNo]PlannedDay `json:"planned"`
	// Unplanned orders have no day, with what stopped them on those they were tried on.
	Unplanned map[OrderNo]Reason `json:"unplanned"`
}

// DayFigures sum a planned day up.
type DayFigures struct {
	Day      string `json:"day"`
	Off      bool   `json:"off,omitempty"` // nobody works
	Frozen   bool   `json:"frozen,omitempty"`
	Orders   int    `json:"orders"`
	Crews    int    `json:"crews"`     // that have one
	DriveMin int64  `json:"drive_min"` // minutes of driving
	Late     int    `json:"late"`      // orders past their time limit on that day
}
