package soap

import (
	"context"
	"crypto/rand"
	"time"

	"tundish/core"
	"tundish/wsdl/xml"
)

// Outcome says how an exchange of messages ended.
type Outcome uint8

const (
	Answered Outcome = iota // the operation ran and was answered
	Refused                 // the message was at fault, or the business said no; nothing done
	Failed                  // this side, or the far one, was at fault
)

func (o Outcome) String() string {
	return [...]string{"answered", "refused", "failed"}[o]
}

// Exchange is one request and its answer, received by an [Endpoint] or sent by a
// [Client]. A handler finds its own in the context; the [MessageLog] gets it at the end.
type Exchange struct {
	System        core.SystemID
	Direction     core.Direction
	Operation     string // "" when the message did not tell
	CorrelationID string // wsa:MessageID, or, where there is none of at most 64 bytes, one made up here
	MessageID     string // wsa:MessageID; "" when there was none
	Action        string // SOAPAction, unquoted
	User          string // who proved to be calling; "" without credentials
	Peer          string // the far side's address
	At            time.Time
	Took          time.Duration
	Version       Version
	Charset       string // of the request
	Status        int    // HTTP status of the answer; 0 when there was none
	Outcome       Outcome
	Fault         *Fault // sent or received
	Err           error  // the whole chain, for the log only
	// InPart is why something of a message that was answered was refused all the same, set by
	// a handler of several orders; nil: nothing was.
	InPart error

	// Replayed tells that the message was kept and is taken again. Kept is when it first came;
	// zero where it is to count whatever came since.
	Replayed bool
	Kept     time.Time

	// Bundle is the version of configuration that it is handled under; "" for none.
	Bundle string

	// External and Order are the numbers by which people look for the message.
	External string
	Order    core.OrderNo
	// Stored is set by a handler that has stored the message with its own change, so
	// that the message log need not store it again.
	Stored bool

	zone              *time.Location
	request, response []byte
	hidden            hidden // what is cut out of them beside credentials
	kept              bool   // somebody holds the bytes: they are not used again
	headers           map[headerName][]byte
}

// MessageLog keeps messages for the people who must find them again.
type MessageLog interface {
	// Log is called once per message, after the answer has left.
	Log(ctx context.Context, e *Exchange)
}

// Request is the request as it came or went, after gzip and chunking, in its own charset,
// with passwords cut out. The bytes are the caller's to keep, not to change.
func (e *Exchange) Request() []byte {
	e.kept = true
	return Redact(e.hidden.hide(e.request))
}

// Response is the answer likewise; of a long answer that was streamed, its beginning.
func (e *Exchange) Response() []byte {
	e.kept = true
	return Redact(e.hidden.hide(e.response))
}

// Header is the block of the request's Header with that name, as a document of its own;
// nil if there was none. Only names listed in [EndpointOptions].Headers are kept.
func (e *Exchange) Header(space, local string) []byte {
	return e.headers[headerName{space, local}]
}

type headerName struct{ space, local string }

type contextKey uint8

const (
	exchangeKey contextKey = iota
	correlationKey
	operationKey
	messageKey
	headerKey
)

// detached is the context of an operation: it has the values of the request's, but is not
// ended with it.
type detached struct {
	request context.Context
	x       *Exchange
}

func (c *detached) Deadline() (deadline time.Time, ok bool) { return time.Time{}, false }
func (c *detached) Done() <-chan struct{}                   { return nil }
func (c *detached) Err() error                              { return nil }
func (c *detached) Value(key any) any {
	if key == exchangeKey {
		return c.x
	}
	return c.request.Value(key)
}

// ExchangeOf finds the exchange that a handler is called in; nil outside of one.
func ExchangeOf(ctx context.Context) *Exchange {
	e, _ := ctx.Value(exchangeKey).(*Exchange)
	return e
}

// Identify tells the message log by which numbers people will look for the message that
// is being handled. Outside of an exchange it does nothing.
func Identify(ctx context.Context, external string, order core.OrderNo) {
	if e := ExchangeOf(ctx); e != nil {
		e.External, e.Order = external, order
	}
}

// CorrelationID is the id that ties together what happens on behalf of one message or
// one run of a job; "" when the context has none.
func CorrelationID(ctx context.Context) string {
	if id, ok := ctx.Value(correlationKey).(string); ok {
		return id
	}
	if e := ExchangeOf(ctx); e != nil {
		return e.CorrelationID
	}
	return ""
}

// WithCorrelationID gives the context a correlation id, for work that no message began.
func WithCorrelationID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, correlationKey, id)
}

// WithOperation names the operation of the calls made with the context, where their SOAPAction
// does not.
func WithOperation(ctx context.Context, name string) context.Context {
	return context.WithValue(ctx, operationKey, name)
}

// WithMessageID sets the wsa:MessageID of the calls made with the context. Whoever may
// repeat a call keeps one id for all its attempts.
func WithMessageID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, messageKey, id)
}

// WithHeader adds blocks to the Header of the calls made with ctx: they are written by h.
func WithHeader(ctx context.Context, h xml.Marshaler) context.Context {
	return context.WithValue(ctx, headerKey, h)
}

func headerOf(ctx context.Context) xml.Marshaler {
	h, _ := ctx.Value(headerKey).(xml.Marshaler)
	return h
}

// MessageID is what [WithMessageID] set, or "".
func MessageID(ctx context.Context) string {
	id, _ := ctx.Value(messageKey).(string)
	return id
}

// Zone is the time zone of the system whose message is being handled: times without a
// zone are meant in it. Outside of an exchange it is UTC.
func Zone(ctx context.Context) *time.Location {
	if e := ExchangeOf(ctx); e != nil && e.zone != nil {
		return e.zone
	}
	return time.UTC
}

// newID makes an id that is unique without asking anybody (RFC 9562, version 4).
func newID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails: it aborts the program instead
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	var id [36]byte
	out := id[:0]
	for i, c := range b {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			out = append(out, '-')
		}
		out = append(out, hexDigits[c>>4], hexDigits[c&15])
	}
	return string(out)
}

const hexDigits = "0123456789abcdef"
