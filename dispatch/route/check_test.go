package route

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// judge checks a plan against the problem alone, with none of the engine's code but
// its types: haversine as the books have it, and each tour walked from its start.
type judge struct {
	p Problem
	o Options
	// stopped says that the search was ended early: an order may then be left over that
	// would have fitted.
	stopped bool

	gates map[string]int // visit → its first order
	by    map[int]int64  // order → when it must be finished for the sake of those that wait for it
	from  map[int]int64  // order → when all it waits for are finished
	rests [][]int64      // Solution.Breaks
}

func (j judge) ticks(a, b Point) int64 {
	if w := j.p.Ways; w != nil {
		from, to := slices.Index(w.Places, a), slices.Index(w.Places, b)
		if from >= 0 && to >= 0 {
			return int64(w.Ticks[from*len(w.Places)+to])
		}
	}
	m := j.p.Metric
	d := math.Hypot(a.X-b.X, a.Y-b.Y)
	if m.Globe {
		rad := math.Pi / 180
		h := math.Pow(math.Sin((b.Y-a.Y)*rad/2), 2) + math.Cos(a.Y*rad)*math.Cos(b.Y*rad)*math.Pow(math.Sin((b.X-a.X)*rad/2), 2)
		d = 2 * 6371008.8 * math.Asin(math.Sqrt(h))
	}
	switch m.Round {
	case Down:
		return int64(math.Floor(d * m.Ticks))
	case Up:
		return int64(math.Ceil(d*m.Ticks - 1e-7))
	}
	return int64(math.Floor(d*m.Ticks + 0.5))
}

// plan returns everything that is wrong with a solution.
func (j judge) plan(s Solution) []string {
	j = j.sees(s)
	var wrong []string
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	seen := make([]int, len(j.p.Orders))
	var travel, cost int64
	used := 0
	if len(s.Plan) != len(j.p.Crews) {
		say("%d routes for %d crews", len(s.Plan), len(j.p.Crews))
		return wrong
	}
	for r, list := range s.Plan {
		c := &j.p.Crews[r]
		var load, service, way, soft int64
		at := c.Start
		parts := slices.Clone(c.Parts)
		for k, o := range list {
			ord := &j.p.Orders[o]
			seen[o]++
			load += ord.Demand
			service += ord.Service
			if s.Supply[r] == k {
				way += j.ticks(at, *j.p.Supply)
				at = *j.p.Supply
			}
			if g := j.gate(o); k == 0 || j.gate(list[k-1]) != g || s.Supply[r] == k { // else on the same round
				way += j.ticks(at, j.p.Orders[g].At)
				at = j.p.Orders[g].At
			}
			way += j.ticks(at, ord.At)
			at = ord.At
			if g := j.gate(o); k == len(list)-1 || j.gate(list[k+1]) != g {
				way += j.ticks(at, j.p.Orders[g].At)
				at = j.p.Orders[g].At
			}
			soft += j.soft(r, o)
			for _, v := range ord.Promises {
				late := s.Begin[r][k] + ord.Service - v.By
				if !j.first(o) {
					late += c.Reserved
				}
				if late > 0 {
					soft += late * v.Price / 100
				}
			}
			if ord.Crew != "" && ord.Crew != c.ID && ord.Crew != c.Of {
				say("order %s is for crew %s, not %s", ord.ID, ord.Crew, c.ID)
			}
			for _, want := range ord.Skills {
				if !slices.ContainsFunc(c.Skills, func(h Skill) bool { return h.Name == want.Name && h.Level >= want.Level }) {
					say("crew %s lacks skill %v of order %s", c.ID, want, ord.ID)
				}
			}
			if ord.District != "" && len(c.Districts) > 0 && c.Elsewhere == 0 && !slices.Contains(c.Districts, ord.District) {
				say("crew %s does not serve district %s", c.ID, ord.District)
			}
			for d, n := range ord.Parts {
				if d < len(parts) {
					parts[d] -= n
				}
				if (d >= len(parts) && n > 0 || d < len(parts) && parts[d] < 0) && (s.Supply[r] < 0 || k < s.Supply[r]) {
					say("crew %s has no part %d left for order %s", c.ID, d, ord.ID)
				}
			}
			for _, tool := range ord.Tools {
				if !slices.Contains(c.Tools, tool) && (s.Supply[r] < 0 || k < s.Supply[r]) {
					say("crew %s has no tool %s for order %s", c.ID, tool, ord.ID)
				}
			}
		}
		if len(list) > 0 || s.Supply[r] >= 0 || c.Out {
			way += j.ticks(at, c.End)
		}
		travel += way
		if len(list) > 0 && load+c.Carried > c.Capacity {
			say("crew %s carries %d of %d", c.ID, load, c.Capacity)
		}
		if c.MaxOrders > 0 && len(list) > max(0, c.MaxOrders-c.Held) {
			say("crew %s has %d orders", c.ID, len(list))
		}
		begins, end, ok := j.walk(r, list, s.Supply[r], c.Shift.From, true)
		if ok && !slices.Equal(begins, s.Begin[r]) {
			say("crew %s begins at %v, told as %v", c.ID, begins, s.Begin[r])
		}
		if !ok || end > c.Shift.To {
			say("crew %s is late: back at %d, shift to %d", c.ID, end, c.Shift.To)
		}
		long := int64(0)
		if (len(list) > 0 || c.Out) && ok {
			// Leaving later never makes the end earlier: the latest start with the same end
			// is the shortest tour.
			low, high := c.Shift.From, c.Shift.To
			for low < high {
				mid := (low + high + 1) / 2
				if _, e, ok := j.walk(r, list, s.Supply[r], mid, false); ok && e <= end {
					low = mid
				} else {
					high = mid - 1
				}
			}
			long = end - low
			if c.MaxTicks > 0 && len(list) > 0 && long > c.MaxTicks {
				say("crew %s is away for %d of %d", c.ID, long, c.MaxTicks)
			}
		}
		if len(list) > 0 {
			used++
		}
		if j.o.Duration {
			cost += long
		} else {
			cost += way
		}
		if len(list) > 0 && !c.Out {
			cost += c.Fixed
		}
		cost += soft
		if len(list) > 0 && c.Reserved > 0 && service+way > c.Shift.To-c.Shift.From-c.Reserved {
			say("crew %s works %d beside %d of work under way", c.ID, service+way, c.Reserved)
		}
		if j.o.Balance > 0 {
			busy := c.Busy
			if busy == 0 {
				busy = c.Shift.To - c.Shift.From
			}
			b := c.Load + service + way
			cost += b * b / 200 * j.o.Balance / max(1, busy)
		}
	}
	wrong = append(wrong, j.rules(s)...)
	for _, u := range s.Unserved {
		seen[u.Order]++
		sum := 0
		for _, c := range u.Stopped {
			sum += c.Crews
			if c.Rule == RuleTimeUp && !j.stopped {
				say("order %s would still fit", j.p.Orders[u.Order].ID)
			}
		}
		if sum != len(j.p.Crews) {
			say("order %s: reasons count %d of %d crews", j.p.Orders[u.Order].ID, sum, len(j.p.Crews))
		}
	}
	for o, n := range seen {
		if n != 1 {
			say("order %s is accounted for %d times", j.p.Orders[o].ID, n)
		}
	}
	if travel != s.Travel {
		say("travel is %d, told as %d", travel, s.Travel)
	}
	if cost != s.Cost {
		say("cost is %d, told as %d", cost, s.Cost)
	}
	if used != s.Used {
		say("%d crews are out, told as %d", used, s.Used)
	}
	return wrong
}

// randomProblem varies everything a problem can say.
func randomProblem(seed uint64) (Problem, Options) {
	r := rand.New(rand.NewPCG(seed, 7))
	chance := func(p float64) bool { return r.Float64() < p }
	var p Problem
	p.Metric = Metric{Ticks: 1 + r.Float64(), Round: Rounding(r.IntN(3))}
	at := func() Point { return Point{float64(r.IntN(1000)), float64(r.IntN(1000))} }
	if chance(0.3) {
		p.Metric = Metric{Globe: true, Ticks: 0.1, Round: Nearest}
		at = func() Point { return Point{121.4 + r.Float64()*0.1, 31 + r.Float64()*0.1} }
	}
	crews, orders := 1+r.IntN(12), r.IntN(90)
	skills, districts, timed, many := chance(0.5), chance(0.4), chance(0.7), chance(0.3)
	limits, depot, stocks := chance(0.3), at(), chance(0.3)
	if stocks && chance(0.8) {
		supply := at()
		p.Supply = &supply
	}
	for k := range crews {
		c := Crew{ID: fmt.Sprint("c", k), Start: depot, End: depot, Capacity: 20 + int64(r.IntN(60)), Shift: Window{0, maxTick}}
		if chance(0.5) {
			c.Start, c.End = at(), at()
		}
		if timed {
			c.Shift = Window{int64(r.IntN(500)), 4000 + int64(r.IntN(6000))}
		}
		if limits && chance(0.5) {
			c.MaxTicks = 1500 + int64(r.IntN(3000))
		}
		if limits && chance(0.5) {
			c.MaxOrders = 1 + r.IntN(9)
		}
		if chance(0.3) {
			c.Fixed = int64(r.IntN(3000))
		}
		c.Load, c.Busy = int64(r.IntN(2000)), int64(r.IntN(9000))
		if stocks {
			for _, tool := range []string{"saw", "pump", "rod"} {
				if chance(0.6) {
					c.Tools = append(c.Tools, tool)
				}
			}
			c.Parts = []int64{int64(r.IntN(5)), int64(r.IntN(9))}
		}
		for _, s := range []string{"leak", "meter", "gas"} {
			if chance(0.6) {
				c.Skills = append(c.Skills, Skill{s, r.IntN(3)})
			}
		}
		for d := range 4 {
			if chance(0.5) {
				c.Districts = append(c.Districts, fmt.Sprint(d))
			}
		}
		p.Crews = append(p.Crews, c)
	}
	for k := range orders {
		o := Order{ID: fmt.Sprint("o", k), At: at(), Demand: int64(r.IntN(12))}
		if chance(0.1) && k > 0 {
			o.At = p.Orders[r.IntN(k)].At
		}
		if timed {
			o.Service = int64(r.IntN(300))
			for n := 1; chance(0.6) && n < 4; n++ {
				from := int64(r.IntN(6000))
				o.Windows = append(o.Windows, Window{from, from + int64(r.IntN(2000))})
				if !many {
					break
				}
			}
		}
		if skills && chance(0.5) {
			o.Skills = []Skill{{[]string{"leak", "meter", "gas"}[r.IntN(3)], r.IntN(3)}}
		}
		if districts {
			o.District = fmt.Sprint(r.IntN(4))
		}
		if chance(0.05) {
			o.Crew = p.Crews[r.IntN(crews)].ID
		}
		if chance(0.2) {
			o.Penalty = 100_000 + int64(r.IntN(900_000))
		}
		if stocks {
			for _, tool := range []string{"saw", "pump", "rod"} {
				if chance(0.2) {
					o.Tools = append(o.Tools, tool)
				}
			}
			o.Parts = []int64{int64(r.IntN(2)), int64(r.IntN(3))}
		}
		p.Orders = append(p.Orders, o)
	}
	opts := Options{Seed: seed, Iterations: 400}
	if chance(0.3) {
		opts.Balance = 50 + int64(r.IntN(300))
	}
	if timed && !many && chance(0.2) {
		opts.Duration = true
	}
	return p, opts
}

// eachRandom runs a property over random problems.
func eachRandom(t *testing.T, n int, property func(t *testing.T, p Problem, o Options)) {
	t.Helper()
	for seed := range uint64(n) {
		p, o := randomProblem(seed)
		for _, f := range Validate(p) {
			if f.Kind != FaultOutside {
				t.Fatalf("seed %d: the random problem has a fault: %v", seed, f)
			}
		}
		p.Orders = slices.DeleteFunc(p.Orders, func(o Order) bool {
			q := p
			q.Orders = []Order{o}
			return len(Validate(q)) > 0
		})
		property(t, p, o)
		if t.Failed() {
			t.Fatalf("with the random problem of seed %d", seed)
		}
	}
}

func name(of string, k int) string { return fmt.Sprint(of, "-", k) }
