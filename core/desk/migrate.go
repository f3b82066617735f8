package desk

import (
	"context"
	"fmt"

	"tundish/core"
	"tundish/core/life"
)

// Migration is what became of the orders under way when processes changed.
type Migration struct {
	Moved int `json:"moved"`
	// Kept orders stay with the version they have; Why says it for the first of them.
	Kept int   `json:"kept"`
	Why  error `json:"-"`
	// Failed orders could not be looked at or stored; they are to be tried again. Failure is what went wrong first.
	Failed  int   `json:"failed,omitempty"`
	Failure error `json:"-"`
}

// underWay are the phases of orders that a process still has something to do with.
var underWay = []core.Phase{core.Received, core.Acceptance, core.Approval, core.Dispatching, core.Field, core.ResultReview, core.Released, core.FollowUpCall}

// Migrate moves every order that goes by an older version of its process to the live one, where
// that declares how. Several hubs may do it at once.
func (s *Service) Migrate(ctx context.Context) (Migration, error) {
	var m Migration
	rules := s.opts.Rules()
	by := By{Actor: life.Hub("auto")}
	q := core.OrderQuery{Phases: underWay, Limit: 500}
	for {
		page, err := s.store.Orders(ctx, q)
		if err != nil {
			return m, err
		}
		for i := range page {
			o := &page[i]
			q.After = o.No
			if !rules.Outdated(o) {
				continue
			}
			_, err := core.Decide(ctx, s.store, o.No, func(o core.WorkOrder) (core.Unit, error) {
				return rules.Migrate(o, by.Step(s.opts.Clock.Now()))
			})
			switch {
			case err == nil:
				m.Moved++
			case core.CodeOf(err) == "not_outdated": // somebody was faster
			case core.IsKind(err, core.Conflict):
				if m.Kept++; m.Why == nil {
					m.Why = err
				}
			case ctx.Err() != nil:
				return m, err
			default: // one odd order keeps no other from moving
				if m.Failed++; m.Failure == nil {
					m.Failure = fmt.Errorf("move order %s: %w", o.No, err)
				}
			}
		}
		if len(page) < q.Limit {
			return m, nil
		}
	}
}
