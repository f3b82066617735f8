package outbox

import (
	"time"

	"tundish/core"
)

// limiter finds out how many calls at a time do a target good.
//
// It is additive increase, multiplicative decrease (AIMD: Chiu and Jain, 1989; RFC 5681
// for TCP) with latency as a second sign, as the gradient limit of Netflix'
// concurrency-limits has it (github.com/Netflix/concurrency-limits). A round is as many
// calls as may be under way at a time.
//
//   - A sign of overload (HTTP 429, 503, a time-out) halves the limit at once, down to
//     one; what else the calls say that were under way then is not heard again.
//   - A round whose calls took on average more than three times the least that their kind
//     of message took lately shrinks it in that proportion, by half at most. A slow
//     target may be slow for other reasons than us, so this goes down to a quarter of
//     the ceiling only. Below 15 ms nothing counts as slow.
//   - Any other round that used the limit to the full raises it by one, up to the ceiling.
//
// It begins at the ceiling: a setting is what the target's people agreed to.
type limiter struct {
	ceiling, limit int
	typical        time.Duration // what a call takes: the mean of the first calls, then smoothed
	heard          int           // calls in typical, up to smoothing
	floors         map[core.WriteBackKind]*floor

	left   int     // calls of this round to come
	slow   float64 // sum over its answers: times their floor
	judged int     // its answers
	full   bool    // all turns were in use
	halved bool    // it hears no more signs of overload
}

// sign is what an attempt says of the target's load.
type sign uint8

const (
	silent     sign = iota // nothing
	answered               // it did its work; how long it took counts
	overloaded             // it cannot keep up
)

func signOf(dl *core.Delivery) sign {
	switch {
	case dl.Overloaded || dl.Outcome == core.UnknownOutcome:
		return overloaded
	case dl.Outcome == core.TryLater || dl.Outcome == core.NotSent:
		return silent
	}
	return answered
}

const (
	tolerated  = 3.0 // times the floor
	extreme    = 6.0 // times the floor counts no call for more: one that hangs is not a trend
	leastRound = 8   // calls; less would judge by chance
	quick      = 5 * time.Millisecond
	smoothing  = 8               // calls
	recent     = 5 * time.Minute // a floor is forgotten after one to two times this
)

// newLimiter starts at the ceiling; guess is what a call takes until it is known better.
func newLimiter(ceiling int, guess time.Duration) limiter {
	l := limiter{ceiling: ceiling, limit: ceiling, typical: guess, floors: map[core.WriteBackKind]*floor{}}
	l.begin()
	return l
}

func (l *limiter) begin() {
	l.left, l.slow, l.judged, l.full, l.halved = max(l.limit, leastRound), 0, 0, false, false
}

// learn takes in one call; calling are those under way, with this one.
func (l *limiter) learn(now time.Time, kind core.WriteBackKind, took time.Duration, s sign, calling int) {
	l.heard = min(l.heard+1, smoothing)
	l.typical += (took - l.typical) / time.Duration(l.heard)
	l.full = l.full || calling >= l.limit
	switch s {
	case answered:
		f := l.floors[kind]
		if f == nil {
			f = &floor{since: now}
			l.floors[kind] = f
		}
		least := max(f.learn(now, took), quick)
		l.slow += min(float64(took)/float64(least), extreme)
		l.judged++
	case overloaded:
		if !l.halved {
			l.limit = max(1, l.limit/2)
			l.begin()
			l.halved, l.left = true, calling
		}
	}
	if l.left--; l.left > 0 {
		return
	}
	times := 1.0
	if l.judged > 0 {
		times = l.slow / float64(l.judged)
	}
	switch {
	case l.halved:
	case times > tolerated:
		least := min(l.limit, max(1, l.ceiling/4))
		l.limit = max(least, int(float64(l.limit)*max(0.5, tolerated/times)))
	case l.full:
		l.limit = min(l.ceiling, l.limit+1)
	}
	l.begin()
}

// floor is the least that calls took lately: a minimum over two stretches of time, of
// which the older is forgotten when the younger is full.
type floor struct {
	since      time.Time
	this, last time.Duration // 0: none yet
}

func (f *floor) learn(now time.Time, took time.Duration) time.Duration {
	took = max(took, 1)
	if now.Sub(f.since) > recent {
		f.since, f.last, f.this = now, f.this, 0
	}
	if f.this == 0 || took < f.this {
		f.this = took
	}
	if f.last == 0 {
		return f.this
	}
	return min(f.this, f.last)
}
