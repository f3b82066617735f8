package solver

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestUrgentCrewGetsNoOtherWhileAnyoneElseIsFeasible(t *testing.T) {
	p := smallTown()
	p.Orders = p.Orders[:1]
	p.Orders[0].Place = p.Crews[2].Start // the busy crew stands right there
	a := mustSolve(t, p, Options{}).Assigned[0]
	if a.Chosen.Crew != "near" || a.Chosen.Relaxed {
		t.Errorf("given to %s (relaxed %v), want near", a.Chosen.Crew, a.Chosen.Relaxed)
	}
	p.Crews[0].OffDuty, p.Crews[1].OffDuty = true, true
	a = mustSolve(t, p, Options{}).Assigned[0]
	if a.Chosen.Crew != "busy" || !a.Chosen.Relaxed {
		t.Errorf("with nobody else given to %s (relaxed %v), want busy, relaxed", a.Chosen.Crew, a.Chosen.Relaxed)
	}
	r, err := Rank(smallTown(), 0, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Refusals) != 1 || r.Refusals[0].Crew != "busy" || r.Refusals[0].Breaches[0].Rule != RuleBusyUrgent {
		t.Errorf("refusals are %+v, want busy by %s", r.Refusals, RuleBusyUrgent)
	}
}

func TestUrgentThenPriorityIsServedWhenThereIsRoomForOne(t *testing.T) {
	p := smallTown()
	p.Crews = p.Crews[:1]
	p.Crews[0].Shifts[0].CapOrders = 1
	if sol := mustSolve(t, p, Options{}); !served(sol, "two") {
		t.Error("the higher priority was not served")
	}
	p.Orders[0].Urgent = true
	if sol := mustSolve(t, p, Options{}); !served(sol, "one") {
		t.Error("the urgent order was not served")
	}
}

func TestUrgentOrderGoesBeforeAcceptedWork(t *testing.T) {
	p := smallTown()
	p.Crews, p.Orders = p.Crews[:1], p.Orders[:1]
	p.Crews[0].Shifts = []Shift{{From: p.Now, To: p.Now.Add(2 * time.Hour), LoadMinutes: 115}}
	p.Orders[0].ArriveBy = p.Now.Add(10 * time.Minute)
	if sol := mustSolve(t, p, Options{}); len(sol.Assigned) != 0 {
		t.Error("a plain order was squeezed into a shift that is full")
	}
	p.Orders[0].Urgent = true
	sol := mustSolve(t, p, Options{})
	if len(sol.Assigned) != 1 || sol.Assigned[0].Chosen.Terms.LatenessSeconds != 0 {
		t.Errorf("the urgent order had to wait for accepted work: %+v", sol)
	}
}

func TestPinnedShiftIsKept(t *testing.T) {
	p := smallTown()
	next := p.Crews[1].Shifts[0]
	next.ID, next.From, next.To = "0513", next.From.Add(24*time.Hour), next.To.Add(24*time.Hour)
	p.Crews[1].Shifts = append(slices.Clone(p.Crews[1].Shifts), next)
	p.Orders[0].Pin = Pin{"far", "0513"}
	a := mustSolve(t, p, Options{}).Assigned[0]
	if a.Chosen.Crew != "far" || a.Chosen.Shift != "0513" || !a.Pinned {
		t.Errorf("pinned to far/0513, given to %s/%s", a.Chosen.Crew, a.Chosen.Shift)
	}
}

func TestWorkIsEvenedOutAmongEquals(t *testing.T) {
	p := smallTown()
	p.Crews = p.Crews[:2]
	p.Crews[1].Start = p.Crews[0].Start
	p.Orders = nil
	for i := range 6 {
		p.Orders = append(p.Orders, Order{ID: OrderID(fmt.Sprint(i)), Place: Point{31.11, 121.6}, ServiceMinutes: 30})
	}
	got := map[CrewID]int{}
	for _, a := range mustSolve(t, p, Options{}).Assigned {
		got[a.Chosen.Crew]++
	}
	if got["near"] != 3 || got["far"] != 3 {
		t.Errorf("six equal orders went %v, want 3 and 3", got)
	}
	p.Crews[0].Shifts = slices.Clone(p.Crews[0].Shifts)
	p.Crews[0].Shifts[0].LoadMinutes = 60
	clear(got)
	for _, a := range mustSolve(t, p, Options{}).Assigned {
		got[a.Chosen.Crew]++
	}
	if got["near"] != 2 || got["far"] != 4 {
		t.Errorf("with an hour's lead they went %v, want 2 and 4", got)
	}
}

func TestWeightsDecide(t *testing.T) {
	p := smallTown()
	p.Orders = p.Orders[:1]
	p.Crews[0].Shifts = slices.Clone(p.Crews[0].Shifts)
	p.Crews[0].Shifts[0].LoadMinutes = 150
	near := mustSolve(t, p, Options{Weights: Weights{TravelPerSecond: 1}}).Assigned[0]
	even := mustSolve(t, p, Options{Weights: Weights{TravelPerSecond: 1, WorkloadPerMinute: 600}}).Assigned[0]
	if near.Chosen.Crew != "near" || even.Chosen.Crew != "far" {
		t.Errorf("by travel alone %s, by workload %s; want near, far", near.Chosen.Crew, even.Chosen.Crew)
	}
	if near.RunnerUp == nil || near.RunnerUp.Crew != "far" {
		t.Errorf("runner-up is %+v, want far", near.RunnerUp)
	}
}

func TestCancelledSearchReturnsWhatItHas(t *testing.T) {
	p, _ := Sieve(randomProblem(5, shape{crews: 40, orders: 300, tight: true}))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	sol, err := Solve(ctx, p, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if sol.Stats.Stopped != StopCtx || len(sol.Assigned)+len(sol.Unassigned) != len(p.Orders) {
		t.Fatalf("stopped by %q with %d + %d of %d orders", sol.Stats.Stopped, len(sol.Assigned), len(sol.Unassigned), len(p.Orders))
	}
	for _, u := range sol.Unassigned {
		if u.Stopped[0].Rule != RuleTimeUp {
			t.Fatalf("order %s was never looked at and yet has reason %v", u.Order, u.Stopped)
		}
	}
}

// stopAfter is a context that ends after it was asked n times.
type stopAfter struct {
	context.Context
	n *int
}

func (c stopAfter) Err() error {
	if *c.n--; *c.n < 0 {
		return context.Canceled
	}
	return nil
}

// Wherever the search is stopped, the plan it returns keeps every rule; only
// what better search would have found may be missing.
func TestStoppedAnywhereEveryRuleHolds(t *testing.T) {
	allowed := map[violation]bool{vNoReason: true, vServable: true, vRank: true, vRunnerUp: true}
	stages := map[Stop]int{}
	for i, s := range shapes {
		p, _ := Sieve(randomProblem(uint64(i), s))
		for n := range 60 {
			sol, err := Solve(stopAfter{context.Background(), &n}, p, Options{})
			if err != nil {
				t.Fatal(err)
			}
			stages[sol.Stats.Stopped]++
			for v := range check(p, sol) {
				if !allowed[v] {
					t.Errorf("shape %d stopped early: %s", i, v)
				}
			}
		}
	}
	if stages[StopCtx] == 0 || stages[StopDone] == 0 {
		t.Errorf("the stops did not cover the search: %v", stages)
	}
}

func TestBudgetEndsTheSearch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _ := Sieve(randomProblem(1, shape{crews: 8, orders: 30}))
		ctx, cancel := context.WithDeadline(context.Background(), time.Now())
		defer cancel()
		sol, err := Solve(ctx, p, Options{Budget: time.Hour})
		if err != nil || sol.Stats.Stopped != StopTime {
			t.Errorf("stopped by %q, error %v; want %q", sol.Stats.Stopped, err, StopTime)
		}
		sol, err = Solve(context.Background(), p, Options{Budget: time.Hour})
		if err != nil || sol.Stats.Stopped != StopDone {
			t.Errorf("stopped by %q, error %v; want %q", sol.Stats.Stopped, err, StopDone)
		}
	})
}

func TestBadOptionsAreRefusedByName(t *testing.T) {
	for want, o := range map[string]Options{
		"candidates":        {Candidates: -1},
		"budget":            {Budget: -1},
		"travel per second": {Weights: Weights{TravelPerSecond: -1}},
		"workload":          {Weights: Weights{WorkloadPerMinute: maxWeight + 1}},
	} {
		if _, err := Solve(context.Background(), smallTown(), o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want one about %q", err, want)
		}
	}
}

// The inlined lists of rules and the lists with codes are the same rules.
func TestHotPathAsksTheListedRules(t *testing.T) {
	forRandom(t, 4, func(t *testing.T, p Problem) {
		x := newSearch(context.Background(), p, Options{Weights: DefaultWeights(), Candidates: 5})
		x.construct()
		for o := range x.jobs {
			for s := range int32(len(x.m.seats)) {
				stage := x.m.stage(x.st, &x.jobs[o], s)
				fixedFine, loadFine := x.m.fixedOK(x.st, &x.jobs[o], s), x.m.loadOK(x.st, &x.jobs[o], s)
				if fixedFine != (stage >= len(fixedRules)) || fixedFine && loadFine != (stage == feasible) {
					t.Fatalf("order %d seat %d: lists say stage %d, hot path %v %v", o, s, stage, fixedFine, loadFine)
				}
			}
		}
	})
}

func TestGridFindsTheNearestWhereverOneAsks(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	for _, span := range []struct{ lat, lon, height, width float64 }{
		{31, 121, .3, .4}, {60, 20, 5, 8}, {-35, -60, .01, 2}, {0, 179, 1, .9}, {45, -170, 20, 340}, {70, 10, 19, 30}, {31, 121, 0, 0},
	} {
		p := Problem{Now: morning}
		for i := range 400 {
			p.Crews = append(p.Crews, Crew{
				ID: CrewID(fmt.Sprint(i)), Start: Point{span.lat + r.Float64()*span.height, span.lon + r.Float64()*span.width},
				Shifts: []Shift{{From: morning, To: morning.Add(1000 * time.Hour), LoadMinutes: 10 * r.IntN(5)}},
			})
		}
		roster, err := NewRoster(p, Options{})
		if err != nil {
			t.Fatal(err)
		}
		for i := range 300 {
			o := Order{ID: "o", Place: Point{span.lat + (r.Float64()*3-1)*span.height, span.lon + (r.Float64()*3-1)*span.width}, ServiceMinutes: 20}
			if o.Place.Lat > 90 || o.Place.Lat < -90 || o.Place.Lon > 180 || o.Place.Lon < -180 {
				continue
			}
			if i%3 == 0 { // crews move about, outside their first extent too
				c := p.Crews[r.IntN(len(p.Crews))]
				c.Start = o.Place
				c.Start.Lat = min(90, c.Start.Lat+.001)
				if err := roster.Replace(c); err != nil {
					t.Fatal(err)
				}
			}
			best, ok, err := roster.Best(o)
			if err != nil || !ok {
				t.Fatalf("nobody found: %v", err)
			}
			ranking, err := roster.Rank(o)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(best, ranking.Candidates[0]) {
				t.Fatalf("span %+v: grid finds %+v, asking everybody %+v", span, best, ranking.Candidates[0])
			}
		}
	}
}

func TestReplacedCrewCountsAsNew(t *testing.T) {
	p := smallTown()
	roster, err := NewRoster(p, Options{})
	if err != nil {
		t.Fatal(err)
	}
	best := func() CrewID {
		c, _, err := roster.Best(p.Orders[0])
		if err != nil {
			t.Fatal(err)
		}
		return c.Crew
	}
	if best() != "near" {
		t.Fatalf("best is %s, want near", best())
	}
	off := p.Crews[0]
	off.OffDuty, off.Shifts = true, nil
	if err := roster.Replace(off); err != nil || best() != "far" {
		t.Errorf("near went off duty: best is %s, error %v; want far", best(), err)
	}
	for _, lack := range []Crew{
		{ID: "far", Start: p.Crews[1].Start, Shifts: p.Crews[1].Shifts, Districts: []string{"north"}},
		{ID: "far", Start: p.Crews[1].Start, Shifts: p.Crews[1].Shifts, Skills: p.Crews[1].Skills, Districts: []string{"new"}},
	} {
		if err := roster.Replace(lack); err != nil || best() != "busy" {
			t.Errorf("far lost a skill or its district: best is %s, error %v; want busy", best(), err)
		}
	}
	if err := roster.Replace(Crew{ID: "stranger", OffDuty: true}); err == nil {
		t.Error("a crew that is not in the roster was replaced")
	}
	var faulty *FaultError
	if err := roster.Replace(Crew{ID: "far"}); !errors.As(err, &faulty) || faulty.Faults[0].Kind != FaultNoShift {
		t.Errorf("replacing with a crew without shift: %v", err)
	}
	if !reflect.DeepEqual(p, smallTown()) {
		t.Error("the roster changed its problem")
	}
}

func TestUrgentOrderWaitsForTheUrgentOneBeforeIt(t *testing.T) {
	p := smallTown()
	p.Crews, p.Orders = p.Crews[2:], p.Orders[:1]
	p.Crews[0].Shifts[0].LoadMinutes = 45
	p.Orders[0].Urgent, p.Orders[0].ArriveBy = true, p.Now
	c := mustSolve(t, p, Options{}).Assigned[0].Chosen
	if want := 45*60 + c.Terms.TravelSeconds; c.Terms.LatenessSeconds != want {
		t.Errorf("late by %d s, want %d: the load first, then the way", c.Terms.LatenessSeconds, want)
	}
}

// What the search counts along the way is what counting afresh gives.
func TestCountsKeptAlongTheWayAreRight(t *testing.T) {
	forRandom(t, 5, func(t *testing.T, p Problem) {
		x := newSearch(context.Background(), p, Options{Weights: DefaultWeights(), Candidates: 8})
		x.run(Options{Iterations: 300})
		afresh := newState(x.m, len(x.jobs))
		for o := range x.jobs {
			if s := x.st.seatOf[o]; s != none {
				afresh.add(&x.jobs[o], s)
				if x.at[o] != x.m.fixedCost(&x.jobs[o], s) {
					t.Errorf("order %d: kept fixed cost %d is not its seat's", o, x.at[o])
				}
			}
		}
		for s := range x.st.given {
			slices.Sort(x.st.given[s])
			slices.Sort(afresh.given[s])
		}
		for _, c := range []struct {
			name      string
			kept, new any
		}{
			{"minutes", x.st.minutes, afresh.minutes}, {"orders", x.st.orders, afresh.orders},
			{"urgent minutes", x.st.urgent, afresh.urgent}, {"plain orders", x.st.plain, afresh.plain},
			{"seats", x.st.seatOf, afresh.seatOf},
		} {
			if !reflect.DeepEqual(c.kept, c.new) {
				t.Errorf("%s differ: kept %v, afresh %v", c.name, c.kept, c.new)
			}
		}
		for s := range x.st.given {
			if !slices.Equal(x.st.given[s], afresh.given[s]) {
				t.Errorf("seat %d: kept %v, afresh %v", s, x.st.given[s], afresh.given[s])
			}
		}
	})
}

// An order that was given to a crew with an urgent order comes back when a free
// crew has room in the end, and what is left over is placed.
func TestSettleBringsOrdersBackFromBusyCrews(t *testing.T) {
	x := newSearch(context.Background(), smallTown(), Options{Weights: DefaultWeights(), Candidates: 8})
	x.put(0, 2)
	x.settle()
	if x.m.crewID(x.st.seatOf[0]) == "busy" || x.st.seatOf[1] == none {
		t.Errorf("orders sit on seats %v, want the first off seat 2 and the second placed", x.st.seatOf)
	}
}

func TestPolishLeavesNothingCheaper(t *testing.T) {
	moves := 0
	forRandom(t, 5, func(t *testing.T, p Problem) {
		x := newSearch(context.Background(), p, Options{Weights: DefaultWeights(), Candidates: 2})
		x.construct()
		x.polish()
		moves += x.stats.Moves
		for o := range int32(len(x.jobs)) {
			x.polished[o] = -1 // ask everybody again
			if x.movable(o) && x.cheaper(o) != none {
				t.Errorf("order %d would be cheaper on another seat", o)
			}
		}
	})
	if moves == 0 {
		t.Error("polish never moved anything; the property did not see it")
	}
}
