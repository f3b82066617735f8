package solver

import (
	"math"
	"slices"
	"time"
)

// violation is one way in which a solution is wrong. The checker below shares no
// code with the search: it works on the problem's own values.
type violation string

const (
	vTwice      violation = "order appears twice"
	vMissing    violation = "order appears nowhere"
	vUnknown    violation = "order or seat does not exist"
	vSkill      violation = "skill"
	vDistrict   violation = "district"
	vOffDuty    violation = "off duty"
	vNoPosition violation = "no position"
	vPinned     violation = "pin not kept"
	vExcluded   violation = "excluded crew"
	vWindow     violation = "window"
	vShift      violation = "shift"
	vCapMinutes violation = "cap in minutes"
	vCapOrders  violation = "cap in orders"
	vBusy       violation = "busy crew although another is feasible"
	vCost       violation = "total cost differs from its recomputation"
	vTerms      violation = "terms of an assignment differ from their recomputation"
	vNoReason   violation = "unassigned without a reason for every crew"
	vServable   violation = "unassigned although a crew is feasible"
	vRank       violation = "unassigned although lower orders hold its place"
	vRunnerUp   violation = "runner-up cheaper than the chosen crew"
)

// book is a solution entered seat by seat.
type book struct {
	p      Problem
	crew   map[CrewID]*Crew
	order  map[OrderID]*Order
	on     map[seatKey][]*Order
	seatOf map[OrderID]seatKey
}

type seatKey struct {
	crew  CrewID
	shift int
}

func haversine(a, b Point) float64 {
	rad := math.Pi / 180
	dLat, dLon := (b.Lat-a.Lat)*rad, (b.Lon-a.Lon)*rad
	h := math.Pow(math.Sin(dLat/2), 2) + math.Cos(a.Lat*rad)*math.Cos(b.Lat*rad)*math.Pow(math.Sin(dLon/2), 2)
	return 2 * 6371008.8 * math.Asin(math.Sqrt(h))
}

// drive is seconds from a crew's start to an order at 25 km/h and 130 %.
func drive(c *Crew, o *Order) time.Duration {
	return time.Duration(math.Floor(haversine(c.Start, o.Place)*1.3/(25/3.6)+0.5)) * time.Second
}

func begin(t time.Time, o *Order) (time.Time, bool) {
	if len(o.Windows) == 0 {
		return t, true
	}
	var best time.Time
	for _, w := range o.Windows {
		start := t
		if w.From.After(t) {
			start = w.From
		}
		if (w.To.IsZero() || !start.After(w.To)) && (best.IsZero() || start.Before(best)) {
			best = start
		}
	}
	return best, !best.IsZero()
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// broken lists the rules that o breaks on a seat beside others.
func (b *book) broken(k seatKey, o *Order, others []*Order) []violation {
	var out []violation
	c := b.crew[k.crew]
	if c.OffDuty || len(c.Shifts) == 0 {
		return []violation{vOffDuty}
	}
	sh := c.Shifts[k.shift]
	ready := later(b.p.Now, sh.From)
	if !sh.To.After(ready) {
		return []violation{vOffDuty}
	}
	if c.Start == (Point{}) {
		return []violation{vNoPosition}
	}
	for _, need := range o.Skills {
		if !slices.ContainsFunc(c.Skills, func(s Skill) bool { return s.Name == need.Name && s.Level >= need.Level }) {
			out = append(out, vSkill)
		}
	}
	if o.District != "" && len(c.Districts) > 0 && !slices.Contains(c.Districts, o.District) {
		out = append(out, vDistrict)
	}
	if o.Pin.Crew != "" && (o.Pin.Crew != c.ID || o.Pin.Shift != "" && o.Pin.Shift != sh.ID) {
		out = append(out, vPinned)
	}
	if slices.Contains(o.Excluded, c.ID) {
		out = append(out, vExcluded)
	}
	work := time.Duration(o.ServiceMinutes) * time.Minute
	start, ok := begin(ready.Add(drive(c, o)), o)
	switch {
	case !ok || len(o.Windows) > 0 && !start.Before(sh.To):
		out = append(out, vWindow)
	case start.Add(work).After(sh.To):
		out = append(out, vShift)
	}
	total, urgent, plain := sh.LoadMinutes+o.ServiceMinutes, 0, 0
	for _, q := range others {
		total += q.ServiceMinutes
		if q.Urgent {
			urgent += q.ServiceMinutes
		} else {
			plain++
		}
	}
	left := int(sh.To.Sub(ready) / time.Minute)
	need := total
	if o.Urgent && plain == 0 && !c.BusyUrgent {
		need = urgent + o.ServiceMinutes
	}
	if need > left {
		out = append(out, vShift)
	}
	if sh.CapMinutes > 0 && total > sh.CapMinutes {
		out = append(out, vCapMinutes)
	}
	if sh.CapOrders > 0 && sh.LoadOrders+len(others)+1 > sh.CapOrders {
		out = append(out, vCapOrders)
	}
	return out
}

func (b *book) seats(yield func(seatKey, *Crew) bool) {
	for i := range b.p.Crews {
		c := &b.p.Crews[i]
		for s := range max(1, len(c.Shifts)) {
			if !yield(seatKey{c.ID, s}, c) {
				return
			}
		}
	}
}

func (b *book) others(k seatKey, o *Order) []*Order {
	return slices.DeleteFunc(slices.Clone(b.on[k]), func(q *Order) bool { return q == o })
}

func workload(load, full int) int64 { return int64(60) * int64(load) * int64(load) / int64(2*full) }

func full(sh Shift) int {
	if sh.CapMinutes > 0 {
		return sh.CapMinutes
	}
	return max(1, int(sh.To.Sub(sh.From)/time.Minute))
}

// price recomputes the terms of an order on a seat with the default weights.
func (b *book) price(k seatKey, o *Order, others []*Order) Cost {
	c := b.crew[k.crew]
	sh := c.Shifts[k.shift]
	way := drive(c, o)
	t := later(b.p.Now, sh.From).Add(way)
	queued := t
	if !o.Urgent || c.BusyUrgent {
		queued = t.Add(time.Duration(sh.LoadMinutes) * time.Minute)
	}
	start, ok := begin(queued, o)
	if !ok {
		if start, ok = begin(t, o); !ok {
			start = t
		}
	}
	late := time.Duration(0)
	if !o.ArriveBy.IsZero() {
		late = max(late, start.Sub(o.ArriveBy))
	}
	if !o.FinishBy.IsZero() {
		late = max(late, start.Add(time.Duration(o.ServiceMinutes)*time.Minute).Sub(o.FinishBy))
	}
	load := sh.LoadMinutes
	for _, q := range others {
		load += q.ServiceMinutes
	}
	rate := int64(1)
	if o.Urgent {
		rate = 4
	}
	return Cost{
		Travel: rate * int64(way/time.Second), Lateness: 10 * int64(late/time.Second),
		Workload: workload(load+o.ServiceMinutes, full(sh)) - workload(load, full(sh)),
	}
}

// outranks: urgent before priority. Pinned orders are never displaced.
func outranks(a, b *Order) bool {
	if b.Pin.Crew != "" {
		return false
	}
	if a.Urgent != b.Urgent {
		return a.Urgent
	}
	return a.Priority > b.Priority
}

// check returns every violation of a finished solution (Stats.Stopped is
// StopDone), each kind once.
func check(p Problem, sol Solution) map[violation]bool {
	bad := map[violation]bool{}
	b := &book{p: p, crew: map[CrewID]*Crew{}, order: map[OrderID]*Order{}, on: map[seatKey][]*Order{}, seatOf: map[OrderID]seatKey{}}
	for i := range p.Crews {
		b.crew[p.Crews[i].ID] = &p.Crews[i]
	}
	seen := map[OrderID]int{}
	for i := range p.Orders {
		b.order[p.Orders[i].ID] = &p.Orders[i]
	}
	for _, a := range sol.Assigned {
		seen[a.Order]++
		o, c := b.order[a.Order], b.crew[a.Chosen.Crew]
		if o == nil || c == nil {
			bad[vUnknown] = true
			continue
		}
		s := slices.IndexFunc(c.Shifts, func(sh Shift) bool { return sh.ID == a.Chosen.Shift })
		if s < 0 {
			bad[vUnknown] = true
			continue
		}
		k := seatKey{c.ID, s}
		b.on[k] = append(b.on[k], o)
		b.seatOf[o.ID] = k
	}
	for _, u := range sol.Unassigned {
		seen[u.Order]++
		if b.order[u.Order] == nil {
			bad[vUnknown] = true
		}
	}
	for i := range p.Orders {
		switch n := seen[p.Orders[i].ID]; {
		case n == 0:
			bad[vMissing] = true
		case n > 1:
			bad[vTwice] = true
		}
	}
	if bad[vUnknown] || bad[vTwice] || bad[vMissing] {
		return bad
	}
	b.checkAssigned(sol, bad)
	b.checkUnassigned(sol, bad)
	return bad
}

func (b *book) checkAssigned(sol Solution, bad map[violation]bool) {
	var sum Cost
	for _, a := range sol.Assigned {
		o, k := b.order[a.Order], b.seatOf[a.Order]
		for _, v := range b.broken(k, o, b.others(k, o)) {
			bad[v] = true
		}
		if bad[vOffDuty] {
			continue
		}
		cost := b.price(k, o, b.others(k, o))
		if cost != a.Chosen.Terms.Cost {
			bad[vTerms] = true
		}
		sum.Travel += cost.Travel
		sum.Lateness += cost.Lateness
		if r := a.RunnerUp; r != nil && !a.Pinned && r.Terms.Cost.Total() < a.Chosen.Terms.Cost.Total() && !b.crew[k.crew].BusyUrgent {
			bad[vRunnerUp] = true
		}
		if !b.crew[k.crew].BusyUrgent || o.Pin.Crew != "" {
			continue
		}
		for other, c := range b.seats {
			if !c.BusyUrgent && len(b.broken(other, o, b.on[other])) == 0 {
				bad[vBusy] = true
			}
		}
	}
	for k, orders := range b.on {
		sh := b.crew[k.crew].Shifts[k.shift]
		load := sh.LoadMinutes
		for _, o := range orders {
			load += o.ServiceMinutes
		}
		sum.Workload += workload(load, full(sh)) - workload(sh.LoadMinutes, full(sh))
	}
	if sum != sol.Cost {
		bad[vCost] = true
	}
}

func (b *book) checkUnassigned(sol Solution, bad map[violation]bool) {
	for _, u := range sol.Unassigned {
		o, counted := b.order[u.Order], 0
		for _, c := range u.Stopped {
			counted += c.Crews
			if c.Rule == RuleTimeUp || c.Crews <= 0 {
				bad[vNoReason] = true
			}
		}
		if counted != len(b.p.Crews) || u.Crews != counted {
			bad[vNoReason] = true
		}
		for k, c := range b.seats {
			if len(b.broken(k, o, b.on[k])) == 0 {
				bad[vServable] = true
			}
			if o.Pin.Crew != "" || c.BusyUrgent {
				continue
			}
			stay := slices.DeleteFunc(slices.Clone(b.on[k]), func(q *Order) bool { return outranks(o, q) })
			if len(stay) < len(b.on[k]) && len(b.broken(k, o, stay)) == 0 {
				bad[vRank] = true
			}
		}
	}
}
