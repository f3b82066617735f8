package core

import (
	"context"
	"slices"
	"time"
)

// Duty is what a crew does on one day where that differs from its standing shift: the duty
// roster 值班表, and its exceptions.
type Duty struct {
	Crew string   `json:"crew"`
	Day  string   `json:"day"` // civil date, "2026-05-11"
	Kind DutyKind `json:"kind"`
	// Shifts that it works, by time; none on a day off. A shift begins on Day; its end may be past midnight.
	Shifts []Shift `json:"shifts,omitempty"`
	// People who are on duty, by staff number; empty: the crew's own.
	People []string  `json:"people,omitempty"`
	Note   string    `json:"note,omitempty"` // why: sick, swapped with R2
	By     string    `json:"by,omitempty"`
	At     time.Time `json:"at,omitzero"`
}

// Shift is a span in local minutes after midnight, Start 0 … 1439, End after Start and at most a day later.
type Shift struct {
	Start int `json:"start"`
	End   int `json:"end"`
}

// DutyKind says what kind of day it is. The set is closed.
type DutyKind string

const (
	DutyWork  DutyKind = "work"  // 上班: other hours than the standing shift's
	DutyGuard DutyKind = "duty"  // 值班: on a day or at hours when others rest
	DutySwap  DutyKind = "swap"  // 换班: for another crew
	DutyOff   DutyKind = "off"   // 休息
	DutyLeave DutyKind = "leave" // 请假
	DutySick  DutyKind = "sick"  // 病假
	DutyTrain DutyKind = "training"
	// DutyNone takes a duty away: the standing shift counts again.
	DutyNone DutyKind = ""
)

// DutyKinds lists every kind, those at work first.
func DutyKinds() []DutyKind {
	return []DutyKind{DutyWork, DutyGuard, DutySwap, DutyOff, DutyLeave, DutySick, DutyTrain}
}

// Works tells that a crew has shifts on such a day.
func (k DutyKind) Works() bool { return k == DutyWork || k == DutyGuard || k == DutySwap }

// Check refuses a duty that contradicts itself.
func (d *Duty) Check() error {
	var c checker
	c.key("crew", d.Crew, MaxCode)
	if t, err := time.Parse(time.DateOnly, d.Day); err != nil || t.Format(time.DateOnly) != d.Day {
		c.fail("day", "is no date such as 2026-05-11", "不是形如 2026-05-11 的日期")
	}
	if d.Kind != DutyNone && !slices.Contains(DutyKinds(), d.Kind) {
		c.fail("kind", "is not a kind of duty", "不是有效的班别")
	}
	c.text("note", d.Note, MaxText)
	if d.Kind.Works() == (len(d.Shifts) == 0) {
		c.fail("shifts", "a day at work has shifts, a day off has none", "上班日须有班次，休息日不得有班次")
	}
	last := 0
	for _, s := range d.Shifts {
		if s.Start < last || s.Start > 1439 || s.End <= s.Start || s.End > s.Start+1440 {
			c.fail("shifts", "shifts are spans of a day, one after the other", "班次须为一天内依次的时段，不得重叠")
		}
		last = s.End
	}
	for _, p := range d.People {
		c.key("people", p, MaxCode)
	}
	return c.error()
}

// Clone copies the duty with its lists.
func (d Duty) Clone() Duty {
	d.Shifts, d.People = slices.Clone(d.Shifts), slices.Clone(d.People)
	return d
}

// RosterStore keeps duties.
type RosterStore interface {
	// Duties lists those of days from ≤ day ≤ to, by day and crew; an empty crew means all.
	Duties(ctx context.Context, from, to, crew string) ([]Duty, error)
	// SetDuties writes them all or none, each in the place of what the crew had on that day, with one
	// line in the record of people, by whom and what.
	SetDuties(ctx context.Context, duties []Duty, by, detail string) error
}

// OnDay is the crew as it works at an instant of local time: today's duty, and until its shift ends one of
// yesterday's that runs past midnight, count before the standing shift.
func (c Crew) OnDay(now time.Time, today, yesterday *Duty) Crew {
	minute := now.Hour()*60 + now.Minute()
	if yesterday != nil {
		for _, s := range yesterday.Shifts {
			if s.End-1440 > minute {
				c.ShiftStartMin, c.ShiftEndMin, c.EveryDay = s.Start, s.End, true
				return c
			}
		}
	}
	night := c.ShiftEndMin > 1440 && c.ShiftEndMin-1440 > minute // the standing shift of yesterday is not over
	switch {
	case today == nil:
		c.OffDuty = c.OffDuty || night && yesterday != nil // it was not worked
		return c
	case !today.Kind.Works():
		c.OffDuty = c.OffDuty || !night || yesterday != nil // what began yesterday is worked to its end
		return c
	}
	// The shift that runs or comes next; when all are over, the last.
	s := today.Shifts[len(today.Shifts)-1]
	for _, x := range today.Shifts {
		if x.End > minute {
			s = x
			break
		}
	}
	c.ShiftStartMin, c.ShiftEndMin, c.EveryDay = s.Start, s.End, true
	return c
}
