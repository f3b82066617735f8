package life_test

import (
	"slices"
	"testing"
	"time"

	"tundish/core"
	"tundish/core/life"
)

// withProcess is a house that has one type more, x, of field work.
func withProcess(steps ...core.Step) *life.Rules {
	r := rules()
	p := &core.Process{Steps: steps}
	p.Complete()
	r.Types["x"] = &core.OrderType{Code: "x", Family: core.Repair, Minutes: 60, Process: p}
	return r
}

func TestNobodyForgesAResult(t *testing.T) {
	r := largeRules()
	o := withR1(t, r, 20)
	for path, value := range map[string]string{
		"completion.review": `{"passed":true,"by":"Boss"}`, "completion.shared_with": `"W26-0000009-9"`, "completion.handed_to": `"others"`, "completion.crew_id": `"R9"`, "completion.outcome": `"done"`,
		"completion.photos": `[{"name":"x","sha256":"00","content_type":"image/jpeg","size":1}]`, "completion.finished_at": `"2001-01-01T00:00:00Z"`, "completion.on_paper": "true",
	} {
		_, err := r.Act(o, life.Command{Action: core.ActCouldNot, Fields: fields("completion.reason", `"no_access"`, path, value)}, crewStep(5, "R1"))
		if !core.IsKind(err, core.Invalid) {
			t.Errorf("%s = %s: %v", path, value, err)
		}
	}
	c := core.Completion{Outcome: core.Done, OldFinalReading: "120", SharedWith: "W26-0000009-9", HandedTo: "others", Review: &core.Review{Passed: true}, NextAppointment: &core.Appointment{}}
	u, err := r.Complete(o, "R1", c, crewStep(5, "R1"))
	o = after(t, u, err)
	if c := o.LastCompletion(); c.SharedWith != "" || c.HandedTo != "" || c.Review != nil || o.Phase != core.ResultReview {
		t.Errorf("%+v in %s", c, o.Phase)
	}
}

// TestTheActionSaysTheOutcome: even a form of the house's own that asks for the outcome.
func TestTheActionSaysTheOutcome(t *testing.T) {
	r := withProcess(core.Step{Kind: core.StepDispatch}, core.Step{Kind: core.StepField, Exits: []core.Exit{{Action: core.ActCouldNot, To: "release", Form: []core.FormField{{Path: "completion.outcome", Type: core.FieldText}, core.AskFor("completion.reason", true)}}}}, core.Step{Kind: core.StepRelease})
	u, err := r.Receive(order("billing", "x", core.Normal), "h", step(0))
	o := after(t, u, err)
	u, err = r.Act(o, life.Command{Action: core.ActAssign, Assignment: &core.Assignment{CrewID: "R1", Day: "2026-05-11"}}, step(1))
	o = after(t, u, err)
	u, err = r.Act(o, life.Command{Action: core.ActCouldNot, Fields: fields("completion.reason", `"no_access"`, "completion.outcome", `"done"`)}, crewStep(2, "R1"))
	if o = after(t, u, err); o.LastCompletion().Outcome != core.CouldNotBeDone {
		t.Error("could_not became", o.LastCompletion().Outcome)
	}
}

func TestWorkEndsBetweenItsAssignmentAndNow(t *testing.T) {
	r := largeRules()
	o := withR1(t, r, 20) // given at minute 3
	at := func(minute int) time.Time { return start.Add(time.Duration(minute) * time.Minute) }
	for _, c := range []struct {
		said, want time.Time
		onPaper    bool
		code       string
	}{
		{said: time.Time{}, want: at(10)}, {said: at(7), want: at(7)}, {said: at(3), want: at(3)}, {said: at(90), want: at(10)}, // a clock that is ahead
		{said: at(2), code: "too_early"}, {said: at(2), onPaper: true, want: at(2)}, {said: at(-1), onPaper: true, code: "too_early"},
	} {
		u, err := r.Complete(o, "", core.Completion{Outcome: core.Done, OldFinalReading: "120", FinishedAt: c.said, OnPaper: c.onPaper}, step(10))
		if core.CodeOf(err) != c.code {
			t.Errorf("%+v: %v", c, err)
		} else if err == nil && !u.Orders[0].Order.LastCompletion().FinishedAt.Equal(c.want) {
			t.Errorf("%+v: %s", c, u.Orders[0].Order.LastCompletion().FinishedAt)
		}
	}
}

func TestWorkThatWasDoneIsNeverReturned(t *testing.T) {
	r := withProcess(core.Step{Kind: core.StepDispatch}, core.Step{Kind: core.StepField},
		core.Step{ID: "n60", Kind: core.StepApproval, Exits: []core.Exit{{Action: core.ActReject, To: "returned"}, {Action: core.ActReturn, To: "returned"}}}, core.Step{Kind: core.StepRelease})
	u, err := r.Receive(order("billing", "x", core.Normal), "h", step(0))
	o := after(t, u, err)
	for _, action := range []core.Action{core.ActAssign, core.ActDone} {
		u, err = r.Act(o, life.Command{Action: action, Assignment: &core.Assignment{CrewID: "R1", Day: "2026-05-11"}}, step(1))
		o = after(t, u, err)
	}
	for _, action := range []core.Action{core.ActReturn, core.ActReject} {
		if _, err := r.Act(o, life.Command{Action: action}, step(2)); !core.IsKind(err, core.Conflict) {
			t.Errorf("%s of work that was done: %v", action, err)
		}
	}
	if _, err := r.Return(o, step(2)); core.CodeOf(err) != "work_begun" {
		t.Errorf("return of work that was done: %v", err)
	}
	offers, err := r.Allowed(o, life.Hub("test"), step(2).Now)
	if err != nil || slices.ContainsFunc(offers, func(f life.Offer) bool { return f.Action == core.ActReturn || f.Action == core.ActReject }) {
		t.Errorf("%+v, %v", offers, err)
	}
}

// TestBehindWorkAnApprovalSendsBackToIt unless the file says otherwise, and returns nothing.
func TestBehindWorkAnApprovalSendsBackToIt(t *testing.T) {
	p := &core.Process{Steps: []core.Step{{ID: "n20", Kind: core.StepApproval}, {Kind: core.StepDispatch}, {Kind: core.StepField}, {ID: "count", Kind: core.StepTask}, {ID: "n60", Kind: core.StepApproval}, {Kind: core.StepRelease}}}
	p.Complete()
	for id, want := range map[string][2]string{"n20": {"returned", "returned"}, "n60": {"field", ""}} {
		st := p.Step(id)
		got := [2]string{st.ExitsOf(core.ActReject)[0].To}
		for _, e := range st.ExitsOf(core.ActReturn) {
			got[1] = e.To
		}
		if got != want {
			t.Errorf("%s: reject and return lead to %q, want %q", id, got, want)
		}
	}
	if got := p.Step("count").Phase; got != core.ResultReview {
		t.Errorf("a task behind the work is in %s", got)
	}
}

// TestAResultWithoutACrewIsAResult: what is not needed, or was answered at a desk, is begun like what a crew did.
func TestAResultWithoutACrewIsAResult(t *testing.T) {
	for _, kind := range []core.StepKind{core.StepField, core.StepDesk} {
		steps := []core.Step{{Kind: kind}, {ID: "n60", Kind: core.StepApproval}, {Kind: core.StepRelease}}
		if kind == core.StepField {
			steps = append([]core.Step{{Kind: core.StepDispatch}}, steps...)
		}
		r := withProcess(steps...)
		u, err := r.Receive(order("billing", "x", core.Normal), "h", step(0))
		o := after(t, u, err)
		if kind == core.StepDesk {
			u, err = r.Act(o, life.Command{Action: core.ActAnswer}, step(1))
		} else {
			u, err = r.NotNeeded(o, step(1))
		}
		o = after(t, u, err)
		if want := map[core.StepKind]core.Status{core.StepField: core.StatusCouldNot, core.StepDesk: core.StatusCompleted}[kind]; o.Phase != core.Approval || !o.Begun() || core.StatusOf(&o) != want {
			t.Fatalf("%s: %s, begun %v, told %s", kind, o.Phase, o.Begun(), core.StatusOf(&o))
		}
		for what, err := range map[string]error{"not needed twice": refusal(r.NotNeeded(o, step(2))), "amended": refusal(r.Amend(o, order("billing", "burst", core.Normal), "h2", step(2))),
			"cancelled": refusal(r.Cancel(o, step(2))), "returned": refusal(r.Return(o, step(2)))} {
			if !core.IsKind(err, core.Conflict) {
				t.Errorf("%s: %s: %v", kind, what, err)
			}
		}
	}
}

func refusal(_ core.Unit, err error) error { return err }

// TestWhatIsNotNeededLeavesOutEveryVisit that was to come, not only the first.
func TestWhatIsNotNeededLeavesOutEveryVisit(t *testing.T) {
	r := withProcess(core.Step{ID: "d1", Kind: core.StepDispatch}, core.Step{ID: "survey", Kind: core.StepField},
		core.Step{ID: "d2", Kind: core.StepDispatch}, core.Step{ID: "build", Kind: core.StepField}, core.Step{Kind: core.StepRelease})
	u, err := r.Receive(order("billing", "x", core.Normal), "h", step(0))
	o := after(t, u, err)
	u, err = r.NotNeeded(o, step(1))
	if done := after(t, u, err); done.Phase != core.Closed || len(done.Completions) != 1 || kinds(u)["billing"] != core.TellResult {
		t.Errorf("%s with %d results, told %v", done.Phase, len(done.Completions), kinds(u))
	}
	// A duplicate shares the one visit and waits for the next like its lead.
	dup := o.Clone()
	dup.No, dup.Ref.External = "W26-0000002-2", "2"
	u, err = r.Merge(dup, o, step(1))
	must(t)(u, err)
	dup, o = u.Orders[0].Order, u.Orders[1].Order
	u, err = r.Act(o, life.Command{Action: core.ActAssign, Assignment: &core.Assignment{CrewID: "R1", Day: "2026-05-11"}}, step(2))
	o = after(t, u, err)
	u, err = r.Act(o, life.Command{Action: core.ActDone}, crewStep(3, "R1"))
	u, err = r.Spread(must(t)(u, err), o, []core.WorkOrder{dup}, step(3))
	for _, c := range must(t)(u, err).Orders {
		if got := c.Order.Tokens[0].Step; got != "d2" {
			t.Errorf("%s goes on at %s", c.Order.No, got)
		}
	}
}

func TestANodeSideBySideThatRejectsTakesTheExitWithItsEffects(t *testing.T) {
	r := withProcess(core.Step{ID: "cost", Kind: core.StepApproval, Tasks: []core.SubTask{{ID: "finance", Roles: []string{"finance"}}},
		Exits: []core.Exit{{Action: core.ActReject, To: "returned", Effects: []core.Effect{{Do: core.EffectNotify, To: []string{"intake"}, Text: core.Text{EN: "rejected"}}}}}},
		core.Step{Kind: core.StepDispatch}, core.Step{Kind: core.StepField}, core.Step{Kind: core.StepRelease})
	r.Systems[life.ToPeople] = life.System{}
	u, err := r.Receive(order("billing", "x", core.Normal), "h", step(0))
	o := after(t, u, err)
	reject := life.Command{Action: core.ActReject, Step: "cost", Task: "finance"}
	s := step(1)
	if s.Remark = ""; !core.IsKind(refusal(r.Act(o, reject, s)), core.Invalid) {
		t.Error("it rejects without a reason")
	}
	u, err = r.Act(o, reject, step(1))
	o = after(t, u, err)
	if o.Phase != core.Returned || kinds(u)[life.ToPeople] != core.TellPeople || len(o.Approvals) != 1 || u.Orders[0].Events[0].Kind != core.EventRejected {
		t.Errorf("%s, told %v, verdicts %+v", o.Phase, kinds(u), o.Approvals)
	}
}

// TestACrewHearsThatItsOrderRests, that it goes on, and what became of its request; what it did ends a request.
func TestACrewHearsThatItsOrderRests(t *testing.T) {
	r := largeRules()
	r.TellCrews, r.Systems[life.ToPeople] = true, life.System{}
	o := withR1(t, r, 20)
	told := func(u core.Unit, err error) bool {
		t.Helper()
		o = after(t, u, err)
		return kinds(u)[life.ToPeople] == core.TellPeople
	}
	asks := crewStep(5, "R1")
	asks.Remark = "wait for parts"
	if told(r.RequestHold(o, time.Time{}, asks)) {
		t.Error("whoever asks is told")
	}
	if !told(r.AnswerHold(o, false, step(6))) {
		t.Error("the crew is not told that its request is refused")
	}
	if !told(r.Hold(o, step(7))) {
		t.Error("the crew is not told that its order rests")
	}
	if !told(r.Resume(o, step(8))) {
		t.Error("the crew is not told that its order goes on")
	}
	told(r.RequestHold(o, time.Time{}, asks))
	told(r.Act(o, life.Command{Action: core.ActDone, Fields: fields("completion.old_final_reading", `"120"`)}, crewStep(10, "R1")))
	if _, err := r.AnswerHold(o, true, step(11)); o.HoldRequest != nil || core.CodeOf(err) != "no_hold_request" {
		t.Errorf("the request outlives the work: %+v, %v", o.HoldRequest, err)
	}
}

// TestOnlyWhatWaitsForACrewIsDispatched: neither a task in the phase of dispatch nor a dispatch with a sub-task open.
func TestOnlyWhatWaitsForACrewIsDispatched(t *testing.T) {
	r := withProcess(core.Step{ID: "look", Kind: core.StepTask, Phase: core.Dispatching, Exits: []core.Exit{{Action: "ready", To: "dispatch"}}},
		core.Step{Kind: core.StepDispatch, Tasks: []core.SubTask{{ID: "pay"}}}, core.Step{Kind: core.StepField}, core.Step{Kind: core.StepRelease})
	u, err := r.Receive(order("billing", "x", core.Normal), "h", step(0))
	o := after(t, u, err)
	for i, c := range []life.Command{{Action: "ready"}, {Action: core.ActDone, Step: "dispatch", Task: "pay"}, {}} {
		if waits, err := r.WaitsForCrew(&o); err != nil || waits != (i == 2) {
			t.Errorf("at %v it waits for a crew: %v, %v", steps(o), waits, err)
		}
		if c.Action != "" {
			u, err = r.Act(o, c, step(1))
			o = after(t, u, err)
		}
	}
	u, err = r.Hold(o, step(2))
	if o = after(t, u, err); second(r.NotAssigned(o, core.Reason{}, step(3))) != nil {
		t.Error("why no crew was found cannot be noted")
	}
	if waits, err := r.WaitsForCrew(&o); err != nil || waits {
		t.Error("what is held is dispatched", err)
	}
}
