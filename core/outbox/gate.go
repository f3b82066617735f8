package outbox

import (
	"context"
	"slices"
	"sync"
	"time"

	"tundish/core"
)

// For each lane that calls, so many are claimed ahead: as many as call while a claim takes
// its time, twice over, and at least aheadLeast.
const aheadLeast, aheadMost = 2, 8

// gate lets calls through to one target, as many at a time as its limiter says. Those who
// wait are let in by their order; lanes that have begun come before lanes just claimed,
// for their lease is older.
//
// A lane stands in line from the moment it was claimed, before its goroutine runs: so whoever
// claims next sees the room that is left, however fast that goroutine is.
type gate struct {
	mu      sync.Mutex
	limit   limiter
	ahead   int // lanes that should wait
	calling int
	begun   []*waiter
	claimed []*waiter
}

// waiter is one who waits; turn hears whether he may call or is sent away.
type waiter struct{ turn chan bool }

func (g *gate) init(ceiling int, guess time.Duration) { g.limit = newLimiter(ceiling, guess) }

// room is how many lanes may be claimed now, when a claim takes so long: those that can
// call at once, and some to wait, but no more than the target has served before half of
// their patience is used up. They are claimed again when half of them are left.
func (g *gate) room(claim, patience time.Duration) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	call := float64(max(g.limit.typical, time.Millisecond))
	rounds := min(max(aheadLeast, 2*float64(claim)/call), aheadMost, float64(patience)/2/call)
	g.ahead = int(rounds * float64(g.limit.limit))
	if g.waiting() > g.ahead/2 {
		return 0
	}
	return max(0, g.limit.limit-g.calling) + g.ahead - g.waiting()
}

func (g *gate) waiting() int { return len(g.begun) + len(g.claimed) }

// line gives a lane its place: it may call at once, or waits. begun lanes go before those
// just claimed. Who stands in line must come to enter or withdraw.
func (g *gate) line(begun bool) *waiter {
	g.mu.Lock()
	defer g.mu.Unlock()
	w := &waiter{turn: make(chan bool, 1)}
	switch {
	case g.calling < g.limit.limit && g.waiting() == 0:
		g.calling++
		w.turn <- true
	case begun:
		g.begun = append(g.begun, w)
	default:
		g.claimed = append(g.claimed, w)
	}
	return w
}

// enter waits for a turn to call, but not after latest. Who may call must leave again.
func (g *gate) enter(ctx context.Context, latest time.Time, w *waiter) bool {
	select {
	case ok := <-w.turn: // mostly
		return ok
	default:
	}
	timer := time.NewTimer(time.Until(latest))
	defer timer.Stop()
	select {
	case ok := <-w.turn:
		return ok
	case <-ctx.Done():
	case <-timer.C:
	}
	select {
	case ok := <-w.turn: // it came at the same moment
		return ok
	default:
	}
	g.withdraw(w)
	return false
}

// withdraw gives a place in line up, or the turn if it has come.
func (g *gate) withdraw(w *waiter) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, line := range []*[]*waiter{&g.begun, &g.claimed} {
		if i := slices.Index(*line, w); i >= 0 {
			*line = slices.Delete(*line, i, i+1)
			return
		}
	}
	if <-w.turn {
		g.calling--
		g.next()
	}
}

// leave ends a call and lets the limiter learn from it.
func (g *gate) leave(kind core.WriteBackKind, took time.Duration, s sign) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.limit.learn(time.Now(), kind, took, s, g.calling)
	g.calling--
	g.next()
}

// unused gives a turn back that was not used.
func (g *gate) unused() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.calling--
	g.next()
}

// next lets in as many as may call now.
func (g *gate) next() {
	for g.calling < g.limit.limit && g.waiting() > 0 {
		line := &g.claimed
		if len(g.begun) > 0 {
			line = &g.begun
		}
		w := (*line)[0]
		(*line)[0] = nil
		*line = (*line)[1:]
		g.calling++
		w.turn <- true
	}
}

// dismiss sends everybody away who waits.
func (g *gate) dismiss() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, w := range slices.Concat(g.begun, g.claimed) {
		w.turn <- false
	}
	g.begun, g.claimed = nil, nil
}

func (g *gate) traffic() Traffic {
	g.mu.Lock()
	defer g.mu.Unlock()
	return Traffic{Limit: g.limit.limit, Ceiling: g.limit.ceiling, Calling: g.calling, Waiting: g.waiting()}
}
