package xml

import "strconv"

// defaultSpace is the default namespace in force.
func (w *Writer) defaultSpace() string {
	if len(w.stack) == 0 {
		return ""
	}
	return w.stack[len(w.stack)-1].def
}

// DeclareNS declares a prefix, or with an empty prefix the default namespace, on the element just begun. What
// is in force already is not declared again. A default namespace takes an element without prefix in.
func (w *Writer) DeclareNS(prefix, space string) {
	if !w.open {
		if w.err == nil {
			w.err = errNoTag
		}
		return
	}
	if prefix == "" {
		if w.defaultSpace() != space {
			w.declare("", space)
		}
		return
	}
	w.usePrefix(prefix, space)
}

// usePrefix makes prefix stand for space in the open tag.
func (w *Writer) usePrefix(prefix, space string) string {
	if have, ok := w.scope.lookup(prefix); !ok || have != space || space == "" {
		w.declare(prefix, space)
	} else if !w.relies(prefix) {
		w.relied = append(w.relied, binding{prefix, space})
	}
	return prefix
}

// relies reports whether the open tag has used or declared the prefix.
func (w *Writer) relies(prefix string) bool { return overridden(w.relied, prefix) }

// freePrefix returns prefix, or another one where the open tag relies on it for another namespace.
func (w *Writer) freePrefix(prefix, space string) string {
	if space == XMLSpace {
		return "xml"
	}
	for {
		if prefix != "" && prefix != "xml" && prefix != "xmlns" {
			if have, ok := w.scope.lookup(prefix); ok && have == space || !w.relies(prefix) {
				return prefix
			}
		}
		w.serial++
		prefix = "ns" + strconv.Itoa(w.serial)
	}
}

// declare writes a declaration into the open tag.
func (w *Writer) declare(prefix, space string) {
	top := &w.stack[len(w.stack)-1]
	switch msg := badBinding(prefix, space); {
	case msg != "":
		w.failf("%s", msg)
		return
	case prefix != "" && !isNCName(prefix):
		w.failf("%q is not a prefix", prefix)
		return
	case prefix != "" && w.relies(prefix):
		w.failf("prefix %s of <%s> is needed for two namespaces", prefix, w.name())
		return
	case prefix == "" && top.def != space && w.declared(""):
		w.failf("<%s> is given two default namespaces", w.name())
		return
	}
	w.buf = append(w.buf, " xmlns"...)
	if prefix != "" {
		w.buf = append(w.buf, ':')
		w.buf = append(w.buf, prefix...)
		w.relied = append(w.relied, binding{prefix, space})
	} else {
		top.def = space
	}
	w.buf = append(w.buf, '=', '"')
	escape(w, space, escapeAttr)
	w.buf = append(w.buf, '"')
	w.scope.declare(prefix, space)
}

// declared reports whether the open tag declares the prefix.
func (w *Writer) declared(prefix string) bool {
	return overridden(w.scope.bindings[w.stack[len(w.stack)-1].bindings:], prefix)
}
