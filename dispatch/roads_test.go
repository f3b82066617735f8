package dispatch_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tundish/core"
	"tundish/dispatch"
)

// roads is a routing service whose ways a test makes up.
type roads struct {
	way   func(a, b core.Point) int32
	wait  time.Duration
	asked int
}

func (r *roads) Table(ctx context.Context, places []core.Point) ([]int32, error) {
	r.asked++
	if r.wait > 0 {
		select {
		case <-time.After(r.wait):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	var out []int32
	for _, a := range places {
		for _, b := range places {
			out = append(out, r.way(a, b))
		}
	}
	return out, nil
}

// straight is the way as it is by straight lines, in seconds at 25 km/h with a detour of 1.3.
func straight(a, b core.Point) int32 {
	d := (a.Lon - b.Lon) * 95_200
	return int32(max(d, -d) * 1.3 / 25 * 3.6)
}

func emergency(no string, at core.Point) core.WorkOrder {
	o := order(no, at)
	o.Urgency = core.Emergency
	return o
}

func TestAnUrgentOrderAsksTheRoads(t *testing.T) {
	river := east(1000) // the bridge is far away
	r := &roads{way: func(a, b core.Point) int32 {
		if (a.Lon < river.Lon) != (b.Lon < river.Lon) {
			return straight(a, b) + 3600
		}
		return straight(a, b)
	}}
	b := board(crew("R1", east(800), "repair"), crew("R2", east(5000), "repair"))
	b.Work = map[string]core.CrewWork{}
	o := emergency("W1", east(1200))
	for name, c := range map[string]struct {
		router dispatch.Router
		want   string
	}{"by straight lines": {nil, "R1"}, "by the roads": {r, "R2"}} {
		got := dispatch.New(dispatch.Options{Router: c.router}).Rank(t.Context(), b, &o, leak)
		if len(got.Candidates) == 0 || got.Candidates[0].CrewID != c.want || got.Candidates[0].Reason.RunnerUp == "" {
			t.Errorf("%s: %v", name, ids(got))
		}
		best := got.Candidates[0]
		if best.Cost >= 0 && best.Reason.RunnerUpTerms["arrival"] < best.Reason.Terms["arrival"] {
			t.Errorf("%s: the runner-up is there sooner: %+v", name, best.Reason)
		}
	}
	if r.asked == 0 {
		t.Error("nobody asked")
	}
	o.Appointment.From, o.Appointment.To = nine, nine.Add(30*time.Minute)
	r.way = func(a, b core.Point) int32 { return 3 * 3600 }
	if got := dispatch.New(dispatch.Options{Router: r}).Rank(t.Context(), b, &o, leak); len(got.Candidates) != 0 {
		t.Errorf("three hours away by every road, and by half past nine: %v", ids(got))
	}
}

// A service that does not answer costs an urgent order a moment, and the next one nothing.
func TestAnUrgentOrderDoesNotWaitForTheRoads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &roads{way: straight, wait: 5 * time.Second}
		p := dispatch.New(dispatch.Options{Router: r})
		b := board(crew("R1", east(800), "repair"), crew("R2", east(5000), "repair"))
		b.Work = map[string]core.CrewWork{}
		for k, most := range []time.Duration{200 * time.Millisecond, 0} {
			start := time.Now()
			o := emergency(fmt.Sprint("W", k), park)
			got := p.Rank(t.Context(), b, &o, leak)
			if took := time.Since(start); took > most {
				t.Errorf("it took %v", took)
			}
			if len(got.Candidates) == 0 || got.Candidates[0].CrewID != "R1" || !strings.Contains(got.Candidates[0].Reason.Text, "straight lines") {
				t.Errorf("%+v", got.Candidates)
			}
		}
		time.Sleep(6 * time.Second) // the answer is there: the service is quick now
		r.wait = 0
		o := emergency("W9", park)
		if got := p.Rank(t.Context(), b, &o, leak); strings.Contains(got.Candidates[0].Reason.Text, "straight lines") {
			t.Errorf("it is not asked again: %s", got.Candidates[0].Reason.Text)
		}
		synctest.Wait()
	})
}

// Where the roads are straight lines the roads change nothing, whatever the crews have to do.
func TestStraightRoadsAreStraightLines(t *testing.T) {
	urgent := 0
	for seed := range uint64(80) {
		b, orders, types := tight(seed, 14)
		p := dispatch.New(dispatch.Options{Seed: seed, MostDisplaced: 2})
		plan, err := p.Plan(t.Context(), b, orders[1:], types)
		if err != nil {
			t.Fatal(err)
		}
		b = given(b, plan, orders)
		b.WholeDay = false
		o := orders[0]
		o.Urgency, o.Appointment = core.Urgent, core.Appointment{}
		o.Place.Point = &core.Point{Lat: park.Lat, Lon: east(float64(rand.New(rand.NewPCG(seed, 9)).IntN(8000))).Lon}
		plain := p.Rank(t.Context(), b, &o, types[o.Type])
		other := dispatch.New(dispatch.Options{Seed: seed, MostDisplaced: 2, Router: &roads{way: straight}}).Rank(t.Context(), b, &o, types[o.Type])
		if len(plain.Candidates) == 0 || strings.Contains(plain.Candidates[0].Reason.Text, "no route has room") {
			continue
		}
		urgent++
		if len(other.Candidates) == 0 {
			t.Errorf("seed %d: nobody by the roads, %s by straight lines", seed, plain.Candidates[0].CrewID)
			continue
		}
		x, y := plain.Candidates[0], other.Candidates[0]
		if d := x.Cost - y.Cost; d > 60 || d < -60 { // ways are rounded
			t.Errorf("seed %d: %s for %d and %s for %d", seed, x.CrewID, x.Cost, y.CrewID, y.Cost)
		}
	}
	if urgent < 20 {
		t.Errorf("only %d orders found a route", urgent)
	}
}
