package xml

import (
	"fmt"
	"unicode/utf8"
)

// space skips white space from index i of a tag. The byte it returns at i is in the window.
func (r *Reader) space(b []byte, i int) ([]byte, int, error) {
	for {
		for i < len(b) && class[b[i]]&spaceByte != 0 {
			i++
		}
		if i < len(b) {
			return b, i, nil
		}
		if i > r.limits.TagBytes {
			return b, i, r.fail(Limit, 0, "a tag longer than %s allowed", size(r.limits.TagBytes))
		}
		var ok bool
		if b, ok = r.more(); !ok {
			return b, i, r.truncated("a tag")
		}
	}
}

// qname reads a qualified name at index i of the tag b.
func (r *Reader) qname(b []byte, i int) (*qname, []byte, int, error) {
	start := i
	for {
		for i < len(b) && class[b[i]]&nameByte != 0 {
			i++
		}
		if i == len(b) {
			if i-start > r.limits.NameBytes {
				break
			}
			var ok bool
			if b, ok = r.more(); !ok {
				return nil, b, i, r.truncated("a tag")
			}
			continue
		}
		if b[i] < utf8.RuneSelf {
			break
		}
		if !utf8.FullRune(b[i:]) {
			if b2, waiting := r.waitChar(i); waiting {
				b = b2
				continue
			}
		}
		c, n := utf8.DecodeRune(b[i:])
		if c == utf8.RuneError && n == 1 {
			return nil, b, i, r.badChar(i)
		}
		if !isNameChar(c) {
			break
		}
		i += n
	}
	if i-start > r.limits.NameBytes {
		return nil, b, i, r.fail(Limit, start, "a name longer than %s allowed", size(r.limits.NameBytes))
	}
	if i == start {
		return nil, b, i, r.syntax(i, "%s where a name must stand", r.charAt(i))
	}
	q := r.names.intern(b[start:i])
	if !q.checked && !q.check() {
		return nil, b, i, r.syntax(start, "%q is not a name", q.raw)
	}
	return q, b, i, nil
}

// check tests that the name is one or two names without colon.
func (q *qname) check() bool {
	q.checked = isNCName(q.local) && (len(q.local) == len(q.raw) || isNCName(q.prefix))
	return q.checked
}

// isNCName reports whether s is a name without colon.
func isNCName(s string) bool {
	for i, c := range s {
		if c == ':' || !isNameChar(c) || i == 0 && !isNameStart(c) || c == utf8.RuneError && !validErrorRune(s[i:]) {
			return false
		}
	}
	return s != ""
}

// validErrorRune tells U+FFFD written out from bytes that are no UTF-8.
func validErrorRune(s string) bool { return len(s) >= 3 && s[:3] == "\uFFFD" }

// reference resolves the reference that begins with the '&' at index i of the window and returns the index
// behind it. The window may have moved.
func (r *Reader) reference(i int) (rune, int, error) {
	c, end, err := r.reference1(i)
	if err != nil || c < 0xD800 || c > 0xDFFF {
		return c, end, err
	}
	if c < 0xDC00 {
		if b := r.need(end + 2); len(b) >= end+2 && b[end] == '&' && b[end+1] == '#' {
			low, end, err := r.reference1(end)
			if err != nil {
				return 0, end, err
			}
			if low >= 0xDC00 && low <= 0xDFFF {
				return 0x10000 + (c-0xD800)<<10 + (low - 0xDC00), end, nil
			}
		}
	}
	return 0, i, r.syntax(i, "a reference to the lone surrogate U+%04X", c)
}

// maxReference is the longest reference taken: leading zeros are legal, but not without end.
const maxReference = 32

// reference1 resolves one reference; surrogates are left to reference.
func (r *Reader) reference1(i int) (rune, int, error) {
	b := r.buf[r.p:]
	end := i + 1
	for ; ; end++ {
		if end == len(b) {
			var ok bool
			if b, ok = r.more(); !ok {
				return 0, end, r.truncated("a reference")
			}
		}
		if c := b[end]; c == ';' {
			break
		} else if c != '#' && (class[c]&nameByte == 0 || c == ':') || end-i > maxReference {
			return 0, end, r.syntax(i, "'&' does not begin a reference; write &amp;")
		}
	}
	name := b[i+1 : end]
	if len(name) > 1 && name[0] == '#' {
		c, ok := charReference(name[1:])
		if !ok {
			return 0, end, r.syntax(i, "&%s; is not a reference to a character that XML 1.0 allows", name)
		}
		return c, end + 1, nil
	}
	switch string(name) {
	case "lt":
		return '<', end + 1, nil
	case "gt":
		return '>', end + 1, nil
	case "amp":
		return '&', end + 1, nil
	case "apos":
		return '\'', end + 1, nil
	case "quot":
		return '"', end + 1, nil
	}
	return 0, end, r.syntax(i, "entity &%s; is not declared; there are &lt; &gt; &amp; &apos; &quot;", name)
}

// charReference reads the digits of a character reference. Surrogates pass.
func charReference(digits []byte) (rune, bool) {
	base := rune(10)
	if digits[0] == 'x' {
		base = 16
		digits = digits[1:]
	}
	if len(digits) == 0 {
		return 0, false
	}
	var c rune
	for _, d := range digits {
		var v rune
		switch {
		case d >= '0' && d <= '9':
			v = rune(d - '0')
		case base == 16 && d|0x20 >= 'a' && d|0x20 <= 'f':
			v = rune(d|0x20-'a') + 10
		default:
			return 0, false
		}
		if c = c*base + v; c > utf8.MaxRune {
			return 0, false
		}
	}
	return c, isChar(c) || c >= 0xD800 && c <= 0xDFFF
}

// waitChar asks for more bytes if the character at index i is cut off by the end of the window;
// true if there are more and the caller should look again.
func (r *Reader) waitChar(i int) ([]byte, bool) {
	if b := r.buf[r.p:]; b[i] < utf8.RuneSelf || utf8.FullRune(b[i:]) {
		return b, false
	}
	return r.more()
}

// badChar reports the byte or character at index i of the window.
func (r *Reader) badChar(i int) error {
	if r.err != nil {
		return r.err
	}
	c, n := utf8.DecodeRune(r.buf[r.p+i:])
	if c == utf8.RuneError && n <= 1 {
		return r.fail(BadCharset, i, "byte 0x%02X is not valid UTF-8 here; is the document in another charset than declared?", r.buf[r.p+i])
	}
	return r.syntax(i, "character U+%04X is not allowed in XML 1.0", c)
}

// charAt shows the character at index i of the window for an error message.
func (r *Reader) charAt(i int) string {
	b, waiting := r.waitChar(i)
	for waiting {
		b, waiting = r.waitChar(i)
	}
	c, _ := utf8.DecodeRune(b[i:])
	return fmt.Sprintf("%q", c)
}

// size writes a number of bytes for people.
func size(n int) string {
	switch {
	case n >= 1<<20 && n%(1<<20) == 0:
		return fmt.Sprintf("the %d MiB", n>>20)
	case n >= 1<<10 && n%(1<<10) == 0:
		return fmt.Sprintf("the %d KiB", n>>10)
	}
	return fmt.Sprintf("the %d bytes", n)
}
