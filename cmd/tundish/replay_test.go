package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tundish/config"
	"tundish/core"
)

// A hub that runs takes a refused message again under the mapping that is live by then, for whoever has the right.
func TestTheAPITakesARefusedMessageAgain(t *testing.T) {
	w := inWorld(t)
	if err := w.configure(config.Change{File: config.SettingsFile, Key: "bundles.poll", Text: "100ms"}); err != nil {
		t.Fatal(err)
	}
	if err := w.overlay("asmx-hotline"); err != nil {
		t.Fatal(err)
	}
	if err := w.serve(); err != nil {
		t.Fatal(err)
	}
	submit := func(ref, content string) bool {
		t.Helper()
		a, err := send("POST", w.hubURL+"/HotlineService.asmx", envelope(`<SubmitRepair xmlns="http://tempuri.org/"><xmlData>&lt;REPAIR>&lt;S_BH>`+ref+`&lt;/S_BH>&lt;S_LX>ZZ&lt;/S_LX>&lt;S_DZ>张杨路2号&lt;/S_DZ>&lt;S_NR>`+content+`&lt;/S_NR>&lt;/REPAIR></xmlData></SubmitRepair>`),
			http.Header{"Content-Type": {"text/xml; charset=utf-8"}, "SOAPAction": {`"http://tempuri.org/SubmitRepair"`}})
		if err != nil || a.status != http.StatusOK {
			t.Fatalf("%v %d %s", err, a.status, a.body)
		}
		return strings.Contains(a.body, "CODE&gt;1&lt;")
	}
	submit("RX-1", "水压低")
	id := w.kept(t, "asmx-hotline", "unknown_code").ID
	submit("RX-2", "水压低")
	old := w.kept(t, "asmx-hotline", "unknown_code").ID
	integrator, viewer := w.signedIn(t, "jie", "--role", "integrator"), w.signedIn(t, "kan", "--role", "viewer", "--everywhere")
	replay := func(who, id, body string, status int, says string) {
		t.Helper()
		a, err := send("POST", w.hubURL+"/api/v1/messages/"+id+"/replay", body, http.Header{"Content-Type": {"application/json"}, "Authorization": {"Bearer " + who}})
		if err != nil || a.status != status || !strings.Contains(a.body, says) {
			t.Errorf("%v: answered %d %s, want %d with %s", err, a.status, a.body, status, says)
		}
	}
	replay(viewer, id, `{}`, 403, `"not_allowed"`)
	replay(integrator, "nonsense", `{}`, 404, `"unknown_message"`)
	replay(integrator, id, `{}`, 422, `"code":"unknown_code","field":"S_LX"`)

	file := filepath.Join(filepath.Dir(w.settings()), "mappings", "asmx-hotline.yaml")
	was, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	mended := strings.Replace(string(was), "table: asmx-hotline-types", "map: {BG: burst, LS: leak, WS: no_water, TS: complaint, ZX: enquiry, ZZ: no_water}", 1)
	if err := os.WriteFile(file, []byte(mended), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := soon(func() bool {
		a, err := send("POST", w.hubURL+"/api/v1/messages/"+id+"/replay", `{}`, http.Header{"Content-Type": {"application/json"}, "Authorization": {"Bearer " + integrator}})
		return err == nil && a.status == 200 && strings.Contains(a.body, `"external":"RX-1","order":"W26-`)
	}); err != nil {
		t.Fatalf("after the mapping was mended: %v", err)
	}
	content := func(ref string) string {
		t.Helper()
		var orders []core.WorkOrder
		w.list(t, &orders, "order", "list", "--find", ref)
		if len(orders) != 1 || orders[0].Type != "no_water" {
			t.Fatalf("stored as %+v", orders)
		}
		return orders[0].Report.Content
	}
	if got := content("RX-1"); got != "水压低" {
		t.Errorf("stored with %s", got)
	}

	// What its source said since stands, until somebody says that the older message is meant.
	if !submit("RX-2", "已无水") {
		t.Fatal("refused under the mended mapping")
	}
	var all []core.LoggedMessage
	w.list(t, &all, "message", "list", "--external", "RX-2")
	replay(integrator, all[0].ID, `{}`, 409, `"not_refused"`)
	replay(integrator, old, `{}`, 409, `"superseded"`)
	if got := content("RX-2"); got != "已无水" {
		t.Errorf("superseded, and yet it says %s", got)
	}
	replay(integrator, old, `{"force":true}`, 200, `"external":"RX-2","order":"W26-`)
	if got := content("RX-2"); got != "水压低" {
		t.Errorf("forced, and yet it says %s", got)
	}
}
