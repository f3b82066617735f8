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
	return k.shift(l.Clock, s.DueAt, -l.Warn), true
}

func (k *Keeper) escalateAt(s *core.LimitState, l *core.Limit) time.Time {
	e := l.Escalations[s.Escalated]
	if e.After == 0 {
		return s.DueAt
	}
	return k.shift(l.Clock, s.DueAt, e.After)
}

// Definition is the limit of the process that a state belongs to; nil when the process has none. Where several share
// its ID it is the one of its length.
func Definition(s *core.LimitState, p *core.Process) *core.Limit {
	limits := p.Limits
	if s.Step != "" {
		step, task, _ := strings.Cut(s.Step, "/")
		limits = limitsOf(p, Stay{Step: step, Task: task})
	}
	for i := range limits {
		if l := &limits[i]; l.ID == s.Limit && int64(l.Within/time.Second) == s.WithinSeconds {
			return l
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
