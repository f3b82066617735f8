package main

import (
	"fmt"
	"strings"
)

// emitServices writes clients, servers and the documents they serve.
func emitServices(p *pkg) string {
	var w strings.Builder
	w.WriteString(`// Caller sends a request and reads the answer into response. A fault whose detail is among faults
// comes back with that detail decoded.
type Caller interface {
	Call(ctx context.Context, action string, request xml.Marshaler, response xml.Unmarshaler, faults map[xml.Name]func() xml.Unmarshaler) error
}

`)
	w.WriteString("// faultDetails are the details that a fault of this contract may carry.\n")
	w.WriteString("var faultDetails = map[xml.Name]func() xml.Unmarshaler{\n")
	for _, t := range p.faults {
		fmt.Fprintf(&w, "\t{Space: Namespace, Local: %q}: func() xml.Unmarshaler { return new(%s) },\n", t.element, t.name)
	}
	w.WriteString("}\n\n")
	for _, s := range p.services {
		emitClient(&w, s)
		emitServer(&w, s)
	}
	return w.String()
}

func emitClient(w *strings.Builder, s *service) {
	client := s.port + "Client"
	fmt.Fprintf(w, "// %s calls the operations of %s.\ntype %s struct{ caller Caller }\n\n", client, s.port, client)
	fmt.Fprintf(w, "// New%s makes a client that sends through c.\nfunc New%s(c Caller) *%s { return &%s{caller: c} }\n\n", client, client, client, client)
	for _, op := range s.operations {
		w.WriteString(about(op.method, op.doc))
		fmt.Fprintf(w, `func (c *%s) %s(ctx context.Context, request *%s) (*%s, error) {
	response := new(%s)
	if err := c.caller.Call(ctx, %q, request, response, faultDetails); err != nil {
		return nil, err
	}
	return response, nil
}

`, client, op.method, op.request.name, op.response.name, op.response.name, op.action)
	}
}

func emitServer(w *strings.Builder, s *service) {
	doc := s.doc
	if doc != "" {
		doc += "\n\n"
	}
	w.WriteString(about(s.port+"Service", doc+"A method that refuses for a reason of the business returns an error that has\nFaultDetail() xml.Marshaler."))
	fmt.Fprintf(w, "type %sService interface {\n", s.port)
	for _, op := range s.operations {
		w.WriteString(comment(op.doc, "\t"))
		fmt.Fprintf(w, "\t%s(ctx context.Context, request *%s) (*%s, error)\n", op.method, op.request.name, op.response.name)
	}
	w.WriteString("}\n\n")

	handler, operations := s.port+"Handler", small(s.port)+"Operations"
	fmt.Fprintf(w, "// %s serves a %sService.\ntype %s struct{ service %sService }\n\n", handler, s.port, handler, s.port)
	fmt.Fprintf(w, "// New%s makes a handler that calls s.\nfunc New%s(s %sService) *%s { return &%s{service: s} }\n\n", handler, handler, s.port, handler, handler)

	fmt.Fprintf(w, "var %s = []bind.Operation{\n", operations)
	for _, op := range s.operations {
		fmt.Fprintf(w, "\t{\n\t\tName: %q, Action: %q,\n\t\tRequest: xml.Name{Space: Namespace, Local: %q},\n\t\tResponse: xml.Name{Space: Namespace, Local: %q},\n\t},\n",
			op.name, op.action, op.request.element, op.response.element)
	}
	w.WriteString("}\n\n")
	fmt.Fprintf(w, "// Operations lists what can be called, in the contract's order.\nfunc (h *%s) Operations() []bind.Operation { return %s }\n\n", handler, operations)

	fmt.Fprintf(w, `// Decode reads the request whose element has the given name; r stands at its Start and has read
// its End afterwards. The call it returns is to be made when the whole message has been read.
func (h *%s) Decode(name xml.Name, r *xml.Reader) (call func(context.Context) (xml.Marshaler, error), err error) {
	if name.Space == Namespace || name.Space == "" {
		switch name.Local {
`, handler)
	for _, op := range s.operations {
		fmt.Fprintf(w, "\t\tcase %q:\n\t\t\treturn bind.Call(r, h.service.%s)\n", op.request.element, op.method)
	}
	fmt.Fprintf(w, "\t\t}\n\t}\n\treturn nil, bind.NoOperation(name, r, %s)\n}\n\n", operations)

	v := small(s.port)
	fmt.Fprintf(w, `//go:embed served/%[1]s.wsdl
var %[2]sWSDL []byte

//go:embed served/%[1]s12.wsdl
var %[2]sWSDL12 []byte

// WSDL is the flat contract of this service, with the SOAP 1.1 binding alone or with both. Its
// address is a placeholder, see contract.WithAddress. The caller must not change it.
func (h *%[3]s) WSDL(soap12 bool) []byte {
	if soap12 {
		return %[2]sWSDL12
	}
	return %[2]sWSDL
}

`, s.file, v, handler)
}
