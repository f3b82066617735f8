package crash

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"tundish/adapters/sim"
	"tundish/core"
)

// What the disk does to the hub, from outside, by file: the log is h.db-wal, the file
// h.db.
var diskTroubles = []struct {
	name   string
	file   string // suffix of the database's name
	inject string // in strace's words
	faults bool   // submits are refused meanwhile; otherwise they are answered as ever
}{
	{"no room for the log", "-wal", "pwrite64:error=ENOSPC", true},
	{"the log cannot be written", "-wal", "pwrite64:error=EIO", true},
	{"the log cannot be synced", "-wal", "fsync,fdatasync:error=EIO", true},
	{"every third write of the log fails", "-wal", "pwrite64:error=EIO:when=3+3", true},
	{"no room for the file", "", "pwrite64:error=ENOSPC", false},
	{"the file cannot be synced", "", "fsync,fdatasync:error=EIO", false},
	{"neither can be cut", "*", "ftruncate:error=EIO", false},
	{"each sync takes 30 ms", "*", "fsync,fdatasync:delay_enter=30000", false},
}

// TestTheHubBearsAFailingDiskAndRecoversByItself lets system calls of the running hub fail
// while callers go on.
func TestTheHubBearsAFailingDiskAndRecoversByItself(t *testing.T) {
	t.Parallel()
	needsStrace(t)
	w := newWorld(t, evidence(t), "")
	if err := w.serve(); err != nil {
		t.Fatal(err)
	}
	everybody := w.everybody(0)
	db := filepath.Join(w.dir, "hub.db")
	for i, trouble := range diskTroubles {
		files := []string{"-P", db + trouble.file}
		if trouble.file == "*" {
			files = []string{"-P", db, "-P", db + "-wal"}
		}
		calls, _, _ := strings.Cut(trouble.inject, ":")
		args := append(files, "-e", "trace="+calls, "-e", "inject="+trouble.inject, "-e", "signal=none")
		before := w.journal.acknowledged.Load()
		stop, err := trace(w.hub.cmd.Process.Pid, filepath.Join(w.dir, fmt.Sprintf("calls-%d", i)), args...)
		if err != nil {
			t.Fatalf("%s: %v", trouble.name, err)
		}
		w.during(t, trouble.name, fmt.Sprintf("D%d", i), trouble.faults)
		if err := stop(); err != nil {
			t.Fatalf("%s: %v", trouble.name, err)
		}
		if !trouble.faults && w.journal.acknowledged.Load() == before {
			t.Errorf("%s: nothing was acknowledged", trouble.name)
		}
		w.recovers(t, trouble.name, fmt.Sprintf("D%d", i))
	}
	w.comesOut(t, everybody)
}

// TestTheHubBearsAFullDiskAndRecoversByItself fills a small disk to its last byte.
func TestTheHubBearsAFullDiskAndRecoversByItself(t *testing.T) {
	t.Parallel()
	program(t)
	small := filepath.Join(evidence(t), "disk")
	if err := os.Mkdir(small, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := smallDisk(small); err != nil {
		t.Skipf("NOTE: the test with a full disk is SKIPPED: no small disk can be mounted here: %v", err)
	}
	w := newWorld(t, evidence(t), "sqlite://"+filepath.Join(small, "hub.db"))
	t.Cleanup(func() { // runs before the world ends: nothing may use the disk any more
		if w.hub != nil {
			w.hub.kill()
		}
		if err := unmount(small); err != nil {
			t.Errorf("unmount %s: %v", small, err)
		}
	})
	if err := w.serve(); err != nil {
		t.Fatal(err)
	}
	everybody := w.everybody(0)
	ballast := filepath.Join(small, "ballast")
	for round := range 3 {
		name := fmt.Sprintf("full disk, round %d", round)
		if err := fill(ballast); err != nil {
			t.Fatal(err)
		}
		w.during(t, name, fmt.Sprintf("V%d", round), true)
		if err := os.Remove(ballast); err != nil {
			t.Fatal(err)
		}
		w.recovers(t, name, fmt.Sprintf("V%d", round))
	}
	w.comesOut(t, everybody)
}

// fill writes a file until not one byte more fits.
func fill(path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	for size := 64 << 10; size > 0; {
		if _, err := f.Write(make([]byte, size)); errors.Is(err, syscall.ENOSPC) {
			size /= 2
		} else if err != nil {
			return errors.Join(err, f.Close())
		}
	}
	return f.Close()
}

// during submits one order after the other for a while. With faults expected, refusals
// must come, each a proper SOAP fault that says to try again; without, none may.
func (w *world) during(t *testing.T, what, prefix string, faults bool) {
	t.Helper()
	const probes = 8
	refused := 0
	// A log that still has room swallows some before the first is refused.
	for n := 0; n < probes || faults && refused < probes && n < 400; n++ {
		a := w.report(t, fmt.Sprintf("%s-%d", prefix, n))
		if a.number != "" {
			continue
		}
		refused++
		if a.status != http.StatusInternalServerError || !strings.Contains(a.body, ":Server</faultcode>") || !strings.Contains(a.body, "try_later") {
			t.Errorf("%s: %d %s", what, a.status, a.body)
		}
	}
	if faults != (refused > 0) {
		t.Errorf("%s: %d submits were refused, expected: %v", what, refused, faults)
	}
	select {
	case <-w.hub.done:
		t.Fatalf("%s: the hub ended: %v\n%s", what, w.hub.err, w.hub.said())
	default:
	}
}

// recovers sends again what during sent: soon all of it is acknowledged, without help.
func (w *world) recovers(t *testing.T, what, prefix string) {
	t.Helper()
	for n := range 8 {
		name := fmt.Sprintf("%s-%d", prefix, n)
		if err := soon(what+" is over, and "+name+" is taken", func() bool { return w.report(t, name).number != "" }); err != nil {
			t.Fatalf("%v; the hub said:\n%s", err, w.hub.said())
		}
	}
	// And from now on every one of them at once.
	for n := range 20 {
		if a := w.report(t, fmt.Sprintf("%s-after-%d", prefix, n)); a.number == "" {
			t.Errorf("%s is over, and then: %d %s", what, a.status, a.body)
		}
	}
}

// comesOut lets everybody finish and looks.
func (w *world) comesOut(t *testing.T, everybody *load) {
	t.Helper()
	if err := everybody.settle(); err != nil {
		t.Fatal(err)
	}
	s, found, err := w.look(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		t.Error(f)
	}
	t.Logf("%d acknowledged, %d sent again, %d of them for a fault, %d orders stored", w.journal.acknowledged.Load(), w.journal.retried.Load(), w.journal.faults.Load(), len(s.Orders))
	if len(s.Orders) == 0 || w.journal.faults.Load() == 0 {
		t.Error("nothing was stored, or nobody was refused: nothing has been shown")
	}
}

var orderNumber = regexp.MustCompile(`<OrderNo>([^<]+)</OrderNo>`)

var reporting = sync.OnceValue(func() *http.Client { return &http.Client{Timeout: patience} })

// report submits an order as the hotline does, once, and writes an acknowledgement down.
func (w *world) report(t *testing.T, name string) answered {
	t.Helper()
	ref := core.Ref{System: "hotline", External: name}
	w.journal.note(ref, func(s *sent) { s.Contents = []string{"路面冒水"} })
	if _, known := w.hotline.Books("hotline").Find(name, ""); !known {
		w.hotline.Books("hotline").Register(sim.Entry{Ref: name, Type: "LS"})
	}
	body := fmt.Sprintf(`<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><SubmitOrder xmlns="urn:tundish:hotline:v1"><MessageId>%[1]s</MessageId><Order><ExternalRef>%[1]s</ExternalRef><Type>LS</Type><Urgency>3</Urgency>`+
		`<Customer><Contact>李师傅</Contact><Phone>13800000000</Phone></Customer><Place><Address>张杨路1234弄5号</Address><District>D1</District><Coordinate referenceSystem="WGS84"><Lat>31.2480</Lat><Lon>121.4300</Lon></Coordinate></Place>`+
		`<Report><Content>路面冒水</Content></Report></Order></SubmitOrder></s:Body></s:Envelope>`, name)
	begun := time.Now()
	resp, err := reporting().Post(w.hubURL+"/soap/hotline", "text/xml; charset=utf-8", strings.NewReader(body))
	if err != nil {
		t.Fatalf("%s is not answered: %v; the hub said:\n%s", name, err, w.hub.said())
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	a := answered{status: resp.StatusCode, body: string(raw), took: time.Since(begun)}
	if m := orderNumber.FindStringSubmatch(a.body); a.status == http.StatusOK && m != nil {
		a.number = m[1]
		w.journal.note(ref, func(s *sent) { s.Answers = append(s.Answers, core.OrderNo(a.number)) })
	}
	return a
}
