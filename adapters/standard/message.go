package standard

import (
	"context"

	"tundish/adapters/soap"
	"tundish/core"
)

// Logged makes an exchange a message of the log, as far as it has got.
func Logged(x *soap.Exchange) core.LoggedMessage {
	m := core.LoggedMessage{
		ID: core.LogText(x.CorrelationID, core.MaxID), System: x.System, Direction: x.Direction, Operation: core.LogText(x.Operation, core.MaxCode),
		External: core.LogText(x.External, core.MaxExternal), Order: x.Order, At: x.At.UTC(), Took: x.Took,
		Result: core.ResultOK, Charset: x.Charset, Bundle: x.Bundle, Request: x.Request(), Response: x.Response(),
	}
	switch {
	case x.Fault != nil:
		m.Result, m.Detail = core.LogText(orElse(core.CodeOf(x.Fault), "fault"), core.MaxCode), core.LogText(x.Fault.String, core.MaxText)
	case x.Err != nil:
		m.Result, m.Detail = core.LogText(orElse(core.CodeOf(x.Err), "failed"), core.MaxCode), core.LogText(x.Err.Error(), core.MaxText)
	case x.InPart != nil:
		m.Result, m.Detail = core.ResultPartly, core.LogText(x.InPart.Error(), core.MaxText)
	}
	return m
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// message is the exchange that a receiver is called in; without an ID outside of one.
func message(ctx context.Context) core.LoggedMessage {
	if x := soap.ExchangeOf(ctx); x != nil {
		return Logged(x)
	}
	return core.LoggedMessage{}
}

// stored tells the message log that the use case has stored the message itself.
func stored(ctx context.Context, external string, no core.OrderNo) {
	soap.Identify(ctx, external, no)
	if x := soap.ExchangeOf(ctx); x != nil {
		x.Stored = true
	}
}

// call is what the log must know of a call beyond what the client knows.
type call struct {
	external string
	order    core.OrderNo
	keep     *core.LoggedMessage // set: whoever calls stores the message with its own change
}

type callKey struct{}

// About names the order that the calls made with ctx are about, for the message log.
func About(ctx context.Context, external string, no core.OrderNo) context.Context {
	return context.WithValue(ctx, callKey{}, &call{external: external, order: no})
}

// Keeping hands the exchange of a call made with the context to its caller, who stores it.
func Keeping(ctx context.Context) (context.Context, *core.LoggedMessage) {
	c := &call{keep: new(core.LoggedMessage)}
	return context.WithValue(ctx, callKey{}, c), c.keep
}

// KeepingAbout is [Keeping] for a call about an order.
func KeepingAbout(ctx context.Context, external string, no core.OrderNo) (context.Context, *core.LoggedMessage) {
	c := &call{external: external, order: no, keep: new(core.LoggedMessage)}
	return context.WithValue(ctx, callKey{}, c), c.keep
}

// NewClient makes a client whose message log knows what calls are about. What a caller
// keeps for itself reaches o.Log with Stored set. The ways that a client shares with
// the system's own are the system's.
func (s *System) NewClient(o soap.ClientOptions) (*soap.Client, error) {
	o.System, o.Zone = s.ID, s.Zone
	o.Log = &clientLog{o.Log}
	return soap.NewClient(o)
}

type clientLog struct{ next soap.MessageLog }

func (l *clientLog) Log(ctx context.Context, x *soap.Exchange) {
	if c, ok := ctx.Value(callKey{}).(*call); ok {
		if c.external != "" || c.order != "" {
			x.External, x.Order = c.external, c.order
		}
		if c.keep != nil && x.Err == nil {
			*c.keep = Logged(x)
			x.Stored = true
		}
	}
	if l.next != nil {
		l.next.Log(ctx, x)
	}
}
