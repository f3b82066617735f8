package dispatch_test

import (
	"testing"
	"time"

	"tundish/core"
	"tundish/dispatch"
)

// Twenty minutes of driving, three quarters of an hour to the end of the appointment: enough at the usual speed, not at a
// third of it.
func TestSlowHoursMakeACrewLate(t *testing.T) {
	b := board(crew("R1", east(6400), "repair"))
	b.WholeDay = true
	o := order("W1", park)
	o.Appointment.From, o.Appointment.To = nine, nine.Add(45*time.Minute)
	rush := dispatch.Period{From: 8 * 60, To: 10 * 60, Percent: 33, Workdays: true}
	for _, c := range []struct {
		what    string
		periods []dispatch.Period
		holiday bool
		served  bool
	}{
		{"no slow hours", nil, false, true},
		{"the rush hour", []dispatch.Period{rush}, false, false},
		{"the rush hour of another time of the day", []dispatch.Period{{From: 17 * 60, To: 24 * 60, Percent: 33}}, false, true},
		{"the rush hour of working days, on a holiday", []dispatch.Period{rush}, true, true},
	} {
		b.Workday, b.Crews[0].EveryDay = !c.holiday, c.holiday
		p := dispatch.New(dispatch.Options{Travel: dispatch.Travel{Periods: c.periods}})
		plan, err := p.Plan(t.Context(), b, []core.WorkOrder{o}, core.OrderTypes{"leak": leak})
		if err != nil {
			t.Fatal(err)
		}
		ranked := p.Rank(t.Context(), b, &o, leak)
		if served := len(plan.Assignments) == 1; served != c.served || len(ranked.Candidates) == 1 != c.served {
			t.Errorf("%s: planned %t, ranked %d, want %t (%v)", c.what, served, len(ranked.Candidates), c.served, plan.Unassigned["W1"].Text)
		}
	}
}
