package main

import (
	"bytes"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"tundish/core"
	"tundish/core/desk"
)

// axisJars are what Axis 1.4 consists of, where Debian puts it.
var axisJars = []string{"axis", "jaxrpc", "saaj", "wsdl4j", "commons-logging", "commons-discovery", "javax.mail", "javax.activation"}

// axis compiles the billing system in a folder of its own; java runs a class of it, or of Axis.
func axis(t *testing.T) (dir string, java func(args ...string) []string) {
	t.Helper()
	const install = "apt install libaxis-java default-jdk-headless"
	needs(t, install, "java", "javac")
	dir = t.TempDir()
	class := []string{dir}
	for _, jar := range axisJars {
		jar = "/usr/share/java/" + jar + ".jar"
		if _, err := os.Stat(jar); err != nil {
			t.Skipf("SKIPPED, because %s is missing here: %s", jar, install)
		}
		class = append(class, jar)
	}
	path := strings.Join(class, ":")
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(examples, "axis-billing", "peer"))); err != nil {
		t.Fatal(err)
	}
	javac(t, dir, path, "YingYe.java")
	return dir, func(args ...string) []string { return append([]string{"java", "-cp", path}, args...) }
}

// javac compiles for Java 8: Axis reads the names of parameters from the class files.
func javac(t *testing.T, dir, path string, files ...string) {
	t.Helper()
	output(t, dir, nil, append([]string{"javac", "-g", "-nowarn", "-Xlint:-options", "-encoding", "UTF-8", "--release", "8", "-cp", path, "-d", dir}, files...)...)
}

// Meters that are due are pulled from a service on Axis 1.4 page by page, and what became of
// them is written back to it, in the charset that it is asked in; orders of its own it hands
// over by the stub that WSDL2Java makes of what the hub serves.
func TestAnAxisBillingWorksBothWays(t *testing.T) {
	dir, java := axis(t)
	stub := "" // made of what the first hub serves
	for _, charset := range []string{"GB2312", "UTF-8"} {
		t.Run(charset, func(t *testing.T) {
			books := filepath.Join(t.TempDir(), "books.txt")
			service := peer(t, dir, nil, regexp.MustCompile(`listening on (\S+)/axis/`), java("YingYe", "server-config.wsdd", books)...)
			w := inWorld(t)
			if err := w.configure(); err != nil {
				t.Fatal(err)
			}
			if a, err := send("GET", service+"/axis/services/YingYe?wsdl", "", nil); err != nil || a.status != 200 { // the first call takes seconds
				t.Fatal(a, err)
			}
			line := tap(t, service)
			if err := w.overlay("axis-billing", "http://127.0.0.1:9192", line.url, "out: GB2312", "out: "+charset, "timeout: 20s", "timeout: 3s", "page_size: 200", "page_size: 2"); err != nil {
				t.Fatal(err)
			}
			if err := w.serve(); err != nil {
				t.Fatal(err)
			}
			told := func(want ...string) {
				t.Helper()
				if err := soon(func() bool {
					data, _ := os.ReadFile(books)
					return !slices.ContainsFunc(want, func(line string) bool { return !strings.Contains(string(data), line+"\n") })
				}); err != nil {
					data, _ := os.ReadFile(books)
					t.Fatalf("billing's books: %v\nwant %q\n%s", err, want, data)
				}
			}
			in := "." + strings.ToLower(charset) + ".xml"
			changing := []string{`W26-\d+-\d`, "NUMBER", `\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+08:00)`, "INSTANT"}

			// What is due, in three pages; the last row is of a kind that no table has.
			var run core.JobRun
			w.call(t, "POST", "/jobs/axis-billing-due/run", struct{}{}, &run)
			if run.State != core.RunDone || run.Fetched != 5 || run.Created != 4 || run.Refused != 1 {
				t.Fatalf("run %+v", run)
			}
			told("chaXun\t1\t2\t2", "chaXun\t3\t2\t1", "queRen\tHB000001\t2026\tW", "queRen\tHB000004\t2026\tW")
			golden(t, "axis-billing", "pull"+in, line.with(`"xsd:int">1</yeMa>`), changing...)
			golden(t, "axis-billing", "confirm"+in, line.with("HB000001"), changing...)
			orders := map[string]core.WorkOrder{}
			for _, o := range listed(t, w) {
				orders[o.Ref.External] = o
			}
			o := orders["HB000002"]
			if o.Ref.Period != "2026" || o.Type != "scheduled_replacement" || o.Customer.Name != "喆盛鞋業行" || o.Customer.Phone != "13800000002" ||
				o.Place.Address != "梧桐区张杨路1202弄5号102室" || o.Place.BookNo != 2 || o.Meter.DiameterMM != 20 || o.Meter.LastReading != "1024.50" ||
				o.Meter.InstalledOn != "2020-05-20" || o.Meter.DueOn != "2026-05-22" || !o.SourceAt.Equal(time.Date(2026, 5, 8, 18, 0, 0, 0, time.UTC)) {
				t.Errorf("stored as %+v", o)
			}
			if o := orders["HB000001"]; o.Customer.Phone != "" || o.Place.BookNo != 0 {
				t.Errorf("what has no value is stored as %+v", o)
			}

			// Each result meets another fate: taken, busy at first, a fault after it took effect,
			// no answer in time.
			for _, ref := range []string{"HB000001", "HB000002", "HB000003", "HB000004"} {
				no := orders[ref].No
				completed(t, w, no, core.Completion{Outcome: core.Done, OldFinalReading: "1050.25", NewSerial: "N-" + ref, NewInitialReading: "0.000", NewDiameterMM: 15, Seal: "QF1",
					OldMeterFate: "scrapped", People: []string{"P01", "P02"}, Work: "换表，试水正常（喆）"}, desk.Photo{Name: "新表.png", Bytes: dot(t)})
				w.call(t, "POST", "/orders/"+string(no)+"/review", map[string]any{"passed": true}, nil)
			}
			var want []string
			for _, ref := range []string{"HB000001", "HB000002", "HB000003", "HB000004"} {
				want = append(want, "zhuangTai\t"+ref+"\t2026\tPG", "jieGuo\t"+ref+"\t2026\t1\t1050.25\tN-"+ref+"\t0.000\t15\tP01,P02\t"+strconv.Itoa(len(dot(t)))+"\t换表，试水正常（喆）")
			}
			told(append(want, "chaXunHuiXie\tHB000004\ttrue")...)
			golden(t, "axis-billing", "result"+in, line.with("N-HB000001"), changing...)
			for ref, attempts := range map[string]int{"HB000001": 1, "HB000002": 2, "HB000003": 2, "HB000004": 2} {
				if m := resultOf(t, w, orders[ref].No); m.State != core.MessageDelivered || m.Attempts < attempts { // more on a machine so busy that calls time out
					t.Errorf("the result of %s: %+v", ref, m)
				}
			}

			// Its SOAPAction is always empty: the log of messages knows the operations all the same.
			var messages []struct{ Operation string }
			w.list(t, &messages, "message", "list", "--system", "axis-billing", "--limit", "100")
			if !slices.ContainsFunc(messages, func(m struct{ Operation string }) bool { return m.Operation == "huiXieJieGuo" }) {
				t.Errorf("logged as %+v", messages)
			}

			// Their own orders.
			address := w.hubURL + "/axis/services/PaiDan"
			front := tap(t, w.hubURL)
			if stub == "" {
				stub = dir
				output(t, dir, nil, java("org.apache.axis.wsdl.WSDL2Java", "-o", dir, address+"?wsdl")...)
				javac(t, dir, java()[2], "Caller.java")
			}
			got := output(t, dir, nil, java("Caller", front.url+"/axis/services/PaiDan", charset, "GZ-")...)
			for i, line := range strings.Split(strings.TrimSpace(got), "\n") {
				for _, part := range [][]string{{"GZ-1\t2026\ttrue\ttrue\t成功"}, {"GZ-2\t2026\tfalse\tfalse\t", "没有 \"XX\""}, {"GZ-3\t2026\tfalse\tfalse\t", "diZhi"}}[i] {
					if !strings.Contains(line, part) {
						t.Errorf("order %d was answered %q, want %q", i+1, line, part)
					}
				}
			}
			golden(t, "axis-billing", "submit"+in, front.with("GZ-1"), changing...)
			golden(t, "axis-billing", "answer"+in, front.answered("GZ-1"), append(changing, `第 \d+ 行`, "第 N 行")...)
			all := listed(t, w)
			i := slices.IndexFunc(all, func(o core.WorkOrder) bool { return o.Ref.External == "GZ-1" })
			if i < 0 || len(all) != 5 {
				t.Fatalf("%d orders", len(all))
			}
			o = all[i]
			if o.Ref.Period != "2026" || o.Type != "faulty_replacement" || o.Urgency != core.Urgent || o.Customer.Name != "喆盛鞋业行" || o.Customer.Phone != "13800000017" ||
				o.Place.Address != "梧桐区张杨路1234弄5号" || o.Meter.DiameterMM != 40 || o.Meter.Reading != "8801.0" || o.Report.Content != "表停走 <估抄> & 用户申请" {
				t.Errorf("stored as %+v", o)
			}
			again := output(t, dir, nil, java("Caller", address, charset, "GZ-")...)
			if len(listed(t, w)) != 5 || !strings.HasPrefix(again, "GZ-1\t2026\ttrue\ttrue\t成功\n") {
				t.Errorf("sent again, answered %s", again)
			}
		})
	}
}

func listed(t *testing.T, w *world) []core.WorkOrder {
	t.Helper()
	var all []core.WorkOrder
	w.list(t, &all, "order", "list", "--limit", "100")
	return all
}

// resultOf is the message that told an order's result, delivered.
func resultOf(t *testing.T, w *world, no core.OrderNo) (found core.OutboxMessage) {
	t.Helper()
	if err := soon(func() bool {
		var owed []core.OutboxMessage
		w.list(t, &owed, "outbox", "list", "--order", string(no))
		i := slices.IndexFunc(owed, func(m core.OutboxMessage) bool { return m.Kind == core.TellResult })
		if i >= 0 {
			found = owed[i]
		}
		return i >= 0 && (found.State == core.MessageDelivered || found.State == core.MessageDead)
	}); err != nil {
		t.Errorf("%s: %v", no, err)
	}
	return found
}

// dot is a picture.
func dot(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 8, 8))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
