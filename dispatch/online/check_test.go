package online

import (
	"fmt"
	"math"
	"slices"

	"tundish/dispatch/route"
)

// judge walks routes from their start with none of the board's code but its types.
type judge struct {
	o   Options
	now int64
}

func (j judge) ticks(a, b route.Point) int64 {
	m := j.o.Metric
	d := math.Hypot(a.X-b.X, a.Y-b.Y)
	if m.Globe {
		rad := math.Pi / 180
		h := math.Pow(math.Sin((b.Y-a.Y)*rad/2), 2) + math.Cos(a.Y*rad)*math.Cos(b.Y*rad)*math.Pow(math.Sin((b.X-a.X)*rad/2), 2)
		d = 2 * 6371008.8 * math.Asin(math.Sqrt(h))
	}
	switch m.Round {
	case route.Down:
		return int64(math.Floor(d * m.Ticks))
	case route.Up:
		return int64(math.Ceil(d*m.Ticks - 1e-7))
	}
	return int64(math.Floor(d*m.Ticks + 0.5))
}

// opening is when the work on an order may begin for somebody who is there at t.
func opening(o *route.Order, t int64) (int64, bool) {
	best, ok := int64(math.MaxInt64), len(o.Windows) == 0
	if ok {
		best = t
	}
	for _, w := range o.Windows {
		if t <= w.To {
			best, ok = min(best, max(t, w.From)), true
		}
	}
	return best, ok
}

// walked is what a crew's route comes to.
type walked struct {
	begins                []int64
	travel, service, load int64
	back                  int64
	fits                  bool // every window and the shift
}

// until is when a crew must be back.
func (c *Crew) until() int64 {
	if c.MaxTicks > 0 {
		return min(c.Shift.To, c.Shift.From+c.MaxTicks)
	}
	return c.Shift.To
}

func (j judge) walk(c *Crew, list []Stop) walked {
	w := walked{fits: true}
	t, at := max(c.Shift.From, c.Free, j.now), c.Start
	for i := range list {
		o := &list[i].Order
		way := j.ticks(at, o.At)
		begin, ok := opening(o, t+way)
		if !ok {
			begin, w.fits = t+way, false
		}
		w.begins = append(w.begins, begin)
		t, at = begin+o.Service, o.At
		w.travel, w.service, w.load = w.travel+way, w.service+o.Service, w.load+o.Demand
	}
	way := j.ticks(at, c.End)
	w.travel, w.back = w.travel+way, t+way
	w.fits = w.fits && w.back <= c.until()
	return w
}

func (j judge) inside(c *Crew, o *route.Order) bool {
	return o.District == "" || len(c.Districts) == 0 || slices.Contains(c.Districts, o.District)
}

func (j judge) may(c *Crew, o *route.Order) bool {
	for _, s := range o.Skills {
		if !slices.ContainsFunc(c.Skills, func(h route.Skill) bool { return h.Name == s.Name && h.Level >= s.Level }) {
			return false
		}
	}
	for _, t := range o.Tools {
		if !slices.Contains(c.Tools, t) {
			return false
		}
	}
	return (o.Crew == "" || o.Crew == c.Of || o.Crew == c.ID) && (o.Day == "" || o.Day == c.Day) && !slices.Contains(o.Not, c.Name()) && (c.Elsewhere > 0 || j.inside(c, o))
}

// holds tells whether a crew may do all of a route.
func (j judge) holds(c *Crew, list []Stop) bool {
	if len(list) == 0 {
		return true
	}
	w := j.walk(c, list)
	leaves := max(c.Shift.From, c.Free, j.now)
	ok := w.fits && (c.Reserved == 0 || leaves+w.travel+w.service+c.Reserved <= c.Shift.To) && w.load+c.Carried <= c.Capacity && (c.MaxOrders == 0 || len(list)+c.Done+c.Held <= c.MaxOrders)
	for i := range list {
		ok = ok && j.may(c, &list[i].Order)
	}
	return ok
}

func (j judge) worth(c *Crew, ticks int64) int64 {
	busy := c.Busy
	if busy == 0 {
		busy = max(1, c.Shift.To-c.Shift.From)
	}
	d := c.Load + ticks
	return d * d / 200 * j.o.Weights.Balance / busy
}

// price is what a route costs.
func (j judge) price(c *Crew, list []Stop) int64 {
	if len(list) == 0 {
		return j.worth(c, 0)
	}
	w := j.walk(c, list)
	return w.travel + c.Fixed + j.worth(c, w.service+w.travel)
}

func (j judge) cost(crews []Crew) int64 {
	sum := int64(0)
	for i := range crews {
		sum += j.price(&crews[i], crews[i].Route)
	}
	return sum
}

func urgentCrew(c *Crew) bool {
	return c.BusyUrgent || slices.ContainsFunc(c.Route, func(s Stop) bool { return s.Urgent })
}

// shut is how many places at the beginning of a route nothing may be put at.
func shut(list []Stop) int {
	n := 0
	for k := range list {
		if list[k].Fixed {
			n = k + 1
		}
	}
	return n
}

// pushable tells whether an urgent order may push a stop out.
func pushable(s *Stop) bool { return !s.Pinned && !s.Fixed && !s.Urgent && s.Published == "" }

// place of an order as the judge found it.
type option struct {
	crew, at, pushed int
	terms            Terms
}

// options are all places for an urgent order in one crew's route.
func (j judge) options(r int, c *Crew, o *route.Order) []option {
	var out []option
	if !j.may(c, o) {
		return nil
	}
	had := int64(0)
	if len(c.Route) > 0 {
		w := j.walk(c, c.Route)
		had = w.service + w.travel
	}
	for at := shut(c.Route); at <= len(c.Route); at++ {
		for pushed := 0; pushed <= j.o.MaxDisplaced && at+pushed <= len(c.Route); pushed++ {
			if pushed > 0 && !pushable(&c.Route[at+pushed-1]) {
				break
			}
			list := slices.Concat(c.Route[:at], []Stop{{Order: *o}}, c.Route[at+pushed:])
			if !j.holds(c, list) {
				continue
			}
			w := j.walk(c, list)
			without := j.walk(c, slices.Concat(c.Route[:at], c.Route[at+pushed:]))
			way := w.travel - without.travel
			if len(c.Route) == 0 {
				way = w.travel
			}
			t := Terms{Arrival: j.o.Weights.Arrival * (w.begins[at] - j.now), Travel: way, Displaced: int64(pushed) * j.o.Weights.Displaced}
			if len(c.Route) == 0 {
				t.Travel += c.Fixed
			}
			t.Work = j.worth(c, had+way+o.Service) - j.worth(c, had)
			if !j.inside(c, o) {
				t.Outside = c.Elsewhere
			}
			out = append(out, option{r, at, pushed, t})
			break // no more are pushed out than must be
		}
	}
	return out
}

// offers is the cheapest option of every crew that is asked, cheapest first.
func (j judge) offers(crews []Crew, o *route.Order) (list []option, relaxed bool) {
	for _, relaxed = range []bool{false, true} {
		for r := range crews {
			if !relaxed && urgentCrew(&crews[r]) && o.Crew == "" {
				continue
			}
			all := j.options(r, &crews[r], o)
			if len(all) > 0 {
				list = append(list, slices.MinFunc(all, func(a, b option) int { return int(a.terms.Total() - b.terms.Total()) }))
			}
		}
		if len(list) > 0 {
			break
		}
	}
	slices.SortStableFunc(list, func(a, b option) int { return int(a.terms.Total() - b.terms.Total()) })
	return list, relaxed
}

// cheapest is the least cost of an order anywhere, nothing pushed out.
func (j judge) cheapest(crews []Crew, o *route.Order) (cost int64, ok bool) {
	for r := range crews {
		c := &crews[r]
		for at := shut(c.Route); at <= len(c.Route); at++ {
			list := slices.Insert(slices.Clone(c.Route), at, Stop{Order: *o})
			if !j.holds(c, list) {
				continue
			}
			d := j.price(c, list) - j.price(c, c.Route)
			if !j.inside(c, o) {
				d += c.Elsewhere
			}
			if !ok || d < cost {
				cost, ok = d, true
			}
		}
	}
	return cost, ok
}

// wrong is everything that does not hold on a board: what it keeps, against routes
// walked from their start.
func (j judge) wrong(b *Board) []string {
	var out []string
	say := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	crews := snapshot(b)
	if got, want := b.Cost(), j.cost(crews); got != want {
		say("the routes cost %d, from scratch %d", got, want)
	}
	seen := map[string]bool{}
	for k := range crews {
		c := &crews[k]
		r := b.crewNo[c.ID]
		t, w := &b.tours[r], j.walk(c, c.Route)
		if t.travel != w.travel || t.service != w.service || t.load != w.load+c.Carried || int(t.size) != len(c.Route) || t.urgent != urgentCrew(c) {
			say("crew %s: kept %+v, from scratch %+v", c.ID, *t, w)
		}
		i := b.nodes[t.start].next
		for n, s := range c.Route {
			if seen[s.ID] {
				say("order %s comes twice", s.ID)
			}
			seen[s.ID] = true
			if b.stopNo[s.ID] != i {
				say("order %s is node %d, known as %d", s.ID, i, b.stopNo[s.ID])
			}
			if got, want := int64(b.nodes[i].depart), w.begins[n]+s.Service; got != want {
				say("crew %s leaves %s at %d, from scratch %d", c.ID, s.ID, got, want)
			}
			i = b.nodes[i].next
		}
	}
	if len(seen) != len(b.stopNo) {
		say("%d orders are in routes, %d are known", len(seen), len(b.stopNo))
	}
	listed := 0
	for c, list := range b.grid.cells {
		for k, e := range list {
			listed++
			i := e.node
			if n := &b.nodes[i]; e.tour != n.tour || n.marks&markShut == 0 && e.depart != n.depart || n.marks&markShut != 0 && e.depart != never {
				say("node %d is %+v, its entry %+v", i, *n, e)
			}
			if b.nodes[i].cell != int32(c) || b.slot[i] != int32(k) || b.grid.at(b.stops[i].At) != int32(c) {
				say("node %d stands in cell %d at %d", i, c, k)
			}
		}
	}
	if want := len(b.nodes) - len(b.unused); listed != want {
		say("the grid has %d nodes of %d", listed, want)
	}
	for i := range b.nodes {
		n := &b.nodes[i]
		if long := n.tour != nobody && n.next != nobody && n.ahead > b.longWay; long != (b.longAt[i] != nobody) {
			say("node %d with %d ticks ahead is in the list of those above %d: %v", i, n.ahead, b.longWay, !long)
		}
	}
	return out
}

// same tells whether two routes have the same stops in the same sequence.
func same(a, b []Stop) bool {
	return slices.EqualFunc(a, b, func(x, y Stop) bool { return x.ID == y.ID })
}

// snapshot is all crews of a board with their routes.
func snapshot(b *Board) []Crew {
	var out []Crew
	for r := range b.crews {
		if b.tours[r].on {
			c := b.crews[r]
			c.Route = b.Route(c.ID)
			out = append(out, c)
		}
	}
	return out
}
