package xml_test

import (
	"fmt"

	"tundish/wsdl/xml"
)

// reading is decoded and encoded by hand, as generated code does it.
type reading struct{ meter, value string }

func (v *reading) UnmarshalXML(r *xml.Reader) error {
	v.meter, _ = r.Attr("", "meter")
	for {
		more, err := r.NextChild()
		if err != nil || !more {
			return err
		}
		if r.Name() != (xml.Name{Space: "urn:example", Local: "Value"}) {
			return r.Errorf("element %s is not expected here; allowed: Value", r.Name())
		}
		text, err := r.ElementText()
		if err != nil {
			return err
		}
		v.value = string(text)
	}
}

func (v *reading) MarshalXML(w *xml.Writer) error {
	w.StartNS("urn:example", "Reading")
	w.Attr("meter", v.meter)
	w.Element("Value", v.value)
	w.End()
	return w.Error()
}

func ExampleReader() {
	read := func(doc string) {
		r := xml.NewReaderBytes([]byte(doc), xml.Limits{})
		var v reading
		_, err := r.Next()
		if err == nil {
			err = v.UnmarshalXML(r)
		}
		if err == nil {
			err = r.Finish()
		}
		if err != nil {
			fmt.Println(err)
			return
		}
		w := xml.NewWriter()
		if err := v.MarshalXML(w); err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%s\n", w.Bytes())
	}
	read(`<p:Reading xmlns:p="urn:example" meter="A&amp;B-42"> <p:Value>0.30</p:Value> </p:Reading>`)
	read("<Reading xmlns='urn:example'>\n  <Valve/>\n</Reading>")
	read(`<Reading xmlns='urn:example'/><Reading/>`)
	// Output:
	// <Reading xmlns="urn:example" meter="A&amp;B-42"><Value>0.30</Value></Reading>
	// line 2, column 3: element {urn:example}Valve is not expected here; allowed: Value
	// line 1, column 31: a second root element; a document has one
}
