package contract

import (
	"strings"

	"tundish/wsdl/xml"
)

// schema writes one schema; elements are qualified by default, as the flat
// contracts are, and say so where they differ.
func (p *printer) schema(s *Schema) {
	p.inside = s
	defer func() { p.inside = nil }()
	p.open("xs:schema", "targetNamespace", s.TargetNamespace, "elementFormDefault", "qualified")
	p.annotation(s.Docs)
	for _, space := range p.imports[s.TargetNamespace] {
		p.leaf("xs:import", "namespace", space) // without one for those that have none
	}
	for _, c := range s.Components {
		switch c := c.(type) {
		case *Element:
			p.element(c, true)
		case *Attribute:
			p.attribute(c, true)
		case *ComplexType:
			p.complexType(c)
		case *SimpleType:
			p.simpleType(c)
		case *Group:
			p.open("xs:group", "name", c.Name.Local)
			p.annotation(c.Docs)
			p.parts(c)
			p.close()
		case *AttributeGroup:
			p.open("xs:attributeGroup", "name", c.Name.Local)
			p.annotation(c.Docs)
			p.attributes(c.Attributes, c)
			p.close()
		}
	}
	p.close()
}

func (p *printer) element(e *Element, top bool) {
	attrs := []string{"name", e.Name.Local, "type", p.ref(e.TypeName)}
	if e.Ref.Local != "" {
		attrs = []string{"ref", p.ref(e.Ref)}
	} else if !top && e.Name.Space == "" {
		attrs = append(attrs, "form", "unqualified")
	}
	if !top {
		attrs = append(attrs, occurs(e.Min, e.Max)...)
	}
	attrs = append(attrs, "nillable", yes(e.Nillable), "abstract", yes(e.Abstract), "substitutionGroup", p.ref(e.SubstitutionGroup))
	p.open("xs:element", attrs...)
	p.values(e.Default, e.Fixed)
	p.annotation(e.Docs)
	switch t := e.Type.(type) {
	case *ComplexType:
		p.complexType(t)
	case *SimpleType:
		p.simpleType(t)
	}
	p.close()
}

// values writes default and fixed, whose empty values mean something.
func (p *printer) values(byDefault, fixed *string) {
	if byDefault != nil {
		p.w.Attr("default", *byDefault)
	}
	if fixed != nil {
		p.w.Attr("fixed", *fixed)
	}
}

func yes(b bool) string {
	if b {
		return "true"
	}
	return ""
}

func (p *printer) parts(g *Group) {
	for _, part := range g.Parts {
		switch part := part.(type) {
		case *Element:
			p.element(part, false)
		case *Group:
			p.group(part)
		case *Any:
			attrs := append([]string{"namespace", part.Namespace, "processContents", part.ProcessContents}, occurs(part.Min, part.Max)...)
			p.open("xs:any", attrs...)
			p.annotation(part.Docs)
			p.close()
		}
	}
}

func (p *printer) group(g *Group) {
	attrs := append([]string{"ref", p.ref(g.Ref)}, occurs(g.Min, g.Max)...)
	p.open("xs:"+g.Kind.String(), attrs...)
	p.annotation(g.Docs)
	p.parts(g)
	p.close()
}

func (p *printer) complexType(t *ComplexType) {
	p.open("xs:complexType", "name", t.Name.Local, "abstract", yes(t.Abstract), "mixed", yes(t.Mixed))
	p.annotation(t.Docs)
	if t.Derivation == NotDerived {
		p.typeBody(t)
		p.close()
		return
	}
	content, how := "xs:complexContent", "xs:extension"
	if t.SimpleContent {
		content = "xs:simpleContent"
	}
	if t.Derivation == Restriction {
		how = "xs:restriction"
	}
	p.open(content)
	p.open(how, "base", p.ref(t.Base))
	p.facets(t.Facets)
	p.typeBody(t)
	p.close()
	p.close()
	p.close()
}

func (p *printer) typeBody(t *ComplexType) {
	if t.Content != nil {
		p.group(t.Content)
	}
	p.attributes(t.Attributes, &AttributeGroup{AttributeGroups: t.AttributeGroups, AnyAttribute: t.AnyAttribute})
}

func (p *printer) attributes(own []*Attribute, rest *AttributeGroup) {
	for _, a := range own {
		p.attribute(a, false)
	}
	for _, n := range rest.AttributeGroups {
		p.leaf("xs:attributeGroup", "ref", p.ref(n))
	}
	if rest.AnyAttribute {
		p.leaf("xs:anyAttribute", "processContents", "lax")
	}
}

func (p *printer) attribute(a *Attribute, top bool) {
	attrs := []string{"name", a.Name.Local, "type", p.ref(a.TypeName)}
	if a.Ref.Local != "" {
		attrs = []string{"ref", p.ref(a.Ref)}
	} else if !top && a.Name.Space != "" {
		attrs = append(attrs, "form", "qualified")
	}
	if a.Required {
		attrs = append(attrs, "use", "required")
	} else if a.Prohibited {
		attrs = append(attrs, "use", "prohibited")
	}
	p.open("xs:attribute", attrs...)
	if a.ArrayType != "" {
		end := strings.IndexByte(a.ArrayType, '}')
		p.w.AttrNS("wsdl", NamespaceWSDL, "arrayType", p.ref(xml.Name{Space: a.ArrayType[1:end], Local: a.ArrayType[end+1:]}))
	}
	p.values(a.Default, a.Fixed)
	p.annotation(a.Docs)
	if a.Type != nil {
		p.simpleType(a.Type)
	}
	p.close()
}

func (p *printer) simpleType(t *SimpleType) {
	p.open("xs:simpleType", "name", t.Name.Local)
	p.annotation(t.Docs)
	switch {
	case t.List:
		p.open("xs:list", "itemType", p.ref(t.Item))
		if t.ItemType != nil {
			p.simpleType(t.ItemType)
		}
	case t.Union:
		members := ""
		for _, n := range t.Members {
			if members != "" {
				members += " "
			}
			members += p.ref(n)
		}
		p.open("xs:union", "memberTypes", members)
		for _, m := range t.MemberTypes {
			p.simpleType(m)
		}
	default:
		p.open("xs:restriction", "base", p.ref(t.Base))
		if t.BaseType != nil {
			p.simpleType(t.BaseType)
		}
		p.facets(t.Facets)
	}
	p.close()
	p.close()
}

func (p *printer) facets(facets []Facet) {
	for _, f := range facets {
		p.open("xs:"+f.Name, "fixed", yes(f.Fixed))
		p.w.Attr("value", f.Value)
		p.annotation(f.Docs)
		p.close()
	}
}
