package bench

import (
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"tundish/cmd/tundish/app"
)

func TestMain(m *testing.M) {
	app.TuneRuntime()                           // the bare server, and hubs in this process, have what the program has
	if path := os.Getenv(bareEnv); path != "" { // this process is a contestant
		if err := beBare(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	flag.Parse()
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-interrupted
		closeWorkshop() // it may hold gigabytes
		os.Exit(130)
	}()
	code := m.Run()
	closeWorkshop()
	if err := found.tell(os.Getenv("TUNDISH_TEST_BENCH_WRITE") == "1"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// found is what the benchmarks of this run found.
var found findings

type findings struct {
	mu    sync.Mutex
	rows  []row
	notes []string
}

// row is a line of the table. The work and the one beside make it what it is.
type row struct {
	work   string
	hub    string // the hub's median
	times  string // p50 and p99 of a call
	beside string // who else did the work
	other  string // and what they reached
	ratio  string // the hub's median over theirs
	must   string // what the ratio has to be; empty when nothing was promised
	cost   string // processor time per call, hub and other
	also   string
}

func (r row) is(o row) bool { return r.work == o.work && r.beside == o.beside }

// ownRow appends a line, or replaces the one it was before: the testing package runs a
// benchmark with one round before it runs it with all.
func ownRow(r row) {
	found.mu.Lock()
	defer found.mu.Unlock()
	if i := slices.IndexFunc(found.rows, r.is); i >= 0 {
		found.rows[i] = r
		return
	}
	found.rows = append(found.rows, r)
}

// addRow compares the hub with another contestant.
func addRow(work string, hub series, name string, other series, also string) {
	addRowWithMust(work, hub, name, other, also, "")
}

func addRowWithMust(work string, hub series, name string, other series, also, must string) {
	r := row{work: work, hub: perSecond(hub.rate()), beside: name, other: perSecond(other.rate()), ratio: ratio(hub.rate() / other.rate()), must: must,
		cost: costs(hub, other), also: also}
	if len(hub[0].times) > 0 {
		r.times = fmt.Sprintf("%.2f / %.2f ms", hub.quantile(0.5), hub.quantile(0.99))
	}
	ownRow(r)
}

// skipped says, now and under the table, what was left out.
func skipped(b testing.TB, why string) {
	b.Helper()
	b.Log("SKIPPED: " + why)
	found.mu.Lock()
	defer found.mu.Unlock()
	if !slices.Contains(found.notes, why) {
		found.notes = append(found.notes, why)
	}
}

// lap is what one contestant did in one round.
type lap struct {
	n     int
	took  time.Duration
	cpu   time.Duration   // the contestant's; of the whole process where it has none of its own
	times []time.Duration // of single calls, where they are known
}

func (l lap) rate() float64 { return float64(l.n) / l.took.Seconds() }

// series are one contestant's laps.
type series []lap

func (s series) rate() float64 { return median(s, lap.rate) }

// cpu is the processor time that one call costs, in microseconds: steadier than a rate on
// a machine that does other things too.
func (s series) cpu() float64 {
	return median(s, func(l lap) float64 { return float64(l.cpu.Microseconds()) / float64(max(l.n, 1)) })
}

// quantile is the median over the rounds of a quantile of single calls, in milliseconds.
func (s series) quantile(q float64) float64 {
	return median(s, func(l lap) float64 {
		if len(l.times) == 0 {
			return 0
		}
		t := slices.Sorted(slices.Values(l.times))
		return float64(t[min(len(t)-1, int(q*float64(len(t))))]) / float64(time.Millisecond)
	})
}

func median(s series, of func(lap) float64) float64 {
	v := make([]float64, len(s))
	for i, l := range s {
		v[i] = of(l)
	}
	slices.Sort(v)
	if len(v)%2 == 1 {
		return v[len(v)/2]
	}
	return (v[len(v)/2-1] + v[len(v)/2]) / 2
}

// rounds lets the contestants work in turns, b.N rounds, the first of each round being
// another one every time.
func rounds(b *testing.B, contestants ...func() lap) []series {
	all := make([]series, len(contestants))
	round := 0
	for b.Loop() {
		for i := range contestants {
			k := (i + round) % len(contestants)
			before := cpu()
			l := contestants[k]()
			if l.cpu == 0 {
				l.cpu = cpu() - before
			}
			all[k] = append(all[k], l)
		}
		round++
	}
	return all
}
