package foreign

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"go.uber.org/zap"

	"tundish/adapters/mapping"
	"tundish/adapters/soap"
	"tundish/adapters/standard/standardtest"
	"tundish/config/lang"
	"tundish/core"
	"tundish/core/life"
	"tundish/core/pull"
	"tundish/core/store/sqlite"
)

// lists is a mapping with one pull, to which %s adds how it is asked for and cut into pages.
const lists = `
mapping: lists
zone: Asia/Shanghai
pull:
  list:
    operation: List
    each: Listed/rows/row
    order: {ref: no, type: {value: leak}, urgency: {value: normal}, place.address: dz, report.content: nr, report.category: {value: leak}, customer.phone: dh, customer.contact: lxr, report.attachments: {each: p, name: mc, content: nr}}
    answer: {done: [{path: Listed/code, in: ["1"]}], message: Listed/why}
    confirm:
      operation: Took
      request: {Took/no: {each: receipts, from: receipt.ref}}
      answer: {done: [{path: Took/ok, in: ["1"]}]}
    %s
`

const (
	inOne    = `request: {List/from: window.from}`
	inTheirs = `pages: {more: {path: Listed/more, in: ["1"]}}
    request: {List/page: page.number}`
	inOurs = `pages: {more: {path: Listed/more, in: ["1"]}}
    request: {List/page: page.number, List/size: page.size}`
)

// lister is a system that lists rows as its handler says.
func lister(t testing.TB, asked string, handler http.HandlerFunc) *Source {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	y := standardtest.System(t, "billing", nil)
	client, err := y.NewClient(soap.ClientOptions{Endpoint: server.URL, NoAddressing: true, AnswerBytes: 32 << 20})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	var p lang.Problems
	m := mapping.Load(fstest.MapFS{"lists.yaml": {Data: fmt.Appendf(nil, lists, asked)}}, "lists.yaml", mapping.Surroundings{Zone: y.Zone}, &p)
	if err := p.Err(); err != nil {
		t.Fatal(err)
	}
	return &Source{Peer: Peer{System: y.ID, Client: client, Clock: standardtest.NewClock(), Mapping: m}, Pull: m.Pulls["list"], Complete: y.Complete}
}

const oneRow = `<row><no>R%06d</no><dz>张杨路%[1]d号</dz><nr>漏水</nr><dh>13800000000</dh><lxr>李</lxr></row>`

// listed writes rows from..to-1 as an answer.
func listed(w io.Writer, from, to int, more bool) {
	_, _ = io.WriteString(w, `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><Listed xmlns="urn:x"><rows>`)
	for i := from; i < to; i++ {
		_, _ = fmt.Fprintf(w, oneRow, i)
	}
	_, _ = io.WriteString(w, `</rows><code>1</code>`)
	if more {
		_, _ = io.WriteString(w, `<more>1</more>`)
	}
	_, _ = io.WriteString(w, `</Listed></s:Body></s:Envelope>`)
}

// all fetches every page and gives the rows' numbers and how many each page had.
func all(t *testing.T, s pull.Source, size int) (refs []string, lengths []int) {
	t.Helper()
	for no := 0; ; no++ {
		p, err := s.Fetch(t.Context(), pull.Window{To: standardtest.Start}, no, size)
		if err != nil {
			t.Fatalf("page %d: %v", no, err)
		}
		for i := range p.Items {
			if p.Items[i].Err != nil {
				t.Fatal(p.Items[i].Err)
			}
			refs = append(refs, p.Items[i].Order.Ref.External)
		}
		if lengths = append(lengths, len(p.Items)); !p.More {
			return refs, lengths
		}
		if no > 1000 {
			t.Fatal("there is no end")
		}
	}
}

func numbers(n int) (all []string) {
	for i := range n {
		all = append(all, fmt.Sprintf("R%06d", i))
	}
	return all
}

func TestAnAnswerThatKnowsNoPagesIsCutIntoPages(t *testing.T) {
	calls := 0
	s := lister(t, inOne, func(w http.ResponseWriter, _ *http.Request) { calls++; listed(w, 0, 450, false) })
	l, _ := s.Open()
	defer l.Close()
	refs, lengths := all(t, l, 200)
	if calls != 1 || !slices.Equal(lengths, []int{200, 200, 50}) || !slices.Equal(refs, numbers(450)) {
		t.Errorf("%d calls, pages of %v", calls, lengths)
	}
	if l.Resumes() {
		t.Error("its pages are said to be the same in another listing")
	}
	// A page by itself is found, too.
	p, err := s.Fetch(t.Context(), pull.Window{To: standardtest.Start}, 2, 200)
	if err != nil || len(p.Items) != 50 || p.More || p.Items[0].Order.Ref.External != "R000400" {
		t.Errorf("%d items, %v", len(p.Items), err)
	}
}

func TestTheMessageBehindSeveralPagesIsStoredOnce(t *testing.T) {
	l, _ := lister(t, inOne, func(w http.ResponseWriter, _ *http.Request) { listed(w, 0, 30, false) }).Open()
	defer l.Close()
	w := pull.Window{To: standardtest.Start}
	first, err := l.Fetch(t.Context(), w, 0, 20)
	if err != nil {
		t.Fatal(err)
	}
	second, err := l.Fetch(t.Context(), w, 1, 20)
	if err != nil || first.Message.ID == "" || second.Message.ID != "" || second.MessageID != first.Message.ID {
		t.Errorf("%q, then %q of %q, %v", first.Message.ID, second.Message.ID, second.MessageID, err)
	}
}

var pageAsked = regexp.MustCompile(`page>(\d+)<`)

// Theirs have 450 rows, ours 200.
func TestPagesOfTheirsAreCutIntoOurs(t *testing.T) {
	calls := 0
	l, _ := lister(t, inTheirs, func(w http.ResponseWriter, r *http.Request) {
		calls++
		body, _ := io.ReadAll(r.Body)
		n, _ := strconv.Atoi(string(pageAsked.FindSubmatch(body)[1]))
		listed(w, (n-1)*450, min(n*450, 1000), n < 3)
	}).Open()
	defer l.Close()
	refs, lengths := all(t, l, 200)
	if calls != 3 || !slices.Equal(lengths, []int{200, 200, 50, 200, 200, 50, 100}) || !slices.Equal(refs, numbers(1000)) {
		t.Errorf("%d calls, pages of %v", calls, lengths)
	}
}

// A page that is as long as was asked for is asked for by its number alone.
func TestAPageOfOursIsAskedForByItsNumber(t *testing.T) {
	var asked []string
	l, _ := lister(t, inOurs, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		asked = append(asked, string(pageAsked.FindSubmatch(body)[1]))
		listed(w, 0, 10, true)
	}).Open()
	defer l.Close()
	for _, no := range []int{4, 5, 5, 2} {
		if _, err := l.Fetch(t.Context(), pull.Window{To: standardtest.Start}, no, 10); err != nil {
			t.Fatal(err)
		}
	}
	if !l.Resumes() || !slices.Equal(asked, []string{"5", "6", "6", "3"}) {
		t.Errorf("asked for pages %v", asked)
	}
}

// Whether they stand by their rows may be said behind them.
func TestNoRowIsHandedOutBeforeTheAnswerIsWholeAndGood(t *testing.T) {
	for name, c := range map[string]struct {
		behind string
		kind   core.Kind
	}{
		"refused":    {`</rows><code>0</code><why>库锁</why></Listed></s:Body></s:Envelope>`, core.Invalid},
		"broken off": {`</rows><code>1</code>`, core.OutcomeUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			bad := true
			l, _ := lister(t, inOne, func(w http.ResponseWriter, _ *http.Request) {
				if !bad {
					listed(w, 0, 300, false)
					return
				}
				_, _ = io.WriteString(w, `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><Listed xmlns="urn:x"><rows>`)
				for i := range 30000 { // more than is looked at at once
					_, _ = fmt.Fprintf(w, oneRow, i)
				}
				_, _ = io.WriteString(w, c.behind)
			}).Open()
			defer l.Close()
			p, err := l.Fetch(t.Context(), pull.Window{To: standardtest.Start}, 0, 200)
			if core.KindOf(err) != c.kind || len(p.Items) > 0 {
				t.Fatalf("%d items, %v of kind %v", len(p.Items), err, core.KindOf(err))
			}
			bad = false
			if refs, _ := all(t, l, 200); !slices.Equal(refs, numbers(300)) {
				t.Errorf("%d rows after it was mended", len(refs))
			}
		})
	}
}

func TestAnAnswerBeyondTheLimitIsNotAskedForAgain(t *testing.T) {
	s := lister(t, inOne, func(w http.ResponseWriter, _ *http.Request) { listed(w, 0, 400_000, false) })
	_, err := s.Fetch(t.Context(), pull.Window{}, 0, 200)
	if core.KindOf(err) != core.Invalid || core.CodeOf(err) != "too_long" || !strings.Contains(err.Error(), "limits.answer") {
		t.Errorf("%v", err)
	}
	if e := (*core.Error)(nil); !errors.As(err, &e) || !strings.Contains(e.MessageZH, "limits.answer") {
		t.Errorf("in Chinese: %+v", e)
	}
}

// What is spooled has no name in the file system once it is written, and comes back as it was.
func TestASpoolGivesBackWhatItGot(t *testing.T) {
	random := rand.New(rand.NewPCG(4, 7))
	for _, most := range []int{10, 2 << 20} {
		dir := t.TempDir()
		s := &spool{dir: dir}
		var want [][]byte
		for i := range 30 {
			r := bytes.Repeat([]byte{byte(i)}, random.IntN(most))
			want = append(want, r)
			if err := s.add(r); err != nil {
				t.Fatal(err)
			}
		}
		if (s.file != nil) != (most > 10) || cap(s.mem) > 4*spoolMemory {
			t.Errorf("rows of up to %d bytes: in a file %t, %d bytes in memory", most, s.file != nil, cap(s.mem))
		}
		if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) > 0 {
			t.Errorf("others find %v", left)
		}
		for i := range want {
			if got, err := s.next(); err != nil || !bytes.Equal(got, want[i]) {
				t.Fatalf("row %d of up to %d bytes: %d bytes, want %d, %v", i, most, len(got), len(want[i]), err)
			}
		}
		if s.left() != 0 {
			t.Errorf("%d left", s.left())
		}
		if err := errors.Join(s.close(), s.close()); err != nil {
			t.Error(err)
		}
	}
	if err := (&spool{dir: filepath.Join(t.TempDir(), "none")}).add(make([]byte, spoolMemory)); !core.IsKind(err, core.Unavailable) {
		t.Errorf("%v", err)
	} else if e := (*core.Error)(nil); !errors.As(err, &e) || !strings.Contains(e.MessageZH, "暂存") {
		t.Errorf("in Chinese: %+v", e)
	}
}

// A list of what was not confirmed yet grows shorter while it is worked on: a run that stops
// on its way loses none of it.
func TestAnInterruptedRunOverOneAnswerLosesNoRow(t *testing.T) {
	const rows = 500
	confirmed := map[string]bool{}
	said := regexp.MustCompile(`>(R\d{6})<`)
	fail := true
	source := lister(t, inOne, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if !bytes.Contains(body, []byte("Took")) {
			var b bytes.Buffer
			listed(&b, 0, rows, false)
			text := b.String()
			for ref := range confirmed {
				n, _ := strconv.Atoi(ref[1:])
				text = strings.Replace(text, fmt.Sprintf(oneRow, n), "", 1)
			}
			_, _ = io.WriteString(w, text)
			return
		}
		ok := "1"
		if fail && len(confirmed) >= 100 {
			ok = "0"
		} else {
			for _, m := range said.FindAllSubmatch(body, -1) {
				confirmed[string(m[1])] = true
			}
		}
		answered(w, 200, `<Took><ok>`+ok+`</ok></Took>`)
	})
	store, err := sqlite.Open(filepath.Join(t.TempDir(), "tundish.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	if err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	rules := standardtest.Rules()
	r, err := pull.New(store, []pull.Job{{Name: "all", System: "billing", Source: source, PageSize: 50, Ahead: -1, Lookback: time.Hour}},
		pull.Options{Clock: standardtest.NewClock(), Log: zap.NewNop(), Rules: func() *life.Rules { return rules }, Holder: "test"})
	if err != nil {
		t.Fatal(err)
	}
	run, err := r.RunOnce(t.Context(), "all", pull.Window{})
	if err == nil || run.Page == 0 || run.Page > 9 {
		t.Fatalf("the first run came to %+v, %v", run, err)
	}
	fail = false
	if run, err = r.RunOnce(t.Context(), "all", pull.Window{}); err != nil || run.State != core.RunDone || run.Refused > 0 {
		t.Fatalf("%+v, %v", run, err)
	}
	var refs []core.Ref
	for _, n := range numbers(rows) {
		refs = append(refs, core.Ref{System: "billing", External: n})
	}
	known, err := store.OrdersByRef(t.Context(), refs)
	if err != nil || len(known) != rows || len(confirmed) != rows {
		t.Errorf("%d of %d orders are stored, %d confirmed, %v", len(known), rows, len(confirmed), err)
	}
}

// What is alive in memory does not grow with the answer: neither while it streams by nor while
// its pages are handed out.
func TestALongAnswerIsReadInBoundedMemory(t *testing.T) {
	const rows = 200_000 // some 20 MB
	alive := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := alive()
	var most uint64
	l, _ := lister(t, inOne, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><Listed xmlns="urn:x"><rows>`)
		for i := range rows {
			if _, _ = fmt.Fprintf(w, oneRow, i); i%(rows/8) == rows/8-1 {
				most = max(most, alive())
			}
		}
		_, _ = io.WriteString(w, `</rows><code>1</code></Listed></s:Body></s:Envelope>`)
	}).Open()
	defer l.Close()
	n := 0
	for no := 0; ; no++ {
		p, err := l.Fetch(context.Background(), pull.Window{}, no, 1000)
		if err != nil {
			t.Fatal(err)
		}
		if n += len(p.Items); no%50 == 0 {
			most = max(most, alive())
		}
		if !p.More {
			break
		}
	}
	if n != rows {
		t.Errorf("%d rows", n)
	}
	if grown := int64(most - before); grown > 16<<20 {
		t.Errorf("%d MB more are alive", grown>>20)
	}
}
