package xml

import (
	"hash/maphash"
	"strings"
)

// Name is an expanded name. An empty Space means no namespace.
type Name struct{ Space, Local string }

// String gives the name as {space}local, or local alone without a namespace.
func (n Name) String() string {
	if n.Space == "" {
		return n.Local
	}
	return "{" + n.Space + "}" + n.Local
}

// The namespaces that XML itself reserves, and the one of xsi:nil and xsi:type.
const (
	XMLSpace   = "http://www.w3.org/XML/1998/namespace"
	XMLNSSpace = "http://www.w3.org/2000/xmlns/"
	XSISpace   = "http://www.w3.org/2001/XMLSchema-instance"
)

// qname is a name as written, split at its colon. It remembers the namespace it was last found in:
// as long as no declaration comes or goes, the next element of that name needs no look-up.
type qname struct {
	raw, prefix, local string
	checked            bool // it is a qualified name; namespaces are interned here too
	hash               uint64
	scope              uint64 // the Reader's scope number that space belongs to
	space              string
	next               *qname // the start tag that came after this one last time
}

// maxNames bounds the table of a Reader that is fed ever new names. A full table is emptied: later
// names cost an allocation each, memory does not grow.
const (
	maxNames     = 4096
	maxNameBytes = 256 << 10
)

// names interns the names, prefixes and namespaces of the documents that a Reader has read.
type names struct {
	seed  maphash.Seed
	slots []*qname // open addressing, at most half full
	count int
	bytes int
}

func (t *names) reset(size int) {
	for _, q := range t.slots {
		if q != nil {
			q.next = nil // or the names that are still in use would hold all others
		}
	}
	t.slots = make([]*qname, size)
	t.count, t.bytes = 0, 0
}

// intern finds or makes the entry of b.
func (t *names) intern(b []byte) *qname {
	h := maphash.Bytes(t.seed, b)
	mask := uint64(len(t.slots) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		q := t.slots[i]
		if q == nil {
			return t.add(b, h)
		}
		if q.hash == h && q.raw == string(b) {
			return q
		}
	}
}

func (t *names) add(b []byte, h uint64) *qname {
	if t.count >= maxNames || t.bytes+len(b) > maxNameBytes {
		t.reset(256)
	} else if t.count >= len(t.slots)/2 {
		t.grow()
	}
	q := &qname{raw: string(b), hash: h}
	q.local = q.raw
	if i := strings.IndexByte(q.raw, ':'); i >= 0 {
		q.prefix, q.local = q.raw[:i], q.raw[i+1:]
	}
	t.put(q)
	t.count++
	t.bytes += len(b)
	return q
}

func (t *names) grow() {
	old := t.slots
	t.slots = make([]*qname, 2*len(old))
	for _, q := range old {
		if q != nil {
			t.put(q)
		}
	}
}

func (t *names) put(q *qname) {
	mask := uint64(len(t.slots) - 1)
	i := q.hash & mask
	for t.slots[i] != nil {
		i = (i + 1) & mask
	}
	t.slots[i] = q
}
