package scaffold

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"tundish/adapters/mapping"
	"tundish/config/lang"
	"tundish/wsdl/contract"
	"tundish/wsdl/shape"
)

var update = flag.Bool("update", false, "write the golden files anew")

// service reads a contract written for these tests: operations with what stands in their
// requests and answers.
func service(t *testing.T, elements, operations string) *shape.Service {
	t.Helper()
	doc := `<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:s="http://www.w3.org/2001/XMLSchema" xmlns:t="urn:t" targetNamespace="urn:t">
<types><s:schema elementFormDefault="qualified" targetNamespace="urn:t">` + elements + `</s:schema></types>`
	ports, bound := "", ""
	for name := range strings.FieldsSeq(operations) {
		doc += `<message name="` + name + `In"><part name="p" element="t:` + name + `"/></message><message name="` + name + `Out"><part name="p" element="t:` + name + `Response"/></message>`
		ports += `<operation name="` + name + `"><input message="t:` + name + `In"/><output message="t:` + name + `Out"/></operation>`
		bound += `<operation name="` + name + `"><soap:operation soapAction="urn:` + name + `"/><input><soap:body use="literal"/></input><output><soap:body use="literal"/></output></operation>`
	}
	doc += `<portType name="P">` + ports + `</portType><binding name="B" type="t:P"><soap:binding transport="http://schemas.xmlsoap.org/soap/http"/>` + bound + `</binding>
<service name="HotlineService"><port name="HotlineSoap" binding="t:B"><soap:address location="http://old.example/"/></port></service></definitions>`
	defs, err := contract.Load(fstest.MapFS{"a.wsdl": {Data: []byte(doc)}}, "a.wsdl")
	if err != nil || defs.Check() != nil {
		t.Fatal(err, defs.Check())
	}
	s, err := shape.New(defs, shape.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func element(name string, inside ...string) string {
	fields := ""
	for _, f := range inside {
		if strings.HasPrefix(f, "<") {
			fields += f
			continue
		}
		field, typ, found := strings.Cut(f, ":")
		if !found {
			typ = "string"
		}
		fields += `<s:element name="` + field + `" type="s:` + typ + `" minOccurs="0"/>`
	}
	return `<s:element name="` + name + `"><s:complexType><s:sequence>` + fields + `</s:sequence></s:complexType></s:element>`
}

func rows(name, row string, inside ...string) string {
	one := strings.Replace(element(row, inside...), `name="`+row+`"`, `name="`+row+`" minOccurs="0" maxOccurs="unbounded"`, 1)
	return strings.Replace(element(name, one), `name="`+name+`"`, `name="`+name+`" minOccurs="0"`, 1)
}

func hotline(t *testing.T) *shape.Service {
	return service(t,
		element("SubmitRepair", "user", "password", rows("repairs", "repair", "S_BH", "S_LX", "I_JJCD:int", "S_HM", "S_LXDH", "S_DZ", "S_KOUJING", "D_FSSJ", "F_X:double", "F_Y:double", "S_NR", "S_YL1"))+
			element("SubmitRepairResponse", "SubmitRepairResult")+
			element("工单回写", "工单编号", "处理内容", "完成时间", "旧表止码", "口令")+element("工单回写Response", "结果")+
			element("GetDueMeters", "kssj", "pageNo:int", "pageSize:int")+element("GetDueMetersResponse", rows("rows", "row", "workOrderNo", "accountNo", "custAddr", "meterNo", "caliber:int", "installDate:date"))+
			element("ExecuteXml", "strXml")+element("ExecuteXmlResponse", "ExecuteXmlResult")+
			element("Ping")+element("PingResponse"),
		"SubmitRepair 工单回写 GetDueMeters ExecuteXml Ping")
}

func written(t *testing.T, s *shape.Service, opt Options) (string, Summary) {
	t.Helper()
	text, sum, err := Write(s, opt)
	if err != nil {
		t.Fatal(err)
	}
	return string(text), sum
}

func TestAScaffoldGuessesWhatIsWellKnown(t *testing.T) {
	s := hotline(t)
	text, sum := written(t, s, Options{Name: NameOf(s.Name), WSDL: "hotline-service/hotline-service.wsdl"})
	if sum.Operations != 5 || sum.Served != 1 || sum.Called != 1 || sum.Pulled != 1 {
		t.Errorf("%+v", sum)
	}
	file := filepath.Join("testdata", "hotline-service.yaml")
	if *update {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if text != string(want) {
		t.Errorf("differs from %s (go test -update writes it anew):\n%s", file, text)
	}
}

// A message about an order that is known has no use for what only a new one has.
func TestWishesAboutKnownOrdersAreGuessed(t *testing.T) {
	s := service(t, element("CancelOrder", "gdbh", "qxyy", "lxdh")+element("CancelOrderResponse", "r")+element("催办", "工单编号", "催单原因")+element("催办Response", "r")+
		element("Revisit", "gdbh", "bz")+element("RevisitResponse", "r"), "CancelOrder 催办 Revisit")
	text, sum := written(t, s, Options{Name: "wishes"})
	if sum.Served != 2 {
		t.Errorf("%+v", sum)
	}
	for _, want := range []string{
		"\n  CancelOrder:\n    does: cancel # guess\n    order:\n      ref: gdbh # guess; string\n      reason: qxyy # guess; string\n      # ?: lxdh # string\n",
		"    does: expedite # guess\n", "#    does: follow_up # guess\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

// A required place that nothing was guessed for costs the operation, not the file.
func TestWhatDoesNotPassTheChecksIsTakenBack(t *testing.T) {
	must := `<s:element name="zzz" type="s:int"/>`
	s := service(t, element("WriteBackResult", "orderNo", "finishTime", must)+element("WriteBackResultResponse")+element("CancelOrder", "orderNo", "reason")+element("CancelOrderResponse"), "WriteBackResult CancelOrder")
	text, sum := written(t, s, Options{Name: "x", WSDL: "x/x.wsdl"})
	if sum.Called != 0 || !strings.Contains(text, "# WriteBackResult: perhaps call: result, but: ") || !strings.Contains(text, "#      WriteBackResult/orderNo: order.ref # guess") {
		t.Errorf("%+v\n%s", sum, text)
	}
}

// What is commented out is written as it would stand there: without its marks the file is
// one that decodes, but for the question marks.
func TestAScaffoldListsEveryOperationAndField(t *testing.T) {
	s := hotline(t)
	text, _ := written(t, s, Options{Name: "x"})
	for _, op := range s.Operations {
		if !strings.Contains(text, quoted(op.Name)+":") && !strings.Contains(text, "operation: "+op.Name) {
			t.Errorf("%s is not listed", op.Name)
		}
		for _, root := range []*shape.Node{op.Request, op.Response} {
			for _, l := range leaves(root) {
				if !strings.Contains(text, l.name) {
					t.Errorf("%s: %s is not listed", op.Name, l.path)
				}
			}
		}
	}
	if only, sum := written(t, s, Options{Name: "x", Operations: []string{"Ping"}}); sum.Operations != 1 || strings.Contains(only, "SubmitRepair") {
		t.Errorf("%s", only)
	}
}

func TestAScaffoldOfHundredsOfOperationsPassesTheChecks(t *testing.T) {
	elements, operations := "", ""
	for i := range 300 {
		name := []string{"AddWorkOrder", "UpdateOrderStatus", "CompleteOrder", "QueryOrders", "CancelOrder", "Weird"}[i%6] + strconv.Itoa(i)
		operations += name + " "
		elements += element(name, "orderNo", "orderType", "yes", "address", "status", "finishTime", "result", rows("list", "item", "工单号", "内容", "a b"[:1]))
		elements += element(name+"Response", rows("list", "item", "orderNo", "address"))
	}
	began := time.Now()
	text, sum := written(t, service(t, elements, operations), Options{Name: "x", WSDL: "x.wsdl"})
	if sum.Operations != 300 || sum.Served < 40 || sum.Called != 2 || sum.Pulled != 50 || strings.Count(text, "\n") < 3000 {
		t.Errorf("%+v", sum)
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("it took %s", took)
	}
}

// The table of words speaks of fields that there are.
func TestTheWordsLeadToFieldsOfOurs(t *testing.T) {
	for name, known := range map[string][]string{"inward": mapping.OrderFields(), "outward": mapping.ValueNames(), "asked": mapping.ValueNames()} {
		words := map[string]map[string][]string{"inward": inward, "outward": outward, "asked": asked}[name]
		for word, fields := range words {
			for _, f := range fields {
				if !slices.Contains(known, f) {
					t.Errorf("%s: %s means %s, and there is no such field%s", name, word, f, lang.Nearest(f, known))
				}
			}
		}
	}
	for _, f := range mapping.OrderFields() {
		known := f == "place.point" || strings.HasPrefix(f, "report.attachments")
		for _, fields := range inward {
			known = known || slices.Contains(fields, f)
		}
		if !known {
			t.Errorf("no word leads to %s", f)
		}
	}
}

func TestNamesAreKnownInManySpellings(t *testing.T) {
	free := func(string) bool { return true }
	for spelled, field := range map[string]string{
		"workOrderNo": "ref", "S_BH": "ref", "受理编号": "ref", "GongDanHao": "ref", "customer/name": "customer.name", "Customer/accountNo": "customer.account",
		"S_HH": "customer.account", "strHuHao": "customer.account", "联系电话": "customer.phone", "TEL_NO": "customer.phone", "I_KOUJING": "meter.diameter_mm", "S_SHUIBIAOGYH": "meter.stamp",
		"XXDZ": "place.address", "meter/no": "meter.serial", "colour": "",
	} {
		parent, name, ok := strings.Cut(spelled, "/")
		if !ok {
			parent, name = "", spelled
		}
		if got := guess(inward, parent, name, free); got != field {
			t.Errorf("%s is %q, want %q", spelled, got, field)
		}
	}
	for service, name := range map[string]string{"HotlineService": "hotline-service", "热线": "system", "3rdParty": "system-3rd-party", "MDM_Server": "mdm-server"} {
		if got := NameOf(service); got != name {
			t.Errorf("%s is called %s, want %s", service, got, name)
		}
	}
}
