package foreign

import (
	"context"
	"encoding/json"
	"fmt"
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
)

const tellResult = `
operation: WriteBack
soap_action: urn:hotline/WriteBack
request:
  "{urn:hotline}WriteBack/xml":
    document: {root: REPAIR, declare: gb2312, fields: {S_BH: order.ref, S_NR: order.completion.work}}
answer:
  document: WriteBackResponse/WriteBackResult
  done: [{path: RESULT/CODE, in: ["1"]}]
  already: [{path: RESULT/MSG, contains: [重复回写]}]
  code: RESULT/CODE
  message: RESULT/MSG
fault: {already: [{contains: [已回写]}]}
`

func sink(t *testing.T, handler http.HandlerFunc) *Sink {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	client, err := soap.NewClient(soap.ClientOptions{System: "hotline", Endpoint: server.URL, Charset: "GBK", NoAddressing: true, Timeouts: soap.Timeouts{Whole: 500 * time.Millisecond}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	var p lang.Problems
	var c mapping.Call
	lang.Decode(&p, "hotline.yaml", []byte(tellResult), &c)
	out := mapping.Compile(&c, nil, mapping.Surroundings{Zone: time.UTC}, &p)
	if err := p.Err(); err != nil {
		t.Fatal(err)
	}
	m := &mapping.Mapping{Calls: map[core.WriteBackKind]*mapping.Outward{core.TellResult: out}}
	return &Sink{Peer{System: "hotline", Client: client, Clock: core.SystemClock{}, Mapping: m}}
}

func owed(t *testing.T, kind core.WriteBackKind) core.OutboxMessage {
	t.Helper()
	payload, err := json.Marshal(core.WriteBack{Kind: kind, Order: core.WorkOrder{No: "W1", Ref: core.Ref{System: "hotline", External: "R-1"}, Completions: []core.Completion{{Outcome: core.Done, Work: "换阀门𠮷"}}}})
	if err != nil {
		t.Fatal(err)
	}
	return core.OutboxMessage{ID: "m1", Target: "hotline", Order: "W1", Kind: kind, Payload: payload}
}

func answered(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	w.WriteHeader(status)
	fmt.Fprintf(w, `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>%s</s:Body></s:Envelope>`, body)
}

func result(inner string) string {
	return `<WriteBackResponse xmlns="urn:hotline"><WriteBackResult>` + strings.NewReplacer("<", "&lt;").Replace(inner) + `</WriteBackResult></WriteBackResponse>`
}

func TestAResultReachesASystemInItsOwnWords(t *testing.T) {
	var got, action string
	s := sink(t, func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		got, action = string(b), r.Header.Get("SOAPAction")
		answered(w, 200, result("<RESULT><CODE>1</CODE><MSG>成功</MSG></RESULT>"))
	})
	if d := s.Deliver(t.Context(), owed(t, core.TellResult)); d.Outcome != core.Delivered || d.Code != "1" || d.Detail != "成功" {
		t.Errorf("got %+v", d)
	}
	want := "<?xml version=\"1.0\" encoding=\"GBK\"?><soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body><WriteBack xmlns=\"urn:hotline\"><xml>" +
		"&lt;?xml version=\"1.0\" encoding=\"gb2312\"?&gt;&lt;REPAIR&gt;&lt;S_BH&gt;R-1&lt;/S_BH&gt;&lt;S_NR&gt;\xbb\xbb\xb7\xa7\xc3\xc5&#x20BB7;&lt;/S_NR&gt;&lt;/REPAIR&gt;</xml></WriteBack></soap:Body></soap:Envelope>"
	if strings.ReplaceAll(got, "?>\n", "?>") != want || action != `"urn:hotline/WriteBack"` {
		t.Errorf("got  %q %s\nwant %q", got, action, want)
	}
}

func TestOutcomesFollowTheAnswer(t *testing.T) {
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		want   core.DeliveryOutcome
	}{
		"already": {func(w http.ResponseWriter, _ *http.Request) {
			answered(w, 200, result("<RESULT><CODE>0</CODE><MSG>重复回写</MSG></RESULT>"))
		}, core.AlreadyDone},
		"refused": {func(w http.ResponseWriter, _ *http.Request) {
			answered(w, 200, result("<RESULT><CODE>0</CODE><MSG>无此单</MSG></RESULT>"))
		}, core.RefusedByPeer},
		"not readable": {func(w http.ResponseWriter, _ *http.Request) { answered(w, 200, result("<RESULT")) }, core.UnknownOutcome},
		"fault that means already": {func(w http.ResponseWriter, _ *http.Request) {
			answered(w, 500, "<s:Fault><faultcode>s:Server</faultcode><faultstring>该单已回写</faultstring></s:Fault>")
		}, core.AlreadyDone},
		"fault": {func(w http.ResponseWriter, _ *http.Request) {
			answered(w, 500, "<s:Fault><faultcode>s:Server</faultcode><faultstring>忙</faultstring></s:Fault>")
		}, core.TryLater},
		"no answer in time": {func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			<-r.Context().Done()
		}, core.UnknownOutcome},
	} {
		t.Run(name, func(t *testing.T) {
			if d := sink(t, c.answer).Deliver(context.Background(), owed(t, core.TellResult)); d.Outcome != c.want {
				t.Errorf("got %+v, want %s", d, c.want)
			}
		})
	}
}

func TestWhatTheMappingHasNoCallForIsNotSent(t *testing.T) {
	s := sink(t, func(http.ResponseWriter, *http.Request) { t.Error("called") })
	if d := s.Deliver(t.Context(), owed(t, core.TellStatus)); d.Outcome != core.Delivered || d.Code != "not_told" {
		t.Errorf("got %+v", d)
	}
	if d := s.Ask(t.Context(), owed(t, core.TellResult)); d.Outcome != core.UnknownOutcome || d.Code != "cannot_ask" {
		t.Errorf("got %+v", d)
	}
}

// Conditions that are all false leave nothing to send; that is done with, not owed for ever.
func TestACallWhoseConditionsAreFalseIsNotSent(t *testing.T) {
	s := sink(t, func(http.ResponseWriter, *http.Request) { t.Error("called") })
	var p lang.Problems
	m := mapping.Load(fstest.MapFS{"x.yaml": {Data: []byte(`
mapping: x
call:
  result:
    - {when: 'order.urgency == "emergency"', request: {A/no: order.no}}
    - {when: 'order.completion.outcome == "could_not_be_done"', request: {B/no: order.no}}
`)}}, "x.yaml", mapping.Surroundings{Zone: time.UTC}, &p)
	if err := p.Err(); err != nil {
		t.Fatal(err)
	}
	s.Mapping = m
	if d := s.Deliver(t.Context(), owed(t, core.TellResult)); d.Outcome != core.Delivered || d.Code != "not_told" || !strings.Contains(d.Detail, "no condition") {
		t.Errorf("got %+v", d)
	}
}

// An answer that the rules do not know is no word that the message never came: it would be
// sent a second time.
func TestAnAskThatIsNotUnderstoodLeavesTheOutcomeUnknown(t *testing.T) {
	var p lang.Problems
	m := mapping.Load(fstest.MapFS{"g.yaml": {Data: []byte("mapping: g\nask: {soap_action: urn:ask, request: {Ask/id: message.id}, answer: {done: [{path: R/code, in: [\"1\"]}], refused: [{path: R/code, in: [\"0\"]}]}}\n")}}, "g.yaml", mapping.Surroundings{Zone: time.UTC}, &p)
	if err := p.Err(); err != nil {
		t.Fatal(err)
	}
	for code, want := range map[string]core.DeliveryOutcome{"1": core.Delivered, "0": core.NotSent, "99": core.UnknownOutcome} {
		s := sink(t, func(w http.ResponseWriter, _ *http.Request) { answered(w, 200, "<R><code>"+code+"</code></R>") })
		s.Mapping = m
		if d := s.Ask(t.Context(), owed(t, core.TellResult)); d.Outcome != want {
			t.Errorf("answered %s: %+v, want %s", code, d, want)
		}
	}
	mapping.Load(fstest.MapFS{"g.yaml": {Data: []byte("mapping: g\nask: {soap_action: urn:ask, request: {Ask/id: message.id}}\n")}}, "g.yaml", mapping.Surroundings{Zone: time.UTC}, &p)
	if p.Len() != 1 {
		t.Errorf("an ask without rules: %v", p.Err())
	}
}
