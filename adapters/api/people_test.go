package api_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"tundish/adapters/api"
	"tundish/config/lang"
	"tundish/config/roles"
	"tundish/config/views"
	"tundish/core"
	"tundish/core/lists"
	"tundish/core/people"
)

const word = "Right Horse 77"

// staff are the people of the house: none yet, under the roles that are shipped.
func staff(t *testing.T, st core.PeopleStore) *people.Service {
	t.Helper()
	var p lang.Problems
	table := roles.Read(&p, "../../config/roles.yaml")
	if err := p.Err(); err != nil {
		t.Fatal(err)
	}
	s, err := people.New(st, people.Options{Table: table})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// shipped are the views that are shipped.
func shipped(t *testing.T) []lists.View {
	t.Helper()
	var p lang.Problems
	list := views.Read(&p, "../../config/views.yaml", views.Known{})
	if err := p.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}

// shippedViews never change.
func shippedViews(t *testing.T) func() []lists.View {
	list := shipped(t)
	return func() []lists.View { return list }
}

// employ adds a person with a password and gives back what puts his token into a request.
func (h *hub) employ(u core.User) func(*http.Request) {
	h.Helper()
	s := staff(h.T, h.store)
	h.ok(s.Add(h.Context(), u, word, "os:root"))
	token, err := s.NewToken(h.Context(), u.ID, "test", "os:root", 1)
	h.ok(err)
	return func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) }
}

func dispatcher(id string, depots ...string) core.User {
	return core.User{ID: id, Name: "派 单", Roles: []core.Role{core.RoleDispatcher}, Depots: depots, Everywhere: len(depots) == 0}
}

// depot moves an order to a depot.
func (h *hub) depot(no core.OrderNo, depot string) {
	h.Helper()
	o := h.order(no)
	next := o.Clone()
	next.Place.Depot = depot
	next.Customer.Phone, next.Customer.Arrears, next.Customer.Name = "13800138000", "1234.56", "欧阳明月"
	c, err := core.NewChange(&o, next, core.Event{At: nine, Kind: core.EventNote, By: "test"})
	h.ok(err)
	h.commit(core.Unit{Orders: []core.OrderChange{c}})
}

// TestEveryRouteTakesARight calls every route as nobody, as a person without a right, and holds the answer
// against what the route says of itself.
func TestEveryRouteTakesARight(t *testing.T) {
	h := open(t)
	no := h.with("R1")
	powerless := h.employ(core.User{ID: "li", Roles: []core.Role{core.RoleAuditor}})
	routes := h.api.Routes()
	if len(routes) < 35 {
		t.Fatalf("only %d routes", len(routes))
	}
	role, _ := staff(t, h.store).Table().Role(core.RoleAuditor)
	auditors := map[string]bool{}
	for _, r := range role.May {
		auditors[string(r)] = true
	}
	opened := 0
	for _, route := range routes {
		method, path, _ := strings.Cut(route.Pattern, " ")
		path = strings.NewReplacer("/api/v1", "", "{no}", string(no), "{crew}", "R1", "{id}", "x", "{name}", "due").Replace(path)
		if route.Open {
			opened++
			continue
		}
		if a := h.send(method, path, "", nil); a.Status != http.StatusUnauthorized || a.Error.Code != "signed_out" || a.Header.Get("WWW-Authenticate") == "" {
			t.Errorf("%s answers nobody with %d %s", route.Pattern, a.Status, a.Raw)
		}
		if route.Pattern == "GET /api/v1/stream" { // which has no end
			h.listenAs(powerless, "", "")
			continue
		}
		a := h.send(method, path, "", powerless)
		switch {
		case route.Right == "" && a.Status == http.StatusForbidden, auditors[string(route.Right)] && a.Status == http.StatusForbidden:
			t.Errorf("%s is refused to somebody who may: %s", route.Pattern, a.Raw)
		case route.Right != "" && !auditors[string(route.Right)] && a.Status != http.StatusForbidden:
			t.Errorf("%s takes %s, and yet somebody without it is answered %d", route.Pattern, route.Right, a.Status)
		}
	}
	if opened != 2 {
		t.Errorf("%d routes are open to nobody in particular; two are: the login and the description", opened)
	}
}

func TestFromTheFirstPersonOnEverybodySignsIn(t *testing.T) {
	h := open(t)
	if a := h.get("/crews"); a.Status != 200 {
		t.Fatal("before there are people this machine is answered", a.Status)
	}
	h.employ(dispatcher("pai"))
	if a := h.get("/crews"); a.Status != 401 {
		t.Fatalf("afterwards it is asked who it is: %d", a.Status)
	}
	if a := h.send("GET", "/crews", "", func(r *http.Request) { r.Header.Set("X-Tundish-User", "boss") }); a.Status != 401 {
		t.Fatalf("a name is no proof: %d", a.Status)
	}
	for _, wrong := range []string{"Basic cGFpOlJpZ2h0IEhvcnNlIDc3", "Bearer x", "Bearer tundish_x", "Bearer", "tundish_x"} {
		if a := h.send("GET", "/crews", "", func(r *http.Request) { r.Header.Set("Authorization", wrong) }); a.Status != 401 || a.Error.Code != "signed_out" {
			t.Errorf("%q: %d %s", wrong, a.Status, a.Raw)
		}
	}
}

func TestAnotherMachineIsAnsweredOnceThereArePeople(t *testing.T) {
	h := open(t)
	token := h.employ(dispatcher("pai"))
	r := httptest.NewRequest("GET", "http://hub.example/api/v1/crews", nil)
	r.RemoteAddr = "10.0.0.7:5"
	token(r)
	w := httptest.NewRecorder()
	h.api.ServeHTTP(w, r)
	if w.Code != 200 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// login signs in and returns the cookie.
func (h *hub) login(id, password string) *http.Cookie {
	h.Helper()
	a := h.must(h.post("/login", `{"user":"`+id+`","password":"`+password+`"}`))
	for _, c := range (&http.Response{Header: a.Header}).Cookies() {
		if c.Name == "tundish_session" {
			return c
		}
	}
	h.Fatal("no cookie")
	return nil
}

func TestABrowserSignsInAndOut(t *testing.T) {
	h := open(t)
	h.employ(dispatcher("pai", "ST-01"))
	if a := h.post("/login", `{"user":"pai","password":"wrong"}`); a.Status != 401 || a.Error.Code != "bad_login" || a.Header.Get("Set-Cookie") != "" {
		t.Fatalf("%d %s", a.Status, a.Raw)
	}
	c := h.login("pai", word)
	if !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Secure || len(c.Value) < 43 || c.Path != "/" {
		t.Errorf("the cookie is %v", c)
	}
	with := func(r *http.Request) { r.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value}) }
	var me api.Me
	h.must(h.send("GET", "/me", "", with)).into(t, &me)
	if me.ID != "pai" || len(me.Depots) != 1 || me.Everywhere || me.Kind != core.BrowserSession || me.Fields["phone"] != "shown" || me.Fields["arrears"] != "masked" {
		t.Errorf("%+v", me)
	}
	for _, header := range []string{"Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-site", "Origin: https://evil.example"} {
		k, v, _ := strings.Cut(header, ": ")
		a := h.send("POST", "/dispatch/batch", `{}`, func(r *http.Request) { with(r); r.Header.Set(k, v) })
		if a.Status != 403 || a.Error.Code != "cross_origin" {
			t.Errorf("a foreign page acts: %s: %d %s", header, a.Status, a.Raw)
		}
	}
	h.must(h.send("POST", "/logout", `{}`, with))
	if a := h.send("GET", "/me", "", with); a.Status != 401 {
		t.Errorf("after signing out: %d", a.Status)
	}
	r := httptest.NewRequest("POST", "https://hub.example/api/v1/login", strings.NewReader(`{"user":"pai","password":"`+word+`"}`))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	h.api.ServeHTTP(w, r)
	if !strings.Contains(w.Header().Get("Set-Cookie"), "; Secure") {
		t.Errorf("under TLS the cookie is %s", w.Header().Get("Set-Cookie"))
	}
}

func TestAGivenPasswordIsGoodForChoosingAnotherOnly(t *testing.T) {
	h := open(t)
	h.employ(dispatcher("pai"))
	h.ok(staff(t, h.store).SetPassword(t.Context(), "pai", "Given Horse 88", "os:root", true))
	c := h.login("pai", "Given Horse 88")
	with := func(r *http.Request) { r.AddCookie(c) }
	if a := h.send("GET", "/orders", "", with); a.Status != 403 || a.Error.Code != "must_change" {
		t.Fatalf("%d %s", a.Status, a.Raw)
	}
	if a := h.send("POST", "/password", `{"old":"Given Horse 88","new":"easy"}`, with); a.Status != 422 || a.Error.Code != "password" {
		t.Fatalf("%d %s", a.Status, a.Raw)
	}
	h.must(h.send("POST", "/password", `{"old":"Given Horse 88","new":"My Own Horse 9"}`, with))
	c = h.login("pai", "My Own Horse 9")
	h.must(h.send("GET", "/orders", "", with))
}

func TestADispatcherSeesAndMovesTheOrdersOfHisDepotOnly(t *testing.T) {
	h := open(t)
	mine, theirs := h.receive("leak"), h.receive("leak")
	h.depot(mine, "ST-01")
	h.depot(theirs, "ST-02")
	pai := h.employ(dispatcher("pai", "ST-01"))
	var page api.OrderPage
	h.must(h.send("GET", "/orders", "", pai)).into(t, &page)
	if len(page.Orders) != 1 || page.Orders[0].No != mine {
		t.Errorf("lists %d orders", len(page.Orders))
	}
	for path, body := range map[string]string{"": "", "/allowed": "", "/proposal": "", "/explanation": ""} {
		if a := h.send("GET", "/orders/"+string(theirs)+path, body, pai); a.Status != 403 || a.Error.Code != "not_yours" {
			t.Errorf("%s: %d %s", path, a.Status, a.Raw)
		}
	}
	for path, body := range map[string]string{"/assign": `{"crew":"R1","reason":"x"}`, "/hold": `{"remark":"x"}`, "/note": `{"remark":"x"}`, "/act": `{"action":"hold","remark":"x"}`} {
		if a := h.send("POST", "/orders/"+string(theirs)+path, body, pai); a.Status != 403 {
			t.Errorf("%s: %d %s", path, a.Status, a.Raw)
		}
	}
	if v := h.order(theirs).Version; v != 2 {
		t.Errorf("something was done: version %d", v)
	}
	h.must(h.send("POST", "/orders/"+string(mine)+"/note", `{"remark":"x"}`, pai))
	h.must(h.send("POST", "/orders/"+string(mine)+"/assign", `{"crew":"R1","reason":"x"}`, pai))
	events, err := h.store.Events(t.Context(), mine)
	h.ok(err)
	if by := events[len(events)-1].By; by != "pai" {
		t.Errorf("on the timeline stands %q", by)
	}
	if a := h.send("POST", "/orders/"+string(mine)+"/act", `{"action":"approve"}`, pai); a.Status != 403 || !strings.Contains(a.Error.Message, "Approver") {
		t.Errorf("a right he has not: %d %s", a.Status, a.Raw)
	}
}

func TestACrewActsOnItsOwnOrdersOnly(t *testing.T) {
	h := open(t)
	mine, theirs := h.with("R1"), h.with("R2")
	crew := h.employ(core.User{ID: "3001", Roles: []core.Role{core.RoleCrew}, Crew: "R1"})
	if a := h.send("GET", "/crews/R2/orders", "", crew); a.Status != 403 || a.Error.Code != "not_your_crew" {
		t.Errorf("another crew's list: %d %s", a.Status, a.Raw)
	}
	if a := h.send("POST", "/crews/R2/position", `{"lat":31.2,"lon":121.4}`, crew); a.Status != 403 {
		t.Errorf("another crew's position: %d", a.Status)
	}
	if a := h.send("POST", "/crews/R1/orders/"+string(theirs)+"/accept", `{}`, crew); a.Status != 403 {
		t.Errorf("another crew's order: %d", a.Status)
	}
	if a := h.send("POST", "/orders/"+string(mine)+"/assign", `{}`, crew); a.Status != 403 {
		t.Errorf("a crew gives out work: %d", a.Status)
	}
	h.must(h.send("GET", "/crews/R1/orders", "", crew))
	h.must(h.send("POST", "/crews/R1/orders/"+string(mine)+"/accept", `{}`, crew))
	events, err := h.store.Events(t.Context(), mine)
	h.ok(err)
	if by := events[len(events)-1].By; by != "3001" {
		t.Errorf("on the timeline of what a crew accepted stands %q", by)
	}
	h.must(h.send("POST", "/crews/R1/orders/"+string(mine)+"/complete", `{"completion":{"outcome":"done"}}`, crew))
	if a := h.send("POST", "/crews/R2/orders/"+string(theirs)+"/accept", `{}`, h.employ(dispatcher("pai"))); a.Status != 200 {
		t.Errorf("a dispatcher for a crew: %d %s", a.Status, a.Raw)
	}
}

func TestNoCallShowsWhatIsProtected(t *testing.T) {
	h := open(t)
	no := h.with("R1")
	h.depot(no, "ST-01")
	viewer := h.employ(core.User{ID: "look", Roles: []core.Role{core.RoleViewer}, Everywhere: true})
	crew := h.employ(core.User{ID: "3001", Roles: []core.Role{core.RoleCrew}, Crew: "R1"})
	for _, c := range []struct {
		who    func(*http.Request)
		path   string
		hidden []string
		shown  []string
	}{
		{viewer, "/orders", []string{"13800138000", "1234.56", "欧阳明月"}, []string{"*******8000", "欧***"}},
		{viewer, "/orders/" + string(no), []string{"13800138000", "1234.56", "欧阳明月"}, []string{"*******8000"}},
		{crew, "/crews/R1/orders", []string{"1234.56"}, []string{"13800138000", "欧阳明月"}},
		{crew, "/orders/" + string(no), []string{"1234.56"}, []string{"13800138000"}},
	} {
		raw := string(h.must(h.send("GET", c.path, "", c.who)).Raw)
		for _, s := range c.hidden {
			if strings.Contains(raw, s) {
				t.Errorf("%s shows %s: %s", c.path, s, raw)
			}
		}
		for _, s := range c.shown {
			if !strings.Contains(raw, s) {
				t.Errorf("%s does not show %s: %s", c.path, s, raw)
			}
		}
	}
	raw := string(h.must(h.send("POST", "/crews/R1/orders/"+string(no)+"/accept", `{}`, crew)).Raw)
	if strings.Contains(raw, "1234.56") {
		t.Errorf("the answer to an act shows the arrears: %s", raw)
	}
	auditor := h.employ(core.User{ID: "watch", Roles: []core.Role{core.RoleAuditor}})
	h.must(h.send("GET", "/messages", "", auditor))
	if a := h.send("GET", "/messages?bodies=true", "", auditor); a.Status != 403 {
		t.Errorf("bodies of messages without the right: %d", a.Status)
	}
}

func TestTheRosterDecidesWhoIsGivenWork(t *testing.T) {
	h := open(t)
	h.post("/roster", `{"duties":[{"crew":"R1","day":"2026-05-11","kind":"sick","note":"flu"}],"note":"R1 is ill"}`)
	no := h.receive("leak")
	h.must(h.post("/orders/"+string(no)+"/assign", `{}`))
	if o := h.order(no); o.Assignment == nil || o.Assignment.CrewID != "R2" {
		t.Errorf("the nearest crew is ill, and the order goes to %+v", o.Assignment)
	}
	var list api.Roster
	h.must(h.get("/roster?from=2026-05-01&to=2026-05-31")).into(t, &list)
	if len(list.Duties) != 1 || list.Duties[0].By != "console" || list.Duties[0].Note != "flu" {
		t.Errorf("%+v", list)
	}
	for body, code := range map[string]string{
		`{}`: "out_of_range", `{"duties":[{"crew":"R9","day":"2026-05-11","kind":"off"}]}`: "unknown_crew", `{"duties":[{"crew":"R1","day":"2026-05-11","kind":"work"}]}`: "invalid_value",
	} {
		if a := h.post("/roster", body); a.Status != 422 || a.Error.Code != code {
			t.Errorf("%s: %d %s", body, a.Status, a.Raw)
		}
	}
	if a := h.get("/roster?from=2026-05-31&to=2026-05-01"); a.Status != 422 || a.Error.Code != "window" {
		t.Errorf("%d %s", a.Status, a.Raw)
	}
	pai := h.employ(dispatcher("pai", "ST-07"))
	if a := h.send("POST", "/roster", `{"duties":[{"crew":"R1","day":"2026-05-12","kind":"off"}]}`, pai); a.Status != 403 || a.Error.Code != "not_yours" {
		t.Errorf("another depot's crew: %d %s", a.Status, a.Raw)
	}
}
