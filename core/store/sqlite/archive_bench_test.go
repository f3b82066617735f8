package sqlite_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"tundish/core"
	"tundish/core/archive"
	"tundish/core/store/sqlite"
)

// endOrders stores orders that ended in 2001, each with its event and logged message.
func endOrders(b *testing.B, s *sqlite.Store, n int) {
	b.Helper()
	long := time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)
	for n > 0 {
		some := min(n, 500)
		n -= some
		units := make([]core.Unit, some)
		for i := range units {
			u := submit(b)
			o := u.Orders[0].Order
			o.Phase = core.Closed
			ch, err := core.NewChange(nil, o, core.Event{At: long, Kind: core.EventReceived, By: "system:hotline"})
			if err != nil {
				b.Fatal(err)
			}
			u.Orders[0] = ch
			units[i] = u
		}
		for _, out := range s.Commit(context.Background(), units...) {
			if out.Kind != core.Applied {
				b.Fatal(out.Error())
			}
		}
	}
}

func archiver(b *testing.B, s *sqlite.Store, share int) *archive.Archiver {
	b.Helper()
	a, err := archive.New(s, archive.Options{Clock: core.SystemClock{}, Holder: "bench", Lease: time.Minute, After: 24 * time.Hour, Every: time.Hour, Share: share, Batch: 10, Messages: true})
	if err != nil {
		b.Fatal(err)
	}
	return a
}

// BenchmarkArchive moves orders with nothing else to do.
func BenchmarkArchive(b *testing.B) {
	s := fresh(b)
	endOrders(b, s, b.N)
	b.ResetTimer()
	sum, err := archiver(b, s, 100).Once(context.Background(), nil)
	if err != nil || sum.Orders != b.N || sum.Events != b.N || sum.Messages != b.N {
		b.Fatalf("%+v, %v", sum, err)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "orders/s")
}

// BenchmarkCommitBesideArchive makes submits durable while the archiver runs at its
// default share and while it does not, in turns over the same file, and tells the ratio.
func BenchmarkCommitBesideArchive(b *testing.B) {
	const each = 3000
	for _, callers := range []int{16, 64} {
		b.Run(fmt.Sprint("callers-", callers), func(b *testing.B) {
			s := fresh(b)
			var rate, p99 [2][]float64
			moved := 0
			for b.Loop() {
				for turn := range 2 {
					ctx, cancel := context.WithCancel(context.Background())
					var wg sync.WaitGroup
					if turn == 1 {
						endOrders(b, s, 3000)
						wg.Go(func() {
							sum, err := archiver(b, s, 10).Once(ctx, nil)
							if err != nil && ctx.Err() == nil {
								b.Error(err)
							}
							moved += sum.Orders
						})
					}
					units := make([]core.Unit, each)
					for i := range units {
						units[i] = submit(b)
					}
					took := make([]time.Duration, each)
					began := time.Now()
					spread(callers, each, func(i int) {
						at := time.Now()
						if out := s.Commit(context.Background(), units[i])[0]; out.Kind != core.Applied {
							b.Error(out.Error())
						}
						took[i] = time.Since(at)
					})
					rate[turn] = append(rate[turn], each/time.Since(began).Seconds())
					cancel()
					wg.Wait()
					slices.Sort(took)
					p99[turn] = append(p99[turn], float64(took[each*99/100].Microseconds())/1000)
				}
			}
			median := func(v []float64) float64 { slices.Sort(v); return v[len(v)/2] }
			b.ReportMetric(median(rate[0]), "alone/s")
			b.ReportMetric(median(rate[1]), "beside/s")
			b.ReportMetric(median(rate[1])/median(rate[0]), "ratio")
			b.ReportMetric(median(p99[0]), "alone-p99-ms")
			b.ReportMetric(median(p99[1]), "beside-p99-ms")
			b.ReportMetric(float64(moved)/float64(len(rate[1])), "moved")
		})
	}
}
