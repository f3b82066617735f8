package assign_test

import (
	"testing"

	"tundish/core"
	"tundish/core/life"
)

func TestOnlyAUnitThatLeavesWorkWakesTheSweeps(t *testing.T) {
	w := open(t, crew("R1", park, "repair"))
	change := func(kind string, u core.Urgency, at *core.Point, more ...func(*core.OrderChange)) core.Unit {
		unit, err := w.rules.Receive(core.WorkOrder{No: "W1", Ref: core.Ref{System: "hotline", External: "1"}, Type: kind, Urgency: u, Place: core.Place{Address: "梧桐路 1 号", Point: at}}, "h", life.Step{Now: nine, Actor: life.Hub("test"), By: "test"})
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range more {
			m(&unit.Orders[0])
		}
		return unit
	}
	load := func(minutes int) core.Unit {
		return core.Unit{CrewDays: []core.CrewDayChange{{CrewID: "R1", Day: "2026-05-11", Minutes: minutes}}}
	}
	for _, c := range []struct {
		what             string
		unit             core.Unit
		dispatch, locate bool
	}{
		{"an emergency that is located", change("burst", core.Emergency, at(park)), true, false},
		{"an emergency that is not", change("burst", core.Emergency, nil), false, true},
		{"work for a batch", change("replacement", core.Normal, at(park)), false, false},
		{"work that a dispatcher gives", change("leak", core.Normal, at(park)), false, false},
		{"an enquiry", change("enquiry", core.Normal, nil), false, false},
		{"an emergency on hold", change("burst", core.Emergency, nil, func(c *core.OrderChange) { c.Order.Hold = &core.Hold{Reason: "x"} }), false, false},
		{"an order that has ended", change("burst", core.Emergency, nil, func(c *core.OrderChange) { c.Order.Phase = core.Cancelled }), false, false},
		{"the refusal of every crew", change("burst", core.Emergency, at(park), func(c *core.OrderChange) { c.Events[0].Kind = core.EventUnplannable }), false, false},
		{"work given", load(60), false, false},
		{"work done", load(-60), true, false},
		{"a crew", core.Unit{Crews: []core.CrewChange{{Crew: crew("R2", park, "repair")}}}, true, false},
		{"a message", core.Unit{Messages: []core.LoggedMessage{{ID: "m"}}}, false, false},
	} {
		w.Changed([]*core.Unit{&c.unit})
		if dispatch, locate := w.Woken(); dispatch != c.dispatch || locate != c.locate {
			t.Errorf("%s: dispatch woken %t, search for coordinates %t; want %t, %t", c.what, dispatch, locate, c.dispatch, c.locate)
		}
	}
}
