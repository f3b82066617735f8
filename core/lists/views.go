package lists

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tundish/core"
)

// View is a saved list of orders.
type View struct {
	ID   string
	Name core.Text
	// Query is what the view asks for; who looks and when is added by For.
	Query core.ListQuery
	// Mine: only what whoever looks has handled. Overdue: only what is over its deadline when it is looked at.
	Mine, Overdue bool
	// Roles that have it; none: everybody.
	Roles []core.Role
}

// Of are the views that somebody with these roles has.
func Of(views []View, roles []core.Role) []View {
	var list []View
	for _, v := range views {
		if len(v.Roles) == 0 || slices.ContainsFunc(v.Roles, func(r core.Role) bool { return slices.Contains(roles, r) }) {
			list = append(list, v)
		}
	}
	return list
}

// Find finds a view by its id; Invalid, with the ids there are, when there is none.
func Find(views []View, id string) (*View, error) {
	ids := make([]string, len(views))
	for i := range views {
		if ids[i] = views[i].ID; ids[i] == id {
			return &views[i], nil
		}
	}
	return nil, core.Fail(core.Invalid, "unknown_view", "view", fmt.Sprintf("there is no view %q; known: %s", id, strings.Join(ids, ", ")), fmt.Sprintf("没有视图 %q；可用：%s", id, strings.Join(ids, "、")))
}

// For is the query of the view for somebody, named as on timelines, at an instant.
func (v *View) For(who string, now time.Time) core.ListQuery {
	q := v.Query
	if v.Mine {
		q.HandledBy = who
	}
	if v.Overdue {
		q.DueBefore = now
	}
	return q
}
