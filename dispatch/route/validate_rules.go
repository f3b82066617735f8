package route

import (
	"cmp"
	"fmt"
	"slices"
)

// What can be wrong with rules.
const (
	FaultPeriod       FaultKind = "period"
	FaultBreak        FaultKind = "break"
	FaultPosition     FaultKind = "position"
	FaultUnknownOrder FaultKind = "unknown_order"
	FaultCycle        FaultKind = "dependency_cycle"
	FaultVisit        FaultKind = "visit_windows"
)

// ways wants a square of possible numbers, for no more places than there is room for.
func (c *checker) ways() {
	w := c.p.Ways
	if w == nil {
		return
	}
	n := len(w.Places)
	switch {
	case len(w.Ticks) != n*n:
		c.fault(FaultMetric, "the table of ways has %d numbers for %d places; give %d", len(w.Ticks), n, n*n)
	case len(c.p.Orders)+3*len(c.p.Crews) > WaysMost:
		c.fault(FaultTooLarge, "there are %d orders and %d crews; with a table of ways orders and three times the crews may be %d", len(c.p.Orders), len(c.p.Crews), WaysMost)
	default:
		for k, t := range w.Ticks {
			if t < 0 || t > maxTick/4 {
				c.fault(FaultTooLarge, "the way from place %d to %d takes %d; give 0 to %d", k/n, k%n, t, maxTick/4)
				return
			}
		}
	}
}

// periods wants the times of slow traffic one after another.
func (c *checker) periods() {
	list := slices.SortedFunc(slices.Values(c.p.Periods), func(a, b Period) int { return cmp.Compare(a.From, b.From) })
	for k, q := range list {
		switch {
		case q.From < 0 || q.To > maxTick || q.To <= q.From:
			c.fault(FaultPeriod, "the period %d to %d is none; give 0 to %d, the end behind the beginning", q.From, q.To, maxTick)
		case q.Percent < 1 || q.Percent > 1000:
			c.fault(FaultPeriod, "in the period %d to %d the speed is %d %%; give 1 to 1000", q.From, q.To, q.Percent)
		case k > 0 && q.From < list[k-1].To:
			c.fault(FaultPeriod, "the periods %d to %d and %d to %d overlap", list[k-1].From, list[k-1].To, q.From, q.To)
		}
	}
}

func (c *checker) breaks(k *Crew) {
	for i, b := range k.Breaks {
		switch {
		case b.From < 0 || b.To > maxTick || b.To < b.From || b.Ticks < 1 || b.Ticks > maxTick:
			c.fault(FaultBreak, "the break begins from %d to %d and takes %d; give whole numbers of 0 or more, the end not before the beginning, and a length of 1 or more", b.From, b.To, b.Ticks)
		case slices.ContainsFunc(k.Breaks[:i], func(o Break) bool { return o.From < b.To+b.Ticks && b.From < o.To+o.Ticks }):
			c.fault(FaultBreak, "the break from %d to %d and another one may meet; leave room between them", b.From, b.To)
		}
	}
}

// orderRules are those that need no other order.
func (c *checker) orderRules(o *Order) {
	for _, v := range o.Promises {
		if v.Price < 0 || v.Price > maxBalance {
			c.fault(FaultTooLarge, "a tick after %d costs %d; give 0 to %d", v.By, v.Price, maxBalance)
		}
		if v.By < -maxTick || v.By > maxTick {
			c.fault(FaultTooLarge, "a promise is by %d; give %d to %d", v.By, -maxTick, maxTick)
		}
	}
	switch {
	case o.Position < 0 || o.Position > maxTick:
		c.fault(FaultPosition, "the position is %d; give 1 or more, or 0 for none", o.Position)
	case o.Position > 0 && o.Crew == "":
		c.fault(FaultPosition, "has position %d in the route of no crew; name the crew", o.Position)
	case o.Position > 0 && o.Visit != "":
		c.fault(FaultPosition, "has position %d and belongs to visit %q; give one of them", o.Position, o.Visit)
	}
}

// relations are what orders say of each other. They are looked at when nothing else is wrong.
func (c *checker) relations() {
	related := func(o Order) bool { return o.Visit != "" || o.Position > 0 || len(o.After) > 0 }
	if len(c.faults) > 0 || !slices.ContainsFunc(c.p.Orders, related) {
		return
	}
	number := map[string]int{}
	for i := range c.p.Orders {
		number[c.p.Orders[i].ID] = i
	}
	taken := map[string]string{}
	for i := range c.p.Orders {
		o := &c.p.Orders[i]
		c.on, c.id, c.no = "order", o.ID, i
		for _, id := range o.After {
			if _, ok := number[id]; !ok {
				c.fault(FaultUnknownOrder, "comes after order %q, which nobody knows", id)
			}
		}
		if o.Position > 0 {
			place := fmt.Sprint(o.Crew, "\x00", o.Position)
			if other, ok := taken[place]; ok {
				c.fault(FaultPosition, "has position %d with crew %s, as order %s has", o.Position, o.Crew, other)
			}
			taken[place] = o.ID
		}
	}
	if len(c.faults) > 0 {
		return
	}
	f := fold(c.p)
	for k := range f.p.Orders {
		o := &f.p.Orders[k]
		if len(o.visit) == 0 {
			continue
		}
		for j, i := range f.of[k] {
			c.on, c.id, c.no = "order", o.visit[j].ID, i
			if o.Windows != nil && len(o.Windows) == 0 {
				c.fault(FaultVisit, "visit %q cannot be made in one round: the windows of its orders do not meet", o.visit[j].Visit)
			} else if o.Service > maxTick || o.Demand > maxTick || o.Penalty > maxCost {
				c.fault(FaultTooLarge, "visit %q is too large: %d ticks, %d units", o.visit[j].Visit, o.Service, o.Demand)
			}
		}
	}
	c.cycles(f)
}

// cycles finds orders that wait for themselves, visits taken as one.
func (c *checker) cycles(f *folded) {
	of := map[string]int{}
	for k := range f.of {
		for _, i := range f.of[k] {
			of[c.p.Orders[i].ID] = k
		}
	}
	open := make([]int, len(f.p.Orders))
	then := make([][]int, len(f.p.Orders))
	for k := range f.p.Orders {
		inside := map[string]bool{}
		for _, o := range f.p.Orders[k].members() { // in sequence: each after those it waits for
			for _, id := range o.After {
				j := of[id]
				if j != k {
					open[k]++
					then[j] = append(then[j], k)
				} else if !inside[id] {
					open[k]++ // it stays: the round has no sequence
				}
			}
			inside[o.ID] = true
		}
	}
	var free []int
	for k, n := range open {
		if n == 0 {
			free = append(free, k)
		}
	}
	for at := 0; at < len(free); at++ {
		for _, k := range then[free[at]] {
			if open[k]--; open[k] == 0 {
				free = append(free, k)
			}
		}
	}
	for k, n := range open {
		if n == 0 {
			continue
		}
		for _, i := range f.of[k] {
			c.on, c.id, c.no = "order", c.p.Orders[i].ID, i
			c.fault(FaultCycle, "waits, in the end, for itself: comes after %v", c.p.Orders[i].After)
		}
	}
}
