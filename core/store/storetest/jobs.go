package storetest

import (
	"fmt"
	"sync"
	"time"

	"tundish/core"
)

func lease(w *world) {
	name := "l" + string(w.system)
	a, ok, err := w.Acquire(w.ctx, name, "a", time.Minute)
	if err != nil || !ok || a.Token != 1 || a.Name != name || a.Holder != "a" {
		w.Fatal(a, ok, err)
	}
	if again, ok, err := w.Acquire(w.ctx, name, "a", time.Minute); err != nil || !ok || again.Token != a.Token {
		w.Fatalf("its holder asks again: %+v, %v, %v; want the same token", again, ok, err)
	}
	if _, ok, err := w.Acquire(w.ctx, name, "b", time.Minute); err != nil || ok {
		w.Fatalf("somebody else got it: %v, %v", ok, err)
	}
	w.ok(w.Renew(w.ctx, a, time.Minute))
	w.ok(w.Release(w.ctx, a))
	w.kind(w.Renew(w.ctx, a, time.Minute), core.Conflict)
	b, ok, err := w.Acquire(w.ctx, name, "b", time.Minute)
	if err != nil || !ok || b.Token <= a.Token {
		w.Fatal(b, ok, err)
	}
	w.ok(w.Release(w.ctx, a)) // lost long ago: leaves b's alone
	if _, ok, err := w.Acquire(w.ctx, name, "c", time.Minute); err != nil || ok {
		w.Fatalf("a release by a former holder freed the lease: %v, %v", ok, err)
	}
	// Many ask for a free one; one gets it.
	var mu sync.Mutex
	var wg sync.WaitGroup
	holders := 0
	for i := range 16 {
		wg.Go(func() {
			_, ok, err := w.Acquire(w.ctx, name+"x", fmt.Sprint(i), time.Minute)
			if err != nil {
				w.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			if ok {
				holders++
			}
		})
	}
	wg.Wait()
	if holders != 1 {
		w.Fatalf("%d holders at once", holders)
	}
}

func leaseRunsOut(w *world) {
	name := "l" + string(w.system)
	a, ok, err := w.Acquire(w.ctx, name, "a", 50*time.Millisecond)
	if err != nil || !ok {
		w.Fatal(ok, err)
	}
	var b core.Lease
	w.eventually("the lease runs out", func() (ok bool) {
		b, ok, err = w.Acquire(w.ctx, name, "b", time.Minute)
		w.ok(err)
		return ok
	})
	if b.Token <= a.Token {
		w.Fatalf("token %d after %d", b.Token, a.Token)
	}
	w.kind(w.Renew(w.ctx, a, time.Minute), core.Conflict)
}

func fence(w *world) {
	name := "l" + string(w.system)
	a, _, err := w.Acquire(w.ctx, name, "a", time.Millisecond)
	w.ok(err)
	fenced := func(l core.Lease) core.Unit {
		u := w.created(w.order(), "")
		u.Fence = l.Fence()
		return u
	}
	// It has run out, but nobody took it: the work of its holder still counts.
	w.eventually("the lease has run out", func() bool {
		w.apply(fenced(a))
		b, ok, err := w.Acquire(w.ctx, name, "b", time.Minute)
		w.ok(err)
		if ok {
			w.apply(fenced(b))
		}
		return ok
	})
	late := fenced(a)
	out := w.one(core.Stale, late)
	if out.Order != -1 {
		w.Fatalf("a lost fence names order %d", out.Order)
	}
	_, err = w.Order(w.ctx, late.Orders[0].Order.No)
	w.kind(err, core.NotFound)
	b, _, err := w.Acquire(w.ctx, name, "b", time.Minute)
	w.ok(err)
	w.ok(w.Release(w.ctx, b))
	w.one(core.Stale, fenced(b))
}

func numbers(w *world) {
	stores := []core.Store{w.Store, w.open(w.T)}
	var mu sync.Mutex
	var wg sync.WaitGroup
	taken := map[int64]bool{}
	for i := range 8 {
		wg.Go(func() {
			for j := range 15 {
				n := 1 + (i+j)%7
				first, err := stores[i%2].ReserveNumbers(w.ctx, n)
				if err != nil {
					w.Error(err)
					return
				}
				mu.Lock()
				for k := range int64(n) {
					if taken[first+k] || first < 1 {
						w.Errorf("number %d was handed out twice", first+k)
					}
					taken[first+k] = true
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	_, err := w.ReserveNumbers(w.ctx, 0)
	w.kind(err, core.Invalid)
}

func jobs(w *world) {
	job := "j" + string(w.system)
	st, err := w.JobState(w.ctx, job)
	if err != nil || st != (core.JobState{Job: job}) {
		w.Fatalf("a job that never ran: %+v, %v", st, err)
	}
	var want []core.JobRun
	for i := range 3 {
		r := core.JobRun{ID: "r" + serial(), Job: job, Trigger: "manual", From: at(i), To: at(i + 1), Page: 2, Confirmed: 1, SourceTime: at(i + 1), State: core.RunRunning, StartedAt: at(i),
			Counts: core.Counts{Fetched: 9, Created: 1, Amended: 2, Known: 2, Refused: 3, Changed: 1}, Total: 12, OnlyMissing: i == 1}
		if i > 0 {
			r.Slot = at(i)
		}
		w.apply(core.Unit{Run: &r, Job: &core.JobState{Job: job, LastSlot: at(i), Watermark: at(i + 1)}})
		r.State, r.FinishedAt, r.Err, r.Page, r.Confirmed = core.RunFailed, at(i+30), "对方超时", 3, 2
		r.Total, r.Changed, r.Vanished = 13, 2, 4
		w.apply(core.Unit{Run: &r})
		want = append([]core.JobRun{r}, want...)
	}
	got, err := w.Runs(w.ctx, job, 2)
	w.ok(err)
	if len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		w.Fatalf("runs\n got %+v\nwant %+v", got, want[:2])
	}
	st, err = w.JobState(w.ctx, job)
	if err != nil || st != (core.JobState{Job: job, LastSlot: at(2), Watermark: at(3)}) {
		w.Fatalf("state %+v, %v", st, err)
	}
	all, err := w.Runs(w.ctx, "", 1)
	if err != nil || len(all) != 1 || all[0].ID != want[0].ID {
		w.Fatalf("newest of all jobs: %+v, %v", all, err)
	}
}

func refused(w *world) {
	run := "r" + serial()
	var items []core.RefusedItem
	for i := range 3 {
		items = append(items, core.RefusedItem{Run: run, Ref: core.Ref{System: w.system, External: fmt.Sprint("x", i), Period: "2026"}, Code: "bad_date", Reason: "0001-01-01 不是日期",
			Raw: []byte("<行>\x00"), At: at(i)})
	}
	w.apply(core.Unit{Run: &core.JobRun{ID: run, Job: "j" + string(w.system), State: core.RunDone}, Refused: items})
	got, err := w.RefusedItems(w.ctx, run, 10)
	w.ok(err)
	if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", items) {
		w.Fatalf("items\n got %+v\nwant %+v", got, items)
	}
	got, err = w.RefusedItems(w.ctx, run, 2)
	if err != nil || len(got) != 2 {
		w.Fatalf("%d items, %v; want 2", len(got), err)
	}
}

// jobRows: what a job's source listed is remembered, found when it is listed no more, and
// forgotten by what ends or begins.
func jobRows(w *world) {
	job := "j" + string(w.system)
	first, second := at(100), at(200)
	var orders []core.WorkOrder
	u := core.Unit{}
	for i := range 6 {
		o := w.order()
		ch := w.created(o, "").Orders[0]
		orders = append(orders, ch.Order)
		u.Orders = append(u.Orders, ch)
		u.Rows = append(u.Rows, core.JobRow{Job: job, Ref: ch.Order.Ref, No: ch.Order.No, SourceAt: at(i), New: true, Seen: first})
	}
	u.Rows[5].SourceAt = time.Time{} // its source told none
	w.apply(u)
	unseen := func(want ...int) []core.JobRow {
		got, err := w.UnseenRows(w.ctx, job, at(0), at(5), second, 10)
		w.ok(err)
		if len(got) != len(want) {
			w.Fatalf("unseen %+v, want %v", got, want)
		}
		for i, k := range want {
			if got[i].No != orders[k].No || got[i].Ref.External != orders[k].Ref.External || got[i].Job != job {
				w.Fatalf("unseen %+v, want order %d", got[i], k)
			}
		}
		return got
	}
	if got := unseen(0, 1, 2, 3, 4); !got[1].SourceAt.Equal(at(1)) || !got[1].Seen.Equal(first) || got[1].Vanished != "" {
		w.Fatalf("a row reads %+v", got[1])
	}
	row := func(k int, sourceAt, was time.Time, seen time.Time, vanished string) core.JobRow {
		return core.JobRow{Job: job, Ref: orders[k].Ref, No: orders[k].No, SourceAt: sourceAt, Was: was, Seen: seen, Vanished: vanished}
	}
	// 0 is listed again, 1 at another time outside of the window; the last word of a unit counts.
	w.apply(core.Unit{Rows: []core.JobRow{row(0, at(0), at(0), first, ""), row(0, at(0), at(0), second, ""), row(1, at(9), at(1), second, "")}})
	unseen(2, 3, 4)
	if got, err := w.UnseenRows(w.ctx, job, at(0), at(5), second, 2); err != nil || len(got) != 2 {
		w.Fatalf("%d rows, %v; want 2", len(got), err)
	}
	if got, err := w.UnseenRows(w.ctx, job, at(9), at(10), at(300), 2); err != nil || len(got) != 1 || got[0].No != orders[1].No {
		w.Fatalf("the row that moved: %+v, %v", got, err)
	}
	// 2 has ended, 3 has begun: nobody asks for them.
	for k, phase := range map[int]core.Phase{2: core.Cancelled, 3: core.Field} {
		next := orders[k].Clone()
		next.Phase = phase
		ch, err := core.NewChange(&orders[k], next, core.Event{At: at(150), Kind: core.EventNote, By: "test"})
		w.ok(err)
		w.apply(core.Unit{Orders: []core.OrderChange{ch}})
	}
	unseen(4)
	w.apply(core.Unit{Rows: []core.JobRow{row(4, at(4), time.Time{}, second, "run-2")}})
	unseen()
	gone, err := w.VanishedRows(w.ctx, job, 10)
	w.ok(err)
	if len(gone) != 1 || gone[0].No != orders[4].No || gone[0].Vanished != "run-2" {
		w.Fatalf("vanished %+v", gone)
	}
	w.apply(core.Unit{Rows: []core.JobRow{row(4, at(4), at(4), at(300), "")}}) // it is back
	if gone, err = w.VanishedRows(w.ctx, job, 10); err != nil || len(gone) != 0 {
		w.Fatalf("vanished %+v, %v", gone, err)
	}
	if gone, err = w.UnseenRows(w.ctx, "another"+job, at(0), at(5), second, 10); err != nil || len(gone) != 0 {
		w.Fatalf("of another job %+v, %v", gone, err)
	}
	// What is long past is forgotten, of this job alone.
	other := core.JobRow{Job: "another" + job, Ref: orders[0].Ref, No: orders[0].No, SourceAt: at(0), Seen: first}
	w.apply(core.Unit{Rows: []core.JobRow{other, row(4, at(4), at(4), first, "")}})
	w.apply(core.Unit{Job: &core.JobState{Job: job, ForgetBefore: at(4)}})
	if got, err := w.UnseenRows(w.ctx, job, at(0), at(20), at(400), 10); err != nil || len(got) != 2 || got[0].No != orders[4].No || got[1].No != orders[1].No {
		w.Fatalf("after the past was forgotten: %+v, %v", got, err)
	}
	if got, err := w.UnseenRows(w.ctx, other.Job, at(0), at(5), second, 10); err != nil || len(got) != 1 {
		w.Fatalf("of another job %+v, %v", got, err)
	}
}
