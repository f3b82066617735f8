package soap

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"tundish/core"
	"tundish/wsdl/xml"
)

func (f *fixture) get(t testing.TB, query string, headers ...string) reply {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, f.url+query, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		if name == "Host" {
			req.Host = value
		}
		req.Header.Set(name, value)
	}
	return do(t, req)
}

// location is the address that a WSDL names.
func location(t testing.TB, wsdl string) string {
	t.Helper()
	r := xml.NewReaderBytes([]byte(wsdl), xml.Limits{})
	for {
		kind, err := r.Next()
		if err != nil || kind == xml.EOF {
			t.Fatalf("no address in %v %s", err, wsdl)
		}
		if kind == xml.Start && r.Name().Local == "address" {
			l, _ := r.Attr("", "location")
			return l
		}
	}
}

func TestWSDLNamesTheAddressTheCallerUsed(t *testing.T) {
	f := serve(t, nil)
	host := f.Listener.Addr().String()
	for name, c := range map[string]struct {
		headers []string
		want    string
	}{
		"direct":         {nil, "http://" + host + "/soap/echo"},
		"by name":        {[]string{"Host: hub.example.com"}, "http://hub.example.com/soap/echo"},
		"behind a proxy": {[]string{"X-Forwarded-Proto: https", "X-Forwarded-Host: hub.gas.cn:8443", "X-Forwarded-Prefix: /tundish/"}, "https://hub.gas.cn:8443/tundish/soap/echo"},
		"behind two":     {[]string{"X-Forwarded-Proto: https, http", "X-Forwarded-Host: outer, inner"}, "https://outer/soap/echo"},
		"IPv6":           {[]string{"X-Forwarded-Host: [::1]:80"}, "http://[::1]:80/soap/echo"},
		"forged host":    {[]string{`X-Forwarded-Host: x"><script>`}, "http://" + host + "/soap/echo"},
		"forged scheme":  {[]string{"X-Forwarded-Proto: javascript"}, "http://" + host + "/soap/echo"},
		"forged prefix":  {[]string{`X-Forwarded-Prefix: /a" b="`}, "http://" + host + "/soap/echo"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, query := range []string{"?wsdl", "?WSDL", "?wsdl=1.2", "?singleWsdl"} {
				r := f.get(t, query, c.headers...)
				if got := location(t, r.body); got != c.want || r.status != 200 {
					t.Errorf("%s: %s, want %s", query, got, c.want)
				}
				if is12 := strings.Contains(r.body, "wsdl/soap12/"); is12 != (query == "?wsdl=1.2") {
					t.Errorf("%s: SOAP 1.2: %t", query, is12)
				}
			}
		})
	}
}

func TestWSDLOverHTTP10HasAnAddressToo(t *testing.T) {
	f := serve(t, func(o *EndpointOptions) { o.PublicURL = "https://hub.gas.cn/soap/echo" })
	r := one(t, talk(t, f, false, "GET /soap/echo?wsdl HTTP/1.0\r\n\r\n"))
	if got := location(t, r.body); got != "https://hub.gas.cn/soap/echo" {
		t.Error(got)
	}
	g := serve(t, nil)
	r = one(t, talk(t, g, false, "GET /soap/echo?wsdl HTTP/1.0\r\n\r\n"))
	if got := location(t, r.body); got != g.url {
		t.Errorf("%s, want %s", got, g.url)
	}
}

func TestGetShowsAPageWithTheOperations(t *testing.T) {
	f := serve(t, nil)
	r := f.get(t, "")
	if r.status != 200 || !strings.HasPrefix(r.header.Get("Content-Type"), "text/html") || !strings.Contains(r.body, "<li>Echo</li>") || !strings.Contains(r.body, "?wsdl") || !strings.Contains(r.body, "报文") {
		t.Errorf("%d %s", r.status, r.body)
	}
	if r := f.get(t, "?xsd=nothing"); r.status != 404 {
		t.Errorf("an unknown document: %d", r.status)
	}
}

func TestASystemWithoutAWSDLSaysSo(t *testing.T) {
	e, err := NewEndpoint(nothing{}, EndpointOptions{System: "old"})
	if err != nil {
		t.Fatal(err)
	}
	for _, query := range []string{"wsdl", "singleWsdl", "wsdl=1.1", "wsdl=1.2"} {
		w := httptest.NewRecorder()
		e.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/soap/old?"+query, nil))
		if w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), "no WSDL") {
			t.Errorf("?%s: %d %q", query, w.Code, w.Body)
		}
	}
}

func TestAWSDLMayHaveManyAddressesOrNone(t *testing.T) {
	d := newDocument([]byte(`<a><soap:address location='old'/><p:address
 b="c" location = "old2"/><x location="kept"/></a>`))
	if got := string(d.at("http://h/?a&b")); got != `<a><soap:address location='http://h/?a&amp;b'/><p:address
 b="c" location = "http://h/?a&amp;b"/><x location="kept"/></a>` {
		t.Error(got)
	}
	if got := string(newDocument([]byte("<a/>")).at("x")); got != "<a/>" {
		t.Error(got)
	}
}

func TestServerFindsEndpointsByPath(t *testing.T) {
	f := serve(t, nil)
	f.url += "/"
	f.wantEcho(t, f.post(t, message(SOAP11, "", echoBody("x"))), "x")
	f.url = strings.Replace(f.url, "/echo/", "/gis", 1)
	fault := f.wantFault(t, f.post(t, message(SOAP11, "", echoBody("x"))), 404, CodeClient, "no system is served")
	if fault.RawDetail != nil {
		t.Errorf("detail %s", fault.RawDetail)
	}
	if r := f.get(t, "?wsdl"); r.status != 404 {
		t.Errorf("GET: %d", r.status)
	}
	s := NewServer()
	if err := s.Mount("soap", f.e); err == nil {
		t.Error("a path without a slash was mounted")
	}
	if err := s.Mount("/a", f.e); err != nil || s.Endpoint("/a/") != f.e {
		t.Errorf("mounted: %v", err)
	}
	s.Unmount("/a/")
	if s.Endpoint("/a") != nil {
		t.Error("still there after Unmount")
	}
}

func TestOptionsAreChecked(t *testing.T) {
	for name, o := range map[string]EndpointOptions{
		"no system":        {},
		"unknown language": {System: "s", Language: "klingon"},
		"unknown charset":  {System: "s", AnswerCharset: "klingon"},
		"no way to log in": {System: "s", Credentials: &Credentials{Password: users}},
		"no passwords":     {System: "s", Credentials: &Credentials{Basic: true}},
	} {
		if _, err := NewEndpoint(new(echoHandler), o); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	if _, err := NewEndpoint(nil, EndpointOptions{System: "s"}); err == nil {
		t.Error("no handler was taken")
	}
}

func TestEveryTextIsThereInBothLanguages(t *testing.T) {
	for kind := core.Internal; kind <= core.OutcomeUnknown; kind++ {
		if g := generic[kind]; g[0] == "" || g[1] == "" || g[0] == g[1] {
			t.Errorf("%s: %q", kind, g)
		}
	}
}
