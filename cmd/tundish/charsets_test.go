package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"tundish/core"
)

// yes is a peer of which nothing matters but what reaches it: it says yes to everything.
type yes struct {
	*httptest.Server
	mu  sync.Mutex
	got [][]byte
}

var asked = regexp.MustCompile(`Body><(\w+) xmlns="([^"]+)"`)

func newYes(t *testing.T, envelope, answer string) *yes {
	t.Helper()
	d := &yes{}
	d.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		d.mu.Lock()
		d.got = append(d.got, body)
		d.mu.Unlock()
		operation := asked.FindSubmatch(body)
		if operation == nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "text/xml; charset=utf-8")
		fmt.Fprintf(w, `<s:Envelope xmlns:s="%s"><s:Body><%[2]sResponse xmlns="%[3]s">%[4]s</%[2]sResponse></s:Body></s:Envelope>`, envelope, operation[1], operation[2], answer)
	}))
	t.Cleanup(d.Close)
	return d
}

// with is a message that holds a text, nil as long as there is none.
func (d *yes) with(text string) []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, b := range d.got {
		if strings.Contains(string(b), text) {
			return b
		}
	}
	return nil
}

// The examples whose own stacks speak UTF-8 alone are asked and called in GB2312 too: their
// contract says nothing about a charset, and the next installation's stack may want it.
func TestExamplesSpeakGB2312Too(t *testing.T) {
	changing := []string{`W26-\d+-\d`, "NUMBER", `\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d+)?(?:\+08:00)?`, "INSTANT", `[0-9a-f]{8}-[0-9a-f-]{27}`, "ID"}
	for id, e := range map[string]struct {
		message     string // as it is in UTF-8, with a declaration
		path        string
		contentType string
		url         string // of the example's peer
		envelope    string
		answer      string // that the peer gives
		work        core.Completion
		reviewed    bool
	}{
		"php-website": {"wire/submit.xml", "/soap-requests.php", "text/xml", "http://127.0.0.1:9193", "http://schemas.xmlsoap.org/soap/envelope/",
			"<answer><code>0</code></answer>", core.Completion{Outcome: core.Done, Handling: "repaired", Work: "更换接头，𠮷"}, false},
		"soap12-newconnection": {"mappings/soap12-newconnection/application.xml", "/soap/soap12-newconnection", "application/soap+xml", "http://127.0.0.1:9192", "http://www.w3.org/2003/05/soap-envelope",
			`<Ack code="OK"/>`, core.Completion{Outcome: core.Done, NewSerial: "N20-0077", NewDiameterMM: 20, NewInitialReading: "0.000", Handling: "installed", Work: "更换接头，𠮷"}, true},
	} {
		t.Run(id, func(t *testing.T) {
			w, peer := inWorld(t), newYes(t, e.envelope, e.answer)
			if err := w.configure(); err != nil {
				t.Fatal(err)
			}
			if err := w.overlay(id, e.url, peer.URL, "mode: live\n", "mode: live\ncharset: GB2312\n"); err != nil {
				t.Fatal(err)
			}
			if err := w.serve(); err != nil {
				t.Fatal(err)
			}
			data, err := os.ReadFile(filepath.Join(examples, id, e.message))
			if err != nil {
				t.Fatal(err)
			}
			text := regexp.MustCompile(`encoding="[^"]*"`).ReplaceAllString(string(data), `encoding="GB2312"`)
			a, err := send("POST", w.hubURL+e.path, gb18030(t, text), http.Header{"Content-Type": {e.contentType + "; charset=gb2312"}})
			if err != nil || a.status != http.StatusOK {
				t.Fatalf("%v %+v", err, a)
			}
			golden(t, id, "answer.gb2312.xml", []byte(a.body), changing...)
			var orders []core.WorkOrder
			w.list(t, &orders, "order", "list", "--system", id)
			if len(orders) != 1 {
				t.Fatalf("%d orders", len(orders))
			}
			if e.reviewed {
				w.call(t, "POST", "/orders/"+string(orders[0].No)+"/accept", struct{}{}, nil)
			}
			completed(t, w, orders[0].No, e.work)
			if e.reviewed {
				w.call(t, "POST", "/orders/"+string(orders[0].No)+"/review", map[string]any{"passed": true}, nil)
			}
			result := gb18030(t, "更换接头")
			if err := soon(func() bool { return peer.with(result) != nil }); err != nil {
				t.Fatalf("no result was told: %v", err)
			}
			golden(t, id, "result.gb2312.xml", peer.with(result), changing...)
		})
	}
}
