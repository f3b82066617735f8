package core

import (
	"context"
	"fmt"
)

// decideTries bounds how often a decision is taken anew because somebody else
// changed the order first.
const decideTries = 20

// Decide reads an order, decides on it and commits; when the order or a crew-day
// moved in between it reads and decides again. It returns the order as it is after
// the change.
func Decide(ctx context.Context, store interface {
	Committer
	Order(context.Context, OrderNo) (WorkOrder, error)
}, no OrderNo, decide func(WorkOrder) (Unit, error)) (WorkOrder, error) {
	for range decideTries {
		o, err := store.Order(ctx, no)
		if err != nil {
			return WorkOrder{}, err
		}
		u, err := decide(o)
		if err != nil {
			return o, err
		}
		out := store.Commit(ctx, u)[0]
		switch out.Kind {
		case Applied:
			for _, c := range u.Orders {
				if c.Order.No == no {
					return c.Order, nil
				}
			}
			return o, nil
		case Stale:
			if err := ctx.Err(); err != nil {
				return o, Because(Unavailable, "gave_up", err)
			}
		default:
			return o, out.Error()
		}
	}
	return WorkOrder{}, Fail(Unavailable, "contended", "", fmt.Sprintf("order %s is being changed by many at once; try again", no), fmt.Sprintf("工单 %s 正被多方修改，请稍后重试", no))
}
