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
		if len(orders) == 0 && !mending {
			break
		}
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
		if err != nil || o.Transfer != nil || o.Place.Point == nil {
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
	units := make([]core.Unit, 0, len(orders))
	written := map[string]bool{}
	made := func(u core.Unit) { // what comes next is decided on what this one leaves
		for _, d := range u.CrewDays {
			if d.Day == b.Day {
				left := b.Days[d.CrewID]
				left.CrewID, left.Version = d.CrewID, left.Version+1
				b.Days[d.CrewID], written[d.CrewID] = left, true
			}
		}
		u.Fence = lease.Fence()
		units = append(units, u)
	}
	assign := func(p *core.PlannedAssignment, remark string) (core.Unit, error) {
		seen := b.Days[p.CrewID]
		seen.CrewID = p.CrewID
		u, err := rules.Assign(byNo[p.Order], core.Assignment{CrewID: p.CrewID, Day: p.Day, Minutes: p.Minutes, By: "batch", Reason: p.Reason}, seen, s.step("batch", remark))
		if err == nil {
			planned(&u, p.CrewID, &b, plan.Routes[p.CrewID])
		}
		return u, err
	}
	// What goes from crew to crew does so at once, with all else that these crews get: none has the new work
	// without having lost the old. A crew that only gets work gets it order by order; each raises its version by
	// one, so that an order that somebody else gave it in between takes the place of one of these.
	var moves core.Unit
	tied := map[string]bool{}
	for _, p := range plan.Assignments {
		if p.From != "" {
			tied[p.CrewID], tied[p.From] = true, true
		}
	}
	moving, more := 0, 0
	for i := range plan.Assignments {
		p := &plan.Assignments[i]
		if !tied[p.CrewID] {
			continue
		}
		remark := ""
		if p.From != "" {
			remark = "the day was planned anew 重新规划当日路线"
		}
		u, err := assign(p, remark)
		if err != nil { // then nothing else of the plan is right either
			res.Moved++
			return nil
		}
		if p.From != "" {
			planned(&u, p.From, &b, plan.Routes[p.From])
			moving++
		} else {
			more++
		}
		join(&moves, u)
	}
	if moving > 0 {
		made(moves)
	}
	given := len(units)
	for i := range plan.Assignments {
		p := &plan.Assignments[i]
		if tied[p.CrewID] {
			continue
		}
		u, err := assign(p, "")
		if err != nil {
			res.Moved++
			continue
		}
		made(u)
		given++
	}
	for _, crew := range slices.Sorted(maps.Keys(plan.Routes)) { // nothing came or went, but the sequence is a better one
		if r := plan.Routes[crew]; !written[crew] && !sameSequence(r, b.Work[crew].Orders) {
			u := core.Unit{Fence: lease.Fence()}
			planned(&u, crew, &b, r)
			units = append(units, u)
		}
	}
	for no, why := range plan.Unassigned {
		o := byNo[no]
		if said(o.Unassigned, why) {
			continue
		}
		u, err := rules.NotAssigned(o, why, s.step("batch", ""))
		if err == nil {
			u.Fence = lease.Fence()
			units = append(units, u)
		}
	}
	res.Unassigned = len(plan.Unassigned)
	s.one.Lock()
	outs := s.commitInOrder(ctx, units)
	s.one.Unlock()
	for i, out := range outs {
		switch {
		case out.Kind == core.RefusedUnit:
			err = cmp.Or(err, out.Error())
		case i >= given:
		case i == 0 && moving > 0 && out.Kind == core.Applied:
			res.Reassigned, res.Assigned = res.Reassigned+moving, res.Assigned+more
		case out.Kind == core.Applied:
			res.Assigned++
		default:
			res.Moved++
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
