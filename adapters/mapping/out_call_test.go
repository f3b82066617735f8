package mapping

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"tundish/config/lang"
	"tundish/core"
	"tundish/wsdl/contract"
	"tundish/wsdl/shape"
	"tundish/wsdl/xml"
)

const billing = `<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:s="http://www.w3.org/2001/XMLSchema" xmlns:t="http://yx.example/" targetNamespace="http://yx.example/">
<types><s:schema elementFormDefault="qualified" targetNamespace="http://yx.example/">
<s:element name="WriteBack"><s:complexType><s:sequence>
  <s:element name="account" type="s:string"/>
  <s:element name="reading" type="s:decimal" minOccurs="0"/>
  <s:element name="remark" type="s:string" nillable="true"/>
  <s:element name="at" type="s:dateTime"/>
  <s:element name="data" type="s:string" minOccurs="0"/>
  <s:element name="photo" minOccurs="0" maxOccurs="unbounded"><s:complexType><s:sequence><s:element name="name" type="s:string"/><s:element name="bytes" type="s:base64Binary"/></s:sequence><s:attribute name="no" type="s:string"/></s:complexType></s:element>
</s:sequence><s:attribute name="station" type="s:string" use="required"/></s:complexType></s:element>
<s:element name="WriteBackResponse"><s:complexType><s:sequence><s:element name="WriteBackResult" type="s:string" minOccurs="0"/></s:sequence></s:complexType></s:element>
</s:schema></types>
<message name="in"><part name="parameters" element="t:WriteBack"/></message>
<message name="out"><part name="parameters" element="t:WriteBackResponse"/></message>
<portType name="P"><operation name="WriteBack"><input message="t:in"/><output message="t:out"/></operation></portType>
<binding name="B" type="t:P"><soap:binding transport="http://schemas.xmlsoap.org/soap/http"/><operation name="WriteBack"><soap:operation soapAction="http://yx.example/WriteBack"/><input><soap:body use="literal"/></input><output><soap:body use="literal"/></output></operation></binding>
<service name="S"><port name="P" binding="t:B"><soap:address location="http://nowhere/"/></port></service>
</definitions>`

const call = `
operation: WriteBack
request:
  WriteBack/photo: {each: order.completion.photos, fields: {"@no": photo.sha256, bytes: photo.content, name: photo.name}}
  WriteBack/data:
    document:
      root: ROWSET
      declare: gb2312
      fields:
        ROW/S_BH: order.ref
        ROW/D_WC: {from: order.completion.finished_at, layout: yyyyMMddHHmmss}
        ROW/S_ZT: {from: order.completion.outcome, map: {"1": done, "0": could_not_be_done}}
        ROW/S_RY: {from: order.completion.people, join: "@"}
        ROW/F_X: {from: order.completion.point.north, system: GCJ02}
        ROW/S_KJ: {from: order.completion.new_diameter_mm, prefix: DN}
        ROW/@lx: 换表
  WriteBack/at: message.sent_at
  WriteBack/reading: {from: order.completion.new_initial_reading, as: decimal}
  WriteBack/account: {from: order.customer.account, pad: {to: 8}}
  WriteBack/@station: {value: 东站}
answer:
  document: WriteBackResponse/WriteBackResult
  done: [{path: RESULT/CODE, in: ["1", 成功]}]
  already: [{path: RESULT/MSG, contains: [重复回写]}]
  later: [{path: RESULT/CODE, in: ["9"]}]
  code: RESULT/CODE
  message: RESULT/MSG
fault:
  already: [{contains: [重复]}]
  later: [{contains: [忙]}]
`

var shanghai = time.FixedZone("CST", 8*3600)

func compiled(t *testing.T, text string) (*Outward, *lang.Problems) {
	t.Helper()
	defs, err := contract.Load(fstest.MapFS{"a.wsdl": {Data: []byte(billing)}}, "a.wsdl")
	if err != nil {
		t.Fatal(err)
	}
	service, err := shape.New(defs, shape.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var p lang.Problems
	var c Call
	lang.Decode(&p, "call.yaml", []byte(text), &c)
	out := Compile(&c, service, Surroundings{Zone: shanghai}, &p)
	return out, &p
}

func finished() *Values {
	return &Values{
		Message: Message{ID: "m1", SentAt: time.Date(2026, 5, 11, 2, 3, 4, 0, time.UTC)},
		Order: &core.WorkOrder{No: "W1", Ref: core.Ref{System: "yx", External: "A<1"}, Customer: core.Customer{Account: "4711"},
			Completions: []core.Completion{{Outcome: core.Done, NewInitialReading: "0.30", NewDiameterMM: 15, People: []string{"张三", "李𠮷"}, Point: &core.Point{Lat: 31.2, Lon: 121.5},
				FinishedAt: time.Date(2026, 5, 11, 1, 0, 0, 0, time.UTC), Photos: []core.Attachment{{Name: "表.jpg", SHA256: "ab"}, {Name: "b.jpg", SHA256: "cd"}}}}},
		Blob: func(string) ([]byte, error) { return []byte{0, 1, 2}, nil },
	}
}

func TestARequestStandsInTheOrderOfTheContract(t *testing.T) {
	out, p := compiled(t, call)
	if err := p.Err(); err != nil {
		t.Fatal(err)
	}
	w := xml.NewWriter()
	if err := out.WriteBody(w, finished()); err != nil {
		t.Fatal(err)
	}
	got, err := w.Finish()
	if err != nil {
		t.Fatal(err)
	}
	want := `<WriteBack xmlns="http://yx.example/" station="东站"><account>00004711</account><reading>0.30</reading><remark xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"/><at>2026-05-11T10:03:04+08:00</at>` +
		`<data>&lt;?xml version="1.0" encoding="gb2312"?&gt;&lt;ROWSET&gt;&lt;ROW lx="换表"&gt;&lt;S_BH&gt;A&amp;lt;1&lt;/S_BH&gt;&lt;D_WC&gt;20260511090000&lt;/D_WC&gt;&lt;S_ZT&gt;1&lt;/S_ZT&gt;&lt;S_RY&gt;张三@李𠮷&lt;/S_RY&gt;&lt;F_X&gt;31.1979667&lt;/F_X&gt;&lt;S_KJ&gt;DN15&lt;/S_KJ&gt;&lt;/ROW&gt;&lt;/ROWSET&gt;</data>` +
		`<photo no="ab"><name>表.jpg</name><bytes>AAEC</bytes></photo><photo no="cd"><name>b.jpg</name><bytes>AAEC</bytes></photo></WriteBack>`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	gbk, _ := xml.ParseCharset("GBK")
	wire := xml.Encode(nil, got, gbk)
	if !strings.Contains(string(wire), "&#x20BB7;") || !strings.Contains(string(wire), "\xd5\xc5\xc8\xfd") {
		t.Errorf("in GBK 张三 is not D5C5 C8FD, or 𠮷 is no reference: %q", wire)
	}
}

func TestWhatCannotBeWrittenIsNotSent(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*core.Completion)
		field  string
	}{
		"not a number": {func(c *core.Completion) { c.NewInitialReading = "12a" }, "order.completion.new_initial_reading"},
		"no code":      {func(c *core.Completion) { c.Outcome = "lost" }, "order.completion.outcome"},
	} {
		t.Run(name, func(t *testing.T) {
			out, _ := compiled(t, call)
			v := finished()
			c.change(&v.Order.Completions[0])
			err := out.WriteBody(xml.NewWriter(), v)
			if e, ok := err.(*core.Error); !ok || e.Kind != core.Invalid || e.Field != c.field {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestAnswersAreJudgedByTheirBody(t *testing.T) {
	out, _ := compiled(t, call)
	for result, want := range map[string]core.DeliveryOutcome{
		"<RESULT><CODE>1</CODE></RESULT>":                                           core.Delivered,
		`<?xml version="1.0" encoding="gb2312"?><RESULT><CODE> 成功 </CODE></RESULT>`: core.Delivered,
		"<RESULT><CODE>0</CODE><MSG>该单重复回写</MSG></RESULT>":                          core.AlreadyDone,
		"<RESULT><CODE>9</CODE></RESULT>":                                           core.TryLater,
		"<RESULT><CODE>0</CODE><MSG>无此户</MSG></RESULT>":                             core.RefusedByPeer,
		"<RESULT": core.UnknownOutcome,
		"":        core.UnknownOutcome,
	} {
		w := xml.NewWriter()
		w.StartNS("http://yx.example/", "WriteBackResponse")
		w.Element("WriteBackResult", result)
		w.End()
		r := xml.NewReaderBytes(w.Bytes(), xml.Limits{})
		r.Next()
		d, err := out.Judge(r)
		if err != nil || d.Outcome != want {
			t.Errorf("%s is judged %s (%s), want %s; %v", result, d.Outcome, d.Detail, want, err)
		}
	}
	if got, ok := out.JudgeFault("soap:Server", "记录重复", nil); !ok || got != core.AlreadyDone {
		t.Error(got, ok)
	}
	if got, ok := out.JudgeFault("soap:Server", "错误", nil); ok {
		t.Error(got)
	}
}

func TestMistakesOfACallAreFoundWithTheirPlaces(t *testing.T) {
	for text, want := range map[string]string{
		"operation: WriteBak\nrequest: {}\n":                                                                            `the contract has no operation "WriteBak"`,
		"operation: WriteBack\nrequest:\n  WriteBack/acount: order.customer.account\n":                                  `call.yaml:3:3: request.WriteBack/acount: <WriteBack> has no "acount"`,
		"operation: WriteBack\nrequest:\n  WriteBack/account: order.customer.acount\n":                                  `call.yaml:3:22: request.WriteBack/account: there is no field "order.customer.acount"`,
		"operation: WriteBack\nrequest:\n  WriteBack/account: order.customer.account\n":                                 `the contract wants WriteBack/at, and nothing is written there`,
		"operation: WriteBack\nrequest:\n  WriteBack/reading: twelve\n":                                                 `"twelve" is not what the contract allows here`,
		"operation: WriteBack\nrequest:\n  WriteBack/account: photo.name\n":                                             `has a value only inside each`,
		"operation: WriteBack\nrequest:\n  WriteBack/at: {from: at, layout: 'H:mm'}\n":                                  `write HH`,
		"operation: WriteBack\nrequest:\n  WriteBack/at: {from: at, layout: yyyy-QQ}\n":                                 `means nothing in a layout`,
		"operation: WriteBack\nrequest:\n  WriteBack/account: order.customer.account\n  WriteBack/account: order.ref\n": `account`,
		"operation: WriteBack\nrequest:\n  WriteBack/account: {from: order.place.point.lat}\n":                          `needs the reference system`,
		"operation: WriteBack\nrequest:\n  WriteBack/account: {each: order.photos, fields: {a: photo.name}}\n":          `there is no list "order.photos"`,
		"operation: WriteBack\nrequest:\n  WriteBack/account: order.ref\nanswer: {done: [{path: WriteBackResponse}]}\n": `a rule without in, contains or empty`,
	} {
		if _, p := compiled(t, text); !strings.Contains(p.Error(), want) {
			t.Errorf("%s\nwant %s\ngot  %s", text, want, p.Error())
		}
	}
}
