package dispatch

import (
	"time"

	"tundish/core"
	"tundish/dispatch/solver"
)

func (p *Planner) problem(b core.Board, orders ...solver.Order) solver.Problem {
	pr := solver.Problem{Now: b.Now, Travel: p.opts.Travel, Orders: orders}
	urgent := !b.WholeDay && len(orders) == 1 && orders[0].Urgent
	for i := range b.Crews {
		c := crew(b, &b.Crews[i])
		// What cannot wait is for those who are at work, not for whoever starts in the morning.
		c.OffDuty = c.OffDuty || urgent && c.Shifts[0].From.After(b.Now)
		pr.Crews = append(pr.Crews, c)
	}
	return pr
}

// crew is one crew with its one shift: the one that runs past midnight from the day
// before, else the board's day's.
func crew(b core.Board, c *core.Crew) solver.Crew {
	day := b.Days[c.ID]
	at := c.At()
	sc := solver.Crew{
		ID: solver.CrewID(c.ID), Start: solver.Point{Lat: at.Lat, Lon: at.Lon}, Districts: c.Districts,
		BusyUrgent: day.UrgentOrders > 0,
	}
	from, to := clock(b.Now, 0, c.ShiftStartMin), clock(b.Now, 0, c.ShiftEndMin)
	worked := b.Workday
	if end := clock(b.Now, -1, c.ShiftEndMin); end.After(b.Now) && b.Now.Before(from) {
		from, to, worked = clock(b.Now, -1, c.ShiftStartMin), end, b.WorkdayBefore
	}
	sc.OffDuty = c.OffDuty || !worked && !c.EveryDay
	sc.Shifts = []solver.Shift{{
		ID: solver.ShiftID(b.Day), From: from, To: to,
		CapMinutes: c.CapMinutes, CapOrders: c.CapOrders,
		LoadMinutes: max(day.Minutes, 0), LoadOrders: max(day.Orders, 0),
	}}
	for _, s := range c.Skills {
		sc.Skills = append(sc.Skills, solver.Skill{Name: s})
	}
	return sc
}

// clock is the wall clock's instant some minutes after midnight, days from now's day.
func clock(now time.Time, days, minutes int) time.Time {
	return time.Date(now.Year(), now.Month(), now.Day()+days, 0, minutes, 0, 0, now.Location())
}

// order is one order as the solver sees it at the board's instant.
func (p *Planner) order(b core.Board, o *core.WorkOrder, t *core.OrderType) solver.Order {
	so := solver.Order{ID: solver.OrderID(o.No), ServiceMinutes: t.Minutes, District: o.Place.District, Urgent: o.Urgency != core.Normal, FinishBy: o.DueAt}
	if o.Place.Point != nil {
		so.Place = solver.Point{Lat: o.Place.Point.Lat, Lon: o.Place.Point.Lon}
	}
	if o.Urgency == core.Emergency {
		so.Priority = 2
	} else if o.Urgency == core.Urgent {
		so.Priority = 1
	}
	so.Priority += min(o.Expedite, 5)
	for _, s := range t.Skills {
		so.Skills = append(so.Skills, solver.Skill{Name: s})
	}
	// An appointment that has passed binds nobody any more: the work is late, not impossible.
	if a := o.Appointment; !a.From.IsZero() && (a.To.IsZero() || a.To.After(b.Now) || a.To.Before(a.From)) {
		so.Windows = []solver.Window{{From: a.From.In(b.Now.Location()), To: a.To.In(b.Now.Location())}}
		if a.To.IsZero() {
			so.Windows[0].To = time.Time{}
		}
	}
	return so
}

// appointed says so when the customer expects somebody on a later day than the board's.
func appointed(b core.Board, o *core.WorkOrder) (core.Reason, bool) {
	from := o.Appointment.From.In(b.Now.Location())
	if o.Appointment.From.IsZero() || from.Format(time.DateOnly) <= b.Day {
		return core.Reason{}, false
	}
	when := from.Format("2006-01-02 15:04")
	return core.Reason{Text: "the appointment is on " + when + "; it is given to a crew on that day", TextZH: "预约时间为 " + when + "，届时派工"}, true
}
