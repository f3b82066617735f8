package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"tundish/adapters/geo"
	"tundish/config"
	"tundish/core"
)

// nodePeer is what node needs to run the programs of an example; the test is skipped loudly
// where it cannot be had.
func nodePeer(t *testing.T) (env []string) {
	t.Helper()
	needs(t, "apt install nodejs npm", "node", "npm")
	modules, err := nodeSOAP()
	if err != nil {
		t.Skipf("SKIPPED, because the npm package soap is missing here: %v", err)
	}
	return []string{"NODE_PATH=" + modules}
}

// needing is an order that the hotline registers without a coordinate; place is what it knows
// of the place.
func needing(ref, kind, urgency, place string) string {
	return fmt.Sprintf(`<SubmitOrder xmlns="urn:tundish:hotline:v1"><MessageId>m-%[1]s</MessageId><Order><ExternalRef>%[1]s</ExternalRef><Type>%[2]s</Type><Channel>DH</Channel><Urgency>%[3]s</Urgency>`+
		`<Customer><Name>海棠茶馆</Name><Phone>13800000000</Phone></Customer><Place>%[4]s</Place><Meter><Serial>M-%[1]s</Serial></Meter><Report><Content>门前</Content></Report></Order></SubmitOrder>`, ref, kind, urgency, place)
}

// A GIS on node's soap knows places by the city's plane grid only: orders are located by it,
// points that crews took go back to it, and its patrols' findings come in.
func TestAGISWithPlaneCoordinatesWorksBothWays(t *testing.T) {
	env := nodePeer(t)
	w := inWorld(t)
	if err := w.configure(
		config.Change{File: config.SettingsFile, Key: "partners.locate", Text: "plane-gis"},
		config.Change{File: config.SettingsFile, Key: "partners.points_to", Text: "plane-gis"},
	); err != nil {
		t.Fatal(err)
	}
	books := filepath.Join(t.TempDir(), "books.json")
	example := filepath.Join(examples, "plane-gis")
	port := peer(t, filepath.Join(example, "peer"), env, regexp.MustCompile(`listening on (\d+)`), "node", "server.js", filepath.Join(example, "mappings", "plane-gis", "PipeGIS.wsdl"), books)
	line := tap(t, "http://127.0.0.1:"+port)
	if err := w.overlay("plane-gis", "http://127.0.0.1:9193", line.url); err != nil {
		t.Fatal(err)
	}
	if err := w.serve(); err != nil {
		t.Fatal(err)
	}

	// Located by service point, by an address that two doors of one house fit, by the address where
	// the point was never surveyed, and not at all where two districts have the address.
	wanted := map[string]*core.Point{
		"HB-1": {Lat: 31.2480, Lon: 121.4300}, "LS-1": {Lat: 31.2400, Lon: 121.5000}, "LS-2": {Lat: 31.2400, Lon: 121.5000}, "LS-3": nil,
	}
	for _, body := range []string{
		needing("HB-1", "HB", "3", `<ServicePointNo>GSD-0001</ServicePointNo>`),
		needing("LS-1", "LS", "2", `<Address>梧桐区海棠路9号</Address><District>D1</District>`),
		needing("LS-2", "LS", "2", `<Address>海棠路9号</Address><District>D1</District><ServicePointNo>GSD-0002</ServicePointNo>`),
		needing("LS-3", "LS", "2", `<Address>人民路1号</Address><District>D1</District>`),
	} {
		if a, err := w.soap("hotline", body); err != nil || a.status != http.StatusOK {
			t.Fatalf("%v %+v", err, a)
		}
	}
	var orders map[string]core.WorkOrder
	list := func(system string) {
		var all []core.WorkOrder
		w.list(t, &all, "order", "list", "--system", system)
		orders = map[string]core.WorkOrder{}
		for _, o := range all {
			orders[o.Ref.External] = o
		}
	}
	list("hotline")
	w.call(t, "POST", "/orders/"+string(orders["HB-1"].No)+"/accept", struct{}{}, nil)
	if err := soon(func() bool {
		list("hotline")
		for ref, want := range wanted {
			if o := orders[ref]; want != nil && o.Place.Point == nil || want == nil && o.Place.PointSource == "" {
				return false
			}
		}
		return true
	}); err != nil {
		t.Fatalf("not located: %v\n%+v", err, orders)
	}
	for ref, want := range wanted {
		p := orders[ref].Place
		switch {
		case want == nil && p.PointSource != core.PointFromCentroid:
			t.Errorf("%s, which nobody can know, is located by %s", ref, p.PointSource)
		case want != nil && geo.Metres(*p.Point, *want) > 0.01:
			t.Errorf("%s is %.3f m off at %+v by %s", ref, geo.Metres(*p.Point, *want), *p.Point, p.PointSource)
		}
	}
	if s := orders["HB-1"].Place.PointSource; s != core.PointFromServicePoint {
		t.Errorf("a service point's coordinate is said to be by %s", s)
	}
	if s := orders["LS-2"].Place.PointSource; s != core.PointFromGeocode {
		t.Errorf("an address's coordinate is said to be by %s", s)
	}

	// The crew takes the point at the meter: the GIS has it to the millimetre; told once more, it
	// says that nothing changed.
	done := core.Completion{Outcome: core.Done, OldFinalReading: "3012", NewInitialReading: "0.000", NewDiameterMM: 15, Seal: "QF1", OldMeterFate: "kept",
		Work: "换表", Handling: "replaced", Point: &core.Point{Lat: 31.2351, Lon: 121.4502}}
	finish := func(ref string) {
		t.Helper()
		no, done := orders[ref].No, done
		done.NewSerial = "N-" + ref
		completed(t, w, no, done)
		w.call(t, "POST", "/orders/"+string(no)+"/review", map[string]any{"passed": true}, nil)
	}
	finish("HB-1")
	read := func() string {
		data, _ := os.ReadFile(books)
		return string(data)
	}
	became := func(wants ...string) {
		t.Helper()
		if err := soon(func() bool {
			for _, want := range wants {
				if !strings.Contains(read(), want) {
					return false
				}
			}
			return true
		}); err != nil {
			t.Fatalf("the books: %v\n%s\nwanted %q", err, read(), wants)
		}
	}
	became(`"bsm":"GSD-0001","xzb":"324.585","yzb":"-405.607","gdh":"` + string(orders["HB-1"].No) + `"`)
	if a, err := w.soap("hotline", needing("HB-2", "HB", "3", `<ServicePointNo>GSD-0001</ServicePointNo>`)); err != nil || a.status != http.StatusOK {
		t.Fatalf("%v %+v", err, a)
	}
	list("hotline")
	w.call(t, "POST", "/orders/"+string(orders["HB-2"].No)+"/accept", struct{}{}, nil)
	finish("HB-2")
	var owed []struct{ Kind, State, Code string }
	if err := soon(func() bool {
		w.list(t, &owed, "outbox", "list", "--target", "plane-gis", "--order", string(orders["HB-2"].No))
		return len(owed) == 1 && owed[0].State == "delivered"
	}); err != nil {
		t.Errorf("a point told twice: %+v", owed)
	}
	if n := strings.Count(read(), "UpdateCoordinate"); n != 1 {
		t.Errorf("the GIS wrote the point %d times:\n%s", n, read())
	}

	// A patrol's finding comes in, and what became of it goes back.
	var told map[string]struct{ Code, Msg, Gdh any }
	address := w.hubURL + "/PipeGIS"
	decode(t, output(t, filepath.Join(example, "peer"), env, "node", "patrol.js", address), &told)
	number := fmt.Sprint(told["first"].Gdh)
	if told["first"].Msg != "成功" || told["again"].Msg != "已登记" || told["again"].Gdh != told["first"].Gdh {
		t.Errorf("answered %+v", told)
	}
	if m := fmt.Sprint(told["outside"].Msg); fmt.Sprint(told["outside"].Code) != "1" || !strings.Contains(m, "324585") || !strings.Contains(m, "xzb") {
		t.Errorf("outside the city, answered %+v", told["outside"])
	}
	list("plane-gis")
	o := orders["XJ-0001"]
	if len(orders) != 1 || string(o.No) != number || o.Type != "patrol_finding" || o.Urgency != core.Normal || o.Report.Category != "leak" || o.Report.Content != "漏水：阀门井渗水，𠮷田物业报告" ||
		o.Place.Address != "梧桐区张杨路 <88号> & 门前" || !o.Report.OccurredAt.Equal(time.Date(2026, 5, 11, 0, 5, 0, 0, time.UTC)) || len(o.Report.Attachments) != 1 || o.Report.Attachments[0].Name != "井口.jpg" || o.Report.Attachments[0].Size != 6 ||
		o.Place.Point == nil || geo.Metres(*o.Place.Point, core.Point{Lat: 31.2351, Lon: 121.4502}) > 0.01 || !strings.Contains(o.Place.PointSent, "324.585") {
		t.Errorf("stored as %+v", o)
	}
	w.call(t, "POST", "/orders/"+number+"/accept", struct{}{}, nil)
	completed(t, w, o.No, core.Completion{Outcome: core.Done, Handling: "repaired", Work: "更换密封圈"})
	became(`"xjbh":"XJ-0001","zt":"已受理"`, `"xjbh":"XJ-0001","zt":"已派单"`, `"xjbh":"XJ-0001","zt":"已处理","clqk":"更换密封圈"`)

	changing := []string{`W26-\d+-\d`, "NUMBER", `\d{4}-\d\d-\d\d \d\d:\d\d:\d\d`, "INSTANT"}
	for name, has := range map[string]string{
		"service-point": "GSD-0001</bsm></QueryServicePoint>", "address": "梧桐区海棠路9号", "point": "UpdateCoordinate", "dispatched": "已派单", "result": "已处理",
	} {
		golden(t, "plane-gis", name+".xml", line.with(has), changing...)
	}
	sample, err := os.ReadFile(filepath.Join(example, "mappings", "plane-gis", "finding.xml"))
	if err != nil {
		t.Fatal(err)
	}
	plain := strings.TrimPrefix(string(sample), `<?xml version="1.0" encoding="UTF-8"?>`)
	outside := strings.Replace(plain, "313.500", "313500", 1)
	for name, c := range map[string]struct{ contentType, body string }{
		"answer.utf-8":   {"text/xml; charset=utf-8", plain},
		"answer.gb2312":  {"text/xml; charset=gb2312", gbk(t, plain)},
		"refused.utf-8":  {"text/xml; charset=utf-8", outside},
		"refused.gb2312": {"text/xml; charset=gb2312", gbk(t, outside)},
	} {
		a, err := send("POST", address, strings.Replace(c.body, "XJ-0100", "XJ-"+name, 1), http.Header{"Content-Type": {c.contentType}, "SOAPAction": {`"http://pipegis.example.cn/service/SubmitFinding"`}})
		if err != nil || a.status != http.StatusOK {
			t.Fatalf("%s: %v %+v", name, err, a)
		}
		golden(t, "plane-gis", name+".xml", []byte(a.body), append(changing, `[0-9a-f]{8}-[0-9a-f-]{27}`, "ID")...)
	}

	// The grid's parameters are nobody's business.
	params, err := os.ReadFile(filepath.Join(example, "secrets", "plane-gis-grid"))
	if err != nil {
		t.Fatal(err)
	}
	said := w.hub.output()
	for _, n := range regexp.MustCompile(`\d+\.\d{2,}|\d{5,}`).FindAllString(string(params), -1) {
		if strings.Contains(said, n) {
			t.Errorf("the hub's log has %s of the grid's parameters", n)
		}
	}
}
