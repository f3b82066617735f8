package contract

import (
	"errors"
	"slices"

	"tundish/wsdl/xml"
)

// Check reports every reference that leads nowhere, every declaration that is
// made of itself and what was read over (Doubts), all of them together.
func (d *Definitions) Check() error {
	v := &visitor{defs: d, seen: map[any]bool{}, errs: slices.Clone(d.Doubts)}
	for _, s := range d.Schemas {
		for _, c := range s.Components {
			v.component(c)
		}
	}
	for _, m := range d.Messages {
		v.message(m)
	}
	for _, p := range d.PortTypes {
		v.portType(p)
	}
	for _, b := range d.Bindings {
		v.binding(b)
	}
	for _, s := range d.Services {
		v.service(s)
	}
	v.circles()
	return errors.Join(v.errs...)
}

// visitor walks from declaration to declaration along references, visiting
// each once and noting those that lead nowhere.
type visitor struct {
	defs *Definitions
	seen map[any]bool
	errs []error
}

func (v *visitor) missing(p Pos, sort string, n xml.Name) {
	v.errs = append(v.errs, errorf(p, "%s %s is not declared", "未声明 %s %s", sort, show(n)))
}

// first tells whether a declaration is met for the first time.
func (v *visitor) first(decl any) bool {
	if v.seen[decl] {
		return false
	}
	v.seen[decl] = true
	return true
}

func (v *visitor) service(s *Service) {
	if !v.first(s) {
		return
	}
	for _, p := range s.Ports {
		if b, ok := v.defs.Binding(p.Binding); ok {
			v.binding(b)
		} else {
			v.missing(p.Pos, "binding", p.Binding)
		}
	}
}

func (v *visitor) binding(b *Binding) {
	if !v.first(b) {
		return
	}
	p, ok := v.defs.PortType(b.PortType)
	if !ok {
		v.missing(b.Pos, "portType", b.PortType)
		return
	}
	v.portType(p)
	for _, op := range b.Operations {
		if !p.has(op.Name) {
			v.errs = append(v.errs, errorf(op.Pos, "operation %s is not in portType %s", "操作 %s 不在 portType %s 中", op.Name, p.Name.Local))
		}
		for _, body := range []*BindingBody{op.Input, op.Output} {
			if body == nil {
				continue
			}
			for _, h := range body.Headers {
				if m, ok := v.defs.Message(h.Message); ok {
					v.message(m)
				} else {
					v.missing(h.Pos, "message", h.Message)
				}
			}
		}
	}
}

func (p *PortType) has(operation string) bool {
	for _, op := range p.Operations {
		if op.Name == operation {
			return true
		}
	}
	return false
}

func (v *visitor) portType(p *PortType) {
	if !v.first(p) {
		return
	}
	for _, op := range p.Operations {
		for _, io := range append([]*IO{op.Input, op.Output}, op.Faults...) {
			if io == nil {
				continue
			}
			if m, ok := v.defs.Message(io.Message); ok {
				v.message(m)
			} else {
				v.missing(io.Pos, "message", io.Message)
			}
		}
	}
}

func (v *visitor) message(m *Message) {
	if !v.first(m) {
		return
	}
	for _, p := range m.Parts {
		if p.Element.Local != "" {
			v.elementNamed(p.Pos, p.Element)
		}
		v.typeNamed(p.Pos, p.Type)
	}
}

func (v *visitor) elementNamed(p Pos, n xml.Name) {
	if n == (xml.Name{Space: NamespaceXSD, Local: "schema"}) { // a .NET data set carries its schema
		return
	}
	if e, ok := v.defs.Element(n); ok {
		v.component(e)
	} else {
		v.missing(p, "element", n)
	}
}

func (v *visitor) typeNamed(p Pos, n xml.Name) {
	if n.Local == "" || n.Space == NamespaceXSD || n.Space == namespaceEncoding || n.Space == namespaceApache {
		return
	}
	if t, ok := v.defs.Type(n); ok {
		v.component(t)
	} else {
		v.missing(p, "type", n)
	}
}

// namespaceEncoding holds the types of SOAP encoding, which contracts use
// without declaring them.
const namespaceEncoding = "http://schemas.xmlsoap.org/soap/encoding/"

// namespaceEncoding12 is namespaceEncoding of SOAP 1.2, NamespaceXMLMIME that of base64Binary
// with its media type as an attribute.
const (
	namespaceEncoding12 = "http://www.w3.org/2003/05/soap-encoding"
	NamespaceXMLMIME    = "http://www.w3.org/2005/05/xmlmime"
)

// namespaceApache holds those of Axis 1, such as Document and DataHandler.
const namespaceApache = "http://xml.apache.org/xml-soap"

func (v *visitor) component(c Component) {
	if !v.first(c) {
		return
	}
	switch c := c.(type) {
	case *Element:
		if c.Ref.Local != "" {
			v.elementNamed(c.Pos, c.Ref)
		}
		if c.SubstitutionGroup.Local != "" {
			v.elementNamed(c.Pos, c.SubstitutionGroup)
		}
		v.typeNamed(c.Pos, c.TypeName)
		if c.Type != nil {
			v.component(c.Type)
		}
	case *Attribute:
		v.attribute(c)
	case *ComplexType:
		v.typeNamed(c.Pos, c.Base)
		if c.Content != nil {
			v.group(c.Content)
		}
		v.attributes(c.Pos, c.Attributes, c.AttributeGroups)
	case *SimpleType:
		v.simpleType(c)
	case *Group:
		v.group(c)
	case *AttributeGroup:
		v.attributes(c.Pos, c.Attributes, c.AttributeGroups)
	}
}

func (v *visitor) group(g *Group) {
	if g.Kind == GroupRef {
		if named, ok := v.defs.Group(g.Ref); ok {
			v.component(named)
		} else {
			v.missing(g.Pos, "group", g.Ref)
		}
	}
	for _, p := range g.Parts {
		switch p := p.(type) {
		case *Element:
			v.component(p)
		case *Group:
			v.group(p)
		}
	}
}

func (v *visitor) attributes(p Pos, own []*Attribute, groups []xml.Name) {
	for _, a := range own {
		v.attribute(a)
	}
	for _, n := range groups {
		if g, ok := v.defs.AttributeGroup(n); ok {
			v.component(g)
		} else if n.Space != namespaceEncoding {
			v.missing(p, "attributeGroup", n)
		}
	}
}

func (v *visitor) attribute(a *Attribute) {
	v.seen[a] = true
	if n := a.Ref; n.Local != "" && n.Space != namespaceXML && n.Space != namespaceEncoding {
		if target, ok := v.defs.Attribute(n); ok {
			v.component(target)
		} else {
			v.missing(a.Pos, "attribute", n)
		}
	}
	v.typeNamed(a.Pos, a.TypeName)
	if a.Type != nil {
		v.simpleType(a.Type)
	}
}

func (v *visitor) simpleType(t *SimpleType) {
	v.seen[t] = true
	v.typeNamed(t.Pos, t.Base)
	v.typeNamed(t.Pos, t.Item)
	for _, n := range t.Members {
		v.typeNamed(t.Pos, n)
	}
	for _, inner := range append([]*SimpleType{t.BaseType, t.ItemType}, t.MemberTypes...) {
		if inner != nil {
			v.simpleType(inner)
		}
	}
}

// Flatten returns the part of the contract that the named services need, with
// one schema that holds everything their messages reach, in the order in which
// it was written. Without a name it keeps all of it, reached or not. Types of
// more than one namespace cannot be flattened; the error says where the first
// stranger stands.
func (d *Definitions) Flatten(services ...string) (*Definitions, error) {
	v := &visitor{defs: d, seen: map[any]bool{}}
	for _, name := range services {
		s, ok := d.Service(name)
		if !ok {
			return nil, errorf(d.Pos, "there is no service %s", "没有服务 %s", name)
		}
		v.service(s)
	}
	if err := errors.Join(v.errs...); err != nil {
		return nil, err
	}
	keep := func(decl any) bool { return len(services) == 0 || v.seen[decl] }

	flat := &Definitions{Pos: d.Pos, Docs: d.Docs, Name: d.Name, TargetNamespace: d.TargetNamespace, index: d.index}
	schema := &Schema{TargetNamespace: d.TargetNamespace}
	for _, s := range d.Schemas {
		if schema.Pos.File == "" {
			schema.Pos, schema.Docs = s.Pos, s.Docs
			if schema.TargetNamespace == "" {
				schema.TargetNamespace = s.TargetNamespace
			}
		}
		for _, c := range s.Components {
			if !keep(c) {
				continue
			}
			if s.TargetNamespace != schema.TargetNamespace {
				return nil, errorf(position(c), "%s is in namespace %q; a flat contract has one, here %q", "%s 属于命名空间 %q；展平的合同只能有一个，此处为 %q",
					c.component().name.Local, s.TargetNamespace, schema.TargetNamespace)
			}
			schema.Components = append(schema.Components, c)
		}
	}
	flat.TargetNamespace = schema.TargetNamespace
	flat.Schemas = []*Schema{schema}
	flat.Messages = kept(d.Messages, keep)
	flat.PortTypes = kept(d.PortTypes, keep)
	flat.Bindings = kept(d.Bindings, keep)
	flat.Services = kept(d.Services, keep)
	return flat, nil
}

func kept[T any](all []*T, keep func(any) bool) []*T {
	var some []*T
	for _, x := range all {
		if keep(x) {
			some = append(some, x)
		}
	}
	return some
}
