package online

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"tundish/dispatch/route"
)

// world makes random boards and orders that vary everything they can say.
type world struct {
	*rand.Rand
	at                               func() route.Point
	skills, districts, windows, many bool
	local                            bool // routes lie near where crews are, and ways are short
	grid                             bool // however few the crews are, they are looked for on the grid
	size                             float64
	orders                           int
}

func (w *world) chance(p float64) bool { return w.Float64() < p }

func (w *world) order() route.Order {
	w.orders++
	o := route.Order{ID: fmt.Sprint("o", w.orders), At: w.at(), Service: int64(w.IntN(300)), Demand: int64(w.IntN(12))}
	for n := 1; w.windows && w.chance(0.5) && n < 4; n++ {
		from := int64(w.IntN(6000))
		o.Windows = append(o.Windows, route.Window{From: from, To: from + int64(w.IntN(2000))})
		if !w.many {
			break
		}
	}
	if w.skills && w.chance(0.6) {
		o.Skills = []route.Skill{{Name: []string{"leak", "meter", "gas", "rare"}[w.IntN(4)], Level: w.IntN(3)}}
	}
	if w.skills && w.chance(0.05) { // more than a job has room for
		for range 8 {
			o.Skills = append(o.Skills, route.Skill{Name: []string{"leak", "meter", "gas"}[w.IntN(3)]})
		}
	}
	if w.skills && w.chance(0.2) {
		o.Tools = []string{[]string{"saw", "pump", "crane"}[w.IntN(3)]}
	}
	if w.districts && w.chance(0.7) {
		o.District = fmt.Sprint("d", w.IntN(5))
	}
	if w.chance(0.1) {
		o.Demand = int64(w.IntN(90))
	}
	if w.chance(0.1) {
		o.Crew = []string{"Ann", "Bo", "c1", "nobody"}[w.IntN(4)]
	}
	if w.chance(0.1) {
		o.Not = []string{"Bo", "c0", "nobody"}
	}
	if w.chance(0.1) {
		o.Day = "monday"
	}
	if w.chance(0.3) {
		o.Penalty = 1 + int64(w.IntN(5000))
	}
	return o
}

func (w *world) crew(id string, j judge) Crew {
	c := Crew{Crew: route.Crew{ID: id, Start: w.at(), End: w.at(), Capacity: 10 + int64(w.IntN(60)), Shift: route.Window{From: int64(w.IntN(2500)), To: 3000 + int64(w.IntN(7000))}}}
	if w.chance(0.2) {
		c.MaxOrders, c.Done = 1+w.IntN(8), w.IntN(3)
	}
	if w.chance(0.2) {
		c.MaxTicks = 1500 + int64(w.IntN(4000))
	}
	if w.chance(0.5) {
		c.Free = int64(w.IntN(3000))
	}
	if w.chance(0.3) {
		c.Fixed = int64(w.IntN(500))
	}
	c.Load, c.Busy = int64(w.IntN(2000)), int64(w.IntN(9000))
	c.BusyUrgent = w.chance(0.2)
	if w.chance(0.3) {
		c.Elsewhere = int64(1 + w.IntN(1000))
	}
	if w.chance(0.3) {
		c.Reserved = int64(w.IntN(3000))
	}
	if w.chance(0.3) {
		c.Of = []string{"Ann", "Bo"}[w.IntN(2)]
	}
	if w.chance(0.3) {
		c.Day = "monday"
	}
	if w.chance(0.3) {
		c.Carried, c.Held = int64(w.IntN(20)), w.IntN(3)
	}
	for _, s := range []string{"leak", "meter", "gas"} {
		if w.chance(0.6) {
			c.Skills = append(c.Skills, route.Skill{Name: s, Level: w.IntN(3)})
		}
	}
	for _, t := range []string{"saw", "pump"} {
		if w.chance(0.6) {
			c.Tools = append(c.Tools, t)
		}
	}
	for d := range 4 {
		if w.chance(0.5) {
			c.Districts = append(c.Districts, fmt.Sprint("d", d))
		}
	}
	anywhere := w.at
	if w.local {
		w.at = func() route.Point {
			if w.chance(0.04) { // a long way
				return anywhere()
			}
			return route.Point{X: c.Start.X + (w.Float64()-0.5)*w.size/50, Y: c.Start.Y + (w.Float64()-0.5)*w.size/50}
		}
		c.End = w.at()
	}
	defer func() { w.at = anywhere }()
	for range w.IntN(9) {
		s := Stop{Order: w.order(), Pinned: w.chance(0.15), Urgent: w.chance(0.05), Fixed: w.chance(0.05)}
		if w.chance(0.4) {
			s.Published = []string{c.Name(), "c1"}[w.IntN(2)]
		}
		list := append(c.Route[:len(c.Route):len(c.Route)], s)
		if j.holds(&c, list) {
			c.Route = list
		}
	}
	return c
}

// eachBoard runs a property over random boards. Every third one has more crews than are
// asked one by one.
func eachBoard(t *testing.T, n int, property func(t *testing.T, w *world, j judge, crews []Crew)) {
	t.Helper()
	for seed := range uint64(n) {
		w := &world{Rand: rand.New(rand.NewPCG(seed, 11))}
		o := Options{Metric: route.Metric{Ticks: 1 + w.Float64(), Round: route.Rounding(w.IntN(3))}, MaxDisplaced: w.IntN(4)}
		w.size, w.local, w.grid = 1000, w.chance(0.5), w.chance(0.5)
		w.at = func() route.Point { return route.Point{X: float64(w.IntN(1000)), Y: float64(w.IntN(1000))} }
		if w.chance(0.4) {
			w.size = 0.1
			o.Metric = route.Metric{Globe: true, Ticks: 0.1, Round: route.Nearest}
			lon, lat := w.Float64()*360-180, w.Float64()*150-75
			w.at = func() route.Point {
				return route.Point{X: wrap(lon + w.Float64()*0.1), Y: lat + w.Float64()*0.1}
			}
		}
		w.skills, w.districts, w.windows, w.many = w.chance(0.6), w.chance(0.5), w.chance(0.6), w.chance(0.3)
		o.Weights = Weights{Arrival: 1 + int64(w.IntN(5)), Displaced: int64(w.IntN(2000)), Change: int64(w.IntN(500))}
		if w.chance(0.6) {
			o.Weights.Balance = int64(w.IntN(300))
		}
		many := 1 + w.IntN(12)
		if seed%3 == 0 {
			many = 80 + w.IntN(80)
		}
		j := judge{o: o, now: int64(w.IntN(1500))}
		var crews []Crew
		for k := range many {
			crews = append(crews, w.crew(fmt.Sprint("c", k), j))
		}
		property(t, w, j, crews)
		if t.Failed() {
			t.Fatalf("with the random board of seed %d", seed)
		}
	}
}

// wrap keeps a longitude on the globe.
func wrap(lon float64) float64 {
	if lon > 180 {
		return lon - 360
	}
	return lon
}

func board(t *testing.T, w *world, j judge, crews []Crew) *Board {
	t.Helper()
	b, err := New(j.o, j.now, crews)
	if err != nil {
		t.Fatal(err)
	}
	if w.grid {
		b.few = 0
	}
	return b
}
