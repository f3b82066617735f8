package assign

import "tundish/core"

// Changed looks at units that somebody committed, and wakes what has work now: the
// search for coordinates when an order has none, the dispatch at once when an order
// waits for nobody but a crew, or when work was taken off one. Anything else, most
// messages of a busy day among it, leaves the sweeps asleep. It never blocks.
func (s *Service) Changed(units []*core.Unit) {
	s.live.changed(units)
	locate, dispatch := false, false
	rules := s.opts.Rules()
	for _, u := range units {
		s.torn(u)
		for i := range u.Orders {
			c := &u.Orders[i]
			o := &c.Order
			if o.Phase.Ended() || o.Hold != nil {
				continue
			}
			locate = locate || o.Place.Point == nil && o.Family != core.Desk
			if ok, _ := atOnce(rules, o); ok && !refused(c) { // a type that is not known waits for the next sweep, which says so
				dispatch = true
			}
		}
		for i := range u.CrewDays {
			d := &u.CrewDays[i]
			dispatch = dispatch || d.Minutes < 0 || d.Orders < 0 || d.UrgentOrders < 0
		}
		dispatch = dispatch || len(u.Crews) > 0
	}
	if locate {
		signal(s.unlocated)
	}
	if dispatch {
		signal(s.wake)
	}
}

// refused tells that the change says nothing but that no crew can take the order: looking
// again at once would find the same.
func refused(c *core.OrderChange) bool {
	for i := range c.Events {
		if c.Events[i].Kind != core.EventUnplannable {
			return false
		}
	}
	return len(c.Events) > 0
}
