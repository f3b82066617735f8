package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"

	"tundish/core"
)

// asmx builds the hotline's own web service and runs it; it gives the address of the service
// and the file of its books.
func asmx(t *testing.T) (dir, address, books string) {
	t.Helper()
	needs(t, "apt install mono-mcs mono-runtime libmono-system-web-services4.0-cil mono-devel", "mono", "mcs", "wsdl")
	dir = t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(examples, "asmx-hotline", "peer"))); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	output(t, dir, nil, "mcs", "-target:library", "-out:bin/Hotline.dll", "-r:System.Web.Services", "HotlineService.cs")
	output(t, dir, nil, "mcs", "-out:bin/Host.exe", "-r:System.Web", "Host.cs")
	l, err := net.Listen("tcp", "127.0.0.1:0") // .NET's listener takes no port 0
	if err != nil {
		t.Fatal(err)
	}
	port := fmt.Sprint(l.Addr().(*net.TCPAddr).Port)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	books = filepath.Join(dir, "books.txt")
	peer(t, dir, []string{"HOTLINE_BOOKS=" + books, "TMPDIR=" + dir}, regexp.MustCompile(`(listening on)`), "mono", "bin/Host.exe", port, dir)
	return dir, "http://127.0.0.1:" + port + "/HotlineService.asmx", books
}

// An order is registered by a client that mono's wsdl made from the WSDL that the hub serves,
// and what becomes of it is written back to an ASMX service of ASP.NET.
func TestAnASMXHotlineWorksBothWays(t *testing.T) {
	dir, service, books := asmx(t)
	w := inWorld(t)
	if err := w.configure(); err != nil {
		t.Fatal(err)
	}
	line := tap(t, strings.TrimSuffix(service, "/HotlineService.asmx"))
	if err := w.overlay("asmx-hotline", "http://127.0.0.1:9191", line.url); err != nil {
		t.Fatal(err)
	}
	if err := w.serve(); err != nil {
		t.Fatal(err)
	}
	address := w.hubURL + "/HotlineService.asmx"
	output(t, dir, nil, "wsdl", "-out:HotlineProxy.cs", address+"?wsdl")
	output(t, dir, nil, "mcs", "-out:bin/Caller.exe", "-r:System.Web.Services", "Caller.cs", "HotlineProxy.cs")
	repair := filepath.Join(examples, "asmx-hotline", "mappings", "asmx-hotline", "repair.xml")
	submit := func() string { return output(t, dir, nil, "mono", "bin/Caller.exe", address, repair) }
	first, again := submit(), submit()
	number := regexp.MustCompile(`<ORDERNO>(.+)</ORDERNO>`).FindStringSubmatch(first)
	if number == nil || !strings.Contains(first, "<CODE>1</CODE><MSG>成功</MSG>") {
		t.Fatalf("answered %s", first)
	}
	if want := "<CODE>2</CODE><MSG>重复登记</MSG><ORDERNO>" + number[1] + "</ORDERNO>"; !strings.Contains(again, want) {
		t.Errorf("sent again, answered %s, want %s", again, want)
	}
	var orders []core.WorkOrder
	w.list(t, &orders, "order", "list", "--system", "asmx-hotline")
	if len(orders) != 1 {
		t.Fatalf("%d orders", len(orders))
	}
	o := orders[0]
	if o.Ref.External != "RX20260511001" || o.Type != "leak" || o.Urgency != core.Urgent || o.Customer.Account != "1002345" || o.Customer.Phone != "13801234567" ||
		o.Place.Address != "梧桐区张杨路1234弄5号" || o.Place.Point == nil || o.Meter.DiameterMM != 20 || o.Report.Content != "门前路面冒水" || o.Place.PointSent == "" {
		t.Errorf("stored as %+v", o)
	}

	completed(t, w, o.No, core.Completion{Outcome: core.Done, Handling: "repaired", Work: "更换阀门，试压合格"})
	if err := soon(func() bool {
		data, _ := os.ReadFile(books)
		return strings.Contains(string(data), "RX20260511001\t40\t更换阀门，试压合格\n")
	}); err != nil {
		data, _ := os.ReadFile(books)
		t.Fatalf("the hotline's books: %v\n%s", err, data)
	}
	changing := []string{`W26-\d+-\d`, "NUMBER", `\d{4}-\d\d-\d\d \d\d:\d\d:\d\d`, "INSTANT"}
	golden(t, "asmx-hotline", "result.xml", line.with("更换阀门"), changing...)

	// The same message in both charsets, as it stands on the wire.
	inner, err := os.ReadFile(repair)
	if err != nil {
		t.Fatal(err)
	}
	message := func(ref string) string {
		text := strings.NewReplacer("&", "&amp;", "<", "&lt;", "RX20260511001", ref).Replace(string(inner))
		return envelope(`<SubmitRepair xmlns="http://tempuri.org/"><xmlData>` + text + `</xmlData></SubmitRepair>`)
	}
	for name, c := range map[string]struct{ contentType, body string }{
		"utf-8":  {"text/xml; charset=utf-8", message("RX-2")},
		"gb2312": {"text/xml; charset=gb2312", gbk(t, message("RX-3"))},
	} {
		a, err := send("POST", address, c.body, http.Header{"Content-Type": {c.contentType}, "SOAPAction": {`"http://tempuri.org/SubmitRepair"`}})
		if err != nil || a.status != 200 {
			t.Fatalf("%v %+v", err, a)
		}
		golden(t, "asmx-hotline", "answer."+name+".xml", []byte(a.body), changing...)
	}
	refused, err := send("POST", address, strings.Replace(message("RX-4"), "S_DZ>梧桐区张杨路1234弄5号&lt;", "S_DZ>&lt;", 1), http.Header{"Content-Type": {"text/xml; charset=utf-8"}})
	if err != nil || refused.status != 200 {
		t.Fatalf("%v %+v", err, refused)
	}
	golden(t, "asmx-hotline", "refused.xml", []byte(refused.body), `（关联号 [^）]*）`, "（关联号 ID）", `第 \d+ 行`, "第 N 行")
}

// gb18030 is a text whose rarer characters a GB2312 message has as its far side would write them.
func gb18030(t *testing.T, text string) string {
	t.Helper()
	out, err := simplifiedchinese.GB18030.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func gbk(t *testing.T, text string) string {
	t.Helper()
	out, err := simplifiedchinese.GBK.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
