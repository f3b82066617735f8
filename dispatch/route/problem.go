package route

// Problem is a day of work: who has to be visited and who can go. Times and
// distances are whole numbers of one unit, the tick; what a tick is (a second, a
// tenth of a map unit) is the business of whoever makes the problem.
type Problem struct {
	Metric Metric
	Orders []Order
	Crews  []Crew
	// Supply is the place where a crew that calls there takes in every tool and all
	// the parts it still needs. Nil: nobody can.
	Supply *Point
	// Periods are when traffic is not as usual, for everybody. They do not overlap.
	Periods []Period
	// Ways, if given, say how long ways take in place of the metric, by somebody who knows the
	// roads. Places that are not in it are measured by the metric, from and to all others.
	Ways *Ways
}

// Ways is a table of ticks from place to place; there and back may differ.
type Ways struct {
	Places []Point
	Ticks  []int32 // row by row: from Places[0] to each, from Places[1] to each, …
}

// Period is a span of ticks in which one gets on more slowly or faster. It changes when a
// crew arrives, and not what a way costs.
type Period struct {
	From, To int64
	Percent  int // of the usual speed, 1 to 1000
}

// Point is a place: east and north on a plane, or longitude and latitude in degrees
// on the globe.
type Point struct{ X, Y float64 }

// Metric turns two points into ticks, of time and of cost alike.
type Metric struct {
	// Globe takes points as WGS 84 degrees and great-circle metres as their distance;
	// otherwise points lie on a plane.
	Globe bool
	// Ticks per metre or per unit of the plane; more than 0.
	Ticks float64
	Round Rounding
}

// Rounding of a distance to whole ticks.
type Rounding uint8

// The roundings of the formats.
const (
	Nearest Rounding = iota
	Down
	Up
)

// Window is a span of ticks, both ends included.
type Window struct{ From, To int64 }

// Skill is a skill and how well it is held or must be.
type Skill struct {
	Name  string
	Level int
}

// Order is one visit.
type Order struct {
	ID       string
	At       Point
	Service  int64    // ticks
	Demand   int64    // of the crew's capacity, in its unit
	Windows  []Window // the service begins in one of them; none: any time
	Penalty  int64    // ticks of driving that leaving the order out costs, with Balance so much more as they do; 0: more than sending any crew for it alone
	Skills   []Skill  // the crew has all of them at that level or above
	District string   // the crew serves it; "" asks for nothing
	Crew     string   // the only crew that may come; "" any
	Tools    []string // the crew has them with it, or has called at the supply before
	Parts    []int64  // the crew uses them up; what the supply adds is without end
	Not      []string // crews that may not come
	Day      string   // only crews of that day may come; "" any
	// Position, from 1: such orders come first in their crew's route, lower ones first,
	// and are never moved once placed. Crew is needed with it. 0: anywhere.
	Position int
	// Visit: orders with the same word are done by one crew on one round from the place
	// of the first of them, one after another and without waiting between.
	Visit string
	// After are orders that must be finished before this one begins, whoever does them.
	After []string
	// Promises may be broken at a price. First: the order goes before work under way.
	Promises []Promise
	First    bool
	// Published is the crew that was told of the order already; giving it to another one
	// costs Options.Disturbance. "": nobody was told.
	Published string

	visit []*Order // what it is made of, in sequence of the round
}

// Promise is that an order is finished by some moment.
type Promise struct {
	By    int64
	Price int64 // of each tick after it, in hundredths of a tick of travel
}

// Crew is who goes: one route at most.
type Crew struct {
	ID         string
	Start, End Point
	Shift      Window // leaves its start and is back at its end within
	Capacity   int64
	MaxOrders  int   // 0: no limit
	MaxTicks   int64 // from leaving to coming back, 0: no limit
	Fixed      int64 // ticks that going out at all costs
	Load       int64 // ticks of other work of the day, for balance only
	Busy       int64 // ticks that count as a full day, for balance; 0: the shift
	Skills     []Skill
	Districts  []string // empty: all
	Tools      []string
	Parts      []int64
	// Of names whom it is a shift of: one who works several shifts is several crews, one
	// for each. Pins, exclusions and what was published go by that name. "": the ID.
	Of  string
	Day string // of the shift, for orders that want a certain one
	// Reserved ticks of the shift are needed for work under way that is not among the
	// orders: service, travel and they fit into the shift together, and a promise is kept
	// only if the crew could do that work before. Carried and Held are what that work takes
	// of Capacity and of MaxOrders.
	Reserved int64
	Carried  int64
	Held     int
	// Elsewhere is what an order of a district that is not the crew's costs, in ticks.
	// 0: it gets none.
	Elsewhere int64
	// Breaks that are due while the crew is out: it neither works nor drives.
	Breaks []Break
	// BusyUrgent: the crew is on an urgent order and gets another one only if no other crew
	// can do it, unless the order is for this crew alone.
	BusyUrgent bool
	// Out: the crew is out already and drives to its end in any case; going out costs nothing.
	Out bool
}

// Break begins in its window and is so many ticks long.
type Break struct {
	Window
	Ticks int64
}

// Name is whom a crew is a shift of.
func (c *Crew) Name() string {
	if c.Of != "" {
		return c.Of
	}
	return c.ID
}

// Plan is who visits whom in which sequence: indices into Problem.Orders, one list
// per crew.
type Plan [][]int
