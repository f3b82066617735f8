package assign

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"tundish/core"
	"tundish/core/life"
)

// live is what every crew still has to visit today, as far as this hub knows. It is a copy: a
// crew's part is read anew when its crew-day has moved, whoever moved it, and when this hub
// changed one of its orders. Another hub's progress reports are seen with the crew-day's next
// move, so the crew that is chosen is read once more before it gets anything.
type live struct {
	turn     chan struct{} // holds one: whoever reads the crews' work. It is waited for as anything else is that a store takes part in
	day      string
	crews    map[string]*crewWork
	revision int64

	news    sync.Mutex // never held while a store is asked: commits tell their news under it
	touched map[string]bool
	all     bool // as if every crew was in touched
}

func newLive() live { return live{turn: make(chan struct{}, 1), touched: map[string]bool{}} }

type crewWork struct {
	seen  moment
	stale bool
	work  core.CrewWork
	// older is what the crew has of days before yesterday: no crew-day that is looked at tells.
	older core.CrewDay
}

// moment is a crew's load at an instant: the versions of its crew-days.
type moment struct{ today, before int64 }

// oneByOne is how many crews are read one after another; more are read with everything else that
// is in the field.
const oneByOne = 12

// changed marks the crews of orders that this hub changed.
func (l *live) changed(units []*core.Unit) {
	l.news.Lock()
	defer l.news.Unlock()
	for _, u := range units {
		for i := range u.Orders {
			if a := u.Orders[i].Order.Assignment; a != nil {
				l.touched[a.CrewID] = true
			}
		}
	}
}

// forgetAll has every crew read anew at the next look.
func (l *live) forgetAll() {
	l.news.Lock()
	defer l.news.Unlock()
	l.all = true
}

// forget has a crew read anew at the next look.
func (l *live) forget(crew string) {
	l.news.Lock()
	defer l.news.Unlock()
	l.touched[crew] = true
}

// hear marks what changed since the last look.
func (l *live) hear() {
	l.news.Lock()
	defer l.news.Unlock()
	for id := range l.touched {
		if c := l.crews[id]; c != nil {
			c.stale = true
		}
	}
	if l.all {
		for _, c := range l.crews {
			c.stale = true
		}
	}
	clear(l.touched)
	l.all = false
}

// fill gives the board the crews' work. before are the loads of the day before.
func (s *Service) fill(ctx context.Context, b *core.Board, before map[string]core.CrewDay) error {
	l := &s.live
	select {
	case l.turn <- struct{}{}:
		defer func() { <-l.turn }()
	case <-ctx.Done():
		return core.Because(core.Unavailable, "gave_up", ctx.Err())
	}
	if l.day != b.Day {
		l.day, l.crews = b.Day, map[string]*crewWork{}
	}
	l.hear()
	var stale []string
	for i := range b.Crews {
		id := b.Crews[i].ID
		now := moment{b.Days[id].Version, before[id].Version}
		c := l.crews[id]
		if c == nil {
			c = &crewWork{stale: true}
			l.crews[id] = c
		}
		if c.stale || c.seen != now {
			stale = append(stale, id)
		}
		c.seen = now
	}
	if err := s.read(ctx, b, stale); err != nil {
		for _, id := range stale {
			l.crews[id].stale = true
		}
		return err
	}
	b.Types, b.Work = s.opts.Rules().Types, make(map[string]core.CrewWork, len(l.crews))
	for i := range b.Crews {
		c := l.crews[b.Crews[i].ID]
		b.Work[b.Crews[i].ID] = c.work
		if c.older.Orders > 0 {
			loadMore(b, c.older)
		}
	}
	return nil
}

// read reads the open orders of crews.
func (s *Service) read(ctx context.Context, b *core.Board, crews []string) error {
	found, older := map[string][]core.WorkOrder{}, map[string]core.CrewDay{}
	before := b.Now.AddDate(0, 0, -1).Format(time.DateOnly)
	add := func(_ context.Context, o core.WorkOrder) error {
		if visited(&o, b) {
			found[o.Assignment.CrewID] = append(found[o.Assignment.CrewID], o)
		}
		if a := o.Assignment; life.Loads(&o) && a.Day < before {
			d := older[a.CrewID]
			d.CrewID, d.Minutes, d.Orders = a.CrewID, d.Minutes+a.Minutes, d.Orders+1
			if o.Urgency != core.Normal {
				d.UrgentOrders++
			}
			older[a.CrewID] = d
		}
		return nil
	}
	queries := []core.OrderQuery{{Phases: []core.Phase{core.Field}}}
	if len(crews) <= oneByOne {
		queries = nil
		for _, id := range crews {
			queries = append(queries, core.OrderQuery{Phases: []core.Phase{core.Field}, Crew: id})
		}
	}
	for _, q := range queries {
		if err := s.each(ctx, q, add); err != nil {
			return fmt.Errorf("read what the crews have to do: %w", err)
		}
	}
	for _, id := range crews {
		c := s.live.crews[id]
		s.live.revision++
		c.stale, c.older, c.work = false, older[id], core.CrewWork{Orders: inSequence(found[id], b.Days[id].Route), Revision: s.live.revision}
	}
	return nil
}

// visited tells whether an order is a stop of a crew's day: open, located, not resting, of today
// or left from before.
func visited(o *core.WorkOrder, b *core.Board) bool {
	return life.Loads(o) && o.Place.Point != nil && o.Hold == nil && o.Assignment.Day <= b.Day
}

// inSequence sorts a crew's orders as they are to be visited: what it is at, what it is on the way
// to, then as its route was planned; of what is in no plan, urgent orders come
// before everything planned and the others behind it.
func inSequence(orders []core.WorkOrder, route *core.CrewRoute) []core.WorkOrder {
	begun := func(o *core.WorkOrder) int {
		switch o.Assignment.State {
		case core.FieldOnSite:
			return 0
		case core.FieldTravel:
			return 1
		}
		return 2
	}
	planned := func(o *core.WorkOrder) int {
		if k := route.Position(o.No); k > 0 {
			return k
		}
		if o.Urgency != core.Normal {
			return 0
		}
		return 1 << 20
	}
	slices.SortFunc(orders, func(a, b core.WorkOrder) int {
		return cmp.Or(begun(&a)-begun(&b), planned(&a)-planned(&b),
			slices.Index(core.Urgencies(), a.Urgency)-slices.Index(core.Urgencies(), b.Urgency),
			a.Assignment.AssignedAt.Compare(b.Assignment.AssignedAt), cmp.Compare(a.No, b.No))
	})
	return orders
}

// holds reads a crew's orders once more, and tells whether they are as the board has them. If
// not, the board has to be made anew.
func (s *Service) holds(ctx context.Context, b *core.Board, crew string) (bool, error) {
	had := map[core.OrderNo]int64{}
	for _, o := range b.Work[crew].Orders {
		had[o.No] = o.Version
	}
	is := map[core.OrderNo]int64{}
	err := s.each(ctx, core.OrderQuery{Phases: []core.Phase{core.Field}, Crew: crew}, func(_ context.Context, o core.WorkOrder) error {
		if visited(&o, b) {
			is[o.No] = o.Version
		}
		return nil
	})
	if err != nil || maps.Equal(had, is) {
		return err == nil, err
	}
	s.live.forget(crew)
	return false, nil
}
