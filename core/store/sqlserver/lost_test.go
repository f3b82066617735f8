package sqlserver_test

import (
	"fmt"
	"io"
	"net"
	"net/url"
	"sync"
	"testing"
	"time"

	"tundish/core"
	"tundish/core/store/sqlserver"
)

// brittle forwards connections to a server and cuts all of them on demand.
type brittle struct {
	net.Listener
	target string
	mu     sync.Mutex
	open   []net.Conn
}

func (p *brittle) serve() {
	for {
		in, err := p.Accept()
		if err != nil {
			return
		}
		out, err := net.Dial("tcp", p.target)
		if err != nil {
			_ = in.Close()
			continue
		}
		p.mu.Lock()
		p.open = append(p.open, in, out)
		p.mu.Unlock()
		for _, pair := range [][2]net.Conn{{in, out}, {out, in}} {
			go func() {
				_, _ = io.Copy(pair[0], pair[1])
				_ = pair[0].Close()
			}()
		}
	}
}

func (p *brittle) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.open {
		_ = c.Close()
	}
	p.open = nil
}

// TestConnectionsThatBreakLoseAndDoubleNothing cuts every connection again and again
// while orders are committed, commits included. Whatever was acknowledged is there
// once; whatever was refused as not written is not.
func TestConnectionsThatBreakLoseAndDoubleNothing(t *testing.T) {
	dsn := freshDatabase(t)
	open(t, dsn, sqlserver.Options{}) // makes the tables
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	proxy := &brittle{Listener: l, target: u.Host}
	go proxy.serve()
	u.Host = l.Addr().String()
	s, err := sqlserver.Open(u.String(), sqlserver.Options{Timeout: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()

	stop := make(chan struct{})
	var cutter sync.WaitGroup
	cutter.Go(func() {
		tick := time.NewTicker(1200 * time.Millisecond)
		defer tick.Stop()
		for range 6 { // then it must come to an end
			select {
			case <-stop:
				return
			case <-tick.C:
				proxy.cut()
			}
		}
	})
	const callers, each = 6, 150
	var callersDone sync.WaitGroup
	outcomes := make([]core.Outcome, callers*each)
	unit := func(i int) core.Unit {
		o := core.WorkOrder{No: core.OrderNo(fmt.Sprintf("W%06d", i)), Ref: core.Ref{System: "hotline", External: fmt.Sprint("x", i)},
			Type: "burst", Family: core.Repair, Phase: core.Dispatching, Urgency: core.Normal}
		ch, err := core.NewChange(nil, o, core.Event{At: time.Now(), Kind: core.EventReceived, By: "system:hotline"})
		if err != nil {
			t.Error(err)
		}
		return core.Unit{Orders: []core.OrderChange{ch}}
	}
	for c := range callers {
		callersDone.Go(func() {
			for i := c * each; i < (c+1)*each; i++ {
				outcomes[i] = s.Commit(t.Context(), unit(i))[0]
			}
		})
	}
	callersDone.Wait()
	close(stop)
	cutter.Wait()

	direct := open(t, dsn, sqlserver.Options{})
	count := map[core.OutcomeKind]int{}
	for i, out := range outcomes {
		count[out.Kind]++
		no := core.OrderNo(fmt.Sprintf("W%06d", i))
		_, err := direct.Order(t.Context(), no)
		events, evErr := direct.Events(t.Context(), no)
		if evErr != nil {
			t.Fatal(evErr)
		}
		switch {
		case out.Kind == core.Applied:
			if err != nil || len(events) != 1 {
				t.Errorf("order %s was acknowledged: %v, %d events", no, err, len(events))
			}
		case out.Kind == core.RefusedUnit && core.IsKind(out.Err, core.Unavailable):
			if !core.IsKind(err, core.NotFound) || len(events) != 0 {
				t.Errorf("order %s was refused as not written, but: %v, %d events", no, err, len(events))
			}
		case out.Kind == core.RefusedUnit && core.IsKind(out.Err, core.OutcomeUnknown):
		default:
			// Known above all: the writer would have taken its own work for another's.
			t.Errorf("order %s: %s %v", no, out.Kind, out.Err)
		}
	}
	t.Logf("outcomes: %v", count)
	if count[core.Applied] == 0 {
		t.Error("nothing went through between the cuts")
	}
}
