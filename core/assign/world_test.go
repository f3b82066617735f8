package assign_test

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"

	"tundish/core"
	"tundish/core/assign"
	"tundish/core/life"
	"tundish/core/store/sqlite"
	"tundish/dispatch"
)

// Monday morning, nine o'clock in the hub's zone.
var (
	zone = time.FixedZone("CST", 8*3600)
	nine = time.Date(2026, 5, 11, 9, 0, 0, 0, zone)
	park = core.Point{Lat: 31.20, Lon: 121.40}
)

// east is a point so many metres east of the park.
func east(metres float64) core.Point {
	return core.Point{Lat: park.Lat, Lon: park.Lon + metres/95_200}
}

type hand struct {
	mu sync.Mutex
	at time.Time
}

func (h *hand) Now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.at
}

func (h *hand) set(t time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.at = t
}

func (h *hand) After(time.Duration) <-chan time.Time { return nil }

// week is a calendar without holidays.
type week struct{}

func (week) Workday(d time.Time) bool {
	return d.Weekday() != time.Saturday && d.Weekday() != time.Sunday
}

// gis is a locator whose answer a test chooses.
type gis struct {
	mu     sync.Mutex
	answer func(o *core.WorkOrder) (core.Place, error)
	asked  []core.OrderNo
}

func (g *gis) Locate(_ context.Context, o *core.WorkOrder) (core.Place, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.asked = append(g.asked, o.No)
	return g.answer(o)
}

func (g *gis) calls() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.asked)
}

var away = core.Fail(core.Unavailable, "gis_away", "", "the GIS does not answer", "GIS 无应答")

type world struct {
	*assign.Service
	*testing.T
	handle func() core.Store // one more hub's
	store  core.Store
	clock  *hand
	rules  *life.Rules
	gis    *gis
	made   int
}

func rules() *life.Rules {
	return &life.Rules{
		Types: core.OrderTypes{
			"burst":       {Code: "burst", Family: core.Repair, Minutes: 120, Skills: []string{"repair"}, Acceptance: true, Dispatch: map[core.Urgency]core.DispatchMode{core.Emergency: core.DispatchAuto, core.Urgent: core.DispatchPropose}},
			"leak":        {Code: "leak", Family: core.Repair, Minutes: 60, Skills: []string{"repair"}, Dispatch: map[core.Urgency]core.DispatchMode{core.Emergency: core.DispatchPropose, core.Normal: core.DispatchPropose}},
			"replacement": {Code: "replacement", Family: core.Replacement, Minutes: 25, Skills: []string{"meter"}, Dispatch: map[core.Urgency]core.DispatchMode{core.Normal: core.DispatchBatch}},
			"enquiry":     {Code: "enquiry", Family: core.Desk},
		},
		NumberPrefix: "W", Zone: zone,
	}
}

// open makes a hub with these crews, on SQLite.
func open(t *testing.T, crews ...core.Crew) *world {
	t.Helper()
	path := filepath.Join(t.TempDir(), "hub.db")
	return openOn(t, func() core.Store {
		t.Helper()
		st, err := sqlite.Open(path, sqlite.Options{})
		if err == nil {
			err = st.Migrate(t.Context())
		}
		if err != nil {
			t.Fatal(err)
		}
		return st
	}, crews...)
}

// openOn makes a hub on the store that handle opens.
func openOn(t *testing.T, handle func() core.Store, crews ...core.Crew) *world {
	t.Helper()
	w := &world{T: t, clock: &hand{at: nine}, rules: rules()}
	w.handle = func() core.Store {
		st := handle()
		t.Cleanup(func() { _ = st.Close() })
		return st
	}
	w.gis = &gis{answer: func(*core.WorkOrder) (core.Place, error) {
		p := east(700)
		return core.Place{Point: &p, PointSource: core.PointFromGeocode, District: "D1", ServicePoint: "SP7"}, nil
	}}
	w.store = w.handle()
	u := core.Unit{}
	for _, c := range crews {
		u.Crews = append(u.Crews, core.CrewChange{Crew: c})
	}
	w.commit(u)
	w.Service = w.hub("hub-1", w.store, dispatch.New(dispatch.Options{Seed: 1, Budget: 2 * time.Second}))
	return w
}

func (w *world) hub(name string, st assign.Store, p assign.Planner) *assign.Service {
	w.Helper()
	s, err := assign.New(st, assign.Options{
		Clock: w.clock, Log: zap.NewNop(), Rules: func() *life.Rules { return w.rules }, Planner: p, Calendar: week{}, Locator: w.gis,
		Centroids: map[string]core.Point{"D1": east(500)}, Centre: park, Holder: name, Poll: time.Millisecond, LocateFor: 10 * time.Minute,
	})
	if err != nil {
		w.Fatal(err)
	}
	return s
}

// crew works from eight to five, wherever it is put.
func crew(id string, at core.Point, skills ...string) core.Crew {
	return core.Crew{ID: id, Name: id, Skills: skills, Home: at, ShiftStartMin: 480, ShiftEndMin: 1020}
}

func (w *world) commit(u core.Unit) {
	w.Helper()
	for _, out := range w.store.Commit(w.Context(), u) {
		if out.Kind != core.Applied {
			w.Fatal(out.Error())
		}
	}
}

// receive takes in an order at a point; nil: only an address is known.
func (w *world) receive(kind string, u core.Urgency, at *core.Point) core.OrderNo {
	w.Helper()
	w.made++
	no := core.FormatNumber("W", nine, int64(w.made))
	o := core.WorkOrder{No: no, Ref: core.Ref{System: "hotline", External: string(no)}, Type: kind, Urgency: u, Place: core.Place{Address: "梧桐路 1 号", District: "D1", Point: at}}
	if at != nil {
		o.Place.PointSource = core.PointFromSource
	}
	unit, err := w.rules.Receive(o, "h", life.Step{Now: w.clock.Now(), Actor: life.Hub("test"), By: "test"})
	if err != nil {
		w.Fatal(err)
	}
	w.commit(unit)
	return no
}

func (w *world) sweep() {
	w.Helper()
	if err := w.Sweep(w.Context()); err != nil {
		w.Fatal(err)
	}
}

func (w *world) order(no core.OrderNo) core.WorkOrder {
	w.Helper()
	o, err := w.store.Order(w.Context(), no)
	if err != nil {
		w.Fatal(err)
	}
	return o
}

// with is the crew that has the order, "" for nobody.
func (w *world) with(no core.OrderNo) string {
	w.Helper()
	if o := w.order(no); o.Assignment != nil {
		return o.Assignment.CrewID
	}
	return ""
}

// happened counts events of a kind on the order's timeline.
func (w *world) happened(no core.OrderNo, kind core.EventKind) int {
	w.Helper()
	events, err := w.store.Events(w.Context(), no)
	if err != nil {
		w.Fatal(err)
	}
	n := 0
	for _, ev := range events {
		if ev.Kind == kind {
			n++
		}
	}
	return n
}

// load is what a crew has on a civil day, as "minutes/orders/urgent".
func (w *world) load(day, crew string) string {
	w.Helper()
	days, err := w.store.CrewDays(w.Context(), day)
	if err != nil {
		w.Fatal(err)
	}
	for _, d := range days {
		if d.CrewID == crew {
			return fmt.Sprintf("%d/%d/%d", d.Minutes, d.Orders, d.UrgentOrders)
		}
	}
	return "0/0/0"
}

// decide takes one step in an order's life, as somebody else would.
func (w *world) decide(no core.OrderNo, do func(core.WorkOrder, life.Step) (core.Unit, error)) {
	w.Helper()
	_, err := core.Decide(context.Background(), w.store, no, func(o core.WorkOrder) (core.Unit, error) {
		return do(o, life.Step{Now: w.clock.Now(), Actor: life.Hub("test"), By: "test", Remark: "because"})
	})
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) complete(no core.OrderNo) {
	w.Helper()
	w.decide(no, func(o core.WorkOrder, st life.Step) (core.Unit, error) {
		return w.rules.Complete(o, o.Assignment.CrewID, core.Completion{Outcome: core.Done}, st)
	})
}

// dispatcher is the person who gives work by hand.
func dispatcher(remark string) life.By {
	return life.By{Remark: remark, Actor: life.Hub("dispatcher")}
}

func at(p core.Point) *core.Point { return &p }
