package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"tundish/cmd/tundish/app"
	"tundish/config"
)

// morning is when every story begins: a Monday, the crews at work.
const morning = "2026-05-11T09:00:00+08:00"

// world is a hub with its settings and store in a folder of its own, and the simulators
// that a story needs, all of them processes on free ports.
type world struct {
	dir    string
	env    []string
	anchor string // when it was morning
	hub    *process
	hubURL string
	sims   map[string]*process
	simURL map[string]string
	// more is appended to a settings file, by name.
	more map[string]string
}

// newWorld makes an empty world in dir whose programs run with env.
func newWorld(dir string, env []string) *world {
	w := &world{dir: dir, anchor: time.Now().Format(time.RFC3339Nano), sims: map[string]*process{}, simURL: map[string]string{}, more: map[string]string{}}
	w.env = append(slices.Clip(env), "TUNDISH_CONFIG="+w.settings())
	return w
}

// inWorld is a world that ends with the test.
func inWorld(t *testing.T, sims ...string) *world {
	t.Helper()
	if testing.Short() {
		t.Skip("starts processes")
	}
	w := newWorld(t.TempDir(), append(os.Environ(), "LC_ALL=C", "TUNDISH_LANG=en"))
	t.Cleanup(func() {
		w.end()
		if t.Failed() && w.hub != nil {
			t.Logf("the hub said:\n%s", w.hub.output())
		}
	})
	for _, s := range sims {
		if err := w.simulate(s); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

func (w *world) settings() string { return filepath.Join(w.dir, "config", config.SettingsFile) }

func (w *world) database() string { return filepath.Join(w.dir, "hub.db") }

var simulatorServes = regexp.MustCompile(`the simulator serves.*"address": "([^"]+)"`)

// simulate starts a simulator that does nothing by itself.
func (w *world) simulate(name string, args ...string) error {
	args = append([]string{"simulate", name, "--listen", "127.0.0.1:0", "--drive=false", "--clock-origin", morning, "--clock-anchor", w.anchor}, args...)
	p, addr, err := start(w.dir, w.env, simulatorServes, args...)
	if err != nil {
		return err
	}
	w.sims[name], w.simURL[name] = p, "http://"+addr
	return nil
}

// configure writes the settings: the example's, but for the ports and what the story
// changes. A system whose simulator does not run is called where nobody listens.
func (w *world) configure(changes ...config.Change) error {
	all := []config.Change{
		{File: config.SettingsFile, Key: "listen.address", Text: "127.0.0.1:0"},
		{File: config.SettingsFile, Key: "store.dsn", Text: "sqlite://" + w.database()},
		{File: config.SettingsFile, Key: "clock.origin", Text: morning},
		{File: config.SettingsFile, Key: "shutdown.drain", Text: "0s"}, // stories stop hubs that nobody calls
		{File: config.SettingsFile, Key: "clock.anchor", Text: w.anchor},
		{File: "jobs/scheduled-replacements.yaml", Key: "enabled", Text: "false"},
		{File: "jobs/pending-installations.yaml", Key: "enabled", Text: "false"},
	}
	for system, sim := range map[string]string{"hotline": "hotline", "website": "hotline", "billing": "billing", "newconnection": "newconnection", "gis": "gis"} {
		file := "systems/" + system + ".yaml"
		all = append(all,
			config.Change{File: file, Key: "url", Text: cmp.Or(w.simURL[sim], "http://127.0.0.1:1") + "/soap/" + system},
			config.Change{File: file, Key: "write_back.backoff", Text: "50ms"},
			config.Change{File: file, Key: "write_back.backoff_max", Text: "200ms"},
			config.Change{File: file, Key: "write_back.break_for", Text: "100ms"})
	}
	if _, err := config.WriteTree(filepath.Dir(w.settings()), app.Schemas(), append(all, changes...)...); err != nil {
		return err
	}
	for name, text := range w.more {
		f, err := os.OpenFile(filepath.Join(filepath.Dir(w.settings()), name), os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		if _, err := f.WriteString(text); err != nil {
			return errors.Join(err, f.Close())
		}
		if err := f.Close(); err != nil {
			return err
		}
	}
	return nil
}

var hubListens = regexp.MustCompile(`^listening on (\S+)`)

// serve starts the hub; requests wait until it takes them.
func (w *world) serve(args ...string) error {
	p, addr, err := start(w.dir, w.env, hubListens, append([]string{"serve"}, args...)...)
	if err != nil {
		return err
	}
	w.hub, w.hubURL = p, "http://"+addr
	return nil
}

// end stops everything.
func (w *world) end() {
	if w.hub != nil {
		_ = w.hub.stop()
	}
	for _, p := range w.sims {
		_ = p.stop()
	}
}

// begin configures and serves.
func (w *world) begin(t *testing.T, changes ...config.Change) {
	t.Helper()
	if err := w.configure(changes...); err != nil {
		t.Fatal(err)
	}
	if err := w.serve(); err != nil {
		t.Fatal(err)
	}
}

// run runs a command to its end.
func (w *world) run(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "tundish", args...)
	cmd.Dir, cmd.Env = w.dir, w.env
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// list runs a command that prints JSON and must succeed.
func (w *world) list(t *testing.T, into any, args ...string) {
	t.Helper()
	out, errs, code := w.run(t, append(args, "--json")...)
	if code != 0 {
		t.Fatalf("tundish %v: exit status %d\n%s", args, code, errs)
	}
	if err := json.Unmarshal([]byte(out), into); err != nil {
		t.Fatalf("tundish %v: %v\n%s", args, err, out)
	}
}

// answer is what came back for a message.
type answer struct {
	status int
	body   string
}

// text is what stands in the first element of a local name, "" without one.
func (a answer) text(name string) string {
	m := regexp.MustCompile(`<(?:\w+:)?` + name + `(?:\s[^>]*)?>([^<]*)</`).FindStringSubmatch(a.body)
	if m == nil {
		return ""
	}
	return m[1]
}

// send sends a request as it stands.
func send(method, url, body string, header http.Header) (answer, error) {
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	maps.Copy(req.Header, header)
	if h := header.Get("Host"); h != "" {
		req.Host = h
	}
	client := http.Client{Timeout: patience}
	resp, err := client.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, string(raw)}, err
}

// soap posts an envelope around body to a system's address.
func (w *world) soap(system, body string) (answer, error) {
	return send("POST", w.hubURL+"/soap/"+system, envelope(body), http.Header{"Content-Type": {"text/xml; charset=utf-8"}})
}

func envelope(body string) string {
	return `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>` + body + `</s:Body></s:Envelope>`
}

// leak is a hotline's report of a leak, as it submits it.
func leak(ref string) string {
	return fmt.Sprintf(`<SubmitOrder xmlns="urn:tundish:hotline:v1"><MessageId>m-%[1]s</MessageId><Order><ExternalRef>%[1]s</ExternalRef><Type>LS</Type><Channel>DH</Channel><Urgency>3</Urgency>`+
		`<Customer><Name>𠮷田物业</Name><Contact>李师傅</Contact><Phone>13800000000</Phone></Customer>`+
		`<Place><Address>梧桐区张杨路1234弄5号</Address><District>D1</District><Coordinate referenceSystem="WGS84"><Lat>31.2480</Lat><Lon>121.4300</Lon></Coordinate></Place>`+
		`<Report><Category>02</Category><Content>5 号门前路面冒水</Content></Report></Order></SubmitOrder>`, ref)
}

// submit hands a leak to the hub and returns the hub's number.
func (w *world) submit(t *testing.T, ref string) (no string, known bool) {
	t.Helper()
	a, err := w.soap("hotline", leak(ref))
	if err != nil {
		t.Fatal(err)
	}
	if a.status != http.StatusOK || a.text("OrderNo") == "" {
		t.Fatalf("%d %s", a.status, a.body)
	}
	return a.text("OrderNo"), a.text("Known") == "true"
}

// call calls the hub's JSON API; the answer must be 200.
func (w *world) call(t *testing.T, method, path string, in, out any) {
	t.Helper()
	raw, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	if in == nil {
		raw = nil
	}
	a, err := send(method, w.hubURL+"/api/v1"+path, string(raw), http.Header{"Content-Type": {"application/json"}})
	if err != nil {
		t.Fatal(err)
	}
	if a.status != http.StatusOK {
		t.Fatalf("%s %s: %d %s", method, path, a.status, a.body)
	}
	if out == nil {
		return
	}
	if err := json.NewDecoder(bytes.NewReader([]byte(a.body))).Decode(out); err != nil {
		t.Fatal(err)
	}
}

// control sends a control message to a simulator, which must take it.
func (w *world) control(t *testing.T, sim, method, path string, in any) {
	t.Helper()
	raw, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	a, err := send(method, w.simURL[sim]+path, string(raw), http.Header{"Content-Type": {"application/json"}})
	if err != nil || a.status != http.StatusOK {
		t.Fatalf("%s %s: %v %d %s", method, path, err, a.status, a.body)
	}
}
