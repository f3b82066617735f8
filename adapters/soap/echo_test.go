package soap

import (
	"context"
	_ "embed"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"tundish/core"
	"tundish/wsdl/xml"
)

// The contract of these tests: what is sent comes back, some words are refused.

const echoSpace = "urn:tundish:echo:v1"

//go:embed testdata/echo.wsdl
var echoWSDL []byte

type echo struct {
	Local string // Echo or EchoResponse
	Text  string
	Times int
}

func (e *echo) MarshalXML(w *xml.Writer) error {
	w.StartNS(echoSpace, e.Local)
	w.Element("Text", e.Text)
	w.Element("Times", strconv.Itoa(e.Times))
	w.End()
	return w.Error()
}

func (e *echo) UnmarshalXML(r *xml.Reader) error {
	e.Local = r.Name().Local
	seen := false
	for {
		more, err := r.NextChild()
		if err != nil {
			return err
		}
		if !more {
			break
		}
		switch r.Name().Local {
		case "Text":
			text, err := r.ElementText()
			if err != nil {
				return err
			}
			e.Text, seen = string(text), true
		case "Times":
			text, err := r.ElementText()
			if err != nil {
				return err
			}
			if e.Times, err = strconv.Atoi(string(text)); err != nil {
				return r.Errorf("<Times> is %q; it must be a whole number such as 3", text)
			}
		default:
			return r.Errorf("element <%s> is not known", r.Name().Local)
		}
	}
	if !seen {
		return r.Errorf("<%s> lacks the element Text", e.Local)
	}
	return nil
}

type orderFault struct {
	Code, Message, Field, CorrelationID string
}

func (f *orderFault) MarshalXML(w *xml.Writer) error {
	w.StartNS(echoSpace, "OrderFault")
	w.Element("code", f.Code)
	w.Element("message", f.Message)
	if f.Field != "" {
		w.Element("field", f.Field)
	}
	w.Element("correlationId", f.CorrelationID)
	w.End()
	return w.Error()
}

func (f *orderFault) UnmarshalXML(r *xml.Reader) error {
	for {
		more, err := r.NextChild()
		if err != nil || !more {
			return err
		}
		local := r.Name().Local
		text, err := r.ElementText()
		if err != nil {
			return err
		}
		switch local {
		case "code":
			f.Code = string(text)
		case "message":
			f.Message = string(text)
		case "field":
			f.Field = string(text)
		case "correlationId":
			f.CorrelationID = string(text)
		default:
			return r.Errorf("element <%s> is not known", local)
		}
	}
}

func echoDetail(err *core.Error, correlationID string) xml.Marshaler {
	return &orderFault{err.Code, err.Message, err.Field, correlationID}
}

var echoFaults = map[xml.Name]func() xml.Unmarshaler{
	{Space: echoSpace, Local: "OrderFault"}: func() xml.Unmarshaler { return new(orderFault) },
}

// echoHandler counts the calls that were made, which is what refusals must not do.
type echoHandler struct {
	mu    sync.Mutex
	calls []string
	do    func(ctx context.Context, e *echo) (xml.Marshaler, error) // in place of the echo, if not nil
}

var echoName = xml.Name{Space: echoSpace, Local: "Echo"}

func (h *echoHandler) Operations() []Operation {
	return []Operation{{Name: "Echo", Action: echoSpace + "/Echo", Request: echoName, Response: xml.Name{Space: echoSpace, Local: "EchoResponse"}}}
}

func (h *echoHandler) WSDL(soap12 bool) []byte {
	if soap12 {
		return []byte(strings.ReplaceAll(string(echoWSDL), "http://schemas.xmlsoap.org/wsdl/soap/", "http://schemas.xmlsoap.org/wsdl/soap12/"))
	}
	return echoWSDL
}

func (h *echoHandler) Decode(name xml.Name, r *xml.Reader) (func(context.Context) (xml.Marshaler, error), error) {
	in := new(echo)
	if err := in.UnmarshalXML(r); err != nil {
		return nil, err
	}
	return func(ctx context.Context) (xml.Marshaler, error) {
		h.mu.Lock()
		h.calls = append(h.calls, in.Text)
		h.mu.Unlock()
		if h.do != nil {
			return h.do(ctx, in)
		}
		return &echo{Local: "EchoResponse", Text: in.Text, Times: in.Times}, nil
	}, nil
}

// made gives the texts of the calls made since it was last asked.
func (h *echoHandler) made() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	calls := h.calls
	h.calls = nil
	return calls
}

// memoryLog keeps what it is given.
type memoryLog struct {
	mu   sync.Mutex
	kept []Exchange
	in   [][]byte
	out  [][]byte
}

func (l *memoryLog) Log(_ context.Context, e *Exchange) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.in, l.out = append(l.in, e.Request()), append(l.out, e.Response())
	l.kept = append(l.kept, *e)
}

// last waits for the n-th message and gives it.
func (l *memoryLog) last(t testing.TB, n int) (e Exchange, in, out string) {
	t.Helper()
	deadline := time.After(5 * time.Second)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		l.mu.Lock()
		if len(l.kept) >= n {
			defer l.mu.Unlock()
			return l.kept[n-1], string(l.in[n-1]), string(l.out[n-1])
		}
		l.mu.Unlock()
		select {
		case <-deadline:
			t.Fatal("the message was not logged")
		case <-tick.C:
		}
	}
}

// fixture is an endpoint behind a real HTTP server.
type fixture struct {
	*httptest.Server
	h   *echoHandler
	log *memoryLog
	e   *Endpoint
	url string
	n   int // messages sent
}

// logged is what the log holds of the last message. It is written after the answer has
// left, so it may have to be waited for.
func (f *fixture) logged(t testing.TB) (e Exchange, in, out string) {
	t.Helper()
	return f.log.last(t, f.n)
}

func serve(t testing.TB, change func(o *EndpointOptions)) *fixture {
	t.Helper()
	f := &fixture{h: new(echoHandler), log: new(memoryLog)}
	o := EndpointOptions{System: "echo", Detail: echoDetail, Log: f.log}
	if change != nil {
		change(&o)
	}
	var err error
	if f.e, err = NewEndpoint(f.h, o); err != nil {
		t.Fatal(err)
	}
	s := NewServer()
	if err := s.Mount("/soap/echo", f.e); err != nil {
		t.Fatal(err)
	}
	f.Server = httptest.NewServer(s)
	f.url = f.Server.URL + "/soap/echo"
	t.Cleanup(f.Close)
	return f
}

// reply is an HTTP answer as a whole.
type reply struct {
	status int
	header http.Header
	body   string
}

// post sends a body with headers given as "Name: value"; Content-Type is text/xml without
// a charset unless one of them says otherwise.
func (f *fixture) post(t testing.TB, body string, headers ...string) reply {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, f.url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "text/xml")
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ":")
		req.Header.Set(name, strings.TrimSpace(value))
		if value == "" {
			req.Header.Del(name)
		}
	}
	f.n++
	return do(t, req)
}

func do(t testing.TB, req *http.Request) reply {
	t.Helper()
	c := &http.Client{Transport: &http.Transport{DisableCompression: true, DisableKeepAlives: true}}
	resp, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{resp.StatusCode, resp.Header, string(b)}
}

// message is a plain envelope around body, with header blocks.
func message(v Version, header, body string) string {
	if header != "" {
		header = "<s:Header>" + header + "</s:Header>"
	}
	return `<s:Envelope xmlns:s="` + v.Space() + `">` + header + "<s:Body>" + body + "</s:Body></s:Envelope>"
}

func echoBody(text string) string {
	return `<Echo xmlns="` + echoSpace + `"><Text>` + text + `</Text></Echo>`
}

// answer is what an envelope holds, read with the package's own client side, which has
// tests of its own against other stacks.
func (r reply) answer(t testing.TB) (e *echo, f *Fault) {
	t.Helper()
	doc, _, err := xml.DecodeBytes([]byte(r.body), parseMediaType(r.header.Get("Content-Type")).charset)
	if err != nil {
		t.Fatalf("answer in no charset: %v\n%s", err, r.body)
	}
	rd := xml.NewReaderBytes(doc, xml.Limits{})
	v, more, err := openAnswer(rd)
	if err != nil || !more {
		t.Fatalf("no answer: %v\nstatus %d\n%s", err, r.status, r.body)
	}
	if rd.Name().Local == "Fault" {
		if f, err = readFault(rd, v); err != nil {
			t.Fatalf("unreadable fault: %v\n%s", err, r.body)
		}
		f.Detail = typedDetail(f.RawDetail, echoFaults)
		return nil, f
	}
	e = new(echo)
	if err := readAnswer(rd, more, e); err != nil {
		t.Fatalf("unreadable answer: %v\n%s", err, r.body)
	}
	return e, nil
}

// wantEcho checks that the message was acted upon once and answered with its text.
func (f *fixture) wantEcho(t testing.TB, r reply, text string) {
	t.Helper()
	e, fault := r.answer(t)
	if fault != nil {
		t.Fatalf("refused with %d: %v", r.status, fault)
	}
	if e.Text != text || r.status != 200 {
		t.Errorf("answer %q with status %d, want %q with 200", e.Text, r.status, text)
	}
	if calls := f.h.made(); !slices.Equal(calls, []string{text}) {
		t.Errorf("calls made: %q, want one with %q", calls, text)
	}
}

// wantFault checks that the message was refused with a fault that holds all of the words, and that
// nothing was done.
func (f *fixture) wantFault(t testing.TB, r reply, status int, code Code, words ...string) *Fault {
	t.Helper()
	e, fault := r.answer(t)
	if fault == nil {
		t.Fatalf("answered %+v, want a fault", e)
	}
	if r.status != status || fault.Code != code {
		t.Errorf("fault %s (%s) with status %d, want %s with %d", fault.Code, fault.String, r.status, code, status)
	}
	for _, w := range words {
		if !strings.Contains(fault.String, w) {
			t.Errorf("fault %q does not say %q", fault.String, w)
		}
	}
	if calls := f.h.made(); len(calls) > 0 {
		t.Errorf("calls made for a refused message: %q", calls)
	}
	return fault
}
