package mapping

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"
	"time"

	"tundish/adapters/geo"
	"tundish/config/lang"
)

var update = flag.Bool("update", false, "write the golden files anew")

const hotline = `<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:s="http://www.w3.org/2001/XMLSchema" xmlns:t="http://rx.example/" targetNamespace="http://rx.example/">
<types><s:schema elementFormDefault="qualified" targetNamespace="http://rx.example/">
<s:element name="SubmitRepair"><s:complexType><s:sequence>
  <s:element name="sentAt" type="s:dateTime"/>
  <s:element name="repair" minOccurs="0" maxOccurs="unbounded"><s:complexType><s:sequence>
    <s:element name="S_BH" type="s:string"/><s:element name="S_LX" type="s:string"/><s:element name="I_JJ" type="s:int"/>
    <s:element name="D_FS" type="s:string"/><s:element name="S_NR" type="s:string"/><s:element name="S_BZ" type="s:string" minOccurs="0"/>
    <s:element name="S_KJ" type="s:string"/><s:element name="F_X" type="s:string"/><s:element name="F_Y" type="s:string"/>
    <s:element name="tel" minOccurs="0" maxOccurs="unbounded"><s:complexType><s:simpleContent><s:extension base="s:string"><s:attribute name="kind" type="s:string"/></s:extension></s:simpleContent></s:complexType></s:element>
  </s:sequence><s:attribute name="no" type="s:string"/></s:complexType></s:element>
  <s:element name="xmlData" type="s:string" minOccurs="0"/>
</s:sequence></s:complexType></s:element>
<s:element name="SubmitRepairResponse"><s:complexType><s:sequence><s:element name="code" type="s:int"/><s:element name="orderNo" type="s:string" minOccurs="0"/></s:sequence></s:complexType></s:element>
</s:schema></types>
<message name="in"><part name="parameters" element="t:SubmitRepair"/></message>
<message name="out"><part name="parameters" element="t:SubmitRepairResponse"/></message>
<portType name="P"><operation name="SubmitRepair"><input message="t:in"/><output message="t:out"/></operation></portType>
<binding name="B" type="t:P"><soap:binding transport="http://schemas.xmlsoap.org/soap/http"/><operation name="SubmitRepair"><soap:operation soapAction="http://rx.example/SubmitRepair"/><input><soap:body use="literal"/></input><output><soap:body use="literal"/></output></operation></binding>
<service name="S"><port name="P" binding="t:B"><soap:address location="http://nowhere/"/></port></service>
</definitions>`

// loaded reads a mapping beside the hotline's WSDL.
func loaded(text string) (*Mapping, *lang.Problems) {
	var p lang.Problems
	files := fstest.MapFS{"maps/hot.yaml": {Data: []byte(text)}, "maps/hot/a.wsdl": {Data: []byte(hotline)}}
	return Load(files, "maps/hot.yaml", Surroundings{Zone: shanghai, Secrets: []string{}, Unused: true, Types: []string{"burst", "leak", "no_water"}, Area: geo.Area{South: 30, West: 120, North: 32, East: 123}}, &p), &p
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs (go test -update writes it anew); got\n%s", file, got)
	}
}

const wrong = `mapping: hott
wsdl: hot/a.wsdl
zone: Asia/Shangai
serve:
  SubmitRepair:
    does: submit
    each: SubmitRepair/repairs
    order:
      ref: "@no"
  SubmitRepare: {does: submit, order: {ref: a, type: b}}
call:
  results: {operation: SubmitRepair, request: {SubmitRepair/sentAt: message.sent_at}}
  result:
    operation: SubmitRepair
    request: {SubmitRepair/sentat: message.sent_at}
`

const wrongHints = `mapping: hot
wsdl: hot/a.wsdl
zone: "+25:00"
serve:
  SubmitRepair:
    does: submit
    each: SubmitRepair/repair
    order:
      ref: SubmitRepair/repair/S_BH
      type: leak
      urgency: {from: I_JJ, map: {"1": urgent}, unmapped: deflt}
      source_at: {from: SubmitRepair/sentAt, zone: Asia/Shanhai}
      address: S_NR
    answer:
      ok: {SubmitRepairResponse/code: {from: order.number}}
call:
  result:
    operation: SubmitRepair
    request: {SubmitRepair/sentAt: message.sent_at, SubmitRepair/xmlData: {secret: token}}
`

// A zone may be a city's or an offset.
func TestAZoneMayBeAnOffset(t *testing.T) {
	var p lang.Problems
	for text, seconds := range map[string]int{"+08:00": 8 * 3600, "-03:30": -12600, "Asia/Shanghai": 8 * 3600, "UTC": 0} {
		zone := zoneNamed(lang.Value[string]{V: text}, &p)
		if zone == nil {
			t.Errorf("%s: %v", text, p.Err())
			continue
		}
		if _, off := time.Date(2026, 5, 11, 0, 0, 0, 0, zone).Zone(); off != seconds {
			t.Errorf("%s is %d", text, off)
		}
	}
	for _, text := range []string{"08:00", "+15:00", "+8"} {
		if zoneNamed(lang.Value[string]{V: text}, &p) != nil {
			t.Errorf("%s is no zone", text)
		}
	}
}

const wrongFields = `mapping: hot
wsdl: hot/a.wsdl
serve:
  SubmitRepair:
    does: submit
    each: SubmitRepair/repair
    volatile: [tell]
    order:
      ref: "@nr"
      type: {from: S_LX, map: {"1": burst, "2": leek}, unmapped: default}
      urgency: {from: I_JJ, default: norml}
      customer.acount: S_HH
      customer.name: {from: S_NR, value: x}
      customer.phone: "tel[@kind=home]"
      customer.contact: "tel[kind='home']"
      report.content: {parts: [S_NR, S_BX], unmapped: keep}
      report.occurred_at: {from: D_FS, layout: yyyy-MM-dd hh:nn}
      meter.diameter_mm: {from: S_KJ, as: date}
      meter.due_on: {from: D_FS, zone: Asia/Nowhere, default: "2026-02-30"}
      place.point: {north: F_X, east: F_Y, system: GCJ-02}
      colour: S_NR
      received_at: D_FS
    answer:
      ok: {SubmitRepairResponse/orderNr: order.no, SubmitRepairResponse/code: one}
`

func TestAllMistakesOfAMappingAreToldAtOnceWithTheirPlaces(t *testing.T) {
	for name, text := range map[string]string{"wrong": wrong, "fields": wrongFields, "language": wrongLanguage, "expressions": wrongExpressions, "no-wsdl": "mapping: hot\nwsdl: hot/b.wsdl\n", "hints": wrongHints, "keys": "mapping: hot\nserv: {}\nserve: {SubmitRepair: {does: sumbit, order: {ref: {form: x}}}}\n"} {
		for _, l := range []lang.Lang{lang.English, lang.Chinese} {
			t.Run(name+" "+string(l), func(t *testing.T) {
				_, p := loaded(text)
				golden(t, name+"."+string(l)+".golden", p.In(l))
			})
		}
	}
}

func TestEveryFieldASourceDecidesIsThere(t *testing.T) {
	names := ""
	for _, name := range targetNames() {
		names += name + "\n"
	}
	golden(t, "fields.golden", names)
}

const wrongLanguage = `mapping: hot
wsdl: hot/a.wsdl
serve:
  SubmitRepair:
    does: submit
    when: S_LZ == "1"
    each: SubmitRepair/repair
    document: {at: SubmitRepair/xmlData, json: true, root: ROWS}
    order: {ref: S_BH, type: {value: leak}}
  SubmitRepare:
    does: submit
    order: {ref: S_BH, type: {value: leak}}
`

const wrongExpressions = `mapping: hot
wsdl: hot/a.wsdl
serve:
  SubmitRepair:
    does: submit
    when: S_LZ == "1"
    each: SubmitRepair/repair
    order:
      ref: {expr: 'trim(S_BH) + S_BX'}
      type: {either: [{when: 'S_LX == 1', value: leak}, {value: leek}]}
      customer.phone: {from: S_NR, at: 2}
      customer.name: {expr: S_NR, from: S_BZ}
      customer.account: {when: S_NR, from: S_BZ}
      meter.diameter_mm: {expr: 'trimm(S_KJ)'}
      report.attachments: {each: tel, name: "@kind"}
      report.content: {each: tel, content: "@kind"}
`
