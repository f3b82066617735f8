package lists

import (
	"fmt"
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
}

// Views are what everybody has.
func Views() []View {
	in := func(phases ...core.Phase) core.ListQuery { return core.ListQuery{Phases: phases} }
	return []View{
		{ID: "to_accept", Name: core.Text{EN: "To accept", ZH: "待接单"}, Query: in(core.Received, core.Acceptance)},
		{ID: "to_handle", Name: core.Text{EN: "To handle", ZH: "待处理"}, Query: in(core.Field)},
		{ID: "to_dispatch", Name: core.Text{EN: "To dispatch", ZH: "待分发"}, Query: in(core.Dispatching)},
		{ID: "to_approve", Name: core.Text{EN: "To approve", ZH: "待审批"}, Query: in(core.Approval)},
		{ID: "to_review", Name: core.Text{EN: "To review", ZH: "待审核"}, Query: in(core.ResultReview)},
		{ID: "to_follow_up", Name: core.Text{EN: "To follow up", ZH: "待回访"}, Query: in(core.FollowUpCall)},
		{ID: "mine", Name: core.Text{EN: "Handled by me", ZH: "我处理过的"}, Mine: true},
		{ID: "overdue", Name: core.Text{EN: "Overdue", ZH: "超时"}, Query: core.ListQuery{ByDue: true}, Overdue: true},
		{ID: "all", Name: core.Text{EN: "All", ZH: "全部"}},
	}
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
