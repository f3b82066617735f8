package sqlite_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tundish/core"
	"tundish/core/store/sqlite"
)

var serial atomic.Int64

// submit is what a hotline's SubmitOrder writes: an order of about 2 KB, its event,
// its logged message.
func submit(b *testing.B) core.Unit {
	n := serial.Add(1)
	u := unit(b, "hotline", int(n))
	u.Orders[0].Outbox = nil
	u.Orders[0].Hash = core.Hash(strings.Repeat("0123456789abcdef", 4))
	u.Messages = []core.LoggedMessage{{ID: core.NewID(time.Now()), System: "hotline", Direction: core.Inbound, Operation: "SubmitOrder",
		External: fmt.Sprint("x", n), Order: u.Orders[0].Order.No, At: time.Now(), Took: time.Millisecond, Result: "ok", Request: make([]byte, 2500), Response: make([]byte, 500)}}
	return u
}

func fresh(b *testing.B) *sqlite.Store {
	s := open(b, filepath.Join(b.TempDir(), "bench.db"), sqlite.Options{})
	if err := s.Migrate(b.Context()); err != nil {
		b.Fatal(err)
	}
	return s
}

// spread runs n pieces of work on so many callers.
func spread(callers, n int, work func(i int)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				work(i)
			}
		})
	}
	wg.Wait()
}

// BenchmarkFsync is what the disk itself does: 4 KB appended and synced, one at a time.
func BenchmarkFsync(b *testing.B) {
	f, err := os.Create(filepath.Join(b.TempDir(), "fsync"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	page := make([]byte, 4096)
	for b.Loop() {
		if _, err := f.Write(page); err != nil {
			b.Fatal(err)
		}
		if err := f.Sync(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "fsyncs/s")
}

// BenchmarkCommit makes submits durable, with the callers that a SOAP server would have.
func BenchmarkCommit(b *testing.B) {
	for _, callers := range []int{1, 16, 64} {
		b.Run(fmt.Sprint("callers-", callers), func(b *testing.B) {
			s := fresh(b)
			units := make([]core.Unit, b.N)
			for i := range units {
				units[i] = submit(b)
			}
			took := make([]time.Duration, b.N)
			b.ReportAllocs()
			b.ResetTimer()
			spread(callers, b.N, func(i int) {
				began := time.Now()
				if out := s.Commit(context.Background(), units[i])[0]; out.Kind != core.Applied {
					b.Error(out.Error())
				}
				took[i] = time.Since(began)
			})
			b.StopTimer()
			report(b, took, "submits/s")
		})
	}
}

func report(b *testing.B, took []time.Duration, unit string) {
	if b.N < 100 {
		return
	}
	slices.Sort(took)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), unit)
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
}

// BenchmarkPage stores pages of 500 pulled orders.
func BenchmarkPage(b *testing.B) {
	s := fresh(b)
	const page = 500
	run := core.JobRun{ID: "run", Job: "pull", State: core.RunRunning}
	for i := 0; b.Loop(); i++ {
		b.StopTimer()
		r := run
		r.Page = i
		u := core.Unit{Run: &r}
		for range page {
			one := unit(b, "billing", int(serial.Add(1)))
			one.Orders[0].Order.Customer.Account = one.Orders[0].Order.Ref.External
			one.Orders[0].Outbox = nil
			u.Orders = append(u.Orders, one.Orders...)
		}
		b.StartTimer()
		if out := s.Commit(context.Background(), u)[0]; out.Kind != core.Applied {
			b.Fatal(out.Error())
		}
	}
	b.ReportMetric(float64(b.N*page)/b.Elapsed().Seconds(), "orders/s")
}

// BenchmarkDeliver claims lanes and records their deliveries, 64 at a time.
func BenchmarkDeliver(b *testing.B) {
	s := fresh(b)
	var units []core.Unit
	for range b.N {
		units = append(units, unit(b, "hotline", int(serial.Add(1))))
	}
	for i := 0; i < len(units); i += 500 {
		for _, out := range s.Commit(context.Background(), units[i:min(i+500, len(units))]...) {
			if out.Kind != core.Applied {
				b.Fatal(out.Error())
			}
		}
	}
	b.ResetTimer()
	lanes := make(chan core.Lane, 64)
	go func() {
		defer close(lanes)
		for n := 0; n < b.N; {
			got, err := s.ClaimLanes(context.Background(), "hotline", 64, "bench", time.Minute)
			if err != nil {
				b.Error(err)
				return
			}
			for _, l := range got {
				lanes <- l
			}
			n += len(got)
		}
	}()
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			for l := range lanes {
				u := core.Unit{Delivery: &core.DeliveryChange{Lane: l.LaneKey, Token: l.Token, MessageID: l.Messages[0].ID, State: core.MessageDelivered, Release: true,
					Attempt: core.Attempt{At: time.Now(), Outcome: core.Delivered}}}
				if out := s.Commit(context.Background(), u)[0]; out.Kind != core.Applied {
					b.Error(out.Error())
				}
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "deliveries/s")
}

// BenchmarkOrderByRef is the look-up before each submit, beside 20,000 orders.
func BenchmarkOrderByRef(b *testing.B) {
	s := fresh(b)
	const orders = 20_000
	var refs []core.Ref
	for i := 0; i < orders; i += 500 {
		var units []core.Unit
		for range 500 {
			u := submit(b)
			refs = append(refs, u.Orders[0].Order.Ref)
			units = append(units, u)
		}
		for _, out := range s.Commit(context.Background(), units...) {
			if out.Kind != core.Applied {
				b.Fatal(out.Error())
			}
		}
	}
	for name, at := range map[string]func(i int) core.Ref{
		"known":   func(i int) core.Ref { return refs[i*7919%orders] },
		"unknown": func(i int) core.Ref { return core.Ref{System: "hotline", External: fmt.Sprint("new", i)} },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				_, _, err := s.OrderByRef(context.Background(), at(i))
				if (err == nil) != (name == "known") {
					b.Fatal(err)
				}
			}
		})
	}
}
