// Package horizon plans work that may be done on one of many days: scheduled replacements
// over weeks. It decides which order is done on which day, lets the engine
// (dispatch/route) make each day's routes, and repairs across days what a day could not
// hold. Published days stay as they are; nobody works on days off.
//
// The package is pure: plain values go in and come out, and the same problem, seed and
// iterations give the same plan. Every order is in a route of one day, or in
// Solution.Unserved with the rules that stopped it on each day it was tried on.
package horizon

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"tundish/dispatch/route"
)

// Problem is work over days.
type Problem struct {
	Metric  route.Metric
	Periods []route.Period
	Days    []Day
	Orders  []Order
}

// Day is one day and who works on it. Ticks begin anew with each day.
type Day struct {
	Name  string // of the day, for instance its date; unique
	Off   bool   // nobody works: a weekend or a holiday; a make-up day is not off
	Crews []route.Crew
	// Published, if given, is the day's plan as people know it: orders by their index, per
	// crew. The day is frozen: nothing is added, moved or taken away.
	Published route.Plan
	// Planned, if given, is how the day was planned before. It binds nobody: orders begin with the day
	// and the place that they have there, and lose them where they may not have them any more.
	Planned route.Plan
}

// Order is work for one of the days. Its After names orders that are done on an earlier day,
// or before it on the same one; orders of one Visit have the same day. Its Day is the name
// of the only day it may have.
type Order struct {
	route.Order
	Earliest int // index of the first day it may be done on
	Latest   int // and of the last one, included
	// Deadline is the last day that costs nothing; each one later costs PerDay ticks.
	Deadline int
	PerDay   int64
}

// Options steer the search.
type Options struct {
	Route route.Options // of each day's routes; Start is not used
	// Fill is the percentage of a crew's time that a day is given before routes are known:
	// the rest is for driving and for what comes. 0 means 80.
	Fill int
	// Rounds of repair across days, each of which offers what has no day to one more; 0 means until
	// every day was tried, a negative number none.
	Rounds int
}

// Solution is a plan for all days.
type Solution struct {
	Days     []route.Solution // beside Problem.Days; Plan and Unserved have indices of Problem.Orders
	DayOf    []int            // order → its day, -1 for none
	Unserved []Unserved
	Cost     int64 // of all routes and of days past deadlines
}

// Unserved is an order that has no day, with what stopped it where it was tried.
type Unserved struct {
	Order int
	Days  []Stopped
	// Remedies are the smallest changes, of one day each, that would let it be done there with
	// everything else as planned; the smallest first.
	Remedies []Remedy
}

// Remedy is a change to a day. Its crew is a number of the day's, its orders are the problem's.
type Remedy struct {
	Day int
	route.Remedy
}

// Stopped is why a day did not do. Without rules no crew of the day could ever do it.
type Stopped struct {
	Day   int
	Rules []route.RuleCount
}

// Fault is one thing wrong with a problem.
type Fault struct {
	Day   string // "" for what is no day's
	Order string
	Kind  route.FaultKind // of an order or a crew; "" for what is wrong with days
	Text  string
}

// FaultError refuses a problem with all its faults.
type FaultError struct{ Faults []Fault }

func (e *FaultError) Error() string {
	lines := []string{fmt.Sprintf("the horizon has %d faults:", len(e.Faults))}
	for _, f := range e.Faults {
		lines = append(lines, strings.TrimSpace(f.Day+" "+f.Order+": "+f.Text))
	}
	return strings.Join(lines, "\n  ")
}

// planner is a plan under way.
type planner struct {
	p             *Problem
	o             Options
	units         [][]int       // orders that have one day in common, in sequence of who waits for whom
	of            []int         // order → unit
	day           []int         // unit → day, -1
	before, after [][]int       // unit → units that it waits for, and that wait for it
	frozen        []bool        // unit → stands in a published plan
	plans         []route.Plan  // day → routes
	rests         [][][]int64   // day → breaks
	done          []*dayOutcome // day → what its routes came to
	tried         []map[int][]route.RuleCount
}

type dayOutcome struct {
	solution route.Solution
	orders   []int // index in the day's problem → order
}

// Solve plans all days. When the context ends, the best so far is returned.
func Solve(ctx context.Context, p Problem, o Options) (Solution, error) {
	if o.Fill == 0 {
		o.Fill = 80
	}
	if o.Rounds == 0 {
		o.Rounds = len(p.Days)
	}
	if faults := Validate(p); len(faults) > 0 {
		return Solution{}, &FaultError{faults}
	}
	h := &planner{p: &p, o: o, done: make([]*dayOutcome, len(p.Days)), plans: make([]route.Plan, len(p.Days)), rests: make([][][]int64, len(p.Days))}
	h.unite()
	h.remember()
	h.spread()
	for d := range p.Days {
		if err := h.route(ctx, d); err != nil {
			return Solution{}, err
		}
	}
	if err := h.strand(ctx); err != nil {
		return Solution{}, err
	}
	for range max(0, o.Rounds) {
		again, err := h.repair(ctx)
		if err == nil {
			err = h.strand(ctx)
		}
		if err != nil {
			return Solution{}, err
		}
		if !again || ctx.Err() != nil {
			break
		}
	}
	if err := h.advance(ctx); err != nil {
		return Solution{}, err
	}
	out := h.solution()
	return out, h.remedies(ctx, &out)
}

// unite joins orders of one visit and sorts units so that each comes after those it waits for.
func (h *planner) unite() {
	n := len(h.p.Orders)
	h.of, h.tried = make([]int, n), make([]map[int][]route.RuleCount, n)
	number, visit := map[string]int{}, map[string]int{}
	var raw [][]int
	unit := make([]int, n)
	for i := range h.p.Orders {
		o := &h.p.Orders[i]
		number[o.ID] = i
		h.tried[i] = map[int][]route.RuleCount{}
		if u, ok := visit[o.Visit]; ok && o.Visit != "" {
			raw[u] = append(raw[u], i)
			unit[i] = u
			continue
		}
		visit[o.Visit], unit[i] = len(raw), len(raw)
		raw = append(raw, []int{i})
	}
	seen := make([]int, len(raw))
	var add func(u int)
	add = func(u int) {
		if seen[u] > 0 {
			return
		}
		seen[u] = 1
		for _, i := range raw[u] {
			for _, id := range h.p.Orders[i].After {
				add(unit[number[id]])
			}
		}
		for _, i := range raw[u] {
			h.of[i] = len(h.units)
		}
		h.units = append(h.units, raw[u])
	}
	// The most urgent first, as far as who waits for whom allows.
	urgent := make([]int, len(raw))
	for u := range raw {
		urgent[u] = u
	}
	key := func(u int) (deadline int, penalty int64) {
		deadline = math.MaxInt
		for _, i := range raw[u] {
			deadline, penalty = min(deadline, h.p.Orders[i].Deadline, h.p.Orders[i].Latest), max(penalty, h.p.Orders[i].Penalty)
		}
		return deadline, penalty
	}
	slices.SortStableFunc(urgent, func(a, b int) int {
		da, pa := key(a)
		db, pb := key(b)
		return cmp.Or(cmp.Compare(da, db), cmp.Compare(pb, pa))
	})
	for _, u := range urgent {
		add(u)
	}
	h.before, h.after = make([][]int, len(h.units)), make([][]int, len(h.units))
	for u, list := range h.units {
		for _, i := range list {
			for _, id := range h.p.Orders[i].After {
				if w := h.of[number[id]]; w != u {
					h.before[u], h.after[w] = append(h.before[u], w), append(h.after[w], u)
				}
			}
		}
	}
	h.frozen = make([]bool, len(h.units))
	h.day = make([]int, len(h.units))
	for u := range h.day {
		h.day[u] = -1
	}
	for d := range h.p.Days {
		for _, list := range h.p.Days[d].Published {
			for _, i := range list {
				h.day[h.of[i]], h.frozen[h.of[i]] = d, true
			}
		}
	}
}

// allowed are the days a unit may have as far as dates, days off, frozen days and those it
// waits for, or that wait for it, say.
func (h *planner) allowed(u int) []int {
	first, last := 0, len(h.p.Days)-1
	only := ""
	for _, i := range h.units[u] {
		o := &h.p.Orders[i]
		first, last = max(first, o.Earliest), min(last, o.Latest)
		if o.Day != "" {
			only = o.Day
		}
	}
	for _, w := range h.before[u] {
		if h.day[w] < 0 {
			return nil
		}
		first = max(first, h.day[w])
	}
	for _, v := range h.after[u] {
		if h.day[v] >= 0 {
			last = min(last, h.day[v])
		}
	}
	var days []int
	for d := first; d <= last; d++ {
		if day := &h.p.Days[d]; !day.Off && day.Published == nil && (only == "" || only == day.Name) {
			days = append(days, d)
		}
	}
	return days
}

// late is what a day costs a unit past its deadlines.
func (h *planner) late(u, d int) (sum int64) {
	for _, i := range h.units[u] {
		o := &h.p.Orders[i]
		sum += int64(max(0, d-o.Deadline)) * o.PerDay
	}
	return sum
}

// solution gathers the days.
func (h *planner) solution() Solution {
	out := Solution{Days: make([]route.Solution, len(h.p.Days)), DayOf: make([]int, len(h.p.Orders))}
	for i := range out.DayOf {
		out.DayOf[i] = -1
	}
	for d, done := range h.done {
		if done == nil {
			continue
		}
		s := done.solution
		s.Plan = make(route.Plan, len(done.solution.Plan))
		for r, list := range done.solution.Plan {
			for _, k := range list {
				i := done.orders[k]
				s.Plan[r] = append(s.Plan[r], i)
				out.DayOf[i] = d
				out.Cost += int64(max(0, d-h.p.Orders[i].Deadline)) * h.p.Orders[i].PerDay
			}
		}
		s.Unserved, s.Explained = nil, nil
		for _, e := range done.solution.Explained {
			e.Order = done.orders[e.Order]
			s.Explained = append(s.Explained, e)
		}
		out.Days[d] = s
		out.Cost += s.Cost
	}
	for i, d := range out.DayOf {
		if d >= 0 {
			continue
		}
		u := Unserved{Order: i}
		for d := range h.p.Days {
			if rules, ok := h.tried[i][d]; ok {
				u.Days = append(u.Days, Stopped{d, rules})
			}
		}
		out.Unserved = append(out.Unserved, u)
	}
	return out
}
