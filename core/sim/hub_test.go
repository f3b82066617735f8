package sim_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"tundish/core"
	"tundish/core/assign"
	"tundish/core/desk"
	"tundish/core/intake"
	rules "tundish/core/life"
	"tundish/core/outbox"
	"tundish/core/pull"
)

// Times of the real parts. They are short, so that a run of minutes shows what a day does.
const (
	callTimeout = 5 * time.Second
	backoff     = time.Second
	jobLease    = 20 * time.Second
)

// life of a hub's process: a new one begins with every restart.
type life struct {
	name   string
	dead   atomic.Bool
	frozen time.Time // its calls wait until then
	ctx    context.Context
	end    context.CancelFunc
}

func (l *life) String() string {
	if l == nil {
		return ""
	}
	return l.name
}

// die is kill -9: nothing of it has any effect from here on.
func (l *life) die() {
	l.dead.Store(true)
	l.end()
}

// skewed is a hub's own clock, minutes off. The store's clock is the bubble's.
type skewed struct{ off time.Duration }

func (c skewed) Now() time.Time                         { return time.Now().Add(c.off) }
func (c skewed) After(d time.Duration) <-chan time.Time { return time.After(d) }

// hub is one process after another under one name, with the real use cases.
type hub struct {
	w     *world
	name  string
	lives int

	life  *life
	ready bool // it has begun to take calls
	store *port
	// one process's use cases
	intake *intake.Service
	desk   *desk.Service
	batch  *assign.Service
}

func (h *hub) start() {
	h.lives++
	r := h.w.actor(fmt.Sprint(h.name, h.lives))
	ctx, end := context.WithCancel(h.w.ctx)
	l := &life{name: fmt.Sprintf("%s.%d", h.name, h.lives), ctx: ctx, end: end}
	h.w.lives = append(h.w.lives, l)
	clock := skewed{time.Duration(r.IntN(600)-300) * time.Second}
	inForce := func() *rules.Rules { return h.w.rules }
	store := &port{Store: h.w.db.store, w: h.w, life: l}
	log := zap.NewNop()

	in, err := intake.New(store, intake.Options{Clock: clock, Rules: inForce})
	must(err)
	people, err := desk.New(store, desk.Options{Clock: clock, Rules: inForce})
	must(err)
	var targets []outbox.Target
	for _, id := range []core.SystemID{"hotline", "billing"} {
		targets = append(targets, outbox.Target{
			System: id, Sink: sink{h.w, h.w.targets[id], l}, Concurrency: 3, Timeout: callTimeout, Backoff: backoff, BackoffMax: 16 * backoff,
			OnUnknown: []outbox.OnUnknown{outbox.Ask, outbox.Resend}[h.w.seed/2%2], BreakAfter: 4, BreakFor: 5 * time.Second,
		})
	}
	deliver, err := outbox.New(store, targets, outbox.Options{Clock: clock, Log: log, Holder: l.name, Poll: 20 * time.Second, Jitter: func(most time.Duration) time.Duration { return most / 3 }})
	must(err)
	puller, err := pull.New(store, []pull.Job{{
		Name: "replacements", System: "billing", Source: billingPort{h.w.billing, l}, Schedule: every(40 * time.Second), Missed: pull.MissedLast,
		Overlap: time.Minute, Lookback: time.Hour, PageSize: 3, Retries: 3, RetryDelay: time.Second,
	}}, pull.Options{Clock: clock, Log: log, Rules: inForce, Holder: l.name, Lease: jobLease})
	must(err)
	giver := func() *assign.Service {
		s, err := assign.New(store, assign.Options{Clock: clock, Log: log, Rules: inForce, Planner: planner{}, Calendar: everyDay{}, Holder: l.name, Poll: 30 * time.Second})
		must(err)
		return s
	}
	auto := giver()
	store.applied = func(units []*core.Unit) {
		auto.Changed(units)
		deliver.Changed(units)
	}
	h.life, h.store, h.intake, h.desk, h.batch, h.ready = l, store, in, people, giver(), false
	for _, run := range []func(context.Context) error{deliver.Run, puller.Run, auto.Run} {
		h.w.wg.Go(func() { _ = run(ctx) })
	}
	h.w.wg.Go(func() { h.warmUp(l, in) })
}

// warmUp takes an order of the hub's own before calls are let in: it has numbers then.
// Otherwise the first callers would all wait for the same block of them, and which one
// got up first would be the runtime's choice instead of the seed's.
func (h *hub) warmUp(l *life, in *intake.Service) {
	for n := 0; !l.dead.Load() && l.ctx.Err() == nil; n++ {
		s := submission(core.Ref{System: "probe", External: l.name}, 1, time.Time{}, core.Normal)
		if _, err := in.Submit(l.ctx, s); err == nil {
			if h.life == l {
				h.ready = true
			}
			return
		}
		if h.w.pause(time.Second) {
			return
		}
	}
}

// kill ends the process at once; another one starts in its place.
func (h *hub) kill() {
	h.life.die()
	h.start()
}

// stop tells the process to end, as a rolling restart does; what is under way is
// finished, and another one starts beside it.
func (h *hub) stop() {
	h.life.end()
	h.start()
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// every is a schedule without cron.
type every time.Duration

func (e every) Next(t time.Time) time.Time {
	return t.Truncate(time.Duration(e)).Add(time.Duration(e))
}

type everyDay struct{}

func (everyDay) Workday(time.Time) bool { return true }
