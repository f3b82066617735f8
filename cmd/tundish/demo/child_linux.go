package demo

import (
	"os/exec"
	"syscall"
)

// child keeps a terminal's Ctrl-C from the process, which the demo ends in order, and
// lets it end when the demo itself is killed.
func child(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
}
