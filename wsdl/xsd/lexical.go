package xsd

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

const quoted = 40 // characters of a bad value shown in an error

// ParseError is the error of every Parse function here.
type ParseError struct {
	Type    string // the type in XML Schema, such as "dateTime"
	Value   string // what was read, cut at 40 characters
	Problem string // what is wrong with it; "" if it just is none
	Allowed string // what is allowed, with an example
}

func (e *ParseError) Error() string {
	article, problem := "a", ""
	if e.Type == "integer" {
		article = "an"
	}
	if e.Problem != "" {
		problem = ": " + e.Problem
	}
	return fmt.Sprintf("%s is not %s %s%s; allowed: %s", e.Value, article, e.Type, problem, e.Allowed)
}

func bad[T text](typ string, s T, problem, allowed string) error {
	return &ParseError{Type: typ, Value: quote(string(s[:min(len(s), quoted*utf8.UTFMax+1)])), Problem: problem, Allowed: allowed}
}

// quote shows a value on one line, cut at 40 characters.
func quote(s string) string {
	n := 0
	for i := range s {
		if n == quoted {
			return strconv.Quote(s[:i]) + "…"
		}
		n++
	}
	return strconv.Quote(s)
}

// text is what values are read from: reading from the bytes of a document copies nothing.
type text interface{ ~string | ~[]byte }

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// collapse cuts white space off both ends. Inside of a value none of the types here allows any.
func collapse[T text](s T) T {
	for len(s) > 0 && isSpace(s[0]) {
		s = s[1:]
	}
	for len(s) > 0 && isSpace(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	return s
}

// Collapse replaces every run of white space by one space and cuts it off both ends: whiteSpace="collapse",
// as for xs:token.
func Collapse(s string) string {
	if !needsCollapse(s) {
		return s
	}
	return strings.Join(strings.FieldsFunc(s, func(c rune) bool { return c < utf8.RuneSelf && isSpace(byte(c)) }), " ")
}

func needsCollapse(s string) bool {
	space := true // at the start, or behind a space
	for i := range len(s) {
		now := isSpace(s[i])
		if now && (space || s[i] != ' ') {
			return true
		}
		space = now
	}
	return space && s != ""
}

// ParseBool reads an xs:boolean.
func ParseBool[T text](s T) (bool, error) {
	switch string(collapse(s)) {
	case "true", "1":
		return true, nil
	case "false", "0":
		return false, nil
	}
	return false, bad("boolean", s, "", "true, false, 1 or 0")
}

// ParseInt reads a whole number of at least lo and at most hi, such as xs:int with its bounds.
func ParseInt[T text](s T, lo, hi int64) (int64, error) {
	allowed := func() string {
		return fmt.Sprintf("a whole number from %d to %d, such as %d", lo, hi, min(max(lo, 42), hi))
	}
	n, ok, overflow := parseInt64(collapse(s))
	switch {
	case overflow || ok && (n < lo || n > hi):
		return 0, bad("integer", s, "out of range", allowed())
	case !ok:
		return 0, bad("integer", s, "", allowed())
	}
	return n, nil
}

// parseInt64 reads an optional sign and digits. With overflow they are well-formed but beyond 64 bits.
func parseInt64[T text](s T) (n int64, ok, overflow bool) {
	negative := len(s) > 0 && s[0] == '-'
	if len(s) > 0 && (s[0] == '-' || s[0] == '+') {
		s = s[1:]
	}
	if len(s) == 0 {
		return 0, false, false
	}
	for i := range len(s) {
		d := int64(s[i]) - '0'
		if d < 0 || d > 9 {
			return 0, false, false
		}
		// counted downwards, because there is one negative number more
		if n < (-1<<63+d)/10 {
			overflow = true
			continue
		}
		n = n*10 - d
	}
	if !negative && n == -1<<63 {
		overflow = true
	}
	if !negative {
		n = -n
	}
	return n, !overflow, overflow
}

// ParseUint reads a whole number from 0 to hi, such as xs:unsignedLong.
func ParseUint[T text](s T, hi uint64) (uint64, error) {
	c := collapse(s)
	if len(c) > 0 && c[0] == '+' {
		c = c[1:]
	}
	digits := len(c) > 0
	for i := range len(c) {
		digits = digits && (c[i] >= '0' && c[i] <= '9')
	}
	n, err := strconv.ParseUint(string(c), 10, 64)
	if string(c) == "-0" {
		return 0, nil
	}
	if !digits || err != nil || n > hi {
		problem := ""
		if digits {
			problem = "out of range"
		}
		return 0, bad("integer", s, problem, fmt.Sprintf("a whole number from 0 to %d, such as %d", hi, min(42, hi)))
	}
	return n, nil
}

// ParseFloat reads an xs:double: INF, -INF and NaN are written so, hexadecimals and underscores are not allowed.
func ParseFloat[T text](s T) (float64, error) {
	const allowed = "a number such as 1.5, -2.5E3, INF, -INF or NaN"
	c := string(collapse(s))
	switch c {
	case "INF", "-INF", "NaN":
	default:
		if c == "" || strings.Trim(c, "0123456789+-.eE") != "" {
			return 0, bad("double", s, "", allowed)
		}
	}
	f, err := strconv.ParseFloat(c, 64)
	if err != nil && !isRange(err) {
		return 0, bad("double", s, "", allowed)
	}
	return f, nil
}

// isRange reports overflow, which XML Schema rounds to infinity.
func isRange(err error) bool {
	e, ok := err.(*strconv.NumError)
	return ok && e.Err == strconv.ErrRange
}

// FormatFloat writes an xs:double, as short as it can be without losing a bit.
func FormatFloat(f float64) string {
	s := strconv.FormatFloat(f, 'G', -1, 64)
	switch s {
	case "+Inf":
		return "INF"
	case "-Inf":
		return "-INF"
	}
	return s
}
