package storetest

import (
	"slices"
	"strings"
	"time"

	"tundish/core"
)

// page is a unit of new orders with the checkpoint behind them, as a pull makes it.
func (w *world) page(n int, run core.JobRun, fence *core.Fence) core.Unit {
	w.Helper()
	u := core.Unit{Fence: fence, Run: &run, Job: &core.JobState{Job: run.Job, Watermark: at(run.Page)}}
	for range n {
		u.Orders = append(u.Orders, w.created(w.full(), core.Hash(strings.Repeat("c", 64))).Orders...)
	}
	return u
}

func pulledPage(w *world) {
	job := "pull-" + string(w.system)
	l, ok, err := w.Acquire(w.ctx, job, "hub", time.Minute)
	if err != nil || !ok {
		w.Fatal(ok, err)
	}
	run := core.JobRun{ID: "r" + serial(), Job: job, Trigger: "schedule", Slot: at(0), From: at(1), To: at(2), State: core.RunRunning, StartedAt: at(3)}
	for p := range 2 {
		run.Page, run.Fetched = p+1, 500*(p+1)
		run.Created = run.Fetched
		w.apply(w.page(500, run, l.Fence()))
	}
	runs, err := w.Runs(w.ctx, job, 10)
	w.ok(err)
	if len(runs) != 1 || runs[0].Page != 2 || runs[0].Fetched != 1000 || !runs[0].Slot.Equal(at(0)) || !runs[0].StartedAt.Equal(at(3)) {
		w.Fatalf("runs %+v", runs)
	}
	n, after := 0, core.OrderNo("")
	for {
		page, err := w.Orders(w.ctx, core.OrderQuery{System: w.system, After: after, Limit: 1000})
		w.ok(err)
		if len(page) == 0 {
			break
		}
		n, after = n+len(page), page[len(page)-1].No
	}
	if n != 1000 {
		w.Fatalf("%d orders stored, want 1000", n)
	}
	events, err := w.Events(w.ctx, after)
	if err != nil || len(events) != 1 {
		w.Fatalf("the last order has %d events: %v", len(events), err)
	}
}

// pageAgain stores a page of which one order came another way in the meantime: the
// unit is known as a whole, names the order, and goes through without it.
func pageAgain(w *world) {
	run := core.JobRun{ID: "r" + serial(), Job: "pull-" + string(w.system), State: core.RunRunning, StartedAt: at(0), Page: 1}
	u := w.page(300, run, nil)
	twin := w.order()
	twin.Ref = u.Orders[123].Order.Ref
	twin = w.stored(twin)
	out := w.one(core.Known, u)
	if out.Order != 123 {
		w.Fatalf("known is order %d, want 123", out.Order)
	}
	runs, err := w.Runs(w.ctx, run.Job, 1)
	w.ok(err)
	all, err := w.Orders(w.ctx, core.OrderQuery{System: w.system, Limit: 1000})
	w.ok(err)
	if len(runs) != 0 || len(all) != 1 {
		w.Fatalf("%d runs and %d orders were written", len(runs), len(all))
	}
	u.Orders = slices.Delete(u.Orders, 123, 124)
	w.apply(u)
	w.same(w.must(twin.No), twin)
}
