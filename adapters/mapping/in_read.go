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
	inner    []step // where the document stands that holds the orders
	root     string // of that document
	each     []step
	top      *node
	fields   []*input
	slots    int
	counters int
	nodes    int
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
	one := in.one(r, each, told)
	if in.each == nil {
		return one()
	}
	return seek(r, in.each, one)
}

// one gives what reads an order's element, at whose Start r stands, through its End, and hands
// the order out. It keeps its buffers from one to the next.
func (in *Inward) one(r *xml.Reader, each func(Item) error, told func(Trace)) func() error {
	w := newWalk(in, r)
	return func() error {
		if err := w.order(); err != nil {
			return err
		}
		w.make(told)
		return each(w.item)
	}
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
