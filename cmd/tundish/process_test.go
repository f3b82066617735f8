package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"time"
)

// process is the program running beside a test: a hub, a simulator.
type process struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when it is gone and all it printed is read

	mu   sync.Mutex
	said bytes.Buffer
	err  error
}

// patience bounds every wait for a process, real time; a machine under load takes seconds.
const patience = 60 * time.Second

// start runs tundish and returns the first group of the first line it prints that
// matches ready.
func start(dir string, env []string, ready *regexp.Regexp, args ...string) (*process, string, error) {
	return startProgram(dir, env, ready, append([]string{"tundish"}, args...)...)
}

// startProgram is start for any program.
func startProgram(dir string, env []string, ready *regexp.Regexp, args ...string) (*process, string, error) {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir, cmd.Env = dir, env
	r, w := io.Pipe()
	cmd.Stdout, cmd.Stderr = w, w
	if err := cmd.Start(); err != nil {
		return nil, "", err
	}
	p := &process{cmd: cmd, done: make(chan struct{})}
	is := make(chan string, 1)
	read := make(chan struct{})
	go func() {
		defer close(read)
		lines := bufio.NewReader(r)
		for {
			line, err := lines.ReadString('\n')
			p.mu.Lock()
			p.said.WriteString(line)
			p.mu.Unlock()
			if m := ready.FindStringSubmatch(line); m != nil {
				select {
				case is <- m[1]:
				default:
				}
			}
			if err != nil {
				return
			}
		}
	}()
	go func() {
		err := cmd.Wait()
		_ = w.Close()
		<-read
		p.mu.Lock()
		p.err = err
		p.mu.Unlock()
		close(p.done)
	}()
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case found := <-is:
		return p, found, nil
	case <-p.done:
		return nil, "", fmt.Errorf("%s ended (%v) after it said:\n%s", strings.Join(args, " "), p.err, p.output())
	case <-late.C:
		p.kill()
		return nil, "", fmt.Errorf("%s did not say %q within %v; it said:\n%s", strings.Join(args, " "), ready, patience, p.output())
	}
}

// output is what it printed so far.
func (p *process) output() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.said.String()
}

// kill ends it as a power cut does.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.done
}

// stop asks it to end, and tells with what it ended.
func (p *process) stop() error {
	select {
	case <-p.done: // it ended by itself
	default:
		_ = p.cmd.Process.Signal(syscall.SIGTERM)
	}
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case <-p.done:
		return p.err
	case <-late.C:
		p.kill()
		return errors.New("it did not end when asked to")
	}
}

// soon asks again and again until something has become so.
func soon(so func() bool) error {
	late := time.NewTimer(patience)
	defer late.Stop()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !so() {
		select {
		case <-late.C:
			return fmt.Errorf("not so after %v", patience)
		case <-tick.C:
		}
	}
	return nil
}
