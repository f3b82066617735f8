package solver

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// city is a large city's working day: compounds of meters, crews all over, some
// skills rare, everybody in a few of the districts, and work for about four
// fifths of the time there is (less where there are many crews).
func city(orders, crews int) Problem {
	r := rand.New(rand.NewPCG(1, 1))
	p := Problem{Now: morning.Add(8 * time.Hour)}
	const side = 4 // districts lie in a square grid
	place := func() (Point, int) {
		pt := Point{30.88 + r.Float64()*0.49, 121.49 + r.Float64()*0.44}
		return pt, int((pt.Lat-30.88)/0.49*side)*side + int((pt.Lon-121.49)/0.44*side)
	}
	skills := []string{"meter", "inspection", "leak", "valve", "gas", "large_meter"}
	share := []float64{.9, .8, .5, .4, .2, .05}
	for c := range crews {
		pt, d := place()
		crew := Crew{
			ID: CrewID(fmt.Sprintf("crew%d", c)), Start: pt, BusyUrgent: r.IntN(50) == 0,
			Districts: []string{fmt.Sprint(d), fmt.Sprint((d + 1) % (side * side)), fmt.Sprint((d + side) % (side * side))},
			Shifts: []Shift{{
				ID: "today", From: p.Now, To: p.Now.Add(9 * time.Hour),
				CapMinutes: 420, LoadMinutes: 10 * r.IntN(30),
			}},
		}
		for i, s := range skills {
			if r.Float64() < share[i] {
				crew.Skills = append(crew.Skills, Skill{s, 1})
			}
		}
		p.Crews = append(p.Crews, crew)
	}
	mean := min(30, 220*crews/max(1, orders))
	for i := range orders {
		pt, d := place()
		kind := r.IntN(len(skills))
		p.Orders = append(p.Orders, Order{
			ID: OrderID(fmt.Sprintf("order%d", i)), Place: pt, District: fmt.Sprint(d), ServiceMinutes: mean/2 + r.IntN(mean+1),
			Priority: r.IntN(3), Urgent: r.IntN(100) == 0, Skills: []Skill{{skills[kind], 1}},
		})
	}
	return p
}

func BenchmarkSolve(b *testing.B) {
	for _, size := range [][2]int{{500, 40}, {2000, 1000}, {2000, 10000}, {5000, 200}, {50000, 1500}} {
		for _, iterations := range []int{-1, 0} {
			b.Run(fmt.Sprintf("orders=%d/crews=%d/iterations=%d", size[0], size[1], iterations), func(b *testing.B) {
				p := city(size[0], size[1])
				var sol Solution
				for b.Loop() {
					var err error
					if sol, err = Solve(context.Background(), p, Options{Iterations: iterations}); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(sol.Cost.Total()), "points")
				b.ReportMetric(float64(sol.Stats.Constructed), "constructed")
				b.ReportMetric(float64(len(sol.Unassigned)), "unassigned")
			})
		}
	}
}

// BenchmarkUrgent is the online case: one urgent order, 10,000 crews ready.
func BenchmarkUrgent(b *testing.B) {
	p := city(1000, 10000)
	roster, err := NewRoster(p, Options{})
	if err != nil {
		b.Fatal(err)
	}
	for i := range p.Orders {
		p.Orders[i].Urgent = true
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		if _, _, err := roster.Best(p.Orders[i%len(p.Orders)]); err != nil {
			b.Fatal(err)
		}
		i++
	}
}

func BenchmarkNewRoster(b *testing.B) {
	p := city(0, 10000)
	for b.Loop() {
		if _, err := NewRoster(p, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkReplace(b *testing.B) {
	p := city(0, 10000)
	roster, err := NewRoster(p, Options{})
	if err != nil {
		b.Fatal(err)
	}
	i := 0
	for b.Loop() {
		c := p.Crews[i%len(p.Crews)]
		c.Start.Lat += 0.01
		if err := roster.Replace(c); err != nil {
			b.Fatal(err)
		}
		i++
	}
}

func BenchmarkRank(b *testing.B) {
	p := city(100, 10000)
	roster, err := NewRoster(p, Options{})
	if err != nil {
		b.Fatal(err)
	}
	i := 0
	for b.Loop() {
		if _, err := roster.Rank(p.Orders[i%len(p.Orders)]); err != nil {
			b.Fatal(err)
		}
		i++
	}
}

func BenchmarkValidate(b *testing.B) {
	p := city(2000, 10000)
	for b.Loop() {
		if f := Validate(p); f != nil {
			b.Fatal(f)
		}
	}
}
