// Command bench solves a folder of routing instances and prints how good the plans are,
// beside what other programs are known to reach.
//
//	go run ./dispatch/internal/bench -data DIR [-only day/] [-seeds 3] [-scale 0.2]
//
// Time is the processor's, not the wall's, so that a busy machine changes little; but for
// what is done while a day is under way (-only live/), where somebody waits. The
// folder is laid out as its instances were published: vrptw/solomon, vrptw/homberger,
// cvrp/belgium, cvrp/x, mdvrptw, technician/trsp, day, and bks.tsv with the best known
// values.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"tundish/dispatch/format"
	"tundish/dispatch/route"
)

// row is one line of the table.
type row struct {
	name, format, files string
	seconds             float64
	balance             int64
	duration            bool   // the time away is to be small, not the way
	known               string // what others reach
}

var rows = []row{
	{"Solomon", "solomon", "vrptw/solomon/*.txt", 3, 0, false, "VROOM x5 1.34 %, HGS-VRPTW 0.017 %"},
	{"Gehring-Homberger 200-400", "solomon", "vrptw/homberger/*_[24]_*.txt", 30, 0, false, "VROOM x5 2.8-3.2 %, HGS 0-0.28 %"},
	{"Gehring-Homberger 600-1000", "solomon", "vrptw/homberger/*_[681]*_*.txt", 60, 0, false, "HGS 1.89 %, VROOM x0 9.9 %"},
	{"Belgium CVRP", "vrplib", "cvrp/belgium/*.vrp", 100, 0, false, "FILO2 0.73-0.87 %"},
	{"X 200-1000", "vrplib", "cvrp/x/*.vrp", 60, 0, false, "PyVRP 0.31 % in far more time"},
	{"MDVRPTW", "vrplib", "mdvrptw/*.vrp", 30, 0, false, ""},
	{"Technicians, working time", "trsp", "technician/trsp/*.txt", 10, 0, true, "values of 2012"},
	{"Technicians, distance", "trsp", "technician/trsp/*.txt", 10, 0, false, "values of 2012"},
	{"Day 500", "day", "day/*-n500-*.json", 10, 0, false, "VROOM x5: 20 unserved, 64.8 h in 103 s"},
	{"Day 5,000", "day", "day/*-n5000-*.json", 60, 0, false, "VROOM: 0 unserved, 141 h, CV .37 in 339 s"},
	{"Day 5,000, balanced", "day", "day/*-n5000-*.json", 60, 50, false, "as above"},
	{"Day 50,000", "day", "day/*-n50000-*.json", 120, 0, false, "VROOM in chunks: 562 unserved, 442 h, CV .36"},
}

type bench struct {
	data    string
	only    *regexp.Regexp
	seeds   int
	scale   float64
	threads int
	plans   string
	best    map[string]float64 // by way
	away    map[string]float64 // by time away, where that is known
}

func main() {
	var b bench
	only := flag.String("only", "", "regular expression of the instances to run")
	flag.StringVar(&b.data, "data", "", "folder of instances")
	flag.IntVar(&b.seeds, "seeds", 3, "seeds; the median counts")
	flag.Float64Var(&b.scale, "scale", 1, "share of each row's seconds to use")
	flag.IntVar(&b.threads, "threads", 1, "threads of a search; their time adds up")
	flag.StringVar(&b.plans, "plans", "", "folder to write the plans into")
	flag.Parse()
	if err := b.run(*only); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(2)
	}
}

func (b *bench) run(only string) (err error) {
	if b.only, err = regexp.Compile(only); err != nil {
		return err
	}
	if b.data == "" {
		return fmt.Errorf("-data is missing: give the folder of instances")
	}
	if b.best, b.away, err = bestKnown(filepath.Join(b.data, "bks.tsv")); err != nil {
		return err
	}
	var table []string
	for _, r := range rows {
		line, err := b.row(r)
		if err != nil {
			return err
		}
		if line != "" {
			table = append(table, line)
		}
	}
	live, err := b.live()
	if err != nil {
		return err
	}
	table = append(table, live...)
	fmt.Printf("\n| Work | CPU s | Reached (median of %d) | Known |\n|---|---|---|---|\n%s\n", b.seeds, strings.Join(table, "\n"))
	return nil
}

// row runs all instances of a row and returns its line, "" if there are none.
func (b *bench) row(r row) (string, error) {
	files, err := filepath.Glob(filepath.Join(b.data, r.files))
	if err != nil {
		return "", err
	}
	var gaps []float64
	var days []outcome
	for _, file := range files {
		name, err := filepath.Rel(b.data, strings.TrimSuffix(file, filepath.Ext(file)))
		if err != nil || !b.only.MatchString(name) {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return "", err
		}
		var runs []outcome
		for seed := range b.seeds {
			o, err := b.solve(r, name, text, uint64(seed+1))
			if err != nil {
				return "", fmt.Errorf("%s: %w", name, err)
			}
			runs = append(runs, o)
		}
		cost := median(runs, func(o outcome) float64 { return o.cost })
		if known := b.known(r)[name]; known > 0 {
			gaps = append(gaps, 100*(cost/known-1))
		}
		days = append(days, runs...)
	}
	switch {
	case len(days) == 0:
		return "", nil
	case r.format == "day":
		said := fmt.Sprintf("%.0f unserved, %.1f h, CV %.2f", median(days, func(o outcome) float64 { return float64(o.unserved) }),
			median(days, func(o outcome) float64 { return o.cost / 3600 }), median(days, func(o outcome) float64 { return o.spread }))
		return fmt.Sprintf("| %s | %.3g | %s | %s |", r.name, r.seconds*b.scale, said, r.known), nil
	}
	sum := 0.0
	for _, g := range gaps {
		sum += g
	}
	return fmt.Sprintf("| %s | %.3g | %.3f %% over %d | %s |", r.name, r.seconds*b.scale, sum/float64(max(1, len(gaps))), len(gaps), r.known), nil
}

// outcome is what one run reached.
type outcome struct {
	cost     float64
	unserved int
	spread   float64
}

// median of what is asked of each run.
func median(runs []outcome, of func(outcome) float64) float64 {
	var list []float64
	for _, o := range runs {
		list = append(list, of(o))
	}
	slices.Sort(list)
	return list[len(list)/2]
}

func (b *bench) solve(r row, name string, text []byte, seed uint64) (outcome, error) {
	in, err := format.Read(r.format, text)
	if err != nil {
		return outcome{}, err
	}
	s, err := route.Solve(context.Background(), in.Problem, route.Options{
		Seed: seed, Threads: b.threads, Balance: r.balance, Duration: r.duration, Clock: processor,
		Budget: time.Duration(r.seconds * b.scale * float64(time.Second)),
	})
	if err != nil {
		return outcome{}, err
	}
	cost := in.Cost(s)
	if r.duration {
		cost = in.Away(s)
	}
	gap := ""
	if known := b.known(r)[name]; known > 0 {
		gap = fmt.Sprintf(" gap %.3f %%", 100*(cost/known-1))
	}
	fmt.Printf("%-34s seed %d: %.1f%s, %d crews, %d unserved, CV %.2f, %d steps, %.1f s\n", name, seed, cost, gap, s.Used, len(s.Unserved), s.Spread, s.Steps, s.Took.Seconds())
	o := outcome{cost, len(s.Unserved), s.Spread}
	if b.plans == "" {
		return o, nil
	}
	w, err := os.Create(filepath.Join(b.plans, strings.ReplaceAll(name, "/", "_")+".out"))
	if err != nil {
		return outcome{}, err
	}
	return o, firstError(in.Write(w, s), w.Close())
}

func firstError(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

// processor is the time this process has spent on processors.
func processor() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// known are the best known values of what a row is about.
func (b *bench) known(r row) map[string]float64 {
	if r.duration {
		return b.away
	}
	return b.best
}

// bestKnown is the best known value of each instance by the distance alone, and by the time away
// of those that have both.
func bestKnown(file string) (way, away map[string]float64, err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, nil, err
	}
	way, away = map[string]float64{}, map[string]float64{}
	for _, line := range strings.Split(string(text), "\n") {
		f := strings.Split(line, "\t")
		if len(f) < 4 {
			continue
		}
		if _, twice := way[f[0]]; twice {
			continue
		}
		value := f[2]
		if note, ok := strings.CutPrefix(f[3], "distance-objective BKS "); ok {
			value = note
			if v, err := strconv.ParseFloat(f[2], 64); err == nil && strings.Contains(f[1], "Duration") {
				away[f[0]] = v
			}
		}
		if v, err := strconv.ParseFloat(value, 64); err == nil {
			way[f[0]] = v
		}
	}
	return way, away, nil
}
