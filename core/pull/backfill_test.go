package pull_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"tundish/core"
	"tundish/core/pull"
)

// dated are rows with source times, one a minute before morning.
func dated(n int) []pull.Item {
	rows := due(n)
	for i := range rows {
		rows[i].Order.SourceAt = morning.Add(-time.Duration(n-i) * time.Minute)
	}
	return rows
}

func TestABackfillOfWhatIsMissingLeavesTheRestAlone(t *testing.T) {
	all := dated(35)
	h := start(t, slices.Concat(all[:10], all[20:]), pull.MissedLast)
	if _, err := h.run.RunOnce(t.Context(), "due", pull.Window{}); err != nil {
		t.Fatal(err)
	}
	before, err := h.store.JobState(t.Context(), "due")
	if err != nil {
		t.Fatal(err)
	}
	h.src.rows = slices.Clone(all)
	h.src.rows[3].Hash, h.src.rows[3].Order.Report.Remark = "other", "锈死"
	h.clock.at = morning.Add(48 * time.Hour)
	window := pull.Window{From: morning.Add(-24 * time.Hour), To: morning.Add(24 * time.Hour)}

	var trials []pull.Trial
	dry, err := h.run.DryRun(t.Context(), "due", window, true, func(x pull.Trial) { trials = append(trials, x) })
	if err != nil || dry.Counts != (core.Counts{Fetched: 35, Created: 10, Known: 24, Changed: 1}) || len(trials) != 35 {
		t.Fatalf("dry %+v, %d rows, %v", dry, len(trials), err)
	}
	if trials[3].Verdict != pull.WouldLeave || trials[3].Order == "" || trials[10].Verdict != pull.WouldCreate || trials[10].Order != "" {
		t.Errorf("%+v, %+v", trials[3], trials[10])
	}
	if runs, err := h.store.Runs(t.Context(), "due", 10); err != nil || len(runs) != 1 || len(h.orders(t)) != 25 || len(h.src.confirmed) != 25 {
		t.Fatalf("a dry run left %d runs, %d orders, %d confirmed, %v", len(runs), len(h.orders(t)), len(h.src.confirmed), err)
	}

	h.src.failFetch[2] = 1 // it is interrupted, and goes on when it is asked for again
	if run, err := h.run.Backfill(t.Context(), "due", window, true); err == nil || run.Page != 2 {
		t.Fatalf("%+v, %v", run, err)
	}
	h.src.fetched = nil
	if run, err := h.run.RunOnce(t.Context(), "due", pull.Window{From: morning.Add(-time.Minute), To: morning}); err != nil || run.Trigger != pull.TriggerManual {
		t.Errorf("a usual run beside an interrupted backfill: %+v, %v", run, err)
	}
	h.src.fetched = nil
	run, err := h.run.Backfill(t.Context(), "due", window, true)
	if err != nil || run.Counts != dry.Counts || run.Trigger != pull.TriggerBackfill || !run.OnlyMissing || h.src.fetched[0] != 2 {
		t.Errorf("%+v from page %v, %v", run, h.src.fetched, err)
	}
	if o, hashes, err := h.store.OrderByRef(t.Context(), all[3].Order.Ref); err != nil || o.Version != 2 || len(hashes) != 2 {
		t.Errorf("%+v, %v", o, err) // by the usual run, not by the backfill
	}
	if after, err := h.store.JobState(t.Context(), "due"); err != nil || !after.Watermark.Equal(before.Watermark) {
		t.Errorf("the watermark moved from %v to %v, %v", before.Watermark, after.Watermark, err)
	}
	if _, err := h.run.Backfill(t.Context(), "due", pull.Window{}, true); core.CodeOf(err) != "required" {
		t.Errorf("without a window: %v", err)
	}
}

func TestAWindowBehindTheWatermarkLeavesNoGap(t *testing.T) {
	h := start(t, dated(3), pull.MissedLast)
	first, err := h.run.RunOnce(t.Context(), "due", pull.Window{})
	if err != nil {
		t.Fatal(err)
	}
	h.clock.at = morning.Add(72 * time.Hour)
	if _, err := h.run.RunOnce(t.Context(), "due", pull.Window{From: morning.Add(48 * time.Hour)}); err != nil {
		t.Fatal(err)
	}
	next, err := h.run.RunOnce(t.Context(), "due", pull.Window{})
	if err != nil || next.From.After(first.To) {
		t.Errorf("the usual window begins %v; %v to %v were never asked for, %v", next.From, first.To, next.From, err)
	}
}

func TestARowThatIsListedNoMoreIsReported(t *testing.T) {
	rows := dated(30)
	rows[29].Order.SourceAt = time.Time{} // belongs to no window
	h := start(t, rows, pull.MissedLast)
	if _, err := h.run.RunOnce(t.Context(), "due", pull.Window{}); err != nil {
		t.Fatal(err)
	}
	no := func(i int) core.OrderNo {
		o, _, err := h.store.OrderByRef(t.Context(), rows[i].Order.Ref)
		if err != nil {
			t.Fatal(err)
		}
		return o.No
	}
	begin := func(i int, phase core.Phase) {
		if _, err := core.Decide(t.Context(), h.store, no(i), func(o core.WorkOrder) (core.Unit, error) {
			next := o.Clone()
			next.Phase = phase
			ch, err := core.NewChange(&o, next, core.Event{At: morning, Kind: core.EventNote, By: "test"})
			return core.Unit{Orders: []core.OrderChange{ch}}, err
		}); err != nil {
			t.Fatal(err)
		}
	}
	begin(21, core.Field)
	begin(22, core.Cancelled)
	// Gone: 2, which is before the window; 15 and 16; 21 and 22, which nobody misses; 29. 17 is
	// refused now, but listed.
	left := slices.Clone(rows)
	left[17].Err = core.Fail(core.Invalid, "not_a_date", "Meter.DueOn", "31 February is no date", "日期有误")
	for _, i := range []int{29, 22, 21, 16, 15, 2} {
		left = slices.Delete(left, i, i+1)
	}
	h.src.rows = left
	h.clock.at = morning.Add(time.Hour)
	run, err := h.run.RunOnce(t.Context(), "due", pull.Window{From: morning.Add(-20 * time.Minute), To: h.clock.at})
	if err != nil || run.Vanished != 2 || run.Created != 0 {
		t.Fatalf("%+v, %v", run, err)
	}
	gone, err := h.store.VanishedRows(t.Context(), "due", 10)
	if err != nil || len(gone) != 2 || gone[0].No != no(15) || gone[1].No != no(16) || gone[0].Vanished != run.ID {
		t.Fatalf("%+v, %v", gone, err)
	}
	if o, err := h.store.Order(t.Context(), no(15)); err != nil || o.Version != 1 {
		t.Errorf("a vanished order was changed: %+v, %v", o, err)
	}
	// It counts once, and not at all when it is back.
	h.src.rows = slices.Insert(left, 0, rows[15])
	h.clock.at = morning.Add(2 * time.Hour)
	run, err = h.run.RunOnce(t.Context(), "due", pull.Window{From: morning.Add(-20 * time.Minute), To: h.clock.at})
	if err != nil || run.Vanished != 0 {
		t.Fatalf("%+v, %v", run, err)
	}
	if gone, err = h.store.VanishedRows(t.Context(), "due", 10); err != nil || len(gone) != 1 || gone[0].No != no(16) {
		t.Errorf("%+v, %v", gone, err)
	}
}

func TestOverlappingWindowsMakeNoDuplicates(t *testing.T) {
	const n = 5000
	rows := dated(n)
	h := start(t, rows[:3000], pull.MissedLast)
	if _, err := h.run.RunOnce(t.Context(), "due", pull.Window{From: morning.Add(-n * time.Minute)}); err != nil {
		t.Fatal(err)
	}
	h.src.rows = slices.Clone(rows[1000:])
	for i := 0; i < 2000; i += 10 { // of the 2,000 that come again
		h.src.rows[i].Hash += "'"
		h.src.rows[i].Order.Report.Remark = fmt.Sprint("changed ", i)
	}
	h.clock.at = morning.Add(time.Hour)
	run, err := h.run.RunOnce(t.Context(), "due", pull.Window{From: morning.Add(-4000 * time.Minute), To: h.clock.at})
	if err != nil || run.Counts != (core.Counts{Fetched: 4000, Created: 2000, Known: 1800, Amended: 200}) || run.Vanished != 0 {
		t.Errorf("%+v, %v", run, err)
	}
	if len(h.src.confirmed) != n {
		t.Errorf("%d rows confirmed", len(h.src.confirmed))
	}
	for _, i := range []int{0, 990} {
		o, _, err := h.store.OrderByRef(t.Context(), rows[1000+i].Order.Ref)
		if err != nil {
			t.Fatal(err)
		}
		events, err := h.store.Events(t.Context(), o.No)
		if err != nil || len(events) != 2 || o.Report.Remark != fmt.Sprint("changed ", i) {
			t.Errorf("%+v with %d events, %v", o.Report, len(events), err)
		}
		if replayed, err := core.Replay(events); err != nil || replayed.Report.Remark != o.Report.Remark {
			t.Errorf("replayed: %+v, %v", replayed.Report, err)
		}
	}
}

func TestProgressTellsTheRateAndWhatIsLeft(t *testing.T) {
	p := pull.NewProgress(6000, 10_000, 2000, 4*time.Second)
	if p.PerSecond != 500 || p.Remaining != 8*time.Second {
		t.Errorf("%+v", p)
	}
	if p = pull.NewProgress(7, 0, 0, 0); p.PerSecond != 0 || p.Remaining != 0 {
		t.Errorf("%+v", p)
	}
}
