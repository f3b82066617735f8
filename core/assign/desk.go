package assign

import (
	"context"
	"errors"
	"fmt"

	"tundish/core"
	"tundish/core/life"
)

// Propose ranks crews for a dispatcher. The order stays as it is.
func (s *Service) Propose(ctx context.Context, no core.OrderNo) (core.Ranking, error) {
	o, err := s.store.Order(ctx, no)
	if err != nil {
		return core.Ranking{}, err
	}
	t, err := s.opts.Rules().Type(&o)
	if err != nil {
		return core.Ranking{}, err
	}
	if t.Family == core.Desk {
		return core.Ranking{}, core.Fail(core.Conflict, "no_visit", "", fmt.Sprintf("order %s needs no visit: a desk team answers it", no), fmt.Sprintf("工单 %s 不需上门，由坐席答复", no))
	}
	if o.Place.Point == nil {
		return core.Ranking{}, core.Fail(core.Conflict, "no_position", "", fmt.Sprintf("order %s has no coordinate yet", no), fmt.Sprintf("工单 %s 尚未定位", no))
	}
	b, err := s.Board(ctx, false)
	if err != nil {
		return core.Ranking{}, err
	}
	return s.rankFor(ctx, b, &o)
}

// Give assigns or reassigns an order on a dispatcher's word. An empty crew takes the
// best proposal. Against the proposal, or against a hard rule, a reason must be
// given as by.Remark, and is kept.
func (s *Service) Give(ctx context.Context, no core.OrderNo, crew string, by life.By) (core.WorkOrder, error) {
	if n := core.UTF16Len(by.Remark); n > core.MaxText {
		return core.WorkOrder{}, life.TooLong("reason", n)
	}
	s.one.Lock()
	defer s.one.Unlock()
	rules := s.opts.Rules()
	tries := 0
	decide := func(o core.WorkOrder) (core.Unit, error) {
		if by.Expected != 0 && by.Expected != o.Version {
			return rules.Act(o, life.Command{Expected: by.Expected}, by.Step(s.opts.Clock.Now())) // which says what is allowed now
		}
		t, err := rules.Type(&o)
		if err != nil {
			return core.Unit{}, err
		}
		if t.Family == core.Desk {
			return rules.Assign(o, core.Assignment{CrewID: crew}, core.CrewDay{}, by.Step(s.opts.Clock.Now())) // which says what may be done
		}
		b, err := s.Board(ctx, false)
		if err != nil {
			return core.Unit{}, err
		}
		rank, err := s.rankFor(ctx, b, &o)
		if err != nil {
			return core.Unit{}, err
		}
		a, chosen, err := choose(b, rank, crew, by.Remark)
		if err != nil {
			return core.Unit{}, err
		}
		if again, err := s.moved(ctx, &b, &chosen); err != nil {
			return core.Unit{}, err
		} else if again && tries < freshTries {
			tries++
			return core.Unit{}, errMoved
		}
		st := by.Step(s.opts.Clock.Now())
		a.Day, a.Minutes, a.By, a.Pinned = b.Day, t.Minutes, st.By, true
		if chosen.Route != nil {
			chosen.Route.By = st.By
		}
		return s.give(&b, o, &chosen, a, st)
	}
	for {
		o, err := rules.Decide(ctx, s.store, no, by.Step(s.opts.Clock.Now()), decide)
		if !errors.Is(err, errMoved) {
			return o, err
		}
	}
}

// choose finds the crew that was named, or the best, among the ranked.
func choose(b core.Board, rank core.Ranking, crew, reason string) (core.Assignment, core.Candidate, error) {
	refuse := func(err error) (core.Assignment, core.Candidate, error) {
		return core.Assignment{}, core.Candidate{}, err
	}
	if crew == "" {
		if len(rank.Candidates) == 0 {
			return refuse(core.Fail(core.Conflict, "no_crew", "", rank.Why.Text, rank.Why.TextZH))
		}
		best := rank.Candidates[0]
		return core.Assignment{CrewID: best.CrewID, Reason: best.Reason}, best, nil
	}
	known := false
	for _, c := range b.Crews {
		known = known || c.ID == crew
	}
	if !known {
		return refuse(core.Invalidf("unknown_crew", "crew", "there is no crew %q", "没有班组 %q", crew))
	}
	for i, c := range rank.Candidates {
		if c.CrewID != crew {
			continue
		}
		if i > 0 && reason == "" {
			return refuse(core.Invalidf("reason_required", "reason", "crew %s is proposed; say why %s should go", "建议派 %s；改派 %s 请填写原因", rank.Candidates[0].CrewID, crew))
		}
		c.Reason.Override = reason
		return core.Assignment{CrewID: crew, Reason: c.Reason}, c, nil
	}
	why := rank.Why
	for _, r := range rank.Refusals {
		if r.CrewID == crew {
			why = r.Reason
		}
	}
	if reason == "" {
		return refuse(core.Fail(core.Invalid, "reason_required", "reason",
			fmt.Sprintf("rules speak against crew %s (%s); say why it should go all the same", crew, why.Text),
			fmt.Sprintf("班组 %s 不符合规则（%s）；如仍要派请填写原因", crew, why.TextZH)))
	}
	why.Override = reason
	return core.Assignment{CrewID: crew, Reason: why}, core.Candidate{CrewID: crew}, nil
}
