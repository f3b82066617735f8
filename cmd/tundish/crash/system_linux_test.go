package crash

import (
	"os/exec"
	"syscall"
)

// child lets a process end with the test, however that ends.
func child(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }

// smallDisk mounts a disk of 64 MB. The log alone takes up to 32 MB before it starts over;
// on a smaller disk it leaves the file no room to grow, and nothing is copied.
func smallDisk(dir string) error { return syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=64m") }

func unmount(dir string) error { return syscall.Unmount(dir, 0) }
