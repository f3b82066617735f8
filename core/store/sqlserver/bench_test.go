package sqlserver_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tundish/core"
	"tundish/core/store/sqlserver"
)

var serial atomic.Int64

// submit is what a hotline's SubmitOrder writes: an order of about 2 KB, its event,
// its logged message.
func submit(b *testing.B) core.Unit {
	b.Helper()
	n := serial.Add(1)
	o := core.WorkOrder{No: core.OrderNo(fmt.Sprintf("W26-%07d", n)), Ref: core.Ref{System: "hotline", External: fmt.Sprint("x", n)},
		Type: "burst", Family: core.Repair, Phase: core.Dispatching, Urgency: core.Normal}
	o.Report.Content = strings.Repeat("路面冒水", 200)
	ch, err := core.NewChange(nil, o, core.Event{At: time.Now(), Kind: core.EventReceived, By: "system:hotline"})
	if err != nil {
		b.Fatal(err)
	}
	ch.Hash = core.Hash(strings.Repeat("0123456789abcdef", 4))
	return core.Unit{Orders: []core.OrderChange{ch}, Messages: []core.LoggedMessage{{ID: core.NewID(time.Now()), System: "hotline", Direction: core.Inbound,
		Operation: "SubmitOrder", External: o.Ref.External, Order: o.No, At: time.Now(), Result: "ok", Request: make([]byte, 2500), Response: make([]byte, 500)}}}
}

func BenchmarkCommit(b *testing.B) {
	s := open(b, freshDatabase(b), sqlserver.Options{})
	for _, callers := range []int{1, 16, 64} {
		b.Run(fmt.Sprint("callers-", callers), func(b *testing.B) {
			units := make([]core.Unit, b.N)
			for i := range units {
				units[i] = submit(b)
			}
			b.ResetTimer()
			var next atomic.Int64
			var wg sync.WaitGroup
			for range callers {
				wg.Go(func() {
					for i := int(next.Add(1)) - 1; i < b.N; i = int(next.Add(1)) - 1 {
						if out := s.Commit(context.Background(), units[i])[0]; out.Kind != core.Applied {
							b.Error(out.Error())
						}
					}
				})
			}
			wg.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "submits/s")
		})
	}
}

// BenchmarkPage stores pages of 500 pulled orders, by bulk copy.
func BenchmarkPage(b *testing.B) {
	s := open(b, freshDatabase(b), sqlserver.Options{})
	const page = 500
	for i := 0; b.Loop(); i++ {
		b.StopTimer()
		u := core.Unit{Run: &core.JobRun{ID: "run", Job: "pull", Page: i, State: core.RunRunning}}
		for range page {
			u.Orders = append(u.Orders, submit(b).Orders...)
		}
		b.StartTimer()
		if out := s.Commit(context.Background(), u)[0]; out.Kind != core.Applied {
			b.Fatal(out.Error())
		}
	}
	b.ReportMetric(float64(b.N*page)/b.Elapsed().Seconds(), "orders/s")
}
