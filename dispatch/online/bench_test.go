package online_test

import (
	"context"
	"runtime"
	"slices"
	"testing"
	"time"

	"tundish/dispatch/internal/city"
	"tundish/dispatch/online"
	"tundish/dispatch/route"
)

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
	crews, order := city.Live(10_000, 1)
	board, err := online.New(city.Options(), city.Now, crews)
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
	crews, order := city.Live(10_000, 1)
	board, err := online.New(city.Options(), city.Now, crews)
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
	crews, _ := city.Live(10_000, 1)
	for b.Loop() {
		if _, err := online.New(city.Options(), city.Now, crews); err != nil {
			b.Fatal(err)
		}
	}
}

// 2,000 orders spread over 10,000 crews, 1,000 stops of theirs movable.
func BenchmarkBatch(b *testing.B) {
	crews, order := city.Live(10_000, 1)
	var work online.Work
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
	var s online.Spread
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		board, err := online.New(city.Options(), city.Now, crews)
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
