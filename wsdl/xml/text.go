package xml

import "unicode/utf8"

// readText reads text at the start of the window up to the next markup, or a part of it where the window
// ends. Inside a CDATA section it ends with the section; the text may then be empty.
func (r *Reader) readText() error {
	b := r.buf[r.p:]
	i, from := 0, 0
	r.scratch = r.scratch[:0]
	rewrote := false
	// rewrite moves the text up to i into scratch.
	rewrite := func() {
		r.scratch = append(r.scratch, b[from:i]...)
		rewrote = true
	}
	skip := 0 // bytes behind the text that belong to it: the end of the section
loop:
	for {
		i = scan(b, i, ']')
		if i >= flushedText && len(b)-i < lookAhead && !r.eof {
			break // the window would have to grow to look further
		}
		if i == len(b) {
			var ok bool
			if b, ok = r.more(); !ok {
				if r.cdata {
					return r.truncated("a CDATA section")
				}
				return r.truncated("element <" + r.stack[len(r.stack)-1].name.raw + ">")
			}
			continue
		}
		switch b[i] {
		case '<':
			if !r.cdata {
				break loop
			}
			i++
		case '&':
			if r.cdata {
				i++
				continue
			}
			rewrite()
			c, end, err := r.reference(i)
			if err != nil {
				return err
			}
			b = r.buf[r.p:]
			r.scratch = utf8.AppendRune(r.scratch, c)
			i, from = end, end
		case ']':
			if i+2 >= len(b) {
				b = r.need(i + 3)
			}
			if i+2 >= len(b) || b[i+1] != ']' || b[i+2] != '>' {
				i++
				continue
			}
			if !r.cdata {
				return r.syntax(i, "']]>' in text; write ]]&gt;")
			}
			r.cdata = false
			skip = 3
			break loop
		case '\t', '\n':
			i++
		case '\r':
			rewrite()
			if i+1 == len(b) {
				b = r.need(i + 2)
			}
			i++
			from = i
			if i == len(b) || b[i] != '\n' {
				r.scratch = append(r.scratch, '\n')
			}
		default:
			if b2, waiting := r.waitChar(i); waiting {
				b = b2
				continue
			}
			return r.badChar(i)
		}
	}
	r.text = b[from:i:i]
	if rewrote {
		rewrite()
		r.text = r.scratch
	}
	if r.textRun += len(r.text); r.textRun > r.limits.TextBytes {
		return r.fail(Limit, 0, "text longer than %s allowed in one element", size(r.limits.TextBytes))
	}
	r.p += i + skip
	return nil
}
