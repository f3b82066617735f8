package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"tundish/dispatch/format"
	"tundish/dispatch/internal/city"
	"tundish/dispatch/online"
	"tundish/dispatch/route"
)

// live measures what happens while a day is under way, on the wall's clock: what somebody
// waits for.
func (b *bench) live() ([]string, error) {
	var table []string
	for _, part := range []struct {
		name string
		run  func() (string, error)
	}{
		{"live/offer", offers}, {"live/batch", batches}, {"live/urgent", b.urgent}, {"live/cancel", b.cancel},
	} {
		if !b.only.MatchString(part.name) {
			continue
		}
		line, err := part.run()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", part.name, err)
		}
		if line != "" {
			fmt.Println(part.name, line)
			table = append(table, line)
		}
	}
	return table, nil
}

const liveCrews = 10_000

func offers() (string, error) {
	crews, order := city.Live(liveCrews, 1)
	day, err := online.New(city.Options(), city.Now, crews)
	if err != nil {
		return "", err
	}
	var took []time.Duration
	refused := 0
	for range 20_000 {
		o := order()
		begun := time.Now()
		a, err := day.Offer(&o)
		took = append(took, time.Since(begun))
		if err != nil {
			return "", err
		}
		if a.Crew == "" {
			refused++
		}
	}
	return fmt.Sprintf("| Online, 10,000 crews | | p50 %d µs, p99 %d µs, max %d µs; %d of %d by nobody | |",
		share(took, 0.5).Microseconds(), share(took, 0.99).Microseconds(), share(took, 1).Microseconds(), refused, len(took)), nil
}

func batches() (string, error) {
	var took []time.Duration
	var s online.Spread
	for seed := range uint64(7) {
		crews, order := city.Live(liveCrews, seed)
		day, err := online.New(city.Options(), city.Now, crews)
		if err != nil {
			return "", err
		}
		w := online.Work{Threads: runtime.GOMAXPROCS(0)}
		for range 2000 {
			w.Orders = append(w.Orders, order())
		}
		begun := time.Now()
		s, err = day.Batch(context.Background(), w)
		took = append(took, time.Since(begun))
		if err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("| Batch, 2,000 orders, 10,000 crews | | median %d ms, max %d ms; %d given, %d left over | |",
		share(took, 0.5).Milliseconds(), share(took, 1).Milliseconds(), len(s.Given), len(s.Left)), nil
}

// bigDay is the largest day of the folder, nil if there is none.
func (b *bench) bigDay() (*format.Instance, error) {
	files, err := filepath.Glob(filepath.Join(b.data, "day/*-n50000-*.json"))
	if err != nil || len(files) == 0 {
		return nil, err
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		return nil, err
	}
	return format.Read("day", text)
}

// urgent gives urgent orders into a planned day at several moments.
func (b *bench) urgent() (string, error) {
	in, err := b.bigDay()
	if in == nil {
		return "", err
	}
	p := in.Problem
	s, err := route.Solve(context.Background(), p, route.Options{Seed: 1, Threads: b.threads, Clock: processor, Budget: time.Duration(60 * b.scale * float64(time.Second))})
	if err != nil {
		return "", err
	}
	o := city.Options()
	o.Metric = p.Metric
	r := rand.New(rand.NewPCG(1, 1))
	var made, took []time.Duration
	changed, pushed, refused := 0, 0, 0
	for hour := int64(8); hour < 16; hour++ {
		begun := time.Now()
		crews, err := online.Day(p, s.Plan, hour*3600)
		if err != nil {
			return "", err
		}
		day, err := online.New(o, hour*3600, crews)
		if err != nil {
			return "", err
		}
		made = append(made, time.Since(begun))
		for k := range 50 {
			u := city.Urgent(p, r, fmt.Sprint("urgent-", hour, "-", k))
			begun := time.Now()
			a, err := day.Give(&u)
			took = append(took, time.Since(begun))
			if err != nil {
				return "", err
			}
			if a.Crew == "" {
				refused++
				continue
			}
			routes := []string{a.Crew}
			for _, d := range a.Displaced {
				pushed++
				if d.To != "" && !slices.Contains(routes, d.To) {
					routes = append(routes, d.To)
				}
			}
			changed = max(changed, len(routes))
		}
	}
	return fmt.Sprintf("| Urgent order into the 50,000 day | | p50 %d µs, p99 %d µs, max %d µs; at most %d routes changed, %d stops pushed out, %d of %d by nobody; board made in %d ms | |",
		share(took, 0.5).Microseconds(), share(took, 0.99).Microseconds(), share(took, 1).Microseconds(), changed, pushed, refused, len(took), share(made, 0.5).Milliseconds()), nil
}

// cancel stops searches of the largest day at several moments.
func (b *bench) cancel() (string, error) {
	in, err := b.bigDay()
	if in == nil {
		return "", err
	}
	var took []time.Duration
	for _, after := range []time.Duration{ // while it is read, while the first plan is made, and later
		0, time.Millisecond, 5 * time.Millisecond, 10 * time.Millisecond, 20 * time.Millisecond, 40 * time.Millisecond, 60 * time.Millisecond, 100 * time.Millisecond, 150 * time.Millisecond, 200 * time.Millisecond,
		300 * time.Millisecond, 500 * time.Millisecond, 700 * time.Millisecond, time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second,
	} {
		ctx, cancel := context.WithCancel(context.Background())
		var at time.Time
		timer := time.AfterFunc(after, func() { at = time.Now(); cancel() })
		s, err := route.Solve(ctx, in.Problem, route.Options{Seed: 1, Threads: b.threads, Budget: time.Hour})
		end := time.Now()
		timer.Stop()
		cancel()
		if err != nil {
			return "", err
		}
		took = append(took, end.Sub(at))
		fmt.Printf("%-34s after %v: back in %v, %d unserved\n", "live/cancel", after, end.Sub(at).Round(time.Millisecond), len(s.Unserved))
	}
	return fmt.Sprintf("| Cancel of the 50,000 day | | back in %d ms (median), %d ms at most | |", share(took, 0.5).Milliseconds(), share(took, 1).Milliseconds()), nil
}

// share is what that share of the calls took at most.
func share(took []time.Duration, part float64) time.Duration {
	sorted := slices.Sorted(slices.Values(took))
	return sorted[min(len(sorted)-1, int(part*float64(len(sorted))))]
}
