package lang

import (
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

func mustPanic(t *testing.T, want string, f func()) {
	t.Helper()
	defer func() {
		t.Helper()
		if r := recover(); r == nil || !strings.Contains(r.(string), want) {
			t.Errorf("panicked with %v, want %q", r, want)
		}
	}()
	f()
}

func TestAMessageWithoutBothLanguagesCannotBeDeclared(t *testing.T) {
	mustPanic(t, "lacks a language", func() { NewMessage("a-b", "x", "") })
	mustPanic(t, "lacks a language", func() { NewMessage("a-b", "", "x") })
	mustPanic(t, "different arguments", func() { NewMessage("a-b", "%d of %q", "%q") })
	mustPanic(t, "different arguments", func() { NewMessage("a-b", "%d of %q", "%q %d") })
	mustPanic(t, "code", func() { NewMessage("A b", "x", "y") })
	NewMessage("a-b", "%d of %q, 100%%", "%[2]q 的第 %[1]d 个，100%%")
}

// TestEveryTextIsInBothLanguages looks at the sources of this package, so that a text cannot be forgotten in a list here.
func TestEveryTextIsInBothLanguages(t *testing.T) {
	pair := regexp.MustCompile("Text\\{\\s*(\"(?:[^\"\\\\]|\\\\.)*\"|`[^`]*`),\\s*(\"(?:[^\"\\\\]|\\\\.)*\"|`[^`]*`),?\\s*\\}")
	han := regexp.MustCompile(`\p{Han}`)
	found := 0
	for _, file := range []string{"catalogue.go", "complaints.go", "scalar.go"} {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range pair.FindAllStringSubmatch(string(data), -1) {
			found++
			if han.MatchString(m[1]) || !han.MatchString(m[2]) && !strings.Contains(m[2], "%") {
				t.Errorf("%s: %s", file, m[0])
			}
			if verbs(m[1]) != verbs(m[2]) {
				t.Errorf("%s: different arguments: %s", file, m[0])
			}
		}
	}
	if found < 60 {
		t.Errorf("found only %d texts: the test is blind", found)
	}
	for _, c := range complaints {
		if c.text.Zh == "" || c.hint.Zh == "" || c.text.En == "" || c.hint.En == "" {
			t.Errorf("%q lacks a language", c.parser)
		}
	}
}

func TestNearest(t *testing.T) {
	choices := []string{"as", "default", "path", "required", "table", "external_ref", "完成", "回访完成"}
	for name, want := range map[string]string{
		"requird": "required", "reqiured": "required", "Path": "path", "paht": "path", "tabel": "table", "externalRef": "external_ref",
		"external-ref": "external_ref", "ａｓ": "as", "a": "as", "zzz": "", "": "", "default": "", "回访完城": "回访完成", "12": "", "x": "",
		strings.Repeat("required", 20): "",
	} {
		if got := Nearest(name, choices); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestCallersAddWhatOnlyTheyKnow(t *testing.T) {
	noSuchStep := NewMessage("no-such-step", "step %q does not exist", "没有步骤 %q")
	var p Problems
	var s system
	Decode(&p, "types.yaml", []byte("contract: gis\nsteps:\n  - { name: 受理, next: [派工, \"回访完城\"] }\n"), &s)
	next := s.Steps[0].Next[1]
	p.At(next.At, noSuchStep, next.V).Expected("受理", "回访完成").Near(next.V, []string{"受理", "回访完成"})
	p.At(next.At.Within(next.V, 2, 2), noSuchStep, "完城")
	p.At(Place("TUNDISH_X"), noSuchStep, "y").Hint(Text{"look it up", "请查阅"})
	golden(t, "testdata/callers.txt", p.In(English)+"\n=== 中文\n"+p.In(Chinese))
	var other Problems
	other.Add(&p)
	if other.Error() != p.Error() || other.Len() != 3 {
		t.Error("mistakes were lost when they were taken over")
	}
}

func TestWithin(t *testing.T) {
	src := NewSource("x", []byte("k: &a \"路径/名\" # c\nk: Order/no\nk: 'it''s'\n"))
	for _, c := range []struct {
		line, column, offset int
		value                string
		want                 int
	}{{1, 4, 3, "路径/名", 11}, {2, 4, 6, "Order/no", 10}, {3, 4, 3, "it's", 4}, {2, 4, 99, "Order/no", 4}, {9, 1, 0, "x", 1}} {
		if got := src.At(c.line, c.column, 0).Within(c.value, c.offset, 1).Column(); got != c.want {
			t.Errorf("%+v: column %d", c, got)
		}
	}
}

func TestTheCaretStandsUnderItsCharacter(t *testing.T) {
	for _, c := range []struct {
		line          string
		column, width int
		caret         string
	}{
		{"ab cd", 4, 0, "   ^~"}, {"工单: x", 5, 0, "　　  ^"}, {"工单: 编号", 5, 0, "　　  ^~~~"}, {"\tab", 2, 0, "\t^~"}, {"a", 2, 0, " ^"},
		{"ｆｕｌｌ x", 6, 1, "　　　　 ^"}, {"e\u0301 x", 4, 1, "  ^"}, {"😀 x", 3, 1, "　 ^"}, {`"a b" c`, 1, 0, "^~~~~"}, {`k: "a\"b" c`, 4, 0, "   ^~~~~~"},
	} {
		src := NewSource("x", []byte(c.line))
		text, caret := src.At(1, c.column, c.width).snippet()
		if caret != c.caret || text != c.line {
			t.Errorf("\n%s\n%s want\n%s", text, caret, c.caret)
		}
	}
}

func TestNoSecretIsEverShown(t *testing.T) {
	files, err := os.ReadDir("testdata/mistakes")
	if err != nil {
		t.Fatal(err)
	}
	looked := 0
	for _, f := range files {
		data, err := os.ReadFile("testdata/mistakes/" + f.Name())
		if err != nil {
			t.Fatal(err)
		}
		switch secret := strings.Contains(strings.ToLower(string(data)), "hunter2"); {
		case strings.HasSuffix(f.Name(), ".yaml") && secret:
			looked++
		case secret:
			t.Errorf("%s shows a password", f.Name())
		}
	}
	if looked < 5 {
		t.Errorf("only %d files with passwords", looked)
	}
}

func TestDuration(t *testing.T) {
	for text, want := range map[string]string{
		"0": "0s", "30s": "30s", "1d": "24h0m0s", "1d12h": "36h0m0s", "-1d1h": "-25h0m0s", "1.5d": "36h0m0s", "2h30m": "2h30m0s", "250ms": "250ms",
		"": "error", "-": "error", "5": "error", "d": "error", "1h1d": "error", "1 d": "error", "9999999999d": "error", "99999999h": "error", "106751d24h": "error",
	} {
		got := "error"
		if d, err := ParseDuration(text); err == nil {
			got = d.String()
		}
		if got != want {
			t.Errorf("ParseDuration(%q) = %s, want %s", text, got, want)
		}
	}
}

func TestSettings(t *testing.T) {
	var names []string
	for _, s := range Settings(system{}) {
		names = append(names, s.Path+"="+s.Default)
	}
	want := "contract= zone=Asia/Shanghai mode=shadow enabled=true timeout=30s keep= retries=3 port= detour=1.3 listen= password= charsets=UTF-8|GBK tls.certificate= tls.version=1.2"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	var p Problems
	var s system
	for path, text := range map[string]string{"tls.version": "1.3", "timeout": "1m", "keep": "1d", "charsets": "GBK, UTF-8", "zone": "true", "port": "80"} {
		Set(&p, Place("ENV"), &s, path, text)
	}
	if p.Err() != nil || s.TLS.Version != "1.3" || s.Timeout.String() != "1m0s" || s.Keep.String() != "24h0m0s" || !reflect.DeepEqual(s.Charsets, []string{"GBK", "UTF-8"}) || s.Zone.V != "true" || s.Port != 80 {
		t.Errorf("%v %+v", p.Err(), s)
	}
	Set(&p, Place("TUNDISH_TLS_VERSION"), &s, "tls.version", "1.1")
	Set(&p, Place("TUNDISH_PASSWORD"), &s, "password", "Hunter22 X")
	Set(&p, Place("--tls.versoin"), &s, "tls.versoin", "1.2")
	golden(t, "testdata/settings.txt", p.In(English))
}

func TestMistakesOfTheProgrammerAreFoundAtOnce(t *testing.T) {
	for want, of := range map[string]any{
		"has no name": struct{ A string }{},
		"is not known": struct {
			A string `yaml:"a" lang:"optional=x"`
		}{},
		"none belongs": struct {
			A string `yaml:"a" lang:"required=x"`
		}{},
		"two fields": struct {
			A, B string `yaml:"a"`
		}{},
		"needs no default": struct {
			A string `yaml:"a" lang:"required,default=x"`
		}{},
		"error parsing regexp": struct {
			A string `yaml:"a" lang:"pattern='('"`
		}{},
		"cannot be read": struct {
			A chan int `yaml:"a"`
		}{},
		"not texts": struct {
			A map[int]int `yaml:"a"`
		}{},
		"no bounds": struct {
			A bool `yaml:"a" lang:"min=1"`
		}{},
		"is for maps": struct {
			A string `yaml:"a" lang:"keys='x'"`
		}{},
	} {
		mustPanic(t, want, func() { Schema(of, "", Text{}) })
	}
	var wrongDefault struct {
		A int `yaml:"a" lang:"default=x"`
	}
	mustPanic(t, "default", func() { Decode(new(Problems), "x", nil, &wrongDefault) })
	mustPanic(t, "pointer", func() { Decode(new(Problems), "x", nil, system{}) })
}
