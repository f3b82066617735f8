package solver

import (
	"slices"
	"testing"
	"time"
)

// smallTown is a problem with two orders and three crews whose right answer is known; each breach
// below spoils it in one way that the checker must notice.
func smallTown() Problem {
	day := func(h int) time.Time { return morning.Add(time.Duration(h) * time.Hour) }
	shift := []Shift{{ID: "0512", From: day(8), To: day(16), CapMinutes: 240, CapOrders: 4}}
	return Problem{
		Now: day(9),
		Crews: []Crew{
			{ID: "near", Start: Point{31.10, 121.60}, Shifts: shift, Skills: []Skill{{"meter", 2}}, Districts: []string{"north"}},
			{ID: "far", Start: Point{31.20, 121.70}, Shifts: shift, Skills: []Skill{{"meter", 2}}, Districts: []string{"north"}},
			{ID: "busy", Start: Point{31.11, 121.61}, Shifts: shift, Skills: []Skill{{"meter", 2}}, Districts: []string{"north"}, BusyUrgent: true},
		},
		Orders: []Order{
			{ID: "one", Place: Point{31.101, 121.601}, ServiceMinutes: 60, Skills: []Skill{{"meter", 1}}, District: "north"},
			{ID: "two", Place: Point{31.199, 121.699}, ServiceMinutes: 60, Skills: []Skill{{"meter", 1}}, District: "north", Priority: 1},
		},
	}
}

// Every property of check is broken once, on purpose, and must be seen.
func TestCheckerBites(t *testing.T) {
	breaches := []struct {
		want  violation
		spoil func(p *Problem, s *Solution)
	}{
		{vTwice, func(_ *Problem, s *Solution) { s.Assigned = append(s.Assigned, s.Assigned[0]) }},
		{vTwice, func(_ *Problem, s *Solution) { s.Unassigned = append(s.Unassigned, Unassigned{Order: "one"}) }},
		{vMissing, func(_ *Problem, s *Solution) { s.Assigned = s.Assigned[1:] }},
		{vUnknown, func(_ *Problem, s *Solution) { s.Assigned[0].Chosen.Crew = "nobody" }},
		{vUnknown, func(_ *Problem, s *Solution) { s.Assigned[0].Chosen.Shift = "0513" }},
		{vSkill, func(p *Problem, _ *Solution) { p.Orders[0].Skills[0].Level = 3 }},
		{vSkill, func(p *Problem, _ *Solution) { p.Orders[0].Skills[0].Name = "gas" }},
		{vDistrict, func(p *Problem, _ *Solution) { p.Orders[0].District = "south" }},
		{vOffDuty, func(p *Problem, _ *Solution) { p.Crews[0].OffDuty = true }},
		{vOffDuty, func(p *Problem, _ *Solution) { p.Now = p.Now.Add(8 * time.Hour) }},
		{vNoPosition, func(p *Problem, _ *Solution) { p.Crews[0].Start = Point{} }},
		{vPinned, func(p *Problem, _ *Solution) { p.Orders[0].Pin.Crew = "far" }},
		{vPinned, func(p *Problem, _ *Solution) { p.Orders[0].Pin = Pin{"near", "0513"} }},
		{vExcluded, func(p *Problem, _ *Solution) { p.Orders[0].Excluded = []CrewID{"near"} }},
		{vWindow, func(p *Problem, _ *Solution) { p.Orders[0].Windows = []Window{{To: p.Now}} }},
		{vShift, func(p *Problem, _ *Solution) { p.Now = p.Now.Add(6*time.Hour + 5*time.Minute) }},
		{vShift, func(p *Problem, _ *Solution) { p.Crews[0].Shifts[0].LoadMinutes = 370 }},
		{vCapMinutes, func(p *Problem, _ *Solution) { p.Crews[0].Shifts[0].LoadMinutes = 181 }},
		{vCapOrders, func(p *Problem, _ *Solution) { p.Crews[0].Shifts[0].LoadOrders = 4 }},
		{vBusy, func(_ *Problem, s *Solution) { s.Assigned[0].Chosen.Crew = "busy" }},
		{vCost, func(_ *Problem, s *Solution) { s.Cost.Travel++ }},
		{vCost, func(_ *Problem, s *Solution) { s.Cost.Workload-- }},
		{vTerms, func(_ *Problem, s *Solution) { s.Assigned[1].Chosen.Terms.Cost.Lateness++ }},
		{vNoReason, func(_ *Problem, s *Solution) { leave(s, Unassigned{Order: "one", Crews: 3}) }},
		{vNoReason, func(_ *Problem, s *Solution) {
			leave(s, Unassigned{Order: "one", Crews: 3, Stopped: []RuleCount{{Rule: RuleTimeUp, Crews: 3}}})
		}},
		{vServable, func(_ *Problem, s *Solution) {
			leave(s, Unassigned{Order: "one", Crews: 3, Stopped: []RuleCount{{Rule: RuleSkill, Crews: 3}}})
		}},
		{vRank, func(p *Problem, s *Solution) {
			leave(s, Unassigned{Order: "one", Crews: 3, Stopped: []RuleCount{{Rule: RuleCapOrders, Crews: 3}}})
			p.Orders[0].Urgent = true
			for c := range p.Crews {
				p.Crews[c].Shifts[0].CapOrders = 1
			}
		}},
		{vRunnerUp, func(_ *Problem, s *Solution) { s.Assigned[0].RunnerUp.Terms.Cost = Cost{} }},
	}
	for _, b := range breaches {
		p := clone(smallTown())
		sol := mustSolve(t, p, Options{})
		if bad := check(p, sol); len(bad) > 0 {
			t.Fatalf("the unspoilt plan has violations: %v", bad)
		}
		b.spoil(&p, &sol)
		if !check(p, sol)[b.want] {
			t.Errorf("spoilt by %q, and the checker saw only %v", b.want, check(p, sol))
		}
	}
}

// leave moves the first order from assigned to unassigned.
func leave(s *Solution, u Unassigned) {
	s.Assigned = slices.Delete(s.Assigned, 0, 1)
	s.Unassigned = append(s.Unassigned, u)
}

// The random problems must contain what the properties are about.
func TestRandomProblemsExerciseEveryRule(t *testing.T) {
	stopped := map[Rule]int{}
	refused := map[Rule]int{}
	relaxed, pinned, assigned := 0, 0, 0
	forRandom(t, 25, func(t *testing.T, p Problem) {
		sol := mustSolve(t, p, Options{Iterations: -1})
		for _, u := range sol.Unassigned {
			for _, c := range u.Stopped {
				stopped[c.Rule]++
			}
		}
		for _, a := range sol.Assigned {
			assigned++
			if a.Chosen.Relaxed {
				relaxed++
			}
			if a.Pinned {
				pinned++
			}
		}
		for i := range p.Orders {
			r, err := Rank(p, i, Options{})
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range r.Refusals {
				for _, b := range f.Breaches {
					refused[b.Rule]++
				}
			}
		}
	})
	rules := []Rule{RuleOffDuty, RuleNoPosition, RulePinned, RuleExcluded, RuleSkill, RuleDistrict, RuleWindow, RuleShift, RuleCapMinutes, RuleCapOrders}
	for _, r := range rules {
		if stopped[r] == 0 {
			t.Errorf("rule %s never stopped an unassigned order", r)
		}
	}
	for _, r := range append(rules, RuleBusyUrgent) {
		if refused[r] == 0 {
			t.Errorf("rule %s never refused a crew", r)
		}
	}
	if relaxed == 0 || pinned == 0 || assigned < 1000 {
		t.Errorf("%d assigned, %d of them relaxed, %d pinned: the problems exercise too little", assigned, relaxed, pinned)
	}
	t.Logf("assigned %d, relaxed %d, pinned %d, stopped %v", assigned, relaxed, pinned, stopped)
}
