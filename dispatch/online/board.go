package online

import (
	"errors"
	"fmt"
	"math"

	"tundish/dispatch/route"
)

// Board is the live day.
type Board struct {
	o      Options
	ruler  route.Ruler
	centre route.Spot
	now    int32

	nodes  []node
	sites  []site  // beside nodes
	stops  []Stop  // beside nodes; of a start and an end, only the place
	slot   []int32 // beside nodes: where in its cell's list
	longAt []int32 // beside nodes: where in long, nobody for not
	unused []int32

	tours   []tour
	leaves  []int32 // beside tours: when the crew leaves from where it is
	crews   []Crew  // beside tours, without routes
	crewNo  map[string]int32
	persons map[string]int32 // name → number
	shifts  [][]int32        // person → crews
	stopNo  map[string]int32 // order → node
	ability                  // who can and may do what
	grid    *grid

	few     int     // so many able crews are asked one by one, up to fewCrews
	longWay int32   // ways longer than that are listed
	long    []int32 // nodes with a long way ahead
}

// node is a place in a route: where the crew is, a stop, or where it ends. It fills a
// cache line.
type node struct {
	at                  route.Spot
	depart, late, ahead int32 // leaves at the earliest; begins at the latest or the rest is late; ticks to next
	tour, next, prev    int32
	service, demand     int32
	cell                int32
	marks               uint8
}

const (
	markStart = 1 << iota
	markEnd
	markLoose // an urgent order may push it out
	markShut  // nothing is put behind it
)

// tour is a crew's route and what it may hold.
type tour struct {
	start, end      int32
	load, capacity  int64 // of the stops, and carried besides
	size, most      int32 // stops
	travel, service int64
	fixed           int64
	did, busy       int64 // ticks of work behind it; of a full day
	from, to        int32 // leaves and is back within
	shift           int64 // its end
	reserved        int64 // ticks of it for work that is in no route
	elsewhere       int64 // what an order outside of its districts costs, 0: it gets none
	person          int32
	urgent          bool // on an urgent order
	on              bool
}

const (
	nobody  = int32(-1)
	never   = int32(math.MaxInt32)
	maxTick = 1 << 29
)

// New makes the board of a day as it is at the tick now. Crews or orders that cannot be
// right are refused with all that is wrong (*Error); so is a crew that comes twice.
func New(o Options, now int64, crews []Crew) (*Board, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if len(crews) == 0 {
		return nil, errors.New("online board: there is no crew")
	}
	b := &Board{o: o, ruler: o.Metric.Ruler(), crewNo: map[string]int32{}, persons: map[string]int32{}, stopNo: map[string]int32{}, ability: newAbility(), longWay: never, few: fewCrews}
	b.centre = o.Metric.Spot(crews[0].Start)
	if err := b.setNow(now); err != nil {
		return nil, err
	}
	var faults []route.Fault
	var points []route.Point
	known, visited := map[string]bool{}, map[string]string{}
	for i := range crews {
		c := &crews[i]
		found := checkCrew(o.Metric, &b.centre, c)
		if known[c.ID] {
			found = append(found, route.Fault{Kind: route.FaultDuplicateID, On: "crew", ID: c.ID, Text: "comes twice"})
		}
		known[c.ID] = true
		points = append(points, c.Start, c.End)
		for k := range c.Route {
			points = append(points, c.Route[k].At)
			if other, twice := visited[c.Route[k].ID]; twice && other != c.ID {
				found = append(found, route.Fault{Kind: route.FaultDuplicateID, On: "order", ID: c.Route[k].ID, Text: fmt.Sprintf("is in the routes of crews %q and %q", other, c.ID)})
			}
			visited[c.Route[k].ID] = c.ID
		}
		for k := range found {
			found[k].No = i
		}
		faults = append(faults, found...)
	}
	if len(faults) > 0 {
		return nil, &Error{Faults: faults}
	}
	b.grid = newGrid(o.Metric, crews[0].Start, points)
	for i := range crews {
		b.set(&crews[i])
	}
	b.listLong()
	return b, nil
}

func (b *Board) setNow(now int64) error {
	if now < 0 || now > maxTick {
		return fmt.Errorf("online board: now is tick %d; give 0 to %d", now, maxTick)
	}
	b.now = int32(now)
	return nil
}

// Now moves the clock on: crews that have not left yet do not leave earlier.
func (b *Board) Now(now int64) error {
	if err := b.setNow(now); err != nil {
		return err
	}
	for r, t := range b.leaves {
		if t < b.now && b.tours[r].on {
			b.retime(int32(r))
		}
	}
	return nil
}

// Set writes down a crew as it is now, route and all, in place of what was known of it.
// It refuses what cannot be right (*Error) and changes nothing then.
func (b *Board) Set(c Crew) error {
	faults := checkCrew(b.o.Metric, &b.centre, &c)
	for k := range c.Route {
		if i, ok := b.stopNo[c.Route[k].ID]; ok && b.crews[b.nodes[i].tour].ID != c.ID {
			faults = append(faults, route.Fault{Kind: route.FaultDuplicateID, On: "order", ID: c.Route[k].ID, Text: fmt.Sprintf("is in the route of crew %q already", b.crews[b.nodes[i].tour].ID)})
		}
	}
	if len(faults) > 0 {
		return &Error{Faults: faults}
	}
	fits := b.grid.fits(c.Start) && b.grid.fits(c.End)
	for k := range c.Route {
		fits = fits && b.grid.fits(c.Route[k].At)
	}
	b.set(&c)
	if live := len(b.nodes) - len(b.unused); !fits || live > 4*b.grid.nodes+64 {
		b.regrid()
	}
	return nil
}

// Move tells where a crew is and from which tick on it can leave from there.
func (b *Board) Move(crew string, at route.Point, free int64) error {
	r, ok := b.crewNo[crew]
	if !ok || !b.tours[r].on {
		return fmt.Errorf("online board: crew %q is not on it", crew)
	}
	c := b.crews[r]
	c.Start, c.Free = at, free
	if faults := checkCrew(b.o.Metric, &b.centre, &c); len(faults) > 0 {
		return &Error{Faults: faults}
	}
	b.crews[r] = c
	t := &b.tours[r]
	i := t.start
	b.leaveCell(i)
	b.stops[i].At, b.nodes[i].at = at, b.o.Metric.Spot(at)
	b.enterCell(i)
	t.from = int32(max(c.Shift.From, free))
	t.travel -= int64(b.nodes[i].ahead)
	b.join(i, b.nodes[i].next)
	t.travel += int64(b.nodes[i].ahead)
	b.retime(r)
	if !b.grid.fits(at) {
		b.regrid()
	}
	return nil
}

// Drop takes a crew off the board and returns what it still had to visit.
func (b *Board) Drop(crew string) []Stop {
	r, ok := b.crewNo[crew]
	if !ok || !b.tours[r].on {
		return nil
	}
	left := b.Route(crew)
	b.clear(r)
	return left
}

// Remove takes an order out of its crew's route, false if it is in none.
func (b *Board) Remove(order string) bool {
	i, ok := b.stopNo[order]
	if !ok {
		return false
	}
	b.take(i)
	return true
}

// Route is what a crew still has to visit, nil if nobody knows the crew.
func (b *Board) Route(crew string) []Stop {
	r, ok := b.crewNo[crew]
	if !ok || !b.tours[r].on {
		return nil
	}
	var out []Stop
	for i := b.nodes[b.tours[r].start].next; i != b.tours[r].end; i = b.nodes[i].next {
		out = append(out, b.stops[i])
	}
	return out
}

// Cost is what all routes cost: way, going out, and balance, as route.Solution has it.
func (b *Board) Cost() int64 {
	var sum int64
	for r := range b.tours {
		if b.tours[r].on {
			sum += b.price(int32(r))
		}
	}
	return sum
}
