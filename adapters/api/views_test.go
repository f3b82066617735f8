package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"tundish/adapters/api"
	"tundish/core"
)

// findable brings everything that waits into search.
func (h *hub) findable() {
	h.Helper()
	for {
		done, err := h.store.IndexOrders(h.Context(), core.IndexBatch{})
		h.ok(err)
		if done.Done {
			return
		}
	}
}

func (h *hub) listed(query string, who func(*http.Request)) (nos []core.OrderNo, next string) {
	h.Helper()
	var page api.OrderPage
	h.must(h.send("GET", "/orders?"+query, "", who)).into(h.T, &page)
	for i := range page.Orders {
		nos = append(nos, page.Orders[i].No)
	}
	return nos, page.Next
}

// counts are the views with how many orders they have, each held against its list.
func (h *hub) counts(who func(*http.Request)) map[string]int {
	h.Helper()
	var views api.ViewList
	h.must(h.send("GET", "/views", "", who)).into(h.T, &views)
	out := map[string]int{}
	for _, v := range views.Views {
		out[v.ID] = v.Count
		if nos, _ := h.listed("view="+v.ID, who); len(nos) != v.Count || v.More || v.Name.EN == "" || v.Name.ZH == "" {
			h.Errorf("%+v lists %v", v, nos)
		}
	}
	return out
}

func TestViewsHaveWhatWaitsAndAreReadPageByPage(t *testing.T) {
	h := open(t)
	a, b, c := h.receive("leak"), h.receive("leak"), h.receive("leak")
	d := h.receive("complaint")
	h.must(h.post("/orders/"+string(c)+"/act", `{"action":"hold","remark":"等料"}`))
	h.must(h.post("/orders/"+string(b)+"/act", `{"action":"assign","fields":{"crew":"R1"},"version":1}`))
	h.findable()
	want := map[string]int{"to_accept": 1, "to_handle": 1, "to_dispatch": 2, "to_approve": 0, "to_review": 0, "to_follow_up": 0, "mine": 2, "overdue": 0, "all": 4}
	if got := h.counts(nil); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("counted %v, want %v", got, want)
	}
	if nos, _ := h.listed("view=to_accept", nil); !slices.Equal(nos, []core.OrderNo{d}) {
		t.Errorf("to accept: %v, want %s", nos, d)
	}
	nos, next := h.listed("view=all&limit=3", nil)
	if !slices.Equal(nos, []core.OrderNo{d, c, b}) || next == "" {
		t.Errorf("all: %v, %q", nos, next)
	}
	if nos, next = h.listed("view=all&limit=3&cursor="+next, nil); !slices.Equal(nos, []core.OrderNo{a}) || next != "" {
		t.Errorf("the last page: %v, %q", nos, next)
	}
	for query, want := range map[string][]core.OrderNo{
		"view=to_dispatch&on_hold=true":                                                   {c},
		"view=all&crew=R1&type=leak&received_from=2026-05-11T00:00:00%2B08:00":            {b},
		"view=all&received_to=2026-05-11T00:00:00%2B08:00":                                nil,
		"view=all&phase=dispatch,field&urgency=normal&system=hotline&sort=newest&limit=9": {c, b, a},
		"view=all&step=dispatch":                                                          {c, a},
		"view=mine&handled_by=console":                                                    {c, b},
	} {
		if nos, _ := h.listed(query, nil); !slices.Equal(nos, want) {
			t.Errorf("%s: %v, want %v", query, nos, want)
		}
	}
	for query, code := range map[string]string{"view=none": "unknown_view", "view=all&cursor=x": "bad_cursor", "view=all&on_hold=yes": "not_a_flag", "view=to_handle&phase=closed": "not_in_view", "view=all&phase=x": "unknown_phase",
		"view=all&sort=size": "unknown_sort", "view=all&find=1": "unknown_parameter", "on_hold=true": "unknown_parameter", "view=all&urgency=x": "unknown_urgency", "view=all&received_to=now": "not_a_time",
		"view=mine&handled_by=li": "not_in_view", "view=all&limit=201": "out_of_range"} {
		if got := h.get("/orders?" + query); got.Status != 422 || got.Error.Code != code {
			t.Errorf("%s: %d %s, want %s", query, got.Status, got.Error.Code, code)
		}
	}
}

// TestNoListCountOrSearchGivesAnotherStationsOrderAway holds everything that shows orders against the table of rights,
// for people of every scope.
func TestNoListCountOrSearchGivesAnotherStationsOrderAway(t *testing.T) {
	h := open(t)
	one, two, none := h.with("R1"), h.with("R2"), h.receive("leak")
	h.depot(one, "ST-01")
	h.depot(two, "ST-02")
	h.must(h.post("/orders/"+string(none)+"/act", `{"action":"hold","remark":"x"}`))
	h.findable()
	first := core.User{ID: "u-1", Roles: []core.Role{core.RoleDispatcher}, Depots: []string{"ST-01"}}
	both := core.User{ID: "u-2", Roles: []core.Role{core.RoleDispatcher, core.RoleCrew}, Depots: []string{"ST-01"}, Crew: "R2"}
	crew := core.User{ID: "u-3", Roles: []core.Role{core.RoleCrew}, Crew: "R2"}
	branch := core.User{ID: "u-4", Roles: []core.Role{core.RoleViewer}, Branches: []string{"ST-01"}} // no depot: a branch of that name
	house := core.User{ID: "u-5", Roles: []core.Role{core.RoleIntake}}
	for _, c := range []struct {
		user core.User
		sees []core.OrderNo
	}{{first, []core.OrderNo{one}}, {both, []core.OrderNo{two, one}}, {crew, []core.OrderNo{two}}, {branch, nil}, {house, []core.OrderNo{none, two, one}}} {
		who := h.employ(c.user)
		if n := h.counts(who)["all"]; n != len(c.sees) {
			t.Errorf("%s: all counts %d", c.user.ID, n)
		}
		if nos, _ := h.listed("view=all", who); !slices.Equal(nos, c.sees) {
			t.Errorf("%s: all lists %v, want %v", c.user.ID, nos, c.sees)
		}
		if nos, _ := h.listed("limit=2", who); len(nos) > len(c.sees) || slices.ContainsFunc(nos, func(no core.OrderNo) bool { return !slices.Contains(c.sees, no) }) {
			t.Errorf("%s: by number %v", c.user.ID, nos)
		}
		if n := h.counts(who)["to_handle"]; n > len(c.sees) {
			t.Errorf("%s: to handle counts %d", c.user.ID, n)
		}
		for _, no := range []core.OrderNo{one, two, none} {
			may := slices.Contains(c.sees, no)
			if a := h.send("GET", "/orders/"+string(no), "", who); (a.Status == 200) != may || !may && a.Status != 403 {
				t.Errorf("%s: %s is answered %d", c.user.ID, no, a.Status)
			}
			for _, path := range []string{"/search?q=" + string(no), "/orders?find=" + string(no)} {
				a := h.send("GET", path, "", who)
				if c.user.ID == "u-3" { // a crew searches nothing
					if a.Status != 403 {
						t.Errorf("a crew searches: %s %d", path, a.Status)
					}
					continue
				}
				if found := strings.Contains(string(a.Raw), `"no":"`+string(no)+`"`); found != (may && c.user.ID != "u-2" || may && no == one) {
					t.Errorf("%s: %s finds %v", c.user.ID, path, found)
				}
			}
		}
	}
}

func TestACallerFindsAnOrderByWhatHeSays(t *testing.T) {
	h := open(t)
	no := h.receive("leak")
	h.receive("leak")
	h.depot(no, "ST-01")
	h.findable()
	find := func(text string, who func(*http.Request)) []core.OrderNo {
		var found api.OrderPage
		h.must(h.send("GET", "/search?q="+url.QueryEscape(text), "", who)).into(t, &found)
		var nos []core.OrderNo
		for i := range found.Orders {
			nos = append(nos, found.Orders[i].No)
		}
		return nos
	}
	for _, text := range []string{string(no), "欧阳", "138 0013 8000", "H" + string(no)} {
		if got := find(text, nil); len(got) == 0 || got[0] != no {
			t.Errorf("%q finds %v", text, got)
		}
	}
	if got := find("梧桐路 1号", nil); len(got) != 2 {
		t.Errorf("part of the address finds %v", got)
	}
	if a := h.get("/search?q=" + url.QueryEscape("王")); a.Status != 422 || a.Error.Code != "too_short" {
		t.Errorf("one character: %d %s", a.Status, a.Error.Code)
	}
	// Nobody finds an order by what he is not shown of it.
	viewer := h.employ(core.User{ID: "look", Roles: []core.Role{core.RoleViewer}, Everywhere: true})
	for text, want := range map[string]int{"欧阳": 0, "13800138000": 0, string(no): 1} {
		if got := find(text, viewer); len(got) != want {
			t.Errorf("a viewer finds %v by %q", got, text)
		}
	}
	if got := find("13800138000", h.employ(core.User{ID: "in", Roles: []core.Role{core.RoleIntake}})); len(got) != 1 {
		t.Errorf("intake finds %v by the phone", got)
	}
}

func TestAnOrderShowsItsLifeInWords(t *testing.T) {
	h := open(t)
	h.rules.Types["leak"].Limits = map[core.Urgency]time.Duration{core.Normal: 90 * time.Minute}
	no := h.with("R1")
	var v api.OrderView
	h.must(h.get("/orders/"+string(no))).into(t, &v)
	if len(v.Allowed) == 0 || len(v.Timeline) != len(v.Events) || len(v.Timeline) < 2 {
		t.Fatalf("%d offers, %d lines of %d events", len(v.Allowed), len(v.Timeline), len(v.Events))
	}
	if len(v.Left) != 1 || v.Left[0].Limit != "finish" || v.Left[0].Seconds != 90*60 || !v.Left[0].Running || v.Left[0].Missed || v.Left[0].Name.ZH == "" {
		t.Errorf("its limits have left: %+v", v.Left)
	}
	if v.Timeline[0].From != "" || v.Timeline[0].What.ZH != "event：received" || v.Words["type"].ZH != "type：leak" || v.Words["phase"].ZH != "phase：field" {
		t.Errorf("%+v %v", v.Timeline[0], v.Words)
	}
	last := v.Timeline[len(v.Timeline)-1]
	if last.Kind != core.EventAssigned || last.By != "console" || last.Remark != "test" {
		t.Errorf("%+v", last)
	}
	at := slices.IndexFunc(last.Changes, func(c api.Changed) bool { return c.Path == "phase" })
	if at < 0 {
		t.Fatalf("the change of phase is not among %+v", last.Changes)
	}
	if c := last.Changes[at]; c.Label.ZH != "阶段" || string(c.Old) != `"dispatch"` || string(c.New) != `"field"` || c.NewWords.ZH != "phase：field" {
		t.Errorf("%+v", c)
	}
}

// An order's form is filled with what stands there, and whoever is not shown that is not shown it there either.
func TestNoFormIsFilledWithWhatIsProtected(t *testing.T) {
	h := open(t)
	review := core.StandardProcess(false, true, true, false)
	for i := range review.Steps {
		if review.Steps[i].Kind == core.StepReview {
			review.Steps[i].Form = []core.FormField{core.AskFor("customer.phone", false), core.AskFor("customer.name", false), core.AskFor("meter.serial", false)}
		}
	}
	h.rules.Types["leak"].Process = review
	no := h.with("R1")
	h.depot(no, "ST-01")
	h.must(h.post("/orders/"+string(no)+"/complete", `{"completion":{"outcome":"done","work":"x"}}`))
	who := h.employ(core.User{ID: "rev", Roles: []core.Role{core.RoleReviewer}, Everywhere: true}) // is shown names, and phones masked
	for _, path := range []string{"/orders/" + string(no), "/orders/" + string(no) + "/allowed"} {
		var v struct {
			Allowed []struct {
				Form []struct{ Path, Label, Value json.RawMessage }
			}
		}
		a := h.must(h.send("GET", path, "", who))
		a.into(t, &v)
		if raw := string(a.Raw); strings.Contains(raw, "13800138000") || !strings.Contains(raw, `"value":"*******8000"`) || !strings.Contains(raw, `"value":"欧阳明月"`) {
			t.Errorf("%s: %s", path, raw)
		}
	}
	a := h.send("POST", "/orders/"+string(no)+"/act", `{"action":"pass","version":1}`, who)
	if a.Status != 409 || strings.Contains(string(a.Raw), "13800138000") || !strings.Contains(string(a.Raw), "*******8000") {
		t.Errorf("a refusal: %d %s", a.Status, a.Raw)
	}
}
