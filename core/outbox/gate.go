package outbox

import (
	"context"
	"slices"
	"sync"
	"time"

	"tundish/core"
)

// aheadMost is how many lanes are claimed ahead for each that calls, at most.
const aheadMost = 2

// gate lets calls through to one target, as many at a time as its limiter says. Those who
// wait are let in by their order; lanes that have begun come before lanes just claimed,
// for their lease is older.
type gate struct {
	more chan<- struct{} // told when few are left that wait

	mu      sync.Mutex
	limit   limiter
	calling int
	begun   []*waiter
	claimed []*waiter
}

// waiter is one who waits; turn hears whether he may call or is sent away.
type waiter struct{ turn chan bool }

func (g *gate) init(ceiling int, guess time.Duration, more chan<- struct{}) {
	g.limit, g.more = newLimiter(ceiling, guess), more
}

// room is how many lanes may be claimed now: those that can call at once, and some to
// wait. They are as many as the target has served before half of their patience is used
// up, going by what a call takes, and claimed again when half of them are left.
func (g *gate) room(patience time.Duration) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	limit := g.limit.limit
	rounds := float64(patience) / float64(2*max(g.limit.typical, time.Millisecond))
	ahead := int(min(rounds, aheadMost) * float64(limit))
	waiting := g.waiting()
	if waiting > ahead/2 {
		return 0
	}
	return max(0, limit-g.calling) + ahead - waiting
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
	if g.waiting() <= g.limit.limit*aheadMost/2 {
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
