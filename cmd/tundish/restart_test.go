package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"testing"

	"tundish/adapters/sim"
	"tundish/core"
	"tundish/core/desk"
)

// restart ends the hub as a power cut does and starts it again.
func (w *world) restart(t *testing.T) {
	t.Helper()
	w.hub.kill()
	if err := w.serve(); err != nil {
		t.Fatal(err)
	}
}

func TestAnAcknowledgedOrderIsThereAfterAPowerCut(t *testing.T) {
	w := inWorld(t)
	w.begin(t)
	// Callers go on submitting while the hub dies; whoever got an answer was promised
	// the order.
	const callers, enough = 8, 40
	acknowledged := map[string]string{}
	var mu sync.Mutex
	var all sync.WaitGroup
	killed, dead := make(chan struct{}), sync.OnceFunc(w.hub.kill)
	for c := range callers {
		all.Go(func() {
			for n := 0; ; n++ {
				ref := fmt.Sprintf("RX%d-%d", c, n)
				a, err := w.soap("hotline", leak(ref))
				if err != nil {
					return // it is dead
				}
				no := a.text("OrderNo")
				if a.status != http.StatusOK || no == "" {
					t.Errorf("%s: %d %s", ref, a.status, a.body)
					return
				}
				mu.Lock()
				acknowledged[ref] = no
				if len(acknowledged) == enough {
					close(killed)
				}
				mu.Unlock()
			}
		})
	}
	<-killed
	dead()
	all.Wait()
	if err := w.serve(); err != nil {
		t.Fatal(err)
	}
	for ref, no := range acknowledged {
		again, known := w.submit(t, ref)
		if again != no || !known {
			t.Errorf("%s was acknowledged as %s; sent again it is %s, known: %v", ref, no, again, known)
		}
	}
	var list []core.WorkOrder
	w.list(t, &list, "order", "list", "--system", "hotline", "--limit", "1000")
	for _, o := range list {
		delete(acknowledged, o.Ref.External)
	}
	if len(acknowledged) > 0 {
		t.Errorf("not listed: %v", acknowledged)
	}
}

func TestCompletionIsDeliveredAfterRestart(t *testing.T) {
	w := inWorld(t)
	if err := w.simulate("billing", "--due", "3", "--drive=true"); err != nil {
		t.Fatal(err)
	}
	w.begin(t)
	var run core.JobRun
	w.call(t, "POST", "/jobs/scheduled-replacements/run", struct{}{}, &run)
	if run.Created != 3 {
		t.Fatalf("run %+v", run)
	}
	var page struct{ Orders []core.WorkOrder }
	w.call(t, "GET", "/orders?system=billing", nil, &page)
	o := page.Orders[0]

	// From now on billing is away.
	w.control(t, "billing", "PUT", "/control/faults", []sim.Rule{{Kind: sim.Unavailable}})
	work(t, w, o.No)
	w.call(t, "POST", "/orders/"+string(o.No)+"/review", map[string]any{"passed": true}, nil)
	result := func() core.OutboxMessage {
		var owed []core.OutboxMessage
		w.list(t, &owed, "outbox", "list", "--order", string(o.No))
		for _, m := range owed {
			if m.Kind == core.TellResult {
				return m
			}
		}
		t.Fatalf("no result is owed: %+v", owed)
		return core.OutboxMessage{}
	}
	if m := result(); m.State == core.MessageDelivered || m.State == core.MessageDead {
		t.Fatalf("billing is away, and the result is %+v", m)
	}
	w.restart(t)
	w.control(t, "billing", "PUT", "/control/faults", []sim.Rule{})
	if err := soon(func() bool { return result().State == core.MessageDelivered }); err != nil {
		t.Fatalf("the result is delivered: %v", err)
	}

	var books map[string][]sim.Entry
	a, err := send("GET", w.simURL["billing"]+"/control/books", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	decode(t, a.body, &books)
	for _, e := range books["billing"] {
		if e.Ref != o.Ref.External {
			continue
		}
		if e.State != sim.Closed || e.Effects != 1 || e.FinalReading != "3012" || e.NewSerial != "N-1" || e.OrderNo != string(o.No) {
			t.Errorf("billing's books say %+v", e)
		}
		return
	}
	t.Errorf("billing does not know %v", o.Ref)
}

// work gives an order to a crew, who completes it.
func work(t *testing.T, w *world, no core.OrderNo) {
	t.Helper()
	completed(t, w, no, core.Completion{
		Outcome: core.Done, OldFinalReading: "3012", NewSerial: "N-1", NewInitialReading: "0.000", NewDiameterMM: 15, Seal: "QF1", OldMeterFate: "scrapped", Work: "换表",
	})
}

// completed gives an order to a crew, who completes it as said.
func completed(t *testing.T, w *world, no core.OrderNo, c core.Completion, photos ...desk.Photo) {
	t.Helper()
	path := "/orders/" + string(no)
	crew := "/crews/M01" + path
	w.call(t, "POST", path+"/assign", map[string]string{"crew": "M01", "reason": "for the test"}, nil)
	for _, verb := range []string{"accept", "travel", "arrive"} {
		w.call(t, "POST", crew+"/"+verb, struct{}{}, nil)
	}
	w.call(t, "POST", crew+"/complete", map[string]any{"completion": c, "photos": photos}, nil)
}

func decode(t *testing.T, text string, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), into); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
}
