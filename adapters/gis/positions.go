package gis

import (
	"context"
	"fmt"
	"time"

	"tundish/adapters/soap"
	"tundish/adapters/standard"
	"tundish/core"
	wire "tundish/wsdl/gis"
)

// Crews is what positions need of the store.
type Crews interface {
	core.Committer
	Crews(ctx context.Context) ([]core.Crew, error)
}

// Positions are where crew positions go.
type Positions struct {
	Store Crews
	Clock core.Clock
}

// Bounds of a report.
const (
	mostPositions = 1000
	// ahead is how far a crew's device may run before the hub's clock.
	ahead = 5 * time.Minute
)

func (p *Positions) report(ctx context.Context, s *standard.System, q *wire.ReportCrewPositions) (*wire.ReportCrewPositionsResponse, error) {
	if n := len(q.Position); n > mostPositions {
		return nil, core.Invalidf("invalid_message", "Position", "%d positions; at most %d are taken at a time", "位置 %d 条，一次最多 %d 条", n, mostPositions)
	}
	crews, err := p.Store.Crews(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the crews: %w", err)
	}
	known := make(map[string]time.Time, len(crews))
	for i := range crews {
		known[crews[i].ID] = crews[i].PositionAt
	}
	answer := &wire.ReportCrewPositionsResponse{}
	var u core.Unit
	for i := range q.Position {
		v := &q.Position[i]
		c, err := p.take(s, known, v)
		if core.CodeOf(err) == "unknown_code" {
			return nil, standard.Under("Position", err) // the whole report is in a system nobody knows
		}
		if err != nil {
			answer.Refused = append(answer.Refused, refused(s, v.CrewId, err))
			continue
		}
		u.Positions = append(u.Positions, c)
		known[c.CrewID] = c.At
	}
	answer.Taken = int32(len(u.Positions))
	if len(u.Positions) == 0 {
		return answer, nil
	}
	if x := soap.ExchangeOf(ctx); x != nil {
		u.Messages = []core.LoggedMessage{standard.Logged(x)}
		x.Stored = true
	}
	if err := p.Store.Commit(ctx, u)[0].Error(); err != nil {
		return nil, err
	}
	return answer, nil
}

// take converts one position, or says why it cannot be right. known holds when each crew
// was seen last.
func (p *Positions) take(s *standard.System, known map[string]time.Time, v *wire.CrewPosition) (core.CrewPosition, error) {
	c := core.CrewPosition{CrewID: v.CrewId, At: v.At.Time(s.Zone).UTC()}
	var err error
	c.Point, err = s.Point(&v.Coordinate, "Coordinate")
	last, ok := known[c.CrewID]
	switch now := p.Clock.Now(); {
	case core.CodeOf(err) == "unknown_code":
		return c, err
	case !ok:
		return c, core.Invalidf("unknown_crew", "CrewId", "no crew %q is known", "没有班组 %q", v.CrewId)
	case c.At.After(now.Add(ahead)):
		return c, core.Invalidf("in_future", "At", "%s lies ahead of the hub's clock, which shows %s", "%s 晚于枢纽时钟 %s", v.At, s.Time(now))
	case !last.IsZero() && !c.At.After(last):
		return c, core.Invalidf("too_old", "At", "a later position is known, of %s", "已有更新的位置，时间 %s", s.Time(last))
	}
	return c, err
}

func refused(s *standard.System, crew string, err error) wire.RefusedPosition {
	r := wire.RefusedPosition{CrewId: crew, Code: core.CodeOf(err), Message: standard.Remark(err.Error())}
	if e, ok := err.(*core.Error); ok && s.Language == soap.Chinese {
		r.Message = standard.Remark(e.MessageZH)
	}
	return r
}
