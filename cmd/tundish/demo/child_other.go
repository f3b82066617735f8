//go:build !linux

package demo

import "os/exec"

// child leaves the process as it is: it ends with the terminal's Ctrl-C too.
func child(*exec.Cmd) {}
