package xml

import (
	"errors"
	"fmt"
)

// Marshaler writes one whole element, its own name and namespace included.
type Marshaler interface{ MarshalXML(w *Writer) error }

// Unmarshaler is called at the Start of its element and reads through its End.
type Unmarshaler interface{ UnmarshalXML(r *Reader) error }

// Writer builds a document in UTF-8 in one buffer, without indentation. Mistakes, such as a character that
// XML 1.0 cannot carry, are kept: the first one is what [Writer.Error] returns, so that callers may write a whole
// element and ask once. Nothing is allocated per element once the buffer has grown.
type Writer struct {
	buf    []byte
	err    error
	open   bool // the last start tag still lacks its '>'
	roots  int  // root elements begun
	stack  []written
	scope  scope
	inTag  []Name    // attributes of the open tag
	relied []binding // prefixes that the open tag relies on: they cannot be declared anew in it
	serial int       // of prefixes made up
}

// written is an element that has been begun.
type written struct {
	from, to int    // its name as written lies there in buf
	def      string // the default namespace in force inside
	bindings int    // declarations in scope outside of it
}

// NewWriter makes an empty Writer.
func NewWriter() *Writer { return &Writer{} }

// Reset empties the Writer for another document and keeps the buffer: what Bytes gave becomes invalid.
func (w *Writer) Reset() {
	w.buf, w.stack, w.inTag, w.relied = w.buf[:0], w.stack[:0], w.inTag[:0], w.relied[:0]
	w.scope.clear()
	w.err, w.open, w.roots, w.serial = nil, false, 0, 0
}

// Bytes is what has been written so far, valid until the next call.
func (w *Writer) Bytes() []byte { w.closeTag(); return w.buf }

// Len is the number of bytes written so far.
func (w *Writer) Len() int { return len(w.buf) }

// Depth is the number of open elements.
func (w *Writer) Depth() int { return len(w.stack) }

// Error is the first mistake made since the last Reset. Elements that are still open are none: see Finish.
func (w *Writer) Error() error { return w.err }

// Finish checks that the document is complete, one root element that was closed, and returns it.
func (w *Writer) Finish() ([]byte, error) {
	switch {
	case w.err != nil:
	case len(w.stack) > 0:
		w.failf("element <%s> is still open", w.name())
	case w.roots != 1:
		w.failf("%d root elements; a document has one", w.roots)
	}
	if w.err != nil {
		return nil, w.err
	}
	return w.buf, nil
}

func (w *Writer) failf(format string, args ...any) {
	if w.err == nil {
		w.err = fmt.Errorf("writing XML: "+format, args...)
	}
}

// name is the name of the innermost open element as written.
func (w *Writer) name() []byte {
	if len(w.stack) == 0 {
		return nil
	}
	top := w.stack[len(w.stack)-1]
	return w.buf[top.from:top.to]
}

// Declaration writes <?xml version="1.0" encoding="…"?>. It must come first.
func (w *Writer) Declaration(encoding string) {
	if len(w.buf) > 0 {
		w.failf("the XML declaration must come first")
		return
	}
	if !isEncodingName(encoding) {
		w.failf("%q cannot be the name of an encoding", encoding)
		return
	}
	w.buf = append(w.buf, `<?xml version="1.0" encoding="`...)
	w.buf = append(w.buf, encoding...)
	w.buf = append(w.buf, `"?>`...)
}

// Start begins <local> in the default namespace in force.
func (w *Writer) Start(local string) { w.start("", local) }

// StartNS begins <local> in a namespace, which is declared as the default one where it is not yet.
// An empty space means no namespace.
func (w *Writer) StartNS(space, local string) {
	def := w.defaultSpace()
	w.start("", local)
	if def != space {
		w.declare("", space)
	}
}

// StartPrefixed begins <prefix:local>, declaring the prefix where it does not stand for space yet. An
// empty prefix means the default namespace.
func (w *Writer) StartPrefixed(prefix, space, local string) {
	if prefix == "" {
		w.StartNS(space, local)
		return
	}
	w.start(prefix, local)
	w.usePrefix(prefix, space)
}

func (w *Writer) start(prefix, local string) {
	w.closeTag()
	if !isNCName(local) || prefix != "" && !isNCName(prefix) {
		w.failf("%q is not a name for an element", join(prefix, local))
	}
	if len(w.stack) == 0 {
		w.roots++
	}
	def := w.defaultSpace()
	w.buf = append(w.buf, '<')
	e := written{from: len(w.buf), def: def, bindings: len(w.scope.bindings)}
	w.appendName(prefix, local)
	e.to = len(w.buf)
	w.stack = append(w.stack, e)
	w.open = true
	w.inTag, w.relied = w.inTag[:0], w.relied[:0]
}

func (w *Writer) appendName(prefix, local string) {
	if prefix != "" {
		w.buf = append(w.buf, prefix...)
		w.buf = append(w.buf, ':')
	}
	w.buf = append(w.buf, local...)
}

func join(prefix, local string) string {
	if prefix == "" {
		return local
	}
	return prefix + ":" + local
}

// closeTag writes the '>' of a start tag.
func (w *Writer) closeTag() {
	if w.open {
		w.buf = append(w.buf, '>')
		w.open = false
	}
}

// End ends the innermost open element, as <local/> if it is empty.
func (w *Writer) End() {
	if len(w.stack) == 0 {
		w.failf("End without an open element")
		return
	}
	top := w.stack[len(w.stack)-1]
	if w.open {
		w.buf = append(w.buf, "/>"...)
		w.open = false
	} else {
		w.buf = append(w.buf, "</"...)
		w.buf = append(w.buf, w.buf[top.from:top.to]...)
		w.buf = append(w.buf, '>')
	}
	w.scope.cut(top.bindings)
	w.stack = w.stack[:len(w.stack)-1]
}

// Element writes <local>text</local> in the default namespace in force.
func (w *Writer) Element(local, text string) {
	w.Start(local)
	if text != "" {
		w.Text(text)
	}
	w.End()
}

// NilElement writes <local xsi:nil="true"/> in the default namespace in force.
func (w *Writer) NilElement(local string) {
	w.Start(local)
	w.AttrNS("xsi", XSISpace, "nil", "true")
	w.End()
}

// Attr gives the element just begun an attribute without namespace.
func (w *Writer) Attr(local, value string) { writeAttr(w, "", "", local, value) }

// AttrNS gives the element just begun an attribute in a namespace, declaring the prefix where it does not
// stand for space yet. Where the same tag needs the prefix for another namespace, or the prefix is empty, one is made up.
func (w *Writer) AttrNS(prefix, space, local, value string) {
	writeAttr(w, prefix, space, local, value)
}

func (w *Writer) attr(prefix, space, local string, value []byte) {
	writeAttr(w, prefix, space, local, value)
}

var errNoTag = errors.New("writing XML: an attribute or declaration after the start tag was closed")

func writeAttr[T string | []byte](w *Writer, prefix, space, local string, value T) {
	if !w.open {
		if w.err == nil {
			w.err = errNoTag
		}
		return
	}
	if !isNCName(local) || local == "xmlns" && space == "" {
		w.failf("%q is not a name for an attribute", local)
	}
	for i := range w.inTag {
		if w.inTag[i].Local == local && w.inTag[i].Space == space {
			w.failf("attribute %s of <%s> is given twice", local, w.name())
			return
		}
	}
	w.inTag = append(w.inTag, Name{space, local})
	if space == "" {
		prefix = ""
	} else {
		prefix = w.usePrefix(w.freePrefix(prefix, space), space)
	}
	w.buf = append(w.buf, ' ')
	w.appendName(prefix, local)
	w.buf = append(w.buf, '=', '"')
	escape(w, value, escapeAttr)
	w.buf = append(w.buf, '"')
}

// Text writes characters, escaped.
func (w *Writer) Text(s string) { writeText(w, s) }

// TextBytes writes characters in UTF-8, escaped.
func (w *Writer) TextBytes(b []byte) { writeText(w, b) }

func writeText[T string | []byte](w *Writer, s T) {
	w.closeTag()
	if len(w.stack) == 0 {
		w.failf("text outside of an element")
		return
	}
	escape(w, s, escapeText)
}

// Raw writes bytes as they are: a well-formed piece of a document that relies on no namespace declaration
// other than those in force.
func (w *Writer) Raw(b []byte) {
	w.closeTag()
	if len(w.stack) == 0 {
		w.roots++
	}
	w.buf = append(w.buf, b...)
}
