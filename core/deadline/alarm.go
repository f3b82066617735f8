package deadline

import (
	"strings"
	"time"

	"tundish/core"
)

// Alarm is something that people are told about a limit, once.
type Alarm struct {
	Limit *core.Limit
	Step  string // as in core.LimitState
	DueAt time.Time
	// Warning: it is not over yet. Otherwise it is, and Level counts its escalations from 1.
	Warning bool
	Level   int
	To      []string
}

// Ring tells what is to be said about the order at now, remembers on it that it was said, and sets when to
// look again. Of several escalations that have come due meanwhile each is said; a warning that was missed
// until the limit was over is said as that where nobody else hears of it.
func (k *Keeper) Ring(o *core.WorkOrder, p *core.Process, now time.Time) []Alarm {
	var alarms []Alarm
	for i := range o.Limits {
		s := &o.Limits[i]
		l := Definition(s, p)
		if l == nil || !s.Running() {
			continue
		}
		if at, ok := k.warnAt(s, l); ok && !at.After(now) {
			s.WarnedAt = now.UTC().Truncate(time.Millisecond)
			if early := now.Before(s.DueAt); early || len(l.Escalations) == 0 {
				alarms = append(alarms, Alarm{Limit: l, Step: s.Step, DueAt: s.DueAt, Warning: early, To: l.WarnTo})
			}
		}
		for s.Escalated < len(l.Escalations) && !k.escalateAt(s, l).After(now) {
			s.Escalated++
			alarms = append(alarms, Alarm{Limit: l, Step: s.Step, DueAt: s.DueAt, Level: s.Escalated, To: l.Escalations[s.Escalated-1].To})
		}
	}
	o.AlarmAt = k.next(o, p)
	return alarms
}

// next is when Ring has something to say; zero: never.
func (k *Keeper) next(o *core.WorkOrder, p *core.Process) time.Time {
	var next time.Time
	for i := range o.Limits {
		s := &o.Limits[i]
		l := Definition(s, p)
		if l == nil || !s.Running() {
			continue
		}
		if at, ok := k.warnAt(s, l); ok {
			next = earlier(next, at)
		}
		if s.Escalated < len(l.Escalations) {
			next = earlier(next, k.escalateAt(s, l))
		}
	}
	return next
}

func (k *Keeper) warnAt(s *core.LimitState, l *core.Limit) (time.Time, bool) {
	if l.Warn <= 0 || !s.WarnedAt.IsZero() {
		return time.Time{}, false
	}
	return k.beside(l.Clock, s.DueAt, -l.Warn), true
}

func (k *Keeper) escalateAt(s *core.LimitState, l *core.Limit) time.Time {
	e := l.Escalations[s.Escalated]
	if e.After == 0 {
		return s.DueAt
	}
	return k.beside(l.Clock, s.DueAt, e.After)
}

// beside is the instant that lies d behind the end of a limit, or before it where d is negative. On the clock of
// working days what is whole days of d counts as such, and the rest in working hours.
func (k *Keeper) beside(c core.LimitClock, due time.Time, d time.Duration) time.Time {
	if days := int(d / (24 * time.Hour)); c == core.ClockDays && days != 0 {
		due, d = k.Hours.Days(due, days), d%(24*time.Hour)
		if d == 0 {
			return due
		}
	}
	return k.shift(c, due, d)
}

// Definition is the limit of the process that a state belongs to; nil when the process has none. Where several share
// its ID it is the one that the state names, and in another version of the process the first of its length and clock.
func Definition(s *core.LimitState, p *core.Process) *core.Limit {
	limits := p.Limits
	if s.Step != "" {
		step, task, _ := strings.Cut(s.Step, "/")
		limits = limitsOf(p, Stay{Step: step, Task: task})
	}
	fits := func(l *core.Limit) bool { return l.ID == s.Limit && sameTime(s, l) }
	if s.Clock != "" && s.Which < len(limits) && fits(&limits[s.Which]) {
		return &limits[s.Which]
	}
	for i := range limits {
		if fits(&limits[i]) {
			return &limits[i]
		}
	}
	return nil
}

func earlier(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}
