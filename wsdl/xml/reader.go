package xml

import (
	"hash/maphash"
	"io"
	"strconv"
	"strings"
)

// Kind is the kind of a token.
type Kind uint8

// The kinds of tokens. Comments and processing instructions are checked and skipped, CDATA arrives as Text.
const (
	EOF   Kind = iota // the document is complete
	Start             // a start tag, or the first half of an empty-element tag
	End               // an end tag, or the second half of an empty-element tag
	Text              // characters inside an element, white space included
)

var kinds = [...]string{EOF: "end of document", Start: "start tag", End: "end tag", Text: "text"}

func (k Kind) String() string {
	if int(k) < len(kinds) {
		return kinds[k]
	}
	return "Kind(" + strconv.Itoa(int(k)) + ")"
}

// Attr is an attribute. Value is normalised and valid until the next token is read.
type Attr struct {
	Name  Name
	Value []byte
}

// element is an open element.
type element struct {
	name     *qname
	space    string
	bindings int // declarations in scope outside of it
}

// phase is the part of the document that the Reader is in.
type phase uint8

const (
	opening phase = iota // before the first byte
	prolog               // before the root element
	content              // inside the root element
	epilog               // behind it
)

// Reader reads one document at a time. Make it with [NewReader] or [NewReaderBytes]; with [Reader.Reset] or
// [Reader.ResetBytes] it is used again, keeping its buffers and names. It is not safe for concurrent use.
type Reader struct {
	src    io.Reader
	buf    []byte // what has been read and not let go; the window begins at p
	p      int
	base   int64 // offset in the document of buf[0]
	eof    bool
	srcErr error
	own    []byte // the buffer for streams
	limits Limits
	err    error // the error that ended the reading

	mark   mark
	tok    int64
	tokPos Position // of tok, Line 0 while not computed

	phase     phase
	kind      Kind
	selfClose bool // the current Start was <a/>: its End comes next
	cdata     bool // inside a CDATA section
	textRun   int  // bytes of text since the last tag

	names names
	last  *qname // of the last start tag
	stack []element
	scope
	attributes
	text    []byte // the current Text
	scratch []byte // text that had to be rewritten
	joined  []byte // text that ElementText collected
}

// NewReader reads a document in UTF-8 from src.
func NewReader(src io.Reader, l Limits) *Reader {
	r := newReader(l)
	r.Reset(src)
	return r
}

// NewReaderBytes reads a document in UTF-8 that is at hand. Tokens are views into doc, which the
// Reader never changes and the caller must not change while reading.
func NewReaderBytes(doc []byte, l Limits) *Reader {
	r := newReader(l)
	r.ResetBytes(doc)
	return r
}

func newReader(l Limits) *Reader {
	r := &Reader{limits: l.withDefaults()}
	r.names.seed = maphash.MakeSeed()
	r.names.reset(256)
	return r
}

// Reset begins another document; everything got from the last one becomes invalid, names excepted.
func (r *Reader) Reset(src io.Reader) {
	r.clear()
	if r.own == nil {
		r.own = make([]byte, 0, bufferSize)
	}
	r.src, r.buf, r.eof = src, r.own[:0], src == nil
}

// ResetBytes begins another document that is at hand, see [NewReaderBytes].
func (r *Reader) ResetBytes(doc []byte) {
	r.clear()
	r.src, r.buf, r.eof = nil, doc, true
}

func (r *Reader) clear() {
	if r.src != nil && cap(r.buf) <= keepBuffer {
		r.own = r.buf[:0]
	}
	r.p, r.base, r.srcErr, r.err = 0, 0, nil, nil
	r.mark = mark{line: 1, column: 1}
	r.tok, r.tokPos = 0, Position{}
	r.phase, r.kind, r.selfClose, r.cdata, r.textRun = opening, EOF, false, false, 0
	r.stack, r.last = r.stack[:0], nil
	r.scope.clear()
	r.attrs, r.vals, r.text = r.attrs[:0], recycle(r.vals), nil
	r.scratch, r.joined = recycle(r.scratch), recycle(r.joined)
}

// recycle empties a buffer for the next document, or lets go of it when one large value made it grow.
func recycle(b []byte) []byte {
	if cap(b) > keepBuffer {
		return nil
	}
	return b[:0]
}

// Next reads the next token. After the root element is closed and nothing forbidden follows it returns EOF,
// again and again. After an error it returns that error, again and again.
func (r *Reader) Next() (Kind, error) {
	if r.err != nil {
		return EOF, r.err
	}
	if r.kind == End {
		r.pop()
	}
	r.attrs, r.text = r.attrs[:0], nil
	var err error
	switch {
	case r.selfClose:
		r.selfClose = false
		r.kind = End
	case r.phase == content:
		err = r.nextInside()
	default:
		err = r.nextOutside()
	}
	if err != nil {
		r.kind = EOF
		return EOF, err
	}
	return r.kind, nil
}

// nextInside reads a token of the root element.
func (r *Reader) nextInside() error {
	for {
		r.begin()
		b := r.buf[r.p:]
		if len(b) < 2 {
			b = r.need(2)
		}
		if len(b) == 0 {
			return r.truncated("element <" + r.stack[len(r.stack)-1].name.raw + ">")
		}
		if r.cdata || b[0] != '<' {
			if err := r.readText(); err != nil || len(r.text) > 0 {
				r.kind = Text
				return err
			}
			continue // an empty CDATA section, or the end of one
		}
		if len(b) == 1 {
			return r.truncated("a tag")
		}
		switch b[1] {
		case '/':
			return r.endTag(b)
		case '!':
			if err := r.declaration(); err != nil {
				return err
			}
		case '?':
			if err := r.instruction(); err != nil {
				return err
			}
		default:
			return r.startTag(b)
		}
	}
}

// nextOutside reads what may stand before and behind the root element, up to its start tag or the end.
func (r *Reader) nextOutside() error {
	if r.phase == opening {
		if err := r.open(); err != nil {
			return err
		}
	}
	for {
		r.begin()
		b := r.need(2)
		switch {
		case len(b) == 0:
			return r.finish()
		case isSpace(b[0]):
			r.p++
		case b[0] != '<':
			return r.strayText(b)
		case len(b) == 1:
			return r.truncated("a tag")
		case b[1] == '!':
			if err := r.declaration(); err != nil {
				return err
			}
		case b[1] == '?':
			if err := r.instruction(); err != nil {
				return err
			}
		case b[1] == '/':
			return r.syntax(0, "an end tag outside of the root element")
		case r.phase == epilog:
			return r.syntax(0, "a second root element; a document has one")
		default:
			r.phase = content
			return r.startTag(b)
		}
	}
}

func (r *Reader) strayText(b []byte) error {
	if strings.HasPrefix(string(b[:min(3, len(b))]), "\uFEFF") {
		return r.syntax(0, "a second byte order mark")
	}
	if r.phase == prolog {
		return r.syntax(0, "text before the root element")
	}
	return r.syntax(0, "text behind the root element")
}

// finish is reached when the source has no more bytes outside of the root element.
func (r *Reader) finish() error {
	switch {
	case r.err != nil:
		return r.err
	case r.srcErr != nil:
		return r.truncated("")
	case r.phase == epilog:
		r.kind = EOF
		return nil
	case r.base+int64(len(r.buf)) == 0:
		return r.failAt(Syntax, r.Position(), "the document is empty", io.ErrUnexpectedEOF)
	}
	return r.failAt(Syntax, r.Position(), "the document has no root element", io.ErrUnexpectedEOF)
}

// Name is the name of the current Start or End. Its strings are interned: they may be kept.
func (r *Reader) Name() Name {
	if r.kind != Start && r.kind != End {
		return Name{}
	}
	e := &r.stack[len(r.stack)-1]
	return Name{Space: e.space, Local: e.name.local}
}

// Prefix is the prefix that the current Start or End was written with.
func (r *Reader) Prefix() string {
	if r.kind != Start && r.kind != End {
		return ""
	}
	return r.stack[len(r.stack)-1].name.prefix
}

// Kind is the kind of the current token.
func (r *Reader) Kind() Kind { return r.kind }

// Text is the current Text with references resolved and line ends made LF, valid until the next token
// is read. A run of text may arrive in several tokens: [Reader.ElementText] collects them.
func (r *Reader) Text() []byte { return r.text }

// Depth is the number of open elements, the one of the current Start or End included.
func (r *Reader) Depth() int { return len(r.stack) }

// Path gives the local names of the open elements, such as "Envelope/Body/SubmitOrder".
func (r *Reader) Path() string {
	var b strings.Builder
	for i, e := range r.stack {
		if i > 0 {
			b.WriteByte('/')
		}
		b.WriteString(e.name.local)
	}
	return b.String()
}
