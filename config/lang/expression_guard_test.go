package lang

import (
	"strings"
	"testing"
	"time"
)

func TestGuardsCompareReadingsAndSpans(t *testing.T) {
	at := func(s string) time.Time {
		v, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	env := map[string]any{"old": "123456789.123", "new": "123456789.124", "none": "", "text": "12a", "since": at("2026-05-11T08:00:00+08:00"), "now": at("2026-05-12T10:30:00+08:00"), "on": "2020-05-12", "never": time.Time{}}
	for text, want := range map[string]bool{
		`number(old) < number(new)`:        true,
		`number(new) <= number(old)`:       false,
		`number("0100.50") == 100.5`:       true,
		`number("-3") < 0`:                 true,
		`number(none) < number(new)`:       false,
		`number(none) >= 0`:                false,
		`number(text) == 12`:               false,
		`number("1e3") == 1000`:            false,
		`hours(since, now) > 26`:           true,
		`hours(since, now) > 26.5`:         false,
		`hours(never, now) > 0`:            false,
		`years(on, now) >= 6`:              true,
		`years(on, now) > 6.1`:             false,
		`years(none, now) > 0`:             false,
		`since < now and not given(never)`: true,
	} {
		var p Problems
		e := Guard(&p, Value[string]{V: text}, func(name string, _ Pos) (any, bool) {
			switch v := env[name].(type) {
			case string:
				return "", true
			case time.Time:
				return time.Time{}, true
			default:
				t.Fatalf("no %s: %v", name, v)
				return nil, false
			}
		})
		if e == nil {
			t.Errorf("%s: %v", text, p.Err())
		} else if got, err := e.Bool(env); got != want || err != nil {
			t.Errorf("%s: got %v, %v", text, got, err)
		}
	}
}

func TestOnlyGuardsKnowTheirFunctions(t *testing.T) {
	known := func(string, Pos) (any, bool) { return "", true }
	var p Problems
	if Expression(&p, Value[string]{V: `number("1")`}, TextResult, known) != nil || !strings.Contains(p.Error(), `no function "number"`) {
		t.Error(p.Err())
	}
	var q Problems
	if Guard(&q, Value[string]{V: `number("1")`}, known) != nil || q.Err() == nil {
		t.Error("a number is no guard")
	}
}

func TestASingleElementMayStandForItsList(t *testing.T) {
	type exit struct {
		To     string `yaml:"to" lang:"required,shorthand"`
		Reason bool   `yaml:"reason"`
	}
	type file struct {
		Go   Map[[]exit] `yaml:"go" lang:"single"`
		Tell []string    `yaml:"tell" lang:"single"`
	}
	var p Problems
	var f file
	Decode(&p, "x.yaml", []byte("tell: a\ngo:\n  one: x\n  two: {to: y, reason: true}\n  three: [z, {to: w}]\n"), &f)
	if p.Err() != nil {
		t.Fatal(p.Err())
	}
	one, _ := f.Go.Get("one")
	two, _ := f.Go.Get("two")
	three, _ := f.Go.Get("three")
	if len(f.Tell) != 1 || len(one) != 1 || one[0].To != "x" || len(two) != 1 || !two[0].Reason || len(three) != 2 || three[1].To != "w" {
		t.Errorf("%+v", f)
	}
	var q Problems
	Decode(&q, "x.yaml", []byte("go:\n  one: {too: x}\n"), &f)
	if q.Err() == nil || !strings.Contains(q.Error(), `x.yaml:2:9: go.one: unexpected key "too"`) {
		t.Error(q.Err())
	}
	if s := string(Schema(file{}, "", Text{})); !strings.Contains(s, "anyOf") {
		t.Error(s)
	}
}
