package assign_test

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tundish/core"
	"tundish/core/life"
	"tundish/core/store/sqlserver"
	"tundish/dispatch"
)

func TestAnEmergencyGoesToTheNearestFeasibleCrewWithoutItsReview(t *testing.T) {
	off := crew("R0", park, "repair")
	off.OffDuty = true
	w := open(t, off, crew("M1", park, "meter"), crew("R1", east(900), "repair"), crew("R2", east(4000), "repair"))
	no := w.receive("burst", core.Emergency, at(park))
	w.sweep()
	o := w.order(no)
	if o.Phase != core.Field || o.Assignment.CrewID != "R1" || o.Reviewed {
		t.Fatalf("%s with %q, reviewed %v; want it with R1 before its review", o.Phase, w.with(no), o.Reviewed)
	}
	a := o.Assignment
	if a.By != "auto" || a.Day != "2026-05-11" || a.Minutes != 120 {
		t.Errorf("assignment %+v", a)
	}
	if a.Reason.RunnerUp != "R2" || a.Reason.Terms["travel"] == 0 || a.Reason.Refused["off_duty"] != 1 || a.Reason.Refused["skill repair"] != 1 {
		t.Errorf("reason %+v", a.Reason)
	}
	if got := w.load("2026-05-11", "R1"); got != "120/1/1" {
		t.Errorf("R1 has %s", got)
	}
	w.sweep()
	if n := w.happened(no, core.EventAssigned); n != 1 {
		t.Errorf("given %d times", n)
	}
}

func TestWhatIsNotAutomaticWaitsForSomebody(t *testing.T) {
	w := open(t, crew("R1", park, "repair"))
	for name, no := range map[string]core.OrderNo{
		"a proposal":            w.receive("leak", core.Normal, at(park)),
		"work for the batch":    w.receive("replacement", core.Normal, at(park)),
		"what waits for review": w.receive("burst", core.Normal, at(park)),
	} {
		w.sweep()
		if got := w.with(no); got != "" {
			t.Errorf("%s was given to %s", name, got)
		}
	}
}

func TestAnOrderOnHoldIsNotDispatched(t *testing.T) {
	w := open(t, crew("R1", park, "repair"), crew("M1", park, "meter"))
	burst, meter := w.receive("burst", core.Emergency, at(park)), w.receive("replacement", core.Normal, at(park))
	for _, no := range []core.OrderNo{burst, meter} {
		w.decide(no, w.rules.Hold)
	}
	w.sweep()
	if res, err := w.Batch(t.Context()); err != nil || res.Waiting != 0 {
		t.Errorf("batch %+v, %v", res, err)
	}
	if w.with(burst) != "" || w.with(meter) != "" {
		t.Error("a held order was given")
	}
	if _, err := w.Give(t.Context(), burst, "R1", dispatcher("now")); core.CodeOf(err) != "on_hold" {
		t.Errorf("by hand: %v", err)
	}
	w.decide(burst, w.rules.Resume)
	w.sweep()
	if w.with(burst) != "R1" {
		t.Error("resumed, it still waits")
	}
}

func TestAnOrderWithoutACoordinateIsLocatedFirst(t *testing.T) {
	w := open(t, crew("R1", east(700), "repair"), crew("R2", park, "repair"))
	no := w.receive("burst", core.Emergency, nil)
	enquiry := w.receive("enquiry", core.Normal, nil)
	w.sweep()
	o := w.order(no)
	if o.Place.PointSource != core.PointFromGeocode || o.Place.ServicePoint != "SP7" || w.with(no) != "R1" {
		t.Errorf("located as %+v and given to %q", o.Place, w.with(no))
	}
	if w.happened(no, core.EventLocated) != 1 {
		t.Error("the timeline does not tell that it was located")
	}
	if w.order(enquiry).Place.Point != nil || w.gis.calls() != 1 {
		t.Error("an enquiry has no place to be located")
	}
}

func TestWhenTheGISIsAwayAnEmergencyTakesTheCentroidAtOnceAndANormalOrderWaits(t *testing.T) {
	w := open(t, crew("R1", park, "repair"))
	w.gis.answer = func(*core.WorkOrder) (core.Place, error) { return core.Place{}, away }
	emergency, proposed, normal := w.receive("burst", core.Emergency, nil), w.receive("leak", core.Emergency, nil), w.receive("leak", core.Normal, nil)
	w.sweep()
	for _, no := range []core.OrderNo{emergency, proposed} {
		if p := w.order(no).Place; p.PointSource != core.PointFromCentroid || p.Point == nil || *p.Point != east(500) {
			t.Errorf("an emergency stands at %+v, want the flagged centroid of D1", p)
		}
	}
	if w.with(emergency) != "R1" || w.with(proposed) != "" {
		t.Errorf("given to %q and %q", w.with(emergency), w.with(proposed))
	}
	w.clock.set(nine.Add(10*time.Minute - time.Second))
	w.sweep()
	if w.order(normal).Place.Point != nil {
		t.Fatal("a normal order did not wait for the GIS")
	}
	w.clock.set(nine.Add(10 * time.Minute))
	w.sweep()
	o := w.order(normal)
	if o.Place.PointSource != core.PointFromCentroid {
		t.Errorf("after ten minutes it stands at %+v", o.Place)
	}
	events, err := w.store.Events(t.Context(), normal)
	if err != nil || !strings.Contains(events[len(events)-1].Remark, "centroid") {
		t.Errorf("the timeline does not say so: %+v, %v", events, err)
	}
}

func TestWhatTheGISDoesNotKnowTakesTheCentroid(t *testing.T) {
	w := open(t)
	w.gis.answer = func(*core.WorkOrder) (core.Place, error) {
		return core.Place{}, core.Fail(core.NotFound, "unsure", "", "three streets of that name", "同名道路有三条")
	}
	known, elsewhere := w.receive("leak", core.Normal, nil), w.receive("leak", core.Normal, nil)
	w.decide(elsewhere, func(o core.WorkOrder, st life.Step) (core.Unit, error) {
		sent := o.Clone()
		sent.Place.District = "D9" // nobody knows its centre
		return w.rules.Amend(o, sent, "h2", st)
	})
	w.sweep()
	if p := w.order(known).Place; *p.Point != east(500) {
		t.Errorf("in D1: %+v", p.Point)
	}
	if p := w.order(elsewhere).Place; *p.Point != park || p.PointSource != core.PointFromCentroid {
		t.Errorf("in a district without a centre: %+v", p)
	}
	// An answer without a coordinate is none either, and does not come back for ever.
	w.gis.answer = func(*core.WorkOrder) (core.Place, error) { return core.Place{}, nil }
	third := w.receive("leak", core.Normal, nil)
	w.sweep()
	w.sweep()
	if w.happened(third, core.EventLocated) != 1 || w.order(third).Place.Point == nil {
		t.Errorf("located %d times", w.happened(third, core.EventLocated))
	}
}

func TestAGISThatIsAwayIsNotAskedForEveryOrderOfALongList(t *testing.T) {
	w := open(t)
	w.gis.answer = func(*core.WorkOrder) (core.Place, error) { return core.Place{}, away }
	for range 40 {
		w.receive("leak", core.Normal, nil)
	}
	w.sweep()
	if n := w.gis.calls(); n >= 40 {
		t.Errorf("asked %d times for 40 orders while it was away", n)
	}
}

func TestASlowGISKeepsNobodyWaitingWhoIsLocated(t *testing.T) {
	w := open(t, crew("R1", park, "repair"))
	release := make(chan struct{})
	asked := make(chan struct{}, 1)
	w.gis.answer = func(*core.WorkOrder) (core.Place, error) {
		asked <- struct{}{}
		<-release
		return core.Place{}, away
	}
	w.receive("leak", core.Normal, nil)
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { _ = w.Service.Run(ctx) })
	defer wg.Wait()
	defer cancel()
	defer close(release)
	<-asked
	no := w.receive("burst", core.Emergency, at(park))
	w.Wake()
	w.eventually("the emergency is given while the GIS thinks", func() bool { return w.with(no) == "R1" })
}

func (w *world) eventually(what string, true_ func() bool) {
	w.Helper()
	deadline := time.After(30 * time.Second)
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !true_() {
		select {
		case <-deadline:
			w.Fatal("not within 30 s: " + what)
		case <-tick.C:
		}
	}
}

func TestACrewOnAnUrgentOrderGetsNoOtherWhileAnyoneElseIsFeasible(t *testing.T) {
	w := open(t, crew("R1", park, "repair"), crew("R2", east(9000), "repair"))
	first := w.receive("burst", core.Emergency, at(park))
	w.sweep()
	second := w.receive("burst", core.Emergency, at(park))
	w.sweep()
	if w.with(first) != "R1" || w.with(second) != "R2" {
		t.Fatalf("given to %s and %s, want R1 and the one that is free", w.with(first), w.with(second))
	}
	if r := w.order(second).Assignment.Reason; r.Refused["busy_urgent"] != 1 {
		t.Errorf("the reason does not say why not R1: %+v", r)
	}
	third := w.receive("burst", core.Emergency, at(park))
	w.sweep()
	if w.with(third) == "" {
		t.Error("when all are on urgent orders, one of them must go")
	}
	w.complete(first)
	fourth := w.receive("burst", core.Emergency, at(east(100)))
	w.sweep()
	if got := w.load("2026-05-11", w.with(fourth)); w.with(fourth) == "" {
		t.Errorf("given to %q with %s", w.with(fourth), got)
	}
}

func TestAfterMidnightACrewIsStillOnItsUrgentOrder(t *testing.T) {
	night := func(id string, at core.Point) core.Crew {
		c := crew(id, at, "repair")
		c.ShiftStartMin, c.ShiftEndMin = 1320, 1800 // 22:00 to 06:00
		return c
	}
	w := open(t, night("N1", park), night("N2", east(9000)), crew("R1", park, "repair"))
	w.clock.set(time.Date(2026, 5, 11, 23, 50, 0, 0, zone))
	first := w.receive("burst", core.Emergency, at(park))
	w.sweep()
	if w.with(first) != "N1" {
		t.Fatalf("before midnight it goes to %q, want N1", w.with(first))
	}
	w.clock.set(time.Date(2026, 5, 12, 0, 5, 0, 0, zone))
	second := w.receive("burst", core.Emergency, at(park))
	w.sweep()
	if w.with(second) != "N2" {
		t.Errorf("after midnight it goes to %q, want N2: N1 is on an urgent order, R1 sleeps", w.with(second))
	}
}

func TestNobodyFeasibleIsSaidOncePerReason(t *testing.T) {
	full := crew("R1", park, "repair")
	full.CapMinutes = 60
	w := open(t, full, crew("M1", park, "meter"))
	no := w.receive("burst", core.Emergency, at(park))
	for n := range 5 { // time goes on, what would help changes with it
		w.clock.set(nine.Add(time.Duration(n) * time.Minute))
		w.sweep()
	}
	o := w.order(no)
	if n := w.happened(no, core.EventUnplannable); n != 1 {
		t.Errorf("the timeline says so %d times", n)
	}
	why := o.Unassigned
	if why == nil || why.Refused["load_cap_minutes"] != 1 || why.Refused["skill repair"] != 1 || !strings.Contains(why.WouldHelp, "+60 min") || why.TextZH == "" {
		t.Fatalf("reason %+v", why)
	}
	// Late in the day another rule stops it: that is another reason.
	w.clock.set(time.Date(2026, 5, 11, 16, 50, 0, 0, zone))
	w.sweep()
	if n := w.happened(no, core.EventUnplannable); n != 2 {
		t.Errorf("another reason brought the count to %d", n)
	}
	// A crew that can: the reason is gone.
	duty := crew("R2", park, "repair")
	duty.ShiftStartMin, duty.ShiftEndMin, duty.EveryDay = 0, 1440, true
	w.commit(core.Unit{Crews: []core.CrewChange{{Crew: duty}}})
	w.sweep()
	if o := w.order(no); w.with(no) != "R2" || o.Unassigned != nil {
		t.Errorf("given to %q, still says %+v", w.with(no), o.Unassigned)
	}
}

func TestTheOvertimeThatWouldHelpIsNoNewReasonEveryMinute(t *testing.T) {
	w := open(t, crew("R1", park, "repair"))
	w.clock.set(time.Date(2026, 5, 11, 16, 0, 0, 0, zone))
	no := w.receive("burst", core.Emergency, at(park))
	for n := range 10 {
		w.clock.set(time.Date(2026, 5, 11, 16, n, 0, 0, zone))
		w.sweep()
	}
	if n := w.happened(no, core.EventUnplannable); n != 1 {
		t.Errorf("said %d times in ten minutes", n)
	}
}

func TestOnAWeekendOnlyDutyCrewsGo(t *testing.T) {
	duty := crew("R2", east(8000), "repair")
	duty.EveryDay = true
	w := open(t, crew("R1", park, "repair"), duty)
	w.clock.set(time.Date(2026, 5, 16, 9, 0, 0, 0, zone)) // a Saturday
	no := w.receive("burst", core.Emergency, at(park))
	w.sweep()
	if w.with(no) != "R2" {
		t.Errorf("given to %q, want the crew on duty", w.with(no))
	}
}

func TestOneFaultyCrewStopsNobodyElse(t *testing.T) {
	broken := crew("R0", park, "repair")
	broken.ShiftEndMin = broken.ShiftStartMin
	w := open(t, broken, crew("R1", east(900), "repair"))
	no := w.receive("burst", core.Emergency, at(park))
	w.sweep()
	if w.with(no) != "R1" {
		t.Fatalf("given to %q: one crew's data stopped the rest", w.with(no))
	}
	if r := w.order(no).Assignment.Reason; r.Refused["faulty_data"] != 1 {
		t.Errorf("the reason does not mention it: %+v", r)
	}
}

// fromBehind lists orders backwards, so that two hubs compete for crews, not for orders.
type fromBehind struct{ core.Store }

func (f fromBehind) Orders(ctx context.Context, q core.OrderQuery) ([]core.WorkOrder, error) {
	list, err := f.Store.Orders(ctx, q)
	slices.Reverse(list)
	return list, err
}

// TestTwoHubsNeverOverfillACrew: every crew takes three orders, there are more orders
// than slots, and both hubs want to give all of them at once.
func TestTwoHubsNeverOverfillACrew(t *testing.T) {
	var crews []core.Crew
	for i := range 5 {
		c := crew(fmt.Sprint("R", i), east(float64(i)*300), "repair")
		c.CapOrders, c.ShiftEndMin = 3, 3000
		crews = append(crews, c)
	}
	t.Run("sqlite", func(t *testing.T) { fillTogether(t, open(t, crews...), crews) })
	t.Run("sqlserver", func(t *testing.T) { fillTogether(t, openOn(t, onServer(t), crews...), crews) })
}

func fillTogether(t *testing.T, w *world, crews []core.Crew) {
	var orders []core.OrderNo
	for i := range 24 {
		orders = append(orders, w.receive("burst", core.Emergency, at(east(float64(i)*50))))
	}
	second := w.hub("hub-2", fromBehind{w.handle()}, dispatch.New(dispatch.Options{}))
	var wg sync.WaitGroup
	for _, s := range []interface{ Sweep(context.Context) error }{w, second, w, second} {
		wg.Go(func() {
			if err := s.Sweep(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	w.sweep()
	given := map[string]int{}
	for _, no := range orders {
		if c := w.with(no); c != "" {
			given[c]++
			if n := w.happened(no, core.EventAssigned); n != 1 {
				t.Errorf("%s was given %d times", no, n)
			}
		} else if w.order(no).Unassigned == nil {
			t.Errorf("%s waits without a reason", no)
		}
	}
	for _, c := range crews {
		if given[c.ID] != 3 {
			t.Errorf("%s has %d orders, its cap is 3 and there is work for more", c.ID, given[c.ID])
		}
		if got, want := w.load("2026-05-11", c.ID), fmt.Sprintf("%d/3/3", 3*120); got != want {
			t.Errorf("%s is loaded with %s, want %s", c.ID, got, want)
		}
	}
}

// onServer opens handles on a database of the test's own on the server that
// TUNDISH_TEST_SQLSERVER names.
func onServer(t *testing.T) func() core.Store {
	t.Helper()
	dsn := os.Getenv("TUNDISH_TEST_SQLSERVER")
	if dsn == "" {
		t.Skip("SKIPPED: TUNDISH_TEST_SQLSERVER is not set")
	}
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("database", fmt.Sprintf("tundish_assign_%d", time.Now().UnixNano()))
	u.RawQuery = q.Encode()
	dsn = u.String()
	t.Cleanup(func() {
		if err := sqlserver.DropDatabase(context.Background(), dsn); err != nil {
			t.Error(err)
		}
	})
	return func() core.Store {
		st, err := sqlserver.Open(dsn, sqlserver.Options{CreateDatabase: true})
		if err == nil {
			err = st.Migrate(context.Background())
		}
		if err != nil {
			t.Fatal(err)
		}
		return st
	}
}

func TestAnOrderThatCalmedDownIsNotDispatchedAtOnce(t *testing.T) {
	w := open(t, crew("R1", park, "repair"))
	no := w.receive("burst", core.Emergency, at(park))
	calm := dispatch.New(dispatch.Options{})
	second := w.hub("hub-2", &amending{w.store, func() {
		w.decide(no, func(o core.WorkOrder, st life.Step) (core.Unit, error) {
			sent := o.Clone()
			sent.Urgency = core.Urgent
			return w.rules.Amend(o, sent, "h2", st)
		})
	}}, calm)
	if err := second.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := w.with(no); got != "" {
		t.Errorf("given to %s though it is no emergency any more", got)
	}
}
