package staging

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tundish/core"
	"tundish/core/pull"
	"tundish/core/store/sqlite"
)

func TestRowsOfAFileBecomeOrdersAndTheFileIsAnswered(t *testing.T) {
	w := newWorld(t, "    charset: GBK\n    settled: 0s\n")
	text := csvOf(0, 12)
	text += "R0100,XX,1,柳园路,,2026-05-10 08:00:00\r\n,LS,1,柳园路,,2026-05-10 08:00:00\r\n,,,,,\r\n"
	w.put("orders.csv", gbk(t, text))
	if run := w.run(); run.Created != 12 || run.Refused != 2 {
		t.Errorf("%+v", run)
	}
	all := orders(t, w.store)
	if len(all) != 12 {
		t.Fatalf("%d orders", len(all))
	}
	o := all[3]
	if o.Ref != (core.Ref{System: "old", External: "R0003"}) || o.Type != "leak" || o.Customer.Account != "1000003" || o.Place.Address != "柳园路3号" || o.Report.Content != `冒水,"急"` ||
		!o.SourceAt.Equal(time.Date(2026, 5, 9, 16, 3, 0, 0, time.UTC)) {
		t.Errorf("%+v", o)
	}
	if got := w.names(".") + "|" + w.names("taken") + "|" + w.names("done") + "|" + w.names("refused"); got != "||orders.csv orders.receipt.csv|" {
		t.Errorf("files %s", got)
	}
	if w.read("done/orders.csv") != gbk(t, text) {
		t.Error("the file was changed")
	}
	receipt := strings.Split(fromGBK(t, w.read("done/orders.receipt.csv")), "\r\n")
	if len(receipt) != 16 || receipt[0] != "line,ref,order_no,refused" || receipt[4] != "5,R0003,"+string(o.No)+"," {
		t.Errorf("receipt %q", receipt)
	}
	if !strings.HasPrefix(receipt[13], `14,R0100,,"类型：`) || !strings.Contains(receipt[14], "工单编号：") {
		t.Errorf("refusals %q", receipt[13:])
	}
	// The same rows in another file, one of them changed.
	w.put("orders.csv", gbk(t, strings.Replace(csvOf(0, 12), "柳园路7号", "柳园路77号", 1)))
	if run := w.run(); run.Known != 11 || run.Amended != 1 {
		t.Errorf("%+v", run)
	}
	if got := w.names("done"); got != "orders.csv orders.receipt.csv orders~2.csv orders~2.receipt.csv" {
		t.Errorf("done %s", got)
	}
}

func TestAByteOrderMarkComesBack(t *testing.T) {
	w := newWorld(t, "    settled: 0s\n    separator: ';'\n")
	w.put("a.csv", "\ufeff"+strings.ReplaceAll(header, ",", ";")+"\nR1;LS;1;柳园路;漏;2026-05-10 08:00:00\n")
	w.put("b.csv", strings.ReplaceAll(header, ",", ";")+"\nR2;LS;1;柳园路;漏;2026-05-10 08:00:00\n")
	w.put("empty.csv", strings.ReplaceAll(header, ",", ";")+"\n")
	if run := w.run(); run.Created != 2 {
		t.Errorf("%+v", run)
	}
	if got := w.read("done/a.receipt.csv"); !strings.HasPrefix(got, "\ufeffline;ref;order_no;refused\r\n2;R1;W") {
		t.Errorf("%q", got)
	}
	if got := w.read("done/b.receipt.csv"); !strings.HasPrefix(got, "line;") {
		t.Errorf("%q", got)
	}
	if got := w.read("done/empty.receipt.csv"); got != "line;ref;order_no;refused\r\n" || w.names("done") == "" {
		t.Errorf("%q", got)
	}
}

func TestABadFileIsRefusedAsAWhole(t *testing.T) {
	good := csvOf(0, 25)
	for name, c := range map[string]struct{ settings, text, says string }{
		"empty":         {"", "", `bad.csv\n.*first line must name the columns`},
		"no header":     {"", row(1) + "\n" + row(2) + "\n", `bad.csv:1\n.*column ".*" is missing`},
		"ragged":        {"", good + "R9,LS,1,柳园路\n", `bad.csv:27\n.*not as many fields`},
		"ragged late":   {"", good + row(30) + ",more\r\n", `bad.csv:27\n`},
		"open quote":    {"", good + "R9,\"LS,1,柳园路,,\n", `bad.csv:\d+\n.*quote`},
		"endless row":   {"", good + "R9,\"" + strings.Repeat("x\n", 1<<20) + "\"\n", `bad.csv:27\n.*more than 1 MB`},
		"endless text":  {"", good + strings.Repeat("x", 2<<20), `bad.csv:27\n.*more than 1 MB`},
		"endless head":  {"", "\"" + strings.Repeat("x\n", 1<<20), `bad.csv:1\n.*more than 1 MB`},
		"stray quote":   {"", good + "R9,LS,1,5\" pipe,,2026-05-10 08:00:00\n", `bad.csv:27\n.*quote`},
		"not UTF-8":     {"", good + gbkText + "\n", `bad.csv:27\n.*not UTF-8`},
		"GBK as UTF-8":  {"", gbkHeader + "\n", `bad.csv:1\n.*not UTF-8`},
		"not GBK":       {"    charset: GBK\n", gbkHeader + "\r\nR1,LS,1,\xff\xff,,\n", `bad.csv:2\n.*not GBK`},
		"UTF-8 as GBK":  {"    charset: GBK\n", "\ufeff" + good, `bad.csv:1\n.*charset: UTF-8`},
		"no mark":       {"    charset: GBK\n", good, `bad.csv:1\n.*not GBK`},
		"UTF-16":        {"", "\xff\xfeR\x00", `bad.csv:1\n.*UTF-16`},
		"column twice":  {"", header + ",内容\n", `bad.csv:1\n.*"内容" stands twice`},
		"column absent": {"", strings.Replace(good, "地址", "住址", 1), `bad.csv:1\n.*"地址" is missing; the file has 工单编号, 类型, 户号_必填, 住址`},
		"nameless":      {"", "工单编号,,类型\n", `bad.csv:1\n.*column 2 has no name`},
		"separator":     {"    separator: \"\\t\"\n", good, `bad.csv:1\n.*is missing`},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "    settled: 0s\n"+c.settings)
			w.put("bad.csv", c.text)
			if c.settings == "" {
				w.put("good.csv", csvOf(50, 53))
			}
			run := w.run()
			if c.settings == "" && run.Created != 3 || run.Refused != 1 || len(orders(t, w.store)) != run.Created {
				t.Errorf("%+v", run)
			}
			if got := w.names("refused"); got != "bad.csv bad.csv.txt" || w.names(".")+w.names("taken") != "" || w.read("refused/bad.csv") != c.text {
				t.Errorf("refused %s", got)
			}
			if note := strings.ReplaceAll(w.read("refused/bad.csv.txt"), "\r\n", "\n"); !regexp.MustCompile(c.says).MatchString(note) || strings.Count(note, "\n") != 3 {
				t.Errorf("says %s", note)
			}
			items, err := w.store.RefusedItems(t.Context(), run.ID, 10)
			if err != nil || len(items) != 1 || items[0].Code != "bad_file" {
				t.Errorf("%+v, %v", items, err)
			}
			if again := w.run(); again.Fetched != 0 {
				t.Errorf("again %+v", again)
			}
		})
	}
}

const (
	gbkHeader = "\xb9\xa4\xb5\xa5\xb1\xe0\xba\xc5,\xc0\xe0\xd0\xcd,\xbb\xa7\xba\xc5\xa3\xa8\xb1\xd8\xcc\xee\xa3\xa9,\xb5\xd8\xd6\xb7,\xc4\xda\xc8\xdd,\xb5\xc7\xbc\xc7\xca\xb1\xbc\xe4"
	gbkText   = "R9,LS,1,\xc1\xf8\xd4\xb0\xc2\xb7,,2026-05-10 08:00:00"
)

func TestAColumnThatIsOptionalMayBeAbsent(t *testing.T) {
	w := newWorld(t, "    settled: 0s\n    optional: [登记时间]\n")
	w.put("a.csv", "工单编号,类型,户号（必填）,地址,内容,备注\nR1,LS,1,柳园路,漏,无\n")
	if run := w.run(); run.Created != 1 {
		t.Errorf("%+v", run)
	}
}

func TestAFileThatIsBeingWrittenIsLeftAlone(t *testing.T) {
	w := newWorld(t, "    settled: 150ms\n")
	w.put("still.csv", csvOf(0, 3))
	w.put("growing.csv", csvOf(10, 11))
	stop := make(chan struct{})
	writing := make(chan struct{})
	go func() {
		defer close(writing)
		for {
			select {
			case <-stop:
				return
			case <-time.After(10 * time.Millisecond):
				f, err := os.OpenFile(filepath.Join(w.folder, "growing.csv"), os.O_WRONLY|os.O_APPEND, 0)
				if err == nil {
					_, _ = f.WriteString("\n")
					_ = f.Close()
				}
			}
		}
	}()
	run := w.run()
	close(stop)
	<-writing
	if run.Created != 3 || w.names(".") != "growing.csv" {
		t.Errorf("%+v; left %s", run, w.names("."))
	}
	if run := w.run(); run.Created != 1 {
		t.Errorf("when it was whole: %+v", run)
	}
}

func TestAMarkerSaysThatAFileIsWhole(t *testing.T) {
	w := newWorld(t, "    marker: .done\n")
	w.put("a.csv", csvOf(0, 3))
	w.put("b.csv", csvOf(10, 12))
	w.put("b.csv.done", "")
	if run := w.run(); run.Created != 2 || w.names(".") != "a.csv" {
		t.Errorf("%+v; left %s", run, w.names("."))
	}
}

// Nothing but the folder is touched: links that lead out of it are no files of it.
func TestNothingOutsideOfTheFolderIsTouched(t *testing.T) {
	w := newWorld(t, "    settled: 0s\n")
	outside := filepath.Join(t.TempDir(), "secret.csv")
	if err := os.WriteFile(outside, []byte(csvOf(0, 3)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, at := range []string{"link.csv", "taken"} {
		target := outside
		if at == "taken" {
			target = filepath.Dir(outside)
		}
		if err := os.Symlink(target, filepath.Join(w.folder, at)); err != nil {
			t.Fatal(err)
		}
		if at == "link.csv" {
			if run := w.run(); run.Fetched != 0 {
				t.Errorf("%+v", run)
			}
			if err := os.RemoveAll(filepath.Join(w.folder, "taken")); err != nil {
				t.Fatal(err)
			}
			continue
		}
		w.put("a.csv", csvOf(0, 3))
		if _, err := w.files().Fetch(t.Context(), pull.Window{To: morning}, 0, 10); err == nil || core.CodeOf(err) != "folder" {
			t.Errorf("took through a link: %v", err)
		}
	}
	if text, err := os.ReadFile(outside); err != nil || string(text) != csvOf(0, 3) {
		t.Errorf("%v", err)
	}
}

func TestADryRunMovesNothing(t *testing.T) {
	w := newWorld(t, "")
	w.put("a.csv", csvOf(0, 25))
	w.put("b.csv", "nonsense\n")
	seen := map[pull.Verdict]int{}
	run, err := runner(t, w.store, w.files(), w.at).DryRun(t.Context(), "orders", pull.Window{}, false, func(tr pull.Trial) { seen[tr.Verdict]++ })
	if err != nil || run.Fetched != 26 || seen[pull.WouldCreate] != 25 || seen[pull.WouldRefuse] != 1 {
		t.Errorf("%+v %v %v", run, seen, err)
	}
	entries, err := os.ReadDir(w.folder)
	if err != nil || len(entries) != 2 {
		t.Errorf("%v %v", entries, err)
	}
}

// dying is a store that dies before one of its writes, like the folder before one of its changes.
type dying struct {
	*sqlite.Store
	die func() error
}

func (d *dying) Commit(ctx context.Context, units ...core.Unit) []core.Outcome {
	if units[0].Run != nil {
		if err := d.die(); err != nil {
			return []core.Outcome{{Kind: core.RefusedUnit, Order: -1, Err: err}}
		}
	}
	return d.Store.Commit(ctx, units...)
}

// A hub that dies before any of its changes, to store or folder, leaves what another one
// ends: every row once, every file in its place with a receipt for every row.
func TestNoFileIsLostOrDoubledByAKillAtAnyPoint(t *testing.T) {
	points := 0
	for after := 0; after <= points; after++ {
		w := newWorld(t, "    settled: 0s\n")
		w.put("a.csv", csvOf(0, 25))
		w.put("b.csv", csvOf(25, 33)+"R9000,XX,1,柳园路,,2026-05-10 08:00:00\r\n")
		w.put("c.csv", "nonsense\n")
		w.put("d.csv", header+"\n")
		died := errors.New("the machine lost power")
		var changes atomic.Int64
		die := func() error {
			if changes.Add(1) > int64(after) {
				return core.Because(core.Invalid, "died", died)
			}
			return nil
		}
		files := w.files()
		files.step = func(string) error { return die() }
		_, err := runner(t, &dying{w.store, die}, files, w.at).RunOnce(t.Context(), "orders", pull.Window{})
		if after == 0 {
			points = 40 // more than there are
			if err == nil {
				t.Fatal("nobody died")
			}
		}
		if err == nil {
			points = after
		}
		for range 2 { // the first ends the run that died, the second takes what it may have left
			w.run()
		}
		if got := w.names(".") + "|" + w.names("taken") + "|" + w.names("refused"); got != "||c.csv c.csv.txt" {
			t.Errorf("after %d changes: files %s", after, got)
		}
		if got := w.names("done"); !strings.HasPrefix(got, "a.csv a.receipt.csv b.csv b.receipt.csv d.csv d.receipt.csv") {
			t.Errorf("after %d changes: done %s", after, got)
		}
		if n := len(orders(t, w.store)); n != 33 {
			t.Errorf("after %d changes: %d orders", after, n)
		}
		for name, rows := range map[string]int{"a": 25, "b": 9} {
			receipt := w.read("done/" + name + ".receipt.csv")
			if lines := strings.Count(receipt, "\n"); lines != rows+1 || strings.Count(receipt, ",W") != rows-strings.Count(receipt, "类型") {
				t.Errorf("after %d changes: %s", after, receipt)
			}
		}
		if t.Failed() {
			t.FailNow()
		}
	}
	if points < 15 {
		t.Errorf("only %d points", points)
	}
	t.Logf("%d points", points)
}

func TestColumnNamesAreFolded(t *testing.T) {
	for name, want := range map[string]string{
		"S_BH": "S_BH", " 户号 ": "户号", "户号（必填）": "户号_必填", "1号表": "_1号表", "-x": "_-x", "ＡＢ １": "AB_1", "a:b": "a_b", "口径(mm)": "口径_mm", "()": "", "a()": "a", "x*y": "x_y", "\"": "",
	} {
		if got := Column(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

func FuzzRow(f *testing.F) {
	f.Add("工单编号,类型\nR1,LS\n")
	f.Add("º,ª\n1,2\n")
	f.Fuzz(func(t *testing.T, text string) {
		sh, err := newSheet("x.csv", strings.NewReader(text), format{"UTF-8", ','})
		if err != nil {
			return
		}
		m := loaded(t, "files: {x: {folder: in, order: {ref: a, type: {value: leak}}}}")
		r := newReader("old", m.Sheets["x"].Rows, complete)
		for {
			line, texts, err := sh.next()
			if err != nil {
				return
			}
			it := r.item(sh.columns, texts, place("x.csv", line))
			if it.Err != nil && strings.Contains(it.Err.Error(), "name") {
				t.Errorf("columns %q: %v", sh.columns, it.Err)
			}
			if it.Place == "" || it.Raw == nil {
				t.Error(fmt.Sprint(it))
			}
		}
	})
}
