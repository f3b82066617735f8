package assign_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"go.uber.org/zap"

	"tundish/core"
	"tundish/core/assign"
	"tundish/core/life"
	"tundish/dispatch"
)

// ahead makes the hub plan days ahead. Orders of type "scheduled" get their day by it.
func (w *world) ahead(h assign.Horizon, p assign.Planner) {
	w.Helper()
	w.rules.Types["scheduled"] = &core.OrderType{Code: "scheduled", Family: core.Replacement, Minutes: 60, Skills: []string{"meter"}, Dispatch: map[core.Urgency]core.DispatchMode{core.Normal: core.DispatchPlanned}}
	s, err := assign.New(w.store, assign.Options{
		Clock: w.clock, Log: zap.NewNop(), Rules: func() *life.Rules { return w.rules }, Planner: p, Calendar: week{}, Locator: w.gis, Centre: park, Holder: "hub-1", Poll: time.Millisecond, Horizon: h,
	})
	if err != nil {
		w.Fatal(err)
	}
	w.Service = s
}

func (w *world) scheduled(n int) (list []core.OrderNo) {
	w.Helper()
	for i := range n {
		list = append(list, w.receive("scheduled", core.Normal, at(east(float64(i%10)*100))))
	}
	return list
}

func (w *world) planDays() assign.DaysResult {
	w.Helper()
	res, err := w.PlanDays(w.Context(), false)
	if err != nil {
		w.Fatal(err)
	}
	return res
}

// plannedFor is the day and the crew that an order is meant for.
func (w *world) plannedFor(no core.OrderNo) string {
	w.Helper()
	if p := w.order(no).Planned; p != nil {
		return p.Day + " " + p.CrewID
	}
	return ""
}

func TestScheduledWorkGetsItsDayAndOnThatDayItsCrew(t *testing.T) {
	w := open(t, crew("M1", park, "meter"))
	w.ahead(assign.Horizon{Days: 8, Frozen: 1}, dispatch.New(dispatch.Options{Seed: 1}))
	orders := w.scheduled(30)
	if res, err := w.Batch(t.Context()); err != nil || res.Waiting != 0 {
		t.Fatalf("before anything is planned, the batch takes %+v, %v", res, err)
	}
	dry, err := w.PlanDays(t.Context(), true)
	if err != nil || dry.Planned != 30 || w.plannedFor(orders[0]) != "" {
		t.Fatalf("a dry run: %+v, %v; it wrote %q", dry, err, w.plannedFor(orders[0]))
	}
	if res := w.planDays(); res.Planned != 30 || res.Unplanned != 0 || len(res.Days) != 8 {
		t.Fatalf("%+v", res)
	}
	count := map[string]int{}
	for _, no := range orders {
		o := w.order(no)
		count[o.Planned.Day]++
		if o.Phase != core.Dispatching || w.happened(no, core.EventPlanned) != 1 || o.Planned.Reason.TextZH == "" || len(o.Planned.Reason.Terms) == 0 {
			t.Fatalf("%s: %+v", o.Phase, o.Planned)
		}
	}
	// Monday to Friday, and the Monday after: six to seven hours a day, nothing on the weekend.
	for day, n := range count {
		if n > 7 || day == "2026-05-16" || day == "2026-05-17" {
			t.Errorf("%d orders on %s", n, day)
		}
	}
	if count["2026-05-11"] == 0 || count["2026-05-12"] == 0 {
		t.Errorf("days %v", count)
	}
	for n := range 2 {
		w.clock.set(nine.AddDate(0, 0, n))
		day := w.clock.Now().Format(time.DateOnly)
		res, err := w.Batch(t.Context())
		if err != nil || res.Assigned != count[day] {
			t.Errorf("on %s the batch gives %+v, want %d, %v", day, res, count[day], err)
		}
		if n > 0 {
			break
		}
		for _, no := range orders { // the day's work gets done
			if w.with(no) != "" {
				w.complete(no)
			}
		}
	}
	if res := w.planDays(); res.Planned+res.Kept != res.Waiting || res.Kept == 0 {
		t.Errorf("planned again: %+v", res)
	}
}

// A day that people know does not change; what comes later finds its place elsewhere.
func TestAFrozenDayStaysAsItIs(t *testing.T) {
	w := open(t, crew("M1", park, "meter"))
	w.ahead(assign.Horizon{Days: 4, Frozen: 2}, dispatch.New(dispatch.Options{Seed: 1}))
	first := w.scheduled(8) // two days' work
	w.planDays()
	was := map[core.OrderNo]core.PlannedDay{}
	for _, no := range first {
		was[no] = *w.order(no).Planned
	}
	late := w.scheduled(3)
	w.planDays()
	for _, no := range first {
		if now := w.order(no).Planned; now.Day < "2026-05-13" && (now.Day != was[no].Day || now.Position != was[no].Position || w.happened(no, core.EventPlanned) != 1) {
			t.Errorf("%s moved from %+v to %+v", no, was[no], now)
		}
	}
	for _, no := range late {
		if got := w.plannedFor(no); got != "2026-05-13 M1" {
			t.Errorf("what came later is planned for %q", got)
		}
	}
}

// during is a planner beside which the world goes on.
type during struct {
	*dispatch.Planner
	then func()
}

func (d *during) PlanDays(ctx context.Context, days []core.DayBoard, orders []core.WorkOrder, types core.OrderTypes) (core.DaysPlan, error) {
	if d.then != nil {
		d.then()
	}
	return d.Planner.PlanDays(ctx, days, orders, types)
}

func TestAPlanLeavesAloneWhatMovedOn(t *testing.T) {
	w := open(t, crew("M1", park, "meter"))
	p := &during{Planner: dispatch.New(dispatch.Options{Seed: 1})}
	w.ahead(assign.Horizon{Days: 3}, p)
	orders := w.scheduled(4)
	p.then = func() { w.decide(orders[1], w.rules.Hold) }
	if res := w.planDays(); res.Planned != 3 || res.Moved != 1 {
		t.Errorf("%+v", res)
	}
	if w.order(orders[1]).Planned != nil || w.order(orders[0]).Planned == nil {
		t.Error("the order that was put on hold got a day, or its neighbour none")
	}
}

func TestADayIsMendedAloneWhenACrewDoesNotCome(t *testing.T) {
	w := open(t, crew("M1", park, "meter"), crew("M2", east(500), "meter"))
	w.ahead(assign.Horizon{Days: 4, Frozen: 1}, dispatch.New(dispatch.Options{Seed: 1, Fill: 40}))
	orders := w.scheduled(18)
	w.planDays()
	const sick = "2026-05-12"
	was := map[core.OrderNo]string{}
	hit := 0
	for _, no := range orders {
		if was[no] = w.plannedFor(no); was[no] == sick+" M1" {
			hit++
		}
	}
	if hit == 0 {
		t.Fatal("M1 has nothing on the day")
	}
	duty := []core.Duty{{Crew: "M1", Day: sick, Kind: core.DutySick}}
	if err := w.store.SetDuties(t.Context(), duty, "boss", "sick"); err != nil {
		t.Fatal(err)
	}
	w.RosterChanged(duty)
	if err := w.Mend(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, no := range orders {
		now := w.plannedFor(no)
		if now == sick+" M1" {
			t.Errorf("%s is still planned for the crew that is sick", no)
		}
		if was[no][:10] != sick && now != was[no] {
			t.Errorf("%s of another day moved from %s to %s", no, was[no], now)
		}
		if was[no][:10] == sick && now != sick+" M2" && now != "" {
			t.Errorf("%s went from %s to %s", no, was[no], now)
		}
	}
}

func TestWhatACrewGivesBackGoesToAnotherOneAtOnce(t *testing.T) {
	w := open(t, crew("M1", park, "meter"), crew("M2", east(2000), "meter"))
	no := w.receive("replacement", core.Normal, at(park))
	other := w.receive("leak", core.Normal, at(park))
	if _, err := w.Batch(t.Context()); err != nil || w.with(no) != "M1" {
		t.Fatal(w.with(no), err)
	}
	waits := w.receive("replacement", core.Normal, at(park)) // for the next batch
	unit, err := w.rules.Unassign(w.order(no), life.Step{Now: w.clock.Now(), Actor: life.Actor{ID: "crew:M1", Crew: "M1"}, By: "crew:M1", Remark: "the gate is locked"})
	if err != nil {
		t.Fatal(err)
	}
	w.commit(unit)
	w.Changed([]*core.Unit{&unit})
	if err := w.Mend(t.Context()); err != nil {
		t.Fatal(err)
	}
	if w.with(no) != "M2" || w.with(waits) != "" || w.with(other) != "" {
		t.Errorf("given back by M1 it is with %q; others with %q, %q", w.with(no), w.with(waits), w.with(other))
	}
	// Nobody gets it by a plan who gave it back.
	w.decide(no, func(o core.WorkOrder, st life.Step) (core.Unit, error) {
		st.Actor, st.By = life.Actor{ID: "crew:M2", Crew: "M2"}, "crew:M2"
		return w.rules.Unassign(o, st)
	})
	if _, err := w.Batch(t.Context()); err != nil || w.with(no) != "" {
		t.Errorf("it is with %q, %v", w.with(no), err)
	}
	if why := w.order(no).Unassigned; why == nil || why.Refused["excluded"] != 2 {
		t.Errorf("reason %+v", why)
	}
}

func TestTheWorkOfACrewThatDoesNotComeTodayGoesToOthers(t *testing.T) {
	w := open(t, crew("M1", park, "meter"), crew("M2", east(2000), "meter"))
	var orders []core.OrderNo
	for range 3 {
		orders = append(orders, w.receive("replacement", core.Normal, at(park)))
	}
	if _, err := w.Batch(t.Context()); err != nil {
		t.Fatal(err)
	}
	duty := []core.Duty{{Crew: "M1", Day: "2026-05-11", Kind: core.DutySick}}
	if err := w.store.SetDuties(t.Context(), duty, "boss", "sick"); err != nil {
		t.Fatal(err)
	}
	w.RosterChanged(duty)
	if err := w.Mend(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, no := range orders {
		if w.with(no) != "M2" {
			t.Errorf("%s is with %q", no, w.with(no))
		}
	}
	if a, b := w.load("2026-05-11", "M1"), w.load("2026-05-11", "M2"); a != "0/0/0" || b != fmt.Sprintf("%d/3/0", 75) {
		t.Errorf("M1 has %s, M2 %s", a, b)
	}
}

// Once the batch has given the day's work to crews the day is as well known as before.
func TestADayThatIsUnderWayIsFrozen(t *testing.T) {
	w := open(t, crew("M1", park, "meter"))
	w.ahead(assign.Horizon{Days: 3, Frozen: 1}, dispatch.New(dispatch.Options{Seed: 1}))
	w.scheduled(2)
	w.planDays()
	if res, err := w.Batch(t.Context()); err != nil || res.Assigned != 2 {
		t.Fatal(res, err)
	}
	no := w.scheduled(1)[0]
	w.planDays()
	if got := w.plannedFor(no); got != "2026-05-12 M1" {
		t.Errorf("it is planned for %q", got)
	}
}
