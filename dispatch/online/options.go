package online

import (
	"fmt"
	"math"

	"tundish/dispatch/route"
)

// Options of a Board.
type Options struct {
	Metric  route.Metric
	Weights Weights
	// MaxDisplaced is how many stops that are neither pinned nor published one urgent order
	// may push out of the crew's route, 0 to 8. Whatever is pushed out, no more than two
	// routes change.
	MaxDisplaced int
}

// Weights turn what an assignment costs into points. A point is a tick of way.
type Weights struct {
	// Arrival is what each tick costs until the work on an urgent order begins, 1 or more.
	Arrival int64
	// Balance is what a tick of work costs for a crew whose day is just full, in hundredths
	// of a point, as in route.Options; 0: even workload is worth nothing.
	Balance int64
	// Displaced is what each stop pushed out by an urgent order costs, 0 or more.
	Displaced int64
	// Change is what it costs to give published work to another crew, 0 or more.
	Change int64
}

// DefaultWeights: a minute until an urgent order is begun is worth four minutes of way,
// and a stop pushed out an hour.
func DefaultWeights(ticksPerMinute int64) Weights {
	return Weights{Arrival: 4, Balance: 50, Displaced: 60 * ticksPerMinute, Change: 30 * ticksPerMinute}
}

const (
	maxPushed = 8
	maxWeight = 1 << 30
)

func (o Options) check() error {
	if !(o.Metric.Ticks > 0) || math.IsInf(o.Metric.Ticks, 0) {
		return fmt.Errorf("online options: a unit of way takes %v ticks; give a number above 0", o.Metric.Ticks)
	}
	if o.MaxDisplaced < 0 || o.MaxDisplaced > maxPushed {
		return fmt.Errorf("online options: max displaced is %d; give 0 to %d", o.MaxDisplaced, maxPushed)
	}
	w := o.Weights
	for _, v := range []struct {
		name              string
		value, least, max int64
	}{
		{"arrival", w.Arrival, 1, 1000},
		{"balance", w.Balance, 0, 100_000},
		{"displaced", w.Displaced, 0, maxWeight},
		{"change", w.Change, 0, maxWeight},
	} {
		if v.value < v.least || v.value > v.max {
			return fmt.Errorf("online options: weight %s is %d; give %d to %d", v.name, v.value, v.least, v.max)
		}
	}
	return nil
}
