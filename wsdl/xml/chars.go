package xml

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// Classes of ASCII bytes.
const (
	nameByte   = 1 << iota // may stand in a name, the colon included
	startByte              // may begin a name
	spaceByte              // white space
	tagByte                // may follow the name in a start tag
	escapeText             // the Writer must escape it in text, or cannot write it
	escapeAttr             // the Writer must escape it in attribute values, or cannot write it
)

var class = func() (t [256]uint8) {
	for c := range 256 {
		b := byte(c)
		switch {
		case 'a' <= b && b <= 'z', 'A' <= b && b <= 'Z', b == '_', b == ':':
			t[c] |= nameByte | startByte
		case '0' <= b && b <= '9', b == '-', b == '.':
			t[c] |= nameByte
		case b == ' ', b == '\t', b == '\n', b == '\r':
			t[c] |= spaceByte | tagByte
		case b == '>', b == '/':
			t[c] |= tagByte
		}
		if b >= utf8.RuneSelf || b == '&' || b == '<' || b == '>' || b < ' ' && b != '\t' && b != '\n' {
			t[c] |= escapeText
		}
		if b >= utf8.RuneSelf || b == '&' || b == '<' || b == '>' || b == '"' || b < ' ' {
			t[c] |= escapeAttr
		}
	}
	return t
}()

func isSpace(c byte) bool { return class[c]&spaceByte != 0 }

// isChar reports whether XML 1.0 allows the character, written out or as a reference.
func isChar(c rune) bool {
	return c >= 0x20 && c <= 0xD7FF || c == '\t' || c == '\n' || c == '\r' ||
		c >= 0xE000 && c <= 0xFFFD || c >= 0x10000 && c <= 0x10FFFF
}

// isNameStart and isNameChar are the productions NameStartChar and NameChar of XML 1.0, fifth edition,
// beyond ASCII.
func isNameStart(c rune) bool {
	switch {
	case c < 0x80:
		return class[c]&startByte != 0
	case c <= 0x2FF:
		return c >= 0xC0 && c != 0xD7 && c != 0xF7
	case c <= 0x1FFF:
		return c >= 0x370 && c != 0x37E
	case c <= 0x218F:
		return c == 0x200C || c == 0x200D || c >= 0x2070
	case c <= 0xD7FF:
		return c >= 0x2C00 && c <= 0x2FEF || c >= 0x3001
	case c <= 0xFFFD:
		return c >= 0xF900 && c <= 0xFDCF || c >= 0xFDF0
	default:
		return c >= 0x10000 && c <= 0xEFFFF
	}
}

func isNameChar(c rune) bool {
	if c < 0x80 {
		return class[c]&nameByte != 0
	}
	return isNameStart(c) || c == 0xB7 || c >= 0x300 && c <= 0x36F || c == 0x203F || c == 0x2040
}

const (
	ones = 0x0101010101010101
	high = 0x8080808080808080
)

// scan returns the index of the first byte from i on that needs a look: a control character (tab and
// line feed included), '<', '&', stop, or the start of a character that is incomplete, malformed or forbidden.
// Eight bytes are tested at once; a flag may be wrong only above the lowest one, which is the one used.
func scan(b []byte, i int, stop byte) int {
	stops := ones * uint64(stop)
	for {
		for i+8 <= len(b) {
			x := binary.LittleEndian.Uint64(b[i:])
			lt, amp, st := x^(ones*'<'), x^(ones*'&'), x^stops
			m := (x | (x-ones*0x20)&^x | (lt-ones)&^lt | (amp-ones)&^amp | (st-ones)&^st) & high
			if m != 0 {
				i += bits.TrailingZeros64(m) >> 3
				break
			}
			i += 8
		}
		for {
			if i == len(b) {
				return i
			}
			c := b[i]
			if c >= utf8.RuneSelf {
				n := charLen(b[i:])
				if n == 0 {
					return i
				}
				i += n
				continue
			}
			if c < ' ' || c == '<' || c == '&' || c == stop {
				return i
			}
			i++
			if i+8 <= len(b) {
				break
			}
		}
	}
}

// charLen returns the length of the character beyond ASCII that b begins with, 0 if it is incomplete,
// malformed or forbidden.
func charLen(b []byte) int {
	if len(b) >= 3 && (b[0] >= 0xE1 && b[0] <= 0xEC || b[0] == 0xEE) {
		if b[1]&0xC0 == 0x80 && b[2]&0xC0 == 0x80 {
			return 3
		}
		return 0
	}
	c, n := utf8.DecodeRune(b)
	if c == utf8.RuneError && n <= 1 || !isChar(c) {
		return 0
	}
	return n
}

func isBlank(b []byte) bool {
	for _, c := range b {
		if !isSpace(c) {
			return false
		}
	}
	return true
}
