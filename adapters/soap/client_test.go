package soap

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tundish/core"
	"tundish/wsdl/xml"
)

// target is a server that answers as a test tells it.
func target(t testing.TB, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL + "/x"
}

func client(t testing.TB, url string, change func(o *ClientOptions)) *Client {
	t.Helper()
	o := ClientOptions{System: "far", Endpoint: url, Timeouts: Timeouts{Dial: time.Second, Header: 5 * time.Second, Whole: 5 * time.Second}}
	if change != nil {
		change(&o)
	}
	c, err := NewClient(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func (c *Client) echo(ctx context.Context, text string) (*echo, error) {
	out := new(echo)
	err := c.Call(ctx, echoSpace+"/Echo", &echo{Local: "Echo", Text: text, Times: 0}, out, echoFaults)
	return out, err
}

func envelope(v Version, body string) string { return message(v, "", body) }

func answerXML(text string) string {
	return envelope(SOAP11, `<EchoResponse xmlns="`+echoSpace+`"><Text>`+text+`</Text><Times>3</Times></EchoResponse>`)
}

func TestClientAndEndpointUnderstandEachOther(t *testing.T) {
	const text = "镕 燃气表 𠮷 <&>"
	for _, v := range []Version{SOAP11, SOAP12} {
		for _, charset := range []string{"", "GBK", "gb2312", "GB18030", "UTF-16"} {
			for scheme, login := range map[string]Scheme{"none": NoLogin, "basic": BasicLogin, "text": TextLogin, "digest": DigestLogin} {
				t.Run(v.String()+charset+scheme, func(t *testing.T) {
					f := serve(t, func(o *EndpointOptions) {
						if login != NoLogin {
							o.Credentials = &Credentials{Basic: true, Text: true, Digest: true, Password: passwords}
						}
					})
					c := client(t, f.url, func(o *ClientOptions) {
						o.Version, o.Charset, o.ZipRequests, o.ZipAnswers = v, charset, login == BasicLogin, login == TextLogin
						o.Login = Login{login, "王", "p ä<ss"}
					})
					for range 2 {
						out, err := c.echo(t.Context(), text+strings.Repeat("x", 5000))
						if err != nil || out.Text != text+strings.Repeat("x", 5000) {
							t.Fatalf("%+v, %v", out, err)
						}
					}
					e, in, _ := f.log.last(t, 2)
					if login != NoLogin && e.User != "王" {
						t.Errorf("user %q", e.User)
					}
					if e.Version != v || strings.Contains(in, "ss</") {
						t.Errorf("version %s, request %s", e.Version, in)
					}
					if login == DigestLogin && strings.Contains(in, "p ä") {
						t.Errorf("a digest holds the password: %s", in)
					}
				})
			}
		}
	}
}

func passwords(user string) (string, bool) {
	if user == "王" {
		return "p ä<ss", true
	}
	return "", false
}

func TestMessageIDIsKeptAcrossRetriesAndCorrelationIDGoesAlong(t *testing.T) {
	var bodies, correlations []string
	url := target(t, func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		bodies, correlations = append(bodies, string(b)), append(correlations, r.Header.Get("X-Correlation-Id"))
		if r.Header.Get("Soapaction") != `"`+echoSpace+`/Echo"` {
			t.Errorf("SOAPAction %s", r.Header.Get("Soapaction"))
		}
		io.WriteString(w, answerXML("x"))
	})
	log := new(memoryLog)
	c := client(t, url, func(o *ClientOptions) { o.Log = log })
	ctx := WithCorrelationID(WithMessageID(t.Context(), "urn:hub:7"), "job-3")
	for range 2 {
		if _, err := c.echo(ctx, "x"); err != nil {
			t.Fatal(err)
		}
	}
	for i, b := range bodies {
		if !strings.Contains(b, `MessageID xmlns:wsa="`+addressing10+`">urn:hub:7<`) || correlations[i] != "job-3" {
			t.Errorf("attempt %d: correlation %s in\n%s", i, correlations[i], b)
		}
	}
	if e, in, out := log.last(t, 2); e.MessageID != "urn:hub:7" || e.CorrelationID != "job-3" || in != bodies[1] || out != answerXML("x") || e.Direction != core.Outbound || e.Operation != "Echo" {
		t.Errorf("logged %+v\n%s\n%s", e, in, out)
	}
	if _, err := c.echo(t.Context(), "x"); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(bodies[2], ">urn:uuid:") {
		t.Errorf("no MessageID made: %s", bodies[2])
	}
}

func TestAnswersThatAClientMustBear(t *testing.T) {
	gbk, _ := xml.ParseCharset("gbk")
	utf16, _ := xml.ParseCharset("utf-16")
	chinese := answerXML("水表")
	fault := func(v Version, inner string) string { return envelope(v, "<s:Fault>"+inner+"</s:Fault>") }
	fault11 := fault(SOAP11, `<faultcode>s:Client</faultcode><faultstring>重复回写</faultstring><detail><OrderFault xmlns="`+echoSpace+`"><code>known</code><message>m</message><correlationId>9</correlationId></OrderFault></detail>`)
	write := func(status int, contentType, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", contentType)
			w.Header().Set("Retry-After", "17")
			w.WriteHeader(status)
			io.WriteString(w, body)
		}
	}
	type outcome struct {
		text  string    // of a good answer
		code  Code      // of a fault
		kind  core.Kind // of a bad one
		words []string
	}
	unknown := func(words ...string) outcome { return outcome{kind: core.OutcomeUnknown, words: words} }
	for name, c := range map[string]struct {
		h    http.HandlerFunc
		want outcome
	}{
		"good":                           {write(200, "text/xml", answerXML("x")), outcome{text: "x"}},
		"answer of the other version":    {write(200, "application/soap+xml", strings.ReplaceAll(answerXML("x"), Envelope11, Envelope12)), outcome{text: "x"}},
		"with headers and declaration":   {write(200, "text/xml", `<?xml version="1.0"?>`+message(SOAP11, `<a xmlns="urn:a"><b/></a>`, `<EchoResponse xmlns="`+echoSpace+`"><Text>x</Text></EchoResponse>`)), outcome{text: "x"}},
		"multiRef beside the answer":     {write(200, "text/xml", strings.Replace(answerXML("x"), "</s:Body>", `<multiRef id="id0"/></s:Body>`, 1)), outcome{text: "x"}},
		"GBK by declaration":             {write(200, "text/xml", string(xml.Encode(nil, []byte(`<?xml version="1.0" encoding="gb2312"?>`+chinese), gbk))), outcome{text: "水表"}},
		"GBK by Content-Type":            {write(200, "text/xml; charset=GBK", string(xml.Encode(nil, []byte(chinese), gbk))), outcome{text: "水表"}},
		"UTF-16":                         {write(200, "text/xml", string(xml.Encode(nil, []byte(chinese), utf16))), outcome{text: "水表"}},
		"gzip though nobody asked":       {zipped(chinese), outcome{text: "水表"}},
		"fault with 500":                 {write(500, "text/xml", fault11), outcome{code: CodeClient, kind: core.Invalid, words: []string{"重复回写"}}},
		"fault with 200":                 {write(200, "text/xml", fault11), outcome{code: CodeClient, kind: core.Invalid, words: []string{"重复回写"}}},
		"fault as text/html with 404":    {write(404, "text/html", fault11), outcome{code: CodeClient, kind: core.Invalid}},
		"fault of 1.2":                   {write(400, "application/soap+xml", fault(SOAP12, `<s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value xmlns:q="urn:q">q:Late</s:Value></s:Subcode></s:Code><s:Reason><s:Text xml:lang="en">no</s:Text></s:Reason><s:Detail><OrderFault xmlns="`+echoSpace+`"><code>known</code></OrderFault></s:Detail>`)), outcome{code: CodeClient, kind: core.Invalid, words: []string{"fault Late: no"}}},
		"fault Server":                   {write(500, "text/xml", fault(SOAP11, `<faultcode>s:Server</faultcode><faultstring>db down</faultstring>`)), outcome{code: CodeServer, kind: core.Unavailable, words: []string{"db down"}}},
		"fault with unknown detail":      {write(500, "text/xml", fault(SOAP11, `<faultcode>s:Server</faultcode><faultstring>f</faultstring><detail><q:stackTrace xmlns:q="urn:q">at <x/></q:stackTrace></detail>`)), outcome{code: CodeServer, kind: core.Unavailable}},
		"fault with broken detail":       {write(500, "text/xml", fault(SOAP11, `<faultcode>s:Server</faultcode><faultstring>f</faultstring><detail><OrderFault xmlns="`+echoSpace+`"><what/></OrderFault></detail>`)), outcome{code: CodeServer, kind: core.Unavailable}},
		"fault with bare text detail":    {write(500, "text/xml", fault(SOAP11, `<faultcode>s:Server</faultcode><faultstring>f</faultstring><detail>java.lang.NPE</detail>`)), outcome{code: CodeServer, kind: core.Unavailable}},
		"fault with a code of its own":   {write(500, "text/xml", fault(SOAP11, `<faultcode>-1</faultcode><faultstring>busy</faultstring>`)), outcome{kind: core.Unavailable, words: []string{"fault -1: busy"}}},
		"fault that forgot the prefix":   {write(500, "text/xml", fault(SOAP11, `<faultcode>Client</faultcode><faultstring>f</faultstring>`)), outcome{code: CodeClient, kind: core.Invalid}},
		"fault of qualified parts":       {write(500, "text/xml", fault(SOAP11, `<s:faultcode>s:Client</s:faultcode><s:faultstring>f</s:faultstring>`)), outcome{code: CodeClient, kind: core.Invalid, words: []string{"f"}}},
		"fault of security":              {write(500, "text/xml", fault(SOAP11, `<faultcode xmlns:w="`+securitySpace+`">w:FailedAuthentication</faultcode><faultstring>f</faultstring>`)), outcome{kind: core.Denied}},
		"HTML with 200":                  {write(200, "text/html", "<html><body><br>Error</body></html>"), unknown("no SOAP message")},
		"HTML with 500":                  {write(500, "text/html", "<html><body>Error</body></html>"), unknown("500", "no SOAP message")},
		"HTML with 502":                  {write(502, "text/html", "Bad gateway"), unknown("502")},
		"HTML with 503":                  {write(503, "text/html", "busy"), outcome{kind: core.Unavailable, words: []string{"503"}}},
		"HTML with 404":                  {write(404, "text/html", "none"), outcome{kind: core.Unavailable, words: []string{"404"}}},
		"429":                            {write(429, "text/html", "slow down"), outcome{kind: core.Unavailable}},
		"401":                            {write(401, "text/html", "who?"), outcome{kind: core.Denied}},
		"415":                            {write(415, "text/html", "what?"), outcome{kind: core.Invalid}},
		"empty with 200":                 {write(200, "text/xml", ""), unknown("empty")},
		"empty with 202":                 {write(202, "text/xml", ""), unknown("empty")},
		"empty with 500":                 {write(500, "text/xml", ""), unknown("empty")},
		"empty Body":                     {write(200, "text/xml", envelope(SOAP11, "")), unknown("Body is empty")},
		"truncated document":             {write(200, "text/xml", chinese[:len(chinese)-20]), unknown("cannot be read")},
		"truncated behind the Body":      {write(200, "text/xml", strings.TrimSuffix(chinese, "</s:Envelope>")), unknown("cannot be read")},
		"truncated by the connection":    {brokenOff(chinese), unknown("broke off")},
		"trailing garbage":               {write(200, "text/xml", chinese+"<br>"), unknown("cannot be read")},
		"an answer against the contract": {write(200, "text/xml", envelope(SOAP11, `<EchoResponse xmlns="`+echoSpace+`"/>`)), unknown("lacks the element Text")},
		"an answer with 500":             {write(500, "text/xml", answerXML("x")), unknown("without a fault")},
		"JSON":                           {write(200, "application/json", `{"ok":true}`), unknown("no SOAP message")},
		"bytes of no charset":            {write(200, "text/xml", "<a>\xff\xff\xff</a>"), unknown("charset")},
		"half a gzip": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			w.Write(zip([]byte(chinese))[:40])
		}, unknown("broke off")},
		"no gzip": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			io.WriteString(w, chinese)
		}, unknown("gzip")},
		"an encoding of its own": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "br")
			io.WriteString(w, chinese)
		}, unknown("br")},
		"a redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://elsewhere.invalid/y", http.StatusFound)
		}, outcome{kind: core.Unavailable, words: []string{"https://elsewhere.invalid/y", "endpoint"}}},
		"a redirect that keeps the method": {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/y", http.StatusTemporaryRedirect) }, outcome{kind: core.Unavailable}},
	} {
		t.Run(name, func(t *testing.T) {
			var requests atomic.Int32
			url := target(t, func(w http.ResponseWriter, r *http.Request) {
				requests.Add(1)
				io.Copy(io.Discard, r.Body)
				c.h(w, r)
			})
			cl := client(t, url, nil)
			out, err := cl.echo(t.Context(), "q")
			if requests.Load() != 1 {
				t.Errorf("%d requests", requests.Load())
			}
			if c.want.text != "" {
				if err != nil || out.Text != c.want.text {
					t.Fatalf("%+v, %v", out, err)
				}
				return
			}
			if err == nil {
				t.Fatalf("answered %+v", out)
			}
			if core.KindOf(err) != c.want.kind {
				t.Errorf("kind %s, want %s: %v", core.KindOf(err), c.want.kind, err)
			}
			for _, w := range c.want.words {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("%q does not say %q", err, w)
				}
			}
			var f *Fault
			if isFault := errors.As(err, &f); isFault != strings.HasPrefix(name, "fault") {
				t.Fatalf("fault: %t: %v", isFault, err)
			}
			if f != nil {
				if f.Code != c.want.code {
					t.Errorf("code %q, want %q", f.Code, c.want.code)
				}
				if d, ok := f.Detail.(*orderFault); ok != (name == "fault with 500" || name == "fault with 200" || strings.HasPrefix(name, "fault as") || name == "fault of 1.2") || ok && d.Code != "known" {
					t.Errorf("detail %+v", f.Detail)
				}
				if strings.Contains(name, "detail") && len(f.RawDetail) == 0 {
					t.Error("the raw detail is lost")
				}
			}
			if strings.Contains(name, "503") || strings.Contains(name, "fault Server") {
				if d, ok := RetryAfter(err); !ok || d != 17*time.Second {
					t.Errorf("Retry-After %s, %t", d, ok)
				}
			}
		})
	}
}

func zipped(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		w.Write(zip([]byte(body)))
	}
}

// brokenOff promises more bytes than it sends.
func brokenOff(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", strconv.Itoa(len(body)+10))
		io.WriteString(w, body)
	}
}

func TestOneWayCallsAreContentWithNoMessage(t *testing.T) {
	for _, status := range []int{200, 202, 204} {
		url := target(t, func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(status) })
		if err := client(t, url, nil).Call(t.Context(), "a", &echo{Local: "Echo"}, nil, nil); err != nil {
			t.Errorf("%d: %v", status, err)
		}
	}
	url := target(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, envelope(SOAP11, "")) })
	if err := client(t, url, nil).Call(t.Context(), "a", &echo{Local: "Echo"}, nil, nil); err != nil {
		t.Error(err)
	}
}

func TestUnavailableMeansCertainlyNotActedUpon(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	refused := "http://" + l.Addr().String() + "/"
	l.Close()
	secure := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { t.Error("called without trust") }))
	secure.Config.ErrorLog = quiet
	defer secure.Close()
	for name, url := range map[string]string{
		"dial refused":        refused,
		"certificate unknown": secure.URL,
		"plain behind https":  strings.Replace(target(t, func(w http.ResponseWriter, r *http.Request) {}), "http:", "https:", 1),
		"no such host":        "http://no-such-host.invalid/",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := client(t, url, nil).echo(t.Context(), "x")
			var ce *CallError
			if !errors.As(err, &ce) || ce.Sent || core.KindOf(err) != core.Unavailable {
				t.Errorf("%v, %+v", err, ce)
			}
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := client(t, refused, nil).echo(ctx, "x"); core.KindOf(err) != core.Unavailable || !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled before: %v", err)
	}
}

func TestATrustedCertificateIsTaken(t *testing.T) {
	secure := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, answerXML("x")) }))
	defer secure.Close()
	roots := secure.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	c := client(t, secure.URL, func(o *ClientOptions) { o.TLS = &tls.Config{RootCAs: roots} })
	if out, err := c.echo(t.Context(), "x"); err != nil || out.Text != "x" {
		t.Errorf("%+v, %v", out, err)
	}
}

func TestSentAndNotAnsweredIsOutcomeUnknown(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	hang := func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		select {
		case <-release:
		case <-r.Context().Done():
		}
	}
	endless := func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "<s:Envelope xmlns:s=\""+Envelope11+"\"><s:Body>")
		for r.Context().Err() == nil {
			if _, err := io.WriteString(w, "<!-- "+strings.Repeat("x", 8000)+" -->"); err != nil {
				return
			}
		}
	}
	drip := func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "<s:Envelope")
		w.(http.Flusher).Flush()
		hang(w, r)
	}
	reset := func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		c, _, _ := w.(http.Hijacker).Hijack()
		c.(*net.TCPConn).SetLinger(0)
		c.Close()
	}
	for name, c := range map[string]struct {
		h      http.HandlerFunc
		change func(o *ClientOptions)
	}{
		"no answer in time":          {hang, func(o *ClientOptions) { o.Timeouts.Whole = 50 * time.Millisecond }},
		"no first byte in time":      {hang, func(o *ClientOptions) { o.Timeouts.Header = 50 * time.Millisecond }},
		"answer stops in its tracks": {drip, func(o *ClientOptions) { o.Timeouts.Whole = 50 * time.Millisecond }},
		"endless answer":             {endless, func(o *ClientOptions) { o.AnswerBytes = 3 << 20 }},
		"reset":                      {reset, nil},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := client(t, target(t, c.h), c.change).echo(t.Context(), "x")
			var ce *CallError
			if !errors.As(err, &ce) || !ce.Sent || core.KindOf(err) != core.OutcomeUnknown {
				t.Errorf("%v, %+v", err, ce)
			}
		})
	}
}

func TestAZippedAnswerIsBounded(t *testing.T) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	io.WriteString(z, answerXML(strings.Repeat("x", 4<<20)))
	z.Close()
	url := target(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		w.Write(b.Bytes())
	})
	_, err := client(t, url, func(o *ClientOptions) { o.AnswerBytes = 2 << 20 }).echo(t.Context(), "x")
	if core.KindOf(err) != core.OutcomeUnknown || !strings.Contains(err.Error(), "longer than allowed") {
		t.Errorf("%v", err)
	}
	if out, err := client(t, url, nil).echo(t.Context(), "x"); err != nil || len(out.Text) != 4<<20 {
		t.Errorf("a long answer within bounds: %d bytes, %v", len(out.Text), err)
	}
}

func TestALongAnswerThatBreaksOffIsOutcomeUnknown(t *testing.T) {
	for _, size := range []int{head - 200, head, 3 << 20} {
		url := target(t, brokenOff(answerXML(strings.Repeat("x", size))))
		if _, err := client(t, url, nil).echo(t.Context(), "x"); core.KindOf(err) != core.OutcomeUnknown || !strings.Contains(err.Error(), "broke off") {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
}

func TestTheConfiguredEndpointAndItsPasswordAreGuarded(t *testing.T) {
	for _, url := range []string{"", "ftp://x/", "http://", "http://user:secret@host/", "/path", "http://h:bad/"} {
		_, err := NewClient(ClientOptions{System: "far", Endpoint: url})
		if err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", url, err)
		}
	}
	if _, err := NewClient(ClientOptions{System: "far", Endpoint: "http://h/", Charset: "klingon"}); err == nil || !strings.Contains(err.Error(), "klingon") {
		t.Errorf("charset: %v", err)
	}
}

func TestRetryAfterInBothForms(t *testing.T) {
	now := time.Date(2024, 6, 1, 8, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"": 0, "5": 5 * time.Second, "-5": 0, "soon": 0, "999999999": 24 * time.Hour,
		"Sat, 01 Jun 2024 08:02:00 GMT": 2 * time.Minute, "Sat, 01 Jun 2024 07:00:00 GMT": 0,
	} {
		if got := retryAfter(http.Header{"Retry-After": {value}}, now); got != want {
			t.Errorf("%q: %s, want %s", value, got, want)
		}
	}
}
