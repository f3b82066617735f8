package dispatch

import (
	"math"
	"slices"
	"time"

	"tundish/core"
	"tundish/dispatch/route"
)

// Job is what of an order matters to a plan.
type Job struct {
	No       core.OrderNo `json:"no"`
	At       core.Point   `json:"at,omitzero"`
	Minutes  int          `json:"minutes"` // of service
	Skills   []string     `json:"skills,omitempty"`
	District string       `json:"district,omitempty"`
	Urgent   bool         `json:"urgent,omitempty"`
	Priority int          `json:"priority,omitempty"` // 0 to 6, the higher the more it matters to be served
	DueAt    time.Time    `json:"due_at,omitzero"`
	// From and To are the customer's appointment; either may be open.
	From time.Time `json:"from,omitzero"`
	To   time.Time `json:"to,omitzero"`
	Not  []string  `json:"not,omitempty"` // crews that gave it back
	// Has is the crew that has the order already, "" for none; what follows is about those.
	Has string `json:"has,omitempty"`
	// Pinned: a person decided so. Keep: it stays with that crew while the crew is at work. Told: somebody
	// of the crew has seen it.
	Pinned bool `json:"pinned,omitempty"`
	Keep   bool `json:"keep,omitempty"`
	Told   bool `json:"told,omitempty"`
	// Next: the crew is on its way there. Since is when it began the work; zero: it has not.
	Next  bool      `json:"next,omitempty"`
	Since time.Time `json:"since,omitzero"`
}

// jobOf is an order of a type.
func jobOf(o *core.WorkOrder, t *core.OrderType) Job {
	j := Job{
		No: o.No, Minutes: t.Minutes, Skills: t.Skills, District: o.Place.District, Urgent: o.Urgency != core.Normal,
		DueAt: o.DueAt, From: o.Appointment.From, To: o.Appointment.To, Not: o.GaveBack,
	}
	if o.Place.Point != nil {
		j.At = *o.Place.Point
	}
	switch o.Urgency {
	case core.Emergency:
		j.Priority = 2
	case core.Urgent:
		j.Priority = 1
	}
	j.Priority = min(j.Priority+min(max(o.Expedite, 0), 5), mostPriority)
	return j
}

const mostPriority = 6

// day is a board and jobs as the engine's problem. Its ticks are seconds since midnight of
// the day before the board's, so that a night shift begun then has its place.
type day struct {
	problem route.Problem
	jobs    []Job // beside problem.Orders
	// standing are the stops of crews' routes, at the end of jobs; at those of what a crew is working on now.
	standing []Job
	at       map[string]Job
	board    core.Board
	travel   Travel
	travelW  int64
	from     time.Time
	idle     map[string]route.Rule // crew → why it is not asked at all
	bad      faults
	// straight is why straight lines stand in for the router's ways; zero: they do not.
	straight phrase
}

// Why a crew is not asked at all.
const (
	ruleOffDuty    route.Rule = "off_duty"    // the crew is off, or the shift is over
	ruleNoPosition route.Rule = "no_position" // nobody knows where the crew is
)

func (p *Planner) day(b core.Board, jobs []Job) *day {
	d := &day{board: b, travel: p.opts.Travel, travelW: max(1, int64(p.opts.Weights.TravelPerSecond)), from: clock(b.Now, -1, 0), idle: map[string]route.Rule{}}
	d.problem.Metric, d.problem.Periods = p.opts.Travel.metric(), p.opts.Travel.periods(&b)
	urgent := !b.WholeDay && len(jobs) == 1 && jobs[0].Urgent
	var routes map[string][]Job
	routes, d.jobs = byCrew(jobs)
	for i := range b.Crews {
		c := &b.Crews[i]
		rc, why := d.crew(c, routes[c.ID])
		switch {
		case why == "" && urgent && rc.Shift.From > d.tick(b.Now):
			// What cannot wait is for those who are at work, not for whoever starts in the morning.
			d.idle[c.ID] = ruleOffDuty
		case why != "":
			d.idle[c.ID] = why
			if c.OffDuty { // its work is for others
				d.jobs = append(d.jobs, slices.DeleteFunc(routes[c.ID], func(j Job) bool { return j.Pinned || j.Next || !j.Since.IsZero() })...)
			}
		default:
			if urgent && !rc.BusyUrgent { // it goes before the crew's other work
				rc.Reserved = 0
			}
			d.problem.Crews = append(d.problem.Crews, rc)
			d.stops(p, len(d.problem.Crews)-1, routes[c.ID])
		}
	}
	for _, j := range d.jobs {
		d.problem.Orders = append(d.problem.Orders, p.order(d, &j))
	}
	d.jobs = append(d.jobs, d.standing...)
	for k := range d.standing {
		d.problem.Orders = append(d.problem.Orders, p.stop(d, &d.standing[k]))
	}
	d.sieve()
	return d
}

func (d *day) tick(t time.Time) int64 { return int64(t.Sub(d.from) / time.Second) }

func (d *day) crewID(r int) string { return d.problem.Crews[r].ID }

// crew is one crew with its one shift: the one that runs past midnight from the day
// before, else the board's day's.
//
// What of its load is a stop is taken out of the minutes; the work it is on tells where it is and until when.
func (d *day) crew(c *core.Crew, stops []Job) (route.Crew, route.Rule) {
	b := &d.board
	from, to, worked := clock(b.Now, 0, c.ShiftStartMin), clock(b.Now, 0, c.ShiftEndMin), b.Workday
	if end := clock(b.Now, -1, c.ShiftEndMin); end.After(b.Now) && b.Now.Before(from) {
		from, to, worked = clock(b.Now, -1, c.ShiftStartMin), end, b.WorkdayBefore
	}
	at := c.At()
	switch {
	case c.OffDuty, !worked && !c.EveryDay, to.After(from) && !to.After(b.Now):
		return route.Crew{}, ruleOffDuty
	case at == core.Point{}:
		return route.Crew{}, ruleNoPosition
	}
	load := b.Days[c.ID]
	minutes, orders := int64(load.Minutes), load.Orders
	for _, j := range stops {
		minutes, orders = minutes-int64(j.Minutes), orders-1
	}
	minutes, orders = max(minutes, 0), max(orders, 0)
	rc := route.Crew{
		ID: c.ID, Start: point(at), End: point(at), Districts: c.Districts, BusyUrgent: load.UrgentOrders > 0,
		Shift: route.Window{From: d.tick(from), To: d.tick(to)}, Busy: max(1, d.tick(to)-d.tick(from)),
		Capacity: unbounded, MaxOrders: c.CapOrders, Load: minutes * 60, Reserved: minutes * 60, Carried: minutes, Held: orders,
	}
	if !to.After(from) {
		rc.Shift.To = rc.Shift.From - 1 // whatever it is, it is no shift
	}
	if now := d.tick(b.Now); rc.Shift.From < now && now < rc.Shift.To {
		rc.Shift.From = now
	}
	if c.Home != (core.Point{}) {
		rc.End = point(c.Home)
		rc.Out = c.Position != nil && *c.Position != c.Home
	}
	if c.CapMinutes != 0 {
		rc.Capacity, rc.Busy = int64(c.CapMinutes), max(1, int64(c.CapMinutes)*60)
	}
	for _, s := range c.Skills {
		rc.Skills = append(rc.Skills, route.Skill{Name: s})
	}
	for _, j := range stops {
		if j.Since.IsZero() {
			break
		}
		// It is there, and leaves when the work is done; what takes longer than it should ends any moment.
		rc.Start = point(j.At)
		rc.Shift.From = min(max(rc.Shift.From, d.tick(j.Since)+int64(j.Minutes)*60), rc.Shift.To-1)
		rc.Load, rc.Carried, rc.Held = rc.Load+int64(j.Minutes)*60, rc.Carried+int64(j.Minutes), rc.Held+1
		rc.Out = rc.Start != rc.End
	}
	return rc, ""
}

// unbounded minutes: more than any crew can work.
const unbounded = 1 << 28

func point(p core.Point) route.Point { return route.Point{X: p.Lon, Y: p.Lat} }

// clock is the wall clock's instant some minutes after midnight, days from now's day.
func clock(now time.Time, days, minutes int) time.Time {
	return time.Date(now.Year(), now.Month(), now.Day()+days, 0, minutes, 0, 0, now.Location())
}

// order is one job as the engine sees it at the board's instant.
func (p *Planner) order(d *day, j *Job) route.Order {
	w := p.opts.Weights
	o := route.Order{ID: string(j.No), At: point(j.At), Service: int64(j.Minutes) * 60, Demand: int64(j.Minutes), District: j.District, First: j.Urgent, Penalty: p.penalty(j.Priority), Not: j.Not}
	for _, s := range j.Skills {
		o.Skills = append(o.Skills, route.Skill{Name: s})
	}
	now := d.tick(d.board.Now)
	promise := func(by, price int64) {
		if price = min(price, 100_000); price > 0 {
			o.Promises = append(o.Promises, route.Promise{By: by, Price: price})
		}
	}
	if j.Urgent {
		promise(now+o.Service, p.hundredths(w.UrgentTravelPerSecond-w.TravelPerSecond))
	}
	if !j.DueAt.IsZero() { // what is late already is late whoever goes
		promise(max(d.tick(j.DueAt), now), p.hundredths(w.LatenessPerSecond))
	}
	// An appointment that has passed binds nobody any more: the work is late, not impossible.
	switch {
	case j.From.IsZero() && j.To.After(d.board.Now):
		o.Windows = []route.Window{{From: 0, To: d.tick(j.To)}}
	case j.From.IsZero():
	case !j.To.IsZero() && j.To.Before(j.From):
		o.Windows = []route.Window{{From: 1, To: 0}}
	case j.To.IsZero():
		o.Windows = []route.Window{{From: max(0, d.tick(j.From)), To: 4 * 86_400}}
	case j.To.After(d.board.Now):
		o.Windows = []route.Window{{From: max(0, d.tick(j.From)), To: d.tick(j.To)}}
	}
	return o
}

// dearest is the most that leaving an order out may cost.
const dearest = 1 << 40

// penalty is what it costs to leave an order out: more than any day of any crew could, and
// eight times as much with each step of priority.
func (p *Planner) penalty(priority int) int64 {
	w := p.opts.Weights
	base := 100_000 + 2*86_400*(p.hundredths(w.LatenessPerSecond)+p.hundredths(w.UrgentTravelPerSecond)+p.hundredths(w.WorkloadPerMinute)/60)/100
	return min(base, 1<<21) * int64(math.Pow(8, float64(min(max(priority, 0), mostPriority))))
}

// appointed says so when the customer expects somebody on a later day than the board's.
func appointed(b core.Board, o *core.WorkOrder) (core.Reason, bool) {
	return appointedJob(b, &Job{From: o.Appointment.From})
}

func appointedJob(b core.Board, j *Job) (core.Reason, bool) {
	from := j.From.In(b.Now.Location())
	if j.From.IsZero() || from.Format(time.DateOnly) <= b.Day {
		return core.Reason{}, false
	}
	when := from.Format("2006-01-02 15:04")
	return core.Reason{Text: "the appointment is on " + when + "; it is given to a crew on that day", TextZH: "预约时间为 " + when + "，届时派工"}, true
}
