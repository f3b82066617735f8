package contract

import (
	"strings"

	"tundish/wsdl/xml"
)

func (d *document) complexType() (*ComplexType, error) {
	t := &ComplexType{Pos: d.pos()}
	if name := d.attr("name"); name != "" {
		t.Name = xml.Name{Space: d.target, Local: name}
	}
	var err error
	if t.Abstract, err = d.flag("abstract"); err != nil {
		return nil, err
	}
	if t.Mixed, err = d.flag("mixed"); err != nil {
		return nil, err
	}
	return t, d.schemaChildren(&t.Docs, "complexType", func(local string) (bool, error) {
		switch local {
		case "simpleContent":
			t.SimpleContent = true
			return true, d.derivation(t)
		case "complexContent":
			return true, d.derivation(t)
		}
		return d.typeBody(t, local)
	})
}

// derivation reads simpleContent or complexContent.
func (d *document) derivation(t *ComplexType) error {
	return d.schemaChildren(&t.Docs, d.r.Name().Local, func(local string) (bool, error) {
		switch local {
		case "extension":
			t.Derivation = Extension
		case "restriction":
			t.Derivation = Restriction
		default:
			return false, nil
		}
		var err error
		if t.Base, err = d.qname("base"); err != nil {
			return true, err
		}
		return true, d.schemaChildren(&t.Docs, local, func(local string) (bool, error) {
			if isFacet(local) && t.SimpleContent {
				f, err := d.facet()
				t.Facets = append(t.Facets, f)
				return true, err
			}
			return d.typeBody(t, local)
		})
	})
}

// typeBody reads the children that a type and its derivation have in common.
func (d *document) typeBody(t *ComplexType, local string) (bool, error) {
	switch local {
	case "sequence", "choice", "all", "group":
		g, err := d.group()
		t.Content = g
		return true, err
	case "attribute":
		a, err := d.attribute(false)
		t.Attributes = append(t.Attributes, a)
		return true, err
	case "attributeGroup":
		ref, err := d.qname("ref")
		if err != nil {
			return true, err
		}
		t.AttributeGroups = append(t.AttributeGroups, ref)
		return true, d.r.Skip()
	case "anyAttribute":
		t.AnyAttribute = true
		return true, d.r.Skip()
	}
	return false, nil
}

func (d *document) attributeGroup() (*AttributeGroup, error) {
	g := &AttributeGroup{Pos: d.pos(), Name: xml.Name{Space: d.target, Local: d.attr("name")}}
	return g, d.schemaChildren(&g.Docs, "attributeGroup", func(local string) (bool, error) {
		body := ComplexType{}
		known, err := d.typeBody(&body, local)
		if body.Content != nil {
			return false, nil
		}
		g.Attributes = append(g.Attributes, body.Attributes...)
		g.AttributeGroups = append(g.AttributeGroups, body.AttributeGroups...)
		g.AnyAttribute = g.AnyAttribute || body.AnyAttribute
		return known, err
	})
}

func (d *document) simpleType() (*SimpleType, error) {
	t := &SimpleType{Pos: d.pos()}
	if name := d.attr("name"); name != "" {
		t.Name = xml.Name{Space: d.target, Local: name}
	}
	return t, d.schemaChildren(&t.Docs, "simpleType", func(local string) (bool, error) {
		var err error
		switch local {
		case "restriction":
			if t.Base, err = d.qname("base"); err != nil {
				return true, err
			}
			return true, d.schemaChildren(&t.Docs, local, func(local string) (bool, error) {
				switch {
				case local == "simpleType":
					t.BaseType, err = d.simpleType()
					return true, err
				case isFacet(local):
					f, err := d.facet()
					t.Facets = append(t.Facets, f)
					return true, err
				}
				return false, nil
			})
		case "list":
			t.List = true
			if t.Item, err = d.qname("itemType"); err != nil {
				return true, err
			}
			return true, d.schemaChildren(&t.Docs, local, func(local string) (bool, error) {
				if local != "simpleType" {
					return false, nil
				}
				t.ItemType, err = d.simpleType()
				return true, err
			})
		case "union":
			t.Union = true
			for member := range strings.FieldsSeq(d.attr("memberTypes")) {
				n, err := d.resolve(member)
				if err != nil {
					return true, err
				}
				t.Members = append(t.Members, n)
			}
			return true, d.schemaChildren(&t.Docs, local, func(local string) (bool, error) {
				if local != "simpleType" {
					return false, nil
				}
				m, err := d.simpleType()
				t.MemberTypes = append(t.MemberTypes, m)
				return true, err
			})
		}
		return false, nil
	})
}

func isFacet(local string) bool {
	switch local {
	case "length", "minLength", "maxLength", "pattern", "enumeration", "whiteSpace",
		"minInclusive", "maxInclusive", "minExclusive", "maxExclusive", "totalDigits", "fractionDigits":
		return true
	}
	return false
}

func (d *document) facet() (Facet, error) {
	f := Facet{Pos: d.pos(), Name: d.r.Name().Local}
	value := d.optional("value")
	if value == nil {
		return f, d.errorf("facet %s without a value", "facet %s 没有取值", f.Name)
	}
	f.Value = *value
	var err error
	if f.Fixed, err = d.flag("fixed"); err != nil {
		return f, err
	}
	return f, d.schemaChildren(&f.Docs, f.Name, nil)
}
