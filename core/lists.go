package core

import (
	"context"
	"slices"
	"strings"
	"time"
)

// ListStore lists and finds orders for people, among millions of them.
//
// What is open is listed as it is at this instant. What is found by the words and people of
// an order, and every list that looks at ended orders by more than their number, follows
// committed changes in the background: usually within a second; see IndexOrders.
type ListStore interface {
	// List reads a page of orders. Invalid when the cursor belongs to another list.
	List(ctx context.Context, q ListQuery) (OrderList, error)
	// Count tells how many orders a list has, and stops counting at most.
	Count(ctx context.Context, q ListQuery, most int) (int, error)
	// Search finds orders by any number, name, phone or part of an address, the best first.
	Search(ctx context.Context, q SearchQuery) ([]WorkOrder, error)
	// IndexOrders makes a batch of orders that changed findable, in a transaction of its own
	// that waits behind submits. What it has done is durable. Conflict when the batch's fence
	// was lost.
	IndexOrders(ctx context.Context, b IndexBatch) (Indexed, error)
}

// ListQuery selects orders; fields that are zero or empty do not restrict, lists are
// alternatives.
type ListQuery struct {
	Phases    []Phase
	Steps     []StepOf // where the order stands
	Types     []string
	Urgencies []Urgency
	System    SystemID
	Branch    string
	Depot     string
	// Within: only orders of this set; nil: of all.
	Within *Reach
	Crew   string // it is assigned to
	// DueBefore: its deadline is over at this instant.
	DueBefore time.Time
	// OnHold: only what rests.
	OnHold bool
	// ReceivedFrom ≤ ReceivedAt < ReceivedTo.
	ReceivedFrom, ReceivedTo time.Time
	// HandledBy is somebody, as timelines name him, who acted on the order.
	HandledBy string
	// ByDue lists the earliest deadline first, and only orders that have one; else the newest order is first.
	ByDue bool
	// Cursor of the page before; empty: the first page.
	Cursor string
	Limit  int // 1 … 200; 0 means 50
}

// StepOf is a step of a type's process; of every type where Type is empty.
type StepOf struct{ Type, Step string }

// ParseStep reads "step" or "type/step".
func ParseStep(text string) StepOf {
	if kind, step, ok := strings.Cut(text, "/"); ok {
		return StepOf{kind, step}
	}
	return StepOf{Step: text}
}

// OpenOnly tells that the list holds orders that are open, and nothing else.
func (q *ListQuery) OpenOnly() bool {
	return q.HandledBy == "" && len(q.Phases) > 0 && !slices.ContainsFunc(q.Phases, Phase.Ended)
}

// Prepared is the query with its defaults: a deadline that is over, a step and a hold are
// things of open orders.
func (q ListQuery) Prepared() ListQuery {
	if len(q.Phases) == 0 && (!q.DueBefore.IsZero() || q.OnHold || len(q.Steps) > 0 || q.ByDue) {
		for _, p := range Phases() {
			if !p.Ended() {
				q.Phases = append(q.Phases, p)
			}
		}
	}
	if q.Limit = min(q.Limit, 200); q.Limit <= 0 {
		q.Limit = 50
	}
	return q
}

// Check refuses what no store lists in reasonable time.
func (q *ListQuery) Check() error {
	p := q.Prepared()
	if (!p.DueBefore.IsZero() || p.OnHold || len(p.Steps) > 0 || p.ByDue) && !p.OpenOnly() {
		return Invalidf("open_only", "phase", "a step, a hold, a deadline that is over and the order of deadlines can be asked of open orders only, and not together with who handled them",
			"步骤、挂起、超时和按时限排序只适用于未结束的工单，且不能与“处理人”同时使用")
	}
	return nil
}

// OrderList is a page; Next is the cursor of the following one, empty on the last.
type OrderList struct {
	Orders []WorkOrder `json:"orders"`
	Next   string      `json:"next,omitempty"`
}

// SearchQuery is what a caller says. Words are separated by blanks, and each must be found.
type SearchQuery struct {
	// Text has 2 … 200 characters.
	Text string
	// Within: only orders of this set; nil: of all.
	Within *Reach
	// As is an order as whoever searches is shown it: by what he is not shown he finds nothing. Nil: he is shown all.
	As    func(WorkOrder) WorkOrder
	Limit int // 1 … 200; 0 means 20
}

// IndexBatch asks for one batch.
type IndexBatch struct {
	Orders int // at most 1000; 0 means 64
	// Fence, when set, must still hold the lease it names.
	Fence *Fence
}

// Indexed is what one batch did.
type Indexed struct {
	Orders int
	// Done: nothing waited behind it.
	Done bool
}
