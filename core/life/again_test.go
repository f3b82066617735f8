package life_test

import (
	"slices"
	"testing"
	"time"

	"tundish/core"
	"tundish/core/life"
)

func wide(mm int) core.Condition {
	return core.If("wide", func(o *core.WorkOrder, _ time.Time) bool { return o.Meter.DiameterMM >= mm })
}

// TestAChangeBringsAnOrderBackToTheApprovalThatItNeeds now, be it amended, corrected, or changed by a form.
func TestAChangeBringsAnOrderBackToTheApprovalThatItNeeds(t *testing.T) {
	r := withProcess(core.Step{Kind: core.StepAcceptance},
		core.Step{ID: "n20", Kind: core.StepApproval}, core.Step{ID: "n30", Kind: core.StepApproval, When: wide(50)},
		core.Step{ID: "prepare", Kind: core.StepTask, Phase: core.Approval, Exits: []core.Exit{{Action: "ready", To: "dispatch"}},
			Tasks: []core.SubTask{{ID: "pay", Form: []core.FormField{{Path: "extra.receipt", Type: core.FieldText}}}, {ID: "valve", When: wide(80)}}},
		core.Step{Kind: core.StepDispatch, Form: []core.FormField{core.AskFor("meter.diameter_mm", false)}}, core.Step{Kind: core.StepField}, core.Step{Kind: core.StepRelease})
	var o core.WorkOrder
	do := func(u core.Unit, err error) { t.Helper(); o = after(t, u, err) }
	act := func(c life.Command) { t.Helper(); do(r.Act(o, c, step(1))) }
	at := func(want ...string) {
		t.Helper()
		if got := steps(o); !slices.Equal(got, want) {
			t.Fatalf("it stands at %v, want %v", got, want)
		}
	}
	sent := func(change func(*core.WorkOrder)) core.WorkOrder {
		s := order("billing", "x", core.Normal)
		s.Meter, s.Customer, s.Report, s.Extra = o.Meter, o.Customer, o.Report, o.Extra
		change(&s)
		return s
	}
	do(r.Receive(order("billing", "x", core.Normal), "h", step(0)))
	act(life.Command{Action: core.ActAccept})
	act(life.Command{Action: core.ActApprove})
	act(life.Command{Action: core.ActDone, Step: "prepare", Task: "pay", Fields: fields("extra.receipt", `"R1"`)})
	at("prepare")
	act(life.Command{Action: "ready"})
	at("dispatch")
	// What does not bear on it changes nothing, nor does what was asked only behind the node.
	do(r.Amend(o, sent(func(s *core.WorkOrder) { s.Customer.Phone, s.Report.Remark = "13800138000", "call first" }), "h2", step(2)))
	at("dispatch")
	// Another meter: the node is asked again; the same meter as before: its verdict stands.
	do(r.Amend(o, sent(func(s *core.WorkOrder) { s.Meter.DiameterMM = 20 }), "h3", step(3)))
	at("n20")
	act(life.Command{Action: core.ActApprove})
	at("prepare", "prepare/pay")
	act(life.Command{Action: core.ActDone, Step: "prepare", Task: "pay"})
	act(life.Command{Action: "ready"})
	do(r.Amend(o, sent(func(s *core.WorkOrder) { s.Meter.DiameterMM = 80 }), "h4", step(4)))
	at("n20")
	do(r.Amend(o, sent(func(s *core.WorkOrder) { s.Meter.DiameterMM = 20 }), "h5", step(5)))
	at("n20") // it waits here: only whoever decides lets it go on
	act(life.Command{Action: core.ActApprove})
	act(life.Command{Action: core.ActDone, Step: "prepare", Task: "pay"})
	act(life.Command{Action: "ready"})
	at("dispatch")
	// An account is what billing is told: a correction of it is decided on, too.
	do(r.Correct(o, life.Correction{Customer: core.Customer{Account: "77"}}, step(6)))
	at("n20")
	act(life.Command{Action: core.ActApprove})
	act(life.Command{Action: core.ActDone, Step: "prepare", Task: "pay"})
	// A sub-task that is needed only now is opened where the order stands.
	do(r.Amend(o, sent(func(s *core.WorkOrder) { s.Urgency = core.Urgent }), "h6", step(7)))
	at("prepare")
	// Rules of the house are no way past a node either.
	r.Triggers = []core.Trigger{{ID: "grow", On: []core.EventKind{core.EventNote}, Effects: []core.Effect{{Do: core.EffectSet, Set: "meter.diameter_mm", Value: "80"}}}}
	do(r.Note(o, step(8)))
	at("n20")
	act(life.Command{Action: core.ActApprove})
	at("n30")
	act(life.Command{Action: core.ActApprove})
	at("prepare", "prepare/pay", "prepare/valve")
}

// TestNodesSideBySideAreAskedAgain when what they approved changes before the node is passed.
func TestNodesSideBySideAreAskedAgain(t *testing.T) {
	r := withProcess(core.Step{ID: "cost", Kind: core.StepApproval, Tasks: []core.SubTask{{ID: "finance"}, {ID: "safety"}}},
		core.Step{Kind: core.StepDispatch}, core.Step{Kind: core.StepField}, core.Step{Kind: core.StepRelease})
	u, err := r.Receive(order("billing", "x", core.Normal), "h", step(0))
	o := after(t, u, err)
	u, err = r.Act(o, life.Command{Action: core.ActApprove, Step: "cost", Task: "finance"}, step(1))
	if o = after(t, u, err); !slices.Equal(steps(o), []string{"cost", "cost/safety"}) {
		t.Fatal(steps(o))
	}
	sent := order("billing", "x", core.Normal)
	sent.Meter.DiameterMM = 80
	u, err = r.Amend(o, sent, "h2", step(2))
	if o = after(t, u, err); !slices.Equal(steps(o), []string{"cost", "cost/finance", "cost/safety"}) {
		t.Errorf("after the amendment: %v", steps(o))
	}
}

// TestAMergeIsNoWayPastAnApproval: neither one before the work nor one that what the crew found asks for.
func TestAMergeIsNoWayPastAnApproval(t *testing.T) {
	stuck := core.If(`extra.state == "stuck"`, func(o *core.WorkOrder, _ time.Time) bool { return o.Extra["state"] == "stuck" })
	r := withProcess(core.Step{Kind: core.StepAcceptance}, core.Step{ID: "branch", Kind: core.StepApproval, When: wide(50)}, core.Step{Kind: core.StepDispatch},
		core.Step{Kind: core.StepField, Form: []core.FormField{{Path: "extra.state", Type: core.FieldText, Required: true}, core.AskFor("customer.phone", false)}},
		core.Step{ID: "deputy", Kind: core.StepApproval, When: stuck}, core.Step{Kind: core.StepRelease})
	made := func(no core.OrderNo, mm int) core.WorkOrder {
		o := order("billing", "x", core.Normal)
		o.No, o.Ref.External, o.Meter.DiameterMM = no, string(no), mm
		u, err := r.Receive(o, "h", step(0))
		return after(t, u, err)
	}
	lead, dup, large := made("W26-0000001-1", 20), made("W26-0000002-2", 20), made("W26-0000003-3", 80)
	u, err := r.Act(lead, life.Command{Action: core.ActAccept}, step(1))
	lead = after(t, u, err)
	if _, err := r.Merge(large, lead, step(2)); core.CodeOf(err) != "not_approved" {
		t.Errorf("one that would have to be approved: %v", err)
	}
	merge := func(o core.WorkOrder) core.WorkOrder {
		u, err := r.Merge(o, lead, step(2))
		lead = must(t)(u, err).Orders[1].Order
		return u.Orders[0].Order
	}
	dup = merge(dup)
	grown := merge(made("W26-0000004-4", 20))
	sent := order("billing", "x", core.Normal)
	sent.Meter.DiameterMM = 80
	u, err = r.Act(grown, life.Command{Action: core.ActAccept}, step(2))
	if err == nil {
		t.Fatal("what waits for another's visit is accepted", steps(u.Orders[0].Order))
	}
	u, err = r.Amend(grown, sent, "h2", step(3)) // it must be approved since
	grown = after(t, u, err)
	u, err = r.Act(lead, life.Command{Action: core.ActAssign, Assignment: &core.Assignment{CrewID: "R1", Day: "2026-05-11"}}, step(4))
	lead = after(t, u, err)
	u, err = r.Act(lead, life.Command{Action: core.ActDone, Fields: fields("extra.state", `"stuck"`, "customer.phone", `"139"`)}, crewStep(5, "R1"))
	u, err = r.Spread(must(t)(u, err), lead, []core.WorkOrder{dup, grown}, step(5))
	got := map[core.OrderNo]core.WorkOrder{}
	for _, c := range must(t)(u, err).Orders {
		got[c.Order.No] = c.Order
	}
	if o := got[dup.No]; !slices.Equal(steps(o), []string{"deputy"}) || o.Extra["state"] != "stuck" || o.Customer.Phone == "139" {
		t.Errorf("the duplicate stands at %v with %v of %q", steps(o), o.Extra, o.Customer.Phone)
	}
	if o := got[grown.No]; o.Merged != nil || len(o.Completions) != 0 {
		t.Errorf("one that must be approved anew stands at %v, merged %+v", steps(o), o.Merged)
	}
}
