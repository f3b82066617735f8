package soap

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tundish/wsdl/xml"
)

var quiet = log.New(io.Discard, "", 0)

// talk writes raw bytes to the server in pieces, flushing each, and reads all answers.
func talk(t testing.TB, f *fixture, halfClose bool, pieces ...string) []reply {
	t.Helper()
	c, err := net.Dial("tcp", f.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(10 * time.Second))
	r := bufio.NewReader(c)
	var replies []reply
	for _, p := range pieces {
		if p == "<100" {
			if line, err := r.ReadString('\n'); err != nil || !strings.Contains(line, " 100 ") {
				t.Fatalf("no 100 Continue but %q, %v", line, err)
			}
			r.ReadString('\n')
			continue
		}
		if _, err := io.WriteString(c, p); err != nil {
			t.Fatal(err)
		}
	}
	if halfClose {
		c.(*net.TCPConn).CloseWrite()
	}
	for {
		resp, err := http.ReadResponse(r, nil)
		if err != nil {
			if err != io.EOF && err != io.ErrUnexpectedEOF {
				t.Logf("end of the answers: %v", err)
			}
			return replies
		}
		b, _ := io.ReadAll(resp.Body)
		replies = append(replies, reply{resp.StatusCode, resp.Header, string(b)})
	}
}

func one(t testing.TB, replies []reply) reply {
	t.Helper()
	if len(replies) != 1 {
		t.Fatalf("%d answers: %+v", len(replies), replies)
	}
	return replies[0]
}

const rawHead = "POST /soap/echo HTTP/1.1\r\nHost: h\r\nContent-Type: text/xml\r\nConnection: close\r\n"

func TestRawHTTP(t *testing.T) {
	f := serve(t, nil)
	doc := message(SOAP11, "", echoBody("x"))
	length := fmt.Sprintf("Content-Length: %d\r\n\r\n", len(doc))
	chunks := fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n", 10, doc[:10])
	rest := fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(doc)-10, doc[10:])

	t.Run("chunked", func(t *testing.T) {
		f.wantEcho(t, one(t, talk(t, f, false, rawHead+chunks, rest)), "x")
	})
	t.Run("HTTP/1.0", func(t *testing.T) {
		f.wantEcho(t, one(t, talk(t, f, false, "POST /soap/echo HTTP/1.0\r\nContent-Type: text/xml\r\n"+length+doc)), "x")
	})
	t.Run("Expect: 100-continue", func(t *testing.T) {
		f.wantEcho(t, one(t, talk(t, f, false, rawHead+"Expect: 100-continue\r\n"+length, "<100", doc)), "x")
	})
	t.Run("a body too large is refused before it is sent", func(t *testing.T) {
		r := one(t, talk(t, f, false, rawHead+"Expect: 100-continue\r\nContent-Length: 99999999\r\n\r\n"))
		f.wantFault(t, r, 413, CodeClient)
	})
	t.Run("a caller that closes its half", func(t *testing.T) {
		f.wantEcho(t, one(t, talk(t, f, true, rawHead+length+doc)), "x")
	})
	t.Run("two messages on one connection", func(t *testing.T) {
		keep := strings.Replace(rawHead, "Connection: close\r\n", "", 1)
		rs := talk(t, f, false, keep+length+doc+rawHead+length+doc)
		if len(rs) != 2 || rs[0].status != 200 || rs[1].status != 200 || len(f.h.made()) != 2 {
			t.Errorf("answers %+v", rs)
		}
	})
	t.Run("a body shorter than promised", func(t *testing.T) {
		r := talk(t, f, true, rawHead+fmt.Sprintf("Content-Length: %d\r\n\r\n", len(doc)+1)+doc)
		f.wantFault(t, one(t, r), 400, CodeClient, "whole")
	})
	t.Run("chunks that break off", func(t *testing.T) {
		f.wantFault(t, one(t, talk(t, f, true, rawHead+chunks)), 400, CodeClient, "whole")
	})
	t.Run("chunks that are none", func(t *testing.T) {
		f.wantFault(t, one(t, talk(t, f, true, rawHead+"Transfer-Encoding: chunked\r\n\r\nzz\r\n"+doc)), 400, CodeClient)
	})
	for name, head := range map[string]string{
		"two lengths":              "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
		"negative length":          "Content-Length: -5\r\n\r\n",
		"a header without a colon": "Nonsense\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			if r := one(t, talk(t, f, true, rawHead+head)); r.status != 400 {
				t.Errorf("status %d", r.status)
			}
			if calls := f.h.made(); len(calls) > 0 {
				t.Errorf("calls %q", calls)
			}
		})
	}
	t.Run("a length and chunks at once", func(t *testing.T) {
		// Smuggled: chunked wins or it is refused, but never two messages.
		rs := talk(t, f, true, rawHead+"Content-Length: 3\r\n"+chunks+rest)
		if len(rs) != 1 || len(f.h.made()) > 1 {
			t.Errorf("answers %+v", rs)
		}
	})
}

func TestABodyThatComesTooSlowlyIsGivenUp(t *testing.T) {
	f := serve(t, func(o *EndpointOptions) { o.Limits.ReadTime = 50 * time.Millisecond })
	r := talk(t, f, false, rawHead+"Content-Length: 100\r\n\r\n<s:Envelope")
	f.wantFault(t, one(t, r), 408, CodeClient, "50ms")
	// The deadline must not outlive the body: a slow operation on the same server.
	f.wantEcho(t, f.post(t, message(SOAP11, "", echoBody("x"))), "x")
}

func TestAnOperationOutlivesItsCallersPatience(t *testing.T) {
	f := serve(t, nil)
	requests, entered, done := make(chan context.Context, 1), make(chan struct{}), make(chan error, 1)
	f.h.do = func(ctx context.Context, in *echo) (xml.Marshaler, error) {
		close(entered)
		<-(<-requests).Done() // net/http has noticed that the caller is gone
		done <- ctx.Err()
		return &echo{Local: "EchoResponse", Text: in.Text}, nil
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests <- r.Context()
		f.e.ServeHTTP(w, r)
	}))
	defer s.Close()
	c, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	doc := message(SOAP11, "", echoBody("x"))
	fmt.Fprintf(c, "%sContent-Length: %d\r\n\r\n%s", rawHead, len(doc), doc)
	<-entered
	c.Close()
	if err := <-done; err != nil {
		t.Errorf("the operation was ended by its caller's leaving: %v", err)
	}
}

func TestMethodsOtherThanPostAndGet(t *testing.T) {
	f := serve(t, nil)
	for _, method := range []string{"PUT", "DELETE", "PATCH", "OPTIONS"} {
		req := httptest.NewRequest(method, f.url, strings.NewReader("x"))
		req.RequestURI = ""
		if r := do(t, req); r.status != 405 || r.header.Get("Allow") != "GET, HEAD, POST" {
			t.Errorf("%s: %d, Allow %q", method, r.status, r.header.Get("Allow"))
		}
	}
}
