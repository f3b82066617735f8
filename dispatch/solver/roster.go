package solver

import "fmt"

// Roster holds crews ready to be asked about one order at a time. Best and Rank
// may be called from several goroutines at once, Replace must not run
// beside anything else.
type Roster struct {
	m  *model
	st *state
	p  Problem
	w  Weights
}

// NewRoster prepares the crews of a problem; its orders are checked but not
// placed, and may be absent.
func NewRoster(p Problem, o Options) (*Roster, error) {
	o, err := o.filled()
	if err != nil {
		return nil, err
	}
	if faults := Validate(p); len(faults) > 0 {
		return nil, &FaultError{faults}
	}
	p.Crews, p.Orders = append([]Crew(nil), p.Crews...), nil
	r := &Roster{p: p, w: o.Weights}
	r.rebuild()
	return r, nil
}

func (r *Roster) rebuild() {
	r.m = compile(r.p, r.w)
	r.st = newState(r.m, 0)
}

// Best is the cheapest crew that may take the order, found by searching outwards
// from its place; ok is false when nobody may (Rank tells why).
func (r *Roster) Best(o Order) (c Candidate, ok bool, err error) {
	if faults := r.check(&o); len(faults) > 0 {
		return Candidate{}, false, &FaultError{faults}
	}
	var needs [8]need
	var windows [8]span
	var excluded [8]int32
	j := r.m.job(&o, none, needs[:0], windows[:0], excluded[:0])
	free, busy := r.m.best(r.st, &j, none)
	relaxed := free.seat == none
	if relaxed {
		free = busy
	}
	if free.seat == none {
		return Candidate{}, false, nil
	}
	return r.m.candidate(r.st, &j, free.seat, relaxed), true, nil
}

// Rank asks every crew about the order.
func (r *Roster) Rank(o Order) (Ranking, error) {
	if faults := r.check(&o); len(faults) > 0 {
		return Ranking{}, &FaultError{faults}
	}
	j := r.m.job(&o, none, nil, nil, nil)
	return r.m.rank(r.st, &j, &o), nil
}

func (r *Roster) check(o *Order) []Fault {
	var f faults
	f.at(OnOrder, 0, string(o.ID))
	f.order(o)
	if o.Pin.Crew != "" {
		var crew *Crew
		if c, ok := r.m.crewNo[o.Pin.Crew]; ok {
			crew = &r.p.Crews[c]
		}
		f.pin(o, crew)
	}
	return f.list
}

// Replace takes a crew's new state: its position, load, shifts, skills, or that
// it went off duty. The crew must have been in the problem.
func (r *Roster) Replace(c Crew) error {
	no, ok := r.m.crewNo[c.ID]
	if !ok {
		return fmt.Errorf("replace crew %q: not in the roster; make a new roster", c.ID)
	}
	var f faults
	f.at(OnCrew, int(no), string(c.ID))
	f.crew(&c)
	if len(f.list) > 0 {
		return &FaultError{f.list}
	}
	shifts := seatsOf(&r.p.Crews[no])
	r.p.Crews[no] = c
	if seatsOf(&c) != shifts || c.Start.Known() && !r.m.grid.covers(c.Start) {
		r.rebuild() // seats or the map have another shape
		return nil
	}
	r.m.crews[no] = c
	r.m.index(no, &c)
	for s := range int32(shifts) {
		n := r.m.first[no] + s
		r.m.seats[n] = r.m.seatFor(no, &c, int(s))
		r.st.minutes[n], r.st.orders[n] = r.m.seats[n].loadMinutes, r.m.seats[n].loadOrders
		r.m.grid.remove(n)
		if c.Start.Known() {
			r.m.grid.insert(n, c.Start)
		}
	}
	return nil
}

// Crew is the roster's present picture of a crew.
func (r *Roster) Crew(id CrewID) (Crew, bool) {
	no, ok := r.m.crewNo[id]
	if !ok {
		return Crew{}, false
	}
	return r.p.Crews[no], true
}
