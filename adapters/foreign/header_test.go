package foreign

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"tundish/adapters/mapping"
	"tundish/adapters/soap"
	"tundish/config/lang"
	"tundish/core"
	"tundish/wsdl/xml"
)

const guarded = `
mapping: guarded
header:
  "{http://tempuri.org/}Ticket/User": {value: tundish}
  "{http://tempuri.org/}Ticket/Key": {secret: ticket}
call:
  result:
    soap_action: http://tempuri.org/WriteBack
    request:
      "{http://tempuri.org/}WriteBack/no": order.ref
      "{http://tempuri.org/}WriteBack/xml": {document: {root: R, fields: {TOKEN: {secret: ticket}}}}
`

// keeper keeps what a client hands to the message log.
type keeper struct{ request, response []byte }

func (k *keeper) Log(_ context.Context, x *soap.Exchange) {
	k.request, k.response = bytes.Clone(x.Request()), bytes.Clone(x.Response())
}

// A secret reaches the system that asks for it, in the header and in a document inside the
// Body, and is in nothing that is kept, in whatever charset and however it was escaped.
func TestASecretIsSentAndNotKept(t *testing.T) {
	const ticket = `a<b&密钥`
	for _, charset := range []string{"UTF-8", "GBK", "UTF-16"} {
		var got []byte
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			got, _ = io.ReadAll(r.Body)
			answered(w, 200, `<WriteBackResponse xmlns="http://tempuri.org/"><echo>a&lt;b&amp;密钥</echo></WriteBackResponse>`)
		}))
		kept := &keeper{}
		client, err := soap.NewClient(soap.ClientOptions{System: "s", Endpoint: server.URL, Charset: charset, NoAddressing: true, Prefix: "soapenv", Secrets: []string{ticket}, Log: kept})
		if err != nil {
			t.Fatal(err)
		}
		var p lang.Problems
		m := mapping.Load(fstest.MapFS{"guarded.yaml": {Data: []byte(guarded)}}, "guarded.yaml", mapping.Surroundings{Zone: time.UTC, Secrets: []string{"ticket"}}, &p)
		if err := p.Err(); err != nil {
			t.Fatal(err)
		}
		s := &Sink{Peer{System: "s", Client: client, Clock: core.SystemClock{}, Mapping: m, Secret: func(string) string { return ticket }}}
		if d := s.Deliver(t.Context(), owed(t, core.TellResult)); d.Outcome != core.Delivered {
			t.Fatalf("%s: %+v", charset, d)
		}
		sent, log := string(plain(got)), string(plain(kept.request))
		want := `<soapenv:Header><Ticket xmlns="http://tempuri.org/"><User>tundish</User><Key>a&lt;b&amp;密钥</Key></Ticket></soapenv:Header>`
		if !strings.Contains(sent, want) || !strings.Contains(sent, "&lt;TOKEN&gt;a&amp;lt;b&amp;amp;密钥&lt;/TOKEN&gt;") {
			t.Errorf("%s: sent %s\nwant %s", charset, sent, want)
		}
		if !strings.Contains(log, "<Key>***</Key>") || !strings.Contains(log, "&lt;TOKEN&gt;***&lt;/TOKEN&gt;") || strings.Contains(log, "密钥") {
			t.Errorf("%s: kept %s", charset, log)
		}
		if answer := string(kept.response); strings.Contains(answer, "密钥") {
			t.Errorf("%s: kept the answer %s", charset, answer)
		}
		client.Close()
		server.Close()
	}
}

// plain is a message as text.
func plain(message []byte) []byte {
	text, _, err := xml.DecodeBytes(message, "")
	if err != nil {
		return []byte(err.Error())
	}
	return text
}

func TestASecretThatTheSystemLacksIsAMistake(t *testing.T) {
	var p lang.Problems
	mapping.Load(fstest.MapFS{"guarded.yaml": {Data: []byte(guarded)}}, "guarded.yaml", mapping.Surroundings{Zone: time.UTC, Secrets: []string{"tickets"}}, &p)
	if text := p.In(lang.English); strings.Count(text, "[unknown-secret]") != 2 || !strings.Contains(text, `did you mean "tickets"?`) || !strings.Contains(text, "guarded.yaml:5:47") {
		t.Errorf("got %s", text)
	}
}

// What a system answers may quote the secret back: it is in no verdict and no kept message,
// also where it stood in an attribute.
func TestASecretThatIsAnsweredIsNotTold(t *testing.T) {
	const ticket = `p"q'r-12345`
	text := `
mapping: quoting
call:
  result:
    soap_action: http://tempuri.org/WriteBack
    request: {"{urn:t}WriteBack/@key": {secret: ticket}, "{urn:t}WriteBack/xml": {document: {root: R, fields: {"@token": {secret: ticket}}}}}
    answer: {done: [{path: A/code, in: ["1"]}], message: A/text}
`
	for name, answer := range map[string]string{
		"fault":  `<s:Fault><faultcode>s:Client</faultcode><faultstring>bad key p"q'r-12345</faultstring></s:Fault>`,
		"answer": `<A><code>1</code><text>welcome p"q'r-12345</text></A>`,
	} {
		kept := &keeper{}
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { answered(w, 200, answer) }))
		client, err := soap.NewClient(soap.ClientOptions{System: "s", Endpoint: server.URL, NoAddressing: true, Secrets: []string{ticket}, Log: kept})
		if err != nil {
			t.Fatal(err)
		}
		var p lang.Problems
		m := mapping.Load(fstest.MapFS{"quoting.yaml": {Data: []byte(text)}}, "quoting.yaml", mapping.Surroundings{Zone: time.UTC}, &p)
		if err := p.Err(); err != nil {
			t.Fatal(err)
		}
		s := &Sink{Peer{System: "s", Client: client, Clock: core.SystemClock{}, Mapping: m, Secret: func(string) string { return ticket }}}
		d := s.Deliver(t.Context(), owed(t, core.TellResult))
		if all := d.Detail + string(kept.request) + string(kept.response); strings.Contains(all, "12345") || !strings.Contains(d.Detail, "***") {
			t.Errorf("%s: %+v\nkept %s\n%s", name, d, kept.request, kept.response)
		}
		client.Close()
		server.Close()
	}
}
