package mapping

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"tundish/config/lang"
	"tundish/core"
	"tundish/wsdl/xml"
)

func newConnection(t *testing.T) *Mapping {
	t.Helper()
	var p lang.Problems
	m := Load(os.DirFS("../../config/examples/soap12-newconnection/mappings"), "soap12-newconnection.yaml", Surroundings{Zone: time.UTC}, &p)
	if err := p.Err(); err != nil {
		t.Fatal(err)
	}
	return m
}

// The default of a part does not bring its element: else both halves of a choice would stand there.
func TestOfAChoiceOnlyWhatHasValuesIsWritten(t *testing.T) {
	call := newConnection(t).Calls[core.TellResult]
	for name, c := range map[string]struct {
		core.Completion
		has, hasNot string
	}{
		"installed":        {core.Completion{Outcome: core.Done, NewSerial: "N1", NewInitialReading: "0.000"}, `serial="N1"`, "NotInstalled"},
		"not installed":    {core.Completion{Outcome: core.CouldNotBeDone, Reason: "no_access"}, `reason="NO_ACCESS"`, "<Installed"},
		"for another sake": {core.Completion{Outcome: core.CouldNotBeDone, Reason: "pit_flooded"}, `reason="OTHER"`, "<Installed"},
	} {
		t.Run(name, func(t *testing.T) {
			c.FinishedAt = time.Date(2026, 5, 11, 2, 0, 0, 0, time.UTC)
			w := xml.NewWriter()
			err := call.WriteBody(w, &Values{Order: &core.WorkOrder{Ref: core.Ref{External: "BZ2026-00001"}, Completions: []core.Completion{c.Completion}}})
			out, ended := w.Finish()
			if err != nil || ended != nil || !strings.Contains(string(out), c.has) || strings.Contains(string(out), c.hasNot) {
				t.Errorf("%s %v %v", out, err, ended)
			}
		})
	}
}

const eitherOr = `<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:s="http://www.w3.org/2001/XMLSchema" xmlns:t="urn:t" targetNamespace="urn:t">
<types><s:schema elementFormDefault="qualified" targetNamespace="urn:t">
<s:element name="Where"><s:complexType><s:sequence><s:choice><s:element name="Meter" type="s:string"/><s:sequence><s:element name="Street" type="s:string"/><s:element name="House" type="s:string" minOccurs="0"/></s:sequence></s:choice>
<s:choice maxOccurs="unbounded"><s:element name="Note" type="s:string"/><s:element name="Hint" type="s:string"/></s:choice></s:sequence></s:complexType></s:element></s:schema></types>
<message name="in"><part name="p" element="t:Where"/></message>
<portType name="P"><operation name="Where"><input message="t:in"/></operation></portType>
<binding name="B" type="t:P"><soap:binding transport="http://schemas.xmlsoap.org/soap/http"/><operation name="Where"><soap:operation soapAction="urn:t"/><input><soap:body use="literal"/></input></operation></binding>
<service name="S"><port name="P" binding="t:B"><soap:address location="http://x/"/></port></service></definitions>`

// Of two branches of a choice that both have values neither may be left out silently, and a
// message with both is none of the contract's: nothing is sent.
func TestTwoBranchesOfAChoiceAreNotSentTogether(t *testing.T) {
	var p lang.Problems
	m := Load(fstest.MapFS{"w.wsdl": {Data: []byte(eitherOr)}, "w.yaml": {Data: []byte(`
mapping: w
wsdl: w.wsdl
call:
  point:
    operation: Where
    request: {Where/Meter: order.meter.serial, Where/Street: order.place.address, Where/House: order.place.detail, Where/Note: order.report.remark, Where/Hint: order.report.content}
`)}}, "w.yaml", Surroundings{Zone: time.UTC}, &p)
	if err := p.Err(); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		order core.WorkOrder
		fails bool
	}{
		"a meter":                 {core.WorkOrder{Meter: core.Meter{Serial: "M1"}}, false},
		"an address":              {core.WorkOrder{Place: core.Place{Address: "A", Detail: "5"}}, false},
		"both":                    {core.WorkOrder{Meter: core.Meter{Serial: "M1"}, Place: core.Place{Address: "A"}}, true},
		"a choice that is a list": {core.WorkOrder{Meter: core.Meter{Serial: "M1"}, Report: core.Report{Remark: "r", Content: "c"}}, false},
	} {
		err := m.Calls[core.TellPoint].WriteBody(xml.NewWriter(), &Values{Order: &c.order})
		if (err != nil) != c.fails || err != nil && !strings.Contains(err.Error(), "Meter and Street both have values") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAnElementThatStandsOnceIsOneOrder(t *testing.T) {
	m := newConnection(t)
	for _, in := range m.Serves() {
		if in.Many {
			t.Errorf("%s is taken for a list", in.Name)
		}
	}
	if in, _ := m.Serve("RegisterApplication"); in == nil {
		t.Error("nothing is served")
	}
}
