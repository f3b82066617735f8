package standard

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"tundish/core"
	"tundish/wsdl/xsd"
)

// Time writes an instant in the system's zone, to the millisecond.
func (s *System) Time(t time.Time) xsd.DateTime {
	return xsd.NewDateTime(t.In(s.Zone).Truncate(time.Millisecond))
}

// OptionalTime is Time, or nil for no instant.
func (s *System) OptionalTime(t time.Time) *xsd.DateTime {
	if t.IsZero() {
		return nil
	}
	return new(s.Time(t))
}

// instant reads a time of the system: one without zone is in the system's.
func (s *System) instant(d *xsd.DateTime) time.Time {
	if d == nil || d.IsZero() {
		return time.Time{}
	}
	return d.Time(s.Zone).UTC().Truncate(time.Millisecond)
}

// day reads a civil date, whatever zone old stacks append to it.
func day(d *xsd.Date) string {
	if d == nil || d.IsZero() {
		return ""
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day)
}

func digits(d *xsd.Decimal) string {
	if d == nil {
		return ""
	}
	return d.String()
}

// Reading writes a reading as core keeps it; nil stands for one that could not be taken.
func Reading(s string) (*xsd.Decimal, error) {
	if s == "" {
		return nil, nil
	}
	d, err := xsd.ParseDecimal(s)
	if err != nil {
		return nil, err
	}
	return &d, nil
}

func count(n *int32) int {
	if n == nil {
		return 0
	}
	return int(*n)
}

func millimetres(n int) *int32 {
	if n <= 0 {
		return nil
	}
	return new(int32(n))
}

func trim(s string) string { return strings.TrimSpace(s) }

// Lengths of the contracts' texts, in characters.
const (
	nameLength   = 200
	remarkLength = 1000
	textLength   = 4000
)

// Remark cuts a text to what the contracts take as a remark.
func Remark(s string) string { return cut(s, remarkLength) }

// Name cuts a text to what the contracts take as a name.
func Name(s string) string { return cut(s, nameLength) }

// cut shortens a text to n characters; what was cut shows.
func cut(s string, n int) string {
	s = strings.TrimSpace(strings.ToValidUTF8(s, "\uFFFD"))
	if len(s) <= n || utf8.RuneCountInString(s) <= n {
		return s
	}
	for i := range s {
		if n--; n == 0 {
			return s[:i] + "…"
		}
	}
	return s
}

// Ref is the key of an order by the numbers that a message names it with.
func (s *System) Ref(external, period string) core.Ref {
	if s.Periods == PeriodsNone {
		period = ""
	}
	return core.Ref{System: s.ID, External: trim(external), Period: trim(period)}
}

// KnownRef is Ref for a message about an order that was submitted before. A system
// whose numbers begin anew must name the period.
func (s *System) KnownRef(external, period string) (core.Ref, error) {
	r := s.Ref(external, period)
	if r.Period == "" && r.External != "" && s.Periods == PeriodsByYear {
		return r, core.Fail(core.Invalid, "required", "RefPeriod", "the numbers of this system begin anew every year: name the year in which the order was registered", "本系统编号每年重编，必须注明登记年份")
	}
	return r, nil
}
