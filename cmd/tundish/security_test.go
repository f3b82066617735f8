package main

import (
	"crypto/rand"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"tundish/config"
	"tundish/core"
)

// kept is the one refused message in the log of a hub that has no order.
func (w *world) kept(t *testing.T, system, result string) core.LoggedMessage {
	t.Helper()
	var orders []core.WorkOrder
	w.list(t, &orders, "order", "list")
	if len(orders) > 0 {
		t.Errorf("an order was stored: %+v", orders)
	}
	var kept []core.LoggedMessage
	w.list(t, &kept, "message", "list", "--refused", "--limit", "1")
	if len(kept) != 1 || string(kept[0].System) != system || kept[0].Result != result || kept[0].Direction != core.Inbound {
		t.Fatalf("the log keeps %+v, want one of %s with %s", kept, system, result)
	}
	return kept[0]
}

func TestTheAPIAnswersThisMachineOnly(t *testing.T) {
	w := inWorld(t)
	w.begin(t)
	port := w.hubURL[strings.LastIndex(w.hubURL, ":"):]
	for host, want := range map[string]int{
		"127.0.0.1" + port: 200, "localhost" + port: 200, "[::1]" + port: 200,
		"evil.example" + port: 403, "127.0.0.1.evil.example": 403, "192.0.2.7" + port: 403, "10.0.0.1": 403,
	} {
		for _, path := range []string{"/api/v1/orders", "/api/v1/messages?bodies=true"} {
			a, err := send("GET", w.hubURL+path, "", http.Header{"Host": {host}})
			if err != nil {
				t.Fatal(err)
			}
			if a.status != want || want == 403 && !strings.Contains(a.body, "loopback_only") {
				t.Errorf("Host %s: %s answers %d %s", host, path, a.status, a.body)
			}
		}
	}
	// A page of another site can make a browser send a form, not JSON.
	a, err := send("POST", w.hubURL+"/api/v1/dispatch/batch", "{}", http.Header{"Content-Type": {"text/plain"}})
	if err != nil || a.status != 422 {
		t.Errorf("a form: %v %d %s", err, a.status, a.body)
	}
}

func TestHostileMessagesAreRefusedAndKept(t *testing.T) {
	w := inWorld(t)
	w.begin(t, config.Change{File: "systems/hotline.yaml", Key: "limits.body", Text: "64KiB"})
	// On the wire a caller needs one code for what is wrong with the message itself; the
	// operator's log is more exact.
	for name, c := range map[string]struct {
		message      string
		status       int
		result, says string
	}{
		"external entity":      {`<!DOCTYPE s [<!ENTITY x SYSTEM "file:///etc/passwd">]>` + envelope(strings.Replace(leak("X1"), "冒水", "&x;", 1)), 500, "malformed", "document type"},
		"entities in entities": {`<!DOCTYPE l [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>` + envelope("<l>&b;</l>"), 500, "malformed", "document type"},
		"empty DTD":            {`<!DOCTYPE s>` + envelope(leak("X2")), 500, "malformed", "document type"},
		"too large":            {envelope(strings.Replace(leak("X3"), "冒水", strings.Repeat("水", 30_000), 1)), 413, "too_large", "65536"},
		"two roots":            {envelope(leak("X4")) + envelope(leak("X5")), 500, "malformed", "second root"},
		"two orders":           {envelope(leak("X6") + leak("X7")), 500, "two_operations", "SubmitOrder"},
		"too deep":             {strings.Replace(envelope(leak("X8")), "<s:Body>", "<s:Header>"+strings.Repeat("<a>", 5000)+strings.Repeat("</a>", 5000)+"</s:Header><s:Body>", 1), 500, "too_large", "deep"},
		"unknown operation":    {envelope(`<DropOrders xmlns="urn:tundish:hotline:v1"/>`), 500, "unknown_operation", "SubmitOrder, AmendOrder"},
		"no XML":               {`{"SubmitOrder": {"ExternalRef": "X9"}}`, 500, "malformed", "before the root"},
		"nothing":              {"", 500, "malformed", "empty"},
	} {
		t.Run(name, func(t *testing.T) {
			a, err := send("POST", w.hubURL+"/soap/hotline", c.message, http.Header{"Content-Type": {"text/xml; charset=utf-8"}})
			if err != nil {
				t.Fatal(err)
			}
			if a.status != c.status || a.text("code") != "invalid_message" || a.text("correlationId") == "" || !strings.Contains(a.body, c.says) {
				t.Errorf("answered %d %s", a.status, a.body)
			}
			if strings.Contains(a.body, "root:") || strings.Contains(a.body, ".go:") || strings.Contains(a.body, "goroutine") {
				t.Errorf("the answer tells too much: %s", a.body)
			}
			m := w.kept(t, "hotline", c.result)
			if m.Detail == "" || !strings.Contains(a.body, m.ID) {
				t.Errorf("kept as %+v, answered %s", m, a.body)
			}
		})
	}
}

// token is a WS-Security UsernameToken with a digest, as stacks send it.
func token(user, password string, at time.Time) string {
	nonce := make([]byte, 16)
	_, _ = rand.Read(nonce) // never fails
	created := at.UTC().Format("2006-01-02T15:04:05Z")
	sum := sha1.Sum([]byte(string(nonce) + created + password))
	const ns = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
	return fmt.Sprintf(`<w:Security xmlns:w="%[1]swssecurity-secext-1.0.xsd" s:mustUnderstand="1"><w:UsernameToken><w:Username>%[2]s</w:Username><w:Password Type="%[1]susername-token-profile-1.0#PasswordDigest">%[3]s</w:Password>`+
		`<w:Nonce>%[4]s</w:Nonce><u:Created xmlns:u="%[1]swssecurity-utility-1.0.xsd">%[5]s</u:Created></w:UsernameToken></w:Security>`,
		ns, user, base64.StdEncoding.EncodeToString(sum[:]), base64.StdEncoding.EncodeToString(nonce), created)
}

func TestCallersProveWhoTheyAre(t *testing.T) {
	const user, password = "hotline", "s3cret-水"
	w := inWorld(t)
	w.more["systems/hotline.yaml"] = "credentials:\n  in: {accept: [basic, digest], user: hotline, password_env: HOTLINE_PASSWORD}\n"
	w.env = append(w.env, "HOTLINE_PASSWORD="+password)
	w.begin(t)
	start, err := time.Parse(time.RFC3339, morning)
	if err != nil {
		t.Fatal(err)
	}
	fresh := token(user, password, start.Add(time.Minute))
	basic := func(user, password string) string {
		return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
	}
	for _, c := range []struct {
		name, header, authorization string
		taken                       bool
	}{
		{"nothing", "", "", false},
		{"another password", "", basic(user, "secret"), false},
		{"another user", "", basic("website", password), false},
		{"no Basic at all", "", "Bearer " + password, false},
		{"digest of another password", token(user, "secret", start), "", false},
		{"digest of yesterday", token(user, password, start.Add(-24*time.Hour)), "", false},
		{"digest", fresh, "", true},
		{"the same digest again", fresh, "", false},
		{"Basic", "", basic(user, password), true},
	} {
		ref := "P-" + strings.ReplaceAll(c.name, " ", "-")
		message := strings.Replace(envelope(leak(ref)), "<s:Body>", "<s:Header>"+c.header+"</s:Header><s:Body>", 1)
		header := http.Header{"Content-Type": {"text/xml; charset=utf-8"}}
		if c.authorization != "" {
			header.Set("Authorization", c.authorization)
		}
		a, err := send("POST", w.hubURL+"/soap/hotline", message, header)
		if err != nil {
			t.Fatal(err)
		}
		var stored []core.WorkOrder
		w.list(t, &stored, "order", "list", "--find", ref)
		if taken := a.status == 200 && a.text("OrderNo") != ""; taken != c.taken || (len(stored) == 1) != c.taken {
			t.Errorf("%s: answered %d %s, stored %d", c.name, a.status, a.body, len(stored))
		}
		if c.taken {
			continue
		}
		if a.text("faultcode") != "c:FailedAuthentication" || strings.Contains(a.body, password) {
			t.Errorf("%s: answered %s", c.name, a.body)
		}
		var kept []core.LoggedMessage
		w.list(t, &kept, "message", "list", "--refused", "--limit", "1")
		if len(kept) != 1 || !strings.Contains(a.body, kept[0].ID) {
			t.Errorf("%s: the log keeps %+v", c.name, kept)
			continue
		}
		// What proves who somebody is does not get into the log.
		shown, _, code := w.run(t, "message", "show", kept[0].ID)
		if code != 0 || !strings.Contains(shown, ref) || strings.Contains(shown, password) || strings.Contains(shown, `Digest">`) && !strings.Contains(shown, `Digest">***</`) {
			t.Errorf("%s: kept as\n%s", c.name, shown)
		}
	}
	// Nor is it taken when somebody has all that was refused taken again.
	if said, _, code := w.run(t, "message", "replay", "--system", "hotline"); code != 1 || strings.Count(said, "Not authenticated") != 7 {
		t.Errorf("taken again: %d\n%s", code, said)
	}
	var kept []core.LoggedMessage
	w.list(t, &kept, "message", "list", "--refused", "--limit", "100")
	for _, m := range kept {
		if a, err := send("POST", w.hubURL+"/api/v1/messages/"+m.ID+"/replay", `{"force":true}`, http.Header{"Content-Type": {"application/json"}}); err != nil || a.status != 409 || !strings.Contains(a.body, `"authentication"`) {
			t.Errorf("%s taken again: %v %d %s", m.Result, err, a.status, a.body)
		}
	}
	var stored []core.WorkOrder
	if w.list(t, &stored, "order", "list"); len(stored) != 2 {
		t.Errorf("%d orders, two callers proved who they are", len(stored))
	}
	// The contract is no secret, and the website has no credentials set.
	if a, err := send("GET", w.hubURL+"/soap/website?wsdl", "", nil); err != nil || a.status != 200 {
		t.Errorf("%v %d", err, a.status)
	}
	if strings.Contains(w.hub.output(), password) {
		t.Error("the log names the password")
	}
	// Whoever listened sends it to the second hub.
	first := w.hub
	t.Cleanup(first.kill)
	if err := w.serve(); err != nil {
		t.Fatal(err)
	}
	replay := strings.Replace(envelope(leak("P-replay")), "<s:Body>", "<s:Header>"+fresh+"</s:Header><s:Body>", 1)
	a, err := send("POST", w.hubURL+"/soap/hotline", replay, http.Header{"Content-Type": {"text/xml; charset=utf-8"}})
	if err != nil {
		t.Fatal(err)
	}
	if a.status == 200 || !strings.Contains(a.body, "该 Nonce 已被使用") {
		t.Errorf("a second hub answered the replay with %d %s", a.status, a.body)
	}
	another := strings.Replace(envelope(leak("P-again")), "<s:Body>", "<s:Header>"+token(user, password, start.Add(time.Minute))+"</s:Header><s:Body>", 1)
	if a, err = send("POST", w.hubURL+"/soap/hotline", another, http.Header{"Content-Type": {"text/xml; charset=utf-8"}}); err != nil || a.text("OrderNo") == "" {
		t.Errorf("a second hub answered a new digest with %v %d %s", err, a.status, a.body)
	}
}
