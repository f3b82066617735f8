package life_test

import (
	"slices"
	"testing"

	"tundish/core"
)

// steps are where an order stands: "field", "field/valve" for a sub-task, "(acceptance)" for
// what is owed.
func steps(o core.WorkOrder) (list []string) {
	for _, t := range o.Tokens {
		s := t.Step
		if t.Task != "" {
			s += "/" + t.Task
		}
		if t.Duty {
			s = "(" + s + ")"
		}
		list = append(list, s)
	}
	return list
}

func TestAnOrderFromBeforeThereWereProcessesIsPlacedByItsPhase(t *testing.T) {
	r := rules()
	for phase, c := range map[core.Phase]struct {
		reviewed bool
		want     []string
	}{
		core.Acceptance:   {false, []string{"acceptance"}},
		core.Dispatching:  {true, []string{"dispatch"}},
		core.Field:        {false, []string{"field", "(acceptance)"}},
		core.ResultReview: {true, []string{"follow_up"}}, // a burst has no review: what is left of its way
		core.FollowUpCall: {true, []string{"follow_up"}},
		core.Released:     {true, []string{"follow_up"}},
	} {
		o := order("hotline", "burst", core.Normal)
		o.Version, o.Phase, o.Reviewed, o.Family = 1, phase, c.reviewed, core.Repair
		if phase == core.Field {
			o.Assignment = &core.Assignment{CrewID: "R1", Day: "2026-05-11", State: core.FieldAccepted}
		}
		got := must(t)(r.Note(o, step(1))).Orders[0].Order
		if !slices.Equal(steps(got), c.want) || got.Phase != phase || got.Process == "" {
			t.Errorf("%s: it stands at %v in %s, want %v", phase, steps(got), got.Phase, c.want)
		}
	}
}

func TestTheReviewOfAnEmergencyIsOwedUntilSomebodyDoesIt(t *testing.T) {
	r, do := rules(), must(t)
	o := do(r.Receive(order("hotline", "burst", core.Emergency), "h", step(0))).Orders[0].Order
	if want := []string{"dispatch", "(acceptance)"}; !slices.Equal(steps(o), want) {
		t.Fatalf("it stands at %v, want %v", steps(o), want)
	}
	o = do(r.Assign(o, core.Assignment{CrewID: "R1", Day: "2026-05-11"}, core.CrewDay{}, step(1))).Orders[0].Order
	o = do(r.Complete(o, "R1", core.Completion{Outcome: core.Done}, step(2))).Orders[0].Order
	o = do(r.FollowUp(o, core.FollowUp{Reached: true, Satisfaction: "satisfied"}, step(3))).Orders[0].Order
	if want := []string{"closed", "(acceptance)"}; !slices.Equal(steps(o), want) || o.Phase != core.Closed {
		t.Fatalf("closed, it stands at %v in %s, want %v", steps(o), o.Phase, want)
	}
	o = do(r.Accept(o, step(4))).Orders[0].Order
	if want := []string{"closed"}; !slices.Equal(steps(o), want) || !o.Reviewed {
		t.Errorf("reviewed, it stands at %v, want %v", steps(o), want)
	}
	if _, err := r.Accept(o, step(5)); core.CodeOf(err) != "ended" {
		t.Errorf("reviewed twice: %v", err)
	}
}
