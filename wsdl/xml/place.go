package xml

// Place is a start tag that a [Reader] can go back to.
type Place struct {
	tok      int64
	depth    int
	bindings int
	mark     mark
}

// Place remembers the current Start for [Reader.Back]. ok is false when the document comes in
// a stream, which does not come back.
func (r *Reader) Place() (p Place, ok bool) {
	if r.src != nil || r.kind != Start || r.err != nil || len(r.stack) < 2 {
		return Place{}, false
	}
	return Place{tok: r.tok, depth: len(r.stack), bindings: r.stack[len(r.stack)-1].bindings, mark: r.mark}, true
}

// Back makes the start tag at p the current token again, whatever was read or found wrong
// since. It may be called as long as nothing behind that element's End was read.
func (r *Reader) Back(p Place) error {
	r.err, r.srcErr = nil, nil
	r.p, r.mark = int(p.tok-r.base), p.mark
	r.cut(p.bindings)
	r.stack, r.last = r.stack[:p.depth-1], nil
	r.phase, r.kind, r.selfClose, r.cdata, r.textRun = content, Text, false, false, 0
	_, err := r.Next()
	return err
}

// Since is what stands in the document from the start tag at p to the end of the current
// token, as it was written: prefixes declared outside of it are not declared in it. It is valid as
// long as the document.
func (r *Reader) Since(p Place) []byte { return r.buf[p.tok-r.base : r.p] }
