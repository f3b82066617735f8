package xml

import (
	"bytes"
	"fmt"
	"unicode/utf8"
)

const (
	bomUTF16LE = "\xFF\xFE"
	bomUTF16BE = "\xFE\xFF"
	bomGB18030 = "\x84\x31\x95\x33"
)

var boms = []struct{ mark, charset string }{
	{bomUTF8, UTF8}, {bomUTF16LE, UTF16LE}, {bomUTF16BE, UTF16BE}, {bomGB18030, GB18030},
}

// choose decides for a charset by the rules of the package comment. head is the document or its beginning;
// whole tells which. It returns the length of the byte order mark to leave out.
func choose(head []byte, whole bool, contentType string) (c Charset, skip int, err error) {
	c = Charset{ContentType: contentType}
	for _, b := range boms {
		if !bytes.HasPrefix(head, []byte(b.mark)) {
			continue
		}
		if bytes.HasPrefix(head[len(b.mark):], []byte(b.mark)) {
			return c, 0, &Error{Position: Position{Offset: int64(len(b.mark))}, Kind: BadCharset, Msg: "a second byte order mark"}
		}
		c.BOM = true
		if b.charset == UTF8 || b.charset == GB18030 {
			c.Declared = declaredEncoding(head[len(b.mark):])
		}
		return c.settle(b.charset), len(b.mark), nil
	}
	if used := utf16Pattern(head); used != "" {
		return c.settle(used), 0, nil
	}
	c.Declared = declaredEncoding(head)
	badUTF8, isUTF8 := validUTF8(head, whole)
	for _, label := range []string{c.Declared, contentType} {
		switch used := family(canonical(label)); used {
		case "", utf16Label, UTF16LE, UTF16BE: // unknown, or not what the bytes are
		case UTF8:
			if isUTF8 {
				return c.settle(UTF8), 0, nil
			}
		default:
			if isUTF8 && hasWideUTF8(head) {
				return c.settle(UTF8), 0, nil
			}
			if _, ok := validIn(used, head, whole); ok {
				return c.settle(used), 0, nil
			}
		}
	}
	if isUTF8 {
		return c.settle(UTF8), 0, nil
	}
	badGB, isGB := validIn(GB18030, head, whole)
	switch {
	case isGB && !damagedUTF8(head):
		return c.settle(GB18030), 0, nil
	case family(canonical(c.Declared)) == GB18030 || canonical(c.Declared) == "" && family(canonical(contentType)) == GB18030:
		return c, 0, charsetError(badGB, head[badGB], GB18030)
	}
	return c, 0, charsetError(badUTF8, head[badUTF8], UTF8)
}

func charsetError(at int, b byte, charset string) error {
	return &Error{
		Position: Position{Offset: int64(at)}, Kind: BadCharset,
		Msg: fmt.Sprintf("byte 0x%02X does not fit %s; declare the charset that the document is written in (UTF-8, UTF-16, GB18030, GBK, GB2312)", b, charset),
	}
}

// utf16Pattern recognises UTF-16 without a byte order mark by its first character, '<' or white space.
func utf16Pattern(b []byte) string {
	if len(b) < 2 {
		return ""
	}
	switch {
	case b[1] == 0 && (b[0] == '<' || isSpace(b[0])):
		return UTF16LE
	case b[0] == 0 && (b[1] == '<' || isSpace(b[1])):
		return UTF16BE
	}
	return ""
}

// declaredEncoding finds the encoding that the XML declaration at the start of b names.
func declaredEncoding(b []byte) string {
	if len(b) < 6 || string(b[:5]) != "<?xml" || !isSpace(b[5]) {
		return ""
	}
	b = b[:min(len(b), maxDeclaration)]
	end := bytes.Index(b, []byte("?>"))
	if end < 0 {
		return ""
	}
	for s := string(b[5:end]); ; {
		name, value, rest, ok := pseudoAttribute(s)
		switch {
		case !ok:
			return ""
		case name == "encoding":
			return value
		}
		s = rest
	}
}

// validUTF8 tests b and returns the offset of the first byte that does not fit. At the end of what is not the
// whole document a character may be cut off.
func validUTF8(b []byte, whole bool) (int, bool) {
	if utf8.Valid(b) {
		return 0, true
	}
	for i := 0; i < len(b); {
		if b[i] < utf8.RuneSelf {
			i++
			continue
		}
		c, n := utf8.DecodeRune(b[i:])
		if c == utf8.RuneError && n == 1 {
			return i, !whole && !utf8.FullRune(b[i:])
		}
		i += n
	}
	return 0, true
}

// hasWideUTF8 reports whether b, valid UTF-8, holds a character of three bytes or more.
func hasWideUTF8(b []byte) bool {
	for _, c := range b {
		if c >= 0xE0 {
			return true
		}
	}
	return false
}

// damagedUTF8 reports whether b looks like UTF-8 in which some bytes were lost or cut: most of it fits.
func damagedUTF8(b []byte) bool {
	wide, bad := 0, 0
	for i := 0; i < len(b); {
		if b[i] < utf8.RuneSelf {
			i++
			continue
		}
		c, n := utf8.DecodeRune(b[i:])
		switch {
		case c == utf8.RuneError && n == 1:
			bad++
		case n >= 3:
			wide++
		}
		i += n
	}
	return wide >= bad
}
