package main

import (
	"bytes"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

var updateGolden = flag.Bool("update-wire", false, "write the golden wire messages of config/examples anew")

// examples is where complete foreign systems stand, each to be laid over a configuration.
var examples, _ = filepath.Abs("../../config/examples")

// overlay lays an example over the world's configuration, which must be written. old and
// new texts of its YAML files take turns in replace: addresses of peers.
func (w *world) overlay(id string, replace ...string) error {
	to, from := filepath.Dir(w.settings()), filepath.Join(examples, id)
	r := strings.NewReplacer(append(replace, "write_back:\n", "write_back:\n  backoff: 50ms\n  backoff_max: 200ms\n  break_for: 100ms\n", "settled: 5s", "settled: 50ms")...)
	return filepath.WalkDir(from, func(name string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, name)
		if err != nil {
			return err
		}
		if d.IsDir() {
			if rel == "peer" || rel == "wire" {
				return filepath.SkipDir
			}
			return os.MkdirAll(filepath.Join(to, rel), 0o755)
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		if filepath.Ext(name) == ".yaml" {
			data = []byte(r.Replace(string(data)))
		}
		return os.WriteFile(filepath.Join(to, rel), data, 0o644)
	})
}

// peer starts somebody else's program and waits for the line that ready finds.
func peer(t *testing.T, dir string, env []string, ready *regexp.Regexp, args ...string) (found string) {
	t.Helper()
	p, found, err := startProgram(dir, append(os.Environ(), env...), ready, args...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			t.Logf("%s said:\n%s", args[0], p.output())
		}
	})
	return found
}

// needs skips a test loudly when a program is not here.
func needs(t *testing.T, install string, programs ...string) {
	t.Helper()
	for _, p := range programs {
		if _, err := exec.LookPath(p); err != nil {
			t.Skipf("SKIPPED, because %s is missing here: %s", p, install)
		}
	}
}

// wire stands between the hub and a peer and keeps what passes.
type wire struct {
	url  string
	mu   sync.Mutex
	sent [][]byte // bodies, in their order
	back [][]byte // what they were answered with
}

// tap makes a wire to a peer's address.
func tap(t *testing.T, to string) *wire {
	t.Helper()
	target, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.ModifyResponse = func(r *http.Response) error {
		body, err := io.ReadAll(r.Body)
		w.mu.Lock()
		w.back = append(w.back, body)
		w.mu.Unlock()
		r.Body = io.NopCloser(bytes.NewReader(body))
		return err
	}
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		w.mu.Lock()
		w.sent = append(w.sent, body)
		w.mu.Unlock()
		r.Body = io.NopCloser(bytes.NewReader(body))
		proxy.ServeHTTP(rw, r)
	}))
	t.Cleanup(server.Close)
	w.url = server.URL
	return w
}

// with is the last body that holds a text; nil without one.
func (w *wire) with(text string) []byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	return lastWith(w.sent, text)
}

// answered is with for answers.
func (w *wire) answered(text string) []byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	return lastWith(w.back, text)
}

func lastWith(bodies [][]byte, text string) []byte {
	for _, body := range slices.Backward(bodies) {
		if bytes.Contains(body, []byte(text)) {
			return body
		}
	}
	return nil
}

// golden holds a message against the one in an example's folder, byte for byte. What is
// another each time, such as numbers and instants, is replaced first: each pattern by the
// text behind it.
func golden(t *testing.T, id, name string, message []byte, changing ...string) {
	t.Helper()
	for i := 0; i+1 < len(changing); i += 2 {
		message = regexp.MustCompile(changing[i]).ReplaceAll(message, []byte(changing[i+1]))
	}
	file := filepath.Join(examples, id, "wire", name)
	if len(message) == 0 {
		t.Errorf("no message for %s passed", file)
		return
	}
	if *updateGolden {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, message, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(message, want) {
		t.Errorf("%s differs (go test ./cmd/tundish -update-wire writes it anew)\ngot  %q\nwant %q", file, message, want)
	}
}

// output runs a program to its end and gives what it printed.
func output(t *testing.T, dir string, env []string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %v\n%s%s", args, err, out.String(), errs.String())
	}
	return out.String()
}

// pages are the examples' pages in the administrators' manual, and their commands.
var (
	pages    = regexp.MustCompile(`(?ms)^### ([a-z0-9-]+)\n(.*?)(?:^### |^## )`)
	commands = regexp.MustCompile(`(?m)^    (.+)$`)
)

// Whoever follows the page of an example word for word has a configuration without a mistake,
// whose cases hold.
func TestTheManualsPagesOfExamplesWork(t *testing.T) {
	manual, err := os.ReadFile("../../config/README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(manual), "\n## Systems on a contract of their own")
	seen := 0
	for {
		m := pages.FindStringSubmatchIndex(text)
		if m == nil {
			break
		}
		id, page := text[m[2]:m[3]], text[m[4]:m[5]]
		text = text[m[5]:]
		seen++
		t.Run(id, func(t *testing.T) {
			w := inWorld(t)
			if err := w.configure(); err != nil {
				t.Fatal(err)
			}
			if err := os.CopyFS(filepath.Join(w.dir, "config", "examples", id), os.DirFS(filepath.Join(examples, id))); err != nil {
				t.Fatal(err)
			}
			lines := commands.FindAllStringSubmatch(page, -1)
			if len(lines) < 3 {
				t.Errorf("the page has %d commands", len(lines))
			}
			for _, line := range lines {
				output(t, w.dir, w.env, "sh", "-c", line[1])
			}
		})
	}
	if seen < 2 {
		t.Errorf("the manual has %d pages of examples", seen)
	}
}
