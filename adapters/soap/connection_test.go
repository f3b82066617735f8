package soap

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"tundish/core"
)

func TestConnectionsAreKeptAndBounded(t *testing.T) {
	var mu atomic.Int32
	var open, most atomic.Int32
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, answerXML("x"))
	}))
	s.Config.ConnState = func(_ net.Conn, st http.ConnState) {
		switch st {
		case http.StateNew:
			mu.Add(1)
			if n := open.Add(1); n > most.Load() {
				most.Store(n)
			}
		case http.StateClosed:
			open.Add(-1)
		}
	}
	s.Start()
	defer s.Close()
	c := client(t, s.URL, func(o *ClientOptions) { o.Connections = 3 })
	for range 20 {
		if _, err := c.echo(t.Context(), "x"); err != nil {
			t.Fatal(err)
		}
	}
	if mu.Load() != 1 {
		t.Errorf("%d connections for 20 calls in turn", mu.Load())
	}
	errs := make(chan error)
	for range 30 {
		go func() { _, err := c.echo(t.Context(), "x"); errs <- err }()
	}
	for range 30 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if most.Load() > 3 {
		t.Errorf("%d connections at once, 3 are allowed", most.Load())
	}
}

func TestARestartedTargetIsReachedAgain(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, answerXML("x")) }))
	c := client(t, s.URL, nil)
	if _, err := c.echo(t.Context(), "x"); err != nil {
		t.Fatal(err)
	}
	address := s.Listener.Addr().String()
	s.Close()
	if _, err := c.echo(t.Context(), "x"); err == nil {
		t.Fatal("answered by a dead target")
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Skipf("the port was taken meanwhile: %v", err)
	}
	s2 := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, answerXML("y")) }))
	s2.Listener.Close()
	s2.Listener = l
	s2.Start()
	defer s2.Close()
	if out, err := c.echo(t.Context(), "x"); err != nil || out.Text != "y" {
		t.Errorf("%+v, %v", out, err)
	}
}

// A kept connection may be closed by the target at the moment it is used again. Whether the
// request was read then cannot be known.
func TestAKeptConnectionThatDiesUnderARequest(t *testing.T) {
	for _, repeatable := range []bool{false, true} {
		var ids []string
		url := target(t, func(w http.ResponseWriter, r *http.Request) {
			b, _ := io.ReadAll(r.Body)
			_, id, _ := strings.Cut(string(b), "urn:hub:")
			ids = append(ids, id[:1])
			if len(ids) == 2 {
				c, _, _ := w.(http.Hijacker).Hijack()
				c.Close()
				return
			}
			io.WriteString(w, answerXML("x"))
		})
		c := client(t, url, func(o *ClientOptions) { o.Repeatable = repeatable })
		if _, err := c.echo(WithMessageID(t.Context(), "urn:hub:1"), "x"); err != nil {
			t.Fatal(err)
		}
		_, err := c.echo(WithMessageID(t.Context(), "urn:hub:2"), "x")
		if repeatable && (err != nil || strings.Join(ids, "") != "122") {
			t.Errorf("repeatable: %v, sent %v", err, ids)
		}
		if !repeatable && (core.KindOf(err) != core.OutcomeUnknown || strings.Join(ids, "") != "12") {
			t.Errorf("not repeatable: %v, sent %v", err, ids)
		}
	}
}
