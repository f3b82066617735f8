package intake_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"tundish/core"
	"tundish/core/intake"
	"tundish/core/life"
)

func TestAnAmendmentNeedsAnOrder(t *testing.T) {
	d := open(t)
	if _, err := d.Amend(t.Context(), leak("H1", "v2")); !core.IsKind(err, core.NotFound) || core.CodeOf(err) != "unknown_order" {
		t.Errorf("of nothing: %v", err)
	}
	if len(d.orders()) != 0 {
		t.Fatal("an amendment made an order")
	}
	first := d.submit(leak("H1", "v1"))
	r, err := d.Amend(t.Context(), leak("H1", "v2"))
	if err != nil || !r.Amended || r.No != first.No {
		t.Errorf("%+v, %v", r, err)
	}
}

func (d *desk) command(external, id string) intake.Command {
	return intake.Command{Ref: core.Ref{System: "hotline", External: external}, Reason: "用户来电", SourceMessageID: id, Message: message()}
}

func TestCancellingTwiceIsAnsweredAsTheFirstTime(t *testing.T) {
	d := open(t)
	no := d.submit(leak("H1", "v1")).No
	d.clock.at = morning.Add(time.Hour)
	first, err := d.Cancel(t.Context(), d.command("H1", ""))
	if err != nil || first.Known || first.Status != core.StatusCancelled {
		t.Fatalf("%+v, %v", first, err)
	}
	d.clock.at = morning.Add(2 * time.Hour)
	again, err := d.Cancel(t.Context(), d.command(" H1 ", ""))
	if err != nil {
		t.Fatal(err)
	}
	if !again.Known || again.Status != core.StatusCancelled || !again.At.Equal(morning.Add(time.Hour)) {
		t.Errorf("%+v, want it known since the first time", again)
	}
	if o := d.order(no); o.Version != 2 {
		t.Errorf("the second time changed the order: version %d", o.Version)
	}
	if n := len(d.messages(no)); n != 3 {
		t.Errorf("%d messages under the order, want 3", n)
	}
}

func TestEachUrgingCountsOnce(t *testing.T) {
	d := open(t)
	no := d.submit(leak("H1", "v1")).No
	d.clock.at = morning.Add(time.Minute)
	var wg sync.WaitGroup
	for range 10 { // the same message, ten times at once
		wg.Go(func() {
			if _, err := d.Expedite(context.Background(), d.command("H1", "M1")); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	d.clock.at = morning.Add(2 * time.Minute)
	second, err := d.Expedite(t.Context(), d.command("H1", "M2"))
	if err != nil || second.Expedited != 2 || second.Known {
		t.Errorf("another message: %+v, %v; want 2", second, err)
	}
	d.clock.at = morning.Add(3 * time.Minute)
	late, err := d.Expedite(t.Context(), d.command("H1", "M1"))
	if err != nil || !late.Known || late.Expedited != 2 || !late.At.Equal(morning.Add(time.Minute)) {
		t.Errorf("the first one again: %+v, %v; want known since its own minute", late, err)
	}
	if o := d.order(no); o.Urgency != core.Urgent || !slices.Equal(o.Counted, []string{"M1", "M2"}) {
		t.Errorf("urgency %s, counted %v", o.Urgency, o.Counted)
	}
}

func TestACommandAboutAnUnknownOrderIsRefused(t *testing.T) {
	d := open(t)
	d.submit(leak("H1", "v1"))
	for name, do := range map[string]func(intake.Command) (intake.Receipt, error){
		"cancel":    func(c intake.Command) (intake.Receipt, error) { return d.Cancel(t.Context(), c) },
		"expedite":  func(c intake.Command) (intake.Receipt, error) { return d.Expedite(t.Context(), c) },
		"follow-up": func(c intake.Command) (intake.Receipt, error) { return d.FollowUp(t.Context(), c, core.FollowUp{}) },
		"extension": func(c intake.Command) (intake.Receipt, error) {
			return d.AnswerExtension(t.Context(), c, "E1", true, morning)
		},
	} {
		c := d.command("H1", "")
		c.Ref.System = "website" // H1 is the hotline's
		if _, err := do(c); !core.IsKind(err, core.NotFound) {
			t.Errorf("%s of another system's order: %v", name, err)
		}
		c = d.command("", "")
		if _, err := do(c); core.CodeOf(err) != "required" {
			t.Errorf("%s of no order: %v", name, err)
		}
	}
}

func TestASourceSeesItsOwnOrdersOnly(t *testing.T) {
	d := open(t)
	no := d.submit(leak("H1", "v1")).No
	other := d.submit(leak("H2", "v1")).No
	for name, c := range map[string]struct {
		ref  core.Ref
		no   core.OrderNo
		kind core.Kind
		code string
	}{
		"by its number":                    {ref: core.Ref{System: "hotline", External: " H1"}},
		"by ours":                          {ref: core.Ref{System: "hotline"}, no: no},
		"by both":                          {ref: core.Ref{System: "hotline", External: "H1"}, no: no},
		"by two numbers that disagree":     {core.Ref{System: "hotline", External: "H1"}, other, core.Invalid, "number_mismatch"},
		"of another by its number":         {core.Ref{System: "website", External: "H1"}, "", core.NotFound, "unknown_order"},
		"of another by ours":               {core.Ref{System: "website"}, no, core.NotFound, "unknown_order"},
		"of a number that never was given": {core.Ref{System: "hotline"}, "W26-0000000-0", core.NotFound, "unknown_order"},
	} {
		v, err := d.Query(t.Context(), c.ref, c.no)
		if c.code == "" {
			if err != nil || v.Order.No != no || len(v.Events) != 1 {
				t.Errorf("%s: %s with %d events, %v", name, v.Order.No, len(v.Events), err)
			}
			continue
		}
		if !core.IsKind(err, c.kind) || core.CodeOf(err) != c.code || v.Order.No != "" {
			t.Errorf("%s: %q, %v; want %s", name, v.Order.No, err, c.code)
		}
	}
}

func TestAFollowUpAndAnExtensionTakeEffect(t *testing.T) {
	d := open(t)
	no := d.submit(leak("H1", "v1")).No
	until := morning.Add(48 * time.Hour)
	asked, err := core.Decide(t.Context(), d.store, no, func(o core.WorkOrder) (core.Unit, error) {
		return d.rules.RequestExtension(o, until, "the permit is missing", life.Step{Now: d.clock.at, Actor: life.Hub("test"), By: "test"})
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.AnswerExtension(t.Context(), d.command("H1", "M0"), "made up", true, until); core.CodeOf(err) != "unknown_extension" {
		t.Errorf("an answer to nothing: %v", err)
	}
	for _, known := range []bool{false, true} { // the same message again is no second answer
		if r, err := d.AnswerExtension(t.Context(), d.command("H1", "M1"), asked.Extension.No, true, until); err != nil || r.Known != known {
			t.Errorf("%+v, %v; want known %v", r, err, known)
		}
	}
	if o := d.order(no); !o.DueAt.Equal(until) || o.Extension.State != core.ExtensionGranted {
		t.Errorf("due %v, %+v; want %v", o.DueAt, o.Extension, until)
	}
	if _, err := d.FollowUp(t.Context(), d.command("H1", "F1"), core.FollowUp{Reached: true, Satisfaction: "satisfied"}); core.CodeOf(err) != "no_follow_up" {
		t.Errorf("a follow-up of work that is not done: %v", err)
	}
}

func TestNumbersOfTwoHubsNeverMeet(t *testing.T) {
	d := open(t)
	hubs := []*intake.Numbers{intake.NewNumbers(d.store), intake.NewNumbers(d.store)}
	var mu sync.Mutex
	seen := map[int64]bool{}
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 100 {
				n, err := hubs[i%2].Next(context.Background())
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				if seen[n] {
					t.Errorf("%d was given twice", n)
				}
				seen[n] = true
				mu.Unlock()
			}
		})
	}
	wg.Wait()
}

func TestAnIntakeNeedsItsStore(t *testing.T) {
	if _, err := intake.New(nil, intake.Options{}); err == nil {
		t.Error("an intake without a store was made")
	}
}
