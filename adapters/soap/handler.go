package soap

import (
	"context"

	"tundish/wsdl/xml"
)

// Operation is one operation of a contract as its messages name it.
type Operation = struct {
	Name     string   // as in the WSDL's portType
	Action   string   // the SOAPAction of the binding, "" if it has none
	Request  xml.Name // the element in the Body that asks for it; zero for an empty Body
	Response xml.Name // the element that answers it
}

// Handler is a contract that an [Endpoint] serves: a generated one, or one read from a
// WSDL at run time.
type Handler interface {
	// Operations lists every operation. It is asked once.
	Operations() []Operation

	// Decode reads the request name at the Start of its element and consumes it through
	// its End. It must change nothing: the call it returns does, and runs only once
	// the whole envelope has been read and found good. A nil answer of the call without
	// an error leaves the Body of the answer empty.
	Decode(name xml.Name, r *xml.Reader) (call func(ctx context.Context) (xml.Marshaler, error), err error)

	// WSDL is the contract as one document, with SOAP 1.1 bindings, or also with those
	// of SOAP 1.2. Its addresses are replaced by the one the caller used.
	WSDL(soap12 bool) []byte
}

// BodyDecoder is a [Handler] that reads Bodies which one element cannot stand for:
// operations that share a request element and are told apart by their action, empty
// Bodies, and rpc/encoded requests with multiRef elements beside the first.
type BodyDecoder interface {
	// DecodeBody takes the place of Decode. r stands at the Start of the first element
	// in the Body, or is nil when the Body is empty. DecodeBody consumes everything
	// through the End of the Body, normally with [EndBody] after the first element, and
	// refuses a second operation.
	DecodeBody(op Operation, r *xml.Reader) (call func(ctx context.Context) (xml.Marshaler, error), err error)
}

// Documenter is a [Handler] with more documents than its WSDL.
type Documenter interface {
	// Document answers GET with a query such as "xsd=types.xsd"; ok false is a 404.
	// Addresses of services in it are replaced by the one the caller used.
	Document(query string) (document []byte, contentType string, ok bool)
}

// EndBody consumes the End of the Body after its only element, and refuses another one.
func EndBody(r *xml.Reader) error {
	more, err := r.NextChild()
	if err != nil {
		return err
	}
	if more {
		return refuse("two_operations", r.Name().Local,
			"a second element <%s> in the Body; one message carries exactly one operation",
			"Body 中出现第二个元素 <%s>；一个报文只能包含一个操作", r.Name().Local)
	}
	return nil
}
