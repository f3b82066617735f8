package assign_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"tundish/core"
	"tundish/core/assign"
	"tundish/core/life"
	"tundish/dispatch"
)

// advance is what a crew reports through some hub, which need not be this one.
func (w *world) advance(no core.OrderNo, to core.FieldState) {
	w.Helper()
	w.decide(no, func(o core.WorkOrder, st life.Step) (core.Unit, error) {
		return w.rules.Advance(o, o.Assignment.CrewID, to, st)
	})
}

// change commits a crew as it is now.
func (w *world) change(id string, do func(*core.Crew)) {
	w.Helper()
	crews, err := w.store.Crews(w.Context())
	if err != nil {
		w.Fatal(err)
	}
	for _, c := range crews {
		if c.ID == id {
			was := c.Version
			do(&c)
			w.commit(core.Unit{Crews: []core.CrewChange{{Crew: c, Expected: was}}})
			return
		}
	}
	w.Fatalf("there is no crew %s", id)
}

// A crew that was just chosen for something urgent, and then does not work any more, gets nothing.
func TestACrewThatLeavesGetsNoUrgentOrder(t *testing.T) {
	w := open(t, crew("R1", park, "repair"), crew("R2", east(6000), "repair"))
	first := w.receive("burst", core.Emergency, at(park))
	w.sweep()
	if w.with(first) != "R1" {
		t.Fatalf("with %q", w.with(first))
	}
	w.complete(first)
	w.change("R1", func(c *core.Crew) { c.OffDuty = true })
	second := w.receive("burst", core.Emergency, at(park))
	w.sweep()
	if w.with(second) != "R2" {
		t.Errorf("the burst is with %q: R1 is off", w.with(second))
	}
}

// What one order's explanation assumes is no part of the next one's.
func TestExplanationsDoNotMixUpOrdersOfOneCrew(t *testing.T) {
	w := open(t, crew("R1", park, "repair"), crew("R2", east(9000), "repair"))
	var leaks []core.OrderNo
	for range 2 {
		no := w.receive("leak", core.Urgent, at(park))
		if _, err := w.Give(t.Context(), no, "R1", dispatcher("because")); err != nil {
			t.Fatal(err)
		}
		leaks = append(leaks, no)
	}
	for _, no := range leaks {
		e, err := w.Explain(t.Context(), no)
		if err != nil || e.Now == nil || len(e.Now.Candidates) == 0 {
			t.Fatalf("%+v, %v", e, err)
		}
		if text := e.Now.Candidates[0].Reason.Text; strings.Contains(text, "no route has room") {
			t.Errorf("%s: %s", no, text)
		}
	}
}

// Whatever was left, and however long ago: somebody has it, and it counts.
func TestWorkLeftFromBeforeTheWeekendIsStillWork(t *testing.T) {
	for _, days := range []int{3, 4, 7} {
		w := open(t, crew("M1", park, "meter"))
		w.clock.set(nine.AddDate(0, 0, -days))
		no := w.receive("replacement", core.Normal, at(east(500)))
		if res, err := w.Batch(t.Context()); err != nil || days != 7 && res.Assigned != 1 && days != 3 {
			t.Fatal(res, err)
		}
		if w.with(no) == "" {
			if _, err := w.Give(t.Context(), no, "M1", dispatcher("because")); err != nil {
				t.Fatal(err)
			}
		}
		w.clock.set(nine)
		b, err := w.Board(t.Context(), true)
		if err != nil {
			t.Fatal(err)
		}
		if work := b.Work["M1"].Orders; len(work) != 1 || work[0].No != no {
			t.Errorf("%d days later M1 has %d stops", days, len(work))
		}
		if d := b.Days["M1"]; d.Minutes != 25 || d.Orders != 1 {
			t.Errorf("%d days later it counts as %+v", days, d)
		}
		w.complete(no)
		if b, err = w.hub("hub-2", w.store, dispatch.New(dispatch.Options{})).Board(t.Context(), true); err != nil || b.Days["M1"].Orders != 0 {
			t.Errorf("done, it counts as %+v, %v", b.Days["M1"], err)
		}
	}
}

// A crew set out, as it told another hub: that changes no crew-day. What else it has is given to others
// when it falls ill.
func TestWhatAnotherHubWasToldDoesNotStopABatch(t *testing.T) {
	w := open(t, crew("M1", park, "meter"))
	var list []core.OrderNo
	for k := range 3 {
		list = append(list, w.receive("replacement", core.Normal, at(east(float64(k)*100))))
	}
	if res, err := w.Batch(t.Context()); err != nil || res.Assigned != 3 {
		t.Fatal(res, err)
	}
	if _, err := w.Board(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	w.advance(list[0], core.FieldTravel)
	w.commit(core.Unit{Crews: []core.CrewChange{{Crew: crew("M2", park, "meter")}}})
	w.change("M1", func(c *core.Crew) { c.OffDuty = true })
	if res, err := w.Batch(t.Context()); err != nil || res.Reassigned != 2 {
		t.Errorf("%+v, %v", res, err)
	}
	if got := fmt.Sprint(w.with(list[0]), w.with(list[1]), w.with(list[2])); got != "M1M2M2" {
		t.Errorf("the orders are with %s", got)
	}
}

// The same for a dispatcher whose order makes others wait.
func TestWhatAnotherHubWasToldDoesNotStopADispatcher(t *testing.T) {
	w := open(t, crew("R1", park, "repair", "meter"))
	w.Service = w.hub("hub-1", w.store, dispatch.New(dispatch.Options{Seed: 1, MostDisplaced: 2}))
	w.clock.set(time.Date(2026, 5, 11, 14, 50, 0, 0, zone))
	meters := []core.OrderNo{w.receive("replacement", core.Normal, at(park)), w.receive("replacement", core.Normal, at(park))}
	if res, err := w.Batch(t.Context()); err != nil || res.Assigned != 2 {
		t.Fatal(res, err)
	}
	w.commit(core.Unit{Crews: []core.CrewChange{{Crew: crew("M1", park, "meter")}}})
	if _, err := w.Board(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	w.advance(meters[0], core.FieldAccepted)
	burst := w.receive("burst", core.Urgent, at(park))
	w.decide(burst, func(o core.WorkOrder, st life.Step) (core.Unit, error) {
		if o.Phase != core.Acceptance {
			return w.rules.Expedite(o, st)
		}
		return w.rules.Accept(o, st)
	})
	if _, err := w.Give(t.Context(), burst, "", dispatcher("")); err != nil {
		t.Fatal(err)
	}
	if w.with(burst) != "R1" {
		t.Errorf("with %q", w.with(burst))
	}
}

// Somebody gives a crew a long job while the batch plans its day: what was planned beside it does not fit any more.
func TestACrewIsNotFilledBehindThePlansBack(t *testing.T) {
	w := open(t)
	m1 := crew("M1", park, "meter", "repair")
	m1.CapMinutes = 150
	w.commit(core.Unit{Crews: []core.CrewChange{{Crew: m1}}})
	w.meters(6)
	leak := w.receive("leak", core.Normal, at(park))
	planner := &busy{Planner: dispatch.New(dispatch.Options{Seed: 1}), while: func(round int) {
		if round == 1 {
			w.decide(leak, func(o core.WorkOrder, st life.Step) (core.Unit, error) {
				return w.rules.Assign(o, core.Assignment{CrewID: "M1", Day: "2026-05-11", Minutes: 60, By: "test"}, core.CrewDay{CrewID: "M1"}, st)
			})
		}
	}}
	res, err := w.hub("hub-2", w.store, planner).Batch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := w.load("2026-05-11", "M1"); got != "135/4/0" {
		t.Errorf("M1 has %s of 150 minutes; %+v", got, res)
	}
}

// brittle is a store that fails now and then.
type brittle struct {
	assign.Store
	fails int
}

func (b *brittle) Acquire(ctx context.Context, name, holder string, ttl time.Duration) (core.Lease, bool, error) {
	if b.fails > 0 {
		b.fails--
		return core.Lease{}, false, core.Because(core.Unavailable, "store", errors.New("the store is away"))
	}
	return b.Store.Acquire(ctx, name, holder, ttl)
}

// A day whose plan has a hole is mended, if not at once because the store was away.
func TestAHoleIsMendedWhenTheStoreIsBack(t *testing.T) {
	w := open(t, crew("M1", park, "meter"), crew("M2", park, "meter"))
	st := &brittle{Store: w.store}
	w.Service = w.hub("hub-1", st, dispatch.New(dispatch.Options{Seed: 1}))
	no := w.receive("replacement", core.Normal, at(park))
	if res, err := w.Batch(t.Context()); err != nil || res.Assigned != 1 {
		t.Fatal(res, err)
	}
	ill, other := w.with(no), map[string]string{"M1": "M2", "M2": "M1"}[w.with(no)]
	w.change(ill, func(c *core.Crew) { c.OffDuty = true })
	w.RosterChanged([]core.Duty{{Crew: ill, Day: "2026-05-11"}})
	st.fails = 1
	if err := w.Mend(t.Context()); err == nil {
		t.Fatal("the store was not away")
	}
	if err := w.Mend(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := w.with(no); got != other {
		t.Errorf("it is still with %s", got)
	}
}

// What a depot refused is the batch's again.
func TestARefusedTransferIsTheBatchsAgain(t *testing.T) {
	w := open(t, crew("M1", park, "meter"))
	no := w.receive("replacement", core.Normal, at(park))
	w.decide(no, func(o core.WorkOrder, st life.Step) (core.Unit, error) { return w.rules.Transfer(o, "D9", st) })
	if res, err := w.Batch(t.Context()); err != nil || res.Waiting != 0 {
		t.Fatal(res, err)
	}
	w.decide(no, func(o core.WorkOrder, st life.Step) (core.Unit, error) { return w.rules.AnswerTransfer(o, false, st) })
	if res, err := w.Batch(t.Context()); err != nil || res.Assigned != 1 {
		t.Errorf("%+v, %v", res, err)
	}
}

// Sick from today on: last night's shift is worked to its end.
func TestADayOffDoesNotEndLastNightsShift(t *testing.T) {
	night := crew("N1", park, "repair")
	night.ShiftStartMin, night.ShiftEndMin = 22*60, 30*60
	w := open(t, night)
	w.clock.set(time.Date(2026, 5, 12, 2, 0, 0, 0, zone))
	roster := w.store.(core.RosterStore)
	if err := roster.SetDuties(t.Context(), []core.Duty{{Crew: "N1", Day: "2026-05-12", Kind: core.DutyOff}}, "test", "test"); err != nil {
		t.Fatal(err)
	}
	b, err := w.Board(t.Context(), false)
	if err != nil || b.Crews[0].OffDuty {
		t.Errorf("at two in the morning it is off: %v", err)
	}
	w.clock.set(time.Date(2026, 5, 12, 23, 0, 0, 0, zone))
	if b, err = w.Board(t.Context(), false); err != nil || !b.Crews[0].OffDuty {
		t.Errorf("on its night off it works: %v", err)
	}
}

// A crew that told another hub is where it said, also to whoever asks this one.
func TestAnExplanationKnowsWhatAnotherHubWasTold(t *testing.T) {
	w := open(t, crew("M1", park, "meter"))
	list := w.meters(3)
	if res, err := w.Batch(t.Context()); err != nil || res.Assigned != 3 {
		t.Fatal(res, err)
	}
	if _, err := w.Explain(t.Context(), list[0]); err != nil {
		t.Fatal(err)
	}
	last := w.stops("M1")[2]
	w.clock.set(nine.Add(time.Hour))
	w.advance(last, core.FieldOnSite)
	e, err := w.Explain(t.Context(), last)
	if err != nil || e.Expected == nil || e.Expected.Position != 1 {
		t.Errorf("the crew is there, and is expected %+v, %v", e.Expected, err)
	}
}
