package sim

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"
)

func p(f float64) *float64 { return &f }

func TestRulesAreReadFromFlags(t *testing.T) {
	for s, want := range map[string]Rule{
		"reset": {Kind: Reset},
		"timeout-after:p=0.2:op=CompleteReplacement:from=14:00:to=15:00":             {Kind: TimeoutAfter, P: p(0.2), Ops: []string{"CompleteReplacement"}, From: "14:00", To: "15:00"},
		"slow:d=500ms:system=website":                                                {Kind: Slow, Delay: "500ms", System: "website"},
		"refuse:code=implausible_reading:op=CompleteReplacement|CompleteRecheck:n=1": {Kind: Refuse, Code: "implausible_reading", Ops: []string{"CompleteReplacement", "CompleteRecheck"}, Count: 1},
		"unavailable:from=2026-05-11T14:00:00+08:00":                                 {Kind: Unavailable, From: "2026-05-11T14:00:00+08:00"},
	} {
		got, err := ParseRule(s)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v", s, got, err)
		}
		raw, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var back Rule
		if err := json.Unmarshal(raw, &back); err != nil || !reflect.DeepEqual(back, want) {
			t.Errorf("%s as JSON: %+v, %v", raw, back, err)
		}
	}
	for _, s := range []string{"", "explode", "slow:d=soon", "reset:p=2", "reset:p=x", "reset:from=25:00", "reset:colour=red", "reset:14:00", "reset:n=-1"} {
		if r, err := ParseRule(s); err == nil {
			t.Errorf("%q was taken as %+v", s, r)
		}
	}
}

func TestARuleStrikesWhomItIsMeantFor(t *testing.T) {
	clock := &handClock{now: may11.Add(13*time.Hour + 59*time.Minute)}
	f := NewFaults(clock, DefaultZone, 1)
	set := func(flag string) {
		t.Helper()
		r, err := ParseRule(flag)
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Set([]Rule{r}); err != nil {
			t.Fatal(err)
		}
	}
	set("reset:op=CloseOrder:system=website:from=14:00:to=15:00:n=2")
	hit := func(system, op string) bool { return f.strike(system, op) != nil }
	if hit("website", "CloseOrder") {
		t.Error("struck before its time")
	}
	clock.advance(time.Minute)
	if hit("hotline", "CloseOrder") || hit("website", "ListOrders") {
		t.Error("struck another system or operation")
	}
	strikes := 0
	for range 3 {
		if hit("website", "CloseOrder") {
			strikes++
		}
	}
	if strikes != 2 {
		t.Errorf("%d strikes, want two and no more", strikes)
	}
	if got := f.Rules(); got[0].Hits != 2 {
		t.Errorf("%d hits", got[0].Hits)
	}
	set("reset:from=22:00:to=06:00")
	if hit("hotline", "CloseOrder") {
		t.Error("struck at 14:00, between nights")
	}
	clock.advance(9 * time.Hour)
	if !hit("hotline", "CloseOrder") {
		t.Error("did not strike at 23:00")
	}
	set("duplicate-ack")
	if hit("hotline", "ListOrders") || hit("gis", "Geocode") || !hit("hotline", "CloseOrder") {
		t.Error("an acknowledgement is for what changes something")
	}
	set("reset:p=0.25")
	n := 0
	for range 1000 {
		if hit("hotline", "CloseOrder") {
			n++
		}
	}
	if n < 180 || n > 320 {
		t.Errorf("p=0.25 struck %d of 1000", n)
	}
}
