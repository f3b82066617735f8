package mapping

import (
	"slices"
	"strings"

	"tundish/config/lang"
	"tundish/core"
	"tundish/wsdl/shape"
	"tundish/wsdl/xml"
)

// Outward is a call of the mapping file, ready for use. It is safe for concurrent use.
type Outward struct {
	Name    string // of the operation
	Action  string // SOAPAction
	program *element
	header  []*element // blocks of the SOAP header
	judge   *judge
	faults  []verdict
	around  Surroundings
	encoded bool
	when    *condition // nil: always
	either  []*Outward // alternatives; see For
}

var noOperation = lang.NewMessage("unknown-operation", "the contract has no operation %q", "对方接口没有操作 %q")

var noRequest = lang.NewMessage("required", "a call needs a request: what stands where in it", "调用须填写 request：各处的内容")

// Compile checks a call and makes it ready. service is the contract of the far side, nil
// without one: then the operation is whatever the request's first path begins with. All
// mistakes go into p.
func Compile(call *Call, service *shape.Service, around Surroundings, p *lang.Problems) *Outward {
	c := &compiler{around: around, p: p, at: call.At}
	if len(call.Request) == 0 {
		p.At(call.At, noRequest)
	}
	out := &Outward{Name: call.Operation.V, around: around}
	var node, response *shape.Node
	var headers []*shape.Node
	if service != nil {
		op, ok := service.Operation(call.Operation.V)
		if !ok {
			var names []string
			for _, op := range service.Operations {
				names = append(names, op.Name)
			}
			p.At(call.Operation.At, noOperation, call.Operation.V).Expected(names...).Near(call.Operation.V, names)
			return out
		}
		response = op.Response
		node, out.Action, c.encoded = op.Request, op.Action, op.Use == "encoded"
		out.encoded, headers = c.encoded, op.Headers
	}
	if call.SOAPAction != nil {
		out.Action = *call.SOAPAction
	}
	out.program = c.body(call.Request, node)
	if out.header = around.header; len(call.Header) > 0 {
		out.header = c.header(call.Header, headers)
	}
	out.judge = c.judge(call.Answer, response)
	if call.Fault != nil {
		out.faults = c.verdicts(call.Fault, false, nil)
	}
	if out.Name == "" && len(out.program.kids) > 0 {
		out.Name = out.program.kids[0].name.Local
	}
	return out
}

// WriteBody writes the content of the Body. An error is a value that is missing, or one that
// the contract or the mapping refuses: nothing must be sent then.
func (o *Outward) WriteBody(w *xml.Writer, v *Values) error {
	s := &scope{Values: v, zone: o.around.Zone}
	for _, e := range o.program.kids {
		e.write(w, s)
	}
	if s.err != nil {
		return s.err
	}
	return w.Error()
}

// Judge reads the answer, whose Body's element r stands at, through its End; of an answer by
// SOAP's encoding rules, of which r stands at the first element, through the Body's End.
func (o *Outward) Judge(r *xml.Reader) (core.Delivery, error) {
	r, _, err := Plain(r, o.encoded)
	if err != nil {
		return core.Delivery{}, err
	}
	b, err := grow(r)
	if err != nil {
		return core.Delivery{}, err
	}
	return o.judge.of(b), nil
}

// Root is the element in the Body, which is what the operation is known by where there is no
// WSDL.
func (o *Outward) Root() xml.Name {
	if len(o.program.kids) == 0 {
		return xml.Name{}
	}
	return o.program.kids[0].name
}

// Speaks tells whether anything is written from a field, or from those of a list, such as
// receipts.
func (o *Outward) Speaks(name string) bool {
	return o.program.speaks(name) || slices.ContainsFunc(o.either, func(one *Outward) bool { return one.Speaks(name) })
}

func (e *element) speaks(name string) bool {
	if e.each != nil && e.each.name == name {
		return true
	}
	found := false
	e.sources(func(s *source) { found = found || s.name == name || s.list != nil && s.list.name == name })
	if e.nested != nil && e.nested.root.speaks(name) {
		return true
	}
	return found || slices.ContainsFunc(e.kids, func(k *element) bool { return k.speaks(name) })
}

// Encoded tells whether the message uses SOAP's encoding rules.
func (o *Outward) Encoded() bool { return o.encoded }

// JudgeFault sorts a fault by the mapping's rules about faults: its code, text and detail are
// looked at. ok is false when none of them fits.
func (o *Outward) JudgeFault(code, text string, detail []byte) (outcome core.DeliveryOutcome, ok bool) {
	for _, v := range o.faults {
		for i := range v.rules {
			r := &v.rules[i]
			if r.steps != nil {
				if b, err := document(string(detail)); err == nil {
					if t, there := b.find(r.steps); r.fits(t, there) {
						return v.outcome, true
					}
				}
				continue
			}
			if r.fits(code, true) || r.fits(text, true) || len(r.Contains) > 0 && r.fits(strings.ToValidUTF8(string(detail), ""), true) {
				return v.outcome, true
			}
		}
	}
	return "", false
}
