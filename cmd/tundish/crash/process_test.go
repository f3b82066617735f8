package crash

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// patience bounds every wait for something that must happen, real time.
const patience = 60 * time.Second

// process is the program, running. What it says is appended to a log file.
type process struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when it is gone
	err  error         // with what it ended; read after done

	mu   sync.Mutex
	tail []string // the last lines it said
}

// launch starts a program; every line it says is handed to hear, which must be quick.
func launch(exe, log string, hear func(line string), args ...string) (*process, error) {
	f, err := os.OpenFile(log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return nil, err
	}
	p := &process{cmd: exec.Command(exe, args...), done: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), "LC_ALL=C", "TUNDISH_LANG=en")
	child(p.cmd)
	r, w, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	p.cmd.Stdout, p.cmd.Stderr = w, w
	err = p.cmd.Start()
	_ = w.Close()
	if err != nil {
		return nil, errors.Join(err, r.Close(), f.Close())
	}
	go func() {
		lines := bufio.NewReader(io.TeeReader(r, f))
		for {
			line, err := lines.ReadString('\n')
			if line != "" {
				p.keep(line)
				hear(line)
			}
			if err != nil {
				break
			}
		}
		p.err = p.cmd.Wait()
		_, _ = r.Close(), f.Close()
		close(p.done)
	}()
	return p, nil
}

func (p *process) keep(line string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	const lines = 30
	if p.tail = append(p.tail, line); len(p.tail) > 2*lines {
		p.tail = append(p.tail[:0], p.tail[len(p.tail)-lines:]...)
	}
}

// said is the end of what it said.
func (p *process) said() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.tail, "")
}

// kill ends it as a power cut does; dead tells that it lived until then.
func (p *process) kill() (dead bool) {
	err := p.cmd.Process.Kill()
	<-p.done
	return err == nil
}

// stop asks it to end, and tells with what it ended.
func (p *process) stop() error {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
		return p.err
	case <-time.After(patience):
		p.kill()
		return fmt.Errorf("it did not end when asked to; it said:\n%s", p.said())
	}
}

// soon asks again and again until something has become so.
func soon(what string, so func() bool) error {
	late := time.Now().Add(patience)
	for !so() {
		if time.Now().After(late) {
			return fmt.Errorf("%s: not so after %v", what, patience)
		}
		time.Sleep(10 * time.Millisecond)
	}
	return nil
}
