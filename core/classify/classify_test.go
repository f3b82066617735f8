package classify_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"tundish/core"
	"tundish/core/classify"
)

var nine = time.Date(2026, 5, 11, 1, 0, 0, 0, time.UTC)

func TestFold(t *testing.T) {
	for text, want := range map[string]string{
		"ＮＯ　ＷＡＴＥＲ": "no water", "No \t\n water": "no water", "停 水": "停水", " 停水 no  water 了 ": "停水no water了", "ＤＮ１００": "dn100", "": "", "　": "", "é": "é", "𠮷田": "𠮷田",
	} {
		if got := classify.Fold(text); got != want {
			t.Errorf("%q: %q", text, got)
		}
		if again := classify.Fold(classify.Fold(text)); again != classify.Fold(text) {
			t.Errorf("%q folds to %q again", text, again)
		}
	}
}

func then(pairs ...string) map[classify.Column]string {
	m := map[classify.Column]string{}
	for i := 0; i < len(pairs); i += 2 {
		m[classify.Column(pairs[i])] = pairs[i+1]
	}
	return m
}

func words(list ...string) []string {
	for i := range list {
		list[i] = classify.Fold(list[i])
	}
	return list
}

func table() *classify.Table {
	return &classify.Table{Version: "v1", Desk: map[string]bool{"burst": false, "leak": false, "enquiry": true}, Rules: []classify.Rule{
		{ID: "hospital", Place: "t:1", Address: words("医院"), Then: then("urgency", "emergency")},
		{ID: "estate", Place: "t:2", Area: &classify.Area{South: 31, West: 121, North: 32, East: 122}, Then: then("depot", "ST-1")},
		{ID: "tap", Place: "t:3", Any: words("tap", "漏"), None: words("昨天"), Then: then("type", "leak", "category", "leak/indoor", "urgency", "normal")},
		{ID: "rest", Place: "t:4", Then: then("type", "enquiry", "team", "bills", "category", "other")},
	}}
}

func TestEachColumnIsFilledByTheFirstRuleThatSaysSomething(t *testing.T) {
	for _, c := range []struct {
		what string
		o    core.WorkOrder
		mode classify.Mode
		want string
	}{
		{"several rules", core.WorkOrder{Report: core.Report{Content: "ＴＡＰ drips"}, Place: core.Place{Address: "中心 医院", Point: &core.Point{Lat: 31.5, Lon: 121.5}}}, classify.Missing,
			"category leak/indoor ← tap (t:3); type leak ← tap (t:3); urgency emergency ← hospital (t:1); depot ST-1 ← estate (t:2)"},
		{"within a word", core.WorkOrder{Report: core.Report{Content: "an adaptor tapped"}}, classify.Missing, "category leak/indoor ← tap (t:3); type leak ← tap (t:3); urgency normal ← tap (t:3)"},
		{"not within another", core.WorkOrder{Report: core.Report{Content: "a potap"}}, classify.Missing, "category other ← rest (t:4); type enquiry ← rest (t:4); team bills ← rest (t:4)"},
		{"excluded", core.WorkOrder{Report: core.Report{Content: "昨天漏水"}}, classify.Missing, "category other ← rest (t:4); type enquiry ← rest (t:4); team bills ← rest (t:4)"},
		{"what was said stays", core.WorkOrder{Type: "burst", Urgency: core.Urgent, Report: core.Report{Content: "漏", Category: "burst"}}, classify.Missing, ""},
		{"a type of nobody's", core.WorkOrder{Type: "QT", Urgency: core.Urgent, Report: core.Report{Content: "漏", Category: "burst"}}, classify.Missing, "type leak ← tap (t:3)"},
		{"work at a place has no team", core.WorkOrder{Type: "burst"}, classify.Missing, "category other ← rest (t:4)"},
		{"the table goes before", core.WorkOrder{Type: "burst", Report: core.Report{Content: "漏", Category: "burst"}}, classify.Always,
			"category leak/indoor ← tap (t:3); type leak ← tap (t:3); urgency normal ← tap (t:3)"},
		{"not asked for", core.WorkOrder{Report: core.Report{Content: "漏"}}, classify.Never, ""},
	} {
		got := c.o.Clone()
		table().Fill(&got, c.mode, nine)
		if got.Classified.String() != c.want {
			t.Errorf("%s: %q", c.what, got.Classified)
		}
		classify.Undo(&got)
		if classify.Stands(&got, classify.Type) != c.o.Type || got.Report.Category != c.o.Report.Category || got.Team != "" || got.Place.Depot != "" || got.Urgency != c.o.Urgency {
			t.Errorf("%s: undone it is %+v", c.what, got)
		}
	}
}

func TestExplainSaysWhyNot(t *testing.T) {
	o := core.WorkOrder{Report: core.Report{Content: "漏"}, Place: core.Place{Address: "医院"}}
	list := table().Explain(&o, nine)
	if v := list[0]; !v.Matches || !slices.Equal(v.Fills, []classify.Column{classify.Urgency}) {
		t.Errorf("%+v", v)
	}
	if v := list[1]; v.Matches || v.Why.EN != "the coordinate does not lie in the area" {
		t.Errorf("%+v", v)
	}
	if v := list[2]; v.Late[classify.Urgency] != "hospital" || len(v.Fills) != 2 {
		t.Errorf("%+v", v)
	}
	if v := list[3]; len(v.Fills) != 0 || v.Late[classify.Type] != "tap" || v.Late[classify.Team] != "" {
		t.Errorf("%+v", v)
	}
}

// A rule that is said to cover another matches whatever the other does.
func TestCoveringRulesMatchWhateverTheOtherDoes(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	some := func(list ...string) (chosen []string) {
		for _, s := range list {
			if r.IntN(3) == 0 {
				chosen = append(chosen, s)
			}
		}
		return chosen
	}
	rule := func() classify.Rule {
		x := classify.Rule{Any: some("ab", "a", "水表", "水"), All: some("a", "水", "cd"), None: some("e", "ef", "表"), Address: some("路", "长路", "x"),
			Systems: some("s1", "s2"), Categories: some("c", "c/1", "c/2"), Books: some("1*", "12*", "123"), Districts: some("d1", "d2")}
		for _, list := range []*[]string{&x.Any, &x.All, &x.None, &x.Address, &x.Systems, &x.Categories, &x.Books, &x.Districts} {
			if r.IntN(2) == 0 {
				*list = nil
			}
		}
		if r.IntN(4) == 0 {
			a := r.Float64() * 3
			x.Area = &classify.Area{South: a, West: a, North: a + 3*r.Float64(), East: a + 3*r.Float64()}
		}
		x.Then = then("type", "t")
		return x
	}
	matches := func(x classify.Rule, o *core.WorkOrder) bool {
		return (&classify.Table{Rules: []classify.Rule{x}}).Explain(o, nine)[0].Matches
	}
	covered, matched := 0, 0
	for range 60000 {
		a, b := rule(), rule()
		if !a.Covers(&b) {
			continue
		}
		covered++
		for range 20 {
			o := core.WorkOrder{Ref: core.Ref{System: "s1"}, Report: core.Report{Content: strings.Join(some("ab", "水表", "cd", "ef", "e", "a", "水", "表"), " "), Category: "c", SubCategory: "1"},
				Place: core.Place{Address: strings.Join(some("长路", "x", "路"), ""), Book: []string{"123", "12", "9"}[r.IntN(3)], District: []string{"d1", "d2"}[r.IntN(2)], Point: &core.Point{Lat: 3 * r.Float64(), Lon: 3 * r.Float64()}}}
			if !matches(b, &o) {
				continue
			}
			if matched++; !matches(a, &o) {
				t.Fatalf("%+v\nis said to cover\n%+v\nand does not match %q, %q", a, b, o.Report.Content, o.Place.Address)
			}
		}
	}
	if covered < 200 || matched < 200 {
		t.Errorf("only %d pairs and %d reports", covered, matched)
	}
}
