package crash

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// mayTrace skips the test, loudly, where strace is missing or may not trace.
var mayTrace = sync.OnceValue(func() error {
	if _, err := exec.LookPath("strace"); err != nil {
		return errors.New("strace is missing (apt-get install strace)")
	}
	sleeper := exec.Command("sleep", "10")
	if err := sleeper.Start(); err != nil {
		return err
	}
	defer func() { _ = sleeper.Process.Kill(); _ = sleeper.Wait() }()
	stop, err := trace(sleeper.Process.Pid, os.DevNull, "-e", "trace=none")
	if err != nil {
		return fmt.Errorf("processes cannot be traced here: %w", err)
	}
	return stop()
})

func needsStrace(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("starts processes")
	}
	if err := mayTrace(); err != nil {
		t.Skipf("NOTE: the tests with I/O errors from outside are SKIPPED: %v", err)
	}
}

// trace attaches strace to a process and all of its threads, present and future. What it
// injects ends with stop.
func trace(pid int, log string, args ...string) (stop func() error, err error) {
	cmd := exec.Command("strace", append([]string{"-f", "-q", "-o", log, "-p", fmt.Sprint(pid)}, args...)...)
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	for late := time.Now().Add(20 * time.Second); !traced(pid); time.Sleep(5 * time.Millisecond) {
		select {
		case <-done:
			return nil, fmt.Errorf("strace ended: %s", said.String())
		default:
		}
		if time.Now().After(late) {
			_ = cmd.Process.Kill()
			<-done
			return nil, fmt.Errorf("strace does not attach: %s", said.String())
		}
	}
	return func() error {
		_ = cmd.Process.Signal(syscall.SIGINT)
		select {
		case <-done: // interrupted, as it should be
			return nil
		case <-time.After(20 * time.Second):
			_ = cmd.Process.Kill()
			<-done
			return errors.New("strace did not let go")
		}
	}, nil
}

// traced tells that every thread of a process has a tracer.
func traced(pid int) bool {
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pid))
	if err != nil || len(threads) == 0 {
		return false
	}
	for _, file := range threads {
		raw, err := os.ReadFile(file)
		if err == nil && strings.Contains(string(raw), "TracerPid:\t0\n") {
			return false
		}
	}
	return true
}
