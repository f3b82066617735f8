package route

import (
	"slices"
	"strings"
	"testing"
)

// held is the problem of a plan with everything but some orders as it is: whoever has an
// order keeps it, what else was left over is away.
func held(p Problem, s Solution, but []int) (Problem, Plan, []int) {
	q := p
	q.Orders = nil
	number := map[int]int{}
	left := map[int]bool{}
	for _, u := range s.Unserved {
		left[u.Order] = !slices.Contains(but, u.Order)
	}
	for i, o := range p.Orders {
		if !left[i] {
			number[i] = len(q.Orders)
			q.Orders = append(q.Orders, o)
		}
	}
	plan := make(Plan, len(s.Plan))
	for r, list := range s.Plan {
		for _, i := range list {
			plan[r] = append(plan[r], number[i])
			q.Orders[number[i]].Crew = p.Crews[r].ID
		}
	}
	var those []int
	for _, i := range but {
		those = append(those, number[i])
	}
	return q, plan, those
}

func TestWhatWouldMakeItPossibleDoes(t *testing.T) {
	tried := map[string]int{}
	eachProblem(t, 120, func(t *testing.T, p Problem, o Options) {
		waits := slices.ContainsFunc(p.Orders, func(q Order) bool { return len(q.After) > 0 })
		bounded := slices.ContainsFunc(p.Crews, func(c Crew) bool { return c.MaxTicks > 0 })
		// A plan to start from does not say when the supply is called at, nor what was agreed
		// on so that nobody is away for too long.
		if p.Supply != nil || waits && bounded {
			return
		}
		o.Explain = true
		for k := range p.Orders { // what is asked by default depends on who else is there
			p.Orders[k].Penalty = max(p.Orders[k].Penalty, 200_000)
		}
		s := solve(t, p, o)
		for _, u := range s.Unserved {
			for _, r := range u.Remedies {
				q, plan, those := held(p, s, r.Orders)
				r.Orders = those
				q = r.Apply(q)
				again := o
				again.Start, again.StartBreaks, again.Iterations = plan, s.Breaks, 1
				out := solve(t, q, again)
				for _, v := range out.Unserved {
					if slices.Contains(those, v.Order) {
						t.Errorf("order %s is not served though crew %s had %+v: %+v", p.Orders[u.Order].ID, p.Crews[r.Crew].ID, r, v)
					}
				}
				for _, wrong := range (judge{p: q, o: again}).plan(out) {
					t.Error(wrong)
				}
				for what, is := range map[string]bool{"capacity": r.Capacity > 0, "more": r.More > 0, "away": r.Away > 0, "overtime": r.Overtime > 0, "serve": len(r.Serve) > 0, "lift": r.Lift, "unpin": r.Unpin} {
					if is {
						tried[what]++
					}
				}
			}
		}
	})
	for _, what := range []string{"capacity", "more", "away", "overtime", "serve", "lift", "unpin"} {
		if tried[what] < 3 {
			t.Errorf("%s was tried %d times only", what, tried[what])
		}
	}
}

// What an order is said to cost is what the plan would cost less without it.
func TestTermsAreWhatThePlanWouldSave(t *testing.T) {
	eachProblem(t, 50, func(t *testing.T, p Problem, o Options) {
		waits := slices.ContainsFunc(p.Orders, func(q Order) bool { return len(q.After) > 0 || len(q.Tools) > 0 || len(q.Parts) > 0 })
		if waits {
			return
		}
		o.Explain = true
		s := solve(t, p, o)
		if n := len(s.Explained) + len(s.Unserved); n != len(p.Orders) {
			t.Errorf("%d orders explained and %d left over, of %d", len(s.Explained), len(s.Unserved), len(p.Orders))
		}
		for _, e := range s.Explained {
			if p.Orders[e.Order].Visit != "" {
				continue
			}
			r := e.Chosen.Crew
			k := slices.Index(s.Plan[r], e.Order)
			if k < 0 {
				t.Errorf("order %d is said to be with crew %d", e.Order, r)
				continue
			}
			if before := -1; k > 0 && s.Plan[r][k-1] != e.Chosen.After || k == 0 && e.Chosen.After != before || s.Begin[r][k] != e.Chosen.Begin {
				t.Errorf("order %d is said to come after %d and begin at %d", e.Order, e.Chosen.After, e.Chosen.Begin)
			}
			without := s
			without.Plan, without.Begin = slices.Clone(s.Plan), slices.Clone(s.Begin)
			without.Plan[r] = slices.Delete(slices.Clone(s.Plan[r]), k, k+1)
			j := judge{p: p, o: o}
			without.Begin[r] = slices.Delete(slices.Clone(s.Begin[r]), k, k+1)
			begins, _, _ := j.sees(without).walk(r, without.Plan[r], -1, p.Crews[r].Shift.From, true)
			without.Begin[r] = begins
			without.Cost -= e.Chosen.Terms.Total()
			for _, wrong := range j.plan(without) {
				if strings.HasPrefix(wrong, "cost is") {
					t.Errorf("order %d of crew %s: %+v: %s", e.Order, p.Crews[r].ID, e.Chosen, wrong)
				}
			}
			if e.RunnerUp != nil && p.Crews[e.RunnerUp.Crew].Name() == p.Crews[r].Name() {
				t.Errorf("order %d: the runner-up is the same crew", e.Order)
			}
		}
	})
}

// Asked about one order alone, exactly those crews are candidates that can do it.
func TestRankingKnowsWhoCan(t *testing.T) {
	both := 0
	eachRuled(t, 120, func(t *testing.T, p Problem, o Options) {
		if len(p.Orders) == 0 || p.Supply != nil {
			return
		}
		one := p.Orders[0]
		one.After, one.Visit, one.Penalty = nil, "", maxCost
		p.Orders = []Order{one}
		got, err := Rank(p, 0, o)
		if err != nil {
			t.Fatal(err)
		}
		empty := Solution{Plan: make(Plan, len(p.Crews)), Supply: slices.Repeat([]int{-1}, len(p.Crews)), Begin: make([][]int64, len(p.Crews)), Breaks: make([][]int64, len(p.Crews))}
		for r, c := range p.Crews { // where no break is due, nobody need agree on one
			if len(c.Breaks) > 0 {
				return
			}
			empty.Breaks[r] = nil
		}
		calm := p
		calm.Crews = slices.Clone(p.Crews)
		for r := range calm.Crews {
			calm.Crews[r].BusyUrgent = false
		}
		j := judge{p: calm, o: o}.sees(empty)
		free := map[int]bool{}
		for r := range p.Crews {
			if j.fits(empty, 0, r) {
				free[r] = true
			}
		}
		relaxed := true
		for r := range free {
			relaxed = relaxed && p.Crews[r].BusyUrgent && one.Crew == ""
		}
		seen := map[int]bool{}
		for k, c := range got.Candidates {
			seen[c.Crew] = true
			if !free[c.Crew] || c.Relaxed != (relaxed && p.Crews[c.Crew].BusyUrgent && one.Crew == "") {
				t.Errorf("crew %d is a candidate: can %v, relaxed %v", c.Crew, free[c.Crew], c.Relaxed)
			}
			if k > 0 && c.Terms.Total() < got.Candidates[k-1].Terms.Total() {
				t.Error("candidates are not in the sequence of their costs")
			}
		}
		for _, f := range got.Refusals {
			if seen[f.Crew] {
				t.Errorf("crew %d is a candidate and refused, or twice", f.Crew)
			}
			seen[f.Crew] = true
			if free[f.Crew] != (f.Rule == RuleBusy) {
				t.Errorf("crew %d is refused for %s: can %v", f.Crew, f.Rule, free[f.Crew])
			}
			if f.Remedy != nil {
				again := got
				f.Remedy.Orders = []int{0}
				if again, err = Rank(f.Remedy.Apply(p), 0, o); err != nil {
					t.Fatal(err)
				}
				if len(again.Candidates) == 0 {
					t.Errorf("crew %d cannot do it with %+v either", f.Crew, f.Remedy)
				}
			}
		}
		if len(seen) != len(p.Crews) {
			t.Errorf("%d of %d crews answered", len(seen), len(p.Crews))
		}
		if len(got.Candidates) > 0 && len(got.Refusals) > 0 {
			both++
		}
	})
	if both < 20 {
		t.Errorf("only %d problems had candidates and refusals", both)
	}
}
