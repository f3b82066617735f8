//go:build !linux

package crash

import (
	"errors"
	"os/exec"
)

// child leaves the process as it is.
func child(*exec.Cmd) {}

func smallDisk(string) error { return errors.New("it is a Linux tmpfs") }

func unmount(string) error { return nil }
