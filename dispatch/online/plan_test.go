package online

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"tundish/dispatch/route"
)

// morning is a random day planned by dispatch/route.
func morning(t *testing.T, seed uint64) (route.Problem, route.Plan, int64) {
	t.Helper()
	w := &world{Rand: rand.New(rand.NewPCG(seed, 5)), skills: true, districts: true, windows: true}
	w.many = w.chance(0.3)
	p := route.Problem{Metric: route.Metric{Ticks: 1 + w.Float64(), Round: route.Rounding(w.IntN(3))}}
	w.at = func() route.Point { return route.Point{X: float64(w.IntN(1000)), Y: float64(w.IntN(1000))} }
	if w.chance(0.5) {
		p.Metric = route.Metric{Globe: true, Ticks: 0.1}
		w.at = func() route.Point { return route.Point{X: 121.4 + w.Float64()*0.1, Y: 31 + w.Float64()*0.1} }
	}
	for k := range 2 + w.IntN(8) {
		c := w.crew(fmt.Sprint("c", k), judge{})
		p.Crews = append(p.Crews, c.Crew)
	}
	for range w.IntN(60) {
		one := route.Problem{Metric: p.Metric, Crews: p.Crews, Orders: []route.Order{w.order()}}
		if len(route.Validate(one)) == 0 { // a window outside of all shifts is nothing to plan
			p.Orders = append(p.Orders, one.Orders[0])
		}
	}
	balance := int64(w.IntN(200))
	s, err := route.Solve(context.Background(), p, route.Options{Seed: seed, Iterations: 100, Balance: balance})
	if err != nil {
		t.Fatal(err)
	}
	return p, s.Plan, balance
}

// At any moment of a planned day, whoever has left goes on as planned: nothing is late,
// what was begun is done, the rest is still before the crew in the same sequence; at the
// beginning, the board costs what the plan does.
func TestAPlannedDayGoesOnAsPlanned(t *testing.T) {
	begun := 0
	for seed := range uint64(150) {
		p, plan, balance := morning(t, seed)
		for now := int64(0); now < 12_000; now += 97 {
			crews, err := Day(p, plan, now)
			if err != nil {
				t.Fatal(err)
			}
			o := Options{Metric: p.Metric, Weights: Weights{Arrival: 1, Balance: balance}}
			b, err := New(o, now, crews)
			if err != nil {
				t.Fatal(err)
			}
			j := judge{o: o, now: now}
			for r := range crews {
				c := &crews[r]
				begun += c.Done
				if !j.holds(c, c.Route) {
					t.Errorf("at %d, crew %s breaks a rule: %+v with %+v", now, c.ID, j.walk(c, c.Route), *c)
				}
				if planned := whole(p, plan, r); c.MaxTicks == 0 && len(c.Route) > 0 && j.walk(c, c.Route).back > (judge{o: o}).walk(&planned, planned.Route).back {
					t.Errorf("at %d, crew %s will be back later than planned", now, c.ID)
				}
				if c.Done+len(c.Route) != len(plan[r]) {
					t.Errorf("at %d, crew %s has done %d and has %d of %d orders before it", now, c.ID, c.Done, len(c.Route), len(plan[r]))
				}
				for k, s := range c.Route {
					if s.ID != p.Orders[plan[r][c.Done+k]].ID {
						t.Errorf("at %d, crew %s goes to %s", now, c.ID, s.ID)
					}
				}
				load := p.Crews[r].Load
				for k := range c.Done {
					load += p.Orders[plan[r][k]].Service
				}
				if c.Load < load {
					t.Errorf("at %d, crew %s has %d ticks behind it, %d of service alone", now, c.ID, c.Load, load)
				}
			}
			for _, s := range j.wrong(b) {
				t.Error(s)
			}
			if now == 0 {
				var sum, elsewhere int64
				for r := range p.Crews {
					var list []Stop
					for _, o := range plan[r] {
						list = append(list, Stop{Order: p.Orders[o]})
						if !j.inside(&Crew{Crew: p.Crews[r]}, &p.Orders[o]) {
							elsewhere += p.Crews[r].Elsewhere
						}
					}
					sum += j.price(&Crew{Crew: p.Crews[r]}, list)
				}
				if s, err := route.Solve(context.Background(), p, route.Options{Seed: seed, Iterations: 100, Balance: balance}); err != nil || s.Cost != sum+elsewhere || b.Cost() != sum {
					t.Errorf("the day costs %d on the board, %d from scratch, %d in the plan (%v)", b.Cost(), sum, s.Cost, err)
				}
			}
			if t.Failed() {
				t.Fatalf("with the random day of seed %d", seed)
			}
		}
	}
	if begun == 0 {
		t.Error("nothing was done: the days are too short")
	}
}

// whole is a crew in the morning with all of its route.
func whole(p route.Problem, plan route.Plan, r int) Crew {
	c := Crew{Crew: p.Crews[r]}
	for _, o := range plan[r] {
		c.Route = append(c.Route, Stop{Order: p.Orders[o]})
	}
	return c
}

func TestADayThatCannotBeFollowedIsRefused(t *testing.T) {
	p, _, _ := morning(t, 1)
	supply := p
	supply.Supply = &p.Crews[0].Start
	slow, table := p, p
	slow.Periods = []route.Period{{From: 0, To: 9, Percent: 50}}
	table.Ways = &route.Ways{}
	for _, bad := range []struct {
		p    route.Problem
		plan route.Plan
	}{{supply, nil}, {slow, nil}, {table, nil}, {p, make(route.Plan, 99)}, {p, route.Plan{{-1}}}, {p, route.Plan{{len(p.Orders)}}}} {
		if _, err := Day(bad.p, bad.plan, 0); err == nil {
			t.Errorf("plan %v was followed", bad.plan)
		}
	}
}
