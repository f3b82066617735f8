package mapping

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"tundish/wsdl/xsd"
)

// tidy is a text of theirs without what the mapping takes off it; empty means nothing. It is
// valid until the next call.
func (w *walk) tidy(f *input, text []byte) []byte {
	text = trim(text)
	if f.Fold && (bytes.IndexByte(text, 0xEF) >= 0 || bytes.IndexByte(text, 0xE3) >= 0) {
		w.scratch = fold(w.scratch[:0], text)
		text = trim(w.scratch)
	}
	for _, none := range f.none {
		if string(text) == none {
			return nil
		}
	}
	if f.plainTidy {
		return text
	}
	if f.Strip != "" && bytes.ContainsAny(text, f.Strip) {
		w.scratch = strip(w.scratch[:0], text, f.Strip)
		text = w.scratch
	}
	text = bytes.TrimSuffix(bytes.TrimPrefix(text, f.prefix), f.suffix)
	if f.Split != "" {
		text = f.cut(text)
	}
	if f.Case != "" {
		w.scratch = letterCase(w.scratch[:0], text, f.Case == "upper")
		text = w.scratch
	}
	if text = trim(text); f.Pad != nil && len(text) > 0 {
		if n := f.Pad.To - utf8.RuneCount(text); n > 0 {
			text = append(bytes.Repeat([]byte(f.Pad.With), n), text...)
		}
	}
	return text
}

// cut takes one part of a list in one text, or joins those again that have a value.
func (f *input) cut(text []byte) []byte {
	parts := bytes.Split(text, []byte(f.Split))
	if f.Nth > 0 {
		if f.Nth > len(parts) {
			return nil
		}
		return trim(parts[f.Nth-1])
	}
	var out []byte
	for _, part := range parts {
		if part = trim(part); len(part) == 0 {
			continue
		}
		if len(out) > 0 {
			out = append(out, f.Join...)
		}
		out = append(out, part...)
	}
	return out
}

// fold appends a text with full-width letters, digits and signs made plain ones.
func fold(to, text []byte) []byte {
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == 0xEF && i+2 < len(text) && text[i+1] == 0xBC && text[i+2] >= 0x81: // ！ to ＿
			to = append(to, text[i+2]-0x81+'!')
			i += 2
		case c == 0xEF && i+2 < len(text) && text[i+1] == 0xBD && text[i+2] <= 0x9E: // ｀ to ～
			to = append(to, text[i+2]-0x80+'`')
			i += 2
		case c == 0xE3 && i+2 < len(text) && text[i+1] == 0x80 && text[i+2] == 0x80: // the blank
			to = append(to, ' ')
			i += 2
		default:
			to = append(to, c)
		}
	}
	return to
}

// strip appends a text without some characters; to may lie at the start of text.
func strip(to, text []byte, without string) []byte {
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		if !strings.ContainsRune(without, r) {
			to = append(to, text[:n]...)
		}
		text = text[n:]
	}
	return to
}

// letterCase appends a text in upper or lower case; to may lie at the start of text.
func letterCase(to, text []byte, upper bool) []byte {
	if slices.ContainsFunc(text, func(c byte) bool { return c >= 0x80 }) {
		if upper {
			return append(to, bytes.ToUpper(text)...)
		}
		return append(to, bytes.ToLower(text)...)
	}
	for _, c := range text {
		switch {
		case upper && c >= 'a' && c <= 'z':
			c -= 'a' - 'A'
		case !upper && c >= 'A' && c <= 'Z':
			c += 'a' - 'A'
		}
		to = append(to, c)
	}
	return to
}

// integer reads a whole number.
func integer(text []byte) (int64, bool) {
	if len(text) == 0 || len(text) > 18 {
		n, err := strconv.ParseInt(string(text), 10, 64)
		return n, err == nil
	}
	digits, n := text, int64(0)
	if text[0] == '-' || text[0] == '+' {
		digits = text[1:]
	}
	for _, c := range digits {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	if text[0] == '-' {
		n = -n
	}
	return n, len(digits) > 0
}

// isDecimal tells whether a text is an xs:decimal.
func isDecimal(text []byte) bool {
	digits, points := 0, 0
	for i, c := range text {
		switch {
		case c >= '0' && c <= '9':
			digits++
		case c == '.' && points == 0:
			points++
		case (c == '+' || c == '-') && i == 0:
		default:
			return false
		}
	}
	return digits > 0
}

// time reads a time of theirs.
func (f *input) time(text []byte) (time.Time, bool) {
	switch {
	case f.as == "epoch":
		n, ok := integer(text)
		const most = 253402300799 // the last second of the year 9999
		if !ok || n < 0 || f.Unit == "s" && n > most || n/1000 > most {
			return time.Time{}, false
		}
		if f.Unit == "s" {
			return time.Unix(n, 0).In(f.zone), true
		}
		return time.UnixMilli(n).In(f.zone), true
	case f.layouts != nil:
		for i := range f.layouts {
			if at, ok := f.layouts[i].parse(text, f.zone); ok {
				return at, true
			}
		}
		return time.Time{}, false
	case f.as == "date":
		return dayLayout.parse(text, f.zone)
	}
	if at, ok := readInstant(text, f.zone); ok {
		return at, true
	}
	at, err := xsd.ParseDateTime(text)
	return at.Time(f.zone), err == nil
}
