package pull_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"

	"tundish/core"
	"tundish/core/life"
	"tundish/core/pull"
	"tundish/core/store/sqlite"
)

var morning = time.Date(2026, 5, 11, 5, 30, 0, 0, time.UTC)

type stopped struct{ at time.Time }

func (s *stopped) Now() time.Time                       { return s.at }
func (s *stopped) After(time.Duration) <-chan time.Time { return nil }

// pages is a source with rows that never move within a window.
type pages struct {
	mu        sync.Mutex
	rows      []pull.Item
	fetched   []int // pages asked for
	windows   []pull.Window
	confirmed map[string]int
	failFetch map[int]int // page → how many more times it fails
	failOnce  bool        // the next Confirm fails
}

func (p *pages) Fetch(_ context.Context, w pull.Window, page, size int) (pull.Page, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fetched = append(p.fetched, page)
	p.windows = append(p.windows, w)
	if p.failFetch[page] > 0 {
		p.failFetch[page]--
		return pull.Page{}, core.Fail(core.Invalid, "broken", "", "the source broke off", "来源中断")
	}
	if page > 0 && page*size >= len(p.rows) {
		return pull.Page{}, core.Fail(core.Invalid, "no_page", "PageNo", "there is no such page", "没有该页")
	}
	from := min(page*size, len(p.rows))
	to := min(from+size, len(p.rows))
	return pull.Page{Items: slices.Clone(p.rows[from:to]), More: to < len(p.rows), SourceTime: w.To.Add(-time.Minute)}, nil
}

func (p *pages) Confirm(_ context.Context, rs []pull.Receipt) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.failOnce {
		p.failOnce = false
		return core.Fail(core.Invalid, "broken", "", "the source broke off", "来源中断")
	}
	for _, r := range rs {
		if r.Refused == "" {
			p.confirmed[r.Ref.External]++
		}
	}
	return nil
}

func due(n int) []pull.Item {
	items := make([]pull.Item, n)
	for i := range items {
		items[i] = pull.Item{Order: core.WorkOrder{
			Ref: core.Ref{System: "billing", External: fmt.Sprintf("H%04d", i)}, Type: "replacement", Urgency: core.Normal,
			Customer: core.Customer{Account: fmt.Sprintf("A%04d", i)}, Meter: core.Meter{Serial: fmt.Sprintf("M%04d", i)}, Place: core.Place{Address: "柳园路"},
		}, Hash: core.Hash(fmt.Sprintf("h%d", i))}
	}
	return items
}

type hub struct {
	store *sqlite.Store
	src   *pages
	clock *stopped
	run   *pull.Runner
}

// always is a schedule with a slot every d from midnight.
type every time.Duration

func (e every) Next(t time.Time) time.Time {
	return t.Truncate(time.Duration(e)).Add(time.Duration(e))
}

func start(t *testing.T, rows []pull.Item, missed pull.Missed) *hub {
	t.Helper()
	st, err := sqlite.Open(filepath.Join(t.TempDir(), "hub.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	if err := st.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	h := &hub{store: st, clock: &stopped{at: morning}, src: &pages{rows: rows, confirmed: map[string]int{}, failFetch: map[int]int{}}}
	h.run = h.runner(t, missed, "hub-1")
	return h
}

func (h *hub) runner(t *testing.T, missed pull.Missed, holder string) *pull.Runner {
	t.Helper()
	rules := &life.Rules{Types: core.OrderTypes{"replacement": {Code: "replacement", Family: core.Replacement, Minutes: 25}}, NumberPrefix: "W", Zone: time.UTC}
	r, err := pull.New(h.store, []pull.Job{{Name: "due", System: "billing", Source: h.src, Schedule: every(24 * time.Hour), Missed: missed, Lookback: 24 * time.Hour, Overlap: time.Hour, PageSize: 10, Retries: 1, RetryDelay: time.Millisecond}},
		pull.Options{Clock: h.clock, Log: zap.NewNop(), Rules: func() *life.Rules { return rules }, Holder: holder})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (h *hub) orders(t *testing.T) []core.WorkOrder {
	t.Helper()
	list, err := h.store.Orders(t.Context(), core.OrderQuery{Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestARunStoresAndConfirmsEveryRowOnce(t *testing.T) {
	h := start(t, due(35), pull.MissedLast)
	run, err := h.run.RunOnce(t.Context(), "due", pull.Window{})
	if err != nil {
		t.Fatal(err)
	}
	if run.Counts != (core.Counts{Fetched: 35, Created: 35}) || run.Page != 4 || run.State != core.RunDone {
		t.Errorf("run %+v", run)
	}
	if n := len(h.orders(t)); n != 35 {
		t.Errorf("%d orders", n)
	}
	if len(h.src.confirmed) != 35 {
		t.Errorf("%d confirmed", len(h.src.confirmed))
	}
	// The next window overlaps; what is known stays one order, what changed is amended.
	h.clock.at = morning.Add(24 * time.Hour)
	h.src.rows[7].Hash, h.src.rows[7].Order.Report.Remark = "other", "锈死"
	again, err := h.run.RunOnce(t.Context(), "due", pull.Window{})
	if err != nil {
		t.Fatal(err)
	}
	if again.Counts != (core.Counts{Fetched: 35, Known: 34, Amended: 1}) {
		t.Errorf("second run %+v", again.Counts)
	}
	// The source's clock was a minute behind: the watermark is its time, less the overlap.
	if want := morning.Add(-time.Minute - time.Hour); !again.From.Equal(want) {
		t.Errorf("the second window begins %v, want %v", again.From, want)
	}
}

func TestAnInterruptedRunGoesOnAtItsPage(t *testing.T) {
	h := start(t, due(35), pull.MissedLast)
	h.src.failFetch[2] = 1
	run, err := h.run.RunOnce(t.Context(), "due", pull.Window{})
	if err == nil || run.State != core.RunFailed || run.Page != 2 {
		t.Fatalf("run %+v, error %v", run, err)
	}
	h.src.fetched = nil
	second, err := h.runner(t, pull.MissedLast, "hub-2").RunOnce(t.Context(), "due", pull.Window{})
	if err != nil {
		t.Fatal(err)
	}
	if second.ID != run.ID || !slices.Equal(h.src.fetched, []int{2, 3}) {
		t.Errorf("resumed %s at pages %v, want %s at 2, 3", second.ID, h.src.fetched, run.ID)
	}
	if len(h.orders(t)) != 35 || len(h.src.confirmed) != 35 {
		t.Errorf("%d orders, %d confirmed", len(h.orders(t)), len(h.src.confirmed))
	}
}

func TestAConfirmationThatWasLostIsMadeGood(t *testing.T) {
	h := start(t, due(35), pull.MissedLast)
	h.src.failOnce = true
	run, err := h.run.RunOnce(t.Context(), "due", pull.Window{})
	if err == nil || run.Page < 1 || run.Confirmed != 0 {
		t.Fatalf("run %+v, error %v", run, err)
	}
	if _, err := h.run.RunOnce(t.Context(), "due", pull.Window{}); err != nil {
		t.Fatal(err)
	}
	if len(h.src.confirmed) != 35 || len(h.orders(t)) != 35 {
		t.Errorf("%d confirmed, %d orders", len(h.src.confirmed), len(h.orders(t)))
	}
}

func TestARunThatWasKilledBehindItsLastPageEndsThere(t *testing.T) {
	h := start(t, due(10), pull.MissedLast)
	h.src.failOnce = true
	if run, err := h.run.RunOnce(t.Context(), "due", pull.Window{}); err == nil || run.Page != 1 {
		t.Fatalf("run %+v, error %v", run, err)
	}
	run, err := h.run.RunOnce(t.Context(), "due", pull.Window{})
	if err != nil || run.State != core.RunDone || run.Counts != (core.Counts{Fetched: 10, Created: 10}) {
		t.Errorf("resumed: %+v, %v", run, err)
	}
	if !slices.Equal(h.src.fetched, []int{0, 0}) || len(h.src.confirmed) != 10 {
		t.Errorf("pages %v, %d confirmed", h.src.fetched, len(h.src.confirmed))
	}
}

func TestAJobWithoutAScheduleRunsByHandOnly(t *testing.T) {
	h := start(t, due(3), pull.MissedAll)
	rules := &life.Rules{Types: core.OrderTypes{"replacement": {Code: "replacement", Family: core.Replacement, Minutes: 25}}, NumberPrefix: "W", Zone: time.UTC}
	r, err := pull.New(h.store, []pull.Job{{Name: "due", System: "billing", Source: h.src, Lookback: time.Hour}},
		pull.Options{Clock: h.clock, Log: zap.NewNop(), Rules: func() *life.Rules { return rules }, Holder: "hub-1"})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Run(t.Context()); err != nil || len(h.src.fetched) != 0 { // returns at once: no job has slots to wait for
		t.Errorf("by itself: %v, pages %v", err, h.src.fetched)
	}
	if run, err := r.RunOnce(t.Context(), "due", pull.Window{}); err != nil || run.Created != 3 {
		t.Errorf("by hand: %+v, %v", run, err)
	}
}

func TestABadRowIsKeptWithItsReasonAndStopsNothing(t *testing.T) {
	rows := due(12)
	rows[3].Err, rows[3].Raw = core.Fail(core.Invalid, "not_a_date", "Meter.DueOn", "31 February is no date", "日期有误"), func() []byte { return []byte("<Item/>") }
	rows[5].Order.Type = "repalcement"
	rows[11].Order.Ref = rows[10].Order.Ref
	h := start(t, rows, pull.MissedLast)
	run, err := h.run.RunOnce(t.Context(), "due", pull.Window{})
	if err != nil {
		t.Fatal(err)
	}
	if run.Counts != (core.Counts{Fetched: 12, Created: 9, Refused: 3}) {
		t.Errorf("counts %+v", run.Counts)
	}
	items, err := h.store.RefusedItems(t.Context(), run.ID, 10)
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	for _, it := range items {
		codes = append(codes, it.Code)
	}
	if !slices.Equal(codes, []string{"not_a_date", "unknown_type", "twice_in_page"}) {
		t.Errorf("refused with %v", codes)
	}
}

func TestTwoHubsNeverRunOneJobAtOnce(t *testing.T) {
	h := start(t, due(35), pull.MissedLast)
	lease, ok, err := h.store.Acquire(t.Context(), "job/due", "somebody else", time.Minute)
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	if _, err := h.run.RunOnce(t.Context(), "due", pull.Window{}); !errors.Is(err, pull.ErrBusy) {
		t.Errorf("beside another hub: %v", err)
	}
	if err := h.store.Release(t.Context(), lease); err != nil {
		t.Fatal(err)
	}
	if _, err := h.run.RunOnce(t.Context(), "due", pull.Window{}); err != nil {
		t.Error(err)
	}
}

func TestMissedSlotsAreDealtWithAsTheJobSays(t *testing.T) {
	for missed, want := range map[pull.Missed]int{pull.MissedNone: 0, pull.MissedLast: 1, pull.MissedAll: 3} {
		t.Run(string(missed), func(t *testing.T) {
			h := start(t, due(3), missed)
			state := core.JobState{Job: "due", LastSlot: morning.Truncate(24 * time.Hour), Watermark: morning.Add(-time.Hour)}
			if out := h.store.Commit(t.Context(), core.Unit{Job: &state})[0]; out.Kind != core.Applied {
				t.Fatal(out)
			}
			h.clock.at = morning.Add(3 * 24 * time.Hour)
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() { done <- h.run.Run(ctx) }()
			deadline := time.After(20 * time.Second)
			tick := time.NewTicker(5 * time.Millisecond)
			defer tick.Stop()
			var runs []core.JobRun
			settled := func() bool { // the clock stands still: after the missed slots nothing more can come
				var err error
				if runs, err = h.store.Runs(t.Context(), "due", 10); err != nil {
					t.Fatal(err)
				}
				n := 0
				for _, r := range runs {
					if r.State == core.RunDone {
						n++
					}
				}
				return n >= want
			}
			for !settled() {
				select {
				case <-deadline:
					t.Fatalf("runs %+v, want %d", runs, want)
				case <-tick.C:
				}
			}
			cancel()
			<-done
			if len(runs) != want {
				t.Errorf("%d runs, want %d", len(runs), want)
			}
			for _, r := range runs {
				if r.Trigger != pull.TriggerMissed {
					t.Errorf("run %s was triggered by %s", r.Slot, r.Trigger)
				}
			}
		})
	}
}
