package contract

import (
	"regexp"
	"strings"

	"tundish/wsdl/xml"
)

// definitions reads wsdl:definitions.
func (d *document) definitions() error {
	outer := d.defs
	target := d.attr("targetNamespace")
	d.wsdl = target
	if outer.Pos.File == "" { // the first document names the whole
		outer.Pos, outer.Name, outer.TargetNamespace = d.pos(), d.attr("name"), target
	}
	return d.children(func(n xml.Name) error {
		if n.Space != NamespaceWSDL {
			return d.unexpected("definitions")
		}
		switch n.Local {
		case "documentation":
			return d.wsdlDocs(&outer.Docs)
		case "import":
			if location := d.attr("location"); location != "" {
				if err := d.document(d.relative(location), "", reference{d.pos(), d.attr("namespace")}); err != nil {
					return err
				}
			}
			return d.r.Skip()
		case "types":
			return d.types()
		case "message":
			return d.message(target)
		case "portType":
			return d.portType(target)
		case "binding":
			return d.binding(target)
		case "service":
			return d.service(target)
		}
		return d.unexpected("definitions")
	})
}

func (d *document) types() error {
	return d.children(func(n xml.Name) error {
		switch n {
		case xml.Name{Space: NamespaceXSD, Local: "schema"}:
			s := &Schema{}
			d.defs.Schemas = append(d.defs.Schemas, s)
			return d.schema(s, "")
		case xml.Name{Space: NamespaceWSDL, Local: "documentation"}:
			return d.r.Skip()
		case xml.Name{Space: NamespaceXSD, Local: "import"}: // it belongs into a schema, which some forget
			return d.importSchema()
		}
		return d.unexpected("types")
	})
}

// wsdlChildren visits the children of a WSDL element and collects its docs.
func (d *document) wsdlChildren(docs *Docs, parent string, visit func(xml.Name) error) error {
	return d.children(func(n xml.Name) error {
		if n.Space == NamespaceWSDL && n.Local == "documentation" {
			return d.wsdlDocs(docs)
		}
		if visit != nil {
			return visit(n)
		}
		return d.unexpected(parent)
	})
}

// wsdlDocs reads wsdl:documentation. It may stand once and carry no xml:lang,
// so texts in several languages stand in one, each behind its language in
// brackets: [en] … [zh-CN] …, on one line or several.
func (d *document) wsdlDocs(docs *Docs) error {
	doc, err := d.documentation()
	if err != nil {
		return err
	}
	marks := languageMark.FindAllStringSubmatchIndex(doc.Text, -1)
	if doc.Lang != "" || len(marks) == 0 || marks[0][0] > 0 {
		*docs = append(*docs, doc)
		return nil
	}
	for i, m := range marks {
		end := len(doc.Text)
		if i+1 < len(marks) {
			end = marks[i+1][0]
		}
		*docs = append(*docs, Doc{Lang: doc.Text[m[2]:m[3]], Text: strings.TrimSpace(doc.Text[m[1]:end])})
	}
	return nil
}

var languageMark = regexp.MustCompile(`(?:^|\s)\[([a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)\]\s`)

func (d *document) message(target string) error {
	m := &Message{Pos: d.pos(), Name: xml.Name{Space: target, Local: d.attr("name")}}
	if fresh, err := d.declare(symbol{"message", m.Name}, m.Pos, m); err != nil {
		return err
	} else if fresh {
		d.defs.Messages = append(d.defs.Messages, m)
	}
	return d.wsdlChildren(&m.Docs, "message", func(n xml.Name) error {
		if n.Space != NamespaceWSDL || n.Local != "part" {
			return d.unexpected("message")
		}
		p := Part{Pos: d.pos(), Name: d.attr("name")}
		var err error
		if p.Element, err = d.qname("element"); err != nil {
			return err
		}
		if p.Type, err = d.qname("type"); err != nil {
			return err
		}
		if err := d.wsdlChildren(&p.Docs, "part", nil); err != nil {
			return err
		}
		m.Parts = append(m.Parts, p)
		return nil
	})
}

func (d *document) portType(target string) error {
	p := &PortType{Pos: d.pos(), Name: xml.Name{Space: target, Local: d.attr("name")}}
	if fresh, err := d.declare(symbol{"portType", p.Name}, p.Pos, p); err != nil {
		return err
	} else if fresh {
		d.defs.PortTypes = append(d.defs.PortTypes, p)
	}
	return d.wsdlChildren(&p.Docs, "portType", func(n xml.Name) error {
		if n.Space != NamespaceWSDL || n.Local != "operation" {
			return d.unexpected("portType")
		}
		op := &Operation{Pos: d.pos(), Name: d.attr("name")}
		p.Operations = append(p.Operations, op)
		return d.wsdlChildren(&op.Docs, "operation", func(n xml.Name) error {
			if n.Space != NamespaceWSDL {
				return d.unexpected("operation")
			}
			io := &IO{Pos: d.pos(), Name: d.attr("name")}
			var err error
			if io.Message, err = d.qname("message"); err != nil {
				return err
			}
			switch n.Local {
			case "input":
				op.Input = io
			case "output":
				op.Output = io
			case "fault":
				op.Faults = append(op.Faults, io)
			default:
				return d.unexpected("operation")
			}
			return d.wsdlChildren(&io.Docs, n.Local, nil)
		})
	})
}

func (d *document) binding(target string) error {
	b := &Binding{Pos: d.pos(), Name: xml.Name{Space: target, Local: d.attr("name")}}
	var err error
	if b.PortType, err = d.qname("type"); err != nil {
		return err
	}
	if fresh, err := d.declare(symbol{"binding", b.Name}, b.Pos, b); err != nil {
		return err
	} else if fresh {
		d.defs.Bindings = append(d.defs.Bindings, b)
	}
	return d.wsdlChildren(&b.Docs, "binding", func(n xml.Name) error {
		switch {
		case soapVersion(n) != NotSOAP && n.Local == "binding":
			b.SOAP, b.Style, b.Transport = soapVersion(n), d.attr("style"), d.attr("transport")
			return d.r.Skip()
		case n.Space == NamespaceWSDL && n.Local == "operation":
			return d.bindingOperation(b)
		}
		return d.unexpected("binding")
	})
}

func soapVersion(n xml.Name) SOAPVersion {
	switch n.Space {
	case NamespaceSOAP11:
		return SOAP11
	case NamespaceSOAP12:
		return SOAP12
	}
	return NotSOAP
}

func (d *document) bindingOperation(b *Binding) error {
	op := &BindingOperation{Pos: d.pos(), Name: d.attr("name")}
	b.Operations = append(b.Operations, op)
	return d.wsdlChildren(&op.Docs, "operation", func(n xml.Name) error {
		if soapVersion(n) != NotSOAP && n.Local == "operation" {
			op.Action, op.Style = d.attr("soapAction"), d.attr("style")
			return d.r.Skip()
		}
		if n.Space != NamespaceWSDL {
			return d.unexpected("operation")
		}
		body := &BindingBody{Name: d.attr("name")}
		switch n.Local {
		case "input":
			op.Input = body
		case "output":
			op.Output = body
		case "fault":
			op.Faults = append(op.Faults, body)
		default:
			return d.unexpected("operation")
		}
		return d.bindingBody(body)
	})
}

func (d *document) bindingBody(body *BindingBody) error {
	var docs Docs
	return d.wsdlChildren(&docs, "input", func(n xml.Name) error {
		if n.Space == namespaceMIME && (n.Local == "multipartRelated" || n.Local == "part") { // attachments around the body
			return d.bindingBody(body)
		}
		if soapVersion(n) == NotSOAP {
			return d.unexpected("input")
		}
		switch n.Local {
		case "body", "fault":
			body.Use, body.Namespace = d.attr("use"), d.attr("namespace")
			body.EncodingStyle, body.Parts = d.attr("encodingStyle"), d.attr("parts")
			if name := d.attr("name"); name != "" {
				body.Name = name
			}
		case "header":
			h := BindingHeader{Pos: d.pos(), Part: d.attr("part"), Use: d.attr("use")}
			var err error
			if h.Message, err = d.qname("message"); err != nil {
				return err
			}
			body.Headers = append(body.Headers, h)
		}
		return d.r.Skip()
	})
}

func (d *document) service(target string) error {
	s := &Service{Pos: d.pos(), Name: xml.Name{Space: target, Local: d.attr("name")}}
	if fresh, err := d.declare(symbol{"service", s.Name}, s.Pos, s); err != nil {
		return err
	} else if fresh {
		d.defs.Services = append(d.defs.Services, s)
	}
	return d.wsdlChildren(&s.Docs, "service", func(n xml.Name) error {
		if n.Space != NamespaceWSDL || n.Local != "port" {
			return d.unexpected("service")
		}
		p := &Port{Pos: d.pos(), Name: d.attr("name")}
		var err error
		if p.Binding, err = d.qname("binding"); err != nil {
			return err
		}
		s.Ports = append(s.Ports, p)
		return d.wsdlChildren(&p.Docs, "port", func(n xml.Name) error {
			if n.Local == "address" {
				p.SOAP, p.Address = soapVersion(n), d.attr("location")
				return d.r.Skip()
			}
			return d.unexpected("port")
		})
	})
}
