package api

import (
	"net/http"

	"tundish/core/access"
	"tundish/core/react"
)

// history is what else there was under an order's account, its meter and at its address.
func (a *API) history() {
	handle(a, "GET /api/v1/orders/{no}/history", onOrder(access.See), func(r *http.Request, _ none) (OrderPage, error) {
		o, err := a.Reader.Order(r.Context(), orderNo(r))
		if err != nil {
			return OrderPage{}, err
		}
		o = a.People.Table().Show(callerOf(r).actor, o) // what he is not shown of it connects it with no other
		list, err := react.History(r.Context(), a.Reader, &o)
		return OrderPage{Orders: a.mine(r, list)}, err
	})
}
