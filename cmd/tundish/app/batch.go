package app

import (
	"context"
	"time"

	"go.uber.org/zap"

	"tundish/adapters/schedule"
	"tundish/core"
	"tundish/core/assign"
)

// runBatches plans waiting work whenever one of the schedules has a slot. A slot that
// passed while no hub ran is not made up: the next one plans everything that waits.
func runBatches(ctx context.Context, clock core.Clock, crons []*schedule.Cron, a *assign.Service, log *zap.Logger) {
	if len(crons) == 0 {
		return
	}
	last := clock.Now()
	for ctx.Err() == nil {
		var next time.Time
		for _, c := range crons {
			if t := c.Next(last); !t.IsZero() && (next.IsZero() || t.Before(next)) {
				next = t
			}
		}
		if next.IsZero() {
			return
		}
		for now := clock.Now(); now.Before(next); now = clock.Now() {
			select {
			case <-ctx.Done():
				return
			case <-clock.After(next.Sub(now)):
			}
		}
		last = next
		if _, err := a.Batch(ctx); err != nil && ctx.Err() == nil {
			if core.IsKind(err, core.Conflict) {
				log.Info("another hub plans this batch")
				continue
			}
			log.Error("batch dispatch", zap.Error(err))
		}
	}
}
