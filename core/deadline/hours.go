package deadline

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Span is a part of a working day in minutes after local midnight: 510–690 is 8:30 to 11:30.
type Span struct{ Start, End int }

// Hours is when the house works: the same spans on every working day.
type Hours struct {
	zone    *time.Location
	workday func(day time.Time) bool
	spans   []Span
	perDay  time.Duration
}

// maxDays bounds how far a sum of working time may reach: a calendar on which nothing is ever worked
// must not hang the hub.
const maxDays = 20 * 366

// NewHours checks the spans: at least one, each with a length, in order, within one day. workday tells
// of midnight, local time, whether its civil day is worked.
func NewHours(zone *time.Location, workday func(time.Time) bool, spans ...Span) (*Hours, error) {
	if zone == nil || workday == nil || len(spans) == 0 {
		return nil, errors.New("deadline: zone, calendar and at least one span of working hours are required")
	}
	h := &Hours{zone: zone, workday: workday, spans: slices.Clone(spans)}
	end := 0
	for _, s := range spans {
		if s.Start < end || s.End <= s.Start || s.End > 24*60 {
			return nil, fmt.Errorf("deadline: working hours %v: spans follow one another within one day", spans)
		}
		end = s.End
		h.perDay += time.Duration(s.End-s.Start) * time.Minute
	}
	return h, nil
}

// PerDay is how long a working day is.
func (h *Hours) PerDay() time.Duration { return h.perDay }

// at is the instant of a minute of a civil day. time.Date follows changes of the zone's clock: 8:30 stays
// 8:30 on the wall.
func (h *Hours) at(day time.Time, minute int) time.Time {
	y, m, d := day.Date()
	return time.Date(y, m, d, 0, minute, 0, 0, h.zone)
}

func (h *Hours) midnight(t time.Time) time.Time { return h.at(t.In(h.zone), 0) }

// nextDay is the civil day after day.
func (h *Hours) nextDay(day time.Time, by int) time.Time {
	y, m, d := day.Date()
	return time.Date(y, m, d+by, 0, 0, 0, 0, h.zone)
}

// Add is the instant at which d of working time has passed since from. With d = 0 it is from itself,
// or the next beginning of work where from lies outside. A negative d goes back.
func (h *Hours) Add(from time.Time, d time.Duration) time.Time {
	if d < 0 {
		return h.sub(from, -d)
	}
	day := h.midnight(from)
	for range maxDays {
		if h.workday(day) {
			for _, s := range h.spans {
				start, end := h.at(day, s.Start), h.at(day, s.End)
				if start.Before(from) {
					start = from
				}
				room := end.Sub(start)
				switch {
				case room <= 0: // it lies before from, or from is its end
				case d <= room && (d > 0 || room > 0):
					return start.Add(d).UTC()
				default:
					d -= room
				}
			}
		}
		day = h.nextDay(day, 1)
	}
	return day.UTC()
}

// sub goes back: the instant from which on d of working time passes until to.
func (h *Hours) sub(to time.Time, d time.Duration) time.Time {
	day := h.midnight(to)
	for range maxDays {
		if h.workday(day) {
			for _, s := range slices.Backward(h.spans) {
				start, end := h.at(day, s.Start), h.at(day, s.End)
				if end.After(to) {
					end = to
				}
				room := end.Sub(start)
				switch {
				case room <= 0:
				case d <= room:
					return end.Add(-d).UTC()
				default:
					d -= room
				}
			}
		}
		day = h.nextDay(day, -1)
	}
	return day.UTC()
}

// Between is the working time from one instant to another; negative when to lies before from.
func (h *Hours) Between(from, to time.Time) time.Duration {
	if to.Before(from) {
		return -h.Between(to, from)
	}
	var sum time.Duration
	day := h.midnight(from)
	for range maxDays {
		if !day.Before(to) {
			break
		}
		if h.workday(day) {
			for _, s := range h.spans {
				start, end := h.at(day, s.Start), h.at(day, s.End)
				if start.Before(from) {
					start = from
				}
				if end.After(to) {
					end = to
				}
				if end.After(start) {
					sum += end.Sub(start)
				}
			}
		}
		day = h.nextDay(day, 1)
	}
	return sum
}

// Days is the end of work on the n-th working day after from's own day, which does not count; n ≥ 1.
// So the Civil Code counts spans of days (民法典 第二百零一条, 第二百零三条): the first day is left out, the last
// ends with the hours of business. n = 0 is the end of work on from's day, or of the next working day
// where that is off. A negative n goes back: to the last end of work behind which -n whole working days pass
// until from.
func (h *Hours) Days(from time.Time, n int) time.Time {
	if n < 0 {
		return h.daysBack(from, -n)
	}
	day := h.midnight(from)
	for range maxDays {
		if n == 0 && h.workday(day) {
			break
		}
		day = h.nextDay(day, 1)
		if n > 0 && h.workday(day) {
			n--
		}
	}
	return h.at(day, h.spans[len(h.spans)-1].End).UTC()
}

func (h *Hours) daysBack(to time.Time, n int) time.Time {
	closes := h.spans[len(h.spans)-1].End
	day := h.midnight(to)
	for range maxDays {
		if h.workday(day) && !h.at(day, closes).After(to) { // a day that to cuts short is not a whole one
			if n == 0 {
				break
			}
			n--
		}
		day = h.nextDay(day, -1)
	}
	return h.at(day, closes).UTC()
}

// DaysBetween counts the working days after from's civil day up to and including to's; 0 when to's is not later.
func (h *Hours) DaysBetween(from, to time.Time) int {
	n := 0
	day, last := h.midnight(from), h.midnight(to)
	for range maxDays {
		if !day.Before(last) {
			break
		}
		if day = h.nextDay(day, 1); h.workday(day) {
			n++
		}
	}
	return n
}
