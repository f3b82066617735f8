package life_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"tundish/core"
	"tundish/core/life"
)

// large is a way with everything in it: an approval before dispatch for large meters, a valve
// that another depot closes meanwhile, a form, a review, and two nodes side by side behind it.
func large() *core.Process {
	big := core.If("meter.diameter_mm >= 50", func(o *core.WorkOrder, _ time.Time) bool { return o.Meter.DiameterMM >= 50 })
	p := &core.Process{Code: "BW-001", Steps: []core.Step{
		{Kind: core.StepAcceptance, Roles: []string{"intake"}, Exits: []core.Exit{{Action: core.ActReturn, To: "returned", Roles: []string{"intake", "chief"}}}},
		{ID: "deputy", Kind: core.StepApproval, Number: "30", Roles: []string{"deputy_head"}, When: big, Exits: []core.Exit{{Action: core.ActReject, To: "acceptance"}}},
		{Kind: core.StepDispatch},
		{Kind: core.StepField, Tasks: []core.SubTask{{ID: "valve", Name: core.Text{EN: "Close the valve", ZH: "关阀"}, Roles: []string{"network"}, When: big, Form: []core.FormField{{Path: "extra.valve_no", Type: core.FieldText, Required: true}}}},
			Form: []core.FormField{
				core.AskFor("completion.old_final_reading", true),
				{Path: "extra.flow", Type: core.FieldDecimal, Min: "0", Max: "10.5"},
				{Path: "extra.tag", Type: core.FieldText, Pattern: `V\d{3}`, RequiredWhen: big, Label: core.Text{EN: "Tag", ZH: "挂牌号"}},
				{Path: "completion.old_meter_fate", Type: core.FieldChoice, Options: []core.Option{{Code: "scrapped"}, {Code: "kept"}}},
			}},
		{Kind: core.StepReview, Roles: []string{"reviewer"}},
		{ID: "cost", Kind: core.StepApproval, Number: "60", Roles: []string{"chief"}, Tasks: []core.SubTask{{ID: "finance", Roles: []string{"finance"}}, {ID: "safety", Roles: []string{"safety"}}}, Exits: []core.Exit{{Action: core.ActReject, To: "field"}}},
		{Kind: core.StepRelease},
	}}
	p.Complete()
	return p
}

func largeRules() *life.Rules {
	r := rules()
	r.Types["large"] = &core.OrderType{Code: "large", Family: core.Replacement, Minutes: 60, Process: large()}
	return r
}

// as lets somebody with these roles act.
func as(n int, remark string, roles ...string) life.Step {
	s := step(n)
	s.Actor, s.By, s.Remark = life.Actor{ID: "who", Roles: roles}, "who", remark
	return s
}

func crewStep(n int, crew string) life.Step {
	s := step(n)
	s.Actor, s.By = life.Actor{ID: "crew:" + crew, Crew: crew}, "crew:"+crew
	return s
}

func fields(pairs ...string) map[string]json.RawMessage {
	m := map[string]json.RawMessage{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = json.RawMessage(pairs[i+1])
	}
	return m
}

// after makes the order that a decision leaves.
func after(t *testing.T, u core.Unit, err error) core.WorkOrder {
	t.Helper()
	return must(t)(u, err).Orders[0].Order
}

func newLarge(t *testing.T, r *life.Rules, mm int) core.WorkOrder {
	o := order("billing", "large", core.Normal)
	o.Meter.DiameterMM, o.Meter.LastReading = mm, "100"
	u, err := r.Receive(o, "h", step(0))
	return after(t, u, err)
}

// with is the order with crew R1, its valve closed.
func withR1(t *testing.T, r *life.Rules, mm int) core.WorkOrder {
	o := newLarge(t, r, mm)
	do := func(c life.Command, s life.Step) {
		t.Helper()
		u, err := r.Act(o, c, s)
		o = after(t, u, err)
	}
	do(life.Command{Action: core.ActAccept}, as(1, "", "intake"))
	if mm >= 50 {
		do(life.Command{Action: core.ActApprove}, as(2, "准予更换", "deputy_head"))
	}
	do(life.Command{Action: core.ActAssign, Assignment: &core.Assignment{CrewID: "R1", Day: "2026-05-11"}}, step(3))
	if mm >= 50 {
		do(life.Command{Action: core.ActDone, Step: "field", Task: "valve", Fields: fields("extra.valve_no", `"F12"`)}, as(4, "", "network"))
	}
	return o
}

func TestAFormTellsAllItsFaultsTogetherInBothLanguages(t *testing.T) {
	r := largeRules()
	o := withR1(t, r, 80)
	_, err := r.Act(o, life.Command{Action: core.ActDone, Fields: fields("completion.old_final_reading", `"12,5"`, "extra.flow", `10.50001`, "completion.old_meter_fate", `"lost"`, "extra.colour", `"red"`)}, crewStep(5, "R1"))
	var e *core.Error
	if !errors.As(err, &e) || e.Kind != core.Invalid || e.Code != "form" || len(e.Faults) != 4 {
		t.Fatalf("%v: want four faults together", err)
	}
	got := map[string]string{}
	for _, f := range e.Faults {
		got[f.Field] = f.Code
		if f.Message == "" || f.MessageZH == "" {
			t.Errorf("%s is not told in both languages", f.Field)
		}
	}
	for field, code := range map[string]string{"old_final_reading": "not_a_reading", "extra.flow": "out_of_range", "old_meter_fate": "unknown_code", "extra.colour": "unknown_field"} {
		if got[field] != code {
			t.Errorf("%s: %q, want %q", field, got[field], code)
		}
	}
	_, err = r.Act(o, life.Command{Action: core.ActDone}, crewStep(5, "R1"))
	if !errors.As(err, &e) || e.Code != "required" || e.Field != "old_final_reading,extra.tag" || !strings.Contains(e.MessageZH, "挂牌号") {
		t.Errorf("an empty form: %v / %s", err, e.MessageZH)
	}
	if _, err := r.Act(o, life.Command{Action: core.ActDone, Fields: fields("completion.old_final_reading", `"101"`, "extra.tag", `"V12"`)}, crewStep(5, "R1")); core.CodeOf(err) != "pattern" {
		t.Errorf("a tag of another form: %v", err)
	}
	u, err := r.Act(o, life.Command{Action: core.ActDone, Fields: fields("completion.old_final_reading", `101.50`, "extra.tag", `"V123"`, "extra.flow", `"10.5"`, "completion.work", `"换表"`, "completion.new_diameter_mm", `"80"`)}, crewStep(5, "R1"))
	done := after(t, u, err)
	c := done.LastCompletion()
	if c.OldFinalReading != "101.50" || done.Extra["flow"] != "10.5" || done.Extra["tag"] != "V123" || c.NewDiameterMM != 80 || c.CrewID != "R1" || done.Phase != core.ResultReview {
		t.Errorf("kept %+v, extra %v in %s", c, done.Extra, done.Phase)
	}
	small := withR1(t, r, 15)
	if _, err := r.Act(small, life.Command{Action: core.ActDone, Fields: fields("completion.old_final_reading", `"101"`)}, crewStep(5, "R1")); err != nil {
		t.Errorf("a small meter has no tag: %v", err)
	}
}

func TestDecimalsAreComparedExactly(t *testing.T) {
	r := largeRules()
	o := withR1(t, r, 15)
	for value, ok := range map[string]bool{"10.5": true, "10.500": true, "10.500000001": false, "0": true, "-0.000000001": false, "1e1": false, "0x1": false, "NaN": false, "10.4999999999999999": false} {
		_, err := r.Act(o, life.Command{Action: core.ActDone, Fields: fields("completion.old_final_reading", `"101"`, "extra.flow", `"`+value+`"`)}, crewStep(5, "R1"))
		if (err == nil) != ok {
			t.Errorf("%s: %v", value, err)
		}
	}
}

func TestApprovalsStandBeforeDispatchAndBehindTheFieldWork(t *testing.T) {
	r := largeRules()
	act := func(o core.WorkOrder, a core.Action, s life.Step, at ...string) core.WorkOrder {
		t.Helper()
		c := life.Command{Action: a}
		if len(at) > 0 {
			c.Step, c.Task = at[0], at[1]
		}
		u, err := r.Act(o, c, s)
		return after(t, u, err)
	}
	o := act(newLarge(t, r, 80), core.ActAccept, as(1, "", "intake"))
	if o.Phase != core.Approval {
		t.Fatalf("a large meter is in %s", o.Phase)
	}
	if _, err := r.Act(o, life.Command{Action: core.ActReject}, as(2, "", "deputy_head")); core.CodeOf(err) != "required" {
		t.Errorf("rejected without a reason: %v", err)
	}
	o = act(o, core.ActReject, as(2, "资料不全", "deputy_head"))
	if o.Phase != core.Acceptance || o.Reviewed {
		t.Fatalf("rejected, it is in %s, reviewed %v", o.Phase, o.Reviewed)
	}
	o = act(act(o, core.ActAccept, as(3, "", "intake")), core.ActApprove, as(4, "同意", "deputy_head"))
	if v := o.Approvals; o.Phase != core.Dispatching || len(v) != 2 || v[0].Action != core.ActReject || v[0].Remark != "资料不全" || v[1].Action != core.ActApprove || v[1].Number != "30" || v[1].By != "who" {
		t.Fatalf("%s with verdicts %+v", o.Phase, v)
	}
	if small := act(newLarge(t, r, 15), core.ActAccept, as(1, "", "intake")); small.Phase != core.Dispatching || len(small.Approvals) != 0 {
		t.Errorf("a small meter is in %s with %v", small.Phase, small.Approvals)
	}

	o = withR1(t, r, 15)
	u, err := r.Complete(o, "R1", core.Completion{Outcome: core.Done, OldFinalReading: "101"}, crewStep(5, "R1"))
	o = act(after(t, u, err), core.ActPass, as(6, "", "reviewer"))
	if want := []string{"cost", "cost/finance", "cost/safety"}; !slices.Equal(steps(o), want) || o.Phase != core.Approval || core.StatusOf(&o) != core.StatusCompleted {
		t.Fatalf("behind the review it stands at %v as %s", steps(o), core.StatusOf(&o))
	}
	if _, err := r.Cancel(o, step(7)); core.CodeOf(err) != "work_done" {
		t.Errorf("cancelled behind the work: %v", err)
	}
	if _, err := r.Act(o, life.Command{Action: core.ActApprove}, as(7, "", "chief")); core.CodeOf(err) != "tasks_open" {
		t.Errorf("approved over nodes that are open: %v", err)
	}
	o = act(o, core.ActApprove, as(7, "", "safety"), "cost", "safety")
	back := act(o, core.ActReject, as(8, "费用超标", "finance"), "cost", "finance")
	if back.Phase != core.Field || back.Assignment.State != core.FieldAccepted || len(back.Tokens) != 1 {
		t.Errorf("one of two nodes rejected: %s at %v", back.Phase, steps(back))
	}
	o = act(o, core.ActApprove, as(8, "", "finance"), "cost", "finance")
	u, err = r.Act(o, life.Command{Action: core.ActApprove}, as(9, "", "chief"))
	if o = after(t, u, err); o.Phase != core.Closed || kinds(u)["billing"] != core.TellResult || len(o.Approvals) != 3 {
		t.Errorf("approved: %s, owes %v, verdicts %+v", o.Phase, kinds(u), o.Approvals)
	}
}

func TestAnOpenSubTaskKeepsTheOrderAtItsStep(t *testing.T) {
	r := largeRules()
	o := withR1(t, r, 80)
	u, err := r.Unassign(o, step(5))
	o = after(t, u, err)
	u, err = r.Assign(o, core.Assignment{CrewID: "R1", Day: "2026-05-11"}, core.CrewDay{}, step(6))
	o = after(t, u, err) // its valve is to be closed once more
	if want := []string{"field", "field/valve"}; !slices.Equal(steps(o), want) {
		t.Fatalf("it stands at %v", steps(o))
	}
	done := core.Completion{Outcome: core.Done, OldFinalReading: "101"}
	o.Extra["tag"] = "V123"
	if _, err := r.Complete(o, "R1", done, crewStep(7, "R1")); core.CodeOf(err) != "tasks_open" {
		t.Errorf("completed with an open valve: %v", err)
	}
	if _, err := r.Act(o, life.Command{Action: core.ActDone, Step: "field", Task: "valve"}, crewStep(7, "R1")); core.KindOf(err) != core.Denied {
		t.Errorf("the crew closed another depot's valve: %v", err)
	}
	delete(o.Extra, "valve_no")
	if _, err := r.Act(o, life.Command{Action: core.ActDone, Step: "field", Task: "valve"}, as(7, "", "network")); core.CodeOf(err) != "required" {
		t.Errorf("closed without its number: %v", err)
	}
	u, err = r.Act(o, life.Command{Action: core.ActDone, Step: "field", Task: "valve", Fields: fields("extra.valve_no", `"F9"`)}, as(7, "", "network"))
	if o = after(t, u, err); u.Orders[0].Events[0].Kind != core.EventTaskDone || o.Extra["valve_no"] != "F9" {
		t.Errorf("%+v", u.Orders[0].Events[0])
	}
	if _, err := r.Complete(o, "R1", done, crewStep(8, "R1")); err != nil {
		t.Error(err)
	}
}

func TestNobodyActsWithoutTheRight(t *testing.T) {
	r := largeRules()
	r.Access = roleBook{"dispatcher": {core.ActAssign, core.ActHold}}
	o := newLarge(t, r, 80)
	field := withR1(t, r, 15)
	assign := life.Command{Action: core.ActAssign, Assignment: &core.Assignment{CrewID: "R1", Day: "2026-05-11"}}
	toDispatch := func() core.WorkOrder {
		o := newLarge(t, r, 15)
		u, err := r.Act(o, life.Command{Action: core.ActAccept}, as(1, "", "intake"))
		o = after(t, u, err)
		o.Place.Depot = "D7"
		return o
	}()
	at := func(s life.Step, depots ...string) life.Step { s.Actor.Depots = depots; return s }
	source := func(id core.SystemID) life.Step {
		s := step(2)
		s.Actor = life.Source(id)
		return s
	}
	for name, c := range map[string]struct {
		err  error
		code string // "": allowed
	}{
		"nobody":                         {second(r.Act(o, life.Command{Action: core.ActAccept}, life.Step{Now: start})), "not_allowed"},
		"another role":                   {second(r.Act(o, life.Command{Action: core.ActAccept}, as(1, "", "reviewer"))), "not_allowed"},
		"the step's role":                {second(r.Act(o, life.Command{Action: core.ActAccept}, as(1, "", "intake"))), ""},
		"the exit's role":                {second(r.Act(o, life.Command{Action: core.ActReturn}, as(1, "x", "chief"))), ""},
		"the exit's role at another":     {second(r.Act(o, life.Command{Action: core.ActAccept}, as(1, "x", "chief"))), "not_allowed"},
		"a role of the house":            {second(r.Act(toDispatch, assign, as(2, "", "dispatcher"))), ""},
		"a role without it":              {second(r.Act(toDispatch, assign, as(2, "", "intake"))), "not_allowed"},
		"of another station":             {second(r.Act(toDispatch, assign, at(as(2, "", "dispatcher"), "D8"))), "not_allowed"},
		"of its station":                 {second(r.Act(toDispatch, assign, at(as(2, "", "dispatcher"), "D7"))), ""},
		"beside":                         {second(r.Hold(field, as(4, "等材料", "dispatcher"))), ""},
		"beside, without":                {second(r.Hold(field, as(4, "等材料", "reviewer"))), "not_allowed"},
		"its crew":                       {second(r.Advance(field, "R1", core.FieldOnSite, crewStep(4, "R1"))), ""},
		"another crew":                   {second(r.Advance(field, "R2", core.FieldOnSite, crewStep(4, "R2"))), "not_yours"},
		"another crew as if":             {second(r.Act(field, life.Command{Action: core.ActCouldNot, Fields: fields("completion.reason", `"no_access"`)}, crewStep(4, "R2"))), "not_yours"},
		"a crew at the desk":             {second(r.Act(o, life.Command{Action: core.ActAccept}, crewStep(1, "R1"))), "not_allowed"},
		"a crew reviews itself":          {second(r.Hold(field, crewStep(4, "R1"))), "not_allowed"},
		"its source":                     {second(r.Cancel(o, source("billing"))), ""},
		"another source":                 {second(r.Cancel(o, source("hotline"))), "not_allowed"},
		"its source at another's work":   {second(r.Act(o, life.Command{Action: core.ActAccept}, source("billing"))), "not_allowed"},
		"a comment":                      {second(r.Note(o, as(1, "好", "viewer"))), "not_allowed"},
		"a comment of who shall comment": {second(r.Note(must(t)(r.Collaborate(o, []string{"who"}, nil, step(1))).Orders[0].Order, as(1, "好", "viewer"))), ""},
	} {
		if core.CodeOf(c.err) != c.code || c.code != "" && !core.IsKind(c.err, core.Denied) {
			t.Errorf("%s: %v, want %q", name, c.err, c.code)
		}
	}
	_, err := r.Act(toDispatch, life.Command{Action: core.ActAccept}, as(2, "", "dispatcher"))
	if !core.IsKind(err, core.Conflict) || !strings.HasSuffix(err.Error(), "allowed now: assign") {
		t.Errorf("what is not possible is refused as %v; want what is allowed now", err)
	}
}

// roleBook is what a role may do.
type roleBook map[string][]core.Action

func (b roleBook) May(a life.Actor, action core.Action, o *core.WorkOrder) bool {
	return stationed(a, o) && slices.ContainsFunc(a.Roles, func(role string) bool { return slices.Contains(b[role], action) })
}

func (b roleBook) Holds(a life.Actor, roles []string, o *core.WorkOrder) bool {
	return stationed(a, o) && life.Everybody{}.Holds(a, roles, o)
}

// stationed tells whether the order is of one of the actor's depots; without any, every one is.
func stationed(a life.Actor, o *core.WorkOrder) bool {
	return o == nil || len(a.Depots) == 0 || slices.Contains(a.Depots, o.Place.Depot)
}

func TestTwoPeopleAtOnceAreToldApart(t *testing.T) {
	r := largeRules()
	o := newLarge(t, r, 15)
	seen := o.Version
	u, err := r.Note(o, step(1))
	o = after(t, u, err)
	_, err = r.Act(o, life.Command{Action: core.ActAccept, Expected: seen}, as(2, "", "intake"))
	if core.CodeOf(err) != "stale" || !core.IsKind(err, core.Conflict) || !strings.Contains(err.Error(), "allowed now: return, accept") {
		t.Errorf("%v", err)
	}
	if _, err = r.Act(o, life.Command{Action: core.ActAccept, Expected: o.Version}, as(2, "", "intake")); err != nil {
		t.Error(err)
	}
}

func TestATaskOfTheFilesOwnHasItsOwnActions(t *testing.T) {
	r := rules()
	p := &core.Process{Steps: []core.Step{
		{ID: "permit", Kind: core.StepTask, Phase: core.Acceptance, Name: core.Text{EN: "Permit", ZH: "掘路许可"}, Form: []core.FormField{{Path: "extra.permit", Type: core.FieldText, Required: true}},
			Exits: []core.Exit{{Action: "granted", Label: core.Text{EN: "Granted", ZH: "已批"}, To: "dispatch"}, {Action: "refused", To: "returned", Reason: true, Form: []core.FormField{}}}},
		{Kind: core.StepDispatch}, {Kind: core.StepField}, {Kind: core.StepRelease},
	}}
	p.Complete()
	r.Types["dig"] = &core.OrderType{Code: "dig", Family: core.Repair, Process: p}
	u, err := r.Receive(order("hotline", "dig", core.Normal), "h", step(0))
	o := after(t, u, err)
	offers, err := r.Allowed(o, life.Hub("x"), start)
	if err != nil || len(offers) < 2 || offers[0].Action != "granted" || offers[0].Label.ZH != "已批" || !offers[0].Form[0].Required || !offers[1].Reason {
		t.Fatalf("%+v, %v", offers, err)
	}
	if _, err := r.Act(o, life.Command{Action: "granted"}, step(1)); core.CodeOf(err) != "required" {
		t.Errorf("without the permit: %v", err)
	}
	u, err = r.Act(o, life.Command{Action: "granted", Fields: fields("extra.permit", `"P-7"`)}, step(1))
	if got := after(t, u, err); got.Phase != core.Dispatching || got.Extra["permit"] != "P-7" || u.Orders[0].Events[0].Kind != core.EventActed {
		t.Errorf("%s, %v", got.Phase, got.Extra)
	}
	u, err = r.Act(o, life.Command{Action: "refused"}, step(1))
	if got := after(t, u, err); got.Phase != core.Returned || kinds(u)["hotline"] != core.TellReturned {
		t.Errorf("refused: %s, owes %v", got.Phase, kinds(u))
	}
}
