package assign_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"tundish/core"
	"tundish/core/assign"
	"tundish/core/life"
	"tundish/dispatch"
)

// stops is the sequence that a crew's day is planned in, as the store has it.
func (w *world) stops(crew string) (list []core.OrderNo) {
	w.Helper()
	days, err := w.store.CrewDays(w.Context(), "2026-05-11")
	if err != nil {
		w.Fatal(err)
	}
	for _, d := range days {
		if d.CrewID == crew && d.Route != nil {
			for _, s := range d.Route.Stops {
				list = append(list, s.Order)
			}
		}
	}
	return list
}

// seen tells the store that somebody of the crew looked at the order.
func (w *world) seen(no core.OrderNo) {
	w.Helper()
	w.decide(no, func(o core.WorkOrder, st life.Step) (core.Unit, error) {
		return w.rules.Seen(o, o.Assignment.CrewID, true, st)
	})
}

func TestAnUrgentOrderGoesIntoTheRouteOfACrew(t *testing.T) {
	w := open(t, crew("R1", park, "repair", "meter"))
	far, near := w.receive("replacement", core.Normal, at(east(4000))), w.receive("replacement", core.Normal, at(east(300)))
	if _, err := w.Batch(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(w.stops("R1")); got != fmt.Sprint([]core.OrderNo{near, far}) && got != fmt.Sprint([]core.OrderNo{far, near}) {
		t.Fatalf("the batch planned %v", got)
	}
	first := w.stops("R1")[0]
	w.decide(first, func(o core.WorkOrder, st life.Step) (core.Unit, error) {
		return w.rules.Advance(o, "R1", core.FieldOnSite, st)
	})
	w.clock.set(nine.Add(5 * time.Minute))
	burst := w.receive("burst", core.Emergency, at(east(2000)))
	w.sweep()
	if w.with(burst) != "R1" {
		t.Fatalf("with %q: %+v", w.with(burst), w.order(burst).Unassigned)
	}
	route := w.stops("R1")
	if len(route) != 3 || route[0] != first || route[1] != burst {
		t.Errorf("the route is %v, want the work in hand, then the burst %s", route, burst)
	}
	e, err := w.Explain(t.Context(), burst)
	if err != nil || e.Stored == nil || e.Expected == nil || e.Now == nil {
		t.Fatalf("%+v, %v", e, err)
	}
	for what, p := range map[string]*assign.Place{"as it was planned": e.Stored, "as things stand": e.Expected} {
		if p.CrewID != "R1" || p.Position != 2 || p.Of != 3 || p.After != first || p.Before != route[2] || !p.BeginAt.After(nine.Add(20*time.Minute)) || p.BeginAt.After(nine.Add(time.Hour)) {
			t.Errorf("%s it is at %+v", what, p)
		}
	}
	if len(e.Now.Candidates) != 1 || e.Now.Candidates[0].CrewID != "R1" {
		t.Errorf("as things stand it could go to %+v", e.Now.Candidates)
	}
	r := w.order(burst).Assignment.Reason
	if r.Terms["arrival"] == 0 || !strings.Contains(r.Text, "there at 09:") || !strings.Contains(r.TextZH, "预计 09:") {
		t.Errorf("reason %+v", r)
	}
}

// Two meters fill what is left of the day; an emergency of two hours leaves no time for them.
func TestAnUrgentOrderPushesOutWhatNobodyHasSeen(t *testing.T) {
	for _, c := range []struct {
		what  string
		seen  int // so many of the two meters were looked at by the crew
		bound int
		burst string
	}{
		{"nobody of the crew has seen them", 0, 2, "R1"},
		{"one of them was seen", 1, 2, ""},
		{"as many as are needed are not allowed", 0, 1, ""},
	} {
		t.Run(c.what, func(t *testing.T) {
			r1, m1 := crew("R1", park, "repair", "meter"), crew("M1", park, "meter")
			w := open(t, r1)
			w.Service = w.hub("hub-1", w.store, dispatch.New(dispatch.Options{Seed: 1, Budget: 2 * time.Second, MostDisplaced: c.bound}))
			w.clock.set(time.Date(2026, 5, 11, 14, 50, 0, 0, zone)) // the shift ends at 17:00
			meters := []core.OrderNo{w.receive("replacement", core.Normal, at(park)), w.receive("replacement", core.Normal, at(park))}
			if res, err := w.Batch(t.Context()); err != nil || res.Assigned != 2 {
				t.Fatal(res, err)
			}
			for _, no := range meters[:c.seen] {
				w.seen(no)
			}
			w.commit(core.Unit{Crews: []core.CrewChange{{Crew: m1}}})
			burst := w.receive("burst", core.Emergency, at(park))
			w.sweep()
			if w.with(burst) != "R1" { // as a last resort it goes before other work in any case
				t.Fatalf("the emergency is with %q", w.with(burst))
			}
			reason := w.order(burst).Assignment.Reason
			if pushed := reason.Terms["displaced"] > 0; pushed != (c.burst != "") {
				t.Errorf("pushed out: %t; %s", pushed, reason.Text)
			}
			for _, no := range meters {
				if got, want := w.with(no), map[bool]string{true: "M1", false: "R1"}[c.burst != ""]; got != want {
					t.Errorf("a meter is with %q, want %q", got, want)
				}
			}
			if c.burst == "" {
				if got := w.load("2026-05-11", "R1"); got != "170/3/1" {
					t.Errorf("R1 has %s", got)
				}
				if !strings.Contains(reason.Text, "before the crew's other work") {
					t.Errorf("the reason does not say so: %s", reason.Text)
				}
				return
			}
			if a, b := w.load("2026-05-11", "R1"), w.load("2026-05-11", "M1"); a != "120/1/1" || b != "50/2/0" {
				t.Errorf("R1 has %s, M1 %s", a, b)
			}
			if got := w.stops("M1"); len(got) != 2 {
				t.Errorf("the route of M1 is %v", got)
			}
		})
	}
}

// Work that moves from crew to crew with every batch is nobody's: only what saves more than the disturbance moves.
func TestABatchPaysForWhatItTakesFromACrew(t *testing.T) {
	for _, c := range []struct {
		price int
		moved bool
	}{{1800, false}, {1, true}} {
		weights := dispatch.DefaultWeights()
		weights.Disturbance, weights.WorkloadPerMinute = c.price, 0
		w := open(t, crew("M1", park, "meter"))
		w.Service = w.hub("hub-1", w.store, dispatch.New(dispatch.Options{Seed: 1, Weights: weights}))
		no := w.receive("replacement", core.Normal, at(east(3000)))
		if res, err := w.Batch(t.Context()); err != nil || res.Assigned != 1 {
			t.Fatal(res, err)
		}
		w.commit(core.Unit{Crews: []core.CrewChange{{Crew: crew("M2", east(3000), "meter")}}}) // who lives next door begins to work
		w.receive("replacement", core.Normal, at(park))
		res, err := w.Batch(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		want := map[bool]string{true: "M2", false: "M1"}[c.moved]
		if got := w.with(no); got != want || res.Reassigned != w.happened(no, core.EventReassigned) || (res.Reassigned == 1) != c.moved {
			t.Errorf("for %d seconds of driving the order is with %s, want %s; %+v", c.price, got, want, res)
		}
		if got := len(w.stops(want)); got < 1 {
			t.Errorf("%s has no route", want)
		}
	}
}

// Two hubs change the same crews' work in every way. What the first one remembers must be what a third one, that has
// just started, reads.
func TestTheLiveDayIsWhatTheStoreSays(t *testing.T) {
	var crews []core.Crew
	for i := range 6 {
		crews = append(crews, crew(fmt.Sprint("R", i), east(float64(i)*500), "repair", "meter"))
	}
	w := open(t, crews...)
	second := w.hub("hub-2", w.handle(), dispatch.New(dispatch.Options{}))
	rnd := rand.New(rand.NewPCG(1, 2))
	var orders []core.OrderNo
	for step := range 120 {
		hubs := []*assign.Service{w.Service, second}
		hub := hubs[rnd.IntN(2)]
		switch rnd.IntN(5) {
		case 0:
			orders = append(orders, w.receive("burst", core.Emergency, at(east(rnd.Float64()*3000))))
			if err := hub.Sweep(t.Context()); err != nil {
				t.Fatal(err)
			}
		case 1:
			orders = append(orders, w.receive("replacement", core.Normal, at(east(rnd.Float64()*3000))))
			if _, err := hub.Batch(t.Context()); err != nil {
				t.Fatal(err)
			}
		case 2:
			orders = append(orders, w.receive("leak", core.Normal, at(east(rnd.Float64()*3000))))
			if _, err := hub.Give(t.Context(), orders[len(orders)-1], "", dispatcher("")); err != nil && core.CodeOf(err) != "no_crew" {
				t.Fatal(err)
			}
		default:
			if len(orders) == 0 {
				continue
			}
			no := orders[rnd.IntN(len(orders))]
			if o := w.order(no); life.Loads(&o) {
				if rnd.IntN(2) == 0 {
					w.complete(no)
				} else if o.Assignment.State != core.FieldOnSite {
					w.decide(no, w.rules.Unassign)
				}
			}
		}
		third := w.hub("hub-3", w.store, dispatch.New(dispatch.Options{}))
		has, err := w.Board(t.Context(), false)
		is, err2 := third.Board(t.Context(), false)
		if err != nil || err2 != nil {
			t.Fatal(err, err2)
		}
		for _, c := range crews {
			a, b := numbers(has.Work[c.ID].Orders), numbers(is.Work[c.ID].Orders)
			if a != b {
				t.Fatalf("step %d: the hub remembers %s for %s, the store has %s", step, a, c.ID, b)
			}
		}
	}
}

func numbers(orders []core.WorkOrder) string {
	var out []string
	for _, o := range orders {
		out = append(out, fmt.Sprintf("%s@%d", o.No, o.Version))
	}
	return strings.Join(out, " ")
}
