package lang

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// expression compiles a text among a few names.
func expression(text string, want Result) (*Expr, *Problems) {
	var p Problems
	src := NewSource("x.yaml", []byte("expr: "+text+"\n"))
	e := Expression(&p, Value[string]{V: text, At: Pos{src: src, line: 1, column: 7}}, want, func(name string, at Pos) (any, bool) {
		v, ok := samples[name]
		if !ok {
			p.At(at, NewMessage("name", "there is no %q", "没有 %q"), name)
		}
		return v, ok
	})
	return e, &p
}

var samples = map[string]any{"S_BH": "", "S BH": "", "n": 0, "order.ref": "", "order.due_at": time.Time{}, "at_once": false, "水表": ""}

func TestExpressionsYieldTexts(t *testing.T) {
	env := map[string]any{"S_BH": " 甲-12 ", "S BH": "b", "n": 7, "order.ref": "R1", "order.due_at": time.Unix(9, 0), "at_once": true, "水表": "水表Ａ"}
	for text, want := range map[string]string{
		`trim(S_BH) + "-" + at("S BH")`: "甲-12-b",
		`n > 5 ? "many" : "few"`:        "many",
		`order.ref`:                     "R1",
		`int("40") + n`:                 "47",
		`n / 2`:                         "3.5",
		`left(水表, 1) + right(水表, 1) + mid(水表, 2, 1)`:  "水Ａ表",
		`part("a@b@c", "@", 2) + part("a", "@", 2)`:   "b",
		`replace("a-b", "-", "")`:                     "ab",
		`S_BH matches "[0-9]+"`:                       "true",
		`order.ref in ["R1", "R2"] and not given("")`: "true",
		`given(order.due_at)`:                         "true",
		`len("水表")`:                                   "2",
		`nil`:                                         "",
	} {
		e, p := expression(text, TextResult)
		if e == nil {
			t.Errorf("%s: %v", text, p)
			continue
		}
		if got, err := e.Text(env); got != want || err != nil {
			t.Errorf("%s: got %q, %v; want %q", text, got, err, want)
		}
	}
	if e, p := expression(`n == 7`, BoolResult); e == nil {
		t.Error(p)
	} else if is, err := e.Bool(env); !is || err != nil {
		t.Error(is, err)
	}
}

func TestWrongExpressionsAreRefusedAtTheirPlace(t *testing.T) {
	deep := strings.Repeat("(", 900) + "n" + strings.Repeat(")", 900)
	for text, want := range map[string]string{
		`trim(S_BX) + "x"`:                `x.yaml:1:12: there is no "S_BX"`,
		`order.reff`:                      `x.yaml:1:7: there is no "order.reff"`,
		`at("S_BH/x")`:                    `x.yaml:1:11: there is no "S_BH/x"`,
		`n + S_BH`:                        `x.yaml:1:9: the expression cannot be used: + does not go with int and string`,
		`trimm(S_BH)`:                     `there is no function "trimm"`,
		`S_BH +`:                          `x.yaml:1:12: the expression cannot be used: it ends too early`,
		`now()`:                           `there is no function "now"`,
		`repeat("a", 9)`:                  `there is no function "repeat"`,
		`let a = S_BH; a + a`:             `a variable has no place`,
		`1..1000000`:                      `a range has no place`,
		`S_BH[0:1]`:                       `a slice (use left, right or mid) has no place`,
		`all(["a"], {# == "a"})`:          `no function "all"`,
		`S_BH matches at("S BH")`:         `must be a text, written out`,
		`{"a": 1}`:                        `this has no place`,
		`at(S_BH)`:                        `at takes one text`,
		`left(n, 1)`:                      `the expression cannot be used`,
		strings.Repeat("n+", 150) + "n":   `the expression cannot be used`,
		strings.Repeat("n + ", 600) + "n": `at most 2000 are read`,
		deep:                              "",
	} {
		e, p := expression(text, TextResult)
		if want == "" {
			continue // it may be one: it only must not take the process with it
		}
		if e != nil || p.Len() != 1 || !strings.Contains(strings.Join(strings.Fields(p.Error()), " "), want) {
			t.Errorf("%.60s: got %v, want %s", text, p, want)
		}
		if p.In(Chinese) == p.In(English) {
			t.Errorf("%.60s: not in Chinese: %s", text, p.In(Chinese))
		}
	}
	if e, p := expression(`S_BH`, BoolResult); e != nil || p.Len() != 1 {
		t.Errorf("a text is no condition: %v", p)
	}
}

func TestExpressionsAreBoundedInMemoryAndTime(t *testing.T) {
	nested := `S_BH`
	for range 20 {
		nested = fmt.Sprintf(`replace(%s, "a", "aaaaaaaaaa")`, nested)
	}
	e, p := expression(nested, TextResult)
	if e == nil {
		t.Fatal(p)
	}
	if _, err := e.Text(map[string]any{"S_BH": "a"}); err == nil || !strings.Contains(err.Error(), "at most") {
		t.Errorf("10^20 characters were made: %v", err)
	}
	e, _ = expression(`S_BH + "x"`, TextResult)
	if _, err := e.Text(map[string]any{"S_BH": strings.Repeat("a", mostText+1)}); err == nil {
		t.Error("a text without bounds was looked at")
	}
	for _, failing := range []string{`int(S_BH)`, `n % 0`, `string(1 / 0)`} {
		e, p := expression(failing, TextResult)
		if e == nil {
			t.Fatal(p)
		}
		if got, err := e.Text(map[string]any{"S_BH": "x", "n": 1}); err == nil && got != "+Inf" || err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %q, %v", failing, got, err)
		}
	}
}

func FuzzExpression(f *testing.F) {
	for _, seed := range []string{`trim(S_BH) + "-" + at("S BH")`, `n > 5 ? "a" : left(S_BH, n)`, `S_BH matches "a+" and order.ref in ["1"]`, `replace(S_BH, "", "xx")`, `((((`, `n ** n ** n`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, want := range []Result{TextResult, BoolResult} {
			e, p := expression(text, want)
			if e == nil && p.Len() == 0 {
				t.Fatal("no expression and no reason")
			}
			if e != nil {
				start := time.Now()
				out, _ := e.Text(map[string]any{"S_BH": "甲a1", "S BH": "", "n": 3, "order.ref": "1", "order.due_at": time.Time{}, "at_once": true, "水表": ""})
				if len(out) > 2*mostText || time.Since(start) > 5*time.Second {
					t.Fatalf("%d bytes in %v", len(out), time.Since(start))
				}
			}
		}
	})
}
