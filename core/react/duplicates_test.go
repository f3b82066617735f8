package react_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"go.uber.org/zap"

	"tundish/core"
	"tundish/core/life"
	"tundish/core/react"
)

// report takes in an order at a place, so many minutes after nine.
func (h *house) report(kind, category string, lat, lon float64, minutes int) core.WorkOrder {
	h.Helper()
	serial++
	no := core.FormatNumber("D", nine, int64(serial))
	o := core.WorkOrder{No: no, Ref: core.Ref{System: "hotline", External: string(no)}, Type: kind, Urgency: core.Normal, Place: core.Place{Address: "x", Point: &core.Point{Lat: lat, Lon: lon}}, Report: core.Report{Category: category}}
	u, err := h.rules.Receive(o, core.Hash(no), life.Step{Now: nine.Add(time.Duration(minutes) * time.Minute), Actor: life.Source("hotline")})
	if err != nil {
		h.Fatal(err)
	}
	if err := h.store.Commit(h.Context(), u)[0].Error(); err != nil {
		h.Fatal(err)
	}
	return u.Orders[0].Order
}

func (h *house) index() *react.Duplicates {
	h.Helper()
	d, err := react.NewDuplicates(h.store, zap.NewNop())
	if err != nil {
		h.Fatal(err)
	}
	if err := d.Fill(h.Context()); err != nil {
		h.Fatal(err)
	}
	return d
}

func (h *house) suggested(d *react.Duplicates, o core.WorkOrder, n react.Near) (nos []core.OrderNo) {
	h.Helper()
	list, err := d.Of(h.Context(), &o, n)
	if err != nil {
		h.Fatal(err)
	}
	for _, s := range list {
		nos = append(nos, s.Order)
	}
	return nos
}

func TestDuplicatesAreNearInPlaceTimeAndKind(t *testing.T) {
	h := open(t)
	o := h.report("leak", "leak", 31.2, 121.4, 0)
	near := h.report("leak", "leak", 31.2005, 121.4, 30)  // 56 m
	other := h.report("leak", "noise", 31.2001, 121.4, 5) // 11 m, another category
	over := h.report("burst", "leak", 31.2, 121.4004, 10) // 38 m, another type of the same category
	h.report("leak", "leak", 31.203, 121.4, 0)            // 334 m
	h.report("leak", "leak", 31.2, 121.4, 25*60)          // a day later
	h.report("enquiry", "leak", 31.2, 121.4, 1)           // no visit settles it
	ended := h.report("leak", "leak", 31.2, 121.4, 2)
	d := h.index()
	cancelled := h.do(ended.No, func(o core.WorkOrder, s life.Step) (core.Unit, error) { return h.rules.Cancel(o, s) })
	if got, want := h.suggested(d, o, react.Near{}), []core.OrderNo{over.No, near.No, other.No}; !slices.Equal(got, want) {
		t.Errorf("suggested %v, want %v", got, want)
	}
	d.Changed([]*core.Unit{{Orders: []core.OrderChange{{Order: cancelled}}}})
	if got := h.suggested(d, o, react.Near{Metres: 40}); !slices.Equal(got, []core.OrderNo{over.No, other.No}) {
		t.Errorf("within 40 m: %v", got)
	}
	if got := h.suggested(d, o, react.Near{Within: 6 * time.Minute}); !slices.Equal(got, []core.OrderNo{other.No}) {
		t.Errorf("within 6 minutes: %v", got)
	}
	nowhere := o
	nowhere.Place.PointSource = core.PointFromCentroid
	if got := h.suggested(d, nowhere, react.Near{}); len(got) != 0 {
		t.Errorf("an order whose place nobody knows has %v", got)
	}
}

// TestTheIndexFindsWhatLookingAtEveryOrderFinds holds the squares against plain arithmetic.
func TestTheIndexFindsWhatLookingAtEveryOrderFinds(t *testing.T) {
	h := open(t)
	r := rand.New(rand.NewPCG(1, 2))
	var all []core.WorkOrder
	for range 300 {
		all = append(all, h.report("leak", "", 31.19+r.Float64()*0.03, 121.39+r.Float64()*0.03, r.IntN(60)))
	}
	d := h.index()
	for _, o := range all[:50] {
		for _, m := range []float64{100, 900, 2500} {
			got := h.suggested(d, o, react.Near{Metres: m})
			if len(got) == 50 { // there are more than are suggested
				continue
			}
			var want []core.OrderNo
			for _, x := range all {
				// A Mercator-free check: metres along the meridian and the parallel.
				dy, dx := (x.Place.Point.Lat-o.Place.Point.Lat)*111195, (x.Place.Point.Lon-o.Place.Point.Lon)*95113
				if x.No != o.No && dx*dx+dy*dy < m*m*0.98 {
					want = append(want, x.No)
				}
			}
			for _, no := range want {
				if !slices.Contains(got, no) {
					t.Fatalf("%s within %.0f m: %s is missing of %s", o.No, m, no, fmt.Sprint(want))
				}
			}
		}
	}
}
