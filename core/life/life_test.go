package life_test

import (
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"tundish/core"
	"tundish/core/life"
)

var start = time.Date(2026, 5, 11, 1, 0, 0, 0, time.UTC)

func rules() *life.Rules {
	return &life.Rules{
		Types: core.OrderTypes{
			"burst":       {Code: "burst", Family: core.Repair, Minutes: 120, Acceptance: true, FollowUp: true, Dispatch: map[core.Urgency]core.DispatchMode{core.Emergency: core.DispatchAuto}, Tell: []core.Status{core.StatusDispatched, core.StatusOnSite}, Limits: map[core.Urgency]time.Duration{core.Emergency: 24 * time.Hour}},
			"replacement": {Code: "replacement", Family: core.Replacement, Minutes: 25, ResultReview: true, Required: []string{"old_final_reading", "new_serial", "new_initial_reading"}, Dispatch: map[core.Urgency]core.DispatchMode{core.Normal: core.DispatchBatch}},
			"enquiry":     {Code: "enquiry", Family: core.Desk, Acceptance: true},
		},
		Systems:  map[core.SystemID]life.System{"hotline": {Extensions: true}, "billing": {}, "gis": {}, "trial": {Shadow: true, Extensions: true}},
		PointsTo: "gis", ScrapTo: "billing", NumberPrefix: "W", Zone: time.UTC,
	}
}

func order(system core.SystemID, kind string, u core.Urgency) core.WorkOrder {
	return core.WorkOrder{No: "W26-0000001-1", Ref: core.Ref{System: system, External: "1"}, Type: kind, Urgency: u,
		Place: core.Place{Address: "梧桐路 1 号", ServicePoint: "SP1"}, Meter: core.Meter{Serial: "A1"}}
}

func step(n int) life.Step {
	return life.Step{Now: start.Add(time.Duration(n) * time.Minute), Actor: life.Hub("test"), By: "test", Remark: "because"}
}

func must(t *testing.T) func(core.Unit, error) core.Unit {
	return func(u core.Unit, err error) core.Unit {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
}

func kinds(u core.Unit) map[core.SystemID]core.WriteBackKind {
	out := map[core.SystemID]core.WriteBackKind{}
	for _, m := range u.Orders[0].Outbox {
		out[m.Target] = m.Kind
	}
	return out
}

func TestAnEmergencyIsDispatchedWithoutWaitingForItsReview(t *testing.T) {
	r, do := rules(), must(t)
	o := do(r.Receive(order("hotline", "burst", core.Emergency), "h1", step(0))).Orders[0].Order
	if o.Phase != core.Dispatching || o.Reviewed {
		t.Fatalf("phase %s, reviewed %v; want dispatch, not reviewed", o.Phase, o.Reviewed)
	}
	if want := start.Add(24 * time.Hour); !o.DueAt.Equal(want) {
		t.Errorf("due %v, want %v", o.DueAt, want)
	}
	u := do(r.Assign(o, core.Assignment{CrewID: "R1", Day: "2026-05-11"}, core.CrewDay{Version: 4}, step(1)))
	if d := u.CrewDays[0]; !d.Guarded || d.Expected != 4 || d.Minutes != 120 || d.UrgentOrders != 1 {
		t.Errorf("crew-day change %+v: giving work must be guarded by the version it was decided on", d)
	}
	if got := kinds(u)["hotline"]; got != core.TellStatus {
		t.Errorf("the source hears %q on dispatch, want a status", got)
	}
	o = do(r.Accept(u.Orders[0].Order, step(2))).Orders[0].Order
	if o.Phase != core.Field || !o.Reviewed {
		t.Errorf("the review that follows moved the order to %s", o.Phase)
	}
}

func TestTheResultIsOwedExactlyWhenItsStepReleasesIt(t *testing.T) {
	r, do := rules(), must(t)
	// Repair: the completion releases, the follow-up does not delay it.
	o := do(r.Receive(order("hotline", "burst", core.Emergency), "h", step(0))).Orders[0].Order
	o = do(r.Assign(o, core.Assignment{CrewID: "R1", Day: "2026-05-11"}, core.CrewDay{}, step(1))).Orders[0].Order
	u := do(r.Complete(o, "R1", core.Completion{Outcome: core.Done, Point: &core.Point{Lat: 31, Lon: 121}}, step(2)))
	if k := kinds(u); k["hotline"] != core.TellResult || len(k) != 1 {
		t.Errorf("a done repair owes %v, want the result to its source; a burst is not where a service point is", k)
	}
	if p := u.Orders[0].Order.Phase; p != core.FollowUpCall {
		t.Errorf("phase %s, want follow_up", p)
	}
	// Replacement: the review releases.
	o = do(r.Receive(order("billing", "replacement", core.Normal), "h", step(0))).Orders[0].Order
	o = do(r.Assign(o, core.Assignment{CrewID: "M1", Day: "2026-05-11"}, core.CrewDay{}, step(1))).Orders[0].Order
	done := core.Completion{Outcome: core.Done, OldFinalReading: "0", NewSerial: "N1", NewInitialReading: "0.000", OldMeterFate: "scrapped", Point: &core.Point{Lat: 31, Lon: 121}}
	u = do(r.Complete(o, "M1", done, step(2)))
	if len(u.Orders[0].Outbox) != 0 || u.Orders[0].Order.Phase != core.ResultReview {
		t.Fatalf("before its review a replacement owes %v in %s", kinds(u), u.Orders[0].Order.Phase)
	}
	back := do(r.Review(u.Orders[0].Order, false, step(3)))
	if back.Orders[0].Order.Phase != core.Field || back.CrewDays[0].Orders != 1 {
		t.Error("a wrong result goes back to its crew and is its work again")
	}
	u = do(r.Review(u.Orders[0].Order, true, step(3)))
	if got := u.Orders[0].Order; got.Phase != core.Closed || len(u.Orders[0].Outbox) != 3 {
		t.Errorf("after its review: %s with %d messages, want closed with the result, the coordinate and the scrapped meter", got.Phase, len(u.Orders[0].Outbox))
	}
	var wb core.WriteBack
	if err := json.Unmarshal(u.Orders[0].Outbox[0].Payload, &wb); err != nil || wb.Order.LastCompletion().Review == nil {
		t.Errorf("the message does not carry the review: %v", err)
	}
}

func TestAnEnquiryIsAnsweredAtTheDeskWithoutACrew(t *testing.T) {
	r, do := rules(), must(t)
	o := do(r.Receive(order("hotline", "enquiry", core.Normal), "h", step(0))).Orders[0].Order
	if _, err := r.Complete(o, "", core.Completion{Outcome: core.Done}, step(1)); core.CodeOf(err) != "not_with_crew" {
		t.Errorf("before its review: %v", err)
	}
	o = do(r.Accept(o, step(1))).Orders[0].Order
	u := do(r.Complete(o, "", core.Completion{Outcome: core.Done, Solution: "已答复"}, step(2)))
	if got := u.Orders[0].Order; got.Phase != core.Closed || kinds(u)["hotline"] != core.TellResult || len(u.CrewDays) != 0 {
		t.Errorf("%s, owes %v, crew-days %v", got.Phase, kinds(u), u.CrewDays)
	}
}

func TestADistrictThatNobodyKnowsIsPutAside(t *testing.T) {
	r, do := rules(), must(t)
	r.Districts = map[string]bool{"D1": true}
	o := order("hotline", "burst", core.Emergency)
	o.Place.District = "Ｄ99"
	got := do(r.Receive(o, "h", step(0))).Orders[0].Order
	if got.Place.District != "" || got.Extra[life.SentDistrict] != "Ｄ99" {
		t.Errorf("district %q, extra %v: what was sent is kept, and keeps no crew away", got.Place.District, got.Extra)
	}
	o.Place.District = "D1"
	if got := do(r.Receive(o, "h", step(0))).Orders[0].Order; got.Place.District != "D1" {
		t.Errorf("district %q", got.Place.District)
	}
}

func TestASystemInShadowModeIsToldNothing(t *testing.T) {
	r, do := rules(), must(t)
	o := do(r.Receive(order("trial", "burst", core.Emergency), "h", step(0))).Orders[0].Order
	u := do(r.Assign(o, core.Assignment{CrewID: "R1", Day: "2026-05-11"}, core.CrewDay{}, step(1)))
	u2 := do(r.Complete(u.Orders[0].Order, "R1", core.Completion{Outcome: core.Done}, step(2)))
	if n := len(u.Orders[0].Outbox) + len(u2.Orders[0].Outbox); n != 0 {
		t.Errorf("%d messages are owed to a system in shadow mode", n)
	}
}

func TestCouldNotBeDoneGoesBackToDispatchOrToTheSource(t *testing.T) {
	r, do := rules(), must(t)
	o := do(r.Receive(order("hotline", "burst", core.Emergency), "h", step(0))).Orders[0].Order
	o = do(r.Assign(o, core.Assignment{CrewID: "R1", Day: "2026-05-11"}, core.CrewDay{}, step(1))).Orders[0].Order
	if _, err := r.Complete(o, "R1", core.Completion{Outcome: core.CouldNotBeDone}, step(2)); core.CodeOf(err) != "required" {
		t.Errorf("without a reason: %v", err)
	}
	again := do(r.Complete(o, "R1", core.Completion{Outcome: core.CouldNotBeDone, Reason: "no_access", NextAppointment: &core.Appointment{From: start.Add(24 * time.Hour)}}, step(2)))
	if got := again.Orders[0].Order; got.Phase != core.Dispatching || got.Assignment != nil || again.CrewDays[0].Orders != -1 {
		t.Errorf("with a new appointment: %s, crew-day %+v", got.Phase, again.CrewDays)
	}
	back := do(r.Complete(o, "R1", core.Completion{Outcome: core.CouldNotBeDone, Reason: "not_needed"}, step(2)))
	if got := back.Orders[0].Order; got.Phase != core.Closed || kinds(back)["hotline"] != core.TellResult {
		t.Errorf("without one: %s, owes %v", got.Phase, kinds(back))
	}
}

func TestImpossibleStepsAreRefusedWithWhatIsAllowed(t *testing.T) {
	r, do := rules(), must(t)
	fresh := do(r.Receive(order("hotline", "enquiry", core.Normal), "h", step(0))).Orders[0].Order
	field := do(r.Receive(order("hotline", "burst", core.Emergency), "h", step(0))).Orders[0].Order
	field = do(r.Assign(field, core.Assignment{CrewID: "R1", Day: "2026-05-11"}, core.CrewDay{}, step(1))).Orders[0].Order
	onSite := do(r.Advance(field, "R1", core.FieldOnSite, step(2))).Orders[0].Order
	for name, c := range map[string]struct {
		err  error
		kind core.Kind
		code string
	}{
		"assign before the review": {second(r.Assign(fresh, core.Assignment{}, core.CrewDay{}, step(1))), core.Conflict, "not_reviewed"},
		"complete without a crew":  {second(r.Complete(fresh, "R1", core.Completion{Outcome: core.Done}, step(1))), core.Conflict, "not_with_crew"},
		"another crew's order":     {second(r.Advance(field, "R2", core.FieldTravel, step(2))), core.Denied, "not_yours"},
		"cancel on site":           {second(r.Cancel(onSite, step(3))), core.Conflict, "work_begun"},
		"amend with a crew":        {second(r.Amend(field, field, "h2", step(3))), core.Conflict, "work_begun"},
		"back in time":             {second(r.Advance(onSite, "R1", core.FieldTravel, step(3))), core.Conflict, "already"},
		"unknown outcome":          {second(r.Complete(field, "R1", core.Completion{Outcome: "perhaps"}, step(3))), core.Invalid, "unknown_outcome"},
		"not a reading":            {second(r.Complete(field, "R1", core.Completion{Outcome: core.Done, OldFinalReading: "12,5"}, step(3))), core.Invalid, "not_a_reading"},
		"no result to review":      {second(r.Review(field, true, step(3))), core.Conflict, "no_result"},
	} {
		if core.KindOf(c.err) != c.kind || core.CodeOf(c.err) != c.code {
			t.Errorf("%s: %v (%s, %q), want %s %q", name, c.err, core.KindOf(c.err), core.CodeOf(c.err), c.kind, c.code)
		}
	}
}

func second(_ core.Unit, err error) error { return err }

// TestRandomLives walks orders through random steps and holds every state against
// what must always be true: the timeline replays to the order, the crew-days hold
// exactly the unfinished work, and each release owes exactly one result.
func TestRandomLives(t *testing.T) {
	for seed := range uint64(400) {
		rnd := rand.New(rand.NewPCG(seed, 7))
		r := rules()
		kind := []string{"burst", "replacement", "enquiry"}[rnd.IntN(3)]
		urgency := core.Urgencies()[rnd.IntN(3)]
		u, err := r.Receive(order("hotline", kind, urgency), "h0", step(0))
		if err != nil {
			t.Fatal(err)
		}
		o := u.Orders[0].Order
		events := u.Orders[0].Events
		day := core.CrewDay{}
		results, releases := 0, 0
		for n := 1; n < 40 && !o.Phase.Ended(); n++ {
			u, err := randomStep(r, rnd, o, day, n)
			if err != nil {
				if k := core.KindOf(err); k != core.Conflict && k != core.Invalid && k != core.Denied {
					t.Fatalf("seed %d: a step failed with kind %s: %v", seed, k, err)
				}
				continue
			}
			c := u.Orders[0]
			if c.Expected != o.Version || c.Order.Version != o.Version+1 {
				t.Fatalf("seed %d: versions %d → %d from %d", seed, c.Expected, c.Order.Version, o.Version)
			}
			before := o
			o = c.Order
			events = append(events, c.Events...)
			for _, d := range u.CrewDays {
				day.Minutes += d.Minutes
				day.Orders += d.Orders
				day.UrgentOrders += d.UrgentOrders
			}
			want := core.CrewDay{}
			if life.Loads(&o) {
				want = core.CrewDay{Minutes: o.Assignment.Minutes, Orders: 1}
				if o.Urgency != core.Normal {
					want.UrgentOrders = 1
				}
			}
			if day != want {
				t.Fatalf("seed %d after %s: the crew-day holds %+v, want %+v", seed, c.Events[0].Kind, day, want)
			}
			for _, m := range c.Outbox {
				if m.Kind == core.TellResult {
					results++
				}
			}
			if done := before.Phase == core.Field || before.Phase == core.ResultReview; done && (o.Phase == core.FollowUpCall || o.Phase == core.Closed) {
				releases++
			}
			back, err := core.Replay(events)
			if err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			var same core.WorkOrder
			if err := json.Unmarshal(c.Body, &same); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(back, same) {
				t.Fatalf("seed %d after %s: the timeline replays to\n%+v\nbut the order is\n%+v", seed, c.Events[0].Kind, back, same)
			}
		}
		if results != releases {
			t.Fatalf("seed %d: %d results owed for %d releases", seed, results, releases)
		}
	}
}

func randomStep(r *life.Rules, rnd *rand.Rand, o core.WorkOrder, day core.CrewDay, n int) (core.Unit, error) {
	st := step(n)
	switch rnd.IntN(18) {
	case 0:
		return r.Accept(o, st)
	case 1, 2, 3:
		return r.Assign(o, core.Assignment{CrewID: "R1", Day: "2026-05-11"}, day, st)
	case 4:
		return r.Advance(o, "R1", []core.FieldState{core.FieldAccepted, core.FieldTravel, core.FieldOnSite}[rnd.IntN(3)], st)
	case 5, 6:
		c := core.Completion{Outcome: core.Done, OldFinalReading: "12.5", NewSerial: "N", NewInitialReading: "0", Point: &core.Point{Lat: 31, Lon: 121}}
		return r.Complete(o, "R1", c, st)
	case 7:
		return r.Complete(o, "R1", core.Completion{Outcome: core.CouldNotBeDone, Reason: "no_access", NextAppointment: &core.Appointment{From: st.Now}}, st)
	case 8:
		return r.Complete(o, "R1", core.Completion{Outcome: core.CouldNotBeDone, Reason: "no_access"}, st)
	case 9, 10:
		return r.Review(o, rnd.IntN(2) == 0, st)
	case 11:
		return r.FollowUp(o, core.FollowUp{Reached: true, Satisfaction: []string{"satisfied", "unsatisfied"}[rnd.IntN(2)]}, st)
	case 12:
		return r.Expedite(o, st)
	case 13:
		if rnd.IntN(4) > 0 {
			return r.Note(o, st)
		}
		return r.Cancel(o, st)
	case 14:
		if o.Hold != nil {
			return r.Resume(o, st)
		}
		return r.Hold(o, st)
	case 15:
		return r.RequestExtension(o, st.Now.Add(time.Duration(1+rnd.IntN(48))*time.Hour), "the permit is missing", st)
	case 16:
		var no string
		if o.Extension != nil {
			no = o.Extension.No
		}
		return r.AnswerExtension(o, no, rnd.IntN(2) == 0, time.Time{}, st)
	default:
		if rnd.IntN(3) == 0 {
			return r.Unassign(o, st)
		}
		p := core.Place{Point: &core.Point{Lat: 31.2, Lon: 121.4}, PointSource: core.PointFromGeocode}
		return r.Locate(o, p, st)
	}
}
