package soap

import "bytes"

// secretElements are the elements, in any namespace, whose content is a credential.
// Legacy contracts put passwords into their Bodies too, so these go wherever they stand.
var secretElements = [][]byte{[]byte("password"), []byte("passwd"), []byte("pwd"), []byte("userpwd"), []byte("binarysecuritytoken")}

// mask is what a credential is replaced with.
const mask = "***"

// Redact cuts the content of credential elements (wsse:Password and the like, in whatever
// namespace, case or prefix) out of a message. It works on the bytes of any charset the
// runtime takes, also on a message that is not well-formed. Without a credential it gives back message
// itself, else a copy.
func Redact(message []byte) []byte {
	s := scannerOf(message)
	var out []byte
	done := 0 // byte offset up to which message is copied
	for i := 0; i < s.len(); {
		i = s.index('<', i)
		if i < 0 {
			break
		}
		local, after := s.tagName(i + 1)
		if !local.secret() {
			i++
			continue
		}
		from, empty := s.tagEnd(after)
		if empty || from < 0 {
			i = after
			continue
		}
		to := s.closing(&local, from)
		out = append(out, message[done:s.offset(from)]...)
		for _, c := range []byte(mask) {
			out = s.append(out, c)
		}
		done = s.offset(to)
		i = to
	}
	if done == 0 {
		return message
	}
	return append(out, message[done:]...)
}

// localName is the local part of a tag's name; n is 0 for one longer than any credential's.
type localName struct {
	b [32]byte
	n int
}

func (l *localName) secret() bool {
	for _, name := range secretElements {
		if len(name) == l.n && bytes.EqualFold(l.b[:l.n], name) {
			return true
		}
	}
	return false
}

func (l *localName) equal(m *localName) bool { return bytes.EqualFold(l.b[:l.n], m.b[:m.n]) }

// scanner sees a message as units of one byte, or of two in UTF-16. The bytes of markup
// never occur inside a character of GB18030, so one byte at a time is enough for it.
type scanner struct {
	b     []byte
	width int
	low   int // where in a unit of two the ASCII byte lies
	start int // after the byte order mark
}

func scannerOf(b []byte) scanner {
	switch {
	case bytes.HasPrefix(b, []byte{0xFF, 0xFE}):
		return scanner{b: b, width: 2, low: 0, start: 2}
	case bytes.HasPrefix(b, []byte{0xFE, 0xFF}):
		return scanner{b: b, width: 2, low: 1, start: 2}
	case len(b) > 1 && b[0] == '<' && b[1] == 0:
		return scanner{b: b, width: 2, low: 0}
	case len(b) > 1 && b[0] == 0 && b[1] == '<':
		return scanner{b: b, width: 2, low: 1}
	}
	return scanner{b: b, width: 1}
}

func (s scanner) len() int         { return (len(s.b) - s.start) / s.width }
func (s scanner) offset(i int) int { return min(s.start+i*s.width, len(s.b)) }

// at is the ASCII character at i, or 0xFF for any other.
func (s scanner) at(i int) byte {
	o := s.start + i*s.width
	if s.width == 1 {
		return s.b[o]
	}
	if s.b[o+1-s.low] != 0 {
		return 0xFF
	}
	return s.b[o+s.low]
}

func (s scanner) append(out []byte, c byte) []byte {
	switch {
	case s.width == 1:
		return append(out, c)
	case s.low == 0:
		return append(out, c, 0)
	}
	return append(out, 0, c)
}

func (s scanner) index(c byte, from int) int {
	if s.width == 1 {
		if i := bytes.IndexByte(s.b[s.start+from:], c); i >= 0 {
			return from + i
		}
		return -1
	}
	for i := from; i < s.len(); i++ {
		if s.at(i) == c {
			return i
		}
	}
	return -1
}

// tagName reads the name of a tag from i on and gives its local part.
func (s scanner) tagName(i int) (local localName, after int) {
	if s.width == 1 {
		return byteName(s.b[s.start:], i)
	}
	for ; i < s.len(); i++ {
		c := s.at(i)
		switch {
		case c == ':':
			local.n = 0
			continue
		case c <= ' ' || c == '>' || c == '/' || c == '<' || c == '!' || c == '?':
			return local, i
		}
		if local.n == len(local.b) {
			return localName{}, i
		}
		local.b[local.n] = c
		local.n++
	}
	return local, i
}

// byteName is tagName where a unit is a byte, which almost all messages are made of.
func byteName(b []byte, i int) (local localName, after int) {
	from := i
	for ; i < len(b); i++ {
		switch c := b[i]; {
		case c == ':':
			from = i + 1
		case c <= ' ' || c == '>' || c == '/' || c == '<' || c == '!' || c == '?':
			if i-from > len(local.b) {
				return localName{}, i
			}
			local.n = copy(local.b[:], b[from:i])
			return local, i
		}
	}
	if i-from <= len(local.b) {
		local.n = copy(local.b[:], b[from:i])
	}
	return local, i
}

// tagEnd finds the unit after the '>' of a start tag, past quoted attribute values.
func (s scanner) tagEnd(i int) (after int, empty bool) {
	var quote byte
	for ; i < s.len(); i++ {
		switch c := s.at(i); {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			return i + 1, s.at(i-1) == '/'
		}
	}
	return -1, false
}

// closing finds the unit where the end tag of the element begins, or the end of the message.
func (s scanner) closing(local *localName, i int) int {
	const cdata = "<![CDATA["
	for {
		i = s.index('<', i)
		if i < 0 {
			return s.len()
		}
		if s.has(i, cdata) {
			for i < s.len() && !s.has(i, "]]>") {
				i++
			}
			continue
		}
		if s.has(i, "</") {
			if name, _ := s.tagName(i + 2); name.equal(local) {
				return i
			}
		}
		i++
	}
}

func (s scanner) has(i int, text string) bool {
	if i+len(text) > s.len() {
		return false
	}
	for k := range len(text) {
		if s.at(i+k) != text[k] {
			return false
		}
	}
	return true
}
