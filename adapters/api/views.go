package api

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"tundish/core"
	"tundish/core/access"
	"tundish/core/lists"
)

// mostCounted is how far the orders of a view are counted.
const mostCounted = 1000

// ViewCount is a view and how many orders it has for whoever asks.
type ViewCount struct {
	ID    string    `json:"id"`
	Name  core.Text `json:"name"`
	Count int       `json:"count"`
	// More: there are more than were counted.
	More bool `json:"more,omitempty"`
}

// ViewList is the answer to GET /views.
type ViewList struct {
	Views []ViewCount `json:"views"`
}

func (a *API) views() {
	handle(a, "GET /api/v1/views", house(access.See), func(r *http.Request, _ none) (ViewList, error) {
		out := ViewList{Views: []ViewCount{}}
		for _, v := range a.saved(r) {
			q := v.For(user(r), a.Clock.Now())
			q.Within = a.reach(r, access.See)
			n, err := a.Reader.Count(r.Context(), q, mostCounted+1)
			if err != nil {
				return out, err
			}
			out.Views = append(out.Views, ViewCount{ID: v.ID, Name: v.Name, Count: min(n, mostCounted), More: n > mostCounted})
		}
		return out, nil
	})
	handle(a, "GET /api/v1/orders?view&cursor&limit&"+strings.Join(narrowing, "&")+"&find&after", house(access.See), func(r *http.Request, _ none) (OrderPage, error) {
		if view := r.URL.Query().Get("view"); view != "" {
			if err := only(r, slices.Concat([]string{"view", "cursor", "limit"}, narrowing)...); err != nil {
				return OrderPage{}, err
			}
			return a.list(r, view)
		}
		if err := only(r, "system", "type", "crew", "find", "phase", "after", "limit"); err != nil {
			return OrderPage{}, err
		}
		return a.byNumber(r)
	})
	handle(a, "GET /api/v1/search?q&limit", house(access.Search), func(r *http.Request, _ none) (OrderPage, error) {
		c, t := callerOf(r), a.People.Table()
		q := core.SearchQuery{Text: r.URL.Query().Get("q"), Within: a.reach(r, access.Search)}
		if !c.actor.All {
			q.As = func(o core.WorkOrder) core.WorkOrder { return t.Show(c.actor, o) }
		}
		var err error
		if q.Limit, err = intParam(r, "limit", 20, 200); err != nil {
			return OrderPage{}, err
		}
		found, err := a.Reader.Search(r.Context(), q)
		return OrderPage{Orders: a.mine(r, found, access.Search)}, err
	})
}

// saved are the views that the caller has.
func (a *API) saved(r *http.Request) []lists.View {
	if c := callerOf(r); !c.actor.All {
		return lists.Of(a.Views(), c.actor.Roles)
	}
	return a.Views()
}

// reach is the set of orders on which the caller has the right; nil: all orders.
func (a *API) reach(r *http.Request, right access.Right) *core.Reach {
	if reach := a.People.Table().Reach(callerOf(r).actor, right); !reach.All {
		return &reach
	}
	return nil
}

// mine are those of the orders that the caller may see, and on which he has the other rights, too. Stores keep lists
// within his reach already; that nothing gets out does not rest on them alone.
func (a *API) mine(r *http.Request, orders []core.WorkOrder, rights ...access.Right) []core.WorkOrder {
	c, t := callerOf(r), a.People.Table()
	return all(slices.DeleteFunc(orders, func(o core.WorkOrder) bool {
		return slices.ContainsFunc(append(rights, access.See), func(right access.Right) bool { return t.May(c.actor, right, &o) != nil })
	}))
}

// byNumber lists orders by number, upwards: for scripts that go through all of them.
func (a *API) byNumber(r *http.Request) (OrderPage, error) {
	q, err := orderQuery(r)
	if err != nil {
		return OrderPage{}, err
	}
	right := access.See
	if q.Find != "" {
		if err := a.People.Table().May(callerOf(r).actor, access.Search, nil); err != nil {
			return OrderPage{}, err
		}
		right = access.Search
	}
	q.Within = a.reach(r, right)
	list, err := a.Reader.Orders(r.Context(), q)
	page := OrderPage{}
	if len(list) == q.Limit {
		page.Next = string(list[len(list)-1].No)
	}
	page.Orders = a.mine(r, list, right)
	if q.Find != "" {
		page.Orders = slices.DeleteFunc(page.Orders, func(o core.WorkOrder) bool { return !a.foundBy(r, &o, q.Find) })
	}
	return page, err
}

// foundBy tells that one of the numbers that the caller is shown of an order is the one that he asks for: by what he is
// not shown he finds nothing.
func (a *API) foundBy(r *http.Request, o *core.WorkOrder, number string) bool {
	shown := a.People.Table().Show(callerOf(r).actor, *o)
	return slices.Contains([]string{string(shown.No), shown.Ref.External, shown.Customer.Account, shown.Meter.Serial}, number)
}

func orderQuery(r *http.Request) (q core.OrderQuery, err error) {
	v := r.URL.Query()
	q = core.OrderQuery{System: core.SystemID(v.Get("system")), Type: v.Get("type"), Crew: v.Get("crew"), Find: v.Get("find"), After: core.OrderNo(v.Get("after"))}
	if q.Limit, err = intParam(r, "limit", 100, 1000); err != nil {
		return q, err
	}
	q.Phases, err = among(v.Get("phase"), "phase", nil, core.Phases())
	return q, err
}

// list reads a page of a view, narrowed by the parameters.
func (a *API) list(r *http.Request, view string) (OrderPage, error) {
	v, err := lists.Find(a.saved(r), view)
	if err != nil {
		return OrderPage{}, err
	}
	q := v.For(user(r), a.Clock.Now())
	if err := a.narrow(r, &q); err != nil {
		return OrderPage{}, err
	}
	q.Within = a.reach(r, access.See)
	page, err := a.Reader.List(r.Context(), q)
	return OrderPage{Orders: a.mine(r, page.Orders), Next: page.Next}, err
}

// narrowing are the parameters of [API.narrow].
var narrowing = []string{"phase", "step", "type", "urgency", "system", "branch", "depot", "crew", "handled_by", "on_hold", "overdue", "received_from", "received_to", "sort"}

// narrow adds what the parameters ask for to the query of a view, which they never widen.
func (a *API) narrow(r *http.Request, q *core.ListQuery) (err error) {
	v := r.URL.Query()
	q.Cursor = v.Get("cursor")
	if q.Limit, err = intParam(r, "limit", 50, 200); err != nil {
		return err
	}
	if q.Phases, err = among(v.Get("phase"), "phase", q.Phases, core.Phases()); err != nil {
		return err
	}
	if q.Urgencies, err = among(v.Get("urgency"), "urgency", q.Urgencies, core.Urgencies()); err != nil {
		return err
	}
	if q.Types, err = among(v.Get("type"), "type", q.Types, nil); err != nil {
		return err
	}
	if steps := words[string](v.Get("step")); len(steps) > 0 { // "step" or "type/step"
		var wanted []core.StepOf
		for _, s := range steps {
			wanted = append(wanted, core.ParseStep(s))
		}
		if q.Steps, err = within("step", wanted, q.Steps); err != nil {
			return err
		}
	}
	for name, into := range map[string]*string{"system": (*string)(&q.System), "branch": &q.Branch, "depot": &q.Depot, "crew": &q.Crew, "handled_by": &q.HandledBy} {
		switch s := v.Get(name); {
		case s == "":
		case *into != "" && *into != s:
			return outside(name, s, *into)
		default:
			*into = s
		}
	}
	for name, set := range map[string]func(){"on_hold": func() { q.OnHold = true }, "overdue": func() { q.DueBefore = a.Clock.Now() }} {
		switch s := v.Get(name); s {
		case "", "false":
		case "true":
			set()
		default:
			return core.Invalidf("not_a_flag", name, "%q is neither true nor false", "%q 不是 true 或 false", s)
		}
	}
	for name, into := range map[string]*time.Time{"received_from": &q.ReceivedFrom, "received_to": &q.ReceivedTo} {
		if s := v.Get(name); s != "" {
			t, err := time.Parse(time.RFC3339, s)
			if err != nil {
				return core.Invalidf("not_a_time", name, "%q is no time; write it as 2026-05-11T09:00:00+08:00", "%q 不是时间；请写成 2026-05-11T09:00:00+08:00", s)
			}
			if into.IsZero() || (into == &q.ReceivedFrom) == t.After(*into) {
				*into = t
			}
		}
	}
	switch s := v.Get("sort"); s {
	case "":
	case "due":
		q.ByDue = true
	case "newest":
		q.ByDue = false
	default:
		return core.Invalidf("unknown_sort", "sort", "%q is no order of a list; known: newest, due", "%q 不是排序方式；可用：newest、due", s)
	}
	return nil
}

// among reads a list of values by comma, each one of known (nil: any), and no wider than what the view has.
func among[T ~string](text, name string, view, known []T) ([]T, error) {
	list := words[T](text)
	for _, v := range list {
		if known != nil && !slices.Contains(known, v) {
			return nil, core.Invalidf("unknown_"+name, name, "%[1]s %[2]q is not known; known: %[3]v", "%[1]s 的值 %[2]q 未知；可用：%[3]v", name, v, known)
		}
	}
	return within(name, list, view)
}

func within[T comparable](name string, list, view []T) ([]T, error) {
	if len(list) == 0 {
		return view, nil
	}
	for _, v := range list {
		if len(view) > 0 && !slices.Contains(view, v) {
			return nil, outside(name, v, view)
		}
	}
	return list, nil
}

func outside(name string, v, view any) error {
	return core.Invalidf("not_in_view", name, "the view has no orders of %[1]s %[2]v; it has those of: %[3]v", "此视图没有 %[1]s 为 %[2]v 的工单；其范围：%[3]v", name, v, view)
}

func words[T ~string](list string) []T {
	var out []T
	for w := range strings.SplitSeq(list, ",") {
		if w = strings.TrimSpace(w); w != "" {
			out = append(out, T(w))
		}
	}
	return out
}
