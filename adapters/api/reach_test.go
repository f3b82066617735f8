package api_test

import (
	"net/http"
	"strings"
	"testing"

	"tundish/core"
)

func crewUser(id, crew string) core.User {
	return core.User{ID: id, Name: id, Roles: []core.Role{core.RoleCrew}, Crew: crew}
}

// TestARightHoldsWhereItsOwnRoleReaches: who sees the whole house by one role does not thereby act in all of it by another.
func TestARightHoldsWhereItsOwnRoleReaches(t *testing.T) {
	h := open(t)
	h.commit(core.Unit{Crews: []core.CrewChange{{Crew: core.Crew{ID: "Z1", Name: "Z1", Depot: "ST-01", ShiftStartMin: 1, ShiftEndMin: 2}},
		{Crew: core.Crew{ID: "Z9", Name: "Z9", Depot: "ST-09", ShiftStartMin: 1, ShiftEndMin: 2}}}})
	h.made = 100 // what people open is numbered from 1
	near, far := h.receive("leak"), h.receive("leak")
	h.depot(near, "ST-01")
	h.depot(far, "ST-09")
	one := h.employ(dispatcher("one", "ST-01"))
	both := h.employ(core.User{ID: "both", Name: "both", Roles: []core.Role{core.RoleDispatcher, core.RoleFinance}, Depots: []string{"ST-01"}})
	branch := h.employ(core.User{ID: "branch", Name: "branch", Roles: []core.Role{core.RoleDispatcher}, Branches: []string{"ST-01"}})
	opens := func(depot, key string) string {
		return `{"key":"` + key + `","type":"leak","urgency":"normal","place":{"address":"x","depot":"` + depot + `"},"report":{"content":"y"}}`
	}
	for name, who := range map[string]func(*http.Request){"one": one, "both": both, "branch": branch} {
		mine := map[bool]int{true: 403, false: 200}[name == "branch"]
		for _, c := range []struct {
			path, body string
			want       int
		}{
			{"/roster", `{"duties":[{"day":"2026-05-12","crew":"Z1","kind":"off"}]}`, mine},
			{"/roster", `{"duties":[{"day":"2026-05-12","crew":"Z9","kind":"off"}]}`, 403},
			{"/orders", opens("ST-01", name+"1"), mine},
			{"/orders", opens("ST-09", name+"9"), 403},
			{"/orders/" + string(far) + "/act", `{"action":"hold","remark":"x"}`, 403},
			{"/crews/Z1/position", `{"lat":31,"lon":121}`, mine},
			{"/crews/Z9/position", `{"lat":31,"lon":121}`, 403},
			{"/crews/R1/position", `{"lat":31,"lon":121}`, 403}, // of no depot
			{"/crews/none/position", `{"lat":31,"lon":121}`, 403},
			{"/crews/Z9/orders", opens("ST-01", name+"c"), 403},
		} {
			if a := h.send("POST", c.path, c.body, who); a.Status != c.want {
				t.Errorf("%s: %s %s: %d %s", name, c.path, c.body, a.Status, a.Raw)
			}
		}
	}
	h.must(h.send("POST", "/orders/"+string(near)+"/act", `{"action":"hold","remark":"x"}`, both))
}

// TestARoleThatAStepNamesCountsOnItsOwnStationsOnly asks the same of the roles that a process names.
func TestARoleThatAStepNamesCountsOnItsOwnStationsOnly(t *testing.T) {
	h := open(t)
	p := &core.Process{Steps: []core.Step{{ID: "n20", Kind: core.StepApproval, Roles: []string{"approver"}}, {Kind: core.StepDispatch}, {Kind: core.StepField}, {Kind: core.StepRelease}}}
	p.Complete()
	h.rules.Types["x"] = &core.OrderType{Code: "x", Family: core.Repair, Minutes: 60, Process: p}
	near, far := h.receive("x"), h.receive("x")
	h.depot(near, "ST-01")
	h.depot(far, "ST-09")
	both := h.employ(core.User{ID: "both", Name: "both", Roles: []core.Role{core.RoleApprover, core.RoleFinance}, Depots: []string{"ST-01"}})
	if a := h.send("POST", "/orders/"+string(far)+"/act", `{"action":"approve","version":2}`, both); a.Status != 403 {
		t.Errorf("another station's order is approved: %d %s", a.Status, a.Raw)
	}
	h.must(h.send("POST", "/orders/"+string(near)+"/act", `{"action":"approve","version":2}`, both))
}

// TestWhoIsCalledToAnOrderReadsIt: a crew that assists and a person who collaborates see the order, wherever it lies, do
// what they were called for and nothing else.
func TestWhoIsCalledToAnOrderReadsIt(t *testing.T) {
	h := open(t)
	no, other := h.with("R1"), h.with("R1")
	h.depot(no, "ST-01")
	h.depot(other, "ST-01")
	pai := h.employ(dispatcher("pai", "ST-01"))
	li := h.employ(core.User{ID: "li", Name: "li", Roles: []core.Role{core.RoleReviewer}, Depots: []string{"ST-02"}})
	r2 := h.employ(crewUser("r2", "R2"))
	sees := func(who func(*http.Request), path string) bool {
		t.Helper()
		if a := h.send("GET", "/orders/"+string(other), "", who); a.Status != 403 {
			t.Errorf("the other order is shown: %d", a.Status)
		}
		a := h.send("GET", "/orders/"+string(no), "", who)
		raw := string(h.must(h.send("GET", path, "", who)).Raw)
		if in := strings.Contains(raw, `"no":"`+string(no)+`"`); in != (a.Status == 200) {
			t.Errorf("read %d, and listed %v at %s", a.Status, in, path)
		}
		return a.Status == 200
	}
	lists := map[string]func(*http.Request){"/crews/R2/orders": r2, "/orders": r2, "/orders?view=all": r2, "/orders?view=all&phase=field": li, "/orders?phase=field": li}
	for path, who := range lists {
		if sees(who, path) {
			t.Errorf("before anybody was called it is shown at %s", path)
		}
	}
	act := "/orders/" + string(no) + "/act"
	h.must(h.send("POST", act, `{"action":"assist","fields":{"crew":"R2"}}`, pai))
	h.must(h.send("POST", act, `{"action":"collaborate","fields":{"add":"li"}}`, pai))
	h.findable()
	for path, who := range lists {
		if !sees(who, path) {
			t.Errorf("whoever was called does not find it at %s", path)
		}
	}
	h.must(h.send("POST", "/orders/"+string(no)+"/note", `{"remark":"hello"}`, li))
	h.must(h.send("POST", "/orders/"+string(no)+"/note", `{"remark":"hello"}`, r2))
	for who, action := range map[string]string{"li": "pass", "r2": "done"} {
		as := map[string]func(*http.Request){"li": li, "r2": r2}[who]
		if a := h.send("POST", act, `{"action":"`+action+`"}`, as); a.Status != 403 {
			t.Errorf("%s may %s: %d", who, action, a.Status)
		}
	}
	if a := h.send("POST", "/crews/R2/orders/"+string(no)+"/accept", `{}`, r2); a.Status != 403 {
		t.Errorf("the crew that assists accepts the work: %d", a.Status)
	}
	h.must(h.send("POST", "/crews/R2/orders/"+string(no)+"/act", `{"action":"end_assistance","fields":{"crew":"R2"}}`, r2))
	h.findable()
	if sees(r2, "/crews/R2/orders") {
		t.Error("after its assistance the crew still sees it")
	}
}

// TestAFormShowsNothingThatTheOrderDoesNot, and a mask that comes back is not written.
func TestAFormShowsNothingThatTheOrderDoesNot(t *testing.T) {
	h := open(t)
	p := &core.Process{Steps: []core.Step{{ID: "n20", Kind: core.StepApproval, Form: []core.FormField{{Path: "customer.phone", Type: core.FieldText, Required: true}}}, {Kind: core.StepDispatch}, {Kind: core.StepField}, {Kind: core.StepRelease}}}
	p.Complete()
	h.rules.Types["x"] = &core.OrderType{Code: "x", Family: core.Repair, Minutes: 60, Process: p}
	no := h.receive("x")
	h.depot(no, "ST-01")
	sp := h.employ(core.User{ID: "sp", Name: "sp", Roles: []core.Role{core.RoleApprover}, Depots: []string{"ST-01"}})
	a := h.send("GET", "/orders/"+string(no)+"/allowed", "", sp)
	if raw := string(a.Raw); strings.Contains(raw, "13800138000") || !strings.Contains(raw, `"value":"*******8000","covered":true`) {
		t.Errorf("what the approver sees masked stands so in the form: %s", raw)
	}
	h.must(h.send("POST", "/orders/"+string(no)+"/act", `{"action":"approve","version":2,"fields":{"customer.phone":"*******8000"}}`, sp))
	if o := h.order(no); o.Customer.Phone != "13800138000" || o.Phase != core.Dispatching {
		t.Errorf("the phone is %q, the order at %s", o.Customer.Phone, o.Phase)
	}
}
