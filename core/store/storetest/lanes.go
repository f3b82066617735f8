package storetest

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"tundish/core"
)

// note is an outbox message to target.
func note(target core.SystemID) core.OutboxMessage {
	return core.OutboxMessage{ID: "m" + serial(), Target: target, Kind: core.TellStatus, Payload: []byte(`{"kind":"status","reason":"𠮷"}`)}
}

// claim takes one lane at most.
func (w *world) claim(ttl time.Duration) (core.Lane, bool) {
	w.Helper()
	lanes, err := w.ClaimLanes(w.ctx, w.system, 1, "worker", ttl)
	w.ok(err)
	if len(lanes) == 0 {
		return core.Lane{}, false
	}
	return lanes[0], true
}

func (w *world) mustClaim(ttl time.Duration) core.Lane {
	w.Helper()
	l, ok := w.claim(ttl)
	if !ok {
		w.Fatal("no lane is due")
	}
	return l
}

func delivered(l core.Lane, i int, state core.MessageState, delay time.Duration, release bool) core.Unit {
	outcome := map[core.MessageState]core.DeliveryOutcome{core.MessageDelivered: core.Delivered, core.MessageDue: core.TryLater,
		core.MessageUnknown: core.UnknownOutcome, core.MessageDead: core.RefusedByPeer}[state]
	return core.Unit{Delivery: &core.DeliveryChange{Lane: l.LaneKey, Token: l.Token, MessageID: l.Messages[i].ID, State: state, Delay: delay, Release: release,
		Attempt: core.Attempt{MessageID: l.Messages[i].ID, At: at(20), Took: 1500 * time.Microsecond, Outcome: outcome, Code: "C1", Detail: "对方说"}}}
}

func (w *world) message(id string) core.OutboxMessage {
	w.Helper()
	got, err := w.OutboxMessages(w.ctx, core.OutboxQuery{ID: id})
	w.ok(err)
	if len(got) != 1 {
		w.Fatalf("%d outbox messages %s", len(got), id)
	}
	return got[0]
}

func (w *world) nothingOwed(what string) {
	w.Helper()
	if in, ok, err := w.NextDue(w.ctx, w.system); err != nil || ok {
		w.Fatalf("%s: something is owed in %s (%v)", what, in, err)
	}
	if l, ok := w.claim(time.Minute); ok {
		w.Fatalf("%s: lane %s was claimed", what, l.Order)
	}
}

func (w *world) owedTo(what string, want bool) {
	w.Helper()
	list, err := w.OwedTargets(w.ctx)
	if err != nil || slices.Contains(list, w.system) != want || !slices.IsSorted(list) || len(slices.Compact(slices.Clone(list))) != len(list) {
		w.Fatalf("%s: owed to %v, %v; %s among them: want %v", what, list, err, w.system, want)
	}
}

func owed(w *world) {
	w.nothingOwed("at first")
	o := w.stored(w.order())
	next := o.Clone()
	next.Phase = core.Released
	m := note(w.system)
	w.apply(w.changed(o, next, core.EventReleased, m))
	late := note(w.system)
	w.one(core.Stale, w.changed(o, next, core.EventReleased, late))
	if got, err := w.OutboxMessages(w.ctx, core.OutboxQuery{ID: late.ID}); err != nil || len(got) != 0 {
		w.Fatalf("a stale release left %d messages: %v", len(got), err)
	}
	if in, ok, err := w.NextDue(w.ctx, w.system); err != nil || !ok || in != 0 {
		w.Fatalf("next due in %s, %v, %v; want now", in, ok, err)
	}
	w.owedTo("while it is due", true)
	l := w.mustClaim(time.Minute)
	w.owedTo("while it is claimed", true)
	if l.Order != o.No || l.Target != w.system || l.Token < 1 || len(l.Messages) != 1 {
		w.Fatalf("claimed %+v", l)
	}
	got := l.Messages[0]
	got.Place = 0 // a claim may leave it out
	want := core.OutboxMessage{ID: m.ID, Target: w.system, Order: o.No, Sequence: 1, Kind: m.Kind, Payload: m.Payload, CreatedAt: at(1), State: core.MessageDue}
	if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
		w.Fatalf("message\n got %+v\nwant %+v", got, want)
	}
	if in, ok, err := w.NextDue(w.ctx, w.system); err != nil || !ok || in <= 0 || in > time.Minute {
		w.Fatalf("while it is claimed, next due in %s, %v, %v; want when the claim runs out", in, ok, err)
	}
	w.apply(delivered(l, 0, core.MessageDelivered, 0, true))
	w.nothingOwed("after the delivery")
	w.owedTo("after the delivery", false)
	if done := w.message(m.ID); done.State != core.MessageDelivered || done.Attempts != 1 || !done.DeliveredAt.Equal(at(20)) || done.LastError != "" {
		w.Fatalf("delivered message %+v", done)
	}
}

func sequence(w *world) {
	other := w.system + "y"
	o := w.stored(w.order(), note(w.system), note(other), note(w.system))
	for range 3 {
		o = w.must(o.No)
		w.apply(w.changed(o, o, core.EventNote, note(w.system)))
	}
	l := w.mustClaim(time.Minute)
	var seqs []int64
	for _, m := range l.Messages {
		seqs = append(seqs, m.Sequence)
	}
	if !slices.Equal(seqs, []int64{1, 3, 4, 5, 6}) {
		w.Fatalf("the lane gives %v; 2 belongs to another target", seqs)
	}
	if _, ok := w.claim(time.Minute); ok {
		w.Fatal("a claimed lane was claimed again")
	}
	for i := range 2 {
		w.apply(delivered(l, i, core.MessageDelivered, 0, false))
	}
	// What comes in meanwhile goes to the end of the lane and does not free it.
	o = w.must(o.No)
	w.apply(w.changed(o, o, core.EventNote, note(w.system)))
	if _, ok := w.claim(time.Minute); ok {
		w.Fatal("a new message freed a claimed lane")
	}
	w.apply(delivered(l, 2, core.MessageDelivered, 0, true))
	l = w.mustClaim(time.Minute)
	if len(l.Messages) != 3 || l.Messages[0].Sequence != 5 || l.Messages[2].Sequence != 7 {
		w.Fatalf("the rest of the lane is %+v", l.Messages)
	}
	lanes, err := w.ClaimLanes(w.ctx, other, 5, "worker", time.Minute)
	w.ok(err)
	if len(lanes) != 1 || lanes[0].Messages[0].Sequence != 2 {
		w.Fatalf("the other target's lane: %+v", lanes)
	}
}

func eightWorkers(w *world) {
	const orders, each, workers = 120, 2, 8
	var units []core.Unit
	for range orders {
		o := w.order()
		units = append(units, w.created(o, "", note(w.system), note(w.system)))
	}
	w.apply(units...)
	stores := []core.Store{w.Store, w.open(w.T)}
	var mu sync.Mutex
	claims := map[core.OrderNo]int{}
	sent := map[string]int{}
	var wg sync.WaitGroup
	for i := range workers {
		st := stores[i%2]
		wg.Go(func() {
			for {
				lanes, err := st.ClaimLanes(w.ctx, w.system, 7, fmt.Sprint("worker", i), 10*time.Minute)
				if err != nil {
					w.Error(err)
					return
				}
				if len(lanes) == 0 {
					// READPAST may pass over rows that another worker is about to give back:
					// only the store's word that nothing is due ends the work.
					if in, ok, err := st.NextDue(w.ctx, w.system); err != nil || !ok || in > 0 {
						if err != nil {
							w.Error(err)
						}
						return
					}
					continue
				}
				for _, l := range lanes {
					mu.Lock()
					claims[l.Order]++
					mu.Unlock()
					for j, m := range l.Messages {
						mu.Lock()
						sent[m.ID]++
						mu.Unlock()
						if out := st.Commit(w.ctx, delivered(l, j, core.MessageDelivered, 0, j == len(l.Messages)-1))[0]; out.Kind != core.Applied {
							w.Errorf("delivery %d of %s is %s: %v", j, l.Order, out.Kind, out.Err)
						}
					}
				}
			}
		})
	}
	wg.Wait()
	for no, n := range claims {
		if n != 1 {
			w.Errorf("lane %s was claimed %d times", no, n)
		}
	}
	if len(claims) != orders || len(sent) != orders*each {
		w.Errorf("%d lanes and %d messages, want %d and %d", len(claims), len(sent), orders, orders*each)
	}
	w.nothingOwed("after the work")
}

func claimRunsOut(w *world) {
	w.stored(w.order(), note(w.system))
	first := w.mustClaim(50 * time.Millisecond)
	var second core.Lane
	w.eventually("the lane is free again", func() (ok bool) {
		second, ok = w.claim(time.Minute)
		return ok
	})
	if second.Order != first.Order || second.Token <= first.Token || len(second.Messages) != 1 {
		w.Fatalf("claimed %+v after %+v", second, first)
	}
}

func lateResult(w *world) {
	w.stored(w.order(), note(w.system))
	dead := w.mustClaim(time.Millisecond)
	var heir core.Lane
	w.eventually("the lane is free again", func() (ok bool) {
		heir, ok = w.claim(time.Minute)
		return ok
	})
	w.one(core.Stale, delivered(dead, 0, core.MessageDelivered, 0, true))
	w.one(core.Stale, delivered(dead, 0, core.MessageDead, 0, true))
	if m := w.message(dead.Messages[0].ID); m.State != core.MessageDue || m.Attempts != 0 {
		w.Fatalf("a stale result changed the message: %+v", m)
	}
	w.apply(delivered(heir, 0, core.MessageDelivered, 0, true))
	w.one(core.Stale, delivered(heir, 0, core.MessageDelivered, 0, true))
	if got, err := w.Attempts(w.ctx, dead.Messages[0].ID); err != nil || len(got) != 1 {
		w.Fatalf("%d attempts (%v), want 1", len(got), err)
	}
}

func delayed(w *world) {
	w.stored(w.order(), note(w.system))
	l := w.mustClaim(time.Minute)
	w.apply(delivered(l, 0, core.MessageUnknown, 300*time.Millisecond, true))
	in, ok, err := w.NextDue(w.ctx, w.system)
	if err != nil || !ok || in > 300*time.Millisecond {
		w.Fatalf("next due in %s, %v, %v; want at most 300 ms", in, ok, err)
	}
	began := time.Now()
	w.eventually("the message is due again", func() (ok bool) {
		l, ok = w.claim(time.Minute)
		return ok
	})
	if waited := time.Since(began); waited < in-50*time.Millisecond {
		w.Fatalf("due again after %s, it should be %s", waited, in)
	}
	m := l.Messages[0]
	if m.State != core.MessageUnknown || m.Attempts != 1 || m.LastError != "C1 对方说" {
		w.Fatalf("message %+v", m)
	}
	w.apply(delivered(l, 0, core.MessageDue, time.Hour, true))
	if _, ok := w.claim(time.Minute); ok {
		w.Fatal("claimed an hour early")
	}
	// A person who cannot wait.
	w.ok(w.Requeue(w.ctx, m.ID))
	l = w.mustClaim(time.Minute)
	if l.Messages[0].State != core.MessageDue || l.Messages[0].Attempts != 2 {
		w.Fatalf("requeued %+v", l.Messages[0])
	}
}

func deadLetter(w *world) {
	a := w.stored(w.order(), note(w.system), note(w.system))
	l := w.mustClaim(time.Minute)
	w.apply(delivered(l, 0, core.MessageDead, 0, true))
	w.nothingOwed("with a parked lane only")
	a = w.must(a.No)
	w.apply(w.changed(a, a, core.EventNote, note(w.system)))
	w.nothingOwed("when more comes into a parked lane")
	b := w.stored(w.order(), note(w.system))
	healthy := w.mustClaim(time.Minute)
	if healthy.Order != b.No {
		w.Fatalf("claimed %s, want the other order's lane", healthy.Order)
	}
	w.apply(delivered(healthy, 0, core.MessageDelivered, 0, true))
	if m := w.message(l.Messages[0].ID); m.State != core.MessageDead {
		w.Fatalf("dead letter %+v", m)
	}
	w.ok(w.Requeue(w.ctx, l.Messages[0].ID))
	again := w.mustClaim(time.Minute)
	if again.Order != a.No || len(again.Messages) != 3 || again.Messages[0].ID != l.Messages[0].ID || again.Messages[0].State != core.MessageDue || again.Token <= l.Token {
		w.Fatalf("after the requeue: %+v", again)
	}
	// Requeue frees the lane even from a holder; what the holder brings then is late.
	w.ok(w.Requeue(w.ctx, l.Messages[0].ID))
	w.one(core.Stale, delivered(again, 0, core.MessageDelivered, 0, true))
	w.mustClaim(time.Minute)
	w.kind(w.Requeue(w.ctx, "none"), core.NotFound)
	w.kind(w.Requeue(w.ctx, healthy.Messages[0].ID), core.Conflict)
}

func skip(w *world) {
	w.stored(w.order(), note(w.system), note(w.system))
	l := w.mustClaim(time.Minute)
	w.apply(delivered(l, 0, core.MessageDead, 0, true))
	w.ok(w.Skip(w.ctx, l.Messages[0].ID, "李", "已电话告知"))
	if m := w.message(l.Messages[0].ID); m.State != core.MessageSkipped || m.LastError != "skipped by 李: 已电话告知" {
		w.Fatalf("skipped %+v", m)
	}
	rest := w.mustClaim(time.Minute)
	if len(rest.Messages) != 1 || rest.Messages[0].ID != l.Messages[1].ID {
		w.Fatalf("the lane goes on with %+v", rest.Messages)
	}
	// Skipped while it is being delivered: the lane stays claimed, its result is late.
	w.ok(w.Skip(w.ctx, rest.Messages[0].ID, "李", "x"))
	w.one(core.Stale, delivered(rest, 0, core.MessageDelivered, 0, true))
	w.nothingOwed("after both were skipped")
	w.kind(w.Skip(w.ctx, rest.Messages[0].ID, "李", "x"), core.Conflict)
	w.kind(w.Skip(w.ctx, "none", "李", "x"), core.NotFound)
}

func unsent(w *world) {
	w.stored(w.order(), note(w.system))
	l := w.mustClaim(time.Minute)
	back := func(l core.Lane, delay time.Duration) core.Unit {
		return core.Unit{Delivery: &core.DeliveryChange{Lane: l.LaneKey, Token: l.Token, Delay: delay}}
	}
	w.apply(back(l, 0))
	w.one(core.Stale, back(l, 0))
	again := w.mustClaim(time.Minute)
	if again.Messages[0].Attempts != 0 {
		w.Fatalf("giving a lane back counted as an attempt: %+v", again.Messages[0])
	}
	// A result without an outcome gives the lane back, too.
	w.apply(core.Unit{Delivery: &core.DeliveryChange{Lane: again.LaneKey, Token: again.Token, MessageID: again.Messages[0].ID, State: core.MessageDue, Release: true}})
	again = w.mustClaim(time.Minute)
	if history, err := w.Attempts(w.ctx, again.Messages[0].ID); err != nil || len(history) != 0 || again.Messages[0].Attempts != 0 {
		w.Fatalf("giving a lane back counted as an attempt: %+v, %v", again.Messages[0], err)
	}
	w.apply(back(again, time.Hour))
	if in, ok, err := w.NextDue(w.ctx, w.system); err != nil || !ok || in < 50*time.Minute {
		w.Fatalf("next due in %s, %v, %v; want in an hour", in, ok, err)
	}
}

func attempts(w *world) {
	w.stored(w.order(), note(w.system))
	var id string
	for i, st := range []core.MessageState{core.MessageDue, core.MessageUnknown, core.MessageDelivered} {
		l := w.mustClaim(time.Minute)
		id = l.Messages[0].ID
		u := delivered(l, 0, st, 0, true)
		u.Delivery.Attempt.At = at(20 + i)
		w.apply(u)
	}
	got, err := w.Attempts(w.ctx, id)
	w.ok(err)
	if len(got) != 3 {
		w.Fatalf("%d attempts, want 3", len(got))
	}
	for i, want := range []core.DeliveryOutcome{core.TryLater, core.UnknownOutcome, core.Delivered} {
		a := got[i]
		if a != (core.Attempt{MessageID: id, Number: i + 1, At: at(20 + i), Took: 1500 * time.Microsecond, Outcome: want, Code: "C1", Detail: "对方说"}) {
			w.Fatalf("attempt %d: %+v", i+1, a)
		}
	}
}

func outboxList(w *world) {
	early, late := note(w.system), note(w.system)
	early.ID, late.ID = core.NewID(at(1)), core.NewID(at(0)) // decided on clocks that differ
	a := w.stored(w.order(), early, note(w.system+"y"))
	b := w.stored(w.order(), late)
	lanes, err := w.ClaimLanes(w.ctx, w.system, 2, "worker", time.Minute)
	w.ok(err)
	for _, l := range lanes {
		if l.Order == a.No {
			w.apply(delivered(l, 0, core.MessageDead, 0, true))
		}
	}
	// The place rises, whatever the ids say.
	both, err := w.OutboxMessages(w.ctx, core.OutboxQuery{Target: w.system})
	w.ok(err)
	if len(both) != 2 || both[0].ID != late.ID || both[0].Place <= both[1].Place || both[1].Place < 1 {
		w.Fatalf("the places of %+v do not rise", both)
	}
	first, last := both[1].Place, both[0].Place
	for _, x := range []struct {
		name string
		q    core.OutboxQuery
		want []string // order/sequence, newest first
	}{
		{"target", core.OutboxQuery{Target: w.system}, []string{string(b.No) + "/1", string(a.No) + "/1"}},
		{"order", core.OutboxQuery{Order: a.No}, []string{string(a.No) + "/2", string(a.No) + "/1"}},
		{"dead", core.OutboxQuery{Target: w.system, States: []core.MessageState{core.MessageDead}}, []string{string(a.No) + "/1"}},
		{"due and dead", core.OutboxQuery{Target: w.system, States: []core.MessageState{core.MessageDead, core.MessageDue}}, []string{string(b.No) + "/1", string(a.No) + "/1"}},
		{"limit", core.OutboxQuery{Target: w.system, Limit: 1}, []string{string(b.No) + "/1"}},
		{"behind", core.OutboxQuery{Target: w.system, Behind: first - 1}, []string{string(b.No) + "/1", string(a.No) + "/1"}},
		{"behind the first", core.OutboxQuery{Target: w.system, Behind: first}, []string{string(b.No) + "/1"}},
		{"behind, limit", core.OutboxQuery{Target: w.system, Behind: first - 1, Limit: 1}, []string{string(b.No) + "/1"}},
		{"behind, before", core.OutboxQuery{Target: w.system, Behind: first - 1, Before: last}, []string{string(a.No) + "/1"}},
		{"before", core.OutboxQuery{Target: w.system, Before: first}, nil},
		{"nothing", core.OutboxQuery{Target: w.system, States: []core.MessageState{core.MessageDelivered}}, nil},
	} {
		got, err := w.OutboxMessages(w.ctx, x.q)
		w.ok(err)
		var names []string
		for _, m := range got {
			names = append(names, fmt.Sprintf("%s/%d", m.Order, m.Sequence))
		}
		if !slices.Equal(names, x.want) {
			w.Errorf("%s: %v, want %v", x.name, names, x.want)
		}
	}
}
