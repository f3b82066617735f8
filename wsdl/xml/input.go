package xml

import (
	"bytes"
	"encoding/binary"
	"io"
	"math/bits"
	"unicode/utf8"
)

const (
	bufferSize  = 64 << 10  // of a stream's window at first
	keepBuffer  = 256 << 10 // a larger buffer is not kept for the next document
	emptyReads  = 100       // reads without bytes and without error before giving up
	flushedText = 16 << 10  // text of this length is handed out when the window ends
	lookAhead   = 128       // bytes enough for a pair of references or the end of a section
)

// more reads more of the source behind the window and returns the window; false when there is no more.
// The window keeps its start, so indices into it stay valid, but it may have moved in memory.
func (r *Reader) more() ([]byte, bool) {
	if r.eof || r.err != nil {
		return r.buf[r.p:], false
	}
	if len(r.buf) == cap(r.buf) {
		r.makeRoom()
	}
	for range emptyReads {
		n, err := r.src.Read(r.buf[len(r.buf):cap(r.buf)])
		r.buf = r.buf[:len(r.buf)+n]
		if err != nil {
			r.eof = true
			if err != io.EOF {
				r.srcErr = err
			}
		}
		if r.base+int64(len(r.buf)) > int64(r.limits.Bytes) {
			r.tooLong()
			return r.buf[r.p:], false
		}
		if n > 0 || r.eof {
			return r.buf[r.p:], n > 0
		}
	}
	r.eof, r.srcErr = true, io.ErrNoProgress
	return r.buf[r.p:], false
}

func (r *Reader) tooLong() {
	r.failAt(Limit, r.locate(r.base+int64(r.p)),
		"the document is longer than "+size(r.limits.Bytes)+" allowed", nil)
}

// need waits until the window holds n bytes, or all there are.
func (r *Reader) need(n int) []byte {
	b := r.buf[r.p:]
	for ok := true; len(b) < n && ok; {
		b, ok = r.more()
	}
	return b
}

// makeRoom lets go of what lies before the window, and doubles the buffer if that frees too little.
func (r *Reader) makeRoom() {
	if r.tok < r.base+int64(r.p) && r.tokPos.Line == 0 {
		r.tokPos = r.locate(r.tok)
	}
	r.mark.advance(r.buf[r.mark.off-r.base : r.p])
	held := r.buf[r.p:]
	dst := r.buf[:0]
	if len(held) > cap(r.buf)/2 {
		dst = make([]byte, 0, 2*cap(r.buf))
	}
	r.buf = append(dst, held...)
	r.base += int64(r.p)
	r.p = 0
}

// mark is a place up to which lines have been counted. Counting is put off until somebody asks for
// a position or the bytes leave the window: most documents are read without it.
type mark struct {
	off    int64
	line   int
	column int
	cr     bool // the byte before was a carriage return
}

func (m *mark) advance(b []byte) {
	m.off += int64(len(b))
	if m.cr || bytes.IndexByte(b, '\r') >= 0 {
		for _, c := range b {
			m.step(c)
		}
		return
	}
	if n := bytes.Count(b, []byte{'\n'}); n > 0 {
		m.line += n
		m.column = 1
		b = b[bytes.LastIndexByte(b, '\n')+1:]
	}
	m.column += characters(b)
}

// characters counts the bytes that begin a character. utf8.RuneCount copies long slices (Go 1.26).
func characters(b []byte) int {
	n := len(b)
	for ; len(b) >= 8; b = b[8:] {
		x := binary.LittleEndian.Uint64(b)
		n -= bits.OnesCount64(x & ^(x << 1) & high) // 10xxxxxx continues one
	}
	for _, c := range b {
		if !utf8.RuneStart(c) {
			n--
		}
	}
	return n
}

// step counts one byte where line ends may be CR, LF or CR LF.
func (m *mark) step(c byte) {
	switch {
	case c == '\n' && m.cr:
	case c == '\n' || c == '\r':
		m.line++
		m.column = 1
	case utf8.RuneStart(c):
		m.column++
	}
	m.cr = c == '\r'
}

// locate counts the lines up to an offset at or behind the mark.
func (r *Reader) locate(off int64) Position {
	m := r.mark
	m.advance(r.buf[m.off-r.base : off-r.base])
	return Position{Line: m.line, Column: m.column, Offset: off}
}

// begin makes the start of the window the place of the current token.
func (r *Reader) begin() {
	r.tok = r.base + int64(r.p)
	r.tokPos.Line = 0
}

// Position is the place of the current token: of the '<' of a tag, of the first byte of a text. After
// ElementText it is the place of the element's content.
func (r *Reader) Position() Position {
	if r.tokPos.Line == 0 {
		m := r.mark
		m.advance(r.buf[m.off-r.base : r.tok-r.base])
		r.mark = m
		r.tokPos = Position{Line: m.line, Column: m.column, Offset: r.tok}
	}
	return r.tokPos
}
