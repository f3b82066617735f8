package soap

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"tundish/core"
	"tundish/wsdl/xml"
)

// Code is the class of a fault, by its name in SOAP 1.1; 1.2 calls Client Sender and
// Server Receiver.
type Code string

const (
	CodeClient          Code = "Client"
	CodeServer          Code = "Server"
	CodeVersionMismatch Code = "VersionMismatch"
	CodeMustUnderstand  Code = "MustUnderstand"
)

// Fault is a SOAP fault: one to send, or one that a [Client] was answered with. A fault
// received unwraps to a *core.Error, so that code can decide by its kind.
type Fault struct {
	Code Code
	// Subcode narrows Code. In SOAP 1.1, which has one code only, it stands in place of
	// Code. Received, it is also whatever code no envelope version knows.
	Subcode xml.Name
	String  string // for people
	Actor   string
	// Detail is the typed detail: an xml.Marshaler to send; received, the value that the
	// contract's fault factory decoded, or nil if the detail was none of its faults.
	Detail any
	// RawDetail is the received detail element as it came, in UTF-8 and complete with its
	// namespaces; nil without one.
	RawDetail []byte

	Status     int           // HTTP status; 0 to send means the one the version asks for
	RetryAfter time.Duration // received beside the fault; 0 without
	Err        error         // a *core.Error with kind and code

	received      bool       // by a Client: not to be passed on to somebody else's caller
	ours          bool       // refused by this package, before any handler's rule
	notUnderstood []xml.Name // 1.2: header blocks to name
	bare          bool       // concerns the envelope or its headers: without detail, unless it is Denied
	challenge     bool       // ask for HTTP Basic
	closes        bool       // the request was not read to its end: the connection must go
}

func (f *Fault) Error() string {
	code := string(f.Code)
	if f.Subcode.Local != "" {
		code = f.Subcode.Local
	}
	return fmt.Sprintf("fault %s: %s", code, f.String)
}

func (f *Fault) Unwrap() error { return f.Err }

// FaultDetailer is an error that knows the typed detail of its fault.
type FaultDetailer interface {
	error
	FaultDetail() xml.Marshaler
}

// Overloaded tells whether the far side as a whole cannot take more: it, or a proxy before
// it, answered with HTTP 429 or 503, be there a fault in the answer or not.
func Overloaded(err error) bool {
	status := 0
	if f := (*Fault)(nil); errors.As(err, &f) {
		status = f.Status
	} else if c := (*CallError)(nil); errors.As(err, &c) {
		status = c.Status
	}
	return status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable
}

// RetryAfter is how long the far side asked to be left alone, if it did.
func RetryAfter(err error) (d time.Duration, ok bool) {
	if f := (*Fault)(nil); errors.As(err, &f) && f.RetryAfter > 0 {
		return f.RetryAfter, true
	}
	if c := (*CallError)(nil); errors.As(err, &c) && c.RetryAfter > 0 {
		return c.RetryAfter, true
	}
	return 0, false
}

// faultOf turns an error into the fault that the caller gets. Only text written for
// people passes: of anything unforeseen the caller learns the correlation id.
func (e *Endpoint) faultOf(err error, x *Exchange) *Fault {
	var f *Fault
	if errors.As(err, &f) && !f.received {
		c := *f
		f = &c
	} else {
		f = translate(err)
	}
	if f.String == "" {
		f.String = e.sentence(f.Err, x.CorrelationID)
	}
	if f.Detail == nil && (!f.bare || core.IsKind(f.Err, core.Denied)) {
		f.Detail = e.detail(err, f, x.CorrelationID)
	}
	return f
}

// translate sorts err by its kind; the table is the package's promise (see doc.go).
func translate(err error) *Fault {
	var known *core.Error
	var bad *xml.Error
	var received *Fault
	var telling FaultDetailer
	ours := false
	switch {
	case errors.As(err, &known) && !(errors.As(err, &received) && received.Err == error(known)):
	case received != nil:
		known = core.Because(core.Internal, "internal", err)
	case errors.As(err, &bad):
		known, ours = ofDocument(bad), true
	case errors.As(err, &telling):
		// The contract's own fault type: its text is meant for the caller.
		known = &core.Error{Kind: core.Invalid, Code: "refused", Message: telling.Error()}
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		known = core.Because(core.Unavailable, "too_slow", err)
	default:
		known = core.Because(core.Internal, "internal", err)
	}
	f := &Fault{Code: CodeClient, Err: known, ours: ours}
	switch known.Kind {
	case core.Invalid, core.NotFound, core.Conflict, core.Denied:
	default:
		f.Code = CodeServer
	}
	return f
}

// detail asks, in this order, the error, the endpoint's contract, and the house style.
func (e *Endpoint) detail(err error, f *Fault, correlationID string) xml.Marshaler {
	var d FaultDetailer
	if errors.As(err, &d) {
		if m := d.FaultDetail(); m != nil {
			return m
		}
	}
	var known *core.Error
	if !errors.As(f.Err, &known) {
		return nil
	}
	// What goes outward is a copy whose text is the fault's: the detail may not say
	// more than the fault does.
	outward := &core.Error{Kind: known.Kind, Code: f.outwardCode(known), Field: known.Field, Message: f.String, MessageZH: f.String}
	if e.o.Detail != nil {
		return e.o.Detail(outward, correlationID)
	}
	return houseDetail{outward, correlationID}
}

// outwardCode is the code that the caller's program gets: one of the four that every
// contract has, or the one that the business refused with.
func (f *Fault) outwardCode(known *core.Error) string {
	switch {
	case f.Code == CodeServer && known.Kind == core.Internal:
		return "internal"
	case f.Code == CodeServer:
		return "try_later"
	case known.Kind == core.Denied && (f.ours || known.Code == ""):
		return "not_authorised"
	case f.ours || known.Code == "":
		return "invalid_message"
	}
	return known.Code
}

// houseDetail is the detail for contracts that declare none: typed, because bare text in
// a detail crashes Axis 1.
type houseDetail struct {
	err           *core.Error
	correlationID string
}

// FaultSpace is the namespace of the detail that is sent when the contract has no own.
const FaultSpace = "urn:tundish:fault:v1"

func (d houseDetail) MarshalXML(w *xml.Writer) error {
	w.StartNS(FaultSpace, "Fault")
	w.Element("code", d.err.Code)
	w.Element("message", legible(d.err.Message))
	if d.err.Field != "" {
		w.Element("field", legible(d.err.Field))
	}
	w.Element("correlationId", legible(d.correlationID))
	w.End()
	return w.Error()
}

// code12 is the name that SOAP 1.2 has for c.
func (c Code) in(v Version) string {
	if v == SOAP12 {
		switch c {
		case CodeClient:
			return "Sender"
		case CodeServer:
			return "Receiver"
		}
	}
	return string(c)
}

// status is the HTTP status that goes with f in version v.
func (f *Fault) status(v Version) int {
	switch {
	case f.Status != 0:
		return f.Status
	case v == SOAP12 && f.Code == CodeClient:
		return 400
	}
	return 500
}

// write writes the Fault element into an open Body.
func (f *Fault) write(w *xml.Writer, v Version, prefix string, lang Language) error {
	if v == SOAP12 {
		return f.write12(w, prefix, lang)
	}
	w.StartPrefixed(prefix, Envelope11, "Fault")
	w.Start("faultcode")
	if f.Subcode.Local != "" && f.Subcode.Space != "" {
		w.DeclareNS("c", f.Subcode.Space)
		w.Text("c:" + f.Subcode.Local)
	} else {
		w.Text(prefix + ":" + f.Code.in(v))
	}
	w.End()
	w.Element("faultstring", legible(f.String))
	if f.Actor != "" {
		w.Element("faultactor", legible(f.Actor))
	}
	if m, ok := f.Detail.(xml.Marshaler); ok {
		w.Start("detail")
		if err := m.MarshalXML(w); err != nil {
			return err
		}
		w.End()
	}
	w.End()
	return w.Error()
}

func (f *Fault) write12(w *xml.Writer, prefix string, lang Language) error {
	start := func(local string) { w.StartPrefixed(prefix, Envelope12, local) }
	start("Fault")
	start("Code")
	start("Value")
	w.Text(prefix + ":" + f.Code.in(SOAP12))
	w.End()
	if f.Subcode.Local != "" && f.Subcode.Space != "" {
		start("Subcode")
		start("Value")
		w.DeclareNS("c", f.Subcode.Space)
		w.Text("c:" + f.Subcode.Local)
		w.End()
		w.End()
	}
	w.End()
	start("Reason")
	start("Text")
	w.AttrNS("xml", xml.XMLSpace, "lang", string(lang))
	w.Text(legible(f.String))
	w.End()
	w.End()
	if f.Actor != "" {
		start("Role")
		w.Text(legible(f.Actor))
		w.End()
	}
	if m, ok := f.Detail.(xml.Marshaler); ok {
		start("Detail")
		if err := m.MarshalXML(w); err != nil {
			return err
		}
		w.End()
	}
	w.End()
	return w.Error()
}
