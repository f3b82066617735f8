// Package desk is what people do to an order: the control room accepts, returns,
// holds, reviews and follows up; a crew accepts, sets out, arrives and completes.
// Each act is one decision of core/life, made durable together with its event and
// whatever is owed for it.
package desk

import (
	"context"
	"errors"
	"time"

	"tundish/core"
	"tundish/core/life"
)

// Store is what the desk needs of the order store.
type Store interface {
	life.Store
	Orders(ctx context.Context, q core.OrderQuery) ([]core.WorkOrder, error)
	Events(ctx context.Context, no core.OrderNo) ([]core.Event, error)
	CrewDays(ctx context.Context, day string) ([]core.CrewDay, error)
	Crews(ctx context.Context) ([]core.Crew, error)
}

// Options of a Service.
type Options struct {
	Clock core.Clock
	Rules func() *life.Rules
	// Opener takes in orders of the house's own; nil: nobody opens any.
	Opener Opener
	// Limits of what is attached.
	Limits Limits
}

// Service acts for people.
type Service struct {
	store Store
	opts  Options
}

// New makes a Service.
func New(store Store, o Options) (*Service, error) {
	if store == nil || o.Clock == nil || o.Rules == nil {
		return nil, errors.New("desk: store, clock and rules are required")
	}
	o.Limits.fill()
	return &Service{store: store, opts: o}, nil
}

// By is who acts, and what they remark.
type By = life.By

type decision func(*life.Rules, core.WorkOrder, life.Step) (core.Unit, error)

func (s *Service) do(ctx context.Context, no core.OrderNo, by By, decide decision) (core.WorkOrder, error) {
	if n := core.UTF16Len(by.Remark); n > core.MaxText {
		return core.WorkOrder{}, life.TooLong("remark", n)
	}
	rules := s.opts.Rules()
	return rules.Decide(ctx, s.store, no, by.Step(s.opts.Clock.Now()), func(o core.WorkOrder) (core.Unit, error) {
		if by.Expected != 0 && by.Expected != o.Version {
			return rules.Act(o, life.Command{Expected: by.Expected}, by.Step(s.opts.Clock.Now())) // which says what is allowed now
		}
		return decide(rules, o, by.Step(s.opts.Clock.Now()))
	})
}

// Accept is the acceptance review 接单审核.
func (s *Service) Accept(ctx context.Context, no core.OrderNo, by By) (core.WorkOrder, error) {
	return s.do(ctx, no, by, (*life.Rules).Accept)
}

// Return 退单 sends the order back to its source; by.Remark is the reason.
func (s *Service) Return(ctx context.Context, no core.OrderNo, by By) (core.WorkOrder, error) {
	return s.do(ctx, no, by, (*life.Rules).Return)
}

// Hold 挂起; by.Remark is the reason.
func (s *Service) Hold(ctx context.Context, no core.OrderNo, by By) (core.WorkOrder, error) {
	return s.do(ctx, no, by, (*life.Rules).Hold)
}

// Resume 恢复 ends a hold.
func (s *Service) Resume(ctx context.Context, no core.OrderNo, by By) (core.WorkOrder, error) {
	return s.do(ctx, no, by, (*life.Rules).Resume)
}

// Note puts by.Remark on the timeline.
func (s *Service) Note(ctx context.Context, no core.OrderNo, by By) (core.WorkOrder, error) {
	return s.do(ctx, no, by, (*life.Rules).Note)
}

// Unassign takes an order back from its crew.
func (s *Service) Unassign(ctx context.Context, no core.OrderNo, by By) (core.WorkOrder, error) {
	return s.do(ctx, no, by, (*life.Rules).Unassign)
}

// Review passes a result, which releases it to its source, or sends it back to the crew.
func (s *Service) Review(ctx context.Context, no core.OrderNo, passed bool, by By) (core.WorkOrder, error) {
	return s.do(ctx, no, by, func(r *life.Rules, o core.WorkOrder, st life.Step) (core.Unit, error) {
		return r.Review(o, passed, st)
	})
}

// FollowUp records the call after the work 回访.
func (s *Service) FollowUp(ctx context.Context, no core.OrderNo, f core.FollowUp, by By) (core.WorkOrder, error) {
	return s.do(ctx, no, by, func(r *life.Rules, o core.WorkOrder, st life.Step) (core.Unit, error) {
		return r.FollowUp(o, f, st)
	})
}

// Advance records how far a crew has got: accepted, travel, on_site. by is who of it says so; the zero By: the crew.
func (s *Service) Advance(ctx context.Context, no core.OrderNo, crew string, to core.FieldState, by By) (core.WorkOrder, error) {
	return s.do(ctx, no, crewed(by, crew), func(r *life.Rules, o core.WorkOrder, st life.Step) (core.Unit, error) {
		return r.Advance(o, crew, to, st)
	})
}

// RequestExtension 延期 asks the order's source for a deadline of until.
func (s *Service) RequestExtension(ctx context.Context, no core.OrderNo, until time.Time, reason string, by By) (core.WorkOrder, error) {
	return s.do(ctx, no, by, func(r *life.Rules, o core.WorkOrder, st life.Step) (core.Unit, error) {
		return r.RequestExtension(o, until, reason, st)
	})
}

// crewed lets a crew act, unless it is known which of its people does.
func crewed(by By, crew string) By {
	if by.Actor.Crew == "" && !by.Actor.All {
		by.Actor = life.Actor{ID: "crew:" + crew, Crew: crew}
	}
	return by
}

// Complete ends a visit 销单. An empty crew is the control room keying in paper.
// The photos commit with the completion. What is not the crew's to say, who reviewed it,
// whose it is and which stored photos belong to it, is not taken from c.
func (s *Service) Complete(ctx context.Context, no core.OrderNo, crew string, c core.Completion, photos []Photo, by By) (core.WorkOrder, error) {
	c.Review, c.CrewID, c.Photos = nil, "", nil
	list, blobs, err := s.attach(photos, true)
	c.Photos = list
	if err != nil {
		return core.WorkOrder{}, err
	}
	if crew != "" {
		by = crewed(by, crew)
	}
	return s.do(ctx, no, by, func(r *life.Rules, o core.WorkOrder, st life.Step) (core.Unit, error) {
		if err := s.fresh(ctx, r, &o, c.NewSerial); err != nil {
			return core.Unit{}, err
		}
		u, err := r.Complete(o, crew, c, st)
		u.Blobs = blobs
		return u, err
	})
}
