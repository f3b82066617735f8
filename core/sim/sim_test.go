package sim_test

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
)

var (
	seeds = flag.Int("seeds", 0, "how many seeds TestPromisesHold tries, from 1 on")
	seed  = flag.Uint64("seed", 0, "run this seed alone and print its whole trace")
)

// defaultSeeds are what make test tries.
var defaultSeeds = 1000

func TestMain(m *testing.M) {
	flag.Parse()
	if *seeds == 0 {
		*seeds = defaultSeeds
	}
	debug.SetGCPercent(400) // a run leaves much behind and lives for milliseconds
	os.Exit(m.Run())
}

// report is what a failing seed says.
func report(seed uint64, r *result) string {
	return fmt.Sprintf("seed %d: %s: %s\nafter %d steps, %s on the world's clock; make sim SEED=%d shows it again, whole. Its last steps:\n%s",
		seed, r.broken.promise, r.broken.detail, r.steps, r.took, seed, r.trace)
}

func TestPromisesHold(t *testing.T) {
	if *seed != 0 {
		r := simulate(t, *seed, flaws{}, true)
		fmt.Fprintln(os.Stderr, r.trace)
		if r.broken != nil {
			t.Fatalf("seed %d: %s: %s", *seed, r.broken.promise, r.broken.detail)
		}
		t.Logf("seed %d holds: %d steps, %s on the world's clock, %d orders acknowledged, %d messages delivered, %d pages", *seed, r.steps, r.took, r.acked, r.delivered, r.pages)
		return
	}
	var sum struct{ acked, delivered, pages, kills, freezes, steps, failed atomic.Int64 }
	t.Run("seeds", func(t *testing.T) {
		for n := range uint64(*seeds) {
			t.Run(fmt.Sprint(n+1), func(t *testing.T) {
				t.Parallel()
				if sum.failed.Load() >= 3 {
					t.Skip("three seeds have failed; one is enough to look at")
				}
				r := simulate(t, n+1, flaws{}, false)
				if r.broken != nil {
					sum.failed.Add(1)
					t.Error(report(n+1, &r))
				}
				sum.acked.Add(int64(r.acked))
				sum.delivered.Add(int64(r.delivered))
				sum.pages.Add(int64(r.pages))
				sum.kills.Add(int64(r.kills))
				sum.freezes.Add(int64(r.freezes))
				sum.steps.Add(int64(r.steps))
			})
		}
	})
	t.Logf("%d seeds: %d steps, %d orders acknowledged, %d messages delivered, %d pages pulled, %d hubs killed, %d frozen", *seeds,
		sum.steps.Load(), sum.acked.Load(), sum.delivered.Load(), sum.pages.Load(), sum.kills.Load(), sum.freezes.Load())
	for what, n := range map[string]int64{"orders acknowledged": sum.acked.Load(), "messages delivered": sum.delivered.Load(), "pages pulled": sum.pages.Load()} {
		if n < 2*int64(*seeds) && !t.Failed() {
			t.Errorf("only %d %s in %d seeds: the world is asleep", n, what, *seeds)
		}
	}
}

func TestPlantedBugsAreFound(t *testing.T) {
	for _, p := range planted {
		t.Run(p.name, func(t *testing.T) {
			for n := range uint64(100) {
				r := simulate(t, n+1, p.flaw, false)
				if r.broken == nil {
					continue
				}
				if !slices.Contains(p.promises, r.broken.promise) {
					t.Fatalf("the wrong promise is broken; %s", report(n+1, &r))
				}
				t.Logf("seed %d: %s: %s", n+1, r.broken.promise, r.broken.detail)
				return
			}
			t.Error("not found within 100 seeds")
		})
	}
}

// A seed that failed must fail again, on any machine, however busy it is.
func TestTheSameSeedIsTheSameRun(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for n := range uint64(12) {
		var first result
		for i, procs := range []int{1, 2, 8} {
			runtime.GOMAXPROCS(procs)
			r := simulate(t, n+1, flaws{}, true)
			if i == 0 {
				first = r
			} else if r.trace.sum.Sum64() != first.trace.sum.Sum64() {
				t.Fatalf("seed %d differs between runs: %s", n+1, parting(first.trace.lines, r.trace.lines))
			}
		}
	}
}

// parting shows where two traces part.
func parting(a, b []string) string {
	i := 0
	for i < min(len(a), len(b)) && a[i] == b[i] {
		i++
	}
	around := func(lines []string) string {
		return strings.Join(lines[max(0, min(i, len(lines))-12):min(i+6, len(lines))], "\n")
	}
	return fmt.Sprintf("line %d\n%s\n\nbut\n\n%s", i+1, around(a), around(b))
}
