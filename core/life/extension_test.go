package life_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"tundish/core"
	"tundish/core/life"
)

func burst(t *testing.T, r *life.Rules) core.WorkOrder {
	t.Helper()
	return must(t)(r.Receive(order("hotline", "burst", core.Emergency), "h", step(0))).Orders[0].Order
}

var later = start.Add(72 * time.Hour)

func TestAnExtensionIsAskedForAndAnswered(t *testing.T) {
	for name, c := range map[string]struct {
		granted bool
		until   time.Time
		state   core.ExtensionState
		due     time.Time
	}{
		"as asked for":  {true, time.Time{}, core.ExtensionGranted, later},
		"for less":      {true, start.Add(48 * time.Hour), core.ExtensionGranted, start.Add(48 * time.Hour)},
		"not":           {false, time.Time{}, core.ExtensionRefused, start.Add(24 * time.Hour)},
		"not, but when": {false, later, core.ExtensionRefused, start.Add(24 * time.Hour)},
	} {
		t.Run(name, func(t *testing.T) {
			r, do := rules(), must(t)
			o := burst(t, r)
			asked := do(r.RequestExtension(o, later, " the permit is missing ", step(1))).Orders[0]
			if o.Extension != nil || !asked.Order.DueAt.Equal(o.DueAt) || asked.Events[0].Kind != core.EventExtensionRequested || asked.Events[0].Remark != "the permit is missing" {
				t.Errorf("asking: %+v, due %v", asked.Events[0], asked.Order.DueAt)
			}
			if len(asked.Outbox) != 1 || asked.Outbox[0].Kind != core.TellExtension || asked.Outbox[0].Target != "hotline" {
				t.Fatalf("owes %+v", asked.Outbox)
			}
			var wb core.WriteBack
			if err := json.Unmarshal(asked.Outbox[0].Payload, &wb); err != nil || wb.Order.Extension == nil || wb.Order.Extension.No != "W26-0000001-1-E1" {
				t.Fatalf("%+v, %v", wb.Order.Extension, err)
			}
			st := step(2)
			st.SourceMessageID = "m"
			answered := do(r.AnswerExtension(asked.Order, "W26-0000001-1-E1", c.granted, c.until, st)).Orders[0]
			got := answered.Order
			if x := got.Extension; x.State != c.state || !x.AnsweredAt.Equal(st.Now) || x.Remark != "because" || !x.Until.Equal(later) || !got.DueAt.Equal(c.due) || len(got.Counted) != 1 {
				t.Errorf("%+v, due %v, counted %v; want %s, due %v", x, got.DueAt, got.Counted, c.state, c.due)
			}
			if asked.Order.Extension.State != core.ExtensionRequested {
				t.Error("the answer changed the order it was decided on")
			}
			if ev := answered.Events[0]; ev.Kind != core.EventExtensionAnswered || !strings.HasSuffix(ev.Remark, ": because") || len(answered.Outbox) != 0 {
				t.Errorf("%+v, owes %v", ev, answered.Outbox)
			}
			if _, err := r.AnswerExtension(got, "W26-0000001-1-E1", true, later, step(3)); core.CodeOf(err) != "unknown_extension" {
				t.Errorf("answered twice: %v", err)
			}
			for n, want := range []string{"W26-0000001-1-E2", "W26-0000001-1-E3"} {
				got = do(r.RequestExtension(got, later.AddDate(0, 0, n+1), "still missing", step(4))).Orders[0].Order
				if got.Extension.No != want || !got.Extension.AnsweredAt.IsZero() {
					t.Errorf("%+v, want a fresh %s", got.Extension, want)
				}
				got = do(r.AnswerExtension(got, want, false, time.Time{}, step(5))).Orders[0].Order
			}
		})
	}
}

func TestExtensionsThatMakeNoSenseAreRefused(t *testing.T) {
	r, do := rules(), must(t)
	o := burst(t, r)
	asked := do(r.RequestExtension(o, later, "x", step(1))).Orders[0].Order
	cancelled := do(r.Cancel(asked, step(2))).Orders[0].Order
	field := do(r.Assign(o, core.Assignment{CrewID: "R1", Day: "2026-05-11"}, core.CrewDay{}, step(1))).Orders[0].Order
	called := do(r.Complete(field, "R1", core.Completion{Outcome: core.Done}, step(2))).Orders[0].Order
	undated, bill := o, o
	undated.DueAt = time.Time{}
	bill.Ref.System = "billing"
	for name, c := range map[string]struct {
		err  error
		kind core.Kind
		code string
	}{
		"ended":                  {second(r.RequestExtension(cancelled, later, "x", step(3))), core.Conflict, "ended"},
		"the work is done":       {second(r.RequestExtension(called, later, "x", step(3))), core.Conflict, "ended"},
		"one waits":              {second(r.RequestExtension(asked, later, "x", step(3))), core.Conflict, "extension_pending"},
		"the source takes none":  {second(r.RequestExtension(bill, later, "x", step(3))), core.Conflict, "not_extendable"},
		"no reason":              {second(r.RequestExtension(o, later, " ", step(3))), core.Invalid, "required"},
		"a novel":                {second(r.RequestExtension(o, later, strings.Repeat("x", 1001), step(3))), core.Invalid, "too_long"},
		"no deadline":            {second(r.RequestExtension(o, time.Time{}, "x", step(3))), core.Invalid, "required"},
		"the same deadline":      {second(r.RequestExtension(o, o.DueAt, "x", step(3))), core.Invalid, "invalid_value"},
		"now":                    {second(r.RequestExtension(undated, step(3).Now, "x", step(3))), core.Invalid, "invalid_value"},
		"an answer to nothing":   {second(r.AnswerExtension(o, "W26-0000001-1-E1", true, later, step(3))), core.Conflict, "unknown_extension"},
		"an answer to another":   {second(r.AnswerExtension(asked, "W26-0000001-1-E2", true, later, step(3))), core.Conflict, "unknown_extension"},
		"an answer to the ended": {second(r.AnswerExtension(cancelled, "W26-0000001-1-E1", true, later, step(3))), core.Conflict, "ended"},
	} {
		if core.KindOf(c.err) != c.kind || core.CodeOf(c.err) != c.code {
			t.Errorf("%s: %v (%s, %q), want %s %q", name, c.err, core.KindOf(c.err), core.CodeOf(c.err), c.kind, c.code)
		}
	}
}

func TestASystemInShadowModeIsAskedForNothing(t *testing.T) {
	r, do := rules(), must(t)
	o := do(r.Receive(order("trial", "burst", core.Emergency), "h", step(0))).Orders[0].Order
	if u := do(r.RequestExtension(o, later, "x", step(1))); len(u.Orders[0].Outbox) != 0 || u.Orders[0].Order.Extension == nil {
		t.Errorf("owes %+v", u.Orders[0].Outbox)
	}
}

func TestAnAmendmentLeavesAGrantedDeadline(t *testing.T) {
	r, do := rules(), must(t)
	o := do(r.Receive(order("hotline", "burst", core.Emergency), "h", step(0))).Orders[0].Order
	o = do(r.RequestExtension(o, later, "x", step(1))).Orders[0].Order
	o = do(r.AnswerExtension(o, o.Extension.No, true, time.Time{}, step(2))).Orders[0].Order
	sent := order("hotline", "burst", core.Emergency)
	sent.Report.Content = "more water"
	if got := do(r.Amend(o, sent, "h2", step(3))).Orders[0].Order; !got.DueAt.Equal(later) {
		t.Errorf("due %v: the type's limit took back what the source granted, %v", got.DueAt, later)
	}
	sent.DueAt = start.Add(30 * time.Hour)
	if got := do(r.Amend(o, sent, "h3", step(3))).Orders[0].Order; !got.DueAt.Equal(sent.DueAt) {
		t.Errorf("due %v, though the source now says %v", got.DueAt, sent.DueAt)
	}
}

func TestASourceThatNamesNoDeadlineAnyMoreLeavesItToTheRule(t *testing.T) {
	r, do := rules(), must(t)
	sent := order("hotline", "burst", core.Emergency)
	sent.DueAt = later
	o := do(r.Receive(sent, "h", step(0))).Orders[0].Order
	if !o.DueAt.Equal(later) || o.DueBy != core.DueBySource {
		t.Fatalf("due %v by %q", o.DueAt, o.DueBy)
	}
	sent = order("hotline", "burst", core.Emergency)
	got := do(r.Amend(o, sent, "h2", step(5))).Orders[0].Order
	if want := start.Add(24 * time.Hour); !got.DueAt.Equal(want) || got.DueBy != core.DueByRule || !got.Limits[0].DueAt.Equal(want) {
		t.Errorf("due %v by %q, %+v; want the rule's %v", got.DueAt, got.DueBy, got.Limits, want)
	}
}

// TestNobodyGrantsTimeThatIsOver: neither more time nor a hold ends before it begins.
func TestNobodyGrantsTimeThatIsOver(t *testing.T) {
	r, do := rules(), must(t)
	o := burst(t, r)
	past, ahead := step(5).Now.Add(-time.Minute), step(5).Now.Add(time.Hour)
	for name, err := range map[string]error{
		"hold":            second(r.HoldUntil(o, past, step(5))),
		"request of hold": second(r.RequestHold(o, past, step(5))),
	} {
		if core.CodeOf(err) != "invalid_value" {
			t.Errorf("%s: %v", name, err)
		}
	}
	do(r.HoldUntil(o, ahead, step(5)))
	o = do(r.AskExtension(o, o.DueAt.Add(time.Hour), "x", step(5))).Orders[0].Order
	if _, err := r.AnswerExtension(o, o.Extension.No, true, past, step(5)); core.CodeOf(err) != "invalid_value" {
		t.Errorf("more time: %v", err)
	}
	do(r.AnswerExtension(o, o.Extension.No, true, ahead, step(5)))
}
