package xsd

import (
	"strings"
	"time"
)

// DateTime is an xs:dateTime as it was written: with or without a zone, with all its fraction digits. The
// zero value is none.
type DateTime struct {
	text  string
	civil time.Time // the fields as if in UTC, cut to nanoseconds; 24:00 is the next day's 00:00
	zone  zone
}

const dateTimeAllowed = `year-month-dayThour:minute:second, with a fraction and a zone or without, such as ` +
	`2024-06-01T08:30:00, 2024-06-01T08:30:00.250Z or 2024-06-01T08:30:00+08:00`

// ParseDateTime reads an xs:dateTime. Other forms, such as a space for the T or slashes, are refused, as are
// year 0000, years beyond 9999 and leap seconds. 24:00:00 is the end of the day.
func ParseDateTime[T text](s T) (DateTime, error) {
	p := parser[T]{s: collapse(s)}
	year, month, day := p.date()
	p.expect('T', "the time must follow behind a 'T'")
	hour, minute, second, nano := p.clock()
	z := p.zone()
	if p.fails() {
		return DateTime{}, bad("dateTime", s, p.problem, dateTimeAllowed)
	}
	civil := time.Date(year, month, day, hour, minute, second, nano, time.UTC)
	return DateTime{text: string(collapse(s)), civil: civil, zone: z}, nil
}

// NewDateTime is the instant t, written with the offset that t's location has then, UTC as Z, and with no
// more fraction digits than it needs. Offsets are rounded to minutes, which is all that XML Schema has; the instant stays.
// A year outside of 1 to 9999 cannot be written: it gives the zero value.
func NewDateTime(t time.Time) DateTime {
	_, seconds := t.Zone()
	minutes := seconds / 60
	if minutes < -maxOffset || minutes > maxOffset {
		minutes = 0
	}
	z := zone{written: true, utc: minutes == 0, west: minutes < 0, minutes: minutes}
	return newDateTime(t.UTC().Add(time.Duration(minutes)*time.Minute), z)
}

// NewLocalDateTime is the civil time of t in t's location, written without a zone.
func NewLocalDateTime(t time.Time) DateTime {
	return newDateTime(time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC), zone{})
}

func newDateTime(civil time.Time, z zone) DateTime {
	if civil.Year() < 1 || civil.Year() > 9999 {
		return DateTime{}
	}
	return DateTime{text: civil.Format("2006-01-02T15:04:05.999999999") + z.String(), civil: civil, zone: z}
}

// HasZone reports whether a zone was written.
func (d DateTime) HasZone() bool { return d.zone.written }

// IsZero reports whether d is the zero value, which is no dateTime.
func (d DateTime) IsZero() bool { return d.text == "" }

// Time is the instant: in the zone written or, without one, the civil time as it is in loc (nil stands for UTC), with
// [time.Date]'s choice where a clock change makes it doubtful. Fractions are cut to nanoseconds.
func (d DateTime) Time(loc *time.Location) time.Time {
	if d.IsZero() {
		return time.Time{}
	}
	c := d.civil
	return time.Date(c.Year(), c.Month(), c.Day(), c.Hour(), c.Minute(), c.Second(), c.Nanosecond(), d.zone.location(loc))
}

// Date is the civil day, without zone.
func (d DateTime) Date() Date {
	if d.IsZero() {
		return Date{}
	}
	return DateOf(d.civil)
}

// String gives the text as it was written, "" for the zero value.
func (d DateTime) String() string { return d.text }

// MarshalText and UnmarshalText write and read the form of String.
func (d DateTime) MarshalText() ([]byte, error) { return []byte(d.text), nil }

func (d *DateTime) UnmarshalText(b []byte) (err error) {
	if len(collapse(b)) == 0 {
		*d = DateTime{}
		return nil
	}
	*d, err = ParseDateTime(b)
	return err
}

const maxOffset = 14 * 60 // minutes: the widest zone of XML Schema

// parser reads the parts of dates and times. After the first problem it reads nothing.
type parser[T text] struct {
	s       T
	problem string
	failed  bool
}

func (p *parser[T]) fail(problem string) {
	if !p.failed {
		p.failed, p.problem = true, problem
	}
}

// fails reports a problem, one being text that is left over.
func (p *parser[T]) fails() bool {
	if len(p.s) > 0 {
		p.fail("")
	}
	return p.failed
}

func (p *parser[T]) expect(c byte, problem string) {
	if p.failed {
		return
	}
	if len(p.s) == 0 || p.s[0] != c {
		p.fail(problem)
		return
	}
	p.s = p.s[1:]
}

// number reads exactly n digits.
func (p *parser[T]) number(n int) int {
	if p.failed {
		return 0
	}
	if len(p.s) < n {
		p.fail("")
		return 0
	}
	v := 0
	for i := range n {
		c := p.s[i]
		if c < '0' || c > '9' {
			p.fail("")
			return 0
		}
		v = v*10 + int(c-'0')
	}
	p.s = p.s[n:]
	return v
}

func (p *parser[T]) date() (year int, month time.Month, day int) {
	if len(p.s) > 0 && p.s[0] == '-' {
		p.fail("years before 1 are not supported")
	}
	year = p.number(4)
	if !p.failed && len(p.s) > 0 && p.s[0] >= '0' && p.s[0] <= '9' && strings.IndexByte(string(p.s[:min(len(p.s), 20)]), '-') > 0 {
		p.fail("years beyond 9999 are not supported")
	}
	p.expect('-', "")
	month = time.Month(p.number(2))
	p.expect('-', "")
	day = p.number(2)
	switch {
	case p.failed:
	case year == 0:
		p.fail("there is no year 0000")
	case month < 1 || month > 12:
		p.fail("there is no such month")
	case day < 1 || day > daysIn(year, month):
		p.fail("that month has no such day")
	}
	return year, month, day
}

func daysIn(year int, month time.Month) int {
	return time.Date(year, month+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

func (p *parser[T]) clock() (hour, minute, second, nano int) {
	hour = p.number(2)
	p.expect(':', "")
	minute = p.number(2)
	p.expect(':', "seconds are missing")
	second = p.number(2)
	zero := true
	if !p.failed && len(p.s) > 0 && p.s[0] == '.' {
		p.s = p.s[1:]
		nano, zero = p.fraction()
	}
	switch {
	case p.failed:
	case second == 60:
		p.fail("leap seconds are not supported; write second 59")
	case hour == 24 && minute == 0 && second == 0 && zero:
	case hour > 23 || minute > 59 || second > 59:
		p.fail("there is no such time of day")
	}
	return hour, minute, second, nano
}

// fraction reads one digit or more as nanoseconds, cutting what is finer.
func (p *parser[T]) fraction() (nano int, zero bool) {
	n, unit := 0, 100_000_000
	zero = true
	for ; n < len(p.s) && p.s[n] >= '0' && p.s[n] <= '9'; n++ {
		d := int(p.s[n] - '0')
		nano += d * unit
		unit /= 10
		zero = zero && d == 0
	}
	if n == 0 {
		p.fail("there are no digits behind the point")
	}
	p.s = p.s[n:]
	return nano, zero
}

func (p *parser[T]) zone() zone {
	if p.failed || len(p.s) == 0 {
		return zone{}
	}
	sign := 1
	switch p.s[0] {
	case 'Z':
		p.s = p.s[1:]
		return zone{written: true, utc: true}
	case '-':
		sign = -1
	case '+':
	default:
		return zone{}
	}
	p.s = p.s[1:]
	hours := p.number(2)
	p.expect(':', "a zone is written +08:00 or Z")
	minutes := p.number(2)
	if offset := hours*60 + minutes; !p.failed && (minutes > 59 || offset > maxOffset) {
		p.fail("there is no zone further than 14:00 from UTC")
	}
	return zone{written: true, west: sign < 0, minutes: sign * (hours*60 + minutes)}
}
