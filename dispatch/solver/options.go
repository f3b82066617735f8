package solver

import (
	"fmt"
	"time"
)

// Options steer the search. The zero value is a good default.
type Options struct {
	// Seed of every random choice.
	Seed uint64
	// Iterations of ruin and recreate after the first descent: 0 takes one
	// per order, a negative number none. Without Budget and without a
	// deadline the result depends on the seed alone.
	Iterations int
	// Budget bounds the time of one Solve; 0 means none. The best plan so far
	// is returned when it is used up.
	Budget time.Duration
	// Candidates is how many seats per order the search looks at closely;
	// 0 takes 24. An order whose candidates are full looks further.
	Candidates int
	// Weights of the soft costs; the zero Weights take DefaultWeights.
	Weights Weights
}

// Weights turn units into points. All are 0 or more.
type Weights struct {
	// TravelPerSecond of driving from the crew's start to the order.
	TravelPerSecond int
	// UrgentTravelPerSecond replaces it for urgent orders, where minutes on
	// the road count for more than an even workload.
	UrgentTravelPerSecond int
	// LatenessPerSecond past ArriveBy or FinishBy, whichever is worse.
	LatenessPerSecond int
	// WorkloadPerMinute is the price of one more minute of work for a crew
	// that is exactly full; it grows from 0 in proportion to the load. With
	// the default a minute given to a full crew is worth a minute of driving.
	WorkloadPerMinute int
}

// DefaultWeights: one point is one second of driving; being late counts ten
// times as much, the way to an urgent order four times.
func DefaultWeights() Weights {
	return Weights{
		TravelPerSecond:       1,
		UrgentTravelPerSecond: 4,
		LatenessPerSecond:     10,
		WorkloadPerMinute:     60,
	}
}

const (
	defaultCandidates    = 24
	defaultDetourPercent = 130
	defaultMetresPerHour = 25_000
	maxWeight            = 100_000
)

func (o Options) filled() (Options, error) {
	if o.Weights == (Weights{}) {
		o.Weights = DefaultWeights()
	}
	if o.Candidates == 0 {
		o.Candidates = defaultCandidates
	}
	if o.Candidates < 0 {
		return o, fmt.Errorf("solver options: candidates is %d; give 1 or more, or 0 for %d", o.Candidates, defaultCandidates)
	}
	if o.Budget < 0 {
		return o, fmt.Errorf("solver options: budget is %v; give 0 for no limit or a positive time", o.Budget)
	}
	for _, w := range []struct {
		name  string
		value int
	}{
		{"travel per second", o.Weights.TravelPerSecond},
		{"urgent travel per second", o.Weights.UrgentTravelPerSecond},
		{"lateness per second", o.Weights.LatenessPerSecond},
		{"workload per minute", o.Weights.WorkloadPerMinute},
	} {
		if w.value < 0 || w.value > maxWeight {
			return o, fmt.Errorf("solver options: weight %s is %d; give 0 to %d", w.name, w.value, maxWeight)
		}
	}
	return o, nil
}

func (t Travel) filled() Travel {
	if t.DetourPercent == 0 {
		t.DetourPercent = defaultDetourPercent
	}
	if t.MetresPerHour == 0 {
		t.MetresPerHour = defaultMetresPerHour
	}
	return t
}
