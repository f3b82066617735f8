package app

import (
	"os"
	"runtime/debug"
)

// collectAt is the growth of the heap, in percent of what lives, after which the garbage
// is collected. What lives in a hub is little, and what a message leaves behind it is
// garbage a moment later: at Go's own 100 a busy hub spends a fifth of its processor time
// on collecting, at 200 half of that, for some ten megabytes more.
const collectAt = 200

// TuneMemory sets how eagerly this process collects garbage, unless GOGC says so.
func TuneMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(collectAt)
	}
}
