package lang

import (
	"fmt"
	"maps"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/expr-lang/expr/builtin"
)

// guardFunctions are those of every expression and, for conditions over orders, some about
// numbers that are kept as texts and about spans of time.
var guardFunctions = func() map[string]builtin.Function {
	all := maps.Clone(functions)
	all["number"] = function(number)
	all["hours"] = function(hours)
	all["years"] = function(years)
	return all
}()

// number is what a decimal text says: a reading of 9 digits and 3 behind the point is exact
// enough to be compared. A text that is no decimal number is not a number: whatever it is
// compared with, < > <= >= and == are false.
func number(text string) float64 {
	text = strings.TrimSpace(text)
	digits := strings.TrimPrefix(strings.TrimPrefix(text, "-"), "+")
	if digits == "" || strings.Trim(digits, "0123456789.") != "" {
		return math.NaN()
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return math.NaN()
	}
	return n
}

// hours between two instants or dates; not a number where one is missing.
func hours(from, until any) (float64, error) {
	a, b, ok, err := span(from, until)
	if !ok {
		return math.NaN(), err
	}
	return b.Sub(a).Hours(), nil
}

// years between two instants or dates by the calendar: exactly 6 on the sixth anniversary. Not a
// number where one is missing.
func years(from, until any) (float64, error) {
	a, b, ok, err := span(from, until)
	switch {
	case !ok:
		return math.NaN(), err
	case b.Before(a):
		n, err := years(b, a)
		return -n, err
	}
	whole := b.Year() - a.Year()
	if a.AddDate(whole, 0, 0).After(b) {
		whole--
	}
	last, next := a.AddDate(whole, 0, 0), a.AddDate(whole+1, 0, 0)
	return float64(whole) + float64(b.Sub(last))/float64(next.Sub(last)), nil
}

func span(from, until any) (a, b time.Time, ok bool, err error) {
	if a, err = instant(from); err != nil {
		return a, b, false, err
	}
	b, err = instant(until)
	return a, b, err == nil && !a.IsZero() && !b.IsZero(), err
}

// instant takes a time, or a civil date "2026-05-11"; another text is no instant.
func instant(v any) (time.Time, error) {
	switch v := v.(type) {
	case time.Time:
		return v, nil
	case string:
		t, err := time.Parse(time.DateOnly, v)
		if err != nil {
			return time.Time{}, nil // nobody wrote a date: like none at all
		}
		return t, nil
	}
	return time.Time{}, fmt.Errorf("%v is neither an instant nor a date", v)
}
