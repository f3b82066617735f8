package xml

// Attr looks an attribute of the current Start up. Short values are interned, so asking for xsi:type of
// every element costs no memory.
func (r *Reader) Attr(space, local string) (string, bool) {
	v, ok := r.AttrBytes(space, local)
	switch {
	case !ok || len(v) == 0:
		return "", ok
	case len(v) <= shortValue:
		return r.names.intern(v).raw, true
	}
	return string(v), true
}

const shortValue = 64

// AttrBytes looks an attribute of the current Start up. The value is valid until the next token is read.
func (r *Reader) AttrBytes(space, local string) ([]byte, bool) {
	for i := range r.attrs {
		if a := &r.attrs[i]; a.Name.Local == local && a.Name.Space == space {
			return a.Value, true
		}
	}
	return nil, false
}

// Attrs are the attributes of the current Start in their order, without namespace declarations. The slice
// and its values are valid until the next token is read; names may be kept.
func (r *Reader) Attrs() []Attr { return r.attrs }

// Nil reports whether the current Start has xsi:nil="true" or "1".
func (r *Reader) Nil() bool {
	v, _ := r.AttrBytes(XSISpace, "nil")
	for len(v) > 0 && v[0] == ' ' {
		v = v[1:]
	}
	for len(v) > 0 && v[len(v)-1] == ' ' {
		v = v[:len(v)-1]
	}
	return string(v) == "true" || string(v) == "1"
}

// ElementText reads the current element to its End and returns its text, unchanged but for references and
// line ends, valid until the next token is read. A child element is an error of kind Schema.
func (r *Reader) ElementText() ([]byte, error) {
	if t, ok := r.PlainText(); ok {
		return t, nil
	}
	if err := r.atStart("ElementText"); err != nil {
		return nil, err
	}
	r.joined = r.joined[:0]
	var place Position
	for {
		kind, err := r.Next()
		if err != nil {
			return nil, err
		}
		if place.Line == 0 {
			place = r.Position()
		}
		switch kind {
		case Text:
			r.joined = append(r.joined, r.text...)
		case End:
			r.tokPos = place
			return r.joined, nil
		default:
			parent := r.stack[len(r.stack)-2].name.raw
			child := r.stack[len(r.stack)-1].name.raw
			return nil, r.refuse("element <"+child+"> inside <"+parent+">, where only text is allowed", "<"+parent+"> 中出现元素 <"+child+">，此处只允许文本")
		}
	}
}

// PlainText reads the current element to its End where it is <a>text</a>, lies in the window whole and needs no
// rewriting: most do. Otherwise it is false and nothing was read. The text is valid until the next token is read.
func (r *Reader) PlainText() ([]byte, bool) {
	if r.kind != Start || r.selfClose || r.err != nil {
		return nil, false
	}
	b := r.buf[r.p:]
	i := scan(b, 0, ']')
	for i < len(b) && (b[i] == '\n' || b[i] == '\t') {
		i = scan(b, i+1, ']')
	}
	n := closes(b[i:], r.stack[len(r.stack)-1].name.raw)
	if n == 0 || i > r.limits.TextBytes {
		return nil, false
	}
	r.begin()
	r.p += i + n
	r.kind = End
	r.attrs = r.attrs[:0]
	return b[:i:i], true
}

// NextChild moves to the next child element of the element whose Start was read, or whose last child was
// read to its End. It returns true at the child's Start, false when the element itself has ended. Text other
// than white space on the way is an error of kind Schema.
func (r *Reader) NextChild() (more bool, err error) {
	for {
		switch kind, err := r.Next(); {
		case err != nil:
			return false, err
		case kind == Start:
			return true, nil
		case kind == End:
			return false, nil
		case kind == EOF:
			return false, r.failAt(Schema, r.Position(), "the document has ended", nil)
		case !isBlank(r.text):
			parent := r.stack[len(r.stack)-1].name.raw
			return false, r.refuse("text inside <"+parent+">, where only elements are allowed", "<"+parent+"> 中出现文本，此处只允许子元素")
		}
	}
}

// Skip reads the current element to its End, checking that it is well-formed.
func (r *Reader) Skip() error {
	if err := r.atStart("Skip"); err != nil {
		return err
	}
	depth := len(r.stack)
	for {
		kind, err := r.Next()
		if err != nil {
			return err
		}
		if kind == End && len(r.stack) == depth {
			return nil
		}
	}
}

// Finish reads to the end of the document. Anything but comments, processing instructions and white space
// behind the root element is an error.
func (r *Reader) Finish() error {
	for {
		kind, err := r.Next()
		if err != nil || kind == EOF {
			return err
		}
	}
}

// Capture copies the current element to its End into w. What comes out stands for itself: the declarations
// in scope outside of it come along, because values may hold qualified names.
func (r *Reader) Capture(w *Writer) error {
	if err := r.atStart("Capture"); err != nil {
		return err
	}
	depth := len(r.stack)
	r.copyStart(w)
	for prefix, space := range r.Namespaces() {
		if have, _ := w.scope.lookup(prefix); have != space {
			w.DeclareNS(prefix, space)
		}
	}
	r.copyAttrs(w)
	for {
		kind, err := r.Next()
		if err != nil {
			return err
		}
		switch kind {
		case Start:
			r.copyStart(w)
			for _, b := range r.bindings[r.stack[len(r.stack)-1].bindings:] {
				w.DeclareNS(b.prefix, b.space)
			}
			r.copyAttrs(w)
		case Text:
			w.TextBytes(r.text)
		case End:
			w.End()
			if len(r.stack) == depth {
				return w.Error()
			}
		}
	}
}

func (r *Reader) copyStart(w *Writer) {
	e := &r.stack[len(r.stack)-1]
	if e.name.prefix == "" {
		w.StartNS(e.space, e.name.local)
	} else {
		w.StartPrefixed(e.name.prefix, e.space, e.name.local)
	}
}

func (r *Reader) copyAttrs(w *Writer) {
	for i := range r.attrs {
		a := &r.attrs[i]
		w.attr(r.spans[i].name.prefix, a.Name.Space, a.Name.Local, a.Value)
	}
}

// atStart refuses calls that make sense at a Start only: a mistake of the caller, not of the document.
func (r *Reader) atStart(call string) error {
	if r.err != nil {
		return r.err
	}
	if r.kind != Start {
		return r.failAt(Schema, r.Position(), call+" called at "+r.kind.String()+"; it needs a start tag", nil)
	}
	return nil
}
