package bench

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"

	"tundish/adapters/hotline"
	"tundish/adapters/soap"
	"tundish/adapters/standard"
	"tundish/core"
	"tundish/core/outbox"
	"tundish/core/store/sqlite"
)

const (
	trickle   = 600                  // results in one lap,
	every     = 4 * time.Millisecond // one after the other
	deadLanes = 3000                 // owed to the dead target meanwhile
)

// BenchmarkDeadTarget measures how long a result takes from its commit to its target, which
// answers in 20 ms, alone and beside a target that takes every call and answers none.
func BenchmarkDeadTarget(b *testing.B) {
	hang := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	}))
	b.Cleanup(hang.Close)
	root, n := b.TempDir(), 0
	lapOf := func(dead string) lap {
		n++
		return beside(b, filepath.Join(root, strconv.Itoa(n)), dead)
	}
	all := rounds(b, func() lap { return lapOf(hang.URL) }, func() lap { return lapOf("") })
	p99, alone := all[0].quantile(0.99), all[1].quantile(0.99)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(p99, "p99-ms")
	b.ReportMetric(alone, "alone-p99-ms")
	b.ReportMetric(p99/alone, "of-alone")
	ownRow(row{work: "write-back, one result every 4 ms, beside a dead target that is owed 3,000: p99 from commit to target", hub: ms(p99),
		beside: "without the dead target", other: ms(alone), ratio: ratio(p99 / alone), must: "≤ 1.2"})
}

func ms(v float64) string { return strconv.FormatFloat(v, 'f', 2, 64) + " ms" }

// arrivals is a hotline's sink that notes when a message's answer is there.
type arrivals struct {
	outbox.Sink
	mu sync.Mutex
	at map[string]time.Time
}

func (a *arrivals) Deliver(ctx context.Context, m core.OutboxMessage) core.Delivery {
	d := a.Sink.Deliver(ctx, m)
	a.mu.Lock()
	a.at[m.ID] = time.Now()
	a.mu.Unlock()
	return d
}

func (a *arrivals) count() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.at)
}

// sink makes a hotline's sink that calls url.
func sink(b testing.TB, url string, timeout time.Duration) outbox.Sink {
	system, err := standard.NewSystem(standard.Settings{ID: "hotline", Zone: time.UTC})
	if err != nil {
		b.Fatal(err)
	}
	client, err := system.NewClient(soap.ClientOptions{Endpoint: url, Connections: lane + 4, Timeouts: soap.Timeouts{Whole: timeout}})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(client.Close)
	s, err := hotline.NewSink(standard.Peer{System: system, Client: client})
	if err != nil {
		b.Fatal(err)
	}
	return s
}

// beside writes a trickle of results back to a healthy target; dead, if not empty, is the
// URL of another that is owed much more.
func beside(b testing.TB, dir, dead string) lap {
	st, err := sqlite.Open(filepath.Join(dir, "hub.db"), sqlite.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = st.Close() }()
	if err := st.Migrate(context.Background()); err != nil {
		b.Fatal(err)
	}
	to := &target{latency: 20 * time.Millisecond}
	healthy := &arrivals{Sink: sink(b, to.serve(b), 30*time.Second), at: map[string]time.Time{}}
	targets := []outbox.Target{{System: "healthy", Sink: healthy, Concurrency: lane}}
	if dead != "" {
		put(b, st, results(b, "dead", trickle, trickle+deadLanes))
		targets = append(targets, outbox.Target{System: "dead", Sink: sink(b, dead, 300*time.Millisecond), Concurrency: lane, Timeout: 300 * time.Millisecond, BreakFor: 100 * time.Millisecond})
	}
	d, err := outbox.New(st, targets, outbox.Options{Clock: core.SystemClock{}, Log: zap.NewNop(), Holder: "hub"})
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { _ = d.Run(ctx) })
	defer func() { cancel(); wg.Wait() }()

	units := results(b, "healthy", 0, trickle)
	owedAt := map[string]time.Time{}
	start := time.Now()
	tick := time.NewTicker(every)
	for i := range units {
		put(b, st, units[i:i+1])
		owedAt[units[i].Orders[0].Outbox[0].ID] = time.Now()
		d.Changed([]*core.Unit{&units[i]})
		<-tick.C
	}
	tick.Stop()
	for healthy.count() < trickle {
		if time.Since(start) > time.Minute {
			b.Fatalf("%d of %d results arrived", healthy.count(), trickle)
		}
		time.Sleep(time.Millisecond)
	}
	l := lap{n: trickle, took: time.Since(start)}
	for id, at := range healthy.at {
		l.times = append(l.times, at.Sub(owedAt[id]))
	}
	return l
}
