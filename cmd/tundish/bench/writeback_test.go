package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tundish/adapters/soap"
	"tundish/cmd/tundish/app"
	"tundish/config"
	"tundish/core"
	"tundish/wsdl/hotline"
	"tundish/wsdl/xsd"
)

const (
	owed = 1500
	lane = 64 // at a time
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
	for _, latency := range []time.Duration{0, 20 * time.Millisecond} {
		b.Run(latency.String(), func(b *testing.B) {
			to := &target{latency: latency}
			endpoint, err := soap.NewEndpoint(hotline.NewHotlineSystemHandler(to), soap.EndpointOptions{System: "hotline"})
			if err != nil {
				b.Fatal(err)
			}
			srv := httptest.NewServer(endpoint)
			b.Cleanup(srv.Close)
			client, err := soap.NewClient(soap.ClientOptions{System: "hotline", Endpoint: srv.URL, Connections: lane})
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(client.Close)
			root, n := b.TempDir(), 0
			all := rounds(b,
				func() lap {
					n++
					return drain(b, filepath.Join(root, strconv.Itoa(n)), srv.URL, to)
				},
				func() lap { return call(b, client) },
			)
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(all[0].rate(), "writebacks/s")
			b.ReportMetric(all[1].rate(), "bare/s")
			b.ReportMetric(all[0].rate()/all[1].rate(), "of-bare")
			b.ReportMetric(all[0].cpu(), "cpu-µs")
			addRow(fmt.Sprintf("write-back, %d at a time, target takes %s", lane, latency), all[0], "bare SOAP client", all[1], "attempt, outcome and message kept")
		})
	}
}

// drain starts a hub that owes and waits until it owes nothing.
func drain(b testing.TB, dir, url string, to *target) lap {
	s := settings(b, dir, nobody,
		config.Change{File: "systems/hotline.yaml", Key: "url", Text: url},
		config.Change{File: "systems/hotline.yaml", Key: "write_back.concurrency", Text: strconv.Itoa(lane)})
	st, err := s.Prepare(context.Background())
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = st.Close() }()
	owe(b, st)
	h := newHub(b, dir, s, st)
	before := to.count.Load()
	start := time.Now()
	stop := run(b, h)
	look := time.NewTicker(2 * time.Millisecond)
	defer look.Stop()
	for range look.C {
		if to.count.Load()-before < owed {
			if time.Since(start) > time.Minute {
				b.Fatalf("only %d of %d were written back", to.count.Load()-before, owed)
			}
			continue
		}
		left, err := st.OutboxMessages(context.Background(), core.OutboxQuery{States: []core.MessageState{core.MessageDue, core.MessageUnknown}, Limit: 1})
		if err != nil {
			b.Fatal(err)
		}
		if len(left) == 0 {
			break
		}
	}
	took := time.Since(start)
	stop()
	if sent := to.count.Load() - before; sent != owed {
		b.Fatalf("%d calls for %d messages", sent, owed)
	}
	return lap{n: owed, took: took}
}

// owe stores orders whose source is to be told of a status.
func owe(b testing.TB, st app.Store) {
	var units []core.Unit
	now := time.Now()
	for i := range owed {
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
			core.OutboxMessage{ID: core.NewID(now), Target: "hotline", Kind: core.TellStatus, Payload: payload})
		if err != nil {
			b.Fatal(err)
		}
		units = append(units, core.Unit{Orders: []core.OrderChange{c}})
	}
	for _, out := range st.Commit(context.Background(), units...) {
		if out.Kind != core.Applied {
			b.Fatal(out.Error())
		}
	}
}

// call makes as many calls as the hub has to, and keeps nothing.
func call(b testing.TB, c *soap.Client) lap {
	client := hotline.NewHotlineSystemClient(c)
	var next atomic.Int64
	var wg sync.WaitGroup
	start := time.Now()
	for range lane {
		wg.Go(func() {
			for i := next.Add(1); i <= owed; i = next.Add(1) {
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
