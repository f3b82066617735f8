package app

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"sync"
	"time"
)

// A hub that stops must cut no call. While it drains it still takes connections and
// calls, says on /readyz that it will be gone, and lets every answer end its connection
// (Connection: close), so that callers come back through the balancer to another hub.
// What is left at the end are connections that said nothing all the while. A server can
// never know whether a request is already on its way on one of those; so they go last,
// only after they were silent for a while, and not with a byte of a request unread, which
// net/http's own Shutdown would do: it takes a connection for idle until the whole header
// of its next request has been read.

// silence is how long a connection must have said nothing before it is closed, at most;
// hubs that drain for less make do with that.
const silence = 5 * time.Second

// lines are the callers' connections. They are the hub's listener, too.
type lines struct {
	net.Listener
	header time.Duration // how long a caller may take to send its header
	close  func() error

	mu   sync.Mutex
	open map[*line]struct{}
}

func newLines(l net.Listener, header time.Duration) *lines {
	return &lines{Listener: l, header: header, close: sync.OnceValue(l.Close), open: map[*line]struct{}{}}
}

// Close implements net.Listener; the HTTP server closes it again.
func (ls *lines) Close() error { return ls.close() }

// Accept implements net.Listener.
func (ls *lines) Accept() (net.Conn, error) {
	c, err := ls.Listener.Accept()
	if err != nil {
		return nil, err
	}
	l := &line{Conn: c, of: ls, silent: true, since: time.Now()}
	ls.mu.Lock()
	ls.open[l] = struct{}{}
	ls.mu.Unlock()
	return l, nil
}

// state hears from the HTTP server what it does with a connection.
func (ls *lines) state(c net.Conn, st http.ConnState) {
	if t, ok := c.(*tls.Conn); ok {
		if st == http.StateActive && t.ConnectionState().NegotiatedProtocol == "h2" {
			c = t.NetConn() // HTTP/2 says goodbye by itself, without losing a call
			if l, ok := c.(*line); ok {
				l.forget()
			}
			return
		}
		c = t.NetConn()
	}
	if l, ok := c.(*line); ok && st == http.StateIdle {
		l.rest()
	}
}

// hangUp closes the connections that were silent for quiet and tells how many are left.
func (ls *lines) hangUp(quiet time.Duration) (left int) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	for l := range ls.open {
		l.hangUp(quiet)
	}
	return len(ls.open)
}

// clear ends the connections one by one as they fall silent, until none is left or ctx
// ends.
func (ls *lines) clear(ctx context.Context, quiet time.Duration) {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for ls.hangUp(quiet) > 0 {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// line is one caller's connection.
type line struct {
	net.Conn
	of *lines

	mu sync.Mutex
	// silent: nothing was heard since the last answer, or since the beginning.
	silent, heard bool
	since         time.Time
	hungUp        bool
}

// Read implements net.Conn. What was sent before the line was hung up is still heard,
// and answered.
func (l *line) Read(p []byte) (int, error) {
	n, err := l.Conn.Read(p)
	if n > 0 {
		l.mu.Lock()
		l.heard, l.silent = true, false
		if l.hungUp {
			l.hungUp = false
			_ = l.SetReadDeadline(time.Now().Add(l.of.header))
		}
		l.mu.Unlock()
	}
	return n, err
}

// Write implements net.Conn.
func (l *line) Write(p []byte) (int, error) {
	l.mu.Lock()
	l.heard = false
	l.mu.Unlock()
	return l.Conn.Write(p)
}

// rest: the server has answered and waits for the next request, whose first byte may
// have come already.
func (l *line) rest() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.heard {
		l.silent, l.since = true, time.Now()
	}
}

// hangUp ends the server's wait for a request, and with it the connection. The server
// may just be setting a deadline of its own, so this is done again until it is heard.
func (l *line) hangUp(quiet time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.silent && time.Since(l.since) >= quiet {
		l.hungUp = true
		_ = l.SetReadDeadline(time.Unix(1, 0))
	}
}

func (l *line) forget() {
	l.of.mu.Lock()
	defer l.of.mu.Unlock()
	delete(l.of.open, l)
}

// Close implements net.Conn.
func (l *line) Close() error {
	l.forget()
	return l.Conn.Close()
}
