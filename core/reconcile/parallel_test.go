package reconcile_test

import (
	"testing"
	"time"

	"tundish/core"
	"tundish/core/reconcile"
)

func TestTwoSystemsAreComparedByReferenceAndField(t *testing.T) {
	at := time.Date(2026, 5, 11, 0, 5, 0, 0, time.UTC)
	order := func(system core.SystemID, ref string, change func(*core.WorkOrder)) *core.WorkOrder {
		o := &core.WorkOrder{No: core.OrderNo("W" + string(system) + ref), Ref: core.Ref{System: system, External: ref}, Type: "leak", Urgency: core.Urgent, SourceAt: at,
			Customer: core.Customer{Name: "王芳", Phone: "13801234567"}, Place: core.Place{Address: "柳园路1号", Point: &core.Point{Lat: 31.2, Lon: 121.4}}, Extra: map[string]string{"old": "7"}}
		if change != nil {
			change(o)
		}
		return o
	}
	p := reconcile.NewParallel([]string{"extra", "customer.name"})
	p.Pair(order("a", "R1", nil), order("b", "R1", func(o *core.WorkOrder) {
		o.Version, o.Phase, o.ReceivedAt, o.Assignment = 7, core.Field, at, &core.Assignment{CrewID: "M01"} // its own affair
		o.SourceAt = at.In(time.FixedZone("", 8*3600))
	}))
	p.Pair(order("a", "R3", nil), order("b", "R3", func(o *core.WorkOrder) {
		o.Customer.Phone, o.Place.Point, o.Urgency = "", &core.Point{Lat: 31.2, Lon: 121.5}, core.Normal
		o.Customer.Name, o.Extra = "王方", map[string]string{"old": "8"} // ignored
	}))
	p.Pair(order("a", "R2", nil), nil)
	p.Pair(nil, order("b", "R4", nil))
	p.Pair(nil, nil)
	tally, diff := p.Result()
	if tally != (reconcile.ParallelTally{Left: 3, Right: 3, Same: 1, Differ: 1, OnlyOne: 2}) || tally.Agree() {
		t.Errorf("%+v", tally)
	}
	want := []reconcile.ParallelDifference{
		{Ref: "R2", Field: "order", Left: "WaR2"},
		{Ref: "R3", Field: "customer.phone", Left: "13801234567"},
		{Ref: "R3", Field: "place.point.lon", Left: "121.4", Right: "121.5"},
		{Ref: "R3", Field: "urgency", Left: "urgent", Right: "normal"},
		{Ref: "R4", Field: "order", Right: "WbR4"},
	}
	if len(diff) != len(want) {
		t.Fatalf("%+v", diff)
	}
	for i := range want {
		if diff[i] != want[i] {
			t.Errorf("%+v, want %+v", diff[i], want[i])
		}
	}
}
