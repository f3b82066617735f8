package core

import (
	"slices"
	"time"
)

// Crew is what is dispatched: one or more technicians with a vehicle.
type Crew struct {
	ID        string       `json:"id"`
	Name      string       `json:"name"`
	Depot     string       `json:"depot,omitempty"`
	People    []Technician `json:"people,omitempty"`
	Phone     string       `json:"phone,omitempty"`
	Skills    []string     `json:"skills,omitempty"`    // skill codes, e.g. "repair", "meter", "large_meter"
	Districts []string     `json:"districts,omitempty"` // empty: anywhere
	// Shift in local minutes after midnight, e.g. 480–1020. End may exceed 1440 for a night shift.
	ShiftStartMin int `json:"shift_start_min"`
	ShiftEndMin   int `json:"shift_end_min"`
	// EveryDay tells that the shift is worked on weekends and holidays too (duty crews).
	EveryDay bool `json:"every_day,omitempty"`
	// Caps: minutes of accepted unfinished work, and number of open orders; 0 means no cap.
	CapMinutes int   `json:"cap_minutes,omitempty"`
	CapOrders  int   `json:"cap_orders,omitempty"`
	Home       Point `json:"home"`
	// Position last reported, if any.
	Position   *Point    `json:"position,omitempty"`
	PositionAt time.Time `json:"position_at,omitzero"`
	OffDuty    bool      `json:"off_duty,omitempty"`
	Version    int64     `json:"version"`
}

// Technician is a person in a crew.
type Technician struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// At is where the crew is believed to be: its last reported position, else its home.
func (c *Crew) At() Point {
	if c.Position != nil {
		return *c.Position
	}
	return c.Home
}

// CrewDay is the workload of one crew on one civil day. Its Version travels in
// every Unit that gives the crew work on that day, so that two hubs cannot fill
// the last slot twice.
type CrewDay struct {
	CrewID string `json:"crew_id"`
	Day    string `json:"day"` // civil date in the hub's zone, "2026-05-11"
	// Minutes and Orders are accepted or assigned, unfinished work.
	Minutes int `json:"minutes"`
	Orders  int `json:"orders"`
	// UrgentOrders of them are urgent or emergencies.
	UrgentOrders int   `json:"urgent_orders"`
	Version      int64 `json:"version"`
	// Route is how the day was last planned; nil if it never was.
	Route *CrewRoute `json:"route,omitempty"`
}

// CrewRoute is in which sequence a crew visits its orders, as planned at an instant. Orders that it
// no longer has, because they are done or were taken away, stay in it until it is planned anew; one
// that it got since is missing. Whoever reads it holds it against the orders.
type CrewRoute struct {
	MadeAt time.Time   `json:"made_at"`
	By     string      `json:"by"` // auto, batch, or the dispatcher who gave the order that changed it
	Stops  []RouteStop `json:"stops"`
}

// RouteStop is one visit of a route.
type RouteStop struct {
	Order OrderNo `json:"order"`
	// BeginAt is when the work is expected to begin, the crew being there.
	BeginAt time.Time `json:"begin_at"`
}

// Position of an order in the route, from 1; 0: it is not in it.
func (r *CrewRoute) Position(no OrderNo) int {
	if r == nil {
		return 0
	}
	return 1 + slices.IndexFunc(r.Stops, func(s RouteStop) bool { return s.Order == no })
}

// Assignment is the bond of a crew and an order, with its reason.
type Assignment struct {
	CrewID string     `json:"crew_id"`
	Day    string     `json:"day"` // the crew-day it loads
	State  FieldState `json:"state"`
	// Minutes of work it adds to the crew-day.
	Minutes int `json:"minutes"`
	// By is "auto", "batch", or the dispatcher who decided.
	By     string `json:"by"`
	Reason Reason `json:"reason"`
	Pinned bool   `json:"pinned,omitempty"` // never moved by a plan

	AssignedAt time.Time `json:"assigned_at"`
	AcceptedAt time.Time `json:"accepted_at,omitzero"`
	TravelAt   time.Time `json:"travel_at,omitzero"`
	ArrivedAt  time.Time `json:"arrived_at,omitzero"`
	// DownloadedAt is when a phone of the crew fetched it, SeenAt when somebody opened it there.
	DownloadedAt time.Time `json:"downloaded_at,omitzero"`
	SeenAt       time.Time `json:"seen_at,omitzero"`
}

// PlannedDay is the day that an order is meant for and how the plan of that day sees it. It binds nobody: the
// crew gets the order with the day's first batch, from whoever is there then.
type PlannedDay struct {
	Day    string `json:"day"`     // civil date
	CrewID string `json:"crew_id"` // in whose route it stands
	// Position in that route, from 1, and when the work is to begin.
	Position int       `json:"position"`
	BeginAt  time.Time `json:"begin_at"`
	MadeAt   time.Time `json:"made_at"`
	Reason   Reason    `json:"reason,omitzero"`
}

// Reason explains an assignment or why there is none: what it cost, who came
// second, and which rules refused whom.
type Reason struct {
	// Text is one sentence for the dispatcher (en), TextZH the same in Chinese.
	Text   string `json:"text,omitempty"`
	TextZH string `json:"text_zh,omitempty"`
	// Terms of the cost, in seconds of equivalent travel, by name: travel, workload, lateness.
	Terms         map[string]int64 `json:"terms,omitempty"`
	Metres        int64            `json:"metres,omitempty"`
	RunnerUp      string           `json:"runner_up,omitempty"`
	RunnerUpTerms map[string]int64 `json:"runner_up_terms,omitempty"`
	// Refused counts crews per rule code that stopped them.
	Refused map[string]int `json:"refused,omitempty"`
	// WouldHelp tells what would have made it possible, e.g. "+40 min for crew 17".
	WouldHelp   string `json:"would_help,omitempty"`
	WouldHelpZH string `json:"would_help_zh,omitempty"`
	// Override is the dispatcher's reason for going against the proposal.
	Override string `json:"override,omitempty"`
}

func (a Assignment) clone() Assignment {
	a.Reason = a.Reason.clone()
	return a
}

func (r Reason) clone() Reason {
	r.Terms = cloneMap(r.Terms)
	r.RunnerUpTerms = cloneMap(r.RunnerUpTerms)
	r.Refused = cloneMap(r.Refused)
	return r
}

func cloneMap[V any](m map[string]V) map[string]V {
	if m == nil {
		return nil
	}
	c := make(map[string]V, len(m))
	for k, v := range m {
		c[k] = v
	}
	return c
}
