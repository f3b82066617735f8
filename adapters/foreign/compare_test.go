package foreign

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"tundish/adapters/mapping"
	"tundish/config/lang"
)

// A caller's program reads the answers: another word in one of them is a difference like any.
func TestAnotherAnswerIsADifference(t *testing.T) {
	load := func(text string) *mapping.Mapping {
		var p lang.Problems
		m := mapping.Load(fstest.MapFS{"old.yaml": {Data: []byte(text)}}, "old.yaml", mapping.Surroundings{Zone: time.UTC}, &p)
		if err := p.Err(); err != nil {
			t.Fatal(err)
		}
		return m
	}
	live, candidate := load(served), load(strings.Replace(served, `known: {Answer/again:`, `known: {Answer/once_more:`, 1))
	message := []byte(`<Urge><no>A</no><why>催</why></Urge>`)
	all, known, err := CompareRequest(live, candidate, message, lang.English)
	if err != nil || !known || len(all) != 1 || !strings.HasPrefix(all[0].Field, "answer:") || !strings.Contains(all[0].Live, "again") || !strings.Contains(all[0].Candidate, "once_more") {
		t.Errorf("%+v %v %v", all, known, err)
	}
	if all, _, err := CompareRequest(live, live, message, lang.English); err != nil || len(all) > 0 {
		t.Errorf("with itself: %+v %v", all, err)
	}
}
