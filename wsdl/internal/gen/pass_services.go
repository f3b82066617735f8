package main

import (
	"fmt"
	"strings"

	"tundish/wsdl/contract"
)

// services joins the port types with the methods that gowsdl wrote.
func (b *builder) services() error {
	for _, s := range b.defs.Services {
		var binding *contract.Binding
		for _, port := range s.Ports {
			if found, ok := b.defs.Binding(port.Binding); ok && found.SOAP == contract.SOAP11 {
				binding = found
			}
		}
		if binding == nil {
			return fmt.Errorf("%s: service %s has no port with a SOAP 1.1 binding", s.Pos, s.Name.Local)
		}
		port, ok := b.defs.PortType(binding.PortType)
		if !ok {
			return fmt.Errorf("%s: portType %s is not declared", binding.Pos, binding.PortType.Local)
		}
		if err := b.service(s, port, binding); err != nil {
			return err
		}
	}
	return nil
}

func (b *builder) service(s *contract.Service, port *contract.PortType, binding *contract.Binding) error {
	name := goName(port.Name.Local)
	methods, ok := b.plain.ports[name]
	if !ok {
		return fmt.Errorf("%s: gowsdl wrote no client for %s", port.Pos, name)
	}
	out := &service{port: name, doc: port.Docs.In("en"), file: fileName(b.pkg.name, name)}
	for _, op := range port.Operations {
		o := operation{name: op.Name, doc: op.Docs.In("en")}
		var err error
		if o.request, err = b.message(op, op.Input, "input"); err != nil {
			return err
		}
		if o.response, err = b.message(op, op.Output, "output"); err != nil {
			return err
		}
		method, ok := findMethod(methods, goName(op.Name))
		if !ok {
			return fmt.Errorf("%s: gowsdl wrote no method for operation %s", op.Pos, op.Name)
		}
		if !b.same(method.request, o.request) || !b.same(method.response, o.response) {
			return fmt.Errorf("%s: gowsdl gives %s(%s) %s, the contract %s and %s", op.Pos, method.name, method.request, method.response, o.request.name, o.response.name)
		}
		o.method, o.action = method.name, method.action
		if err := checkBinding(op, binding, o.action); err != nil {
			return err
		}
		for _, f := range op.Faults {
			detail, err := b.message(op, f, "fault")
			if err != nil {
				return err
			}
			if !detail.fault {
				detail.fault = true
				b.pkg.faults = append(b.pkg.faults, detail)
			}
		}
		out.operations = append(out.operations, o)
	}
	var err error
	flat, err := b.defs.Flatten(s.Name.Local)
	if err != nil {
		return err
	}
	if out.wsdl, err = flat.WSDL(contract.WriteOptions{}); err != nil {
		return err
	}
	if out.wsdl12, err = flat.WSDL(contract.WriteOptions{SOAP12: true}); err != nil {
		return err
	}
	b.pkg.services = append(b.pkg.services, out)
	return nil
}

// fileName is the part of a port type's name behind the contract's: the hub of
// HotlineHub.
func fileName(contractName, port string) string {
	lower := strings.ToLower(port)
	if rest, ok := strings.CutPrefix(lower, strings.ToLower(contractName)); ok && rest != "" {
		return rest
	}
	return lower
}

// same tells whether gowsdl means the element's type: it names the element or,
// when that has one, its named type.
func (b *builder) same(plainName string, t *goType) bool {
	return plainName == t.name || t.model != nil && plainName == goName(t.model.Name.Local)
}

func findMethod(methods []plainMethod, name string) (plainMethod, bool) {
	for _, m := range methods {
		if m.name == name {
			return m, true
		}
	}
	return plainMethod{}, false
}

// message resolves an input, output or fault to the type of its one element.
func (b *builder) message(op *contract.Operation, io *contract.IO, sort string) (*goType, error) {
	if io == nil {
		return nil, fmt.Errorf("%s: operation %s has no %s; one-way operations are not written", op.Pos, op.Name, sort)
	}
	m, ok := b.defs.Message(io.Message)
	if !ok {
		return nil, fmt.Errorf("%s: message %s is not declared", io.Pos, io.Message.Local)
	}
	if len(m.Parts) != 1 || m.Parts[0].Element.Local == "" {
		return nil, fmt.Errorf("%s: message %s must have one part with an element (document/literal wrapped)", m.Pos, m.Name.Local)
	}
	t := b.byName[goName(m.Parts[0].Element.Local)]
	if t == nil || t.element == "" {
		return nil, fmt.Errorf("%s: element %s has no complex type", m.Parts[0].Pos, m.Parts[0].Element.Local)
	}
	return t, nil
}

// checkBinding holds the binding to document/literal.
func checkBinding(op *contract.Operation, b *contract.Binding, action string) error {
	for _, o := range b.Operations {
		if o.Name != op.Name {
			continue
		}
		if o.Action != action {
			return fmt.Errorf("%s: gowsdl gives the soapAction %q, the contract %q", o.Pos, action, o.Action)
		}
		style := o.Style
		if style == "" {
			style = b.Style
		}
		if style == "rpc" || o.Input != nil && o.Input.Use == "encoded" {
			return fmt.Errorf("%s: operation %s is not document/literal", o.Pos, op.Name)
		}
		return nil
	}
	return fmt.Errorf("%s: binding %s lacks operation %s", b.Pos, b.Name.Local, op.Name)
}
