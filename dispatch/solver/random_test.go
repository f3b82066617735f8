package solver

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// morning is the instant all made-up problems start at.
var morning = time.Date(2026, 5, 12, 0, 0, 0, 0, time.UTC)

// shape says what a random problem is like.
type shape struct {
	crews, orders int
	days          int  // shifts per crew
	tight         bool // less capacity than work
	simple        bool // no windows, pins, exclusions
}

// randomProblem makes a small town's day; the same seed gives the same problem.
func randomProblem(seed uint64, s shape) Problem {
	r := rand.New(rand.NewPCG(seed, 7))
	skills := []string{"meter", "leak", "valve", "gas", "large_meter"}
	districts := []string{"north", "south", "east", "west"}
	p := Problem{Now: morning.Add(9 * time.Hour)}
	place := func() Point { return Point{31.0 + r.Float64()*0.3, 121.5 + r.Float64()*0.4} }
	some := func(list []string, least, most int) []string {
		perm := r.Perm(len(list))
		var out []string
		for _, i := range perm[:least+r.IntN(most-least+1)] {
			out = append(out, list[i])
		}
		return out
	}
	for c := range s.crews {
		crew := Crew{ID: CrewID(fmt.Sprintf("c%d", c)), Start: place(), BusyUrgent: r.IntN(6) == 0, OffDuty: r.IntN(15) == 0}
		if r.IntN(20) == 0 {
			crew.Start = Point{}
		}
		for _, name := range some(skills, 1, 4) {
			crew.Skills = append(crew.Skills, Skill{name, r.IntN(3)})
		}
		if r.IntN(4) > 0 {
			crew.Districts = some(districts, 1, 3)
		}
		for d := range max(1, s.days) {
			from := morning.Add(time.Duration(d)*24*time.Hour + time.Duration(7+r.IntN(3))*time.Hour)
			sh := Shift{ID: ShiftID(from.Format("0102")), From: from, To: from.Add(time.Duration(5+r.IntN(5)) * time.Hour)}
			if r.IntN(4) > 0 {
				sh.CapMinutes = 120 + 10*r.IntN(30)
			}
			if s.tight {
				sh.CapMinutes = 60 + 10*r.IntN(10)
			}
			if r.IntN(2) == 0 {
				sh.CapOrders = 2 + r.IntN(6)
			}
			if r.IntN(2) == 0 {
				sh.LoadOrders = r.IntN(3)
				sh.LoadMinutes = sh.LoadOrders * 20
			}
			crew.Shifts = append(crew.Shifts, sh)
		}
		p.Crews = append(p.Crews, crew)
	}
	for i := range s.orders {
		o := Order{
			ID: OrderID(fmt.Sprintf("o%d", i)), Place: place(), ServiceMinutes: 5 * r.IntN(15),
			Priority: r.IntN(3), Urgent: r.IntN(12) == 0,
		}
		if r.IntN(5) > 0 {
			o.Skills = []Skill{{skills[r.IntN(len(skills))], r.IntN(3)}}
		}
		if r.IntN(30) == 0 {
			o.Skills = append(o.Skills, Skill{"diving", 1})
		}
		if r.IntN(3) > 0 {
			o.District = districts[r.IntN(len(districts))]
		}
		if r.IntN(3) == 0 {
			o.ArriveBy = p.Now.Add(time.Duration(r.IntN(300)) * time.Minute)
		}
		if r.IntN(5) == 0 {
			o.FinishBy = p.Now.Add(time.Duration(r.IntN(300)) * time.Minute)
		}
		if !s.simple {
			if r.IntN(4) == 0 {
				day := time.Duration(r.IntN(max(1, s.days))) * 24 * time.Hour
				from := morning.Add(day + time.Duration(9+r.IntN(5))*time.Hour)
				o.Windows = []Window{{from, from.Add(90 * time.Minute)}}
			}
			if s.crews > 0 && r.IntN(15) == 0 {
				o.Pin.Crew = p.Crews[r.IntN(s.crews)].ID
			}
			if s.crews > 0 && r.IntN(8) == 0 {
				if id := p.Crews[r.IntN(s.crews)].ID; id != o.Pin.Crew {
					o.Excluded = []CrewID{id}
				}
			}
		}
		p.Orders = append(p.Orders, o)
	}
	return p
}
