package core

import "time"

// Clock tells the hub's time. Decisions take an instant; those who decide when to
// decide take a Clock, which a demo speeds up and a test stops.
type Clock interface {
	Now() time.Time
	// After fires once d has passed on this clock.
	After(d time.Duration) <-chan time.Time
}

// SystemClock is the machine's clock.
type SystemClock struct{}

// Now is time.Now.
func (SystemClock) Now() time.Time { return time.Now() }

// After is time.After.
func (SystemClock) After(d time.Duration) <-chan time.Time { return time.After(d) }

// ScaledClock runs Speed times as fast as the machine's clock and showed Origin
// when the machine's clock showed Anchor. Processes that are started with the same
// three values agree on the time.
type ScaledClock struct {
	Origin time.Time
	Anchor time.Time
	Speed  float64
}

// Now is the scaled instant.
func (c ScaledClock) Now() time.Time {
	return c.Origin.Add(time.Duration(float64(time.Since(c.Anchor)) * c.Speed))
}

// After waits for d of scaled time.
func (c ScaledClock) After(d time.Duration) <-chan time.Time {
	return time.After(time.Duration(float64(d) / c.Speed))
}
