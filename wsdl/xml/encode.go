package xml

import (
	"fmt"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// Encode appends a document, or a part of one, to dst in the charset that c.Label names. Characters that it does
// not have leave as references &#xHHHH;, which is right in text and attribute values, not in names.
// UTF-16 is written in the order of c.Used, with a byte order mark where dst is empty.
// No XML declaration is written.
func Encode(dst, utf8 []byte, c Charset) []byte {
	switch label := c.Label(); label {
	case UTF16LE, UTF16BE, utf16Label:
		return encodeUTF16(dst, utf8, c.Used == UTF16BE)
	case GB18030:
		return encodeGB(dst, utf8, simplifiedchinese.GB18030.NewEncoder(), isGB18030)
	case GBK:
		return encodeGB(dst, utf8, simplifiedchinese.GBK.NewEncoder(), isGBK)
	case GB2312:
		return encodeGB(dst, utf8, simplifiedchinese.GBK.NewEncoder(), isGB2312)
	case ISO8859_1:
		return encodeBytes(dst, utf8, charmap.ISO8859_1)
	case Windows1252:
		return encodeBytes(dst, utf8, charmap.Windows1252)
	}
	return append(dst, utf8...)
}

func encodeUTF16(dst, src []byte, bigEndian bool) []byte {
	put := func(u uint16) {
		if bigEndian {
			dst = append(dst, byte(u>>8), byte(u))
		} else {
			dst = append(dst, byte(u), byte(u>>8))
		}
	}
	if len(dst) == 0 {
		put(0xFEFF)
	}
	for i := 0; i < len(src); {
		c, n := utf8.DecodeRune(src[i:])
		i += n
		if high, low := utf16.EncodeRune(c); c > 0xFFFF {
			put(uint16(high))
			put(uint16(low))
		} else {
			put(uint16(c))
		}
	}
	return dst
}

// encodeGB encodes character by character: ASCII as it is, user-defined characters by their codes, what does
// not exist in the charset, or accept turns down, as a reference.
func encodeGB(dst, src []byte, enc *encoding.Encoder, accept func(b []byte) bool) []byte {
	var out [8]byte
	for i := 0; i < len(src); {
		if src[i] < utf8.RuneSelf {
			dst = append(dst, src[i])
			i++
			continue
		}
		c, size := utf8.DecodeRune(src[i:])
		var n int
		if !isUser(c) {
			n, _, _ = enc.Transformer.Transform(out[:], src[i:i+size], true)
		} else if hi, lo, ok := userCode(c); ok {
			n = copy(out[:], []byte{hi, lo})
		}
		if n == 0 || !accept(out[:n]) {
			dst = fmt.Appendf(dst, "&#x%X;", c)
		} else {
			dst = append(dst, out[:n]...)
		}
		i += size
	}
	return dst
}

// encodeBytes encodes in a charset of single bytes.
func encodeBytes(dst, src []byte, m *charmap.Charmap) []byte {
	for i := 0; i < len(src); {
		c, size := utf8.DecodeRune(src[i:])
		if b, ok := m.EncodeRune(c); ok {
			dst = append(dst, b)
		} else {
			dst = fmt.Appendf(dst, "&#x%X;", c)
		}
		i += size
	}
	return dst
}

func isGB18030(b []byte) bool { return len(b) > 1 }

// isGBK turns down 0x80, which only Windows takes for the euro sign.
func isGBK(b []byte) bool { return len(b) == 2 }

// isGB2312 reports whether two bytes of GBK are a character of GB 2312-80 too.
func isGB2312(b []byte) bool {
	if len(b) != 2 || b[0] < 0xA1 || b[0] > 0xF7 || b[1] < 0xA1 {
		return false
	}
	in := func(from, to byte) bool { return b[1] >= from && b[1] <= to }
	switch b[0] {
	case 0xA2:
		return in(0xB1, 0xE2) || in(0xE5, 0xEE) || in(0xF1, 0xFC)
	case 0xA4:
		return in(0xA1, 0xF3)
	case 0xA5:
		return in(0xA1, 0xF6)
	case 0xA6:
		return in(0xA1, 0xB8) || in(0xC1, 0xD8)
	case 0xA7:
		return in(0xA1, 0xC1) || in(0xD1, 0xF1)
	case 0xA8:
		return in(0xA1, 0xBA) || in(0xC5, 0xE9)
	case 0xA9:
		return in(0xA4, 0xEF)
	case 0xD7:
		return in(0xA1, 0xF9)
	}
	return b[0] <= 0xA3 || b[0] >= 0xB0
}
