package hotlinesim

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"tundish/adapters/sim"
	"tundish/core"
)

// The simulator as a process sees it: it listens, it can be watched and disturbed, it ends.
func TestASimulatorIsWatchedAndDisturbedByItsControl(t *testing.T) {
	s, err := New(Options{Options: sim.Options{ListenAddr: "127.0.0.1:0", Clock: stopped{}}})
	if err != nil {
		t.Fatal(err)
	}
	registered(s, Hotline, "RX1")
	registered(s, Website, "WEB-1")
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	deadline := time.Now().Add(10 * time.Second)
	for strings.HasSuffix(s.Addr(), ":0") {
		if time.Now().After(deadline) {
			t.Fatal("it does not listen")
		}
		<-time.After(time.Millisecond)
	}
	base := "http://" + s.Addr()
	call := func(method, path, body string, want int) []byte {
		t.Helper()
		r, err := http.NewRequestWithContext(ctx, method, base+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		raw, err := io.ReadAll(answer.Body)
		if err != nil || answer.StatusCode != want {
			t.Fatalf("%s %s: status %d, want %d; %s, %v", method, path, answer.StatusCode, want, raw, err)
		}
		return raw
	}
	books := func(path string) map[core.SystemID][]sim.Entry {
		t.Helper()
		var all map[core.SystemID][]sim.Entry
		if err := json.Unmarshal(call("GET", path, "", 200), &all); err != nil {
			t.Fatal(err)
		}
		return all
	}
	call("GET", "/healthz", "", 200)
	if all := books("/control/books"); len(all) != 2 || len(all[Hotline]) != 1 || len(all[Website]) != 1 {
		t.Errorf("books: %+v", all)
	}
	call("POST", "/control/books", `{"op":"double","ref":"RX1"}`, 200)
	call("POST", "/control/books", `{"system":"website","op":"delete","ref":"WEB-1"}`, 200)
	if all := books("/control/books"); len(all[Hotline]) != 2 || len(all[Website]) != 0 {
		t.Errorf("falsified books: %+v", all)
	}
	if all := books("/control/books?system=website"); len(all) != 1 {
		t.Errorf("books of one: %+v", all)
	}
	call("POST", "/control/books", `{"op":"delete","ref":"RX9"}`, 400)
	call("POST", "/control/books", `{"system":"gis","op":"delete","ref":"RX1"}`, 404)
	call("POST", "/control/books", `{"op":"delete","reference":"RX1"}`, 400)

	call("PUT", "/control/faults", `[{"kind":"unavailable","ops":["ListOrders"]},{"kind":"slow","delay":"1ms"}]`, 200)
	call("PUT", "/control/faults", `[{"kind":"explode"}]`, 400)
	var rules []sim.Struck
	if err := json.Unmarshal(call("GET", "/control/faults", "", 200), &rules); err != nil || len(rules) != 2 || rules[0].Kind != sim.Unavailable {
		t.Errorf("faults: %+v, %v", rules, err)
	}
	var stats struct{ Systems map[core.SystemID]sim.Stats }
	if err := json.Unmarshal(call("GET", "/control/stats", "", 200), &stats); err != nil || stats.Systems[Hotline].Orders != 2 {
		t.Errorf("stats: %+v, %v", stats, err)
	}
	if wsdl := string(call("GET", "/soap/website?wsdl", "", 200)); !strings.Contains(wsdl, base+"/soap/website") || !strings.Contains(wsdl, "CloseOrder") {
		t.Error("the contract does not name the simulator's address")
	}
	cancel()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Error("it does not end")
	}
}

// A caller that waits inside a fault does not keep the simulator from ending.
func TestASimulatorEndsThoughSomebodyWaits(t *testing.T) {
	s, err := New(Options{Options: sim.Options{ListenAddr: "127.0.0.1:0", Clock: stopped{}, Faults: []string{"timeout"}}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	for strings.HasSuffix(s.Addr(), ":0") {
		<-time.After(time.Millisecond)
	}
	waiting := make(chan error, 1)
	go func() {
		const list = `<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><ListOrders xmlns="urn:tundish:hotline:v1"><MessageId>l</MessageId><Sequence>0</Sequence><SentAt>2026-05-11T08:00:00</SentAt><PageNo>0</PageNo><PageSize>1</PageSize></ListOrders></e:Body></e:Envelope>`
		answer, err := http.Post("http://"+s.Addr()+"/soap/hotline", "text/xml", strings.NewReader(list))
		if err == nil {
			answer.Body.Close()
		}
		waiting <- err
	}()
	for s.Faults().Rules()[0].Hits == 0 {
		<-time.After(time.Millisecond)
	}
	cancel()
	for range 2 {
		select {
		case err := <-ended:
			if err != nil {
				t.Error(err)
			}
			ended = nil
		case err := <-waiting:
			if err == nil {
				t.Error("the caller got an answer")
			}
		case <-time.After(10 * time.Second):
			t.Fatal("it does not end")
		}
	}
}
