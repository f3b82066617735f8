package xml

import "unicode/utf8"

// attributes are those of the current Start.
type attributes struct {
	attrs []Attr
	spans []span
	vals  []byte            // values that had to be rewritten
	seen  map[Name]struct{} // finds duplicates where there are many
}

// span is an attribute whose tag has not ended yet: its value lies in the window, which may still move,
// or in vals, which may still grow.
type span struct {
	name     *qname
	at       int // where its name begins in the tag
	from, to int
	rewrote  bool // the value lies in vals
}

// fewAttributes may be compared pair by pair.
const fewAttributes = 12

// startTag reads a start tag or an empty-element tag at the start of the window b.
func (r *Reader) startTag(b []byte) error {
	name, b, i, err := r.startName(b)
	if err != nil {
		return err
	}
	r.spans, r.vals = r.spans[:0], r.vals[:0]
	r.textRun = 0
	if len(r.stack) >= r.limits.Depth {
		return r.fail(Limit, 0, "elements nested more than %d deep", r.limits.Depth)
	}
	outside := len(r.bindings)
	for {
		s := i
		if b, i, err = r.space(b, i); err != nil {
			return err
		}
		if b[i] == '>' {
			i++
			break
		}
		if b[i] == '/' {
			if i+1 == len(b) {
				if b = r.need(i + 2); len(b) < i+2 {
					return r.truncated("a tag")
				}
			}
			if b[i+1] != '>' {
				return r.syntax(i, "'/' in a tag must be followed by '>'")
			}
			i += 2
			r.selfClose = true
			break
		}
		if s == i {
			return r.syntax(i, "%s in the tag of <%s>; white space, '>' or '/>' must follow here", r.charAt(i), name.raw)
		}
		if b, i, err = r.attribute(b, i); err != nil {
			return err
		}
	}
	if i > r.limits.TagBytes {
		return r.fail(Limit, 0, "a tag longer than %s allowed", size(r.limits.TagBytes))
	}
	r.stack = append(r.stack, element{name: name, bindings: outside})
	if len(r.spans) > 0 {
		if err := r.resolveAttributes(b, outside); err != nil {
			return err
		}
	}
	space, ok := r.resolve(name)
	if !ok {
		return r.syntax(1, "prefix %q is not declared", name.prefix)
	}
	if name.prefix == "xmlns" {
		return r.syntax(1, "an element cannot have the prefix xmlns")
	}
	r.stack[len(r.stack)-1].space = space
	r.p += i
	r.kind = Start
	return nil
}

// startName reads the name of a start tag. Documents repeat themselves: the name that followed the last one
// before is tried first, which saves scanning and looking it up.
func (r *Reader) startName(b []byte) (*qname, []byte, int, error) {
	if r.last != nil {
		if q := r.last.next; q != nil {
			if end := 1 + len(q.raw); end < len(b) && class[b[end]]&tagByte != 0 && string(b[1:end]) == q.raw {
				r.last = q
				return q, b, end, nil
			}
		}
	}
	q, b, i, err := r.qname(b, 1)
	if err == nil {
		if r.last != nil {
			r.last.next = q
		}
		r.last = q
	}
	return q, b, i, err
}

// attribute reads name="value" at index i of the tag b.
func (r *Reader) attribute(b []byte, i int) ([]byte, int, error) {
	a := span{at: i}
	var err error
	if a.name, b, i, err = r.qname(b, i); err != nil {
		return b, i, err
	}
	if len(r.spans) >= r.limits.Attributes {
		return b, i, r.fail(Limit, a.at, "more than %d attributes in one element", r.limits.Attributes)
	}
	if b, i, err = r.space(b, i); err != nil {
		return b, i, err
	}
	if b[i] != '=' {
		return b, i, r.syntax(i, "attribute %s has no value; '=' must follow here", a.name.raw)
	}
	if b, i, err = r.space(b, i+1); err != nil {
		return b, i, err
	}
	if b[i] != '"' && b[i] != '\'' {
		return b, i, r.syntax(i, "the value of attribute %s is not in quotes", a.name.raw)
	}
	if b, i, err = r.value(b, i, &a); err != nil {
		return b, i, err
	}
	r.spans = append(r.spans, a)
	return b, i, nil
}

// value reads a quoted value at index i of the tag b and normalises it: white space becomes spaces,
// references are resolved.
func (r *Reader) value(b []byte, i int, a *span) ([]byte, int, error) {
	quote := b[i]
	i++
	from := i // of the part that is not in vals yet
	a.from = i
	rewrite := func() {
		if !a.rewrote {
			a.rewrote = true
			a.from = len(r.vals)
		}
		r.vals = append(r.vals, b[from:i]...)
	}
	for {
		i = scan(b, i, quote)
		if i == len(b) {
			if i > r.limits.TagBytes {
				return b, i, r.fail(Limit, 0, "a tag longer than %s allowed", size(r.limits.TagBytes))
			}
			var ok bool
			if b, ok = r.more(); !ok {
				return b, i, r.truncated("the value of attribute " + a.name.raw)
			}
			continue
		}
		switch c := b[i]; c {
		case quote:
			if a.rewrote {
				rewrite()
				a.to = len(r.vals)
			} else {
				a.to = i
			}
			return b, i + 1, nil
		case '\t', '\n', '\r':
			rewrite()
			r.vals = append(r.vals, ' ')
			if c == '\r' {
				if i+1 == len(b) {
					b = r.need(i + 2)
				}
				if i+1 < len(b) && b[i+1] == '\n' {
					i++
				}
			}
			i++
			from = i
		case '&':
			rewrite()
			c, end, err := r.reference(i)
			b = r.buf[r.p:]
			if err != nil {
				return b, i, err
			}
			r.vals = utf8.AppendRune(r.vals, c)
			i = end
			from = i
		case '<':
			return b, i, r.syntax(i, "'<' in the value of attribute %s; write &lt;", a.name.raw)
		default:
			if b2, waiting := r.waitChar(i); waiting {
				b = b2
				continue
			}
			return b, i, r.badChar(i)
		}
	}
}

// resolveAttributes takes the declarations out of the spans, gives the rest their namespaces and values,
// and refuses duplicates. The tag is complete: b does not move any more.
func (r *Reader) resolveAttributes(b []byte, outside int) error {
	rest := r.spans[:0]
	for _, a := range r.spans {
		if a.name.raw != "xmlns" && a.name.prefix != "xmlns" {
			rest = append(rest, a)
			continue
		}
		if err := r.declareSpan(b, a, outside); err != nil {
			return err
		}
	}
	if len(r.bindings) > r.limits.Namespaces {
		return r.fail(Limit, 0, "more than %d namespace declarations in scope", r.limits.Namespaces)
	}
	many := len(rest) > fewAttributes
	if many {
		r.clearSeen()
	}
	for _, a := range rest {
		n := Name{Local: a.name.local}
		if a.name.prefix != "" {
			var ok bool
			if n.Space, ok = r.resolve(a.name); !ok {
				return r.syntax(a.at, "prefix %q is not declared", a.name.prefix)
			}
		}
		if many && r.seenBefore(n) || !many && r.hasAttr(n) {
			return r.syntax(a.at, "attribute %s is given twice", a.name.raw)
		}
		r.attrs = append(r.attrs, Attr{Name: n, Value: r.spanValue(b, a)})
	}
	return nil
}

func (r *Reader) spanValue(b []byte, a span) []byte {
	if a.rewrote {
		return r.vals[a.from:a.to:a.to]
	}
	return b[a.from:a.to:a.to]
}

func (r *Reader) clearSeen() {
	if r.seen == nil {
		r.seen = make(map[Name]struct{})
	}
	clear(r.seen)
}

func (r *Reader) seenBefore(n Name) bool {
	before := len(r.seen)
	r.seen[n] = struct{}{}
	return len(r.seen) == before
}

func (r *Reader) hasAttr(n Name) bool {
	for i := range r.attrs {
		if a := &r.attrs[i]; a.Name.Local == n.Local && a.Name.Space == n.Space {
			return true
		}
	}
	return false
}

// declareSpan takes xmlns="space" or xmlns:prefix="space" into the scope.
func (r *Reader) declareSpan(b []byte, a span, outside int) error {
	prefix := ""
	if a.name.prefix != "" {
		prefix = a.name.local
	}
	space := r.names.intern(r.spanValue(b, a)).raw
	if msg := badBinding(prefix, space); msg != "" {
		return r.syntax(a.at, "%s", msg)
	}
	if overridden(r.bindings[outside:], prefix) {
		return r.syntax(a.at, "attribute %s is given twice", a.name.raw)
	}
	r.declare(prefix, space)
	return nil
}

// badBinding tells why a prefix cannot stand for a namespace, "" if it can.
func badBinding(prefix, space string) string {
	switch {
	case prefix == "xmlns":
		return "the prefix xmlns cannot be declared"
	case prefix == "xml" && space != XMLSpace:
		return "the prefix xml cannot stand for another namespace"
	case prefix != "xml" && space == XMLSpace:
		return "only the prefix xml can stand for " + XMLSpace
	case space == XMLNSSpace:
		return "no prefix can stand for " + XMLNSSpace
	case prefix != "" && space == "":
		return "prefix " + prefix + " is bound to the empty namespace"
	}
	return ""
}

// endTag reads an end tag at the start of the window b.
func (r *Reader) endTag(b []byte) error {
	r.textRun = 0
	open := r.stack[len(r.stack)-1].name
	if n := closes(b, open.raw); n > 0 {
		r.p += n
		r.kind = End
		return nil
	}
	name, b, i, err := r.qname(b, 2)
	if err != nil {
		return err
	}
	if name.raw != open.raw {
		return r.syntax(0, "element <%s> closed by </%s>", open.raw, name.raw)
	}
	if b, i, err = r.space(b, i); err != nil {
		return err
	}
	if b[i] != '>' {
		return r.syntax(i, "%s in the end tag </%s>; '>' must follow here", r.charAt(i), name.raw)
	}
	r.p += i + 1
	r.kind = End
	return nil
}

// closes returns the length of the end tag of raw that b begins with, if it is written without white space
// and in the window, otherwise 0.
func closes(b []byte, raw string) int {
	n := len(raw)
	if len(b) >= n+3 && b[n+2] == '>' && b[0] == '<' && b[1] == '/' && string(b[2:n+2]) == raw {
		return n + 3
	}
	return 0
}

// pop takes the element of the current End off the stack.
func (r *Reader) pop() {
	top := len(r.stack) - 1
	r.cut(r.stack[top].bindings)
	r.stack = r.stack[:top]
	r.textRun = 0
	if top == 0 {
		r.phase = epilog
	}
}
