package api_test

import (
	"strings"
	"testing"

	"tundish/adapters/api"
	"tundish/core"
)

func TestWhoGivesRightsKeepsPeople(t *testing.T) {
	h := open(t)
	boss := h.employ(core.User{ID: "sec", Roles: []core.Role{core.RoleSecurity}})
	watch := h.employ(core.User{ID: "watch", Roles: []core.Role{core.RoleAuditor}})
	pai := h.employ(dispatcher("pai", "ST-01"))
	var u core.User
	a := h.must(h.send("POST", "/users", `{"id":"li","name":"李四","roles":["dispatcher"],"depots":["ST-01"],"password":"Given Horse 88"}`, boss))
	a.into(t, &u)
	if u.ID != "li" || u.Version != 1 || !u.MustChange || strings.Contains(string(a.Raw), "argon2") {
		t.Fatalf("%s", a.Raw)
	}
	h.must(h.send("POST", "/users/li", `{"name":"李四","roles":["approver"],"depots":["ST-01","ST-02"],"version":1}`, boss)).into(t, &u)
	if u.Version != 2 || u.Roles[0] != core.RoleApprover || len(u.Depots) != 2 {
		t.Errorf("%+v", u)
	}
	for body, want := range map[string]string{
		`{"name":"李四","roles":["crew"],"version":1}`:                              "422 no_crew",
		`{"name":"李四","roles":["viewer"],"depots":["ST-01"],"version":1}`:         "409 stale",
		`{"name":"李四","roles":["king"],"depots":["ST-01"]}`:                       "422 unknown_role",
		`{"name":"李四","roles":["security","dispatcher"],"depots":["ST-01"]}`:      "422 mixed_duties",
		`{"id":"wang","name":"李四","roles":["viewer"],"depots":["ST-01"]}`:         "422 invalid_value",
		`{"name":"李四","roles":["viewer"],"depots":["ST-01"],"password":"Easy 1"}`: "422 unknown_field",
	} {
		if a := h.send("POST", "/users/li", body, boss); strings.Join([]string{map[int]string{422: "422", 409: "409"}[a.Status], a.Error.Code}, " ") != want {
			t.Errorf("%s: %d %s, want %s", body, a.Status, a.Raw, want)
		}
	}
	if a := h.send("POST", "/users", `{"id":"li","name":"x","roles":["viewer"],"depots":["ST-01"]}`, boss); a.Status != 409 || a.Error.Code != "exists" {
		t.Errorf("a second li: %d %s", a.Status, a.Raw)
	}
	var token api.Token
	h.must(h.send("POST", "/users/pai/tokens", `{"note":"script","days":30}`, boss)).into(t, &token)
	if !strings.HasPrefix(token.Token, "tundish_") {
		t.Errorf("%+v", token)
	}
	var sessions api.SessionList
	h.must(h.send("GET", "/users/pai/sessions", "", boss)).into(t, &sessions)
	if len(sessions.Sessions) != 2 || sessions.Sessions[0].Note != "script" {
		t.Fatalf("%+v", sessions)
	}
	if a := h.send("POST", "/users/li/sessions/"+sessions.Sessions[1].ID+"/end", `{}`, boss); a.Status != 404 {
		t.Errorf("a session of somebody else: %d", a.Status)
	}
	h.must(h.send("GET", "/me", "", pai))
	h.must(h.send("POST", "/users/pai/sessions/"+sessions.Sessions[1].ID+"/end", `{}`, boss))
	if a := h.send("GET", "/me", "", pai); a.Status != 401 {
		t.Errorf("after it was ended: %d", a.Status)
	}
	h.must(h.send("POST", "/users/pai/disable", `{}`, boss)).into(t, &u)
	if !u.Disabled {
		t.Error("he is not disabled")
	}
	if a := h.send("POST", "/users/sec/disable", `{}`, boss); a.Status != 409 || a.Error.Code != "last_administrator" {
		t.Errorf("the last who may give rights: %d %s", a.Status, a.Raw)
	}
	var events api.UserEventList
	h.must(h.send("GET", "/audit?user=pai&limit=2", "", watch)).into(t, &events)
	if len(events.Events) != 2 || events.Events[0].Kind != "disabled" || events.Events[0].By != "sec" {
		t.Errorf("%+v", events)
	}
	if a := h.send("GET", "/audit", "", boss); a.Status != 403 {
		t.Errorf("whoever gives rights does not watch himself: %d", a.Status)
	}
	if a := h.send("POST", "/users/li/password", `{"password":"Other Horse 99"}`, watch); a.Status != 403 {
		t.Errorf("the auditor gives a password: %d", a.Status)
	}
	h.must(h.send("POST", "/users/li/password", `{"password":"Other Horse 99"}`, boss))
	h.login("li", "Other Horse 99")
}

func TestAConsoleIsToldHowTheHouseIsSetUp(t *testing.T) {
	h := open(t)
	var types api.TypeList
	h.must(h.get("/types")).into(t, &types)
	if len(types.Types) != 3 || types.Types[1].Code != "leak" || len(types.Types[1].Steps) < 4 || types.Types[1].Steps[0].Kind != core.StepDispatch || len(types.Types[1].Steps[0].Actions) == 0 {
		t.Errorf("%+v", types)
	}
	var roles api.RoleList
	h.must(h.get("/roles")).into(t, &roles)
	if len(roles.Roles) != len(core.Roles()) || len(roles.Rights) < 50 {
		t.Errorf("%d roles, %d rights", len(roles.Roles), len(roles.Rights))
	}
	var jobs api.JobList
	busy := open(t)
	busy.must(busy.post("/jobs/due/run", `{}`))
	busy.must(busy.get("/jobs")).into(t, &jobs)
	if len(jobs.Jobs) != 1 || jobs.Jobs[0].State.Watermark.IsZero() {
		t.Errorf("%+v", jobs)
	}
	h.must(h.get("/systems"))
	h.must(h.get("/vocabulary?kind=reason"))
	if a := h.get("/vocabulary?kind=colour"); a.Status != 422 || !strings.Contains(a.Error.Message, "reason") {
		t.Errorf("%d %s", a.Status, a.Raw)
	}
	h.with("R1")
	var crews api.CrewList
	h.must(h.get("/crews?day=2026-05-11")).into(t, &crews)
	if len(crews.Crews) != 3 || len(crews.Days) != 1 || crews.Days[0].CrewID != "R1" || crews.Days[0].Minutes != 60 {
		t.Errorf("%+v", crews)
	}
	if a := h.get("/crews?day=today"); a.Status != 422 {
		t.Errorf("%d", a.Status)
	}
}
