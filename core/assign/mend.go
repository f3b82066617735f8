package assign

import (
	"sync"
	"time"

	"tundish/core"
)

// mend are days whose plan has a hole: an order was cancelled or given back, a crew does not come.
type mend struct {
	mu   sync.Mutex
	days map[string]bool
	wake chan struct{}
}

func (m *mend) at(day string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.days == nil {
		m.days = map[string]bool{}
	}
	m.days[day] = true
}

// torn notes the days that a change tears a hole into.
func (s *Service) torn(u *core.Unit) {
	rules := s.opts.Rules()
	for i := range u.Orders {
		o := &u.Orders[i].Order
		for _, ev := range u.Orders[i].Events {
			t, err := rules.Type(o)
			switch {
			case err != nil:
			case ev.Kind == core.EventUnassigned && len(o.GaveBack) > 0 && (t.Mode(o.Urgency) == core.DispatchBatch || t.Mode(o.Urgency) == core.DispatchPlanned):
				// The crew gave it back: somebody else's today.
				s.tear(s.opts.Clock.Now().In(rules.Zone).Format(time.DateOnly))
			case o.Planned != nil && o.Phase.Ended() && o.Assignment == nil:
				s.tear(o.Planned.Day)
			}
		}
	}
}

func (s *Service) tear(day string) {
	s.mend.at(day)
	signal(s.mend.wake)
}

// RosterChanged tells that crews work otherwise on some days than was known.
func (s *Service) RosterChanged(duties []core.Duty) {
	for _, d := range duties {
		s.tear(d.Day)
	}
}
