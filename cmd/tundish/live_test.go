package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"tundish/cmd/tundish/app"
	"tundish/config"
	"tundish/core"
)

const hotlineScope = core.Scope("system/hotline")

// editor saves versions of the hotline's file. Versions of even number make its code LS a
// leak of normal urgency, odd ones an urgent burst: an order that is half of each was handled
// under two versions.
type editor struct {
	t    *testing.T
	file string
	text string // of the example
}

func edit(t *testing.T, w *world) *editor {
	t.Helper()
	e := &editor{t: t, file: filepath.Join(filepath.Dir(w.settings()), "systems", "hotline.yaml")}
	data, err := os.ReadFile(e.file)
	if err != nil {
		t.Fatal(err)
	}
	e.text = string(data)
	if e.version(1) == e.version(3) || !strings.Contains(e.version(1), "LS: burst") || !strings.Contains(e.version(1), `"3": urgent`) {
		t.Fatalf("the example's file is not what it was:\n%s", e.text)
	}
	return e
}

func (e *editor) version(n int) string {
	text := e.text
	if n%2 == 1 {
		text = strings.NewReplacer("LS: leak", "LS: burst", `"3": normal`, `"3": urgent`).Replace(text)
	}
	return fmt.Sprintf("%s# version %d\n", text, n)
}

// save writes a version as a poor editor does: the file is cut and then filled.
func (e *editor) save(n int) {
	e.t.Helper()
	f, err := os.Create(e.file)
	if err != nil {
		e.t.Fatal(err)
	}
	text := e.version(n)
	for _, part := range []string{text[:len(text)/2], text[len(text)/2:]} {
		if _, err := f.WriteString(part); err != nil {
			e.t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		e.t.Fatal(err)
	}
}

// of tells which version a bundle is, -1 for the example's own file.
func (e *editor) of(b core.Bundle) int {
	e.t.Helper()
	text := string(b.Files[len(b.Files)-1].Bytes)
	if text == e.text {
		return -1
	}
	_, last, _ := strings.Cut(text, "# version ")
	n := 0
	if _, err := fmt.Sscan(last, &n); err != nil || text != e.version(n) {
		e.t.Fatalf("a version that nobody saved was published:\n%s", text)
	}
	return n
}

func openBooks(t *testing.T, w *world) app.Store {
	t.Helper()
	st, err := app.OpenStore("sqlite://" + w.database())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	return st
}

// live is the hotline's version that is live; it must be whole.
func live(t *testing.T, st app.Store) (core.BundlePointer, core.Bundle) {
	t.Helper()
	all, err := st.BundlePointers(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range all {
		b, err := st.Bundle(t.Context(), p.Scope, p.Bundle)
		if err != nil || core.NewBundle(b.Scope, b.Files).ID != b.ID {
			t.Fatalf("what is live of %s is not whole: %v", p.Scope, err)
		}
		if p.Scope == hotlineScope {
			return p, b
		}
	}
	return core.BundlePointer{}, core.Bundle{}
}

func TestFilesGoLiveBetweenTwoMessages(t *testing.T) {
	w := inWorld(t)
	w.begin(t, config.Change{File: config.SettingsFile, Key: "bundles.poll", Text: "100ms"})
	e, st := edit(t, w), openBooks(t, w)
	stop := make(chan struct{})
	var callers sync.WaitGroup
	for c := range 4 {
		callers.Go(func() {
			tick := time.NewTicker(20 * time.Millisecond)
			defer tick.Stop()
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				case <-tick.C:
				}
				if a, err := w.soap("hotline", leak(fmt.Sprintf("L%d-%d", c, i))); err != nil || a.status != http.StatusOK {
					t.Errorf("a call failed: %v %d %s", err, a.status, a.body)
					return
				}
			}
		})
	}
	const versions = 12
	for n := range versions {
		e.save(n)
		if err := soon(func() bool { _, b := live(t, st); return e.of(b) == n }); err != nil {
			t.Fatalf("version %d: %v", n, err)
		}
		if n == versions/2 {
			if err := os.WriteFile(e.file, []byte("id: hotline\nmode: nonsense\n"), 0o644); err != nil {
				t.Fatal(err)
			}
			if err := soon(func() bool { return strings.Contains(w.hub.output(), "nonsense") }); err != nil {
				t.Fatalf("a bad file was not reported: %v", err)
			}
		}
	}
	close(stop)
	callers.Wait()

	kinds := map[string]string{"leak": "normal", "burst": "urgent"}
	under := map[string]string{} // type of the orders of a version
	used := map[string]int{}
	messages, err := st.Messages(t.Context(), core.MessageQuery{System: "hotline", Direction: core.Inbound, Limit: 100_000, WithBodies: true})
	if err != nil || len(messages) < 100 {
		t.Fatalf("%d messages: %v", len(messages), err)
	}
	for _, m := range messages {
		o, err := st.Order(t.Context(), m.Order)
		if err != nil {
			t.Fatal(err)
		}
		if kinds[o.Type] != string(o.Urgency) {
			t.Fatalf("order %s was handled under two versions: %s, %s", o.No, o.Type, o.Urgency)
		}
		if under[m.Bundle] == "" {
			b, err := st.Bundle(t.Context(), hotlineScope, m.Bundle)
			if err != nil {
				t.Fatalf("a message remembers version %q: %v", m.Bundle, err)
			}
			under[m.Bundle] = "leak"
			if e.of(b)%2 == 1 {
				under[m.Bundle] = "burst"
			}
		}
		if used[m.Bundle]++; under[m.Bundle] != o.Type {
			t.Fatalf("a message remembers version %s, which makes %s, and its order is a %s", m.Bundle, under[m.Bundle], o.Type)
		}
	}
	if len(used) < versions/2 || used[""] > 0 {
		t.Fatalf("%d messages under versions %v", len(messages), used)
	}
	if n := strings.Count(w.hub.output(), "what lies in the folder is not published"); n != 1 {
		t.Fatalf("the bad file was reported %d times", n)
	}
}

// TestWhoeverIsKilledOneWholeVersionIsLive kills hubs while they publish a folder, and commands
// while they publish or roll back.
func TestWhoeverIsKilledOneWholeVersionIsLive(t *testing.T) {
	w := inWorld(t)
	if err := w.configure(config.Change{File: config.SettingsFile, Key: "bundles.poll", Text: "100ms"}); err != nil {
		t.Fatal(err)
	}
	e := edit(t, w)
	if _, errs, code := w.run(t, "migrate"); code != 0 {
		t.Fatal(errs)
	}
	st := openBooks(t, w)
	rnd := rand.New(rand.NewPCG(1, 1))
	round := 0
	within := func(d time.Duration) time.Duration {
		return time.Duration(rnd.Int64N(int64(d))) * time.Duration(1+round/5)
	}
	killed := func(args ...string) { // a command that is killed on its way, or gets through
		cmd := exec.Command("tundish", args...)
		cmd.Dir, cmd.Env = w.dir, w.env
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		after := time.AfterFunc(50*time.Millisecond+within(300*time.Millisecond), func() { _ = cmd.Process.Kill() })
		_ = cmd.Wait()
		after.Stop()
	}
	last := int64(0)
	look := func(doing string) core.Bundle {
		t.Helper()
		p, b := live(t, st)
		if p.Revision > 0 {
			e.of(b) // somebody saved it
		}
		if p.Revision < last {
			t.Fatalf("after %s the pointer went back from revision %d to %d", doing, last, p.Revision)
		}
		moves, err := st.BundleMoves(t.Context(), hotlineScope, 0)
		if err != nil || int64(len(moves)) != min(p.Revision, 100) {
			t.Fatalf("after %s the pointer is at revision %d and the history has %d entries: %v", doing, p.Revision, len(moves), err)
		}
		last = p.Revision
		return b
	}
	// On a machine under load nothing gets through before it is killed: then there are more
	// rounds, each with more time.
	for round = 0; round < 5 || last < 3 && round < 30; round++ {
		e.save(2 * round)
		if err := w.serve(); err != nil { // whatever was left behind, a hub starts on it
			t.Fatal(err)
		}
		if round > 0 {
			e.save(2*round + 1)
			<-time.After(within(400 * time.Millisecond))
		}
		w.hub.kill()
		look("a hub was killed")
		killed("mapping", "publish", "hotline")
		look("a publication was killed")
		killed("mapping", "rollback", "hotline", "--force")
		look("a rollback was killed")
	}
	if err := w.serve(); err != nil {
		t.Fatal(err)
	}
	if err := soon(func() bool {
		here, err := os.ReadFile(e.file)
		_, b := live(t, st)
		return err == nil && string(here) == string(b.Files[len(b.Files)-1].Bytes)
	}); err != nil {
		t.Fatalf("folder and store do not come together: %v", err)
	}
	before := look("all")
	<-time.After(500 * time.Millisecond) // some looks: nothing moves any more
	if b := look("all"); b.ID != before.ID {
		t.Fatal("what is live moves although nobody edits")
	}
	if last < 3 {
		t.Fatalf("only %d moves in %d rounds: nothing was killed on its way", last, round)
	}
}

// A mapping is edited and rolled back while its callers go on at the address that they have
// always used.
func TestAMappingGoesLiveAtTheAddressOfItsCallers(t *testing.T) {
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
	repair, err := os.ReadFile(filepath.Join(examples, "asmx-hotline", "mappings", "asmx-hotline", "repair.xml"))
	if err != nil {
		t.Fatal(err)
	}
	sent := 0
	answers := func(want string) bool {
		t.Helper()
		sent++
		text := strings.NewReplacer("&", "&amp;", "<", "&lt;", "RX20260511001", fmt.Sprint("RX-", sent)).Replace(string(repair))
		a, err := send("POST", w.hubURL+"/HotlineService.asmx", envelope(`<SubmitRepair xmlns="http://tempuri.org/"><xmlData>`+text+`</xmlData></SubmitRepair>`),
			http.Header{"Content-Type": {"text/xml; charset=utf-8"}, "SOAPAction": {`"http://tempuri.org/SubmitRepair"`}})
		if err != nil || a.status != http.StatusOK || !strings.Contains(a.body, "CODE&gt;1&lt;") {
			t.Fatalf("%v %d %s", err, a.status, a.body)
		}
		return strings.Contains(a.body, want)
	}
	if !answers("成功") {
		t.Fatal("the example answers otherwise")
	}
	file := filepath.Join(filepath.Dir(w.settings()), "mappings", "asmx-hotline.yaml")
	was, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(strings.Replace(string(was), "MSG: 成功", "MSG: 已登记", 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := soon(func() bool { return answers("已登记") }); err != nil {
		t.Fatalf("an edit: %v", err)
	}
	if _, errs, code := w.run(t, "mapping", "rollback", "asmx-hotline"); code != 0 {
		t.Fatal(errs)
	}
	if err := soon(func() bool { return answers("成功") }); err != nil {
		t.Fatalf("a rollback: %v", err)
	}
	if is, err := os.ReadFile(file); err != nil || string(is) != string(was) {
		t.Fatalf("the file was not written back: %v", err)
	}
}
