package staging

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"go.uber.org/zap"
	"golang.org/x/text/encoding/simplifiedchinese"

	"tundish/adapters/mapping"
	"tundish/config/lang"
	"tundish/core"
	"tundish/core/life"
	"tundish/core/pull"
	"tundish/core/store/sqlite"
)

var morning = time.Date(2026, 5, 11, 5, 30, 0, 0, time.UTC)

type stopped struct{ at time.Time }

func (s stopped) Now() time.Time                     { return s.at }
func (stopped) After(time.Duration) <-chan time.Time { return nil }

// loaded reads a mapping that must be right.
func loaded(t *testing.T, text string) *mapping.Mapping {
	t.Helper()
	var p lang.Problems
	shanghai := time.FixedZone("CST", 8*3600)
	m := mapping.Load(fstest.MapFS{"old.yaml": {Data: []byte("mapping: old\n" + text)}}, "old.yaml", mapping.Surroundings{Zone: shanghai, Types: []string{"leak", "burst"}}, &p)
	if err := p.Err(); err != nil {
		t.Fatal(err)
	}
	return m
}

const orderOfRow = `
    order:
      ref: 工单编号
      type: {from: 类型, map: {LS: leak, BG: burst}}
      customer.account: {from: 户号_必填, fold: true}
      place.address: {from: 地址, required: true}
      report.content: 内容
      source_at: {from: 登记时间, layout: "yyyy-MM-dd HH:mm:ss"}
`

const header = "工单编号,类型,户号（必填）,地址,内容,登记时间"

// row is a good one.
func row(i int) string {
	return fmt.Sprintf("R%04d,LS,１００%04d,柳园路%d号,\"冒水,\"\"急\"\"\",2026-05-10 %02d:%02d:00", i, i, i, i/60%24, i%60)
}

func csvOf(from, to int) string {
	lines := []string{header}
	for i := from; i < to; i++ {
		lines = append(lines, row(i))
	}
	return strings.Join(lines, "\r\n") + "\r\n"
}

// world is a folder that a system writes to and a hub that reads it.
type world struct {
	t      *testing.T
	folder string
	sheet  *mapping.Sheet
	store  *sqlite.Store
	at     time.Time
}

func newWorld(t *testing.T, settings string) *world {
	t.Helper()
	w := &world{t: t, folder: t.TempDir(), at: morning}
	w.sheet = loaded(t, "files:\n  orders:\n    folder: in\n"+settings+orderOfRow).Sheets["orders"]
	w.store = opened(t)
	return w
}

func opened(t *testing.T) *sqlite.Store {
	t.Helper()
	st, err := sqlite.Open(filepath.Join(t.TempDir(), "hub.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	if err := st.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return st
}

func (w *world) put(name, text string) {
	w.t.Helper()
	if err := os.WriteFile(filepath.Join(w.folder, name), []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) read(name string) string {
	w.t.Helper()
	data, err := os.ReadFile(filepath.Join(w.folder, name))
	if err != nil {
		w.t.Error(err)
	}
	return string(data)
}

// names are the files of a folder.
func (w *world) names(dir string) string {
	w.t.Helper()
	entries, err := os.ReadDir(filepath.Join(w.folder, dir))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		w.t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		if !e.IsDir() && !strings.HasPrefix(e.Name(), ".") {
			names = append(names, e.Name())
		}
	}
	return strings.Join(names, " ")
}

func complete(*core.WorkOrder) error { return nil }

func (w *world) files() *Files {
	w.t.Helper()
	s, err := NewFiles(FilesOptions{System: "old", Sheet: w.sheet, Folder: w.folder, Complete: complete, Clock: stopped{w.at}, Log: zap.NewNop(), Chinese: true})
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// runner is a hub that pulls pages of ten rows.
func runner(t *testing.T, st pull.Store, src pull.Source, at time.Time) *pull.Runner {
	t.Helper()
	types := core.OrderTypes{}
	for _, code := range []string{"leak", "burst"} {
		types[code] = &core.OrderType{Code: code, Family: core.Repair, Minutes: 60}
	}
	rules := &life.Rules{Types: types, NumberPrefix: "W", Zone: time.UTC}
	r, err := pull.New(st, []pull.Job{{Name: "orders", System: "old", Source: src, Lookback: 24 * time.Hour, Overlap: time.Hour, PageSize: 10, Ahead: 2, Retries: 1, RetryDelay: time.Millisecond}},
		pull.Options{Clock: stopped{at}, Log: zap.NewNop(), Rules: func() *life.Rules { return rules }, Holder: "hub"})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// run pulls once, a minute after the last time.
func (w *world) run() core.JobRun {
	w.t.Helper()
	w.at = w.at.Add(time.Minute)
	r, err := runner(w.t, w.store, w.files(), w.at).RunOnce(w.t.Context(), "orders", pull.Window{})
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

func orders(t *testing.T, st *sqlite.Store) []core.WorkOrder {
	t.Helper()
	all, err := st.Orders(t.Context(), core.OrderQuery{Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func gbk(t *testing.T, text string) string {
	t.Helper()
	out, err := simplifiedchinese.GBK.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func fromGBK(t *testing.T, text string) string {
	t.Helper()
	out, err := simplifiedchinese.GBK.NewDecoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
