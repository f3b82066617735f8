package life_test

import (
	"testing"
	"time"

	"tundish/core"
	"tundish/core/life"
)

func TestAnAmendmentIsHeldToTheSameWordsAsASubmission(t *testing.T) {
	r, do := rules(), must(t)
	o := do(r.Receive(order("hotline", "enquiry", core.Normal), "h1", step(0))).Orders[0].Order
	sent := order("hotline", "enquiry", "very")
	if _, err := r.Amend(o, sent, "h2", step(1)); core.CodeOf(err) != "unknown_urgency" {
		t.Errorf("an amendment to an unknown urgency: %v", err)
	}
	sent = order("hotline", "enquirey", core.Normal)
	if _, err := r.Amend(o, sent, "h2", step(1)); core.CodeOf(err) != "unknown_type" {
		t.Errorf("an amendment to an unknown type: %v", err)
	}
}

func TestAnAmendmentKeepsWhatTheHubFoundOutAboutTheSamePlace(t *testing.T) {
	r, do := rules(), must(t)
	o := do(r.Receive(order("billing", "replacement", core.Normal), "h1", step(0))).Orders[0].Order
	o.Place.ServicePoint = ""
	found := core.Place{Point: &core.Point{Lat: 31.2, Lon: 121.4}, PointSource: core.PointFromGeocode, District: "D3", ServicePoint: "SP9"}
	o = do(r.Locate(o, found, step(1))).Orders[0].Order
	sent := order("billing", "replacement", core.Normal)
	sent.Place.ServicePoint, sent.Report.Remark = "", "锈死"
	same := do(r.Amend(o, sent, "h2", step(2))).Orders[0].Order
	if p := same.Place; p.Point == nil || p.District != "D3" || p.ServicePoint != "SP9" || p.PointSource != core.PointFromGeocode {
		t.Errorf("the same address is now %+v: it was located already", p)
	}
	sent.Place.Address = "柳园路 9 号"
	moved := do(r.Amend(o, sent, "h3", step(2))).Orders[0].Order
	if p := moved.Place; p.Point != nil || p.District != "" || p.ServicePoint != "" {
		t.Errorf("another address still has the old place %+v", p)
	}
}

func TestAnAmendmentToAnEmergencyNoLongerWaitsForItsReview(t *testing.T) {
	r, do := rules(), must(t)
	o := do(r.Receive(order("hotline", "burst", core.Normal), "h1", step(0))).Orders[0].Order
	if o.Phase != core.Acceptance {
		t.Fatalf("a normal burst waits in %s", o.Phase)
	}
	o = do(r.Amend(o, order("hotline", "burst", core.Emergency), "h2", step(5))).Orders[0].Order
	if want := start.Add(24 * time.Hour); o.Phase != core.Dispatching || !o.DueAt.Equal(want) {
		t.Errorf("phase %s, due %v; want dispatch, due %v", o.Phase, o.DueAt, want)
	}
	if life.Loads(&o) {
		t.Error("nobody has it yet")
	}
}
