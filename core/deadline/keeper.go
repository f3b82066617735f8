package deadline

import (
	"fmt"
	"slices"
	"time"

	"tundish/core"
)

// Stay is where an order stands: a step, or a sub-task of one, and since when.
type Stay struct {
	Step, Task string
	Since      time.Time
}

func (s Stay) key() string {
	if s.Task == "" {
		return s.Step
	}
	return s.Step + "/" + s.Task
}

// Keeper keeps the limits of orders by one house's working hours.
type Keeper struct{ Hours *Hours }

// Update brings the limits of next to the instant now: begins those of the steps it entered, ends those
// whose milestone was reached, stops them on a hold and lets them go on behind it. was is the phase before
// the change, empty for a new order. next.DueAt follows the order's own limit unless its source gave it, and
// next.AlarmAt what must be told next. A next.DueAt that differs from the limit's is new: the source's or the house's
// word by next.DueBy, and where it is zero, withdrawn.
func (k *Keeper) Update(was core.Phase, next *core.WorkOrder, p *core.Process, stays []Stay, now time.Time) error {
	now = now.UTC().Truncate(time.Millisecond)
	var states []core.LimitState
	main, err := k.group(&states, was, next, p.Limits, Stay{}, now)
	if err != nil {
		return err
	}
	here := map[string]bool{"": true}
	for _, st := range stays {
		limits := limitsOf(p, st)
		here[st.key()] = true
		if _, err := k.group(&states, was, next, limits, st, now); err != nil {
			return err
		}
	}
	for _, s := range next.Limits { // steps that were left
		if here[s.Step] {
			continue
		}
		if s.EndedAt.IsZero() {
			s.EndedAt, s.HeldAt, s.LeftSeconds = now, time.Time{}, 0
		}
		states = append(states, s)
	}
	if len(states) == 0 {
		states = nil
	}
	next.Limits = states
	switch {
	case next.DueBy == core.DueByRule && main == nil:
		next.DueAt = time.Time{}
	case next.DueBy == core.DueByRule, next.DueBy == core.DueByHouse && main != nil:
		next.DueAt = main.DueAt
	}
	next.AlarmAt = k.next(next, p)
	return nil
}

func limitsOf(p *core.Process, st Stay) []core.Limit {
	step := p.Step(st.Step)
	if step == nil {
		return nil
	}
	if st.Task == "" {
		return step.Limits
	}
	for i := range step.Tasks {
		if step.Tasks[i].ID == st.Task {
			return step.Tasks[i].Limits
		}
	}
	return nil
}

// group brings all limits of the order (a zero stay) or of one stay up to date, and finds the one that is the
// order's deadline.
func (k *Keeper) group(states *[]core.LimitState, was core.Phase, o *core.WorkOrder, limits []core.Limit, st Stay, now time.Time) (*core.LimitState, error) {
	var main *core.LimitState
	for i := range limits {
		l := &limits[i]
		if slices.ContainsFunc((*states), func(s core.LimitState) bool { return s.Limit == l.ID && s.Step == st.key() }) {
			continue // of limits with one ID the first that applies counts
		}
		known := find(o.Limits, l.ID, st.key())
		if l.When != nil {
			holds, err := l.When.Holds(o, now)
			if err != nil {
				return nil, fmt.Errorf("time limit %s: when: %w", l.ID, err)
			}
			if !holds {
				continue
			}
		}
		s, there := k.one(known, was, o, l, i, st, now)
		if !there {
			continue
		}
		*states = append(*states, s)
		if st == (Stay{}) && l.ID == core.FinishLimit {
			copied := s
			main = &copied
		}
	}
	if st == (Stay{}) { // what ended stays on record though its limit no longer applies
		for _, s := range o.Limits {
			if s.Step == "" && !s.EndedAt.IsZero() && find(*states, s.Limit, "") == nil {
				*states = append(*states, s)
			}
		}
	}
	return main, nil
}

func find(states []core.LimitState, limit, step string) *core.LimitState {
	for i := range states {
		if states[i].Limit == limit && states[i].Step == step {
			return &states[i]
		}
	}
	return nil
}

// one brings a single limit, the which-th of its place, up to date; not there: it has not begun.
func (k *Keeper) one(known *core.LimitState, was core.Phase, o *core.WorkOrder, l *core.Limit, which int, st Stay, now time.Time) (core.LimitState, bool) {
	began, ok := begins(o, l, st, now)
	if !ok && known == nil {
		return core.LimitState{}, false
	}
	ended, over := ends(o, l, st, reopens(was, o) || known != nil && before(o, known.Began), now)
	main := st == (Stay{}) && l.ID == core.FinishLimit
	house := main && o.DueBy == core.DueByHouse
	source := main && o.DueBy != core.DueByRule && !house
	fresh := func(began time.Time) core.LimitState {
		return core.LimitState{Limit: l.ID, Step: st.key(), Began: began, WithinSeconds: seconds(l), Clock: clock(l), Which: which, DueAt: k.over(began, l.Within, l.Clock)}
	}
	var s core.LimitState
	switch {
	case known == nil:
		s = fresh(began)
	case st.Step != "" && l.From == "" && !known.Began.Equal(st.Since.UTC().Truncate(time.Millisecond)):
		s = fresh(began) // the step was entered anew
	case !known.EndedAt.IsZero() && !over && told(was):
		s = fresh(now) // reopened: the work begins again, and so does its time
		if house {     // what was granted was granted to the work before
			house, o.DueBy = false, core.DueByRule
		}
	default:
		s = *known
		switch {
		case main && o.DueBy == core.DueByRule && o.DueAt.IsZero() && s.EndedAt.IsZero():
			s = k.withdrawn(s, l, o.Hold)
		case !sameTime(&s, l) && !source && !house:
			s = k.changed(s, l, now)
		}
		s.WithinSeconds, s.Clock, s.Which = seconds(l), clock(l), which
		if !over {
			s.EndedAt = time.Time{} // a result that was sent back
		}
	}
	if house {
		s = k.granted(s, l, o.DueAt, now)
	}
	switch stands := o.Hold != nil && !l.RunsOnHold && !source; {
	case over:
		if s.EndedAt.IsZero() {
			s = k.resumed(s, l, now)
			s.EndedAt = ended
		}
	case stands && s.HeldAt.IsZero():
		s.HeldAt = now
		s.LeftSeconds = int64(k.left(l.Clock, now, s.DueAt) / time.Second)
	case !stands:
		s = k.resumed(s, l, now)
	}
	if source && !o.DueAt.IsZero() {
		s = moved(s, o.DueAt)
	}
	return s, true
}

// moved puts the end of a limit elsewhere. With more time what was said about the old end no longer holds.
func moved(s core.LimitState, due time.Time) core.LimitState {
	if due.After(s.DueAt) {
		s.WarnedAt, s.Escalated = time.Time{}, 0
	}
	s.DueAt = due
	return s
}

// withdrawn is the order's limit when its source takes back the deadline that it gave: the house's own time counts,
// from its beginning as if nothing else had been said. While the source's counted a hold did not stop it; one that
// lasts does so from its own beginning.
func (k *Keeper) withdrawn(s core.LimitState, l *core.Limit, hold *core.Hold) core.LimitState {
	s = moved(s, k.over(s.Began, l.Within, l.Clock))
	if hold != nil && !hold.At.IsZero() && !l.RunsOnHold && s.EndedAt.IsZero() {
		s.HeldAt = hold.At.UTC().Truncate(time.Millisecond)
		s.LeftSeconds = int64(k.left(l.Clock, s.HeldAt, s.DueAt) / time.Second)
	}
	return s
}

// granted is the order's limit with a deadline that the house gave it. Given during a hold, what is left counts from
// the instant that it was given.
func (k *Keeper) granted(s core.LimitState, l *core.Limit, due, now time.Time) core.LimitState {
	if due.IsZero() || due.Equal(s.DueAt) {
		return s
	}
	if s = moved(s, due); !s.HeldAt.IsZero() {
		s.HeldAt, s.LeftSeconds = now, int64(k.left(l.Clock, now, due)/time.Second)
	}
	return s
}

// changed is a limit that became another while it ran, because the order is more urgent now, say. Less time
// counts from the change, and never gives more than there was; more time counts from the beginning.
func (k *Keeper) changed(s core.LimitState, l *core.Limit, now time.Time) core.LimitState {
	due := k.over(s.Began, l.Within, l.Clock)
	if due.Before(s.DueAt) {
		if due = k.over(now, l.Within, l.Clock); s.DueAt.Before(due) {
			due = s.DueAt
		}
	}
	s = moved(s, due)
	if !s.HeldAt.IsZero() {
		s.LeftSeconds = int64(k.left(l.Clock, s.HeldAt, due) / time.Second)
	}
	return s
}

func seconds(l *core.Limit) int64 { return int64(l.Within / time.Second) }

// clock of a limit; one that names none has elapsed time.
func clock(l *core.Limit) core.LimitClock {
	if l.Clock == "" {
		return core.ClockElapsed
	}
	return l.Clock
}

// sameTime tells that a state has the length and the clock of a limit, as far as it notes them.
func sameTime(s *core.LimitState, l *core.Limit) bool {
	return s.WithinSeconds == seconds(l) && (s.Clock == "" || s.Clock == clock(l))
}

// resumed lets a limit whose clock stood go on with what it had left.
func (k *Keeper) resumed(s core.LimitState, l *core.Limit, now time.Time) core.LimitState {
	if s.HeldAt.IsZero() {
		return s
	}
	if l.Clock == core.ClockDays {
		if n := k.Hours.DaysBetween(s.HeldAt, now); n > 0 {
			s.DueAt = k.Hours.Days(s.DueAt, n)
		}
	} else {
		s.DueAt = k.shift(l.Clock, now, time.Duration(s.LeftSeconds)*time.Second)
	}
	s.HeldAt, s.LeftSeconds = time.Time{}, 0
	return s
}

// over is when a limit that begins at began is over.
func (k *Keeper) over(began time.Time, within time.Duration, c core.LimitClock) time.Time {
	if c == core.ClockDays {
		return k.Hours.Days(began, int(within/(24*time.Hour)))
	}
	return k.shift(c, began, within)
}

// shift goes d further on a clock; working days go in working hours.
func (k *Keeper) shift(c core.LimitClock, from time.Time, d time.Duration) time.Time {
	if c == core.ClockElapsed || c == "" {
		return from.Add(d).UTC()
	}
	return k.Hours.Add(from, d)
}

// left is the time from one instant to another on a clock; negative when it is over.
func (k *Keeper) left(c core.LimitClock, from, to time.Time) time.Duration {
	if c == core.ClockElapsed || c == "" {
		return to.Sub(from)
	}
	return k.Hours.Between(from, to)
}

// Left is what a limit has left at now, on its own clock; negative: for how long it has been over. What
// stands has what it had when it was stopped, what ended what it had then.
func (k *Keeper) Left(s *core.LimitState, l *core.Limit, now time.Time) time.Duration {
	switch {
	case !s.EndedAt.IsZero():
		return k.left(l.Clock, s.EndedAt, s.DueAt)
	case !s.HeldAt.IsZero():
		return time.Duration(s.LeftSeconds) * time.Second
	}
	return k.left(l.Clock, now, s.DueAt)
}
