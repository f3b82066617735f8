// Command bench solves a folder of routing instances and prints how good the plans are,
// beside what other programs were measured at.
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

// processor is the time this process has spent on processors.
func processor() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func main() {
	data := flag.String("data", "", "folder of instances")
	only := flag.String("only", "", "regular expression of instances to run")
	seconds := flag.Float64("seconds", 0, "instead of the row's")
	seeds := flag.Int("seeds", 1, "how many seeds")
	iterations := flag.Int64("iterations", 0, "bound by steps instead of time")
	balance := flag.Int64("balance", 0, "weight of even workload")
	threads := flag.Int("threads", 1, "threads")
	flag.Parse()
	want := regexp.MustCompile(*only)
	for _, g := range groups {
		files, err := filepath.Glob(filepath.Join(*data, g.files))
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		known := best(filepath.Join(*data, "bks.tsv"))
		sum, n := 0.0, 0
		for _, f := range files {
			name, _ := filepath.Rel(*data, strings.TrimSuffix(f, filepath.Ext(f)))
			if !want.MatchString(name) {
				continue
			}
			text, err := os.ReadFile(f)
			if err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(2)
			}
			var gaps []float64
			for seed := range *seeds {
				in, err := format.Read(g.format, text)
				if err != nil {
					fmt.Fprintln(os.Stderr, f, err)
					os.Exit(2)
				}
				budget := time.Duration(g.seconds * float64(time.Second))
				if *seconds > 0 {
					budget = time.Duration(*seconds * float64(time.Second))
				}
				o := route.Options{Seed: uint64(seed + 1), Budget: budget, Clock: processor, Iterations: *iterations, Balance: *balance, Threads: *threads}
				if *iterations > 0 {
					o.Budget = 0
				}
				s, err := route.Solve(context.Background(), in.Problem, o)
				if err != nil {
					fmt.Fprintln(os.Stderr, f, err)
					os.Exit(2)
				}
				cost := in.Cost(s)
				gap := 0.0
				if v := known[name]; v > 0 {
					gap = 100 * (cost/v - 1)
				}
				gaps = append(gaps, gap)
				fmt.Printf("%-32s seed %d cost %.1f gap %.3f %% used %d unserved %d steps %d %.1fs\n", name, seed+1, cost, gap, s.Used, len(s.Unserved), s.Steps, s.Took.Seconds())
				if dir := os.Getenv("PLANS"); dir != "" {
					w, err := os.Create(filepath.Join(dir, strings.ReplaceAll(name, "/", "_")+".out"))
					if err == nil {
						in.Write(w, s)
						w.Close()
					}
				}
			}
			slices.Sort(gaps)
			sum += gaps[len(gaps)/2]
			n++
		}
		if n > 0 {
			fmt.Printf("%s: mean gap %.3f %%\n", g.name, sum/float64(n))
		}
	}
}

type group struct {
	name, format, files string
	seconds             float64
}

var groups = []group{
	{"Solomon", "solomon", "vrptw/solomon/*.txt", 3},
	{"Gehring-Homberger 200-400", "solomon", "vrptw/homberger/*_[24]_*.txt", 30},
	{"Gehring-Homberger 600-1000", "solomon", "vrptw/homberger/*_[681]*_*.txt", 60},
	{"Belgium CVRP", "vrplib", "cvrp/belgium/*.vrp", 100},
	{"X", "vrplib", "cvrp/x/*.vrp", 60},
	{"MDVRPTW", "vrplib", "mdvrptw/*.vrp", 30},
	{"Technicians", "trsp", "technician/trsp/*.txt", 10},
	{"Day", "day", "day/*.json", 10},
}

// best is the best known value of each instance, the first line of it.
func best(file string) map[string]float64 {
	out := map[string]float64{}
	text, err := os.ReadFile(file)
	if err != nil {
		return out
	}
	for _, line := range strings.Split(string(text), "\n") {
		f := strings.Split(line, "\t")
		if len(f) < 4 {
			continue
		}
		if _, ok := out[f[0]]; ok {
			continue
		}
		v, err := strconv.ParseFloat(f[2], 64)
		if note, ok := strings.CutPrefix(f[3], "distance-objective BKS "); ok {
			v, err = strconv.ParseFloat(note, 64)
		}
		if err == nil {
			out[f[0]] = v
		}
	}
	return out
}
