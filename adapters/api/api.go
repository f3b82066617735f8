package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"reflect"
	"slices"
	"strings"

	"go.uber.org/zap"

	"tundish/core"
	"tundish/core/access"
	"tundish/core/assign"
	"tundish/core/desk"
	"tundish/core/life"
	"tundish/core/lists"
	"tundish/core/people"
	"tundish/core/pull"
	"tundish/core/react"
)

// Reader is what the API reads of the order store.
type Reader interface {
	core.OrderReader
	core.CrewReader
	core.LaneStore
	core.JobStore
	core.MessageReader
	core.RowStore
	core.RosterStore
	core.ListStore
}

// Dispatcher proposes and gives work.
type Dispatcher interface {
	Propose(ctx context.Context, no core.OrderNo) (core.Ranking, error)
	Explain(ctx context.Context, no core.OrderNo) (assign.Explanation, error)
	Give(ctx context.Context, no core.OrderNo, crew string, by life.By) (core.WorkOrder, error)
	Batch(ctx context.Context) (assign.BatchResult, error)
	PlanDays(ctx context.Context, dry bool) (assign.DaysResult, error)
}

// Puller runs pull jobs.
type Puller interface {
	RunOnce(ctx context.Context, name string, w pull.Window) (core.JobRun, error)
	Backfill(ctx context.Context, name string, w pull.Window, onlyMissing bool) (core.JobRun, error)
}

// Deps are the parts the API speaks for; all are required but those that say so.
type Deps struct {
	Reader   Reader
	Commit   core.Committer
	Desk     *desk.Service
	Dispatch Dispatcher
	Pull     Puller
	People   *people.Service
	Clock    core.Clock
	// Views are the saved lists of orders.
	Views func() []lists.View
	// House tells how the house is set up.
	House House
	// Words are what people call a code of a kind of the vocabulary.
	Words func(kind, code string) core.Text
	// Wake is called after an outbox message was made due.
	Wake func()
	// Replay takes a kept message of a source again. The error says why it is refused again, or names the message
	// about the same order that was taken since, which keeps it out unless force is set.
	Replay func(ctx context.Context, id string, force bool) error
	// Customers finds whose account or telephone it is; nil: nobody does, and who asks is told so.
	Customers react.CustomerFinder
	// Suggest finds duplicates; nil: nobody does.
	Suggest Suggester
	// Stream shows notices; nil: there is none.
	Stream *react.Stream
	Log    *zap.Logger
}

// textBody bounds what a request holds besides files.
const textBody = 1 << 20

// maxStranger bounds what a request of somebody holds who has not signed in: a name and a password.
const maxStranger = 8 << 10

// maxBody bounds a request: as many files as are taken at once, in base64, and some text.
func (a *API) maxBody() int64 {
	l := a.Desk.Limits()
	return int64(l.Count)*(l.Bytes/3*4+4) + textBody
}

// API is an http.Handler for everything under /api/v1.
type API struct {
	Deps
	mux    *http.ServeMux
	routes []Route
}

// New makes the API.
func New(d Deps) (*API, error) {
	if d.Reader == nil || d.Commit == nil || d.Desk == nil || d.Dispatch == nil || d.Pull == nil || d.People == nil || d.Views == nil || d.Words == nil || d.House.Vocabulary == nil || d.House.Systems == nil || d.House.Jobs == nil || d.Clock == nil || d.Wake == nil || d.Replay == nil || d.Log == nil {
		return nil, errors.New("api: every dependency is required")
	}
	a := &API{Deps: d, mux: http.NewServeMux()}
	a.views()
	a.details()
	a.attachments()
	a.orders()
	a.crews()
	a.acts()
	a.operations()
	a.stream()
	a.people()
	a.users()
	a.house()
	a.roster()
	a.duplicates()
	a.history()
	a.customers()
	a.openAPI()
	if err := a.uncovered(); err != nil {
		return nil, err
	}
	a.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		a.fail(w, core.Fail(core.NotFound, "no_such_path", "", r.Method+" "+r.URL.Path+" is not part of the API", "接口不存在"))
	})
	return a, nil
}

// ServeHTTP finds out who calls. Until the house has people it keeps everyone but loopback out, and other
// sites' pages in a browser on this machine too: a changing call must be JSON, which a foreign form cannot
// send, and the Host must be this machine's, which a rebound name is not. From the first person on
// everybody has to sign in, from wherever he calls.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	peopled, err := a.People.Any(r.Context())
	if err != nil {
		a.fail(w, err)
		return
	}
	who := &caller{actor: access.Actor{ID: named(r), All: true}}
	if peopled {
		if who, err = a.authenticate(r); err != nil {
			a.fail(w, err)
			return
		}
	} else if !loopback(r.RemoteAddr) || !localHost(r.Host) {
		a.fail(w, core.Fail(core.Denied, "loopback_only", "", "the API answers on loopback only until there are people: tundish user add", "在添加人员（tundish user add）之前，接口仅限本机访问"))
		return
	}
	if err := sentWell(r); err != nil {
		a.fail(w, err)
		return
	}
	most := a.maxBody()
	if who.actor.ID == "" && !who.actor.All { // a stranger has no more to say than a name and a password
		most = min(most, maxStranger)
	}
	r.Body = http.MaxBytesReader(w, r.Body, most)
	a.mux.ServeHTTP(w, withCaller(r, who))
}

// sentWell tells whether a request that changes something comes in a form that is taken: JSON, which a foreign page's
// form cannot send, or files in parts from a page of this very host, or from no page.
func sentWell(r *http.Request) error {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return nil
	}
	switch t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); {
	case err == nil && t == "application/json":
		return nil
	case err == nil && t == "multipart/form-data" && strings.HasSuffix(r.URL.Path, "/attachments"):
		if crossOrigin.Check(r) != nil {
			return foreignPage()
		}
		return nil
	}
	return core.Fail(core.Invalid, "not_json", "Content-Type", "send application/json", "请使用 application/json")
}

func loopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

func localHost(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.Trim(host, "[]")
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

// handle registers a call that needs a right, takes a body of type In and answers with whatever do
// returns, as far as the caller may see it. Behind a "?" the pattern names the query parameters that it knows.
func handle[In, Out any](a *API, pattern string, n need, do func(r *http.Request, in In) (Out, error)) {
	handleRaw(a, pattern, n, func(_ http.ResponseWriter, r *http.Request, in In) (Out, error) { return do(r, in) })
}

// handleRaw is handle for calls that set headers of their own.
func handleRaw[In, Out any](a *API, pattern string, n need, do func(w http.ResponseWriter, r *http.Request, in In) (Out, error)) {
	a.route(Route{Pattern: pattern, in: reflect.TypeFor[In](), out: reflect.TypeFor[Out]()}, n, func(w http.ResponseWriter, r *http.Request) error {
		var in In
		if r.Method != http.MethodGet {
			if err := read(r.Body, &in); err != nil {
				return err
			}
		}
		out, err := do(w, r, in)
		if err == nil {
			a.answer(w, http.StatusOK, a.show(r, out))
		}
		return err
	})
}

// route registers a call that answers by itself when it returns no error. It is the one way in: it asks for the right and
// refuses parameters that the call does not know.
func (a *API) route(rt Route, n need, do func(w http.ResponseWriter, r *http.Request) error) {
	pattern, query, _ := strings.Cut(rt.Pattern, "?")
	rt.Pattern, rt.Right, rt.Open = pattern, n.right, n.of == ofNobody
	rt.query = strings.FieldsFunc(query, func(c rune) bool { return c == '&' })
	a.routes = append(a.routes, rt)
	a.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		err := a.admit(r, n)
		if err == nil {
			err = only(r, rt.query...)
		}
		if err == nil {
			err = do(w, r)
		}
		if err != nil {
			a.refuse(w, r, err)
		}
	})
}

type none struct{}

// done tells that a call which has nothing to show was carried out.
type done struct {
	OK bool `json:"ok"`
}

// read decodes one JSON value strictly; an empty body is the zero value.
func read(body io.Reader, into any) error {
	d := json.NewDecoder(body)
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil && !errors.Is(err, io.EOF) {
		return badJSON(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return core.Fail(core.Invalid, "not_json", "", "one JSON value is expected, and nothing behind it", "只能提交一个 JSON 值")
	}
	return nil
}

func badJSON(err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	var size *http.MaxBytesError
	switch {
	case errors.As(err, &syntax):
		return core.Invalidf("not_json", "", "the JSON breaks at byte %d", "JSON 在第 %d 字节处有误", syntax.Offset)
	case errors.As(err, &kind):
		return core.Invalidf("wrong_type", kind.Field, "a %s stands where a %s belongs", "类型错误：收到 %s，需要 %s", kind.Value, kind.Type.String())
	case errors.As(err, &size):
		return core.Invalidf("too_large", "", "the request is larger than %d bytes", "请求超过 %d 字节", size.Limit)
	}
	if field, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return core.Invalidf("unknown_field", strings.Trim(field, `"`), "the field %s is not known here", "未知字段 %s", field)
	}
	return core.Fail(core.Invalid, "not_json", "", "the request is no JSON", "请求不是 JSON")
}

func (a *API) answer(w http.ResponseWriter, status int, out any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(out); err != nil {
		a.Log.Debug("answer not delivered", zap.Error(err))
	}
}

// status of an error by its kind: RFC 9110 §15.
func status(k core.Kind) int {
	switch k {
	case core.Invalid:
		return http.StatusUnprocessableEntity
	case core.NotFound:
		return http.StatusNotFound
	case core.Conflict:
		return http.StatusConflict
	case core.Denied:
		return http.StatusForbidden
	case core.Unavailable, core.OutcomeUnknown:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

type errorBody struct {
	Error struct {
		Code      string `json:"code"`
		Field     string `json:"field,omitempty"`
		Message   string `json:"message"`
		MessageZH string `json:"message_zh,omitempty"`
		// Faults, where there are several, each at its field.
		Faults []faultBody `json:"faults,omitempty"`
		// Version of the order that was to be changed, and what the caller may do to it now.
		Version int64        `json:"version,omitempty"`
		Allowed []life.Offer `json:"allowed,omitempty"`
	} `json:"error"`
}

type faultBody struct {
	Code      string `json:"code"`
	Field     string `json:"field"`
	Message   string `json:"message"`
	MessageZH string `json:"message_zh,omitempty"`
}

// refuse tells a caller what was wrong and, where he wanted to change an order that he may see, what he may do
// to it now.
func (a *API) refuse(w http.ResponseWriter, r *http.Request, err error) {
	var body errorBody
	kind := core.KindOf(err)
	if r.Method != http.MethodGet && orderNo(r) != "" && (kind == core.Invalid || kind == core.Conflict || kind == core.Denied) {
		c := callerOf(r)
		o, unread := a.Reader.Order(r.Context(), orderNo(r))
		if unread == nil && a.People.Table().May(c.actor, access.See, &o) == nil {
			as := a.by(r, "").Actor
			if r.PathValue("crew") != "" {
				as = a.asCrewBy(r).Actor
			}
			body.Error.Version = o.Version
			body.Error.Allowed, _ = a.allowed(r, &o, as) // an order that cannot be read allows nothing
		}
	}
	a.failWith(w, body, err)
}

// fail tells a caller what was wrong.
func (a *API) fail(w http.ResponseWriter, err error) { a.failWith(w, errorBody{}, err) }

// failWith fills the body with what was wrong; the causes of our own faults go to the log only.
func (a *API) failWith(w http.ResponseWriter, body errorBody, err error) {
	kind := core.KindOf(err)
	var e *core.Error
	if errors.As(err, &e) && kind != core.Internal {
		body.Error.Code, body.Error.Field, body.Error.Message, body.Error.MessageZH = e.Code, e.Field, e.Message, e.MessageZH
		for _, f := range e.Faults {
			body.Error.Faults = append(body.Error.Faults, faultBody{f.Code, f.Field, f.Message, f.MessageZH})
		}
	} else {
		body.Error.Code, body.Error.Message, body.Error.MessageZH = "internal", "something went wrong here; the log has the details", "系统内部错误，详见日志"
		a.Log.Error("api", zap.Error(err))
	}
	if body.Error.Code == "" {
		body.Error.Code = kind.String()
	}
	code := status(kind)
	if body.Error.Code == "signed_out" || body.Error.Code == "bad_login" {
		code = http.StatusUnauthorized
		w.Header().Set("WWW-Authenticate", `Bearer realm="tundish"`)
	}
	a.answer(w, code, body)
}

// user is who acts, as the timeline names him.
func user(r *http.Request) string { return callerOf(r).actor.ID }

// named is who says to act before there are people: whoever reaches the API then may do everything.
func named(r *http.Request) string {
	if u := strings.TrimSpace(r.Header.Get("X-Tundish-User")); u != "" {
		return core.CutUTF16(u, 60)
	}
	return "console"
}

// all is the list as JSON shows it: [] and not null when it is empty.
func all[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

func orderNo(r *http.Request) core.OrderNo { return core.OrderNo(r.PathValue("no")) }

// only refuses parameters that the call does not know: a misspelt filter would show
// everything and look like an answer.
func only(r *http.Request, names ...string) error {
	for name := range r.URL.Query() {
		if !slices.Contains(names, name) {
			return core.Invalidf("unknown_parameter", name, "the parameter %q is not known here; known: %v", "参数 %q 未知；可用：%v", name, names)
		}
	}
	return nil
}

func intParam(r *http.Request, name string, def, most int) (int, error) {
	s := r.URL.Query().Get(name)
	if s == "" {
		return def, nil
	}
	var n int
	if _, err := fmt.Sscanf(s, "%d", &n); err != nil || fmt.Sprint(n) != s || n < 1 || n > most {
		return 0, core.Invalidf("out_of_range", name, "%q is no number from 1 to %d", "%q 不在 1 到 %d 之间", s, most)
	}
	return n, nil
}
