package ordertype_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tundish/config/lang"
	"tundish/config/ordertype"
	"tundish/core"
)

// load reads one type from its text, beside the files of a folder that it may name.
func load(t *testing.T, process string) (*core.Process, error) {
	t.Helper()
	dir := t.TempDir()
	text := "code: x\nname: {en: X, zh: X}\nfamily: replacement\nminutes: 10\nskills: [meter]\ndispatch: {urgent: auto}\nprocess:\n" + process
	if err := os.WriteFile(filepath.Join(dir, "x.yaml"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	types, err := ordertype.Load(dir)
	if err != nil {
		return nil, err
	}
	return types["x"].Process, nil
}

func TestGuardsReadTheOrder(t *testing.T) {
	now := time.Date(2026, 5, 11, 8, 0, 0, 0, time.UTC)
	order := &core.WorkOrder{
		Type: "x", Urgency: core.Urgent, Channel: "12345", Expedite: 2, ReceivedAt: now.Add(-25 * time.Hour),
		Customer: core.Customer{Arrears: "12.50", Tariff: "residential"}, Place: core.Place{District: "PD", Point: &core.Point{Lat: 31.2, Lon: 121.5}},
		Meter: core.Meter{DiameterMM: 50, LastReading: "1200.5", InstalledOn: "2016-05-11"}, Report: core.Report{Category: "leak"},
		Completions: []core.Completion{{Outcome: core.CouldNotBeDone}, {Outcome: core.Done, OldFinalReading: "1200.499", Photos: make([]core.Attachment, 2)}},
		Extra:       map[string]string{"quote": "5000.01", "sealed": "true", "count": "7"},
	}
	for guard, want := range map[string]bool{
		`urgency == "urgent" and channel == "12345"`:                        true,
		`number(completion.old_final_reading) < number(meter.last_reading)`: true,
		`meter.diameter_mm >= 50 and meter.diameter_mm < 51`:                true,
		`visits == 2 and completion.photos == 2`:                            true,
		`completion.outcome == "done"`:                                      true,
		`number(customer.arrears) > 12`:                                     true,
		`given(place.point.lat) and place.point.lat > 31`:                   true,
		`hours(received_at, now) > 24`:                                      true,
		`years(meter.installed_on, now) >= 10`:                              true,
		`number(extra.quote) > 5000 and extra.sealed and extra.count == 7`:  true,
		`dispatch == "auto"`:                                                true,
		`given(hold.reason) or given(assignment.crew_id)`:                   false,
		`given(follow_up.satisfaction) or follow_up.reached`:                false,
		`report.category in ["burst", "no_water"]`:                          false,
		`expedite > 2`: false,
		`number(meter.reading) > 0 or number(meter.reading) <= 0`:               false,
		`hours(closed_at, now) > 0`:                                             false,
		`given(completion.next_appointment.from)`:                               false,
		`number(completion.new_initial_reading) >= 0 or given(completion.seal)`: false,
	} {
		p, err := load(t, "  fields:\n    - {field: extra.quote, type: decimal, label: {en: Q, zh: Q}}\n    - {field: extra.sealed, type: bool, label: {en: S, zh: S}}\n    - {field: extra.count, type: int, label: {en: C, zh: C}}\n"+
			"  steps:\n    - {kind: acceptance, when: '"+guard+"'}\n    - dispatch\n    - field\n    - release\n")
		if err != nil {
			t.Errorf("%s: %v", guard, err)
			continue
		}
		when := p.Steps[0].When
		if got, err := when.Holds(order, now); got != want || err != nil || when.String() != guard {
			t.Errorf("%s: %v, %v", when, got, err)
		}
		if _, err := when.Holds(&core.WorkOrder{}, now); err != nil {
			t.Errorf("%s of an empty order: %v", guard, err)
		}
	}
}

func TestAnAcceptanceIsOwedWhereDispatchIsAutomatic(t *testing.T) {
	for text, want := range map[string]bool{"acceptance": true, `{kind: acceptance, after: "false"}`: false} {
		p, err := load(t, "  steps:\n    - "+text+"\n    - dispatch\n    - field\n    - release\n")
		if err != nil {
			t.Fatal(err)
		}
		for u, auto := range map[core.Urgency]bool{core.Urgent: want, core.Normal: false} {
			if got, err := p.Steps[0].After.Holds(&core.WorkOrder{Urgency: u}, time.Time{}); got != auto || err != nil {
				t.Errorf("%s, %s: owed %v, %v", text, u, got, err)
			}
		}
	}
}

func TestFormsTakeWhatEveryOrderHasAndTheHousesOwn(t *testing.T) {
	p, err := load(t, `  steps:
    - dispatch
    - kind: field
      form:
        - {field: completion.old_final_reading, required: true, max: 99999}
        - {field: extra.valve, type: choice, label: {en: Valve, zh: 阀门}, options: {open: {en: Open, zh: 开}, shut: {en: Shut, zh: 关}}, required_when: given(completion.seal)}
      go:
        could_not: {to: release, form: [completion.reason, extra.valve]}
        give_back: {to: dispatch, form: []}
    - release
`)
	if err != nil {
		t.Fatal(err)
	}
	field := p.Step("field")
	reading, valve := field.Form[0], field.Form[1]
	if reading.Type != core.FieldReading || reading.Unit != "m³" || !reading.Required || reading.Max != "99999" || reading.Label.ZH != "旧表止码" {
		t.Errorf("%+v", reading)
	}
	if valve.Type != core.FieldChoice || len(valve.Options) != 2 || valve.Options[1] != (core.Option{Code: "shut", Name: core.Text{EN: "Shut", ZH: "关"}}) || valve.RequiredWhen == nil || !valve.IsOwn() {
		t.Errorf("%+v", valve)
	}
	if e := field.ExitsOf(core.ActCouldNot)[0]; len(e.Form) != 2 || e.Form[1].Type != core.FieldChoice {
		t.Errorf("could_not asks for %+v", e.Form)
	}
	if e := field.ExitsOf(core.ActGiveBack)[0]; e.Form == nil || len(e.Form) != 0 {
		t.Errorf("give_back asks for %#v", e.Form)
	}
	if e := field.ExitsOf(core.ActAgain)[0]; len(e.Form) == 0 || e.Form[0].Path != "completion.reason" || !e.Form[0].Required {
		t.Errorf("again asks for %+v", e.Form)
	}
}

func TestTheVersionNamesTheContentOfTheFile(t *testing.T) {
	steps := "  steps: [dispatch, field, release]\n"
	one, err := load(t, steps)
	if err != nil {
		t.Fatal(err)
	}
	again, _ := load(t, steps)
	other, _ := load(t, steps+"# a word\n")
	if one.Version != again.Version || one.Version == other.Version || len(one.Version) != 32 {
		t.Errorf("%s, %s, %s", one.Version, again.Version, other.Version)
	}
	if !one.Migrate.Keep {
		t.Error("orders under way do not keep their version")
	}
	moved, err := load(t, steps+"  migrate: {steps: {gone: dispatch}}\n")
	if err != nil || moved.Migrate.Keep || moved.Migrate.Steps["gone"] != "dispatch" {
		t.Errorf("%+v, %v", moved, err)
	}
}

// TestReopeningIsNoSecondRelease: what is done again is released again; the same work is not.
func TestReopeningIsNoSecondRelease(t *testing.T) {
	if _, err := load(t, "  steps: [acceptance, dispatch, field, review, release, follow_up]\n"); err != nil {
		t.Error(err)
	}
	for steps, said := range map[string]string{
		"  steps: [dispatch, field, release, {id: call, kind: follow_up, go: {satisfied: second}}, {id: second, kind: release}]\n":                              "released twice: dispatch → field → release → call → second",
		"  steps: [{id: early, kind: release}, dispatch, field, release]\n":                                                                                     "before anybody worked: early",
		"  steps: [dispatch, field, {kind: review, go: {pass: closed}}, release]\n":                                                                             "never gets the result: dispatch → field → review → closed",
		"  steps: [dispatch, field, {kind: release, when: visits > 1}, follow_up]\n":                                                                            "never gets the result: dispatch → field → release → follow_up → closed",
		"  steps: [dispatch, field, {kind: approval, roles: [approver], go: {reject: returned}}, release]\n":                                                    "never gets the result: dispatch → field → approval → returned",
		"  steps: [dispatch, {kind: field, go: {could_not: cancelled}}, release]\n":                                                                             "never gets the result: dispatch → field → cancelled",
		"  steps: [{kind: dispatch, go: {assign: review}}, {kind: field}, review, release]\n":                                                                   "does not go to field work: dispatch → review",
		"  steps: [{kind: dispatch, when: visits > 1}, field, release]\n":                                                                                       "no dispatch has named: dispatch → field",
		"  steps: [{id: a, kind: choice, go: {then: b}}, {id: b, kind: choice, go: {then: [{when: visits > 1, to: dispatch}, a]}}, dispatch, field, release]\n": "go round for ever, and nobody stops it: a → b → a",
		"  steps: [{kind: acceptance, when: visits > 1, else: acceptance}, dispatch, field, release]\n":                                                         "go round for ever, and nobody stops it: acceptance → acceptance",
		"  steps: [{kind: dispatch, go: {return: dispatch}}, {kind: field, go: {done: field, could_not: field}}, release]\n":                                    "never ends: dispatch → dispatch",
		"  steps: [dispatch, field, {kind: review, go: {pass: [{when: visits > 1, to: release}]}}, release]\n":                                                  "an order may find none: dispatch → field → review → ?",
		"  steps: [dispatch, {kind: field, go: {done: closed, could_not: closed}}, release]\n":                                                                  "no order ever comes to release: nothing among dispatch, field, returned, closed leads there",
	} {
		_, err := load(t, steps)
		if text := oneLine(err); err == nil || !strings.Contains(text, said) {
			t.Errorf("%s: want %q, got %s", steps, said, text)
		}
	}
}

// TestPeopleMayGoRound: reopening, and an approval that sends back, are cycles that end whenever
// somebody wants.
func TestPeopleMayGoRound(t *testing.T) {
	if _, err := load(t, "  steps: [acceptance, {kind: approval, number: '30', roles: [deputy_head], go: {reject: acceptance}}, dispatch, field, {kind: approval, id: after, roles: [deputy_head], go: {reject: field}}, release, follow_up]\n"); err != nil {
		t.Error(err)
	}
}

func oneLine(err error) string {
	if err == nil {
		return ""
	}
	return strings.Join(strings.Fields(err.Error()), " ")
}

func TestTheTradesApprovalsAreThere(t *testing.T) {
	types, err := ordertype.Load(shipped)
	if err != nil {
		t.Fatal(err)
	}
	faulty := types["faulty_replacement"].Process
	node := faulty.Step("deputy_head")
	if faulty.Code != "BW-001" || node == nil || node.Number != "30" || node.Phase != core.Approval || !slices.Equal(node.Roles, []string{"deputy_head"}) || node.ExitsOf(core.ActApprove)[0].To != "dispatch" {
		t.Errorf("BW-001-30 is %+v", node)
	}
	lower := faulty.Step("lower")
	for name, c := range map[string]struct {
		order core.WorkOrder
		want  bool
	}{
		"lower":  {core.WorkOrder{Meter: core.Meter{DiameterMM: 15, LastReading: "100"}, Completions: []core.Completion{{Outcome: core.Done, OldFinalReading: "99.9"}}}, true},
		"large":  {core.WorkOrder{Meter: core.Meter{DiameterMM: 80, LastReading: "100"}, Completions: []core.Completion{{Outcome: core.Done, OldFinalReading: "101"}}}, true},
		"usual":  {core.WorkOrder{Meter: core.Meter{DiameterMM: 15, LastReading: "100"}, Completions: []core.Completion{{Outcome: core.Done, OldFinalReading: "101"}}}, false},
		"undone": {core.WorkOrder{Meter: core.Meter{DiameterMM: 80}, Completions: []core.Completion{{Outcome: core.CouldNotBeDone}}}, false},
	} {
		if got, err := lower.When.Holds(&c.order, time.Time{}); got != c.want || err != nil {
			t.Errorf("%s: approved after field work %v, %v", name, got, err)
		}
	}
	for _, code := range []string{"removal", "relocation"} {
		before := 0
		for _, s := range types[code].Process.Steps {
			if s.Kind == core.StepDispatch {
				break
			}
			if s.Kind == core.StepApproval {
				before++
			}
		}
		if before != 2 {
			t.Errorf("%s has %d approvals before dispatch", code, before)
		}
	}
}

// TestEveryLimitSaysWhatItRestsOn: clock, basis and metric of every limit that is shipped.
func TestEveryLimitSaysWhatItRestsOn(t *testing.T) {
	seen := 0
	for _, dir := range []string{shipped, "../examples/gas/order-types"} {
		types, err := ordertype.Load(dir)
		if err != nil {
			t.Fatal(err)
		}
		for code, one := range types {
			limits := slices.Clone(one.Process.Limits)
			for _, s := range one.Process.Steps {
				limits = append(limits, s.Limits...)
			}
			for _, l := range limits {
				seen++
				if l.Basis.EN == "" || l.Basis.ZH == "" || !slices.Contains(core.LimitClocks(), l.Clock) || l.Metric == "" && l.ID == core.LimitFinish {
					t.Errorf("%s: limit %s is not whole: %+v", code, l.ID, l)
				}
			}
		}
	}
	if seen < 40 {
		t.Errorf("only %d limits", seen)
	}
	var p lang.Problems
	types, _ := ordertype.Read(&p, shipped, core.Roles(), nil)
	burst := types["burst"].Process
	if l := burst.Limits[0]; l.ID != "on_site" || l.Within != time.Hour || l.Clock != core.ClockElapsed || l.Until != core.AtArrival || !l.RunsOnHold || len(l.Escalations) != 2 {
		t.Errorf("%+v", l)
	}
	large := &core.WorkOrder{Extra: map[string]string{"main_diameter_mm": "300"}}
	if holds, err := burst.Limits[1].When.Holds(large, time.Time{}); !holds || err != nil || burst.Limits[1].Within != 48*time.Hour {
		t.Errorf("a large main: %v, %v", holds, err)
	}
}

// TestGasIsAddedByYAMLAlone reads the set for gas and finds what makes it gas.
func TestGasIsAddedByYAMLAlone(t *testing.T) {
	types, err := ordertype.Load("../examples/gas/order-types")
	if err != nil {
		t.Fatal(err)
	}
	leak, inspection := types["gas_leak"], types["gas_safety_inspection"]
	if leak == nil || leak.Urgency != core.Emergency || leak.Mode(core.Normal) != core.DispatchAuto || types["gas_meter_replacement"] == nil {
		t.Fatalf("%v", types.Codes())
	}
	if officer := leak.Process.Step("safety_approval"); officer == nil || !slices.Equal(officer.Roles, []string{"approver"}) {
		t.Errorf("%+v", officer)
	}
	form := inspection.Process.Step("field").Form
	danger := form[slices.IndexFunc(form, func(f core.FormField) bool { return f.Path == "extra.danger" })]
	for hose, want := range map[string]bool{"good": false, "minor": true} {
		o := &core.WorkOrder{Extra: map[string]string{"pipe": "good", "hose": hose, "appliance": "good", "alarm": "good"}}
		if got, err := danger.RequiredWhen.Holds(o, time.Time{}); got != want || err != nil {
			t.Errorf("hose %s: the danger must be told %v, %v", hose, got, err)
		}
	}
}
