package assign

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"go.uber.org/zap"

	"tundish/core"
)

// Horizon is how far ahead scheduled work gets its day.
type Horizon struct {
	// Days ahead, today included; 0: scheduled work waits for the next batch like other work.
	Days int
	// Frozen days, today included, keep the plan that they have: people know it. A day without one
	// may still get one.
	Frozen int
}

// DaysResult counts what became of a plan over days.
type DaysResult struct {
	Waiting   int `json:"waiting"`
	Planned   int `json:"planned"` // got a day, or another one
	Kept      int `json:"kept"`    // have the day they had
	Unplanned int `json:"unplanned"`
	// Moved orders had moved on before the plan was made: they are left alone.
	Moved int               `json:"moved"`
	Days  []core.DayFigures `json:"days"`
}

// PlanDays gives every order that waits for its day one, and accepts the plan order by order. Only one hub does so at
// a time. With dry nothing is written.
func (s *Service) PlanDays(ctx context.Context, dry bool) (DaysResult, error) {
	return s.planDays(ctx, "", dry)
}

// planDays plans all days that are not frozen or, to mend it, one alone: the others stay as they are.
func (s *Service) planDays(ctx context.Context, only string, dry bool) (DaysResult, error) {
	res := DaysResult{Days: []core.DayFigures{}}
	if s.opts.Horizon.Days == 0 {
		return res, core.Fail(core.Invalid, "no_horizon", "dispatch.horizon.days", "no days are planned ahead: set dispatch.horizon.days", "未设置提前规划天数：请设置 dispatch.horizon.days")
	}
	lease, ok, err := s.store.Acquire(ctx, "horizon", s.opts.Holder, s.opts.Lease)
	if err != nil {
		return res, err
	}
	if !ok {
		return res, core.Fail(core.Conflict, "horizon_running", "", "the days are being planned already", "多日规划正在进行")
	}
	ctx, release := core.KeepLease(ctx, s.store, lease, s.opts.Lease)
	defer release()
	days, err := s.days(ctx, only)
	if err != nil {
		return res, err
	}
	orders, err := s.scheduled(ctx)
	if err != nil {
		return res, err
	}
	if only != "" {
		orders = slices.DeleteFunc(orders, func(o core.WorkOrder) bool { return o.Planned == nil })
	}
	planned := map[string]bool{}
	for i := range orders {
		if p := orders[i].Planned; p != nil {
			planned[p.Day] = true
		}
	}
	for _, w := range days[0].Work { // what crews have of it already
		for i := range w.Orders {
			if p := w.Orders[i].Planned; p != nil {
				planned[p.Day] = true
			}
		}
	}
	days[0].Work = nil // its minutes count
	for i := range days {
		d := &days[i]
		if only != "" {
			d.Frozen = d.Day != only
		} else {
			d.Frozen = i < s.opts.Horizon.Frozen && planned[d.Day]
		}
	}
	res.Waiting = len(orders)
	if len(orders) == 0 {
		return res, nil
	}
	plan, err := s.opts.Planner.PlanDays(ctx, days, orders, s.opts.Rules().Types)
	if err != nil {
		return res, err
	}
	res.Days, res.Unplanned = plan.Days, len(plan.Unplanned)
	frozen := map[string]bool{}
	for i := range days {
		frozen[days[i].Day] = days[i].Frozen
	}
	err = s.acceptDays(ctx, orders, frozen, plan, lease, dry, &res)
	s.opts.Log.Info("days planned", zap.Int("waiting", res.Waiting), zap.Int("planned", res.Planned), zap.Int("kept", res.Kept), zap.Int("unplanned", res.Unplanned), zap.Int("moved", res.Moved), zap.String("only", only), zap.Bool("dry", dry))
	return res, err
}

// acceptDays writes the plan down, order by order.
func (s *Service) acceptDays(ctx context.Context, orders []core.WorkOrder, frozen map[string]bool, plan core.DaysPlan, lease core.Lease, dry bool, res *DaysResult) error {
	rules, st := s.opts.Rules(), s.step("horizon", "")
	var units []core.Unit
	gets := 0
	for _, given := range []bool{true, false} {
		for i := range orders {
			o := orders[i]
			p, ok := plan.Planned[o.No]
			why := plan.Unplanned[o.No]
			switch {
			case ok != given:
				continue
			case o.Planned != nil && frozen[o.Planned.Day], // even if its crew has too much by now: that is for the day's batch
				ok && o.Planned != nil && o.Planned.Day == p.Day && o.Planned.CrewID == p.CrewID && o.Planned.Position == p.Position:
				res.Kept++
				continue
			case !ok && o.Planned == nil && said(o.Unassigned, why):
				continue
			}
			var next *core.PlannedDay
			if ok {
				next = &p
			}
			u, err := rules.Plan(o, next, why, st)
			if err != nil {
				res.Moved++
				continue
			}
			u.Fence = lease.Fence()
			units = append(units, u)
			if ok {
				gets++
			}
		}
	}
	if dry {
		res.Planned = gets
		return nil
	}
	var err error
	for i, out := range s.commitInOrder(ctx, units) {
		switch {
		case out.Kind == core.RefusedUnit:
			err = cmp.Or(err, out.Error())
		case out.Kind != core.Applied:
			res.Moved++
		case i < gets:
			res.Planned++
		}
	}
	return err
}

// days are the boards of the horizon: who works on each, and what they have to do then.
func (s *Service) days(ctx context.Context, only string) ([]core.DayBoard, error) {
	today, err := s.Board(ctx, true)
	if err != nil {
		return nil, err
	}
	crews, err := s.store.Crews(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the crews: %w", err)
	}
	list := []core.DayBoard{{Board: today}}
	for n := 1; n < s.opts.Horizon.Days; n++ {
		// Six in the morning: night shifts are over, day shifts have not begun.
		now := time.Date(today.Now.Year(), today.Now.Month(), today.Now.Day()+n, 6, 0, 0, 0, today.Now.Location())
		b := core.Board{Now: now, Day: now.Format(time.DateOnly), WholeDay: true, Workday: s.opts.Calendar.Workday(now), WorkdayBefore: s.opts.Calendar.Workday(now.AddDate(0, 0, -1)), Days: map[string]core.CrewDay{}}
		b.Crews = slices.Clone(crews)
		for i := range b.Crews {
			b.Crews[i].Position = nil // it begins at home
		}
		duties, err := s.store.Duties(ctx, b.Day, b.Day, "")
		if err != nil {
			return nil, fmt.Errorf("read the duty roster: %w", err)
		}
		onDuty(&b, duties, "")
		loads, err := s.store.CrewDays(ctx, b.Day)
		if err != nil {
			return nil, fmt.Errorf("read the crews' load: %w", err)
		}
		for _, d := range loads {
			b.Days[d.CrewID] = d
		}
		list = append(list, core.DayBoard{Board: b})
	}
	if only != "" && !slices.ContainsFunc(list, func(d core.DayBoard) bool { return d.Day == only }) {
		return nil, core.Invalidf("day", "day", "%s is none of the days that are planned", "%s 不在规划范围内", only)
	}
	return list, nil
}

// scheduled are the orders that wait for their day, or for the day that they have.
func (s *Service) scheduled(ctx context.Context) ([]core.WorkOrder, error) {
	rules := s.opts.Rules()
	var orders []core.WorkOrder
	err := s.each(ctx, core.OrderQuery{Phases: []core.Phase{core.Dispatching}}, func(_ context.Context, o core.WorkOrder) error {
		t, err := rules.Type(&o)
		if err != nil || transferred(&o) || t.Mode(o.Urgency) != core.DispatchPlanned || o.Place.Point == nil {
			return err
		}
		waits, err := rules.WaitsForCrew(&o)
		if waits {
			orders = append(orders, o)
		}
		return err
	})
	return orders, err
}

// dueToday tells whether scheduled work is for the batch: its day has come, or nobody plans days.
func (s *Service) dueToday(o *core.WorkOrder) bool {
	today := s.opts.Clock.Now().In(s.opts.Rules().Zone).Format(time.DateOnly)
	switch {
	case s.opts.Horizon.Days == 0:
		return true
	case o.Planned != nil:
		return o.Planned.Day <= today
	}
	return !o.DueAt.IsZero() && o.DueAt.In(s.opts.Rules().Zone).Format(time.DateOnly) <= today
}

// repair mends the days that something happened to, and no others.
func (s *Service) repair(ctx context.Context) error {
	s.mend.mu.Lock()
	days := slices.Sorted(maps.Keys(s.mend.days))
	s.mend.days = nil
	s.mend.mu.Unlock()
	today := s.opts.Clock.Now().In(s.opts.Rules().Zone).Format(time.DateOnly)
	for i, day := range days {
		var err error
		switch {
		case day < today:
		case day == today:
			_, err = s.batch(ctx, true)
		case s.opts.Horizon.Days > 0:
			_, err = s.planDays(ctx, day, false)
		}
		if core.IsKind(err, core.Conflict) { // somebody plans just now, perhaps without this: once more later
			s.mend.at(day)
			continue
		}
		if err != nil && !core.IsKind(err, core.Invalid) { // the next round tries these again
			for _, left := range days[i:] {
				s.mend.at(left)
			}
			return err
		}
	}
	return nil
}
