package api

import (
	"context"
	"net/http"
	"time"

	"tundish/core"
	"tundish/core/access"
	"tundish/core/react"
)

// Suggester suggests what an order may be a duplicate of.
type Suggester interface {
	Of(ctx context.Context, o *core.WorkOrder, n react.Near) ([]react.Suggestion, error)
}

// Duplicates are the suggestions, the likeliest first.
type Duplicates struct {
	Duplicates []react.Suggestion `json:"duplicates"`
}

// duplicates suggests; merging is an act like any other.
func (a *API) duplicates() {
	if a.Suggest == nil {
		return
	}
	handle(a, "GET /api/v1/orders/{no}/duplicates?metres&minutes", onOrder(access.See), func(r *http.Request, _ none) (Duplicates, error) {
		metres, err := intParam(r, "metres", 150, 5000)
		if err != nil {
			return Duplicates{}, err
		}
		minutes, err := intParam(r, "minutes", 24*60, 30*24*60)
		if err != nil {
			return Duplicates{}, err
		}
		o, err := a.Reader.Order(r.Context(), orderNo(r))
		if err != nil {
			return Duplicates{}, err
		}
		list, err := a.Suggest.Of(r.Context(), &o, react.Near{Metres: float64(metres), Within: time.Duration(minutes) * time.Minute})
		return Duplicates{a.visible(r, list)}, err
	})
}

// visible are the suggestions that the caller may see, as far as he may see them.
func (a *API) visible(r *http.Request, list []react.Suggestion) []react.Suggestion {
	who, table := callerOf(r).actor, a.People.Table()
	out := []react.Suggestion{}
	for _, s := range list {
		if table.May(who, access.See, &s.Of) != nil {
			continue
		}
		if !who.All {
			s.Address = table.Show(who, s.Of).Place.Address
		}
		out = append(out, s)
	}
	return out
}
