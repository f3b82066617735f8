package outbox

import (
	"sync"
	"time"

	"tundish/core"
)

// Health is what a target's breaker makes of it.
type Health string

const (
	Well    Health = "well"
	Resting Health = "resting" // it answers, and asked to be left alone for a while
	Bad     Health = "bad"     // it failed several times in a row and is left alone
	Probing Health = "probing" // it is bad, and one lane finds out whether it still is
)

// breaker leaves a target alone that failed several times in a row, or that asks for it.
// After a while it lets one lane through to see whether the target is well again
// (a circuit breaker with a half-open state: M. Nygard, Release It!, 2007).
//
// Whoever claims asks rest, then allow; whoever calls asks callable and tells record.
// A probe ends with record, or with unprobed when it came to no call.
type breaker struct {
	after int           // failures in a row that make a target bad
	open  time.Duration // between two probes
	// jitter is that of Options.
	jitter func(time.Duration) time.Duration

	mu      sync.Mutex
	failed  int
	until   time.Time // nothing is called before
	probing bool
	shared  bool // it is bad, and the store knows: see shared.go
}

// rest tells for how long nothing may be claimed; 0: now.
func (b *breaker) rest(now time.Time) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.probing {
		return b.open
	}
	return max(0, b.until.Sub(now))
}

// allow tells how many of want lanes may be claimed now. The one lane that may be claimed
// of a bad target is a probe, and until it has ended there is no other.
func (b *breaker) allow(now time.Time, want int) (n int, probe bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.probing || now.Before(b.until):
		return 0, false
	case b.failed < b.after:
		return want, false
	}
	b.probing = true
	return 1, true
}

// unprobed: there was nothing to probe with.
func (b *breaker) unprobed() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.probing = false
}

// callable tells whether a claimed lane may call.
func (b *breaker) callable(now time.Time, probe bool) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return probe || b.failed < b.after && !now.Before(b.until)
}

// turn is a change of a target's health, worth one line to a person.
type turn uint8

const (
	same turn = iota
	wentBad
	wellAgain
	asksForRest
)

// record counts what became of an attempt. A refusal is an answer: the target is well.
func (b *breaker) record(now time.Time, dl *core.Delivery, probe bool) turn {
	b.mu.Lock()
	defer b.mu.Unlock()
	if probe {
		b.probing = false
	}
	if dl.Outcome != core.TryLater && dl.Outcome != core.UnknownOutcome {
		was := b.failed
		b.failed = 0
		if was >= b.after {
			b.until, b.shared = time.Time{}, false
			return wellAgain
		}
		return same
	}
	b.failed++
	rested := now.Before(b.until)
	later := func(d time.Duration) {
		if t := now.Add(d); t.After(b.until) {
			b.until = t
		}
	}
	if dl.Overloaded {
		later(dl.RetryAfter)
	}
	if b.failed >= b.after && (probe || b.failed == b.after) {
		later(b.open + b.jitter(b.open/10)) // hubs do not probe in step
	}
	switch {
	case b.failed == b.after:
		return wentBad
	case b.failed < b.after && !rested && now.Before(b.until):
		return asksForRest
	}
	return same
}

func (b *breaker) state(now time.Time) Health {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.probing:
		return Probing
	case b.failed >= b.after:
		return Bad
	case now.Before(b.until):
		return Resting
	}
	return Well
}
