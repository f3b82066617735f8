package bench

import (
	"os/exec"
	"syscall"
)

// pause stops the process where it is; resume lets it go on. Contestants rest while
// another one works: what one puts off is not paid by its neighbour.
func (s *server) pause()  { _ = s.cmd.Process.Signal(syscall.SIGSTOP) }
func (s *server) resume() { _ = s.cmd.Process.Signal(syscall.SIGCONT) }

// dieWithParent leaves nothing behind, not even a process at rest, when the benchmark is killed.
func dieWithParent(c *exec.Cmd) { c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
