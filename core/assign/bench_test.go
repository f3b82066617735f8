package assign_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/zap"

	"tundish/core"
	"tundish/core/assign"
	"tundish/core/life"
	"tundish/core/store/sqlite"
	"tundish/dispatch"
)

// BenchmarkUrgentOrderInACity is one emergency from its receipt to its crew, in a city of 1,200 crews
// that have 6,000 orders.
func BenchmarkUrgentOrderInACity(b *testing.B) {
	const crews, each = 1200, 5
	st, err := sqlite.Open(filepath.Join(b.TempDir(), "hub.db"), sqlite.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer st.Close()
	if err := st.Migrate(b.Context()); err != nil {
		b.Fatal(err)
	}
	r := rules()
	at := func(i int) core.Point {
		return core.Point{Lat: 31 + float64(i*7919%4000)/10_000, Lon: 121.2 + float64(i*104_729%6000)/10_000}
	}
	var units []core.Unit
	for i := range crews {
		c := crew(fmt.Sprintf("R%04d", i), at(i), "repair", "meter")
		units = append(units, core.Unit{Crews: []core.CrewChange{{Crew: c}}})
	}
	step := life.Step{Now: nine, Actor: life.Hub("bench"), By: "batch"}
	made := 0
	receive := func(kind string, u core.Urgency, p core.Point) (core.WorkOrder, core.Unit) {
		made++
		no := core.FormatNumber("W", nine, int64(made))
		o := core.WorkOrder{No: no, Ref: core.Ref{System: "hotline", External: string(no)}, Type: kind, Urgency: u, Place: core.Place{Address: "梧桐路 1 号", Point: &p, PointSource: core.PointFromSource}}
		unit, err := r.Receive(o, "h", step)
		if err != nil {
			b.Fatal(err)
		}
		return unit.Orders[0].Order, unit
	}
	for i := range crews * each {
		p := at(i % crews) // a street or two from where its crew is
		p.Lat, p.Lon = p.Lat+float64(i%7-3)/300, p.Lon+float64(i%5-2)/300
		o, unit := receive("replacement", core.Normal, p)
		crew := fmt.Sprintf("R%04d", i%crews)
		given, err := r.Assign(o, core.Assignment{CrewID: crew, Day: "2026-05-11", Minutes: 25, By: "batch"}, core.CrewDay{Version: int64(i / crews)}, step)
		if err != nil {
			b.Fatal(err)
		}
		units = append(units, unit, given)
	}
	commit := func(units ...core.Unit) {
		for _, out := range st.Commit(b.Context(), units...) {
			if out.Kind != core.Applied {
				b.Fatal(out.Error())
			}
		}
	}
	for len(units) > 0 {
		n := min(500, len(units))
		commit(units[:n]...)
		units = units[n:]
	}
	s, err := assign.New(st, assign.Options{Clock: &hand{at: nine}, Log: zap.NewNop(), Rules: func() *life.Rules { return r }, Planner: dispatch.New(dispatch.Options{}), Calendar: week{}, Holder: "hub"})
	if err != nil {
		b.Fatal(err)
	}
	give := func() {
		o, unit := receive("burst", core.Emergency, at(made*31))
		commit(unit)
		s.Changed([]*core.Unit{&unit})
		if err := s.Sweep(b.Context()); err != nil {
			b.Fatal(err)
		}
		if o, err := st.Order(b.Context(), o.No); err != nil || o.Assignment == nil {
			b.Fatal("nobody has it", err)
		}
	}
	start := time.Now()
	give()
	b.ReportMetric(float64(time.Since(start).Milliseconds()), "first-ms")
	for b.Loop() {
		give()
	}
}
