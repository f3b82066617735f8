package storetest

import (
	"strings"
	"testing"
	"time"

	"tundish/core"
)

// Forgotten shows that the queue of search fills what older versions of a store did not write: the columns that lists
// look at, who was called to an order, and what its results say of meters. forget takes all that out of the tables of s, an
// empty store, and upgrades them.
func Forgotten(t *testing.T, s core.Store, forget func()) {
	w := &world{T: t, ctx: t.Context(), Store: s, system: "hotline"}
	when := at(0)
	o := core.WorkOrder{No: "W26-0000001-8", Ref: core.Ref{System: "hotline", External: "H1"}, Type: "burst", Family: core.Repair, Phase: core.Dispatching, Urgency: core.Normal, ReceivedAt: when,
		Place: core.Place{Branch: "B", Depot: "D"}, Tokens: []core.Token{{Step: "dispatch", Since: when}}, DueAt: when.Add(time.Hour), AlarmAt: when.Add(time.Minute), Hold: &core.Hold{Reason: "r", At: when},
		Helpers: []core.Helper{{CrewID: "R2"}}, Collaborators: []string{"li"}}
	w.stored(o)

	// A meter that went from order to order: whatever was said last stands, in whichever sequence orders are read.
	old := "S-old"
	first, removal, third, scrap := w.forReplacement("X1"), w.forReplacement(old), w.forReplacement("X2"), w.forReplacement("X1")
	later := func(minutes int, fate string) func(*core.WorkOrder, *core.Completion) {
		return func(_ *core.WorkOrder, c *core.Completion) { c.FinishedAt, c.OldMeterFate = at(minutes), fate }
	}
	long := w.forReplacement("")
	w.apply(w.replaced(first, old, later(10, "kept")), w.replaced(removal, "S-new", later(20, "kept")), w.replaced(third, old, later(30, "kept")), w.replaced(scrap, "S-other", later(40, "scrapped")))
	u := w.replaced(long, strings.Repeat("9", core.MaxNumber+1), nil) // an older version took serials of any length
	u.Orders[0].Meters = nil
	w.apply(u)
	first = w.must(first.No)
	next := first.Clone()
	next.Report.Remark = "later than all"
	w.apply(w.changed(first, next, core.EventNote)) // it is read last

	look := func() (n int) {
		t.Helper()
		for _, q := range []core.ListQuery{{Branch: "B"}, {Depot: "D"}, {Steps: []core.StepOf{{Step: "dispatch"}}}, {OnHold: true}, {DueBefore: when.Add(2 * time.Hour)}, {ByDue: true},
			{Within: &core.Reach{Depots: []string{"D"}}}, {Within: &core.Reach{Assists: "R2"}, Phases: []core.Phase{core.Dispatching}}, {Within: &core.Reach{Person: "li"}, Phases: []core.Phase{core.Dispatching}}} {
			q.System = "hotline"
			if q.ByDue {
				q.DueBefore = when.Add(2 * time.Hour)
			}
			c, err := s.Count(t.Context(), q, 10)
			w.ok(err)
			n += min(c, 1)
		}
		alarms, err := s.Alarms(t.Context(), 10)
		w.ok(err)
		n += len(alarms)
		for serial, by := range map[string]core.OrderNo{old: third.No, "S-new": removal.No, "S-other": scrap.No, "X1": scrap.No} {
			u := w.replaced(w.forReplacement(""), serial, nil)
			u.CrewDays = []core.CrewDayChange{{CrewID: "R1", Day: "2026-05-11", Guarded: true, Expected: 99}} // stale, should nobody have the meter
			if out := s.Commit(t.Context(), u)[0]; out.Kind == core.RefusedUnit && core.CodeOf(out.Err) == "serial_in_use" {
				if n++; !strings.Contains(out.Err.Error(), string(by)) {
					t.Errorf("meter %s: %v; want order %s", serial, out.Err, by)
				}
			} else if out.Kind != core.Stale {
				t.Fatalf("meter %s: %v", serial, out)
			}
		}
		return n
	}
	sweep := func() {
		t.Helper()
		for {
			done, err := s.IndexOrders(t.Context(), core.IndexBatch{Orders: 3})
			w.ok(err)
			if done.Done {
				return
			}
		}
	}
	const all = 14
	sweep()
	if n := look(); n != all {
		t.Fatalf("as it was written %d of %d are found", n, all)
	}
	sweep()
	forget()
	if n := look(); n != 0 {
		t.Fatalf("of what was forgotten %d are found: this test tests nothing", n)
	}
	sweep()
	if n := look(); n != all {
		t.Errorf("after the sweep %d of %d are found", n, all)
	}
	w.apply(w.replaced(w.forReplacement(""), "X2", nil)) // it was taken away and kept
}
