package assign

import (
	"context"
	"time"

	"tundish/core"
	"tundish/core/life"
)

// Explanation is why an order is where it is: as it was decided, and as things stand.
type Explanation struct {
	Order core.OrderNo `json:"order"`
	Phase core.Phase   `json:"phase"`
	// Assignment and Unassigned are what was decided, with the terms of its cost, who came second, and which
	// rules stopped whom.
	Assignment *core.Assignment `json:"assignment,omitempty"`
	Unassigned *core.Reason     `json:"unassigned,omitempty"`
	// Stored is its place in the crew's route as that was planned; nil: it was given without one.
	Stored *Place `json:"stored,omitempty"`
	// Expected is its place as the crew's day looks now; nil: no crew has it.
	Expected *Place `json:"expected,omitempty"`
	// Now ranks the crews as things stand, for an order that waits for one, or that could still go to
	// another; NotNow says why nobody is ranked.
	Now    *core.Ranking `json:"now,omitempty"`
	NotNow *core.Reason  `json:"not_now,omitempty"`
}

// Place is where in a crew's day an order stands.
type Place struct {
	CrewID   string    `json:"crew_id"`
	Position int       `json:"position"` // from 1
	Of       int       `json:"of"`
	BeginAt  time.Time `json:"begin_at"` // the crew being there
	// After and Before are its neighbours, "" at the ends.
	After  core.OrderNo `json:"after,omitempty"`
	Before core.OrderNo `json:"before,omitempty"`
	MadeAt time.Time    `json:"made_at"`
	By     string       `json:"by,omitempty"`
}

func placeIn(r *core.CrewRoute, crew string, no core.OrderNo) *Place {
	k := r.Position(no)
	if k == 0 {
		return nil
	}
	p := &Place{CrewID: crew, Position: k, Of: len(r.Stops), BeginAt: r.Stops[k-1].BeginAt, MadeAt: r.MadeAt, By: r.By}
	if k > 1 {
		p.After = r.Stops[k-2].Order
	}
	if k < len(r.Stops) {
		p.Before = r.Stops[k].Order
	}
	return p
}

// Explain answers from what was stored and from how things stand. The order stays as it is.
func (s *Service) Explain(ctx context.Context, no core.OrderNo) (Explanation, error) {
	o, err := s.store.Order(ctx, no)
	if err != nil {
		return Explanation{}, err
	}
	e := Explanation{Order: o.No, Phase: o.Phase, Assignment: o.Assignment, Unassigned: o.Unassigned}
	if o.Assignment != nil { // what the crew told another hub counts, too
		s.live.forget(o.Assignment.CrewID)
	}
	b, err := s.Board(ctx, false)
	if err != nil {
		return e, err
	}
	if a := o.Assignment; a != nil {
		days, err := s.store.CrewDays(ctx, a.Day)
		if err != nil {
			return e, err
		}
		for _, d := range append(days, b.Days[a.CrewID]) { // today's, if it was left from the day before
			if d.CrewID == a.CrewID && d.Route.Position(no) > 0 {
				e.Stored = placeIn(d.Route, a.CrewID, no)
			}
		}
		if life.Loads(&o) {
			e.Expected = placeIn(s.opts.Planner.Timetable(b, a.CrewID), a.CrewID, no)
		}
	}
	switch {
	case o.Phase != core.Dispatching && o.Phase != core.Acceptance && (o.Phase != core.Field || o.Assignment == nil || o.Assignment.State != core.FieldAssigned):
		return e, nil // who could take it now is nobody's question any more
	case o.Place.Point == nil:
		e.NotNow = &core.Reason{Text: "it has no coordinate yet", TextZH: "尚未定位"}
		return e, nil
	}
	rank, err := s.rankFor(ctx, b, &o)
	if err != nil {
		return e, err
	}
	e.Now = &rank
	return e, nil
}

// rankFor ranks every crew for an order, as if it was with nobody.
func (s *Service) rankFor(ctx context.Context, b core.Board, o *core.WorkOrder) (core.Ranking, error) {
	t, err := s.opts.Rules().Type(o)
	if err != nil {
		return core.Ranking{}, err
	}
	b.Everybody = true
	return s.opts.Planner.Rank(ctx, ofDepot(b.Without(o.No), o), o, t), nil
}
