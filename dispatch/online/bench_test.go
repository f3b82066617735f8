package online

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"time"

	"tundish/dispatch/route"
)

// city is a day of 10,000 crews in an area of 100 by 100 km, at 10 o'clock: 200 districts
// of 50 crews, of which each crew serves its own and those around it; six skills, the
// rarest held by one crew in fifty; on average six stops still to visit, half of them
// published, a third with a window, near where the crew is.
func city(crews int, seed uint64) (Options, []Crew, func() route.Order) {
	r := rand.New(rand.NewPCG(seed, 3))
	const side, wide = 0.9, 16
	o := Options{Metric: route.Metric{Globe: true, Ticks: 1.3 / (25 / 3.6)}, MaxDisplaced: 2, Weights: DefaultWeights(60)}
	at := func(x, y float64) route.Point { return route.Point{X: 121 + x*side*1.17, Y: 31 + y*side} }
	district := func(x, y float64) string {
		clamp := func(v float64) int { return min(max(int(v*wide), 0), wide-1) }
		return fmt.Sprint(clamp(x), "-", clamp(y))
	}
	skills := []struct {
		name  string
		share float64
	}{{"meter", 0.9}, {"repair", 0.6}, {"valve", 0.4}, {"gas", 0.3}, {"large_meter", 0.1}, {"pipe_burst", 0.02}}
	no := 0
	order := func(x, y float64) route.Order {
		no++
		q := route.Order{ID: fmt.Sprint("o", no), At: at(x, y), District: district(x, y), Service: int64(900 + r.IntN(3600)), Penalty: 36_000}
		q.Demand = q.Service / 60
		k := min(r.IntN(len(skills)), r.IntN(len(skills)))
		q.Skills = []route.Skill{{Name: skills[k].name, Level: r.IntN(2)}}
		return q
	}
	const now = 10 * 3600
	j := judge{o: o, now: now}
	var list []Crew
	for k := range crews {
		x, y := r.Float64(), r.Float64()
		c := Crew{Crew: route.Crew{ID: fmt.Sprint("c", k), Start: at(x, y), End: at(x, y), Shift: route.Window{From: 8 * 3600, To: 17 * 3600}, Capacity: 420, Busy: 8 * 3600}}
		c.Load, c.Free = 2*3600, now+int64(r.IntN(3000))
		c.Urgent = r.Float64() < 0.03
		for dx := -1.0; dx <= 1; dx++ {
			for dy := -1.0; dy <= 1; dy++ {
				if d := district(x+dx/wide, y+dy/wide); !slices.Contains(c.Districts, d) {
					c.Districts = append(c.Districts, d)
				}
			}
		}
		for _, s := range skills {
			if r.Float64() < s.share {
				c.Skills = append(c.Skills, route.Skill{Name: s.name, Level: r.IntN(3)})
			}
		}
		for range 4 + r.IntN(8) {
			q := order(x+r.NormFloat64()*0.03, y+r.NormFloat64()*0.03)
			if k := r.IntN(max(1, len(c.Skills))); k < len(c.Skills) {
				q.Skills = []route.Skill{c.Skills[k]}
			}
			if r.IntN(3) == 0 {
				from := int64(now + r.IntN(4*3600))
				q.Windows = []route.Window{{From: from, To: from + 2*3600}}
			}
			s := Stop{Order: q, Published: r.IntN(2) == 0, Pinned: r.IntN(10) == 0}
			if next := append(c.Route[:len(c.Route):len(c.Route)], s); j.holds(&c, next) {
				c.Route = next
			}
		}
		list = append(list, c)
	}
	return o, list, func() route.Order { return order(r.Float64(), r.Float64()) }
}

// percentiles reports how long single calls took.
func percentiles(b *testing.B, took []time.Duration) {
	slices.Sort(took)
	for _, p := range []struct {
		name  string
		share float64
	}{{"p50", 0.5}, {"p99", 0.99}, {"max", 1}} {
		b.ReportMetric(float64(took[min(len(took)-1, int(p.share*float64(len(took))))].Microseconds()), p.name+"-µs")
	}
}

// One urgent order to the best of 10,000 crews.
func BenchmarkOffer(b *testing.B) {
	o, crews, order := city(10_000, 1)
	board, err := New(o, 10*3600, crews)
	if err != nil {
		b.Fatal(err)
	}
	stops := 0
	for _, c := range crews {
		stops += len(c.Route)
	}
	orders := make([]route.Order, 4096)
	for k := range orders {
		orders[k] = order()
	}
	var took []time.Duration
	refused, pushed, n := 0, 0, 0
	b.ReportAllocs()
	for b.Loop() {
		begun := time.Now()
		a, err := board.Offer(&orders[n%len(orders)])
		took = append(took, time.Since(begun))
		if err != nil {
			b.Fatal(err)
		}
		n++
		if a.Crew == "" {
			refused++
		}
		pushed += len(a.Displaced)
	}
	percentiles(b, took)
	b.ReportMetric(float64(stops), "stops")
	b.ReportMetric(100*float64(refused)/float64(n), "%refused")
	b.ReportMetric(100*float64(pushed)/float64(n), "%pushing")
}

// The same, given and taken back.
func BenchmarkGive(b *testing.B) {
	o, crews, order := city(10_000, 1)
	board, err := New(o, 10*3600, crews)
	if err != nil {
		b.Fatal(err)
	}
	var took []time.Duration
	b.ReportAllocs()
	for b.Loop() {
		q := order()
		begun := time.Now()
		a, err := board.Give(&q)
		took = append(took, time.Since(begun))
		if err != nil {
			b.Fatal(err)
		}
		if len(a.Displaced) == 0 { // what was pushed out stays where it went
			board.Remove(q.ID)
		}
	}
	percentiles(b, took)
}

func BenchmarkNew(b *testing.B) {
	o, crews, _ := city(10_000, 1)
	for b.Loop() {
		if _, err := New(o, 10*3600, crews); err != nil {
			b.Fatal(err)
		}
	}
}

// 2,000 orders spread over 10,000 crews, 1,000 stops of theirs movable.
func BenchmarkBatch(b *testing.B) {
	o, crews, order := city(10_000, 1)
	var work Work
	work.Threads = runtime.GOMAXPROCS(0)
	for range 2000 {
		work.Orders = append(work.Orders, order())
	}
	for _, c := range crews[:1000] {
		if len(c.Route) > 0 {
			work.Movable = append(work.Movable, c.Route[len(c.Route)-1].ID)
		}
	}
	var took []time.Duration
	var s Spread
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		board, err := New(o, 10*3600, crews)
		if err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		begun := time.Now()
		s, err = board.Batch(context.Background(), work)
		took = append(took, time.Since(begun))
		if err != nil {
			b.Fatal(err)
		}
	}
	percentiles(b, took)
	b.ReportMetric(float64(len(s.Given)), "given")
	b.ReportMetric(float64(len(s.Moved)), "moved")
	b.ReportMetric(float64(len(s.Left)), "left")
	b.ReportMetric(float64(s.Cost)/3600, "points-h")
}
