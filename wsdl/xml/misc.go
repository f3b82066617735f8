package xml

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// open reads the byte order mark and the XML declaration.
func (r *Reader) open() error {
	r.begin()
	if r.src == nil && len(r.buf) > r.limits.Bytes {
		r.tooLong()
		return r.err
	}
	if b := r.need(3); bytes.HasPrefix(b, []byte(bomUTF8)) {
		r.p += 3
		r.mark.off = 3
		r.begin()
	}
	r.phase = prolog
	if b := r.need(6); len(b) >= 6 && string(b[:5]) == "<?xml" && isSpace(b[5]) {
		return r.xmlDeclaration()
	}
	return nil
}

const bomUTF8 = "\xEF\xBB\xBF"

// xmlDeclaration reads <?xml version="1.0" encoding="…" standalone="…"?> at the start of the window.
func (r *Reader) xmlDeclaration() error {
	b := r.buf[r.p:]
	end := bytes.Index(b, []byte("?>"))
	for ok := true; end < 0 && len(b) <= maxDeclaration; end = bytes.Index(b, []byte("?>")) {
		if b, ok = r.more(); !ok {
			return r.truncated("the XML declaration")
		}
	}
	if end < 0 || end > maxDeclaration {
		return r.fail(Limit, 0, "an XML declaration longer than %s allowed", size(maxDeclaration))
	}
	if msg := checkDeclaration(string(b[5:end])); msg != "" {
		return r.syntax(0, "the XML declaration %s", msg)
	}
	r.p += end + 2
	return nil
}

const maxDeclaration = 1 << 10

// checkDeclaration tells what is wrong with what stands between <?xml and ?>, "" if nothing.
func checkDeclaration(s string) string {
	name, value, s, ok := pseudoAttribute(s)
	switch {
	case !ok || name != "version":
		return `must begin with version="1.0"`
	case value != "1.0":
		return "names a version other than 1.0"
	}
	name, value, rest, ok := pseudoAttribute(s)
	if ok && name == "encoding" {
		if !isEncodingName(value) {
			return "names an encoding that cannot be one"
		}
		name, value, rest, ok = pseudoAttribute(rest)
	} else if !ok {
		rest = s
	}
	if ok {
		if name != "standalone" {
			return "holds " + name + ` where only encoding="…", then standalone="…" may stand`
		}
		if value != "yes" && value != "no" {
			return `needs standalone="yes" or "no"`
		}
	}
	if strings.Trim(rest, " \t\r\n") != "" {
		return `is malformed; write <?xml version="1.0" encoding="UTF-8"?>`
	}
	return ""
}

// pseudoAttribute cuts a name="value" with leading white space off s; ok is false and s unchanged if it
// does not begin with one.
func pseudoAttribute(s string) (name, value, rest string, ok bool) {
	t := strings.TrimLeft(s, " \t\r\n")
	eq := strings.IndexByte(t, '=')
	if len(t) == len(s) || eq < 1 {
		return "", "", s, false
	}
	name = strings.TrimRight(t[:eq], " \t\r\n")
	t = strings.TrimLeft(t[eq+1:], " \t\r\n")
	if t == "" || t[0] != '"' && t[0] != '\'' {
		return "", "", s, false
	}
	end := strings.IndexByte(t[1:], t[0])
	if end < 0 {
		return "", "", s, false
	}
	return name, t[1 : end+1], t[end+2:], true
}

func isEncodingName(s string) bool {
	for i := range len(s) {
		c := s[i]
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (i == 0 || class[c]&nameByte == 0 || c == ':') {
			return false
		}
	}
	return s != ""
}

// declaration reads what begins with "<!": a comment, or inside the root the start of a CDATA section.
func (r *Reader) declaration() error {
	b := r.need(4)
	switch {
	case strings.HasPrefix(string(b[:min(4, len(b))]), "<!--"):
		return r.comment()
	case len(b) > 2 && b[2] == '[':
		const open = "<![CDATA["
		if b = r.need(len(open)); len(b) < len(open) && strings.HasPrefix(open, string(b)) {
			return r.truncated("a CDATA section")
		}
		if !bytes.HasPrefix(b, []byte(open)) {
			return r.syntax(0, "malformed CDATA section")
		}
		if r.phase != content {
			return r.syntax(0, "a CDATA section outside of the root element")
		}
		r.cdata = true
		r.p += len(open)
		return nil
	}
	const doctype = "<!DOCTYPE"
	if b = r.need(len(doctype)); bytes.HasPrefix(b, []byte(doctype)) {
		return r.syntax(0, "a document type declaration; they are refused here because of what entities can do")
	}
	return r.syntax(0, "'<!' must begin a comment or a CDATA section")
}

func (r *Reader) comment() error {
	r.p += len("<!--")
	if err := r.skipTo("--", "a comment"); err != nil {
		return err
	}
	b := r.need(3)
	if len(b) < 3 {
		return r.truncated("a comment")
	}
	if b[2] != '>' {
		return r.syntax(0, "'--' in a comment")
	}
	r.p += 3
	return nil
}

// instruction reads a processing instruction.
func (r *Reader) instruction() error {
	q, b, i, err := r.qname(r.buf[r.p:], 2)
	if err != nil {
		return err
	}
	if strings.EqualFold(q.raw, "xml") {
		return r.syntax(0, "an XML declaration that is not at the very start of the document")
	}
	if q.prefix != "" {
		return r.syntax(0, "a colon in the name of the processing instruction %s", q.raw)
	}
	if !isSpace(b[i]) && b[i] != '?' {
		return r.syntax(i, "%s in a processing instruction; white space or '?>' must follow here", r.charAt(i))
	}
	bare := b[i] == '?'
	r.p += i
	if b = r.need(2); bare && len(b) >= 2 && b[1] != '>' {
		return r.syntax(0, "'?' behind the name of a processing instruction must be followed by '>'")
	}
	if err := r.skipTo("?>", "a processing instruction"); err != nil {
		return err
	}
	r.p += 2
	return nil
}

// skipTo moves the window to the next stop, checking the characters on the way and letting go of them.
func (r *Reader) skipTo(stop, what string) error {
	b := r.buf[r.p:]
	for {
		end := bytes.Index(b, []byte(stop))
		n := end
		if end < 0 {
			n = max(0, len(b)-len(stop)+1)
		}
		n, ok := validChars(b[:n])
		switch {
		case !ok:
			return r.badChar(n)
		case end >= 0 && n < end:
			return r.badChar(n)
		}
		r.p += n
		if end >= 0 {
			return nil
		}
		if b, ok = r.more(); !ok {
			return r.truncated(what)
		}
	}
}

// validChars returns the length of the valid characters that b begins with. A character cut off by the end
// of b is left out; ok is false if what follows is malformed or forbidden.
func validChars(b []byte) (n int, ok bool) {
	for {
		if n = scan(b, n, '<'); n == len(b) {
			return n, true
		}
		switch b[n] {
		case '<', '&', '\t', '\n', '\r':
			n++
		default:
			return n, b[n] >= utf8.RuneSelf && !utf8.FullRune(b[n:])
		}
	}
}
