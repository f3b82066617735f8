package assign

import (
	"cmp"
	"context"
	"slices"
	"time"

	"go.uber.org/zap"

	"tundish/core"
)

var waiting = []core.Phase{core.Received, core.Acceptance, core.Approval, core.Dispatching}

// atLeast so many orders are asked about before a sweep begins anew, so that the rest
// gets its turn however often it is woken.
const atLeast = 16

// locateAll goes over everything that waits for a coordinate, the most urgent first,
// and begins anew when it is woken: an emergency does not wait behind a morning's pull.
func (s *Service) locateAll(ctx context.Context) error {
	q := core.OrderQuery{Phases: waiting, WithoutPoint: true, Limit: pageSize}
	for ctx.Err() == nil {
		page, err := s.store.Orders(ctx, q)
		if err != nil {
			return err
		}
		slices.SortStableFunc(page, func(a, b core.WorkOrder) int {
			return cmp.Compare(slices.Index(core.Urgencies(), a.Urgency), slices.Index(core.Urgencies(), b.Urgency))
		})
		last, woken := core.OrderNo(""), false
		for i, o := range page {
			last = max(last, o.No)
			s.try(ctx, o, s.locate)
			if i%atLeast != atLeast-1 {
				continue
			}
			select {
			case <-s.unlocated:
				woken = true
			default:
			}
			if woken || ctx.Err() != nil {
				break
			}
		}
		switch {
		case woken:
			q.After = ""
		case len(page) < q.Limit:
			return nil
		default:
			q.After = last
		}
	}
	return ctx.Err()
}

// locate finds a coordinate, or falls back to the district's centroid when the GIS
// stays away or does not know.
func (s *Service) locate(ctx context.Context, o core.WorkOrder) error {
	rules := s.opts.Rules()
	t, err := rules.Type(&o)
	if err != nil || t.Family == core.Desk {
		return err
	}
	place, err := s.find(ctx, &o)
	if unreachable(err) {
		waited := s.opts.Clock.Now().Sub(o.ReceivedAt)
		if t.Mode(o.Urgency) != core.DispatchAuto && o.Urgency != core.Emergency && waited < s.opts.LocateFor {
			return nil // the GIS may be back in a moment
		}
	}
	remark := ""
	if err != nil {
		p, ok := s.opts.Centroids[o.Place.District]
		if !ok {
			p = s.opts.Centre
		}
		place = core.Place{Point: &p, PointSource: core.PointFromCentroid}
		remark = "the GIS could not locate it; the centroid of the district stands in 未能定位，暂用区域中心点"
		s.opts.Log.Warn("located by centroid", zap.String("order", string(o.No)), zap.Error(err))
	}
	o, err = rules.Decide(ctx, s.store, o.No, s.step("system:gis", remark), func(o core.WorkOrder) (core.Unit, error) {
		if o.Place.Point != nil {
			return core.Unit{}, errSettled
		}
		return rules.Locate(o, place, s.step("system:gis", remark))
	})
	if ok, _ := atOnce(rules, &o); ok && err == nil {
		signal(s.wake)
	}
	return settled(err)
}

// find asks the GIS, but not again at once after it could not be reached: otherwise
// every order of a long list would wait for a time-out of its own.
func (s *Service) find(ctx context.Context, o *core.WorkOrder) (core.Place, error) {
	if s.opts.Locator == nil {
		return core.Place{}, core.Fail(core.NotFound, "no_locator", "", "no GIS is connected", "未连接 GIS")
	}
	if time.Now().Before(s.away) {
		return core.Place{}, core.Fail(core.Unavailable, "gis_away", "", "the GIS could not be reached a moment ago", "GIS 暂时无法访问")
	}
	place, err := s.opts.Locator.Locate(ctx, o)
	switch {
	case unreachable(err):
		s.away = time.Now().Add(s.opts.Poll)
	case err == nil && place.Point == nil:
		err = core.Fail(core.NotFound, "not_located", "", "the GIS gave no coordinate", "GIS 未返回坐标")
	}
	return place, err
}

func unreachable(err error) bool {
	return core.IsKind(err, core.Unavailable) || core.IsKind(err, core.OutcomeUnknown)
}
