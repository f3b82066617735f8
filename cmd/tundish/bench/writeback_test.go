package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tundish/adapters/soap"
	"tundish/config"
	"tundish/core"
	"tundish/wsdl/hotline"
	"tundish/wsdl/xsd"
)

const (
	owed      = 3000    // results in one lap
	owedLarge = 100_000 // with TUNDISH_TEST_BENCH_LARGE=1
	lane      = 64      // at a time
)

// target is a hotline that takes a while to take a status in.
type target struct {
	hotline.HotlineSystemService // the other operations are not called
	latency                      time.Duration
	count                        atomic.Int64
}

func (t *target) UpdateOrderStatus(ctx context.Context, _ *hotline.UpdateOrderStatus) (*hotline.UpdateOrderStatusResponse, error) {
	if t.latency > 0 {
		timer := time.NewTimer(t.latency)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	t.count.Add(1)
	return &hotline.UpdateOrderStatusResponse{Acknowledgement: hotline.Acknowledgement{Accepted: true}}, nil
}

func BenchmarkWriteBack(b *testing.B) {
	for _, latency := range []time.Duration{0, 20 * time.Millisecond, 50 * time.Millisecond} {
		b.Run(latency.String(), func(b *testing.B) { writeBack(b, owed, latency) })
	}
}

// BenchmarkDrain is BenchmarkWriteBack with as many results as an outage leaves behind.
func BenchmarkDrain(b *testing.B) {
	if os.Getenv("TUNDISH_TEST_BENCH_LARGE") != "1" {
		b.Skip("set TUNDISH_TEST_BENCH_LARGE=1 for 100,000 results; a round takes minutes")
	}
	writeBack(b, owedLarge, 20*time.Millisecond)
}

func writeBack(b *testing.B, owed int, latency time.Duration) {
	to := &target{latency: latency}
	url := to.serve(b)
	client, err := soap.NewClient(soap.ClientOptions{System: "hotline", Endpoint: url, Connections: lane})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(client.Close)
	root, n := b.TempDir(), 0
	all := rounds(b,
		func() lap {
			n++
			return drain(b, filepath.Join(root, strconv.Itoa(n)), url, to, owed)
		},
		func() lap { return call(b, client, owed) },
	)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(all[0].rate(), "writebacks/s")
	b.ReportMetric(all[1].rate(), "bare/s")
	b.ReportMetric(all[0].rate()/all[1].rate(), "of-bare")
	b.ReportMetric(all[0].cpu(), "cpu-µs")
	must := "≥ 0.9"
	if latency == 0 {
		must = ""
	}
	addRowWithMust(fmt.Sprintf("write-back of %d, %d at a time, target takes %s", owed, lane, latency), all[0], "bare SOAP client", all[1], "attempt, outcome and message kept", must)
}

// serve starts the target.
func (t *target) serve(b testing.TB) (url string) {
	endpoint, err := soap.NewEndpoint(hotline.NewHotlineSystemHandler(t), soap.EndpointOptions{System: "hotline"})
	if err != nil {
		b.Fatal(err)
	}
	srv := httptest.NewServer(endpoint)
	b.Cleanup(srv.Close)
	return srv.URL
}

// drain starts a hub that owes and waits until it owes nothing.
func drain(b testing.TB, dir, url string, to *target, owed int) lap {
	s := settings(b, dir, nobody,
		config.Change{File: "systems/hotline.yaml", Key: "url", Text: url},
		config.Change{File: "systems/hotline.yaml", Key: "write_back.concurrency", Text: strconv.Itoa(lane)})
	st, err := s.Prepare(context.Background())
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = st.Close() }()
	for from := 0; from < owed; from += 2000 {
		put(b, st, results(b, "hotline", from, min(from+2000, owed)))
	}
	h := newHub(b, dir, s, st)
	before, cpuBefore := to.count.Load(), cpu()
	start := time.Now()
	stop := run(b, h)
	look := time.NewTicker(2 * time.Millisecond)
	defer look.Stop()
	for range look.C {
		if to.count.Load()-before < int64(owed) {
			if time.Since(start) > 10*time.Minute {
				b.Fatalf("only %d of %d were written back", to.count.Load()-before, owed)
			}
			continue
		}
		_, left, err := st.NextDue(context.Background(), "hotline")
		if err != nil {
			b.Fatal(err)
		}
		if !left {
			break
		}
	}
	l := lap{n: owed, took: time.Since(start), cpu: cpu() - cpuBefore}
	stop()
	if sent := to.count.Load() - before; sent != int64(owed) {
		b.Fatalf("%d calls for %d messages", sent, owed)
	}
	return l
}

// results are orders whose source, or somebody else, is to be told of a status.
func results(b testing.TB, target core.SystemID, from, to int) []core.Unit {
	var units []core.Unit
	now := time.Now()
	for i := from; i < to; i++ {
		o := core.WorkOrder{
			No: core.OrderNo(fmt.Sprintf("W26-%07d-0", i)), Ref: core.Ref{System: "hotline", External: fmt.Sprint("RX", i)}, Type: "leak", Family: core.Repair,
			Phase: core.Acceptance, Urgency: core.Normal, Place: core.Place{Address: "浦东新区张杨路1234弄5号", Point: &core.Point{Lat: 31.22, Lon: 121.48}},
			Report: core.Report{Category: "leak", Content: "5 号门前路面冒水"}, ReceivedAt: now,
		}
		payload, err := json.Marshal(core.WriteBack{Kind: core.TellStatus, At: now, Status: core.StatusAccepted, By: "auto", Order: o})
		if err != nil {
			b.Fatal(err)
		}
		c, err := core.NewChange(nil, o, core.Event{At: now, Kind: core.EventReceived, By: "system:hotline"},
			core.OutboxMessage{ID: core.NewID(now), Target: target, Kind: core.TellStatus, Payload: payload})
		if err != nil {
			b.Fatal(err)
		}
		units = append(units, core.Unit{Orders: []core.OrderChange{c}})
	}
	return units
}

func put(b testing.TB, st core.Committer, units []core.Unit) {
	for _, out := range st.Commit(context.Background(), units...) {
		if out.Kind != core.Applied {
			b.Fatal(out.Error())
		}
	}
}

// call makes as many calls as the hub has to, and keeps nothing.
func call(b testing.TB, c *soap.Client, owed int) lap {
	client := hotline.NewHotlineSystemClient(c)
	var next atomic.Int64
	var wg sync.WaitGroup
	start := time.Now()
	for range lane {
		wg.Go(func() {
			for i := next.Add(1); i <= int64(owed); i = next.Add(1) {
				now := time.Now()
				a, err := client.UpdateOrderStatus(context.Background(), &hotline.UpdateOrderStatus{
					MessageId: core.NewID(now), Sequence: 1, SentAt: xsd.NewDateTime(now),
					OrderStatus: hotline.OrderStatus{OrderNo: fmt.Sprintf("W26-%07d-0", i), ExternalRef: fmt.Sprint("RX", i), Status: "A", Phase: "acceptance", At: xsd.NewDateTime(now), By: "auto"},
				})
				if err != nil || !a.Acknowledgement.Accepted {
					b.Errorf("call: %v", err)
					return
				}
			}
		})
	}
	wg.Wait()
	return lap{n: owed, took: time.Since(start)}
}
