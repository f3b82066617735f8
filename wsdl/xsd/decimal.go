package xsd

import (
	"cmp"
	"math/big"
	"strconv"
	"strings"
)

// Decimal is an xs:decimal. It keeps its digits as they were written: 0.30 stays 0.30. The zero value is 0.
type Decimal struct{ s string }

const decimalAllowed = "digits with an optional sign and point, such as 1234567.50"

// ParseDecimal reads an xs:decimal: no exponent, no grouping.
func ParseDecimal[T text](s T) (Decimal, error) {
	c := collapse(s)
	digits, points := 0, 0
	for i := range len(c) {
		switch b := c[i]; {
		case b >= '0' && b <= '9':
			digits++
		case b == '.' && points == 0:
			points++
		case (b == '+' || b == '-') && i == 0:
		case (b == 'e' || b == 'E') && digits > 0:
			return Decimal{}, bad("decimal", s, "it has an exponent", decimalAllowed)
		case b == ',':
			return Decimal{}, bad("decimal", s, "it has a comma", decimalAllowed)
		default:
			return Decimal{}, bad("decimal", s, "", decimalAllowed)
		}
	}
	if digits == 0 {
		return Decimal{}, bad("decimal", s, "it has no digits", decimalAllowed)
	}
	return Decimal{string(c)}, nil
}

// ParseInteger reads an xs:integer of any length.
func ParseInteger[T text](s T) (Decimal, error) {
	const allowed = "digits with an optional sign, such as 42"
	d, err := ParseDecimal(s)
	if err != nil {
		return Decimal{}, bad("integer", s, "", allowed)
	}
	if strings.IndexByte(d.s, '.') >= 0 {
		return Decimal{}, bad("integer", s, "it has a decimal point", allowed)
	}
	return d, nil
}

// MustDecimal is ParseDecimal for constants; it panics on what is none.
func MustDecimal(s string) Decimal {
	d, err := ParseDecimal(s)
	if err != nil {
		panic(err)
	}
	return d
}

// NewDecimal is unscaled / 10^scale, written with scale fraction digits: NewDecimal(150, 2) is 1.50.
// A negative scale counts as 0.
func NewDecimal(unscaled int64, scale int) Decimal {
	return fromBig(big.NewInt(unscaled), max(scale, 0))
}

// String gives the digits as they were written.
func (d Decimal) String() string {
	if d.s == "" {
		return "0"
	}
	return d.s
}

// parts cuts the number into its sign and the digits on both sides of the point, zeros that mean nothing left out.
func (d Decimal) parts() (negative bool, whole, fraction string) {
	s := d.s
	if s != "" && (s[0] == '-' || s[0] == '+') {
		negative = s[0] == '-'
		s = s[1:]
	}
	whole, fraction, _ = strings.Cut(s, ".")
	whole, fraction = strings.TrimLeft(whole, "0"), strings.TrimRight(fraction, "0")
	return negative && whole+fraction != "", whole, fraction
}

// Sign is -1, 0 or 1.
func (d Decimal) Sign() int {
	negative, whole, fraction := d.parts()
	switch {
	case negative:
		return -1
	case whole == "" && fraction == "":
		return 0
	}
	return 1
}

// IsZero reports whether the number is 0, however written.
func (d Decimal) IsZero() bool { return d.Sign() == 0 }

// Cmp is -1, 0 or 1 as d is less than, equal to or greater than e in value.
func (d Decimal) Cmp(e Decimal) int {
	dn, dw, df := d.parts()
	en, ew, ef := e.parts()
	if dn != en {
		if dn {
			return -1
		}
		return 1
	}
	// without leading zeros the longer whole part is greater; fractions compare as text
	c := cmp.Or(cmp.Compare(len(dw), len(ew)), strings.Compare(dw, ew), strings.Compare(df, ef))
	if dn {
		return -c
	}
	return c
}

// Equal reports whether both are the same number: 1.0 equals 1.00.
func (d Decimal) Equal(e Decimal) bool { return d.Cmp(e) == 0 }

// Scale is the number of digits written behind the point.
func (d Decimal) Scale() int {
	if i := strings.IndexByte(d.s, '.'); i >= 0 {
		return len(d.s) - i - 1
	}
	return 0
}

// Canonical gives the canonical form of XML Schema 1.1: 1.50 is 1.5, +01.0 is 1.
func (d Decimal) Canonical() string {
	negative, whole, fraction := d.parts()
	var b strings.Builder
	if negative {
		b.WriteByte('-')
	}
	if whole == "" {
		whole = "0"
	}
	b.WriteString(whole)
	if fraction != "" {
		b.WriteByte('.')
		b.WriteString(fraction)
	}
	return b.String()
}

// Int64 is the number if it is whole and fits.
func (d Decimal) Int64() (int64, bool) {
	negative, whole, fraction := d.parts()
	if fraction != "" {
		return 0, false
	}
	if whole == "" {
		return 0, true
	}
	if negative {
		whole = "-" + whole
	}
	n, err := strconv.ParseInt(whole, 10, 64)
	return n, err == nil
}

// Float64 is the nearest float64, for reckoning where digits do not matter.
func (d Decimal) Float64() float64 {
	f, _ := strconv.ParseFloat(d.String(), 64) // beyond the range it gives infinity, which is the nearest
	return f
}

// Add is d + e with the greater scale of both.
func (d Decimal) Add(e Decimal) Decimal {
	scale := max(d.Scale(), e.Scale())
	sum := d.unscaled(scale)
	return fromBig(sum.Add(sum, e.unscaled(scale)), scale)
}

// Sub is d - e with the greater scale of both.
func (d Decimal) Sub(e Decimal) Decimal {
	scale := max(d.Scale(), e.Scale())
	diff := d.unscaled(scale)
	return fromBig(diff.Sub(diff, e.unscaled(scale)), scale)
}

// unscaled is d * 10^scale; scale is at least d's own.
func (d Decimal) unscaled(scale int) *big.Int {
	digits := strings.Replace(d.String(), ".", "", 1) + strings.Repeat("0", scale-d.Scale())
	n, _ := new(big.Int).SetString(digits, 10)
	return n
}

func fromBig(n *big.Int, scale int) Decimal {
	s := new(big.Int).Abs(n).String()
	if len(s) <= scale {
		s = strings.Repeat("0", scale-len(s)+1) + s
	}
	if scale > 0 {
		s = s[:len(s)-scale] + "." + s[len(s)-scale:]
	}
	if n.Sign() < 0 {
		s = "-" + s
	}
	return Decimal{s}
}

// MarshalText and UnmarshalText make a Decimal a string in JSON, where a number would lose its digits.
func (d Decimal) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

func (d *Decimal) UnmarshalText(b []byte) (err error) {
	*d, err = ParseDecimal(b)
	return err
}
