package shape

import (
	"encoding/hex"
	"math/big"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"tundish/wsdl/contract"
	"tundish/wsdl/xml"
	"tundish/wsdl/xsd"
)

// builtins are the simple types of XML Schema, with an expression for those
// whose values are decided by one.
var builtins = map[string]*regexp.Regexp{
	"anySimpleType": nil, "anyAtomicType": nil, "string": nil, "normalizedString": nil, "token": nil, "anyURI": nil,
	"boolean": nil, "decimal": nil, "integer": nil, "float": nil, "double": nil,
	"byte": nil, "short": nil, "int": nil, "long": nil,
	"unsignedByte": nil, "unsignedShort": nil, "unsignedInt": nil, "unsignedLong": nil,
	"nonNegativeInteger": nil, "positiveInteger": nil, "nonPositiveInteger": nil, "negativeInteger": nil,
	"date": nil, "dateTime": nil, "dateTimeStamp": nil, "base64Binary": nil, "hexBinary": nil,
	"time":              regexp.MustCompile(`^(?:(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?|24:00:00(?:\.0+)?)` + zone + `$`),
	"gYear":             regexp.MustCompile(`^-?(?:[1-9]\d{4,}|\d{4})` + zone + `$`),
	"gYearMonth":        regexp.MustCompile(`^-?(?:[1-9]\d{4,}|\d{4})-(?:0[1-9]|1[0-2])` + zone + `$`),
	"gMonth":            regexp.MustCompile(`^--(?:0[1-9]|1[0-2])` + zone + `$`),
	"gDay":              regexp.MustCompile(`^---(?:0[1-9]|[12]\d|3[01])` + zone + `$`),
	"gMonthDay":         regexp.MustCompile(`^--(?:02-(?:0[1-9]|[12]\d)|(?:0[469]|11)-(?:0[1-9]|[12]\d|30)|(?:0[13578]|1[02])-(?:0[1-9]|[12]\d|3[01]))` + zone + `$`),
	"duration":          regexp.MustCompile(`^-?P(?:\d+Y)?(?:\d+M)?(?:\d+D)?(?:T(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?)?$`),
	"dayTimeDuration":   regexp.MustCompile(`^-?P(?:\d+D)?(?:T(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?)?$`),
	"yearMonthDuration": regexp.MustCompile(`^-?P(?:\d+Y)?(?:\d+M)?$`),
	"language":          regexp.MustCompile(`^[a-zA-Z]{1,8}(?:-[a-zA-Z0-9]{1,8})*$`),
	"Name":              regexp.MustCompile(`^[\p{L}\p{Nl}_:]` + nameChars + `*$`),
	"NCName":            ncName, "ID": ncName, "IDREF": ncName, "ENTITY": ncName,
	"NMTOKEN": regexp.MustCompile(`^` + nameChars + `+$`),
	"QName":   qName, "NOTATION": qName,
	"NMTOKENS": nil, "IDREFS": nil, "ENTITIES": nil,
}

const (
	zone      = `(?:Z|[+-](?:(?:0\d|1[0-3]):[0-5]\d|14:00))?`
	nameChars = `[\p{L}\p{Nl}\p{Nd}\p{M}_:.\-·]`
	local     = `[\p{L}\p{Nl}_][\p{L}\p{Nl}\p{Nd}\p{M}_.\-·]*`
)

var (
	ncName = regexp.MustCompile(`^` + local + `$`)
	qName  = regexp.MustCompile(`^(?:` + local + `:)?` + local + `$`)
)

// examples show what is allowed for types that an expression decides.
var examples = map[string]string{
	"time": "08:30:00", "gYear": "2024", "gYearMonth": "2024-06", "gMonth": "--06", "gDay": "---15", "gMonthDay": "--06-15",
	"duration": "PT2H30M", "dayTimeDuration": "P1DT2H", "yearMonthDuration": "P1Y6M", "language": "zh-CN", "Name": "Name", "NCName": "name",
	"ID": "id1", "IDREF": "id1", "ENTITY": "name", "NMTOKEN": "A-1", "QName": "xs:string", "NOTATION": "jpeg",
	"anyURI": "https://example.com/a", "hexBinary": "0FB8", "boolean": "true", "integer": "42", "decimal": "12.5",
}

// bounds of the integer types; "" is none.
var bounds = map[string][2]string{
	"integer": {"", ""}, "byte": {"-128", "127"}, "short": {"-32768", "32767"}, "int": {"-2147483648", "2147483647"},
	"long": {"-9223372036854775808", "9223372036854775807"}, "unsignedByte": {"0", "255"}, "unsignedShort": {"0", "65535"},
	"unsignedInt": {"0", "4294967295"}, "unsignedLong": {"0", "18446744073709551615"}, "nonNegativeInteger": {"0", ""},
	"positiveInteger": {"1", ""}, "nonPositiveInteger": {"", "0"}, "negativeInteger": {"", "-1"},
}

// builtinOf is the local name of a simple type of XML Schema, "" for others.
// The types of SOAP encoding of the same names are those with an id.
func builtinOf(n xml.Name) string {
	switch {
	case n.Space == contract.NamespaceXSD:
	case encoding(n.Space) && n.Local == "base64":
		return "base64Binary"
	case encoding(n.Space):
	case n.Space == contract.NamespaceXMLMIME && (n.Local == "base64Binary" || n.Local == "hexBinary"):
	case n == xml.Name{Space: namespaceProfile, Local: "swaRef"}:
		return "anyURI"
	default:
		return ""
	}
	if _, ok := builtins[n.Local]; ok {
		return n.Local
	}
	return ""
}

func isInteger(builtin string) bool { _, ok := bounds[builtin]; return ok }
func isDecimal(builtin string) bool { return builtin == "decimal" || isInteger(builtin) }
func isFloat(builtin string) bool   { return builtin == "double" || builtin == "float" }

// checkLexical says whether a text, white space already seen to, is a value of
// a type of XML Schema.
func checkLexical(builtin, text string) error {
	var err error
	switch {
	case isInteger(builtin):
		v, err := xsd.ParseInteger(text)
		if err != nil {
			return err
		}
		b := bounds[builtin]
		if b[0] != "" && v.Cmp(xsd.MustDecimal(b[0])) < 0 || b[1] != "" && v.Cmp(xsd.MustDecimal(b[1])) > 0 {
			return say("%s is out of range for %s; it must be %s", "%s 超出 %s 的范围，应%s", text, builtin, span(b[0], b[1]))
		}
		return nil
	case builtin == "boolean":
		_, err = xsd.ParseBool(text)
	case builtin == "decimal":
		_, err = xsd.ParseDecimal(text)
	case isFloat(builtin):
		_, err = xsd.ParseFloat(text)
	case builtin == "date":
		_, err = xsd.ParseDate(text)
	case builtin == "dateTime":
		_, err = xsd.ParseDateTime(text)
	case builtin == "dateTimeStamp":
		var d xsd.DateTime
		if d, err = xsd.ParseDateTime(text); err == nil && !d.HasZone() {
			err = say("%s has no zone; write one, such as 2024-06-01T08:30:00+08:00", "%s 没有时区；须写明，如 2024-06-01T08:30:00+08:00", quote(text))
		}
	case builtin == "base64Binary":
		_, err = xsd.ParseBinary(text)
	case builtin == "hexBinary":
		if _, bad := hex.DecodeString(text); bad != nil {
			err = no(builtin, text)
		}
	case builtin == "anyURI":
		if _, bad := url.Parse(text); bad != nil && strings.ContainsAny(text, "<>\"{}|\\^`") {
			err = no(builtin, text)
		}
	case builtins[builtin] != nil:
		ok := builtins[builtin].MatchString(text)
		if strings.HasSuffix(strings.ToLower(builtin), "duration") {
			ok = ok && !strings.HasSuffix(text, "T") && !strings.HasSuffix(text, "P")
		}
		if !ok {
			err = no(builtin, text)
		}
	}
	return err
}

func no(builtin, text string) error {
	return say("%s is no %s; write it like %s", "%s 不是 %s；应如 %s", quote(text), builtin, examples[builtin])
}

func span(low, high string) *Error {
	switch {
	case low == "":
		return say("at most "+high, "不大于 "+high)
	case high == "":
		return say("at least "+low, "不小于 "+low)
	}
	return say("from "+low+" to "+high, "为 "+low+" 至 "+high)
}

// checkRange compares with Min and Max and counts digits.
func (s *Simple) checkRange(text string) error {
	if s.Min != "" {
		if c := compare(s.Builtin, text, s.Min); c == -1 || c == 0 && s.MinExclusive {
			en, zh := "at least", "不小于"
			if s.MinExclusive {
				en, zh = "more than", "大于"
			}
			return say("%s is too small; it must be %v %s", "%s 过小，应%v %s", text, say(en, zh), s.Min)
		}
	}
	if s.Max != "" {
		if c := compare(s.Builtin, text, s.Max); c == 1 || c == 0 && s.MaxExclusive {
			en, zh := "at most", "不大于"
			if s.MaxExclusive {
				en, zh = "less than", "小于"
			}
			return say("%s is too large; it must be %v %s", "%s 过大，应%v %s", text, say(en, zh), s.Max)
		}
	}
	if !isDecimal(s.Builtin) || s.TotalDigits == None && s.FractionDigits == None {
		return nil
	}
	before, behind, _ := strings.Cut(strings.TrimLeft(text, "+-"), ".")
	whole, fraction := len(strings.TrimLeft(before, "0")), len(strings.TrimRight(behind, "0"))
	if s.FractionDigits != None && fraction > s.FractionDigits {
		return say("%s has %d digits behind the point; at most %d are allowed", "%s 有 %d 位小数，最多允许 %d 位", text, fraction, s.FractionDigits)
	}
	if s.TotalDigits != None && whole+fraction > s.TotalDigits {
		return say("%s has %d digits; at most %d are allowed", "%s 有 %d 位数字，最多允许 %d 位", text, whole+fraction, s.TotalDigits)
	}
	return nil
}

// incomparable is the result of compare for values without an order.
const incomparable = 2

// compare orders two values of a type: -1, 0, 1, or incomparable.
func compare(builtin, a, b string) int {
	switch {
	case isDecimal(builtin):
		x, err1 := xsd.ParseDecimal(a)
		y, err2 := xsd.ParseDecimal(b)
		if err1 == nil && err2 == nil {
			return x.Cmp(y)
		}
	case isFloat(builtin):
		x, err1 := xsd.ParseFloat(a)
		y, err2 := xsd.ParseFloat(b)
		switch {
		case err1 != nil || err2 != nil || x != x || y != y:
		case x < y:
			return -1
		case x > y:
			return 1
		default:
			return 0
		}
	case builtin == "date":
		x, err1 := xsd.ParseDate(a)
		y, err2 := xsd.ParseDate(b)
		if err1 == nil && err2 == nil {
			return x.Time(nil).Compare(y.Time(nil))
		}
	case builtin == "dateTime" || builtin == "dateTimeStamp":
		x, err1 := xsd.ParseDateTime(a)
		y, err2 := xsd.ParseDateTime(b)
		if err1 == nil && err2 == nil {
			return x.Time(nil).Compare(y.Time(nil))
		}
	case builtin == "gYear":
		x, err1 := strconv.Atoi(strings.TrimRight(a, "Z"))
		y, err2 := strconv.Atoi(strings.TrimRight(b, "Z"))
		if err1 == nil && err2 == nil {
			return big.NewInt(int64(x)).Cmp(big.NewInt(int64(y)))
		}
	case builtin == "time" && len(a) >= 8 && len(b) >= 8 && len(strings.TrimRight(a[8:], ".0123456789")) == 0 && len(strings.TrimRight(b[8:], ".0123456789")) == 0:
		return strings.Compare(a, b)
	}
	return incomparable
}
