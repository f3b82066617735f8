package dispatch_test

import (
	"fmt"
	"testing"
	"time"

	"tundish/core"
	"tundish/dispatch"
)

// What matters more may go to a crew before what it has, but not on top of more than it can do.
func TestWhatACrewHasIsNotMadeRoomForByABatch(t *testing.T) {
	r1 := crew("R1", park, "repair")
	r1.CapOrders = 2
	b := board(r1)
	b.WholeDay, b.Types = true, core.OrderTypes{"leak": leak}
	var has []core.WorkOrder
	for k := range 2 {
		o := order(fmt.Sprint("H", k), east(500))
		o.Phase, o.Assignment = core.Field, &core.Assignment{CrewID: "R1", Day: b.Day, Minutes: 60, By: "batch", State: core.FieldAssigned}
		has = append(has, o)
	}
	b.Work = map[string]core.CrewWork{"R1": {Orders: has, Revision: 1}}
	b.Days["R1"] = core.CrewDay{CrewID: "R1", Day: b.Day, Minutes: 120, Orders: 2, Version: 2}
	waits := order("W1", east(500))
	waits.Expedite = 5
	plan, err := dispatch.New(dispatch.Options{Seed: 1}).Plan(t.Context(), b, []core.WorkOrder{waits}, b.Types)
	if err != nil {
		t.Fatal(err)
	}
	if len(plan.Assignments) != 0 || plan.Unassigned["W1"].Refused["load_cap_count"] != 1 {
		t.Errorf("R1 keeps its two orders, which are all it may have, and gets %+v", plan.Assignments)
	}
}

// An appointment that only has an end is one.
func TestAnAppointmentMayBeOpenOnEitherSide(t *testing.T) {
	late, early := crew("R1", park, "repair"), crew("R2", east(20_000), "repair")
	late.ShiftStartMin, late.ShiftEndMin = 14*60, 22*60
	b := board(late, early)
	b.WholeDay = true
	o := order("W1", park)
	o.Appointment.To = nine.Add(2 * time.Hour)
	plan, err := dispatch.New(dispatch.Options{Seed: 1}).Plan(t.Context(), b, []core.WorkOrder{o}, core.OrderTypes{"leak": leak})
	if err != nil || len(plan.Assignments) != 1 || plan.Assignments[0].CrewID != "R2" {
		t.Errorf("by eleven, and R1 begins at two: %+v, %v", plan, err)
	}
}

// Over days, the end of an appointment is a last day.
func TestAnAppointmentThatOnlyEndsHasALastDay(t *testing.T) {
	full := crew("R1", park, "repair")
	full.CapOrders = 1
	var days []core.DayBoard
	for n := range 4 {
		b := board(full)
		b.Now = nine.AddDate(0, 0, n)
		b.Day = b.Now.Format(time.DateOnly)
		b.WholeDay = true
		days = append(days, core.DayBoard{Board: b})
	}
	var orders []core.WorkOrder
	for k := range 4 {
		o := order(fmt.Sprint("W", k), park)
		if k == 3 {
			o.Appointment.To = nine.AddDate(0, 0, 1)
		}
		if k == 2 {
			o.Appointment.From, o.Appointment.To = nine.AddDate(0, 0, -1), nine.AddDate(0, 0, 2)
		}
		orders = append(orders, o)
	}
	out, err := dispatch.New(dispatch.Options{Seed: 1}).PlanDays(t.Context(), days, orders, core.OrderTypes{"leak": leak})
	if err != nil || len(out.Planned) != 4 {
		t.Fatalf("%+v, %v", out, err)
	}
	if day := out.Planned["W3"].Day; day > "2026-05-11" {
		t.Errorf("by the 12th, and planned for %s", day)
	}
	if day := out.Planned["W2"].Day; day > "2026-05-12" {
		t.Errorf("by the 13th, and planned for %s", day)
	}
}
