package api

import (
	"context"
	"net/http"
	"reflect"
	"slices"

	"tundish/core"
	"tundish/core/access"
	"tundish/core/desk"
	"tundish/core/life"
)

// need is what a route asks of its caller. There is no route without one.
type need struct {
	right access.Right
	of    subject
}

// subject is what a right is asked of.
type subject uint8

const (
	ofNothing subject = iota // the zero need lets nobody in
	ofNobody                 // whoever calls, signed in or not
	ofAnybody                // whoever is signed in, be it with a password that somebody else gave
	ofPerson                 // whoever is signed in with a password of his own, or a token
	ofHouse                  // the right, wherever it holds
	ofOrder                  // the right on the order {no}
	ofCrew                   // the right as the crew {crew}, or as somebody who gives that crew its work; on the order {no}, if there is one
)

var (
	everybody = need{of: ofNobody}
	signedIn  = need{of: ofAnybody}
	inPerson  = need{of: ofPerson}
)

func house(r access.Right) need   { return need{r, ofHouse} }
func onOrder(r access.Right) need { return need{r, ofOrder} }
func asCrew(r access.Right) need  { return need{r, ofCrew} }

// Route is one call of the API with the right that it takes; "" where being signed in is enough.
type Route struct {
	Pattern string // "GET /api/v1/orders/{no}"
	Right   access.Right
	// Open: nobody needs to be signed in.
	Open bool

	query   []string     // parameters behind the "?"
	in, out reflect.Type // what is sent and answered, as Go values
	// Besides JSON: parts of a form are taken, too; what is answered is of this type instead of JSON.
	parts bool
	media string
}

// Routes lists every call.
func (a *API) Routes() []Route { return append([]Route(nil), a.routes...) }

// caller is who calls, for the time of one request.
type caller struct {
	actor   access.Actor
	session core.Session
	user    core.User
}

type callerKey struct{}

func callerOf(r *http.Request) *caller {
	c, _ := r.Context().Value(callerKey{}).(*caller)
	if c == nil {
		return &caller{} // nobody, who may do nothing
	}
	return c
}

func withCaller(r *http.Request, c *caller) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), callerKey{}, c))
}

// admit lets the caller through or says why not.
func (a *API) admit(r *http.Request, n need) error {
	c := callerOf(r)
	if n.of == ofNobody {
		return nil
	}
	if c.actor.ID == "" {
		return core.Fail(core.Denied, "signed_out", "", "sign in first: POST /api/v1/login, or send a token as Authorization: Bearer", "请先登录（POST /api/v1/login），或以 Authorization: Bearer 提交令牌")
	}
	if n.of == ofAnybody {
		return nil
	}
	if c.user.MustChange {
		return core.Fail(core.Denied, "must_change", "", "choose a password of your own first: POST /api/v1/password", "请先修改初始密码：POST /api/v1/password")
	}
	table := a.People.Table()
	switch n.of {
	case ofPerson:
		return nil
	case ofHouse:
		return table.May(c.actor, n.right, nil)
	case ofOrder:
		return a.permit(r, n.right)
	case ofCrew:
		if err := a.forCrew(r, n.right); err != nil {
			return err
		}
		if orderNo(r) == "" {
			return table.May(c.actor, n.right, nil)
		}
		return a.permit(r, n.right)
	}
	return core.Fail(core.Denied, "not_allowed", "", "nobody may do that", "任何人均无此权限")
}

// forCrew asks whether the caller is of the crew {crew}, or gives it its work: on the order {no} where there is one,
// else because the crew is of one of his depots. A list he may always ask for: it has the orders that he may see.
func (a *API) forCrew(r *http.Request, right access.Right) error {
	c, crew, assign := callerOf(r), r.PathValue("crew"), access.ForAction(core.ActAssign)
	table := a.People.Table()
	if c.actor.All || c.actor.Crew == crew {
		return nil
	}
	if orderNo(r) != "" {
		o, err := a.Reader.Order(r.Context(), orderNo(r))
		if err != nil {
			return err
		}
		if table.May(c.actor, assign, &o) == nil {
			return nil
		}
		return notYourCrew(crew)
	}
	reach := table.Reach(c.actor, assign)
	if reach.All || right == access.See && !reach.None() {
		return nil
	}
	crews, err := a.Reader.Crews(r.Context())
	if err != nil {
		return err
	}
	for i := range crews {
		if x := &crews[i]; x.ID == crew && x.Depot != "" && slices.Contains(reach.Depots, x.Depot) {
			return nil
		}
	}
	return notYourCrew(crew)
}

func notYourCrew(crew string) error {
	return core.Fail(core.Denied, "not_your_crew", "crew", "you are not of crew "+crew+", nor do you give it its work", "您不属于班组 "+crew+"，也无权为其派单")
}

// permit asks for one more right on the order {no}.
func (a *API) permit(r *http.Request, right access.Right) error {
	c := callerOf(r)
	if c.actor.All {
		return nil
	}
	o, err := a.Reader.Order(r.Context(), orderNo(r))
	if err != nil {
		return err
	}
	table := a.People.Table()
	if err := table.May(c.actor, access.See, &o); err != nil {
		return err
	}
	return table.May(c.actor, right, &o)
}

// permitAct is permit for an action.
func (a *API) permitAct(r *http.Request, action core.Action) error {
	return a.permit(r, access.ForAction(action))
}

// by is who acts, as the desk knows him. Which orders are his was asked here already; the desk asks again by
// his stations when it decides.
func (a *API) by(r *http.Request, remark string) desk.By {
	return desk.By{Name: user(r), Remark: remark, Actor: a.lifeActor(r)}
}

// asCrewBy is whoever acts as the crew {crew}.
func (a *API) asCrewBy(r *http.Request) desk.By {
	crew := r.PathValue("crew")
	b := desk.By{Actor: life.Actor{ID: "crew:" + crew, Crew: crew}}
	if c := callerOf(r); !c.actor.All {
		b.Name, b.Actor.ID = c.actor.ID, c.actor.ID
	}
	return b
}

func (a *API) lifeActor(r *http.Request) life.Actor {
	c := callerOf(r)
	if c.actor.All {
		return life.Actor{ID: c.actor.ID, All: true}
	}
	return LifeActor(c.actor)
}

// LifeActor is a person as decisions know one.
func LifeActor(a access.Actor) life.Actor {
	out := life.Actor{ID: a.ID, Branches: a.Branches, Depots: a.Depots, Everywhere: a.Everywhere, Crew: a.Crew}
	for _, role := range a.Roles {
		out.Roles = append(out.Roles, string(role))
	}
	return out
}

// HouseRights answers decisions by the table.
type HouseRights struct{ Table *access.Table }

// May tells whether one of the actor's roles allows the action on the order.
func (h HouseRights) May(a life.Actor, action core.Action, o *core.WorkOrder) bool {
	return h.Table.May(personOf(&a), access.ForAction(action), o) == nil
}

// Holds tells whether the actor has one of the roles on the order.
func (h HouseRights) Holds(a life.Actor, roles []string, o *core.WorkOrder) bool {
	named := make([]core.Role, len(roles))
	for i, role := range roles {
		named[i] = core.Role(role)
	}
	return h.Table.Holds(personOf(&a), named, o)
}

// personOf is whoever decides as the table knows him.
func personOf(a *life.Actor) access.Actor {
	p := access.Actor{ID: a.ID, Branches: a.Branches, Depots: a.Depots, Everywhere: a.Everywhere, Crew: a.Crew, All: a.All}
	for _, role := range a.Roles {
		p.Roles = append(p.Roles, core.Role(role))
	}
	return p
}
