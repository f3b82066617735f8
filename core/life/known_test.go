package life_test

import (
	"strings"
	"testing"

	"tundish/core"
	"tundish/core/life"
)

// TestAResultHoldsWhatItsFieldsMay: also those that no form asks for.
func TestAResultHoldsWhatItsFieldsMay(t *testing.T) {
	r, do := rules(), must(t)
	r.Codes = func(string) []string { return []string{"known"} }
	o := do(r.Receive(order("hotline", "burst", core.Emergency), "h", step(0))).Orders[0].Order
	o = do(r.Assign(o, core.Assignment{CrewID: "R1", Day: "2026-05-11"}, core.CrewDay{}, step(1))).Orders[0].Order
	for field, c := range map[string]core.Completion{
		"handling":        {Handling: "nonsense"},
		"old_meter_fate":  {OldMeterFate: "eaten"},
		"work":            {Work: strings.Repeat("长", 4001)},
		"cause":           {Cause: strings.Repeat("长", 401)},
		"new_diameter_mm": {NewDiameterMM: 9},
		"point":           {Point: &core.Point{Lat: 999, Lon: 1}},
	} {
		c.Outcome = core.Done
		if _, err := r.Complete(o, "R1", c, step(2)); core.KindOf(err) != core.Invalid || !strings.Contains(err.Error(), field) {
			t.Errorf("%s: %v", field, err)
		}
	}
	good := core.Completion{Outcome: core.Done, Handling: "known", Work: strings.Repeat("长", 4000), NewDiameterMM: 15, Point: &core.Point{Lat: 31, Lon: 121}, People: []string{"3001"}}
	do(r.Complete(o, "R1", good, step(2)))
}

// TestAFormsOwnChoicesGoBeforeTheVocabulary: a field that a form asks for is held against the form alone.
func TestAFormsOwnChoicesGoBeforeTheVocabulary(t *testing.T) {
	own := core.AskFor("completion.handling", false)
	own.Codes, own.Options = "", []core.Option{{Code: "pumped"}}
	r := withProcess(core.Step{Kind: core.StepDispatch}, core.Step{Kind: core.StepField, Form: []core.FormField{own}}, core.Step{Kind: core.StepRelease})
	r.Codes = func(string) []string { return []string{"known"} }
	u, err := r.Receive(order("billing", "x", core.Normal), "h", step(0))
	o := after(t, u, err)
	u, err = r.Assign(o, core.Assignment{CrewID: "R1", Day: "2026-05-11"}, core.CrewDay{}, step(1))
	o = after(t, u, err)
	if _, err := r.Complete(o, "R1", core.Completion{Outcome: core.Done, Handling: "known"}, step(2)); core.CodeOf(err) != "unknown_code" {
		t.Errorf("a code that the form does not offer: %v", err)
	}
	u, err = r.Complete(o, "R1", core.Completion{Outcome: core.Done, Handling: "pumped"}, step(2))
	after(t, u, err)
}

func TestNoTextIsWithoutEnd(t *testing.T) {
	r, do := rules(), must(t)
	r.Codes = func(string) []string { return []string{"known"} }
	o := do(r.Receive(order("hotline", "burst", core.Normal), "h", step(0))).Orders[0].Order
	long := `"` + strings.Repeat("长", 5000) + `"`
	for path, action := range map[string]core.Action{"name": core.ActCorrect, "phone": core.ActCorrect, "address": core.ActAmend, "content": core.ActAmend, "to": core.ActHandOver, "with": core.ActAppoint} {
		c := life.Command{Action: action, Fields: fields(path, long)}
		if action == core.ActAppoint {
			c.Fields["from"] = []byte(`"2026-05-12T09:00:00+08:00"`)
		}
		if _, err := r.Act(o, c, step(1)); core.KindOf(err) != core.Invalid {
			t.Errorf("%s: %v", path, err)
		}
	}
	if _, err := r.Act(o, life.Command{Action: core.ActCorrect, Fields: fields("tariff", `"nonsense"`)}, step(1)); core.CodeOf(err) != "unknown_code" {
		t.Errorf("a tariff class that nobody knows: %v", err)
	}
	s := fromHotline(1)
	if s.Remark = strings.Repeat("长", core.MaxText+1); core.CodeOf(second(r.Cancel(o, s))) != "too_long" {
		t.Error("a remark without end is taken")
	}
	s.Remark = strings.Repeat("长", core.MaxText)
	do(r.Cancel(o, s))
}

func TestOnlyACrewsOwnOrderIsReviewedLater(t *testing.T) {
	r, do := rules(), must(t)
	r.Codes = func(string) []string { return []string{"crew", "phone"} }
	opens := func(s life.Step, change func(*core.WorkOrder)) (core.Unit, error) {
		o := order("hub", "burst", core.Normal)
		change(&o)
		return r.Open(o, "h", s)
	}
	person, crew := step(0), step(0)
	crew.Actor = life.Actor{ID: "zhang", Crew: "R1"}
	if _, err := opens(person, func(o *core.WorkOrder) { o.Channel = life.ByCrew }); core.CodeOf(err) != "invalid_value" {
		t.Errorf("an order that is no crew's: %v", err)
	}
	for field, change := range map[string]func(*core.WorkOrder){
		"channel": func(o *core.WorkOrder) { o.Channel = "smoke" }, "report.category": func(o *core.WorkOrder) { o.Report.Category = "nonsense" },
		"place.point": func(o *core.WorkOrder) { o.Place.Point = &core.Point{Lat: 999, Lon: 1} }, "customer.tariff": func(o *core.WorkOrder) { o.Customer.Tariff = "x" },
	} {
		if _, err := opens(person, change); core.KindOf(err) != core.Invalid || !strings.Contains(err.Error(), field) {
			t.Errorf("%s: %v", field, err)
		}
	}
	if o := do(opens(crew, func(*core.WorkOrder) {})).Orders[0].Order; o.Phase != core.Dispatching || o.Reviewed {
		t.Errorf("a crew's own: %s", o.Phase)
	}
	if o := do(opens(person, func(o *core.WorkOrder) { o.Channel = "phone" })).Orders[0].Order; o.Phase != core.Acceptance {
		t.Errorf("a person's: %s", o.Phase)
	}
}

// TestADispatchFormIsNoWayPastAnApproval: what a dispatcher fills in while he gives the work out may need an approval.
func TestADispatchFormIsNoWayPastAnApproval(t *testing.T) {
	r := withProcess(core.Step{ID: "branch", Kind: core.StepApproval, When: wide(50)},
		core.Step{ID: "dispatch", Kind: core.StepDispatch, Form: []core.FormField{core.AskFor("meter.diameter_mm", false)}}, core.Step{Kind: core.StepField}, core.Step{Kind: core.StepRelease})
	o := order("billing", "x", core.Normal)
	o.Meter.DiameterMM = 20
	u, err := r.Receive(o, "h", step(0))
	o = after(t, u, err)
	give := func(mm string) (core.Unit, error) {
		return r.Act(o, life.Command{Action: core.ActAssign, Fields: fields("meter.diameter_mm", mm), Assignment: &core.Assignment{CrewID: "R1", Day: "2026-05-11"}}, step(1))
	}
	if _, err := give("80"); core.CodeOf(err) != "not_approved" {
		t.Errorf("80 mm: %v", err)
	}
	u, err = give("40")
	if o = after(t, u, err); o.Phase != core.Field {
		t.Errorf("40 mm: %s", o.Phase)
	}
}
