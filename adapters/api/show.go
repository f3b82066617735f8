package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strings"

	"tundish/core"
	"tundish/core/access"
	"tundish/core/assign"
	"tundish/core/desk"
	"tundish/core/life"
)

// bare are the answers that hold nothing of an order that is protected, or whose makers covered it already. Every
// other type that holds orders has its case in show; one that is in neither is refused when the API is made, so
// that nobody adds a call and forgets what it gives away.
var bare = []any{
	OrderView{}, Offers{}, Duplicates{}, CustomerPage{}, // covered in detail.go, act.go, duplicates.go and customers.go
	map[string]any{}, // the description of the API
	ViewList{}, core.Ranking{}, CrewList{}, done{}, Roster{}, Written{}, Me{},
	AttachmentList{}, JobList{}, RefusedList{}, RoleList{}, SessionList{}, SystemList{}, Token{}, TypeList{}, UserEventList{}, UserList{}, core.User{}, Vocabulary{},
	OutboxList{}, AttemptList{}, MessageList{}, Replayed{}, RunList{}, core.JobRun{}, RowList{}, assign.BatchResult{}, assign.DaysResult{}, assign.Explanation{},
}

// covers tells whether show knows what to do with an answer of the type.
func covers(t reflect.Type) bool {
	if t == reflect.TypeFor[core.WorkOrder]() || t == reflect.TypeFor[OrderPage]() {
		return true
	}
	for _, v := range bare {
		if reflect.TypeOf(v) == t {
			return true
		}
	}
	return false
}

// uncovered names the calls whose answers nothing says how to show.
func (a *API) uncovered() error {
	for _, route := range a.routes {
		if route.out != nil && !covers(route.out) {
			return fmt.Errorf("api: %s answers with %s: say in show.go how what is protected in it is covered", route.Pattern, route.out)
		}
	}
	return nil
}

// show covers what the caller may not see in whatever a call answers.
func (a *API) show(r *http.Request, out any) any {
	c := callerOf(r)
	if c.actor.All {
		return out
	}
	table := a.People.Table()
	switch v := out.(type) {
	case core.WorkOrder:
		return table.Show(c.actor, v)
	case OrderPage:
		for i := range v.Orders {
			v.Orders[i] = table.Show(c.actor, v.Orders[i])
		}
		return v
	}
	return out
}

// allowed are the caller's offers at the order; what its forms are filled with is covered like the order itself.
func (a *API) allowed(r *http.Request, o *core.WorkOrder, as life.Actor) ([]life.Offer, error) {
	list, err := a.Desk.Allowed(*o, as)
	if err != nil {
		return nil, err
	}
	c, t := callerOf(r), a.People.Table()
	out := []life.Offer{}
	for _, x := range list {
		if t.May(c.actor, access.ForAction(x.Action), o) != nil {
			continue
		}
		for i := range x.Form {
			a.coverAsked(c, o, &x.Form[i])
		}
		out = append(out, x)
	}
	return out, nil
}

func (a *API) coverAsked(c *caller, o *core.WorkOrder, f *life.Asked) {
	if len(f.Value) == 0 {
		return
	}
	shown := a.People.Table().ShowValue(c.actor, o, strings.Replace(f.Path, "completion.", "completions.", 1), f.Value)
	f.Covered, f.Value = !same(shown, f.Value), shown
}

// act does what a caller commands, if he has the right to it on the order {no}. A field that he was shown covered, and
// sends back as he was shown it, is one that he left as it is: a mask is never written.
func (a *API) act(r *http.Request, in desk.Command, by desk.By) (core.WorkOrder, error) {
	if err := a.permitCommand(r, in); err != nil {
		return core.WorkOrder{}, err
	}
	if len(in.Fields) > 0 && !callerOf(r).actor.All {
		o, err := a.Reader.Order(r.Context(), orderNo(r))
		if err != nil {
			return core.WorkOrder{}, err
		}
		offers, err := a.allowed(r, &o, by.Actor)
		if err != nil {
			return core.WorkOrder{}, err
		}
		for _, x := range offers {
			if x.Action != in.Action || in.Step != "" && (in.Step != x.Step || in.Task != x.Task) {
				continue
			}
			for _, f := range x.Form {
				if sent, ok := in.Fields[f.Path]; ok && f.Covered && (same(sent, f.Value) || nothing(sent)) {
					delete(in.Fields, f.Path)
				}
			}
		}
	}
	return a.Desk.Act(r.Context(), orderNo(r), in, by)
}

// same tells whether two JSON values are the same.
func same(a, b json.RawMessage) bool {
	var x, y any
	if len(a) == 0 || len(b) == 0 {
		return len(a) == len(b)
	}
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && reflect.DeepEqual(x, y)
}

// nothing is what a form sends of a field that was left empty.
func nothing(raw json.RawMessage) bool { return string(raw) == "null" || string(raw) == `""` }
