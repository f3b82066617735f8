package main

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"tundish/core"
)

// signedIn makes a person and returns the token that acts for him.
func (w *world) signedIn(t *testing.T, id string, args ...string) string {
	t.Helper()
	for _, c := range [][]string{append([]string{"user", "add", id, "--no-password"}, args...), {"user", "token", id, "--note", "test", "--days", "1"}} {
		out, errs, code := w.run(t, c...)
		if code != 0 {
			t.Fatalf("tundish %v: %s", c, errs)
		}
		if token := strings.TrimSpace(out); strings.HasPrefix(token, "tundish_") {
			return token
		}
	}
	t.Fatal("no token")
	return ""
}

// The README's calls of the API do what it says, for a dispatcher; a crew sees its own orders only.
func TestTheReadmesCallsOfTheAPIAreTrue(t *testing.T) {
	needs(t, "apt install curl", "curl", "bash")
	page, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(page), "\n## The JSON API\n")
	section, _, _ = strings.Cut(section, "\n## ")
	calls := regexp.MustCompile(`(?m)^    (curl .*)$`).FindAllStringSubmatch(section, -1)
	if len(calls) != 2 {
		t.Fatalf("%d calls are in the README, want 2", len(calls))
	}
	w := inWorld(t)
	w.begin(t)
	no, _ := w.submit(t, "API-1")
	mine, _ := w.submit(t, "API-2")
	var seen core.WorkOrder
	w.call(t, "POST", "/orders/"+mine+"/actions/accept", map[string]any{}, nil)
	w.call(t, "POST", "/orders/"+no+"/actions/accept", map[string]any{}, &seen)
	w.call(t, "POST", "/orders/"+mine+"/actions/assign", map[string]any{"fields": map[string]string{"crew": "R01"}}, nil)
	dispatcher := w.signedIn(t, "li.si", "--role", "dispatcher", "--everywhere")
	crew := w.signedIn(t, "r01", "--role", "crew", "--crew", "R01")

	as := strings.NewReplacer("127.0.0.1:8080", strings.TrimPrefix(w.hubURL, "http://"), "NUMBER", no, "VERSION", strconv.FormatInt(int64(seen.Version), 10))
	run := func(call string) (out string) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		cmd := exec.CommandContext(ctx, "bash", "-c", as.Replace(call))
		cmd.Env = append(os.Environ(), "TOKEN="+dispatcher)
		got, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v %s", call, err, got)
		}
		return string(got)
	}
	var page1 struct{ Orders []core.WorkOrder }
	if out := run(calls[0][1]); json.Unmarshal([]byte(out), &page1) != nil || len(page1.Orders) != 1 || string(page1.Orders[0].No) != no || page1.Orders[0].Version != seen.Version {
		t.Errorf("%s\n%s", calls[0][1], out)
	}
	var held core.WorkOrder
	if out := run(calls[1][1]); json.Unmarshal([]byte(out), &held) != nil || held.Hold == nil || held.Hold.By != "li.si" {
		t.Errorf("%s\n%s", calls[1][1], out)
	}
	if out := run(calls[1][1]); !strings.Contains(out, `"code":"stale"`) || !strings.Contains(out, `"action":"resume"`) {
		t.Errorf("once more, on the version of before:\n%s", out)
	}
	for path, want := range map[string]int{"/orders/" + mine: 200, "/orders/" + no: 403, "/search?q=" + mine: 403, "/views": 200, "/users": 403} {
		if a, err := send("GET", w.hubURL+"/api/v1"+path, "", http.Header{"Authorization": {"Bearer " + crew}}); err != nil || a.status != want || strings.Contains(a.body, `"no":"`+no+`"`) {
			t.Errorf("a crew's %s: %v %d %s", path, err, a.status, a.body)
		}
	}
	if a, err := send("GET", w.hubURL+"/api/openapi.json", "", nil); err != nil || a.status != 200 || !strings.Contains(a.body, `"openapi":"3.1.0"`) {
		t.Errorf("the description: %v %d", err, a.status)
	}
}
