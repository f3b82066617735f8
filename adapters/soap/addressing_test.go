package soap

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// blocks makes WS-Addressing headers of names and texts in turn; the text of a ReplyTo or
// FaultTo is its address.
func blocks(space string, pairs ...string) string {
	var b strings.Builder
	for i := 0; i < len(pairs); i += 2 {
		text := pairs[i+1]
		if strings.HasSuffix(pairs[i], "To") && pairs[i] != "To" {
			text = "<a:Address>" + text + "</a:Address><a:ReferenceParameters><x/></a:ReferenceParameters>"
		}
		b.WriteString(`<a:` + pairs[i] + ` xmlns:a="` + space + `" s:mustUnderstand="1">` + text + `</a:` + pairs[i] + `>`)
	}
	return b.String()
}

func TestMessageIDIsEchoedAsRelatesTo(t *testing.T) {
	f := serve(t, nil)
	for _, space := range []string{addressing10, addressing04} {
		anonymous := addressing10 + "/anonymous"
		if space == addressing04 {
			anonymous = addressing04 + "/role/anonymous"
		}
		r := f.post(t, message(SOAP12, blocks(space, "MessageID", " urn:m:1 ", "Action", "urn:a", "To", "http://h/", "ReplyTo", anonymous, "FaultTo", anonymous, "From", "x"), echoBody("x")))
		f.wantEcho(t, r, "x")
		for _, want := range []string{`RelatesTo xmlns:wsa="` + space + `">urn:m:1<`, `Action xmlns:wsa="` + space + `">urn:aResponse<`, `MessageID xmlns:wsa="` + space + `">urn:uuid:`} {
			if !strings.Contains(r.body, want) {
				t.Errorf("answer lacks %s: %s", want, r.body)
			}
		}
		if r.header.Get("X-Correlation-Id") != "urn:m:1" {
			t.Errorf("correlation id %q", r.header.Get("X-Correlation-Id"))
		}
	}
	r := f.post(t, message(SOAP11, blocks(addressing10, "MessageID", "urn:m:2"), "<x/>"))
	f.wantFault(t, r, 500, CodeClient, "urn:m:2")
	if !strings.Contains(r.body, ">urn:m:2</wsa:RelatesTo>") || !strings.Contains(r.body, "/soap/fault<") {
		t.Errorf("a fault relates to its message too: %s", r.body)
	}
}

func TestAddressingMistakesAreRefused(t *testing.T) {
	f := serve(t, nil)
	for name, header := range map[string]string{
		"two MessageIDs":    blocks(addressing10, "MessageID", "1", "MessageID", "2"),
		"two ReplyTos":      blocks(addressing10, "ReplyTo", "urn:1", "ReplyTo", "urn:2"),
		"long MessageID":    blocks(addressing10, "MessageID", strings.Repeat("x", 256)),
		"ReplyTo elsewhere": blocks(addressing10, "ReplyTo", "http://169.254.169.254/latest"),
		"FaultTo elsewhere": blocks(addressing10, "FaultTo", "http://h.invalid/"),
		"ReplyTo a file":    blocks(addressing10, "ReplyTo", "file:///etc/passwd"),
	} {
		t.Run(name, func(t *testing.T) {
			fault := f.wantFault(t, f.post(t, message(SOAP11, header, echoBody("x"))), 500, "")
			if fault.Subcode.Local != "InvalidAddressingHeader" {
				t.Errorf("subcode %s", fault.Subcode)
			}
		})
	}
}

func TestAnswersGoElsewhereForListedHostsOnly(t *testing.T) {
	got := make(chan string, 1)
	status := http.StatusAccepted
	elsewhere := target(t, func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		got <- r.Header.Get("Content-Type") + "\n" + string(b)
		w.WriteHeader(status)
	})
	f := serve(t, func(o *EndpointOptions) { o.ReplyHosts = []string{"127.0.0.1"} })
	doc := message(SOAP11, blocks(addressing10, "MessageID", "urn:m:1", "ReplyTo", elsewhere), echoBody("x"))
	if r := f.post(t, doc); r.status != 202 || r.body != "" {
		t.Errorf("%d %s", r.status, r.body)
	}
	if body := <-got; !strings.HasPrefix(body, "text/xml; charset=utf-8\n") || !strings.Contains(body, ">urn:m:1</wsa:RelatesTo>") || !strings.Contains(body, "<Text>x</Text>") {
		t.Errorf("sent elsewhere: %s", body)
	}
	f.h.made()
	// One that does not take it: the answer comes back on the connection.
	status = http.StatusInternalServerError
	f.wantEcho(t, f.post(t, doc), "x")
	<-got
	// The part of a URL that only looks like a host does not count.
	for _, u := range []string{"http://evil.invalid/127.0.0.1", "http://127.0.0.1@evil.invalid/", "http://127.0.0.1.evil.invalid/", "gopher://127.0.0.1/"} {
		f.wantFault(t, f.post(t, message(SOAP11, blocks(addressing10, "ReplyTo", u), echoBody("x"))), 500, "")
	}
}

func TestAnAnswerThatNobodyWants(t *testing.T) {
	f := serve(t, nil)
	r := f.post(t, message(SOAP11, blocks(addressing10, "ReplyTo", addressing10+"/none"), echoBody("x")))
	if calls := f.h.made(); r.status != 202 || r.body != "" || len(calls) != 1 {
		t.Errorf("%d %s after calls %q", r.status, r.body, calls)
	}
}
