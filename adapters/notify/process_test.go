package notify_test

import (
	"bufio"
	"context"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tundish/core"
	"tundish/core/react"
)

// The far side is a process of its own: this test binary, started again.

func TestMain(m *testing.M) {
	if os.Getenv("TUNDISH_TEST_FAR_SIDE") != "" {
		farSide()
		return
	}
	os.Exit(m.Run())
}

// heard is what the far side was sent.
type heard struct {
	Method, Path, Query string
	Header              http.Header
	Body                string
}

// farSide listens with TLS, prints its address and certificate, then each call on a line, and answers as its path says:
// /STATUS/anything with the body that the query "answer" has.
func farSide() {
	out := json.NewEncoder(os.Stdout)
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_ = out.Encode(heard{r.Method, r.URL.Path, r.URL.RawQuery, r.Header, string(body)})
		var status int
		if _, err := fmt.Sscanf(r.URL.Path, "/%d/", &status); err != nil || status == 0 {
			time.Sleep(time.Minute) // it never answers
		}
		if status == http.StatusTooManyRequests {
			w.Header().Set("Retry-After", "7")
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, r.URL.Query().Get("answer"))
	}))
	_ = out.Encode(map[string]string{"url": s.URL, "pem": string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}))})
	_, _ = io.Copy(io.Discard, os.Stdin) // until the test ends
}

type peer struct {
	*testing.T
	url, ca string
	lines   *bufio.Scanner
}

func start(t *testing.T) *peer {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), "TUNDISH_TEST_FAR_SIDE=1")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = in.Close(); _ = cmd.Process.Kill(); _ = cmd.Wait() })
	p := &peer{T: t, lines: bufio.NewScanner(out)}
	var hello struct{ URL, PEM string }
	p.read(&hello)
	p.url, p.ca = hello.URL, filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(p.ca, []byte(hello.PEM), 0o600); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *peer) read(into any) {
	p.Helper()
	if !p.lines.Scan() {
		p.Fatal("the far side said nothing", p.lines.Err())
	}
	if err := json.Unmarshal(p.lines.Bytes(), into); err != nil {
		p.Fatal(err)
	}
}

func (p *peer) heard() (h heard) {
	p.Helper()
	p.read(&h)
	return h
}

var nine = time.Date(2026, 5, 11, 1, 0, 0, 0, time.UTC)

type stopped struct{}

func (stopped) Now() time.Time                       { return nine }
func (stopped) After(time.Duration) <-chan time.Time { return nil }

func words(kind, code, _ string) string {
	return map[string]string{"emergency": "紧急", "normal": "一般", "burst": "爆管"}[code]
}

func notice(no string) react.Notice {
	return react.Notice{ID: "018f0000-0000-7000-8000-0000000000" + no, Order: core.OrderNo("W" + no), Kind: core.TellPeople, To: []string{"crew"}, Crews: []string{"R1"},
		Text: core.Text{EN: "New work", ZH: "新派工单"}, Of: core.WorkOrder{Type: "burst", Urgency: core.Emergency, Place: core.Place{Address: "光明路 3 号"}}}
}

func numbers(context.Context, *react.Notice) []string { return []string{"13800000001", "13800000002"} }

func send(t *testing.T, s react.Sender, err error, list ...react.Notice) core.Delivery {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return s.Send(t.Context(), list)
}

func contains(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(text, p) {
			t.Errorf("%s\ndoes not hold %s", text, p)
		}
	}
}
