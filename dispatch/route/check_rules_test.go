package route

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// sees gathers what the judge must know of the whole plan to walk one tour.
func (j judge) sees(s Solution) judge {
	j.gates, j.by, j.from, j.rests = map[string]int{}, map[int]int64{}, map[int]int64{}, s.Breaks
	number, count := map[string]int{}, map[string]int{}
	for i := range j.p.Orders {
		o := &j.p.Orders[i]
		number[o.ID] = i
		if o.Visit != "" {
			count[o.Visit]++
			if _, ok := j.gates[o.Visit]; !ok {
				j.gates[o.Visit] = i
			}
		}
	}
	for v, n := range count {
		if n == 1 {
			delete(j.gates, v)
		}
	}
	measured := slices.ContainsFunc(j.p.Crews, func(c Crew) bool { return c.MaxTicks > 0 })
	begin := map[int]int64{}
	for r, list := range s.Plan {
		for k, i := range list {
			begin[i] = s.Begin[r][k]
		}
	}
	for i := range j.p.Orders {
		at, planned := begin[i]
		for _, id := range j.p.Orders[i].After {
			first := number[id]
			if j.gate(first) == j.gate(i) && j.p.Orders[i].Visit != "" {
				continue // the sequence of the round sees to it
			}
			// All of a visit is finished before what waits for one of it.
			for k := range j.p.Orders {
				if k != first && (j.p.Orders[k].Visit == "" || j.gate(k) != j.gate(first)) {
					continue
				}
				if planned {
					if v, ok := j.by[k]; !ok || at < v {
						j.by[k] = j.visitBegin(begin, i)
					}
				}
			}
			if end, ok := j.visitEnd(begin, first); ok {
				j.from[i] = max(j.from[i], end)
				if planned && measured { // a later moment may have been agreed on to keep a crew from being out too long
					j.from[i] = max(j.from[i], j.visitBegin(begin, i))
				}
			}
		}
	}
	return j
}

// gate is the order at whose place a visit begins and ends: its first, or the order itself.
func (j judge) gate(i int) int {
	if g, ok := j.gates[j.p.Orders[i].Visit]; ok && j.p.Orders[i].Visit != "" {
		return g
	}
	return i
}

// advance drives so many ticks, one after another.
func (j judge) advance(r int, t, ticks int64) int64 {
	if len(j.p.Periods) == 0 && len(j.p.Crews[r].Breaks) == 0 {
		return t + ticks
	}
	for want := ticks * 1000; want > 0; t++ {
		speed := int64(1000)
		for _, p := range j.p.Periods {
			if t >= p.From && t < p.To {
				speed = int64(p.Percent) * 10
			}
		}
		for k, b := range j.p.Crews[r].Breaks {
			if from := j.rests[r][k]; t >= from && t < from+b.Ticks {
				speed = 0
			}
		}
		want -= speed
	}
	return t
}

// walk is when each order of a tour begins and when the crew is back, if it leaves at a
// moment; alone says that orders which wait for others are to wait for them.
func (j judge) walk(r int, list []int, supply int, leave int64, first bool) (begins []int64, back int64, ok bool) {
	c := &j.p.Crews[r]
	t, at := leave, c.Start
	for k := 0; k < len(list); {
		if k == supply {
			t = j.advance(r, t, j.ticks(at, *j.p.Supply))
			at = *j.p.Supply
		}
		n := k + 1
		for n < len(list) && j.gate(list[n]) == j.gate(list[k]) && n != supply {
			n++
		}
		gate := j.p.Orders[j.gate(list[k])].At
		t = j.advance(r, t, j.ticks(at, gate))
		if t, ok = j.meet(r, list[k:n], gate, t); !ok {
			return nil, 0, false
		}
		at = gate
		for _, i := range list[k:n] {
			o := &j.p.Orders[i]
			t += j.ticks(at, o.At)
			at = o.At
			begins = append(begins, t)
			t += o.Service
		}
		t += j.ticks(at, gate)
		at = gate
		if !first {
			for _, i := range list[k:n] {
				if by, bound := j.by[i]; bound && t > by {
					return nil, 0, false
				}
			}
		}
		k = n
	}
	if supply == len(list) {
		t = j.advance(r, t, j.ticks(at, *j.p.Supply))
		at = *j.p.Supply
	}
	return begins, j.advance(r, t, j.ticks(at, c.End)), true
}

// meet is the first moment not before t to begin a visit at its gate so that everybody is
// met within a window, nothing is begun too early and no break falls into it.
func (j judge) meet(r int, visit []int, gate Point, t int64) (int64, bool) {
	for _, i := range visit {
		t = max(t, j.from[i])
	}
again:
	at, now := gate, t
	for _, i := range visit {
		o := &j.p.Orders[i]
		now += j.ticks(at, o.At)
		at = o.At
		if len(o.Windows) > 0 {
			next, inside := int64(-1), false
			for _, w := range o.Windows {
				inside = inside || now >= w.From && now <= w.To
				if w.From > now && (next < 0 || w.From < next) {
					next = w.From
				}
			}
			if !inside {
				if next < 0 {
					return 0, false
				}
				t += next - now
				goto again
			}
		}
		now += o.Service
	}
	now += j.ticks(at, gate)
	for k, b := range j.p.Crews[r].Breaks {
		if from := j.rests[r][k]; t < from+b.Ticks && now > from {
			t = from + b.Ticks
			goto again
		}
	}
	return t, true
}

// visitBegin is when the round that an order is on begins.
func (j judge) visitBegin(begin map[int]int64, i int) int64 {
	t := begin[i]
	for k := range j.p.Orders {
		if j.p.Orders[i].Visit != "" && j.gate(k) == j.gate(i) && j.p.Orders[k].Visit != "" {
			t = min(t, begin[k]-j.ticks(j.p.Orders[j.gate(i)].At, j.p.Orders[k].At))
		}
	}
	return t
}

// visitEnd is when the round that an order is on is over, if it is planned.
func (j judge) visitEnd(begin map[int]int64, i int) (int64, bool) {
	t, ok := begin[i]
	if !ok {
		return 0, false
	}
	t += j.p.Orders[i].Service
	for k := range j.p.Orders {
		if j.p.Orders[i].Visit != "" && j.gate(k) == j.gate(i) && j.p.Orders[k].Visit != "" {
			t = max(t, begin[k]+j.p.Orders[k].Service+j.ticks(j.p.Orders[k].At, j.p.Orders[j.gate(i)].At))
		}
	}
	return t, true
}

// first tells whether an order, or another one of its visit, goes before work under way.
func (j judge) first(i int) bool {
	for k := range j.p.Orders {
		if j.p.Orders[k].First && (k == i || j.p.Orders[k].Visit != "" && j.gate(k) == j.gate(i)) {
			return true
		}
	}
	return false
}

// soft is what it costs that a crew has an order, wherever in its tour.
func (j judge) soft(r, i int) (sum int64) {
	c, o := &j.p.Crews[r], &j.p.Orders[i]
	name := c.Of
	if name == "" {
		name = c.ID
	}
	if o.Published != "" && o.Published != name {
		sum += j.o.Disturbance
	}
	if o.District != "" && len(c.Districts) > 0 && !slices.Contains(c.Districts, o.District) {
		sum += c.Elsewhere
	}
	return sum
}

// rules checks what a walk does not see.
func (j judge) rules(s Solution) (wrong []string) {
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	crewOf, begin := map[int]int{}, map[int]int64{}
	number := map[string]int{}
	for i := range j.p.Orders {
		number[j.p.Orders[i].ID] = i
	}
	for r, list := range s.Plan {
		c := &j.p.Crews[r]
		last, open := 0, true
		for k, i := range list {
			o := &j.p.Orders[i]
			crewOf[i], begin[i] = r, s.Begin[r][k]
			if o.Position > 0 && (!open || o.Position <= last) {
				say("order %s with position %d comes after others of crew %s", o.ID, o.Position, c.ID)
			}
			if last = o.Position; last == 0 {
				open = false
			}
			if o.Day != "" && o.Day != c.Day {
				say("order %s is for day %s, not %s", o.ID, o.Day, c.Day)
			}
			if slices.Contains(o.Not, c.Name()) {
				say("order %s must not go to crew %s", o.ID, c.ID)
			}
			if k > 0 && o.Visit != "" && j.gate(i) != j.gate(list[k-1]) && slices.ContainsFunc(list[:k], func(b int) bool { return j.p.Orders[b].Visit == o.Visit }) {
				say("visit %s is broken by others", o.Visit)
			}
		}
		for k, b := range c.Breaks {
			if t := s.Breaks[r][k]; t < b.From || t > b.To {
				say("the break of crew %s begins at %d, not in %v", c.ID, t, b.Window)
			}
		}
	}
	for i := range j.p.Orders {
		o := &j.p.Orders[i]
		r, planned := crewOf[i]
		for k := range i {
			if q, ok := crewOf[k]; o.Visit != "" && j.p.Orders[k].Visit == o.Visit && (ok != planned || q != r) {
				say("orders %s and %s of one visit are parted", o.ID, j.p.Orders[k].ID)
			}
		}
		if !planned {
			continue
		}
		for _, id := range o.After {
			if end, ok := begin[number[id]]; !ok {
				say("order %s is planned, and %s, for which it waits, is not", o.ID, id)
			} else if end += j.p.Orders[number[id]].Service; begin[i] < end {
				say("order %s begins at %d before %s ends at %d", o.ID, begin[i], id, end)
			}
		}
		if j.p.Crews[r].BusyUrgent && o.Crew == "" && o.Visit == "" && len(j.by) == 0 && j.p.Supply == nil {
			for q := range j.p.Crews {
				// With several windows a tour may be thought longer than it need be.
				if !j.p.Crews[q].BusyUrgent && j.p.Crews[q].MaxTicks == 0 && j.fits(s, i, q) {
					say("order %s goes to crew %s, which is on an urgent one, though %s could do it", o.ID, j.p.Crews[r].ID, j.p.Crews[q].ID)
				}
			}
		}
	}
	return wrong
}

// fits tells whether some place in a crew's tour would take an order, rule by rule.
func (j judge) fits(s Solution, i, r int) bool {
	list := s.Plan[r]
	for k := 0; k <= len(list); k++ {
		if k > 0 && k < len(list) && j.gate(list[k]) == j.gate(list[k-1]) {
			continue
		}
		with := slices.Insert(slices.Clone(list), k, i)
		begins, _, ok := j.walk(r, with, -1, j.p.Crews[r].Shift.From, true)
		if !ok {
			continue
		}
		one := Solution{Plan: make(Plan, len(s.Plan)), Supply: slices.Repeat([]int{-1}, len(s.Plan)), Begin: make([][]int64, len(s.Plan)), Breaks: s.Breaks}
		one.Plan[r], one.Begin[r] = with, begins
		alone := j
		alone.p.Orders = slices.Clone(j.p.Orders)
		for o := range alone.p.Orders {
			if !slices.Contains(with, o) { // others are nobody's business here
				one.Unserved = append(one.Unserved, Unserved{Order: o, Stopped: []RuleCount{{Rule: RuleTimeUp, Crews: len(j.p.Crews)}}})
			}
		}
		alone.stopped = true
		fine := true
		for _, w := range alone.plan(one) {
			if !isSum(w) {
				fine = false
			}
		}
		if fine {
			return true
		}
	}
	return false
}

// isSum tells whether a complaint is about sums only, which a plan made up here has not.
func isSum(complaint string) bool {
	for _, of := range []string{"travel is", "cost is"} {
		if len(complaint) > len(of) && complaint[:len(of)] == of {
			return true
		}
	}
	for k := range len(complaint) - 14 {
		if complaint[k:k+14] == "crews are out," {
			return true
		}
	}
	return false
}

// ruledProblem adds to a random problem what rules there are.
func ruledProblem(seed uint64) (Problem, Options) {
	p, o := randomProblem(seed)
	r := rand.New(rand.NewPCG(seed, 23))
	chance := func(p float64) bool { return r.Float64() < p }
	timed := p.Crews[0].Shift.To < maxTick
	breaks, periods, visits, waits := timed && chance(0.4), timed && chance(0.3), chance(0.4), chance(0.4)
	fixed, told, soft, promises := chance(0.3), chance(0.3), chance(0.3), timed && chance(0.4)
	busy, reserved, shifts, not := !promises && chance(0.4), timed && chance(0.3), chance(0.2), chance(0.2)
	if busy { // where sending somebody always pays
		o.Balance, o.Duration = 0, false
	}
	if told {
		o.Disturbance = int64(1 + r.IntN(500))
	}
	if periods {
		p.Periods = []Period{{1000, 2000, 50}, {4000, 4500, 1 + r.IntN(200)}, {2000, 2600, 150}}
	}
	for k := range p.Crews {
		c := &p.Crews[k]
		if breaks && chance(0.7) {
			from := c.Shift.From + int64(r.IntN(3000))
			c.Breaks = append(c.Breaks, Break{Window{from, from + int64(r.IntN(1000))}, 1 + int64(r.IntN(300))})
			if chance(0.3) {
				c.Breaks = append(c.Breaks, Break{Window{from + 2000, from + 2500}, 100})
			}
		}
		if soft && chance(0.5) {
			c.Elsewhere = int64(r.IntN(500))
		}
		c.BusyUrgent = busy && chance(0.4)
		if reserved && chance(0.5) {
			c.Reserved, c.Carried, c.Held = int64(r.IntN(3000)), int64(r.IntN(30)), r.IntN(3)
		}
		if shifts {
			c.Of = fmt.Sprint("p", k/2)
		}
		if chance(0.5) {
			c.Day = "monday"
		}
		c.Out = shifts && chance(0.5)
	}
	someone := func() string { return p.Crews[r.IntN(len(p.Crews))].Name() }
	positions := map[string]int{}
	for k := range p.Orders {
		q := &p.Orders[k]
		if visits && k%7 < 3 && chance(0.7) {
			q.Visit = fmt.Sprint("v", k/7)
			q.At = Point{p.Orders[k-k%7].At.X, p.Orders[k-k%7].At.Y}
			if !p.Metric.Globe {
				q.At.X += float64(r.IntN(20))
			}
			if len(q.Windows) > 1 {
				q.Windows = q.Windows[:1]
			}
		}
		if waits && k > 0 && chance(0.25) {
			q.After = append(q.After, p.Orders[r.IntN(k)].ID)
		}
		if told && chance(0.6) {
			q.Published = someone()
		}
		if chance(0.05) {
			q.Day = "monday"
		}
		if not && chance(0.3) {
			q.Not = []string{someone()}
		}
		if promises {
			for range r.IntN(3) {
				q.Promises, q.First = append(q.Promises, Promise{int64(r.IntN(5000)), int64(r.IntN(300))}), chance(0.3)
			}
		}
		if fixed && q.Visit == "" && chance(0.1) {
			q.Crew = p.Crews[r.IntN(len(p.Crews))].ID
			positions[q.Crew]++
			q.Position = positions[q.Crew]
		}
	}
	o.Iterations = 300
	if chance(0.15) {
		p.Ways = randomWays(p, r)
	}
	return p, o
}

// randomWays are ways between most places, each longer than the metric has it, there and
// back apart. No detour is shorter than the way.
func randomWays(p Problem, r *rand.Rand) *Ways {
	w := &Ways{}
	add := func(q Point) {
		if !slices.Contains(w.Places, q) && r.IntN(10) > 0 {
			w.Places = append(w.Places, q)
		}
	}
	for _, o := range p.Orders {
		add(o.At)
	}
	for _, c := range p.Crews {
		add(c.Start)
	}
	j := judge{p: p}
	n := len(w.Places)
	for _, a := range w.Places {
		for _, b := range w.Places {
			t := j.ticks(a, b)
			if a.X < b.X { // uphill
				t += t / 4
			}
			w.Ticks = append(w.Ticks, int32(t))
		}
	}
	for k := range n {
		w.Ticks[k*n+k] = 0
	}
	return w
}

// eachRuled runs a property over random problems with rules, without what cannot be right
// in them.
func eachRuled(t *testing.T, n int, property func(t *testing.T, p Problem, o Options)) {
	t.Helper()
	for seed := range uint64(n) {
		p, o := ruledProblem(seed)
		for range 5 { // leaving one out may make another one wrong
			bad := map[int]bool{}
			for _, f := range Validate(p) {
				if f.On != "order" {
					t.Fatalf("seed %d: the random problem has a fault: %v", seed, f)
				}
				bad[f.No] = true
			}
			if len(bad) == 0 {
				break
			}
			gone := map[string]bool{}
			var orders []Order
			for i, q := range p.Orders {
				if bad[i] {
					gone[q.ID] = true
				} else {
					orders = append(orders, q)
				}
			}
			for i := range orders {
				orders[i].After = slices.DeleteFunc(slices.Clone(orders[i].After), func(id string) bool { return gone[id] })
			}
			p.Orders = orders
		}
		property(t, p, o)
		if t.Failed() {
			t.Fatalf("with the ruled problem of seed %d", seed)
		}
	}
}

// eachProblem runs a property over random problems without rules and with.
func eachProblem(t *testing.T, n int, property func(t *testing.T, p Problem, o Options)) {
	t.Helper()
	eachRandom(t, n, property)
	eachRuled(t, n, property)
}

func TestPlansKeepAllRules(t *testing.T) {
	eachRuled(t, 300, func(t *testing.T, p Problem, o Options) {
		for _, threads := range []int{1, 3} {
			o.Threads = threads
			for _, wrong := range (judge{p: p, o: o}).plan(solve(t, p, o)) {
				t.Error(wrong)
			}
		}
	})
}

func TestRulesThatCannotBeRightAreFaults(t *testing.T) {
	p, o := town(12, 3)
	o.Iterations = 10
	p.Periods = []Period{{100, 200, 50}, {150, 300, 50}, {400, 500, 0}}
	p.Crews[0].Breaks = []Break{{Window{100, 50}, 10}}
	p.Crews[1].Breaks = []Break{{Window{100, 200}, 60}, {Window{250, 300}, 60}}
	p.Crews[2].Reserved = -1
	p.Orders[0].Position = 1
	p.Orders[1].Promises = []Promise{{100, -1}}
	p.Orders[2].Crew, p.Orders[2].Position, p.Orders[2].Visit = "crew-1", 1, "house"
	kinds := func(p Problem) (got []FaultKind) {
		for _, f := range Validate(p) {
			got = append(got, f.Kind)
		}
		return got
	}
	want := []FaultKind{FaultPeriod, FaultPeriod, FaultBreak, FaultBreak, FaultNegative, FaultPosition, FaultTooLarge, FaultPosition}
	if got := kinds(p); !slices.Equal(got, want) {
		t.Errorf("faults are %v, want %v", got, want)
	}

	p, _ = town(12, 3)
	p.Orders[0].After = []string{"nobody"}
	p.Orders[3].Crew, p.Orders[3].Position, p.Orders[4].Crew, p.Orders[4].Position = "crew-1", 2, "crew-1", 2
	if got, want := kinds(p), []FaultKind{FaultUnknownOrder, FaultPosition}; !slices.Equal(got, want) {
		t.Errorf("faults are %v, want %v", got, want)
	}

	p, _ = town(12, 3)
	p.Orders[0].Visit, p.Orders[1].Visit = "house", "house"
	p.Orders[0].Windows, p.Orders[1].Windows = []Window{{30_000, 31_000}}, []Window{{50_000, 51_000}}
	p.Orders[4].Visit, p.Orders[5].Visit = "hall", "hall" // 4 waits for 7, which waits for 5: for its own visit
	p.Orders[4].Windows, p.Orders[5].Windows = nil, nil
	p.Orders[4].After, p.Orders[7].After, p.Orders[8].After = []string{"order-7"}, []string{"order-5"}, []string{"order-9"}
	if got, want := kinds(p), []FaultKind{FaultVisit, FaultVisit, FaultCycle, FaultCycle, FaultCycle}; !slices.Equal(got, want) {
		t.Errorf("faults are %v, want %v", got, want)
	}
}

func TestReasonsNameTheRulesOfPeople(t *testing.T) {
	p, o := town(8, 3)
	o.Iterations = 100
	for k := range p.Orders {
		p.Orders[k].Skills, p.Orders[k].Windows = nil, nil
	}
	p.Crews[0].BusyUrgent = true
	p.Orders[0].Day = "tuesday"
	p.Orders[1].Not = []string{"crew-0", "crew-1", "crew-2"}
	p.Orders[2].Skills = []Skill{{"diving", 0}}
	p.Orders[3].After = []string{"order-2"}
	p.Orders[4].Visit, p.Orders[5].Visit = "hall", "hall"
	p.Orders[4].Demand, p.Orders[5].Demand = 300, 300
	s := solve(t, p, o)
	got := map[int]string{}
	for _, u := range s.Unserved {
		got[u.Order] = u.String()
	}
	want := map[int]string{0: "pinned", 1: "excluded", 2: "skill", 3: "after", 4: "capacity", 5: "capacity"}
	if len(got) != len(want) {
		t.Errorf("left over are %v, want %v", got, want)
	}
	for k, rule := range want {
		if got[k] != rule {
			t.Errorf("order %d is left over for %q, want %q", k, got[k], rule)
		}
	}
	if len(s.Plan[0]) > 0 {
		t.Errorf("crew-0 is on an urgent order and got %v", s.Plan[0])
	}
}
