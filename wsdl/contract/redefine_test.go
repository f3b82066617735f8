package contract

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"tundish/wsdl/xml"
)

// base declares, and uses, one of each that can be redefined.
const base = `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:t="urn:test" targetNamespace="urn:test" elementFormDefault="qualified">
<xs:complexType name="Order"><xs:sequence><xs:element name="no" type="t:No"/><xs:group ref="t:Where"/></xs:sequence><xs:attributeGroup ref="t:Marks"/></xs:complexType>
<xs:simpleType name="No"><xs:restriction base="xs:string"><xs:maxLength value="20"/></xs:restriction></xs:simpleType>
<xs:group name="Where"><xs:sequence><xs:element name="street" type="xs:string"/></xs:sequence></xs:group>
<xs:attributeGroup name="Marks"><xs:attribute name="kind" type="xs:string"/></xs:attributeGroup>
<xs:element name="order" type="t:Order"/></xs:schema>`

const redefined = `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:t="urn:test" targetNamespace="urn:test" elementFormDefault="qualified">
<xs:redefine schemaLocation="base.xsd"><xs:annotation><xs:documentation>Ours</xs:documentation></xs:annotation>
<xs:complexType name="Order"><xs:complexContent><xs:extension base="t:Order"><xs:sequence><xs:element name="phone" type="xs:string"/></xs:sequence></xs:extension></xs:complexContent></xs:complexType>
<xs:simpleType name="No"><xs:restriction base="t:No"><xs:maxLength value="10"/></xs:restriction></xs:simpleType>
<xs:group name="Where"><xs:sequence><xs:group ref="t:Where"/><xs:element name="house" type="xs:string"/></xs:sequence></xs:group>
<xs:attributeGroup name="Marks"><xs:attributeGroup ref="t:Marks"/><xs:attribute name="urgent" type="xs:boolean"/></xs:attributeGroup>
</xs:redefine></xs:schema>`

func elements(d *Definitions, g *Group) (names []string) {
	if g == nil {
		return nil
	}
	for _, p := range g.Parts {
		switch p := p.(type) {
		case *Element:
			names = append(names, p.Name.Local)
		case *Group:
			names = append(names, elements(d, p)...)
		}
	}
	return names
}

// What is redefined is meant by all who use its name, in the file that declared it too; a
// redefinition may be redefined.
func TestARedefinitionTakesThePlaceOfWhatItRedefines(t *testing.T) {
	again := strings.NewReplacer("base.xsd", "once.xsd", `"phone"`, `"mail"`, `"house"`, `"floor"`, `"urgent"`, `"paid"`, `value="10"`, `value="5"`).Replace(redefined)
	files := fstest.MapFS{"base.xsd": {Data: []byte(base)}, "once.xsd": {Data: []byte(redefined)}, "twice.xsd": {Data: []byte(again)}}
	for file, want := range map[string]struct{ elements, attributes, bound string }{
		"base.xsd":  {"no street", "kind", "20"},
		"once.xsd":  {"no street house phone", "kind urgent", "10"},
		"twice.xsd": {"no street house floor phone mail", "kind urgent paid", "5"},
	} {
		d := mustLoad(t, files, file)
		if err := d.Check(); err != nil {
			t.Fatal(err)
		}
		name := func(local string) xml.Name { return xml.Name{Space: "urn:test", Local: local} }
		order, _ := d.Type(name("Order"))
		var attributes []string
		for _, a := range d.AttributesOf(order.(*ComplexType)) {
			attributes = append(attributes, a.Name.Local)
		}
		slices.SortFunc(attributes, func(a, b string) int { return strings.Index(want.attributes, a) - strings.Index(want.attributes, b) })
		if got := strings.Join(elements(d, d.ContentOf(order.(*ComplexType))), " "); got != want.elements || strings.Join(attributes, " ") != want.attributes {
			t.Errorf("%s: %s, %s", file, got, attributes)
		}
		if no, _ := d.Type(name("No")); no.(*SimpleType).Facets[0].Value != want.bound {
			t.Errorf("%s: %+v", file, no)
		}
		if e, _ := d.Element(name("order")); d.Of(e) != order {
			t.Errorf("%s: the element has another type", file)
		}
	}
}
