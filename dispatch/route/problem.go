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
	Penalty  int64    // ticks that leaving the order out costs; 0: more than sending any crew for it alone
	Skills   []Skill  // the crew has all of them at that level or above
	District string   // the crew serves it; "" asks for nothing
	Crew     string   // the only crew that may come; "" any
	Tools    []string // the crew has them with it, or has called at the supply before
	Parts    []int64  // the crew uses them up; what the supply adds is without end
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
}

// Plan is who visits whom in which sequence: indices into Problem.Orders, one list
// per crew.
type Plan [][]int
