package assign

import (
	"context"

	"tundish/core"
	"tundish/core/life"
)

// moved tells whether the work of a crew that a choice changes is another one than on the board.
func (s *Service) moved(ctx context.Context, b *core.Board, c *core.Candidate) (bool, error) {
	if c.Route == nil {
		return false, nil
	}
	crews := []string{c.CrewID}
	for _, d := range c.Displaced {
		if d.CrewID != "" && d.CrewID != c.CrewID {
			crews = append(crews, d.CrewID)
		}
	}
	again := false
	for _, id := range crews {
		ok, err := s.holds(ctx, b, id)
		if err != nil {
			return false, err
		}
		again = again || !ok
	}
	return again, nil
}

// give assigns an order as chosen: with the crew's route and with what makes room for it, all in
// one unit. Each crew that gets something is guarded by its crew-day.
func (s *Service) give(b *core.Board, o core.WorkOrder, c *core.Candidate, a core.Assignment, st life.Step) (core.Unit, error) {
	rules := s.opts.Rules()
	u, err := rules.Assign(o, a, b.Days[a.CrewID], st)
	if err != nil {
		return u, err
	}
	for _, d := range c.Displaced {
		if d.CrewID == c.CrewID { // the same crew does it later
			continue
		}
		var more core.Unit
		for _, old := range b.Work[c.CrewID].Orders {
			if old.No != d.Order {
				continue
			}
			room := s.step(st.By, "makes room for "+string(o.No)+" 为加急工单让出时间")
			if d.CrewID == "" {
				more, err = rules.Unassign(old, room)
				break
			}
			moved := *old.Assignment
			moved.CrewID, moved.Day, moved.By = d.CrewID, b.Day, "batch"
			moved.Reason = core.Reason{Text: "made room at crew " + c.CrewID + " for " + string(o.No), TextZH: "为加急工单 " + string(o.No) + " 从班组 " + c.CrewID + " 改派"}
			if more, err = rules.Assign(old, moved, b.Days[d.CrewID], room); err == nil {
				planned(&more, d.CrewID, b, d.Route)
			}
		}
		if err != nil {
			return u, err
		}
		join(&u, more)
	}
	planned(&u, c.CrewID, b, c.Route)
	return u, nil
}

// planned puts a crew's route into the change of its day.
func planned(u *core.Unit, crew string, b *core.Board, r *core.CrewRoute) {
	if r == nil {
		return
	}
	for i := range u.CrewDays {
		if d := &u.CrewDays[i]; d.CrewID == crew && d.Day == b.Day {
			d.Route = r
			return
		}
	}
	seen := b.Days[crew]
	u.CrewDays = append(u.CrewDays, core.CrewDayChange{CrewID: crew, Day: b.Day, Guarded: true, Expected: seen.Version, Route: r})
}

// join makes one unit of two: a crew-day that both change is changed once, on what it was decided on.
func join(u *core.Unit, more core.Unit) {
	u.Orders = append(u.Orders, more.Orders...)
	for _, d := range more.CrewDays {
		if k := find(u.CrewDays, d); k != nil {
			k.Minutes, k.Orders, k.UrgentOrders = k.Minutes+d.Minutes, k.Orders+d.Orders, k.UrgentOrders+d.UrgentOrders
			if d.Guarded && !k.Guarded {
				k.Guarded, k.Expected = true, d.Expected
			}
			if d.Route != nil {
				k.Route = d.Route
			}
			continue
		}
		u.CrewDays = append(u.CrewDays, d)
	}
}

func find(days []core.CrewDayChange, d core.CrewDayChange) *core.CrewDayChange {
	for i := range days {
		if days[i].CrewID == d.CrewID && days[i].Day == d.Day {
			return &days[i]
		}
	}
	return nil
}
