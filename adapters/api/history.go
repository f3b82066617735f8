package api

import (
	"net/http"
	"slices"

	"tundish/core"
	"tundish/core/access"
	"tundish/core/react"
)

// history is what else there was under an order's account and its meter.
func (a *API) history() {
	handle(a, "GET /api/v1/orders/{no}/history", onOrder(access.See), func(r *http.Request, _ none) (any, error) {
		o, err := a.Reader.Order(r.Context(), orderNo(r))
		if err != nil {
			return nil, err
		}
		list, err := react.History(r.Context(), a.Reader, &o)
		who, table := callerOf(r).actor, a.People.Table()
		list = slices.DeleteFunc(list, func(x core.WorkOrder) bool { return table.May(who, access.See, &x) != nil })
		return OrderPage{Orders: all(list)}, err
	})
}
