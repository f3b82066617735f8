package app

import (
	"os"
	"runtime"
	"runtime/debug"
)

// collectAt is the growth of the heap, in percent of what lives, after which the garbage
// is collected. What lives in a hub is little, and what a message leaves behind it is
// garbage a moment later: at Go's own 100 a busy hub spends a fifth of its processor time
// on collecting, at 200 half of that, for some ten megabytes more.
const collectAt = 200

// spare is how many goroutines may run beside those that the machine has processors for. One
// that waits for the disk in a system call keeps its place until the runtime notices, which
// takes up to some milliseconds: on two processors half of the hub stood still meanwhile.
const spare = 2

// TuneRuntime sets how eagerly this process collects garbage and how many goroutines may run
// at once, unless GOGC and GOMAXPROCS say so.
func TuneRuntime() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(collectAt)
	}
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + spare)
	}
}
