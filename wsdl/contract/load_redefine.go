package contract

import "tundish/wsdl/xml"

// redefine reads a file as include does and puts the declarations inside the element in place of those of
// the same name (XML Schema 1.0 §4.2.2): whoever refers to the name, in the included file too,
// means the new one. The old one stays under a name of its own, for the new one extends,
// restricts or contains it.
func (d *document) redefine(s *Schema) error {
	if err := d.included(s, "redefine"); err != nil {
		return err
	}
	return d.children(func(n xml.Name) error {
		var c Component
		var err error
		switch {
		case n.Space != NamespaceXSD:
			return d.unexpected("redefine")
		case n.Local == "annotation":
			return d.annotation(&s.Docs)
		case n.Local == "complexType":
			c, err = d.complexType()
		case n.Local == "simpleType":
			c, err = d.simpleType()
		case n.Local == "group":
			c, err = d.namedGroup()
		case n.Local == "attributeGroup":
			c, err = d.attributeGroup()
		default:
			return d.unexpected("redefine")
		}
		if err != nil {
			return err
		}
		is := c.component()
		if old, ok := d.defs.index[is].(Component); ok {
			refer(c, is.name, d.setAside(old))
			delete(d.defs.index, is)
		} else if is.name.Local != "" {
			d.doubt(position(c), "%s %s is redefined, but the file does not declare it", "重定义了 %s %s，但所引文件没有声明它", is.sort, is.name.Local)
		}
		fresh, err := d.declare(is, position(c), c)
		if fresh {
			s.Components = append(s.Components, c)
		}
		return err
	})
}

// setAside gives a declaration a name that nobody else has.
func (d *document) setAside(old Component) xml.Name {
	as := old.component()
	for {
		as.name.Local += "_original"
		if _, taken := d.defs.index[as]; !taken {
			break
		}
	}
	switch old := old.(type) {
	case *ComplexType:
		old.Name = as.name
	case *SimpleType:
		old.Name = as.name
	case *Group:
		old.Name = as.name
	case *AttributeGroup:
		old.Name = as.name
	}
	d.defs.index[as] = old
	return as.name
}

// refer makes a redefinition mean the declaration that it redefines where it speaks of itself.
func refer(c Component, itself, original xml.Name) {
	swap := func(n *xml.Name) {
		if *n == itself {
			*n = original
		}
	}
	switch c := c.(type) {
	case *ComplexType:
		swap(&c.Base)
	case *SimpleType:
		swap(&c.Base)
	case *AttributeGroup:
		for i := range c.AttributeGroups {
			swap(&c.AttributeGroups[i])
		}
	case *Group:
		for _, p := range c.Parts {
			if g, ok := p.(*Group); ok && g.Kind == GroupRef {
				swap(&g.Ref)
			} else if ok {
				refer(g, itself, original)
			}
		}
	}
}
