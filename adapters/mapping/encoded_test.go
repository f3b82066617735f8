package mapping

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tundish/config/codes"
	"tundish/config/lang"
	"tundish/core"
	"tundish/wsdl/xml"
)

// axisBilling is the example of a billing on Axis 1.
func axisBilling(t *testing.T) *Mapping {
	t.Helper()
	dir := filepath.Join("..", "..", "config", "examples", "axis-billing")
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	var p lang.Problems
	m := Load(os.DirFS(filepath.Join(dir, "mappings")), "axis-billing.yaml", Surroundings{Zone: zone, Tables: codes.ReadTables(&p, filepath.Join(dir, "codetables"), nil)}, &p)
	if err := p.Err(); err != nil {
		t.Fatal(err)
	}
	return m
}

// page is an answer as Axis 1 writes it: the operation refers to what stands beside it, and
// items of an array are called as the array.
const page = `<r:chaXunDaoQiBiaoResponse soapenv:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/" xmlns:r="http://service.yingye.example"><chaXunDaoQiBiaoReturn href="#id0"/></r:chaXunDaoQiBiaoResponse>` +
	`<multiRef id="id0" soapenc:root="0" xsi:type="b:HuanBiaoYe" xmlns:b="http://bean.yingye.example"><zongShu href="#id1"/><yeMa xsi:type="xsd:int">1</yeMa>` +
	`<shuJu xsi:type="soapenc:Array" soapenc:arrayType="b:HuanBiao[1]"><shuJu href="#id2"/></shuJu></multiRef>` +
	`<multiRef id="id1" soapenc:root="0" xsi:type="xsd:int">7</multiRef>` +
	`<multiRef id="id2" soapenc:root="0" xsi:type="b:HuanBiao" xmlns:b="http://bean.yingye.example"><gongDanHao xsi:type="soapenc:string">HB1</gongDanHao><nianDu xsi:type="xsd:int">2026</nianDu>` +
	`<leiXing xsi:type="soapenc:string">DQ</leiXing><diZhi xsi:type="soapenc:string">x</diZhi><ceNeiXuHao xsi:type="soapenc:int" xsi:nil="true"/><daoQiRiQi xsi:type="xsd:dateTime">2026-05-20T16:00:00.000Z</daoQiRiQi></multiRef>`

func TestAPageByTheEncodingRulesIsReadByItsPlainPaths(t *testing.T) {
	m := axisBilling(t)
	r := xml.NewReaderBytes([]byte(`<soapenv:Body xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:soapenc="http://schemas.xmlsoap.org/soap/encoding/" xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">`+page+`</soapenv:Body>`), xml.Limits{})
	if _, err := r.Next(); err != nil {
		t.Fatal(err)
	}
	if _, err := r.NextChild(); err != nil {
		t.Fatal(err)
	}
	var orders []core.WorkOrder
	listed, err := m.Pulls["due-meters"].Read(r, 1, 1, func(row Row) error {
		if row.Err != nil {
			return row.Err
		}
		orders = append(orders, row.Order)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if listed.Total != 7 || !listed.More || len(orders) != 1 {
		t.Fatalf("%+v, %d orders", listed, len(orders))
	}
	// Midnight of the 21st there is the 20th in UTC.
	if o := orders[0]; o.Ref.External != "HB1" || o.Ref.Period != "2026" || o.Meter.DueOn != "2026-05-21" || o.Place.BookNo != 0 {
		t.Errorf("%+v", o)
	}
}

func TestWhatIsServedMayHaveAWSDLOfItsOwn(t *testing.T) {
	m := axisBilling(t)
	if m.Service.Name != "YingYeService" || m.Served.Name != "PaiDanService" || !strings.Contains(string(m.Documents.WSDL()), "tiJiaoGongDan") {
		t.Errorf("called %s, served %s", m.Service.Name, m.Served.Name)
	}
	if in, ok := m.Serve("tiJiaoGongDan"); !ok || in.Request.Space != "http://service.paidan.example" {
		t.Errorf("served as %+v", in)
	}
}
