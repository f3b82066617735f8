package mapping

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"tundish/adapters/geo"
	"tundish/config/codes"
	"tundish/core"
	"tundish/wsdl/xsd"
)

// source is where a text of a message that leaves comes from, and how it is written.
type source struct {
	name     string // of the field, for messages
	get      getter // nil: constant
	constant string
	secret   string // name of a secret

	as        string
	layout    string // of package time; "" is the way of XML Schema
	zone      *time.Location
	seconds   bool // of an epoch; else milliseconds
	reference *geo.Reference
	second    bool // of a coordinate: the eastern half

	codes    map[string]string // the house's code: its
	table    *codes.Table
	lower    getter // of a pair of codes, the lower; nil: there is one only
	below    bool   // write the lower code of a table
	unmapped string
	fallback *string // default
	required bool
	letters  string // upper, lower
	prefix   string
	pad      *Pad
	max      int
	list     *list // to be joined
	join     string
	bare     bool // in JSON without quotes
}

// text is what is written; false when there is no value.
func (src *source) text(s *scope) (string, bool) {
	if src.secret != "" {
		return s.secret(src.secret), true
	}
	if src.get == nil {
		return src.constant, true
	}
	t, ok := "", false
	if src.list != nil {
		t, ok = src.joined(s)
	} else if v := src.get(s); v.is {
		t = src.one(s, v)
		ok = t != "" || src.table == nil // a table may have no lower code
	}
	if !ok {
		switch {
		case src.fallback != nil:
			return *src.fallback, true
		case src.required:
			s.fail(core.Invalidf("required", src.name, "there is no %s, and the mapping wants one", "没有 %s，而映射要求必填", src.name))
		}
	}
	return t, ok
}

// known tells whether there is a value, without looking at what is written instead of one.
func (src *source) known(s *scope) bool {
	is := false
	switch {
	case src.list != nil:
		src.list.walk(s, func(one *scope) { is = is || src.get(one).is })
	case src.table != nil: // a table may have no lower code
		v := src.get(s)
		is = v.is && src.one(s, v) != ""
	default:
		is = src.get(s).is
	}
	return is
}

func (src *source) joined(s *scope) (string, bool) {
	var parts []string
	src.list.walk(s, func(one *scope) {
		if v := src.get(one); v.is {
			parts = append(parts, src.one(one, v))
		}
		if one.err != nil {
			s.fail(one.err)
		}
	})
	return strings.Join(parts, src.join), len(parts) > 0
}

// one writes a value that is there.
func (src *source) one(s *scope, v value) string {
	t := src.plain(s, v)
	switch {
	case src.codes != nil:
		t = src.code(s, t)
	case src.table != nil:
		if t = src.translated(s, t); t == "" {
			return ""
		}
	}
	switch src.letters {
	case "upper":
		t = strings.ToUpper(t)
	case "lower":
		t = strings.ToLower(t)
	}
	t = src.prefix + t
	if src.pad != nil {
		if n := src.pad.To - utf8.RuneCountInString(t); n > 0 {
			t = strings.Repeat(src.pad.With, n) + t
		}
	}
	if src.max > 0 && utf8.RuneCountInString(t) > src.max {
		t = string([]rune(t)[:src.max])
	}
	return t
}

// plain writes a value before codes and letters are looked at.
func (src *source) plain(s *scope, v value) string {
	if src.reference != nil {
		return src.half(v.point)
	}
	switch v.kind {
	case instantKind:
		return src.instant(s, v.at)
	case dayKind:
		if src.layout == "" {
			return v.text
		}
		day, err := time.Parse(time.DateOnly, v.text)
		if err != nil {
			s.fail(core.Invalidf("invalid_value", src.name, "%s is no date", "%s 不是日期", shown(v.text)))
			return ""
		}
		return day.Format(src.layout)
	case pointKind:
		return fmt.Sprintf("%.7f,%.7f", v.point.Lon, v.point.Lat)
	case bytesKind:
		if src.as == "hex" {
			return hex.EncodeToString(v.bytes)
		}
		return base64.StdEncoding.EncodeToString(v.bytes)
	case flagKind:
		if src.as == "int" {
			if v.text == "true" {
				return "1"
			}
			return "0"
		}
	}
	return src.checked(s, v.text)
}

// half writes one of the two numbers of a point.
func (src *source) half(p core.Point) string {
	number, east := src.reference.FromWGS84(p)
	if src.second {
		number = east
	}
	digits := 7 // about a centimetre
	if src.reference.Plane() {
		digits = 3
	}
	return strconv.FormatFloat(number, 'f', digits, 64)
}

// checked sees that a text is the number that the mapping promises.
func (src *source) checked(s *scope, t string) string {
	var err error
	switch src.as {
	case "int":
		_, err = strconv.ParseInt(t, 10, 64)
	case "decimal":
		_, err = xsd.ParseDecimal(t)
	case "base64":
		return base64.StdEncoding.EncodeToString([]byte(t))
	case "hex":
		return hex.EncodeToString([]byte(t))
	}
	if err != nil {
		s.fail(core.Invalidf("invalid_value", src.name, "%s is no %s", "%s 不是 %s", shown(t), src.as))
	}
	return t
}

func (src *source) instant(s *scope, at time.Time) string {
	zone := src.zone
	if zone == nil {
		zone = s.zone
	}
	at = at.In(zone)
	switch {
	case src.as == "epoch" && src.seconds:
		return strconv.FormatInt(at.Unix(), 10)
	case src.as == "epoch":
		return strconv.FormatInt(at.UnixMilli(), 10)
	case src.layout != "":
		return at.Format(src.layout)
	case src.as == "date":
		return at.Format(time.DateOnly)
	}
	return xsd.NewDateTime(at.Truncate(time.Millisecond)).String()
}

// code translates a word of the house.
func (src *source) code(s *scope, house string) string {
	if c, ok := src.codes[house]; ok {
		return c
	}
	switch src.unmapped {
	case "default":
		return *src.fallback
	case "keep":
	case "alert":
		if s.Trouble != nil {
			s.Trouble(src.name, house)
		}
	default:
		s.fail(core.Invalidf("unknown_code", src.name, "the map has no code for %s; add it, or say unmapped: keep", "对照表中没有 %s 的代码；请补充，或设置 unmapped: keep", shown(house)))
	}
	return house
}

// Letters of layouts, longest first, and what package time calls them.
var letters = []struct{ theirs, ours string }{
	{"yyyy", "2006"}, {"SSS", "000"}, {"yy", "06"}, {"MM", "01"}, {"dd", "02"}, {"HH", "15"}, {"hh", "03"}, {"mm", "04"}, {"ss", "05"},
	{"M", "1"}, {"d", "2"}, {"h", "3"}, {"tt", "PM"}, {"XXX", "-07:00"}, {"Z", "-0700"},
}

// layoutOf turns yyyy-MM-dd HH:mm:ss into a layout of package time. Text in single quotes
// stands for itself, and so does all that is no letter of A to Z.
func layoutOf(text string) (string, error) {
	var b strings.Builder
next:
	for rest := text; rest != ""; {
		if after, ok := strings.CutPrefix(rest, "'"); ok {
			quoted, left, ok := strings.Cut(after, "'")
			if !ok {
				return "", mistakef("a ' without its partner", "单引号不成对")
			}
			if strings.ContainsAny(quoted, "0123456789") {
				return "", mistakef("'%s': digits cannot stand in the text of a layout", "'%s'：格式的文字中不能有数字", quoted)
			}
			b.WriteString(quoted)
			rest = left
			continue
		}
		for _, l := range letters {
			if left, ok := strings.CutPrefix(rest, l.theirs); ok {
				if l.theirs == "SSS" && !strings.HasSuffix(b.String(), ".") && !strings.HasSuffix(b.String(), ",") {
					return "", mistakef("SSS stands behind a dot or a comma", "SSS 须位于小数点或逗号之后")
				}
				b.WriteString(l.ours)
				rest = left
				continue next
			}
		}
		r, n := utf8.DecodeRuneInString(rest)
		if r == 'H' {
			return "", mistakef("write HH: it reads one digit, too", "请写 HH：一位数字也可读")
		}
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return "", mistakef("%q means nothing in a layout; put text in single quotes", "%q 在格式中无意义；文字须加单引号", r)
		}
		b.WriteString(rest[:n])
		rest = rest[n:]
	}
	return b.String(), nil
}
