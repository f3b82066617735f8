package outbox

import (
	"math/rand/v2"
	"testing"
	"time"

	"tundish/core"
)

// serve lets n calls pass, as many at a time as the limit says.
func (l *limiter) serve(n int, took func(calling int) time.Duration, s sign) {
	now := time.Unix(0, 0)
	for range n {
		d := took(l.limit)
		now = now.Add(d / time.Duration(l.limit))
		l.learn(now, core.TellStatus, d, s, l.limit)
	}
}

func steady(d time.Duration) func(int) time.Duration {
	return func(int) time.Duration { return d/2 + rand.N(d) }
}

func TestASteadyTargetKeepsItsCeiling(t *testing.T) {
	for _, d := range []time.Duration{time.Millisecond, 20 * time.Millisecond, 50 * time.Millisecond, 5 * time.Second} {
		l := newLimiter(64, 30*time.Second)
		l.serve(20_000, steady(d), answered)
		if l.limit != 64 {
			t.Errorf("calls of %s: limit %d, want 64", d, l.limit)
		}
		// One that hangs is not a trend.
		l.serve(1, steady(10*time.Minute), answered)
		l.serve(200, steady(d), answered)
		if l.limit != 64 {
			t.Errorf("calls of %s, and one that took minutes: limit %d, want 64", d, l.limit)
		}
	}
}

func TestOverloadHalvesTheLimitOncePerRoundAndItCreepsUpAgain(t *testing.T) {
	l := newLimiter(64, time.Second)
	l.serve(200, steady(20*time.Millisecond), answered)
	for range 64 { // all that were under way say so
		l.learn(time.Unix(10, 0), core.TellStatus, time.Millisecond, overloaded, 64)
	}
	if l.limit != 32 {
		t.Errorf("limit %d after one round of overload, want 32", l.limit)
	}
	l.serve(1000, steady(20*time.Millisecond), overloaded)
	if l.limit != 1 {
		t.Errorf("limit %d after much overload, want 1", l.limit)
	}
	l.serve(100, steady(20*time.Millisecond), answered)
	if l.limit < 5 || l.limit > 20 {
		t.Errorf("limit %d after 100 good calls: it should creep", l.limit)
	}
	l.serve(5000, steady(20*time.Millisecond), answered)
	if l.limit != 64 {
		t.Errorf("limit %d after 5000 good calls, want 64", l.limit)
	}
}

// A target that works one call off after the other answers as fast whether it has few or
// many of them waiting.
func TestLatencyThatRisesWithTheLoadLowersTheLimit(t *testing.T) {
	queueing := func(calling int) time.Duration { return time.Duration(calling) * 10 * time.Millisecond }
	l := newLimiter(64, time.Second)
	l.learn(time.Unix(0, 0), core.TellStatus, 10*time.Millisecond, answered, 1)
	l.serve(2000, queueing, answered)
	if l.limit != 16 {
		t.Errorf("limit %d, want a quarter of the ceiling", l.limit)
	}
	// It was given more processors.
	l.serve(5000, steady(10*time.Millisecond), answered)
	if l.limit != 64 {
		t.Errorf("limit %d once it is fast again, want 64", l.limit)
	}
}

func TestASlowKindOfMessageIsNotOverload(t *testing.T) {
	l := newLimiter(64, time.Second)
	now := time.Unix(0, 0)
	for i := range 5000 {
		kind, took := core.TellStatus, 10*time.Millisecond
		if i%1000 > 500 {
			kind, took = core.TellResult, 800*time.Millisecond // photos
		}
		l.learn(now, kind, took/2+rand.N(took), answered, l.limit)
	}
	if l.limit != 64 {
		t.Errorf("limit %d, want 64", l.limit)
	}
}

func TestAFloorIsForgotten(t *testing.T) {
	l := newLimiter(8, time.Second)
	now := time.Unix(0, 0)
	calls := func(d, took time.Duration) {
		for end := now.Add(d); now.Before(end); now = now.Add(took) {
			l.learn(now, core.TellStatus, took, answered, l.limit)
		}
	}
	calls(time.Minute, 20*time.Millisecond)
	calls(3*time.Minute, 200*time.Millisecond)
	if l.limit != 2 {
		t.Errorf("limit %d in the first minutes of slowness, want 2", l.limit)
	}
	calls(15*time.Minute, 200*time.Millisecond)
	if l.limit != 8 {
		t.Errorf("limit %d when slow has become its way, want 8", l.limit)
	}
}

func TestTurnsComeInOrderAndThoseWhoHaveBegunGoFirst(t *testing.T) {
	var g gate
	g.init(1, time.Second)
	ctx := t.Context()
	latest := time.Now().Add(time.Minute)
	if !g.enter(ctx, latest, g.line(false)) {
		t.Fatal("nobody is there")
	}
	order := make(chan string, 3)
	wait := func(name string, begun bool, waiting int) {
		go func() {
			if g.enter(ctx, latest, g.line(begun)) {
				order <- name
				g.unused()
			}
		}()
		for g.traffic().Waiting < waiting {
			time.Sleep(time.Millisecond)
		}
	}
	wait("new", false, 1)
	wait("newer", false, 2)
	wait("begun", true, 3)
	g.leave(core.TellStatus, time.Millisecond, answered)
	for _, want := range []string{"begun", "new", "newer"} {
		if got := <-order; got != want {
			t.Errorf("%s came, want %s", got, want)
		}
	}
}
