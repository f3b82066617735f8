package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"tundish/cmd/tundish/demo"
	"tundish/config"
	"tundish/core"
)

// A caller keeps its connection and hands in one order after another. It never sends
// anything twice: an error is a call that failed.
type caller interface {
	post(body string) (answer, error)
}

// modern is Go's HTTP client.
type modern struct {
	http.Client
	url string
}

func (c *modern) post(body string) (answer, error) {
	resp, err := c.Post(c.url, "text/xml; charset=utf-8", io.NopCloser(strings.NewReader(body))) // without GetBody it cannot be sent again
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, string(raw)}, err
}

// old writes on the connection it has without looking whether it is still there.
type old struct {
	address string
	conn    net.Conn
	in      *bufio.Reader
}

func (c *old) post(body string) (answer, error) {
	if c.conn == nil {
		conn, err := net.Dial("tcp", c.address)
		if err != nil {
			return answer{}, err
		}
		c.conn, c.in = conn, bufio.NewReader(conn)
	}
	if _, err := fmt.Fprintf(c.conn, "POST /soap/hotline HTTP/1.1\r\nHost: hub\r\nContent-Type: text/xml; charset=utf-8\r\nContent-Length: %d\r\n\r\n%s", len(body), body); err != nil {
		return answer{}, err
	}
	resp, err := http.ReadResponse(c.in, nil)
	if err != nil {
		return answer{}, err
	}
	raw, err := io.ReadAll(resp.Body)
	if resp.Close {
		_ = c.conn.Close()
		c.conn = nil
	}
	return answer{resp.StatusCode, string(raw)}, err
}

// restarts is how often a hub is restarted: TUNDISH_TEST_RESTARTS, make restarts has 100.
func restarts(t *testing.T) int {
	text := os.Getenv("TUNDISH_TEST_RESTARTS")
	if text == "" {
		return 15
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("TUNDISH_TEST_RESTARTS=%q is no count", text)
	}
	return n
}

// freeAddress is a port that nobody listens on, for a hub that comes back to it.
func freeAddress(t *testing.T) string {
	l, err := demo.ListenLasting()
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// Two hubs behind a plain TCP balancer are restarted in turn while callers who keep their
// connections hand in orders: no call fails, and every order is there once.
func TestNoCallFailsWhileHubsAreRestarted(t *testing.T) {
	const (
		drain    = 500 * time.Millisecond
		interval = 20 * time.Millisecond // of the balancer's health check
		pauses   = 80 * time.Millisecond // at most, between a caller's calls
	)
	w := inWorld(t)
	if err := w.configure(config.Change{File: config.SettingsFile, Key: "shutdown.drain", Text: drain.String()}); err != nil {
		t.Fatal(err)
	}
	var hubs [2]*process
	address := [2]string{freeAddress(t), freeAddress(t)}
	begin := func(i int) {
		t.Helper()
		if err := w.serve("--listen", address[i]); err != nil {
			t.Fatal(err)
		}
		hubs[i] = w.hub
	}
	for i := range hubs {
		begin(i)
		t.Cleanup(func() { _ = hubs[i].stop() })
	}
	lb, err := demo.NewBalancer("127.0.0.1:0", interval, address[0], address[1])
	if err != nil {
		t.Fatal(err)
	}
	defer lb.Close()
	ready := func(i int, want bool) {
		t.Helper()
		if err := soon(func() bool { return lb.Ready(i) == want }); err != nil {
			t.Fatalf("hub %d is ready: %v, %v", i, want, err)
		}
	}
	ready(0, true)
	ready(1, true)

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var all sync.WaitGroup
	var mu sync.Mutex
	taken := map[string]string{} // order number → reference
	for n := range 12 {
		var c caller = &old{address: lb.Addr().String()}
		if n%3 == 0 {
			transport := &http.Transport{}
			defer transport.CloseIdleConnections()
			c = &modern{http.Client{Transport: transport, Timeout: patience}, "http://" + lb.Addr().String() + "/soap/hotline"}
		}
		all.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				ref := fmt.Sprintf("D%d-%d", n, i)
				a, err := c.post(envelope(leak(ref)))
				no := a.text("OrderNo")
				if err != nil || a.status != http.StatusOK || no == "" {
					t.Errorf("%s, caller %d (%T): %v %d %s", time.Now().Format(time.StampMicro), n, c, err, a.status, a.body)
					return
				}
				mu.Lock()
				taken[no] = ref
				mu.Unlock()
				time.Sleep(rand.N(pauses)) // a person or a timer behind the caller
			}
		})
	}
	count := func() int {
		mu.Lock()
		defer mu.Unlock()
		return len(taken)
	}
	for n := range restarts(t) {
		i, before := n%2, count()
		if err := hubs[i].stop(); err != nil {
			t.Errorf("restart %d: the hub ended with %v after it said:\n%s", n, err, hubs[i].output())
		}
		ready(i, false)
		begin(i)
		ready(i, true)
		if count() == before || t.Failed() {
			t.Fatalf("restart %d: %d calls while it went on", n, count()-before)
		}
	}
	cancel()
	all.Wait()

	var stored []core.WorkOrder
	for after := ""; ; after = string(stored[len(stored)-1].No) {
		var page []core.WorkOrder
		w.list(t, &page, "order", "list", "--system", "hotline", "--limit", "1000", "--after", after)
		if stored = append(stored, page...); len(page) < 1000 {
			break
		}
	}
	for _, o := range stored {
		if taken[string(o.No)] != o.Ref.External {
			t.Errorf("stored %s %s, answered %q", o.No, o.Ref.External, taken[string(o.No)])
		}
		delete(taken, string(o.No))
	}
	if len(taken) > 0 {
		t.Errorf("answered and not stored: %v", taken)
	}
	t.Logf("%d restarts, %d calls, none failed", restarts(t), len(stored))
}

// A hub that drains says so, still answers, and lets each answer end its connection; one
// that nobody calls on any more it closes last.
func TestADrainingHubStillAnswers(t *testing.T) {
	w := inWorld(t)
	if err := w.configure(config.Change{File: config.SettingsFile, Key: "shutdown.drain", Text: "3s"}); err != nil {
		t.Fatal(err)
	}
	if err := w.serve(); err != nil {
		t.Fatal(err)
	}
	dial := func() *old {
		return &old{address: strings.TrimPrefix(w.hubURL, "http://")}
	}
	busy, lazy := dial(), dial()
	for _, c := range []*old{busy, lazy} {
		if a, err := c.post(envelope(leak(fmt.Sprintf("K-%p", c)))); err != nil || a.status != 200 || c.conn == nil {
			t.Fatalf("%v %d %s", err, a.status, a.body)
		}
	}
	ended := make(chan error, 1)
	go func() { ended <- w.hub.stop() }()
	if err := soon(func() bool {
		a, err := send("GET", w.hubURL+"/readyz", "", nil)
		return err == nil && a.status == http.StatusServiceUnavailable && strings.HasPrefix(a.body, "draining")
	}); err != nil {
		t.Fatal("readiness:", err)
	}
	if a, err := busy.post(envelope(leak("K-late"))); err != nil || a.status != 200 || busy.conn != nil {
		t.Errorf("on a kept connection: %v %d %s, kept: %v", err, a.status, a.body, busy.conn != nil)
	}
	if a, err := dial().post(envelope(leak("K-new"))); err != nil || a.status != 200 {
		t.Errorf("on a new connection: %v %d %s", err, a.status, a.body)
	}
	select {
	case err := <-ended:
		t.Fatalf("it ended (%v) before its time", err)
	default:
	}
	if _, err := lazy.in.Peek(1); !errors.Is(err, io.EOF) {
		t.Errorf("the silent connection ended with %v, not closed in order", err)
	}
	if err := <-ended; err != nil {
		t.Errorf("the hub ended with %v", err)
	}
	if _, err := os.Stat(filepath.Join(w.dir, "hub.db-wal")); err == nil {
		t.Error("the store was not closed in order")
	}
}
