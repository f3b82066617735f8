package pull_test

import (
	"context"
	"fmt"
	"maps"
	"testing"
	"time"

	"tundish/core"
	"tundish/core/pull"
)

// placed is a source that knows its rows by their places and lists each once.
type placed struct {
	*pages
	told   map[string]pull.Receipt
	breaks int // the next so many Confirm fail
	tries  int
}

func (p *placed) Fetch(ctx context.Context, w pull.Window, page, size int) (pull.Page, error) {
	out, err := p.pages.Fetch(ctx, w, page, size)
	for i := range out.Items {
		out.Items[i].Place = fmt.Sprintf("book:%d", page*size+i)
	}
	out.Once = true
	return out, err
}

func (p *placed) Confirm(_ context.Context, rs []pull.Receipt) error {
	if p.breaks > 0 {
		p.breaks--
		return core.Fail(core.Invalid, "broken", "", "the source broke off", "来源中断")
	}
	for _, r := range rs {
		p.told[r.Place] = r
	}
	return nil
}

// Try counts how often a dry run asks for a source without traces.
func (p *placed) Try() pull.Source {
	p.tries++
	return p.pages
}

// What became of a row, also of a refused one, its source hears by the row's place, and hears
// the same when the hub died before it could tell.
func TestReceiptsNameTheRowsPlace(t *testing.T) {
	tell := func(breaks int) map[string]pull.Receipt {
		rows := dated(25)
		rows[3].Err = core.Fail(core.Invalid, "bad_date", "DUE", "31 February is no date", "日期有误")
		rows[3].Raw = func() []byte { return []byte("<row>3</row>") }
		rows[4].Order.Type = "mystery" // refused by the rules, not by its reader
		rows[4].Raw = func() []byte { return []byte("<row>4</row>") }
		h := start(t, rows, pull.MissedLast)
		src := &placed{pages: h.src, told: map[string]pull.Receipt{}, breaks: breaks}
		for range breaks + 1 {
			_, _ = over(t, h.store, src, morning, 2).RunOnce(t.Context(), "due", pull.Window{})
		}
		if len(src.told) != len(rows) {
			t.Fatalf("%d of %d rows were told of", len(src.told), len(rows))
		}
		if r := src.told["book:3"]; r.No != "" || r.Refused != "DUE: 31 February is no date" || r.RefusedZH != "DUE：日期有误" {
			t.Errorf("told %+v", r)
		}
		if r := src.told["book:4"]; r.No != "" || r.Refused == "" {
			t.Errorf("told %+v", r)
		}
		if r := src.told["book:5"]; r.No == "" || r.Ref.External != rows[5].Order.Ref.External {
			t.Errorf("told %+v", r)
		}
		return src.told
	}
	whole, mended := tell(0), tell(1)
	for _, told := range []map[string]pull.Receipt{whole, mended} {
		for place, r := range told {
			r.No, r.RefusedZH = "", "" // of another store; known in English only
			told[place] = r
		}
	}
	if !maps.Equal(whole, mended) {
		t.Errorf("told %v\nafter an interruption %v", whole, mended)
	}
}

func TestARowThatIsListedOnceDoesNotVanish(t *testing.T) {
	h := start(t, dated(5), pull.MissedLast)
	src := &placed{pages: h.src, told: map[string]pull.Receipt{}}
	if _, err := over(t, h.store, src, morning, 0).RunOnce(t.Context(), "due", pull.Window{}); err != nil {
		t.Fatal(err)
	}
	h.src.rows = nil
	run, err := over(t, h.store, src, morning.Add(time.Hour), 0).RunOnce(t.Context(), "due", pull.Window{From: morning.Add(-48 * time.Hour), To: morning.Add(time.Hour)})
	if err != nil || run.Vanished != 0 {
		t.Errorf("%+v, %v", run, err)
	}
}

func TestADryRunAsksForASourceWithoutTraces(t *testing.T) {
	h := start(t, dated(5), pull.MissedLast)
	src := &placed{pages: h.src}
	seen := 0
	if _, err := over(t, h.store, src, morning, 0).DryRun(t.Context(), "due", pull.Window{}, false, func(pull.Trial) { seen++ }); err != nil {
		t.Fatal(err)
	}
	if src.tries != 1 || seen != 5 {
		t.Errorf("%d tries, %d rows", src.tries, seen)
	}
}
