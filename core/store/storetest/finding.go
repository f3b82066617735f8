package storetest

import (
	"slices"
	"strings"
	"time"

	"tundish/core"
)

func find(w *world) {
	o := w.order()
	o.Customer.Account, o.Meter.Serial = "acc"+string(w.system), "ser"+string(w.system)
	o = w.stored(o)
	w.stored(w.order())
	for _, number := range []string{string(o.No), o.Ref.External, o.Customer.Account, o.Meter.Serial} {
		got, err := w.Orders(w.ctx, core.OrderQuery{Find: number})
		w.ok(err)
		if len(got) != 1 || got[0].No != o.No {
			w.Errorf("%q finds %d orders", number, len(got))
		}
	}
	next := o.Clone()
	next.Meter.Serial = "new" + string(w.system)
	w.apply(w.changed(o, next, core.EventAmended))
	for number, want := range map[string]int{o.Meter.Serial: 0, next.Meter.Serial: 1, "ac" + string(w.system): 0} {
		got, err := w.Orders(w.ctx, core.OrderQuery{Find: number})
		w.ok(err)
		if len(got) != want {
			w.Errorf("%q finds %d orders, want %d", number, len(got), want)
		}
	}
}

func pages(w *world) {
	var want []core.OrderNo
	var units []core.Unit
	for range 25 {
		o := w.order()
		units = append(units, w.created(o, ""))
		want = append(want, o.No)
	}
	w.apply(units...)
	slices.Sort(want)
	for name, q := range map[string]core.OrderQuery{
		"by system":        {System: w.system, Limit: 10},
		"by open phase":    {System: w.system, Phases: []core.Phase{core.Dispatching}, Limit: 10},
		"by phases":        {System: w.system, Phases: []core.Phase{core.Dispatching, core.Received}, Limit: 10},
		"by ended phases":  {System: w.system, Phases: []core.Phase{core.Dispatching, core.Closed}, Limit: 10},
		"without a point":  {System: w.system, WithoutPoint: true, Limit: 10},
		"by type in pages": {System: w.system, Type: "burst", Limit: 7},
	} {
		var got []core.OrderNo
		for {
			page, err := w.Orders(w.ctx, q)
			w.ok(err)
			if len(page) == 0 {
				break
			}
			if len(page) > q.Limit {
				w.Fatalf("%s: page of %d, limit %d", name, len(page), q.Limit)
			}
			for _, o := range page {
				got = append(got, o.No)
			}
			q.After = page[len(page)-1].No
		}
		if !slices.Equal(got, want) {
			w.Errorf("%s: pages give %v, want %v", name, got, want)
		}
	}
}

func filters(w *world) {
	crew := "c" + string(w.system)
	a := w.order() // waits, no point
	b := w.order() // with a crew
	b.Phase, b.Place.Point = core.Field, &core.Point{Lat: 31, Lon: 121}
	b.Assignment = &core.Assignment{CrewID: crew, Day: "2026-05-11", State: core.FieldAssigned}
	c := w.order() // closed, once of that crew
	c.Phase, c.Type, c.Assignment = core.Closed, "leak", b.Assignment
	w.apply(w.created(a, ""), w.created(b, ""), w.created(c, ""))
	for _, x := range []struct {
		name string
		q    core.OrderQuery
		want []core.OrderNo
	}{
		{"crew", core.OrderQuery{Crew: crew}, []core.OrderNo{b.No, c.No}},
		{"crew and phase", core.OrderQuery{Crew: crew, Phases: []core.Phase{core.Field}}, []core.OrderNo{b.No}},
		{"phase", core.OrderQuery{System: w.system, Phases: []core.Phase{core.Dispatching}}, []core.OrderNo{a.No}},
		{"ended phase", core.OrderQuery{System: w.system, Phases: []core.Phase{core.Closed, core.Returned}}, []core.OrderNo{c.No}},
		{"mixed phases", core.OrderQuery{System: w.system, Phases: []core.Phase{core.Closed, core.Field}}, []core.OrderNo{b.No, c.No}},
		{"without point", core.OrderQuery{System: w.system, WithoutPoint: true}, []core.OrderNo{a.No, c.No}},
		{"open without point", core.OrderQuery{System: w.system, WithoutPoint: true, Phases: []core.Phase{core.Dispatching, core.Field}}, []core.OrderNo{a.No}},
		{"type", core.OrderQuery{System: w.system, Type: "leak"}, []core.OrderNo{c.No}},
		{"other system", core.OrderQuery{System: w.system + "x"}, nil},
		{"number of another crew", core.OrderQuery{Find: string(a.No), Crew: crew}, nil},
	} {
		got, err := w.Orders(w.ctx, x.q)
		w.ok(err)
		var nos []core.OrderNo
		for _, o := range got {
			nos = append(nos, o.No)
		}
		slices.Sort(x.want)
		if !slices.Equal(nos, x.want) {
			w.Errorf("%s: %v, want %v", x.name, nos, x.want)
		}
	}
	// What is true of an order follows its changes.
	b = w.must(b.No)
	next := b.Clone()
	next.Phase, next.Assignment, next.Place.Point = core.Cancelled, nil, nil
	w.apply(w.changed(b, next, core.EventCancelled))
	got, err := w.Orders(w.ctx, core.OrderQuery{Crew: crew})
	w.ok(err)
	if len(got) != 1 {
		w.Errorf("the crew still has %d orders, want the closed one", len(got))
	}
}

func byRefs(w *world) {
	var units []core.Unit
	var refs []core.Ref
	for range 700 { // more than one statement of a SQL Server can name
		o := w.order()
		units = append(units, w.created(o, "h"))
		refs = append(refs, o.Ref)
	}
	w.apply(units...)
	ask := append(slices.Clone(refs), core.Ref{System: w.system, External: "missing"}, core.Ref{System: w.system + "x", External: refs[0].External}, refs[0])
	got, err := w.OrdersByRef(w.ctx, ask)
	w.ok(err)
	if len(got) != len(refs) {
		w.Fatalf("%d found, want %d", len(got), len(refs))
	}
	for _, ref := range refs {
		if k := got[ref]; k.Order.Ref != ref || len(k.Hashes) != 1 {
			w.Fatalf("%s finds %s with %d hashes", ref, k.Order.Ref, len(k.Hashes))
		}
	}
	none, err := w.OrdersByRef(w.ctx, nil)
	if err != nil || len(none) != 0 {
		w.Fatalf("no references: %v, %v", none, err)
	}
}

func alarms(w *world) {
	before, err := w.Alarms(w.ctx, 1000)
	w.ok(err)
	var nos []core.OrderNo
	for i, in := range []int{30, 10, 0, 20, 10} { // minutes; 0: none
		o := w.order()
		if in > 0 {
			o.AlarmAt = at(in)
		}
		o.Place.Depot = []string{"", " D1 ", strings.Repeat("站", 150), "D2", "D3"}[i] // as sources write
		nos = append(nos, w.stored(o).No)
	}
	mine := func() (got []core.OrderNo) {
		all, err := w.Alarms(w.ctx, len(before)+10)
		w.ok(err)
		for i, a := range all {
			if i > 0 && a.At.Before(all[i-1].At) {
				w.Errorf("alarm %d comes before %d", i, i-1)
			}
			if slices.Contains(nos, a.Order) {
				got = append(got, a.Order)
			}
		}
		return got
	}
	if got, want := mine(), []core.OrderNo{nos[1], nos[4], nos[3], nos[0]}; !slices.Equal(got, want) {
		w.Errorf("alarms %v, want %v", got, want)
	}
	if got, err := w.Alarms(w.ctx, 1); err != nil || len(got) != 1 {
		w.Errorf("one alarm: %v, %v", got, err)
	}
	next := w.must(nos[1])
	next.AlarmAt = time.Time{}
	w.apply(w.changed(w.must(nos[1]), next, core.EventNote))
	if got, want := mine(), []core.OrderNo{nos[4], nos[3], nos[0]}; !slices.Equal(got, want) {
		w.Errorf("after one was told: %v, want %v", got, want)
	}
}
