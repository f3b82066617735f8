package main

import (
	"strings"
	"testing"

	"tundish/config/codes"
	"tundish/config/lang"
	"tundish/core"
)

func TestAnOrderIsShownInTheWordsOfTheHouse(t *testing.T) {
	var p lang.Problems
	words := codes.ReadVocabulary(&p, "../../config/vocabulary.yaml", nil)
	if err := p.Err(); err != nil {
		t.Fatal(err)
	}
	words.Set(codes.Kind{Name: codes.Type, Words: []codes.Word{{Code: "leak", Name: lang.Text{En: "Leak repair", Zh: "漏水报修"}}}})
	o := core.WorkOrder{Type: "leak", Urgency: core.Urgent, Phase: core.Field, Report: core.Report{Category: "leak", SubCategory: "service_pipe"},
		Completions: []core.Completion{{Outcome: core.CouldNotBeDone, Reason: "no_access"}}}
	kept := core.WorkOrder{Type: "gas_leak", Report: core.Report{Category: "leak", SubCategory: "77"}}
	for want, shown := range map[string][]string{
		"Leak repair · Urgent · In the field · Leak / Service pipe · Could not be done · No access": (&cli{lang: lang.English, words: words}).inWords(&o),
		"漏水报修 · 加急 · 现场 · 漏水 / 支管 · 无法完成 · 无法进入":                                                    (&cli{lang: lang.Chinese, words: words}).inWords(&o),
		"gas_leak · Leak / 77": (&cli{lang: lang.English, words: words}).inWords(&kept),
	} {
		if got := strings.Join(shown, " · "); got != want {
			t.Errorf("shown as %s, want %s", got, want)
		}
	}
}
