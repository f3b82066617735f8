// Package city makes large random days to measure the engines on: the same for the same
// numbers and seed.
package city

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"tundish/dispatch/online"
	"tundish/dispatch/route"
)

// Metric is driving at 25 km/h with a detour of 1.3; a tick is a second.
var Metric = route.Metric{Globe: true, Ticks: 1.3 / (25 / 3.6)}

// Now is when a live day is looked at: 10 o'clock.
const Now = 10 * 3600

// Options of a board of a live day.
func Options() online.Options {
	return online.Options{Metric: Metric, MaxDisplaced: 2, Weights: online.DefaultWeights(60)}
}

// side is how many degrees of latitude an area measures, wide how many districts.
const (
	side = 0.9
	wide = 16
)

// area is 100 by 100 km with 256 districts.
type area struct {
	*rand.Rand
	orders int
}

func newArea(seed uint64) *area { return &area{Rand: rand.New(rand.NewPCG(seed, 3))} }

// at is a place; x and y are 0 to 1.
func (a *area) at(x, y float64) route.Point {
	return route.Point{X: 121 + x*side*1.17, Y: 31 + y*side}
}

func (a *area) district(x, y float64) string {
	number := func(v float64) int { return min(max(int(v*wide), 0), wide-1) }
	return fmt.Sprint(number(x), "-", number(y))
}

var skills = []struct {
	name  string
	share float64 // of crews that hold it
}{{"meter", 0.9}, {"repair", 0.6}, {"valve", 0.4}, {"gas", 0.3}, {"large_meter", 0.1}, {"pipe_burst", 0.02}}

func (a *area) order(x, y float64) route.Order {
	a.orders++
	o := route.Order{ID: fmt.Sprint("o", a.orders), At: a.at(x, y), District: a.district(x, y), Service: int64(900 + a.IntN(3600)), Penalty: 36_000}
	o.Demand = o.Service / 60
	k := min(a.IntN(len(skills)), a.IntN(len(skills)))
	o.Skills = []route.Skill{{Name: skills[k].name, Level: a.IntN(2)}}
	return o
}

func (a *area) crew(k int, x, y float64) route.Crew {
	c := route.Crew{ID: fmt.Sprint("c", k), Start: a.at(x, y), End: a.at(x, y), Shift: route.Window{From: 8 * 3600, To: 17 * 3600}, Capacity: 420, Busy: 8 * 3600}
	for dx := -1.0; dx <= 1; dx++ {
		for dy := -1.0; dy <= 1; dy++ {
			if d := a.district(x+dx/wide, y+dy/wide); !slices.Contains(c.Districts, d) {
				c.Districts = append(c.Districts, d)
			}
		}
	}
	for _, s := range skills {
		if a.Float64() < s.share {
			c.Skills = append(c.Skills, route.Skill{Name: s.name, Level: a.IntN(3)})
		}
	}
	return c
}

// Live is a day under way: each crew serves its own district and those around it, and has
// up to eleven stops before it, near where it is; half of them are published, a tenth
// pinned, a third have a window. The function makes more orders.
func Live(crews int, seed uint64) ([]online.Crew, func() route.Order) {
	a := newArea(seed)
	list := make([]online.Crew, crews)
	for k := range list {
		x, y := a.Float64(), a.Float64()
		c := online.Crew{Crew: a.crew(k, x, y), Free: Now + int64(a.IntN(3000))}
		c.Load, c.BusyUrgent = 2*3600, a.Float64() < 0.03
		for range 4 + a.IntN(8) {
			o := a.order(x+a.NormFloat64()*0.03, y+a.NormFloat64()*0.03)
			if k := a.IntN(max(1, len(c.Skills))); k < len(c.Skills) {
				o.Skills = []route.Skill{c.Skills[k]}
			}
			if a.IntN(3) == 0 {
				from := int64(Now + a.IntN(4*3600))
				o.Windows = []route.Window{{From: from, To: from + 2*3600}}
			}
			s := online.Stop{Order: o, Pinned: a.IntN(10) == 0}
			if a.IntN(2) == 0 {
				s.Published = c.ID
			}
			if next := append(c.Route[:len(c.Route):len(c.Route)], s); fits(&c, next) {
				c.Route = next
			}
		}
		list[k] = c
	}
	return list, func() route.Order { return a.order(a.Float64(), a.Float64()) }
}

// fits tells whether a crew may and can do all of a route.
func fits(c *online.Crew, list []online.Stop) bool {
	u := Metric.Ruler()
	at, t, demand := Metric.Spot(c.Start), c.Free, int64(0)
	for i := range list {
		o := &list[i].Order
		there := Metric.Spot(o.At)
		t += int64(u.Ticks(&at, &there))
		if len(o.Windows) > 0 {
			if t > o.Windows[0].To {
				return false
			}
			t = max(t, o.Windows[0].From)
		}
		t += o.Service
		at = there
		demand += o.Demand
		if !slices.Contains(c.Districts, o.District) {
			return false
		}
	}
	end := Metric.Spot(c.End)
	return t+int64(u.Ticks(&at, &end)) <= c.Shift.To && demand <= c.Capacity
}

// Morning is a day to be planned: most orders lie in compounds of some dozens, most need
// a few minutes, a quarter has a window.
func Morning(orders, crews int, seed uint64) route.Problem {
	a := newArea(seed)
	p := route.Problem{Metric: Metric}
	type compound struct{ x, y float64 }
	compounds := make([]compound, max(20, orders/60))
	for k := range compounds {
		compounds[k] = compound{a.Float64(), a.Float64()}
	}
	for k := range crews {
		p.Crews = append(p.Crews, a.crew(k, a.Float64(), a.Float64()))
	}
	for range orders {
		c := compounds[min(a.IntN(len(compounds)), a.IntN(len(compounds)))]
		o := a.order(c.x+a.NormFloat64()*0.002, c.y+a.NormFloat64()*0.002)
		o.Service = int64(240 + a.IntN(720))
		o.Demand = o.Service / 60
		o.Skills = []route.Skill{{Name: skills[min(a.IntN(4), a.IntN(4), a.IntN(4))].name}}
		if a.IntN(4) == 0 {
			from := int64(3600 * (8 + a.IntN(7)))
			o.Windows = []route.Window{{From: from, To: from + 2*3600}}
		}
		p.Orders = append(p.Orders, o)
	}
	return p
}

// Urgent is an order that comes up during a planned day, near one of its orders.
func Urgent(p route.Problem, r *rand.Rand, id string) route.Order {
	o := p.Orders[r.IntN(len(p.Orders))]
	o.ID, o.Windows, o.Service, o.Penalty = id, nil, 2700, 972_000
	if o.Demand > 0 {
		o.Demand = 45
	}
	o.At.X += r.NormFloat64() * 0.002
	o.At.Y += r.NormFloat64() * 0.002
	return o
}
