package api

import (
	"net/http"
	"time"

	"tundish/core"
	"tundish/core/access"
	"tundish/core/assign"
	"tundish/core/desk"
)

// OrderPage is a page of orders.
type OrderPage struct {
	Orders []core.WorkOrder `json:"orders"`
	// Next, on every page but the last, goes into ?cursor= of a view, into ?after= of a listing by number.
	Next string `json:"next,omitempty"`
}

// seen is the version of the order that whoever acts has seen; 0: he takes it as it is.
type seen struct {
	Version int64 `json:"version,omitempty"`
}

// on is who acts on that version.
func (v seen) on(by desk.By) desk.By {
	by.Expected = v.Version
	return by
}

type remark struct {
	seen
	Remark string `json:"remark"`
}

func (a *API) orders() {
	handle(a, "GET /api/v1/orders/{no}/proposal", onOrder(access.ForAction(core.ActAssign)), func(r *http.Request, _ none) (core.Ranking, error) {
		return a.Dispatch.Propose(r.Context(), orderNo(r))
	})
	handle(a, "GET /api/v1/orders/{no}/explanation", onOrder(access.ForAction(core.ActAssign)), func(r *http.Request, _ none) (assign.Explanation, error) {
		return a.Dispatch.Explain(r.Context(), orderNo(r))
	})
	type give struct {
		seen
		Crew   string `json:"crew"`
		Reason string `json:"reason"`
	}
	handle(a, "POST /api/v1/orders/{no}/assign", onOrder(access.ForAction(core.ActAssign)), func(r *http.Request, in give) (core.WorkOrder, error) {
		return a.Dispatch.Give(r.Context(), orderNo(r), in.Crew, in.on(a.by(r, in.Reason)))
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
		handle(a, "POST /api/v1/orders/{no}/"+verb, onOrder(verbs[verb]), func(r *http.Request, in remark) (core.WorkOrder, error) {
			return act(r, orderNo(r), in.on(a.by(r, in.Remark)))
		})
	}
	type review struct {
		seen
		Passed bool   `json:"passed"`
		Remark string `json:"remark"`
	}
	handle(a, "POST /api/v1/orders/{no}/review", onOrder(access.See), func(r *http.Request, in review) (core.WorkOrder, error) {
		if err := a.permitAct(r, map[bool]core.Action{true: core.ActPass, false: core.ActFail}[in.Passed]); err != nil {
			return core.WorkOrder{}, err
		}
		return a.Desk.Review(r.Context(), orderNo(r), in.Passed, in.on(a.by(r, in.Remark)))
	})
	type extension struct {
		seen
		Until  time.Time `json:"until"`
		Reason string    `json:"reason"`
	}
	handle(a, "POST /api/v1/orders/{no}/extension", onOrder(access.Extend), func(r *http.Request, in extension) (core.WorkOrder, error) {
		return a.Desk.RequestExtension(r.Context(), orderNo(r), in.Until, in.Reason, in.on(a.by(r, "")))
	})
	type followUp struct {
		seen
		Reached      bool   `json:"reached"`
		Satisfaction string `json:"satisfaction"`
		Comment      string `json:"comment"`
	}
	handle(a, "POST /api/v1/orders/{no}/follow-up", onOrder(access.See), func(r *http.Request, in followUp) (core.WorkOrder, error) {
		did := core.ActSatisfied
		switch {
		case !in.Reached:
			did = core.ActNotReached
		case in.Satisfaction == "unsatisfied":
			did = core.ActUnsatisfied
		}
		if err := a.permitAct(r, did); err != nil {
			return core.WorkOrder{}, err
		}
		return a.Desk.FollowUp(r.Context(), orderNo(r), core.FollowUp{Reached: in.Reached, Satisfaction: in.Satisfaction, Comment: in.Comment}, in.on(a.by(r, in.Comment)))
	})
	handle(a, "POST /api/v1/orders/{no}/complete", onOrder(access.See), func(r *http.Request, in completion) (core.WorkOrder, error) {
		if err := a.permitAct(r, in.action()); err != nil {
			return core.WorkOrder{}, err
		}
		crew, err := a.asHisCrew(r, access.ForAction(in.action()))
		if err != nil {
			return core.WorkOrder{}, err
		}
		in.Completion.OnPaper = crew == "" // keyed in by the control room 回填
		return a.Desk.Complete(r.Context(), orderNo(r), crew, in.Completion, in.Photos, in.on(a.by(r, "")))
	})
}

// asHisCrew is the caller's crew where nothing else gives him the right on the order {no}: then it is the crew that speaks,
// and not the control room with a paper in its hand.
func (a *API) asHisCrew(r *http.Request, right access.Right) (string, error) {
	other := callerOf(r).actor
	crew := other.Crew
	if other.All || crew == "" {
		return "", nil
	}
	o, err := a.Reader.Order(r.Context(), orderNo(r))
	if other.Crew = ""; err != nil || a.People.Table().May(other, right, &o) == nil {
		return "", err
	}
	return crew, nil
}

// completion is a Completion as JSON with its photos' bytes beside it.
type completion struct {
	seen
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

// CrewList is the answer to GET /crews.
type CrewList struct {
	Crews []core.Crew `json:"crews"`
	// Days is what each crew has to do on the day that was asked for; who is missing has nothing.
	Days []core.CrewDay `json:"days,omitempty"`
}

func (a *API) crews() {
	handle(a, "GET /api/v1/crews?day", house(access.CrewSee), func(r *http.Request, _ none) (CrewList, error) {
		list, err := a.Reader.Crews(r.Context())
		out := CrewList{Crews: all(list)}
		day := r.URL.Query().Get("day")
		if err != nil || day == "" {
			return out, err
		}
		if _, err := time.Parse(time.DateOnly, day); err != nil {
			return out, core.Invalidf("not_a_date", "day", "%q is no date; write it as 2026-05-11", "%q 不是日期；请写成 2026-05-11", day)
		}
		out.Days, err = a.Reader.CrewDays(r.Context(), day)
		return out, err
	})
	handle(a, "GET /api/v1/crews/{crew}/orders", asCrew(access.See), func(r *http.Request, _ none) (OrderPage, error) {
		crew := r.PathValue("crew") // has them, or assists
		list, err := a.Reader.Orders(r.Context(), core.OrderQuery{Within: &core.Reach{Crew: crew, Assists: crew}, Phases: []core.Phase{core.Field}, Limit: 1000})
		return OrderPage{Orders: a.mine(r, list)}, err // not those of a station that is not the dispatcher's
	})
	handle(a, "POST /api/v1/crews/{crew}/position", asCrew(access.CrewPosition), func(r *http.Request, in position) (done, error) {
		if in.Lat < -90 || in.Lat > 90 || in.Lon < -180 || in.Lon > 180 || in.Lat == 0 && in.Lon == 0 {
			return done{}, core.Invalidf("bad_position", "lat,lon", "%v, %v is no position in WGS 84 degrees", "%v, %v 不是有效的 WGS 84 坐标", in.Lat, in.Lon)
		}
		// A phone whose clock is ahead would keep all its later positions out.
		if now := a.Clock.Now(); in.At.IsZero() || in.At.After(now) {
			in.At = now
		}
		u := core.Unit{Positions: []core.CrewPosition{{CrewID: r.PathValue("crew"), Point: core.Point{Lat: in.Lat, Lon: in.Lon}, At: in.At.UTC()}}}
		return done{true}, a.Commit.Commit(r.Context(), u)[0].Error()
	})
	for verb, state := range map[string]core.FieldState{"accept": core.FieldAccepted, "travel": core.FieldTravel, "arrive": core.FieldOnSite} {
		handle(a, "POST /api/v1/crews/{crew}/orders/{no}/"+verb, asCrew(access.Advance), func(r *http.Request, _ none) (core.WorkOrder, error) {
			return a.Desk.Advance(r.Context(), orderNo(r), r.PathValue("crew"), state, a.asCrewBy(r))
		})
	}
	handle(a, "POST /api/v1/crews/{crew}/orders/{no}/complete", asCrew(access.See), func(r *http.Request, in completion) (core.WorkOrder, error) {
		if err := a.permitAct(r, in.action()); err != nil {
			return core.WorkOrder{}, err
		}
		in.Completion.OnPaper = false
		return a.Desk.Complete(r.Context(), orderNo(r), r.PathValue("crew"), in.Completion, in.Photos, in.on(a.asCrewBy(r)))
	})
}
