package soap

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"go.uber.org/zap"

	"tundish/core"
	"tundish/wsdl/xml"
)

// EndpointOptions are the ways of one system. Only System is required.
type EndpointOptions struct {
	System   core.SystemID
	Zone     *time.Location // of times without one; default UTC
	Language Language       // of fault texts; default English

	// Credentials are what callers must show. nil asks for nothing: right on loopback,
	// elsewhere a decision that the configuration has to spell out.
	Credentials *Credentials

	// Allow are the networks that callers must come from; empty allows all. It looks at the
	// connection, not at what a proxy says: behind one, let the proxy decide.
	Allow []netip.Prefix

	// AssumeCharset stands for the charset parameter of Content-Type where a caller gives
	// none; it is weighed like one. Default: none.
	AssumeCharset string
	// AnswerCharset is the charset of answers. Default: the request's.
	AnswerCharset string

	Limits Limits
	Shape  Shape

	// Detail makes the typed detail of faults in the way of the contract. err carries
	// kind, code and field, its Message is the text of the fault. It may return nil.
	// Default: the element Fault in FaultSpace. Errors that are a FaultDetailer speak
	// for themselves.
	Detail func(err *core.Error, correlationID string) xml.Marshaler
	// Refusal lets a contract that knows no faults answer with an ordinary message
	// (HTTP 200): what it returns becomes the Body, nil leaves the fault. op is zero when
	// the message did not come as far as naming one.
	Refusal func(ctx context.Context, op Operation, f *Fault) xml.Marshaler

	// Headers are SOAP headers that the handler understands. It finds them with
	// Exchange.Header.
	Headers []xml.Name
	// ReplyHosts are the hosts, "host" or "host:port", to which a wsa:ReplyTo may send
	// the answer. Others are refused, so that nobody makes the hub call strangers.
	ReplyHosts []string
	// PublicURL is the address in the WSDL when a caller names no host (HTTP/1.0).
	PublicURL string

	// WSDL gives the contract as it is served, with SOAP 1.1 or with 1.2 bindings; nil: the handler's.
	WSDL func(soap12 bool) []byte

	// Bundle names the version of configuration that this endpoint was made from.
	Bundle string

	Log    MessageLog  // nil keeps no messages
	Logger *zap.Logger // nil logs nothing
	Clock  core.Clock  // default the machine's
}

// Shape is how answers look, for peers that look at more than the names.
type Shape struct {
	Prefix        string                    // of the envelope; default "soap"
	Declare       []Prefix                  // further declarations on the Envelope
	ContentType   string                    // media type in place of the version's own
	NoDeclaration bool                      // leave the XML declaration out
	Action        func(op Operation) string // wsa:Action of the answer; default: Response appended to the request's
}

// check writes an empty answer to see whether the shape is one.
func (s *Shape) check() error {
	w := xml.NewWriter()
	s.open(w, SOAP11)
	w.End()
	_, err := w.Finish()
	return err
}

// open begins the Envelope.
func (s *Shape) open(w *xml.Writer, v Version) {
	w.StartPrefixed(s.Prefix, v.Space(), "Envelope")
	for _, p := range s.Declare {
		w.DeclareNS(p.Name, p.Space)
	}
}

// Prefix is a namespace declaration.
type Prefix struct{ Name, Space string }

// Endpoint serves one system's contract over SOAP 1.1 and 1.2. It is an http.Handler and
// safe for concurrent use.
type Endpoint struct {
	o         EndpointOptions
	h         Handler
	ops       []Operation
	byRequest map[xml.Name][]Operation
	byLocal   map[string][]Operation // of requests in whatever namespace
	names     string                 // of the operations, for texts
	wanted    map[xml.Name]bool
	answerIn  *xml.Charset
	documents [2]served // the contract with SOAP 1.1 and with 1.2 bindings
	log       *zap.Logger
	pool      benches
}

// NewEndpoint checks o and makes an endpoint for h.
func NewEndpoint(h Handler, o EndpointOptions) (*Endpoint, error) {
	if h == nil || o.System == "" {
		return nil, errors.New("soap: an endpoint needs a handler and a system")
	}
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	if o.Clock == nil {
		o.Clock = core.SystemClock{}
	}
	if o.Logger == nil {
		o.Logger = zap.NewNop()
	}
	switch o.Language {
	case "":
		o.Language = English
	case English, Chinese:
	default:
		return nil, fmt.Errorf("soap: system %s: language %q is not known; use %q or %q", o.System, o.Language, English, Chinese)
	}
	if o.Shape.Prefix == "" {
		o.Shape.Prefix = "soap"
	}
	o.Limits = o.Limits.withDefaults()
	e := &Endpoint{o: o, h: h, ops: slices.Clone(h.Operations()), log: o.Logger.With(zap.String("system", string(o.System)))}
	if c := o.Credentials; c != nil {
		own := *c
		if !own.Basic && !own.Text && !own.Digest || own.Password == nil {
			return nil, fmt.Errorf("soap: system %s: credentials need at least one of basic, text and digest, and passwords; leave them out to ask for none", o.System)
		}
		if own.Nonces == nil {
			own.Nonces = NewNonces(0, o.Clock)
		}
		e.o.Credentials = &own
	}
	for _, name := range []string{o.AssumeCharset, o.AnswerCharset} {
		if _, ok := xml.ParseCharset(name); name != "" && !ok {
			return nil, fmt.Errorf("soap: system %s: charset %q is not known; use UTF-8, UTF-16, GBK, GB2312 or GB18030", o.System, name)
		}
	}
	if o.AnswerCharset != "" {
		c, _ := xml.ParseCharset(o.AnswerCharset)
		e.answerIn = &c
	}
	if err := o.Shape.check(); err != nil {
		return nil, fmt.Errorf("soap: system %s: the shape of answers: %w", o.System, err)
	}
	e.index()
	if o.WSDL == nil {
		e.o.WSDL = h.WSDL
	}
	e.pool.limits = e.o.Limits.XML
	return e, nil
}

func (e *Endpoint) index() {
	e.byRequest = make(map[xml.Name][]Operation, len(e.ops))
	e.byLocal = make(map[string][]Operation, len(e.ops))
	names := make([]string, len(e.ops))
	for i, op := range e.ops {
		e.byRequest[op.Request] = append(e.byRequest[op.Request], op)
		e.byLocal[op.Request.Local] = append(e.byLocal[op.Request.Local], op)
		names[i] = op.Name
	}
	const shown = 12
	e.names = strings.Join(names[:min(len(names), shown)], ", ")
	if len(names) > shown {
		e.names += ", …"
	}
	e.wanted = make(map[xml.Name]bool, len(e.o.Headers))
	for _, name := range e.o.Headers {
		e.wanted[name] = true
	}
}

func (e *Endpoint) operationNames() string { return e.names }

func quotedActions(ops []Operation) string {
	var b strings.Builder
	for i, op := range ops {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%q", op.Action)
	}
	return b.String()
}

// System is the system that the endpoint serves.
func (e *Endpoint) System() core.SystemID { return e.o.System }

// ServeHTTP answers one message, or shows the contract.
func (e *Endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !e.allowed(r.RemoteAddr) {
		f := deny("address", "", "callers at this address are not allowed", "不允许从该地址调用").about(xml.Name{}).with(http.StatusForbidden)
		f.closes = true
		e.turnAway(w, r, f)
		return
	}
	switch r.Method {
	case http.MethodPost:
		e.post(w, r)
	case http.MethodGet, http.MethodHead:
		e.get(w, r)
	default:
		w.Header().Set("Allow", "GET, HEAD, POST")
		http.Error(w, "POST a SOAP message, or GET ?wsdl", http.StatusMethodNotAllowed)
	}
}

func (e *Endpoint) allowed(peer string) bool {
	if len(e.o.Allow) == 0 {
		return true
	}
	at, err := netip.ParseAddrPort(peer)
	return err == nil && slices.ContainsFunc(e.o.Allow, func(p netip.Prefix) bool { return p.Contains(at.Addr().Unmap()) })
}
