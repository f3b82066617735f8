package scaffold

import (
	"html"
	"strings"
	"testing"

	"tundish/wsdl/shape"
	"tundish/wsdl/xml"
)

func sample(t testing.TB, message string) *Sample {
	t.Helper()
	r := xml.NewReaderBytes([]byte(message), xml.Limits{})
	if _, err := r.Next(); err != nil {
		t.Fatal(err)
	}
	s, err := ReadSample(r)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func lacks(t *testing.T, text string, wanted ...string) {
	t.Helper()
	for _, want := range wanted {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

// Documents in strings show what is in them, lists and documents in documents too, in
// whatever direction they travel.
func TestSamplesShowWhatStandsInStrings(t *testing.T) {
	s := service(t, element("Send", "user", "strXml")+element("SendResponse", "SendResult")+element("GetList", "xml")+element("GetListResponse", "GetListResult")+
		element("WriteBack", "user", "xml")+element("WriteBackResponse", "WriteBackResult"), "Send GetList WriteBack")
	inner := `<Q><BODY>` + html.EscapeString(`<ROWS><ROW><GDBH>1</GDBH><LXDH>021 1</LXDH><DZ>x</DZ><FSSJ>20260511</FSSJ></ROW><ROW><GDBH>2</GDBH><YL>x</YL></ROW></ROWS>`) + `</BODY></Q>`
	samples := []*Sample{
		sample(t, `<Send xmlns="urn:t"><user>u</user><strXml>`+html.EscapeString(inner)+`</strXml></Send>`),
		sample(t, `<SendResponse xmlns="urn:t"><SendResult>{"code":"0","msg":"ok","gdbh":"1","more":["a","b"]}</SendResult></SendResponse>`),
		sample(t, `<GetListResponse xmlns="urn:t"><GetListResult>`+html.EscapeString(`<?xml version="1.0" encoding="GBK"?><LIST><N>1</N><ROW><工单编号>1</工单编号><地址>x</地址></ROW><ROW/></LIST>`)+`</GetListResult></GetListResponse>`),
		sample(t, `<GetList xmlns="urn:t"><xml>`+html.EscapeString(`<Q><kssj>2026-05-11 00:00:00</kssj></Q>`)+`</xml></GetList>`),
		sample(t, `<WriteBack xmlns="urn:t"><xml>`+html.EscapeString(`<W no="1"><wcsj>2026-05-11 00:00:00</wcsj><cljg>换阀门并试压</cljg><gdbh>2</gdbh></W>`)+`</xml></WriteBack>`),
		sample(t, `<WriteBackResponse xmlns="urn:t"><WriteBackResult>`+html.EscapeString(`<R><code>1</code><msg>成功</msg></R>`)+`</WriteBackResult></WriteBackResponse>`),
	}
	text, sum := written(t, s, Options{Name: "x", WSDL: "x.wsdl", Samples: samples})
	if sum.Served != 1 || sum.Pulled != 1 || sum.Called != 1 {
		t.Errorf("%+v", sum)
	}
	lacks(t, text,
		"    document: {at: Send/strXml, root: Q, document: {at: Q/BODY, root: ROWS}} # as samples show it\n    each: ROWS/ROW # guess\n",
		"      ref: GDBH # guess", `customer.phone: {from: LXDH, strip: " -"} # guess`, `report.occurred_at: {from: FSSJ, layout: "yyyyMMdd"} # guess`, "      # ?: YL # string\n",
		"        SendResponse/SendResult:\n          document:\n            json: true\n            fields:\n              code: {value: \"0\"} # guess; string", "gdbh: order.no # guess", "# more: ? # string, repeated",
		"      GetList/xml: # as samples show it\n        document:\n          root: Q\n          fields:\n            kssj: {from: window.from, as: datetime, layout: \"yyyy-MM-dd HH:mm:ss\"} # guess",
		"    answer:\n      document: GetListResponse/GetListResult # as samples show it\n      otherwise: done\n    each: LIST/ROW # guess", "ref: 工单编号 # guess",
		"      # WriteBack/user: ? # string\n      WriteBack/xml: # as samples show it\n", "            gdbh: order.ref # guess", "cljg: order.completion.work # guess",
		"      document: WriteBackResponse/WriteBackResult # as samples show it\n      done: [{path: R/code, in: [\"1\"]}] # guess", "      message: R/msg # guess",
	)
}

// Without a contract the samples alone yield a mapping, with the namespaces that they have.
func TestSamplesAloneYieldAMapping(t *testing.T) {
	samples := []*Sample{
		sample(t, `<a:submitOrder xmlns:a="urn:a" kind="2"><gdbh>1</gdbh><lxdh>1</lxdh><photos><photo><mc>a.png</mc><nr>`+strings.Repeat("iVBORw0KGgo=", 9)[:96]+`</nr></photo></photos></a:submitOrder>`),
		sample(t, `<a:submitOrderResponse xmlns:a="urn:a"><code>0</code><gdbh>1</gdbh></a:submitOrderResponse>`),
		sample(t, `<finishOrder xmlns="urn:b"><gdbh>1</gdbh><wcsj>2026-05-11T00:00:00</wcsj></finishOrder>`),
		sample(t, `<finishOrderResponse xmlns="urn:b"><return>true</return><success>true</success></finishOrderResponse>`),
	}
	s, err := Sampled(samples)
	if err != nil {
		t.Fatal(err)
	}
	text, sum := written(t, s, Options{Name: "x", Samples: samples})
	if sum.Operations != 2 || sum.Served != 1 || sum.Called != 1 {
		t.Errorf("%+v", sum)
	}
	lacks(t, text, "written from sample messages", "\n  submitOrder:\n", "ref: gdbh # guess", `        "{urn:a}submitOrderResponse/{}code": {value: "0"} # guess`, `"{urn:a}submitOrderResponse/{}gdbh": order.ref # guess`,
		`"{urn:b}finishOrder/gdbh": order.ref # guess`, `"{urn:b}finishOrder/wcsj": order.completion.finished_at # guess`, `done: [{path: finishOrderResponse/success, in: ["true"]}] # guess`)
	if strings.Contains(text, "wsdl:") || strings.Contains(text, "title:") {
		t.Errorf("%s", text)
	}
}

// Of what a sample says about people nothing gets into a file that is passed on.
func TestNoTextOfAPersonGetsIntoAScaffold(t *testing.T) {
	samples := []*Sample{sample(t, `<AddOrder><gdbh>GD-77</gdbh><lxr>张丽</lxr><lxdh>13801234567</lxdh><dz>长堤路1号</dz><nr>漏水</nr><lx>这是一段很长很长的描述文字</lx></AddOrder>`)}
	s, err := Sampled(samples)
	if err != nil {
		t.Fatal(err)
	}
	text, _ := written(t, s, Options{Name: "x", Samples: samples})
	for _, secret := range []string{"GD-77", "张丽", "138", "长堤路", "漏水", "描述"} {
		if strings.Contains(text, secret) {
			t.Errorf("%q is in\n%s", secret, text)
		}
	}
}

// What begins with a word for looking something up does that, and about one order only where
// it is asked for by its number.
func TestWhatLooksSomethingUpIsToldFromWhatTells(t *testing.T) {
	s := service(t, element("QueryHandleResult", "gdbh")+element("QueryHandleResultResponse", "clnr", "wcsj")+element("GetCustomer", "hh")+element("GetCustomerResponse", "hm")+
		element("QueryOrders", "kssj", "jssj", "gdbh")+element("QueryOrdersResponse", rows("rows", "row", "gdbh", "dz", "nr"))+element("handleResult", "gdbh", "clnr", "wcsj")+element("handleResultResponse", "r")+
		element("查询进度", "工单编号")+element("查询进度Response", "状态"),
		"QueryHandleResult GetCustomer QueryOrders handleResult 查询进度")
	text, sum := written(t, s, Options{Name: "x", WSDL: "x.wsdl"})
	if sum.Served != 2 || sum.Pulled != 1 || sum.Called != 1 {
		t.Errorf("%+v", sum)
	}
	lacks(t, text, "  QueryHandleResult:\n    does: query # guess\n    order:\n      ref: gdbh # guess; string\n", "  查询进度:\n    does: query # guess\n",
		"# GetCustomer: it looks something up, but neither one order by its number nor a list of orders\n", "    operation: handleResult\n", "    operation: QueryOrders\n")
}

func TestAListOfPhotosIsAttachments(t *testing.T) {
	s := service(t, element("AddOrder", "gdbh", "dz", rows("zplb", "zp", "mc", "pssj", "nr:base64Binary", "bz"))+element("AddOrderResponse"), "AddOrder")
	text, _ := written(t, s, Options{Name: "x", WSDL: "x.wsdl"})
	lacks(t, text, `report.attachments: {each: zplb/zp, content: nr, name: mc, taken_at: pssj, layout: "yyyy-MM-dd HH:mm:ss"} # guess; base64Binary`, `# ?: "zplb/zp[1]/mc" # string; see report.attachments`)
	other := service(t, element("AddOrder", "gdbh", "dz", rows("lines", "line", "nr:base64Binary"))+element("AddOrderResponse"), "AddOrder")
	if text, _ := written(t, other, Options{Name: "x"}); strings.Contains(text, "report.attachments") {
		t.Errorf("nobody calls that a photo:\n%s", text)
	}
}

// The header that a contract wants stands there with the key that fills it.
func TestAHeaderOfTheContractIsTold(t *testing.T) {
	s := service(t, element("AddOrder", "gdbh", "dz")+element("AddOrderResponse")+element("Ticket", "userName", "password", "lang"), "AddOrder")
	head := service(t, element("Ticket", "userName", "password", "lang")+element("TicketResponse"), "Ticket")
	s.Operations[0].Headers = []*shape.Node{head.Operations[0].Request}
	text, _ := written(t, s, Options{Name: "x", WSDL: "x.wsdl"})
	lacks(t, text, "# header: # the contract wants a SOAP header.", "\n#   Ticket/password: {secret: ?} # string\n#   Ticket/lang: ? # string\n", "credentials.in.accept")
}

func FuzzSamples(f *testing.F) {
	for _, text := range []string{`<a><b>1</b></a>`, `<AddOrder k="v"><gdbh>1</gdbh><x>&lt;R>&lt;a/>&lt;/R></x></AddOrder>`, `<a>{"b":[{"c":1}]}</a>`, `<a xmlns="u"><b/><b xmlns="">2</b></a>`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r := xml.NewReaderBytes([]byte(text), xml.Limits{})
		if _, err := r.Next(); err != nil {
			return
		}
		one, err := ReadSample(r)
		if err != nil {
			return
		}
		s, err := Sampled([]*Sample{one})
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if _, _, err := Write(s, Options{Name: "x", Samples: []*Sample{one}}); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	})
}
