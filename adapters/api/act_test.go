package api_test

import (
	"fmt"
	"strings"
	"testing"

	"tundish/adapters/api"
	"tundish/core"
)

// do calls the API, reads its answer and tells its status.
func (h *hub) do(method, path, body string, into any) int {
	h.Helper()
	a := h.send(method, path, body, nil)
	if into != nil {
		a.into(h.T, into)
	}
	return a.Status
}

func TestTheConsoleDoesWhatIsAllowedAndNothingElse(t *testing.T) {
	h := open(t)
	no := h.receive("leak")
	var offers api.Offers
	if code := h.do("GET", "/orders/"+string(no)+"/allowed", "", &offers); code != 200 || len(offers.Allowed) == 0 || offers.Allowed[0].Action != core.ActAssign || offers.Version != 1 {
		t.Fatalf("%d %+v", code, offers)
	}
	var o core.WorkOrder
	act := func(path, body string, into any) int {
		return h.do("POST", path+"/orders/"+string(no)+"/act", body, into)
	}
	if code := act("", `{"action":"assign","fields":{"crew":"R1"},"version":1}`, &o); code != 200 || o.Phase != core.Field || o.Assignment.CrewID != "R1" {
		t.Fatalf("%d: %s", code, o.Phase)
	}
	var refused struct {
		Error struct {
			Code   string
			Faults []struct{ Code, Field string }
		}
	}
	for _, c := range []struct {
		path, body string
		status     int
		code       string
	}{
		{"", `{"action":"assign","fields":{"crew":"R2"},"version":1}`, 409, "stale"},
		{"", `{"action":"accept"}`, 409, "not_possible"},
		{"", `{"action":"hold"}`, 422, "required"},
		{"", `{"action":"correct","fields":{"point":{"lat":99,"lon":0},"colour":"x"}}`, 422, "form"},
		{"/crews/R2", `{"action":"advance","fields":{"state":"on_site"}}`, 403, "not_yours"},
		{"/crews/R1", `{"action":"cancel","remark":"x"}`, 403, "not_allowed"},
		{"", `{"action":"merge","fields":{"into":"W99"}}`, 422, "unknown_order"},
		{"", `{"action":"assist","fields":{"crew":"R9"}}`, 422, "unknown_crew"},
	} {
		refused.Error.Faults = nil
		if code := act(c.path, c.body, &refused); code != c.status || refused.Error.Code != c.code || c.code == "form" && len(refused.Error.Faults) != 2 {
			t.Errorf("%s %s: %d %+v, want %d %s", c.path, c.body, code, refused.Error, c.status, c.code)
		}
	}
	if code := act("", `{"action":"assist","fields":{"crew":"R2"}}`, &o); code != 200 || len(o.Helpers) != 1 || o.Helpers[0].CrewID != "R2" {
		t.Errorf("%d: %+v", code, o.Helpers)
	}
	if code := act("/crews/R1", `{"action":"done","fields":{"completion.work":"换管"}}`, &o); code != 200 || o.Phase != core.FollowUpCall || o.LastCompletion().Work != "换管" {
		t.Errorf("%d: %s", code, o.Phase)
	}
}

func TestMergedOrdersAreSettledInOneUnit(t *testing.T) {
	h := open(t)
	lead, dup := h.receive("leak"), h.receive("leak")
	if code := h.do("POST", "/orders/"+string(dup)+"/act", fmt.Sprintf(`{"action":"merge","fields":{"into":%q}}`, lead), nil); code != 200 {
		t.Fatal(code)
	}
	if code := h.do("POST", "/orders/"+string(lead)+"/assign", `{"crew":"R1"}`, nil); code != 200 {
		t.Fatal(code)
	}
	if code := h.do("POST", "/crews/R1/orders/"+string(lead)+"/complete", `{"completion":{"outcome":"done"}}`, nil); code != 200 {
		t.Fatal(code)
	}
	for _, no := range []core.OrderNo{lead, dup} {
		messages, err := h.store.OutboxMessages(t.Context(), core.OutboxQuery{Order: no})
		if o := h.order(no); err != nil || o.Phase != core.FollowUpCall || len(messages) != 1 || messages[0].Kind != core.TellResult {
			t.Errorf("%s is in %s and owes %+v: %v", no, o.Phase, messages, err)
		}
	}
}

func TestACrewOpensAnOrderOnceAndHasIt(t *testing.T) {
	h := open(t)
	body := `{"key":"phone-1","type":"leak","urgency":"normal","take":true,"report":{"content":"漏水"},"place":{"address":"梧桐路 9 号","point":{"lat":31.2,"lon":121.4}}}`
	var first, again core.WorkOrder
	if code := h.do("POST", "/crews/R1/orders", body, &first); code != 200 || first.Phase != core.Field || first.Assignment.CrewID != "R1" || first.Ref != (core.Ref{System: "hub", External: "crew:R1/phone-1"}) {
		t.Fatalf("%d %s %+v", code, first.Phase, first.Ref)
	}
	if code := h.do("POST", "/crews/R1/orders", body, &again); code != 200 || again.No != first.No || again.Version != first.Version {
		t.Errorf("%d: sent again it is %s at version %d, was %s at %d", code, again.No, again.Version, first.No, first.Version)
	}
}

func TestTheSerialOfAMeterThatStandsElsewhereIsNotTaken(t *testing.T) {
	h := open(t)
	h.rules.UniqueSerials = true
	other := core.WorkOrder{}
	first, second, third := h.receive("replacement"), h.receive("replacement"), h.receive("replacement")
	h.edit(first, func(o *core.WorkOrder) { o.Meter.Serial = "OLD1" })
	for _, no := range []core.OrderNo{first, second, third} {
		if code := h.do("POST", "/orders/"+string(no)+"/assign", `{"crew":"M1","reason":"x"}`, &other); code != 200 {
			t.Fatal(code)
		}
	}
	complete := func(no core.OrderNo, serial, fate string) int {
		return h.do("POST", "/crews/M1/orders/"+string(no)+"/complete", fmt.Sprintf(`{"completion":{"outcome":"done","old_final_reading":"1","new_serial":%q,"new_initial_reading":"0","old_meter_fate":%q}}`, serial, fate), nil)
	}
	if code := complete(first, "OLD1", "kept"); code != 422 {
		t.Errorf("the old meter as the new one: %d", code)
	}
	if code := complete(second, "OLD1", "kept"); code != 409 {
		t.Errorf("a meter that stands elsewhere: %d", code)
	}
	if code := complete(first, "NEW1", "kept"); code != 200 {
		t.Fatalf("a new meter: %d", code)
	}
	if code := complete(second, "NEW1", "kept"); code != 409 {
		t.Errorf("a meter that another order installed: %d", code)
	}
	var refusal struct {
		Error struct {
			Code    string `json:"code"`
			Field   string `json:"field"`
			Message string `json:"message"`
		} `json:"error"`
	}
	h.do("POST", "/orders/"+string(second)+"/act", `{"action":"done","fields":{"completion.old_final_reading":"1","completion.new_serial":"NEW1","completion.new_initial_reading":"0","completion.old_meter_fate":"kept"}}`, &refusal)
	if e := refusal.Error; e.Code != "serial_in_use" || e.Field != "new_serial" || !strings.Contains(e.Message, string(first)) {
		t.Errorf("the refusal does not name the order: %+v", refusal)
	}
	if code := complete(second, "OLD1", "kept"); code != 200 {
		t.Errorf("a meter that was taken away and kept: %d", code)
	}
	h.rules.UniqueSerials = false
	if code := complete(third, "NEW1", "kept"); code != 200 {
		t.Errorf("a house that does not ask for it: %d", code)
	}
}

// edit changes an order as nobody may.
func (h *hub) edit(no core.OrderNo, change func(*core.WorkOrder)) {
	h.Helper()
	old := h.order(no)
	next := old.Clone()
	change(&next)
	c, err := core.NewChange(&old, next, core.Event{At: nine, Kind: core.EventNote, By: "test"})
	h.ok(err)
	h.commit(core.Unit{Orders: []core.OrderChange{c}})
}
