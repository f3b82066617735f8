package assign_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"tundish/core"
	"tundish/core/assign"
	"tundish/dispatch"
)

// busy is a planner beside which the world goes on: while is called during every plan.
type busy struct {
	*dispatch.Planner
	while func(round int)
	round int
}

func (b *busy) Plan(ctx context.Context, board core.Board, orders []core.WorkOrder, types core.OrderTypes) (core.Plan, error) {
	b.round++
	if b.while != nil {
		b.while(b.round)
	}
	return b.Planner.Plan(ctx, board, orders, types)
}

// meters receives scheduled replacements along the street.
func (w *world) meters(n int) []core.OrderNo {
	w.Helper()
	var list []core.OrderNo
	for i := range n {
		list = append(list, w.receive("replacement", core.Normal, at(east(float64(i)*20))))
	}
	return list
}

func gang(n, caps int) []core.Crew {
	var list []core.Crew
	for i := range n {
		c := crew(fmt.Sprint("M", i), east(float64(i)*200), "meter")
		c.CapOrders = caps
		list = append(list, c)
	}
	return list
}

func TestABatchGivesAllThatFitsAndLeavesTheRestWithReasons(t *testing.T) {
	w := open(t, gang(3, 4)...)
	orders := w.meters(15)
	res, err := w.Batch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if res != (assign.BatchResult{Waiting: 15, Assigned: 12, Unassigned: 3}) {
		t.Errorf("%+v", res)
	}
	given := 0
	for _, no := range orders {
		o := w.order(no)
		switch {
		case o.Phase == core.Field && o.Assignment.By == "batch" && o.Assignment.Reason.Text != "" && !o.Assignment.Pinned:
			given++
		case o.Phase == core.Dispatching && o.Unassigned != nil && o.Unassigned.Refused["load_cap_count"] == 3 && o.Unassigned.WouldHelp != "":
		default:
			t.Errorf("%s: %s, %+v, %+v", no, o.Phase, o.Assignment, o.Unassigned)
		}
	}
	if given != 12 {
		t.Errorf("%d are with crews", given)
	}
	for i := range 3 {
		if got := w.load("2026-05-11", fmt.Sprint("M", i)); got != "100/4/0" {
			t.Errorf("M%d has %s", i, got)
		}
	}
	// The same again: nothing new, and nothing is said twice.
	res, err = w.Batch(t.Context())
	if err != nil || res.Assigned != 0 || res.Unassigned != 3 {
		t.Errorf("again: %+v, %v", res, err)
	}
	for _, no := range orders {
		if n := w.happened(no, core.EventUnplannable); n > 1 {
			t.Errorf("%s: said %d times", no, n)
		}
	}
}

func TestABatchAcceptsOrderByOrderWhatHasNotMovedOn(t *testing.T) {
	w := open(t, gang(3, 10)...)
	orders := w.meters(20)
	planner := &busy{Planner: dispatch.New(dispatch.Options{}), while: func(round int) {
		if round == 1 {
			w.decide(orders[3], w.rules.Cancel)
			w.decide(orders[7], w.rules.Hold)
		}
	}}
	res, err := w.hub("hub-2", w.store, planner).Batch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if res.Waiting != 20 || res.Assigned != 18 || res.Moved != 0 {
		t.Errorf("%+v, want the 18 that still wait to be given", res)
	}
	if w.with(orders[3]) != "" || w.with(orders[7]) != "" {
		t.Error("what was cancelled or held was given")
	}
}

// TestACompletionDuringTheBatchCostsNobodyTheirDay: a crew that finishes something while
// the plan is made is no longer as the plan saw it; the plan is made anew for its orders.
func TestACompletionDuringTheBatchCostsNobodyTheirDay(t *testing.T) {
	w := open(t, gang(2, 12)...)
	early := w.meters(2)
	if res, err := w.Batch(t.Context()); err != nil || res.Assigned != 2 {
		t.Fatalf("%+v, %v", res, err)
	}
	orders := w.meters(16)
	planner := &busy{Planner: dispatch.New(dispatch.Options{}), while: func(round int) {
		if round == 1 {
			for _, no := range early {
				w.complete(no)
			}
		}
	}}
	res, err := w.hub("hub-2", w.store, planner).Batch(t.Context())
	if err != nil || res.Assigned != 16 || res.Moved != 0 {
		t.Errorf("%+v, %v; want all 16 given", res, err)
	}
	if planner.round < 2 {
		t.Error("nothing had moved: the test does not bite")
	}
	for _, no := range orders {
		if w.with(no) == "" {
			t.Errorf("%s was left", no)
		}
	}
}

func TestAnEmergencyDoesNotWaitForTheBatch(t *testing.T) {
	w := open(t, append(gang(1, 10), crew("R1", park, "repair"))...)
	w.meters(3)
	var s *assign.Service
	given := ""
	s = w.hub("hub-2", w.store, &busy{Planner: dispatch.New(dispatch.Options{}), while: func(round int) {
		if round == 1 { // seconds of planning; the same hub's other loop goes on
			no := w.receive("burst", core.Emergency, at(park))
			done := make(chan error, 1)
			go func() { done <- s.Sweep(context.Background()) }()
			select {
			case err := <-done:
				if err != nil {
					t.Error(err)
				}
			case <-time.After(20 * time.Second):
				t.Error("the emergency waits until the batch is planned")
			}
			given = w.with(no)
		}
	}})
	if _, err := s.Batch(t.Context()); err != nil {
		t.Fatal(err)
	}
	if given != "R1" {
		t.Errorf("while the batch was planned the emergency was with %q", given)
	}
}

func TestOnlyOneHubPlansABatch(t *testing.T) {
	w := open(t, gang(1, 10)...)
	orders := w.meters(3)
	lease, ok, err := w.store.Acquire(t.Context(), "batch", "hub-9", time.Minute)
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	if _, err := w.Batch(t.Context()); core.CodeOf(err) != "batch_running" || !core.IsKind(err, core.Conflict) {
		t.Errorf("beside another: %v", err)
	}
	if w.with(orders[0]) != "" {
		t.Error("it gave work without the lease")
	}
	if err := w.store.Release(t.Context(), lease); err != nil {
		t.Fatal(err)
	}
	for range 2 { // and it gives the lease back itself
		if _, err := w.Batch(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestABatchWhoseLeaseWasTakenOverWritesNothing(t *testing.T) {
	w := open(t, gang(2, 10)...)
	orders := w.meters(6)
	planner := &busy{Planner: dispatch.New(dispatch.Options{}), while: func(round int) {
		if round == 1 { // this hub was thought dead
			if err := w.store.Release(context.Background(), core.Lease{Name: "batch", Holder: "hub-2", Token: w.token("hub-2")}); err != nil {
				t.Error(err)
			}
			if _, ok, err := w.store.Acquire(context.Background(), "batch", "hub-3", time.Minute); !ok || err != nil {
				t.Error(ok, err)
			}
		}
	}}
	res, err := w.hub("hub-2", w.store, planner).Batch(t.Context())
	if err == nil || res.Assigned != 0 {
		t.Errorf("%+v, %v; want a refusal", res, err)
	}
	for _, no := range orders {
		if w.with(no) != "" {
			t.Errorf("%s was given by a hub that had lost the lease", no)
		}
	}
}

// token is the fencing token that the holder of the batch lease has: asking again as
// the same holder answers the same lease.
func (w *world) token(holder string) int64 {
	w.Helper()
	l, ok, err := w.store.Acquire(context.Background(), "batch", holder, time.Minute)
	if err != nil || !ok {
		w.Fatal(ok, err)
	}
	return l.Token
}

func TestTwoHubsAndABatchTogetherNeverOverfillACrew(t *testing.T) {
	crews := gang(4, 5)
	for i := range crews {
		crews[i].Skills = []string{"meter", "repair"}
		crews[i].ShiftEndMin = 3000
	}
	w := open(t, crews...)
	w.meters(16)
	for i := range 8 {
		w.receive("burst", core.Emergency, at(east(float64(i)*40)))
	}
	second := w.hub("hub-2", w.handle(), dispatch.New(dispatch.Options{}))
	var wg sync.WaitGroup
	wg.Go(func() {
		if _, err := w.Batch(context.Background()); err != nil {
			t.Error(err)
		}
	})
	wg.Go(func() {
		if err := second.Sweep(context.Background()); err != nil {
			t.Error(err)
		}
	})
	wg.Wait()
	days, err := w.store.CrewDays(t.Context(), "2026-05-11")
	if err != nil {
		t.Fatal(err)
	}
	total := 0
	for _, d := range days {
		total += d.Orders
		if d.Orders > 5 {
			t.Errorf("%s has %d orders, its cap is 5", d.CrewID, d.Orders)
		}
	}
	if total != 20 {
		t.Errorf("%d orders are with crews, there is room for 20", total)
	}
}

func TestAFaultyOrderStaysWithItsReason(t *testing.T) {
	w := open(t, gang(1, 10)...)
	good := w.meters(2)
	bad := w.receive("replacement", core.Normal, &core.Point{Lat: 121.4, Lon: 31.2}) // swapped
	res, err := w.Batch(t.Context())
	if err != nil || res.Assigned != 2 || res.Unassigned != 1 {
		t.Fatalf("%+v, %v", res, err)
	}
	if w.with(good[0]) == "" || w.with(bad) != "" {
		t.Error("the good ones should go, the bad one stay")
	}
	if why := w.order(bad).Unassigned; why == nil || why.Text == "" || why.TextZH == "" {
		t.Errorf("it stays without a reason: %+v", why)
	}
}
