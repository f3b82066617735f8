package assign

import (
	"context"
	"time"

	"go.uber.org/zap"

	"tundish/core"
)

// batchLease protects a batch run from a second hub's.
const batchLease = 2 * time.Minute

// BatchResult counts what became of a batch run.
type BatchResult struct {
	Waiting    int `json:"waiting"`
	Assigned   int `json:"assigned"`
	Unassigned int `json:"unassigned"`
	// Moved orders had changed before the plan could be accepted.
	Moved int `json:"moved"`
}

// Batch plans today for every order that waits for the batch, and accepts the plan
// order by order. Only one hub does so at a time.
func (s *Service) Batch(ctx context.Context) (BatchResult, error) {
	var res BatchResult
	lease, ok, err := s.store.Acquire(ctx, "batch", s.opts.Holder, batchLease)
	if err != nil {
		return res, err
	}
	if !ok {
		return res, core.Fail(core.Conflict, "batch_running", "", "another batch run is under way", "另一批次派工正在进行")
	}
	defer func() { _ = s.store.Release(context.WithoutCancel(ctx), lease) }()
	s.one.Lock()
	defer s.one.Unlock()

	rules := s.opts.Rules()
	var orders []core.WorkOrder
	err = s.each(ctx, core.OrderQuery{Phases: []core.Phase{core.Dispatching}}, func(_ context.Context, o core.WorkOrder) error {
		t, err := rules.Type(&o)
		if err == nil && t.Mode(o.Urgency) == core.DispatchBatch && o.Hold == nil && o.Place.Point != nil {
			orders = append(orders, o)
		}
		return err
	})
	if err != nil || len(orders) == 0 {
		return res, err
	}
	res.Waiting = len(orders)
	b, err := s.Board(ctx, true)
	if err != nil {
		return res, err
	}
	plan, err := s.opts.Planner.Plan(ctx, b, orders, rules.Types)
	if err != nil {
		return res, err
	}
	byNo := make(map[core.OrderNo]core.WorkOrder, len(orders))
	for _, o := range orders {
		byNo[o.No] = o
	}
	units := make([]core.Unit, 0, len(orders))
	planned := 0
	for _, p := range plan.Assignments {
		seen := b.Days[p.CrewID]
		seen.CrewID = p.CrewID
		u, err := rules.Assign(byNo[p.Order], core.Assignment{CrewID: p.CrewID, Day: p.Day, Minutes: p.Minutes, By: "batch", Reason: p.Reason}, seen, s.step("batch", ""))
		if err != nil {
			res.Moved++
			continue
		}
		u.Fence = lease.Fence()
		seen.Version++ // the next order of the same crew is decided on what this one leaves
		b.Days[p.CrewID] = seen
		units = append(units, u)
		planned++
	}
	for no, why := range plan.Unassigned {
		o := byNo[no]
		if o.Unassigned != nil && o.Unassigned.Text == why.Text {
			continue
		}
		u, err := rules.NotAssigned(o, why, s.step("batch", ""))
		if err == nil {
			u.Fence = lease.Fence()
			units = append(units, u)
		}
	}
	res.Unassigned = len(plan.Unassigned)
	for i, out := range s.commitInOrder(ctx, units) {
		switch {
		case i >= planned:
		case out.Kind == core.Applied:
			res.Assigned++
		default:
			res.Moved++
		}
	}
	s.opts.Log.Info("batch dispatched", zap.Int("waiting", res.Waiting), zap.Int("assigned", res.Assigned), zap.Int("unassigned", res.Unassigned), zap.Int("moved", res.Moved))
	s.opts.OnChange()
	return res, nil
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
