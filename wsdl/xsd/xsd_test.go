package xsd

import (
	"math"
	"math/big"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestBooleans(t *testing.T) {
	for in, want := range map[string]bool{"true": true, "1": true, "false": false, "0": false, " \t\r\ntrue\n": true} {
		if got, err := ParseBool(in); err != nil || got != want {
			t.Errorf("%q: %v, %v", in, got, err)
		}
		if got, err := ParseBool([]byte(in)); err != nil || got != want {
			t.Errorf("bytes %q: %v, %v", in, got, err)
		}
	}
	for _, in := range []string{"", "TRUE", "yes", "2", "t", "tr ue", "00", "是"} {
		if _, err := ParseBool(in); err == nil {
			t.Errorf("%q is read", in)
		}
	}
}

func TestIntegersHaveRanges(t *testing.T) {
	for _, c := range []struct {
		in     string
		lo, hi int64
		want   int64
		ok     bool
	}{
		{"0", 0, 9, 0, true}, {"-0", 0, 9, 0, true}, {"+7", 0, 9, 7, true}, {" 007 ", 0, 9, 7, true}, {"10", 0, 9, 0, false}, {"-1", 0, 9, 0, false},
		{"9223372036854775807", math.MinInt64, math.MaxInt64, math.MaxInt64, true},
		{"-9223372036854775808", math.MinInt64, math.MaxInt64, math.MinInt64, true},
		{"9223372036854775808", math.MinInt64, math.MaxInt64, 0, false},
		{"-9223372036854775809", math.MinInt64, math.MaxInt64, 0, false},
		{"99999999999999999999999999", math.MinInt64, math.MaxInt64, 0, false},
		{"", 0, 9, 0, false}, {"-", 0, 9, 0, false}, {"+", 0, 9, 0, false}, {"1.0", 0, 9, 0, false}, {"1e3", 0, 9999, 0, false},
		{"1 2", 0, 99, 0, false}, {"0x1", 0, 9, 0, false}, {"1_0", 0, 99, 0, false}, {"１", 0, 9, 0, false}, {"--1", -9, 9, 0, false},
	} {
		got, err := ParseInt(c.in, c.lo, c.hi)
		if (err == nil) != c.ok || got != c.want {
			t.Errorf("%q in %d..%d: %d, %v", c.in, c.lo, c.hi, got, err)
		}
	}
	for in, want := range map[string]uint64{"0": 0, "+1": 1, "-0": 0, "18446744073709551615": math.MaxUint64} {
		if got, err := ParseUint(in, math.MaxUint64); err != nil || got != want {
			t.Errorf("%q: %d, %v", in, got, err)
		}
	}
	for _, in := range []string{"", "-1", "256", "18446744073709551616", "1.0", "0x1", "+-1", "1_0"} {
		if got, err := ParseUint(in, 255); err == nil {
			t.Errorf("%q: %d", in, got)
		}
	}
}

func TestFloats(t *testing.T) {
	for in, want := range map[string]float64{"1": 1, "-2.5E3": -2500, ".5": .5, "5.": 5, "INF": math.Inf(1), "-INF": math.Inf(-1), "1e999": math.Inf(1), " 1 ": 1} {
		if got, err := ParseFloat(in); err != nil || got != want {
			t.Errorf("%q: %v, %v", in, got, err)
		}
	}
	if got, err := ParseFloat("NaN"); err != nil || !math.IsNaN(got) {
		t.Errorf("NaN: %v, %v", got, err)
	}
	for _, in := range []string{"", "inf", "Infinity", "+INF", "nan", "0x1p3", "1_000", "1,5", "e", "."} {
		if got, err := ParseFloat(in); err == nil {
			t.Errorf("%q: %v", in, got)
		}
	}
	for _, f := range []float64{0, 1, -2.5, 1e300, 5e-324, math.MaxFloat64, math.Inf(1), math.Inf(-1), 31.230416} {
		if got, err := ParseFloat(FormatFloat(f)); err != nil || got != f {
			t.Errorf("%v is written %s and read %v, %v", f, FormatFloat(f), got, err)
		}
	}
}

func TestDecimalsKeepTheirDigits(t *testing.T) {
	for _, in := range []string{"0", "0.30", "1234567.50", "-0.0", "+1.50", "007", ".5", "5.", "-.5", "123456789012345678901234567890.123456789012345678901234567890"} {
		d, err := ParseDecimal(" " + in + "\n")
		if err != nil || d.String() != in {
			t.Errorf("%q: %s, %v", in, d, err)
		}
		var back Decimal
		if b, _ := d.MarshalText(); back.UnmarshalText(b) != nil || back != d {
			t.Errorf("%q comes back as %s", in, back)
		}
	}
	for _, in := range []string{"", ".", "-", "+", "1e3", "1E3", "1,5", "1.2.3", "--1", "1-", "1 000", "NaN", "INF", "０", "0x1", "1_000"} {
		if d, err := ParseDecimal(in); err == nil {
			t.Errorf("%q: %s", in, d)
		}
	}
	var zero Decimal
	if zero.String() != "0" || !zero.IsZero() || !zero.Equal(MustDecimal("-0.00")) {
		t.Errorf("the zero value is %s", zero)
	}
	for in, want := range map[string]string{"1.50": "1.5", "+01.0": "1", "-0.0": "0", ".5": "0.5", "5.": "5", "-00.10": "-0.1"} {
		if got := MustDecimal(in).Canonical(); got != want {
			t.Errorf("%s: canonical %s, want %s", in, got, want)
		}
	}
	for in, want := range map[string]int64{"5": 5, "-5.00": -5, "0.0": 0, "9223372036854775807": math.MaxInt64, "-9223372036854775808": math.MinInt64} {
		if got, ok := MustDecimal(in).Int64(); !ok || got != want {
			t.Errorf("%s: %d, %v", in, got, ok)
		}
	}
	for _, in := range []string{"5.5", "9223372036854775808"} {
		if got, ok := MustDecimal(in).Int64(); ok {
			t.Errorf("%s: %d", in, got)
		}
	}
	for want, d := range map[string]Decimal{"1.50": NewDecimal(150, 2), "-0.05": NewDecimal(-5, 2), "7": NewDecimal(7, 0), "0.00": NewDecimal(0, 2), "8": NewDecimal(8, -1)} {
		if d.String() != want {
			t.Errorf("%s, want %s", d, want)
		}
	}
	if d, err := ParseInteger("+0012345678901234567890"); err != nil || d.String() != "+0012345678901234567890" {
		t.Errorf("%s, %v", d, err)
	}
	for _, in := range []string{"1.0", "1.", "", "x"} {
		if _, err := ParseInteger(in); err == nil || !strings.Contains(err.Error(), "such as 42") {
			t.Errorf("%q: %v", in, err)
		}
	}
}

func rat(t *testing.T, d Decimal) *big.Rat {
	s := d.String()
	if strings.HasSuffix(s, ".") {
		s += "0"
	}
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		t.Fatalf("math/big does not read %q", s)
	}
	return r
}

func FuzzDecimal(f *testing.F) {
	for _, s := range []string{"0", "0.30", "-1.5", "+00.10", ".5", "5.", "999999999999999999999.1", "-0", "1e3"} {
		f.Add(s, "1.05")
		f.Add("-0.1", s)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		d, err := ParseDecimal(a)
		if err != nil {
			checkError(t, err, a)
			return
		}
		if d.String() != strings.Trim(a, " \t\r\n") {
			t.Fatalf("%q became %s", a, d)
		}
		e, err := ParseDecimal(b)
		if err != nil {
			return
		}
		x, y := rat(t, d), rat(t, e)
		if d.Cmp(e) != x.Cmp(y) || e.Cmp(d) != y.Cmp(x) || d.Sign() != x.Sign() || d.IsZero() != (x.Sign() == 0) {
			t.Fatalf("%s and %s: %d, math/big %d", d, e, d.Cmp(e), x.Cmp(y))
		}
		if sum := d.Add(e); rat(t, sum).Cmp(new(big.Rat).Add(x, y)) != 0 || sum.Scale() != max(d.Scale(), e.Scale()) {
			t.Fatalf("%s + %s = %s", d, e, sum)
		}
		if diff := d.Sub(e); rat(t, diff).Cmp(new(big.Rat).Sub(x, y)) != 0 {
			t.Fatalf("%s - %s = %s", d, e, diff)
		}
		if c := MustDecimal(d.Canonical()); !c.Equal(d) || c.Canonical() != c.String() {
			t.Fatalf("%s: canonical %s", d, c)
		}
		if f64, _ := x.Float64(); f64 != d.Float64() {
			t.Fatalf("%s: %v, math/big %v", d, d.Float64(), f64)
		}
		n, ok := d.Int64()
		if ok != (x.IsInt() && x.Num().IsInt64()) || ok && n != x.Num().Int64() {
			t.Fatalf("%s: %d, %v", d, n, ok)
		}
	})
}

// checkError checks that an error shows the value, cut, on one line, and an example of what is allowed.
func checkError(t *testing.T, err error, in string) {
	t.Helper()
	msg := err.Error()
	if strings.ContainsAny(msg, "\n\r") || !strings.Contains(msg, "; allowed: ") || !utf8.ValidString(msg) || len(msg) > 700 {
		t.Fatalf("%q: %q", in, msg)
	}
}

func TestErrorsSayWhatWasReadAndWhatIsAllowed(t *testing.T) {
	_, err := ParseDecimal("1,5")
	if got, want := err.Error(), `"1,5" is not a decimal: it has a comma; allowed: digits with an optional sign and point, such as 1234567.50`; got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	_, err = ParseDateTime("2024/5/1 08:00")
	if got, want := err.Error(), `"2024/5/1 08:00" is not a dateTime; allowed: year-month-dayThour:minute:second, with a fraction`; !strings.HasPrefix(got, want) {
		t.Errorf("%s", got)
	}
	_, err = ParseInt(strings.Repeat("水", 1000), 0, 9)
	if got, want := err.Error(), `"`+strings.Repeat("水", 40)+`"… is not an integer`; !strings.HasPrefix(got, want) {
		t.Errorf("%s", got)
	}
}

func TestBinaryIsStrictButForWhiteSpace(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "TQ==": "M", "TWE=": "Ma", "TWFu": "Man", " T W\nF\r\n\tu ": "Man", "TQ = =": "M", "//79": "\xff\xfe\xfd",
	} {
		b, err := ParseBinary(in)
		if err != nil || string(b) != want {
			t.Errorf("%q: %q, %v", in, b, err)
		}
	}
	for _, in := range []string{"T", "TQ", "TQ=", "TQ===", "TWFu=", "TR==", "TWF=", "TW-_", "T*==", "=", "====", "TQ==TQ==", "水"} {
		if b, err := ParseBinary(in); err == nil {
			t.Errorf("%q: %q", in, b)
		}
	}
	if b, err := ParseBinary(""); err != nil || b == nil {
		t.Error("an empty value is no nil value")
	}
}

func FuzzBinary(f *testing.F) {
	f.Add("TQ==")
	f.Add("\x00\xff")
	f.Fuzz(func(t *testing.T, s string) {
		again, err := ParseBinary(Binary(s).AppendBase64(nil))
		if err != nil || string(again) != s {
			t.Fatalf("%q comes back as %q, %v", s, again, err)
		}
		b, err := ParseBinary(s)
		if err != nil {
			checkError(t, err, s)
			return
		}
		packed := strings.Map(func(c rune) rune {
			if strings.ContainsRune(" \t\r\n", c) {
				return -1
			}
			return c
		}, s)
		if b.String() != packed {
			t.Fatalf("%q is read, but written as %q", s, b.String())
		}
	})
}

func TestCollapse(t *testing.T) {
	for in, want := range map[string]string{"": "", " ": "", "a": "a", " a\t\n b ": "a b", "a b": "a b", "a\u00A0 b": "a\u00A0 b", "a\n": "a", "a\tb": "a b"} {
		if got := Collapse(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
