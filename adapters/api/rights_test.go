package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"tundish/core"
)

// process gives the house one type more, x.
func (h *hub) process(steps ...core.Step) {
	p := &core.Process{Steps: steps}
	p.Complete()
	h.rules.Types["x"] = &core.OrderType{Code: "x", Family: core.Repair, Minutes: 60, Process: p}
}

// TestWhoeverIsNamedDoesItsSubTask with the right of tasks, though he completes no work.
func TestWhoeverIsNamedDoesItsSubTask(t *testing.T) {
	h := open(t)
	h.process(core.Step{Kind: core.StepDispatch, Tasks: []core.SubTask{{ID: "payment", Roles: []string{"finance"}}}}, core.Step{Kind: core.StepField}, core.Step{Kind: core.StepRelease})
	no := h.receive("x")
	li := h.employ(core.User{ID: "li", Name: "li", Roles: []core.Role{core.RoleViewer}, Everywhere: true})
	cai := h.employ(core.User{ID: "cai", Name: "cai", Roles: []core.Role{core.RoleFinance}})
	body := `{"action":"done","step":"dispatch","task":"payment"}`
	if a := h.send("POST", "/orders/"+string(no)+"/act", body, li); a.Status != 403 {
		t.Errorf("a viewer does it: %d", a.Status)
	}
	h.must(h.send("POST", "/orders/"+string(no)+"/act", body, cai))
	if o := h.order(no); len(o.Tokens) != 1 {
		t.Errorf("%+v", o.Tokens)
	}
}

// TestAnActionOfATaskTakesTheRightOfTasks whatever it is called, in processes from before names were refused, too.
func TestAnActionOfATaskTakesTheRightOfTasks(t *testing.T) {
	h := open(t)
	h.process(core.Step{ID: "t", Kind: core.StepTask, Phase: core.Dispatching, Exits: []core.Exit{{Action: "search", To: "dispatch", Label: core.Text{EN: "Search", ZH: "查漏"}}}},
		core.Step{Kind: core.StepDispatch}, core.Step{Kind: core.StepField}, core.Step{Kind: core.StepRelease})
	no := h.receive("x")
	li := h.employ(core.User{ID: "li", Name: "li", Roles: []core.Role{core.RoleViewer}, Everywhere: true})
	if a := h.send("POST", "/orders/"+string(no)+"/act", `{"action":"search"}`, li); a.Status != 403 || h.order(no).Tokens[0].Step != "t" {
		t.Errorf("a viewer moved the order: %d", a.Status)
	}
	h.must(h.send("POST", "/orders/"+string(no)+"/act", `{"action":"search"}`, h.employ(dispatcher("pai"))))
}

// TestAKeyIsItsOwnersAlone: nobody is shown, or takes, what somebody else opened under the same key, and nobody opens
// in the hub's name.
func TestAKeyIsItsOwnersAlone(t *testing.T) {
	h := open(t)
	opens := func(path, key, depot string, who func(*http.Request)) (core.WorkOrder, []byte) {
		h.Helper()
		var o core.WorkOrder
		a := h.must(h.send("POST", path, `{"key":"`+key+`","type":"leak","urgency":"normal","take":true,"place":{"address":"秘密路 7 号","depot":"`+depot+`"},"report":{"content":"secret"}}`, who))
		a.into(t, &o)
		return o, a.Raw
	}
	one, other := h.employ(dispatcher("one", "ST-09")), h.employ(dispatcher("other", "ST-01"))
	r1 := h.employ(core.User{ID: "r1", Name: "r1", Roles: []core.Role{core.RoleCrew}, Crew: "R1"})
	first, _ := opens("/orders", "K1", "ST-09", one)
	for _, o := range []core.WorkOrder{second(opens("/orders", "K1", "ST-01", other)), second(opens("/crews/R1/orders", "K1", "", r1)), second(opens("/orders", "user:one/K1", "ST-01", other)), second(opens("/orders", "hub:K1", "ST-01", other))} {
		if o.No == first.No {
			t.Errorf("%s is %s of another", o.Ref, first.No)
		}
	}
	if now := h.order(first.No); now.Assignment != nil {
		t.Errorf("crew %s took an order that it did not open", now.Assignment.CrewID)
	}
	if again, _ := opens("/orders", "K1", "ST-09", one); again.No != first.No || again.Place.Address == "" {
		t.Errorf("sent again it is %s at %q, was %s", again.No, again.Place.Address, first.No)
	}
	h.depot(first.No, "ST-05")
	if again, raw := opens("/orders", "K1", "ST-09", one); again.No != first.No || strings.Contains(string(raw), "秘密路") {
		t.Errorf("where it is another depot's now: %s", raw)
	}
	// What a crew took and a dispatcher took back is not taken again by the retry that comes late.
	mine, _ := opens("/crews/R1/orders", "K2", "", r1)
	h.must(h.send("POST", "/orders/"+string(mine.No)+"/unassign", `{"remark":"elsewhere"}`, h.employ(dispatcher("boss"))))
	if again, _ := opens("/crews/R1/orders", "K2", "", r1); mine.Assignment == nil || again.No != mine.No || h.order(mine.No).Assignment != nil {
		t.Errorf("%+v, then %+v", mine.Assignment, h.order(mine.No).Assignment)
	}
	if a := h.send("POST", "/orders", `{"key":"K3","type":"leak","urgency":"normal","place":{"address":"x","depot":"ST-01"},"report":{"content":"y","attachments":[{"name":"a","sha256":"dead"}]}}`, other); a.Status != 422 {
		t.Errorf("somebody else's file by its digest: %d", a.Status)
	}
}

// TestAVerdictNamesTheVersionItWasGivenOn: what was changed meanwhile is looked at again.
func TestAVerdictNamesTheVersionItWasGivenOn(t *testing.T) {
	h := open(t)
	h.process(core.Step{ID: "n20", Kind: core.StepApproval}, core.Step{Kind: core.StepDispatch}, core.Step{Kind: core.StepField}, core.Step{Kind: core.StepRelease})
	no := h.receive("x")
	act := func(version int64) *answer {
		return h.send("POST", "/orders/"+string(no)+"/act", fmt.Sprintf(`{"action":"approve","version":%d}`, version), nil)
	}
	seen := h.order(no).Version
	if a := act(0); a.Status != 422 || a.Error.Field != "version" {
		t.Errorf("without a version: %d %s", a.Status, a.Error.Field)
	}
	h.edit(no, func(o *core.WorkOrder) { o.Meter.DiameterMM = 80 })
	if a := act(seen); a.Status != 409 || a.Error.Code != "stale" {
		t.Errorf("on an older one: %d %s", a.Status, a.Error.Code)
	}
	h.must(act(seen + 1))
}

// TestOnlyWhatASourceSentAndWasRefusedIsTakenAgain by whoever has the right to.
func TestOnlyWhatASourceSentAndWasRefusedIsTakenAgain(t *testing.T) {
	h := open(t)
	no := h.receive("leak")
	ref := h.order(no).Ref
	logged := func(id string, d core.Direction, external, result string) core.LoggedMessage {
		return core.LoggedMessage{ID: id, System: ref.System, Direction: d, Operation: "AmendOrder", External: external, At: nine, Result: result}
	}
	h.commit(core.Unit{Messages: []core.LoggedMessage{
		logged("refused", core.Inbound, ref.External, "unknown_type"), logged("partly", core.Inbound, "", core.ResultPartly), logged("new", core.Inbound, "H-NEW", "unknown_type"),
		logged("taken", core.Inbound, ref.External, core.ResultOK), logged("sent", core.Outbound, ref.External, "fault"),
	}})
	admin, viewer := h.employ(core.User{ID: "xi", Roles: []core.Role{core.RoleAdmin}}), h.employ(core.User{ID: "kan", Roles: []core.Role{core.RoleViewer}, Everywhere: true})
	for _, c := range []struct {
		id, body string
		who      func(*http.Request)
		status   int
		says     string
	}{
		{"refused", `{"force":true}`, viewer, 403, `"not_allowed"`},
		{"taken", `{"force":true}`, admin, 409, `"not_refused"`},
		{"sent", `{"force":true}`, admin, 409, `"wrong_direction"`},
		{"none", `{"force":true}`, admin, 404, `"unknown_message"`},
		{"refused", ``, admin, 409, `"superseded"`},
		{"refused", `{"force":true}`, admin, 200, `"order":"` + string(no) + `"`},
		{"partly", `{"force":true}`, admin, 200, `{"id":"partly","system":"hotline","operation":"AmendOrder"}`},
		{"new", `{"force":true}`, admin, 200, `"external":"H-NEW"}`},
	} {
		if a := h.send("POST", "/messages/"+c.id+"/replay", c.body, c.who); a.Status != c.status || !strings.Contains(string(a.Raw), c.says) {
			t.Errorf("%s %s: %d %s, want %d with %s", c.id, c.body, a.Status, a.Raw, c.status, c.says)
		}
	}
	if got := strings.Join(h.again, " "); got != "refused refused partly new" {
		t.Errorf("tried again: %s", got)
	}
}

func second(o core.WorkOrder, _ []byte) core.WorkOrder { return o }
