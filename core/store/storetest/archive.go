package storetest

import (
	"fmt"
	"sync"
	"time"

	"tundish/core"
)

// longAgo is before every other test's orders, so that only those of the tests here
// are old enough to be archived.
func longAgo(minutes int) time.Time {
	return time.Date(2001, 2, 3, 4, minutes, 5, 678e6, time.UTC)
}

var cutoff = time.Date(2002, 1, 1, 0, 0, 0, 0, time.UTC)

func (w *world) archiver() core.ArchiveStore {
	w.Helper()
	a, ok := w.Store.(core.ArchiveStore)
	if !ok {
		w.Fatalf("%T does not archive", w.Store)
	}
	return a
}

// archive moves all that is old enough, in batches of so many.
func (w *world) archive(batch int) (sum core.Archived) {
	w.Helper()
	for !sum.Done {
		got, err := w.archiver().Archive(w.ctx, core.ArchiveBatch{Before: cutoff, After: sum.Next, Orders: batch, Messages: true})
		w.ok(err)
		sum.Add(got)
	}
	return sum
}

func (w *world) change(old *core.WorkOrder, next core.WorkOrder, minute int, kind core.EventKind, outbox ...core.OutboxMessage) core.Unit {
	w.Helper()
	ch, err := core.NewChange(old, next, core.Event{At: longAgo(minute), Kind: kind, By: "tester"}, outbox...)
	if err != nil {
		w.Fatal(err)
	}
	return core.Unit{Orders: []core.OrderChange{ch}}
}

// endedLongAgo is an order with a life: changed, written back at the second try, closed,
// its messages logged.
func (w *world) endedLongAgo() core.WorkOrder {
	w.Helper()
	o := w.order()
	o.Customer.Account, o.Meter.Serial = "a"+string(o.No), "s"+string(o.No)
	u := w.change(nil, o, 1, core.EventReceived)
	u.Orders[0].Hash = core.Hash("first" + string(o.No))
	u.Messages = []core.LoggedMessage{{ID: "in" + string(o.No), System: w.system, Direction: core.Inbound, Operation: "SubmitOrder", External: o.Ref.External, Order: o.No, Bundle: "0123456789abcdef",
		At: longAgo(1), Result: "ok", Request: []byte("<a/>"), Response: []byte("<b/>")}}
	w.apply(u)
	o = w.must(o.No)
	next := o.Clone()
	next.Report.Content = "路面冒水"
	u = w.change(&o, next, 2, core.EventAmended)
	u.Orders[0].Hash = core.Hash("second" + string(o.No))
	w.apply(u)
	o = w.must(o.No)
	next = o.Clone()
	next.Phase, next.ClosedAt = core.Closed, longAgo(3)
	w.apply(w.change(&o, next, 3, core.EventClosed, note(w.system)))
	l := w.mustClaim(time.Minute)
	w.apply(delivered(l, 0, core.MessageDue, 0, true))
	l = w.mustClaim(time.Minute)
	u = delivered(l, 0, core.MessageDelivered, 0, true)
	u.Messages = []core.LoggedMessage{{ID: l.Messages[0].ID, System: w.system, Direction: core.Outbound, Operation: "CloseOrder", External: o.Ref.External, Order: o.No, At: longAgo(4), Result: "ok"}}
	w.apply(u)
	return w.must(o.No)
}

// everything is all that can be read of an order, as text.
func (w *world) everything(o core.WorkOrder) string {
	w.Helper()
	var all []any
	add := func(v any, err error) {
		w.Helper()
		w.ok(err)
		all = append(all, v)
	}
	add(w.Order(w.ctx, o.No))
	byRef, hashes, err := w.OrderByRef(w.ctx, o.Ref)
	add([]any{byRef, hashes}, err)
	add(w.OrdersByRef(w.ctx, []core.Ref{o.Ref, {System: w.system, External: "none"}}))
	for _, find := range []string{string(o.No), o.Ref.External, o.Customer.Account, o.Meter.Serial} {
		found, err := w.Orders(w.ctx, core.OrderQuery{Find: find})
		add(found, err)
		if len(found) != 1 || found[0].No != o.No {
			w.Fatalf("by %s are found %v", find, found)
		}
	}
	add(w.Orders(w.ctx, core.OrderQuery{System: w.system}))
	add(w.Orders(w.ctx, core.OrderQuery{System: w.system, Phases: []core.Phase{core.Closed}}))
	events, err := w.Events(w.ctx, o.No)
	add(events, err)
	replayed, err := core.Replay(events)
	add(replayed, err)
	if got, want := fmt.Sprintf("%+v", replayed), fmt.Sprintf("%+v", byRef); got != want {
		w.Fatalf("the timeline replays to\n%s\nwant\n%s", got, want)
	}
	owed, err := w.OutboxMessages(w.ctx, core.OutboxQuery{Order: o.No})
	add(placeless(owed, err))
	for _, m := range owed {
		add(placeless(w.OutboxMessages(w.ctx, core.OutboxQuery{ID: m.ID})))
		add(w.Attempts(w.ctx, m.ID))
		add(w.Messages(w.ctx, core.MessageQuery{ID: m.ID, WithBodies: true}))
	}
	add(w.Messages(w.ctx, core.MessageQuery{Order: o.No, WithBodies: true}))
	add(w.Messages(w.ctx, core.MessageQuery{External: o.Ref.External, System: w.system, Direction: core.Inbound}))
	return fmt.Sprintf("%+v", all)
}

// placeless leaves out where messages stand in the outbox: the archive is none.
func placeless(list []core.OutboxMessage, err error) ([]core.OutboxMessage, error) {
	for i := range list {
		list[i].Place = 0
	}
	return list, err
}

func archivedIsFound(w *world) {
	o := w.endedLongAgo()
	before := w.everything(o)
	waiting, err := w.archiver().Archivable(w.ctx, cutoff)
	w.ok(err)
	if waiting.Orders != 1 || waiting.Held != 0 || !waiting.Oldest.Equal(longAgo(3)) {
		w.Fatalf("%+v waits to be archived, want one order", waiting)
	}
	if got, err := w.archiver().Archivable(w.ctx, longAgo(3)); err != nil || got.Orders != 0 {
		w.Fatalf("%+v, %v: an order that changed at the cut-off is too young", got, err)
	}
	got := w.archive(0)
	want := core.Archived{Orders: 1, Events: 3, Outbox: 1, Attempts: 2, Messages: 2, Next: core.ArchiveMark{At: longAgo(3), No: o.No}, Done: true}
	if got != want {
		w.Fatalf("moved %+v, want %+v", got, want)
	}
	if after := w.everything(o); after != before {
		w.Fatalf("archived, it reads\n%s\nbefore\n%s", after, before)
	}
	if got := w.archive(0); got.Orders != 0 {
		w.Fatalf("moved again: %+v", got)
	}
	left, err := w.archiver().Archivable(w.ctx, cutoff)
	w.ok(err)
	if left.Orders != 0 || left.Moved != waiting.Moved+1 {
		w.Fatalf("afterwards %+v, before %+v", left, waiting)
	}
	// What is listed without a number is the daily work.
	if ms, err := w.Messages(w.ctx, core.MessageQuery{System: w.system}); err != nil || len(ms) != 0 {
		w.Fatalf("the log of the system still lists %d messages: %v", len(ms), err)
	}
	if ms, err := w.OutboxMessages(w.ctx, core.OutboxQuery{Target: w.system}); err != nil || len(ms) != 0 {
		w.Fatalf("the outbox of the system still lists %d messages: %v", len(ms), err)
	}
}

func archivedIsKnown(w *world) {
	o := w.endedLongAgo()
	w.archive(0)
	repeat := w.order()
	repeat.Ref = o.Ref
	w.one(core.Known, w.change(nil, repeat, 9, core.EventReceived))
	taken := w.order()
	taken.No = o.No
	if out := w.one(core.RefusedUnit, w.change(nil, taken, 9, core.EventReceived)); !core.IsKind(out.Err, core.Conflict) {
		w.Fatalf("the number of an archived order given again: %v, want a conflict", out.Err)
	}
	got, hashes, err := w.OrderByRef(w.ctx, o.Ref)
	w.ok(err)
	if got.No != o.No || fmt.Sprint(hashes) != fmt.Sprintf("[first%s second%s]", o.No, o.No) {
		w.Fatalf("a late repeat meets %s with %v", got.No, hashes)
	}
	m, err := w.OutboxMessages(w.ctx, core.OutboxQuery{Order: o.No})
	w.ok(err)
	w.kind(w.archivedMessage(m[0].ID), core.Conflict)
}

// archivedMessage tries to send a delivered message again by hand.
func (w *world) archivedMessage(id string) error {
	err := w.Requeue(w.ctx, id)
	if other := w.Skip(w.ctx, id, "a", "b"); core.KindOf(other) != core.KindOf(err) {
		w.Fatalf("requeue: %v, skip: %v", err, other)
	}
	return err
}

func archivedComesBack(w *world) {
	o := w.endedLongAgo()
	w.archive(0)
	old := o
	old.Version--
	w.one(core.Stale, w.change(&old, o, 5, core.EventNote))
	next := w.must(o.No).Clone()
	next.Phase, next.ClosedAt = core.Dispatching, time.Time{}
	u := w.change(&o, next, 5, core.EventReopened, note(w.system))
	u.Orders[0].Hash = core.Hash("third" + string(o.No))
	w.apply(u)
	back := w.must(o.No)
	if back.Version != o.Version+1 || back.Phase != core.Dispatching {
		w.Fatalf("came back as version %d in phase %s", back.Version, back.Phase)
	}
	w.everything(back)
	if open, err := w.Orders(w.ctx, core.OrderQuery{System: w.system, Phases: []core.Phase{core.Dispatching}}); err != nil || len(open) != 1 {
		w.Fatalf("%d open orders: %v", len(open), err)
	}
	events, err := w.Events(w.ctx, o.No)
	w.ok(err)
	if len(events) != 4 {
		w.Fatalf("%d events, want the three archived ones and the reopening", len(events))
	}
	// Two claims were made before it was archived; a token never comes again.
	l := w.mustClaim(time.Minute)
	if l.Token != 3 || len(l.Messages) != 1 || l.Messages[0].Sequence != 2 {
		w.Fatalf("claimed %+v, want token 3 and message 2", l)
	}
	if got := w.archive(0); got.Orders != 0 {
		w.Fatalf("an open order was archived: %+v", got)
	}
	w.apply(delivered(l, 0, core.MessageDelivered, 0, true))
	next = back.Clone()
	next.Phase = core.Cancelled
	w.apply(w.change(&back, next, 6, core.EventCancelled))
	before := w.everything(back)
	if got := w.archive(0); got.Orders != 1 || got.Events != 2 || got.Outbox != 1 {
		w.Fatalf("archived again: %+v", got)
	}
	if after := w.everything(back); after != before {
		w.Fatalf("archived again, it reads\n%s\nbefore\n%s", after, before)
	}
}

func owedIsNotArchived(w *world) {
	closed := func(outbox ...core.OutboxMessage) core.WorkOrder {
		o := w.order()
		o.Phase = core.Closed
		w.apply(w.change(nil, o, 1, core.EventReceived, outbox...))
		return w.must(o.No)
	}
	due := closed(note(w.system))
	if got := w.archive(0); got.Orders != 0 || got.Held != 1 {
		w.Fatalf("with a message due: %+v", got)
	}
	l := w.mustClaim(time.Minute)
	w.apply(delivered(l, 0, core.MessageUnknown, 0, true))
	if got := w.archive(0); got.Orders != 0 || got.Held != 1 {
		w.Fatalf("with an unknown outcome: %+v", got)
	}
	l = w.mustClaim(time.Minute)
	w.apply(delivered(l, 0, core.MessageDead, 0, true))
	if got := w.archive(0); got.Orders != 0 || got.Held != 1 {
		w.Fatalf("with a dead letter: %+v", got)
	}
	free := closed()
	if got := w.archive(1); got.Orders != 1 || got.Held != 1 {
		w.Fatalf("beside one that is held: %+v, want the other moved", got)
	}
	if a, err := w.archiver().Archivable(w.ctx, cutoff); err != nil || a.Orders != 1 || a.Held != 1 {
		w.Fatalf("%+v, %v", a, err)
	}
	w.ok(w.Skip(w.ctx, l.Messages[0].ID, "operator", "settled by phone"))
	if got := w.archive(0); got.Orders != 1 || got.Outbox != 1 || got.Held != 0 {
		w.Fatalf("once it was skipped: %+v", got)
	}
	for _, o := range []core.WorkOrder{due, free} {
		if w.must(o.No).Phase != core.Closed {
			w.Fatal(o.No)
		}
	}
}

func archiveInBatches(w *world) {
	var orders []core.WorkOrder
	for range 5 {
		orders = append(orders, w.endedLongAgo())
	}
	name := "archive" + string(w.system)
	l, ok, err := w.Acquire(w.ctx, name, "a", time.Minute)
	if err != nil || !ok {
		w.Fatal(ok, err)
	}
	first, err := w.archiver().Archive(w.ctx, core.ArchiveBatch{Before: cutoff, Orders: 2, Fence: l.Fence()})
	w.ok(err)
	if first.Orders != 2 || first.Messages != 0 || first.Done {
		w.Fatalf("first batch %+v, want two orders without their messages", first)
	}
	w.ok(w.Release(w.ctx, l))
	if _, ok, err := w.Acquire(w.ctx, name, "b", time.Minute); err != nil || !ok {
		w.Fatal(ok, err)
	}
	_, err = w.archiver().Archive(w.ctx, core.ArchiveBatch{Before: cutoff, After: first.Next, Orders: 2, Fence: l.Fence()})
	w.kind(err, core.Conflict)
	if rest := w.archive(2); rest.Orders != 3 {
		w.Fatalf("moved %+v, want the three that were left", rest)
	}
	for _, o := range orders {
		w.everything(o)
	}
}

// archiveBesideWork changes orders that are just being archived: each change is applied
// to what it was decided on, and nothing is lost on the way.
func archiveBesideWork(w *world) {
	var orders []core.WorkOrder
	for range 20 {
		orders = append(orders, w.endedLongAgo())
	}
	var wg sync.WaitGroup
	stop := make(chan struct{})
	moved := 0
	wg.Go(func() {
		for {
			got, err := w.archiver().Archive(w.ctx, core.ArchiveBatch{Before: cutoff, Orders: 3, Messages: true})
			if err != nil && !core.IsKind(err, core.Unavailable) {
				w.Error(err)
			}
			moved += got.Orders
			select {
			case <-stop:
				return
			default:
			}
		}
	})
	var people sync.WaitGroup
	const changes = 8
	for _, o := range orders {
		people.Go(func() {
			for i := range changes {
				if _, err := core.Decide(w.ctx, w.Store, o.No, func(o core.WorkOrder) (core.Unit, error) {
					next := o.Clone()
					next.Report.Content = fmt.Sprint("remark ", i)
					ch, err := core.NewChange(&o, next, core.Event{At: longAgo(10 + i), Kind: core.EventNote, By: "tester"})
					return core.Unit{Orders: []core.OrderChange{ch}}, err
				}); err != nil {
					w.Error(err)
				}
			}
		})
	}
	people.Wait()
	close(stop)
	wg.Wait()
	for _, o := range orders {
		now := w.must(o.No)
		if now.Version != o.Version+changes {
			w.Errorf("order %s is at version %d after %d changes of version %d", o.No, now.Version, changes, o.Version)
		}
		w.everything(now)
	}
	if moved <= len(orders) {
		w.Logf("%d moves only: changes and archive hardly met", moved)
	}
	w.archive(0)
}
