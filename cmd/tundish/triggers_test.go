package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"tundish/config"
	"tundish/core"
)

// screen is a program that the hub calls.
type screen struct {
	*httptest.Server
	mu    sync.Mutex
	calls []ring
}

type ring struct{ Order, Rule string }

func newScreen(t *testing.T) *screen {
	s := &screen{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(r.Body)
		var c ring
		if err != nil || json.Unmarshal(raw, &c) != nil {
			t.Errorf("the hub sent %q, %v", raw, err)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.calls = append(s.calls, c)
	}))
	t.Cleanup(s.Close)
	return s
}

// of tells how often a rule ring about an order.
func (s *screen) of(no, rule string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.calls {
		if c == (ring{no, rule}) {
			n++
		}
	}
	return n
}

// houseTriggers sets a field, opens an order and calls a program when an order comes in, and calls again for what was set.
const houseTriggers = `triggers:
  - id: estate
    name: {en: A large estate, zh: 大型小区}
    on: received
    types: leak
    when: place.address contains "张杨路"
    effects:
      - {do: set, set: place.depot, value: north}
      - {do: create_order, type: maintenance, copy: [place, customer], text: {en: Look after the pipes of the estate., zh: 检查小区管网。}}
  - id: depot_known
    name: {en: The depot is known, zh: 站点已定}
    on: amended
    changed: place.depot
    effects:
      - {do: webhook, to: [screen], text: {en: The depot is known., zh: 站点已定。}}
`

func (w *world) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(filepath.Dir(w.settings()), name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (w *world) order(t *testing.T, no string) core.WorkOrder {
	t.Helper()
	var o struct{ Order core.WorkOrder }
	w.list(t, &o, "order", "show", no)
	return o.Order
}

// A trigger sets a field, opens an order and has a program called, of the order that came in and of the one that was
// opened; it goes live when it is saved and is taken back with the order types.
func TestTriggersActInAHubAndGoLiveWithTheOrderTypes(t *testing.T) {
	w := inWorld(t)
	screen := newScreen(t)
	if err := w.configure(); err != nil {
		t.Fatal(err)
	}
	w.write(t, "channels.yaml", "channels:\n  - {name: screen, kind: webhook, url: '"+screen.URL+"'}\n")
	w.write(t, "triggers.yaml", houseTriggers)
	if err := w.serve(); err != nil {
		t.Fatal(err)
	}
	no, _ := w.submit(t, "H1")
	if got := w.order(t, no).Place.Depot; got != "north" {
		t.Errorf("the depot is %q", got)
	}
	if err := soon(func() bool { return len(w.order(t, no).Opened) == 1 }); err != nil {
		t.Fatal("no order was opened:", err)
	}
	opened := w.order(t, string(w.order(t, no).Opened[0]))
	if opened.Type != "maintenance" || opened.Origin == nil || opened.Origin.Rule != "estate" || opened.Origin.Order != core.OrderNo(no) || opened.Customer.Phone != "13800000000" {
		t.Errorf("it opened %s, %+v", opened.Type, opened.Origin)
	}
	if err := soon(func() bool { return screen.of(no, "depot_known") == 1 }); err != nil {
		t.Fatal("the program was not called:", err)
	}
	if w.submit(t, "H1"); screen.of(no, "depot_known") != 1 || len(w.order(t, no).Opened) != 1 {
		t.Error("a repeat set it off again")
	}

	// What is saved goes live, and what is wrong does not.
	live := func() string {
		out, _, _ := w.run(t, "mapping", "history", "order-types")
		return out
	}
	before := strings.Count(live(), "\n")
	w.write(t, "triggers.yaml", strings.ReplaceAll(houseTriggers, "place.depot, value: north", "place.depot, value: south"))
	if err := soon(func() bool { return strings.Count(live(), "\n") > before }); err != nil {
		t.Fatal("the file that was saved was not published:", err)
	}
	n := 1
	depot := func() string {
		n++
		no, _ := w.submit(t, fmt.Sprint("H", n))
		return w.order(t, no).Place.Depot
	}
	if err := soon(func() bool { return depot() == "south" }); err != nil {
		t.Fatal("it is not live:", err)
	}
	if _, errs, code := w.run(t, "mapping", "rollback", "order-types"); code != 0 {
		t.Fatal(errs)
	}
	if err := soon(func() bool { return depot() == "north" }); err != nil {
		t.Fatal("it was not taken back:", err)
	}
	if text, err := os.ReadFile(filepath.Join(filepath.Dir(w.settings()), "triggers.yaml")); err != nil || string(text) != houseTriggers {
		t.Errorf("the file is not what it was: %v\n%s", err, text)
	}
}

// What is owed to a channel that is taken out of its file becomes a dead letter that says why, and is delivered once the
// channel is back and somebody asks for it.
func TestWhatIsOwedToAChannelThatIsGoneIsADeadLetter(t *testing.T) {
	w := inWorld(t)
	screen := newScreen(t)
	if err := w.configure(config.Change{File: config.SettingsFile, Key: "bundles.watch", Text: "never"}); err != nil {
		t.Fatal(err)
	}
	channel := func(url string) {
		w.write(t, "channels.yaml", "channels:\n  - {name: screen, kind: webhook, url: '"+url+"'}\n")
	}
	channel("http://127.0.0.1:1") // which nobody answers
	w.write(t, "triggers.yaml", houseTriggers)
	if err := w.serve(); err != nil {
		t.Fatal(err)
	}
	no, _ := w.submit(t, "H1")
	restart := func() {
		t.Helper()
		if err := w.hub.stop(); err != nil {
			t.Fatal(err)
		}
		if err := w.serve(); err != nil {
			t.Fatal(err)
		}
	}
	w.write(t, "channels.yaml", "channels: []\n")
	w.write(t, "triggers.yaml", "triggers: []\n")
	restart()
	var dead []core.OutboxMessage
	if err := soon(func() bool {
		w.list(t, &dead, "outbox", "list", "--state", "dead")
		return len(dead) == 1
	}); err != nil {
		t.Fatalf("%v: %+v", err, dead)
	}
	if m := dead[0]; m.Target != "hub:webhook/screen" || m.Order != core.OrderNo(no) || !strings.Contains(m.LastError, "channels.yaml has no channel screen") {
		t.Errorf("%+v", m)
	}
	if !strings.Contains(w.hub.output(), "something is owed to a target that nobody serves") {
		t.Error("the hub does not say so when it starts")
	}
	channel(screen.URL)
	restart()
	if _, errs, code := w.run(t, "outbox", "retry", dead[0].ID); code != 0 {
		t.Fatal(errs)
	}
	if err := soon(func() bool { return screen.of(no, "depot_known") == 1 }); err != nil {
		t.Error("it was not delivered:", err)
	}
}
