package soap

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"go.uber.org/zap"

	"tundish/core"
	"tundish/wsdl/xml"
)

// answer writes what handle came to.
func (v *visit) answer(ctx context.Context, body xml.Marshaler, err error) {
	var f *Fault
	if err != nil {
		body, f = v.failure(ctx, err)
	}
	werr := v.envelope(body, f)
	if werr != nil && f != nil && f.Detail != nil {
		// A refusal stays the refusal it was, though its detail cannot be written.
		v.e.log.Error("a fault's detail cannot be written", zap.String("op", v.op.Name), zap.String("correlation_id", v.x.CorrelationID), zap.String("err", discreet(werr)))
		f.Detail = nil
		werr = v.envelope(nil, f)
	}
	if werr != nil {
		// The call may have been made: the caller is told that the answer is lost, not
		// that nothing happened.
		werr = fmt.Errorf("write the answer of %s: %w", v.op.Name, errors.Join(werr, err))
		f = v.e.faultOf(core.Because(core.Internal, "internal", werr), &v.x)
		v.x.Fault, v.x.Err, v.x.Outcome = f, werr, Failed
		f.Detail = nil // which may be what could not be written
		if werr := v.envelope(nil, f); werr != nil {
			v.x.Err = errors.Join(v.x.Err, werr)
		}
	}
	status := http.StatusOK
	if f != nil {
		status = f.status(v.in.version)
	}
	v.send(status, f)
}

// failure records err and chooses between a fault and the contract's own way to say no.
func (v *visit) failure(ctx context.Context, err error) (body xml.Marshaler, f *Fault) {
	defer func() {
		if p := recover(); p != nil { // in the hooks of the contract
			err = errors.Join(err, error(&panicError{p}))
			f = v.e.faultOf(core.Because(core.Internal, "internal", err), &Exchange{CorrelationID: v.x.CorrelationID})
			body, f.Detail, v.x.Fault, v.x.Err, v.x.Outcome = nil, nil, f, err, Failed
		}
	}()
	f = v.e.faultOf(err, &v.x)
	v.x.Fault, v.x.Err, v.x.Outcome = f, err, Refused
	if f.Code == CodeServer {
		v.x.Outcome = Failed
	}
	if v.e.o.Refusal != nil {
		if body = v.e.o.Refusal(ctx, v.op, f); body != nil {
			return body, nil
		}
	}
	return nil, f
}

// envelope writes the answer into the writer; a panic of the contract's code is an error.
func (v *visit) envelope(body xml.Marshaler, f *Fault) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = error(&panicError{p})
		}
	}()
	w, shape, version := v.writer, &v.e.o.Shape, v.in.version
	w.Reset()
	if !shape.NoDeclaration {
		w.Declaration(v.answerCharset().Label())
	}
	shape.open(w, version)
	v.header(w, f)
	w.StartPrefixed(shape.Prefix, version.Space(), "Body")
	switch {
	case f != nil:
		err = f.write(w, version, shape.Prefix, v.e.o.Language)
	case body != nil:
		err = body.MarshalXML(w)
	}
	if err != nil {
		return err
	}
	w.End()
	w.End()
	_, err = w.Finish()
	return err
}

// header writes the Header, if the answer needs one.
func (v *visit) header(w *xml.Writer, f *Fault) {
	missing := f != nil && v.in.version == SOAP12 && len(f.notUnderstood) > 0
	upgrade := f != nil && f.Code == CodeVersionMismatch
	if v.in.addressing == "" && !missing && !upgrade {
		return
	}
	prefix, space := v.e.o.Shape.Prefix, v.in.version.Space()
	w.StartPrefixed(prefix, space, "Header")
	if missing {
		for i, name := range f.notUnderstood {
			w.StartPrefixed(prefix, space, "NotUnderstood")
			p := "n" + strconv.Itoa(i)
			w.DeclareNS(p, name.Space)
			w.Attr("qname", p+":"+name.Local)
			w.End()
		}
	}
	if upgrade {
		w.StartPrefixed("up", Envelope12, "Upgrade")
		for _, s := range []Version{SOAP12, SOAP11} {
			w.StartPrefixed("up", Envelope12, "SupportedEnvelope")
			w.DeclareNS("e", s.Space())
			w.Attr("qname", "e:Envelope")
			w.End()
		}
		w.End()
	}
	if ns := v.in.addressing; ns != "" {
		block := func(local, text string) {
			if text != "" {
				w.StartPrefixed("wsa", ns, local)
				w.Text(text)
				w.End()
			}
		}
		block("Action", v.answerAction(f))
		block("RelatesTo", v.in.messageID)
		block("MessageID", "urn:uuid:"+newID())
	}
	w.End()
}

// answerAction is the wsa:Action of the answer.
func (v *visit) answerAction(f *Fault) string {
	switch {
	case f != nil && f.bare:
		return v.in.addressing + "/fault"
	case f != nil:
		return v.in.addressing + "/soap/fault"
	case v.e.o.Shape.Action != nil:
		return v.e.o.Shape.Action(v.op)
	case v.in.action != "":
		return v.in.action + "Response"
	}
	return ""
}

func (v *visit) answerCharset() xml.Charset {
	if v.e.answerIn != nil {
		return *v.e.answerIn
	}
	return v.charset
}

// The usual values of headers, made once.
var (
	utf8Type = [2][]string{{"text/xml; charset=utf-8"}, {"application/soap+xml; charset=utf-8"}}
	gzipped  = []string{"gzip"}
)

// send puts the written envelope on the wire, or onto the way that wsa:ReplyTo asks for.
func (v *visit) send(status int, f *Fault) {
	h := v.w.Header()
	out, charset := v.writer.Bytes(), v.answerCharset()
	label := charset.Label()
	if label != xml.UTF8 {
		v.out = xml.Encode(v.out[:0], out, charset)
		out = v.out
	}
	v.x.response = out
	switch shape := v.e.o.Shape.ContentType; {
	case shape == "" && label == xml.UTF8:
		h["Content-Type"] = utf8Type[v.in.version]
	case shape == "":
		shape = v.in.version.mediaType()
		fallthrough
	default:
		h.Set("Content-Type", shape+"; charset="+strings.ToLower(label))
	}
	if v.x.CorrelationID != "" {
		h.Set("X-Correlation-Id", headerSafe(v.x.CorrelationID))
	}
	if v.elsewhere(out, f) {
		h.Del("Content-Type")
		v.x.Status = http.StatusAccepted
		v.w.WriteHeader(http.StatusAccepted)
		return
	}
	if f != nil && f.challenge {
		h.Set("WWW-Authenticate", `Basic realm="`+headerSafe(string(v.x.System))+`", charset="UTF-8"`)
	}
	closes := v.x.Fault != nil && v.x.Fault.closes // though the contract may say no without a fault
	if closes {
		h.Set("Connection", "close")
		v.fullDuplex()
	}
	if f != nil && status == http.StatusUnsupportedMediaType {
		h.Set("Accept-Encoding", "gzip")
	}
	const worthZipping = 4 << 10 // less fits into a few packets, and zipping takes longer than sending
	if len(out) >= worthZipping && wantsGzip(v.r.Header.Get("Accept-Encoding")) {
		out = zip(out)
		h["Content-Encoding"] = gzipped
	}
	h["Content-Length"] = []string{strconv.Itoa(len(out))}
	v.x.Status = status
	v.w.WriteHeader(status)
	const fitsSocket = 64 << 10
	if len(out) > fitsSocket {
		rc := http.NewResponseController(v.w)
		if rc.SetWriteDeadline(time.Now().Add(v.e.o.Limits.ReadTime)) == nil {
			defer rc.SetWriteDeadline(time.Time{})
		}
	}
	if _, err := v.w.Write(out); err != nil && v.x.Err == nil {
		v.x.Err = fmt.Errorf("send the answer: %w", err) // what was done stays done
	}
	if v.e.o.Log != nil || closes {
		if fl, ok := v.w.(http.Flusher); ok {
			fl.Flush() // the caller need not wait for the log, or for the rest of its own message
		}
	}
}

// headerSafe makes s fit for the value of an HTTP header.
func headerSafe(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || r == '"' || r == '\\' {
			return '_'
		}
		return r
	}, s)
}
