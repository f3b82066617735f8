package app

import (
	"context"
	"sync/atomic"

	"go.uber.org/zap"

	"tundish/adapters/osrm"
	"tundish/core"
	"tundish/core/assign"
	"tundish/dispatch"
)

// planner turns the settings into the planner's options.
func (s *Settings) planner(log *zap.Logger) (dispatch.Options, error) {
	d := s.Config.Dispatch
	o := dispatch.Options{
		Travel:        dispatch.Travel{Detour: d.Travel.Detour, SpeedKMH: d.Travel.SpeedKMH},
		Weights:       dispatch.Weights{TravelPerSecond: d.Weights.Travel, UrgentTravelPerSecond: d.Weights.UrgentTravel, LatenessPerSecond: d.Weights.Lateness, WorkloadPerMinute: d.Weights.Workload, Disturbance: d.Weights.Disturbance, Displaced: d.Weights.Displaced},
		MostDisplaced: d.Displace, Fill: d.Horizon.Share, Budget: d.Budget, Seed: d.Seed,
	}
	for _, p := range d.Travel.Periods {
		o.Travel.Periods = append(o.Travel.Periods, dispatch.Period{From: int(p.From.V), To: int(p.To.V), Percent: max(1, int(p.Factor.V*100+0.5)), Workdays: p.Workdays})
	}
	if r := d.Travel.OSRM; r.URL.V != "" {
		client, err := osrm.New(osrm.Options{URL: r.URL.V, Profile: r.Profile, Timeout: r.Timeout, Keep: r.Cache, Rest: r.Rest})
		if err != nil {
			return o, err
		}
		o.Router = &roads{client: client, log: log}
	}
	return o, nil
}

// horizon is how far ahead days are planned.
func (s *Settings) horizon() assign.Horizon {
	h := s.Config.Dispatch.Horizon
	return assign.Horizon{Days: h.Days, Frozen: h.Frozen}
}

// roads says once that the routing service is away, and once that it is back.
type roads struct {
	client *osrm.Client
	log    *zap.Logger
	away   atomic.Bool
}

// Table asks the service.
func (r *roads) Table(ctx context.Context, places []core.Point) ([]int32, error) {
	ways, err := r.client.Table(ctx, places)
	switch {
	case ctx.Err() != nil: // whoever asked has gone
	case err != nil:
		if !r.away.Swap(true) {
			r.log.Error("the routing service does not answer; ways are straight lines until it does", zap.Error(err))
		}
	case r.away.Swap(false):
		r.log.Info("the routing service answers again")
	}
	return ways, err
}
