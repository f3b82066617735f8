package solver

import "time"

// OrderID, CrewID and ShiftID are the caller's own names; the solver only
// compares them.
type (
	OrderID string
	CrewID  string
	ShiftID string
)

// Problem is everything the solver may know. It is read, never changed.
type Problem struct {
	// Now is the instant the plan is made for: nobody sets out before it.
	Now    time.Time
	Crews  []Crew
	Orders []Order
	Travel Travel
}

// Point is a place in WGS 84 degrees. The zero Point means "not known": 0°N 0°E
// is open sea and the usual mark of a missing coordinate.
type Point struct{ Lat, Lon float64 }

// Known tells whether the point is a place at all.
func (p Point) Known() bool { return p != Point{} }

// Travel turns straight lines into driving. Zero fields take the defaults.
type Travel struct {
	// DetourPercent is road distance per straight distance; 130 by default,
	// at least 100.
	DetourPercent int
	// MetresPerHour is the mean speed on the road; 25,000 by default.
	MetresPerHour int
}

// Crew is what work is given to.
type Crew struct {
	ID CrewID
	// Start is where the crew sets out from: its station in the morning, its
	// last known position during the day. A crew without one gets nothing
	// (rule no_position).
	Start  Point
	Shifts []Shift
	Skills []Skill
	// Districts the crew serves; none means all of them.
	Districts []string
	// BusyUrgent: the crew is on an urgent order and gets another one only
	// when nobody else can take it (rule busy_urgent).
	BusyUrgent bool
	// OffDuty: ill, on leave, vehicle broken. Such a crew needs no shifts.
	OffDuty bool
}

// Shift is one span of a crew's working time with what fits into it.
type Shift struct {
	// ID names the shift towards the caller, for instance its date. It is
	// unique within the crew and may be empty when there is only one.
	ID       ShiftID
	From, To time.Time
	// CapMinutes and CapOrders bound the work of this shift, load included;
	// 0 means no bound.
	CapMinutes int
	CapOrders  int
	// LoadMinutes and LoadOrders are accepted, unfinished work that is not
	// among Problem.Orders.
	LoadMinutes int
	LoadOrders  int
}

// Skill is held by a crew or required by an order: a crew's level must be at
// least the required one. Use 0 where levels mean nothing.
type Skill struct {
	Name  string
	Level int
}

// Order is work to be given.
type Order struct {
	ID    OrderID
	Place Point
	// ServiceMinutes is the work on site, 0 or more.
	ServiceMinutes int
	// Priority: higher goes first. Urgent goes before every priority, drives
	// ahead of the crew's other work and pays more for distance.
	Priority int
	Urgent   bool
	Skills   []Skill
	// District the order lies in; empty means it does not matter.
	District string
	// Windows are when the work may start (hard); none means at any time.
	Windows []Window
	// ArriveBy and FinishBy are promises: being late costs, but is allowed.
	// The zero time means no promise.
	ArriveBy, FinishBy time.Time
	// Pin holds the order to one crew. It is placed before all others and
	// never moved; the other hard rules still apply.
	Pin Pin
	// Excluded crews must not get this order.
	Excluded []CrewID
}

// Window bounds the start of the work, both ends included. A zero end is open.
type Window struct{ From, To time.Time }

// Pin names a crew and, when it matters, one of its shifts. The zero Pin pins
// nothing.
type Pin struct {
	Crew  CrewID
	Shift ShiftID
}
