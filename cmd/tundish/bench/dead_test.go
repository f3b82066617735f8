package bench

import (
	"context"
	"fmt"
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

// trickle is what is written back in one lap, and what a dead target is owed meanwhile.
type trickle struct {
	results int
	every   time.Duration // one after the other
	dead    int
}

var onFile = trickle{results: 600, every: 4 * time.Millisecond, dead: 3000}

// BenchmarkDeadTarget measures how long a result takes from its commit to its target, which
// answers in 20 ms, alone and beside a target that takes every call and answers none.
func BenchmarkDeadTarget(b *testing.B) {
	root, n := b.TempDir(), 0
	besideADeadTarget(b, onFile, "", func() hubStore {
		n++
		st, err := sqlite.Open(filepath.Join(root, strconv.Itoa(n), "hub.db"), sqlite.Options{})
		if err != nil {
			b.Fatal(err)
		}
		return st
	})
}

// hubStore is a store that is made for one lap.
type hubStore interface {
	core.Store
	Migrate(ctx context.Context) error
}

func besideADeadTarget(b *testing.B, t trickle, where string, open func() hubStore) {
	hang := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	}))
	b.Cleanup(hang.Close)
	all := rounds(b, func() lap { return t.beside(b, open(), hang.URL) }, func() lap { return t.beside(b, open(), "") })
	p99, alone := all[0].quantile(0.99), all[1].quantile(0.99)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(p99, "p99-ms")
	b.ReportMetric(alone, "alone-p99-ms")
	b.ReportMetric(p99/alone, "of-alone")
	ownRow(row{work: fmt.Sprintf("write-back%s, one result every %d ms, beside a dead target that is owed %s: p99 from commit to target", where, t.every.Milliseconds(), thousands(t.dead)), hub: ms(p99),
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
func (t trickle) beside(b testing.TB, st hubStore, dead string) lap {
	defer func() { _ = st.Close() }()
	if err := st.Migrate(context.Background()); err != nil {
		b.Fatal(err)
	}
	to := &target{latency: 20 * time.Millisecond}
	healthy := &arrivals{Sink: sink(b, to.serve(b), 30*time.Second), at: map[string]time.Time{}}
	targets := []outbox.Target{{System: "healthy", Sink: healthy, Concurrency: lane}}
	if dead != "" {
		put(b, st, results(b, "dead", t.results, t.results+t.dead))
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

	units := results(b, "healthy", 0, t.results)
	owedAt := map[string]time.Time{}
	start := time.Now()
	tick := time.NewTicker(t.every)
	for i := range units {
		put(b, st, units[i:i+1])
		owedAt[units[i].Orders[0].Outbox[0].ID] = time.Now()
		d.Changed([]*core.Unit{&units[i]})
		<-tick.C
	}
	tick.Stop()
	for healthy.count() < t.results {
		if time.Since(start) > time.Minute {
			b.Fatalf("%d of %d results arrived", healthy.count(), t.results)
		}
		time.Sleep(time.Millisecond)
	}
	l := lap{n: t.results, took: time.Since(start)}
	for id, at := range healthy.at {
		l.times = append(l.times, at.Sub(owedAt[id]))
	}
	return l
}
