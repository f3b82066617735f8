package outbox

import (
	"sync"
	"time"

	"tundish/core"
)

// breaker leaves a target alone that failed several times in a row, and lets one
// lane through now and then to see whether it is well again.
type breaker struct {
	after int
	open  time.Duration

	mu     sync.Mutex
	failed int
	until  time.Time
}

// allow tells how many of want lanes may be claimed now, and in how long to ask
// again when none may.
func (b *breaker) allow(now time.Time, want int) (n int, in time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case want <= 0:
		return 0, 0
	case b.failed < b.after:
		return want, 0
	case now.Before(b.until):
		return 0, b.until.Sub(now)
	}
	// Half open: one probe at a time. A probe that finds no lane to claim is asked
	// for again after a while, so the gate is only narrowed, never shut.
	b.until = now.Add(b.open)
	return 1, 0
}

// turn is a change of a target's health, worth one line to a person.
type turn uint8

const (
	same turn = iota
	wentBad
	wellAgain
)

// record counts what became of an attempt. A refusal is an answer: the target is well.
func (b *breaker) record(now time.Time, o core.DeliveryOutcome) turn {
	b.mu.Lock()
	defer b.mu.Unlock()
	if o != core.TryLater && o != core.UnknownOutcome {
		was := b.failed
		b.failed = 0
		if was >= b.after {
			return wellAgain
		}
		return same
	}
	b.failed++
	if b.failed >= b.after {
		b.until = now.Add(b.open)
	}
	if b.failed == b.after {
		return wentBad
	}
	return same
}
