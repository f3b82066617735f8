package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"tundish/core"
)

// manualType finds the file that the manual of order types writes step by step.
func manualType(t *testing.T) string {
	t.Helper()
	page, err := os.ReadFile("../../config/PROCESS.md")
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile("(?s)```yaml\n# config/order-types/valve_inspection.yaml\n(.*?)```").FindSubmatch(page)
	if m == nil {
		t.Fatal("the manual has no valve inspection any more")
	}
	return string(m[1])
}

// staffed calls the API as people whose tokens are known.
type staffed struct {
	*testing.T
	*world
	tokens map[string]string
}

// hire gives somebody an account and a token.
func (s *staffed) hire(name string, flags ...string) {
	s.Helper()
	if _, errs, code := s.run(s.T, append([]string{"user", "add", name, "--no-password"}, flags...)...); code != 0 {
		s.Fatalf("%s: %s", name, errs)
	}
	out, errs, code := s.run(s.T, "user", "token", name, "--note", "test")
	if code != 0 {
		s.Fatalf("%s: %s", name, errs)
	}
	s.tokens[name] = strings.TrimSpace(out)
}

// as calls a path as somebody; the answer must have the status.
func (s *staffed) as(name string, status int, path string, in any) answer {
	s.Helper()
	method, raw := http.MethodGet, []byte(nil)
	if in != nil {
		method = http.MethodPost
		raw, _ = json.Marshal(in)
	}
	a, err := send(method, s.hubURL+"/api/v1"+path, string(raw), http.Header{"Content-Type": {"application/json"}, "Authorization": {"Bearer " + s.tokens[name]}})
	if err != nil {
		s.Fatal(err)
	}
	if a.status != status {
		s.Fatalf("%s as %s: %d, not %d: %s", path, name, a.status, status, a.body)
	}
	return a
}

// order is the order as the dispatcher sees it.
func (s *staffed) order(no string) (o core.WorkOrder) {
	s.Helper()
	var detail struct {
		Order core.WorkOrder `json:"order"`
	}
	if err := json.Unmarshal([]byte(s.as("pai", http.StatusOK, "/orders/"+no, nil).body), &detail); err != nil {
		s.Fatal(err)
	}
	return detail.Order
}

// The type that the manual adds by YAML alone, with two approval nodes, runs from a hotline's SOAP call to the result that goes
// back to it, by people who may do no more than their roles say.
func TestAValveInspectionRunsThroughSOAPAndAPI(t *testing.T) {
	w := inWorld(t, "hotline")
	if err := w.configure(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(w.dir, "config", "order-types", "valve_inspection.yaml"), []byte(manualType(t)), 0o600); err != nil {
		t.Fatal(err)
	}
	hotline := filepath.Join(w.dir, "config", "systems", "hotline.yaml")
	text, err := os.ReadFile(hotline)
	if err == nil {
		err = os.WriteFile(hotline, []byte(strings.Replace(string(text), "map: {BG: burst,", "map: {FX: valve_inspection, BG: burst,", 1)), 0o600)
	}
	if err == nil {
		err = w.serve()
	}
	if err != nil {
		t.Fatal(err)
	}
	s := &staffed{T: t, world: w, tokens: map[string]string{}}
	s.hire("jie", "--role", "intake", "--everywhere")
	s.hire("ying", "--role", "approver", "--everywhere")
	s.hire("pai", "--role", "dispatcher", "--everywhere")
	s.hire("xiu", "--role", "crew", "--crew", "R01")
	s.hire("suo", "--role", "deputy_head", "--everywhere")

	inspection := func(ref string) string {
		a, err := w.soap("hotline", strings.Replace(leak(ref), "<Type>LS</Type>", "<Type>FX</Type>", 1))
		if err != nil || a.status != http.StatusOK {
			t.Fatalf("%v %d %s", err, a.status, a.body)
		}
		return a.text("OrderNo")
	}
	status := func(ref string) string {
		a, err := w.soap("hotline", fmt.Sprintf(`<QueryOrder xmlns="urn:tundish:hotline:v1"><ExternalRef>%s</ExternalRef></QueryOrder>`, ref))
		if err != nil || a.status != http.StatusOK {
			t.Fatalf("%v %d %s", err, a.status, a.body)
		}
		return a.text("Status")
	}
	act := func(who string, want int, no, action string, in map[string]any) {
		t.Helper()
		if in == nil {
			in = map[string]any{}
		}
		in["version"] = s.order(no).Version
		s.as(who, want, "/orders/"+no+"/actions/"+action, in)
	}
	no := inspection("FX1")
	if got := status("FX1"); got != "R" {
		t.Fatalf("after it was submitted the hotline hears %q", got)
	}
	act("ying", http.StatusForbidden, no, "accept", nil) // it is intake's
	act("jie", http.StatusOK, no, "accept", nil)
	act("jie", http.StatusForbidden, no, "approve", nil)
	act("suo", http.StatusForbidden, no, "approve", nil) // node 20 is the branch's
	act("ying", http.StatusOK, no, "approve", map[string]any{"remark": "同意"})
	s.as("pai", http.StatusOK, "/orders/"+no+"/assign", map[string]any{"crew": "R01", "reason": "test"})
	for _, step := range []string{"accept", "travel", "arrive"} {
		s.as("xiu", http.StatusOK, "/crews/R01/orders/"+no+"/"+step, map[string]any{})
	}
	if got := status("FX1"); got != "W" {
		t.Errorf("when the crew is there the hotline hears %q", got)
	}
	fields := map[string]any{"completion.work": "阀门卡死", "extra.valve_no": "12", "extra.valve_state": "stuck"}
	photo, err := base64.StdEncoding.DecodeString("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYPhfDwAChAGA60e6kgAAAABJRU5ErkJggg==")
	if err != nil {
		t.Fatal(err)
	}
	done := map[string]any{"fields": fields, "photos": []map[string]any{{"name": "valve.png", "bytes": photo}}}
	a := s.as("xiu", http.StatusUnprocessableEntity, "/crews/R01/orders/"+no+"/actions/done", done)
	if !strings.Contains(a.body, "extra.valve_no") {
		t.Errorf("a wrong valve number: %s", a.body)
	}
	fields["extra.valve_no"] = "V0012"
	s.as("xiu", http.StatusOK, "/crews/R01/orders/"+no+"/actions/done", done)
	if o := s.order(no); o.Phase != core.Approval {
		t.Fatalf("a valve that does not turn is at %s", o.Phase)
	}
	act("ying", http.StatusForbidden, no, "approve", nil) // node 60 is the deputy head's
	act("suo", http.StatusOK, no, "approve", nil)
	if got := status("FX1"); got != "C" && got != "F" {
		t.Errorf("when the result is released the hotline hears %q", got)
	}
	var owed []core.OutboxMessage
	w.list(t, &owed, "outbox", "list", "--order", no)
	results := 0
	for _, m := range owed {
		if m.Target == "hotline" && m.Kind == core.TellResult {
			results++
		}
	}
	if results != 1 {
		t.Errorf("%d results are owed to the hotline, not one", results)
	}

	// A valve that turns needs no deputy head.
	no = inspection("FX2")
	act("jie", http.StatusOK, no, "accept", nil)
	act("ying", http.StatusOK, no, "reject", map[string]any{"remark": "地址不详"})
	if o := s.order(no); o.Phase != core.Acceptance {
		t.Fatalf("rejected it is at %s", o.Phase)
	}
	act("jie", http.StatusOK, no, "accept", nil)
	act("ying", http.StatusOK, no, "approve", nil)
	s.as("pai", http.StatusOK, "/orders/"+no+"/assign", map[string]any{"crew": "R01", "reason": "test"})
	for _, step := range []string{"accept", "travel", "arrive"} {
		s.as("xiu", http.StatusOK, "/crews/R01/orders/"+no+"/"+step, map[string]any{})
	}
	fields["extra.valve_state"], fields["extra.turns"], fields["completion.work"] = "turns", 24, "启闭正常"
	s.as("xiu", http.StatusOK, "/crews/R01/orders/"+no+"/actions/done", done)
	if got := status("FX2"); got != "C" && got != "F" {
		t.Errorf("a valve that turns: the hotline hears %q", got)
	}
}
