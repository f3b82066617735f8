package soap

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tundish/wsdl/xml"
)

// stubborn writes head and the whole body before it reads, as PHP and Python do.
func stubborn(t *testing.T, f *fixture, head string, body []byte) reply {
	t.Helper()
	c, err := net.Dial("tcp", f.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(20 * time.Second))
	if _, err := io.WriteString(c, head); err != nil {
		t.Fatal(err)
	}
	for rest := body; len(rest) > 0; {
		n := min(len(rest), 16<<10)
		if _, err := c.Write(rest[:n]); err != nil {
			t.Fatalf("the server broke the connection %d bytes before the end: %v", len(rest), err)
		}
		rest = rest[n:]
	}
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatalf("no answer: %v", err)
	}
	if !resp.Close {
		t.Error("the connection is said to go on")
	}
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("half an answer: %v", err)
	}
	return reply{resp.StatusCode, resp.Header, string(b)}
}

func TestCallersThatSendBeforeTheyReadGetTheFault(t *testing.T) {
	const limit = 4 << 20
	large := bytes.Repeat([]byte("x"), 4*limit)
	length := func(b []byte) string { return fmt.Sprintf("Content-Length: %d\r\n\r\n", len(b)) }
	keep := strings.Replace(rawHead, "Connection: close\r\n", "", 1)
	plain := func(o *EndpointOptions) { o.Limits.Body = limit }
	faultless := func(o *EndpointOptions) {
		o.Limits.Body = limit
		o.Refusal = func(_ context.Context, _ Operation, f *Fault) xml.Marshaler {
			return &echo{Local: "EchoResponse", Text: "no"}
		}
	}
	basic := func(o *EndpointOptions) {
		o.Limits.Body = limit
		o.Credentials = &Credentials{Basic: true, Password: users}
	}
	for name, c := range map[string]struct {
		change func(*EndpointOptions)
		head   string
		body   []byte
		status int
	}{
		"announced":           {plain, rawHead + length(large), large, 413},
		"on a kept one":       {plain, keep + length(large), large, 413},
		"in one chunk":        {plain, rawHead + fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n", len(large)), append(bytes.Clone(large), "\r\n0\r\n\r\n"...), 413},
		"of a wrong type":     {plain, strings.Replace(rawHead, "text/xml", "text/html", 1) + length(large), large, 415},
		"of no known packing": {plain, rawHead + "Content-Encoding: br\r\n" + length(large[:limit]), large[:limit], 415},
		"not packed at all":   {plain, rawHead + "Content-Encoding: gzip\r\n" + length(large), large, 413},
		"a broken gzip":       {plain, rawHead + "Content-Encoding: gzip\r\n" + length(large[:limit]), large[:limit], 400},
		"without a fault":     {faultless, keep + length(large), large, 200},
		"without password":    {basic, rawHead + length(large), large, 401},
		"with a wrong one":    {basic, rawHead + "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte("u:x")) + "\r\n" + length(large), large, 401},
	} {
		t.Run(name, func(t *testing.T) {
			f := serve(t, c.change)
			r := stubborn(t, f, c.head, c.body)
			if _, fault := r.answer(t); (fault == nil) != (c.status == 200) || r.status != c.status {
				t.Errorf("status %d, fault %v; want %d", r.status, fault, c.status)
			}
			if calls := f.h.made(); len(calls) > 0 {
				t.Errorf("calls %q", calls)
			}
		})
	}
}

// endless is a body that never ends; it counts what was taken of it.
type endless struct{ taken int64 }

func (e *endless) Read(p []byte) (int, error) {
	e.taken += int64(len(p))
	return len(p), nil
}
func (*endless) Close() error { return nil }

// timed is a ResponseWriter that takes deadlines.
type timed struct {
	http.ResponseWriter
	last time.Time
}

func (t *timed) SetReadDeadline(at time.Time) error { t.last = at; return nil }
func (t *timed) Unwrap() http.ResponseWriter        { return t.ResponseWriter }

func TestNotEverythingIsTakenIn(t *testing.T) {
	for limit, most := range map[int64]int64{10_000: 40_000, 1 << 20: 4 << 20, 1 << 30: 64 << 20} {
		if got := (Limits{Body: limit}).drained(); got != most {
			t.Errorf("of a body limited to %d another %d are taken in, want %d", limit, got, most)
		}
	}
	f := serve(t, func(o *EndpointOptions) { o.Limits.Body, o.Limits.ReadTime = 10_000, time.Minute })
	body := new(endless)
	req, err := http.NewRequest(http.MethodPost, f.url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Body, req.ContentLength = body, -1
	w := &timed{ResponseWriter: httptest.NewRecorder()}
	before := time.Now()
	f.e.ServeHTTP(w, req)
	if body.taken < 50_000 || body.taken > 50_000+64<<10 { // one buffer more than is kept
		t.Errorf("%d bytes taken of an endless body; want the limit and four times as much", body.taken)
	}
	if w.last.Before(before.Add(time.Minute)) || w.last.After(time.Now().Add(time.Minute)) {
		t.Errorf("the deadline is %s", w.last.Sub(before))
	}
}

func TestACallerThatSendsNoMoreIsLetGo(t *testing.T) {
	f := serve(t, func(o *EndpointOptions) { o.Limits.Body, o.Limits.ReadTime = 100, 50*time.Millisecond })
	// It promises much and then waits: the connection ends by itself.
	r := one(t, talk(t, f, false, rawHead+"Content-Length: 1000000\r\n\r\n<a>"))
	f.wantFault(t, r, 413, CodeClient, "100 bytes")
}
