package bench

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience bounds every wait for a process; a machine under load takes seconds.
const patience = 60 * time.Second

// server is a contestant: a process of its own, so that the callers' work and garbage are
// nobody's, and a peer in another language stands where ours do. It prints "listening on
// ADDRESS" when it serves.
type server struct {
	name string
	addr string
	path string // of the URL that takes orders
	cmd  *exec.Cmd
	done chan struct{}

	began time.Time // when the process was started
}

// disk is what a contestant's commits meet.
type disk int

const (
	theDisk  disk = iota // as it is
	slowDisk             // every fsync takes 2 ms longer
)

// slowly runs a command on a disk whose every fsync takes 2 ms longer: the tracer delays
// those calls and sees no others. The tracer is the grandchild, so that the process we
// start is the contestant.
var slowly = []string{"strace", "-D", "-f", "--seccomp-bpf", "-o", os.DevNull,
	"-e", "trace=fsync,fdatasync", "-e", "inject=fsync,fdatasync:delay_exit=2000"}

// start runs a server until the benchmark ends. What it says beside its address goes
// into name.log in dir.
func start(b testing.TB, name, path, dir string, on disk, env []string, command ...string) *server {
	b.Helper()
	if on == slowDisk {
		command = append(append([]string{}, slowly...), command...)
	}
	s := &server{name: name, path: path, done: make(chan struct{})}
	s.cmd = exec.Command(command[0], command[1:]...)
	s.cmd.Env = append(os.Environ(), env...)
	dieWithParent(s.cmd)
	log, err := os.Create(filepath.Join(dir, name+".log"))
	if err != nil {
		b.Fatal(err)
	}
	s.cmd.Stderr = log
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if _, err := s.cmd.StdinPipe(); err != nil { // closed with us
		b.Fatal(err)
	}
	s.began = time.Now()
	if err := s.cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.stop(b); _ = log.Close() })
	said := make(chan string, 1)
	go func() {
		defer close(s.done)
		lines := bufio.NewReader(out)
		line, _ := lines.ReadString('\n')
		said <- line
		_, _ = io.Copy(io.Discard, lines)
		_ = s.cmd.Wait() // how it ended is told by what it said
	}()
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case line := <-said:
		addr, ok := strings.CutPrefix(strings.TrimSpace(line), "listening on ")
		if !ok {
			complaint, _ := os.ReadFile(log.Name())
			b.Fatalf("%s does not serve: %q\n%s", name, line, complaint)
		}
		s.addr = addr
	case <-late.C:
		b.Fatalf("%s does not serve after %v", name, patience)
	}
	return s
}

// stop asks it to end and waits.
func (s *server) stop(b testing.TB) {
	b.Helper()
	select {
	case <-s.done:
		return
	default:
	}
	s.resume()
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case <-s.done:
	case <-late.C:
		_ = s.cmd.Process.Kill()
		<-s.done
		b.Errorf("%s did not end when asked to", s.name)
	}
}

// used is the processor time it has had, where there is /proc, in steps of 10 ms.
func (s *server) used() time.Duration {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	_, rest, _ := bytes.Cut(text, []byte(") "))
	f := bytes.Fields(rest)
	if len(f) < 13 {
		return 0
	}
	user, _ := strconv.Atoi(string(f[11]))
	system, _ := strconv.Atoi(string(f[12]))
	return time.Duration(user+system) * 10 * time.Millisecond
}

// resident is the memory it holds now, in bytes, where there is /proc.
func (s *server) resident() int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, _ := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return kb << 10
		}
	}
	return 0
}
