package contract

import (
	"fmt"
	"slices"

	"tundish/wsdl/xml"
)

// Merged is the contract as one document: what it includes and imports stands in
// it, one schema for each namespace, and all messages, bindings and services are
// in its own namespace. What goes over the wire is the same. Ports that do not
// speak SOAP are left out. Write it with WriteOptions.Whole.
func (d *Definitions) Merged() *Definitions {
	m := &merger{renamed: map[symbol]xml.Name{}, taken: map[symbol]bool{}}
	m.target = d.TargetNamespace
	one := &Definitions{Pos: d.Pos, Docs: d.Docs, Name: d.Name, TargetNamespace: m.target, index: d.index}
	for _, s := range d.Schemas {
		i := slices.IndexFunc(one.Schemas, func(known *Schema) bool { return known.TargetNamespace == s.TargetNamespace })
		if i < 0 {
			one.Schemas = append(one.Schemas, &Schema{Pos: s.Pos, Docs: s.Docs, TargetNamespace: s.TargetNamespace})
			i = len(one.Schemas) - 1
		}
		one.Schemas[i].Components = append(one.Schemas[i].Components, s.Components...)
	}
	for _, msg := range d.Messages {
		again := *msg
		again.Name = m.name("message", msg.Name)
		one.Messages = append(one.Messages, &again)
	}
	io := func(io *IO) *IO {
		if io == nil {
			return nil
		}
		again := *io
		again.Message = m.name("message", io.Message)
		return &again
	}
	for _, p := range d.PortTypes {
		again := *p
		again.Name, again.Operations = m.name("portType", p.Name), nil
		for _, op := range p.Operations {
			o := *op
			o.Input, o.Output, o.Faults = io(op.Input), io(op.Output), nil
			for _, f := range op.Faults {
				o.Faults = append(o.Faults, io(f))
			}
			again.Operations = append(again.Operations, &o)
		}
		one.PortTypes = append(one.PortTypes, &again)
	}
	body := func(b *BindingBody) *BindingBody {
		if b == nil {
			return nil
		}
		again := *b
		again.Headers = slices.Clone(b.Headers)
		for i := range again.Headers {
			again.Headers[i].Message = m.name("message", again.Headers[i].Message)
		}
		return &again
	}
	for _, b := range d.Bindings {
		if b.SOAP == NotSOAP {
			continue
		}
		again := *b
		again.Name, again.PortType, again.Operations = m.name("binding", b.Name), m.name("portType", b.PortType), nil
		for _, op := range b.Operations {
			o := *op
			o.Input, o.Output = body(op.Input), body(op.Output)
			again.Operations = append(again.Operations, &o)
		}
		one.Bindings = append(one.Bindings, &again)
	}
	for _, s := range d.Services {
		again := *s
		again.Name, again.Ports = m.name("service", s.Name), nil
		for _, p := range s.Ports {
			if b, ok := d.Binding(p.Binding); !ok || b.SOAP == NotSOAP {
				continue
			}
			port := *p
			port.Binding = m.name("binding", p.Binding)
			again.Ports = append(again.Ports, &port)
		}
		one.Services = append(one.Services, &again)
	}
	return one
}

// merger brings names into one namespace; two of one local name get a number.
type merger struct {
	target  string
	renamed map[symbol]xml.Name
	taken   map[symbol]bool
}

func (m *merger) name(sort string, n xml.Name) xml.Name {
	if n.Local == "" {
		return n
	}
	was := symbol{sort, n}
	if known, ok := m.renamed[was]; ok {
		return known
	}
	now := xml.Name{Space: m.target, Local: n.Local}
	for i := 2; m.taken[symbol{sort, now}]; i++ {
		now.Local = fmt.Sprintf("%s%d", n.Local, i)
	}
	m.taken[symbol{sort, now}] = true
	m.renamed[was] = now
	return now
}
