package demo

import (
	"context"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Balancer spreads connections over hubs as a plain TCP balancer does: it knows nothing
// of HTTP but for its health check, a GET of /readyz, and leaves connections alone that
// it has made, until one of their ends closes them.
type Balancer struct {
	net.Listener
	hubs []*balanced
	next atomic.Uint64
	stop context.CancelFunc
	all  sync.WaitGroup
}

// balanced is one hub behind a Balancer.
type balanced struct {
	address string
	ready   atomic.Bool
	silent  int // checks in a row without an answer
}

// fall is after how many checks without an answer a hub gets no more callers. One that
// answers that it is not ready gets none at once.
const fall = 3

// NewBalancer listens on address, "127.0.0.1:0" for a free port, and checks the hubs, given
// as host:port, in this interval. Close ends it.
func NewBalancer(address string, every time.Duration, hubs ...string) (*Balancer, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	b := &Balancer{Listener: l, stop: stop}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 3 * time.Second}
	for _, address := range hubs {
		h := &balanced{address: address}
		b.hubs = append(b.hubs, h)
		b.all.Go(func() {
			for ctx.Err() == nil {
				h.check(ctx, client)
				_ = pause(ctx, every)
			}
		})
	}
	b.all.Go(b.serve)
	return b, nil
}

func (h *balanced) check(ctx context.Context, client *http.Client) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+h.address+"/readyz", nil)
	if err != nil {
		return // no address of ours makes a bad URL
	}
	resp, err := client.Do(req)
	if err != nil {
		if h.silent++; h.silent >= fall {
			h.ready.Store(false)
		}
		return
	}
	_ = resp.Body.Close()
	h.silent = 0
	h.ready.Store(resp.StatusCode == http.StatusOK)
}

// Ready tells whether callers are sent to the i-th hub.
func (b *Balancer) Ready(i int) bool { return b.hubs[i].ready.Load() }

func (b *Balancer) serve() {
	for {
		c, err := b.Accept()
		if err != nil {
			return
		}
		go b.carry(c.(*net.TCPConn))
	}
}

// carry gives a caller to the next hub that is ready.
func (b *Balancer) carry(caller *net.TCPConn) {
	defer caller.Close()
	first := b.next.Add(1)
	for i := range uint64(len(b.hubs)) {
		h := b.hubs[(first+i)%uint64(len(b.hubs))]
		if !h.ready.Load() {
			continue
		}
		c, err := net.DialTimeout("tcp", h.address, 2*time.Second)
		if err != nil {
			h.ready.Store(false) // until the next check
			continue
		}
		hub := c.(*net.TCPConn)
		defer hub.Close()
		done := make(chan struct{})
		go func() {
			defer close(done)
			pipe(hub, caller)
		}()
		pipe(caller, hub)
		<-done
		return
	}
}

// pipe passes on what comes from one end, and its end. When it cannot, the connection is
// broken for both.
func pipe(to, from *net.TCPConn) {
	if _, err := io.Copy(to, from); err != nil || to.CloseWrite() != nil {
		_ = to.Close()
		_ = from.Close()
	}
}

// Close refuses new callers and ends the checks; connections under way go on.
func (b *Balancer) Close() error {
	b.stop()
	err := b.Listener.Close()
	b.all.Wait()
	return err
}
