package pull_test

import (
	"context"
	"errors"
	"fmt"
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

// watched is a store whose page units somebody looks at before they are written.
type watched struct {
	*sqlite.Store
	before func(u *core.Unit) error
	after  func(u *core.Unit)
}

func (w *watched) Commit(ctx context.Context, units ...core.Unit) []core.Outcome {
	if w.before != nil && units[0].Run != nil {
		if err := w.before(&units[0]); err != nil {
			return []core.Outcome{{Kind: core.RefusedUnit, Order: -1, Err: err}}
		}
	}
	outs := w.Store.Commit(ctx, units...)
	if w.after != nil && outs[0].Kind == core.Applied {
		w.after(&units[0])
	}
	return outs
}

func over(t *testing.T, st pull.Store, src pull.Source, at time.Time, ahead int) *pull.Runner {
	t.Helper()
	rules := &life.Rules{Types: core.OrderTypes{"replacement": {Code: "replacement", Family: core.Replacement, Minutes: 25}}, NumberPrefix: "W", Zone: time.UTC}
	r, err := pull.New(st, []pull.Job{{Name: "due", System: "billing", Source: src, Lookback: 24 * time.Hour, Overlap: time.Hour, PageSize: 10, Ahead: ahead, Retries: 1, RetryDelay: time.Millisecond}},
		pull.Options{Clock: &stopped{at: at}, Log: zap.NewNop(), Rules: func() *life.Rules { return rules }, Holder: "hub"})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestPagesAreFetchedAheadOfTheStoreButOnlySoMany(t *testing.T) {
	for _, ahead := range []int{1, 3} {
		h := start(t, due(100), pull.MissedLast)
		stored, most := 0, 0
		fetched := func() int { h.src.mu.Lock(); defer h.src.mu.Unlock(); return len(h.src.fetched) }
		st := &watched{Store: h.store, before: func(u *core.Unit) error {
			if u.Run.Page > stored && stored+1+ahead <= 10 {
				deadline := time.Now().Add(10 * time.Second)
				for fetched() < stored+1+ahead { // it may not wait for this commit
					if time.Now().After(deadline) {
						return fmt.Errorf("%d pages fetched while page %d is being stored, want %d", fetched(), stored, stored+1+ahead)
					}
					time.Sleep(time.Millisecond)
				}
			}
			most = max(most, fetched()-stored)
			return nil
		}, after: func(u *core.Unit) { stored = u.Run.Page }}
		run, err := over(t, st, h.src, morning, ahead).RunOnce(t.Context(), "due", pull.Window{})
		if err != nil || run.Created != 100 || run.Confirmed != 10 {
			t.Fatalf("ahead %d: %+v, %v", ahead, run, err)
		}
		if most > ahead+1 {
			t.Errorf("%d pages lay between source and store, want at most %d", most, ahead+1)
		}
	}
}

// An order that stands in two pages is decided on while neither is stored.
func TestAnOrderInTwoPagesIsOneOrder(t *testing.T) {
	rows := due(40)
	rows[12] = rows[3] // the next page, unchanged
	rows[25] = rows[3] // and once more, changed
	rows[25].Hash, rows[25].Order.Report.Remark = "changed", "锈死"
	h := start(t, rows, pull.MissedLast)
	run, err := h.run.RunOnce(t.Context(), "due", pull.Window{})
	if err != nil || run.Counts != (core.Counts{Fetched: 40, Created: 38, Known: 1, Amended: 1}) {
		t.Fatalf("%+v, %v", run.Counts, err)
	}
	o, hashes, err := h.store.OrderByRef(t.Context(), rows[3].Order.Ref)
	if err != nil || o.Version != 2 || o.Report.Remark != "锈死" || len(hashes) != 2 {
		t.Errorf("%+v with %d hashes, %v", o, len(hashes), err)
	}
	if n := len(h.orders(t)); n != 38 {
		t.Errorf("%d orders", n)
	}
}

// forever is a source that has always more.
type forever func(page int) pull.Page

func (f forever) Fetch(_ context.Context, _ pull.Window, page, _ int) (pull.Page, error) {
	return f(page), nil
}
func (forever) Confirm(context.Context, []pull.Receipt) error { return nil }

func TestASourceWithoutAnEndIsStopped(t *testing.T) {
	rows := due(2000)
	for name, c := range map[string]struct {
		src  forever
		most int // pages stored
	}{
		"the same page again": {func(int) pull.Page { return pull.Page{Items: slices.Clone(rows[:10]), More: true} }, 1},
		"two pages in turns": {func(n int) pull.Page {
			return pull.Page{Items: slices.Clone(rows[n%2*10 : n%2*10+10]), More: true}
		}, 2},
		"nothing, again and again": {func(int) pull.Page { return pull.Page{More: true} }, 10},
		"more than there are": {func(n int) pull.Page {
			return pull.Page{Items: slices.Clone(rows[n*100 : n*100+100]), More: true, Total: 10}
		}, 11},
	} {
		t.Run(name, func(t *testing.T) {
			h := start(t, nil, pull.MissedLast)
			run, err := over(t, h.store, c.src, morning, 2).RunOnce(t.Context(), "due", pull.Window{})
			if core.CodeOf(err) != "endless" || run.State != core.RunFailed || run.Page > c.most {
				t.Errorf("%+v, %v", run, err)
			}
		})
	}
}

// A hub that dies between any two of its writes leaves a run that another one ends: every
// row once, every row confirmed, every count right.
func TestARunSurvivesAnEndBetweenAnyTwoWrites(t *testing.T) {
	died := errors.New("the machine lost power")
	for after := range 12 {
		h := start(t, due(95), pull.MissedLast)
		var mu sync.Mutex
		writes := 0
		st := &watched{Store: h.store, before: func(*core.Unit) error {
			mu.Lock()
			defer mu.Unlock()
			if writes++; writes > after {
				return died // and nothing more is written, not even why
			}
			return nil
		}}
		if run, err := over(t, st, h.src, morning, 2).RunOnce(t.Context(), "due", pull.Window{}); err == nil && after < 3 {
			t.Fatalf("after %d writes: %+v", after, run)
		}
		run, err := over(t, h.store, h.src, morning.Add(time.Minute), 2).RunOnce(t.Context(), "due", pull.Window{})
		if err != nil || run.State != core.RunDone {
			t.Fatalf("after %d writes: %+v, %v", after, run, err)
		}
		runs, err := h.store.Runs(t.Context(), "due", 10)
		if err != nil {
			t.Fatal(err)
		}
		created := 0
		for _, r := range runs {
			created += r.Created
		}
		if created != 95 || len(h.orders(t)) != 95 || len(h.src.confirmed) != 95 {
			t.Errorf("after %d writes: %d counted, %d orders, %d confirmed; runs %+v", after, created, len(h.orders(t)), len(h.src.confirmed), runs)
		}
	}
}

// slow takes its time to confirm.
type slow struct {
	*pages
	confirming chan struct{}
	goOn       chan struct{}
}

func (s *slow) Confirm(ctx context.Context, rs []pull.Receipt) error {
	s.confirming <- struct{}{}
	<-s.goOn
	return s.pages.Confirm(ctx, rs)
}

func TestTheNextPageIsStoredWhileOneIsConfirmed(t *testing.T) {
	h := start(t, due(20), pull.MissedLast)
	var mu sync.Mutex
	page, confirmed := 0, 0
	second := make(chan struct{})
	st := &watched{Store: h.store, after: func(u *core.Unit) {
		mu.Lock()
		defer mu.Unlock()
		if u.Run != nil && u.Run.Page > page {
			if page, confirmed = u.Run.Page, u.Run.Confirmed; page == 2 {
				close(second)
			}
		}
	}}
	src := &slow{pages: h.src, confirming: make(chan struct{}, 2), goOn: make(chan struct{})}
	done := make(chan core.JobRun)
	go func() {
		run, err := over(t, &oneByOne{st}, src, morning, 2).RunOnce(context.Background(), "due", pull.Window{})
		if err != nil {
			t.Error(err)
		}
		done <- run
	}()
	<-src.confirming
	select {
	case <-second:
	case <-time.After(10 * time.Second):
		t.Error("page 1 waits for the confirmation of page 0")
	}
	if confirmed != 0 {
		t.Errorf("the checkpoint says %d pages are confirmed; the source has not answered yet", confirmed)
	}
	close(src.goOn)
	if run := <-done; run.Confirmed != 2 || run.Created != 20 {
		t.Errorf("%+v", run)
	}
}

// oneByOne holds a page's unit back until no other page can wait behind it: pages are
// stored alone.
type oneByOne struct{ *watched }

func (o *oneByOne) OrdersByRef(ctx context.Context, refs []core.Ref) (map[core.Ref]core.KnownOrder, error) {
	if len(refs) > 0 && refs[0].External >= "H0010" {
		for { // the page before is stored
			if runs, err := o.Runs(ctx, "due", 1); err != nil || len(runs) == 1 && runs[0].Page > 0 {
				break
			}
			time.Sleep(time.Millisecond)
		}
	}
	return o.watched.OrdersByRef(ctx, refs)
}
