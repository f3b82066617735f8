package bind

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"tundish/wsdl/xsd"
)

// Text are the facets of a string type. Lengths count characters (Unicode code
// points); 0 is no bound.
type Text struct {
	Length, Min, Max int
	Patterns         []*regexp.Regexp // each must match the whole value
	OneOf            []string         // the enumeration; empty allows anything
	Space            Space
}

// Space says what happens to white space before a value is looked at.
type Space uint8

// The kinds of white space handling, in the words of XML Schema.
const (
	Preserve Space = iota // xs:string
	Replace               // xs:normalizedString: each becomes a blank
	Collapse              // xs:token: trimmed, runs become one blank
)

// Pattern compiles a pattern that has already been translated to Go's syntax;
// the whole value must match.
func Pattern(expr string) *regexp.Regexp { return regexp.MustCompile(`^(?:` + expr + `)$`) }

func (f *Text) normalise(s string) string {
	if f == nil {
		return s
	}
	switch f.Space {
	case Replace:
		if strings.ContainsAny(s, "\t\n\r") {
			return strings.NewReplacer("\t", " ", "\n", " ", "\r", " ").Replace(s)
		}
	case Collapse:
		if strings.ContainsAny(s, "\t\n\r") || strings.Contains(s, "  ") || strings.HasPrefix(s, " ") || strings.HasSuffix(s, " ") {
			return strings.Join(strings.FieldsFunc(s, func(c rune) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }), " ")
		}
	}
	return s
}

// Check says what is wrong with a value and what is allowed, or nil.
func (f *Text) Check(s string) error {
	if f == nil {
		return nil
	}
	if f.Length > 0 || f.Min > 0 || f.Max > 0 {
		n := len(s)
		if n > f.Max || f.Length > 0 || f.Min > 0 { // bytes within the bound are characters within it
			n = utf8.RuneCountInString(s)
		}
		switch {
		case f.Length > 0 && n != f.Length:
			return say("%s has %d characters; it must have %d", "%s 有 %d 个字符，应为 %d 个", quote(s), n, f.Length)
		case n < f.Min:
			return say("%s has %d characters; at least %d are needed", "%s 有 %d 个字符，至少须 %d 个", quote(s), n, f.Min)
		case f.Max > 0 && n > f.Max:
			return say("%s has %d characters; at most %d are allowed", "%s 有 %d 个字符，最多允许 %d 个", quote(s), n, f.Max)
		}
	}
	if len(f.OneOf) > 0 {
		known := false
		for _, v := range f.OneOf {
			known = known || v == s
		}
		if !known {
			return say("%s is not an allowed value%s", "%s 不在允许的取值之内%s", quote(s), suggest(s, f.OneOf, strconv.Quote))
		}
	}
	for _, p := range f.Patterns {
		if !p.MatchString(s) {
			expr := p.String()
			return say("%s does not match the pattern %s", "%s 不符合格式 %s", quote(s), expr[len(`^(?:`):len(expr)-len(`)$`)])
		}
	}
	return nil
}

// Number are the facets of a decimal type. Digits of 0 are no bound; Fraction
// is the number of digits allowed behind the point, AnyFraction for no bound.
type Number struct {
	Low, High         string // bounds as numbers; "" is none
	LowOpen, HighOpen bool   // the bound itself is not allowed
	Digits, Fraction  int
}

// AnyFraction is the Fraction of a Number without fractionDigits.
const AnyFraction = -1

// Check says what is wrong with a value and what is allowed, or nil.
func (f *Number) Check(v xsd.Decimal) error {
	if f == nil {
		return nil
	}
	if f.Low != "" {
		if c := v.Cmp(xsd.MustDecimal(f.Low)); c < 0 || c == 0 && f.LowOpen {
			return say("%s is too small; it must be %s %s", "%s 过小，应%s %s", v, bound(f.LowOpen, say("more than", "大于"), say("at least", "不小于")), f.Low)
		}
	}
	if f.High != "" {
		if c := v.Cmp(xsd.MustDecimal(f.High)); c > 0 || c == 0 && f.HighOpen {
			return say("%s is too large; it must be %s %s", "%s 过大，应%s %s", v, bound(f.HighOpen, say("less than", "小于"), say("at most", "不大于")), f.High)
		}
	}
	whole, fraction := digits(v.String())
	if f.Fraction != AnyFraction && fraction > f.Fraction {
		if f.Fraction == 0 {
			return say("%s is no whole number", "%s 不是整数", v)
		}
		return say("%s has %d digits behind the point; at most %d are allowed", "%s 有 %d 位小数，最多允许 %d 位", v, fraction, f.Fraction)
	}
	if f.Digits > 0 && whole+fraction > f.Digits {
		return say("%s has %d digits; at most %d are allowed", "%s 有 %d 位数字，最多允许 %d 位", v, whole+fraction, f.Digits)
	}
	return nil
}

func bound(open bool, ifOpen, ifClosed words) words {
	if open {
		return ifOpen
	}
	return ifClosed
}

// digits counts the significant digits before and behind the point: zeros at
// either end say nothing about the value.
func digits(s string) (whole, fraction int) {
	s = strings.TrimLeft(s, "+-")
	before, behind, _ := strings.Cut(s, ".")
	return len(strings.TrimLeft(before, "0")), len(strings.TrimRight(behind, "0"))
}

// Range are the bounds, both included, of an integer type.
type Range struct{ Low, High int64 }

// The facets of the types of XML Schema that have some of their own.
var (
	Int8   = Range{math.MinInt8, math.MaxInt8}
	Int16  = Range{math.MinInt16, math.MaxInt16}
	Int32  = Range{math.MinInt32, math.MaxInt32}
	Int64  = Range{math.MinInt64, math.MaxInt64}
	Uint8  = Range{0, math.MaxUint8}
	Uint16 = Range{0, math.MaxUint16}
	Uint32 = Range{0, math.MaxUint32}

	Integer     = Number{}                          // xs:integer
	NonNegative = Number{Low: "0"}                  // xs:nonNegativeInteger, xs:unsignedLong
	Positive    = Number{Low: "0", LowOpen: true}   // xs:positiveInteger
	NonPositive = Number{High: "0"}                 // xs:nonPositiveInteger
	Negative    = Number{High: "0", HighOpen: true} // xs:negativeInteger

	Token      = Text{Space: Collapse} // xs:token and what derives from it
	Normalized = Text{Space: Replace}  // xs:normalizedString
)

// Check says what is wrong with a value and what is allowed, or nil.
func (f *Range) Check(v int64) error {
	if f != nil && (v < f.Low || v > f.High) {
		return say("%d is out of range; it must be from %d to %d", "%d 超出范围，应为 %d 至 %d", v, f.Low, f.High)
	}
	return nil
}

// Size are the bounds of a binary type in bytes; 0 is no bound.
type Size struct{ Length, Min, Max int }

// Check says what is wrong with a value and what is allowed, or nil.
func (f *Size) Check(b []byte) error {
	switch {
	case f == nil:
	case f.Length > 0 && len(b) != f.Length:
		return say("the data has %d bytes; it must have %d", "数据有 %d 字节，应为 %d 字节", len(b), f.Length)
	case len(b) < f.Min:
		return say("the data has %d bytes; at least %d are needed", "数据有 %d 字节，至少须 %d 字节", len(b), f.Min)
	case f.Max > 0 && len(b) > f.Max:
		return say("the data has %d bytes; at most %d are allowed", "数据有 %d 字节，最多允许 %d 字节", len(b), f.Max)
	}
	return nil
}

// quote shows a value in a message, cut when it is long.
func quote(s string) string {
	const most = 40
	if utf8.RuneCountInString(s) > most {
		r := []rune(s)
		return strconv.Quote(string(r[:most])) + "…"
	}
	return strconv.Quote(s)
}
