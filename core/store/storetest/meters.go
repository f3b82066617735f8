package storetest

import (
	"fmt"
	"strings"
	"sync"

	"tundish/core"
)

// replaced is the unit in which an order is done: it took the meter old out, if it has one, and put serial in.
func (w *world) replaced(o core.WorkOrder, serial string, change func(*core.WorkOrder, *core.Completion)) core.Unit {
	w.Helper()
	next := o.Clone()
	c := core.Completion{Outcome: core.Done, NewSerial: serial, OldMeterFate: "kept", FinishedAt: at(int(o.Version))}
	if change != nil {
		change(&next, &c)
	}
	next.Completions = append(next.Completions, c)
	return w.changed(o, next, core.EventCompleted)
}

// forReplacement is a stored order about the meter old.
func (w *world) forReplacement(old string) core.WorkOrder {
	w.Helper()
	o := w.order()
	o.Type, o.Family, o.Meter.Serial = "replacement", core.Replacement, old
	return w.stored(o)
}

// inUse demands the refusal of a unit, with the order that has the meter in its words, and that nothing was written.
func (w *world) inUse(u core.Unit, by core.OrderNo) {
	w.Helper()
	o := u.Orders[0].Order
	before, err := w.Events(w.ctx, o.No)
	w.ok(err)
	got := w.one(core.RefusedUnit, u)
	if err := got.Error(); !core.IsKind(err, core.Conflict) || core.CodeOf(err) != "serial_in_use" || !strings.Contains(err.Error(), string(by)) {
		w.Fatalf("refused with %v (%s); want a conflict serial_in_use that names %s", err, core.KindOf(err), by)
	}
	after, err := w.Events(w.ctx, o.No)
	w.ok(err)
	if now := w.must(o.No); now.Version != o.Version-1 || len(after) != len(before) || len(now.Completions) != len(o.Completions)-1 {
		w.Fatalf("the refused unit left version %d, %d events, %d results", now.Version, len(after), len(now.Completions))
	}
}

func meterInstalledOnce(w *world) {
	s, other := "新"+serial(), "新"+serial()
	first, second := w.forReplacement("old"+serial()), w.forReplacement("old"+serial())
	w.apply(w.replaced(first, s, nil))
	w.inUse(w.replaced(second, s, nil), first.No)
	w.inUse(w.replaced(second, " "+s+" ", nil), first.No)
	w.apply(w.replaced(second, other, nil))

	if err := w.one(core.RefusedUnit, w.replaced(w.forReplacement(""), strings.Repeat("9", core.MaxNumber+1), nil)).Error(); core.CodeOf(err) != "too_long" {
		w.Fatalf("a serial that is too long: %v", err)
	}

	// Whatever else becomes of the order, it has its meter.
	first = w.must(first.No)
	next := first.Clone()
	next.Phase = core.Closed
	w.apply(w.changed(first, next, core.EventClosed))
	third, fourth := w.forReplacement(""), w.forReplacement("")
	w.inUse(w.replaced(third, s, nil), first.No)

	// Units of one call meet in one transaction.
	fresh := "新" + serial()
	out := w.Commit(w.ctx, w.replaced(third, fresh, nil), w.replaced(fourth, fresh, nil))
	if out[0].Kind != core.Applied || core.CodeOf(out[1].Error()) != "serial_in_use" {
		w.Fatalf("of two in one call: %v, %v", out[0].Error(), out[1].Error())
	}

	// Where the house does not ask for it, the last word counts.
	u := w.replaced(fourth, fresh, nil)
	u.Orders[0].Meters[len(u.Orders[0].Meters)-1].Lenient = true
	w.apply(u)
	w.inUse(w.replaced(w.forReplacement(""), fresh, nil), fourth.No)

	// A serial that is a serial of another meter in other letters is another one.
	w.apply(w.replaced(w.forReplacement(""), "a"+s, nil), w.replaced(w.forReplacement(""), "A"+s, nil), w.replaced(w.forReplacement(""), "Ａ"+s, nil))
}

func meterRace(w *world) {
	hubs := []core.Store{w.Store, w.open(w.T)}
	for range 12 {
		s := "race" + serial()
		units := []core.Unit{w.replaced(w.forReplacement(""), s, nil), w.replaced(w.forReplacement(""), s, nil)}
		outs := make([]core.Outcome, 2)
		var both sync.WaitGroup
		for i, hub := range hubs {
			both.Go(func() { outs[i] = hub.Commit(w.ctx, units[i])[0] })
		}
		both.Wait()
		won := 0
		for i, out := range outs {
			if out.Kind == core.Applied {
				won++
			} else if err := out.Error(); core.CodeOf(err) != "serial_in_use" || !strings.Contains(err.Error(), string(units[1-i].Orders[0].Order.No)) {
				w.Fatalf("the loser hears %v", err)
			}
		}
		if won != 1 {
			w.Fatalf("%d of two hubs installed meter %s: %v, %v", won, s, outs[0], outs[1])
		}
	}
}

func meterFreed(w *world) {
	s := "free" + serial()
	wrong := func(o *core.WorkOrder, _ *core.Completion) {
		o.LastCompletion().Review = &core.Review{Remark: "another meter", By: "t", At: at(3)}
	}
	shared := func(o *core.WorkOrder, c *core.Completion) { c.SharedWith = "W-lead" }
	scrapped := func(o *core.WorkOrder, c *core.Completion) { c.OldMeterFate = "scrapped" }
	gone := func(o *core.WorkOrder, c *core.Completion) { c.NewSerial, o.Family = "", core.Removal }
	goneWrong := func(o *core.WorkOrder, c *core.Completion) {
		wrong(o, c)
		*c = core.Completion{Outcome: core.CouldNotBeDone, Reason: "no_access", FinishedAt: at(9)}
	}
	next := func() core.WorkOrder { return w.forReplacement("") }
	other := func() string { return "o" + serial() }

	first := next()
	w.apply(w.replaced(first, s, nil))
	w.inUse(w.replaced(next(), s, nil), first.No)

	// A result that is sent back keeps its meter until another one follows.
	first = w.must(first.No)
	back := first.Clone()
	wrong(&back, nil)
	w.apply(w.changed(first, back, core.EventReviewed))
	w.inUse(w.replaced(next(), s, nil), first.No)
	first = w.must(first.No)
	w.apply(w.replaced(first, other(), nil))
	second := next()
	w.apply(w.replaced(second, s, nil))

	// A visit that could not be done behind one that was takes nothing back.
	second = w.must(second.No)
	w.apply(w.replaced(second, "", func(_ *core.WorkOrder, c *core.Completion) { c.Outcome, c.Reason = core.CouldNotBeDone, "no_access" }))
	w.inUse(w.replaced(next(), s, nil), second.No)

	// A duplicate that shared the visit has no meter of its own, and lets go of one that was found wrong.
	w.apply(w.replaced(next(), s, shared))
	dup := next()
	own := other()
	w.apply(w.replaced(dup, own, nil))
	dup = w.must(dup.No)
	w.apply(w.replaced(dup, s, func(o *core.WorkOrder, c *core.Completion) { wrong(o, c); shared(o, c) }))
	w.apply(w.replaced(next(), own, nil))

	// A later order that takes the meter away frees it; found wrong, the meter stands where it stood.
	removal := w.forReplacement(s)
	w.apply(w.replaced(removal, "", gone))
	removal = w.must(removal.No)
	w.apply(w.replaced(removal, "", goneWrong))
	w.inUse(w.replaced(next(), s, nil), second.No)
	removal = w.forReplacement(s)
	w.apply(w.replaced(removal, other(), nil))
	third := next()
	w.apply(w.replaced(third, s, nil))
	w.inUse(w.replaced(next(), s, nil), third.No)

	// One that was scrapped is never installed again, unless that is corrected.
	scrap := w.forReplacement(s)
	w.apply(w.replaced(scrap, other(), scrapped))
	w.inUse(w.replaced(next(), s, nil), scrap.No)
	scrap = w.must(scrap.No)
	w.apply(w.replaced(scrap, other(), wrong))
	w.apply(w.replaced(next(), s, nil))

	// So is one that no order had installed.
	old := "old" + serial()
	scrap = w.forReplacement(old)
	w.apply(w.replaced(scrap, fmt.Sprint("n", serial()), scrapped))
	w.inUse(w.replaced(next(), old, nil), scrap.No)
}
