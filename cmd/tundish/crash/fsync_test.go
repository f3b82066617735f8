package crash

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestEveryAcknowledgementFollowsAnFsync watches the system calls of a hub that takes one
// submit at a time: between the request and its HTTP 200 the order is written to the log
// of the database, and then a sync of it is done.
func TestEveryAcknowledgementFollowsAnFsync(t *testing.T) {
	needsStrace(t)
	w := newWorld(t, evidence(t), "")
	if err := w.serve(); err != nil {
		t.Fatal(err)
	}
	calls := filepath.Join(w.dir, "calls")
	stop, err := trace(w.hub.cmd.Process.Pid, calls, "-y", "-s", "9000", "-e", "trace=read,write,pwrite64,fsync,fdatasync", "-e", "signal=none")
	if err != nil {
		t.Fatal(err)
	}
	const submits = 10
	for n := range submits {
		if a := w.report(t, syncedRef(n)); a.number == "" {
			t.Fatalf("%d %s", a.status, a.body)
		}
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(calls)
	if err != nil {
		t.Fatal(err)
	}
	if acks, err := synced(string(raw)); err != nil || acks != submits {
		t.Errorf("%d acknowledgements of %d: %v; the calls stand in %s", acks, submits, err, calls)
	}
	// The reader of calls must see it when one is missing.
	for _, missing := range []string{"sync(", "-wal>"} {
		var kept []string
		for line := range strings.Lines(string(raw)) {
			if !strings.Contains(line, missing) {
				kept = append(kept, line)
			}
		}
		if acks, err := synced(strings.Join(kept, "")); err == nil {
			t.Errorf("without %q, %d acknowledgements are still called synced", missing, acks)
		}
	}
}

// syncedRef is the source's number of the n-th submit; it is found in the pages that its order
// is written to.
func syncedRef(n int) string { return fmt.Sprintf("SYNCED-%04d", n) }

// synced reads what strace saw of requests that came one at a time. It counts the answers
// 200 to submits, and tells of the first that was written before a sync of the log was over
// that had begun after the order was written to it. What else the hub writes meanwhile,
// leases and the like, does not count, neither does what it writes of the order later.
func synced(calls string) (acks int, err error) {
	asked, written, safe := false, false, false
	syncing := map[string]bool{} // threads in a sync that began after the write
	for line := range strings.Lines(calls) {
		thread, call, _ := strings.Cut(line, " ")
		call = strings.TrimSpace(call)
		isSync := strings.HasPrefix(call, "fsync(") || strings.HasPrefix(call, "fdatasync(")
		switch {
		case strings.Contains(call, "OST /soap/"): // its first byte may have come by itself
			asked, written, safe = true, false, false
			clear(syncing)
		case strings.HasPrefix(call, "pwrite64(") && strings.Contains(call, "-wal>"):
			if !safe && strings.Contains(call, syncedRef(acks)) {
				written = true
				clear(syncing)
			}
		case isSync && strings.Contains(call, "-wal>") && written:
			syncing[thread] = true
			if strings.HasSuffix(call, "= 0") {
				safe = true
			}
		case strings.Contains(call, "sync resumed>") && strings.HasSuffix(call, "= 0"):
			safe = safe || syncing[thread]
		case strings.Contains(call, `"HTTP/1.1 200`) && asked:
			if acks++; !safe {
				return acks, fmt.Errorf("answer %d left before its order was synced (written: %v)", acks, written)
			}
			asked = false
		}
	}
	return acks, nil
}

// answered is what the hub said to one submit.
type answered struct {
	status int
	number string // of the order, when it acknowledged
	body   string
	took   time.Duration
}
