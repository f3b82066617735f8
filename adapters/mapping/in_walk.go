package mapping

import (
	"bytes"
	"hash"

	"tundish/wsdl/xml"
)

// walk reads one order after another. Everything it needs for one is kept for the next: an
// order costs the memory of its own texts.
type walk struct {
	in *Inward
	r  *xml.Reader

	raw    []byte    // texts found in the message
	texts  []span    // of raw, by slot
	seen   []bool    // by slot: the first element at a path counts
	counts []int     // for [n]
	active []*node   // the nodes that the open elements are at, a run for each element
	slots  []int     // that the open elements' text goes to, a run for each element
	chosen []pick    // what was taken of the choices of the contract, a run for each node
	paths  [][]met   // by node: which children were met, in their order
	at     []int     // by node: where among them the last child was
	digest []byte    // what is hashed and not in sum yet
	sum    hash.Hash // of a large order
	summed bool      // something is in sum
	text   int       // where in digest the current run of text begins
	quiet  int       // open volatile elements

	maker
}

// span is a part of a buffer.
type span struct{ from, to int }

// met is a child's name, the nodes that it may be and what it takes of choices.
type met struct {
	name  xml.Name
	kids  []*node
	takes []taking
}

// mostMet bounds what is remembered of the children of an element.
const mostMet = 256

func newWalk(in *Inward, r *xml.Reader) *walk {
	return &walk{in: in, r: r, texts: make([]span, in.slots), seen: make([]bool, in.slots), counts: make([]int, in.counters), chosen: make([]pick, in.chosen),
		paths: make([][]met, in.nodes), at: make([]int, in.nodes)}
}

// order reads the element at whose Start r stands through its End.
func (w *walk) order() error {
	clear(w.texts)
	clear(w.seen)
	w.raw, w.slots, w.digest, w.summed, w.text, w.quiet = w.raw[:0], w.slots[:0], w.digest[:0], false, 0, 0
	w.attached, w.blobs, w.refusal = nil, nil, nil
	w.active = append(w.active[:0], w.in.top)
	return w.element(0)
}

// element reads the element at whose Start r stands; active[from:] are its nodes.
func (w *walk) element(from int) error {
	to, first, before := len(w.active), len(w.slots), len(w.raw)
	volatile := false
	attrs := w.r.Attrs()
	null := len(attrs) > 0 && w.r.Nil()
	for _, n := range w.active[from:to] {
		volatile = volatile || n.volatile
		if n.slot >= 0 && !w.seen[n.slot] {
			w.seen[n.slot] = true
			if !null {
				w.slots = append(w.slots, n.slot)
			}
		}
		for _, counter := range n.counters {
			w.counts[counter] = 0
		}
		w.at[n.id] = 0
		if n.choices != nil {
			clear(w.chosen[n.chosen : n.chosen+n.choices.many])
		}
	}
	if volatile {
		w.quiet++
	}
	if w.quiet == 0 {
		w.digest = append(append(w.digest, 2), w.r.Name().Local...)
	}
	if len(attrs) > 0 {
		w.attributes(attrs, from, to)
	}
	if w.quiet == 0 {
		w.digest = append(w.digest, 5)
	}
	w.text = len(w.digest)
	if text, ok := w.r.PlainText(); ok {
		w.take(trim(text), first)
	} else if err := w.content(from, to, first); err != nil {
		return err
	}
	if w.quiet == 0 {
		w.digest = append(w.digest, 1)
	}
	if volatile {
		w.quiet--
	}
	w.text = len(w.digest)
	w.slots = w.slots[:first]
	for _, n := range w.active[from:to] {
		if n.group != nil {
			w.attach(n.group, before)
		}
	}
	return nil
}

// content reads what is inside an element through its End.
func (w *walk) content(from, to, first int) error {
	for {
		kind, err := w.r.Next()
		if err != nil {
			return err
		}
		switch kind {
		case xml.Start:
			w.trim()
			w.descend(from, to)
			if err := w.element(to); err != nil {
				return err
			}
			w.active = w.active[:to]
		case xml.Text:
			w.take(w.r.Text(), first)
		default:
			w.trim()
			return nil
		}
	}
}

// take puts text where it belongs: slots[first:], and what is hashed. All of the slots are of
// one element and share its text.
func (w *walk) take(text []byte, first int) {
	if slots := w.slots[first:]; len(slots) > 0 {
		s := w.texts[slots[0]]
		if s.to != len(w.raw) { // another text came between
			from := len(w.raw)
			w.raw = append(w.raw, w.raw[s.from:s.to]...)
			s.from = from
		}
		w.raw = append(w.raw, text...)
		s.to = len(w.raw)
		for _, slot := range slots {
			w.texts[slot] = s
		}
	}
	if w.quiet == 0 {
		w.digest = append(w.digest, text...)
	}
}

// attributes takes those of the current element.
func (w *walk) attributes(attrs []xml.Attr, from, to int) {
	for _, a := range attrs {
		volatile := false
		for _, n := range w.active[from:to] {
			for _, at := range n.attrs {
				if !at.step.fits(a.Name) {
					continue
				}
				volatile = volatile || at.volatile
				if at.slot >= 0 && !w.seen[at.slot] {
					w.seen[at.slot] = true
					w.texts[at.slot] = span{len(w.raw), len(w.raw) + len(a.Value)}
					w.raw = append(w.raw, a.Value...)
				}
			}
		}
		if w.quiet == 0 && !volatile {
			w.digest = append(append(append(append(w.digest, 3), a.Name.Local...), 4), a.Value...)
		}
	}
}

// trim takes blanks around a run of text out of what is hashed: indentation is no change.
func (w *walk) trim() {
	if run := w.digest[w.text:]; len(run) > 0 {
		w.digest = append(w.digest[:w.text], trim(run)...)
	}
	const much = 64 << 10 // of what is hashed to be kept in memory
	if len(w.digest) > much {
		w.flush()
	}
	w.text = len(w.digest)
}

// trim is bytes.TrimSpace, which is slow where a text begins or ends with a Chinese character.
func trim(b []byte) []byte {
	for len(b) > 0 && (b[0] == ' ' || b[0]-'\t' < 5) {
		b = b[1:]
	}
	for len(b) > 0 && (b[len(b)-1] == ' ' || b[len(b)-1]-'\t' < 5) {
		b = b[:len(b)-1]
	}
	// Those that begin with these bytes hold no blanks.
	ideograph := func(c byte) bool { return c >= 0xE4 && c <= 0xE9 }
	if n := len(b); n > 0 && (b[0] >= 0x80 && !ideograph(b[0]) || b[n-1] >= 0x80 && !(n >= 3 && ideograph(b[n-3]))) {
		return bytes.TrimSpace(b)
	}
	return b
}

// descend finds the nodes of the child at whose Start r stands.
func (w *walk) descend(from, to int) {
	for _, n := range w.active[from:to] {
		if len(n.kids) == 0 {
			continue
		}
		m := w.child(n, w.r.Name())
		if m.takes != nil {
			w.choice(n, m)
		}
		for _, k := range m.kids {
			if k.step.where != "" {
				if is, _ := w.r.AttrBytes("", k.step.where); string(is) != k.step.is {
					continue
				}
			}
			if k.seen >= 0 {
				if w.counts[k.seen]++; w.counts[k.seen] != k.step.nth {
					continue
				}
			}
			w.active = append(w.active, k)
		}
	}
}

// choice refuses the order when a child is of another branch of a choice than those before it.
func (w *walk) choice(n *node, m *met) {
	if err := n.choices.take(w.chosen[n.chosen:n.chosen+n.choices.many], m.takes, m.name.Local); err != nil && w.refusal == nil {
		w.refusal = err
	}
}

// child is what a child of that name may be. Orders resemble each other: the child
// that follows is nearly always the one that followed in the order before.
func (w *walk) child(n *node, name xml.Name) *met {
	path, at := w.paths[n.id], w.at[n.id]
	for i := at; i < len(path); i++ {
		if path[i].name == name {
			w.at[n.id] = i
			return &path[i]
		}
	}
	for i := range min(at, len(path)) {
		if path[i].name == name {
			w.at[n.id] = i
			return &path[i]
		}
	}
	var kids []*node
	for _, k := range n.kids {
		if k.step.fits(name) {
			kids = append(kids, k)
		}
	}
	m := met{name: name, kids: kids}
	if n.choices != nil {
		m.takes = n.choices.taking[name.Local]
	}
	if len(path) < mostMet {
		w.at[n.id] = len(path)
		w.paths[n.id] = append(path, m)
	}
	return &m
}
