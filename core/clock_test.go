package core_test

import (
	"testing"
	"testing/synctest"
	"time"

	"tundish/core"
)

func TestAScaledClockRunsAsFastAsItSays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		origin := time.Date(2026, 5, 11, 5, 30, 0, 0, time.UTC)
		c := core.ScaledClock{Origin: origin, Anchor: time.Now(), Speed: 1200}
		if got := c.Now(); !got.Equal(origin) {
			t.Errorf("at its anchor it shows %v, want %v", got, origin)
		}
		before := time.Now()
		<-c.After(20 * time.Minute)
		if real := time.Since(before); real != time.Second {
			t.Errorf("20 minutes took %v, want a second", real)
		}
		if got, want := c.Now(), origin.Add(20*time.Minute); !got.Equal(want) {
			t.Errorf("it shows %v, want %v", got, want)
		}
		// A process that starts later with the same three values agrees.
		if late := (core.ScaledClock{Origin: c.Origin, Anchor: c.Anchor, Speed: c.Speed}); !late.Now().Equal(c.Now()) {
			t.Error("two processes disagree on the time")
		}
	})
}

func TestAScaledClockBeforeItsAnchorShowsTheTimeBeforeItsOrigin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		origin := time.Date(2026, 5, 11, 5, 30, 0, 0, time.UTC)
		c := core.ScaledClock{Origin: origin, Anchor: time.Now().Add(time.Second), Speed: 60}
		if got, want := c.Now(), origin.Add(-time.Minute); !got.Equal(want) {
			t.Errorf("it shows %v, want %v", got, want)
		}
	})
}
