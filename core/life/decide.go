package life

import (
	"context"

	"tundish/core"
)

// Store is what a decision on one order is made on.
type Store interface {
	core.Committer
	Order(ctx context.Context, no core.OrderNo) (core.WorkOrder, error)
}

// Decide reads an order, decides on it and commits, as core.Decide does, with what the decision
// means for its duplicates in the same unit. An order whose process has a newer version moves
// there first, by a change of its own, if it can.
func (r *Rules) Decide(ctx context.Context, store Store, no core.OrderNo, s Step, decide func(core.WorkOrder) (core.Unit, error)) (core.WorkOrder, error) {
	tried := false
	for {
		moving := false
		o, err := core.Decide(ctx, store, no, func(o core.WorkOrder) (core.Unit, error) {
			if moving = false; !tried && r.Outdated(&o) {
				tried = true
				if u, err := r.Migrate(o, Step{Now: s.Now, Actor: Hub("auto"), By: "auto"}); err == nil {
					moving = true
					return u, nil
				}
			}
			u, err := decide(o)
			if err != nil || len(o.Absorbed) == 0 {
				return u, err
			}
			dups := make([]core.WorkOrder, len(o.Absorbed))
			for i, no := range o.Absorbed {
				if dups[i], err = store.Order(ctx, no); err != nil {
					return core.Unit{}, err
				}
			}
			return r.Spread(u, o, dups, s)
		})
		if err != nil || !moving {
			return o, err
		}
	}
}
