package foreign

import (
	"context"

	"tundish/adapters/mapping"
	"tundish/adapters/soap"
	"tundish/adapters/standard"
	"tundish/core"
	"tundish/wsdl/xml"
)

// Peer is a system that is called in its own operations.
type Peer struct {
	System core.SystemID
	Client standard.Caller
	Clock  core.Clock
	// Blobs are for photos; nil sends none.
	Blobs   standard.Blobs
	Mapping *mapping.Mapping
	// Secret gives the system's secrets by their names.
	Secret func(name string) string
	// Trouble hears of codes that no table leads to, but that are sent all the same.
	Trouble func(path, code string)
}

// values are what every message may speak of.
func (p *Peer) values(ctx context.Context, id string, sequence int64) mapping.Values {
	v := mapping.Values{Message: mapping.Message{ID: id, Sequence: sequence, SentAt: p.Clock.Now()}, Secret: p.Secret, Trouble: p.Trouble}
	if p.Blobs != nil {
		v.Blob = func(sha256 string) ([]byte, error) {
			b, err := p.Blobs.Blob(ctx, sha256)
			return b.Bytes, err
		}
	}
	return v
}

// reading are the values of a message that concerns no single order.
func (p *Peer) reading(ctx context.Context) mapping.Values {
	return p.values(ctx, core.NewID(p.Clock.Now()), 0)
}

// call makes a call; read reads the answer from the Start of the first element in its Body.
func (p *Peer) call(ctx context.Context, call *mapping.Outward, v *mapping.Values, read func(*xml.Reader) error) error {
	ctx = soap.WithOperation(ctx, call.Name) // a SOAPAction may be empty, or the same for all
	ctx = soap.WithCorrelationID(soap.WithMessageID(ctx, "urn:uuid:"+v.Message.ID), v.Message.ID)
	if call.HasHeader() {
		ctx = soap.WithHeader(ctx, header{call, v})
	}
	return p.Client.Call(ctx, call.Action, body{call, v}, &answer{read, call.Encoded()}, nil)
}

// told makes a call of which nothing but its verdict is wanted.
func (p *Peer) told(ctx context.Context, call *mapping.Outward, v *mapping.Values) (verdict core.Delivery, err error) {
	err = p.call(ctx, call, v, func(r *xml.Reader) (err error) {
		verdict, err = call.Judge(r)
		return err
	})
	if c, ok := p.Client.(interface{ Conceal(string) string }); ok {
		verdict.Code, verdict.Detail = c.Conceal(verdict.Code), c.Conceal(verdict.Detail)
	}
	return verdict, err
}

// body is a message of the mapping.
type body struct {
	program *mapping.Outward
	values  *mapping.Values
}

func (b body) MarshalXML(w *xml.Writer) error { return b.program.WriteBody(w, b.values) }

// header is the SOAP header of a call.
type header body

func (h header) MarshalXML(w *xml.Writer) error { return h.program.WriteHeader(w, h.values) }

// answer reads what a call was answered with.
type answer struct {
	read    func(*xml.Reader) error
	encoded bool
}

func (a *answer) UnmarshalXML(r *xml.Reader) error { return a.UnmarshalBody(r) }

// UnmarshalBody reads the whole Body: by SOAP's encoding rules there may be more than one
// element in it.
func (a *answer) UnmarshalBody(r *xml.Reader) error {
	if r == nil {
		return core.Fail(core.Invalid, "invalid_message", "", "the Body of the answer is empty", "应答的 Body 为空")
	}
	whole := a.encoded || mapping.Encoded(r) // then it is read through the Body's End
	if err := a.read(r); err != nil || whole {
		return err
	}
	return soap.EndBody(r)
}

// unfinished is the error of a verdict that is not done.
func unfinished(d core.Delivery) error {
	text := d.Detail
	if d.Code != "" {
		text = d.Code + " " + text
	}
	if d.Outcome == core.RefusedByPeer {
		return core.Invalidf("refused", "", "the system says no: %s", "对方系统拒绝：%s", text)
	}
	return core.Fail(core.Unavailable, "try_later", "", "the system has no answer to rely on now: "+text, "对方系统暂无可用应答："+text)
}
