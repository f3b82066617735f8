package main

import (
	"go/ast"
	"go/constant"
	"go/parser"
	gotoken "go/token"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"tundish/config/codes"
	"tundish/config/lang"
	"tundish/core"
)

// shippedWords are those that are built in.
func shippedWords(t *testing.T) *codes.Vocabulary {
	t.Helper()
	var p lang.Problems
	v := codes.ReadVocabulary(&p, "../../config/vocabulary.yaml", nil)
	if err := p.Err(); err != nil {
		t.Fatal(err)
	}
	return v
}

// Every code that the program itself decides by, lists or refuses with has its words.
func TestEveryCodeOfTheProgramHasWords(t *testing.T) {
	words := shippedWords(t)
	for _, of := range []struct{ folder, goType, kind string }{
		{"core", "EventKind", codes.Event}, {"core", "WriteBackKind", codes.WriteBack}, {"core", "MessageState", codes.MessageState},
		{"core", "DeliveryOutcome", codes.Attempt}, {"core", "RunState", codes.RunState}, {"core", "Direction", codes.Direction}, {"core", "MoveKind", codes.Move},
		{"core", "PointSource", codes.PointSource}, {"core/pull", "Verdict", codes.Verdict}, {"core/reconcile", "State", codes.Books}, {"dispatch/route", "Rule", codes.Rule},
	} {
		said := constants(t, filepath.Join("../..", of.folder), of.goType)
		if len(said) < 2 {
			t.Errorf("%s.%s has the values %v", of.folder, of.goType, said)
		}
		if had := words.Codes(of.kind); !slices.Equal(slices.Sorted(slices.Values(had)), slices.Sorted(slices.Values(said))) && of.kind != codes.Rule {
			t.Errorf("the program has the %s %v, the vocabulary %v", of.kind, said, had)
		}
		for _, code := range said {
			if _, ok := words.Find(of.kind, codes.Code{Code: code}); !ok {
				t.Errorf("%s %q has no words", of.kind, code)
			}
		}
	}
	// Codes that orders and messages are refused with, in the rooms where that happens.
	refusals := map[string]bool{}
	for _, room := range []string{"core/intake", "core/life", "core/pull", "adapters/soap", "adapters/standard", "adapters/mapping", "adapters/foreign", "adapters/hotline", "adapters/billing", "adapters/newconnection", "adapters/gis", "adapters/geo", "adapters/staging"} {
		maps.Copy(refusals, refusalCodes(t, filepath.Join("../..", room)))
	}
	if len(refusals) < 50 {
		t.Errorf("only %d codes were found", len(refusals))
	}
	settings := map[string]bool{"dsn": true, "unknown_job": true, "job_running": true, "window": true} // told to who types a command, in a sentence
	for _, code := range slices.Sorted(maps.Keys(refusals)) {
		if _, ok := words.Find(codes.Result, codes.Code{Code: code}); !ok && !settings[code] {
			t.Errorf("the refusal %q has no words", code)
		}
	}
}

// eachFile parses the sources of a package, tests left out.
func eachFile(t *testing.T, folder string, visit func(*ast.File)) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatal(folder, err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(gotoken.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		visit(f)
	}
}

// constants are the values of the constants of a type.
func constants(t *testing.T, folder, goType string) (values []string) {
	eachFile(t, folder, func(f *ast.File) {
		ast.Inspect(f, func(n ast.Node) bool {
			if spec, ok := n.(*ast.ValueSpec); ok {
				if id, ok := spec.Type.(*ast.Ident); ok && id.Name == goType {
					for _, v := range spec.Values {
						values = append(values, literal(v))
					}
				}
			}
			return true
		})
	})
	return values
}

// refusalCodes are the codes that a package's errors are made with.
func refusalCodes(t *testing.T, folder string) map[string]bool {
	found := map[string]bool{}
	at := map[string]int{"Fail": 1, "Because": 1, "Invalidf": 0, "refuse": 0, "deny": 0, "conflict": 1}
	eachFile(t, folder, func(f *ast.File) {
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				name := ""
				switch fun := n.Fun.(type) {
				case *ast.Ident:
					name = fun.Name
				case *ast.SelectorExpr:
					name = fun.Sel.Name
				}
				if i, ok := at[name]; ok && len(n.Args) > i {
					if code := literal(n.Args[i]); codeForm.MatchString(code) {
						found[code] = true
					}
				}
			case *ast.KeyValueExpr:
				if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Code" {
					if code := literal(n.Value); codeForm.MatchString(code) {
						found[code] = true
					}
				}
			}
			return true
		})
	})
	return found
}

var codeForm = regexp.MustCompile(`^[a-z][a-z0-9_]+$`)

// literal is the text of a literal, "" of anything else.
func literal(e ast.Expr) string {
	if l, ok := e.(*ast.BasicLit); ok && l.Kind == gotoken.STRING {
		return constant.StringVal(constant.MakeFromLiteral(l.Value, l.Kind, 0))
	}
	return ""
}

// People read words in their language in every list and report, scripts read codes.
func TestNoListShowsPeopleABareCode(t *testing.T) {
	words := everyWord(t)
	w := inWorld(t)
	if err := w.simulate("billing", "--due", "2", "--drive=true", "--fault", "refuse:code=conflicting_result:op=UpdateOrderStatus"); err != nil {
		t.Fatal(err)
	}
	w.begin(t)
	// Something of everything: a refused message, a job that ran, a dead letter, a plan, a way back.
	no, _ := w.submit(t, "HX1")
	if a, err := w.soap("hotline", strings.Replace(leak("HX2"), "<Type>LS<", "<Type>LEEK<", 1)); err != nil || a.status == 200 {
		t.Fatal(a, err)
	}
	if _, errs, code := w.run(t, "job", "run", "scheduled-replacements"); code != 0 {
		t.Fatal(errs)
	}
	var due []core.WorkOrder
	w.list(t, &due, "order", "list", "--system", "billing")
	w.call(t, "POST", "/orders/"+string(due[0].No)+"/assign", map[string]string{"crew": "M01", "reason": "lives next door"}, nil)
	var dead []core.OutboxMessage
	if err := soon(func() bool { w.list(t, &dead, "outbox", "list", "--state", "dead"); return len(dead) > 0 }); err != nil {
		t.Fatal(err)
	}
	var refused []core.LoggedMessage
	w.list(t, &refused, "message", "list", "--refused", "--direction", "in")
	var runs []core.JobRun
	w.list(t, &runs, "job", "history")
	if _, errs, code := w.run(t, "mapping", "publish", "calendar"); code != 0 {
		t.Fatal(errs)
	}

	if _, errs, code := w.run(t, "user", "add", "li.si", "--role", "deputy_head,viewer", "--everywhere", "--no-password"); code != 0 {
		t.Fatal(errs)
	}

	shows := map[string][]string{ // what each is asked; nil: it has another test, or nothing of these codes
		"order list": {}, "order show": {string(due[0].No)}, "message list": {}, "message replay": {refused[0].ID}, "outbox list": {}, "outbox attempts": {dead[0].ID},
		"job list": {}, "job history": {}, "job run": {"scheduled-replacements", "--from", "2026-05-01"}, "job backfill": {"scheduled-replacements", "--from", "2026-05-01", "--only-missing"},
		"job refused": {runs[0].ID}, "system list": {}, "system compare": {"hotline", "billing"}, "dispatch explain": {no}, "reconcile": {"billing"}, "archive status": {},
		"mapping history":  {"calendar"},
		"order find":       {string(due[0].No)},
		"order duplicates": nil, // rows of the same words as order list, and this day has none
		"order history":    nil, // likewise
		"dispatch whatif":  nil, // it needs a kept batch
		"dispatch plan":    nil, // days and counts
		"user list":        {}, "user log": {},
		"demo":          nil, // counts
		"import crews":  nil, // what files say, see testdata/script/import.txtar
		"import roster": nil, "import people": nil,
		"customer find":        nil, // it needs a system that knows customers, see testdata/script/customer.txtar
		"config classify test": nil, // word and code, see testdata/script/classify.txtar
		"config triggers test": {"--order", string(due[0].No), "--event", "completed"},
		"config codes":         nil, // it is about the codes
		"mapping explain":      nil, // word and code, see TestAFieldIsShownAsWordAndCode
		"mapping diff":         nil, // likewise
		"system contract":      nil, // other people's codes
	}
	asked := map[string]bool{}
	root := (&cli{out: io.Discard, err: io.Discard, lang: lang.English}).root()
	var walk func(cmd *cobra.Command, name string)
	walk = func(cmd *cobra.Command, name string) {
		for _, child := range cmd.Commands() {
			walk(child, strings.TrimSpace(name+" "+child.Name()))
		}
		if cmd.Flags().Lookup("json") == nil {
			return
		}
		args, known := shows[name]
		if asked[name] = true; !known {
			t.Errorf("%s prints a list that this test does not look at", name)
		}
		if args == nil {
			return
		}
		for _, l := range []lang.Lang{lang.English, lang.Chinese} {
			in := *w
			in.env = append(slices.Clip(w.env), "TUNDISH_LANG="+map[lang.Lang]string{lang.English: "en", lang.Chinese: "zh-CN"}[l])
			out, errs, _ := in.run(t, append(strings.Fields(name), args...)...)
			cells := 0
			for _, line := range strings.Split(out, "\n") {
				for _, cell := range between.Split(line, -1) {
					cells++
					if kind := bare(words, cell, l); kind != "" {
						t.Errorf("tundish %s shows the %s %q as it is:\n%s", name, kind, cell, line)
					}
				}
			}
			if cells < 5 && name != "job refused" && name != "reconcile" {
				t.Errorf("tundish %s %v printed\n%s%s", name, args, out, errs)
			}
		}
	}
	walk(root, "")
	for name := range shows {
		if !asked[name] {
			t.Errorf("there is no command %s", name)
		}
	}
}

// between separates the columns of a table, and the words of an order's head.
var between = regexp.MustCompile(`\s{2,}| · |/| \(|\)`)

// bare is the kind of code that a cell is, if people call it otherwise; "" if it is none.
func bare(words *codes.Vocabulary, cell string, l lang.Lang) string {
	names := []string{"hotline", "billing", "gis", "folder", "live"} // of systems and authors, and the mark of the version that is live
	for _, k := range words.Kinds() {
		if w, ok := words.Find(k.Name, codes.Code{Code: cell}); ok && w.Name.In(l) != cell && !slices.Contains(names, cell) && !number.MatchString(cell) {
			return k.Name
		}
	}
	return ""
}

var number = regexp.MustCompile(`^[0-9]+$`)

// everyWord has the words of order types beside the vocabulary's.
func everyWord(t *testing.T) *codes.Vocabulary {
	words := shippedWords(t)
	types := codes.Kind{Name: codes.Type}
	files, err := os.ReadDir("../../config/order-types")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		code, _, _ := strings.Cut(f.Name(), ".")
		types.Words = append(types.Words, codes.Word{Code: code, Name: lang.Text{En: "(" + code + ")", Zh: "(" + code + ")"}})
	}
	words.Set(types)
	return words
}

// Who looks for what made a field so sees the word, and the code that tables and mappings have.
func TestAFieldIsShownAsWordAndCode(t *testing.T) {
	c := &cli{lang: lang.Chinese, words: shippedWords(t)}
	for field, want := range map[string][2]string{
		"urgency": {"urgent", "加急 (urgent)"}, "report.category": {"leak", "漏水 (leak)"}, "state": {"in_work", "已收到状态 (in_work)"}, "order": {"dispatch", "待派单 (dispatch)"},
		"report.content": {"leak", "leak"}, "channel": {"kept", "kept"}, "completion.reason": {"", ""},
	} {
		if got := c.value(field, want[0]); got != want[1] {
			t.Errorf("%s %s is shown as %s", field, want[0], got)
		}
	}
}

// An installation calls a code otherwise by writing that one; the lists say so.
func TestAnInstallationsOwnWordsAreShown(t *testing.T) {
	w := inWorld(t)
	w.begin(t)
	file := filepath.Join(filepath.Dir(w.settings()), "vocabulary.yaml")
	if err := os.WriteFile(file, []byte("phase:\n  codes:\n    acceptance: {en: At the desk, zh: 坐席核单, means: {en: x, zh: x}}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	w.submit(t, "HX1")
	out, errs, code := w.run(t, "order", "list")
	if code != 0 || !strings.Contains(out, "At the desk") || !strings.Contains(out, "Normal") {
		t.Fatalf("%d %s%s", code, out, errs)
	}
	if out, _, _ := w.run(t, "order", "list", "--json"); !strings.Contains(out, strconv.Quote("acceptance")) || strings.Contains(out, "At the desk") {
		t.Fatalf("as JSON: %s", out)
	}
}
