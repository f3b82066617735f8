package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tundish/config"
	"tundish/core"
)

// What is saved in views.yaml is what people see next; a mistake leaves them what they had and is told with its place.
func TestViewsGoLiveWhenTheyAreSaved(t *testing.T) {
	w := inWorld(t)
	w.begin(t, config.Change{File: config.SettingsFile, Key: "bundles.poll", Text: "100ms"})
	raw, err := os.ReadFile(filepath.Join(filepath.Dir(w.settings()), "views.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	shipped := string(raw)
	ids := func() (list []string) {
		var out struct{ Views []struct{ ID string } }
		w.call(t, "GET", "/views", nil, &out)
		for _, v := range out.Views {
			list = append(list, v.ID)
		}
		return list
	}
	before := ids()
	w.write(t, "views.yaml", shipped+"  - {id: leaks, name: {en: Leaks, zh: 漏水}, types: [leak]}\n")
	if err := soon(func() bool { return slices.Contains(ids(), "leaks") }); err != nil {
		t.Fatal("it is not live:", err)
	}
	w.write(t, "views.yaml", shipped+"  - {id: leaks, name: {en: Leaks, zh: 漏水}, types: [leek]}\n")
	line := fmt.Sprintf("views.yaml:%d:", strings.Count(shipped, "\n")+1)
	if err := soon(func() bool {
		return strings.Contains(w.hub.output(), line) && strings.Contains(w.hub.output(), "leek")
	}); err != nil {
		t.Fatalf("the mistake at %s is not told: %v\n%s", line, err, w.hub.output())
	}
	if got := ids(); !slices.Contains(got, "leaks") {
		t.Errorf("a mistake left %v", got)
	}
	if _, errs, code := w.run(t, "mapping", "rollback", "views", "--force"); code != 0 {
		t.Fatal(errs)
	}
	if err := soon(func() bool { return slices.Equal(ids(), before) }); err != nil {
		t.Errorf("it was not taken back: %v", ids())
	}
}

// A channel is called at the address that is saved, one that is new while the hub runs, too; what is owed to one that is
// gone waits for a person.
func TestChannelsGoLiveWhenTheyAreSaved(t *testing.T) {
	w := inWorld(t)
	first, second, third := newScreen(t), newScreen(t), newScreen(t)
	if err := w.configure(config.Change{File: config.SettingsFile, Key: "bundles.poll", Text: "100ms"}); err != nil {
		t.Fatal(err)
	}
	channel := func(name, url string) string {
		return fmt.Sprintf("  - {name: %s, kind: webhook, url: '%s'}\n", name, url)
	}
	trigger := func(to string) string {
		return "triggers:\n  - id: seen\n    name: {en: Seen, zh: 收到}\n    on: received\n    effects:\n      - {do: webhook, to: [" + to + "], text: {en: One more., zh: 又一单。}}\n"
	}
	w.write(t, "channels.yaml", "channels:\n"+channel("screen", first.URL))
	w.write(t, "triggers.yaml", trigger("screen"))
	if err := w.serve(); err != nil {
		t.Fatal(err)
	}
	n := 0
	next := func() string {
		n++
		no, _ := w.submit(t, fmt.Sprint("H", n))
		return no
	}
	reached := func(s *screen) func() bool {
		return func() bool { no := next(); return soon(func() bool { return s.of(no, "seen") == 1 }) == nil }
	}
	if !reached(first)() {
		t.Fatal("the program was not called")
	}
	called := func(s *screen) bool { s.mu.Lock(); defer s.mu.Unlock(); return len(s.calls) > 0 }

	// Another address.
	w.write(t, "channels.yaml", "channels:\n"+channel("screen", second.URL))
	if err := soon(func() bool { next(); return called(second) }); err != nil {
		t.Fatal("the new address is not called:", err)
	}

	// A mistake changes nothing, and neither does taking away what a trigger calls.
	w.write(t, "channels.yaml", "channels:\n  - {name: screen, kind: webhook, url: 'nowhere'}\n")
	if err := soon(func() bool {
		return strings.Contains(w.hub.output(), "channels.yaml:2:40: channels[0].url")
	}); err != nil {
		t.Fatalf("the mistake is not told: %v\n%s", err, w.hub.output())
	}
	if !reached(second)() {
		t.Fatal("a mistake took the channel away")
	}

	// It is away, and something is owed to it when it is taken out; another one is new, and the trigger calls that.
	away := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }))
	defer away.Close()
	w.write(t, "channels.yaml", "channels:\n"+channel("screen", away.URL))
	owed := func(state string) (list []core.OutboxMessage) {
		w.list(t, &list, "outbox", "list", "--target", "hub:webhook/screen", "--state", state)
		return list
	}
	if err := soon(func() bool { next(); return len(owed("due")) > 0 }); err != nil {
		t.Fatal("nothing is owed to a program that is away:", err)
	}
	w.write(t, "channels.yaml", "channels:\n"+channel("wall", third.URL))
	w.write(t, "triggers.yaml", trigger("wall"))
	if err := soon(func() bool { next(); return called(third) }); err != nil {
		t.Fatalf("the channel that is new is not called: %v\n%s", err, w.hub.output())
	}

	if err := soon(func() bool { return len(owed("due")) == 0 }); err != nil {
		t.Fatal("it is owed for ever:", err)
	}
	if dead := owed("dead"); len(dead) == 0 || !strings.Contains(dead[0].LastError, "no_target") {
		t.Errorf("what was owed to the channel that is gone: %+v", dead)
	}
}
