package scaffold

import (
	"fmt"
	"io/fs"
	"strings"

	"tundish/wsdl/contract"
	"tundish/wsdl/shape"
)

// infer writes down what trees look like as a contract, and gives the node of each: what was
// guessed about contracts is guessed about samples in the same way. A place that repeated in
// one message repeats, none must be there.
func infer(trees []*tree) ([]*shape.Node, *contract.Definitions, error) {
	var types, messages, port, binding strings.Builder
	for i, t := range trees {
		fmt.Fprintf(&types, `<s:schema elementFormDefault="qualified" targetNamespace="urn:sample:%d">`, i)
		t.write(&types, ` name="`+t.name.Local+`"`)
		types.WriteString(`</s:schema>`)
		fmt.Fprintf(&messages, `<message name="m%d"><part xmlns:n="urn:sample:%d" name="p" element="n:%s"/></message>`, i, i, t.name.Local)
		fmt.Fprintf(&port, `<operation name="o%d"><input message="t:m%d"/></operation>`, i, i)
		fmt.Fprintf(&binding, `<operation name="o%d"><soap:operation soapAction=""/><input><soap:body use="literal"/></input></operation>`, i)
	}
	wsdl := `<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:s="` + contract.NamespaceXSD + `" xmlns:t="urn:sample" targetNamespace="urn:sample"><types>` +
		types.String() + `</types>` + messages.String() + `<portType name="P">` + port.String() + `</portType><binding name="B" type="t:P"><soap:binding transport="http://schemas.xmlsoap.org/soap/http"/>` +
		binding.String() + `</binding><service name="S"><port name="P" binding="t:B"><soap:address location=""/></port></service></definitions>`
	defs, err := contract.LoadFunc(func(name string) ([]byte, error) {
		if name != "samples.wsdl" {
			return nil, fs.ErrNotExist
		}
		return []byte(wsdl), nil
	}, "samples.wsdl")
	if err != nil {
		return nil, nil, err
	}
	s, err := shape.New(defs, shape.Options{})
	if err != nil {
		return nil, nil, err
	}
	nodes := make([]*shape.Node, len(trees))
	for i, op := range s.Operations {
		if op.Err != nil {
			return nil, nil, op.Err
		}
		nodes[i] = op.Request
	}
	return nodes, defs, nil
}

// write declares the element; as is what stands in its tag.
func (t *tree) write(b *strings.Builder, as string) {
	text := "s:" + typeOf(t.texts)
	if len(t.kids)+len(t.attrs) == 0 {
		fmt.Fprintf(b, `<s:element%s type="%s"/>`, as, text)
		return
	}
	fmt.Fprintf(b, `<s:element%s><s:complexType>`, as)
	if len(t.kids) == 0 {
		fmt.Fprintf(b, `<s:simpleContent><s:extension base="%s">`, text)
	} else {
		b.WriteString(`<s:sequence>`)
		for _, k := range t.kids {
			as := ` name="` + k.name.Local + `" minOccurs="0"`
			if k.many {
				as += ` maxOccurs="unbounded"`
			}
			k.write(b, as)
		}
		b.WriteString(`</s:sequence>`)
	}
	for _, a := range t.attrs {
		fmt.Fprintf(b, `<s:attribute name="%s" type="s:%s"/>`, a.name, typeOf(a.texts))
	}
	if len(t.kids) == 0 {
		b.WriteString(`</s:extension></s:simpleContent>`)
	}
	b.WriteString(`</s:complexType></s:element>`)
}

// Sampled is a service as far as samples show it: an operation for each element that they hold
// in their Body, XResponse answering X.
func Sampled(samples []*Sample) (*shape.Service, error) {
	var roots []*tree
	at := map[string]int{}
	for _, s := range samples {
		if i, ok := at[s.root.name.Local]; ok {
			roots[i].merge(s.root)
			continue
		}
		at[s.root.name.Local] = len(roots)
		roots = append(roots, s.root.clone())
	}
	nodes, defs, err := infer(roots)
	if err != nil {
		return nil, err
	}
	service := &shape.Service{Defs: defs}
	for i, root := range roots {
		name := root.name.Local
		answered := strings.TrimSuffix(name, "Response")
		if _, ok := at[answered]; ok && answered != name {
			continue // it stands beside its request
		}
		op := &shape.Operation{Name: answered, Style: "document", Use: "literal"}
		if answered != name {
			op.Response = nodes[i]
		} else {
			op.Request = nodes[i]
			if j, ok := at[name+"Response"]; ok {
				op.Response = nodes[j]
			}
		}
		service.Operations = append(service.Operations, op)
	}
	return service, nil
}
