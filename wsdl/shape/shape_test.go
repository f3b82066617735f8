package shape

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"tundish/wsdl/contract"
	"tundish/wsdl/xml"
)

func open(t *testing.T, file string) *Service {
	t.Helper()
	defs, err := contract.Load(os.DirFS("testdata"), file)
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(defs, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// outline shows the children of a node on one line.
func outline(n *Node) string {
	var parts []string
	for _, c := range n.Children() {
		high := fmt.Sprint(c.Max)
		if c.Max == Unbounded {
			high = "*"
		}
		parts = append(parts, fmt.Sprintf("%s %d..%s c%d/%d r%d", c.Name.Local, c.Min, high, c.Choice, c.Branch, c.Repeat))
	}
	return strings.Join(parts, "; ")
}

func TestDocumentMessagesAreTreesInSchemaOrder(t *testing.T) {
	s := open(t, "readings.wsdl")
	if s.Port != "S11" || s.SOAP != contract.SOAP11 || s.Address != "http://old.example/11" {
		t.Errorf("SOAP 1.1 comes first, got %+v", s)
	}
	op, ok := s.Operation("Submit")
	if !ok || op.Err != nil || op.Action != "urn:submit" || op.Style != "document" || op.Use != "literal" || op.OneWay {
		t.Fatalf("%+v", op)
	}
	if len(op.Headers) != 1 || op.Headers[0].Name.Local != "Session" || op.Request.Name != (xml.Name{Space: "urn:readings", Local: "Submit"}) {
		t.Errorf("a header part stays out of the body: %+v", op.Headers)
	}
	order, err := op.Request.Find([]string{"order"})
	if err != nil {
		t.Fatal(err)
	}
	const want = "number 1..1 c0/0 r0; phone 0..1 c1/1 r0; mail 0..1 c1/2 r0; web 0..1 c1/2 r0; from 0..3 c0/0 r1; to 0..3 c0/0 r1; " +
		"Device 0..1 c0/0 r0; part 0..1 c0/0 r0; amount 0..1 c0/0 r0; local 1..1 c0/0 r0;  0..1 c0/0 r0"
	if got := outline(order); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if a := order.Attributes(); len(a) != 1 || a[0].Name.Local != "id" || !a[0].Required {
		t.Errorf("attributes of the base: %+v", a)
	}
	local, _ := order.Find([]string{"local"})
	if local.Name.Space != "" || !local.Nillable {
		t.Errorf("an unqualified nillable local: %+v", local)
	}
	if table, err := op.Response.Find([]string{"table"}); err != nil || !table.DataSet {
		t.Errorf("a data set: %+v %v", table, err)
	}
}

func TestPathsLeadThroughRecursionSubstitutesAndDerivedTypes(t *testing.T) {
	op, _ := open(t, "readings.wsdl").Operation("Submit")
	for path, typ := range map[string]string{
		"order/part/part/part/name":        "string",
		"order[@id='1']/number":            "string",
		"order/{urn:readings}Meter":        "string",
		"order/deadline":                   "dateTime",
		"order/@id":                        "int",
		"order/amount/@unit":               "string",
		"order/amount":                     "decimal",
		"*/to":                             "time",
		"order/whatever/is/below/any":      "",
		"order/part/part[2]/part[1]/@name": "refused",
	} {
		n, err := op.Request.Find(strings.Split(path, "/"))
		switch {
		case typ == "refused":
			if err == nil {
				t.Errorf("%s: found %+v", path, n)
			}
		case err != nil:
			t.Errorf("%s: %v", path, err)
		case typ == "" && !n.Any, typ != "" && (n.Simple == nil || n.Simple.Builtin != typ):
			t.Errorf("%s: %+v", path, n)
		}
	}
	_, err := op.Request.Find([]string{"order", "part", "nmae"})
	bad, ok := err.(*PathError)
	if !ok || bad.Step != 2 || bad.Near != "name" || bad.Error() != "there is no nmae inside <part>; did you mean name? There are: name, part" ||
		bad.Chinese() != "<part> 中没有 nmae；是否应为 name？可用：name, part" {
		t.Errorf("%v", err)
	}
}

func TestEncodedMessagesHaveArrays(t *testing.T) {
	op, _ := open(t, "encoded.wsdl").Operation("get")
	if op.Err != nil || op.Style != "rpc" || op.Use != "encoded" || op.Request.Name != (xml.Name{Space: "urn:wire", Local: "get"}) || op.Response.Name.Local != "getResponse" {
		t.Fatalf("%+v", op)
	}
	list, err := op.Response.Find([]string{"getReturn"})
	if err != nil || list.Array == nil || list.Array.Item.Type.Local != "Order" || list.Name.Space != "" {
		t.Fatalf("%+v %v", list, err)
	}
	no, err := op.Response.Find([]string{"getReturn", "anything", "no"})
	if err != nil || !no.Nillable || no.Simple.Builtin != "string" {
		t.Errorf("%+v %v", no, err)
	}
	day, err := op.Response.Find([]string{"getReturn", "item", "days", "item"})
	if err != nil || day.Simple.Builtin != "int" {
		t.Errorf("%+v %v", day, err)
	}
}

func TestABrokenOperationIsListedAndSaysWhere(t *testing.T) {
	s := open(t, "readings.wsdl")
	op, ok := s.Operation("Tell")
	if !ok || !op.OneWay || op.Err == nil || !strings.HasPrefix(op.Err.Error(), "readings.wsdl:10:") || !strings.Contains(op.Err.Error(), "Nowhere is not declared") {
		t.Errorf("%+v", op)
	}
	if err := s.Defs.Check(); err == nil || strings.Contains(err.Error(), "schema") {
		t.Errorf("the schema of a data set need not be declared: %v", err)
	}
	_, err := New(s.Defs, Options{Port: "G"})
	if err == nil || !strings.Contains(err.Error(), "no port speaks SOAP") {
		t.Errorf("%v", err)
	}
	_, err = New(s.Defs, Options{Service: "Reading"})
	if err == nil || !strings.Contains(err.Error(), "did you mean Readings") || !strings.Contains(Chinese(err), "是否应为 Readings") {
		t.Errorf("%v", err)
	}
}

func TestTextsAreChecked(t *testing.T) {
	w := newWorld(&contract.Definitions{})
	for _, c := range []struct{ typ, good, bad string }{
		{"boolean", "1", "yes"}, {"byte", "-128", "128"}, {"unsignedLong", "18446744073709551615", "-1"}, {"positiveInteger", "1", "0"},
		{"integer", "123456789012345678901234567890", "1.0"}, {"decimal", " 1.50 ", "1,5"}, {"double", "-1E3", "1e"}, {"float", "INF", "inf"},
		{"date", "2024-02-29+08:00", "2023-02-29"}, {"dateTime", "2024-06-01T08:00:00", "2024-06-01 08:00:00"}, {"time", "24:00:00", "24:00:01"},
		{"gYear", "2024", "24"}, {"gYearMonth", "2024-06", "2024-13"}, {"gMonthDay", "--02-29", "--02-30"}, {"gDay", "---31", "---32"}, {"gMonth", "--12", "--13"},
		{"duration", "P1DT2H", "P1DT"}, {"duration", "-PT0.5S", "P"}, {"hexBinary", "0fB8", "0f8"}, {"base64Binary", "AA ==", "A"},
		{"language", "zh-CN", "zh_CN"}, {"NCName", "名称", "1a"}, {"Name", "a:b", "-a"}, {"NMTOKEN", "-1", "a b"}, {"QName", "a:b", "a:b:c"}, {"IDREFS", "a b", "a 1"},
	} {
		if err := w.builtin(c.typ).Check(c.good); err != nil {
			t.Errorf("%s %q: %v", c.typ, c.good, err)
		}
		if err := w.builtin(c.typ).Check(c.bad); err == nil || Chinese(err) == err.Error() {
			t.Errorf("%s %q: %v", c.typ, c.bad, err)
		}
	}
	facet := func(base string, pairs ...string) *Simple {
		var facets []contract.Facet
		for i := 0; i < len(pairs); i += 2 {
			facets = append(facets, contract.Facet{Name: pairs[i], Value: pairs[i+1]})
		}
		s, err := w.builtin(base).restrict(xml.Name{}, nil, facets)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	for _, c := range []struct {
		s               *Simple
		good, bad, says string
	}{
		{facet("string", "maxLength", "2"), "水表", "水表间", "at most 2"},
		{facet("string", "enumeration", "open", "enumeration", "done"), "done", "opne", "did you mean open"},
		{facet("int", "minInclusive", "3", "maxExclusive", "5"), "4", "5", "less than 5"},
		{facet("decimal", "totalDigits", "4", "fractionDigits", "2"), "12.3400", "12.345", "at most 2"},
		{facet("date", "minInclusive", "2024-01-01"), "2024-01-01", "2023-12-31", "at least"},
		{facet("string", "pattern", "a+", "pattern", "b"), "aa", "ab", "a+|b"},
		{facet("hexBinary", "length", "1"), "0F", "0F0F", "must have 1"},
	} {
		if err := c.s.Check(c.good); err != nil {
			t.Errorf("%q: %v", c.good, err)
		}
		if err := c.s.Check(c.bad); err == nil || !strings.Contains(err.Error(), c.says) || Chinese(err) == err.Error() {
			t.Errorf("%q: %v", c.bad, err)
		}
	}
}
