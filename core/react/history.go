package react

import (
	"context"
	"slices"

	"tundish/core"
	"tundish/core/classify"
)

// mostHistory bounds how many orders of one account, or of one meter, are looked at.
const mostHistory = 1000

// mostAt bounds how many orders at one address are looked at.
const mostAt = 100

// History lists what else there was under an order's account, under its meter's serial and at its address, newest first,
// each order once.
func History(ctx context.Context, store interface {
	Orders(ctx context.Context, q core.OrderQuery) ([]core.WorkOrder, error)
	Search(ctx context.Context, q core.SearchQuery) ([]core.WorkOrder, error)
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
	if len([]rune(o.Place.Address)) > 1 {
		list, err := store.Search(ctx, core.SearchQuery{Text: o.Place.Address, Limit: mostAt})
		if err != nil && !core.IsKind(err, core.Invalid) { // an address that cannot be searched for finds none
			return nil, err
		}
		here := classify.Fold(o.Place.Address)
		for _, x := range list {
			if !seen[x.No] && classify.Fold(x.Place.Address) == here {
				seen[x.No] = true
				out = append(out, x)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b core.WorkOrder) int { return b.ReceivedAt.Compare(a.ReceivedAt) })
	return out, nil
}
