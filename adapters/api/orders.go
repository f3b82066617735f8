package api

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"tundish/core"
	"tundish/core/access"
	"tundish/core/desk"
)

// OrderView is an order with everything that belongs to it.
type OrderView struct {
	Order  core.WorkOrder       `json:"order"`
	Events []core.Event         `json:"events"`
	Outbox []core.OutboxMessage `json:"outbox"`
}

// OrderPage is a page of orders; Next, if any, goes into ?after=.
type OrderPage struct {
	Orders []core.WorkOrder `json:"orders"`
	Next   core.OrderNo     `json:"next,omitempty"`
}

type remark struct {
	Remark string `json:"remark"`
}

func (a *API) orders() {
	handle(a, "GET /api/v1/orders?system&type&crew&find&phase&after&limit", house(access.See), func(r *http.Request, _ none) (any, error) {
		q, err := orderQuery(r)
		if err != nil {
			return nil, err
		}
		c, t := callerOf(r), a.People.Table()
		if q.Find != "" {
			if err := t.May(c.actor, access.Search, nil); err != nil {
				return nil, err
			}
		}
		if reach := t.Reach(c.actor, access.See); !reach.All {
			q.Within = &reach
		}
		list, err := a.Reader.Orders(r.Context(), q)
		page := OrderPage{Orders: []core.WorkOrder{}}
		for i := range list {
			if t.May(c.actor, access.See, &list[i]) == nil { // the store compares stations as it keeps them
				page.Orders = append(page.Orders, list[i])
			}
		}
		if len(list) == q.Limit {
			page.Next = list[len(list)-1].No
		}
		return page, err
	})
	handle(a, "GET /api/v1/orders/{no}", onOrder(access.See), func(r *http.Request, _ none) (any, error) {
		o, err := a.Reader.Order(r.Context(), orderNo(r))
		if err != nil {
			return nil, err
		}
		view := OrderView{Order: o}
		if view.Events, err = a.Reader.Events(r.Context(), o.No); err != nil {
			return nil, err
		}
		view.Outbox, err = a.Reader.OutboxMessages(r.Context(), core.OutboxQuery{Order: o.No})
		view.Outbox = all(view.Outbox)
		for i := range view.Outbox {
			view.Outbox[i].Payload = nil // the order once more
		}
		return view, err
	})
	handle(a, "GET /api/v1/orders/{no}/proposal", onOrder(access.ForAction(core.ActAssign)), func(r *http.Request, _ none) (any, error) {
		return a.Dispatch.Propose(r.Context(), orderNo(r))
	})
	type give struct {
		Crew   string `json:"crew"`
		Reason string `json:"reason"`
	}
	handle(a, "POST /api/v1/orders/{no}/assign", onOrder(access.ForAction(core.ActAssign)), func(r *http.Request, in give) (any, error) {
		return a.Dispatch.Give(r.Context(), orderNo(r), in.Crew, a.by(r, in.Reason))
	})
	verbs := map[string]access.Right{"accept": access.ForAction(core.ActAccept), "return": access.ForAction(core.ActReturn), "hold": access.Hold, "resume": access.Resume, "note": access.Comment,
		"unassign": access.ForAction(core.ActGiveBack)}
	for verb, act := range map[string]func(*http.Request, core.OrderNo, desk.By) (core.WorkOrder, error){
		"accept": func(r *http.Request, no core.OrderNo, by desk.By) (core.WorkOrder, error) {
			return a.Desk.Accept(r.Context(), no, by)
		},
		"return": func(r *http.Request, no core.OrderNo, by desk.By) (core.WorkOrder, error) {
			return a.Desk.Return(r.Context(), no, by)
		},
		"hold": func(r *http.Request, no core.OrderNo, by desk.By) (core.WorkOrder, error) {
			return a.Desk.Hold(r.Context(), no, by)
		},
		"resume": func(r *http.Request, no core.OrderNo, by desk.By) (core.WorkOrder, error) {
			return a.Desk.Resume(r.Context(), no, by)
		},
		"note": func(r *http.Request, no core.OrderNo, by desk.By) (core.WorkOrder, error) {
			return a.Desk.Note(r.Context(), no, by)
		},
		"unassign": func(r *http.Request, no core.OrderNo, by desk.By) (core.WorkOrder, error) {
			return a.Desk.Unassign(r.Context(), no, by)
		},
	} {
		handle(a, "POST /api/v1/orders/{no}/"+verb, onOrder(verbs[verb]), func(r *http.Request, in remark) (any, error) {
			return act(r, orderNo(r), a.by(r, in.Remark))
		})
	}
	type review struct {
		Passed bool   `json:"passed"`
		Remark string `json:"remark"`
	}
	handle(a, "POST /api/v1/orders/{no}/review", onOrder(access.See), func(r *http.Request, in review) (any, error) {
		if err := a.permitAct(r, map[bool]core.Action{true: core.ActPass, false: core.ActFail}[in.Passed]); err != nil {
			return nil, err
		}
		return a.Desk.Review(r.Context(), orderNo(r), in.Passed, a.by(r, in.Remark))
	})
	type extension struct {
		Until  time.Time `json:"until"`
		Reason string    `json:"reason"`
	}
	handle(a, "POST /api/v1/orders/{no}/extension", onOrder(access.Extend), func(r *http.Request, in extension) (any, error) {
		return a.Desk.RequestExtension(r.Context(), orderNo(r), in.Until, in.Reason, a.by(r, ""))
	})
	type followUp struct {
		Reached      bool   `json:"reached"`
		Satisfaction string `json:"satisfaction"`
		Comment      string `json:"comment"`
	}
	handle(a, "POST /api/v1/orders/{no}/follow-up", onOrder(access.See), func(r *http.Request, in followUp) (any, error) {
		did := core.ActSatisfied
		switch {
		case !in.Reached:
			did = core.ActNotReached
		case in.Satisfaction == "unsatisfied":
			did = core.ActUnsatisfied
		}
		if err := a.permitAct(r, did); err != nil {
			return nil, err
		}
		return a.Desk.FollowUp(r.Context(), orderNo(r), core.FollowUp{Reached: in.Reached, Satisfaction: in.Satisfaction, Comment: in.Comment}, a.by(r, in.Comment))
	})
	handle(a, "POST /api/v1/orders/{no}/complete", onOrder(access.See), func(r *http.Request, in completion) (any, error) {
		if err := a.permitAct(r, in.action()); err != nil {
			return nil, err
		}
		in.Completion.OnPaper = true // keyed in by the control room 回填
		return a.Desk.Complete(r.Context(), orderNo(r), "", in.Completion, in.Photos, a.by(r, ""))
	})
}

func orderQuery(r *http.Request) (core.OrderQuery, error) {
	v := r.URL.Query()
	q := core.OrderQuery{System: core.SystemID(v.Get("system")), Type: v.Get("type"), Crew: v.Get("crew"), Find: v.Get("find"), After: core.OrderNo(v.Get("after"))}
	var err error
	if q.Limit, err = intParam(r, "limit", 100, 1000); err != nil {
		return q, err
	}
	for _, p := range strings.FieldsFunc(v.Get("phase"), func(c rune) bool { return c == ',' }) {
		if !slices.Contains(core.Phases(), core.Phase(p)) {
			return q, core.Invalidf("unknown_phase", "phase", "phase %q is not known; known: %v", "阶段 %q 未知；可用：%v", p, core.Phases())
		}
		q.Phases = append(q.Phases, core.Phase(p))
	}
	return q, nil
}

// completion is a Completion as JSON with its photos' bytes beside it.
type completion struct {
	Completion core.Completion `json:"completion"`
	Photos     []desk.Photo    `json:"photos"`
}

// action that a completion is.
func (c *completion) action() core.Action {
	switch {
	case c.Completion.Outcome != core.CouldNotBeDone:
		return core.ActDone
	case c.Completion.NextAppointment != nil:
		return core.ActAgain
	}
	return core.ActCouldNot
}

type position struct {
	Lat float64   `json:"lat"`
	Lon float64   `json:"lon"`
	At  time.Time `json:"at"`
}

func (a *API) crews() {
	handle(a, "GET /api/v1/crews", house(access.CrewSee), func(r *http.Request, _ none) (any, error) {
		list, err := a.Reader.Crews(r.Context())
		return map[string]any{"crews": all(list)}, err
	})
	handle(a, "GET /api/v1/crews/{crew}/orders", asCrew(access.See), func(r *http.Request, _ none) (any, error) {
		list, err := a.Reader.Orders(r.Context(), core.OrderQuery{Crew: r.PathValue("crew"), Phases: []core.Phase{core.Field}, Limit: 1000})
		c, t := callerOf(r), a.People.Table()
		mine := slices.DeleteFunc(list, func(o core.WorkOrder) bool { return t.May(c.actor, access.See, &o) != nil }) // a dispatcher of another station
		return OrderPage{Orders: all(mine)}, err
	})
	handle(a, "POST /api/v1/crews/{crew}/position", asCrew(access.CrewPosition), func(r *http.Request, in position) (any, error) {
		if in.Lat < -90 || in.Lat > 90 || in.Lon < -180 || in.Lon > 180 || in.Lat == 0 && in.Lon == 0 {
			return nil, core.Invalidf("bad_position", "lat,lon", "%v, %v is no position in WGS 84 degrees", "%v, %v 不是有效的 WGS 84 坐标", in.Lat, in.Lon)
		}
		// A phone whose clock is ahead would keep all its later positions out.
		if now := a.Clock.Now(); in.At.IsZero() || in.At.After(now) {
			in.At = now
		}
		u := core.Unit{Positions: []core.CrewPosition{{CrewID: r.PathValue("crew"), Point: core.Point{Lat: in.Lat, Lon: in.Lon}, At: in.At.UTC()}}}
		return map[string]bool{"ok": true}, a.Commit.Commit(r.Context(), u)[0].Error()
	})
	for verb, state := range map[string]core.FieldState{"accept": core.FieldAccepted, "travel": core.FieldTravel, "arrive": core.FieldOnSite} {
		handle(a, "POST /api/v1/crews/{crew}/orders/{no}/"+verb, asCrew(access.Advance), func(r *http.Request, _ none) (any, error) {
			return a.Desk.Advance(r.Context(), orderNo(r), r.PathValue("crew"), state)
		})
	}
	handle(a, "POST /api/v1/crews/{crew}/orders/{no}/complete", asCrew(access.See), func(r *http.Request, in completion) (any, error) {
		if err := a.permitAct(r, in.action()); err != nil {
			return nil, err
		}
		in.Completion.OnPaper = false
		return a.Desk.Complete(r.Context(), orderNo(r), r.PathValue("crew"), in.Completion, in.Photos, a.asCrewBy(r))
	})
}
