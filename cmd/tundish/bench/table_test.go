package bench

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	flag.Parse()
	code := m.Run()
	table.print()
	os.Exit(code)
}

// table gathers what the benchmarks of this run found.
var table rows

type rows struct {
	mu    sync.Mutex
	lines []string
}

// add appends a line, or replaces the one of the same work: the testing package runs a
// benchmark with one round before it runs it with all.
func (t *rows) add(work string, cells ...string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	head := "| " + work + " |"
	line := head + " " + strings.Join(cells, " | ") + " |"
	if i := slices.IndexFunc(t.lines, func(l string) bool { return strings.HasPrefix(l, head) }); i >= 0 {
		t.lines[i] = line
		return
	}
	t.lines = append(t.lines, line)
}

func (t *rows) print() {
	if len(t.lines) == 0 {
		return
	}
	fmt.Println("\nMedians of interleaved rounds; a ratio is the hub's median over the other's.")
	fmt.Println("\n| Work | Hub | p50 / p99 | Beside it | Ratio | CPU per call, hub / other | Also |\n|---|---|---|---|---|---|---|")
	for _, l := range t.lines {
		fmt.Println(l)
	}
}

// lap is what one contestant did in one round.
type lap struct {
	n     int
	took  time.Duration
	cpu   time.Duration   // of the whole process, callers and runtime too
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
			l.cpu = cpu() - before
			all[k] = append(all[k], l)
		}
		round++
	}
	return all
}

func perSecond(v float64) string {
	if v >= 10000 {
		return fmt.Sprintf("%.1fk/s", v/1000)
	}
	return fmt.Sprintf("%.0f/s", v)
}
