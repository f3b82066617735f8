package soap

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"go.uber.org/zap"

	"tundish/core"
	"tundish/wsdl/xml"
)

// visit is one POST from its arrival to its answer.
type visit struct {
	e *Endpoint
	w http.ResponseWriter
	r *http.Request
	*bench
	ctx     detached
	x       Exchange
	in      incoming
	op      Operation
	charset xml.Charset
	media   mediaType
}

// post answers one message; refused is why it was not taken, or not wholly.
func (e *Endpoint) post(w http.ResponseWriter, r *http.Request) (refused error) {
	v := &visit{e: e, w: w, r: r, bench: e.pool.get()}
	start := time.Now()
	v.media = parseMediaType(r.Header.Get("Content-Type"))
	v.x = Exchange{
		System: e.o.System, Direction: core.Inbound, Peer: r.RemoteAddr, At: e.o.Clock.Now(),
		Bundle: e.o.Bundle, zone: e.o.Zone, Action: soapAction(r.Header, v.media),
	}
	v.x.Kept, v.x.Replayed = r.Context().Value(keptKey{}).(time.Time)
	v.in.version = v.media.version()
	v.ctx = detached{r.Context(), &v.x}
	ctx := &v.ctx

	answer, refused := v.handle(ctx)
	v.answer(ctx, answer, refused)

	v.x.Took = time.Since(start)
	v.story()
	if e.o.Log != nil {
		e.o.Log.Log(ctx, &v.x)
	}
	v.drain()
	e.pool.put(v.bench, v.x.kept)
	switch {
	case refused == nil:
		return v.x.InPart
	case core.CodeOf(refused) == "" && v.x.Fault != nil: // a document's fault has no words of the house's
		return v.x.Fault
	}
	return refused
}

// soapAction finds the action of a message in its HTTP headers, without quotes.
func soapAction(h http.Header, m mediaType) string {
	var action string
	if values := h["Soapaction"]; len(values) > 0 { // Get would make that name anew each time
		action = strings.TrimSpace(values[0])
	}
	if len(action) >= 2 && action[0] == '"' && action[len(action)-1] == '"' {
		action = action[1 : len(action)-1]
	}
	if action == "" {
		return m.action
	}
	return action
}

// handle does what the message asks for, or says why not. Nothing has been done when the
// error is not the call's own. A panic on the way is an error like any other: it reaches
// the log, not the caller.
func (v *visit) handle(ctx context.Context) (answer xml.Marshaler, err error) {
	defer func() {
		if p := recover(); p != nil {
			v.e.log.Error("panic in a SOAP operation", zap.String("op", v.x.Operation), zap.String("correlation_id", v.x.CorrelationID), zap.String("panic", panicked(p)), zap.Stack("stack"))
			answer, err = nil, core.Because(core.Internal, "internal", &panicError{p})
		}
	}()
	call, p, err := v.read()
	if v.x.CorrelationID = v.in.messageID; v.x.CorrelationID == "" || len(v.x.CorrelationID) > maxCorrelation {
		v.x.CorrelationID = newID()
	}
	v.x.MessageID, v.x.Version, v.x.headers = v.in.messageID, v.in.version, v.in.headers
	if err != nil {
		return nil, err
	}
	if err := v.e.o.Credentials.spend(ctx, v.x.System, p); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, v.e.o.Limits.CallTime)
	defer cancel()
	return call(ctx)
}

// read receives the message and checks the whole of it.
func (v *visit) read() (call func(context.Context) (xml.Marshaler, error), p proof, err error) {
	if f := v.media.take(); f != nil {
		return nil, p, f
	}
	if f := v.e.o.Credentials.basicFirst(v.r); f != nil {
		f.closes = true
		return nil, p, f
	}
	var f *Fault
	if v.body, f = v.e.o.Limits.readBody(v.w, v.r, v.body); f != nil {
		v.x.request = v.body
		return nil, p, f
	}
	v.x.request = v.body
	assumed := v.media.charset
	if assumed == "" {
		assumed = v.e.o.AssumeCharset
	}
	doc, charset, err := xml.DecodeBytes(v.body, assumed)
	v.charset, v.x.Charset = charset, charset.Label()
	if err != nil {
		return nil, p, err
	}
	r := v.reader
	r.ResetBytes(doc)
	if err := v.e.openEnvelope(r, &v.in); err != nil {
		return nil, p, err
	}
	p, f = v.e.o.Credentials.check(v.r, &v.in.token, v.e.o.Clock.Now())
	if f != nil {
		return nil, p, f
	}
	v.x.User = p.user
	if f := v.e.replies(&v.in); f != nil {
		return nil, p, f
	}
	call, err = v.readBody(r)
	if err != nil {
		return nil, p, err
	}
	return call, p, closeEnvelope(r)
}

// readBody reads from the Start of the Body through its End.
func (v *visit) readBody(r *xml.Reader) (call func(context.Context) (xml.Marshaler, error), err error) {
	more, err := r.NextChild()
	if err != nil {
		return nil, err
	}
	var name xml.Name
	if more {
		name = r.Name()
	}
	action := v.x.Action
	if action == "" {
		action = v.in.action
	}
	op, f := v.e.choose(name, action)
	if f != nil {
		return nil, f
	}
	v.op, v.x.Operation = op, op.Name
	depth := r.Depth() - 1
	if d, ok := v.e.h.(BodyDecoder); ok {
		if !more {
			r = nil
		}
		call, err = d.DecodeBody(op, r)
	} else {
		if call, err = v.e.h.Decode(op.Request, r); err == nil {
			err = EndBody(r)
		}
	}
	if err != nil {
		return nil, err
	}
	if r != nil && (r.Kind() != xml.End || r.Depth() != depth) {
		return nil, core.Because(core.Internal, "internal", fmt.Errorf("the decoder of %s left the reader at %s, not at the end of the Body", op.Name, r.Path()))
	}
	return call, nil
}

// turnAway answers with f without looking at the message.
func (e *Endpoint) turnAway(w http.ResponseWriter, r *http.Request, f *Fault) {
	v := &visit{e: e, w: w, r: r, bench: e.pool.get()}
	v.in.version = parseMediaType(r.Header.Get("Content-Type")).version()
	v.x = Exchange{System: e.o.System, Direction: core.Inbound, CorrelationID: newID(), Peer: r.RemoteAddr, At: e.o.Clock.Now()}
	v.answer(r.Context(), nil, f)
	v.story()
	v.drain()
	e.pool.put(v.bench, false)
}

// nothing is a contract without operations.
type nothing struct{}

func (nothing) Operations() []Operation { return nil }
func (nothing) WSDL(bool) []byte        { return nil }
func (nothing) Decode(name xml.Name, _ *xml.Reader) (func(context.Context) (xml.Marshaler, error), error) {
	return nil, openRefusal()
}
