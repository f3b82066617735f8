package soap

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync/atomic"
	"time"

	"tundish/core"
	"tundish/wsdl/xml"
)

// trip is one call: the message out, the answer back.
type trip struct {
	c      *Client
	action string
	*bench
	x Exchange
	// What the transport did in its last attempt: sent, it had a connection to write to;
	// written, it has let go of the request's bytes, be they on the wire or not.
	sent, written atomic.Bool
}

func (t *trip) call(ctx context.Context, request xml.Marshaler, response xml.Unmarshaler, faults map[xml.Name]func() xml.Unmarshaler) error {
	message, err := t.compose(ctx, request)
	if err != nil {
		return t.fail(core.Invalid, "the request cannot be written", err)
	}
	t.x.request = message
	ctx, cancel := context.WithTimeout(ctx, t.c.o.Timeouts.Whole)
	defer cancel()
	req, err := t.prepare(ctx, message)
	if err != nil {
		return t.fail(core.Invalid, "the request cannot be made", err)
	}
	resp, err := t.c.http.Do(req)
	if err != nil {
		return t.lost(err)
	}
	defer resp.Body.Close()
	t.x.Status = resp.StatusCode
	return t.receive(resp, response, faults)
}

// compose writes the message in the target's charset.
func (t *trip) compose(ctx context.Context, request xml.Marshaler) ([]byte, error) {
	w, o := t.writer, &t.c.o
	space := o.Version.Space()
	w.Reset()
	w.Declaration(t.c.charset.Label())
	w.StartPrefixed(o.Prefix, space, "Envelope")
	if err := t.header(ctx, w, space); err != nil {
		return nil, err
	}
	w.StartPrefixed(o.Prefix, space, "Body")
	if request != nil {
		if err := request.MarshalXML(w); err != nil {
			return nil, err
		}
	}
	w.End()
	w.End()
	message, err := w.Finish()
	if err == nil && t.c.charset.Label() != xml.UTF8 {
		t.out = xml.Encode(t.out[:0], message, t.c.charset)
		message = t.out
	}
	return message, err
}

func (t *trip) header(ctx context.Context, w *xml.Writer, space string) error {
	o := &t.c.o
	token := o.Login.Scheme == TextLogin || o.Login.Scheme == DigestLogin
	own := headerOf(ctx)
	if o.NoAddressing && !token && len(o.Headers) == 0 && own == nil {
		return nil
	}
	w.StartPrefixed(o.Prefix, space, "Header")
	if !o.NoAddressing {
		block := func(local, text string) {
			w.StartPrefixed("wsa", addressing10, local)
			w.Text(text)
			w.End()
		}
		block("MessageID", t.x.MessageID)
		if t.action != "" {
			block("Action", t.action)
		}
		block("To", o.Endpoint)
	}
	if token {
		t.security(w)
	}
	for _, h := range o.Headers {
		if err := h.MarshalXML(w); err != nil {
			return err
		}
	}
	if own != nil {
		if err := own.MarshalXML(w); err != nil {
			return err
		}
	}
	w.End()
	return w.Error()
}

// security writes the UsernameToken. It carries no mustUnderstand: whoever needs it,
// understands it, and others need not stumble.
func (t *trip) security(w *xml.Writer) {
	login := &t.c.o.Login
	wsse := func(local, text string) {
		w.StartPrefixed("wsse", securitySpace, local)
		w.Text(text)
		w.End()
	}
	w.StartPrefixed("wsse", securitySpace, "Security")
	w.StartPrefixed("wsse", securitySpace, "UsernameToken")
	wsse("Username", login.User)
	password, kind := login.Password, "#PasswordText"
	var nonce [16]byte
	created := ""
	if login.Scheme == DigestLogin {
		rand.Read(nonce[:])
		created = t.c.o.Clock.Now().UTC().Format("2006-01-02T15:04:05.000Z")
		password, kind = digest(nonce[:], created, login.Password), "#PasswordDigest"
	}
	w.StartPrefixed("wsse", securitySpace, "Password")
	w.Attr("Type", tokenProfile+kind)
	w.Text(password)
	w.End()
	if created != "" {
		w.StartPrefixed("wsse", securitySpace, "Nonce")
		w.Attr("EncodingType", base64Encoding)
		w.Text(base64.StdEncoding.EncodeToString(nonce[:]))
		w.End()
		w.StartPrefixed("wsu", utilitySpace, "Created")
		w.Text(created)
		w.End()
	}
	w.End()
	w.End()
}

// prepare makes the HTTP request.
func (t *trip) prepare(ctx context.Context, message []byte) (*http.Request, error) {
	o := &t.c.o
	zipped := o.ZipRequests && len(message) > 1<<10
	if zipped {
		message = zip(message)
	}
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		// The transport tries another connection by itself only when nothing was written
		// on the last, unless the target lets messages be repeated.
		GetConn: func(string) {
			t.sent.Store(t.sent.Load() && o.Repeatable)
			t.written.Store(false)
		},
		GotConn:      func(httptrace.GotConnInfo) { t.sent.Store(true) },
		WroteRequest: func(httptrace.WroteRequestInfo) { t.written.Store(true) },
	})
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, o.Endpoint, bytes.NewReader(message))
	if err != nil {
		return nil, err
	}
	h := req.Header
	charset := strings.ToLower(t.c.charset.Label())
	if o.Version == SOAP11 {
		h["Content-Type"] = []string{"text/xml; charset=" + charset}
		h["Soapaction"] = []string{`"` + t.action + `"`}
	} else {
		contentType := "application/soap+xml; charset=" + charset
		if t.action != "" {
			contentType += `; action="` + t.action + `"`
		}
		h["Content-Type"] = []string{contentType}
	}
	if zipped {
		h["Content-Encoding"] = gzipped
	}
	if o.ZipAnswers {
		h["Accept-Encoding"] = gzipped
	}
	h["User-Agent"] = []string{"tundish"}
	h["X-Correlation-Id"] = []string{headerSafe(t.x.CorrelationID)}
	if o.Repeatable {
		h["Idempotency-Key"] = nil // tells the transport, is not sent
	}
	if o.Login.Scheme == BasicLogin {
		req.SetBasicAuth(o.Login.User, o.Login.Password)
	}
	return req, nil
}

// fail makes the error of a call that got no SOAP answer.
func (t *trip) fail(kind core.Kind, what string, cause error) *CallError {
	return &CallError{
		System: t.c.o.System, Operation: t.x.Operation, Sent: t.sent.Load(), Status: t.x.Status, What: what,
		Err: core.Because(kind, strings.ReplaceAll(kind.String(), " ", "_"), cause),
	}
}

// lost sorts an error of the transport by what had been sent.
func (t *trip) lost(err error) error {
	kind, what := core.Unavailable, "no connection"
	if t.sent.Load() {
		kind, what = core.OutcomeUnknown, "sent, but no answer came"
	}
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.As(err, &certificate):
		what = "its certificate is not trusted"
	case errors.Is(err, context.DeadlineExceeded):
		what += " in time"
	}
	return t.fail(kind, what, err)
}

// receive reads the answer, whatever it is.
func (t *trip) receive(resp *http.Response, response xml.Unmarshaler, faults map[xml.Name]func() xml.Unmarshaler) error {
	media := parseMediaType(resp.Header.Get("Content-Type"))
	wait := retryAfter(resp.Header, time.Now())
	err := t.read(resp, media, response, faults)
	if f := (*Fault)(nil); errors.As(err, &f) {
		f.Status, f.RetryAfter = resp.StatusCode, wait
		return f
	}
	if ce := (*CallError)(nil); errors.As(err, &ce) {
		ce.RetryAfter = wait
		return ce
	}
	return err
}

// head is how much of an answer is taken in before it is looked at: most fit.
const head = 1 << 20

func (t *trip) read(resp *http.Response, media mediaType, response xml.Unmarshaler, faults map[xml.Name]func() xml.Unmarshaler) error {
	body := io.Reader(&capped{src: resp.Body, left: t.c.o.AnswerBytes})
	switch encoding := strings.ToLower(resp.Header.Get("Content-Encoding")); encoding {
	case "", "identity":
	case "gzip", "x-gzip":
		z, err := openGzip(body)
		if err != nil {
			return t.unread(resp, "the answer is not the gzip it says it is", err)
		}
		defer closeGzip(z)
		body = &capped{src: z, left: t.c.o.AnswerBytes}
	default:
		return t.unread(resp, fmt.Sprintf("the answer's Content-Encoding is %q", encoding), nil)
	}
	var err error
	t.body, err = readAll(body, t.body, head, resp.ContentLength)
	t.x.response = t.body
	if err != nil {
		return t.unread(resp, "the answer broke off", err)
	}
	if len(bytes.TrimSpace(t.body)) == 0 {
		if response == nil && (resp.StatusCode == http.StatusOK || resp.StatusCode == http.StatusAccepted || resp.StatusCode == http.StatusNoContent) {
			return nil
		}
		return t.unread(resp, "the answer is empty", nil)
	}
	if len(t.body) < head {
		doc, charset, err := xml.DecodeBytes(t.body, media.charset)
		t.x.Charset = charset.Label()
		if err != nil {
			return t.unread(resp, "the answer is not in a charset that can be read", err)
		}
		t.reader.ResetBytes(doc)
	} else {
		doc, charset, err := xml.Decode(io.MultiReader(bytes.NewReader(t.body), body), media.charset)
		t.x.Charset = charset.Label()
		if err != nil {
			return t.unread(resp, "the answer is not in a charset that can be read", err)
		}
		t.reader.Reset(doc)
	}
	return t.parse(resp, response, faults)
}

// unread makes the error of an answer that is no SOAP message, by its status.
func (t *trip) unread(resp *http.Response, what string, cause error) error {
	kind := sortStatus(resp.StatusCode)
	if resp.StatusCode != http.StatusOK {
		what = "HTTP status " + resp.Status + ", " + what
	}
	if to := resp.Header.Get("Location"); to != "" && resp.StatusCode/100 == 3 {
		what += fmt.Sprintf("; it points to %q: if that is right, set it as the endpoint", cut(redactURL(to), 200))
	}
	return t.fail(kind, what, cause)
}

// capped ends in an error, not in EOF, when its source gives more than it may.
type capped struct {
	src  io.Reader
	left int64
}

// ErrTooLong is the cause of a [CallError] for an answer beyond [ClientOptions].AnswerBytes.
var ErrTooLong = errors.New("the answer is longer than allowed")

func (c *capped) Read(p []byte) (int, error) {
	if c.left <= 0 {
		var one [1]byte
		if n, err := c.src.Read(one[:]); n == 0 && err != nil {
			return 0, err
		}
		return 0, ErrTooLong
	}
	n, err := c.src.Read(p[:min(int64(len(p)), c.left)])
	c.left -= int64(n)
	return n, err
}
