package soap

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"tundish/core"
	"tundish/wsdl/xml"
)

// stopped is a clock that stands still until it is moved.
type stopped struct{ now time.Time }

func (c *stopped) Now() time.Time                       { return c.now }
func (c *stopped) After(time.Duration) <-chan time.Time { return nil }

var noon = time.Date(2024, 6, 1, 12, 0, 0, 0, time.UTC)

func usernameToken(inner string) string {
	return `<wsse:Security xmlns:wsse="` + securitySpace + `" xmlns:wsu="` + utilitySpace + `" s:mustUnderstand="1"><wsse:UsernameToken wsu:Id="u">` + inner + `</wsse:UsernameToken></wsse:Security>`
}

func digestToken(nonce, created, password string) string {
	s := `<wsse:Username>u</wsse:Username><wsse:Password Type="` + tokenProfile + `#PasswordDigest">` + digest([]byte(nonce), created, password) + `</wsse:Password>`
	if nonce != "" {
		s += `<wsse:Nonce>` + base64.StdEncoding.EncodeToString([]byte(nonce)) + `</wsse:Nonce>`
	}
	if created != "" {
		s += `<wsu:Created>` + created + `</wsu:Created>`
	}
	return usernameToken(s)
}

func textToken(user, password string) string {
	return usernameToken(`<wsse:Username>` + user + `</wsse:Username><wsse:Password>` + password + `</wsse:Password>`)
}

func users(user string) (string, bool) { return map[string]string{"u": "secret"}["u"], user == "u" }

// wantNotAuthorised checks the detail that the contracts promise.
func wantNotAuthorised(t testing.TB, f *Fault) {
	t.Helper()
	d, ok := f.Detail.(*orderFault)
	if !ok || d.Code != "not_authorised" || d.Message != f.String || d.CorrelationID == "" || !strings.Contains(f.String, d.CorrelationID) {
		t.Errorf("detail %s beside %q", f.RawDetail, f.String)
	}
}

func guarded(t *testing.T, c Credentials) (*fixture, *stopped) {
	clock := &stopped{noon}
	c.Password = users
	return serve(t, func(o *EndpointOptions) { o.Credentials, o.Clock = &c, clock }), clock
}

func TestUsernameTokenDigestAsInTheProfile(t *testing.T) {
	nonce, _ := base64.StdEncoding.DecodeString("WScqanjCEAC4mQoBE07sAQ==")
	// Computed with Python's hashlib.
	if got := digest(nonce, "2003-07-16T01:24:32Z", "taadtaadpstcsm"); got != "AtYMdWClJo7PIuTpqmhmEEoEZyc=" {
		t.Errorf("digest %s", got)
	}
}

func TestUsernameTokens(t *testing.T) {
	at := func(d time.Duration) string { return noon.Add(d).Format(time.RFC3339) }
	policy := Credentials{Text: true, Digest: true}
	bare := Credentials{Digest: true, Bare: true}
	for name, c := range map[string]struct {
		policy Credentials
		header string
		ok     bool
		words  string
	}{
		"text":                        {policy, textToken("u", "secret"), true, ""},
		"text, wrong":                 {policy, textToken("u", "Secret"), false, "password missing or wrong"},
		"text with blanks":            {policy, textToken("u", " secret"), false, ""},
		"unknown user":                {policy, textToken("v", "secret"), false, "password missing or wrong"},
		"unknown user, no password":   {policy, textToken("v", ""), false, ""},
		"no token":                    {policy, "", false, "missing"},
		"no password":                 {policy, usernameToken(`<wsse:Username>u</wsse:Username>`), false, ""},
		"text where digest is asked":  {bare, textToken("u", "secret"), false, ""},
		"digest":                      {policy, digestToken("n", at(0), "secret"), true, ""},
		"digest of yesterday's clock": {policy, digestToken("n", at(-6*time.Minute), "secret"), false, "12:00:00"},
		"digest ahead of its time":    {policy, digestToken("n", at(6*time.Minute), "secret"), false, "5m0s"},
		"digest within the window":    {policy, digestToken("n", at(-4*time.Minute), "secret"), true, ""},
		"digest with fractions":       {policy, digestToken("n", "2024-06-01T20:00:00.123+08:00", "secret"), true, ""},
		"digest, wrong":               {policy, digestToken("n", at(0), "wrong"), false, "missing or wrong"},
		"digest without nonce":        {policy, digestToken("", at(0), "secret"), false, "Nonce and Created"},
		"digest without created":      {policy, digestToken("n", "", "secret"), false, "Nonce and Created"},
		"digest of unreadable time":   {policy, digestToken("n", "noon", "secret"), false, "noon"},
		"bare: nonce only":            {bare, digestToken("n", "", "secret"), true, ""},
		"bare: created only":          {bare, digestToken("", at(0), "secret"), true, ""},
		"bare: neither":               {bare, digestToken("", "", "secret"), true, ""},
		"bare: both":                  {bare, digestToken("n", at(0), "secret"), true, ""},
		"two tokens":                  {policy, textToken("u", "secret") + textToken("v", "x"), false, "two Security headers"},
		"a signature":                 {policy, strings.Replace(textToken("u", "secret"), "<wsse:UsernameToken", `<ds:Signature xmlns:ds="urn:ds"/><wsse:UsernameToken`, 1), false, "Signature"},
	} {
		t.Run(name, func(t *testing.T) {
			f, _ := guarded(t, c.policy)
			for _, v := range []Version{SOAP11, SOAP12} {
				r := f.post(t, message(v, strings.Replace(c.header, `">n<`, v.String()+`">n<`, 1), echoBody("x")))
				if c.ok {
					f.wantEcho(t, r, "x")
					break // the nonce is spent
				}
				status, code := 500, Code("")
				if v == SOAP12 {
					status, code = 400, CodeClient
				}
				fault := f.wantFault(t, r, status, code, c.words)
				if fault.Subcode.Space != securitySpace {
					t.Errorf("subcode %s", fault.Subcode)
				}
				wantNotAuthorised(t, fault)
			}
		})
	}
}

func TestANonceIsGoodOnce(t *testing.T) {
	f, clock := guarded(t, Credentials{Digest: true})
	doc := message(SOAP11, digestToken("n1", noon.Format(time.RFC3339), "secret"), echoBody("x"))
	// A refused message does not spend its nonce: mended, it may come again.
	f.wantFault(t, f.post(t, strings.Replace(doc, "<Text>", "<Bad>", 1)), 500, CodeClient)
	f.wantEcho(t, f.post(t, doc), "x")
	wantNotAuthorised(t, f.wantFault(t, f.post(t, doc), 500, "", "used before"))
	clock.now = noon.Add(4 * time.Minute)
	f.wantFault(t, f.post(t, doc), 500, "", "used before")
	other := message(SOAP11, digestToken("n2", noon.Format(time.RFC3339), "secret"), echoBody("y"))
	f.wantEcho(t, f.post(t, other), "y")
}

func TestNonceCacheForgetsAndIsBounded(t *testing.T) {
	clock := &stopped{noon}
	n := NewNonces(3, clock)
	use := func(nonce string) (bool, error) { return n.Use(context.Background(), "s", "u", nonce, time.Minute) }
	for i := range 3 {
		if fresh, err := use(fmt.Sprint(i)); !fresh || err != nil {
			t.Fatalf("%d: %t, %v", i, fresh, err)
		}
	}
	if fresh, err := use("0"); fresh || err != nil {
		t.Errorf("used twice: %t, %v", fresh, err)
	}
	if _, err := use("3"); err == nil {
		t.Error("a full cache took a nonce it cannot remember")
	}
	clock.now = noon.Add(2 * time.Minute)
	if fresh, err := use("3"); !fresh || err != nil {
		t.Errorf("after the window: %t, %v", fresh, err)
	}
	if got := len(n.(*nonces).until); got != 1 {
		t.Errorf("%d nonces held", got)
	}
}

type brokenNonces struct{}

func (brokenNonces) Use(context.Context, core.SystemID, string, string, time.Duration) (bool, error) {
	return false, errors.New("the store is away")
}

func TestWithoutItsNoncesNothingIsDone(t *testing.T) {
	f, _ := guarded(t, Credentials{Digest: true, Nonces: brokenNonces{}})
	r := f.post(t, message(SOAP11, digestToken("n", noon.Format(time.RFC3339), "secret"), echoBody("x")))
	f.wantFault(t, r, 500, CodeServer, "send it again later")
}

func TestBasic(t *testing.T) {
	f, _ := guarded(t, Credentials{Basic: true})
	basic := func(s string) string { return "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(s)) }
	doc := message(SOAP11, "", echoBody("x"))
	f.wantEcho(t, f.post(t, doc, basic("u:secret")), "x")
	for _, header := range []string{"X-None: 1", basic("u:wrong"), basic("v:secret"), "Authorization: Basic %%%", "Authorization: Bearer u:secret"} {
		r := f.post(t, doc, header)
		wantChallenge(t, f, r)
	}
	both, _ := guarded(t, Credentials{Basic: true, Text: true})
	both.wantEcho(t, both.post(t, doc, basic("u:secret")), "x")
	both.wantEcho(t, both.post(t, message(SOAP11, textToken("u", "secret"), echoBody("x"))), "x")
	for _, v := range []Version{SOAP11, SOAP12} {
		for _, header := range []string{"X-None: 1", basic("u:wrong"), basic("v:secret"), "Authorization: Bearer u:secret"} {
			wantChallenge(t, both, both.post(t, message(v, "", echoBody("x")), header))
		}
	}
	// One right proof does not cover for a wrong one.
	r := both.post(t, message(SOAP11, textToken("u", "wrong"), echoBody("x")), basic("u:secret"))
	wantNotAuthorised(t, both.wantFault(t, r, 500, ""))
	wantChallenge(t, both, both.post(t, message(SOAP11, textToken("u", "secret"), echoBody("x")), basic("u:wrong")))
}

// wantChallenge checks a refusal that asks for HTTP Basic.
func wantChallenge(t testing.TB, f *fixture, r reply) {
	t.Helper()
	e, fault := r.answer(t)
	if e != nil || r.status != 401 || !strings.HasPrefix(r.header.Get("WWW-Authenticate"), `Basic realm="echo"`) {
		t.Fatalf("answer %+v, status %d, challenge %q", e, r.status, r.header.Get("WWW-Authenticate"))
	}
	if fault.Subcode != failedAuthentication || !strings.Contains(fault.String, "missing or wrong") {
		t.Errorf("fault %v", fault)
	}
	wantNotAuthorised(t, fault)
	if calls := f.h.made(); len(calls) > 0 {
		t.Errorf("calls %q", calls)
	}
}

func TestATimestampExpires(t *testing.T) {
	f, _ := guarded(t, Credentials{Text: true})
	stamp := func(expires string) string {
		return strings.Replace(textToken("u", "secret"), "<wsse:UsernameToken", "<wsu:Timestamp><wsu:Created>2024-06-01T11:00:00Z</wsu:Created><wsu:Expires>"+expires+"</wsu:Expires></wsu:Timestamp><wsse:UsernameToken", 1)
	}
	f.wantEcho(t, f.post(t, message(SOAP11, stamp("2024-06-01T12:05:00Z"), echoBody("x"))), "x")
	f.wantEcho(t, f.post(t, message(SOAP11, stamp("2024-06-01T11:58:00Z"), echoBody("x"))), "x") // clocks differ
	f.wantFault(t, f.post(t, message(SOAP11, stamp("2024-06-01T11:30:00Z"), echoBody("x"))), 500, "", "expired")
	wantNotAuthorised(t, f.wantFault(t, f.post(t, message(SOAP11, stamp("2024-06-01T11:30:00Z"), echoBody("x"))), 500, ""))
	f.wantFault(t, f.post(t, message(SOAP11, stamp("later"), echoBody("x"))), 500, "", "later")
}

func TestASecurityHeaderNobodyAskedForDoesNoHarm(t *testing.T) {
	f := serve(t, nil)
	f.wantEcho(t, f.post(t, message(SOAP11, textToken("who", "ever"), echoBody("x"))), "x")
}

func TestCredentialsAreCutOut(t *testing.T) {
	utf16le, _ := xml.ParseCharset("utf-16")
	gbk, _ := xml.ParseCharset("gbk")
	for in, want := range map[string]string{
		`<a>x</a>`: `<a>x</a>`,
		`<w:Password Type="a>b">s3cret</w:Password>`:                `<w:Password Type="a>b">***</w:Password>`,
		`<a><pwd>s3cret</pwd><PassWord>s3cret</PassWord></a>`:       `<a><pwd>***</pwd><PassWord>***</PassWord></a>`,
		`<Password><![CDATA[</Password>s3cret]]></Password>表`:       `<Password>***</Password>表`,
		`<Password>s3cret<!-- x --></Password>`:                     `<Password>***</Password>`,
		`<Password/><b>x</b>`:                                       `<Password/><b>x</b>`,
		`<Password>s3cret`:                                          `<Password>***`,
		`<Password`:                                                 `<Password`,
		`<x><Passwords>x</Passwords></x>`:                           `<x><Passwords>x</Passwords></x>`,
		`<BinarySecurityToken>s3cret</BinarySecurityToken><b>表</b>`: `<BinarySecurityToken>***</BinarySecurityToken><b>表</b>`,
	} {
		for _, c := range []xml.Charset{{}, gbk, utf16le, {Declared: "UTF-16", Used: xml.UTF16BE}} {
			raw := xml.Encode(nil, []byte(in), c)
			if got, wantRaw := Redact(raw), xml.Encode(nil, []byte(want), c); string(got) != string(wantRaw) {
				t.Errorf("%s in %s: %q, want %q", in, c.Label(), got, wantRaw)
			}
			if string(raw) != string(xml.Encode(nil, []byte(in), c)) {
				t.Errorf("%s: the message itself was changed", in)
			}
		}
	}
}
