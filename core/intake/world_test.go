package intake_test

import (
	"path/filepath"
	"testing"
	"time"

	"tundish/core"
	"tundish/core/intake"
	"tundish/core/life"
	"tundish/core/store/sqlite"
)

var morning = time.Date(2026, 5, 11, 1, 0, 0, 0, time.UTC)

// hand is a clock that a test moves.
type hand struct{ at time.Time }

func (h *hand) Now() time.Time                       { return h.at }
func (h *hand) After(time.Duration) <-chan time.Time { return nil }

func rules() *life.Rules {
	return &life.Rules{
		Types: core.OrderTypes{
			"leak":         {Code: "leak", Family: core.Repair, Minutes: 60, Acceptance: true},
			"replacement":  {Code: "replacement", Family: core.Replacement, Minutes: 25},
			"removal":      {Code: "removal", Family: core.Removal, Minutes: 25},
			"recheck":      {Code: "recheck", Family: core.Recheck, Minutes: 15},
			"installation": {Code: "installation", Family: core.Installation, Minutes: 45},
			"maintenance":  {Code: "maintenance", Family: core.Service, Minutes: 45},
			"enquiry":      {Code: "enquiry", Family: core.Desk},
		},
		Systems: map[core.SystemID]life.System{"hotline": {Extensions: true}, "website": {}}, NumberPrefix: "W", Zone: time.FixedZone("CST", 8*3600),
	}
}

// desk is where orders are taken in.
type desk struct {
	*intake.Service
	t     *testing.T
	store *sqlite.Store
	clock *hand
	rules *life.Rules
}

func open(t *testing.T) *desk {
	t.Helper()
	st, err := sqlite.Open(filepath.Join(t.TempDir(), "hub.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	if err := st.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	d := &desk{t: t, store: st, clock: &hand{morning}, rules: rules()}
	if d.Service, err = intake.New(st, intake.Options{Clock: d.clock, Rules: func() *life.Rules { return d.rules }}); err != nil {
		t.Fatal(err)
	}
	return d
}

// leak is a report as the hotline sends it.
func leak(external, content string) intake.Submission {
	return intake.Submission{
		Order: core.WorkOrder{
			Ref: core.Ref{System: "hotline", External: external}, Type: "leak", Urgency: core.Normal,
			Customer: core.Customer{Phone: "5551234"}, Place: core.Place{Address: "梧桐路 1 号"}, Report: core.Report{Content: content},
		},
		Hash:    core.Hash("hash of " + content),
		Message: message(),
	}
}

func message() core.LoggedMessage {
	return core.LoggedMessage{ID: core.NewID(morning), System: "hotline", Direction: core.Inbound, Operation: "SubmitOrder", At: morning, Request: []byte("<Order/>")}
}

func (d *desk) submit(s intake.Submission) intake.Receipt {
	d.t.Helper()
	r, err := d.Submit(d.t.Context(), s)
	if err != nil {
		d.t.Fatal(err)
	}
	return r
}

func (d *desk) order(no core.OrderNo) core.WorkOrder {
	d.t.Helper()
	o, err := d.store.Order(d.t.Context(), no)
	if err != nil {
		d.t.Fatal(err)
	}
	return o
}

func (d *desk) orders() []core.WorkOrder {
	d.t.Helper()
	list, err := d.store.Orders(d.t.Context(), core.OrderQuery{Limit: 1000})
	if err != nil {
		d.t.Fatal(err)
	}
	return list
}

func (d *desk) messages(no core.OrderNo) []core.LoggedMessage {
	d.t.Helper()
	list, err := d.store.Messages(d.t.Context(), core.MessageQuery{Order: no})
	if err != nil {
		d.t.Fatal(err)
	}
	return list
}

// move puts an order with a crew, as dispatching would.
func (d *desk) move(no core.OrderNo) {
	d.t.Helper()
	step := life.Step{Now: d.clock.at, Actor: life.Hub("test"), By: "test"}
	for _, decide := range []func(core.WorkOrder) (core.Unit, error){
		func(o core.WorkOrder) (core.Unit, error) { return d.rules.Accept(o, step) },
		func(o core.WorkOrder) (core.Unit, error) {
			return d.rules.Assign(o, core.Assignment{CrewID: "R1", Day: "2026-05-11"}, core.CrewDay{}, step)
		},
	} {
		if _, err := core.Decide(d.t.Context(), d.store, no, decide); err != nil {
			d.t.Fatal(err)
		}
	}
}
