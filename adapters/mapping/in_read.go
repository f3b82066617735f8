package mapping

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"tundish/core"
	"tundish/wsdl/xml"
)

// Inward is an operation that they call on us, ready for use. It is safe for concurrent use.
type Inward struct {
	Name string
	Does string // submit, amend, ignore
	// OK, Known and Refused write the answers. Without OK the answer is empty, without
	// Refused a refusal is a fault.
	OK, Known, Refused *Outward

	mapping  string
	inner    []step // where the document stands that holds the orders
	root     string // of that document
	each     []step
	top      *node
	fields   []*input
	slots    int
	counters int
	around   Surroundings
}

// Item is one order of a message.
type Item struct {
	Order core.WorkOrder
	Hash  core.Hash // of the order's element, without what is volatile
	// Err is why the order is refused: its Field is the path of theirs, its text names
	// the value and the line of the mapping. The Order holds what was read before.
	Err *core.Error
}

// Trace is how one field came about.
type Trace struct {
	Field string   // of ours
	Paths []string // of theirs; none for a constant
	Texts []string // what stood there
	Value string   // what was made of it
	Line  int      // in the mapping
	Err   *core.Error
}

// Read reads the element in the Body, at whose Start r stands, through its End, and hands
// out its orders one by one: memory does not grow with their number. A refused order does
// not end the reading. An error is a message that cannot be read, or each's own.
func (in *Inward) Read(r *xml.Reader, each func(Item) error) error { return in.run(r, each, nil) }

// Explain is Read that tells of every field how it came about, before its order is handed out.
func (in *Inward) Explain(r *xml.Reader, told func(Trace), each func(Item) error) error {
	return in.run(r, each, told)
}

func (in *Inward) run(r *xml.Reader, each func(Item) error, told func(Trace)) error {
	if in.inner == nil {
		return in.orders(r, each, told)
	}
	found := false
	err := seek(r, in.inner, func() error {
		if found {
			return r.Skip()
		}
		text, err := r.ElementText()
		if err != nil {
			return err
		}
		found = true
		// Its declaration may name whatever charset: it was decoded with the message around it.
		inside := xml.NewReaderBytes(bytes.TrimLeft(bytes.Clone(text), "\ufeff \t\r\n"), xml.Limits{})
		if _, err := inside.Next(); err != nil {
			return in.unreadable(err)
		}
		if in.root != "" && inside.Name().Local != in.root {
			return core.Invalidf("invalid_message", in.innerPath(), "the document begins with <%s>, where <%s> is expected", "文档根元素为 <%s>，应为 <%s>", inside.Name().Local, in.root)
		}
		if err := in.orders(inside, each, told); err != nil {
			return in.unreadable(err)
		}
		return in.unreadable(inside.Finish())
	})
	if err == nil && !found {
		err = core.Invalidf("invalid_message", in.innerPath(), "there is no document in the message", "报文中没有该文档")
	}
	return err
}

func (in *Inward) innerPath() string { return pathOf(in.inner) }

// unreadable says of an error of the reader that it lies in the document in the string.
func (in *Inward) unreadable(err error) error {
	var broken *xml.Error
	if !errors.As(err, &broken) {
		return err
	}
	e := core.Because(core.Invalid, "invalid_message", err)
	e.Field, e.Message, e.MessageZH = in.innerPath(), "the document in the string is not well-formed", "字符串中的文档格式不正确"
	return e
}

func pathOf(steps []step) string {
	text := ""
	for i, s := range steps {
		if i > 0 {
			text += "/"
		}
		text += s.local
	}
	return text
}

// orders reads the orders of the element at whose Start r stands.
func (in *Inward) orders(r *xml.Reader, each func(Item) error, told func(Trace)) error {
	w := &walk{in: in, r: r, texts: make([][]byte, in.slots), seen: make([]bool, in.slots), counts: make([]int, in.counters)}
	one := func() error {
		if err := w.order(); err != nil {
			return err
		}
		return each(w.item(told))
	}
	if in.each == nil {
		return one()
	}
	return seek(r, in.each, one)
}

// seek calls do at each element that the path leads to; r stands at the Start of what should
// be the path's first step. do reads through the End.
func seek(r *xml.Reader, path []step, do func() error) error {
	if !path[0].fits(r.Name()) {
		return core.Invalidf("invalid_message", "", "<%s> where <%s> is expected", "出现 <%s>，应为 <%s>", r.Name().Local, path[0].local)
	}
	if len(path) == 1 {
		return do()
	}
	for {
		kind, err := r.Next()
		switch {
		case err != nil:
			return err
		case kind == xml.Start && path[1].fits(r.Name()):
			err = seek(r, path[1:], do)
		case kind == xml.Start:
			err = r.Skip()
		case kind != xml.Text:
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// walk reads one order after another, keeping its buffers.
type walk struct {
	in     *Inward
	r      *xml.Reader
	texts  [][]byte // by slot
	seen   []bool   // the first element at a path counts
	counts []int    // for [n]
	active []*node  // the nodes that the open elements are at, a run for each element
	digest []byte   // what is hashed
	text   int      // where in digest the current run of text begins
	quiet  int      // open volatile elements
}

func (w *walk) order() error {
	for i := range w.texts {
		w.texts[i], w.seen[i] = w.texts[i][:0], false
	}
	w.digest, w.quiet = w.digest[:0], 0
	w.active = append(w.active[:0], w.in.top)
	return w.element(0)
}

// element reads the element at whose Start r stands; active[from:] are its nodes.
func (w *walk) element(from int) error {
	to := len(w.active)
	volatile := false
	var collect [8]int // slots that this element's text goes to
	slots := collect[:0]
	null := w.r.Nil()
	for _, n := range w.active[from:to] {
		volatile = volatile || n.volatile
		if n.slot >= 0 && !w.seen[n.slot] {
			w.seen[n.slot] = true
			if !null {
				slots = append(slots, n.slot)
			}
		}
		for _, k := range n.kids {
			if k.seen >= 0 {
				w.counts[k.seen] = 0
			}
		}
	}
	if volatile {
		w.quiet++
	}
	w.start(from, to)
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
			for _, s := range slots {
				w.texts[s] = append(w.texts[s], w.r.Text()...)
			}
			if w.quiet == 0 {
				w.digest = append(w.digest, w.r.Text()...)
			}
		default:
			w.trim()
			if w.quiet == 0 {
				w.digest = append(w.digest, 1)
			}
			if volatile {
				w.quiet--
			}
			w.text = len(w.digest)
			return nil
		}
	}
}

// start takes the attributes, and begins the element in what is hashed.
func (w *walk) start(from, to int) {
	if w.quiet == 0 {
		w.digest = append(append(w.digest, 2), w.r.Name().Local...)
	}
	for _, a := range w.r.Attrs() {
		volatile := false
		for _, n := range w.active[from:to] {
			for _, at := range n.attrs {
				if !at.step.fits(a.Name) {
					continue
				}
				volatile = volatile || at.volatile
				if at.slot >= 0 && !w.seen[at.slot] {
					w.seen[at.slot] = true
					w.texts[at.slot] = append(w.texts[at.slot], a.Value...)
				}
			}
		}
		if w.quiet == 0 && !volatile {
			w.digest = append(append(append(append(w.digest, 3), a.Name.Local...), 4), a.Value...)
		}
	}
	if w.quiet == 0 {
		w.digest = append(w.digest, 5)
	}
	w.text = len(w.digest)
}

// trim takes blanks around a run of text out of what is hashed: indentation is no change.
func (w *walk) trim() {
	run := w.digest[w.text:]
	w.digest = append(w.digest[:w.text], bytes.TrimSpace(run)...)
	w.text = len(w.digest)
}

// descend finds the nodes of the child at whose Start r stands.
func (w *walk) descend(from, to int) {
	name := w.r.Name()
	for _, n := range w.active[from:to] {
		for _, k := range n.kids {
			if !k.step.fits(name) {
				continue
			}
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

// item makes the order of what was read.
func (w *walk) item(told func(Trace)) Item {
	sum := sha256.Sum256(w.digest)
	item := Item{Hash: core.Hash(hex.EncodeToString(sum[:]))}
	for _, f := range w.in.fields {
		err := f.apply(&item.Order, w.texts, w.in.around.Area)
		if err != nil {
			if len(f.paths) > 0 {
				err.Field = f.paths[0]
			}
			err.Message += fmt.Sprintf(" (mapping %s, line %d)", w.in.mapping, f.Input.At.Line())
			err.MessageZH += fmt.Sprintf("（映射 %s 第 %d 行）", w.in.mapping, f.Input.At.Line())
			if item.Err == nil {
				item.Err = err
			}
		}
		if told != nil {
			told(w.trace(f, &item.Order, err))
		}
	}
	return item
}

func (w *walk) trace(f *input, o *core.WorkOrder, err *core.Error) Trace {
	t := Trace{Field: f.name, Paths: f.paths, Line: f.Input.At.Line(), Err: err}
	for _, s := range f.slots {
		t.Texts = append(t.Texts, string(w.texts[s]))
	}
	if err != nil {
		return t
	}
	if f.index == nil {
		t.Value = o.Extra[f.extra]
		return t
	}
	v := f.field(o)
	switch {
	case f.kind == pointKind && o.Place.Point != nil:
		t.Value = fmt.Sprintf("Lat %.7f, Lon %.7f", o.Place.Point.Lat, o.Place.Point.Lon)
	case !v.IsZero():
		t.Value = fmt.Sprint(v.Interface())
	}
	return t
}
