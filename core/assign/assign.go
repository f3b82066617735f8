package assign

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.uber.org/zap"

	"tundish/core"
	"tundish/core/life"
)

// Store is what dispatching needs of the order store.
type Store interface {
	core.Committer
	core.CrewReader
	core.LeaseStore
	Order(ctx context.Context, no core.OrderNo) (core.WorkOrder, error)
	Orders(ctx context.Context, q core.OrderQuery) ([]core.WorkOrder, error)
}

// Planner knows what a good assignment is.
type Planner interface {
	// Rank says who may have one order, best first, and why others may not.
	Rank(b core.Board, o *core.WorkOrder, t *core.OrderType) core.Ranking
	// Plan proposes crews for many orders at once. It stops when ctx ends, with the
	// best plan so far.
	Plan(ctx context.Context, b core.Board, orders []core.WorkOrder, types core.OrderTypes) (core.Plan, error)
}

// Locator finds the coordinate of an order that has none. It answers Unavailable
// when it cannot tell now, NotFound when it never will.
type Locator interface {
	Locate(ctx context.Context, o *core.WorkOrder) (core.Place, error)
}

// Calendar knows working days: weekends and holidays are off, make-up days are on.
type Calendar interface {
	Workday(day time.Time) bool
}

// Options of a Service.
type Options struct {
	Clock    core.Clock
	Log      *zap.Logger
	Rules    func() *life.Rules
	Planner  Planner
	Calendar Calendar
	Locator  Locator // nil: only centroids
	// Centroids of districts, where orders go that nobody can locate.
	Centroids map[string]core.Point
	// Centre of the service area, for orders whose district is unknown too.
	Centre core.Point
	Holder string
	// Poll is how often waiting orders are looked for without a wake-up, real time;
	// 0 means 2 s. LocateFor is how long, on the hub's clock, an order may wait for the
	// GIS before its centroid is taken; 0 means 10 min. Emergencies do not wait.
	Poll, LocateFor time.Duration
	// OnChange is called after an order was changed; must not block.
	OnChange func()
}

// Service gives orders to crews.
type Service struct {
	store Store
	opts  Options
	wake  chan struct{}
	// one makes this hub's own choices one after another: cheaper than losing races
	// for the same crew-day and choosing anew.
	one sync.Mutex
}

// New makes a Service; Run starts its automatic part.
func New(store Store, o Options) (*Service, error) {
	if store == nil || o.Clock == nil || o.Log == nil || o.Rules == nil || o.Planner == nil || o.Calendar == nil || o.Holder == "" {
		return nil, errors.New("assign: store, clock, log, rules, planner, calendar and holder are required")
	}
	if o.Poll == 0 {
		o.Poll = 2 * time.Second
	}
	if o.LocateFor == 0 {
		o.LocateFor = 10 * time.Minute
	}
	if o.OnChange == nil {
		o.OnChange = func() {}
	}
	return &Service{store: store, opts: o, wake: make(chan struct{}, 1)}, nil
}

// Wake tells that an order may be waiting. It never blocks.
func (s *Service) Wake() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Run locates new orders and dispatches those that cannot wait, until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		if err := s.sweep(ctx); err != nil && ctx.Err() == nil {
			s.opts.Log.Error("look for orders to dispatch", zap.Error(err))
		}
		t := time.NewTimer(s.opts.Poll)
		select {
		case <-ctx.Done():
		case <-t.C:
		case <-s.wake:
		}
		t.Stop()
	}
	return nil
}

// sweep goes once over everything that waits for a coordinate or a crew.
func (s *Service) sweep(ctx context.Context) error {
	if err := s.each(ctx, core.OrderQuery{Phases: waiting, WithoutPoint: true}, s.locate); err != nil {
		return err
	}
	return s.each(ctx, core.OrderQuery{Phases: []core.Phase{core.Dispatching}}, s.auto)
}

var waiting = []core.Phase{core.Received, core.Acceptance, core.Approval, core.Dispatching}

// each calls do for every order that matches, page by page.
func (s *Service) each(ctx context.Context, q core.OrderQuery, do func(context.Context, core.WorkOrder) error) error {
	q.Limit = 500
	for {
		page, err := s.store.Orders(ctx, q)
		if err != nil {
			return err
		}
		for _, o := range page {
			if err := do(ctx, o); err != nil {
				if ctx.Err() != nil {
					return ctx.Err()
				}
				s.opts.Log.Warn("left for the next round", zap.String("order", string(o.No)), zap.Error(err))
			}
		}
		if len(page) < q.Limit {
			return nil
		}
		q.After = page[len(page)-1].No
	}
}

// locate finds a coordinate, or falls back to the district's centroid when the GIS
// stays away or does not know.
func (s *Service) locate(ctx context.Context, o core.WorkOrder) error {
	rules := s.opts.Rules()
	t, err := rules.Type(&o)
	if err != nil || t.Family == core.Desk {
		return err
	}
	place, err := s.find(ctx, &o)
	if core.IsKind(err, core.Unavailable) || core.IsKind(err, core.OutcomeUnknown) {
		waited := s.opts.Clock.Now().Sub(o.ReceivedAt)
		if t.Mode(o.Urgency) != core.DispatchAuto && waited < s.opts.LocateFor {
			return nil // the GIS may be back in a moment
		}
	}
	remark := ""
	if err != nil {
		p, ok := s.opts.Centroids[o.Place.District]
		if !ok {
			p = s.opts.Centre
		}
		place = core.Place{Point: &p, PointSource: core.PointFromCentroid}
		remark = "the GIS could not locate it; the centroid of the district stands in 未能定位，暂用区域中心点"
		s.opts.Log.Warn("located by centroid", zap.String("order", string(o.No)), zap.Error(err))
	}
	_, err = core.Decide(ctx, s.store, o.No, func(o core.WorkOrder) (core.Unit, error) {
		if o.Place.Point != nil {
			return core.Unit{}, errSettled
		}
		return rules.Locate(o, place, s.step("system:gis", remark))
	})
	return settled(err)
}

func (s *Service) find(ctx context.Context, o *core.WorkOrder) (core.Place, error) {
	if s.opts.Locator == nil {
		return core.Place{}, core.Fail(core.NotFound, "no_locator", "", "no GIS is connected", "未连接 GIS")
	}
	return s.opts.Locator.Locate(ctx, o)
}

// errSettled ends a decision that somebody else has made already.
var errSettled = errors.New("settled by somebody else")

func settled(err error) error {
	if errors.Is(err, errSettled) {
		return nil
	}
	return err
}

func (s *Service) step(by, remark string) life.Step {
	return life.Step{Now: s.opts.Clock.Now(), By: by, Remark: remark}
}

// auto dispatches one order if its type and urgency say so.
func (s *Service) auto(ctx context.Context, o core.WorkOrder) error {
	rules := s.opts.Rules()
	t, err := rules.Type(&o)
	if err != nil {
		return err
	}
	if t.Mode(o.Urgency) != core.DispatchAuto || o.Place.Point == nil || o.Hold != nil {
		return nil
	}
	s.one.Lock()
	defer s.one.Unlock()
	_, err = core.Decide(ctx, s.store, o.No, func(o core.WorkOrder) (core.Unit, error) {
		if o.Phase != core.Dispatching || o.Hold != nil {
			return core.Unit{}, errSettled
		}
		b, err := s.Board(ctx, false)
		if err != nil {
			return core.Unit{}, err
		}
		rank := s.opts.Planner.Rank(b, &o, t)
		if len(rank.Candidates) == 0 {
			if o.Unassigned != nil && o.Unassigned.Text == rank.Why.Text {
				return core.Unit{}, errSettled
			}
			s.opts.Log.Warn("no crew can take an urgent order", zap.String("order", string(o.No)), zap.String("why", rank.Why.Text))
			return rules.NotAssigned(o, rank.Why, s.step("auto", ""))
		}
		best := rank.Candidates[0]
		u, err := rules.Assign(o, core.Assignment{CrewID: best.CrewID, Day: b.Day, Minutes: t.Minutes, By: "auto", Reason: best.Reason}, b.Days[best.CrewID], s.step("auto", ""))
		if err == nil {
			s.opts.Log.Info("dispatched at once", zap.String("order", string(o.No)), zap.String("crew", best.CrewID), zap.String("urgency", string(o.Urgency)))
		}
		return u, err
	})
	if err == nil {
		s.opts.OnChange()
	}
	return settled(err)
}

// Board reads who is there and how loaded they are now.
func (s *Service) Board(ctx context.Context, wholeDay bool) (core.Board, error) {
	now := s.opts.Clock.Now().In(s.opts.Rules().Zone)
	b := core.Board{Now: now, Day: now.Format(time.DateOnly), Workday: s.opts.Calendar.Workday(now), WholeDay: wholeDay, Days: map[string]core.CrewDay{}}
	var err error
	if b.Crews, err = s.store.Crews(ctx); err != nil {
		return b, fmt.Errorf("read the crews: %w", err)
	}
	days, err := s.store.CrewDays(ctx, b.Day)
	if err != nil {
		return b, fmt.Errorf("read the crews' load: %w", err)
	}
	for _, d := range days {
		b.Days[d.CrewID] = d
	}
	return b, nil
}
