package api_test

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"tundish/core"
	"tundish/core/life"
)

// refusal is the body of a call that was refused on an order.
type refusal struct {
	Error struct {
		Code, Field string
		Version     int64
		Allowed     []life.Offer
		Faults      []struct{ Code, Field string }
	}
}

// TestEveryActionIsTakenByItsName takes orders through every action that the house knows.
func TestEveryActionIsTakenByItsName(t *testing.T) {
	h := open(t)
	done := map[core.Action]bool{}
	var no core.OrderNo
	crew := ""
	act := func(a core.Action, body string) core.WorkOrder {
		t.Helper()
		var o core.WorkOrder
		path := "/orders/" + string(no) + "/actions/" + string(a)
		if crew != "" {
			path = "/crews/" + crew + path
		}
		before := h.order(no).Version
		h.must(h.post(path, body)).into(t, &o)
		if o.Version <= before || o.No != no {
			t.Errorf("%s: version %d of %s", a, o.Version, o.No)
		}
		done[a] = true
		return o
	}
	at := func(d time.Duration) string { return nine.Add(d).Format(time.RFC3339) }

	no = h.receive("leak")
	if o := act(core.ActAmend, `{"fields":{"content":"路面冒水","urgency":"urgent","address":"梧桐路 9 号"},"version":1}`); o.Report.Content != "路面冒水" || o.Urgency != core.Urgent || o.Place.Point != nil || o.Place.Address != "梧桐路 9 号" {
		t.Errorf("amended: %+v %+v", o.Report, o.Place)
	}
	if o := act(core.ActLocate, `{"fields":{"point":{"lat":31.21,"lon":121.41}}}`); o.Place.Point == nil || o.Place.PointSource != core.PointFromDesk {
		t.Errorf("located: %+v", o.Place)
	}
	photo := base64.StdEncoding.EncodeToString(picture(t, "jpeg"))
	if o := act(core.ActComment, `{"fields":{"text":"已联系用户","progress":true},"photos":[{"name":"门口.jpg","bytes":"`+photo+`"}]}`); len(o.Notes) != 1 || !o.Notes[0].Progress || len(o.Notes[0].Attachments) != 1 || o.Notes[0].By != "console" {
		t.Errorf("commented: %+v", o.Notes)
	}
	act(core.ActCollaborate, `{"fields":{"add":"zhang"}}`)
	act(core.ActCorrect, `{"fields":{"phone":"13900139000","name":"王伟"}}`)
	act(core.ActExpedite, `{}`)
	act(core.ActAppoint, `{"fields":{"with":"王伟","from":"`+at(time.Hour)+`","to":"`+at(2*time.Hour)+`"}}`)
	act(core.ActHold, `{"remark":"等料","fields":{"until":"`+at(time.Hour)+`"}}`)
	act(core.ActResume, `{}`)
	act(core.ActRequestHold, `{"remark":"用户要求"}`)
	if o := act(core.ActAnswerHold, `{"fields":{"granted":true}}`); o.Hold == nil {
		t.Error("a hold was granted and is none")
	}
	act(core.ActResume, `{}`)
	act(core.ActTransfer, `{"fields":{"depot":"ST-02"}}`)
	act(core.ActAnswerTransfer, `{"fields":{"taken":true}}`)
	act(core.ActAssign, `{"fields":{"crew":"R1"}}`)
	if o := act(core.ActReassign, `{"remark":"车坏了","fields":{"crew":"R2"}}`); o.Assignment.CrewID != "R2" {
		t.Errorf("reassigned to %s", o.Assignment.CrewID)
	}
	crew = "R2"
	act(core.ActSeen, `{"fields":{"opened":true}}`)
	act(core.ActAdvance, `{"fields":{"state":"accepted"}}`)
	act(core.ActAskAssistance, `{"remark":"需要吊车"}`)
	act(core.ActAskExtension, `{"remark":"管径大","fields":{"until":"`+at(48*time.Hour)+`"}}`)
	crew = ""
	act(core.ActAssist, `{"fields":{"crew":"R1"}}`)
	act(core.ActEndAssistance, `{"fields":{"crew":"R1"}}`)
	act(core.ActAnswerExtension, `{"fields":{"granted":true,"until":"`+at(24*time.Hour)+`"}}`)
	crew = "R2"
	act(core.ActDone, `{"fields":{"completion.work":"换管"}}`)
	crew = ""
	act(core.ActSatisfied, `{"remark":"很快"}`)

	lead := h.receive("leak")
	no = h.receive("leak")
	act(core.ActMerge, `{"fields":{"into":"`+string(lead)+`"}}`)
	act(core.ActUnmerge, `{}`)
	act(core.ActCancel, `{"remark":"重复"}`)
	no = lead
	act(core.ActHandOver, `{"remark":"燃气公司管线","fields":{"to":"燃气公司"}}`)
	no = h.receive("leak")
	act(core.ActNotNeeded, `{"remark":"已自行修好"}`)

	for _, a := range core.SideActions() {
		if !done[a] && a != core.ActOpen && a != core.ActMigrate { // POST /orders opens them; they move by themselves
			t.Errorf("%s was not taken", a)
		}
	}
}

func TestARefusalSaysWhatIsAllowedNow(t *testing.T) {
	h := open(t)
	no := h.with("R1")
	h.depot(no, "ST-01")
	path := "/orders/" + string(no)
	version := h.order(no).Version
	crew := h.employ(core.User{ID: "3001", Roles: []core.Role{core.RoleCrew}, Crew: "R1"})
	pai := h.employ(dispatcher("pai", "ST-01"))
	other := h.employ(dispatcher("other", "ST-02"))
	for name, c := range map[string]struct {
		who           func(*http.Request)
		path, body    string
		status        int
		code          string
		field         string
		allowed, none core.Action
	}{
		"stale":                       {pai, path + "/actions/hold", `{"remark":"x","version":1}`, 409, "stale", "", core.ActHold, core.ActApprove},
		"stale, by an older call":     {pai, path + "/hold", `{"remark":"x","version":1}`, 409, "stale", "", core.ActHold, core.ActApprove},
		"stale, given":                {pai, path + "/assign", `{"crew":"R2","reason":"x","version":1}`, 409, "stale", "", core.ActReassign, core.ActApprove},
		"not possible at this step":   {pai, path + "/actions/answer_hold", `{"fields":{"granted":true}}`, 409, "no_hold_request", "", core.ActHold, core.ActAnswerHold},
		"a field is missing":          {pai, path + "/actions/transfer", `{"remark":"x"}`, 422, "required", "depot", core.ActTransfer, core.ActApprove},
		"a reason is missing":         {pai, path + "/actions/hold", `{}`, 422, "required", "Reason", core.ActHold, core.ActResume},
		"a field nobody knows":        {pai, path + "/actions/hold", `{"remark":"x","fields":{"colour":"red"}}`, 422, "unknown_field", "colour", core.ActHold, core.ActResume},
		"no JSON":                     {pai, path + "/actions/hold", `{"remark"`, 422, "not_json", "", core.ActHold, core.ActResume},
		"a crew has not the right":    {crew, path + "/actions/cancel", `{"remark":"x"}`, 403, "not_allowed", "", core.ActDone, core.ActCancel},
		"as a crew, not the right":    {crew, "/crews/R1" + path + "/actions/cancel", `{"remark":"x"}`, 403, "not_allowed", "", core.ActDone, core.ActHold},
		"nothing of what is not mine": {other, path + "/actions/hold", `{"remark":"x"}`, 403, "not_yours", "", "", core.ActHold},
		"an action nobody knows":      {pai, path + "/actions/frobnicate", `{}`, 409, "not_possible", "", core.ActHold, "frobnicate"},
	} {
		a := h.send("POST", c.path, c.body, c.who)
		var r refusal
		a.into(t, &r)
		if a.Status != c.status || r.Error.Code != c.code || r.Error.Field != c.field {
			t.Errorf("%s: %d %s %s", name, a.Status, r.Error.Code, r.Error.Field)
		}
		has := func(action core.Action) bool {
			return slices.ContainsFunc(r.Error.Allowed, func(f life.Offer) bool { return f.Action == action })
		}
		if c.allowed != "" && (!has(c.allowed) || r.Error.Version != version) || has(c.none) || c.allowed == "" && (len(r.Error.Allowed) > 0 || r.Error.Version != 0 || strings.Contains(string(a.Raw), "allowed")) {
			t.Errorf("%s: at version %d these are allowed: %s", name, r.Error.Version, a.Raw)
		}
	}
	if v := h.order(no).Version; v != version {
		t.Errorf("something was done: version %d", v)
	}
}
