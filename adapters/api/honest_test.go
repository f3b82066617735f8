package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"tundish/adapters/api"
	"tundish/core"
)

// TestAMergeTellsNothingOfOrdersOfOthers: an order of another depot is as unknown as one that there is not.
func TestAMergeTellsNothingOfOrdersOfOthers(t *testing.T) {
	h := open(t)
	mine, other := h.receive("leak"), h.receive("complaint")
	h.depot(mine, "ST-01")
	h.depot(other, "ST-09")
	who := h.employ(dispatcher("pai", "ST-01"))
	said := map[string]bool{}
	for _, into := range []core.OrderNo{other, "W26-0009999-9"} {
		a := h.send("POST", "/orders/"+string(mine)+"/act", fmt.Sprintf(`{"action":"merge","fields":{"into":%q}}`, into), who)
		if a.Status != 422 || a.Error.Code != "unknown_order" {
			t.Errorf("%s: %d %s", into, a.Status, a.Raw)
		}
		said[strings.ReplaceAll(a.Error.Message, string(into), "it")] = true
	}
	if len(said) != 1 {
		t.Errorf("what there is and what there is not are told apart: %v", said)
	}
}

// TestWhatIsOwedIsShownAsFarAsItConcernsWhoLooks
func TestWhatIsOwedIsShownAsFarAsItConcernsWhoLooks(t *testing.T) {
	h := open(t)
	h.rules.TellCrews = true
	no := h.with("R1")
	h.must(h.post("/crews/R1/orders/"+string(no)+"/complete", `{"completion":{"outcome":"done"}}`))
	h.depot(no, "ST-01")
	owed := func(who func(*http.Request)) (targets []string) {
		var v api.OrderView
		h.must(h.send("GET", "/orders/"+string(no), "", who)).into(t, &v)
		for _, m := range v.Outbox {
			targets = append(targets, string(m.Target))
		}
		return targets
	}
	if all := owed(nil); len(all) < 2 {
		t.Fatalf("owed %v", all)
	}
	if got := owed(h.employ(dispatcher("pai", "ST-01"))); len(got) != 1 || got[0] != "hotline" {
		t.Errorf("a dispatcher is shown what is owed to %v", got)
	}
	if got := owed(h.employ(core.User{ID: "script", Name: "script", Roles: []core.Role{core.RoleIntegrator}})); len(got) < 2 {
		t.Errorf("whoever sees the outbox is shown what is owed to %v", got)
	}
}

// TestACrewKeysInNoPaper: what a crew's person completes is the crew's word, by whichever call he says it.
func TestACrewKeysInNoPaper(t *testing.T) {
	h := open(t)
	no := h.with("R1")
	who := h.employ(crewUser("zhang", "R1"))
	var o core.WorkOrder
	h.must(h.send("POST", "/orders/"+string(no)+"/complete", `{"completion":{"outcome":"done","on_paper":true}}`, who)).into(t, &o)
	if c := o.LastCompletion(); c.OnPaper || c.CrewID != "R1" {
		t.Errorf("%+v", c)
	}
	other := h.receive("leak")
	h.depot(other, "ST-01")
	both := h.employ(core.User{ID: "both", Name: "both", Roles: []core.Role{core.RoleDispatcher, core.RoleCrew}, Everywhere: true, Crew: "R1"})
	h.must(h.send("POST", "/orders/"+string(other)+"/assign", `{"crew":"R1"}`, both))
	h.must(h.send("POST", "/orders/"+string(other)+"/complete", `{"completion":{"outcome":"done"}}`, both)).into(t, &o)
	if !o.LastCompletion().OnPaper {
		t.Error("a dispatcher keys in paper, also one who works in the crew")
	}
}

func TestAnOrderGoesToNoDepotThatThereIsNot(t *testing.T) {
	h := open(t)
	h.rules.Depots = []string{"ST-01", "ST-09"}
	no := h.receive("leak")
	for path, body := range map[string]string{
		"/orders/" + string(no) + "/actions/transfer": `{"fields":{"depot":"ST-9"}}`,
		"/orders": `{"type":"leak","place":{"address":"x","depot":"ST-9"},"report":{"content":"y"}}`,
	} {
		if a := h.post(path, body); a.Status != 422 || a.Error.Code != "unknown_depot" || !strings.Contains(a.Error.Message, "ST-01, ST-09") {
			t.Errorf("%s: %d %s", path, a.Status, a.Raw)
		}
	}
	h.must(h.post("/orders/"+string(no)+"/actions/transfer", `{"fields":{"depot":"ST-09"}}`))
}

func TestARemarkHasAnEnd(t *testing.T) {
	h := open(t)
	no := h.with("R1")
	long := strings.Repeat("长", core.MaxText+1)
	for _, c := range []struct{ path, body string }{
		{"/orders/" + string(no) + "/hold", `{"remark":"` + long + `"}`},
		{"/orders/" + string(no) + "/act", `{"action":"hold","remark":"` + long + `"}`},
		{"/orders/" + string(no) + "/assign", `{"crew":"R2","reason":"` + long + `"}`},
	} {
		if a := h.post(c.path, c.body); a.Status != 422 || a.Error.Code != "too_long" {
			t.Errorf("%s: %d %.200s", c.path, a.Status, a.Raw)
		}
	}
}

// TestTheHousesNotesOnItsSourcesWordsAreNobodysToSee: they are digests of fields that may be protected.
func TestTheHousesNotesOnItsSourcesWordsAreNobodysToSee(t *testing.T) {
	h := open(t)
	no := h.receive("leak")
	h.depot(no, "ST-01")
	h.must(h.post("/orders/"+string(no)+"/actions/correct", `{"fields":{"phone":"13900139000"}}`))
	if o := h.order(no); o.Ours["customer.phone"] == "" {
		t.Fatalf("%v", o.Ours)
	}
	a := h.must(h.send("GET", "/orders/"+string(no), "", h.employ(dispatcher("pai", "ST-01"))))
	if strings.Contains(string(a.Raw), h.order(no).Ours["customer.phone"]) {
		t.Errorf("%s", a.Raw)
	}
}

// TestWhatACrewOpensStaysOpenWhereItMustWait: an order that needs an approval first is there, and not the crew's yet.
func TestWhatACrewOpensStaysOpenWhereItMustWait(t *testing.T) {
	h := open(t)
	exit := func(a core.Action, to string) core.Exit { return core.Exit{Action: a, To: to} }
	h.rules.Types["leak"].Process = &core.Process{Version: "1", Steps: []core.Step{
		{ID: "approval", Kind: core.StepApproval, Phase: core.Approval, Exits: []core.Exit{exit(core.ActApprove, "dispatch"), exit(core.ActReject, "returned")}},
		{ID: "dispatch", Kind: core.StepDispatch, Phase: core.Dispatching, Exits: []core.Exit{exit(core.ActAssign, "field")}},
		{ID: "field", Kind: core.StepField, Phase: core.Field, Exits: []core.Exit{exit(core.ActDone, "release"), exit(core.ActCouldNot, "release"), exit(core.ActAgain, "dispatch"), exit(core.ActGiveBack, "dispatch")}},
		{ID: "release", Kind: core.StepRelease, Phase: core.Released, Exits: []core.Exit{exit("", "closed")}},
		{ID: "closed", Kind: core.StepClosed, Phase: core.Closed}, {ID: "returned", Kind: core.StepReturned, Phase: core.Returned},
	}}
	var first, again core.WorkOrder
	const body = `{"key":"phone-1","type":"leak","take":true,"place":{"address":"x"},"report":{"content":"y"}}`
	h.must(h.post("/crews/R1/orders", body)).into(t, &first)
	h.must(h.post("/crews/R1/orders", body)).into(t, &again)
	if first.Phase != core.Approval || first.Assignment != nil || again.No != first.No {
		t.Errorf("%s in %s, then %s", first.No, first.Phase, again.No)
	}
}
