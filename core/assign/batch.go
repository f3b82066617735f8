package assign

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"go.uber.org/zap"

	"tundish/core"
)

// BatchResult counts what became of a batch run.
type BatchResult struct {
	Waiting    int `json:"waiting"`
	Assigned   int `json:"assigned"`
	Unassigned int `json:"unassigned"`
	// Reassigned orders had another crew before: that is worth more than what disturbing people costs.
	Reassigned int `json:"reassigned"`
	// Moved orders, or their crews, changed each time before the plan could be accepted.
	Moved int `json:"moved"`
}

// batchRounds bounds how often a batch plans anew what it could not give because its
// crew had moved on, e.g. completed something while the plan was made.
const batchRounds = 3

// Batch plans today for every order that waits for the batch, and accepts the plan
// order by order. Only one hub does so at a time. Urgent orders do not wait for it:
// planning takes seconds, and nothing is held meanwhile.
func (s *Service) Batch(ctx context.Context) (BatchResult, error) { return s.batch(ctx, false) }

// batch plans today; to mend the day it takes only what crews gave back, and what those have that do not come.
func (s *Service) batch(ctx context.Context, mending bool) (BatchResult, error) {
	var res BatchResult
	lease, ok, err := s.store.Acquire(ctx, "batch", s.opts.Holder, s.opts.Lease)
	if err != nil {
		return res, err
	}
	if !ok {
		return res, core.Fail(core.Conflict, "batch_running", "", "another batch run is under way", "另一批次派工正在进行")
	}
	ctx, release := core.KeepLease(ctx, s.store, lease, s.opts.Lease)
	defer release()

	for round := range batchRounds {
		if round > 0 { // what moved may have been the lease itself
			if err := s.store.Renew(ctx, lease, s.opts.Lease); err != nil {
				return res, err
			}
		}
		orders, err := s.batchable(ctx)
		if err != nil {
			return res, err
		}
		if mending {
			orders = slices.DeleteFunc(orders, func(o core.WorkOrder) bool { return len(o.GaveBack) == 0 })
		}
		if round == 0 {
			res.Waiting = len(orders)
		}
		res.Unassigned, res.Moved = 0, 0
		if err := s.planAndGive(ctx, orders, lease, &res); err != nil {
			return res, err
		}
		if res.Moved == 0 {
			break
		}
	}
	if res.Waiting > 0 || res.Reassigned > 0 {
		s.opts.Log.Info("batch dispatched", zap.Int("waiting", res.Waiting), zap.Int("assigned", res.Assigned), zap.Int("reassigned", res.Reassigned), zap.Int("unassigned", res.Unassigned), zap.Int("moved", res.Moved))
	}
	return res, nil
}

// batchable are the orders that wait for a batch.
func (s *Service) batchable(ctx context.Context) ([]core.WorkOrder, error) {
	rules := s.opts.Rules()
	var orders []core.WorkOrder
	err := s.each(ctx, core.OrderQuery{Phases: []core.Phase{core.Dispatching}}, func(_ context.Context, o core.WorkOrder) error {
		t, err := rules.Type(&o)
		if err != nil || transferred(&o) || o.Place.Point == nil {
			return err // a depot dispatches by itself what was transferred to it
		}
		if mode := t.Mode(o.Urgency); mode != core.DispatchBatch && (mode != core.DispatchPlanned || !s.dueToday(&o)) {
			return nil
		}
		waits, err := rules.WaitsForCrew(&o)
		if waits {
			orders = append(orders, o)
		}
		return err
	})
	return orders, err
}

// planAndGive is one round: it plans, and accepts what of the plan still holds.
func (s *Service) planAndGive(ctx context.Context, orders []core.WorkOrder, lease core.Lease, res *BatchResult) error {
	rules := s.opts.Rules()
	s.live.forgetAll() // what crews told other hubs moves no crew-day, and makes a plan stale
	b, err := s.Board(ctx, true)
	if err != nil {
		return err
	}
	if len(orders) == 0 && !slices.ContainsFunc(b.Crews, func(c core.Crew) bool { return c.OffDuty && len(b.Work[c.ID].Orders) > 0 }) {
		return nil
	}
	plan, err := s.opts.Planner.Plan(ctx, b, orders, rules.Types)
	if err != nil {
		return err
	}
	for crew, why := range plan.Faulty {
		s.opts.Log.Warn("a crew was left out of the batch: its data cannot be right", zap.String("crew", crew), zap.String("why", why.Text))
	}
	byNo := make(map[core.OrderNo]core.WorkOrder, len(orders))
	for _, o := range orders {
		byNo[o.No] = o
	}
	for _, w := range b.Work {
		for _, o := range w.Orders {
			byNo[o.No] = o
		}
	}
	type part struct {
		unit                core.Unit
		assigned, reassigns int
	}
	var parts []part
	written := map[string]bool{}
	made := func(p part) {
		for _, d := range p.unit.CrewDays {
			written[d.CrewID] = written[d.CrewID] || d.Day == b.Day
		}
		p.unit.Fence = lease.Fence()
		parts = append(parts, p)
	}
	// give adds an assignment to a part: on what the crew-day was when the plan was made, whatever else the part gives it.
	give := func(to *part, p *core.PlannedAssignment) error {
		remark := ""
		if p.From != "" {
			remark = "the day was planned anew 重新规划当日路线"
		}
		seen := b.Days[p.CrewID]
		seen.CrewID = p.CrewID
		u, err := rules.Assign(byNo[p.Order], core.Assignment{CrewID: p.CrewID, Day: p.Day, Minutes: p.Minutes, By: "batch", Reason: p.Reason}, seen, s.step("batch", remark))
		if err != nil {
			return err
		}
		planned(&u, p.CrewID, &b, plan.Routes[p.CrewID])
		if p.From != "" {
			planned(&u, p.From, &b, plan.Routes[p.From])
			to.reassigns++
		} else {
			to.assigned++
		}
		join(&to.unit, u)
		return nil
	}
	// What a crew gets it gets at once, or not: beside what somebody else gave it in between, the rest of the
	// plan may be too much. What goes from crew to crew goes with all else that these crews get: none has the
	// new work without having lost the old.
	tied := map[string]bool{}
	for _, p := range plan.Assignments {
		if p.From != "" {
			tied[p.CrewID], tied[p.From] = true, true
		}
	}
	var moves part
	of := map[string]*part{}
	for i := range plan.Assignments {
		p := &plan.Assignments[i]
		to := &moves
		if !tied[p.CrewID] {
			if to = of[p.CrewID]; to == nil {
				to = &part{}
				of[p.CrewID] = to
			}
		}
		switch err := give(to, p); {
		case err != nil && tied[p.CrewID]: // then nothing else of the plan is right either
			res.Moved++
			return nil
		case err != nil:
			res.Moved++
		}
	}
	if moves.reassigns > 0 {
		made(moves)
	}
	for _, crew := range slices.Sorted(maps.Keys(of)) {
		if len(of[crew].unit.Orders) > 0 {
			made(*of[crew])
		}
	}
	for _, crew := range slices.Sorted(maps.Keys(plan.Routes)) { // nothing came or went, but the sequence is a better one
		if r := plan.Routes[crew]; !written[crew] && !sameSequence(r, b.Work[crew].Orders) {
			var p part
			planned(&p.unit, crew, &b, r)
			made(p)
		}
	}
	for no, why := range plan.Unassigned {
		o := byNo[no]
		if said(o.Unassigned, why) {
			continue
		}
		if u, err := rules.NotAssigned(o, why, s.step("batch", "")); err == nil {
			made(part{unit: u})
		}
	}
	res.Unassigned = len(plan.Unassigned)
	units := make([]core.Unit, len(parts))
	for i := range parts {
		units[i] = parts[i].unit
	}
	s.one.Lock()
	outs := s.commitInOrder(ctx, units)
	s.one.Unlock()
	for i, out := range outs {
		switch p := &parts[i]; out.Kind {
		case core.RefusedUnit:
			err = cmp.Or(err, out.Error())
		case core.Applied:
			res.Assigned, res.Reassigned = res.Assigned+p.assigned, res.Reassigned+p.reassigns
		default:
			res.Moved += p.assigned + p.reassigns
		}
	}
	return err
}

// sameSequence tells whether orders are in the route's sequence.
func sameSequence(r *core.CrewRoute, orders []core.WorkOrder) bool {
	return slices.EqualFunc(r.Stops, orders, func(s core.RouteStop, o core.WorkOrder) bool { return s.Order == o.No })
}

// commitInOrder commits units in slices: a store applies the units of one call in
// sequence, and a slice bounds what one failure makes stale.
func (s *Service) commitInOrder(ctx context.Context, units []core.Unit) []core.Outcome {
	const slice = 200
	outs := make([]core.Outcome, 0, len(units))
	for len(units) > 0 {
		n := min(slice, len(units))
		outs = append(outs, s.store.Commit(ctx, units[:n]...)...)
		units = units[n:]
	}
	return outs
}
