package mapping

import (
	"bytes"
	"errors"

	"tundish/core"
	"tundish/wsdl/xml"
)

// Inward is an operation that they call on us, ready for use. It is safe for concurrent use.
type Inward struct {
	Name string
	Does string // submit, amend, ignore
	Many bool   // a message may hold several orders
	Contract
	// OK, Known and Refused write the answers. Without OK the answer is empty, without
	// Refused a refusal is a fault.
	OK, Known, Refused *Outward

	mapping  string
	docs     []envelope // documents in strings, from the outside in, the last of which holds the orders
	each     []step
	choices  []*choices // along each
	chosen   int        // of walk.chosen
	top      *node
	fields   []*input
	slots    int
	counters int
	nodes    int
	when     *formula // nil: every order counts
	around   Surroundings
}

// Item is one order of a message.
type Item struct {
	Order core.WorkOrder
	Blobs []core.Blob // of its attachments
	Hash  core.Hash   // of the order's element, without what is volatile
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
	return in.open(r, in.docs, func(r *xml.Reader) error { return in.orders(r, each, told) })
}

// envelope is where a document stands in a string.
type envelope struct {
	path    []step
	choices []*choices // along path
	root    string     // of the document; "" any
	json    bool
}

// open finds the innermost document and calls do at its root's Start.
func (in *Inward) open(r *xml.Reader, docs []envelope, do func(*xml.Reader) error) error {
	if len(docs) == 0 {
		return do(r)
	}
	doc, found := &docs[0], false
	err := seek(r, doc.path, doc.choices, func() error {
		if found {
			return r.Skip()
		}
		text, err := r.ElementText()
		if err != nil {
			return err
		}
		found = true
		inside, err := doc.reader(text)
		if err != nil {
			return brokenInside(pathOf(doc.path), err)
		}
		if doc.root != "" && inside.Name().Local != doc.root {
			return core.Invalidf("invalid_message", pathOf(doc.path), "the document begins with <%s>, where <%s> is expected", "文档根元素为 <%s>，应为 <%s>", inside.Name().Local, doc.root)
		}
		if err := in.open(inside, docs[1:], do); err != nil {
			return brokenInside(pathOf(doc.path), err)
		}
		return brokenInside(pathOf(doc.path), inside.Finish())
	})
	if err == nil && !found {
		err = core.Invalidf("invalid_message", pathOf(doc.path), "there is no document in the message", "报文中没有该文档")
	}
	return err
}

// reader reads the document as XML; it stands at the root's Start.
func (e *envelope) reader(text []byte) (*xml.Reader, error) {
	var err error
	if text = bytes.TrimLeft(text, "\ufeff \t\r\n"); e.json {
		text, err = fromJSONText(text)
	} else {
		text = bytes.Clone(text) // it is valid until the next token only
	}
	if err != nil {
		return nil, err
	}
	// Its declaration may name whatever charset: it was decoded with the message around it.
	inside := xml.NewReaderBytes(text, xml.Limits{})
	_, err = inside.Next()
	return inside, err
}

// brokenInside says of an error of the reader that it lies in the document in the string.
func brokenInside(path string, err error) error {
	var broken *xml.Error
	if !errors.As(err, &broken) && !errors.As(err, new(*jsonError)) {
		return err
	}
	e := core.Because(core.Invalid, "invalid_message", err)
	e.Field, e.Message, e.MessageZH = path, "the document in the string is not well-formed", "字符串中的文档格式不正确"
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
	one := in.one(r, each, told)
	if in.each == nil {
		return one()
	}
	return seek(r, in.each, in.choices, one)
}

// one gives what reads an order's element, at whose Start r stands, through its End, and hands
// the order out. It keeps its buffers from one to the next.
func (in *Inward) one(r *xml.Reader, each func(Item) error, told func(Trace)) func() error {
	w := newWalk(in, r)
	return func() error {
		if err := w.order(); err != nil {
			return err
		}
		if skip, err := w.passOver(); skip || err != nil {
			return err
		}
		w.make(told)
		return each(w.item)
	}
}

// seek calls do at each element that the path leads to; r stands at the Start of what should
// be the path's first step. do reads through the End. along are the choices at the elements of
// the path; nil where none is known.
func seek(r *xml.Reader, path []step, along []*choices, do func() error) error {
	if !path[0].fits(r.Name()) {
		return core.Invalidf("invalid_message", "", "<%s> where <%s> is expected", "出现 <%s>，应为 <%s>", r.Name().Local, path[0].local)
	}
	if len(path) == 1 {
		return do()
	}
	var choices *choices
	var seen []pick
	if len(along) > 0 {
		if choices, along = along[0], along[1:]; choices != nil {
			seen = make([]pick, choices.many)
		}
	}
	for {
		kind, err := r.Next()
		if err == nil && kind == xml.Start && choices != nil {
			if refused := choices.take(seen, choices.taking[r.Name().Local], r.Name().Local); refused != nil {
				return refused
			}
		}
		switch {
		case err != nil:
			return err
		case kind == xml.Start && path[1].fits(r.Name()):
			err = seek(r, path[1:], along, do)
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
