package api

import (
	"encoding/json"
	"net/http"

	"tundish/core"
	"tundish/core/access"
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

// action is a command whose action the path names.
type action struct {
	Step    string                     `json:"step,omitempty"`
	Task    string                     `json:"task,omitempty"`
	Fields  map[string]json.RawMessage `json:"fields,omitempty"`
	Remark  string                     `json:"remark,omitempty"`
	Version int64                      `json:"version,omitempty"`
	Photos  []desk.Photo               `json:"photos,omitempty"`
}

func (in *action) command(a core.Action) desk.Command {
	return desk.Command{Action: a, Step: in.Step, Task: in.Task, Fields: in.Fields, Remark: in.Remark, Version: in.Version, Photos: in.Photos}
}

// acts are what the console and the crews' page live by: what is allowed now, and doing it.
func (a *API) acts() {
	for prefix, as := range map[string]struct {
		who  func(*http.Request) desk.By
		need func(access.Right) need
		open need
	}{
		"":              {func(r *http.Request) desk.By { return a.by(r, "") }, onOrder, house(access.ForAction(core.ActOpen))},
		"/crews/{crew}": {a.asCrewBy, asCrew, asCrew(access.ForAction(core.ActOpen))},
	} {
		who := as.who
		handle(a, "GET /api/v1"+prefix+"/orders/{no}/allowed", as.need(access.See), func(r *http.Request, _ none) (Offers, error) {
			o, err := a.Reader.Order(r.Context(), orderNo(r))
			if err != nil {
				return Offers{}, err
			}
			list, err := a.allowed(r, &o, who(r).Actor)
			return Offers{Version: o.Version, Allowed: list}, err
		})
		handle(a, "POST /api/v1"+prefix+"/orders/{no}/act", as.need(access.See), func(r *http.Request, in desk.Command) (core.WorkOrder, error) {
			return a.act(r, in, who(r))
		})
		handle(a, "POST /api/v1"+prefix+"/orders/{no}/actions/{action}", as.need(access.See), func(r *http.Request, in action) (core.WorkOrder, error) {
			c := in.command(core.Action(r.PathValue("action")))
			return a.act(r, c, who(r))
		})
		handle(a, "POST /api/v1"+prefix+"/orders", as.open, func(r *http.Request, in opened) (core.WorkOrder, error) {
			o, known, err := a.Desk.Open(r.Context(), in.order(), in.Key, in.Take, who(r))
			if err == nil && known && !a.maySee(r, &o) { // it went elsewhere since; whoever opened it still hears that it is there
				o = core.WorkOrder{No: o.No, Ref: o.Ref, Version: o.Version, Type: o.Type, Family: o.Family, Phase: o.Phase}
			}
			return o, err
		})
	}
}

// permitCommand asks for the right that a command takes on the order {no}.
func (a *API) permitCommand(r *http.Request, c desk.Command) error {
	o, err := a.Reader.Order(r.Context(), orderNo(r))
	if err != nil {
		return err
	}
	return a.permitAct(r, a.Desk.RightFor(o, c))
}

// maySee tells whether the caller may see an order.
func (a *API) maySee(r *http.Request, o *core.WorkOrder) bool {
	c := callerOf(r)
	return c.actor.All || a.People.Table().May(c.actor, access.See, o) == nil
}
