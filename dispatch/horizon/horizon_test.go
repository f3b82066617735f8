package horizon_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"tundish/dispatch/horizon"
	"tundish/dispatch/route"
)

// random is a problem of some days on a plane.
func random(seed uint64) horizon.Problem {
	r := rand.New(rand.NewPCG(seed, 5))
	chance := func(p float64) bool { return r.Float64() < p }
	at := func() route.Point { return route.Point{X: float64(r.IntN(1000)), Y: float64(r.IntN(1000))} }
	p := horizon.Problem{Metric: route.Metric{Ticks: 1}}
	days, crews := 2+r.IntN(6), 1+r.IntN(4)
	homes := make([]route.Point, crews)
	for k := range homes {
		homes[k] = at()
	}
	for d := range days {
		day := horizon.Day{Name: fmt.Sprint("day", d), Off: chance(0.2)}
		for k := range crews {
			if day.Off || chance(0.1) {
				continue
			}
			c := route.Crew{ID: fmt.Sprint("c", k), Start: homes[k], End: homes[k], Shift: route.Window{From: 0, To: 4000 + int64(r.IntN(3000))}, Capacity: int64(20 + r.IntN(40))}
			if k > 0 || chance(0.5) {
				c.Districts = []string{fmt.Sprint(r.IntN(3)), fmt.Sprint(r.IntN(3))}
			}
			if chance(0.7) {
				c.Skills = []route.Skill{{Name: "meter", Level: 1}}
			}
			day.Crews = append(day.Crews, c)
		}
		p.Days = append(p.Days, day)
	}
	if !slices.ContainsFunc(p.Days, func(d horizon.Day) bool { return len(d.Crews) > 0 }) {
		p.Days[0].Off = false
		p.Days[0].Crews = []route.Crew{{ID: "c0", Start: homes[0], End: homes[0], Shift: route.Window{From: 0, To: 5000}, Capacity: 50}}
	}
	for k := range r.IntN(70) {
		o := horizon.Order{Order: route.Order{ID: fmt.Sprint("o", k), At: at(), Service: int64(50 + r.IntN(500)), Demand: int64(1 + r.IntN(5)), District: fmt.Sprint(r.IntN(3)), Penalty: 1_000_000}}
		o.Earliest = r.IntN(days)
		o.Latest = o.Earliest + r.IntN(days-o.Earliest)
		o.Deadline, o.PerDay = r.IntN(days), int64(r.IntN(300))
		if chance(0.3) {
			o.Skills = []route.Skill{{Name: "meter", Level: 1}}
		}
		if chance(0.2) && k > 0 {
			o.After = []string{fmt.Sprint("o", r.IntN(k))}
		}
		if chance(0.2) && k > 3 {
			o.Visit, p.Orders[k-1].Visit = fmt.Sprint("v", k/3), fmt.Sprint("v", k/3)
			o.After, p.Orders[k-1].After = nil, nil
		}
		if chance(0.05) {
			o.Day = p.Days[r.IntN(days)].Name
		}
		p.Orders = append(p.Orders, o)
	}
	return p
}

// check looks at a plan with nothing of the planner's but its types.
func check(p horizon.Problem, s horizon.Solution) (wrong []string) {
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	way := func(a, b route.Point) int64 { return int64(math.Floor(math.Hypot(a.X-b.X, a.Y-b.Y) + 0.5)) }
	seen := make([]int, len(p.Orders))
	day, begin := map[string]int{}, map[string]int64{}
	ends := map[string]int64{}
	for d := range s.Days {
		for r, list := range s.Days[d].Plan {
			if p.Days[d].Off && len(list) > 0 {
				say("somebody works on %s", p.Days[d].Name)
			}
			c := p.Days[d].Crews[r]
			t, at, load := c.Shift.From, c.Start, int64(0)
			for k, i := range list {
				o := p.Orders[i]
				seen[i]++
				day[o.ID], begin[o.ID] = d, s.Days[d].Begin[r][k]
				ends[o.ID] = begin[o.ID] + o.Service
				if d < o.Earliest || d > o.Latest || o.Day != "" && o.Day != p.Days[d].Name {
					say("order %s is done on day %d, not from %d to %d", o.ID, d, o.Earliest, o.Latest)
				}
				if o.Visit == "" && begin[o.ID] < t+way(at, o.At) {
					say("order %s begins at %d, before crew %s is there", o.ID, begin[o.ID], c.ID)
				}
				t, at, load = ends[o.ID], o.At, load+o.Demand
				if len(c.Districts) > 0 && !slices.Contains(c.Districts, o.District) || len(o.Skills) > 0 && len(c.Skills) == 0 {
					say("crew %s cannot do order %s", c.ID, o.ID)
				}
			}
			if load > c.Capacity || len(list) > 0 && t+way(at, c.End) > c.Shift.To {
				say("crew %s has too much on day %d", c.ID, d)
			}
		}
	}
	for i, o := range p.Orders {
		d, done := day[o.ID]
		if done != (s.DayOf[i] >= 0) || done && s.DayOf[i] != d {
			say("order %s is said to be done on day %d", o.ID, s.DayOf[i])
		}
		for _, id := range o.After {
			before, ok := day[id]
			if done && (!ok || before > d || before == d && begin[o.ID] < ends[id]) {
				say("order %s does not wait for %s", o.ID, id)
			}
		}
		for k := range i {
			if q := p.Orders[k]; q.Visit != "" && q.Visit == o.Visit && s.DayOf[k] != s.DayOf[i] {
				say("visit %s is on two days", o.Visit)
			}
		}
	}
	for _, u := range s.Unserved {
		seen[u.Order]++
	}
	for i, n := range seen {
		if n != 1 {
			say("order %s is accounted for %d times", p.Orders[i].ID, n)
		}
	}
	return wrong
}

func each(t *testing.T, n int, do func(t *testing.T, p horizon.Problem, o horizon.Options)) {
	t.Helper()
	ran := 0
	for seed := range uint64(n) {
		p := random(seed)
		if len(horizon.Validate(p)) > 0 {
			continue // a visit that waits for itself, and the like
		}
		ran++
		do(t, p, horizon.Options{Route: route.Options{Seed: seed, Iterations: 200}})
		if t.Failed() {
			t.Fatalf("with the random problem of seed %d", seed)
		}
	}
	if ran < n/2 {
		t.Errorf("only %d of %d random problems are right", ran, n)
	}
}

func solve(t *testing.T, p horizon.Problem, o horizon.Options) horizon.Solution {
	t.Helper()
	s, err := horizon.Solve(context.Background(), p, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestEveryOrderHasADayThatItMayHaveOrReasons(t *testing.T) {
	each(t, 120, func(t *testing.T, p horizon.Problem, o horizon.Options) {
		s := solve(t, p, o)
		for _, wrong := range check(p, s) {
			t.Error(wrong)
		}
		if again := solve(t, p, o); !reflect.DeepEqual(again.DayOf, s.DayOf) || again.Cost != s.Cost {
			t.Errorf("two runs differ: cost %d and %d", s.Cost, again.Cost)
		}
	})
}

func TestPublishedDaysStayAsTheyAre(t *testing.T) {
	moved := 0
	each(t, 80, func(t *testing.T, p horizon.Problem, o horizon.Options) {
		first := solve(t, p, o)
		frozen := slices.IndexFunc(p.Days, func(d horizon.Day) bool { return len(d.Crews) > 0 })
		q := p
		q.Days = slices.Clone(p.Days)
		q.Days[frozen].Published = first.Days[frozen].Plan
		if q.Days[frozen].Published == nil {
			q.Days[frozen].Published = make(route.Plan, len(p.Days[frozen].Crews))
		}
		q.Orders = slices.Clone(p.Orders)
		for k := range 5 { // new work comes in
			one := horizon.Order{Order: route.Order{ID: fmt.Sprint("new", k), At: route.Point{X: float64(100 * k), Y: 500}, Service: 60, District: "0", Penalty: 5_000_000}, Latest: len(p.Days) - 1, Deadline: len(p.Days)}
			q.Orders = append(q.Orders, one)
		}
		s := solve(t, q, o)
		for _, wrong := range check(q, s) {
			t.Error(wrong)
		}
		for r, list := range q.Days[frozen].Published {
			var got []int
			if s.Days[frozen].Plan != nil {
				got = s.Days[frozen].Plan[r]
			}
			if !slices.Equal(got, list) {
				t.Errorf("on the published day crew %d has %v, not %v", r, got, list)
			}
		}
		for k := range q.Orders {
			if s.DayOf[k] >= 0 && s.DayOf[k] != frozen && k >= len(p.Orders) {
				moved++
			}
		}
	})
	if moved < 20 {
		t.Errorf("only %d new orders found another day", moved)
	}
}

// What does not fit into the first day goes to the next, past its deadline if need be.
func TestWhatADayCannotHoldGoesToAnother(t *testing.T) {
	p := horizon.Problem{Metric: route.Metric{Ticks: 1}}
	for d := range 4 {
		day := horizon.Day{Name: fmt.Sprint("day", d), Off: d == 1}
		if !day.Off {
			day.Crews = []route.Crew{{ID: "c", Shift: route.Window{From: 0, To: 1000}, Capacity: 100}}
		}
		p.Days = append(p.Days, day)
	}
	for k := range 9 {
		p.Orders = append(p.Orders, horizon.Order{Order: route.Order{ID: fmt.Sprint("o", k), At: route.Point{X: float64(k), Y: 1}, Service: 300, Penalty: 1_000_000}, Latest: 3, PerDay: 1000})
	}
	s := solve(t, p, horizon.Options{Route: route.Options{Iterations: 100}})
	count := map[int]int{}
	for _, d := range s.DayOf {
		count[d]++
	}
	if want := map[int]int{0: 3, 2: 3, 3: 3}; !reflect.DeepEqual(count, want) {
		t.Errorf("orders by day %v, want %v", count, want)
	}
}

func TestAHorizonIsRefusedWithAllItsFaults(t *testing.T) {
	p := horizon.Problem{Metric: route.Metric{Ticks: 1}, Days: []horizon.Day{{Name: "a", Crews: []route.Crew{{ID: "c", Capacity: 1}}}, {Name: "a", Off: true, Published: route.Plan{{7}}}}}
	p.Orders = []horizon.Order{{Order: route.Order{ID: "o", Day: "z"}, Earliest: 3}, {Order: route.Order{ID: "o"}, PerDay: -1}}
	_, err := horizon.Solve(context.Background(), p, horizon.Options{Route: route.Options{Iterations: 1}})
	var faults *horizon.FaultError
	if !errors.As(err, &faults) || len(faults.Faults) < 7 {
		t.Errorf("%v", err)
	}
}
