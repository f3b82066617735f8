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
type gate struct {
	more chan<- struct{} // told when few are left that wait

	mu      sync.Mutex
	limit   limiter
	ahead   int // lanes that should wait
	calling int
	begun   []*waiter
	claimed []*waiter
}

// waiter is one who waits; turn hears whether he may call or is sent away.
type waiter struct{ turn chan bool }

func (g *gate) init(ceiling int, guess time.Duration, more chan<- struct{}) {
	g.limit, g.more = newLimiter(ceiling, guess), more
}

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

// enter waits for a turn to call, but not after latest. Who may call must leave again.
func (g *gate) enter(ctx context.Context, latest time.Time, begun bool) bool {
	g.mu.Lock()
	if g.calling < g.limit.limit && g.waiting() == 0 {
		g.calling++
		g.mu.Unlock()
		return true
	}
	w := &waiter{turn: make(chan bool, 1)}
	line := &g.claimed
	if begun {
		line = &g.begun
	}
	*line = append(*line, w)
	g.mu.Unlock()
	timer := time.NewTimer(time.Until(latest))
	defer timer.Stop()
	select {
	case ok := <-w.turn:
		return ok
	case <-ctx.Done():
	case <-timer.C:
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if i := slices.Index(*line, w); i >= 0 {
		*line = slices.Delete(*line, i, i+1)
	} else if <-w.turn { // it came at the same moment
		g.calling--
		g.next()
	}
	return false
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
	if g.waiting() <= g.ahead/2 {
		signal(g.more)
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
