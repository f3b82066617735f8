package soap

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"tundish/core"
	"tundish/wsdl/xml"
)

// legacy is a contract of the kind that old servers have: two operations with one request
// element, one without any, and multiRef elements beside the first.
type legacy struct{ calls []string }

func (l *legacy) Operations() []Operation {
	same := xml.Name{Space: "urn:old", Local: "request"}
	return []Operation{
		{Name: "Open", Action: "urn:old#Open", Request: same},
		{Name: "Close", Action: "urn:old#Close", Request: same},
		{Name: "Ping", Action: "urn:old#Ping"},
	}
}

func (l *legacy) WSDL(bool) []byte { return []byte("<definitions/>") }

func (l *legacy) Document(query string) ([]byte, string, bool) {
	if query != "xsd=types.xsd" {
		return nil, "", false
	}
	return []byte("<schema/>"), "text/xml", true
}

func (l *legacy) Decode(xml.Name, *xml.Reader) (func(context.Context) (xml.Marshaler, error), error) {
	return nil, errors.New("DecodeBody was passed over")
}

func (l *legacy) DecodeBody(op Operation, r *xml.Reader) (func(context.Context) (xml.Marshaler, error), error) {
	refs := 0
	if r != nil {
		if err := r.Skip(); err != nil {
			return nil, err
		}
		for {
			more, err := r.NextChild()
			if err != nil {
				return nil, err
			}
			if !more {
				break
			}
			if r.Name().Local != "multiRef" {
				return nil, refuse("two_operations", r.Name().Local, "a second operation", "第二个操作")
			}
			refs++
			if err := r.Skip(); err != nil {
				return nil, err
			}
		}
	}
	return func(context.Context) (xml.Marshaler, error) {
		l.calls = append(l.calls, fmt.Sprint(op.Name, refs))
		return nil, nil
	}, nil
}

func TestForeignContractsAreServedByTheSameRuntime(t *testing.T) {
	l := new(legacy)
	e, err := NewEndpoint(l, EndpointOptions{System: "old"})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(e)
	defer s.Close()
	f := &fixture{Server: s, h: new(echoHandler), url: s.URL}
	for _, c := range []struct {
		body, action, call string
		words              string
	}{
		{`<request xmlns="urn:old"/>`, "urn:old#Open", "Open0", ""},
		{`<o:request xmlns:o="urn:old"/><multiRef id="id0"/><multiRef id="id1"/>`, "urn:old#Close", "Close2", ""},
		{"", "urn:old#Ping", "Ping0", ""},
		{"", "", "Ping0", ""}, // no tie to break
		{`<request xmlns="urn:old"/>`, "urn:old#Delete", "", `one of "urn:old#Open", "urn:old#Close"`},
		{`<request xmlns="urn:old"/>`, "", "", "urn:old#Open"},
		{`<request xmlns="urn:old"/><request xmlns="urn:old"/>`, "urn:old#Open", "", "a second operation"},
	} {
		r := f.post(t, message(SOAP11, "", c.body), "SOAPAction: "+c.action)
		calls := strings.Join(l.calls, " ")
		l.calls = nil
		if calls != c.call {
			t.Errorf("%s %s: calls %q, want %q", c.action, c.body, calls, c.call)
		}
		if c.call == "" {
			f.wantFault(t, r, 500, CodeClient, c.words)
		} else if !strings.Contains(r.body, "<soap:Body/>") || r.status != 200 {
			t.Errorf("answered %d %s", r.status, r.body)
		}
	}
	// The action may also come as wsa:Action or as a parameter of the media type.
	f.post(t, message(SOAP12, blocks(addressing10, "Action", "urn:old#Close"), `<request xmlns="urn:old"/>`))
	f.post(t, message(SOAP12, "", `<request xmlns="urn:old"/>`), `Content-Type: application/soap+xml; charset=utf-8; action="urn:old#Close"`)
	if calls := strings.Join(l.calls, " "); calls != "Close0 Close0" {
		t.Errorf("calls %q", calls)
	}
	if r := f.get(t, "?xsd=types.xsd"); r.status != 200 || r.body != "<schema/>" {
		t.Errorf("document: %d %s", r.status, r.body)
	}
}

// wholeBody reads answers as rpc/encoded peers write them.
type wholeBody struct{ names []string }

func (w *wholeBody) UnmarshalXML(*xml.Reader) error {
	return errors.New("UnmarshalBody was passed over")
}

func (w *wholeBody) UnmarshalBody(r *xml.Reader) error {
	if r == nil {
		return nil
	}
	for {
		w.names = append(w.names, r.Name().Local)
		if err := r.Skip(); err != nil {
			return err
		}
		if more, err := r.NextChild(); err != nil || !more {
			return err
		}
	}
}

func TestAnAnswerMayTakeTheWholeBody(t *testing.T) {
	for body, want := range map[string]string{`<a/><multiRef/><multiRef/>`: "a multiRef multiRef", "": ""} {
		url := target(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, envelope(SOAP11, body)) })
		got := new(wholeBody)
		if err := client(t, url, nil).Call(t.Context(), "x", nil, got, nil); err != nil || strings.Join(got.names, " ") != want {
			t.Errorf("%q: %q, %v", body, got.names, err)
		}
	}
}

func TestAnAnswerOfMegabytesInGBKIsRead(t *testing.T) {
	text := strings.Repeat("燃气表", 500_000)
	gbk, _ := xml.ParseCharset("gbk")
	doc := xml.Encode(nil, []byte(`<?xml version="1.0" encoding="GBK"?>`+answerXML(text)), gbk)
	if len(doc) < 2*head {
		t.Fatalf("only %d bytes", len(doc))
	}
	url := target(t, func(w http.ResponseWriter, r *http.Request) { w.Write(doc) })
	if out, err := client(t, url, nil).echo(t.Context(), "x"); err != nil || out.Text != text {
		t.Errorf("%d bytes, %v", len(out.Text), err)
	}
}

func TestAnOperationHasItsTime(t *testing.T) {
	f := serve(t, func(o *EndpointOptions) { o.Limits.CallTime = 10 * time.Millisecond })
	f.h.do = func(ctx context.Context, _ *echo) (xml.Marshaler, error) {
		<-ctx.Done()
		return nil, fmt.Errorf("commit: %w", ctx.Err())
	}
	r := f.post(t, message(SOAP11, "", echoBody("x")))
	f.h.made()
	f.wantFault(t, r, 500, CodeServer, "send it again later")
}

func TestAddressesThatMayCall(t *testing.T) {
	for prefix, status := range map[string]int{"127.0.0.0/8": 200, "10.0.0.0/8": 403} {
		f := serve(t, func(o *EndpointOptions) { o.Allow = []netip.Prefix{netip.MustParsePrefix(prefix)} })
		r := f.post(t, message(SOAP11, "", echoBody("x")))
		if status == 200 {
			f.wantEcho(t, r, "x")
		} else {
			wantNotAuthorised(t, f.wantFault(t, r, status, CodeClient, "not allowed"))
			if r := f.get(t, "?wsdl"); r.status != status {
				t.Errorf("GET: %d", r.status)
			}
		}
	}
}

// quoting is an answer that its contract does not allow.
type quoting struct{ text string }

func (q quoting) MarshalXML(*xml.Writer) error {
	return fmt.Errorf("echo: %w", q)
}
func (q quoting) Error() string { return q.text + " is too long" }
func (quoting) Place() string   { return "EchoResponse/Text" }

func TestTheLogTellsWhatNeedsAttentionAndNoSecrets(t *testing.T) {
	zc, logs := observer.New(zap.DebugLevel)
	f := serve(t, func(o *EndpointOptions) { o.Logger = zap.New(zc) })
	told := ""
	body := message(SOAP11, `<MessageID xmlns="`+addressing10+`">urn:m:1</MessageID>`, echoBody("张三 13800000000"))
	for _, c := range []struct {
		do    func(context.Context, *echo) (xml.Marshaler, error)
		level string
		text  string
	}{
		{nil, "debug", "message answered"},
		{func(ctx context.Context, _ *echo) (xml.Marshaler, error) {
			Identify(ctx, "A-1", "WO1")
			return nil, core.Fail(core.Conflict, "ended", "", "no", "不")
		}, "warn", "message refused"},
		{func(context.Context, *echo) (xml.Marshaler, error) { return nil, errors.New("disk full") }, "error", "message failed"},
		{func(_ context.Context, e *echo) (xml.Marshaler, error) {
			return nil, core.Fail(core.Invalid, "invalid_value", "Text", e.Text+" is no text", e.Text+" 不行")
		}, "warn", "message refused"},
		{func(_ context.Context, e *echo) (xml.Marshaler, error) {
			return nil, fmt.Errorf("store it: %w", core.Fail(core.Unavailable, "busy", "Text", e.Text+" is busy", e.Text+" 忙"))
		}, "error", "message failed"},
		{func(_ context.Context, e *echo) (xml.Marshaler, error) {
			_, err := strconv.Atoi(e.Text)
			return nil, fmt.Errorf("count: %w", err)
		}, "error", "message failed"},
		{func(_ context.Context, e *echo) (xml.Marshaler, error) { return quoting{e.Text}, nil }, "error", "message failed"},
		{func(_ context.Context, e *echo) (xml.Marshaler, error) { panic(fmt.Errorf("what of %q", e.Text)) }, "error", "panic in a SOAP operation"},
		{func(_ context.Context, e *echo) (xml.Marshaler, error) { panic(e) }, "error", "panic in a SOAP operation"},
		{func(context.Context, *echo) (xml.Marshaler, error) { panic("x") }, "error", "panic in a SOAP operation"},
	} {
		f.h.do = c.do
		f.post(t, body)
		f.logged(t)
		entries := logs.FilterMessage(c.text).TakeAll()
		if len(entries) != 1 || entries[0].Level.String() != c.level {
			t.Fatalf("%s: %+v", c.text, entries)
		}
		fields := entries[0].ContextMap()
		if fields["system"] != "echo" || fields["op"] != "Echo" || fields["correlation_id"] != "urn:m:1" {
			t.Errorf("%s: fields %v", c.text, fields)
		}
		if fields["code"] == "ended" && (fields["external_ref"] != "A-1" || fields["order"] != "WO1" || fields["fault"] != "Client") {
			t.Errorf("fields %v", fields)
		}
		told += fmt.Sprintln(fields)
		for _, e := range append(logs.TakeAll(), entries...) {
			if s := fmt.Sprint(e.Message, e.ContextMap()); strings.Contains(s, "13800000000") || strings.Contains(s, "张三") {
				t.Errorf("the log names people: %v", e)
			}
		}
	}
	for _, want := range []string{"disk full", "invalid_value", "field:Text", "unavailable busy at Text", "count: strconv.Atoi", "the contract does not allow the value at EchoResponse/Text", "*soap.echo"} {
		if !strings.Contains(told, want) {
			t.Errorf("the log does not tell %q:\n%s", want, told)
		}
	}
}
