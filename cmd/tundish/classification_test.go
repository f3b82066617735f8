package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tundish/core"
)

// webReport is what a visitor of the website writes, with a type that means nothing to the house.
func webReport(ref, text string) string {
	return strings.NewReplacer("<Type>LS</Type>", "<Type>QT</Type>", "<Channel>DH</Channel><Urgency>3</Urgency>", "", "<Category>02</Category>", "", "5 号门前路面冒水", text).Replace(leak(ref))
}

func (w *world) web(t *testing.T, ref, text string) (no string, known bool) {
	t.Helper()
	a, err := w.soap("website", webReport(ref, text))
	if err != nil || a.status != http.StatusOK {
		t.Fatalf("%v %d %s", err, a.status, a.body)
	}
	return a.text("OrderNo"), a.text("Known") == "true"
}

// A report without a type that the house knows is classified by the table, which is noted with rule and line; a table that
// changed makes no retry an amendment, and goes live with the order types.
func TestReportsAreClassifiedWhereTheirSystemAsksForIt(t *testing.T) {
	w := inWorld(t)
	w.begin(t)
	no, _ := w.web(t, "V1", "抢修人员态度不好")
	o := w.order(t, no)
	if o.Type != "complaint" || o.Report.Category != "service_attitude" || o.Classified == nil || o.Classified.Fields[1].Sent != "QT" || o.Classified.Fields[1].Rule != "manner" || !strings.HasPrefix(o.Classified.Fields[1].Place, "classification.yaml:") {
		t.Errorf("%s, %+v", o.Type, o.Classified)
	}
	if out, _, _ := w.run(t, "order", "show", no); !strings.Contains(out, "type complaint ← manner (classification.yaml:") {
		t.Errorf("the timeline says\n%s", out)
	}
	asked, _ := w.web(t, "V2", "请问这个月水费怎么这么多")
	if o := w.order(t, asked); o.Type != "enquiry" || o.Team != "bills" || o.Family != core.Desk || o.Phase != core.Dispatching {
		t.Errorf("%s for %q in %s", o.Type, o.Team, o.Phase)
	}
	if no, _ := w.submit(t, "H1"); w.order(t, no).Classified != nil {
		t.Error("the hotline's order was classified, which asks for nothing")
	}

	file := filepath.Join(filepath.Dir(w.settings()), "classification.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	w.write(t, "classification.yaml", strings.Replace(string(text), "{category: service_attitude, type: complaint, team: general}", "{category: service_attitude, type: enquiry, team: bills}", 1))
	n := 2
	if err := soon(func() bool {
		n++
		no, _ := w.web(t, fmt.Sprint("V", n), "态度不好")
		return w.order(t, no).Team == "bills"
	}); err != nil {
		t.Fatal("the table that was saved is not live:", err)
	}
	if again, known := w.web(t, "V1", "抢修人员态度不好"); again != no || !known {
		t.Errorf("the retry is %s, known: %v", again, known)
	}
	if o := w.order(t, no); o.Type != "complaint" || o.Version != 1 {
		t.Errorf("the retry made it %s, version %d", o.Type, o.Version)
	}

	// What its cases refuse does not go live.
	w.write(t, "classification.yaml", strings.Replace(string(text), "爆管, 爆裂, 水柱, 大量冒水", "爆管", 1))
	out, errs, code := w.run(t, "mapping", "publish", "order-types")
	if code == 0 || !strings.Contains(strings.Join(strings.Fields(errs), " "), `type is "leak" by rule leak, not "burst"`) || !strings.Contains(errs, "[case]") {
		t.Errorf("published: %d %s%s", code, out, errs)
	}
}
