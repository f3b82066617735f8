package soap

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"tundish/core"
	"tundish/wsdl/xml"
)

func TestOperationIsFoundByBodyWhateverTheSOAPActionSays(t *testing.T) {
	f := serve(t, nil)
	for name, header := range map[string]string{
		"quoted":   `SOAPAction: "urn:tundish:echo:v1/Echo"`,
		"unquoted": `SOAPAction: urn:tundish:echo:v1/Echo`,
		"empty":    `SOAPAction: ""`,
		"bare":     `SOAPAction: `,
		"missing":  `X-None: 1`,
		"wrong":    `SOAPAction: "urn:other/Delete"`,
	} {
		t.Run(name, func(t *testing.T) {
			f.wantEcho(t, f.post(t, message(SOAP11, "", echoBody("a")), header), "a")
		})
	}
}

func TestBothVersionsAreTakenAndAnsweredInKind(t *testing.T) {
	f := serve(t, nil)
	for _, v := range []Version{SOAP11, SOAP12} {
		for _, contentType := range []string{"text/xml", "application/soap+xml", "application/xml", "", `Application/SOAP+XML;action="x";charset="utf-8"`, "text/xml; charset=utf-8; bogus"} {
			t.Run(v.String()+" "+contentType, func(t *testing.T) {
				r := f.post(t, message(v, "", echoBody("b")), "Content-Type:"+contentType)
				f.wantEcho(t, r, "b")
				if got := r.header.Get("Content-Type"); got != v.mediaType()+"; charset=utf-8" {
					t.Errorf("answered as %s", got)
				}
				if !strings.Contains(r.body, v.Space()) {
					t.Errorf("answered in another version: %s", r.body)
				}
			})
		}
	}
}

func TestOtherMediaTypesAreRefused(t *testing.T) {
	f := serve(t, nil)
	for _, contentType := range []string{"application/json", "multipart/related; type=\"application/xop+xml\"", "text/plain", "application/x-www-form-urlencoded"} {
		r := f.post(t, message(SOAP11, "", echoBody("c")), "Content-Type: "+contentType)
		f.wantFault(t, r, 415, CodeClient, "Content-Type", "text/xml")
	}
}

func TestCharsetIsMirrored(t *testing.T) {
	f := serve(t, nil)
	const text = "镕燃气表𠮷€"
	for _, c := range []struct{ declared, contentType, label string }{
		{"", "", "utf-8"},
		{"UTF-8", "utf-8", "utf-8"},
		{"GBK", "", "gbk"},
		{"GB2312", "gb2312", "gb2312"},
		{"", "gb18030", "gb18030"},
		{"gb18030", "", "gb18030"},
		{"UTF-16", "", "utf-16"},
		{"", "utf-16", "utf-16"},
	} {
		t.Run(c.declared+"/"+c.contentType, func(t *testing.T) {
			doc := message(SOAP11, "", echoBody(text))
			if c.declared != "" {
				doc = `<?xml version="1.0" encoding="` + c.declared + `"?>` + doc
			}
			charset, _ := xml.ParseCharset(c.label)
			header := "Content-Type: text/xml"
			if c.contentType != "" {
				header += "; charset=" + c.contentType
			}
			r := f.post(t, string(xml.Encode(nil, []byte(doc), charset)), header)
			if got := r.header.Get("Content-Type"); got != "text/xml; charset="+c.label {
				t.Errorf("Content-Type %s, want charset %s", got, c.label)
			}
			decoded, _, err := xml.DecodeBytes([]byte(r.body), "")
			if err != nil || !strings.HasPrefix(string(decoded), `<?xml version="1.0" encoding="`+strings.ToUpper(c.label)+`"?>`) {
				t.Errorf("the answer declares another charset (%v): %s", err, decoded)
			}
			if c.label == "gb2312" && (!strings.Contains(string(decoded), "&#x9555;") || !strings.Contains(string(decoded), "&#x20BB7;")) {
				t.Errorf("what GB2312 lacks must leave as references: %s", decoded)
			}
			f.wantEcho(t, r, text)
			if e, _, _ := f.logged(t); !strings.EqualFold(e.Charset, c.label) {
				t.Errorf("logged charset %s", e.Charset)
			}
		})
	}
}

func TestConfiguredCharsets(t *testing.T) {
	f := serve(t, func(o *EndpointOptions) { o.AssumeCharset, o.AnswerCharset = "gbk", "GBK" })
	gbk, _ := xml.ParseCharset("gbk")
	r := f.post(t, string(xml.Encode(nil, []byte(message(SOAP11, "", echoBody("表"))), gbk)))
	f.wantEcho(t, r, "表")
	r = f.post(t, message(SOAP11, "", echoBody("plain")), "Content-Type: text/xml; charset=utf-8")
	if got := r.header.Get("Content-Type"); got != "text/xml; charset=gbk" {
		t.Errorf("answered in %s", got)
	}
}

func TestByteOrderMarkIsTaken(t *testing.T) {
	f := serve(t, nil)
	f.wantEcho(t, f.post(t, "\ufeff"+message(SOAP11, "", echoBody("d"))), "d")
	f.wantFault(t, f.post(t, "\ufeff\ufeff"+message(SOAP11, "", echoBody("d"))), 500, CodeClient, "byte order mark")
}

func TestHabitsOfCallersAreBorne(t *testing.T) {
	f := serve(t, nil)
	e11 := `xmlns:soapenv="` + Envelope11 + `"`
	for name, doc := range map[string]string{
		"any prefix":                  `<soapenv:Envelope ` + e11 + `><soapenv:Body><q7:Echo xmlns:q7="` + echoSpace + `"><q7:Text>x</q7:Text></q7:Echo></soapenv:Body></soapenv:Envelope>`,
		"envelope as default":         `<Envelope xmlns="` + Envelope11 + `"><Body><Echo xmlns="` + echoSpace + `"><Text>x</Text></Echo></Body></Envelope>`,
		"unqualified children":        message(SOAP11, "", `<e:Echo xmlns:e="`+echoSpace+`"><Text>x</Text></e:Echo>`),
		"no namespace at all":         message(SOAP11, "", `<Echo><Text>x</Text></Echo>`),
		"xsi:type noise":              message(SOAP11, "", `<Echo xmlns="`+echoSpace+`" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema"><Text xsi:type="xsd:string">x</Text></Echo>`),
		"encodingStyle":               `<s:Envelope xmlns:s="` + Envelope11 + `" s:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"><s:Body>` + echoBody("x") + `</s:Body></s:Envelope>`,
		"comments and PIs":            `<?xml version="1.0"?><!-- a --><?pi?>` + message(SOAP11, "", "<!-- b --><?pi x?>"+`<Echo xmlns="`+echoSpace+`"><!-- c --><Text>x<?pi?></Text></Echo>`+"<?pi?><!-- d -->") + "<!-- e -->\n",
		"white space":                 "\n" + strings.ReplaceAll(message(SOAP11, "", echoBody("x")), "><", ">\n  <") + "\n\n",
		"unknown header":              message(SOAP11, `<h:Trace xmlns:h="urn:x">1</h:Trace>`, echoBody("x")),
		"header not to be understood": message(SOAP11, `<h:Trace xmlns:h="urn:x" s:mustUnderstand="0">1</h:Trace>`, echoBody("x")),
		"header for somebody else":    message(SOAP11, `<h:Trace xmlns:h="urn:x" s:actor="urn:proxy" s:mustUnderstand="1">1</h:Trace>`, echoBody("x")),
		"role for somebody else":      message(SOAP12, `<h:Trace xmlns:h="urn:x" s:role="urn:proxy" s:mustUnderstand="true">1</h:Trace>`, echoBody("x")),
		"empty header":                message(SOAP11, " ", echoBody("x")),
		"surrogates as references":    message(SOAP11, "", echoBody("&#xD842;&#xDFB7;")),
		"CDATA":                       message(SOAP11, "", echoBody("<![CDATA[x]]>")),
	} {
		t.Run(name, func(t *testing.T) {
			want := "x"
			if strings.Contains(doc, "&#xD842;") {
				want = "𠮷"
			}
			f.wantEcho(t, f.post(t, doc), want)
		})
	}
}

func TestRefusedMessagesDoNothing(t *testing.T) {
	f := serve(t, nil)
	good := message(SOAP11, "", echoBody("x"))
	for name, c := range map[string]struct {
		doc   string
		words []string
	}{
		"two operations":            {message(SOAP11, "", echoBody("1")+echoBody("2")), []string{"second element <Echo>", "exactly one"}},
		"an unknown second element": {message(SOAP11, "", echoBody("1")+"<x/>"), []string{"second element <x>"}},
		"content after Body":        {strings.Replace(good, "</s:Body>", "</s:Body><x/>", 1), []string{"after the Body", "<x>"}},
		"a second Body":             {strings.Replace(good, "</s:Body>", "</s:Body><s:Body>"+echoBody("2")+"</s:Body>", 1), []string{"after the Body"}},
		"Header behind Body":        {strings.Replace(good, "</s:Body>", "</s:Body><s:Header/>", 1), []string{"after the Body"}},
		"two Headers":               {strings.Replace(good, "<s:Body>", "<s:Header/><s:Header/><s:Body>", 1), []string{"Header", "Body is due"}},
		"trailing garbage":          {good + "garbage", []string{"text behind the root"}},
		"a second envelope":         {good + good, []string{"second root"}},
		"truncated":                 {good[:len(good)-8], []string{"line 1"}},
		"truncated behind the Body": {strings.TrimSuffix(good, "</s:Envelope>"), []string{"ends inside"}},
		"text in the Body":          {message(SOAP11, "", "text"), []string{"text inside"}},
		"text behind the operation": {message(SOAP11, "", echoBody("1")+"text"), []string{"text inside"}},
		"empty Body":                {message(SOAP11, "", ""), []string{"Body is empty"}},
		"no Body":                   {`<s:Envelope xmlns:s="` + Envelope11 + `"/>`, []string{"no Body"}},
		"no Envelope":               {echoBody("x"), []string{"<Echo>", "Envelope"}},
		"no XML":                    {"hello", []string{"text before the root"}},
		"nothing":                   {"", []string{"empty"}},
		"a DTD":                     {`<!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]>` + good, nil},
		"undeclared prefix":         {message(SOAP11, "", "<q:Echo/>"), []string{"q"}},
		"duplicate attribute":       {message(SOAP11, "", `<Echo xmlns="`+echoSpace+`" a="1" a="2"/>`), nil},
		"lone surrogate":            {message(SOAP11, "", echoBody("&#xD842;")), nil},
		"unknown operation":         {message(SOAP11, "", `<Delete xmlns="`+echoSpace+`"/>`), []string{"<Delete>", "Echo"}},
		"wrong namespace":           {message(SOAP11, "", `<Echo xmlns="urn:other"><Text>x</Text></Echo>`), []string{"urn:other", echoSpace}},
		"required element missing":  {message(SOAP11, "", `<Echo xmlns="`+echoSpace+`"/>`), []string{"lacks the element Text"}},
		"no number":                 {message(SOAP11, "", `<Echo xmlns="`+echoSpace+`"><Text>x</Text><Times>many</Times></Echo>`), []string{"Times", "many", "such as 3"}},
		"bytes of no charset":       {message(SOAP11, "", echoBody("\xff\xff\xff")), nil},
	} {
		t.Run(name, func(t *testing.T) {
			fault := f.wantFault(t, f.post(t, c.doc), 500, CodeClient, append(c.words, "correlation id")...)
			d, ok := fault.Detail.(*orderFault)
			if !ok || d.Code == "" || d.Message == "" || d.CorrelationID == "" {
				t.Errorf("typed detail %+v", fault.Detail)
			}
			e, in, _ := f.logged(t)
			if e.Outcome != Refused || in != c.doc && !strings.Contains(c.doc, "\xff") {
				t.Errorf("logged as %s with request %q", e.Outcome, in)
			}
		})
	}
}

func TestAFaultNamesTheFieldFromTheRequestOn(t *testing.T) {
	f := serve(t, nil)
	r := f.post(t, message(SOAP11, "", `<Echo xmlns="`+echoSpace+`"><Text>x</Text><Times>many</Times></Echo>`))
	fault := f.wantFault(t, r, 500, CodeClient, "Times: line 1, column")
	if d, _ := fault.Detail.(*orderFault); d == nil || d.Field != "Times" {
		t.Errorf("detail %+v", d)
	}
}

func TestARefusalByTheSchemaIsInTheSystemsLanguage(t *testing.T) {
	bad := message(SOAP11, "", `<Echo xmlns="`+echoSpace+`"><Text><b/></Text></Echo>`)
	for language, want := range map[Language]string{
		Chinese: "Text/b：报文不符合接口约定：第 1 行第 ",
		English: "Text/b: line 1, column ",
	} {
		f := serve(t, func(o *EndpointOptions) { o.Language = language })
		fault := f.wantFault(t, f.post(t, bad), 500, CodeClient)
		d, ok := fault.Detail.(*orderFault)
		if !strings.HasPrefix(fault.String, want) || !ok || d.Message != fault.String {
			t.Errorf("%s: %q, detail %s; want %q", language, fault.String, fault.RawDetail, want)
		}
		if strings.Contains(fault.String, "where only text is allowed") != (language == English) || strings.Contains(fault.String, "<Text> 中出现元素 <b>，此处只允许文本") != (language == Chinese) {
			t.Errorf("%s: %q", language, fault.String)
		}
	}
}

func TestFaultOfVersion12HasItsOwnCodesAndStatus(t *testing.T) {
	f := serve(t, func(o *EndpointOptions) { o.Language = Chinese })
	r := f.post(t, message(SOAP12, "", "<x/>"), "Content-Type: application/soap+xml")
	f.wantFault(t, r, 400, CodeClient, "没有以 <x> 请求的操作", "关联号")
	if !strings.Contains(r.body, "soap:Sender") || !strings.Contains(r.body, `xml:lang="zh-CN"`) {
		t.Errorf("not a fault of 1.2: %s", r.body)
	}
	f.h.do = func(context.Context, *echo) (xml.Marshaler, error) { return nil, errors.New("boom") }
	r = f.post(t, message(SOAP12, "", echoBody("x")), "Content-Type: application/soap+xml")
	f.h.made()
	f.wantFault(t, r, 500, CodeServer, "系统内部错误")
}

func TestMustUnderstand(t *testing.T) {
	f := serve(t, nil)
	header := `<h:Tx xmlns:h="urn:x" s:mustUnderstand="1">1</h:Tx>`
	r := f.post(t, message(SOAP11, header, echoBody("x")))
	fault := f.wantFault(t, r, 500, CodeMustUnderstand, "{urn:x}Tx")
	if fault.RawDetail != nil {
		t.Errorf("a fault about a header has a detail: %s", fault.RawDetail)
	}
	r = f.post(t, message(SOAP12, strings.Replace(header, `"1"`, `"true"`, 1), echoBody("x")))
	f.wantFault(t, r, 500, CodeMustUnderstand)
	if !strings.Contains(r.body, `<soap:NotUnderstood`) || !strings.Contains(r.body, `qname="n0:Tx"`) || !strings.Contains(r.body, `xmlns:n0="urn:x"`) {
		t.Errorf("no NotUnderstood header: %s", r.body)
	}
}

func TestHeadersOfTheContractAreUnderstoodAndHandedOn(t *testing.T) {
	f := serve(t, func(o *EndpointOptions) { o.Headers = []xml.Name{{Space: "urn:x", Local: "Tx"}} })
	var got string
	f.h.do = func(ctx context.Context, in *echo) (xml.Marshaler, error) {
		got = string(ExchangeOf(ctx).Header("urn:x", "Tx"))
		return &echo{Local: "EchoResponse", Text: in.Text}, nil
	}
	f.wantEcho(t, f.post(t, message(SOAP11, `<h:Tx xmlns:h="urn:x" s:mustUnderstand="1">17</h:Tx>`, echoBody("x"))), "x")
	if !strings.Contains(got, ">17<") || !strings.Contains(got, `xmlns:h="urn:x"`) {
		t.Errorf("header handed on as %q", got)
	}
}

func TestVersionMismatch(t *testing.T) {
	f := serve(t, nil)
	r := f.post(t, `<s:Envelope xmlns:s="http://www.w3.org/2001/12/soap-envelope"><s:Body>`+echoBody("x")+`</s:Body></s:Envelope>`)
	f.wantFault(t, r, 500, CodeVersionMismatch, "http://www.w3.org/2001/12/soap-envelope", Envelope11, Envelope12)
	if !strings.Contains(r.body, "SupportedEnvelope") {
		t.Errorf("no Upgrade header: %s", r.body)
	}
}

func TestBusinessErrorsBecomeFaultsByKind(t *testing.T) {
	f := serve(t, nil)
	secret := errors.New("pq: password of hub is sesame")
	for _, c := range []struct {
		err  error
		code Code
		text string
	}{
		{core.Invalidf("unknown_type", "Order/Type", "type %q is not known; known are A, B", "类型 %q 未知", "C"), CodeClient, `Order/Type: type "C" is not known; known are A, B`},
		{core.Fail(core.NotFound, "unknown_order", "OrderNo", "no such order", "没有该工单"), CodeClient, "no such order"},
		{fmt.Errorf("amend hotline/1: %w", core.Fail(core.Conflict, "work_begun", "", "work has begun", "已开工")), CodeClient, "work has begun"},
		{core.Fail(core.Denied, "denied", "", "not your order", "不是您的工单"), CodeClient, "not your order"},
		{core.Because(core.Unavailable, "store_busy", secret), CodeServer, "send it again later"},
		{core.Fail(core.Unavailable, "full", "", "the store is full until 6 o'clock", "存储已满"), CodeServer, "the store is full"},
		{core.Because(core.Internal, "internal", secret), CodeServer, "an internal error"},
		{secret, CodeServer, "an internal error"},
		{context.DeadlineExceeded, CodeServer, "send it again later"},
		{&CallError{System: "gis", What: "no connection", Err: core.Because(core.Unavailable, "unavailable", secret)}, CodeServer, "send it again later"},
		{fmt.Errorf("locate: %w", &Fault{received: true, Code: CodeClient, String: secret.Error(), Err: core.Fail(core.Invalid, "fault", "", secret.Error(), "")}), CodeServer, "an internal error"},
	} {
		f.h.do = func(context.Context, *echo) (xml.Marshaler, error) { return nil, c.err }
		r := f.post(t, message(SOAP11, "", echoBody("x")))
		f.h.made()
		fault := f.wantFault(t, r, 500, c.code, c.text)
		if strings.Contains(r.body, "sesame") {
			t.Errorf("the fault tells secrets: %s", r.body)
		}
		d, ok := fault.Detail.(*orderFault)
		if !ok || d.Code == "" || !strings.Contains(d.Message, c.text) {
			t.Errorf("%v: detail %+v", c.err, fault.Detail)
		}
	}
}

type tellingError struct{ error }

func (e tellingError) Unwrap() error { return e.error }
func (tellingError) FaultDetail() xml.Marshaler {
	return &orderFault{Code: "own", Message: "mine", CorrelationID: "7"}
}

func TestAnErrorMayBringItsOwnDetail(t *testing.T) {
	f := serve(t, nil)
	f.h.do = func(context.Context, *echo) (xml.Marshaler, error) {
		return nil, fmt.Errorf("submit: %w", tellingError{core.Fail(core.Conflict, "x", "", "y", "")})
	}
	r := f.post(t, message(SOAP11, "", echoBody("x")))
	f.h.made()
	fault := f.wantFault(t, r, 500, CodeClient)
	if d, _ := fault.Detail.(*orderFault); d == nil || d.Code != "own" {
		t.Errorf("detail %+v", fault.Detail)
	}
}

func TestADetailThatCannotBeWrittenDoesNotChangeTheRefusal(t *testing.T) {
	f := serve(t, func(o *EndpointOptions) { o.Detail = func(*core.Error, string) xml.Marshaler { return panicking{} } })
	fault := f.wantFault(t, f.post(t, message(SOAP11, "", "<x/>")), 500, CodeClient, "no operation")
	if fault.RawDetail != nil {
		t.Errorf("detail %s", fault.RawDetail)
	}
}

// contractFault is an error of a contract's own, like the generated OrderFault.
type contractFault struct{ orderFault }

func (f *contractFault) Error() string              { return f.Code + ": " + f.Message }
func (f *contractFault) FaultDetail() xml.Marshaler { return &f.orderFault }

func TestTheContractsOwnFaultIsARefusal(t *testing.T) {
	f := serve(t, nil)
	f.h.do = func(context.Context, *echo) (xml.Marshaler, error) {
		return nil, &contractFault{orderFault{Code: "ended", Message: "the order has ended", CorrelationID: "1"}}
	}
	r := f.post(t, message(SOAP11, "", echoBody("x")))
	f.h.made()
	fault := f.wantFault(t, r, 500, CodeClient, "the order has ended")
	if d, _ := fault.Detail.(*orderFault); d == nil || d.Code != "ended" {
		t.Errorf("detail %+v", fault.Detail)
	}
}

func TestDetailCodesAreThoseOfTheContracts(t *testing.T) {
	f := serve(t, nil)
	for _, c := range []struct {
		err  error
		code string
	}{
		{nil, "invalid_message"}, // the message itself is bad
		{core.Because(core.Unavailable, "store_busy", errors.New("x")), "try_later"},
		{errors.New("x"), "internal"},
		{core.Fail(core.Denied, "", "", "no", "不"), "not_authorised"},
		{core.Fail(core.Conflict, "work_begun", "", "no", "不"), "work_begun"},
		{fmt.Errorf("read what was inside: %w", &xml.Error{Kind: xml.Schema, Msg: "no"}), "invalid_message"},
	} {
		body := echoBody("x")
		if c.err == nil {
			body = "<x/>"
		}
		f.h.do = func(context.Context, *echo) (xml.Marshaler, error) { return nil, c.err }
		_, fault := f.post(t, message(SOAP11, "", body)).answer(t)
		if d, _ := fault.Detail.(*orderFault); d == nil || d.Code != c.code {
			t.Errorf("%v: detail %+v, want code %s", c.err, d, c.code)
		}
	}
}

func TestPanicsStayInside(t *testing.T) {
	f := serve(t, nil)
	f.h.do = func(context.Context, *echo) (xml.Marshaler, error) { panic("secret: runtime error") }
	r := f.post(t, message(SOAP11, "", echoBody("x")))
	f.h.made()
	f.wantFault(t, r, 500, CodeServer, "an internal error", "correlation id")
	if strings.Contains(r.body, "secret") || strings.Contains(r.body, "goroutine") {
		t.Errorf("the panic is told outside: %s", r.body)
	}
	f.h.do = func(context.Context, *echo) (xml.Marshaler, error) { return panicking{}, nil }
	r = f.post(t, message(SOAP11, "", echoBody("x")))
	f.h.made()
	f.wantFault(t, r, 500, CodeServer, "an internal error")
	if e, _, _ := f.logged(t); e.Outcome != Failed || e.Err == nil {
		t.Errorf("logged as %v, %v", e.Outcome, e.Err)
	}
}

type panicking struct{}

func (panicking) MarshalXML(*xml.Writer) error { panic("while writing") }

func TestBodyLimit(t *testing.T) {
	f := serve(t, func(o *EndpointOptions) { o.Limits.Body = 10_000 })
	long := message(SOAP11, "", echoBody(strings.Repeat("x", 10_000)))
	f.wantFault(t, f.post(t, long), 413, CodeClient, "10000 bytes")
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	z.Write([]byte(message(SOAP11, "", echoBody(strings.Repeat("x", 10_000_000)))))
	z.Close()
	if bomb.Len() > 10_000+5_000 {
		t.Fatalf("the bomb weighs %d bytes", bomb.Len())
	}
	f.wantFault(t, f.post(t, bomb.String(), "Content-Encoding: gzip"), 413, CodeClient, "10000 bytes")
}

func TestDepthLimit(t *testing.T) {
	f := serve(t, nil)
	doc := message(SOAP11, strings.Repeat("<a>", 100)+strings.Repeat("</a>", 100), echoBody("x"))
	f.wantFault(t, f.post(t, doc), 500, CodeClient, "64")
}

func TestGzipInAndOut(t *testing.T) {
	f := serve(t, nil)
	text := strings.Repeat("水表", 2000)
	zipped := string(zip([]byte(message(SOAP11, "", echoBody(text)))))
	r := f.post(t, zipped, "Content-Encoding: gzip", "Accept-Encoding: deflate, gzip;q=0.5")
	if r.header.Get("Content-Encoding") != "gzip" {
		t.Fatalf("answer not zipped: %v", r.header)
	}
	z, err := gzip.NewReader(strings.NewReader(r.body))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := readAll(z, nil, 1<<20, -1)
	if err != nil {
		t.Fatal(err)
	}
	r.body = string(plain)
	f.wantEcho(t, r, text)
	if e, in, out := f.logged(t); !strings.Contains(in, text) || !strings.Contains(out, text) || e.Status != 200 {
		t.Error("the log must hold messages unzipped")
	}
	r = f.post(t, message(SOAP11, "", echoBody(text)), "Accept-Encoding: gzip;q=0, identity")
	f.wantEcho(t, r, text)
	middle := len(zipped) / 2
	for name, body := range map[string]string{
		"cut off":       zipped[:len(zipped)-20],
		"header only":   zipped[:10],
		"plain":         "this is not gzip",
		"nothing":       "",
		"no deflate":    zipped[:10] + strings.Repeat("\xff", 100),
		"another sum":   zipped[:len(zipped)-8] + "\x00\x00\x00\x00" + zipped[len(zipped)-4:],
		"a byte broken": zipped[:middle] + string(zipped[middle]^0x55) + zipped[middle+1:],
		"more behind":   zipped + "<more/>",
	} {
		fault := f.wantFault(t, f.post(t, body, "Content-Encoding: gzip"), 400, CodeClient, "not the gzip that Content-Encoding promises")
		if strings.Contains(fault.String, "arrive") {
			t.Errorf("%s: %s", name, fault.String)
		}
	}
	// Where the connection breaks off it is not the packing that is to blame.
	head := rawHead + fmt.Sprintf("Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n", len(zipped))
	f.wantFault(t, one(t, talk(t, f, true, head+zipped[:middle])), 400, CodeClient, "did not arrive whole")
	f.wantFault(t, one(t, talk(t, f, true, head+zipped[:5])), 400, CodeClient, "did not arrive whole")
	f.wantFault(t, f.post(t, "x", "Content-Encoding: br"), 415, CodeClient, "br")
}

func TestAnswerInTheContractsOwnShape(t *testing.T) {
	f := serve(t, func(o *EndpointOptions) {
		o.Shape = Shape{Prefix: "SOAP-ENV", Declare: []Prefix{{"xsd", "http://www.w3.org/2001/XMLSchema"}}, ContentType: "text/plain", NoDeclaration: true}
		o.Refusal = func(_ context.Context, op Operation, f *Fault) xml.Marshaler {
			return &echo{Local: "EchoResponse", Text: "ERR " + core.CodeOf(f.Err) + " " + op.Name}
		}
	})
	r := f.post(t, message(SOAP11, "", echoBody("x")))
	f.wantEcho(t, r, "x")
	if want := `<SOAP-ENV:Envelope xmlns:SOAP-ENV="` + Envelope11 + `" xmlns:xsd="http://www.w3.org/2001/XMLSchema"><SOAP-ENV:Body>`; !strings.HasPrefix(r.body, want) {
		t.Errorf("answer begins %.200s", r.body)
	}
	if got := r.header.Get("Content-Type"); got != "text/plain; charset=utf-8" {
		t.Errorf("Content-Type %s", got)
	}
	r = f.post(t, message(SOAP11, "", echoBody("1")+echoBody("2")))
	if e, fault := r.answer(t); fault != nil || e.Text != "ERR two_operations Echo" || r.status != 200 {
		t.Errorf("refusal answered with %d %+v %v", r.status, e, fault)
	}
	if calls := f.h.made(); len(calls) > 0 {
		t.Errorf("calls %q", calls)
	}
}

func TestHandlerFindsItsExchange(t *testing.T) {
	f := serve(t, nil)
	f.h.do = func(ctx context.Context, in *echo) (xml.Marshaler, error) {
		Identify(ctx, "A-1", "WO1")
		e := ExchangeOf(ctx)
		return &echo{Local: "EchoResponse", Text: CorrelationID(ctx) + string(e.System) + Zone(ctx).String() + fmt.Sprint(strings.Contains(string(e.Request()), "<Text>x"))}, nil
	}
	r := f.post(t, message(SOAP11, `<MessageID xmlns="`+addressing10+`">urn:m:1</MessageID>`, echoBody("x")))
	if e, _ := r.answer(t); e == nil || e.Text != "urn:m:1echoUTCtrue" {
		t.Errorf("answer %+v", e)
	}
	if e, _, _ := f.logged(t); e.External != "A-1" || e.Order != "WO1" || e.CorrelationID != "urn:m:1" || e.Operation != "Echo" || e.Took <= 0 {
		t.Errorf("logged %+v", e)
	}
}
