package api_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"tundish/adapters/api"
	"tundish/core"
	"tundish/core/desk"
)

// TestEveryRouteDoesItsWorkAndRefusesWhatIsWrong walks each route once for good and
// once for bad input. {no} is an order that waits for a crew, {field} one that R1 has,
// {complaint} one that waits for its review, {review} and {call} what their names say.
func TestEveryRouteDoesItsWorkAndRefusesWhatIsWrong(t *testing.T) {
	for _, c := range []struct {
		method, path, body string
		status             int
		code, field        string
	}{
		{"GET", "/orders", "", 200, "", ""},
		{"GET", "/orders?limit=0", "", 422, "out_of_range", "limit"},
		{"GET", "/orders?phse=field", "", 422, "unknown_parameter", "phse"},
		{"GET", "/orders?limit=1e2", "", 422, "out_of_range", "limit"},
		{"GET", "/orders?phase=field,nowhere", "", 422, "unknown_phase", "phase"},
		{"GET", "/orders/{no}", "", 200, "", ""},
		{"GET", "/orders/W0", "", 404, "no_order", ""},
		{"GET", "/orders/{no}/proposal", "", 200, "", ""},
		{"GET", "/orders/W0/proposal", "", 404, "no_order", ""},
		{"GET", "/orders/{no}/explanation", "", 200, "", ""},
		{"GET", "/orders/W0/explanation", "", 404, "no_order", ""},
		{"POST", "/orders/{no}/assign", `{}`, 200, "", ""},
		{"POST", "/orders/{no}/assign", ``, 200, "", ""},
		{"POST", "/orders/{no}/assign", `{"crew":"R9","reason":"x"}`, 422, "unknown_crew", "crew"},
		{"POST", "/orders/{no}/assign", `{"crew":"R2"}`, 422, "reason_required", "reason"},
		{"POST", "/orders/{no}/assign", `{"crew":7}`, 422, "wrong_type", "crew"},
		{"POST", "/orders/{complaint}/assign", `{"crew":"R1","reason":"x"}`, 409, "not_reviewed", ""},
		{"POST", "/orders/{complaint}/accept", `{}`, 200, "", ""},
		{"POST", "/orders/{no}/accept", `{}`, 409, "already_reviewed", ""},
		{"POST", "/orders/{no}/return", `{"remark":"not ours"}`, 200, "", ""},
		{"POST", "/orders/{no}/return", `{}`, 422, "required", "Reason"},
		{"POST", "/orders/{field}/return", `{"remark":"not ours"}`, 409, "work_begun", ""},
		{"POST", "/orders/{no}/hold", `{"remark":"rain"}`, 200, "", ""},
		{"POST", "/orders/{no}/hold", `{}`, 422, "required", "Reason"},
		{"POST", "/orders/{no}/resume", `{}`, 409, "not_held", ""},
		{"POST", "/orders/{no}/note", `{"remark":"called"}`, 200, "", ""},
		{"POST", "/orders/{no}/note", `{}`, 422, "required", "Remark"},
		{"POST", "/orders/{no}/note", `{"remarks":"called"}`, 422, "unknown_field", "remarks"},
		{"POST", "/orders/{no}/note", `{"remark":"called"`, 422, "not_json", ""},
		{"POST", "/orders/{no}/note", `{"remark":"a"} {}`, 422, "not_json", ""},
		{"POST", "/orders/{field}/unassign", `{}`, 200, "", ""},
		{"POST", "/orders/{no}/unassign", `{}`, 409, "not_with_crew", ""},
		{"POST", "/orders/{review}/review", `{"passed":true}`, 200, "", ""},
		{"POST", "/orders/{review}/review", `{"passed":false}`, 422, "required", "remark"},
		{"POST", "/orders/{no}/review", `{"passed":true}`, 409, "no_result", ""},
		{"POST", "/orders/{no}/extension", `{"until":"2026-05-20T18:00:00+08:00","reason":"the permit is missing"}`, 200, "", ""},
		{"POST", "/orders/{no}/extension", `{"until":"2026-05-20T18:00:00+08:00"}`, 422, "required", "reason"},
		{"POST", "/orders/{no}/extension", `{"reason":"the permit is missing"}`, 422, "required", "until"},
		{"POST", "/orders/{no}/extension", `{"until":"2026-05-11T09:00:00+08:00","reason":"x"}`, 422, "invalid_value", "until"},
		{"POST", "/orders/{no}/extension", `{"until":"tomorrow","reason":"x"}`, 422, "", ""},
		{"POST", "/orders/{call}/extension", `{"until":"2026-05-20T18:00:00+08:00","reason":"x"}`, 409, "ended", ""},
		{"POST", "/orders/{call}/follow-up", `{"reached":true,"satisfaction":"satisfied"}`, 200, "", ""},
		{"POST", "/orders/{call}/follow-up", `{"reached":true,"satisfaction":"great"}`, 422, "unknown_satisfaction", "satisfaction"},
		{"POST", "/orders/{no}/follow-up", `{}`, 409, "no_follow_up", ""},
		{"POST", "/orders/{field}/complete", `{"completion":{"outcome":"done"}}`, 200, "", ""},
		{"POST", "/orders/{field}/complete", `{"completion":{"outcome":"perhaps"}}`, 422, "unknown_outcome", "outcome"},
		{"POST", "/orders/{field}/complete", `{"completion":{"outcome":"could_not_be_done"}}`, 422, "required", "reason"},
		{"GET", "/crews", "", 200, "", ""},
		{"GET", "/crews/R1/orders", "", 200, "", ""},
		{"GET", "/crews/nobody/orders", "", 200, "", ""},
		{"POST", "/crews/R1/position", `{"lat":31.21,"lon":121.41}`, 200, "", ""},
		{"POST", "/crews/R1/position", `{"lat":121.41,"lon":31.21}`, 422, "bad_position", "lat,lon"},
		{"POST", "/crews/R1/position", `{}`, 422, "bad_position", "lat,lon"},
		{"POST", "/crews/R1/orders/{field}/accept", `{}`, 200, "", ""},
		{"POST", "/crews/R1/orders/{field}/travel", `{}`, 200, "", ""},
		{"POST", "/crews/R1/orders/{field}/arrive", `{}`, 200, "", ""},
		{"POST", "/crews/R2/orders/{field}/arrive", `{}`, 403, "not_yours", "Crew"},
		{"POST", "/crews/R1/orders/{no}/accept", `{}`, 409, "not_with_crew", ""},
		{"POST", "/crews/R1/orders/W0/accept", `{}`, 404, "no_order", ""},
		{"POST", "/crews/R1/orders/{field}/complete", `{"completion":{"outcome":"done"}}`, 200, "", ""},
		{"POST", "/crews/R2/orders/{field}/complete", `{"completion":{"outcome":"done"}}`, 403, "not_yours", "Crew"},
		{"GET", "/outbox", "", 200, "", ""},
		{"GET", "/outbox?limit=-1", "", 422, "out_of_range", "limit"},
		{"GET", "/outbox/{message}/attempts", "", 200, "", ""},
		{"POST", "/outbox/{message}/retry", `{}`, 200, "", ""},
		{"POST", "/outbox/none/retry", `{}`, 404, "", ""},
		{"POST", "/outbox/{message}/skip", `{"remark":"told by phone"}`, 200, "", ""},
		{"POST", "/outbox/none/skip", `{"remark":"told by phone"}`, 404, "", ""},
		{"POST", "/outbox/{message}/skip", `{}`, 422, "required", "remark"},
		{"GET", "/messages", "", 200, "", ""},
		{"GET", "/messages?limit=many", "", 422, "out_of_range", "limit"},
		{"POST", "/messages/none/replay", `{}`, 404, "unknown_message", ""},
		{"POST", "/messages/none/replay", `{"force":"yes"}`, 422, "wrong_type", "force"},
		{"GET", "/jobs/due/runs", "", 200, "", ""},
		{"GET", "/jobs/due/runs?limit=x", "", 422, "out_of_range", "limit"},
		{"POST", "/jobs/due/run", `{}`, 200, "", ""},
		{"POST", "/jobs/due/run", `{"from":"yesterday"}`, 422, "", ""},
		{"POST", "/jobs/due/run", `{"from":"2026-05-11T00:00:00Z","to":"2026-05-10T00:00:00Z"}`, 422, "window", "from,to"},
		{"POST", "/jobs/none/run", `{}`, 422, "unknown_job", "name"},
		{"POST", "/jobs/due/backfill", `{"from":"2026-05-01T00:00:00Z","only_missing":true}`, 200, "", ""},
		{"POST", "/jobs/due/backfill", `{"only_missing":true}`, 422, "required", "from"},
		{"GET", "/jobs/due/vanished", "", 200, "", ""},
		{"POST", "/dispatch/batch", `{}`, 200, "", ""},
		{"POST", "/dispatch/batch", `[]`, 422, "wrong_type", ""},
		{"POST", "/dispatch/days", `{}`, 200, "", ""},
		{"POST", "/dispatch/days", `{"dry":true}`, 200, "", ""},
		{"POST", "/dispatch/days", `{"dry":"yes"}`, 422, "wrong_type", "dry"},
		{"GET", "/nothing", "", 404, "no_such_path", ""},
		{"DELETE", "/orders/{no}", "", 404, "no_such_path", ""},
	} {
		t.Run(c.method+" "+c.path+" "+c.body, func(t *testing.T) {
			h := open(t)
			path := c.path
			for name, made := range map[string]func() string{
				"{no}":        func() string { return string(h.receive("leak")) },
				"{complaint}": func() string { return string(h.receive("complaint")) },
				"{field}":     func() string { return string(h.with("R1")) },
				"{review}":    func() string { return string(h.toReview()) },
				"{call}":      func() string { return string(h.toCall()) },
				"{message}": func() string {
					no := h.toCall()
					ms, err := h.store.OutboxMessages(t.Context(), core.OutboxQuery{Order: no})
					if err != nil || len(ms) != 1 {
						t.Fatal(ms, err)
					}
					return ms[0].ID
				},
			} {
				if strings.Contains(path, name) {
					path = strings.ReplaceAll(path, name, made())
				}
			}
			a := h.send(c.method, path, c.body, nil)
			if a.Status != c.status || c.code != "" && a.Error.Code != c.code || a.Error.Field != c.field && c.code != "" {
				t.Errorf("answers %d %s; want %d %s of %q", a.Status, a.Raw, c.status, c.code, c.field)
			}
			if a.Status == 200 && strings.Contains(string(a.Raw), ":null") {
				t.Errorf("an empty list should be [] and an absent value absent: %s", a.Raw)
			}
		})
	}
}

// toReview brings a replacement to its result review.
func (h *hub) toReview() core.OrderNo {
	h.Helper()
	no := h.receive("replacement")
	h.must(h.post("/orders/"+string(no)+"/assign", `{}`))
	h.must(h.post("/crews/M1/orders/"+string(no)+"/complete", `{"completion":{"outcome":"done"}}`))
	return no
}

// toCall brings a leak to its follow-up call, which owes its source one message.
func (h *hub) toCall() core.OrderNo {
	h.Helper()
	no := h.with("R1")
	h.must(h.post("/crews/R1/orders/"+string(no)+"/complete", `{"completion":{"outcome":"done"}}`))
	return no
}

func TestOnlyThisMachineIsAnswered(t *testing.T) {
	h := open(t)
	for host, status := range map[string]int{
		"localhost": 200, "localhost:8080": 200, "127.0.0.1:9": 200, "[::1]:80": 200, "127.0.0.2": 200,
		"evil.example": 403, "localhost.evil.example:8080": 403, "10.0.0.7": 403, "": 403,
	} {
		a := h.send("GET", "/crews", "", func(r *http.Request) {
			if r.Host = host; host == "" {
				r.Host = "[]"
			}
		})
		if a.Status != status {
			t.Errorf("Host %q: %d, want %d", host, a.Status, status)
		}
	}
}

func TestACallFromAnotherMachineIsRefused(t *testing.T) {
	handler := handlerOf(t)
	for from, status := range map[string]int{
		"127.0.0.1:5": 200, "[::1]:5": 200, "[::ffff:127.0.0.1]:5": 200,
		"10.0.0.7:5": 403, "[::ffff:10.0.0.7]:5": 403, "[fe80::1]:5": 403, "nonsense": 403, "": 403,
	} {
		r := httptest.NewRequest("GET", "http://localhost/api/v1/crews", nil)
		r.RemoteAddr = from
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code != status {
			t.Errorf("from %q: %d, want %d", from, w.Code, status)
		}
	}
}

func TestAForeignPageCannotSendAForm(t *testing.T) {
	h := open(t)
	no := h.receive("leak")
	for _, kind := range []string{"", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonp"} {
		a := h.send("POST", "/orders/"+string(no)+"/note", `{"remark":"x"}`, func(r *http.Request) { r.Header.Set("Content-Type", kind) })
		if a.Status != 422 || a.Error.Code != "not_json" || a.Error.Field != "Content-Type" {
			t.Errorf("%q: %d %s", kind, a.Status, a.Raw)
		}
	}
	a := h.send("POST", "/orders/"+string(no)+"/note", `{"remark":"x"}`, func(r *http.Request) { r.Header.Set("Content-Type", "application/json; charset=utf-8") })
	if a.Status != 200 || h.order(no).Version != 2 {
		t.Errorf("JSON with a charset: %d, version %d", a.Status, h.order(no).Version)
	}
}

func TestOrdersComeInPages(t *testing.T) {
	h := open(t)
	for range 7 {
		h.receive("leak")
	}
	h.receive("complaint")
	var got []core.OrderNo
	q := url.Values{"limit": {"3"}, "phase": {"dispatch"}}
	for pages := 1; ; pages++ {
		var page api.OrderPage
		h.must(h.get("/orders?"+q.Encode())).into(t, &page)
		for _, o := range page.Orders {
			got = append(got, o.No)
		}
		if page.Next == "" {
			if pages != 3 {
				t.Errorf("%d pages", pages)
			}
			break
		}
		q.Set("after", string(page.Next))
	}
	if len(got) != 7 || !slices.IsSorted(got) || len(slices.Compact(got)) != 7 {
		t.Errorf("listed %v", got)
	}
}

func TestOrdersAreFoundByAnyNumber(t *testing.T) {
	h := open(t)
	h.receive("leak")
	no := h.receive("leak")
	for _, find := range []string{string(no), "H" + string(no), "A" + string(no)} {
		var page api.OrderPage
		h.must(h.get("/orders?find="+find)).into(t, &page)
		if len(page.Orders) != 1 || page.Orders[0].No != no {
			t.Errorf("%s finds %d orders", find, len(page.Orders))
		}
	}
}

func TestAnOrderIsShownWithItsTimelineAndWhatIsOwed(t *testing.T) {
	h := open(t)
	no := h.toCall()
	var v api.OrderView
	h.must(h.get("/orders/"+string(no))).into(t, &v)
	if v.Order.Phase != core.FollowUpCall || len(v.Events) != 3 || len(v.Outbox) != 1 || v.Outbox[0].Kind != core.TellResult {
		t.Errorf("%s with %d events, owes %+v", v.Order.Phase, len(v.Events), v.Outbox)
	}
	if v.Outbox[0].Payload != nil {
		t.Error("the payload repeats the whole order")
	}
}

func TestAnExtensionIsOwedToItsSource(t *testing.T) {
	h := open(t)
	no := h.receive("leak")
	body := `{"until":"2026-05-20T18:00:00+08:00","reason":"the permit is missing"}`
	var o core.WorkOrder
	h.must(h.post("/orders/"+string(no)+"/extension", body)).into(t, &o)
	if x := o.Extension; x == nil || x.No != string(no)+"-E1" || x.State != core.ExtensionRequested || x.By != "console" || !o.DueAt.IsZero() {
		t.Errorf("%+v, due %v", o.Extension, o.DueAt)
	}
	var v api.OrderView
	h.must(h.get("/orders/"+string(no))).into(t, &v)
	if len(v.Outbox) != 1 || v.Outbox[0].Kind != core.TellExtension || v.Outbox[0].Target != "hotline" {
		t.Errorf("owes %+v", v.Outbox)
	}
	if a := h.post("/orders/"+string(no)+"/extension", body); a.Status != 409 || a.Error.Code != "extension_pending" {
		t.Errorf("a second request: %d %s", a.Status, a.Raw)
	}
}

func TestWhoActsStandsOnTheTimeline(t *testing.T) {
	h := open(t)
	no := h.receive("leak")
	long := strings.Repeat("审核员", 40)
	for _, name := range []string{"", "审核员", long} {
		h.must(h.send("POST", "/orders/"+string(no)+"/note", `{"remark":"x"}`, func(r *http.Request) { r.Header.Set("X-Tundish-User", name) }))
	}
	events, err := h.store.Events(t.Context(), no)
	h.ok(err)
	if events[1].By != "console" || events[2].By != "审核员" {
		t.Errorf("by %q and %q", events[1].By, events[2].By)
	}
	if by := events[3].By; !strings.HasPrefix(long, by) || utf8.RuneCountInString(by) != 60 {
		t.Errorf("a long name became %q", by)
	}
}

func complete(t *testing.T, c map[string]any, photos ...desk.Photo) string {
	t.Helper()
	raw, err := json.Marshal(map[string]any{"completion": c, "photos": photos})
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestPhotosAreTakenByTheirContent(t *testing.T) {
	png, jpg := picture(t, "png"), picture(t, "jpeg")
	done := map[string]any{"outcome": "done"}
	shot := func(name string, b []byte) desk.Photo { return desk.Photo{Name: name, TakenAt: nine, Bytes: b} }
	for name, c := range map[string]struct {
		photos []desk.Photo
		code   string
		field  string
	}{
		"a PNG that is called JPEG": {[]desk.Photo{shot("a.jpg", png)}, "", ""},
		"two kinds":                 {[]desk.Photo{shot("a", png), shot("b", jpg)}, "", ""},
		"a page that is called PNG": {[]desk.Photo{shot("a.png", png), shot("b.png", []byte("<html><script>"))}, "photo_type", "photos[1]"},
		"nothing":                   {[]desk.Photo{shot("a.png", nil)}, "photo_size", "photos[0]"},
		"too large":                 {[]desk.Photo{shot("a.png", append(slices.Clone(png), make([]byte, 4<<20)...))}, "photo_size", "photos[0]"},
		"too many":                  {slices.Repeat([]desk.Photo{shot("a.png", png)}, 7), "too_many", "photos"},
	} {
		t.Run(name, func(t *testing.T) {
			h := open(t)
			no := h.with("R1")
			a := h.post("/crews/R1/orders/"+string(no)+"/complete", complete(t, done, c.photos...))
			o := h.order(no)
			if c.code != "" {
				if a.Status != 422 || a.Error.Code != c.code || a.Error.Field != c.field || o.LastCompletion() != nil {
					t.Errorf("%d %s, completed: %v", a.Status, a.Raw, o.LastCompletion() != nil)
				}
				return
			}
			h.must(a)
			got := o.LastCompletion().Photos
			if len(got) != len(c.photos) {
				t.Fatalf("%d photos of %d", len(got), len(c.photos))
			}
			for i, p := range got {
				b, err := h.store.Blob(t.Context(), p.SHA256)
				if err != nil || !slices.Equal(b.Bytes, c.photos[i].Bytes) || b.ContentType != p.ContentType || p.ContentType != http.DetectContentType(b.Bytes) || p.Size != int64(len(b.Bytes)) {
					t.Errorf("photo %d came back as %+v: %v", i, p, err)
				}
			}
		})
	}
}

func TestACrewCannotSayWhatIsNotItsToSay(t *testing.T) {
	h := open(t)
	no := h.with("R1")
	h.must(h.post("/crews/R1/orders/"+string(no)+"/complete", complete(t, map[string]any{
		"outcome": "done", "crew_id": "R2", "on_paper": true, "finished_at": nine,
		"review": map[string]any{"passed": true, "by": "the boss", "at": nine},
		"photos": []any{map[string]any{"name": "x", "content_type": "image/png", "sha256": strings.Repeat("a", 64), "size": 1}},
	})))
	o := h.order(no)
	c := o.LastCompletion()
	if c.Review != nil || len(c.Photos) != 0 || c.CrewID != "R1" || c.OnPaper {
		t.Errorf("the crew's word was taken for %+v", c)
	}
	// The control room keys in paper.
	no = h.with("R1")
	h.must(h.post("/orders/"+string(no)+"/complete", complete(t, map[string]any{"outcome": "done"})))
	o = h.order(no)
	if c := o.LastCompletion(); !c.OnPaper || c.CrewID != "R1" {
		t.Errorf("keyed in from paper: %+v", c)
	}
}

func TestACrewCannotTouchAnothersOrder(t *testing.T) {
	h := open(t)
	no := h.with("R1")
	before := h.order(no)
	for _, verb := range []string{"accept", "travel", "arrive", "complete"} {
		for _, crew := range []string{"R2", "r1", "R1%20", "nobody"} {
			a := h.post("/crews/"+crew+"/orders/"+string(no)+"/"+verb, complete(t, map[string]any{"outcome": "done"}))
			if verb != "complete" {
				a = h.post("/crews/"+crew+"/orders/"+string(no)+"/"+verb, `{}`)
			}
			if a.Status != 403 {
				t.Errorf("%s by %s: %d %s", verb, crew, a.Status, a.Raw)
			}
		}
	}
	// No crew at all is not the control room.
	for _, path := range []string{"/crews//orders/", "/crews/%2F/orders/"} {
		if a := h.postRaw(path+string(no)+"/complete", complete(t, map[string]any{"outcome": "done"})); a == 200 {
			t.Errorf("%s completed it", path)
		}
	}
	if h.order(no).Version != before.Version {
		t.Error("the order changed")
	}
	var page api.OrderPage
	h.must(h.get("/crews/R2/orders")).into(t, &page)
	if len(page.Orders) != 0 {
		t.Error("R2 sees R1's work")
	}
	h.must(h.get("/crews/R1/orders")).into(t, &page)
	if len(page.Orders) != 1 || page.Orders[0].No != no {
		t.Errorf("R1 sees %d orders", len(page.Orders))
	}
}

// postRaw takes whatever comes, also what is no JSON.
func (h *hub) postRaw(path, body string) int {
	h.Helper()
	req, err := http.NewRequestWithContext(h.Context(), http.MethodPost, h.url+path, strings.NewReader(body))
	h.ok(err)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultTransport.RoundTrip(req)
	h.ok(err)
	resp.Body.Close()
	return resp.StatusCode
}

func TestAPhoneWhoseClockIsAheadDoesNotKeepLaterPositionsOut(t *testing.T) {
	h := open(t)
	h.must(h.post("/crews/R1/position", `{"lat":31.21,"lon":121.41,"at":"2036-01-01T00:00:00Z"}`))
	h.must(h.post("/crews/R1/position", `{"lat":31.22,"lon":121.42}`))
	h.must(h.post("/crews/R1/position", fmt.Sprintf(`{"lat":31.5,"lon":121.5,"at":%q}`, nine.Add(-time.Hour).Format(time.RFC3339)))) // late
	crews, err := h.store.Crews(t.Context())
	h.ok(err)
	i := slices.IndexFunc(crews, func(c core.Crew) bool { return c.ID == "R1" })
	if p := crews[i].Position; p == nil || p.Lat != 31.22 || crews[i].PositionAt.After(nine) {
		t.Errorf("R1 is at %+v since %v", p, crews[i].PositionAt)
	}
}

func TestARequestThatIsTooLargeIsRefused(t *testing.T) {
	h := open(t)
	no := h.with("R1")
	body := `{"completion":{"outcome":"done","work":"` + strings.Repeat("x", 41<<20) + `"}}`
	if a := h.post("/crews/R1/orders/"+string(no)+"/complete", body); a.Status != 422 || a.Error.Code != "too_large" {
		t.Errorf("%d %s", a.Status, a.Error.Code)
	}
}

func TestAWholeVisitOverTheAPI(t *testing.T) {
	h := open(t)
	no := string(h.receive("replacement"))
	var res struct{ Waiting, Assigned int }
	h.must(h.post("/dispatch/batch", `{}`)).into(t, &res)
	if res.Assigned != 1 {
		t.Fatalf("batch %+v", res)
	}
	for _, verb := range []string{"accept", "travel", "arrive"} {
		h.must(h.post("/crews/M1/orders/"+no+"/"+verb, `{}`))
	}
	photo := base64.StdEncoding.EncodeToString(picture(t, "jpeg"))
	h.must(h.post("/crews/M1/orders/"+no+"/complete", `{"completion":{"outcome":"done","old_final_reading":"0","new_serial":"N1","new_initial_reading":"0.000"},"photos":[{"name":"a.jpg","bytes":"`+photo+`"}]}`))
	h.must(h.post("/orders/"+no+"/review", `{"passed":true,"remark":"good"}`))
	o := h.order(core.OrderNo(no))
	c := o.LastCompletion()
	if o.Phase != core.Closed || c.OldFinalReading != "0" || c.NewInitialReading != "0.000" || len(c.Photos) != 1 || c.Review == nil || c.Review.By != "console" {
		t.Errorf("%s, %+v", o.Phase, c)
	}
	var owed struct{ Messages []core.OutboxMessage }
	h.must(h.get("/outbox?order="+no+"&state=due,unknown")).into(t, &owed)
	if len(owed.Messages) != 1 || owed.Messages[0].Kind != core.TellResult {
		t.Errorf("owed %+v", owed.Messages)
	}
	h.must(h.post("/outbox/"+owed.Messages[0].ID+"/skip", `{"remark":"told by phone"}`))
	if h.woken.Load() != 1 {
		t.Errorf("delivery was woken %d times", h.woken.Load())
	}
}
