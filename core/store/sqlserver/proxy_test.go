package sqlserver_test

import (
	"encoding/binary"
	"io"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tundish/core/store/sqlserver"
)

// loss is what a proxy does to the next commit that passes.
type loss int32

const (
	nothing      loss = iota
	beforeCommit      // the commit never reaches the server
	afterCommit       // the server commits, its answer never arrives
)

// proxy forwards the connections of a TDS client, cuts all of them on demand, and loses
// a commit.
type proxy struct {
	net.Listener
	target   string
	mu       sync.Mutex
	open     []net.Conn
	cutting  sync.WaitGroup
	stayAway atomic.Bool // after the next cut nobody gets through
	lose     atomic.Int32
	lost     atomic.Int32
}

// behindProxy opens a store whose connections pass through a proxy, in the clear so that
// the proxy can read what a packet is.
func behindProxy(t *testing.T, dsn string) (*proxy, *sqlserver.Store) {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{Listener: l, target: u.Host}
	go p.serve()
	u.Host = l.Addr().String()
	q := u.Query()
	q.Set("encrypt", "disable")
	u.RawQuery = q.Encode()
	s, err := sqlserver.Open(u.String(), sqlserver.Options{Timeout: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		_ = l.Close()
		p.cut()
	})
	return p, s
}

func (p *proxy) serve() {
	for {
		in, err := p.Accept()
		if err != nil {
			return
		}
		if p.stayAway.Load() && p.lost.Load() > 0 {
			_ = in.Close()
			continue
		}
		out, err := net.Dial("tcp", p.target)
		if err != nil {
			_ = in.Close()
			continue
		}
		p.mu.Lock()
		p.open = append(p.open, in, out)
		p.mu.Unlock()
		w := &wire{proxy: p, client: in, server: out}
		go w.requests()
		go w.answers()
	}
}

func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.open {
		_ = c.Close()
	}
	p.open = nil
}

// cutNowAndThen cuts so many times, every so often; what it returns ends it early and waits for it.
func (p *proxy) cutNowAndThen(times int, every time.Duration) (stop func()) {
	done := make(chan struct{})
	p.cutting.Go(func() {
		tick := time.NewTicker(every)
		defer tick.Stop()
		for range times {
			select {
			case <-done:
				return
			case <-tick.C:
				p.cut()
			}
		}
	})
	return sync.OnceFunc(func() { close(done); p.cutting.Wait() })
}

// wire is one connection.
type wire struct {
	proxy          *proxy
	client, server net.Conn
	swallow        atomic.Bool // the answer to a commit
}

func (w *wire) close() {
	_ = w.client.Close()
	_ = w.server.Close()
}

// requests forwards packet by packet. A packet begins with its type, its status and its
// length, 8 bytes in all ([MS-TDS] 2.2.3); a commit is a transaction manager request.
func (w *wire) requests() {
	defer w.close()
	for {
		packet := make([]byte, 8)
		if _, err := io.ReadFull(w.client, packet); err != nil {
			return
		}
		size := int(binary.BigEndian.Uint16(packet[2:]))
		packet = append(packet, make([]byte, max(0, size-8))...)
		if _, err := io.ReadFull(w.client, packet[8:]); err != nil {
			return
		}
		if isCommit(packet) {
			switch loss(w.proxy.lose.Swap(int32(nothing))) {
			case beforeCommit:
				w.proxy.lost.Add(1)
				return
			case afterCommit:
				w.swallow.Store(true)
			}
		}
		if _, err := w.server.Write(packet); err != nil {
			return
		}
	}
}

func (w *wire) answers() {
	defer w.close()
	buf := make([]byte, 32<<10)
	for {
		n, err := w.server.Read(buf)
		if err != nil {
			return
		}
		if w.swallow.Load() {
			w.proxy.lost.Add(1)
			return
		}
		if _, err := w.client.Write(buf[:n]); err != nil {
			return
		}
	}
}

// isCommit recognises TM_COMMIT_XACT ([MS-TDS] 2.2.6.9): behind the headers, whose length
// stands first, comes the request's number.
func isCommit(packet []byte) bool {
	const transactionManager, commit = 14, 7
	if len(packet) < 12 || packet[0] != transactionManager {
		return false
	}
	at := 8 + int(binary.LittleEndian.Uint32(packet[8:]))
	return at+2 <= len(packet) && binary.LittleEndian.Uint16(packet[at:]) == commit
}
