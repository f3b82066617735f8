package sim

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"

	"tundish/adapters/soap"
	"tundish/core"
	"tundish/wsdl/xml"
)

// Host is the process of one simulator: one or two systems on one address.
type Host struct {
	Options
	Name string // of the simulator

	faults  *Faults
	soap    *soap.Server
	systems []*System
	handler http.Handler

	mu   sync.Mutex
	addr string
}

// System is one simulated system in a Host.
type System struct {
	ID     core.SystemID
	Books  *Books
	Driver *Driver
	// Hub calls the hub's endpoint of this system; generated clients take it.
	Hub *soap.Client
	Log *zap.Logger

	host *Host
}

// NewHost checks o and makes a host that serves nothing yet. The port is used when o
// names no address.
func NewHost(name string, port int, o Options) (*Host, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("simulate %s: %w", name, err)
	}
	if o.ListenAddr == "" {
		o.ListenAddr = fmt.Sprintf("127.0.0.1:%d", port)
	}
	if err := onLoopback(o.ListenAddr); err != nil {
		return nil, fmt.Errorf("simulate %s: %w", name, err)
	}
	o.Log = o.Log.Named(name)
	h := &Host{Options: o, Name: name, soap: soap.NewServer(), faults: NewFaults(o.Clock, o.Zone, o.Seed)}
	var rules []Rule
	for _, s := range o.Faults {
		r, err := ParseRule(s)
		if err != nil {
			return nil, fmt.Errorf("simulate %s: %w", name, err)
		}
		rules = append(rules, r)
	}
	if err := h.faults.Set(rules); err != nil {
		return nil, fmt.Errorf("simulate %s: %w", name, err)
	}
	mux := http.NewServeMux()
	mux.Handle("/soap/", h.faults.Middleware(h.soap))
	h.control(mux)
	h.handler = mux
	return h, nil
}

// onLoopback refuses to show falsified books and a remote control to a network.
func onLoopback(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("address %q: give it as host:port", addr)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("address %q: a simulator listens on loopback only, such as 127.0.0.1:9101", addr)
	}
	return nil
}

// Ways are how a system talks.
type Ways struct {
	Charset string // of its calls; default UTF-8
	Version soap.Version
}

// AddSystem opens the books of a system and a line to the hub. Serve makes it reachable.
func (h *Host) AddSystem(id core.SystemID, w Ways) (*System, error) {
	log := h.Log.With(zap.String("system", string(id)))
	client, err := soap.NewClient(soap.ClientOptions{
		System: id, Endpoint: h.HubURL + "/soap/" + string(id), Version: w.Version, Zone: h.Zone, Charset: w.Charset,
		Login: h.Logins[id], Repeatable: true, Timeouts: soap.Timeouts{Dial: 2 * time.Second, Header: 20 * time.Second, Whole: 30 * time.Second},
		Clock: h.Clock,
	})
	if err != nil {
		return nil, fmt.Errorf("simulate %s: %w", h.Name, err)
	}
	books := NewBooks(id, h.Clock, h.Zone)
	s := &System{ID: id, Books: books, Hub: client, Log: log, host: h, Driver: NewDriver(books, h.Clock, h.Seed+uint64(len(h.systems)), h.Log)}
	h.systems = append(h.systems, s)
	return s, nil
}

// Serve makes the system's side of its contract reachable at /soap/<id>. Detail makes the
// contract's fault detail.
func (s *System) Serve(contract soap.Handler, detail func(err *core.Error, correlationID string) xml.Marshaler) error {
	e, err := soap.NewEndpoint(s.host.faults.Around(s.ID, contract), soap.EndpointOptions{
		System: s.ID, Zone: s.host.Zone, Language: soap.Chinese, Credentials: s.host.Accept[s.ID], Detail: detail,
		Clock: s.host.Clock, Logger: s.host.Log, Limits: soap.Limits{Body: 32 << 20},
	})
	if err != nil {
		return fmt.Errorf("simulate %s: %w", s.host.Name, err)
	}
	return s.host.soap.Mount("/soap/"+string(s.ID), e)
}

// FirstDay is the midnight with which the driven days begin.
func (h *Host) FirstDay() time.Time { return h.firstDay() }

// Handler is everything the simulator serves, for tests without a listener of their own.
func (h *Host) Handler() http.Handler { return h.handler }

// Addr is where it listens: what was asked for, or, once Run listens, the port it got.
func (h *Host) Addr() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.addr == "" {
		return h.ListenAddr
	}
	return h.addr
}

// Books are those of a system, nil if it is not simulated here.
func (h *Host) Books(id core.SystemID) *Books {
	if s := h.System(id); s != nil {
		return s.Books
	}
	return nil
}

// System is one of the systems, nil if it is not simulated here.
func (h *Host) System(id core.SystemID) *System {
	i := slices.IndexFunc(h.systems, func(s *System) bool { return s.ID == id })
	if i < 0 {
		return nil
	}
	return h.systems[i]
}

// Faults are the faults in force.
func (h *Host) Faults() *Faults { return h.faults }

// Run listens, drives the hub if Drive is set, and blocks until ctx ends.
func (h *Host) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", h.ListenAddr)
	if err != nil {
		return fmt.Errorf("simulate %s: %w", h.Name, err)
	}
	h.mu.Lock()
	h.addr = l.Addr().String()
	h.mu.Unlock()
	server := &http.Server{
		Handler: h.handler, ReadHeaderTimeout: 10 * time.Second,
		// Whoever waits inside a fault is let go when the simulator ends.
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	h.Log.Info("the simulator serves", zap.String("address", h.addr), zap.String("hub", h.HubURL), zap.Bool("drive", h.Drive))

	var wg sync.WaitGroup
	if h.Drive {
		for _, s := range h.systems {
			wg.Go(func() { s.Driver.Run(ctx) })
		}
	}
	failed := make(chan error, 1)
	wg.Go(func() {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			failed <- fmt.Errorf("simulate %s: %w", h.Name, err)
			cancel()
		}
	})
	<-ctx.Done()
	const farewell = 2 * time.Second
	last, done := context.WithTimeout(context.WithoutCancel(ctx), farewell)
	defer done()
	if server.Shutdown(last) != nil {
		server.Close()
	}
	wg.Wait()
	for _, s := range h.systems {
		s.Hub.Close()
		h.Log.Info("the day of a system", zap.String("system", string(s.ID)), zap.Any("stats", s.Stats()))
	}
	for _, r := range h.faults.Rules() {
		h.Log.Info("a fault rule", zap.String("kind", string(r.Kind)), zap.Strings("ops", r.Ops), zap.Int("hits", r.Hits))
	}
	select {
	case err := <-failed:
		return err
	default:
		return nil
	}
}

// Stats are the system's counters of now.
func (s *System) Stats() Stats {
	n := s.Books.Stats()
	n.Planned, n.Pending = s.Driver.Left()
	return n
}
