package bind

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"tundish/wsdl/xml"
	"tundish/wsdl/xsd"
)

// EncodeError is a value that the contract does not allow in a message of
// ours. Path are the elements from the message's own to the one concerned.
type EncodeError struct {
	Path string
	Err  error
}

func (e *EncodeError) Error() string { return e.Path + ": " + e.Err.Error() }

// Place is Path, for those who may not quote the value.
func (e *EncodeError) Place() string { return e.Path }

func (e *EncodeError) Unwrap() error { return e.Err }

// Encoder writes one element of a message. Element, Attr or Content announce
// where the next value goes; the first mistake is kept and ends the writing.
type Encoder struct {
	w    *xml.Writer
	err  error
	name string
	to   target
	path [24]string // open elements from the root, for messages; deeper ones go unnamed
	deep int
	buf  []byte
}

type target uint8

const (
	toElement target = iota
	toAttribute
	toContent
)

// Write makes an Encoder on a Writer.
func Write(w *xml.Writer) Encoder { return Encoder{w: w} }

// Root starts the message's own element in the contract's namespace.
func (e *Encoder) Root(space, local string) {
	e.w.StartNS(space, local)
	e.push(local)
}

// Start starts a child element with content of its own.
func (e *Encoder) Start(local string) {
	e.w.Start(local)
	e.push(local)
}

func (e *Encoder) push(local string) {
	if e.deep < len(e.path) {
		e.path[e.deep] = local
	}
	e.deep++
}

// End ends the element that Root or Start began last.
func (e *Encoder) End() {
	e.w.End()
	e.deep--
}

// Close returns the first mistake.
func (e *Encoder) Close() error {
	if e.err != nil {
		return e.err
	}
	return e.w.Error()
}

func (e *Encoder) fail(name string, err error) {
	if e.err == nil && err != nil {
		path := strings.Join(e.path[:min(e.deep, len(e.path))], "/")
		if name != "" {
			path += "/" + name
		}
		e.err = &EncodeError{Path: path, Err: err}
	}
}

// Element announces a child element; the next value becomes its text.
func (e *Encoder) Element(local string) *Encoder {
	e.name, e.to = local, toElement
	return e
}

// Attr announces an attribute of the element just started.
func (e *Encoder) Attr(local string) *Encoder {
	e.name, e.to = local, toAttribute
	return e
}

// Content announces that the next value is the text of the element itself.
func (e *Encoder) Content() *Encoder {
	e.name, e.to = "", toContent
	return e
}

// Nil writes a child element that is nil.
func (e *Encoder) Nil(local string) { e.w.NilElement(local) }

// Count checks how often a repeated child occurs; high may be Unbounded.
func (e *Encoder) Count(local string, n, low, high int) {
	switch {
	case n < low:
		e.fail(local, fmt.Errorf("occurs %d times; at least %d are needed", n, low))
	case high != Unbounded && n > high:
		e.fail(local, fmt.Errorf("occurs %d times; at most %d are allowed", n, high))
	}
}

// Obey checks the rules of a shape. present tells of each child, in the
// shape's order, whether it will be written.
func (e *Encoder) Obey(s *Shape, present ...bool) {
	has := func(name string) bool {
		i := s.index(name, 0)
		return i >= 0 && present[i]
	}
	for i := range s.Rules {
		if msg := s.Rules[i].broken(has); msg.en != "" {
			e.fail("", msg)
		}
	}
}

// put writes a value that passed its check.
func (e *Encoder) put(s string, wrong error) {
	if wrong != nil {
		e.fail(e.name, wrong)
	}
	if e.err != nil {
		return
	}
	switch e.to {
	case toAttribute:
		e.w.Attr(e.name, s)
	case toContent:
		e.w.Text(s)
	default:
		e.w.Element(e.name, s)
	}
}

// String writes text.
func (e *Encoder) String(v string, f *Text) { e.put(v, f.Check(f.normalise(v))) }

// Bool writes true or false.
func (e *Encoder) Bool(v bool) {
	if v {
		e.put("true", nil)
	} else {
		e.put("false", nil)
	}
}

// Int writes any of the bounded integers.
func (e *Encoder) Int(v int64, f *Range) {
	e.buf = strconv.AppendInt(e.buf[:0], v, 10)
	e.putBytes(e.buf, f.Check(v))
}

// Decimal writes an xs:decimal with the digits it was given.
func (e *Encoder) Decimal(v xsd.Decimal, f *Number) { e.put(v.String(), f.Check(v)) }

// DateTime writes an xs:dateTime, with a zone only if it has one.
func (e *Encoder) DateTime(v xsd.DateTime) {
	var unset error
	if v.IsZero() {
		unset = errUnset
	}
	e.put(v.String(), unset)
}

// Date writes an xs:date.
func (e *Encoder) Date(v xsd.Date) {
	var unset error
	if v.IsZero() {
		unset = errUnset
	}
	e.put(v.String(), unset)
}

var errUnset = errors.New("is required but was not set")

// Float writes an xs:double or xs:float.
func (e *Encoder) Float(v float64) { e.put(xsd.FormatFloat(v), nil) }

// Binary writes an xs:base64Binary.
func (e *Encoder) Binary(v xsd.Binary, f *Size) {
	e.buf = v.AppendBase64(e.buf[:0])
	e.putBytes(e.buf, f.Check(v))
}

func (e *Encoder) putBytes(b []byte, wrong error) {
	if wrong != nil || e.err != nil || e.to == toAttribute {
		e.put(string(b), wrong)
		return
	}
	if e.to == toElement {
		e.w.Start(e.name)
		defer e.w.End()
	}
	e.w.TextBytes(b)
}
