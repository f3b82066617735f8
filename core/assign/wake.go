package assign

import "tundish/core"

// Changed looks at a unit that somebody committed, and wakes what has work now: the
// search for coordinates when an order has none, the dispatch at once when an order
// waits for nobody but a crew, or when work was taken off one. Anything else, most
// messages of a busy day among it, leaves the sweeps asleep. It never blocks.
func (s *Service) Changed(u *core.Unit) {
	rules := s.opts.Rules()
	for i := range u.Orders {
		c := &u.Orders[i]
		o := &c.Order
		if o.Phase.Ended() || o.Hold != nil {
			continue
		}
		if o.Place.Point == nil && o.Family != core.Desk {
			signal(s.unlocated)
		}
		if ok, _ := atOnce(rules, o); ok && !refused(c) { // a type that is not known waits for the next sweep, which says so
			signal(s.wake)
		}
	}
	for i := range u.CrewDays {
		if d := &u.CrewDays[i]; d.Minutes < 0 || d.Orders < 0 || d.UrgentOrders < 0 {
			signal(s.wake)
		}
	}
	if len(u.Crews) > 0 {
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
