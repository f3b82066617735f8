package api

import (
	"net/http"

	"tundish/core"
	"tundish/core/desk"
	"tundish/core/life"
)

// Offers are what may be done to an order now.
type Offers struct {
	// Version of the order; sent back with the act, it refuses one that was decided on an
	// older state.
	Version int64        `json:"version"`
	Allowed []life.Offer `json:"allowed"`
}

// opened is an order that somebody of the house opens.
type opened struct {
	// Key is how whoever opens it knows it; the same key is the same order.
	Key         string           `json:"key"`
	Type        string           `json:"type"`
	Urgency     core.Urgency     `json:"urgency"`
	Channel     string           `json:"channel"`
	Customer    core.Customer    `json:"customer"`
	Place       core.Place       `json:"place"`
	Meter       core.Meter       `json:"meter"`
	Report      core.Report      `json:"report"`
	Appointment core.Appointment `json:"appointment"`
	// Take: the crew that opens it has it at once.
	Take bool `json:"take"`
}

func (in *opened) order() core.WorkOrder {
	return core.WorkOrder{Type: in.Type, Urgency: in.Urgency, Channel: in.Channel, Customer: in.Customer, Place: in.Place, Meter: in.Meter, Report: in.Report, Appointment: in.Appointment}
}

// acts are what the console and the crews' page live by: what is allowed now, and doing it.
func (a *API) acts() {
	for prefix, who := range map[string]func(*http.Request) desk.By{
		"": func(r *http.Request) desk.By { return by(r, "") },
		"/crews/{crew}": func(r *http.Request) desk.By {
			crew := r.PathValue("crew")
			return desk.By{Actor: life.Actor{ID: "crew:" + crew, Crew: crew}}
		},
	} {
		handle(a, "GET /api/v1"+prefix+"/orders/{no}/allowed", func(r *http.Request, _ none) (any, error) {
			o, err := a.Reader.Order(r.Context(), orderNo(r))
			if err != nil {
				return nil, err
			}
			list, err := a.Desk.Allowed(r.Context(), o.No, who(r).Actor)
			return Offers{Version: o.Version, Allowed: all(list)}, err
		})
		handle(a, "POST /api/v1"+prefix+"/orders/{no}/act", func(r *http.Request, in desk.Command) (any, error) {
			return a.Desk.Act(r.Context(), orderNo(r), in, who(r))
		})
		handle(a, "POST /api/v1"+prefix+"/orders", func(r *http.Request, in opened) (any, error) {
			return a.Desk.Open(r.Context(), in.order(), in.Key, in.Take, who(r))
		})
	}
}
