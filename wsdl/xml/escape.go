package xml

import "unicode/utf8"

// escape appends s with what the place forbids escaped. Carriage returns become references, or a reader
// would take them for line ends.
func escape[T string | []byte](w *Writer, s T, place uint8) {
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if class[c]&place == 0 {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, n := decodeRune(s, i)
			if n == 0 {
				w.failf("byte 0x%02X in the text of <%s> is not valid UTF-8", c, w.name())
				return
			}
			if !isChar(r) {
				w.failf("character U+%04X in the text of <%s> is not allowed in XML 1.0", r, w.name())
				return
			}
			i += n
			continue
		}
		ref := reference(c)
		if ref == "" {
			w.failf("character U+%04X in the text of <%s> is not allowed in XML 1.0", c, w.name())
			return
		}
		w.buf = append(w.buf, s[from:i]...)
		w.buf = append(w.buf, ref...)
		i++
		from = i
	}
	w.buf = append(w.buf, s[from:]...)
}

// reference is how an ASCII character is written where it cannot stand, "" if it cannot be written.
func reference(c byte) string {
	switch c {
	case '&':
		return "&amp;"
	case '<':
		return "&lt;"
	case '>':
		return "&gt;"
	case '"':
		return "&quot;"
	case '\t':
		return "&#x9;"
	case '\n':
		return "&#xA;"
	case '\r':
		return "&#xD;"
	}
	return ""
}

// decodeRune decodes the character at index i; a length of 0 means that it is malformed.
func decodeRune[T string | []byte](s T, i int) (rune, int) {
	var b [utf8.UTFMax]byte
	n := copy(b[:], s[i:min(len(s), i+utf8.UTFMax)])
	c, size := utf8.DecodeRune(b[:n])
	if c == utf8.RuneError && size <= 1 {
		return 0, 0
	}
	return c, size
}
