package shape

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"tundish/wsdl/contract"
)

// split is a contract in four files and as many namespaces: one WSDL imports another, with
// messages of the same name; a schema has no namespace, another includes a file that has none.
var split = fstest.MapFS{
	"main.wsdl": {Data: []byte(`<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:m="urn:main" xmlns:p="urn:parts" targetNamespace="urn:main">
<import namespace="urn:parts" location="parts/parts.wsdl"/>
<message name="in"><part name="one" element="p:Other"/></message>
<binding name="B" type="p:P"><soap:binding transport="http://schemas.xmlsoap.org/soap/http"/>
<operation name="Do"><soap:operation soapAction="do"/><input><soap:header message="m:in" part="one" use="literal"/><soap:body use="literal"/></input><output><soap:body use="literal"/></output></operation></binding>
<service name="S"><port name="B" binding="m:B"><soap:address location="http://old.example/?a=1&amp;b=2"/></port></service>
</definitions>`)},
	"parts/parts.wsdl": {Data: []byte(`<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:p="urn:parts" xmlns:x="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:parts">
<types><x:schema targetNamespace="urn:parts" elementFormDefault="qualified" xmlns:w="urn:words">
<x:import schemaLocation="bare.xsd"/><x:import namespace="urn:words" schemaLocation="words.xsd"/>
<x:element name="Order"><x:complexType><x:sequence><x:element name="kind" type="w:Kind"/><x:element ref="Bare"/><x:element name="local" form="unqualified" type="Code"/></x:sequence><x:attribute ref="w:mark"/></x:complexType></x:element>
<x:element name="Other" type="w:Kind"/></x:schema></types>
<message name="in"><part name="parameters" element="p:Order"/></message>
<portType name="P"><operation name="Do"><input message="p:in"/><output message="p:in"/></operation></portType></definitions>`)},
	"parts/bare.xsd":  {Data: []byte(`<schema xmlns="http://www.w3.org/2001/XMLSchema"><element name="Bare" type="Code"/><simpleType name="Code"><restriction base="string"><maxLength value="3"/></restriction></simpleType></schema>`)},
	"parts/words.xsd": {Data: []byte(`<schema xmlns="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:words"><include schemaLocation="more.xsd"/><attribute name="mark" type="int"/></schema>`)},
	"parts/more.xsd":  {Data: []byte(`<schema xmlns="http://www.w3.org/2001/XMLSchema"><simpleType name="Kind"><restriction base="Word"/></simpleType><simpleType name="Word"><restriction base="string"><enumeration value="leak"/></restriction></simpleType></schema>`)},
}

func TestAMergedContractSaysTheSameInOneFile(t *testing.T) {
	encoded, err := os.ReadFile("testdata/encoded.wsdl")
	if err != nil {
		t.Fatal(err)
	}
	readings, err := os.ReadFile("testdata/readings.wsdl")
	if err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{"encoded.wsdl": {Data: encoded}, "readings.wsdl": {Data: readings}}
	for name, f := range split {
		files[name] = f
	}
	for _, name := range []string{"main.wsdl", "encoded.wsdl", "readings.wsdl"} {
		defs, err := contract.Load(files, name)
		if err != nil || len(defs.Doubts) > 0 {
			t.Fatal(err, defs.Doubts)
		}
		doc, err := defs.Merged().WSDL(contract.WriteOptions{Whole: true})
		if err != nil {
			t.Fatal(err)
		}
		again, err := contract.Load(fstest.MapFS{"one.wsdl": {Data: doc}}, "one.wsdl")
		if err != nil || len(again.Doubts) > 0 {
			t.Fatalf("%v %v\n%s", err, again.Doubts, doc)
		}
		a, err := New(defs, Options{})
		if err != nil {
			t.Fatal(err)
		}
		b, err := New(again, Options{})
		if err != nil {
			t.Fatalf("%v\n%s", err, doc)
		}
		if a.Address != b.Address || a.Port != b.Port || len(a.Operations) != len(b.Operations) {
			t.Errorf("%s: %+v %+v", name, a, b)
		}
		for i, op := range a.Operations {
			copied := b.Operations[i]
			if op.Err != nil {
				if copied.Err == nil {
					t.Errorf("%s: %s works in the copy", name, op.Name)
				}
				continue
			}
			for _, of := range []func(*Service, *Operation) ([]byte, error){(*Service).SampleRequest, (*Service).SampleResponse} {
				want, err := of(a, op)
				if err != nil {
					t.Fatal(err)
				}
				if got, err := of(b, copied); err != nil || !bytes.Equal(got, want) {
					t.Errorf("%s %s: %v\n%s\n%s", name, op.Name, err, got, want)
				}
			}
		}
		if name == "main.wsdl" && (!strings.Contains(string(doc), `<wsdl:message name="in2">`) || !strings.Contains(string(doc), `<xs:import namespace="urn:words"/>`)) {
			t.Errorf("%s", doc)
		}
	}
}
