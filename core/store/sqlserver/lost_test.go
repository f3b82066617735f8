package sqlserver_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"tundish/core"
	"tundish/core/store/sqlserver"
)

// TestConnectionsThatBreakLoseAndDoubleNothing cuts every connection again and again
// while orders are committed, commits included. Whatever was acknowledged is there
// once; whatever was refused as not written is not.
func TestConnectionsThatBreakLoseAndDoubleNothing(t *testing.T) {
	dsn := freshDatabase(t)
	direct := open(t, dsn, sqlserver.Options{}) // makes the tables
	proxy, s := behindProxy(t, dsn)
	stop := proxy.cutNowAndThen(6, 1200*time.Millisecond)
	const callers, each = 6, 150
	var callersDone sync.WaitGroup
	outcomes := make([]core.Outcome, callers*each)
	for c := range callers {
		callersDone.Go(func() {
			for i := c * each; i < (c+1)*each; i++ {
				outcomes[i] = s.Commit(t.Context(), newOrder(t, i))[0]
			}
		})
	}
	callersDone.Wait()
	stop()

	count := map[core.OutcomeKind]int{}
	for i, out := range outcomes {
		count[out.Kind]++
		no := orderNo(i)
		_, err := direct.Order(t.Context(), no)
		events, evErr := direct.Events(t.Context(), no)
		if evErr != nil {
			t.Fatal(evErr)
		}
		switch {
		case out.Kind == core.Applied:
			if err != nil || len(events) != 1 {
				t.Errorf("order %s was acknowledged: %v, %d events", no, err, len(events))
			}
		case out.Kind == core.RefusedUnit && core.IsKind(out.Err, core.Unavailable):
			if !core.IsKind(err, core.NotFound) || len(events) != 0 {
				t.Errorf("order %s was refused as not written, but: %v, %d events", no, err, len(events))
			}
		case out.Kind == core.RefusedUnit && core.IsKind(out.Err, core.OutcomeUnknown):
		default:
			// Known above all: the writer would have taken its own work for another's.
			t.Errorf("order %s: %s %v", no, out.Kind, out.Err)
		}
	}
	t.Logf("outcomes: %v", count)
	if count[core.Applied] == 0 {
		t.Error("nothing went through between the cuts")
	}
}

func orderNo(i int) core.OrderNo { return core.OrderNo(fmt.Sprintf("W%06d", i)) }

func newOrder(t *testing.T, i int, outbox ...core.OutboxMessage) core.Unit {
	t.Helper()
	o := core.WorkOrder{No: orderNo(i), Ref: core.Ref{System: "hotline", External: fmt.Sprint("x", i)},
		Type: "burst", Family: core.Repair, Phase: core.Dispatching, Urgency: core.Normal}
	ch, err := core.NewChange(nil, o, core.Event{At: time.Now(), Kind: core.EventReceived, By: "system:hotline"}, outbox...)
	if err != nil {
		t.Error(err)
	}
	return core.Unit{Orders: []core.OrderChange{ch}}
}

// TestACommitWhoseAnswerIsLostIsLookedUp cuts the connection at the commit itself: just
// before it reaches the server, and just after the server has done it, so that nobody
// hears of it.
func TestACommitWhoseAnswerIsLostIsLookedUp(t *testing.T) {
	dsn := freshDatabase(t)
	direct := open(t, dsn, sqlserver.Options{})
	for i, c := range []struct {
		name string
		loss loss
		away bool // the server cannot be asked either
		want core.OutcomeKind
		done bool
	}{
		{"before it arrives", beforeCommit, false, core.Applied, true},
		{"after it was done", afterCommit, false, core.Applied, true},
		{"before it arrives, and the server stays away", beforeCommit, true, core.RefusedUnit, false},
		{"after it was done, and the server stays away", afterCommit, true, core.RefusedUnit, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			proxy, s := behindProxy(t, dsn)
			if out := s.Commit(t.Context(), newOrder(t, 100+i))[0]; out.Kind != core.Applied {
				t.Fatal(out.Error()) // the writer has its connection
			}
			proxy.stayAway.Store(c.away)
			proxy.lose.Store(int32(c.loss))
			out := s.Commit(t.Context(), newOrder(t, i))[0]
			proxy.stayAway.Store(false)
			if n := proxy.lost.Load(); n != 1 {
				t.Fatalf("%d commits were lost, want one", n)
			}
			if out.Kind != c.want {
				t.Fatalf("outcome %s, %v; want %s", out.Kind, out.Err, c.want)
			}
			if c.want == core.RefusedUnit && !core.IsKind(out.Err, core.OutcomeUnknown) {
				t.Fatalf("refused with %v, want outcome unknown", out.Err)
			}
			events, err := direct.Events(t.Context(), orderNo(i))
			if err != nil || len(events) != 1 && c.done || len(events) != 0 && !c.done {
				t.Fatalf("%d events, %v; done: %v", len(events), err, c.done)
			}
			again := core.Known
			if !c.done {
				again = core.Applied
			}
			if out := s.Commit(t.Context(), newOrder(t, i))[0]; out.Kind != again {
				t.Fatalf("the same again: %s, %v; want %s", out.Kind, out.Err, again)
			}
		})
	}
}

// TestAMoveWhoseAnswerIsLostIsNotTakenForAnothers cuts the connection at the commit of a
// publication: run again, it finds the pointer where it put it itself.
func TestAMoveWhoseAnswerIsLostIsNotTakenForAnothers(t *testing.T) {
	dsn := freshDatabase(t)
	direct := open(t, dsn, sqlserver.Options{})
	scope, last := core.SystemScope("hotline"), ""
	for i, c := range []struct {
		name string
		loss loss
	}{{"before it arrives", beforeCommit}, {"after it was done", afterCommit}, {"before it arrives, a second version", beforeCommit}, {"after it was done, a second version", afterCommit}} {
		t.Run(c.name, func(t *testing.T) {
			proxy, s := behindProxy(t, dsn)
			b := core.NewBundle(scope, []core.BundleFile{{Path: "systems/hotline.yaml", Bytes: []byte(c.name)}})
			b.Author, b.At = "li", time.Now()
			proxy.lose.Store(int32(c.loss))
			m := core.BundleMove{Scope: scope, Revision: int64(i + 1), Kind: core.MovePublish, Bundle: b.ID, From: last, Author: "li", At: time.Now()}
			if err := s.MoveBundle(t.Context(), m, &b); err != nil {
				t.Fatal(err)
			}
			if n := proxy.lost.Load(); n != 1 {
				t.Fatalf("%d commits were lost, want one", n)
			}
			last = b.ID
			if err := s.MoveBundle(t.Context(), m, &b); core.CodeOf(err) != "stale" {
				t.Fatalf("the same move by another call: %v, want stale", err)
			}
			moves, err := direct.BundleMoves(t.Context(), scope, 0)
			if err != nil || len(moves) != i+1 || moves[0].Bundle != b.ID {
				t.Fatalf("history %+v, %v", moves, err)
			}
		})
	}
}

// TestConnectionsThatBreakInTheMiddleOfAnything cuts every connection again and again
// while orders are read, pages are bulk-copied, lanes are claimed and delivered, and
// orders are archived: each answer is right or says that there is none.
func TestConnectionsThatBreakInTheMiddleOfAnything(t *testing.T) {
	dsn := freshDatabase(t)
	direct := open(t, dsn, sqlserver.Options{})
	const known, owed = 40, 60
	for i := range known {
		if out := direct.Commit(t.Context(), newOrder(t, i))[0]; out.Kind != core.Applied {
			t.Fatal(out.Error())
		}
	}
	for i := known; i < known+owed; i++ {
		if out := direct.Commit(t.Context(), newOrder(t, i, core.OutboxMessage{ID: fmt.Sprint("m", i), Target: "hotline", Kind: core.TellStatus, Payload: []byte("{}")}))[0]; out.Kind != core.Applied {
			t.Fatal(out.Error())
		}
	}
	proxy, s := behindProxy(t, dsn)
	stopCuts := proxy.cutNowAndThen(6, 3*time.Second) // time for a page in between
	ctx, stop := context.WithTimeout(t.Context(), 60*time.Second)
	defer stop()
	var wg sync.WaitGroup
	cutsDone := make(chan struct{})
	go func() { proxy.cutting.Wait(); close(cutsDone) }()
	during := func(work func(round int)) {
		wg.Go(func() {
			for round := 0; ctx.Err() == nil; round++ {
				work(round)
				select {
				case <-cutsDone:
					return
				default:
				}
			}
		})
	}
	away := func(what string, err error) {
		if err != nil && !core.IsKind(err, core.Unavailable) {
			t.Errorf("%s: %v (%s), want an answer or unavailable", what, err, core.KindOf(err))
		}
	}
	during(func(round int) { // reads
		i := round % known
		o, err := s.Order(ctx, orderNo(i))
		away("read", err)
		if err == nil && o.No != orderNo(i) {
			t.Errorf("asked for %s, got %s", orderNo(i), o.No)
		}
		refs := make([]core.Ref, known)
		for i := range refs {
			refs[i] = core.Ref{System: "hotline", External: fmt.Sprint("x", i)}
		}
		found, err := s.OrdersByRef(ctx, refs)
		away("read many", err)
		if err == nil && len(found) != known {
			t.Errorf("%d of %d orders were found", len(found), known)
		}
		list, err := s.Orders(ctx, core.OrderQuery{Limit: known})
		away("list", err)
		if err == nil && len(list) != known {
			t.Errorf("%d of %d orders were listed", len(list), known)
		}
	})
	var pages []core.Outcome
	const page = 200
	during(func(round int) { // bulk copy by the writer of large calls
		var u core.Unit
		for i := range page {
			u.Orders = append(u.Orders, newOrder(t, 10_000+round*page+i).Orders...)
		}
		pages = append(pages, s.Commit(ctx, u)[0])
	})
	during(func(int) { // claims and deliveries
		lanes, err := s.ClaimLanes(ctx, "hotline", 5, "me", 500*time.Millisecond)
		away("claim", err)
		for _, l := range lanes {
			out := s.Commit(ctx, core.Unit{Delivery: &core.DeliveryChange{Lane: l.LaneKey, Token: l.Token, MessageID: l.Messages[0].ID, State: core.MessageDelivered, Release: true,
				Attempt: core.Attempt{MessageID: l.Messages[0].ID, At: time.Now(), Outcome: core.Delivered}}})[0]
			if out.Kind == core.Known {
				t.Errorf("a delivery is known: %v", out.Err)
			}
		}
	})
	during(func(int) { // archive, with nothing to move
		_, err := s.Archive(ctx, core.ArchiveBatch{Before: time.Now().Add(-time.Hour)})
		away("archive", err)
	})
	wg.Wait()
	stopCuts()
	count := map[core.OutcomeKind]int{}
	for round, out := range pages {
		count[out.Kind]++
		refs := make([]core.Ref, page)
		for i := range refs {
			refs[i] = core.Ref{System: "hotline", External: fmt.Sprint("x", 10_000+round*page+i)}
		}
		found, err := direct.OrdersByRef(t.Context(), refs)
		if err != nil {
			t.Fatal(err)
		}
		stored := len(found)
		switch {
		case out.Kind == core.Applied && stored != page, out.Kind == core.RefusedUnit && core.IsKind(out.Err, core.Unavailable) && stored != 0,
			stored != 0 && stored != page, out.Kind == core.Known, out.Kind == core.Stale:
			t.Errorf("page %d is %s (%v) and %d of %d orders are stored", round, out.Kind, out.Err, stored, page)
		}
	}
	t.Logf("pages: %v", count)
	// What is still owed is delivered once the claims of the dead have run out.
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); {
		in, any, err := direct.NextDue(t.Context(), "hotline")
		if err != nil {
			t.Fatal(err)
		}
		if !any {
			break
		}
		if in > 0 {
			time.Sleep(in)
		}
		lanes, err := direct.ClaimLanes(t.Context(), "hotline", 50, "heir", time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range lanes {
			if out := direct.Commit(t.Context(), core.Unit{Delivery: &core.DeliveryChange{Lane: l.LaneKey, Token: l.Token, MessageID: l.Messages[0].ID, State: core.MessageDelivered, Release: true,
				Attempt: core.Attempt{MessageID: l.Messages[0].ID, At: time.Now(), Outcome: core.Delivered}}})[0]; out.Kind != core.Applied {
				t.Error(out.Error())
			}
		}
	}
	for i := known; i < known+owed; i++ {
		tries, err := direct.Attempts(t.Context(), fmt.Sprint("m", i))
		if err != nil || len(tries) != 1 {
			t.Errorf("message %d has %d attempts, %v; want one", i, len(tries), err)
		}
	}
}
