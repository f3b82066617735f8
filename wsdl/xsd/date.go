package xsd

import (
	"fmt"
	"time"
)

// zone is the offset that a value was written with.
type zone struct {
	written bool
	utc     bool // written as Z
	west    bool // written with a minus, which tells -00:00 from +00:00
	minutes int  // east of UTC
}

// Date is an xs:date: a civil day, with or without a zone. The zero value is no date.
type Date struct {
	Year  int // 1 to 9999
	Month time.Month
	Day   int
	zone  zone
}

const dateAllowed = `year-month-day, with a zone or without, such as 2024-06-01, 2024-06-01Z or 2024-06-01+08:00`

// ParseDate reads an xs:date. Some callers, strong-soap for one, always write a zone.
func ParseDate[T text](s T) (Date, error) {
	p := parser[T]{s: collapse(s)}
	var d Date
	d.Year, d.Month, d.Day = p.date()
	d.zone = p.zone()
	if p.fails() {
		return Date{}, bad("date", s, p.problem, dateAllowed)
	}
	return d, nil
}

// NewDate is a date without a zone. Days beyond the month run over, as in [time.Date].
func NewDate(year int, month time.Month, day int) Date {
	y, m, d := time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Date()
	return Date{Year: y, Month: m, Day: d}
}

// DateOf is the day of t in t's own zone, written without it.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date{Year: y, Month: m, Day: d}
}

// HasZone reports whether the date was written with a zone.
func (d Date) HasZone() bool { return d.zone.written }

// IsZero reports whether d is the zero value, which is no date.
func (d Date) IsZero() bool { return d == Date{} }

// Time is the first instant of the day, in the zone written or, without one, in loc; nil stands for UTC.
func (d Date) Time(loc *time.Location) time.Time {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, d.zone.location(loc))
}

// Cmp compares the civil days and does not look at zones.
func (d Date) Cmp(e Date) int {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC).Compare(time.Date(e.Year, e.Month, e.Day, 0, 0, 0, 0, time.UTC))
}

// String gives the date as it was written, "" for the zero value.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day) + d.zone.String()
}

// MarshalText and UnmarshalText write and read the form of String.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

func (d *Date) UnmarshalText(b []byte) (err error) {
	if len(collapse(b)) == 0 {
		*d = Date{}
		return nil
	}
	*d, err = ParseDate(b)
	return err
}

// location is the written zone, or loc if there is none.
func (z zone) location(loc *time.Location) *time.Location {
	switch {
	case !z.written && loc != nil:
		return loc
	case !z.written || z.minutes == 0:
		return time.UTC
	}
	return time.FixedZone("", z.minutes*60)
}

func (z zone) String() string {
	switch {
	case !z.written:
		return ""
	case z.utc:
		return "Z"
	}
	sign, m := '+', z.minutes
	if z.west {
		sign, m = '-', -m
	}
	return fmt.Sprintf("%c%02d:%02d", sign, m/60, m%60)
}
