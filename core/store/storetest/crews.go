package storetest

import (
	"encoding/json"
	"reflect"
	"sync"
	"sync/atomic"

	"tundish/core"
)

func (w *world) crew(id string) *core.Crew {
	w.Helper()
	all, err := w.Crews(w.ctx)
	w.ok(err)
	for i := range all {
		if all[i].ID == id {
			return &all[i]
		}
	}
	return nil
}

func (w *world) load(crew, day string) core.CrewDay {
	w.Helper()
	all, err := w.CrewDays(w.ctx, day)
	w.ok(err)
	for _, d := range all {
		if d.CrewID == crew {
			return d
		}
	}
	return core.CrewDay{CrewID: crew, Day: day}
}

func crews(w *world) {
	c := core.Crew{ID: "c" + string(w.system), Name: "抢修一班", Depot: "D1", People: []core.Technician{{ID: "t1", Name: "赵"}}, Phone: "139", Skills: []string{"repair"},
		Districts: []string{"徐汇"}, ShiftStartMin: 480, ShiftEndMin: 1020, EveryDay: true, CapMinutes: 480, CapOrders: 8, Home: core.Point{Lat: 31.2, Lon: 121.4},
		Position: &core.Point{Lat: 31.3, Lon: 121.5}, PositionAt: at(1), OffDuty: true}
	w.apply(core.Unit{Crews: []core.CrewChange{{Crew: c}}})
	want := c
	want.Version = 1
	if got := w.crew(c.ID); got == nil || !reflect.DeepEqual(*got, want) {
		w.Fatalf("crew came back as %+v, want %+v", got, want)
	}
	w.one(core.Stale, core.Unit{Crews: []core.CrewChange{{Crew: c}}})
	w.one(core.Stale, core.Unit{Crews: []core.CrewChange{{Expected: 2, Crew: c}}})
	c.Name = "二班"
	w.apply(core.Unit{Crews: []core.CrewChange{{Expected: 1, Crew: c}}})
	if got := w.crew(c.ID); got.Name != "二班" || got.Version != 2 {
		w.Fatalf("after the edit: %+v", got)
	}
	c.Name = "三班"
	fresh := core.Crew{ID: "n" + string(w.system)}
	w.apply(core.Unit{Crews: []core.CrewChange{{Expected: -1, Crew: c}, {Expected: -1, Crew: fresh}}})
	if got := w.crew(c.ID); got.Name != "三班" || got.Version != 3 {
		w.Fatalf("after the import: %+v", got)
	}
	if got := w.crew(fresh.ID); got == nil || got.Version != 1 {
		w.Fatalf("a crew that was imported first: %+v", got)
	}
}

func positions(w *world) {
	id := "c" + string(w.system)
	move := func(minutes int, lat float64) core.Unit {
		return core.Unit{Positions: []core.CrewPosition{{CrewID: id, Point: core.Point{Lat: lat, Lon: 121.123456789012}, At: at(minutes)}}}
	}
	w.apply(move(5, 31.123456789012)) // before the crew is imported
	w.apply(core.Unit{Crews: []core.CrewChange{{Crew: core.Crew{ID: id}}}})
	w.apply(move(3, 30))
	got := w.crew(id)
	if got.Position == nil || got.Position.Lat != 31.123456789012 || got.Position.Lon != 121.123456789012 || !got.PositionAt.Equal(at(5)) {
		w.Fatalf("position %+v at %s: the later one must win, digit for digit", got.Position, got.PositionAt)
	}
	w.apply(move(9, 32))
	if got = w.crew(id); got.Position.Lat != 32 || got.At() != *got.Position {
		w.Fatalf("position %+v", got.Position)
	}
}

func crewDays(w *world) {
	id, day := "c"+string(w.system), "2026-05-12"
	add := func(minutes, orders, urgent int) core.Unit {
		return core.Unit{CrewDays: []core.CrewDayChange{{CrewID: id, Day: day, Minutes: minutes, Orders: orders, UrgentOrders: urgent}}}
	}
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if out := w.Commit(w.ctx, add(30, 1, 1))[0]; out.Kind != core.Applied {
				w.Errorf("an unguarded load is %s: %v", out.Kind, out.Err)
			}
		})
	}
	wg.Wait()
	w.apply(add(-45, -1, 0))
	w.apply(core.Unit{CrewDays: []core.CrewDayChange{{CrewID: id, Day: "2026-05-13", Guarded: true, Minutes: 7}}})
	got := w.load(id, day)
	if got.Minutes != 555 || got.Orders != 19 || got.UrgentOrders != 20 || got.Version != 21 {
		w.Fatalf("load %+v", got)
	}
	if other := w.load(id, "2026-05-13"); other.Minutes != 7 || other.Version != 1 {
		w.Fatalf("load of another day %+v", other)
	}
}

// crewRoutes keeps how a day was planned beside its load.
func crewRoutes(w *world) {
	id, day := "c"+string(w.system), "2026-05-15"
	route := func(by string, orders ...core.OrderNo) *core.CrewRoute {
		r := &core.CrewRoute{MadeAt: at(1), By: by}
		for i, no := range orders {
			r.Stops = append(r.Stops, core.RouteStop{Order: no, BeginAt: at(2 + i)})
		}
		return r
	}
	change := func(d core.CrewDayChange) core.Unit {
		d.CrewID, d.Day = id, day
		return core.Unit{CrewDays: []core.CrewDayChange{d}}
	}
	want := func(what string, r *core.CrewRoute) {
		w.Helper()
		got := w.load(id, day).Route
		a, _ := json.Marshal(got)
		b, _ := json.Marshal(r)
		if string(a) != string(b) {
			w.Fatalf("%s the route is %s, want %s", what, a, b)
		}
	}
	w.apply(change(core.CrewDayChange{Minutes: 30, Orders: 1}))
	want("of a day that was never planned", nil)
	first := route("batch", "W1", "W2 水")
	w.apply(change(core.CrewDayChange{Guarded: true, Expected: 1, Minutes: 60, Orders: 1, Route: first}))
	want("after a batch", first)
	w.apply(change(core.CrewDayChange{Minutes: -30, Orders: -1}))
	want("after an order was done", first)
	if out := w.Commit(w.ctx, change(core.CrewDayChange{Guarded: true, Expected: 2, Route: route("late", "W9")}))[0]; out.Kind != core.Stale {
		w.Fatalf("a route that was made on an older day is %s", out.Kind)
	}
	want("after a plan that came too late", first)
	second := route("auto", "W3", "W1")
	outs := w.Commit(w.ctx, change(core.CrewDayChange{Guarded: true, Expected: 3, Minutes: 10, Orders: 1, Route: route("auto", "W3")}),
		change(core.CrewDayChange{Guarded: true, Expected: 4, Minutes: 10, Orders: 1, Route: second}), change(core.CrewDayChange{Minutes: 5}))
	for _, out := range outs {
		if out.Kind != core.Applied {
			w.Fatal(out.Error())
		}
	}
	want("after several changes in one call", second)
	if d := w.load(id, day); d.Minutes != 85 || d.Orders != 3 || d.Version != 6 {
		w.Fatalf("load %+v", d)
	}
	empty := &core.CrewRoute{MadeAt: at(9), By: "batch", Stops: []core.RouteStop{}}
	w.apply(change(core.CrewDayChange{Route: empty}))
	want("after everything was taken away", empty)
}

// lastSlot lets two hubs give work to one crew that has room for five orders.
func lastSlot(w *world) {
	const room, tries = 5, 12
	id, day := "c"+string(w.system), "2026-05-14"
	hubs := []core.Store{w.Store, w.open(w.T)}
	var given, full atomic.Int64
	var wg sync.WaitGroup
	for i := range tries {
		hub := hubs[i%2]
		o := w.stored(w.order())
		wg.Go(func() {
			for {
				days, err := hub.CrewDays(w.ctx, day)
				if err != nil {
					w.Error(err)
					return
				}
				var load core.CrewDay
				for _, d := range days {
					if d.CrewID == id {
						load = d
					}
				}
				if load.Orders >= room {
					full.Add(1)
					return
				}
				next := o.Clone()
				next.Phase, next.Assignment = core.Field, &core.Assignment{CrewID: id, Day: day, State: core.FieldAssigned, Minutes: 60}
				ch, err := core.NewChange(&o, next, core.Event{At: at(1), Kind: core.EventAssigned, By: "auto"})
				if err != nil {
					w.Error(err)
					return
				}
				out := hub.Commit(w.ctx, core.Unit{Orders: []core.OrderChange{ch},
					CrewDays: []core.CrewDayChange{{CrewID: id, Day: day, Guarded: true, Expected: load.Version, Minutes: 60, Orders: 1}}})[0]
				switch out.Kind {
				case core.Applied:
					given.Add(1)
					return
				case core.Stale:
					if out.Order != -1 {
						w.Errorf("stale names order %d, but it is the crew's day that moved", out.Order)
					}
				default:
					w.Errorf("%s: %v", out.Kind, out.Err)
					return
				}
			}
		})
	}
	wg.Wait()
	load := w.load(id, day)
	orders, err := w.Orders(w.ctx, core.OrderQuery{Crew: id})
	w.ok(err)
	if given.Load() != room || full.Load() != tries-room || load.Orders != room || load.Minutes != 60*room || len(orders) != room {
		w.Fatalf("%d given, %d refused, load %+v, %d orders; room was for %d", given.Load(), full.Load(), load, len(orders), room)
	}
}
