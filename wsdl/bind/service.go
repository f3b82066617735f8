package bind

import (
	"context"

	"tundish/wsdl/xml"
)

// Operation is what a server needs to know of an operation to dispatch to it.
// It is an alias, so that a user of handlers can name the same struct without
// this package.
type Operation = struct {
	Name              string // as in the contract
	Action            string // its SOAPAction
	Request, Response xml.Name
}

// Call reads the request of a service's method at its Start and returns the
// call of the method, to be made once the whole message has been read.
func Call[Q, A any, PQ interface {
	*Q
	xml.Unmarshaler
}, PA interface {
	*A
	xml.Marshaler
}](r *xml.Reader, method func(context.Context, PQ) (PA, error)) (func(context.Context) (xml.Marshaler, error), error) {
	request := PQ(new(Q))
	if err := request.UnmarshalXML(r); err != nil {
		return nil, err
	}
	return func(ctx context.Context) (xml.Marshaler, error) {
		answer, err := method(ctx, request)
		if err != nil {
			return nil, err
		}
		if answer == nil {
			answer = new(A) // an answer without anything in it; its encoder says what it misses
		}
		return answer, nil
	}, nil
}

// NoOperation refuses a body element that no operation takes.
func NoOperation(name xml.Name, r *xml.Reader, operations []Operation) error {
	known := make([]string, len(operations))
	for i, op := range operations {
		known[i] = op.Request.Local
		if op.Request.Local == name.Local {
			return refuse(r, "element <%s> is in namespace %q; it must be in %s", "元素 <%s> 的命名空间为 %q，应为 %s", name.Local, name.Space, namespace(op.Request.Space))
		}
	}
	return refuse(r, "no operation takes the element <%s>%s", "没有以元素 <%s> 为请求的操作%s", name.Local,
		suggest(name.Local, known, func(s string) string { return "<" + s + ">" }))
}
