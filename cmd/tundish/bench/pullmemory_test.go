package bench

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tundish/config"
)

// BenchmarkPullMemory pulls 100,000 orders, or a million for make bench-large, with the
// program's own command and looks at what its process holds on the way. Growth is what it
// holds at most, less what it held when a twentieth was pulled.
func BenchmarkPullMemory(b *testing.B) {
	rows := 100_000
	if os.Getenv("TUNDISH_TEST_BENCH_LARGE") == "1" {
		rows = 1_000_000
	}
	memoryOfAPull(b, rows, "", func() string { return "" })
}

// memoryOfAPull pulls rows into the store that dsn makes for each lap; "" is a file of its own.
func memoryOfAPull(b *testing.B, rows int, where string, dsn func() string) {
	program, err := hubProgram()
	must(b, program, err)
	var asked atomic.Int64 // pages
	url := endless(b, rows, &asked)
	for b.Loop() {
		asked.Store(0)
		changes := []config.Change{{File: "systems/billing.yaml", Key: "url", Text: url}}
		if at := dsn(); at != "" {
			changes = append(changes, config.Change{File: "tundish.yaml", Key: "store.dsn", Text: at})
		}
		early, most, took := aPull(b, b.TempDir(), program, "scheduled-replacements", func() bool { return asked.Load() < int64(rows/pageSize/20) }, changes...)
		if early == 0 {
			skipped(b, "memory of a pull is not measured: there is no /proc here, or it was over at once")
			return
		}
		b.ReportMetric(0, "ns/op")
		b.ReportMetric(float64(most>>20), "MB")
		b.ReportMetric(float64(most-early)/(1<<20), "MB-grown")
		b.ReportMetric(float64(rows)/took.Seconds(), "rows/s")
		ownRow(row{work: fmt.Sprintf("memory of a pull of %s orders%s", thousands(rows), where), hub: megabytes(most), beside: "itself, when a twentieth was pulled", other: megabytes(early),
			ratio: "+" + megabytes(most-early), must: "+64 MB", also: perSecond(float64(rows) / took.Seconds())})
	}
}

// aPull runs a job with the program's own command, in a folder that may hold files of its
// configuration. early and most are what its process held at most while it had hardly begun, and after.
func aPull(b *testing.B, dir, program, name string, begun func() bool, changes ...config.Change) (early, most int64, took time.Duration) {
	path := writeSettings(b, dir, nobody, append(changes, config.Change{File: "tundish.yaml", Key: "log.level", Text: "info"})...)
	if out, err := plainly(exec.Command(program, "migrate", "--config", path)).CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	log, err := os.Create(filepath.Join(dir, "job.log"))
	if err != nil {
		b.Fatal(err)
	}
	defer log.Close()
	job := exec.Command(program, "job", "run", name, "--from", "2026-05-01", "--to", "2026-05-12", "--config", path)
	plainly(job)
	job.Stdout, job.Stderr = log, log
	dieWithParent(job)
	start := time.Now()
	if err := job.Start(); err != nil {
		b.Fatal(err)
	}
	s := &server{cmd: job}
	done := make(chan error, 1)
	go func() { done <- job.Wait() }()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case err := <-done:
			if err != nil {
				said, _ := os.ReadFile(log.Name())
				b.Fatalf("%v: %s", err, said)
			}
			return early, most, time.Since(start)
		case <-tick.C:
			if held := s.resident(); begun() {
				early = max(early, held)
			} else {
				most = max(most, held)
			}
		}
	}
}

// plainly takes what is meant for this benchmark out of a command's environment: the
// program would take it for a setting that it does not know.
func plainly(c *exec.Cmd) *exec.Cmd {
	c.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "TUNDISH_") })
	return c
}

// endless lists rows pages of which it writes as they are asked for.
func endless(b testing.TB, rows int, asked *atomic.Int64) (url string) {
	b.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // the client will say so
		}
		w.Header().Set("Content-Type", "text/xml; charset=utf-8")
		m := pageNo.FindSubmatch(body)
		if m == nil {
			_, _ = io.WriteString(w, taken)
			return
		}
		page, err := strconv.Atoi(string(m[1]))
		if err != nil {
			http.Error(w, "no such page", http.StatusBadRequest)
			return
		}
		asked.Add(1)
		out := bufio.NewWriterSize(w, 64<<10)
		defer func() { _ = out.Flush() }()
		_, _ = out.WriteString(open + `<GetScheduledReplacementsResponse xmlns="urn:tundish:billing:v1">`)
		first := page * pageSize
		for i := first; i < min(first+pageSize, rows); i++ {
			_, _ = fmt.Fprintf(out, due, i)
		}
		_, _ = fmt.Fprintf(out, `<Total>%d</Total><More>%t</More><SourceTime>2026-05-11T09:30:00+08:00</SourceTime></GetScheduledReplacementsResponse>`, rows, first+pageSize < rows)
		_, _ = out.WriteString(shut)
	}))
	b.Cleanup(s.Close)
	return s.URL
}
