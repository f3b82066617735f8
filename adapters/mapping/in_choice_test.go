package mapping

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"tundish/config/lang"
)

// A choice around the orders; in an order: one with a sequence for a branch, one in a branch of
// another, one that may be made again, and one that has a name in two branches.
const chosen = `<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:s="http://www.w3.org/2001/XMLSchema" xmlns:t="urn:t" targetNamespace="urn:t">
<types><s:schema elementFormDefault="qualified" targetNamespace="urn:t">
<s:element name="Send"><s:complexType><s:choice>
 <s:element name="Nothing" type="s:string"/>
 <s:sequence><s:element name="Head" type="s:string" minOccurs="0"/><s:element name="Order" type="t:Order" maxOccurs="unbounded"/></s:sequence>
</s:choice></s:complexType></s:element>
<s:complexType name="Order"><s:sequence><s:element name="No" type="s:string"/>
 <s:choice><s:element name="Meter" type="s:string" maxOccurs="2"/><s:sequence><s:element name="Street" type="s:string"/><s:element name="House" type="s:string" minOccurs="0"/></s:sequence>
  <s:choice><s:element name="Grid" type="s:string"/><s:element name="Point"><s:complexType><s:choice><s:element name="Wgs" type="s:string"/><s:element name="Plane" type="s:string"/></s:choice></s:complexType></s:element></s:choice></s:choice>
 <s:choice maxOccurs="unbounded"><s:element name="Note" type="s:string"/><s:element name="Hint" type="s:string"/></s:choice>
 <s:choice minOccurs="0"><s:sequence><s:element name="Who" type="s:string"/><s:element name="Phone" type="s:string"/></s:sequence><s:sequence><s:element name="Firm" type="s:string"/><s:element name="Phone" type="s:string"/></s:sequence></s:choice>
</s:sequence></s:complexType></s:schema></types>
<message name="in"><part name="p" element="t:Send"/></message>
<portType name="P"><operation name="Send"><input message="t:in"/></operation></portType>
<binding name="B" type="t:P"><soap:binding transport="http://schemas.xmlsoap.org/soap/http"/><operation name="Send"><soap:operation soapAction="urn:t"/><input><soap:body use="literal"/></input></operation></binding>
<service name="S"><port name="P" binding="t:B"><soap:address location="http://x/"/></port></service></definitions>`

const choosing = `mapping: w
wsdl: w.wsdl
serve:
  Send:
    does: submit
    CHOICES
    each: Send/Order
    order: {ref: No, type: {value: leak}, meter.serial: Meter, place.address: Street, extra.wgs: Point/Wgs, customer.phone: Phone}
`

// What of a message that breaks a choice is taken silently depends on the mapping's lines; so
// nothing is.
func TestTwoBranchesOfAChoiceAreNotTakenTogether(t *testing.T) {
	read := func(choices, message string) (field, says string, n int) {
		t.Helper()
		var p lang.Problems
		m := Load(fstest.MapFS{"w.wsdl": {Data: []byte(chosen)}, "w.yaml": {Data: []byte(strings.Replace(choosing, "CHOICES", choices, 1))}}, "w.yaml", Surroundings{Zone: time.UTC}, &p)
		if err := p.Err(); err != nil {
			t.Fatal(err)
		}
		in, _ := m.Serve("Send")
		items, err := orders(t, in, `<Send xmlns="urn:t">`+message+`</Send>`)
		if err != nil {
			return "message", err.Error(), len(items)
		}
		for _, it := range items {
			if it.Err != nil {
				if it.Err.Code != "invalid_value" || !strings.Contains(it.Err.Message, "(mapping w, line 4)") || it.Err.MessageZH == "" {
					t.Errorf("got %+v", it.Err)
				}
				field, says = it.Err.Field, it.Err.Message
			}
		}
		return field, says, len(items)
	}
	order := func(inside string) string { return "<Order><No>1</No>" + inside + "</Order>" }
	for name, c := range map[string]struct{ message, field, says string }{
		"one branch":                 {order("<Meter>1</Meter><Meter>2</Meter><Note>n</Note>"), "", ""},
		"all of a branch":            {order("<Street>1</Street><House>2</House>"), "", ""},
		"two branches":               {order("<Meter>1</Meter><Street>2</Street>"), "Street", "Meter and Street are branches of one choice"},
		"one that is not read":       {order("<House>1</House><Grid>2</Grid>"), "Grid", "House and Grid are"},
		"one that is empty":          {order("<Meter/><Street>2</Street>"), "Street", "Meter and Street are"},
		"a choice in a branch":       {order("<Grid>1</Grid><Point/>"), "Point", "Grid and Point are"},
		"a choice further down":      {order("<Point><Wgs>1</Wgs><Plane>2</Plane></Point>"), "Point/Plane", "Wgs and Plane are"},
		"a choice made again":        {order("<Note>1</Note><Hint>2</Hint><Note>3</Note>"), "", ""},
		"a name of two branches":     {order("<Firm>1</Firm><Phone>2</Phone>"), "", ""},
		"which does not bind either": {order("<Phone>1</Phone><Who>2</Who>"), "", ""},
		"but its neighbours do":      {order("<Who>1</Who><Phone>2</Phone><Firm>3</Firm>"), "Firm", "Who and Firm are"},
		"the next order begins anew": {order("<Meter>1</Meter>") + order("<Street>1</Street>"), "", ""},
		"around the orders":          {order("") + "<Nothing/>", "message", "Order and Nothing are branches of one choice"},
		"before the orders":          {"<Nothing/>" + order(""), "message", "Send/Order: Nothing and Order are"},
	} {
		t.Run(name, func(t *testing.T) {
			field, says, n := read("choices: strict", c.message)
			if field != c.field || !strings.Contains(says, c.says) || c.says == "" && says != "" || n == 0 && name != "before the orders" {
				t.Errorf("%d orders, got %q: %s", n, field, says)
			}
			if byDefault, _, _ := read("", c.message); byDefault != field {
				t.Errorf("not what is meant without the key")
			}
			if field, says, n := read("choices: lenient", c.message); field != "" || n == 0 {
				t.Errorf("lenient: %d orders, %q: %s", n, field, says)
			}
		})
	}
}
