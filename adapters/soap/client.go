package soap

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"go.uber.org/zap"

	"tundish/core"
	"tundish/wsdl/xml"
)

// Login is how a [Client] proves who it is.
type Login struct {
	Scheme   Scheme
	User     string
	Password string
}

// Scheme is a way to prove who one is.
type Scheme uint8

const (
	NoLogin     Scheme = iota
	BasicLogin         // HTTP Basic
	TextLogin          // WS-Security UsernameToken, PasswordText
	DigestLogin        // WS-Security UsernameToken, PasswordDigest with Nonce and Created
)

// Timeouts bounds a call. A zero field stands for its default.
type Timeouts struct {
	Dial   time.Duration // to connect, TLS included; default 5 s
	Header time.Duration // from the request sent to the answer's first bytes; default 30 s
	Whole  time.Duration // for the call; default 60 s
}

// ClientOptions are the ways of one target. System and Endpoint are required.
type ClientOptions struct {
	System   core.SystemID
	Bundle   string // version of configuration that this client was made from
	Endpoint string // its URL; what its WSDL says does not count
	Version  Version
	Zone     *time.Location // of times without one; default UTC
	Charset  string         // of requests; default UTF-8
	Login    Login

	// NoAddressing leaves WS-Addressing headers out, for targets that trip over headers
	// they do not know.
	NoAddressing bool
	// Secrets are texts that are cut out of kept messages wherever they stand: what requests
	// prove themselves with in elements of the target's own.
	Secrets []string
	// Headers are further blocks for the Header of every request.
	Headers []xml.Marshaler
	// Prefix is the prefix of the envelope; default "soap".
	Prefix string
	// ZipRequests sends requests of more than 1 KiB in gzip.
	ZipRequests bool
	// ZipAnswers asks for answers in gzip: right over thin lines, slower over a LAN. A
	// target may send gzip unasked.
	ZipAnswers bool

	Timeouts    Timeouts
	Connections int           // open at once; default 64. A call beyond them waits for one.
	IdleTime    time.Duration // how long an unused connection is kept; default 4 s, below what servers allow
	AnswerBytes int64         // of an answer, also after gzip; default 64 MiB
	XML         xml.Limits    // of an answer; Bytes defaults to AnswerBytes
	TLS         *tls.Config
	// Repeatable says that the target takes the same message twice without harm. Only then
	// is a request sent again by itself when a kept connection turns out dead under it.
	Repeatable bool
	// Kind sorts the faults of targets that do not use fault codes as SOAP means them.
	// Default: see doc.go.
	Kind func(f *Fault) core.Kind

	Log    MessageLog
	Logger *zap.Logger
	Clock  core.Clock // for Created and the log; time-outs run on the machine's
}

// Client calls one target. It implements the Caller of generated code, keeps connections
// alive, and is safe for concurrent use.
type Client struct {
	o         ClientOptions
	charset   xml.Charset
	hidden    hidden
	conceals  *strings.Replacer
	http      *http.Client
	transport *http.Transport
	log       *zap.Logger
	pool      benches
}

// NewClient checks o and makes a client. It connects when it is first called.
func NewClient(o ClientOptions) (*Client, error) {
	u, err := url.Parse(o.Endpoint)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
		return nil, fmt.Errorf("soap: endpoint %q of system %s: give it as http://host/path or https://host/path, without a user", redactURL(o.Endpoint), o.System)
	}
	if o.System == "" {
		return nil, errors.New("soap: a client needs a system")
	}
	if o.Login.Scheme != NoLogin && o.Login.User == "" {
		return nil, fmt.Errorf("soap: system %s: the login has no user", o.System)
	}
	if o.Charset == "" {
		o.Charset = xml.UTF8
	}
	charset, ok := xml.ParseCharset(o.Charset)
	if !ok {
		return nil, fmt.Errorf("soap: system %s: charset %q is not known; use UTF-8, UTF-16, GBK, GB2312 or GB18030", o.System, o.Charset)
	}
	o.setDefaults()
	c := &Client{o: o, charset: charset, hidden: newHidden(o.Secrets, charset), conceals: concealer(o.Secrets), log: o.Logger.With(zap.String("system", string(o.System)))}
	c.pool.limits = o.XML
	dialer := &net.Dialer{Timeout: o.Timeouts.Dial, KeepAlive: 30 * time.Second}
	c.transport = &http.Transport{
		DialContext:            dialer.DialContext,
		TLSClientConfig:        o.TLS,
		TLSHandshakeTimeout:    o.Timeouts.Dial,
		ResponseHeaderTimeout:  o.Timeouts.Header,
		MaxConnsPerHost:        o.Connections,
		MaxIdleConnsPerHost:    o.Connections,
		IdleConnTimeout:        o.IdleTime,
		MaxResponseHeaderBytes: 64 << 10,
		WriteBufferSize:        16 << 10,
		ReadBufferSize:         16 << 10,
		DisableCompression:     true, // the transport's own knows no bounds
	}
	c.http = &http.Client{
		Transport:     c.transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return c, nil
}

func (o *ClientOptions) setDefaults() {
	set := func(d *time.Duration, def time.Duration) {
		if *d == 0 {
			*d = def
		}
	}
	set(&o.Timeouts.Dial, 5*time.Second)
	set(&o.Timeouts.Header, 30*time.Second)
	set(&o.Timeouts.Whole, 60*time.Second)
	set(&o.IdleTime, 4*time.Second)
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	if o.Prefix == "" {
		o.Prefix = "soap"
	}
	if o.Connections == 0 {
		o.Connections = 64
	}
	if o.AnswerBytes == 0 {
		o.AnswerBytes = 64 << 20
	}
	if o.XML.Bytes == 0 {
		o.XML.Bytes = int(o.AnswerBytes)
	}
	if o.Logger == nil {
		o.Logger = zap.NewNop()
	}
	if o.Clock == nil {
		o.Clock = core.SystemClock{}
	}
}

// redactURL takes a password out of a URL that is about to be shown.
func redactURL(s string) string {
	if at := strings.LastIndexByte(s, '@'); at >= 0 {
		if from := strings.Index(s, "//"); from >= 0 && from < at {
			return s[:from+2] + mask + s[at:]
		}
	}
	return s
}

// System is the target's.
func (c *Client) System() core.SystemID { return c.o.System }

// Zone is the time zone that the target's times without one are meant in.
func (c *Client) Zone() *time.Location { return c.o.Zone }

// Close closes idle connections. Calls under way are not disturbed.
func (c *Client) Close() { c.transport.CloseIdleConnections() }

// Call sends request as the Body of a message and reads the answer into response. A nil
// response expects an empty Body, or no message at all (HTTP 202 or 204). The element
// in a fault's detail is decoded by the factory that faults has for its name.
//
// The error is a *[Fault] when the target answered with one, else a *[CallError]. Either
// has a core.Kind: Unavailable when the message was certainly not acted upon, OutcomeUnknown when it
// may have been. After an error response may be half filled.
func (c *Client) Call(ctx context.Context, action string, request xml.Marshaler, response xml.Unmarshaler, faults map[xml.Name]func() xml.Unmarshaler) error {
	start := time.Now()
	t := &trip{c: c, action: action, bench: c.pool.get()}
	t.x = Exchange{
		System: c.o.System, Direction: core.Outbound, Operation: operationOf(action), Action: action, Peer: c.o.Endpoint, At: c.o.Clock.Now(),
		Version: c.o.Version, Charset: c.charset.Label(), MessageID: MessageID(ctx), CorrelationID: CorrelationID(ctx), Bundle: c.o.Bundle, zone: c.o.Zone, hidden: c.hidden,
	}
	if name, ok := ctx.Value(operationKey).(string); ok {
		t.x.Operation = name
	}
	if t.x.MessageID == "" {
		t.x.MessageID = "urn:uuid:" + newID()
	}
	if t.x.CorrelationID == "" {
		t.x.CorrelationID = t.x.MessageID
	}
	err := t.call(ctx, request, response, faults)
	t.x.Took = time.Since(start)
	if err != nil {
		t.x.Err, t.x.Outcome = err, Failed
		if errors.As(err, &t.x.Fault) {
			switch core.KindOf(err) {
			case core.Invalid, core.NotFound, core.Conflict, core.Denied:
				t.x.Outcome = Refused
			}
		}
	}
	t.story()
	if c.o.Log != nil {
		c.o.Log.Log(ctx, &t.x)
	}
	c.pool.put(t.bench, t.x.kept || t.x.request != nil && !t.written.Load())
	return err
}

// story logs how the call went, for us: whoever made it decides whether anybody must look.
func (t *trip) story() {
	if !t.c.log.Core().Enabled(zap.DebugLevel) {
		return
	}
	fields := []zap.Field{
		zap.String("op", t.x.Operation), zap.String("correlation_id", t.x.CorrelationID), zap.String("message_id", t.x.MessageID),
		zap.Int("status", t.x.Status), zap.Duration("took", t.x.Took),
	}
	switch {
	case t.x.Fault != nil:
		fields = append(fields, faultFields(t.x.Fault)...)
	case t.x.Err != nil:
		fields = append(fields, zap.String("err", discreet(t.x.Err)))
	}
	t.c.log.Debug("call", fields...)
}

// operationOf guesses an operation's name from its action, which is what logs show: the
// part behind the last separator.
func operationOf(action string) string {
	return action[strings.LastIndexAny(action, "/:#")+1:]
}
