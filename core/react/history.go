package react

import (
	"context"
	"slices"

	"tundish/core"
)

// mostHistory bounds how many orders of one account, or of one meter, are looked at.
const mostHistory = 1000

// History lists what else there was under an order's account and under its meter's serial, newest first, each order
// once.
func History(ctx context.Context, store interface {
	Orders(ctx context.Context, q core.OrderQuery) ([]core.WorkOrder, error)
}, o *core.WorkOrder) ([]core.WorkOrder, error) {
	seen := map[core.OrderNo]bool{o.No: true}
	var out []core.WorkOrder
	for _, number := range []string{o.Customer.Account, o.Meter.Serial} {
		if number == "" {
			continue
		}
		list, err := store.Orders(ctx, core.OrderQuery{Find: number, Limit: mostHistory})
		if err != nil {
			return nil, err
		}
		for _, x := range list {
			same := x.Customer.Account != "" && x.Customer.Account == o.Customer.Account || x.Meter.Serial != "" && x.Meter.Serial == o.Meter.Serial
			if same && !seen[x.No] { // another's own number may read the same
				seen[x.No] = true
				out = append(out, x)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b core.WorkOrder) int { return b.ReceivedAt.Compare(a.ReceivedAt) })
	return out, nil
}
