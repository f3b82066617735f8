package soap

import (
	"bytes"
	stdxml "encoding/xml"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"tundish/wsdl/xml"
)

// FuzzRequest: whatever comes is answered with an envelope; a fault means that nothing was done,
// an answer that exactly one operation was.
func FuzzRequest(f *testing.F) {
	utf16, _ := xml.ParseCharset("utf-16")
	gbk, _ := xml.ParseCharset("gbk")
	good := message(SOAP11, "", echoBody("表"))
	for _, doc := range []string{
		good,
		message(SOAP12, blocks(addressing10, "MessageID", "urn:1", "ReplyTo", addressing10+"/anonymous")+textToken("u", "secret"), echoBody("x")),
		message(SOAP11, digestToken("n", noon.Format(time.RFC3339), "secret"), echoBody("x")+"<multiRef/>"),
		message(SOAP11, `<h:Tx xmlns:h="urn:x" s:mustUnderstand="1">1</h:Tx>`, echoBody("x")),
		good + good, good[:60], "", "\ufeff" + good, "<a/>",
		`<?xml version="1.0" encoding="GBK"?>` + string(xml.Encode(nil, []byte(good), gbk)),
		string(xml.Encode(nil, []byte(good), utf16)),
		string(zip([]byte(good))),
	} {
		f.Add([]byte(doc), "text/xml; charset=utf-8", `"urn:tundish:echo:v1/Echo"`, "")
		f.Add([]byte(doc), `application/soap+xml;action="x"`, "", "gzip")
	}
	open, guarded := new(echoHandler), new(echoHandler)
	endpoints := map[*echoHandler]*Endpoint{}
	for h, c := range map[*echoHandler]*Credentials{open: nil, guarded: {Text: true, Digest: true, Basic: true, Password: users}} {
		e, err := NewEndpoint(h, EndpointOptions{System: "echo", Detail: echoDetail, Credentials: c, Log: new(memoryLog), Clock: &stopped{noon}})
		if err != nil {
			f.Fatal(err)
		}
		endpoints[h] = e
	}
	f.Fuzz(func(t *testing.T, body []byte, contentType, action, encoding string) {
		for h, e := range endpoints {
			req := httptest.NewRequest(http.MethodPost, "/soap/echo", bytes.NewReader(body))
			req.Header["Content-Type"] = []string{contentType}
			req.Header["Soapaction"] = []string{action}
			req.Header["Content-Encoding"] = []string{encoding}
			w := httptest.NewRecorder()
			e.ServeHTTP(w, req)
			calls := h.made()
			if w.Code == http.StatusAccepted && w.Body.Len() == 0 {
				continue // wsa:ReplyTo none
			}
			r := reply{w.Code, w.Header(), w.Body.String()}
			_, fault := r.answer(t)
			switch {
			case fault != nil && len(calls) > 0:
				t.Fatalf("refused with %q, but calls were made: %q", fault, calls)
			case fault == nil && len(calls) != 1:
				t.Fatalf("answered after calls %q", calls)
			case fault != nil && (w.Code < 400 || fault.Code == CodeServer):
				t.Fatalf("status %d, %v", w.Code, fault)
			case fault == nil && encoding == "":
				oneOperation(t, body, parseMediaType(contentType).charset)
			}
			l := e.o.Log.(*memoryLog)
			l.kept, l.in, l.out = nil, nil, nil
		}
	})
}

// oneOperation asks another parser whether the Body of a message that was acted upon holds
// one element. Where that parser gives up it is no judge.
func oneOperation(t *testing.T, body []byte, charset string) {
	doc, _, err := xml.DecodeBytes(body, charset)
	if err != nil {
		t.Fatalf("acted upon, but in no charset: %v", err)
	}
	d := stdxml.NewDecoder(bytes.NewReader(doc))
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	depth, operations, inBody := 0, 0, false
	for {
		token, err := d.Token()
		if err == io.EOF && operations != 1 {
			t.Fatalf("acted upon with %d operations: %q", operations, doc)
		}
		if err != nil {
			return
		}
		switch token := token.(type) {
		case stdxml.StartElement:
			depth++
			if depth == 2 {
				inBody = token.Name.Local == "Body"
			}
			if depth == 3 && inBody {
				operations++
			}
		case stdxml.EndElement:
			depth--
		}
	}
}

// FuzzAnswer: whatever a target answers, a call ends, without a panic, and a broken answer is no
// success.
func FuzzAnswer(f *testing.F) {
	for _, doc := range []string{answerXML("x"), envelope(SOAP12, `<s:Fault><s:Code><s:Value>s:Sender</s:Value></s:Code><s:Reason><s:Text>t</s:Text></s:Reason><s:Detail><a/></s:Detail></s:Fault>`),
		envelope(SOAP11, `<s:Fault><faultcode>a:b</faultcode><faultstring>x</faultstring><detail><OrderFault xmlns="`+echoSpace+`"><code>c</code></OrderFault></detail></s:Fault>`), "<html>", ""} {
		f.Add([]byte(doc), 200, "text/xml", "")
		f.Add([]byte(doc), 500, "text/html; charset=gbk", "gzip")
	}
	c, err := NewClient(ClientOptions{System: "far", Endpoint: "http://127.0.0.1/"})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body []byte, status int, contentType, encoding string) {
		c.http.Transport = canned{status, contentType, encoding, body}
		out, err := c.echo(t.Context(), "x")
		if err == nil && (status >= 300 || out.Local == "") {
			t.Fatalf("status %d taken for success: %+v", status, out)
		}
	})
}

// canned is a transport that answers without a network.
type canned struct {
	status                int
	contentType, encoding string
	body                  []byte
}

func (c canned) RoundTrip(r *http.Request) (*http.Response, error) {
	io.Copy(io.Discard, r.Body)
	h := http.Header{"Content-Type": {c.contentType}, "Content-Encoding": {c.encoding}}
	return &http.Response{StatusCode: c.status, Status: http.StatusText(c.status), Header: h, Body: io.NopCloser(bytes.NewReader(c.body)), ContentLength: int64(len(c.body)), Request: r}, nil
}

// FuzzRedact: what is cut out is out, and cutting twice cuts no more.
func FuzzRedact(f *testing.F) {
	f.Add([]byte("<a><w:Password t='>'>s</w:Password></a>"))
	f.Add([]byte("<\x00p\x00w\x00d\x00>\x00s\x00"))
	f.Add([]byte("<pwd><![CDATA[</pwd>]]></pwd><pwd/>"))
	f.Fuzz(func(t *testing.T, b []byte) {
		once := Redact(b)
		if twice := Redact(once); !bytes.Equal(once, twice) {
			t.Fatalf("%q becomes %q becomes %q", b, once, twice)
		}
	})
}
