package assign

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
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
	Duties(ctx context.Context, from, to, crew string) ([]core.Duty, error)
	Order(ctx context.Context, no core.OrderNo) (core.WorkOrder, error)
	Orders(ctx context.Context, q core.OrderQuery) ([]core.WorkOrder, error)
}

// Planner knows what a good assignment is.
type Planner interface {
	// Rank says who may have one order, best first, and why others may not.
	Rank(ctx context.Context, b core.Board, o *core.WorkOrder, t *core.OrderType) core.Ranking
	// Plan proposes crews for many orders at once. It stops when ctx ends, with the
	// best plan so far.
	Plan(ctx context.Context, b core.Board, orders []core.WorkOrder, types core.OrderTypes) (core.Plan, error)
	// PlanDays gives orders one of several days each, and every day its routes.
	PlanDays(ctx context.Context, days []core.DayBoard, orders []core.WorkOrder, types core.OrderTypes) (core.DaysPlan, error)
	// Timetable is when a crew is expected at each of its stops as things stand; nil: it has none.
	Timetable(b core.Board, crew string) *core.CrewRoute
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
	// Horizon is how far ahead scheduled work gets its day; zero: it waits for the next batch like other work.
	Horizon Horizon
	// Lease is how long a batch run stays with a hub that died over it, real time; one that
	// lives renews it. 0 means 1 min.
	Lease time.Duration
	// Poll is how often waiting orders are looked for without a wake-up, real time;
	// 0 means 2 s. LocateFor is how long, on the hub's clock, an order may wait for the
	// GIS before its centroid is taken; 0 means 10 min. Emergencies, and whatever is
	// dispatched at once, do not wait.
	Poll, LocateFor time.Duration
}

// Service gives orders to crews.
type Service struct {
	store Store
	opts  Options
	// wake and unlocated start a sweep of Run's two loops.
	wake, unlocated chan struct{}
	// away is until when the GIS is not asked again; only the locating loop uses it.
	away time.Time
	// one makes this hub's own choices one after another: cheaper than losing races
	// for the same crew-day and choosing anew.
	one  sync.Mutex
	live live
	mend mend
}

// New makes a Service; Run starts its automatic part.
func New(store Store, o Options) (*Service, error) {
	if store == nil || o.Clock == nil || o.Log == nil || o.Rules == nil || o.Planner == nil || o.Calendar == nil || o.Holder == "" {
		return nil, errors.New("assign: store, clock, log, rules, planner, calendar and holder are required")
	}
	if o.Lease == 0 {
		o.Lease = time.Minute
	}
	if o.Poll == 0 {
		o.Poll = 2 * time.Second
	}
	if o.LocateFor == 0 {
		o.LocateFor = 10 * time.Minute
	}
	return &Service{store: store, opts: o, wake: make(chan struct{}, 1), unlocated: make(chan struct{}, 1), live: newLive(), mend: mend{wake: make(chan struct{}, 1)}}, nil
}

// Wake tells that an order may be waiting. It never blocks.
func (s *Service) Wake() {
	signal(s.wake)
	signal(s.unlocated)
}

func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// Run locates new orders and dispatches those that cannot wait, until ctx ends. The two
// go on beside each other: a GIS that is slow to answer about one order keeps nobody
// waiting who is located already.
func (s *Service) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	wg.Go(func() { s.loop(ctx, s.unlocated, s.locateAll) })
	wg.Go(func() { s.loop(ctx, s.wake, s.dispatchAll) })
	wg.Go(func() { s.loop(ctx, s.mend.wake, s.repair) })
	wg.Wait()
	return nil
}

// loop sweeps whenever it is woken, and now and then without.
func (s *Service) loop(ctx context.Context, wake <-chan struct{}, sweep func(context.Context) error) {
	for ctx.Err() == nil {
		if err := sweep(ctx); err != nil && ctx.Err() == nil {
			s.opts.Log.Error("look for orders to dispatch", zap.Error(err))
		}
		t := time.NewTimer(s.opts.Poll)
		select {
		case <-ctx.Done():
		case <-t.C:
		case <-wake:
		}
		t.Stop()
	}
}

// dispatchAll goes once over everything that waits for a crew.
func (s *Service) dispatchAll(ctx context.Context) error {
	return s.each(ctx, core.OrderQuery{Phases: []core.Phase{core.Dispatching}}, s.auto)
}

const pageSize = 500

// each calls do for every order that matches, page by page.
func (s *Service) each(ctx context.Context, q core.OrderQuery, do func(context.Context, core.WorkOrder) error) error {
	q.Limit = pageSize
	for {
		page, err := s.store.Orders(ctx, q)
		if err != nil {
			return err
		}
		for _, o := range page {
			s.try(ctx, o, do)
			if ctx.Err() != nil {
				return ctx.Err()
			}
		}
		if len(page) < q.Limit {
			return nil
		}
		q.After = page[len(page)-1].No
	}
}

// try does something about one order; what fails is left for the next round.
func (s *Service) try(ctx context.Context, o core.WorkOrder, do func(context.Context, core.WorkOrder) error) {
	if err := do(ctx, o); err != nil && ctx.Err() == nil {
		s.opts.Log.Warn("left for the next round", zap.String("order", string(o.No)), zap.Error(err))
	}
}

// errMoved ends a decision that was made on a crew's work as it is no more.
var errMoved = errors.New("the crew's work has moved on")

// freshTries bounds how often that makes a decision begin anew: after that only the crew-day's
// version counts, which no decision gets past.
const freshTries = 5

// errSettled ends a decision that somebody else has made already.
var errSettled = errors.New("settled by somebody else")

func settled(err error) error {
	if errors.Is(err, errSettled) {
		return nil
	}
	return err
}

func (s *Service) step(by, remark string) life.Step {
	return life.Step{Now: s.opts.Clock.Now(), Actor: life.Hub(by), By: by, Remark: remark}
}

// auto dispatches one order if its type and urgency say so.
func (s *Service) auto(ctx context.Context, o core.WorkOrder) error {
	rules := s.opts.Rules()
	if ok, err := atOnce(rules, &o); !ok {
		return err
	}
	s.one.Lock()
	defer s.one.Unlock()
	tries := 0
	decide := func(o core.WorkOrder) (core.Unit, error) {
		if ok, err := atOnce(rules, &o); err != nil {
			return core.Unit{}, err
		} else if !ok { // it was amended, held or given in the meantime
			return core.Unit{}, errSettled
		}
		t := rules.Types[o.Type]
		b, err := s.Board(ctx, false)
		if err != nil {
			return core.Unit{}, err
		}
		rank := s.opts.Planner.Rank(ctx, ofDepot(b, &o), &o, t)
		if len(rank.Candidates) == 0 {
			if said(o.Unassigned, rank.Why) {
				return core.Unit{}, errSettled
			}
			s.opts.Log.Warn("no crew can take an urgent order", zap.String("order", string(o.No)), zap.String("why", rank.Why.Text))
			return rules.NotAssigned(o, rank.Why, s.step("auto", ""))
		}
		best := rank.Candidates[0]
		if again, err := s.moved(ctx, &b, &best); err != nil {
			return core.Unit{}, err
		} else if again && tries < freshTries {
			tries++
			return core.Unit{}, errMoved
		}
		u, err := s.give(&b, o, &best, core.Assignment{CrewID: best.CrewID, Day: b.Day, Minutes: t.Minutes, By: "auto", Reason: best.Reason}, s.step("auto", ""))
		if err == nil {
			s.opts.Log.Info("dispatched at once", zap.String("order", string(o.No)), zap.String("crew", best.CrewID), zap.String("urgency", string(o.Urgency)), zap.Int("displaced", len(best.Displaced)))
		}
		return u, err
	}
	for {
		_, err := rules.Decide(ctx, s.store, o.No, s.step("auto", ""), decide)
		if !errors.Is(err, errMoved) {
			return settled(err)
		}
	}
}

// ofDepot is the board of the depot that an order was transferred to: only its crews are asked.
func ofDepot(b core.Board, o *core.WorkOrder) core.Board {
	if !transferred(o) {
		return b
	}
	b.Partial = true
	b.Crews = slices.DeleteFunc(slices.Clone(b.Crews), func(c core.Crew) bool { return c.Depot != o.Place.Depot })
	return b
}

// transferred tells that a depot has the order, or was asked to take it.
func transferred(o *core.WorkOrder) bool {
	return o.Transfer != nil && o.Transfer.State != core.TransferRefused
}

// atOnce tells whether the order waits for a crew and for nothing and nobody else.
func atOnce(rules *life.Rules, o *core.WorkOrder) (bool, error) {
	t, err := rules.Type(o)
	if err != nil || t.Mode(o.Urgency) != core.DispatchAuto || o.Place.Point == nil {
		return false, err
	}
	return rules.WaitsForCrew(o)
}

// said tells whether the order's timeline has this reason already. What would help
// changes with every minute; which rules stop how many crews is what counts.
func said(before *core.Reason, why core.Reason) bool {
	if before == nil {
		return false
	}
	if len(why.Refused) == 0 {
		return before.Text == why.Text
	}
	return maps.Equal(before.Refused, why.Refused)
}

// onDuty has the board's crews work as the roster says.
func onDuty(b *core.Board, duties []core.Duty, before string) {
	rostered := map[[2]string]*core.Duty{}
	for i := range duties {
		rostered[[2]string{duties[i].Day, duties[i].Crew}] = &duties[i]
	}
	for i := range b.Crews {
		c := &b.Crews[i]
		*c = c.OnDay(b.Now, rostered[[2]string{b.Day, c.ID}], rostered[[2]string{before, c.ID}])
	}
}

// Board reads who is there and how loaded they are now. Work left from days before, be it from
// before a holiday, is still work: it counts, and a crew on an urgent order at midnight is on one after.
func (s *Service) Board(ctx context.Context, wholeDay bool) (core.Board, error) {
	now := s.opts.Clock.Now().In(s.opts.Rules().Zone)
	yesterday := now.AddDate(0, 0, -1)
	b := core.Board{
		Now: now, Day: now.Format(time.DateOnly), WholeDay: wholeDay, Days: map[string]core.CrewDay{},
		Workday: s.opts.Calendar.Workday(now), WorkdayBefore: s.opts.Calendar.Workday(yesterday),
	}
	var err error
	if b.Crews, err = s.store.Crews(ctx); err != nil {
		return b, fmt.Errorf("read the crews: %w", err)
	}
	before := yesterday.Format(time.DateOnly)
	duties, err := s.store.Duties(ctx, before, b.Day, "")
	if err != nil {
		return b, fmt.Errorf("read the duty roster: %w", err)
	}
	onDuty(&b, duties, before)
	days, err := s.store.CrewDays(ctx, b.Day)
	if err != nil {
		return b, fmt.Errorf("read the crews' load: %w", err)
	}
	for _, d := range days {
		b.Days[d.CrewID] = d
	}
	left, err := s.store.CrewDays(ctx, before)
	if err != nil {
		return b, fmt.Errorf("read what the crews have left from yesterday: %w", err)
	}
	yesterdays := make(map[string]core.CrewDay, len(left))
	for _, l := range left {
		yesterdays[l.CrewID] = l
		loadMore(&b, l)
	}
	return b, s.fill(ctx, &b, yesterdays)
}

// loadMore adds what a crew has of an earlier day to its load.
func loadMore(b *core.Board, l core.CrewDay) {
	d := b.Days[l.CrewID]
	d.CrewID, d.Day = l.CrewID, b.Day
	d.Minutes, d.Orders, d.UrgentOrders = d.Minutes+l.Minutes, d.Orders+l.Orders, d.UrgentOrders+l.UrgentOrders
	b.Days[l.CrewID] = d
}
