package mapping

import (
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"tundish/config/lang"
	"tundish/core"
	"tundish/wsdl/xml"
)

// Names of members that XML cannot hold are written in paths as they are; what means something
// else in a path is written by its number.
func TestRulesOfAPullReadAnyMemberOfJSON(t *testing.T) {
	const file = `
mapping: web
pull:
  due:
    operation: Due
    request: {Due/page: page.number}
    each: json/查询 结果/行 数据
    order: {ref: 工单 编号, type: {value: leak}, report.content: _x0040_text, report.remark: 1st}
    pages: {total: json/总 数}
    answer:
      document: {at: DueResponse/r, json: true}
      done: [{path: json/状态(码), in: ["0"]}]
      code: json/状态(码)
      message: json/1 说明
`
	var p lang.Problems
	m := Load(fstest.MapFS{"web.yaml": {Data: []byte(file)}}, "web.yaml", Surroundings{Zone: time.UTC}, &p)
	if err := p.Err(); err != nil {
		t.Fatal(err)
	}
	for answer, want := range map[string]Listed{
		`{"状态(码)":0,"1 说明":"好","总 数":3,"查询 结果":{"行 数据":[{"工单 编号":"A1","@text":"漏水","1st":"x","*":1},{"工单 编号":"A2","@text":"漏水","1st":"x"}]}}`: {Verdict: core.Delivery{Outcome: core.Delivered, Code: "0", Detail: "好"}, Total: 3, More: true, Rows: 2},
		`{"查询 结果":null,"总 数":0,"状态(码)":7,"1 说明":"库锁"}`: {Verdict: core.Delivery{Outcome: core.RefusedByPeer, Code: "7", Detail: "库锁"}},
	} {
		w := xml.NewWriter()
		w.Start("DueResponse")
		w.Element("r", answer)
		w.End()
		doc, err := w.Finish()
		if err != nil {
			t.Fatal(err)
		}
		r := xml.NewReaderBytes(doc, xml.Limits{})
		if _, err := r.Next(); err != nil {
			t.Fatal(err)
		}
		got, err := m.Pulls["due"].Read(r, 1, 2, func(row Row) error {
			if o := &row.Order; row.Err != nil || o.Ref.External[:1] != "A" || o.Report.Content != "漏水" || o.Report.Remark != "x" {
				t.Errorf("%+v, %v of %s", o, row.Err, row.Raw)
			}
			return nil
		})
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v; want %+v", answer, got, err, want)
		}
	}
}

// The rules of a call read the same names.
func TestRulesOfACallReadAnyMemberOfJSON(t *testing.T) {
	var p lang.Problems
	var c Call
	lang.Decode(&p, "x.yaml", []byte(`
operation: Tell
soap_action: x
request: {Tell/no: order.ref}
answer:
  document: {at: R/r, json: true}
  done: [{path: 'json/结果 列表/item[2]/1st', in: ["true"]}]
  message: json/说 明
`), &c)
	out := Compile(&c, nil, Surroundings{Zone: time.UTC}, &p)
	if err := p.Err(); err != nil {
		t.Fatal(err)
	}
	r := xml.NewReaderBytes([]byte(`<R><r>{"结果 列表":{"item":[{"1st":false},{"1st":true}]},"说 明":"好"}</r></R>`), xml.Limits{})
	if _, err := r.Next(); err != nil {
		t.Fatal(err)
	}
	if d, err := out.Judge(r); err != nil || d.Outcome != core.Delivered || d.Detail != "好" {
		t.Errorf("%+v, %v", d, err)
	}
}

// A name that a list repeats for each of its members must not make much of little.
func TestJSONThatBecomesFarMoreXMLIsRefused(t *testing.T) {
	for name, c := range map[string]struct{ text, says string }{
		"long name":      {`{"` + strings.Repeat("a", 4097) + `":1}`, "4097 bytes"},
		"long list":      {`{"` + strings.Repeat("a", 4096) + `":[` + strings.Repeat("1,", 9000) + `1]}`, "more than 64 MB"},
		"lists of lists": {`{"` + strings.Repeat("a", 4096) + `":[` + strings.Repeat("[],", 17000) + `1]}`, "more than 64 MB"},
		"as long as may": {`{"` + strings.Repeat("a", 4096) + `":[` + strings.Repeat("1,", 1000) + `1]}`, ""},
	} {
		_, err := fromJSONText([]byte(c.text))
		if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
