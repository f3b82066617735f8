package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/zap"

	"tundish/adapters/api"
	"tundish/core"
	"tundish/core/assign"
	"tundish/core/desk"
	"tundish/core/intake"
	"tundish/core/life"
	"tundish/core/pull"
	"tundish/core/react"
	"tundish/core/store/sqlite"
	"tundish/dispatch"
)

var (
	zone = time.FixedZone("CST", 8*3600)
	nine = time.Date(2026, 5, 11, 9, 0, 0, 0, zone)
	park = core.Point{Lat: 31.20, Lon: 121.40}
)

// inWords calls a code by itself in English, by its kind too in Chinese.
func inWords(kind, code string) core.Text { return core.Text{EN: code, ZH: kind + "：" + code} }

// setUp is a house with one kind of code, one system and one job.
var setUp = api.House{
	Vocabulary: func() []api.Kind {
		return []api.Kind{{Kind: "reason", Title: core.Text{EN: "Reason", ZH: "原因"}, Words: []api.Word{{Code: "no_access", Name: core.Text{EN: "No access", ZH: "无法入户"}}}}}
	},
	Systems: func() []api.System {
		return []api.System{{ID: "billing", Name: core.Text{EN: "Billing", ZH: "营收"}, Contract: "billing", Mode: "live", Paths: []string{"/soap/billing"}}}
	},
	Jobs: func() []api.Job {
		return []api.Job{{Name: "due", System: "billing", Operation: "GetDue", Cron: "0 6 * * *"}}
	},
}

type stopped struct{}

func (stopped) Now() time.Time                       { return nine }
func (stopped) After(time.Duration) <-chan time.Time { return nil }

type everyDay struct{}

func (everyDay) Workday(time.Time) bool { return true }

type daily struct{}

func (daily) Next(t time.Time) time.Time { return t.AddDate(0, 0, 1) }

// due is a source with two meters that are due.
type due struct{}

func (due) Fetch(context.Context, pull.Window, int, int) (pull.Page, error) {
	var p pull.Page
	for _, ref := range []string{"P1", "P2"} {
		p.Items = append(p.Items, pull.Item{Hash: core.Hash(ref), Order: core.WorkOrder{
			Ref: core.Ref{System: "billing", External: ref}, Type: "replacement", Customer: core.Customer{Account: "A" + ref}, Place: core.Place{Address: "柳园路", Point: &park},
		}})
	}
	return p, nil
}

func (due) Confirm(context.Context, []pull.Receipt) error { return nil }

// hub is the API on a port of this machine, over a real store, planner and desk.
type hub struct {
	*testing.T
	store *sqlite.Store
	rules *life.Rules
	url   string
	api   *api.API
	woken atomic.Int32
	again []string // messages that were to be taken again
	made  int
}

func open(t *testing.T) *hub {
	t.Helper()
	st, err := sqlite.Open(filepath.Join(t.TempDir(), "hub.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	if err := st.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	h := &hub{T: t, store: st, rules: &life.Rules{
		Types: core.OrderTypes{
			"leak":        {Code: "leak", Family: core.Repair, Minutes: 60, Skills: []string{"repair"}, FollowUp: true, Dispatch: map[core.Urgency]core.DispatchMode{core.Normal: core.DispatchPropose}},
			"complaint":   {Code: "complaint", Family: core.Desk, Acceptance: true},
			"replacement": {Code: "replacement", Family: core.Replacement, Minutes: 25, Skills: []string{"meter"}, ResultReview: true, Dispatch: map[core.Urgency]core.DispatchMode{core.Normal: core.DispatchBatch}},
		},
		Systems: map[core.SystemID]life.System{"hotline": {Extensions: true}, "billing": {}, life.ToPeople: {}}, NumberPrefix: "W", Zone: zone, Access: api.HouseRights{Table: staff(t, st).Table()},
	}}
	rules := func() *life.Rules { return h.rules }
	shift := func(id string, lon float64, skills ...string) core.CrewChange {
		return core.CrewChange{Crew: core.Crew{ID: id, Name: id, Skills: skills, Home: core.Point{Lat: park.Lat, Lon: park.Lon + lon}, ShiftStartMin: 480, ShiftEndMin: 1020}}
	}
	h.commit(core.Unit{Crews: []core.CrewChange{shift("R1", 0, "repair"), shift("R2", 0.05, "repair"), shift("M1", 0, "meter")}})
	in, err := intake.New(st, intake.Options{Clock: stopped{}, Rules: rules})
	h.ok(err)
	d, err := desk.New(st, desk.Options{Clock: stopped{}, Rules: rules, Opener: in})
	h.ok(err)
	a, err := assign.New(st, assign.Options{Clock: stopped{}, Log: zap.NewNop(), Rules: rules, Planner: dispatch.New(dispatch.Options{}), Calendar: everyDay{}, Holder: "test", Horizon: assign.Horizon{Days: 3}})
	h.ok(err)
	p, err := pull.New(st, []pull.Job{{Name: "due", System: "billing", Source: due{}, Schedule: daily{}, Missed: pull.MissedNone, Lookback: time.Hour, RetryDelay: time.Millisecond}},
		pull.Options{Clock: stopped{}, Log: zap.NewNop(), Rules: rules, Holder: "test"})
	h.ok(err)
	stream, err := react.NewStream(st, zap.NewNop(), time.Millisecond)
	h.ok(err)
	go func() { _ = stream.Run(t.Context()) }()
	handler, err := api.New(api.Deps{Views: shippedViews(t), Words: inWords, House: setUp, People: staff(t, st), Stream: stream, Suggest: fresh{st}, Customers: books{}, Reader: st, Commit: st, Desk: d, Dispatch: a, Pull: p, Clock: stopped{}, Wake: func() { h.woken.Add(1) }, Replay: h.replay, Log: zap.NewNop()})
	h.ok(err)
	h.api = handler
	srv := httptest.NewServer(handler)
	t.Cleanup(srv.Close)
	h.url = srv.URL + "/api/v1"
	return h
}

// replay refuses what is not forced; the real one is tried with the whole hub.
func (h *hub) replay(_ context.Context, id string, force bool) error {
	if h.again = append(h.again, id); !force {
		return core.Fail(core.Conflict, "superseded", "force", "later", "此后已接收")
	}
	return nil
}

func (h *hub) ok(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

func (h *hub) commit(u core.Unit) {
	h.Helper()
	h.ok(h.store.Commit(h.Context(), u)[0].Error())
}

// receive takes in an order of the hotline.
func (h *hub) receive(kind string) core.OrderNo {
	h.Helper()
	h.made++
	no := core.FormatNumber("W", nine, int64(h.made))
	o := core.WorkOrder{No: no, Ref: core.Ref{System: "hotline", External: "H" + string(no)}, Type: kind, Urgency: core.Normal,
		Customer: core.Customer{Account: "A" + string(no)}, Place: core.Place{Address: "梧桐路 1 号", Point: &park}}
	u, err := h.rules.Receive(o, "h", life.Step{Now: nine, Actor: life.Hub("test"), By: "test"})
	h.ok(err)
	h.commit(u)
	return no
}

func (h *hub) order(no core.OrderNo) core.WorkOrder {
	h.Helper()
	o, err := h.store.Order(h.Context(), no)
	h.ok(err)
	return o
}

// answer is what the API said.
type answer struct {
	Status int
	Header http.Header
	Raw    []byte
	Error  struct {
		Code, Field, Message string
		MessageZH            string `json:"message_zh"`
	}
}

func (a *answer) into(t *testing.T, v any) {
	t.Helper()
	if err := json.Unmarshal(a.Raw, v); err != nil {
		t.Fatalf("%v: %s", err, a.Raw)
	}
}

func (h *hub) get(path string) *answer { h.Helper(); return h.send(http.MethodGet, path, "", nil) }

func (h *hub) post(path, body string) *answer {
	h.Helper()
	return h.send(http.MethodPost, path, body, nil)
}

func (h *hub) send(method, path, body string, change func(*http.Request)) *answer {
	h.Helper()
	req, err := http.NewRequestWithContext(h.Context(), method, h.url+path, strings.NewReader(body))
	h.ok(err)
	if method != http.MethodGet {
		req.Header.Set("Content-Type", "application/json")
	}
	if change != nil {
		change(req)
	}
	resp, err := http.DefaultClient.Do(req)
	h.ok(err)
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	h.ok(err)
	a := &answer{Status: resp.StatusCode, Header: resp.Header, Raw: raw}
	if resp.StatusCode >= 400 {
		a.into(h.T, a)
		if a.Error.Code == "" || a.Error.Message == "" || a.Error.MessageZH == "" {
			h.Errorf("%s %s: an error without code or texts in both languages: %s", method, path, raw)
		}
	}
	if err := described(h.T, h.api).conforms(method, "/api/v1"+path, resp.StatusCode, raw); err != nil {
		h.Error(err)
	}
	if ct := resp.Header.Get("Content-Type"); ct != "application/json; charset=utf-8" {
		h.Errorf("%s %s answers %s", method, path, ct)
	}
	return a
}

// must demands success.
func (h *hub) must(a *answer) *answer {
	h.Helper()
	if a.Status != http.StatusOK {
		h.Fatalf("%d: %s", a.Status, a.Raw)
	}
	return a
}

// with puts a leak on a crew's list.
func (h *hub) with(crew string) core.OrderNo {
	h.Helper()
	no := h.receive("leak")
	h.must(h.post("/orders/"+string(no)+"/assign", `{"crew":"`+crew+`","reason":"test"}`))
	return no
}

func picture(t *testing.T, kind string) []byte {
	t.Helper()
	var b bytes.Buffer
	img := image.NewRGBA(image.Rect(0, 0, 4, 4))
	var err error
	if kind == "png" {
		err = png.Encode(&b, img)
	} else {
		err = jpeg.Encode(&b, img, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// fresh is an index that is always up to date.
type fresh struct{ store *sqlite.Store }

func (f fresh) Of(ctx context.Context, o *core.WorkOrder, n react.Near) ([]react.Suggestion, error) {
	d, err := react.NewDuplicates(f.store, zap.NewNop())
	if err == nil {
		err = d.Fill(ctx)
	}
	if err != nil {
		return nil, err
	}
	return d.Of(ctx, o, n)
}
