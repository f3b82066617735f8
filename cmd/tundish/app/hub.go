package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"tundish/adapters/api"
	"tundish/adapters/schedule"
	"tundish/adapters/soap"
	house "tundish/config/codes"
	"tundish/config/lang"
	"tundish/core"
	"tundish/core/archive"
	"tundish/core/assign"
	"tundish/core/bundle"
	"tundish/core/desk"
	"tundish/core/intake"
	"tundish/core/life"
	"tundish/core/lists"
	"tundish/core/outbox"
	"tundish/core/pull"
	"tundish/core/react"
	"tundish/core/watch"
	"tundish/dispatch"
)

// Hub is everything that serves.
type Hub struct {
	settings *Settings
	log      *zap.Logger
	clock    core.Clock
	store    Store

	listener  net.Listener
	handler   http.Handler
	soap      *soap.Server
	metrics   *metrics
	links     map[core.SystemID]*link
	channels  map[string]*channelLink
	deliverer *outbox.Deliverer
	runner    *pull.Runner
	assigner  *assign.Service
	batches   *batches
	horizon   *batches
	draining  atomic.Bool // told to stop
	archiver  *archive.Archiver
	desk      *desk.Service
	limits    *watch.Watcher
	stream    *react.Stream
	twins     *react.Duplicates
	indexer   *lists.Indexer

	moved chan struct{} // order types went live
	// What is live; follow.go.
	rules    atomic.Pointer[life.Rules]
	words    atomic.Pointer[house.Vocabulary]
	views    atomic.Pointer[[]lists.View]
	deps     func(core.SystemID) deps
	follower *bundle.Follower
	watcher  *bundle.Watcher // nil: files go live only when they are published
	applying sync.Mutex      // guards what follows
	current  *Settings
	live     map[core.Scope]core.Bundle
}

// New builds the hub on an open store and binds its address; Run serves. The store
// stays the caller's.
func New(ctx context.Context, s *Settings, store Store, log *zap.Logger) (*Hub, error) {
	h := &Hub{settings: s, log: log, clock: s.Clock(), soap: soap.NewServer(), links: map[core.SystemID]*link{}, channels: map[string]*channelLink{}, moved: make(chan struct{}, 1)}
	h.store = told{store, log.Named("order"), h.changed, func(duties []core.Duty) {
		if h.assigner != nil {
			h.assigner.RosterChanged(duties)
		}
	}}
	if err := s.SeedCrews(ctx, store, log); err != nil {
		return nil, err
	}
	s.older.open(store, log)
	err := h.follow(ctx)
	if err == nil {
		h.rules.Store(h.settings.Rules())
		h.words.Store(h.settings.Words)
		h.views.Store(&h.settings.Views)
		err = h.build(ctx, h.rules.Load)
	}
	if err == nil {
		err = h.follower.Once(ctx)
	}
	if err != nil {
		h.Close()
		return nil, err
	}
	if h.listener, err = net.Listen("tcp", s.Config.Listen.Address.V); err != nil {
		h.Close()
		return nil, core.Because(core.Unavailable, "listen", fmt.Errorf("listen on %s: %w", s.Config.Listen.Address.V, err))
	}
	return h, nil
}

// build ties the rooms together.
func (h *Hub) build(ctx context.Context, rules func() *life.Rules) error {
	me := holder()
	var targets []core.SystemID
	for i := range h.settings.Systems {
		targets = append(targets, core.SystemID(h.settings.Systems[i].ID.V))
	}
	h.metrics = newMetrics(h.store, targets)
	messages := observed{&messageLog{store: h.store, log: h.log.Named("message")}, h.metrics}

	planning, err := h.settings.planner(h.log.Named("dispatch"))
	if err != nil {
		return err
	}
	planning.Keep = h.settings.keepRecords(h.log.Named("dispatch"))
	planner := dispatch.New(planning)
	in, err := intake.New(h.store, intake.Options{Clock: h.clock, Rules: rules})
	if err != nil {
		return err
	}
	h.deps = func(id core.SystemID) deps {
		return deps{intake: in, store: h.store, messages: messages, log: h.log.Named(string(id)), clock: h.clock, metrics: h.metrics, words: h.words.Load}
	}
	for i := range h.settings.Systems {
		sys := &h.settings.Systems[i]
		conn, err := connect(h.settings, sys, h.deps(core.SystemID(sys.ID.V)))
		if err != nil {
			return fmt.Errorf("connect %s: %w", sys.ID.V, err)
		}
		h.links[core.SystemID(sys.ID.V)] = newLink(conn)
		for _, path := range sys.Paths() {
			if err := h.soap.Mount(path, conn.endpoint); err != nil {
				return err
			}
		}
	}
	if h.stream, err = react.NewStream(h.store, h.log.Named("stream"), time.Second); err != nil {
		return err
	}
	if h.twins, err = react.NewDuplicates(h.store, h.log.Named("duplicates")); err != nil {
		return err
	}
	own, err := h.ownTargets(in, rules)
	if err != nil {
		return err
	}
	served := append(h.targets(), own...)
	left, err := h.gone(ctx, served)
	if err != nil {
		return err
	}
	if h.deliverer, err = outbox.New(h.store, append(served, left...), outbox.Options{Clock: h.clock, Log: h.log.Named("outbox"), Holder: me}); err != nil {
		return err
	}
	h.metrics.registry.MustRegister(&trafficCollector{h.deliverer.Traffic})
	jobs, err := h.settings.jobs(sourcesOf(h.links))
	if err != nil {
		return err
	}
	if h.runner, err = pull.New(h.store, jobs, pull.Options{Clock: h.clock, Log: h.log.Named("pull"), Rules: rules, Holder: me, Lease: h.settings.Config.Store.Lease}); err != nil {
		return err
	}
	opts := assign.Options{Clock: h.clock, Log: h.log.Named("dispatch"), Rules: rules, Planner: planner, Calendar: h.settings.days, Holder: me, Lease: h.settings.Config.Store.Lease,
		Poll: h.settings.Config.Dispatch.Poll, LocateFor: h.settings.Config.Dispatch.LocateFor, Horizon: h.settings.horizon()}
	h.settings.places(&opts)
	if gis := h.links[core.SystemID(h.settings.Config.Partners.Locate.V)]; gis != nil {
		opts.Locator = gis
	}
	if h.assigner, err = assign.New(h.store, opts); err != nil {
		return err
	}
	h.batches = &batches{name: BatchJob, clock: h.clock, store: h.store, holder: me, lease: h.settings.Config.Store.Lease, log: h.log.Named("dispatch"), batch: func(ctx context.Context) error {
		_, err := h.assigner.Batch(ctx)
		return err
	}}
	ahead := *h.batches
	ahead.name, ahead.batch = horizonJob, func(ctx context.Context) error {
		_, err := h.assigner.PlanDays(ctx, false)
		return err
	}
	h.horizon = &ahead
	for part, specs := range map[*batches][]lang.Value[string]{h.batches: h.settings.Config.Dispatch.Batch, h.horizon: h.settings.Config.Dispatch.Horizon.Cron} {
		for _, spec := range specs {
			c, err := schedule.Parse(spec.V, h.settings.Config.Location, nil)
			if err != nil {
				return err
			}
			part.crons = append(part.crons, c)
		}
	}
	if h.settings.Config.Dispatch.Horizon.Days == 0 {
		h.horizon.crons = nil
	}
	if h.archiver, err = h.settings.Archiver(h.store, h.log.Named("archive")); err != nil {
		return err
	}
	if h.limits, err = watch.New(h.store, watch.Options{Clock: h.clock, Log: h.log.Named("limits"), Rules: rules, Poll: h.settings.Config.Dispatch.Poll}); err != nil {
		return err
	}
	if h.indexer, err = lists.NewIndexer(h.store, lists.Options{Log: h.log.Named("search"), Holder: me, Lease: h.settings.Config.Store.Lease}); err != nil {
		return err
	}
	c := &h.settings.Config.Attachments
	d, err := desk.New(h.store, desk.Options{Clock: h.clock, Rules: rules, Opener: in, Limits: desk.Limits{Count: c.Count, Bytes: int64(c.Size.V), Types: c.Types}})
	if err != nil {
		return err
	}
	h.desk = d
	staff, err := h.settings.People(h.store)
	if err != nil {
		return err
	}
	calls, err := api.New(api.Deps{People: staff, Views: func() []lists.View { return *h.views.Load() }, Words: h.called, House: h.house(), Reader: h.store, Commit: h.store, Desk: d, Dispatch: h.assigner, Pull: h.runner, Clock: h.clock, Wake: h.deliverer.Wake, Replay: h.replay, Stream: h.stream, Customers: h.customers(), Suggest: h.twins, Log: h.log.Named("api")})
	if err != nil {
		return err
	}
	h.handler = h.routes(calls)
	return nil
}

// called is what people call a code of the words that are live.
func (h *Hub) called(kind, code string) core.Text {
	v, c := h.words.Load(), house.Code{Code: code}
	return core.Text{EN: v.Called(kind, c, lang.English), ZH: v.Called(kind, c, lang.Chinese)}
}

// changed hands units that are durable to the parts that may have work now.
func (h *Hub) changed(units []*core.Unit) {
	if h.assigner != nil {
		h.assigner.Changed(units)
	}
	if h.deliverer != nil {
		h.deliverer.Changed(units)
	}
	if h.twins != nil {
		h.twins.Changed(units)
	}
}

// targets are the systems that are written back to.
func (h *Hub) targets() []outbox.Target {
	var list []outbox.Target
	for i := range h.settings.Systems {
		sys := &h.settings.Systems[i]
		id := core.SystemID(sys.ID.V)
		wb := sys.WriteBack
		t := outbox.Target{
			System: id, Sink: h.links[id], Concurrency: wb.Concurrency, Lease: h.settings.Config.Store.Lease, Timeout: wb.Timeout, Backoff: wb.Backoff, BackoffMax: wb.BackoffMax,
			OnUnknown: outbox.OnUnknown(wb.OnUnknown), BreakAfter: wb.BreakAfter, BreakFor: wb.BreakFor,
		}
		if len(wb.Quiet) > 0 {
			zone := sys.Location
			t.Quiet = func(now time.Time) time.Duration { return wb.Quiet.Held(now, zone) }
		}
		list = append(list, t)
	}
	return list
}

// Addr is the address the hub is bound to.
func (h *Hub) Addr() string { return h.listener.Addr().String() }

// Run serves until ctx ends. Then it is not ready any more and gives back what it had
// claimed, but goes on answering for the settings' drain; after that it closes what
// callers left open, and waits for calls under way within the settings' grace.
func (h *Hub) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	callers := newLines(h.listener, h.settings.Config.Listen.ReadHeader)
	srv := &http.Server{
		Handler: h.handler, ReadHeaderTimeout: h.settings.Config.Listen.ReadHeader, IdleTimeout: h.settings.Config.Listen.Idle,
		ErrorLog: zap.NewStdLog(h.log.Named("http")), ConnState: callers.state,
	}
	var wg sync.WaitGroup
	parts := map[string]func(context.Context) error{
		"outbox": h.deliverer.Run, "pull": h.runner.Run, "dispatch": h.assigner.Run,
		"batch": h.batches.run, "horizon": h.horizon.run, "archive": h.archiver.Run, "limits": h.limits.Run, "live": h.follower.Run, "processes": h.moveOrders, "stream": h.stream.Run, "duplicates": h.twins.Run,
	}
	parts["search"] = h.indexer.Run
	if h.watcher != nil {
		parts["folder"] = h.watcher.Run
	}
	for name, part := range parts {
		wg.Go(func() {
			if err := part(ctx); err != nil {
				cancel(fmt.Errorf("%s: %w", name, err))
			}
		})
	}
	wg.Go(func() {
		tls := h.settings.Config.Listen.TLS
		var err error
		if tls.CertFile.V != "" {
			err = srv.ServeTLS(callers, tls.CertFile.V, tls.KeyFile.V)
		} else {
			err = srv.Serve(callers)
		}
		if !h.draining.Load() {
			cancel(fmt.Errorf("serve %s: %w", h.Addr(), err))
		}
	})
	h.log.Info("the hub serves", zap.String("address", h.Addr()), zap.String("store", h.store.Dialect()), zap.Int("systems", len(h.links)))
	<-ctx.Done()
	err := h.leave(context.WithoutCancel(ctx), srv, callers)
	wg.Wait()
	if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, context.Canceled) {
		return cause
	}
	return err
}

// leave takes the hub out without cutting a call; drain.go says how.
func (h *Hub) leave(ctx context.Context, srv *http.Server, callers *lines) error {
	stop := h.settings.Config.Shutdown
	h.draining.Store(true)
	h.log.Info("the hub leaves: not ready any more, it answers calls until callers have gone elsewhere", zap.Duration("drain", stop.Drain), zap.Duration("grace", stop.Grace))
	time.Sleep(stop.Drain)
	ctx, cancel := context.WithTimeout(ctx, stop.Grace)
	defer cancel()
	if err := callers.Close(); err != nil {
		h.log.Warn("close the listener", zap.Error(err))
	}
	callers.clear(ctx, min(stop.Drain, silence))
	err := srv.Shutdown(ctx)
	if err != nil {
		err = core.Because(core.Unavailable, "grace", fmt.Errorf("calls were still under way after %s and were cut: %w", stop.Grace, errors.Join(err, srv.Close())))
	}
	return err
}

// Close gives back what New took, but the store.
func (h *Hub) Close() {
	if h.listener != nil {
		_ = h.listener.Close()
	}
	for _, l := range h.links {
		l.now.Load().close()
	}
}

// places are where orders go that nobody can locate.
func (s *Settings) places(o *assign.Options) {
	o.Centroids = map[string]core.Point{}
	for _, d := range s.Districts {
		o.Centroids[d.Code.V] = core.Point{Lat: d.Centroid.Lat, Lon: d.Centroid.Lon}
	}
	c := s.Config.ServiceArea.Centre
	o.Centre = core.Point{Lat: c.Lat.V, Lon: c.Lon.V}
}
