package assign_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"tundish/core"
	"tundish/core/assign"
	"tundish/core/life"
	"tundish/dispatch"
)

// amending is a store in which something happens right after the orders were listed.
type amending struct {
	core.Store
	then func()
}

func (a *amending) Orders(ctx context.Context, q core.OrderQuery) ([]core.WorkOrder, error) {
	list, err := a.Store.Orders(ctx, q)
	if len(list) > 0 && a.then != nil {
		a.then()
		a.then = nil
	}
	return list, err
}

func TestAProposalRanksAndChangesNothing(t *testing.T) {
	w := open(t, crew("R1", east(3000), "repair"), crew("R2", east(100), "repair"), crew("M1", park, "meter"))
	no := w.receive("leak", core.Normal, at(park))
	before := w.order(no)
	rank, err := w.Propose(t.Context(), no)
	if err != nil {
		t.Fatal(err)
	}
	if len(rank.Candidates) != 2 || rank.Candidates[0].CrewID != "R2" || rank.Candidates[1].CrewID != "R1" || rank.Candidates[0].Cost >= rank.Candidates[1].Cost {
		t.Errorf("ranked %+v, want R2 before R1", rank.Candidates)
	}
	if len(rank.Refusals) != 1 || rank.Refusals[0].CrewID != "M1" || !strings.Contains(rank.Refusals[0].Reason.Text, "skill") {
		t.Errorf("refused %+v, want M1 for its skill", rank.Refusals)
	}
	if after := w.order(no); after.Version != before.Version {
		t.Error("a question changed the order")
	}
	if _, err := w.Propose(t.Context(), w.receive("leak", core.Normal, nil)); core.CodeOf(err) != "no_position" {
		t.Errorf("without a coordinate: %v", err)
	}
	if _, err := w.Propose(t.Context(), "W0"); !core.IsKind(err, core.NotFound) {
		t.Errorf("of nothing: %v", err)
	}
}

func TestTheBestProposalNeedsNoReason(t *testing.T) {
	w := open(t, crew("R1", east(3000), "repair"), crew("R2", east(100), "repair"))
	no := w.receive("leak", core.Normal, at(park))
	o, err := w.Give(t.Context(), no, "", dispatcher(""))
	if err != nil {
		t.Fatal(err)
	}
	if a := o.Assignment; a.CrewID != "R2" || a.By != "dispatcher" || !a.Pinned || a.Reason.Override != "" {
		t.Errorf("%+v", a)
	}
}

func TestGoingAgainstTheProposalNeedsAReasonThatIsKept(t *testing.T) {
	w := open(t, crew("R1", east(3000), "repair"), crew("R2", east(100), "repair"), crew("M1", park, "meter"))
	for crew, part := range map[string]string{"R1": "R2 is proposed", "M1": "without skill repair"} {
		no := w.receive("leak", core.Normal, at(park))
		_, err := w.Give(t.Context(), no, crew, dispatcher(""))
		if core.CodeOf(err) != "reason_required" {
			t.Fatalf("%s without a reason: %v", crew, err)
		}
		if part == "R2 is proposed" {
			part = "crew R2 is proposed"
		}
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%s: %v; want it to say %q", crew, err, part)
		}
		if w.with(no) != "" {
			t.Fatal("it was given all the same")
		}
		o, err := w.Give(t.Context(), no, crew, dispatcher("knows the pit"))
		if err != nil {
			t.Fatal(err)
		}
		stored := w.order(no)
		if stored.Assignment.CrewID != crew || stored.Assignment.Reason.Override != "knows the pit" || o.Version != stored.Version {
			t.Errorf("stored %+v", stored.Assignment)
		}
		events, err := w.store.Events(t.Context(), no)
		if last := events[len(events)-1]; err != nil || last.By != "dispatcher" || last.Remark != "knows the pit" {
			t.Errorf("the timeline says %+v, %v", last, err)
		}
	}
	if _, err := w.Give(t.Context(), w.receive("leak", core.Normal, at(park)), "R9", dispatcher("why not")); core.CodeOf(err) != "unknown_crew" {
		t.Errorf("a crew that is not there: %v", err)
	}
}

func TestNobodyCanIsSaidToTheDispatcher(t *testing.T) {
	w := open(t, crew("M1", park, "meter"))
	no := w.receive("leak", core.Normal, at(park))
	_, err := w.Give(t.Context(), no, "", dispatcher(""))
	if core.CodeOf(err) != "no_crew" || !strings.Contains(err.Error(), "without skill repair") {
		t.Errorf("%v", err)
	}
}

func TestReassigningMovesTheLoad(t *testing.T) {
	w := open(t, crew("R1", park, "repair"), crew("R2", east(5000), "repair"))
	no := w.receive("burst", core.Emergency, at(park))
	w.sweep()
	o, err := w.Give(t.Context(), no, "R2", dispatcher("R1 has a flat tyre"))
	if err != nil || o.Assignment.CrewID != "R2" {
		t.Fatalf("%+v, %v", o.Assignment, err)
	}
	if a, b := w.load("2026-05-11", "R1"), w.load("2026-05-11", "R2"); a != "0/0/0" || b != "120/1/1" {
		t.Errorf("R1 has %s, R2 %s", a, b)
	}
	if w.happened(no, core.EventReassigned) != 1 {
		t.Error("the timeline does not tell of the reassignment")
	}
	w.decide(no, func(o core.WorkOrder, st life.Step) (core.Unit, error) {
		return w.rules.Advance(o, "R2", core.FieldOnSite, st)
	})
	if _, err := w.Give(t.Context(), no, "R1", dispatcher("changed my mind")); core.CodeOf(err) != "not_dispatchable" {
		t.Errorf("a crew on site keeps it: %v", err)
	}
}

func TestTwoDispatchersAtTwoHubsGiveOneOrderOnce(t *testing.T) {
	c := crew("R1", park, "repair")
	c.CapOrders = 1
	w := open(t, c)
	second := w.hub("hub-2", w.handle(), dispatch.New(dispatch.Options{}))
	a, b := w.receive("leak", core.Normal, at(park)), w.receive("leak", core.Normal, at(east(50)))
	errs := make([]error, 2)
	var wg sync.WaitGroup
	for i, s := range []*assign.Service{w.Service, second} {
		wg.Go(func() { _, errs[i] = s.Give(context.Background(), []core.OrderNo{a, b}[i], "", dispatcher("")) })
	}
	wg.Wait()
	if (errs[0] == nil) == (errs[1] == nil) {
		t.Errorf("%v and %v: the last slot is one", errs[0], errs[1])
	}
	if got := w.load("2026-05-11", "R1"); got != "60/1/0" {
		t.Errorf("R1 has %s", got)
	}
}

func TestWhatWasTransferredGoesToACrewOfItsDepot(t *testing.T) {
	near, far := crew("R1", park, "repair"), crew("R2", east(4000), "repair")
	near.Depot, far.Depot = "D1", "D2"
	w := open(t, near, far)
	no := w.receive("burst", core.Emergency, at(park))
	w.decide(no, func(o core.WorkOrder, st life.Step) (core.Unit, error) { return w.rules.Transfer(o, "D2", st) })
	w.sweep()
	if got := w.with(no); got != "R2" {
		t.Errorf("an order of depot D2 went to %q", got)
	}
	if o := w.order(no); o.Transfer.State != core.TransferTaken {
		t.Errorf("the transfer is %s", o.Transfer.State)
	}
}
