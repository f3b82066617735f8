package foreign

import (
	"context"
	"errors"
	"sync"

	"go.uber.org/zap"

	"tundish/adapters/mapping"
	"tundish/adapters/soap"
	"tundish/adapters/standard"
	"tundish/core"
	"tundish/core/intake"
	"tundish/wsdl/xml"
)

// Hub is what the hub serves one mapped system with. SOAP holds credentials, charsets, limits
// and logs.
type Hub struct {
	System  *standard.System
	Mapping *mapping.Mapping
	Intake  standard.Intake
	SOAP    soap.EndpointOptions
}

// NewEndpoint serves the operations of a mapping as their callers know them.
func NewEndpoint(h Hub) (*soap.Endpoint, error) {
	if h.System == nil || h.Mapping == nil || h.Intake == nil {
		return nil, errors.New("foreign: an endpoint needs its system, its mapping and the intake")
	}
	e := &endpoint{Hub: h, serves: h.Mapping.Serves()}
	o := h.SOAP
	if look := h.Mapping.File.Look; look != nil {
		o.Shape = soap.Shape{Prefix: look.Prefix, ContentType: look.ContentType, NoDeclaration: look.NoDeclaration}
		for _, d := range look.Declare {
			o.Shape.Declare = append(o.Shape.Declare, soap.Prefix{Name: d.Key, Space: d.V})
		}
	}
	if d := h.Mapping.Documents; d != nil {
		original := sync.OnceValue(d.WSDL) // when somebody asks: a start does not wait for it
		o.WSDL = func(bool) []byte { return original() }
	}
	o.System, o.Zone, o.Language, o.Refusal = h.System.ID, h.System.Zone, h.System.Language, e.refusal
	return soap.NewEndpoint(e, o)
}

type endpoint struct {
	Hub
	serves []*mapping.Inward
}

var (
	_ soap.Handler     = (*endpoint)(nil)
	_ soap.BodyDecoder = (*endpoint)(nil)
	_ soap.Documenter  = (*endpoint)(nil)
)

// Operations are those of the mapping; what else their contract has is not served.
func (e *endpoint) Operations() []soap.Operation {
	var all []soap.Operation
	for _, in := range e.serves {
		all = append(all, soap.Operation{Name: in.Name, Action: in.Action, Request: in.Request, Response: in.Response})
	}
	return all
}

func (e *endpoint) operation(name string) *mapping.Inward {
	in, _ := e.Mapping.Serve(name)
	return in
}

// WSDL is nothing where the mapping was made without one; else NewEndpoint gives the original.
func (e *endpoint) WSDL(bool) []byte { return nil }

// Document is what the original refers to.
func (e *endpoint) Document(query string) (text []byte, contentType string, ok bool) {
	if e.Mapping.Documents == nil {
		return nil, "", false
	}
	text, ok = e.Mapping.Documents.Document(query)
	return text, "text/xml; charset=utf-8", ok
}

// Decode is not used: a Body may hold more than one element.
func (e *endpoint) Decode(name xml.Name, _ *xml.Reader) (func(context.Context) (xml.Marshaler, error), error) {
	return nil, core.Invalidf("unknown_operation", name.Local, "there is no operation %q", "没有操作 %q", name.Local)
}

// DecodeBody reads every order of the message before the first is stored.
func (e *endpoint) DecodeBody(op soap.Operation, r *xml.Reader) (func(context.Context) (xml.Marshaler, error), error) {
	in := e.operation(op.Name)
	m := &message{hub: e, in: in}
	if r == nil {
		return m.do, nil
	}
	each := func(it mapping.Item) error {
		m.items = append(m.items, it)
		return nil
	}
	plain, whole, err := mapping.Plain(r, in.Encoded)
	if err != nil {
		return nil, err
	}
	if err := in.Read(plain, each); err != nil || whole {
		return m.do, err
	}
	return m.do, soap.EndBody(r)
}

// passing tells that a message was not taken for a reason that lies here and may be over soon.
// A caller who hears of it in the words of a refusal would give the order up.
func passing(err error) bool {
	switch core.KindOf(err) {
	case core.Unavailable, core.OutcomeUnknown, core.Internal:
		return true
	}
	return false
}

// refusal answers with what the mapping says instead of a fault. What
// is not the message's own mistake stays a fault, unless the mapping tells kinds apart.
func (e *endpoint) refusal(ctx context.Context, op soap.Operation, f *soap.Fault) xml.Marshaler {
	in := e.operation(op.Name)
	if in == nil || in.Refused == nil || passing(f.Err) && !in.Refused.Speaks("error.kind") {
		return nil
	}
	v := &mapping.Values{Error: refusalOf(ctx, f.Err, f.String), Order: &core.WorkOrder{}}
	if x := soap.ExchangeOf(ctx); x != nil {
		v.Message = mapping.Message{ID: x.CorrelationID, SentAt: x.At}
		v.Order.Ref = core.Ref{System: x.System, External: x.External}
	}
	return body{in.Refused, v}
}

func refusalOf(ctx context.Context, err error, text string) *mapping.Refusal {
	r := &mapping.Refusal{Code: core.CodeOf(err), Message: text, Kind: core.KindOf(err)}
	if e := (*core.Error)(nil); errors.As(err, &e) {
		r.Field = e.Field
	}
	if x := soap.ExchangeOf(ctx); x != nil {
		r.Correlation = x.CorrelationID
	}
	return r
}

// message is one message that was read and found good.
type message struct {
	hub   *endpoint
	in    *mapping.Inward
	items []mapping.Item
}

// do does what the operation means, and answers.
func (m *message) do(ctx context.Context) (xml.Marshaler, error) {
	v := &mapping.Values{}
	if x := soap.ExchangeOf(ctx); x != nil {
		v.Message = mapping.Message{ID: x.CorrelationID, SentAt: x.At}
	}
	if m.in.Does == "ignore" {
		return m.answer(m.in.OK, v), nil
	}
	if !m.in.Many {
		if len(m.items) == 0 && m.in.Chooses() {
			return m.passedOver(v), nil
		}
		if len(m.items) != 1 {
			return nil, core.Invalidf("required", "", "the message holds no order", "报文中没有工单")
		}
		return m.one(ctx, v)
	}
	return m.many(ctx, v)
}

// one is for a message that is one order.
func (m *message) one(ctx context.Context, v *mapping.Values) (xml.Marshaler, error) {
	if m.in.Does == "query" {
		return m.query(ctx, v)
	}
	receipt, err := m.take(ctx, 0, true)
	if err != nil {
		return nil, err
	}
	v.Order, v.Receipt, v.Status = &m.items[0].Order, &receipt, receipt.Status
	v.Order.No = receipt.No
	program := m.in.OK
	if receipt.Known {
		program = m.in.Known
	}
	return m.answer(program, v), nil
}

// passedOver answers a message whose only order is none for the mapping as one that was taken:
// its caller has done its part, and must not send it again. Nothing is stored but the message.
func (m *message) passedOver(v *mapping.Values) xml.Marshaler {
	if log := m.hub.SOAP.Logger; log != nil {
		log.Info("a message was answered as taken, though its order is none for the mapping", zap.String("system", string(m.hub.System.ID)),
			zap.String("op", m.in.Name), zap.String("correlation_id", v.Message.ID))
	}
	v.Order, v.Receipt = &core.WorkOrder{}, &mapping.Receipt{At: v.Message.SentAt}
	return m.answer(m.in.OK, v)
}

// together is how many orders of a message are stored at once: they share commits.
const together = 32

// many is for a message of several orders. Each is taken or refused for itself. Where the
// answer has no place for what became of each, a single refusal refuses the message: its
// caller sends all of it again, and what was stored is known then.
func (m *message) many(ctx context.Context, v *mapping.Values) (xml.Marshaler, error) {
	v.Receipts = make([]mapping.Receipt, len(m.items))
	errs := make([]error, len(m.items))
	width := together
	if m.repeats() {
		width = 1 // a later one amends an earlier one
	}
	turns := make(chan struct{}, width)
	var wg sync.WaitGroup
	last := len(m.items) - 1
	for i := range max(0, last) {
		turns <- struct{}{}
		wg.Go(func() {
			defer func() { <-turns }()
			v.Receipts[i], errs[i] = m.take(ctx, i, false)
		})
	}
	wg.Wait()
	tells := m.in.OK != nil && m.in.OK.Speaks("receipts")
	refused, first := m.refusals(ctx, v, errs)
	if first != nil && passing(first) {
		return nil, first // all of it comes again; what was stored is known then
	}
	if last >= 0 { // it is stored with the message, of which it is known by now whether all of it was taken
		v.Receipts[last], errs[last] = m.take(ctx, last, refused == 0 || tells && !m.again(ctx))
		if refused, first = m.refusals(ctx, v, errs); first != nil && passing(first) {
			return nil, first
		}
	}
	if refused > 0 && (refused == len(errs) || !tells) {
		return nil, first
	}
	return m.answer(m.in.OK, v), nil
}

// refusals counts the orders that were refused, and writes what became of them where the answer and the
// message log look for it. first is the first refusal, or one that is not of the order's own making.
func (m *message) refusals(ctx context.Context, v *mapping.Values, errs []error) (refused int, first error) {
	for i, err := range errs {
		if err == nil {
			continue
		}
		if passing(err) {
			return refused, err
		}
		if refused++; first == nil {
			first = err
		}
		v.Receipts[i] = mapping.Receipt{Ref: m.items[i].Order.Ref, Error: refusalOf(ctx, err, soap.Sentence(m.hub.System.Language, err, ""))}
	}
	if x := soap.ExchangeOf(ctx); x != nil {
		x.InPart = first
	}
	return refused, first
}

// again tells that the message was kept and is replayed: what is refused again is in the log already.
func (m *message) again(ctx context.Context) bool {
	x := soap.ExchangeOf(ctx)
	return x != nil && x.Replayed
}

// repeats tells whether an order stands in the message more than once.
func (m *message) repeats() bool {
	seen := map[core.Ref]bool{}
	for i := range m.items {
		ref := m.items[i].Order.Ref
		if seen[ref] {
			return true
		}
		seen[ref] = true
	}
	return false
}

// take hands item i to the intake, and stores the message with it.
func (m *message) take(ctx context.Context, i int, store bool) (mapping.Receipt, error) {
	it := &m.items[i]
	it.Order.Ref.System = m.hub.System.ID
	if !m.in.Many {
		soap.Identify(ctx, it.Order.Ref.External, "") // also when it is refused
	}
	if it.Err != nil {
		return mapping.Receipt{}, it.Err
	}
	if m.in.Does != "submit" && m.in.Does != "amend" {
		return m.wish(ctx, it, store)
	}
	if err := m.hub.System.Complete(&it.Order); err != nil {
		return mapping.Receipt{}, m.in.Theirs(err)
	}
	use := m.hub.Intake.Submit
	if m.in.Does == "amend" {
		use = m.hub.Intake.Amend
	}
	sub := intake.Submission{Order: it.Order, Hash: it.Hash, Blobs: it.Blobs}
	if x := soap.ExchangeOf(ctx); x != nil {
		sub.Kept = x.Kept
	}
	var r intake.Receipt
	var err error
	if store {
		r, err = standard.Take(ctx, "", sub, use)
	} else {
		r, err = use(ctx, sub)
	}
	if err != nil {
		return mapping.Receipt{}, m.in.Theirs(err)
	}
	return receiptOf(it.Order.Ref, r), nil
}

func receiptOf(ref core.Ref, r intake.Receipt) mapping.Receipt {
	return mapping.Receipt{Ref: ref, No: r.No, Status: r.Status, Known: r.Known, Amended: r.Amended, At: r.At, Expedited: r.Expedited}
}

// answer is the Body; without a program it is the contract's element with nothing in it.
func (m *message) answer(program *mapping.Outward, v *mapping.Values) xml.Marshaler {
	if program != nil {
		return body{program, v}
	}
	if m.in.Response.Local == "" {
		return nil
	}
	return empty(m.in.Response)
}

type empty xml.Name

func (e empty) MarshalXML(w *xml.Writer) error {
	w.StartNS(e.Space, e.Local)
	w.End()
	return w.Error()
}
