package contract

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"

	"tundish/wsdl/xml"
)

const test = "urn:test"

// schema wraps declarations into a schema in the namespace urn:test.
func schema(declarations string) fstest.MapFS {
	return fstest.MapFS{"a.xsd": {Data: []byte(`<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:t="urn:test" targetNamespace="urn:test" elementFormDefault="qualified">
` + declarations + `</xs:schema>`)}}
}

func mustLoad(t *testing.T, fsys fstest.MapFS, name string) *Definitions {
	t.Helper()
	d, err := Load(fsys, name)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func name(local string) xml.Name { return xml.Name{Space: test, Local: local} }

// Everything that gowsdl's model loses: order and nesting of groups, facets,
// all documentation, wildcards.
func TestSchemaModel(t *testing.T) {
	d := mustLoad(t, schema(`
<xs:complexType name="Order" abstract="true" mixed="true">
  <xs:annotation><xs:documentation xml:lang="en">An
     order.</xs:documentation><xs:documentation xml:lang="zh-CN">工单</xs:documentation><xs:documentation>plain <b>markup</b></xs:documentation></xs:annotation>
  <xs:sequence minOccurs="0" maxOccurs="unbounded">
    <xs:element name="A" type="xs:int" nillable="true" default="7"/>
    <xs:choice minOccurs="2" maxOccurs="5">
      <xs:element ref="t:Top"/>
      <xs:sequence><xs:any namespace="##other" processContents="lax" minOccurs="0"/><xs:element name="B" form="unqualified"/></xs:sequence>
      <xs:group ref="t:G" minOccurs="0"/>
    </xs:choice>
  </xs:sequence>
  <xs:attribute name="id" type="t:Id" use="required"/>
  <xs:attributeGroup ref="t:AG"/>
  <xs:anyAttribute/>
</xs:complexType>
<xs:simpleType name="Id"><xs:restriction base="xs:string"><xs:maxLength value="3" fixed="true"/><xs:pattern value="a"/><xs:pattern value="b"/>
  <xs:enumeration value="a"><xs:annotation><xs:documentation xml:lang="en">first</xs:documentation></xs:annotation></xs:enumeration></xs:restriction></xs:simpleType>
<xs:simpleType name="Ids"><xs:list itemType="t:Id"/></xs:simpleType>
<xs:simpleType name="Either"><xs:union memberTypes="t:Id xs:int"><xs:simpleType><xs:restriction base="xs:date"/></xs:simpleType></xs:union></xs:simpleType>
<xs:element name="Top" type="t:Order" substitutionGroup="t:Head"/>
<xs:element name="Head" abstract="true"/>
<xs:group name="G"><xs:all><xs:element name="C" type="xs:string" fixed=""/></xs:all></xs:group>
<xs:attributeGroup name="AG"><xs:attribute name="x" default="d"/></xs:attributeGroup>
`), "a.xsd")
	if err := d.Check(); err != nil {
		t.Fatal(err)
	}
	typ, _ := d.Type(name("Order"))
	order := typ.(*ComplexType)
	if !order.Abstract || !order.Mixed || !order.AnyAttribute || len(order.Attributes) != 1 || order.AttributeGroups[0] != name("AG") {
		t.Errorf("%+v", order)
	}
	if got := order.Docs; len(got) != 3 || got.In("en") != "An\norder." || got.In("zh") != "工单" || got.In("fr") != "plain markup" {
		t.Errorf("documentation %q", got)
	}
	if order.Pos.String() != "a.xsd:3:1" {
		t.Errorf("at %s", order.Pos)
	}
	g := order.Content
	a, choice := g.Parts[0].(*Element), g.Parts[1].(*Group)
	if g.Kind != Sequence || g.Min != 0 || g.Max != Unbounded || !a.Nillable || *a.Default != "7" || a.Name != name("A") {
		t.Errorf("%+v %+v", g, a)
	}
	inner := choice.Parts[1].(*Group)
	wild, b := inner.Parts[0].(*Any), inner.Parts[1].(*Element)
	ref := choice.Parts[2].(*Group)
	if choice.Kind != Choice || choice.Min != 2 || choice.Max != 5 || choice.Parts[0].(*Element).Ref != name("Top") ||
		wild.ProcessContents != "lax" || wild.Min != 0 || b.Name.Space != "" || ref.Kind != GroupRef || ref.Ref != name("G") {
		t.Errorf("%+v", choice)
	}
	expanded := d.ContentOf(order).Parts[1].(*Group).Parts[2].(*Group)
	if expanded.Kind != All || expanded.Min != 0 || expanded.Parts[0].(*Element).Name != name("C") {
		t.Errorf("the group expands to %+v", expanded)
	}
	if attrs := d.AttributesOf(order); len(attrs) != 2 || attrs[0].Name.Local != "id" || !attrs[0].Required || *attrs[1].Default != "d" {
		t.Errorf("attributes %v", attrs)
	}
	id, _ := d.Type(name("Id"))
	facets := id.(*SimpleType).Facets
	if len(facets) != 4 || facets[0].Name != "maxLength" || !facets[0].Fixed || facets[2].Value != "b" || facets[3].Docs.In("en") != "first" {
		t.Errorf("facets %+v", facets)
	}
	if either, _ := d.Type(name("Either")); !either.(*SimpleType).Union || len(either.(*SimpleType).Members) != 2 || len(either.(*SimpleType).MemberTypes) != 1 {
		t.Errorf("%+v", either)
	}
}

func TestDerivedTypes(t *testing.T) {
	d := mustLoad(t, schema(`
<xs:complexType name="Base"><xs:sequence><xs:element name="A" type="xs:int"/></xs:sequence><xs:attribute name="a"/><xs:attribute name="b"/></xs:complexType>
<xs:complexType name="More"><xs:complexContent><xs:extension base="t:Base"><xs:choice><xs:element name="B"/><xs:element name="C"/></xs:choice><xs:attribute name="c"/></xs:extension></xs:complexContent></xs:complexType>
<xs:complexType name="Less"><xs:complexContent><xs:restriction base="t:Base"><xs:sequence/><xs:attribute name="a" use="prohibited"/></xs:restriction></xs:complexContent></xs:complexType>
<xs:complexType name="Text"><xs:simpleContent><xs:extension base="xs:decimal"><xs:attribute name="unit"/></xs:extension></xs:simpleContent></xs:complexType>
`), "a.xsd")
	attributes := func(local string) string {
		typ, _ := d.Type(name(local))
		var names []string
		for _, a := range d.AttributesOf(typ.(*ComplexType)) {
			names = append(names, a.Name.Local)
		}
		return strings.Join(names, " ")
	}
	if got := attributes("More"); got != "a b c" {
		t.Errorf("More has %s", got)
	}
	if got := attributes("Less"); got != "b" {
		t.Errorf("Less has %s", got)
	}
	more, _ := d.Type(name("More"))
	g := d.ContentOf(more.(*ComplexType))
	if len(g.Parts) != 2 || g.Parts[0].(*Group).Parts[0].(*Element).Name != name("A") || g.Parts[1].(*Group).Kind != Choice {
		t.Errorf("More is %+v", g)
	}
	text, _ := d.Type(name("Text"))
	if c := text.(*ComplexType); !c.SimpleContent || c.Base.Local != "decimal" || d.ContentOf(c) != nil {
		t.Errorf("Text is %+v", c)
	}
}

func TestIncludeAndImport(t *testing.T) {
	const xs = `xmlns:xs="http://www.w3.org/2001/XMLSchema" `
	fsys := fstest.MapFS{
		"c/main.xsd": {Data: []byte(`<xs:schema ` + xs + `xmlns:o="urn:other" targetNamespace="urn:test" elementFormDefault="qualified">
<xs:include schemaLocation="../v/words.xsd"/><xs:include schemaLocation="../v/words.xsd"/><xs:import namespace="urn:other" schemaLocation="../v/other.xsd"/>
<xs:element name="E" type="o:T"/></xs:schema>`)},
		// A chameleon that includes another one, and itself in a circle.
		"v/words.xsd": {Data: []byte(`<xs:schema ` + xs + `elementFormDefault="qualified"><xs:include schemaLocation="deep/more.xsd"/>
<xs:complexType name="W"><xs:sequence><xs:element name="x" type="M"/></xs:sequence></xs:complexType></xs:schema>`)},
		"v/deep/more.xsd": {Data: []byte(`<xs:schema ` + xs + `><xs:include schemaLocation="../words.xsd"/><xs:simpleType name="M"><xs:restriction base="xs:int"/></xs:simpleType>
<xs:complexType name="N"><xs:sequence><xs:element name="y" type="M"/></xs:sequence></xs:complexType></xs:schema>`)},
		"v/other.xsd": {Data: []byte(`<xs:schema ` + xs + `targetNamespace="urn:other"><xs:simpleType name="T"><xs:restriction base="xs:int"/></xs:simpleType></xs:schema>`)},
	}
	d := mustLoad(t, fsys, "c/main.xsd")
	if err := d.Check(); err != nil {
		t.Fatal(err)
	}
	w, ok := d.Type(name("W"))
	if !ok {
		t.Fatal("the included type did not take on the namespace")
	}
	x := w.(*ComplexType).Content.Parts[0].(*Element)
	if x.TypeName != name("M") || x.Name != name("x") || w.(*ComplexType).Pos.File != "v/words.xsd" {
		t.Errorf("%+v", x)
	}
	n, _ := d.Type(name("N"))
	if y := n.(*ComplexType).Content.Parts[0].(*Element); y.Name.Space != "" {
		t.Errorf("y is qualified, but its own file does not say so: %+v", y)
	}
	if _, ok := d.Type(xml.Name{Space: "urn:other", Local: "T"}); !ok {
		t.Error("the imported type is not there")
	}
	if _, err := d.Flatten(); err == nil || !strings.Contains(err.Error(), `v/other.xsd:1:`) || !strings.Contains(err.Error(), `is in namespace "urn:other"`) {
		t.Errorf("flattening two namespaces: %v", err)
	}
}

func TestErrorsHavePlaces(t *testing.T) {
	cases := []struct{ name, in, want string }{
		{"malformed", `<xs:element name="a"></xs:elem>`, "a.xsd:2:"},
		{"unknown element", "\n <xs:elment/>", "a.xsd:3:2: element <elment>"},
		{"redefine nowhere", `<xs:redefine schemaLocation="x.xsd"/>`, "a.xsd:2:1: cannot read x.xsd"},
		{"redefine nothing", "<xs:redefine schemaLocation=\"a.xsd\">\n<xs:simpleType name=\"T\"><xs:restriction base=\"xs:int\"/></xs:simpleType></xs:redefine>", "a.xsd:3:1: type T is redefined, but the file does not declare it"},
		{"unknown prefix", `<xs:element name="a" type="y:int"/>`, `a.xsd:2:1: prefix "y" of "y:int" is not declared; add xmlns:y`},
		{"occurrence", `<xs:complexType name="T"><xs:sequence><xs:element name="a" minOccurs="2" maxOccurs="1"/></xs:sequence></xs:complexType>`, "maxOccurs is 1, less than minOccurs 2"},
		{"occurrence no number", `<xs:complexType name="T"><xs:sequence maxOccurs="many"/></xs:complexType>`, `maxOccurs="many"; it must be a whole number from 0 or unbounded`},
		{"flag", `<xs:element name="a" nillable="yes"/>`, `nillable="yes"; it may be true or false`},
		{"no name", `<xs:element type="xs:int"/>`, "an element needs a name or a ref"},
		{"twice", "<xs:element name=\"a\"/>\n<xs:element name=\"a\"/>", "a.xsd:3:1: element a is declared twice; the first is at a.xsd:2:1"},
		{"include nowhere", `<xs:include schemaLocation="b.xsd"/>`, "a.xsd:2:1: cannot read b.xsd"},
		{"DTD", "", ""},
	}
	for _, c := range cases {
		fsys := schema(c.in)
		if c.name == "DTD" {
			fsys["a.xsd"].Data = append([]byte("<!DOCTYPE x>"), fsys["a.xsd"].Data...)
			c.want = "a.xsd:1:1: "
		}
		d, err := Load(fsys, "a.xsd")
		if err == nil {
			err = d.Check()
		}
		var e *Error
		if !errors.As(err, &e) || !strings.Contains(err.Error(), c.want) || e.MsgZH == "" {
			t.Errorf("%s: got %v; want %s", c.name, err, c.want)
		}
	}
}

func TestCheckFindsEverything(t *testing.T) {
	d := mustLoad(t, schema(`<xs:element name="a" type="t:Nowhere"/>
<xs:complexType name="T"><xs:sequence><xs:element ref="t:gone"/><xs:group ref="t:lost"/></xs:sequence><xs:attributeGroup ref="t:away"/></xs:complexType>`), "a.xsd")
	err := d.Check()
	for _, want := range []string{"a.xsd:2:1: type <Nowhere>", "element <gone>", "group <lost>", "attributeGroup <away>"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v lacks %s", err, want)
		}
	}
}

func TestCircles(t *testing.T) {
	d := mustLoad(t, schema(`<xs:complexType name="A"><xs:complexContent><xs:extension base="t:B"><xs:sequence><xs:element name="x"/></xs:sequence></xs:extension></xs:complexContent></xs:complexType>
<xs:complexType name="B"><xs:complexContent><xs:extension base="t:A"><xs:group ref="t:G"/><xs:attributeGroup ref="t:AG"/></xs:extension></xs:complexContent></xs:complexType>
<xs:group name="G"><xs:sequence><xs:group ref="t:G"/><xs:element name="y"/></xs:sequence></xs:group>
<xs:attributeGroup name="AG"><xs:attribute name="a"/><xs:attributeGroup ref="t:AG"/></xs:attributeGroup>
<xs:simpleType name="S"><xs:restriction base="t:S"/></xs:simpleType>
<xs:complexType name="Fine"><xs:sequence><xs:element name="Fine" type="t:Fine" minOccurs="0"/></xs:sequence></xs:complexType>`), "a.xsd")
	b, _ := d.Type(name("B"))
	if g := d.ContentOf(b.(*ComplexType)); g == nil || len(d.AttributesOf(b.(*ComplexType))) != 1 {
		t.Errorf("B is %+v", g)
	}
	err := d.Check()
	for _, want := range []string{"type A is made of itself", "type B is made of itself", "group G is made of itself", "attributeGroup AG is made of itself", "type S is made of itself"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v lacks %q", err, want)
		}
	}
	if err != nil && strings.Contains(err.Error(), "Fine") {
		t.Error(err)
	}
}

// The contracts of the project, flattened and written, are the same contracts.
func TestFlatContractsReadBack(t *testing.T) {
	sources, err := filepath.Glob("../*/*.wsdl")
	if err != nil || len(sources) < 4 {
		t.Fatalf("found %v, %v", sources, err)
	}
	sources = append(sources, "../internal/gen/testdata/meterbook/meterbook.wsdl")
	for _, source := range sources {
		source = strings.TrimPrefix(filepath.ToSlash(source), "../")
		d, err := Load(os.DirFS(".."), source)
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Check(); err != nil {
			t.Error(err)
		}
		for _, s := range d.Services {
			t.Run(s.Name.Local, func(t *testing.T) {
				flat, err := d.Flatten(s.Name.Local)
				if err != nil {
					t.Fatal(err)
				}
				doc, err := flat.WSDL(WriteOptions{})
				if err != nil {
					t.Fatal(err)
				}
				again := mustLoad(t, fstest.MapFS{"flat.wsdl": {Data: doc}}, "flat.wsdl")
				if err := again.Check(); err != nil {
					t.Errorf("what was written does not stand alone: %v", err)
				}
				if len(again.Services) != 1 || len(again.PortTypes) != 1 || len(again.Schemas) != 1 {
					t.Errorf("%d services, %d port types, %d schemas", len(again.Services), len(again.PortTypes), len(again.Schemas))
				}
				for _, part := range [][2]any{
					{flat.Schemas[0].Components, again.Schemas[0].Components},
					{flat.Messages, again.Messages}, {flat.PortTypes, again.PortTypes}, {flat.Bindings, again.Bindings},
				} {
					if want, got := withoutPlaces(part[0]), withoutPlaces(part[1]); want != got {
						i := 0
						for i < min(len(want), len(got)) && want[i] == got[i] {
							i++
						}
						t.Errorf("read back otherwise:\n%s\n%s", cut(want, i), cut(got, i))
					}
				}
				twice, err := mustFlat(t, again).WSDL(WriteOptions{})
				if err != nil || !bytes.Equal(doc, twice) {
					t.Errorf("written again it differs (%v)", err)
				}
			})
		}
	}
}

func mustFlat(t *testing.T, d *Definitions) *Definitions {
	t.Helper()
	flat, err := d.Flatten()
	if err != nil {
		t.Fatal(err)
	}
	return flat
}

func cut(s string, at int) string { return s[max(0, at-60):min(len(s), at+100)] }

// withoutPlaces shows a part of the model with everything in it but positions.
func withoutPlaces(v any) string {
	var out strings.Builder
	showValue(&out, reflect.ValueOf(v))
	return out.String()
}

func showValue(out *strings.Builder, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			out.WriteString("nil")
			return
		}
		showValue(out, v.Elem())
	case reflect.Slice:
		out.WriteString("[")
		for i := range v.Len() {
			showValue(out, v.Index(i))
			out.WriteString(" ")
		}
		out.WriteString("]")
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[Pos]() {
			return
		}
		out.WriteString(v.Type().Name() + "{")
		for i := range v.NumField() {
			out.WriteString(v.Type().Field(i).Name + ":")
			showValue(out, v.Field(i))
			out.WriteString(" ")
		}
		out.WriteString("}")
	default:
		fmt.Fprintf(out, "%q", fmt.Sprint(v))
	}
}

func TestSOAP12AndAddress(t *testing.T) {
	d, err := Load(os.DirFS("../internal/gen/testdata"), "meterbook/meterbook.wsdl")
	if err != nil {
		t.Fatal(err)
	}
	flat := mustFlat(t, d)
	plain, err := flat.WSDL(WriteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(plain, []byte("soap12")) {
		t.Error("a WSDL for old clients mentions SOAP 1.2")
	}
	both, err := flat.WSDL(WriteOptions{SOAP12: true})
	if err != nil {
		t.Fatal(err)
	}
	served := WithAddress(both, `https://hub.example/soap/a?x="1"&y=<2>`)
	again := mustLoad(t, fstest.MapFS{"b.wsdl": {Data: served}}, "b.wsdl")
	ports := again.Services[0].Ports
	if len(ports) != 2 || ports[0].SOAP != SOAP11 || ports[1].SOAP != SOAP12 || ports[1].Name != ports[0].Name+"12" {
		t.Fatalf("ports %+v", ports)
	}
	for _, p := range ports {
		if p.Address != `https://hub.example/soap/a?x="1"&y=<2>` {
			t.Errorf("%s is at %s", p.Name, p.Address)
		}
		if b, ok := again.Binding(p.Binding); !ok || b.SOAP != p.SOAP || len(b.Operations) != 2 || b.Operations[0].Action != "urn:tundish:test:meterbook:v1/Record" || len(b.Operations[0].Faults) != 1 {
			t.Errorf("%s is bound to %+v", p.Name, b)
		}
	}
	if bytes.Contains(WithAddress(both, "http://x/"), []byte(AddressPlaceholder)) || !bytes.Contains(both, []byte(AddressPlaceholder)) {
		t.Error("the placeholder stayed, or the document was changed in place")
	}
	if docs := again.Docs; docs.In("en") == "" || docs.In("zh-CN") != "抄表册，用于测试。" {
		t.Errorf("documentation %q", docs)
	}
	english, err := flat.WSDL(WriteOptions{Lang: "en"})
	if err != nil || bytes.Contains(english, []byte("抄表")) || !bytes.Contains(english, []byte("Records a reading")) {
		t.Errorf("English alone: %v", err)
	}
}

// A served document must be valid for those who check schemas.
func TestSchemaOfFlatContractIsValid(t *testing.T) {
	if _, err := exec.LookPath("xmllint"); err != nil {
		t.Skip("SKIPPED: xmllint is missing: apt install libxml2-utils")
	}
	served, err := filepath.Glob("../*/served/*.wsdl")
	if err != nil || len(served) == 0 {
		t.Fatalf("found %v, %v", served, err)
	}
	for _, name := range append(served, "../internal/gen/testdata/meterbook/served/hub.wsdl") {
		doc, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		from, to := bytes.Index(doc, []byte("<xs:schema")), bytes.Index(doc, []byte("</xs:schema>"))
		d := mustLoad(t, fstest.MapFS{"a.wsdl": {Data: doc}}, "a.wsdl")
		head := fmt.Sprintf(`<xs:schema xmlns:xs=%q xmlns:tns=%q`, NamespaceXSD, d.TargetNamespace)
		alone := append([]byte(head), doc[from+len("<xs:schema"):to+len("</xs:schema>")]...)
		file := filepath.Join(t.TempDir(), "alone.xsd")
		if err := os.WriteFile(file, alone, 0o600); err != nil {
			t.Fatal(err)
		}
		out, _ := exec.Command("xmllint", "--noout", "--schema", file, file).CombinedOutput()
		// The schema is no instance of itself; what counts is that it compiles.
		if bytes.Contains(out, []byte("failed to compile")) || bytes.Contains(out, []byte("Schemas parser error")) {
			t.Errorf("%s: %s", name, out)
		}
	}
}

// Foreign habits: rpc/encoded with arrays, HTTP ports, 1.2 addresses, vendor
// extensions, GB2312 bytes.
func TestForeignWSDL(t *testing.T) {
	const doc = `<?xml version="1.0" encoding="gb2312"?>
<definitions name="H" targetNamespace="urn:h" xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:t="urn:h" xmlns:xsd="http://www.w3.org/2001/XMLSchema"
 xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:soap12="http://schemas.xmlsoap.org/wsdl/soap12/" xmlns:http="http://schemas.xmlsoap.org/wsdl/http/"
 xmlns:soapenc="http://schemas.xmlsoap.org/soap/encoding/" xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/">
<documentation xml:lang="zh">` + "\xc8\xc8\xcf\xdf" + `</documentation>
<types><xsd:schema targetNamespace="urn:h"><xsd:import namespace="http://schemas.xmlsoap.org/soap/encoding/"/>
<xsd:complexType name="Rows"><xsd:complexContent><xsd:restriction base="soapenc:Array"><xsd:attribute ref="soapenc:arrayType" wsdl:arrayType="xsd:string[]"/></xsd:restriction></xsd:complexContent></xsd:complexType>
</xsd:schema></types>
<message name="In"><part name="a" type="xsd:string"/><part name="b" type="t:Rows"/></message><message name="Head"><part name="h" type="xsd:string"/></message>
<portType name="P"><operation name="Do"><input message="t:In"/></operation></portType>
<binding name="B" type="t:P"><wsp:Policy xmlns:wsp="urn:policy"/><soap:binding style="rpc" transport="http://schemas.xmlsoap.org/soap/http"/>
 <operation name="Do"><soap:operation soapAction="do"/><input><soap:header message="t:Head" part="h" use="literal"/><soap:body use="encoded" namespace="urn:rpc" encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"/></input></operation></binding>
<binding name="B12" type="t:P"><soap12:binding transport="http://schemas.xmlsoap.org/soap/http"/><operation name="Do"><soap12:operation soapAction="do"/><input><soap12:body use="literal"/></input></operation></binding>
<binding name="G" type="t:P"><http:binding verb="GET"/><operation name="Do"><http:operation location="/Do"/><input><http:urlEncoded/></input></operation></binding>
<service name="S"><port name="P1" binding="t:B"><soap:address location="http://a/"/></port><port name="P2" binding="t:B12"><soap12:address location="http://b/"/></port><port name="P3" binding="t:G"><http:address location="http://c/"/></port></service>
</definitions>`
	d := mustLoad(t, fstest.MapFS{"h.wsdl": {Data: []byte(doc)}}, "h.wsdl")
	if err := d.Check(); err != nil {
		t.Error(err)
	}
	if d.Docs.In("zh") != "热线" {
		t.Errorf("documentation %q", d.Docs)
	}
	rows, _ := d.Type(xml.Name{Space: "urn:h", Local: "Rows"})
	if a := rows.(*ComplexType).Attributes[0]; a.ArrayType != "{http://www.w3.org/2001/XMLSchema}string[]" {
		t.Errorf("array of %s", a.ArrayType)
	}
	b, _ := d.Binding(xml.Name{Space: "urn:h", Local: "B"})
	in := b.Operations[0].Input
	if b.Style != "rpc" || in.Use != "encoded" || in.Namespace != "urn:rpc" || len(in.Headers) != 1 || in.Headers[0].Part != "h" {
		t.Errorf("%+v %+v", b, in)
	}
	s, _ := d.Service("S")
	var got []string
	for _, p := range s.Ports {
		got = append(got, fmt.Sprintf("%d %s", p.SOAP, p.Address))
	}
	if strings.Join(got, ", ") != "1 http://a/, 2 http://b/, 0 http://c/" {
		t.Errorf("ports %v", got)
	}
	if op := d.PortTypes[0].Operations[0]; op.Output != nil || op.Input == nil {
		t.Errorf("%+v is not one-way", op)
	}
}

func FuzzLoad(f *testing.F) {
	for _, name := range []string{"../internal/gen/testdata/meterbook/meterbook.wsdl", "../internal/gen/testdata/shared/shared.xsd"} {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(b))
	}
	f.Fuzz(func(t *testing.T, doc string) {
		d, err := LoadFunc(func(name string) ([]byte, error) {
			if name != "a" {
				return nil, os.ErrNotExist
			}
			return []byte(doc), nil
		}, "a")
		if err != nil || d.Check() != nil {
			return
		}
		flat, err := d.Flatten()
		if err != nil {
			return
		}
		written, err := flat.WSDL(WriteOptions{SOAP12: true})
		if err != nil {
			return
		}
		if _, err := Load(fstest.MapFS{"b": {Data: written}}, "b"); err != nil {
			t.Fatalf("%v\n%s", err, written)
		}
	})
}
