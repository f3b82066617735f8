package life_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"tundish/core"
	"tundish/core/life"
)

// leak is an order of its own number, waiting for a crew.
func leak(t *testing.T, r *life.Rules, n string) core.WorkOrder {
	t.Helper()
	o := order("hotline", "burst", core.Emergency)
	o.No, o.Ref.External = core.OrderNo("W26-000000"+n+"-1"), n
	return must(t)(r.Receive(o, "h", step(0))).Orders[0].Order
}

func given(t *testing.T, r *life.Rules, o core.WorkOrder, crew string) core.WorkOrder {
	t.Helper()
	return must(t)(r.Assign(o, core.Assignment{CrewID: crew, Day: "2026-05-11"}, core.CrewDay{}, step(1))).Orders[0].Order
}

func TestAHoldIsAskedForAndGranted(t *testing.T) {
	r, do := rules(), must(t)
	o := given(t, r, leak(t, r, "1"), "R1")
	until := start.Add(48 * time.Hour)
	asked := do(r.RequestHold(o, until, crewStep(2, "R1"))).Orders[0].Order
	if asked.Hold != nil || asked.HoldRequest == nil || asked.HoldRequest.By != "crew:R1" {
		t.Fatalf("%+v %+v", asked.Hold, asked.HoldRequest)
	}
	if _, err := r.AnswerHold(asked, true, crewStep(3, "R1")); !core.IsKind(err, core.Denied) {
		t.Errorf("the crew granted its own request: %v", err)
	}
	if _, err := r.RequestHold(asked, until, crewStep(3, "R1")); core.CodeOf(err) != "hold_pending" {
		t.Errorf("asked twice: %v", err)
	}
	refused := do(r.AnswerHold(asked, false, step(3))).Orders[0].Order
	if refused.Hold != nil || refused.HoldRequest != nil {
		t.Errorf("refused: %+v", refused.Hold)
	}
	held := do(r.AnswerHold(asked, true, step(3))).Orders[0].Order
	if h := held.Hold; h == nil || h.AskedBy != "crew:R1" || h.By != "test" || !h.Until.Equal(until) || h.Reason != "because" {
		t.Fatalf("granted: %+v", held.Hold)
	}
	back := do(r.Unassign(held, step(4))).Orders[0].Order
	if _, err := r.Assign(back, core.Assignment{CrewID: "R1", Day: "2026-05-11"}, core.CrewDay{}, step(5)); core.CodeOf(err) != "on_hold" {
		t.Errorf("given while it rests: %v", err)
	}
	if got := do(r.Resume(back, step(6))).Orders[0].Order; got.Hold != nil {
		t.Error("resumed, it still rests")
	}
}

func TestMoreTimeIsGrantedInTheHouseBeforeTheSourceIsAsked(t *testing.T) {
	r, do := rules(), must(t)
	o := given(t, r, leak(t, r, "1"), "R1")
	u := do(r.AskExtension(o, later, "the permit is missing", crewStep(2, "R1")))
	asked := u.Orders[0].Order
	if len(u.Orders[0].Outbox) != 0 || !asked.Extension.Inside {
		t.Fatalf("owes %v, %+v", kinds(u), asked.Extension)
	}
	source := step(3)
	source.Actor = life.Source("hotline")
	if _, err := r.AnswerExtension(asked, asked.Extension.No, true, time.Time{}, source); core.CodeOf(err) != "unknown_extension" {
		t.Errorf("the source answered what it was not asked: %v", err)
	}
	u = do(r.AnswerExtension(asked, asked.Extension.No, true, time.Time{}, step(3)))
	if got := u.Orders[0].Order; kinds(u)["hotline"] != core.TellExtension || got.Extension.Inside || got.DueAt.Equal(later) || got.Extension.State != core.ExtensionRequested {
		t.Fatalf("granted inside: owes %v, %+v, due %v", kinds(u), got.Extension, got.DueAt)
	}
	if got := do(r.AnswerExtension(u.Orders[0].Order, asked.Extension.No, true, time.Time{}, source)).Orders[0].Order; !got.DueAt.Equal(later) {
		t.Errorf("granted by the source, due %v", got.DueAt)
	}
	o.Ref.System = "billing" // it cannot be asked
	asked = do(r.AskExtension(o, later, "x", step(2))).Orders[0].Order
	got := do(r.AnswerExtension(asked, asked.Extension.No, true, time.Time{}, step(3))).Orders[0].Order
	if !got.DueAt.Equal(later) || got.DueBy != core.DueByHouse {
		t.Errorf("where the source cannot be asked it is due %v by %q", got.DueAt, got.DueBy)
	}
	got = do(r.Hold(got, step(10))).Orders[0].Order
	got = do(r.Resume(got, step(70))).Orders[0].Order
	if !got.DueAt.Equal(later.Add(time.Hour)) {
		t.Errorf("after an hour on hold it is due %v", got.DueAt)
	}
}

func TestAnOrderGoesFromTheCentreToADepotAndBackWhenThatRefuses(t *testing.T) {
	r, do := rules(), must(t)
	o := leak(t, r, "1")
	sent := do(r.Transfer(o, "D1", step(5))).Orders[0].Order
	if tr := sent.Transfer; sent.Place.Depot != "D1" || tr.From != "" || tr.State != core.TransferOffered || !sent.Tokens[0].Since.Equal(step(5).Now) {
		t.Fatalf("at %q: %+v since %v", sent.Place.Depot, tr, sent.Tokens[0].Since)
	}
	refused := do(r.AnswerTransfer(sent, false, step(9))).Orders[0].Order
	if refused.Place.Depot != "" || refused.Transfer.State != core.TransferRefused || refused.Transfer.Remark != "because" || !refused.Tokens[0].Since.Equal(step(9).Now) {
		t.Errorf("refused: at %q, %+v", refused.Place.Depot, refused.Transfer)
	}
	taken := given(t, r, sent, "R1")
	if taken.Transfer.State != core.TransferTaken {
		t.Errorf("the depot that gave it to a crew is %s", taken.Transfer.State)
	}
	u := do(r.Transfer(taken, "D2", step(10))) // 转站 with a crew that has it
	if got := u.Orders[0].Order; got.Phase != core.Dispatching || got.Assignment != nil || got.Transfer.From != "D1" || u.CrewDays[0].Orders != -1 {
		t.Errorf("handed on: %s, %+v, crew-days %+v", got.Phase, got.Transfer, u.CrewDays)
	}
	if _, err := r.Transfer(do(r.Advance(taken, "R1", core.FieldOnSite, step(10))).Orders[0].Order, "D2", step(11)); core.CodeOf(err) != "work_begun" {
		t.Errorf("transferred from under the crew on site: %v", err)
	}
}

func TestAnAssistingCrewIsBookedUntilTheVisitIsOver(t *testing.T) {
	r, do := rules(), must(t)
	o := given(t, r, leak(t, r, "1"), "R1")
	o = do(r.AskAssistance(o, crewStep(2, "R1"))).Orders[0].Order
	u := do(r.Assist(o, core.Helper{CrewID: "R2", Day: "2026-05-11", Minutes: 60}, core.CrewDay{Version: 7}, step(3)))
	if d := u.CrewDays; len(d) != 1 || d[0].CrewID != "R2" || d[0].Minutes != 60 || d[0].Orders != 1 || !d[0].Guarded || d[0].Expected != 7 {
		t.Fatalf("booked %+v", d)
	}
	o = u.Orders[0].Order
	if len(o.Helpers) != 1 || o.Helpers[0].By != "crew:R1" {
		t.Errorf("%+v", o.Helpers)
	}
	if _, err := r.Act(o, life.Command{Action: core.ActDone}, crewStep(4, "R2")); !core.IsKind(err, core.Denied) {
		t.Errorf("the helper completed: %v", err)
	}
	if _, err := r.Note(o, crewStep(4, "R2")); err != nil {
		t.Errorf("the helper may not comment: %v", err)
	}
	for name, u := range map[string]core.Unit{
		"completed": do(r.Complete(o, "R1", core.Completion{Outcome: core.Done}, step(5))),
		"taken":     do(r.Unassign(o, step(5))),
		"cancelled": do(r.Cancel(o, step(5))),
	} {
		freed := map[string]int{}
		for _, d := range u.CrewDays {
			freed[d.CrewID] += d.Orders
		}
		if freed["R1"] != -1 || freed["R2"] != -1 {
			t.Errorf("%s: crews' days %+v", name, u.CrewDays)
		}
	}
	if u := do(r.EndAssistance(o, "R2", crewStep(5, "R2"))); len(u.CrewDays) != 1 || u.CrewDays[0].Orders != -1 {
		t.Errorf("ended: %+v", u.CrewDays)
	}
}

func TestDuplicatesShareOneVisitAndEachSourceIsAnswered(t *testing.T) {
	r, do := rules(), must(t)
	lead, dup, third := leak(t, r, "1"), leak(t, r, "2"), leak(t, r, "3")
	for _, o := range []*core.WorkOrder{&dup, &third} {
		u := do(r.Merge(*o, lead, step(1)))
		*o, lead = u.Orders[0].Order, u.Orders[1].Order
	}
	if !slices.Equal(lead.Absorbed, []core.OrderNo{dup.No, third.No}) || !life.Waiting(&dup) {
		t.Fatalf("%v", lead.Absorbed)
	}
	if _, err := r.Assign(dup, core.Assignment{CrewID: "R2", Day: "2026-05-11"}, core.CrewDay{}, step(2)); core.CodeOf(err) != "merged" {
		t.Errorf("a duplicate was given to a crew: %v", err)
	}
	u := do(r.Unmerge(third, &lead, step(2)))
	third, lead = u.Orders[0].Order, u.Orders[1].Order
	if life.Waiting(&third) || !slices.Equal(lead.Absorbed, []core.OrderNo{dup.No}) {
		t.Errorf("unmerged: %+v, %v", third.Merged, lead.Absorbed)
	}
	lead = given(t, r, lead, "R1")
	done := do(r.Spread(do(r.Complete(lead, "R1", core.Completion{Outcome: core.Done, Work: "换管"}, step(4))), lead, []core.WorkOrder{dup}, step(4)))
	if len(done.Orders) != 2 {
		t.Fatalf("%d orders in the unit", len(done.Orders))
	}
	got := done.Orders[1].Order
	if c := got.LastCompletion(); got.Phase != core.FollowUpCall || c.SharedWith != lead.No || c.Work != "换管" || c.CrewID != "R1" || got.Merged.SharedAt.IsZero() {
		t.Errorf("the duplicate is in %s with %+v", got.Phase, c)
	}
	for i, c := range done.Orders {
		if len(c.Outbox) != 1 || c.Outbox[0].Kind != core.TellResult || c.Outbox[0].Order != c.Order.No {
			t.Errorf("order %d owes %+v; each source hears its own result once", i, c.Outbox)
		}
	}
	if len(done.CrewDays) != 1 || done.CrewDays[0].Orders != -1 {
		t.Errorf("one visit was booked as %+v", done.CrewDays)
	}
	// An end without a visit sets the duplicates free.
	free := do(r.Spread(do(r.Cancel(lead, step(4))), lead, []core.WorkOrder{dup}, step(4)))
	if len(free.Orders) != 2 || life.Waiting(&free.Orders[1].Order) || free.Orders[1].Order.Phase != core.Dispatching {
		t.Errorf("after a cancelled visit: %+v", free.Orders[1].Order.Merged)
	}
	// A second visit is still shared.
	again := core.Completion{Outcome: core.CouldNotBeDone, Reason: "no_access", NextAppointment: &core.Appointment{From: start.Add(24 * time.Hour)}}
	if u := do(r.Spread(do(r.Complete(lead, "R1", again, step(4))), lead, []core.WorkOrder{dup}, step(4))); len(u.Orders) != 1 {
		t.Error("a visit that comes again settled the duplicate")
	}
	bill := must(t)(r.Receive(order("billing", "replacement", core.Normal), "h", step(0))).Orders[0].Order
	for name, err := range map[string]error{
		"itself":         second(r.Merge(lead, lead, step(2))),
		"work_begun":     second(r.Merge(lead, third, step(2))),
		"other_family":   second(r.Merge(third, bill, step(2))),
		"merged":         second(r.Merge(third, dup, step(2))),
		"work_done":      second(r.Merge(third, done.Orders[0].Order, step(2))),
		"not_merged":     second(r.Unmerge(third, nil, step(2))),
		"has_duplicates": second(r.Merge(func() core.WorkOrder { o := third; o.Absorbed = []core.OrderNo{"x"}; return o }(), leak(t, r, "4"), step(2))),
	} {
		if code := core.CodeOf(err); code != name && !(name == "itself" && code == "invalid_value") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWhatIsNotTheHousesToDoIsToldToItsSource(t *testing.T) {
	r, do := rules(), must(t)
	o := leak(t, r, "1")
	for name, u := range map[string]core.Unit{
		"transferred": do(r.HandOver(o, "市政排水所", step(2))),
		"not_needed":  do(r.NotNeeded(given(t, r, o, "R1"), step(2))),
	} {
		got := u.Orders[0].Order
		if c := got.LastCompletion(); got.Phase != core.Closed || c.Outcome != core.CouldNotBeDone || c.Reason != name || c.Work != "because" || kinds(u)["hotline"] != core.TellResult {
			t.Errorf("%s: %s, %+v, owes %v", name, got.Phase, c, kinds(u))
		}
		if name == "not_needed" && u.CrewDays[0].Orders != -1 {
			t.Errorf("its crew still has it: %+v", u.CrewDays)
		}
	}
	if u := do(r.HandOver(o, "市政排水所", step(2))); u.Orders[0].Order.LastCompletion().HandedTo != "市政排水所" {
		t.Error("who took it over is not kept")
	}
	enquiry := do(r.Receive(order("hotline", "enquiry", core.Normal), "h", step(0))).Orders[0].Order
	if got := do(r.NotNeeded(enquiry, step(1))).Orders[0].Order; got.Phase != core.Closed {
		t.Errorf("an enquiry that needs nothing is in %s", got.Phase)
	}
}

func TestCorrectionsGoToBillingAndTheGISByThemselves(t *testing.T) {
	r, do := rules(), must(t)
	r.CustomersTo = "billing"
	o := given(t, r, leak(t, r, "1"), "R1")
	u := do(r.Act(o, life.Command{Action: core.ActCorrect, Fields: fields("phone", `"13900000000"`, "point", `{"lat":31.2,"lon":121.4}`)}, crewStep(2, "R1")))
	got := u.Orders[0].Order
	if k := kinds(u); k["billing"] != core.TellCustomer || k["gis"] != core.TellPoint || len(k) != 2 || got.Customer.Phone != "13900000000" || got.Place.PointSource != core.PointFromCrew {
		t.Errorf("owes %v, %+v %+v", k, got.Customer, got.Place)
	}
	var wb core.WriteBack
	if err := json.Unmarshal(u.Orders[0].Outbox[0].Payload, &wb); err != nil || wb.Order.Customer.Phone != "13900000000" {
		t.Errorf("%+v, %v", wb.Order.Customer, err)
	}
	if _, err := r.Correct(o, life.Correction{}, step(2)); core.CodeOf(err) != "required" {
		t.Errorf("nothing to correct: %v", err)
	}
}

func TestAnUnseenAssignmentGoesBackToTheDispatcher(t *testing.T) {
	r, do := rules(), must(t)
	r.UnseenAfter = 15 * time.Minute
	o := given(t, r, leak(t, r, "1"), "R1")
	at, ok := r.UnseenUntil(&o)
	if !ok || !at.Equal(step(16).Now) {
		t.Fatalf("goes back at %v, %v", at, ok)
	}
	if _, err := r.TakeBackUnseen(o, step(15)); core.CodeOf(err) != "not_unseen" {
		t.Errorf("too early: %v", err)
	}
	u := do(r.TakeBackUnseen(o, step(16)))
	if got := u.Orders[0].Order; got.Phase != core.Dispatching || u.Orders[0].Events[0].Kind != core.EventUnassigned || !strings.Contains(u.Orders[0].Events[0].Remark, "R1") {
		t.Errorf("%s, %+v", got.Phase, u.Orders[0].Events[0])
	}
	down := do(r.Seen(o, "R1", false, crewStep(3, "R1"))).Orders[0].Order
	if _, ok := r.UnseenUntil(&down); !ok || down.Assignment.DownloadedAt.IsZero() || !down.Assignment.SeenAt.IsZero() {
		t.Errorf("what was fetched only: %+v", down.Assignment)
	}
	opened := do(r.Seen(down, "R1", true, crewStep(4, "R1"))).Orders[0].Order
	if _, ok := r.UnseenUntil(&opened); ok || !opened.Assignment.SeenAt.Equal(step(4).Now) || !opened.Assignment.DownloadedAt.Equal(step(3).Now) {
		t.Errorf("opened: %+v", opened.Assignment)
	}
	if _, err := r.Seen(opened, "R1", true, crewStep(5, "R1")); core.CodeOf(err) != "already" {
		t.Errorf("opened twice: %v", err)
	}
	if accepted := do(r.Advance(o, "R1", core.FieldAccepted, crewStep(3, "R1"))).Orders[0].Order; accepted.Assignment.SeenAt.IsZero() {
		t.Error("what the crew accepted it has not seen")
	}
}

func TestReadingsThatLookWrongAreQuestioned(t *testing.T) {
	r := rules()
	o := given(t, r, must(t)(r.Receive(func() core.WorkOrder {
		o := order("billing", "replacement", core.Normal)
		o.Meter.LastReading = "100.5"
		return o
	}(), "h", step(0))).Orders[0].Order, "M1")
	done := func(reading string, confirmed bool) error {
		_, err := r.Complete(o, "M1", core.Completion{Outcome: core.Done, OldFinalReading: reading, NewSerial: "N", NewInitialReading: "0", Confirmed: confirmed}, step(2))
		return err
	}
	for _, c := range []struct {
		do        life.Questioned
		reading   string
		confirmed bool
		ok        bool
	}{
		{"", "1", false, true}, {life.Confirm, "100.5", false, true}, {life.Confirm, "100.499", false, false}, {life.Confirm, "100.499", true, true},
		{life.Refuse, "100.499", true, false}, {life.Confirm, "600.5", false, true}, {life.Confirm, "600.501", false, false},
	} {
		r.Readings = life.Plausibility{Do: c.do, Most: "500"}
		if err := done(c.reading, c.confirmed); (err == nil) != c.ok || err != nil && core.CodeOf(err) != "implausible_reading" {
			t.Errorf("%q %s confirmed %v: %v", c.do, c.reading, c.confirmed, err)
		}
	}
}

func TestAnAppointmentIsKeptOrNot(t *testing.T) {
	r, do := rules(), must(t)
	o := leak(t, r, "1")
	o = do(r.Appoint(o, core.Appointment{With: "王", From: step(60).Now, To: step(120).Now}, step(1))).Orders[0].Order
	o = given(t, r, o, "R1")
	for n, want := range map[int]bool{60: true, 120: true, 121: false} {
		if got := do(r.Advance(o, "R1", core.FieldOnSite, step(n))).Orders[0].Order.Appointment.Kept; got == nil || *got != want {
			t.Errorf("after %d minutes kept %v, want %v", n, got, want)
		}
	}
	if _, err := r.Appoint(o, core.Appointment{From: start, To: start}, step(1)); core.CodeOf(err) != "invalid_value" {
		t.Errorf("an appointment without a span: %v", err)
	}
}

func TestNotesAndCollaboratorsStayWithTheOrder(t *testing.T) {
	r, do := rules(), must(t)
	o := leak(t, r, "1")
	n := core.Note{Text: "已联系物业", Progress: true, Attachments: []core.Attachment{{Name: "a.jpg", SHA256: "x"}}}
	o = do(r.Comment(o, n, step(1))).Orders[0].Order
	if len(o.Notes) != 1 || o.Notes[0].By != "test" || !o.Notes[0].At.Equal(step(1).Now) || len(o.Notes[0].Attachments) != 1 {
		t.Errorf("%+v", o.Notes)
	}
	o = do(r.Collaborate(o, []string{"li", "wang"}, nil, step(2))).Orders[0].Order
	o = do(r.Collaborate(o, nil, []string{"li"}, step(3))).Orders[0].Order
	if !slices.Equal(o.Collaborators, []string{"wang"}) {
		t.Errorf("%v", o.Collaborators)
	}
	if _, err := r.Collaborate(o, []string{"wang"}, nil, step(4)); core.CodeOf(err) != "already" {
		t.Errorf("%v", err)
	}
}

func TestACrewWorksOnWhatItOpenedWhileThatIsReviewed(t *testing.T) {
	r, do := rules(), must(t)
	o := order("x", "burst", core.Normal)
	got := do(r.Open(o, "h", crewStep(0, "R1"))).Orders[0].Order
	if want := []string{"dispatch", "(acceptance)"}; !slices.Equal(steps(got), want) || got.Ref.System != life.House || got.Channel != life.ByCrew {
		t.Errorf("it stands at %v: %+v", steps(got), got.Ref)
	}
	if _, err := r.Open(o, "h", as(0, "", "viewer")); !core.IsKind(err, core.Denied) {
		t.Errorf("a viewer opened an order: %v", err)
	}
	r.Access = roleBook{"intake": {core.ActOpen}}
	if got := do(r.Open(o, "h", as(0, "", "intake"))).Orders[0].Order; got.Phase != core.Acceptance {
		t.Errorf("what the desk opens is in %s", got.Phase)
	}
}
