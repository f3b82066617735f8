package xml

import (
	"errors"
	"fmt"
	"io"
	"strconv"
)

// ErrorKind says who has to act on an [Error].
type ErrorKind uint8

const (
	Syntax     ErrorKind = iota + 1 // not a well-formed XML document
	Limit                           // well-formed so far, but beyond the Limits
	Schema                          // well-formed, but not what the contract asks for
	BadCharset                      // bytes that do not fit the charset
	Source                          // the underlying reader failed; Unwrap gives its error
)

var errorKinds = [...]string{Syntax: "syntax", Limit: "limit", Schema: "schema", BadCharset: "charset", Source: "source"}

func (k ErrorKind) String() string {
	if int(k) < len(errorKinds) && k > 0 {
		return errorKinds[k]
	}
	return "ErrorKind(" + strconv.Itoa(int(k)) + ")"
}

// Position is a place in a document. Line and Column count from 1, Column in characters;
// Offset counts bytes of the UTF-8 document from 0. Line 0 means unknown.
type Position struct {
	Line, Column int
	Offset       int64
}

// Error is what every function of this package returns for a bad document.
type Error struct {
	Position
	Path string // local names from the root to the element concerned, such as "Envelope/Body/SubmitOrder"
	Msg  string
	// MsgZH is Msg in Chinese where whoever made the error gave it; else "".
	MsgZH string
	Kind  ErrorKind
	Err   error // the cause, if there is one
}

// Error gives place and message; the path is apart, because a fault shows it in a field of its own.
func (e *Error) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("byte %d: %s", e.Offset, e.Msg)
	}
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Msg)
}

func (e *Error) Unwrap() error { return e.Err }

// IsKind reports whether err holds an [Error] of the kind.
func IsKind(err error, kind ErrorKind) bool {
	var e *Error
	return errors.As(err, &e) && e.Kind == kind
}

// Errorf makes an error of kind Schema at the current token, for decoders to return.
// An error given with %w can be unwrapped. The Reader itself stays usable.
func (r *Reader) Errorf(format string, args ...any) error {
	err := fmt.Errorf(format, args...)
	return &Error{Position: r.Position(), Path: r.Path(), Msg: err.Error(), Kind: Schema, Err: errors.Unwrap(err)}
}

// fail ends the reading at byte i of the window.
func (r *Reader) fail(kind ErrorKind, i int, format string, args ...any) error {
	return r.failAt(kind, r.locate(r.base+int64(r.p+i)), fmt.Sprintf(format, args...), nil)
}

func (r *Reader) failAt(kind ErrorKind, pos Position, msg string, cause error) error {
	if r.err == nil {
		r.err = &Error{Position: pos, Path: r.Path(), Msg: msg, Kind: kind, Err: cause}
	}
	return r.err
}

// refuse is fail at the current token with kind Schema, in both languages.
func (r *Reader) refuse(msg, zh string) error {
	if r.err == nil {
		r.err = &Error{Position: r.Position(), Path: r.Path(), Msg: msg, MsgZH: zh, Kind: Schema}
	}
	return r.err
}

func (r *Reader) syntax(i int, format string, args ...any) error {
	return r.fail(Syntax, i, format, args...)
}

// truncated reports that the source ended, or failed, inside of what.
func (r *Reader) truncated(what string) error {
	if r.err != nil {
		return r.err
	}
	end := r.locate(r.base + int64(len(r.buf)))
	if r.srcErr != nil {
		return r.failAt(Source, end, "reading the document: "+r.srcErr.Error(), r.srcErr)
	}
	return r.failAt(Syntax, end, "the document ends inside "+what, io.ErrUnexpectedEOF)
}
