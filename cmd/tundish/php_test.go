package main

import (
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"tundish/core"
	"tundish/core/desk"
)

// website runs the website's own web service, ext/soap's SoapServer.
func website(t *testing.T, books string) (address string) {
	t.Helper()
	needs(t, "apt install php-cli php-soap", "php")
	if out, err := exec.Command("php", "-m").Output(); err != nil || !strings.Contains(string(out), "soap") {
		t.Skip("SKIPPED, because PHP's SOAP extension is missing here: apt install php-soap")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0") // php takes no port 0
	if err != nil {
		t.Fatal(err)
	}
	address = l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(examples, "php-website")
	env := []string{"BOOKS=" + books, "PROGRESS_WSDL=" + filepath.Join(dir, "mappings", "php-website", "Progress.wsdl")}
	peer(t, dir, env, regexp.MustCompile(`(started)`), "php", "-d", "display_errors=0", "-S", address, "peer/progress.php")
	return "http://" + address
}

// Requests come from PHP's SoapClient, which works from the WSDL that the hub serves, and what
// becomes of them is told to PHP's SoapServer.
func TestAPHPWebsiteWorksBothWays(t *testing.T) {
	books := filepath.Join(t.TempDir(), "books.txt")
	service := website(t, books)
	w := inWorld(t)
	if err := w.configure(); err != nil {
		t.Fatal(err)
	}
	line := tap(t, service)
	if err := w.overlay("php-website", "http://127.0.0.1:9193", line.url); err != nil {
		t.Fatal(err)
	}
	if err := w.serve(); err != nil {
		t.Fatal(err)
	}
	front := tap(t, w.hubURL)
	photo := filepath.Join(t.TempDir(), "photo.png")
	if err := os.WriteFile(photo, dot(t), 0o644); err != nil {
		t.Fatal(err)
	}
	type answer struct {
		Code                    int
		Message, OrderNo, State string
		Steps                   int
	}
	submit := func(ref string, changes ...string) (a answer) {
		t.Helper()
		out := output(t, filepath.Join(examples, "php-website", "peer"), nil, append([]string{"php", "submit.php", front.url + "/soap-requests.php?wsdl", ref, photo}, changes...)...)
		if err := json.Unmarshal([]byte(out), &a); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return a
	}
	first, again := submit("GW-1"), submit("GW-1")
	if first.Code != 0 || first.Message != "成功" || first.OrderNo == "" || again != (answer{0, "已登记", first.OrderNo, "", 0}) {
		t.Errorf("answered %+v, then %+v", first, again)
	}
	changing := []string{`W26-\d+-\d`, "NUMBER", `\d{4}-\d\d-\d\d \d\d:\d\d:\d\d`, "INSTANT"}
	golden(t, "php-website", "submit.xml", front.with("GW-1"))
	golden(t, "php-website", "answer.xml", front.answered("成功"), changing...)
	for changes, want := range map[string]string{"kind=修路": "request/kind：", "address=": "request/address：", "lat=0.5": "request/lat："} {
		if a := submit("GW-X", changes); a.Code != 400 || !strings.HasPrefix(a.Message, want) || a.OrderNo != "" {
			t.Errorf("a request with %s was answered %+v", changes, a)
		}
	}
	golden(t, "php-website", "refused.xml", front.answered("request/kind"), `第 \d+ 行`, "第 N 行", `（关联号 [^）]*）`, "（关联号 ID）")
	calm := submit("GW-4", "urgent=")
	if a := submit("GW-4", "urgent=", "operation=changeRequest", "content=水更大了"); a.Code != 0 || a.OrderNo != calm.OrderNo {
		t.Errorf("a change was answered %+v", a)
	}
	if a := submit("GW-1", "operation=changeRequest", "content=水更大了"); a.Code != 400 || !strings.Contains(a.Message, "班组已接手") {
		t.Errorf("a change of what a crew works on was answered %+v", a)
	}
	if a := submit("GW-1", "operation=queryRequest"); a.Code != 0 || a.OrderNo != first.OrderNo || a.State != "已派工" || a.Steps < 2 {
		t.Errorf("asked how far it is, the hub answered %+v", a)
	}
	golden(t, "php-website", "query.xml", front.answered("已派工"), changing...)
	submit("GW-5", "urgent=")
	if a := submit("GW-5", "operation=cancelRequest", "reason=自行修好"); a.Code != 0 || a.Message != "已撤销" {
		t.Errorf("a request was called off, and the hub answered %+v", a)
	}
	if a := submit("GW-5", "operation=queryRequest"); a.State != "已撤销" {
		t.Errorf("what was called off is %+v", a)
	}
	if a := submit("GW-6", "operation=queryRequest"); a.Code != 404 || a.Message == "" {
		t.Errorf("what nobody knows is %+v", a)
	}
	all := map[string]core.WorkOrder{}
	for _, o := range listed(t, w) {
		all[o.Ref.External] = o
	}
	if o := all["GW-4"]; len(all) != 3 || o.Urgency != core.Normal || o.Report.Content != "水更大了" {
		t.Errorf("%d orders; changed: %+v", len(all), o)
	}
	o := all["GW-1"]
	if o.Type != "leak" || o.Urgency != core.Urgent || o.Channel != "web" || o.Customer.Name != "𠮷田物业" || o.Customer.Phone != "13800000000" || o.Customer.Account != "3000021" ||
		o.Place.Address != "梧桐区张杨路1234弄5号 <西门> & 地库" || o.Place.Point == nil || o.Place.PointSent != "121.4415,31.2520 (BD09)" || o.Report.Content != "门前路面冒水\n“水量较大”" ||
		!o.SourceAt.Equal(time.Date(2026, 5, 11, 0, 41, 0, 0, time.UTC)) {
		t.Errorf("stored as %+v", o)
	}
	if p := o.Report.Attachments; len(p) != 2 || p[0].Name != "门前.png" || p[0].ContentType != "image/png" || p[0].Size != int64(len(dot(t))) || !p[0].TakenAt.Equal(time.Date(2026, 5, 11, 0, 40, 12, 0, time.UTC)) {
		t.Errorf("with the photos %+v", p)
	}

	// Each result meets another fate: taken, busy at first, a fault after it was kept.
	submit("GW-2")
	submit("GW-3")
	sum := md5.Sum(dot(t))
	var want []string
	for _, o := range listed(t, w) {
		if o.Ref.External > "GW-3" {
			continue
		}
		completed(t, w, o.No, core.Completion{Outcome: core.Done, Handling: "repaired", Work: "换接头，𠮷", People: []string{"P01", "P02"}}, desk.Photo{Name: "修后.png", Bytes: dot(t)})
		ref := o.Ref.External
		want = append(want, "progress\t"+ref+"\tassigned\t", "progress\t"+ref+"\tworking\t", "result\t"+ref+"\tdone\t\t换接头，𠮷\tP01,P02\t修后.png:"+hex.EncodeToString(sum[:]))
	}
	var told string
	if err := soon(func() bool {
		data, _ := os.ReadFile(books)
		told = string(data)
		return !slices.ContainsFunc(want, func(line string) bool { return !strings.Contains(told, line+"\n") })
	}); err != nil {
		t.Fatalf("the website's books: %v\nwant %q\n%s", err, want, told)
	}
	for _, o := range listed(t, w) {
		if o.Ref.External > "GW-3" {
			continue
		}
		attempts := map[string]int{"GW-1": 1, "GW-2": 2, "GW-3": 2}[o.Ref.External]
		if m := resultOf(t, w, o.No); m.State != core.MessageDelivered || m.Attempts != attempts {
			t.Errorf("the result of %s: %+v", o.Ref.External, m)
		}
	}
	golden(t, "php-website", "result.xml", line.with("<no>GW-1</no><done>"), changing...)
	golden(t, "php-website", "progress.xml", line.with("<no>GW-1</no><state>assigned"), changing...)

	// What its own WSDL says stands where it asks for it.
	a, err := send("GET", w.hubURL+"/soap-requests.php?wsdl", "", http.Header{"Host": {"paidan.example"}})
	if err != nil || a.status != 200 || !strings.Contains(a.body, `location="http://paidan.example/soap-requests.php"`) {
		t.Errorf("%v %d %s", err, a.status, a.body)
	}
}
