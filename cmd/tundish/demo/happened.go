package demo

import (
	"context"
	"fmt"
	"io"
	"slices"

	"tundish/core"
)

// Happened counts the orders that did not go straight on: a day without any of these would show only half of what the hub
// does. An order may be in several.
type Happened struct {
	ApprovedBefore int `json:"approved_before_work"` // by a node ahead of the crew's visit
	ApprovedAfter  int `json:"approved_after_work"`
	SentBack       int `json:"results_sent_back"` // by the review of the result
	Reviewed       int `json:"results_reviewed"`
	FollowedUp     int `json:"followed_up"`
	CouldNot       int `json:"could_not_be_done"`
	Held           int `json:"held"`
	Merged         int `json:"merged"`
	Reopened       int `json:"reopened"` // after a customer who was not satisfied
}

// Missing names what the day did not have.
func (h *Happened) Missing() []string {
	var none []string
	for _, k := range h.kinds() {
		if k.n == 0 {
			none = append(none, k.en)
		}
	}
	return none
}

type happening struct {
	n      int
	en, zh string
}

func (h *Happened) kinds() []happening {
	return []happening{
		{h.ApprovedBefore, "approved before work", "派工前审批"}, {h.ApprovedAfter, "approved after work", "完工后审批"}, {h.Reviewed, "results reviewed", "结果审核"},
		{h.SentBack, "results sent back", "结果退回"}, {h.FollowedUp, "followed up", "回访"}, {h.CouldNot, "could not be done", "无法完成"}, {h.Held, "held", "挂起"},
		{h.Merged, "merged", "合并"}, {h.Reopened, "reopened", "重新打开"},
	}
}

func (h *Happened) print(w io.Writer, t func(en, zh string) string) {
	fmt.Fprint(w, t("beside the main line:", "主线之外："))
	for i, k := range h.kinds() {
		if i > 0 {
			fmt.Fprint(w, t(",", "，"))
		}
		fmt.Fprintf(w, " %s %d", t(k.en, k.zh), k.n)
	}
	fmt.Fprintln(w)
}

// happened reads every order with its timeline.
func (d *Day) happened(ctx context.Context) (h Happened, err error) {
	q := core.OrderQuery{Limit: 1000}
	for {
		page, err := d.store.Orders(ctx, q)
		if err != nil {
			return h, err
		}
		for i := range page {
			events, err := d.store.Events(ctx, page[i].No)
			if err != nil {
				return h, err
			}
			h.add(&page[i], events)
		}
		if len(page) < q.Limit {
			return h, nil
		}
		q.After = page[len(page)-1].No
	}
}

func (h *Happened) add(o *core.WorkOrder, events []core.Event) {
	had := func(k core.EventKind) bool {
		return slices.ContainsFunc(events, func(e core.Event) bool { return e.Kind == k })
	}
	count := func(n *int, is bool) {
		if is {
			*n++
		}
	}
	worked := slices.IndexFunc(events, func(e core.Event) bool { return e.Kind == core.EventCompleted })
	before := func(v core.Verdict) bool {
		return v.Action == core.ActApprove && (worked < 0 || v.At.Before(events[worked].At))
	}
	count(&h.ApprovedBefore, slices.ContainsFunc(o.Approvals, before))
	count(&h.ApprovedAfter, slices.ContainsFunc(o.Approvals, func(v core.Verdict) bool { return v.Action == core.ActApprove && !before(v) }))
	count(&h.Reviewed, slices.ContainsFunc(o.Completions, func(c core.Completion) bool { return c.Review != nil }))
	count(&h.SentBack, slices.ContainsFunc(o.Completions, func(c core.Completion) bool { return c.Review != nil && !c.Review.Passed }))
	count(&h.CouldNot, slices.ContainsFunc(o.Completions, func(c core.Completion) bool { return c.Outcome == core.CouldNotBeDone }))
	count(&h.FollowedUp, o.FollowUp != nil)
	count(&h.Held, had(core.EventHeld))
	count(&h.Merged, o.Merged != nil)
	count(&h.Reopened, had(core.EventReopened))
}
